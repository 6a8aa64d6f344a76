"""Commands that ask a project and change nothing: evaluate, info, check; and which backbones there are."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from spa_desktop.cli.common import (
    AsJson,
    Device,
    ProjectArg,
    RayAddress,
    Yes,
    app,
    download_consent,
    open_project,
    print_json,
)
from spa_desktop.console import ConsoleJob, answer, print_table, say, table
from spa_desktop.errors import InputError, SpaError

# The command that makes a folder of what was learned, to be used without the app.


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
    from spa_desktop.ray_cluster import Cluster

    if picture is not None:
        check_output(picture, EARLIER_PNG)
    cluster = None if ray is None else Cluster.of(ray)
    with ConsoleJob() as job:
        result = run_bench(
            folder,
            encoder=lambda: load_encoder(backbone, device=device, consent=download_consent(yes), on_message=say),
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


def _seeds(text: str) -> list[int]:
    found: list[int] = []
    for part in text.split(","):
        first, dash, last = part.partition("-")
        try:
            found += range(int(first), int(last) + 1) if dash else [int(first)]
        except ValueError:
            raise InputError(f"--seeds {text}: give numbers such as 1993,1994 or 1993-1997") from None
    return found


@app.command()
def evaluate(project: ProjectArg, as_json: AsJson = False) -> None:
    """Measure what was learned on the test photos."""
    with open_project(project, write=False) as bench, ConsoleJob() as job:
        found = bench.evaluate(job)
    if as_json:
        print_json(found)
        return
    rows = [(name, "" if value is None else f"{value:.1f}") for name, value in found["per_class"].items()]
    table("Test photos recognised, per cent", ("class", "accuracy"), rows)
    answer(f"{found['last']:.1f} % now, {found['average']:.1f} % average, {found['forgetting']:.1f} forgotten")


@app.command()
def info(project: ProjectArg, as_json: AsJson = False) -> None:
    """Say what a project holds."""
    with open_project(project, write=False) as bench:
        found = bench.info()
    if as_json:
        print_json(found)
        return
    rows = [(c["name"], c["task"], c["state"], str(c["train"]), str(c["test"])) for c in found["classes"]]
    table(f"{found['path']} on {found['backbone']}", ("class", "task", "state", "train", "test"), rows)


@app.command()
def check(project: ProjectArg, as_json: AsJson = False) -> None:
    """Check that a project file is whole."""
    with open_project(project, write=False) as bench, ConsoleJob() as job:
        report = bench.check(job)
    if as_json:
        print_json({"whole": report.is_whole, "problems": list(report.problems), "counts": dict(report.counts)})
    else:
        for problem in report.problems:
            say(problem)
        say(f"{project} is {'whole' if report.is_whole else 'damaged'}")
    if not report.is_whole:
        raise typer.Exit(1)


@app.command()
def backbones(
    allow: Annotated[
        Path | None,
        typer.Option(help="Agree to a checkpoint file that a project names.", exists=True, dir_okay=False),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """List the backbones."""
    if allow is not None:
        from spa_desktop.descriptions.consent import allow_checkpoint, consent_path, is_allowed

        allow_checkpoint(allow.absolute())
        if not is_allowed(allow.absolute()):
            raise SpaError(f"The answer could not be kept in {consent_path()}: check that it can be written")
        say(f"Projects may have {allow.absolute()} read on this computer")
        return
    from dataclasses import asdict

    from spa_desktop.encoders.backbones import list_backbones

    found = list_backbones()
    if as_json:
        print_json({"backbones": [asdict(item) for item in found]})
        return
    where = {True: "on this computer", False: "to be downloaded"}
    rows = [(item.name, item.title, str(item.megabytes), where[item.is_downloaded]) for item in found]
    table("Backbones; any other open_clip pair works too", ("name", "what", "MB", "weights"), rows)
