"""The commands on a project, and those without one: the window, the demo, the bench, the backbones."""

from __future__ import annotations

import io
import os
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from spa_desktop.cli.common import (
    AsJson,
    Boxes,
    ByNul,
    Device,
    FileTimes,
    ProjectArg,
    RayAddress,
    Yes,
    app,
    cluster_at,
    confirm,
    download_consent,
    open_project,
    print_json,
    say_some,
    with_list,
)
from spa_desktop.console import ConsoleJob, answer, print_table, say, table
from spa_desktop.errors import InputError, SpaError
from spa_desktop.jobs import Job
from spa_desktop.metrics import Accuracy
from spa_desktop.photos.events import GAP, EventRule
from spa_desktop.plain_files import write_png
from spa_desktop.spa.config import STRANGERS_PASS
from spa_desktop.visible import counted

if TYPE_CHECKING:
    from spa_desktop.descriptions.consent import Answer, SendingQuestion

# The demo: teach three tasks on photos that come with the app, look at the model. The whole loop without a window.

_OVERLAYS_A_CLASS = 2
_MARKER = ".spa-desktop-demo"  # a folder with it is the demo's own, to be written into again


def run_demo(folder: Path, job: Job) -> dict[str, Any]:
    """Copy the demo photos into `folder` and run add, describe, train, evaluate and classify on them.

    Gives what :meth:`~spa_desktop.workbench.evaluating.evaluate` gives, with ``"project"`` and ``"overlays"``. Raises
    InputError if the folder is in use for something else, holds a project, or cannot be written.
    """
    # Not before `main` has set Pillow up, which these load.
    from spa_desktop.demo import copy_demo
    from spa_desktop.project.folders import add_classes
    from spa_desktop.workbench import describing, evaluating, recognition, training
    from spa_desktop.workbench.open_project import OpenProject

    _claim(folder)
    project = folder / "demo.spa"
    if os.path.lexists(project):  # somebody may have it open, or have gone on with it
        raise InputError(f"{project} is there already: open it, or delete it to have the demo made again")
    tasks = copy_demo(folder, job)
    with OpenProject.create(project) as bench:
        for task in tasks:
            add_classes(bench.project, [task.folder], job, task=task.name)
            describing.describe(bench, "offline", job, task=task.name)
            training.train(bench, job, task=task.name)
        result = evaluating.evaluate(bench, job)
        shown = [
            photo for task in tasks for name in task.classes for photo in task.photos(name, "test")[:_OVERLAYS_A_CLASS]
        ]
        overlays = folder / "overlays"
        recognition.classify(bench, shown, job, singly=True, overlay_dir=overlays)
    return {**result, "project": str(project), "overlays": str(overlays)}


def _claim(folder: Path) -> None:
    """Make the folder, or see that it is empty or of an earlier demo."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if not (folder / _MARKER).exists() and any(folder.iterdir()):
            raise InputError(f"{folder} is not empty: give the demo a folder of its own")
        (folder / _MARKER).touch()
    except FileExistsError:
        raise InputError(f"{folder} is a file: give the demo a folder of its own") from None
    except OSError as error:
        raise InputError(f"{folder} cannot be written: {error.strerror or error}") from None


@app.command("open", hidden=True)
def open_window(project: Annotated[Path | None, typer.Argument()] = None) -> None:
    """Open the window. The word may be left out: spa-desktop [PROJECT]."""
    if project is not None and project.suffix != ".spa":
        raise InputError(f"{project} is neither a command nor a .spa project: see spa-desktop --help")
    from spa_desktop.ui.app import run_window

    raise typer.Exit(run_window(project))


@app.command()
def demo(folder: Path, as_json: AsJson = False) -> None:
    """Copy the demo photos into FOLDER, and run the whole loop on them."""
    with ConsoleJob() as job:
        result = run_demo(folder, job)
    if as_json:
        print_json(result)
        return
    rows = [
        (task, *(f"{value:.1f}" if value is not None else "" for value in row))
        for task, row in zip(result["tasks"], result["accuracy_matrix"], strict=True)
    ]
    table("Accuracy on each task's test photos after each task, per cent", ("after", *result["tasks"]), rows)
    _answer_accuracy(result)
    answer(f"Project: {result['project']}")
    answer(f"Overlays: {result['overlays']}")


@app.command()
def screenshots(
    project: ProjectArg,
    folder: Path,
    width: Annotated[
        list[int] | None,
        typer.Option(
            help="Take the filled pages alone, of a window this many pixels wide; may be given several times."
        ),
    ] = None,
) -> None:
    """Write every page of the window as a PNG, offscreen."""
    from spa_desktop.ui.screenshots import take_screenshots

    take_screenshots(project, folder, widths=width or ())


# Commands that change a project.

_FOCUS = "What to look at: auto, photo (all of it), or thing (the square where it lies)."


@app.command(hidden=True)
def thumbnail(project: ProjectArg, picture: Path, size: Annotated[int, typer.Option(min=16, max=1024)] = 256) -> None:
    """Draw photos of up to four classes of a project into a PNG: what file managers show of it."""
    from PIL import Image, ImageOps

    from spa_desktop.photos.decoding import BROKEN, Refusal
    from spa_desktop.photos.opening import is_thumbnail, open_content
    from spa_desktop.project.project import Project

    with Project.open(project) as opened:
        firsts = (records[0].id for class_ in opened.classes() if (records := opened.photos(class_.id)))
        contents = opened.thumbnails(islice(firsts, 4)).values()
    photos = list[Image.Image]()
    for content in filter(is_thumbnail, contents):
        with suppress(Refusal, MemoryError, *BROKEN):
            photos.append(open_content(content))
    if not photos:
        raise InputError(f"{project} has no photo yet")
    drawn = Image.new("RGBA", (size, size))
    side = size if len(photos) == 1 else size // 2
    for place, photo in enumerate(photos):
        drawn.paste(ImageOps.fit(photo, (side, side)), (place % 2 * side, place // 2 * side))
    png = io.BytesIO()
    drawn.save(png, "PNG")
    write_png(picture, png.getvalue())


@app.command()
def new(
    project: ProjectArg,
    backbone: Annotated[str, typer.Option(help="See: spa-desktop backbones.")] = "spa-lite",
    seed: Annotated[int, typer.Option(help="Of everything that is left to chance.")] = 0,
    focus: Annotated[str, typer.Option(help=_FOCUS)] = "auto",
) -> None:
    """Make an empty project."""
    from spa_desktop.workbench.method_settings import MethodSettings
    from spa_desktop.workbench.open_project import OpenProject, has_texts

    method = MethodSettings(focus=focus)
    with OpenProject.create(project, backbone=backbone, seed=seed) as bench:
        bench.set_method(method)
        say(f"Made {project} on {backbone}")
        if not has_texts(backbone):
            from spa_desktop.encoders.encoder import reads_no_texts

            say(reads_no_texts(backbone))


@app.command()
def add(
    project: ProjectArg,
    folders: Annotated[
        list[Path],
        typer.Argument(help="A folder of photos is a class; a folder of folders is many; a .csv: path, label, split."),
    ],
    task: Annotated[str | None, typer.Option(help="Learn the new classes in this task.")] = None,
    top_up: Annotated[bool, typer.Option("--top-up", help="Add photos to classes that the project has.")] = False,
    test_share: Annotated[float, typer.Option(help="Share of photos held out for testing.", min=0.0, max=0.9)] = 0.2,
    boxes: Boxes = None,
    anywhere: Annotated[
        bool, typer.Option("--anywhere", help="Photos of a .csv may lie in other folders than beside it.")
    ] = False,
    by_keywords: Annotated[
        bool, typer.Option("--keywords", help="Classes are keywords of sidecars and photos, whatever the folders.")
    ] = False,
    keyword: Annotated[
        list[str] | None, typer.Option(help="Only this one, as a class of that name or of NAME: heron, heron=NAME.")
    ] = None,
    plan: Annotated[bool, typer.Option("--plan", help="With --keywords: only show keywords and classes.")] = False,
    event_gap: Annotated[float, typer.Option(help="Seconds between two photos of a burst.", min=0.0)] = GAP,
    file_times: FileTimes = False,
) -> None:
    """Add folders of photos as classes. Photos of a burst are all held out for testing, or none of them."""
    from spa_desktop.project.folders import add_classes, find_classes

    rule = EventRule(event_gap, file_times)
    if plan and not (by_keywords or keyword):
        raise InputError("--plan goes with --keywords")
    if boxes is not None and (by_keywords or keyword):
        raise InputError("--boxes and --keywords both name the classes: give one of them")
    with open_project(project, write=not plan) as bench, ConsoleJob() as job:
        if by_keywords or keyword:
            from spa_desktop.classify.keywords import find_keywords, keyword_classes, keyword_names

            keywords = find_keywords(folders, job)
            pairs = (text.partition("=") for text in keyword or ())
            wanted = {old.strip(): (new or old.rpartition("|")[2]).strip() for old, _, new in pairs}
            class_of = keyword_names(keywords, wanted or None)
            if plan:
                counts = Counter(name for of_photo in keywords[0].values() for name in of_photo)
                rows = [(name, str(count), class_of.get(name, "")) for name, count in counts.most_common()]
                table("Keywords of the photos", ("keyword", "photos", "class"), rows)
                return
            found = keyword_classes(keywords, class_of)
        else:
            found = find_classes(folders, job, boxes=boxes, anywhere=anywhere)
        added = add_classes(bench.project, found, job, task=task, top_up=top_up, test_share=test_share, rule=rule)
        names = [bench.project.class_(key).name for key in added.class_ids]
    say_some([f"Skipped {skipped.path}: {skipped.reason}" for skipped in added.skipped], "Skipped {} more")
    say(f"Added {added.train} photos to learn and {added.test} to test with: {', '.join(names)}")


def _show_descriptions(project: Path, task: str | None, *, as_json: bool) -> None:
    """Print the phrases of all classes, or of those of a task, with their source and certainty."""
    from spa_desktop.workbench import overview

    with open_project(project, write=False) as bench:
        shown = overview.shown_phrases(bench, task)
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
    language: Annotated[str | None, typer.Option(help="Write in it from now on: en, nl, pt-BR.")] = None,
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
    from spa_desktop.workbench import describing

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
        return confirm("Send them, and do not ask again for these photos?")

    with open_project(project, write=True, yes=yes) as bench, ConsoleJob() as job:
        if keep_local is not None:
            describing.keep_local(bench, keep_local)
        done = describing.describe(
            bench,
            provider,
            job,
            task=task,
            replace_edited=replace_edited,
            afresh=afresh,
            language=language,
            consent=agree,
        )
    for name, text in done.descriptions.items():
        if text.phrases:  # a writer that knows none has said so in a note
            say(f"{name}: {'; '.join(phrase.text for phrase in text.phrases)}")
    for name in done.kept:
        say(f"{name}: kept as edited or approved (--replace-edited writes over it)")
    if done.failed:
        raise SpaError("; ".join(f"{name}: {reason}" for name, reason in done.failed))


@app.command()
def train(
    project: ProjectArg,
    task: Annotated[str | None, typer.Option(help="Learn this task; else the next one.")] = None,
    seed: Annotated[
        int | None, typer.Option(help="Else the project's own.", min=-(2**63), max=2**63 - 1, show_default=False)
    ] = None,
    focus: Annotated[str | None, typer.Option(help=f"{_FOCUS} Else as before.", show_default=False)] = None,
    ray: RayAddress = None,
    device: Device = "auto",
    yes: Yes = False,
) -> None:
    """Learn the next task."""
    from spa_desktop.workbench import overview, training

    cluster = cluster_at(ray)
    with open_project(project, write=True, device=device, yes=yes) as bench, ConsoleJob() as job:
        if focus is not None:
            bench.set_method(replace(bench.method, focus=focus))
        for advice in overview.project_advice(bench, task):
            job.message(overview.advice_line(advice))
        done = training.train(bench, job, task=task, seed=seed, cluster=cluster)
    for title, names in (("Learned", done.learned), ("Topped up", (*done.topped_up, *done.again))):
        if names:
            say(f"{title} ({done.task.name}): {', '.join(names)}")
    if done.is_alone:
        say(_ALONE)
    elif done.notes.accuracy.photos:
        say(f"Test photos of all classes learned: {done.notes.accuracy}")
        if done.untested:
            say(f"No test photo: {', '.join(done.untested)}")


@app.command()
def correct(
    project: ProjectArg,
    photos: Annotated[
        list[Path] | None, typer.Argument(help="Photos, of the project or not; - is a list on stdin.")
    ] = None,
    is_: Annotated[str | None, typer.Option("--is", help="The class they are of; a new one is made.")] = None,
    set_aside: Annotated[bool, typer.Option("--set-aside", help="Do not use them any more.")] = False,
    learn: Annotated[bool, typer.Option("--learn", help="Learn all corrections that wait.")] = False,
    by_nul: ByNul = False,
    device: Device = "auto",
    yes: Yes = False,
) -> None:
    """Say what photos are, and learn it."""
    from spa_desktop.workbench import correction_learning, corrections

    if bool(photos) != (is_ is not None or set_aside) or (is_ is not None and set_aside):
        raise InputError("Name photos and say what they are: --is CLASS, or --set-aside")
    photos = with_list(photos or (), by_nul=by_nul)
    with open_project(project, write=True, device=device, yes=yes) as bench, ConsoleJob() as job:
        for photo in photos:
            noted = corrections.correct(bench, photo, "aside" if set_aside else "class", class_name=is_)
            if noted is None:
                say(f"{photo}: the project says so already")
        waiting = len(bench.project.corrections())
        # Where the project says so already of all photos, there is nothing to learn, and that is no error.
        done = correction_learning.learn_corrections(bench, job) if learn and (waiting or not photos) else None
    if learn and done is None:
        return
    if done is None:
        say(f"{counted(waiting, 'correction waits: learn it', 'corrections wait: learn them')} with --learn")
        return
    say(f"Corrected {counted(done.photos, 'photo')}")
    if done.corrected.photos:
        before, right = done.corrected.right
        say(f"Correct: {right} of {len(done.corrected.photos)}, before: {before}")
    say(f"Other photos: {correction_learning.changes_line(done.others)}")
    if done.waiting:
        say(f"Not learned yet: {', '.join(done.waiting)}")


@app.command()
def locate(
    project: ProjectArg,
    folders: Annotated[list[Path], typer.Argument(help="Where the photos may lie now, with the folders below.")],
) -> None:
    """Find photos that were moved or renamed, by what is in them."""
    from spa_desktop.workbench import recovery

    with open_project(project, write=True) as bench, ConsoleJob() as job:
        done = recovery.find_moved_photos(bench, folders, job)
    say_some([f"Changed, not missing: {photo.path}" for photo in done.changed], "Changed, not missing: {} more")
    if not done.found and not done.missing:
        if not done.changed:
            say("All photos are where they were")
        return
    say(f"Found {done.found} of {done.found + len(done.missing)} photos that were not where they were")
    say_some([f"Still missing: {photo.path}" for photo in done.missing], "Still missing: {} more")


@app.command()
def undo(project: ProjectArg) -> None:
    """Take the last training back."""
    from spa_desktop.workbench import class_changes

    with open_project(project, write=True) as bench:
        name = class_changes.undo_training(bench)
    if name is None:
        raise InputError(f"{project} has no training that can be taken back")
    say(f"Took back what was learned last of {name}")


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
        stored = versions(project)
        if as_json:
            print_json({"versions": stored})
            return
        rows = [(str(v["number"]), v["created"], v["why"], f"{v['size'] / 1e6:.1f}") for v in stored]
        table(f"Versions of {project}", ("version", "kept at (UTC)", "what happened next", "MB"), rows)
        return
    chosen = restore_project(project, version)
    if as_json:
        print_json(chosen)
        return
    say(f"{project} is as it was on {chosen['created']}, {chosen['why']}; the file that was there is now version 1")


@app.command()
def recover(project: ProjectArg, new: Annotated[Path, typer.Argument(help="The file to make.")]) -> None:
    """Save what can be read of a damaged project into a new file."""
    from spa_desktop.project import recover

    with ConsoleJob() as job:
        recovered = recover.recover(project, new, job)
    for line in recovered:
        say(line)
    say(f"Saved in {new}")


# The command that makes a folder of the model, to be used without the app.


@app.command()
def export(
    project: ProjectArg,
    folder: Annotated[Path, typer.Argument(help="A new folder for the export.", show_default=False)],
    offline: Annotated[bool, typer.Option("--offline", help="Put the browser's runtime beside the page.")] = False,
    runtime: Annotated[
        Path | None,
        typer.Option(help="The runtime's npm package, or its folder, instead of a download. Means offline."),
    ] = None,
    half: Annotated[bool, typer.Option("--half", help="Weights in half precision: half the size.")] = False,
    fixed: Annotated[bool, typer.Option("--fixed", help="Add fixed.onnx, of fixed shapes, for OpenCV's dnn.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace an earlier export.")] = False,
    yes: Yes = False,
) -> None:
    """Write the model as a folder that works without the app: ONNX model, script, web page."""
    from spa_desktop.export.browser_runtime import fetch_runtime, read_runtime
    from spa_desktop.export.classifier_folder import check_target, export_project

    check_target(folder, replaces=force)
    beside = read_runtime(runtime) if runtime is not None else None
    with open_project(project, write=False, yes=yes) as bench, ConsoleJob() as job:
        if beside is None and offline:
            beside = fetch_runtime(job)
        made = export_project(bench, folder, job, is_half=half, is_fixed=fixed, runtime=beside, replaces=force)
    size = sum(file.stat().st_size for file in made.rglob("*") if file.is_file())
    answer(f'Exported to {made} ({size / 1e6:.1f} MB). Try: python "{made / "predict.py"}" PHOTO')


# The bench: SPA and its baselines on a data set.


@app.command()
def bench(
    folder: Annotated[Path, typer.Argument(help="Holds train/CLASS and test/CLASS.")],
    increment: Annotated[int, typer.Option(help="Classes a task.", min=1)],
    base: Annotated[int, typer.Option(help="Classes of the first task; 0: as many as the others.", min=0)] = 0,
    seed: Annotated[int, typer.Option(help="Of the class order.")] = 1993,
    seeds: Annotated[str | None, typer.Option(help="Several seeds: 1993,1994 or 1993-1997.")] = None,
    shots: Annotated[int | None, typer.Option(help="Photos a class, first by file name; else all.", min=1)] = None,
    backbone: Annotated[str, typer.Option(help="See: spa-desktop backbones.")] = "spa-lite",
    methods: Annotated[str | None, typer.Option(help="Names with commas; else all.")] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Take finished results again.")] = False,
    out: Annotated[Path | None, typer.Option(help="Also write the result to this JSON file.")] = None,
    picture: Annotated[Path | None, typer.Option(help="Draw the curves to this PNG file.")] = None,
    ray: RayAddress = None,
    device: Device = "auto",
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Run SPA and its baselines on a data set, task by task."""
    from spa_desktop.bench.bench_run import run_bench
    from spa_desktop.bench.result_table import draw_curves, result_table
    from spa_desktop.encoders.backbones import load_encoder
    from spa_desktop.plain_files import EARLIER_PNG, check_output
    from spa_desktop.workbench.open_project import download_progress

    if picture is not None:
        check_output(picture, EARLIER_PNG)
        if out is not None and out.resolve() == picture.resolve():
            raise InputError(f"--out and --picture both name {out}: give two names")
    cluster = cluster_at(ray)
    with ConsoleJob() as job:
        result = run_bench(
            folder,
            encoder=lambda: load_encoder(
                backbone,
                device=device,
                consent=download_consent(yes),
                on_progress=download_progress(job),
                on_message=say,
            ),
            increment=increment,
            base=base,
            seeds=_seeds(seeds) if seeds else (seed,),
            shots=shots,
            methods=methods.split(",") if methods else None,
            resume=resume,
            out=out,
            job=job,
            cluster=cluster,
        )
    if picture is not None:
        draw_curves(result, picture)
    if as_json:
        print_json(result)
    else:
        print_table(result_table(result))


_MOST_SEEDS = 1000


def _seeds(text: str) -> list[int]:
    seeds: list[int] = []
    for part in text.split(","):
        first, dash, last = part.partition("-")
        try:
            seeds += range(int(first), int(last) + 1)[: _MOST_SEEDS + 1] if dash else [int(first)]
        except ValueError:
            raise InputError(f"--seeds {text}: give numbers such as 1993,1994 or 1993-1997") from None
    if len(seeds) > _MOST_SEEDS:
        raise InputError(f"--seeds {text}: give at most {_MOST_SEEDS}")
    return seeds


@app.command()
def evaluate(project: ProjectArg, yes: Yes = False, as_json: AsJson = False) -> None:
    """Measure the model on the test photos."""
    from spa_desktop.workbench import evaluating

    with open_project(project, write=False, yes=yes) as bench, ConsoleJob() as job:
        report = evaluating.evaluate(bench, job)
    if as_json:
        print_json(report)
        return
    rows = [(name, str(Accuracy.of_json(counts))) for name, counts in report["counted"]["per_class"].items()]
    table("Test photos answered right, with the 95 % range", ("class", "accuracy"), rows)
    _answer_accuracy(report)
    for name, counts in report["leave_one_out"].items():
        estimate = Accuracy.of_json(counts)
        left_out = f": an estimate, leaving out one learned photo at a time: {estimate}" if estimate.photos else ""
        answer(f"{name} has no test photo{left_out}")


_ALONE = "One class alone has no accuracy, as there is nothing to tell it from: learn another class"


def _answer_accuracy(report: Mapping[str, Any]) -> None:
    """The headline of what :meth:`~spa_desktop.workbench.evaluating.evaluate` gives."""
    from spa_desktop.workbench.evaluating import forgotten_points

    parts = [f"All classes: {Accuracy.of_json(report['counted']['last'])}"]
    if len(report["classes"]) < 2:
        parts = [_ALONE]
    elif len(report["tasks"]) > 1 and report["average"] is not None:
        parts += [f"average over the tasks {report['average']:.1f} %"]
        points = forgotten_points([[Accuracy.of_json(x) for x in row] for row in report["counted"]["accuracy_matrix"]])
        if points is not None:  # what old tasks lost, or won: neither is said below zero
            lost = f"old tasks gained {-points:.1f}" if points <= -0.05 else f"forgetting {max(points, 0.0):.1f}"
            parts += [f"{lost} points"]
    answer(", ".join(parts))


@app.command()
def info(project: ProjectArg, as_json: AsJson = False) -> None:
    """Say what a project holds."""
    from spa_desktop.workbench import overview

    with open_project(project, write=False) as bench:
        report = overview.overview(bench)
    if as_json:
        print_json(report)
        return
    rows = [(c["name"], c["task"], c["state"], str(c["train"]), str(c["test"])) for c in report["classes"]]
    focus = f", looks at {report['looks_at']}" if report["looks_at"] else ""
    table(f"{report['path']} on {report['backbone']}{focus}", ("class", "task", "state", "train", "test"), rows)
    if sum(item["state"] == "trained" for item in report["classes"]) > 1:
        answer(STRANGERS_PASS)


@app.command()
def check(project: ProjectArg, as_json: AsJson = False) -> None:
    """Check that a project file is valid."""
    from spa_desktop.workbench import recognition

    with open_project(project, write=False) as bench, ConsoleJob() as job:
        report = recognition.check(bench, job)
    if as_json:
        print_json({"whole": report.is_valid, "problems": list(report.problems), "counts": dict(report.counts)})
    else:
        for problem in report.problems:
            say(problem)
        say(f"{project} is {'valid' if report.is_valid else 'damaged'}")
    if not report.is_valid:
        raise typer.Exit(1)


@app.command()
def backbones(
    allow: Annotated[
        Path | None, typer.Option(help="Agree to a checkpoint file or folder that a project names.", exists=True)
    ] = None,
    fetch: Annotated[str | None, typer.Option(metavar="NAME", help="Download it now, after asking.")] = None,
    yes: Yes = False,
    measure: Annotated[str | None, typer.Option(metavar="NAME", help="Measure how fast it is here.")] = None,
    device: Device = "auto",
    as_json: AsJson = False,
) -> None:
    """List the backbones."""
    if sum((allow is not None, fetch is not None, measure is not None, as_json)) > 1:
        raise InputError("Give one of --allow, --fetch, --measure and --json")
    if allow is not None:
        from spa_desktop.descriptions.consent import allow_checkpoint, consent_path, is_allowed

        allow_checkpoint(allow.absolute())
        if not is_allowed(allow.absolute()):
            raise SpaError(f"The answer could not be kept in {consent_path()}: check that it can be written")
        say(f"Projects may have {allow.absolute()} read on this computer")
        return
    from spa_desktop.encoders import backbones as known

    if fetch is not None:
        from spa_desktop.workbench.open_project import download_progress

        with ConsoleJob() as job:
            known.fetch(fetch, download_consent(yes), download_progress(job))
        say(f"Backbone {fetch} is on this computer")
        return
    if measure is not None:
        from spa_desktop.workbench.method_settings import measure_speed

        with ConsoleJob() as job:
            speed = measure_speed(measure, device, job)
        answer(f"{measure} encodes {speed:.1f} views a second here; each photo that is learned has three")
        return
    offered = known.list_backbones()
    if as_json:
        print_json({"backbones": [asdict(item) for item in offered]})
        return
    rows = []
    for item in offered:
        weights = "on this computer" if item.is_downloaded else "to be downloaded"
        size = str(item.megabytes), f"{item.memory_gb:.1f} GB"
        rows.append((item.name, item.title, *size, item.licence or "not stated", weights))
    title = "Backbones; also other open_clip pairs, hf-hub:OWNER/NAME, local-dir:FOLDER; without words timm:NAME"
    table(title, ("name", "what", "MB", "memory", "licence", "weights"), rows)
