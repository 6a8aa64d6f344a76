"""Commands for project files that are damaged, or to be as they were before: restore, recover."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from spa_desktop.cli.common import AsJson, ProjectArg, app, print_json
from spa_desktop.console import ConsoleJob, say, table


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
