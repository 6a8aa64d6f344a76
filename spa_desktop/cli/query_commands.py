"""Commands that ask a project and change nothing: evaluate, info, check; and which backbones there are."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from spa_desktop.cli.common import AsJson, ProjectArg, app, open_project, print_json
from spa_desktop.console import ConsoleJob, answer, say, table
from spa_desktop.errors import SpaError


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
        from spa_desktop.descriptions.consent_file import allow_checkpoint, consent_path, is_allowed

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
