"""What SQLite and the disk say, in words that the user can act on."""

from __future__ import annotations

import errno
import os
import re
import sqlite3
from pathlib import Path

from spa_desktop.errors import InputError, SpaError
from spa_desktop.visible import QT_TRANSLATE_NOOP

_LONGEST = 300
_FULL = (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC))
NO_LOCKS = (errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOSYS, errno.EINVAL)  # what locking a file ends with there
_OF_THE_FILE = re.compile(r"no such (table|column)|has no column named|integer overflow|Could not decode|malformed")


class ProjectBusy(InputError):
    """Another process has the project open for writing."""


class ProjectReadOnly(InputError):
    """The project's file, or the folder it lies in, cannot be written, or not be locked."""


class ProjectDamaged(InputError):
    """The file is a project, but damaged."""

    what = ""  # the damage, in a few words


class ChangeUnconfirmed(SpaError):
    """The file holds the change, but its disk did not confirm it: a power cut may take the change back."""


class ProjectInUse(SpaError):
    """Another program was reading or writing the project for too long."""


def damaged(path: Path, what: str, kept: Path | None = None) -> ProjectDamaged:
    """Make the error of a damaged file, which is kept as it was before as `kept`."""
    what = said(what)
    advice = "restore or recover" if kept is None else "restore kept"
    error = ProjectDamaged(
        QT_TRANSLATE_NOOP("errors", "{path} is damaged ({what})"), advice, path=path, what=what, kept=kept
    )
    error.what = what
    return error


def not_a_project(path: Path) -> InputError:
    """Make the error of a file that is something else."""
    return InputError(QT_TRANSLATE_NOOP("errors", "{path} is not a project"), "make project", path=path)


def no_project(path: Path) -> InputError:
    """Make the error of a file that is not there."""
    if not path.parent.is_dir():
        return InputError(
            QT_TRANSLATE_NOOP(
                "errors", "There is no project {path}, as there is no folder {folder}: check the name or the disk"
            ),
            path=path,
            folder=path.parent,
        )
    return InputError(QT_TRANSLATE_NOOP("errors", "There is no project {path}"), "find project", path=path)


def read_only(path: Path) -> ProjectReadOnly:
    """Make the error of a place that cannot be written."""
    text = QT_TRANSLATE_NOOP(
        "errors", "{path} cannot be written: copy it to a folder where you may write, and open the copy"
    )
    return ProjectReadOnly(text, path=path)


def no_locks(path: Path) -> ProjectReadOnly:
    """Make the error of a disk on which files cannot be locked, as one of a network may be."""
    text = QT_TRANSLATE_NOOP(
        "errors", "The disk of {path} does not support locks, without which two programs could write at once"
    )
    return ProjectReadOnly(text, "copy here" if path.exists() else "make here", path=path)


def in_use(path: Path) -> ProjectInUse:
    """Make the error of a project that another program is writing to past the app."""
    text = QT_TRANSLATE_NOOP("errors", "{path} is being written by another program: try again when it is done")
    return ProjectInUse(text, path=path)


def gone(path: Path) -> SpaError:
    """Make the error of an open project that is not at its path any more."""
    text = QT_TRANSLATE_NOOP(
        "errors",
        "{path} was moved or deleted while it was open: nothing was saved. Put it back in its place, or open it where "
        "it is",
    )
    if not path.parent.is_dir():
        text = QT_TRANSLATE_NOOP(
            "errors",
            "{path} is gone, with its folder or its disk, while it was open: nothing was saved. Put it back in its "
            "place, or open it where it is",
        )
    return SpaError(text, path=path)


def replaced(path: Path) -> SpaError:
    """Make the error of an open project at whose path there is another file now."""
    text = QT_TRANSLATE_NOOP(
        "errors",
        "{path} was replaced by another file while it was open: nothing was saved. Close it, and open it again",
    )
    return SpaError(text, path=path)


def disk_full(path: Path) -> InputError:
    """Make the error of a disk without room."""
    text = QT_TRANSLATE_NOOP("errors", "The disk is full: nothing was changed in {path}. Free some space and try again")
    return InputError(text, path=path)


def cannot_make(error: OSError | sqlite3.Error, path: Path) -> SpaError:
    """Make the error of a new file that could not be written."""
    name = getattr(error, "sqlite_errorname", None) or ""
    if name == "SQLITE_FULL" or getattr(error, "errno", None) in _FULL:
        text = QT_TRANSLATE_NOOP("errors", "The disk is full: {path} was not made. Free some space and try again")
        return InputError(text, path=path)
    if not os.access(path.parent, os.W_OK):
        text = QT_TRANSLATE_NOOP(
            "errors", "{path} cannot be made, as its folder cannot be written: choose another folder"
        )
        return ProjectReadOnly(text, path=path)
    text = QT_TRANSLATE_NOOP("errors", "{path} could not be made: {reason}")
    return SpaError(text, path=path, reason=said(getattr(error, "strerror", None) or str(error)))


def cannot_open(error: OSError, path: Path, *, part: Path | None = None) -> SpaError:
    """Turn an error of the system into one of ours.

    `part` is the file that could not be opened, if it is another one beside the project.
    """
    if not path.parent.is_dir() or (part is None and not path.exists()):
        return no_project(path)
    if error.errno in _FULL:
        return disk_full(path)
    if error.errno in NO_LOCKS and part is not None and part.exists():
        return no_locks(path)
    if error.errno == errno.EROFS or (isinstance(error, PermissionError) and not _may_write(path)):
        return read_only(path)
    text = QT_TRANSLATE_NOOP("errors", "{path} could not be opened: {reason}")
    return SpaError(text, path=part or path, reason=error.strerror or error)


def explain(error: sqlite3.Error, path: Path, *, is_open: bool = True) -> SpaError:
    """Turn an error of SQLite into one of ours, by what it says and by what has become of the file.

    `is_open`: it was open already when this happened.
    """
    name = getattr(error, "sqlite_errorname", None) or ""
    if name.startswith("SQLITE_NOTADB"):
        return damaged(path, "its beginning was overwritten") if is_open else not_a_project(path)
    if name.startswith(("SQLITE_CORRUPT", "SQLITE_FORMAT")) or _OF_THE_FILE.search(str(error)):
        # Without the text that could not be decoded, which may be long and anything.
        return damaged(path, str(error).split(" with text ", 1)[0])
    if name.startswith("SQLITE_INTERRUPT"):
        return damaged(path, "its tables have no end")
    if name.startswith("SQLITE_FULL"):
        return disk_full(path)
    if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return in_use(path)
    if not name.startswith(("SQLITE_READONLY", "SQLITE_PERM", "SQLITE_IOERR", "SQLITE_CANTOPEN")):
        return SpaError(f"{path}: {said(str(error))}")
    # It cannot be read or written any more.
    if not path.exists():
        return gone(path)
    if name == "SQLITE_IOERR_DIR_FSYNC":  # of a journal that was deleted already, which is the commit
        text = QT_TRANSLATE_NOOP(
            "errors",
            "{path} was changed, but its disk did not confirm that the change is kept: see whether the disk is well, "
            "close the project, and open it again to see what it holds",
        )
        return ChangeUnconfirmed(text, path=path)
    if name == "SQLITE_READONLY_DBMOVED":
        return replaced(path)
    if name in ("SQLITE_READONLY_ROLLBACK", "SQLITE_READONLY_RECOVERY"):
        text = QT_TRANSLATE_NOOP(
            "errors", "A program that was writing to {path} has ended early: open it again to see what was finished"
        )
        return SpaError(text, path=path)
    if name.startswith(("SQLITE_READONLY", "SQLITE_PERM", "SQLITE_CANTOPEN")) and not _may_write(path):
        return read_only(path)
    text = QT_TRANSLATE_NOOP(
        "errors", "{path} could not be read or written ({reason}): is its disk still there? Nothing was changed"
    )
    return SpaError(text, path=path, reason=said(str(error)))


def _may_write(path: Path) -> bool:
    """Both are needed: the journal lies beside the file."""
    return os.access(path, os.W_OK) and os.access(path.parent, os.W_OK)


def said(value: object) -> str:
    """Something from a file, or said of it, that may be anything: a part of one line.

    >>> said("a" + chr(27) + "[2J" + chr(10) + "b")
    'a?[2J b'
    """
    text = " ".join(str(value)[:_LONGEST].split())
    return "".join(char if char.isprintable() else "?" for char in text)
