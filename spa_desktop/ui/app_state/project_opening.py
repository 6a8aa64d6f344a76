"""Opening and making projects. For worker threads."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from spa_desktop.errors import InputError
from spa_desktop.project import Project
from spa_desktop.ui.app_state.contents import Contents, read_contents
from spa_desktop.ui.app_state.project_place import missing

if TYPE_CHECKING:
    from spa_desktop.workbench import Workbench
    from spa_desktop.workbench.session import Consent

Opened = tuple["Workbench", Contents]


def open_workbench(path: Path, *, write: bool, device: str, consent: Consent) -> Opened:
    """Open a project file.

    Raises:
        InputError: as :meth:`spa_desktop.project.Project.open`.
    """
    from spa_desktop.workbench import Workbench

    require_there(path)
    return _with_contents(Workbench.open(path, write=write, device=device, download_consent=consent))


def require_there(path: Path) -> None:
    """See that there is something to open.

    Raises:
        InputError: that says what to do in the window, where the engine would name a command.
    """
    fault = missing(path)
    if fault:
        raise InputError(fault)


def create_workbench(path: Path, *, backbone: str, device: str, consent: Consent) -> Opened:
    """Make a project file.

    Raises:
        InputError: as :meth:`spa_desktop.workbench.Workbench.create`.
    """
    from spa_desktop.workbench import DEFAULT_BACKBONE, Workbench

    if backbone == DEFAULT_BACKBONE:
        # It ships with the app. To check the name of another loads torch, which takes seconds.
        return _with_contents(
            Workbench(Project.create(path, backbone=backbone), device=device, download_consent=consent)
        )
    return _with_contents(Workbench.create(path, backbone=backbone, device=device, download_consent=consent))


def _with_contents(bench: Workbench) -> Opened:
    try:
        return bench, read_contents(bench.project)
    except BaseException:
        bench.close()
        raise
