"""Verbs on project files that are damaged, or to be as they were before: restore and recover."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from spa_desktop.jobs import Job
from spa_desktop.project.file_opening import resolved
from spa_desktop.project.recover import recover
from spa_desktop.project.restoring import restore
from spa_desktop.project.versions import Version, versions_of

__all__ = ["recover_project", "restore_project", "versions"]


def versions(path: Path) -> list[dict[str, Any]]:
    """The versions of a project that are kept, newest first: the list of ``spa-desktop restore --list``."""
    return [_as_json(item) for item in versions_of(resolved(path))]


def restore_project(path: Path, number: int = 1) -> dict[str, Any]:
    """Put a version of a project into its place; the present file becomes a version. Gives the one that was chosen.

    Raises:
        InputError: if there is no such version, or it is damaged.
        SpaError: if it cannot be put there.
    """
    return _as_json(restore(path, number))


def recover_project(path: Path, new: Path, job: Job | None = None) -> list[str]:
    """Save what is whole of a damaged project into a new file. Gives a line for each table.

    Raises:
        InputError: if nothing of a project is in it, or the new file exists.
        SpaError: if the new file cannot be made.
    """
    return recover(path, new, job).lines


def _as_json(item: Version) -> dict[str, Any]:
    return {
        "number": item.number,
        "path": str(item.path),
        "created": item.created.isoformat(timespec="seconds"),
        "why": item.why,
        "size": item.size,
    }
