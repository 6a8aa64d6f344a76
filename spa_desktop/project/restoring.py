"""An earlier version of a project back into its place. The present file becomes a version itself."""

from __future__ import annotations

import contextlib
import os
import shutil
from pathlib import Path

from spa_desktop.errors import InputError, SpaError
from spa_desktop.project.file_opening import open_database, resolved
from spa_desktop.project.lock import NameLock, WriterLock
from spa_desktop.project.project import Project
from spa_desktop.project.project_failures import ProjectBusy, ProjectReadOnly, cannot_open, damaged
from spa_desktop.project.reader import beside, set_aside
from spa_desktop.project.versions import NO_STATE, ROLLBACK, Version, is_whole, keep_present, prune, version


def restore(path: Path, number: int = 1) -> Version:
    """Put a version of a project into its place, and give that version.

    Args:
        path: the project; the file itself may be damaged, or missing.
        number: of the version; 1 is the newest.

    Raises:
        InputError: if there is no such version, it is damaged, or a program has the project open for writing.
        SpaError: if the present file cannot be kept as a version, or the other cannot be put into its place.
    """
    path = resolved(path)
    chosen = version(path, number)
    try:
        Project.open(chosen.path).close()
        if chosen.why == ROLLBACK and not is_whole(chosen.path):
            raise damaged(chosen.path, "it holds unfinished work")
    except SpaError as error:
        raise InputError(f"Version {number} of {path} cannot be used, choose another: {error}") from error
    with chosen.path.open("rb") as source:  # what is kept of the present file may push it out
        commit = _finish(path)
        lock = WriterLock(path) if path.exists() else NameLock(path)
        unfinished = path.with_name(f".{path.name}.new")
        try:
            unfinished.unlink(missing_ok=True)
            with unfinished.open("xb") as file:
                shutil.copyfileobj(source, file)
                file.flush()
                os.fsync(file.fileno())
            present = (keep_present(path, commit),) if path.exists() else ()
            # What is left there belonged to the file that goes, and could not be rolled back into it.
            for suffix in ("-journal", "-wal", "-shm"):
                if os.path.lexists(beside(path, suffix)):
                    set_aside(path, beside(path, suffix), "the project was restored")
            unfinished.replace(path)
            prune(path, spare=(chosen.path, *present))
        except OSError as error:
            raise cannot_open(error, path, part=unfinished) from error
        finally:
            with contextlib.suppress(OSError):
                unfinished.unlink(missing_ok=True)
            lock.release()
    with Project.open(path, write=True) as project:
        summary = f"{chosen.why}, {chosen.created:%Y-%m-%d %H:%M} UTC"
        with project.transaction("restore", summary, undo="none"):
            pass
    return chosen


def _finish(path: Path) -> str:
    """Roll back what a killed program left unfinished, so that the file that is kept is a whole one. Gives its state.

    Raises:
        SpaError: if it cannot be written, or somebody else writes to it.
    """
    if not path.exists():
        return NO_STATE
    try:
        database = open_database(path, write=True)
        try:
            return database.state
        finally:
            database.close()
    except (ProjectBusy, ProjectReadOnly):
        raise
    except SpaError:
        return NO_STATE  # it is damaged: it is kept as it is
