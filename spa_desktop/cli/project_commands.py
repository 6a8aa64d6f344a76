"""Commands that change a project: new, add, describe, train, correct, locate, undo."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from spa_desktop.cli.common import AsJson, Device, ProjectArg, Yes, app, open_project, print_json
from spa_desktop.console import ConsoleJob, answer, say, table
from spa_desktop.errors import InputError, SpaError

if TYPE_CHECKING:
    from spa_desktop.descriptions.consent import Answer, SendingQuestion

# Commands for project files that are damaged, or to be as they were before: restore, recover.


@app.command()
def restore(
    project: ProjectArg,
    version: Annotated[int, typer.Option(help="Which one, as --list numbers them; 1 is the newest.", min=1)] = 1,
    only_list: Annotated[bool, typer.Option("--list", help="Only list the versions that are kept.")] = False,
    as_json: AsJson = False,
) -> None:
    """Bring an earlier version of a project back. The present file is kept as a version, so this can be undone."""
    from spa_desktop.workbench.recovery import restore_project, versions

    if only_list:
        found = versions(project)
        if as_json:
            print_json({"versions": found})
            return
        rows = [(str(v["number"]), v["created"], v["why"], f"{v['size'] / 1e6:.1f}") for v in found]
        table(f"Versions of {project}", ("version", "kept at (UTC)", "what happened next", "MB"), rows)
        return
    chosen = restore_project(project, version)
    if as_json:
        print_json(chosen)
        return
    say(f"{project} is as it was on {chosen['created']}, {chosen['why']}; the file that was there is now version 1")


@app.command()
def recover(project: ProjectArg, new: Annotated[Path, typer.Argument(help="The file to make.")]) -> None:
    """Save what is whole of a damaged project into a new file."""
    from spa_desktop.workbench.recovery import recover_project

    with ConsoleJob() as job:
        lines = recover_project(project, new, job)
    for line in lines:
        say(line)
    say(f"Saved in {new}")


@app.command()
def new(
    project: ProjectArg,
    backbone: Annotated[str, typer.Option(help="See: spa-desktop backbones.")] = "spa-lite",
    seed: Annotated[int, typer.Option(help="Of everything that is left to chance.")] = 0,
) -> None:
    """Make an empty project."""
    from spa_desktop.workbench import Workbench

    with Workbench.create(project, backbone=backbone, seed=seed):
        say(f"Made {project} on {backbone}")


@app.command()
def add(
    project: ProjectArg,
    folders: Annotated[list[Path], typer.Argument(help="A folder of photos is a class; a folder of folders is many.")],
    task: Annotated[str | None, typer.Option(help="Learn the new classes in this task.")] = None,
    top_up: Annotated[bool, typer.Option("--top-up", help="Add photos to classes that the project has.")] = False,
    test_share: Annotated[float, typer.Option(help="Share of photos held out for testing.", min=0.0, max=0.9)] = 0.2,
) -> None:
    """Add folders of photos as classes."""
    with open_project(project, write=True) as bench, ConsoleJob() as job:
        added = bench.add(folders, job, task=task, top_up=top_up, test_share=test_share)
        names = [bench.project.class_(key).name for key in added.class_ids]
    for skipped in added.skipped[:20]:
        say(f"Skipped {skipped.path}: {skipped.reason}")
    if len(added.skipped) > 20:
        say(f"Skipped {len(added.skipped) - 20} more")
    say(f"Added {added.train} photos to learn and {added.test} to test with: {', '.join(names)}")


def _show_descriptions(project: Path, task: str | None, *, as_json: bool) -> None:
    """Print the phrases of all classes, or of those of a task, with their source and certainty."""
    with open_project(project, write=False) as bench:
        shown = bench.phrases(task)
    if as_json:
        print_json(shown)
        return
    for item in shown["classes"]:
        answer(f"{item['name']}:" + ("" if item["phrases"] else " nothing is known for sure"))
        for phrase in item["phrases"]:
            surely = "" if phrase["certainty"] is None else f", {100 * phrase['certainty']:.0f} % sure"
            detail = f": {phrase['detail']}" if phrase["detail"] else ""
            answer(f"  {phrase['text']} ({phrase['source']}{surely}{detail})")


@app.command()
def describe(
    project: ProjectArg,
    provider: Annotated[str, typer.Option(help="offline, openai, or a file.")] = "offline",
    task: Annotated[str | None, typer.Option(help="Only the classes of this task.")] = None,
    yes: Yes = False,
    replace_edited: Annotated[
        bool, typer.Option("--replace-edited", help="Write over text that was edited or approved.")
    ] = False,
    afresh: Annotated[bool, typer.Option("--afresh", help="Ask again, also where the answer is known.")] = False,
    language: Annotated[str | None, typer.Option(help="Write these classes in it from now on: en, nl, pt-BR.")] = None,
    keep_local: Annotated[
        bool | None,
        typer.Option("--keep-local/--ask-again", help="Never send this project's photos, or ask before it again."),
    ] = None,
    show: Annotated[
        bool, typer.Option("--show", help="Describe nothing: show the phrases there are, and how each is known.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Have the classes described: offline, by a service, or from a file."""
    if as_json and not show:
        raise InputError("--json goes with --show: describe PROJECT --show --json")
    if show and (replace_edited or afresh or language is not None or keep_local is not None):
        raise InputError("--show describes nothing and changes nothing: leave the other options out")
    if show:
        _show_descriptions(project, task, as_json=as_json)
        return

    def agree(question: SendingQuestion) -> bool | Answer:
        say(question.text)
        if question.folders:
            say(f"They lie in {question.folders}")
        if yes:
            return "once"
        return sys.stdin.isatty() and typer.confirm("Send them, and do not ask again for these photos?", err=True)

    with open_project(project, write=True, yes=yes) as bench, ConsoleJob() as job:
        if keep_local is not None:
            bench.keep_local(keep_local)
        done = bench.describe(
            provider,
            job,
            task=task,
            replace_edited=replace_edited,
            afresh=afresh,
            language=language,
            consent=agree,
        )
        total = bench.info()["descriptions"]
    for name, text in done.descriptions.items():
        if text.phrases:  # a writer that knows none has said so in a note
            say(f"{name}: {'; '.join(phrase.text for phrase in text.phrases)}")
    for name in done.kept:
        say(f"{name}: kept as edited or approved (--replace-edited writes over it)")
    if total["answers"]:
        unknown = f", and what {total['unknown']} of the answers cost is not known" if total["unknown"] else ""
        say(
            f"So far {total['answers']} answers for this project: {total['input_tokens']} tokens read, "
            f"{total['output_tokens']} written, about ${total['cost']:.4f}{unknown}"
        )
    if done.failed:
        raise SpaError("; ".join(f"{name}: {reason}" for name, reason in done.failed))


@app.command()
def train(
    project: ProjectArg,
    task: Annotated[str | None, typer.Option(help="Learn this task; else the next one.")] = None,
    seed: Annotated[
        int | None, typer.Option(help="Else the project's own.", min=-(2**63), max=2**63 - 1, show_default=False)
    ] = None,
    device: Device = "auto",
) -> None:
    """Learn the next task."""
    from spa_desktop.workbench.overview import advice_line

    with open_project(project, write=True, device=device) as bench, ConsoleJob() as job:
        for advice in bench.data_advice(task):
            job.message(advice_line(advice))
        done = bench.train(job, task=task, seed=seed)
    right = sum(found[0] for found in done.document["tasks"].values())
    count = sum(found[1] for found in done.document["tasks"].values())
    for title, names in (("Learned", done.learned), ("Topped up", done.topped_up)):
        if names:
            say(f"{title} ({done.task.name}): {', '.join(names)}")
    if count:
        say(f"{100 * right / count:.1f} % of {count} test photos of all classes learned are recognised")


@app.command()
def correct(
    project: ProjectArg,
    photos: Annotated[list[Path] | None, typer.Argument(help="Photos, of the project or not.")] = None,
    is_: Annotated[str | None, typer.Option("--is", help="The class they are of; a new one is made.")] = None,
    set_aside: Annotated[bool, typer.Option("--set-aside", help="Do not use them any more.")] = False,
    learn: Annotated[bool, typer.Option("--learn", help="Learn all corrections that wait.")] = False,
    device: Device = "auto",
) -> None:
    """Say what photos are, and learn it."""
    if bool(photos) != (is_ is not None or set_aside) or (is_ is not None and set_aside):
        raise InputError("Name photos and say what they are: --is CLASS, or --set-aside")
    with open_project(project, write=True, device=device) as bench, ConsoleJob() as job:
        for photo in photos or ():
            noted = bench.correct(photo, "aside" if set_aside else "class", class_name=is_)
            if noted is None:
                say(f"{photo}: the project says so already")
        waiting = len(bench.project.corrections())
        # Where the project says so already of all photos, there is nothing to learn, and that is no error.
        done = bench.learn_corrections(job) if learn and (waiting or not photos) else None
    if learn and done is None:
        return
    if done is None:
        waits = "1 correction waits: learn it" if waiting == 1 else f"{waiting} corrections wait: learn them"
        say(f"{waits} with --learn")
        return
    say("Corrected 1 photo" if done.photos == 1 else f"Corrected {done.photos} photos")
    if done.judged:
        say(f"Right now: {done.right} of {len(done.judged)}, before: {done.right_before}")
    for one in done.changes:
        if one.lost:
            say(f"{one.name}: {one.before:.1f} % before, {one.after:.1f} % now, on {one.photos} other test photos")
    if done.waiting:
        say(f"Not learned yet: {', '.join(done.waiting)}")


@app.command()
def locate(
    project: ProjectArg,
    folders: Annotated[list[Path], typer.Argument(help="Where the photos may lie now, with the folders below.")],
) -> None:
    """Find photos that were moved or renamed, by what is in them."""
    with open_project(project, write=True) as bench, ConsoleJob() as job:
        done = bench.find_moved_photos(folders, job)
    if not done.found and not done.missing:
        say("All photos are where they were")
        return
    say(f"Found {done.found} of {done.found + len(done.missing)} photos that were not where they were")
    for photo in done.missing[:20]:
        say(f"Still missing: {photo.path}")
    if len(done.missing) > 20:
        say(f"Still missing: {len(done.missing) - 20} more")


@app.command()
def undo(project: ProjectArg) -> None:
    """Take the last training back."""
    with open_project(project, write=True) as bench:
        name = bench.undo_training()
    if name is None:
        raise InputError(f"{project} has no training that can be taken back")
    say(f"Took the training of {name} back")
