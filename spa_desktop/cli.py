"""The command line. `--json` prints one JSON object on stdout; messages and progress bars go to stderr."""

from __future__ import annotations

import io
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.exceptions import TyperException

from spa_desktop import __version__
from spa_desktop.console import ConsoleJob, fail, say, table
from spa_desktop.errors import InputError, SpaError
from spa_desktop.keys import guard_output

if TYPE_CHECKING:
    from spa_desktop.descriptions.consent import Question
    from spa_desktop.workbench import Workbench

app = typer.Typer(
    add_completion=False,
    no_args_is_help=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="Teach an image classifier, class by class, without starting over.",
)

_INTERRUPTED = 130

ProjectArg = Annotated[Path, typer.Argument(help="The project file, NAME.spa.", show_default=False)]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object on stdout.")]
Yes = Annotated[bool, typer.Option("--yes", help="Agree to what would be asked.")]
Device = Annotated[str, typer.Option(help="auto, cuda, mps or cpu.")]


def main() -> None:
    """Run the command line: exit 0 done, 1 it failed, 2 the input or usage is wrong."""
    guard_output()
    arguments = sys.argv[1:]
    # `spa-desktop [PROJECT]` opens the window: whatever is neither a verb nor an option is a project.
    if not arguments or not (arguments[0].startswith("-") or arguments[0] in _verbs()):
        arguments = ["open", *arguments]
    # Names of files need not be text, and a terminal need not know all letters.
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        # Typer gives back the code of an Exit, and 130 where a key stopped it.
        code = app(arguments, prog_name="spa-desktop", standalone_mode=False)
        sys.stdout.flush()
    except SpaError as error:
        fail(str(error), error.exit_code)
    except typer.Abort:
        fail("Stopped", 1)
    except TyperException as error:
        fail(f"{error.format_message()} Try: spa-desktop --help", 2)
    except BrokenPipeError:
        # Whoever read along has left. Python would complain about it once more when it ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(1) from None
    except Exception as error:
        if os.environ.get("SPA_DESKTOP_TRACEBACK"):
            raise
        fail(f"{type(error).__name__}: {error} (SPA_DESKTOP_TRACEBACK=1 shows where)", 1)
    if code == _INTERRUPTED:
        fail("Stopped. What was saved before is untouched", 1)
    if isinstance(code, int) and code:
        raise SystemExit(code)


def _verbs() -> set[str]:
    return {command.name or command.callback.__name__ for command in app.registered_commands if command.callback}


def _print_json(document: object) -> None:
    # ASCII with escapes: the same for every program that reads it, also where a file's name is not valid text.
    json.dump(document, sys.stdout, indent=2)
    sys.stdout.write("\n")


def _open(path: Path, *, write: bool, device: str = "auto", yes: bool = False) -> Workbench:
    from spa_desktop.workbench import Workbench

    return Workbench.open(path, write=write, device=device, download_consent=_download_consent(yes))


def _download_consent(yes: bool) -> Callable[[Any], bool]:
    def ask(offer: Any) -> bool:
        say(f"{offer.megabytes} MB of weights come from {offer.source}")
        return yes or (sys.stdin.isatty() and typer.confirm("Download them?", err=True))

    return ask


@app.callback(invoke_without_command=True)
def _options(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
) -> None:
    if version:
        typer.echo(__version__)
        raise typer.Exit


@app.command("open", hidden=True)
def open_window(project: Annotated[Path | None, typer.Argument()] = None) -> None:
    """Open the window. The word may be left out: spa-desktop [PROJECT]."""
    if project is not None and project.suffix != ".spa":
        raise InputError(f"{project} is neither a command nor a .spa project: see spa-desktop --help")
    from spa_desktop.ui.app import run_window

    raise typer.Exit(run_window(project))


@app.command()
def demo(folder: Path, as_json: AsJson = False) -> None:
    """Draw the demo photos into FOLDER, and run the whole loop on them."""
    from spa_desktop.tour import run_demo

    with ConsoleJob() as job:
        result = run_demo(folder, job)
    if as_json:
        _print_json(result)
        return
    rows = [
        (task, *(f"{value:.1f}" if value is not None else "" for value in row))
        for task, row in zip(result["tasks"], result["accuracy_matrix"], strict=True)
    ]
    table("Accuracy on each task's test photos after each task, per cent", ("after", *result["tasks"]), rows)
    typer.echo(
        f"All classes: {result['last']:.1f} % now, {result['average']:.1f} % average, "
        f"{result['forgetting']:.1f} points forgotten"
    )
    typer.echo(f"Patch attention is on the thing {result['on_thing']:.2f} times as often as chance")
    typer.echo(f"Project: {result['project']}\nOverlays: {result['overlays']}")


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
    with _open(project, write=True) as bench, ConsoleJob() as job:
        added = bench.add(folders, job, task=task, top_up=top_up, test_share=test_share)
        names = [bench.project.class_(key).name for key in added.class_ids]
    for skipped in added.skipped[:20]:
        say(f"Skipped {skipped.path}: {skipped.reason}")
    if len(added.skipped) > 20:
        say(f"Skipped {len(added.skipped) - 20} more")
    say(f"Added {added.train} photos to learn and {added.test} to test with: {', '.join(names)}")


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
) -> None:
    """Have the classes described: offline, by a service, or from a file."""

    def agree(question: Question) -> bool:
        say(question.text)
        return yes or (sys.stdin.isatty() and typer.confirm("Send them?", err=True))

    with _open(project, write=True, yes=yes) as bench, ConsoleJob() as job:
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
    seed: Annotated[int | None, typer.Option(help="Else the project's own.")] = None,
    device: Device = "auto",
) -> None:
    """Learn the next task."""
    with _open(project, write=True, device=device) as bench, ConsoleJob() as job:
        done = bench.train(job, task=task, seed=seed)
    right = sum(found[0] for found in done.document["tasks"].values())
    count = sum(found[1] for found in done.document["tasks"].values())
    for title, names in (("Learned", done.learned), ("Topped up", done.topped_up)):
        if names:
            say(f"{title} ({done.task.name}): {', '.join(names)}")
    if count:
        say(f"{100 * right / count:.1f} % of {count} test photos of all classes learned are recognised")


@app.command()
def evaluate(project: ProjectArg, as_json: AsJson = False) -> None:
    """Measure what was learned on the test photos."""
    with _open(project, write=False) as bench, ConsoleJob() as job:
        found = bench.evaluate(job)
    if as_json:
        _print_json(found)
        return
    rows = [(name, "" if value is None else f"{value:.1f}") for name, value in found["per_class"].items()]
    table("Test photos recognised, per cent", ("class", "accuracy"), rows)
    typer.echo(f"{found['last']:.1f} % now, {found['average']:.1f} % average, {found['forgetting']:.1f} forgotten")


@app.command()
def classify(
    project: ProjectArg,
    images: Annotated[list[Path], typer.Argument(help="Photo files.")],
    top: Annotated[int, typer.Option(help="How many classes to name.", min=1)] = 5,
    as_json: AsJson = False,
    overlay: Annotated[Path | None, typer.Option(help="Draw patch attention into this folder.")] = None,
) -> None:
    """Recognise photos."""
    with _open(project, write=False) as bench, ConsoleJob() as job:
        found = bench.classify(images, job, top=top, overlay_dir=overlay)
    if as_json:
        _print_json(found)
        return
    for image in found["images"]:
        answers = ", ".join(f"{a['class']} {100 * a['probability']:.1f} %" for a in image.get("top", ()))
        typer.echo(f"{image['path']}: {answers or image['error']}")


@app.command()
def info(project: ProjectArg, as_json: AsJson = False) -> None:
    """Say what a project holds."""
    with _open(project, write=False) as bench:
        found = bench.info()
    if as_json:
        _print_json(found)
        return
    rows = [(c["name"], c["task"], c["state"], str(c["train"]), str(c["test"])) for c in found["classes"]]
    table(f"{found['path']} on {found['backbone']}", ("class", "task", "state", "train", "test"), rows)


@app.command()
def check(project: ProjectArg, as_json: AsJson = False) -> None:
    """Check that a project file is whole."""
    with _open(project, write=False) as bench, ConsoleJob() as job:
        report = bench.check(job)
    if as_json:
        _print_json({"whole": report.is_whole, "problems": list(report.problems), "counts": dict(report.counts)})
    else:
        for problem in report.problems:
            say(problem)
        say(f"{project} is {'whole' if report.is_whole else 'damaged'}")
    if not report.is_whole:
        raise typer.Exit(1)


@app.command()
def undo(project: ProjectArg) -> None:
    """Take the last training back."""
    with _open(project, write=True) as bench:
        name = bench.undo_training()
    if name is None:
        raise InputError(f"{project} has no training that can be taken back")
    say(f"Took the training of {name} back")


@app.command()
def backbones(as_json: AsJson = False) -> None:
    """List the backbones."""
    from dataclasses import asdict

    from spa_desktop.clip.backbones import list_backbones

    found = list_backbones()
    if as_json:
        _print_json({"backbones": [asdict(item) for item in found]})
        return
    where = {True: "on this computer", False: "to be downloaded"}
    rows = [(item.name, item.title, str(item.megabytes), where[item.is_downloaded]) for item in found]
    table("Backbones; any other open_clip pair works too", ("name", "what", "MB", "weights"), rows)


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
    device: Device = "auto",
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Run SPA and its rivals on a data set, task by task."""
    from rich.console import Console

    from spa_desktop.clip.backbones import load_encoder
    from spa_desktop.protocol.report import draw_curves, result_table
    from spa_desktop.protocol.run import run_bench

    with ConsoleJob() as job:
        result = run_bench(
            folder,
            encoder=lambda: load_encoder(backbone, device=device, consent=_download_consent(yes), on_message=say),
            increment=increment,
            base=base,
            seeds=_seeds(seeds) if seeds else (seed,),
            shots=shots,
            methods=methods.split(",") if methods else None,
            resume=resume,
            out=out,
            job=job,
        )
    if picture is not None:
        draw_curves(result, picture)
    if as_json:
        _print_json(result)
    else:
        Console(highlight=False).print(result_table(result))


@app.command()
def screenshots(project: ProjectArg, folder: Path) -> None:
    """Write every page of the window as a PNG, offscreen."""
    from spa_desktop.ui.screenshots import take_screenshots

    take_screenshots(project, folder)


def _seeds(text: str) -> list[int]:
    found: list[int] = []
    for part in text.split(","):
        first, dash, last = part.partition("-")
        try:
            found += range(int(first), int(last) + 1) if dash else [int(first)]
        except ValueError:
            raise InputError(f"--seeds {text}: give numbers such as 1993,1994 or 1993-1997") from None
    return found
