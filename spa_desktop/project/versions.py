"""The last good versions of a project, kept in a hidden folder beside it.

Before a session changes a project for the first time, and before each training, the file is copied there: at most one
copy an hour besides those before trainings, at most three in all, and only copies that SQLite finds intact. None is
made of a project over two gigabytes, or where the disk would become full.

Before SQLite rolls a journal back, the file and the journal are copied there as they are, intact or not. Of these three
are kept as well.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import re
import shutil
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import BinaryIO

from spa_desktop.errors import InputError
from spa_desktop.project.lock import RawFile

KEPT = 3
ROLLBACK = "before rollback"
NO_STATE = "0" * 8  # of a file that cannot be read
_MOST_BYTES = 2 << 30
_SPARE_BYTES = 100 << 20  # left free on the disk beside what a copy takes
_INTERVAL = timedelta(hours=1)
_CHUNK = 1 << 20
_NAME = re.compile(r"(2\d{7}T\d{6}\.\d{3})Z ([0-9a-f]{8}) ([a-z -]{1,40})\.spa")
_TIME = "%Y%m%dT%H%M%S.%f"


@dataclass(frozen=True)
class Version:
    """An earlier version of a project.

    Attributes:
        number: 1 is the newest.
        path: of its file, a whole project.
        created: when it was kept.
        commit: the state that it holds, in short.
        why: what happened to the project next, such as "before training".
        size: bytes.
    """

    number: int
    path: Path
    created: datetime
    commit: str
    why: str
    size: int


def folder_of(project: Path) -> Path:
    """Where the versions of a project lie."""
    return project.with_name(f".{project.name}.versions")


def versions_of(project: Path) -> list[Version]:
    """The versions of a project that there are, newest first."""
    folder = folder_of(project)
    found = []
    # A link would lead out of the project's own folder.
    if not folder.is_symlink():
        with contextlib.suppress(OSError):
            for file in folder.iterdir():
                match = _NAME.fullmatch(file.name)
                if match and file.is_file() and not file.is_symlink():
                    with contextlib.suppress(ValueError):  # a time that there is not
                        created = datetime.strptime(match[1], _TIME).replace(tzinfo=UTC)
                        found.append(Version(0, file, created, match[2], match[3], file.stat().st_size))
    found.sort(key=lambda item: item.path.name, reverse=True)
    return [replace(item, number=number) for number, item in enumerate(found, start=1)]


def version(project: Path, number: int) -> Version:
    """One of them.

    Raises:
        InputError: if there is none with that number.
    """
    found = versions_of(project)
    if not found:
        raise InputError(f"There is no earlier version of {project} in {folder_of(project)}")
    if not 1 <= number <= len(found):
        raise InputError(f"{project} has the versions 1 to {len(found)}: there is no version {number}")
    return found[number - 1]


def is_due(project: Path, commit: str, *, is_training: bool) -> bool:
    """Whether the present state is to be kept: it is not kept yet, and the last one that was is old enough."""
    kept = versions_of(project)
    if not kept:
        return True
    if commit in (item.commit for item in kept):
        return False
    return is_training or datetime.now(UTC) - kept[0].created >= _INTERVAL


def keep(project: Path, raw: RawFile, commit: str, why: str) -> bool:
    """Keep a copy of a file that nobody writes to just now. Gives False if the file is damaged.

    No copy is made, and that is no error, of a file that is too big, or where it cannot be written.

    Args:
        project: its path.
        raw: the same, open.
        commit: its state, in short.
        why: see :class:`Version`.
    """
    try:
        if raw.size > _MOST_BYTES or shutil.disk_usage(project.parent).free < raw.size + _SPARE_BYTES:
            return True
        is_kept = _store(_new_name(project, commit, why), lambda file: copy(raw, file), is_intact)
        if is_kept:
            prune(project)
        return is_kept
    except OSError:
        return True  # a version less, but no reason not to work


def keep_with_journal(project: Path, raw: RawFile, journal: Path) -> Path:
    """Keep a file and the journal beside it as they lie there, unless they are kept already. Gives the file's copy.

    The journal's copy is called like the file's, with `.journal` after it, so that SQLite does not act on it.

    Raises:
        OSError: if that cannot be done.
    """
    with journal.open("rb") as source:
        digest = hashlib.file_digest(source, "sha256")
        place = 0
        while chunk := raw.read(place, _CHUNK):
            digest.update(chunk)
            place += len(chunk)
        state = digest.hexdigest()[: len(NO_STATE)]
        for kept in versions_of(project):
            if (kept.commit, kept.why) == (state, ROLLBACK):
                return kept.path
        if shutil.disk_usage(project.parent).free < raw.size + os.fstat(source.fileno()).st_size:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        target = _new_name(project, state, ROLLBACK)
        source.seek(0)
        try:
            _store(_journal_of(target), lambda file: shutil.copyfileobj(source, file))
            _store(target, lambda file: copy(raw, file))
        except OSError:
            _journal_of(target).unlink(missing_ok=True)
            raise
    prune(project)
    return target


def keep_present(project: Path, commit: str) -> Path:
    """Keep the present file as a version, even if it is damaged, before another takes its place.

    Raises:
        OSError: if that cannot be done.
    """
    target = _new_name(project, commit, "before restore")
    try:
        os.link(project, target)
    except OSError:
        shutil.copyfile(project, target)
    return target


def prune(project: Path, *, spare: tuple[Path, ...] = ()) -> None:
    """Delete the oldest versions beyond the number that is kept, but none of `spare`."""
    found = versions_of(project)
    for is_rollback in (False, True):  # crashes push no good version out
        for old in [item for item in found if (item.why == ROLLBACK) is is_rollback][KEPT:]:
            if old.path not in spare:
                for part in (old.path, _journal_of(old.path)):
                    with contextlib.suppress(OSError):
                        part.unlink(missing_ok=True)


def is_intact(path: Path) -> bool:
    """Whether SQLite finds a file intact that nobody else has open."""
    try:
        connection = sqlite3.connect(f"{path.as_uri()}?mode=ro&immutable=1", uri=True)
        try:
            connection.execute("PRAGMA trusted_schema = OFF")
            return connection.execute("PRAGMA quick_check(1)").fetchall() == [("ok",)]
        finally:
            connection.close()
    except (sqlite3.Error, UnicodeError):
        return False


def _new_name(project: Path, commit: str, why: str) -> Path:
    folder = folder_of(project)
    if folder.is_symlink():
        raise OSError(f"{folder} is a link")
    folder.mkdir(exist_ok=True)
    moment = datetime.now(UTC)
    kept = versions_of(project)
    if kept and kept[0].created >= moment:  # the clock was set back
        moment = kept[0].created + timedelta(milliseconds=1)
    return folder / f"{moment.strftime(_TIME)[:-3]}Z {commit} {why}.spa"


def _journal_of(kept: Path) -> Path:
    return kept.with_name(f"{kept.name}.journal")


def _store(target: Path, fill: Callable[[BinaryIO], None], is_good: Callable[[Path], bool] = lambda _: True) -> bool:
    """Make a file that appears under its name only when complete. Gives False if it is not good, and is not made."""
    unfinished = target.with_name("unfinished")
    unfinished.unlink(missing_ok=True)
    try:
        with unfinished.open("xb") as file:  # never through a link that a stranger has put there
            fill(file)
            file.flush()
            os.fsync(file.fileno())
        if not is_good(unfinished):
            return False
        unfinished.rename(target)
        return True
    finally:
        with contextlib.suppress(OSError):
            unfinished.unlink(missing_ok=True)


def copy(raw: RawFile, target: BinaryIO) -> None:
    """Copy a file into another one that is open and empty, if possible without taking room for it.

    Raises:
        OSError: if that cannot be done.
    """
    raw.file.seek(0)
    if hasattr(os, "copy_file_range"):
        with contextlib.suppress(OSError):  # where the file system can, both files share what is the same
            while os.copy_file_range(raw.file.fileno(), target.fileno(), _CHUNK):
                pass
    shutil.copyfileobj(raw.file, target, _CHUNK)
