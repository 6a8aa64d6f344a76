"""What SQLite and the disk say, in words that a person can act on."""

from __future__ import annotations

import errno
import os
import re
import sqlite3
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from spa_desktop.errors import InputError, SpaError
from spa_desktop.jobs import Job, Stage

_LONGEST = 300
_FULL = (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC))
_OF_THE_FILE = re.compile(r"no such (table|column)|has no column named|integer overflow|Could not decode|malformed")


class ProjectBusy(InputError):
    """Another process has the project open for writing."""


class ProjectReadOnly(InputError):
    """The project's file, or the folder it lies in, cannot be written."""


class ProjectDamaged(InputError):
    """The file is a project, but not whole.

    Attributes:
        what: the damage, in a few words.
    """

    what = ""


class ProjectInUse(SpaError):
    """Another program was reading or writing the project for too long."""


def damaged(path: Path, what: str) -> ProjectDamaged:
    """Make the error of a damaged file."""
    error = ProjectDamaged(
        f"{path} is damaged ({said(what)}): restore a backup of it or an earlier version (`spa-desktop restore`), "
        "or save what is whole (`spa-desktop recover`)"
    )
    error.what = said(what)
    return error


def not_whole_any_more(path: Path, kept: Path) -> ProjectDamaged:
    """Make the error of a file that is damaged after a journal was rolled back, which may be of another file."""
    what = "unfinished work beside it was rolled back, and it is not whole after that"
    error = ProjectDamaged(
        f"{path} is damaged ({what}). The file as it lay there before is kept as {kept}: put it back "
        "(`spa-desktop restore`), or save what is whole (`spa-desktop recover`)"
    )
    error.what = what
    return error


def not_a_project(path: Path) -> InputError:
    """Make the error of a file that is something else."""
    return InputError(f"{path} is not a project: choose a .spa file, or make one with `spa-desktop new`")


def no_project(path: Path) -> InputError:
    """Make the error of a file that is not there."""
    if not path.parent.is_dir():
        return InputError(
            f"There is no project {path}, as there is no folder {path.parent}: check the name or the disk"
        )
    return InputError(f"There is no project {path}: check the name, or make it with `spa-desktop new`")


def read_only(path: Path) -> ProjectReadOnly:
    """Make the error of a place that cannot be written."""
    return ProjectReadOnly(f"{path} cannot be written: copy it to a folder where you may write, and open the copy")


def disk_full(path: Path) -> InputError:
    """Make the error of a disk without room."""
    return InputError(f"The disk is full: nothing was changed in {path}. Free some space and try again")


def cannot_make(error: OSError | sqlite3.Error, path: Path) -> SpaError:
    """Make the error of a new file that could not be written."""
    name = getattr(error, "sqlite_errorname", None) or ""
    if name == "SQLITE_FULL" or getattr(error, "errno", None) in _FULL:
        return InputError(f"The disk is full: {path} was not made. Free some space and try again")
    if not os.access(path.parent, os.W_OK):
        return ProjectReadOnly(f"{path} cannot be made, as its folder cannot be written: choose another folder")
    return SpaError(f"{path} could not be made: {said(getattr(error, 'strerror', None) or str(error))}")


def cannot_open(error: OSError, path: Path, *, part: Path | None = None) -> SpaError:
    """Turn an error of the system into one of ours.

    Args:
        error: it.
        path: the project.
        part: the file that could not be opened, if it is another one beside the project.
    """
    if not path.parent.is_dir() or (part is None and not path.exists()):
        return no_project(path)
    if error.errno in _FULL:
        return disk_full(path)
    if error.errno == errno.EROFS or (isinstance(error, PermissionError) and not _may_write(path)):
        return read_only(path)
    return SpaError(f"{part or path} could not be opened: {error.strerror or error}")


def explain(error: sqlite3.Error, path: Path, *, is_open: bool = True) -> SpaError:
    """Turn an error of SQLite into one of ours, by what it says and by what has become of the file.

    Args:
        error: it.
        path: the project.
        is_open: it was open already when this happened.
    """
    name = getattr(error, "sqlite_errorname", None) or ""
    if name.startswith("SQLITE_NOTADB"):
        return damaged(path, "its beginning was overwritten") if is_open else not_a_project(path)
    if name.startswith(("SQLITE_CORRUPT", "SQLITE_FORMAT")) or _OF_THE_FILE.search(str(error)):
        return damaged(path, _without_text(str(error)))
    if name.startswith("SQLITE_INTERRUPT"):
        return damaged(path, "its tables have no end")
    if name.startswith("SQLITE_FULL"):
        return disk_full(path)
    if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return ProjectInUse(f"{path} is being written by another program: try again when it is done")
    if name.startswith(("SQLITE_READONLY", "SQLITE_PERM", "SQLITE_IOERR", "SQLITE_CANTOPEN")):
        return _unreachable(error, path, name)
    return SpaError(f"{path}: {said(str(error))}")


def _unreachable(error: sqlite3.Error, path: Path, name: str) -> SpaError:
    """The file cannot be read or written any more: say why, as far as that can be seen."""
    if not path.parent.is_dir():
        return SpaError(
            f"{path} cannot be reached any more, as its folder is gone: nothing was changed. "
            "Bring the folder or its disk back, and try again"
        )
    if not path.exists():
        return SpaError(f"{path} was moved or deleted while it was open: nothing was changed. Put it back in its place")
    if name == "SQLITE_READONLY_DBMOVED":
        return SpaError(
            f"{path} was replaced by another file while it was open: nothing was saved. Close it, and open it again"
        )
    if name in ("SQLITE_READONLY_ROLLBACK", "SQLITE_READONLY_RECOVERY"):
        return SpaError(f"A program that was writing to {path} has ended early: open it again to see what was finished")
    if name.startswith(("SQLITE_READONLY", "SQLITE_PERM", "SQLITE_CANTOPEN")) and not _may_write(path):
        return read_only(path)
    return SpaError(
        f"{path} could not be read or written ({said(str(error))}): is its disk still there? Nothing was changed"
    )


def _may_write(path: Path) -> bool:
    """Both are needed: the journal lies beside the file."""
    return os.access(path, os.W_OK) and os.access(path.parent, os.W_OK)


def _without_text(message: str) -> str:
    """Leave out the text that could not be decoded, which may be long and anything."""
    return message.split(" with text ", 1)[0]


def said(value: object) -> str:
    """Something from a file, or said of it, that may be anything: a part of one line.

    >>> said("a" + chr(27) + "[2J" + chr(10) + "b")
    'a?[2J b'
    """
    text = " ".join(str(value)[:_LONGEST].split())
    return "".join(char if char.isprintable() else "?" for char in text)


# Waiting for other programs that use the file: bounded, said, and to be cancelled.

_AT_ONCE = 0.1  # seconds that SQLite waits by itself, between two looks whether to go on
_SAID_AFTER = 1.0


@dataclass(frozen=True)
class Waiting:
    """How a transaction waits for other programs.

    Attributes:
        seconds: how long at most.
        say: is told once, in one line, when it takes more than a second.
        job: is told instead, and may be cancelled meanwhile.
        why: what would be lost by giving up, for that line; "" if nothing.
    """

    seconds: float = 30.0
    say: Callable[[str], None] | None = None
    job: Job | None = None
    why: str = ""


def patiently(connection: sqlite3.Connection, sql: str, path: Path, waiting: Waiting) -> None:
    """Begin or commit a transaction. One that could not be committed is still open.

    Raises:
        ProjectInUse: if other programs use the file for too long.
        SpaError: if it fails for another reason.
        Cancelled: if the job was cancelled meanwhile.
    """
    started = time.monotonic()
    is_said = False
    connection.execute(f"PRAGMA busy_timeout = {int(1000 * _AT_ONCE)}")
    while True:
        try:
            connection.execute(sql)
            return
        except sqlite3.Error as error:
            if not (getattr(error, "sqlite_errorname", "") or "").startswith("SQLITE_BUSY"):
                raise explain(error, path) from error
            waited = time.monotonic() - started
            if waited >= waiting.seconds:
                raise ProjectInUse(
                    f"{path} was being read by another program for {waited:.0f} seconds: nothing was changed. Close "
                    "that program, and try again"
                ) from error
        if waited >= _SAID_AFTER and not is_said:
            is_said = True
            line = f"Waiting up to {waiting.seconds:.0f} seconds for another program that is reading {path}"
            line = f"{line}: {waiting.why}" if waiting.why else line
            if waiting.job is not None:
                waiting.job.stage(Stage.WAIT)
                waiting.job.message(line)
            elif waiting.say is not None:
                waiting.say(line)
        if waiting.job is not None:
            waiting.job.check()
