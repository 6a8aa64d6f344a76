"""Commands that open the window, draw the demo, or take pictures of the pages."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
import typer

from spa_desktop.cli.common import AsJson, ProjectArg, app, print_json
from spa_desktop.console import ConsoleJob, answer, table
from spa_desktop.errors import InputError
from spa_desktop.jobs import Job

if TYPE_CHECKING:
    from spa_desktop.demo import DemoSet

# The demo: draw photos, teach two tasks, look at what was learned. The whole loop without a window.

_OVERLAYS_A_CLASS = 2
_MARKER = ".spa-desktop-demo"  # a folder with it is the demo's own, to be written over


def run_demo(folder: Path, job: Job) -> dict[str, Any]:
    """Draw the demo photos into `folder` and run add, describe, train, evaluate and classify on them.

    Returns:
        what :meth:`~spa_desktop.workbench.Workbench.evaluate` gives, with ``"project"``, ``"overlays"`` and
        ``"on_thing"``: how often the patches that speak loudest lie on the thing, in units of chance.

    Raises:
        InputError: if the folder is in use for something else, or cannot be written.
    """
    # Not before `main` has set Pillow up, which these load.
    from spa_desktop.demo import draw_demo
    from spa_desktop.workbench import Workbench

    _claim(folder)
    project = folder / "demo.spa"
    for old in ("overlays", "photos", "masks"):
        shutil.rmtree(folder / old, ignore_errors=True)
    project.unlink(missing_ok=True)
    drawn = draw_demo(folder, job=job)
    with Workbench.create(project) as bench:
        for task in drawn.tasks:
            bench.add([task.folder], job, task=task.name)
            bench.describe("offline", job, task=task.name)
            bench.train(job, task=task.name)
        result = bench.evaluate(job)
        shown = [
            photo
            for task in drawn.tasks
            for name in task.classes
            for photo in task.photos(name, "test")[:_OVERLAYS_A_CLASS]
        ]
        overlays = folder / "overlays"
        found = bench.classify(shown, job, overlay_dir=overlays)
        size = len(shown)
        result["on_thing"] = round(sum(_on_thing(drawn, image) for image in found["images"]) / size, 3)
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


def _on_thing(drawn: DemoSet, image: dict[str, Any]) -> float:
    """Share of the 16 loudest patches whose middle lies on the thing, in units of the thing's share of the photo."""
    from PIL import Image

    mask = np.asarray(Image.open(drawn.mask_of(Path(image["path"]))).convert("L"), dtype=np.float32) / 255
    height, width = image["patches"]["grid"]
    share = np.asarray(Image.fromarray(mask).resize((width, height), Image.Resampling.BOX)).flatten()
    loudest = np.argsort(-np.array(image["patches"]["weights"]))[:16]
    return float(share[loudest].mean() / max(share.mean(), 1e-6))


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
    answer(
        f"All classes: {result['last']:.1f} % now, {result['average']:.1f} % average, "
        f"{result['forgetting']:.1f} points forgotten"
    )
    answer(f"Patch attention is on the thing {result['on_thing']:.2f} times as often as chance")
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
