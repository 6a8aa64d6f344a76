"""Commands that open the window, draw the demo, or take pictures of the pages."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from spa_desktop.cli.common import AsJson, ProjectArg, app, print_json
from spa_desktop.console import ConsoleJob, answer, table
from spa_desktop.errors import InputError


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
    from spa_desktop.demo_run import run_demo

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
