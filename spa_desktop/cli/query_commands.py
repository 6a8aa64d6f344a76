"""Commands that ask a project and change nothing: evaluate, classify, info, check; and which backbones there are."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from spa_desktop.cli.common import AsJson, ProjectArg, app, open_project, print_json
from spa_desktop.console import ConsoleJob, answer, say, table


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
def classify(
    project: ProjectArg,
    images: Annotated[list[Path], typer.Argument(help="Photo files.")],
    top: Annotated[int, typer.Option(help="How many classes to name.", min=1)] = 5,
    as_json: AsJson = False,
    overlay: Annotated[Path | None, typer.Option(help="Draw patch attention into this folder.")] = None,
) -> None:
    """Recognise photos. One that is like no class that was learned is "none of these"."""
    with open_project(project, write=False) as bench, ConsoleJob() as job:
        found = bench.classify(images, job, top=top, overlay_dir=overlay)
    if as_json:
        print_json(found)
        return
    for image in found["images"]:
        answers = ", ".join(f"{a['class']} {100 * a['probability']:.1f} %" for a in image.get("top", ()))
        if image.get("is_known") is False:
            answers = f"{image['answer']} (nearest: {answers})"
        answer(f"{image['path']}: {answers or image['error']}")


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
def backbones(as_json: AsJson = False) -> None:
    """List the backbones."""
    from dataclasses import asdict

    from spa_desktop.encoders.backbones import list_backbones

    found = list_backbones()
    if as_json:
        print_json({"backbones": [asdict(item) for item in found]})
        return
    where = {True: "on this computer", False: "to be downloaded"}
    rows = [(item.name, item.title, str(item.megabytes), where[item.is_downloaded]) for item in found]
    table("Backbones; any other open_clip pair works too", ("name", "what", "MB", "weights"), rows)
