"""What SQLite says, in words that a person can act on."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

from spa_desktop.errors import InputError, SpaError


class ProjectBusy(InputError):
    """Another process has the project open for writing."""


class ProjectReadOnly(InputError):
    """The project's file, or the folder it lies in, cannot be written."""


class ProjectDamaged(InputError):
    """The file is a project, but not whole."""


def damaged(path: Path, what: str) -> ProjectDamaged:
    """Make the error of a damaged file."""
    return ProjectDamaged(
        f"{path} is damaged ({what}): restore a backup of it; `spa-desktop check` lists what is broken"
    )


def not_a_project(path: Path) -> InputError:
    """Make the error of a file that is something else."""
    return InputError(f"{path} is not a project: choose a .spa file, or make one with `spa-desktop new`")


def read_only(path: Path) -> ProjectReadOnly:
    """Make the error of a place that cannot be written."""
    return ProjectReadOnly(f"{path} cannot be written: copy it to a folder where you may write, and open the copy")


def explain(error: sqlite3.Error, path: Path) -> SpaError:
    """Turn an error of SQLite into one of ours."""
    name = getattr(error, "sqlite_errorname", "")
    if name.startswith("SQLITE_NOTADB"):
        return not_a_project(path)
    if name.startswith("SQLITE_CORRUPT"):
        return damaged(path, str(error))
    if name.startswith("SQLITE_FULL"):
        return InputError(f"The disk is full: nothing was changed in {path}. Free some space and try again")
    if name.startswith("SQLITE_BUSY"):
        return SpaError(f"{path} is being read by another program: nothing was changed. Try again when it is done")
    if name.startswith(("SQLITE_READONLY", "SQLITE_PERM")):
        return read_only(path)
    if name.startswith("SQLITE_CANTOPEN") and not os.access(path.parent, os.W_OK):  # of the journal beside it
        return read_only(path)
    if name.startswith(("SQLITE_IOERR", "SQLITE_CANTOPEN")):
        return SpaError(f"{path} could not be read or written ({error}): is its disk still there? Nothing was changed")
    return SpaError(f"{path}: {error}")
