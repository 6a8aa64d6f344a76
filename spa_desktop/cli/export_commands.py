"""The command that makes a folder of what was learned, to be used without the app."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from spa_desktop.cli.common import ProjectArg, app, open_project
from spa_desktop.console import ConsoleJob, answer


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
    force: Annotated[bool, typer.Option("--force", help="Replace an earlier export.")] = False,
) -> None:
    """Write what was learned as a folder that works without the app: ONNX model, script, web page."""
    from spa_desktop.export.browser_runtime import fetch_runtime, read_runtime
    from spa_desktop.export.classifier_folder import check_target
    from spa_desktop.export.project_export import export_project

    check_target(folder, replaces=force)
    beside = read_runtime(runtime) if runtime is not None else None
    with open_project(project, write=False) as bench, ConsoleJob() as job:
        if beside is None and offline:
            beside = fetch_runtime(job)
        made = export_project(bench, folder, job, is_half=half, runtime=beside, replaces=force)
    size = sum(file.stat().st_size for file in made.rglob("*") if file.is_file())
    answer(f"Exported to {made} ({size / 1e6:.1f} MB). Try: python {made / 'predict.py'} PHOTO")
