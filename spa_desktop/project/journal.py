"""What a reader reads: the file as it lies there, or a private copy where reading it would change something."""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
import struct
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from spa_desktop.errors import SpaError
from spa_desktop.project.connecting import connect
from spa_desktop.project.lock import RawFile
from spa_desktop.project.migrations import APPLICATION_ID
from spa_desktop.project.project_failures import (
    ProjectDamaged,
    cannot_open,
    damaged,
    explain,
)
from spa_desktop.project.versions import copy, folder_of, is_intact, keep_with_journal

HEADER_SIZE = 100
_MAGIC = b"SQLite format 3\x00"


@dataclass(frozen=True)
class FileHeader:
    """What the first hundred bytes of a database say ("Database File Format" on sqlite.org).

    Attributes:
        is_wal: the file has a write-ahead log.
        application_id: whose file it is.
    """

    is_wal: bool
    application_id: int

    @classmethod
    def parse(cls, data: bytes) -> FileHeader | None:
        """Read it, or give None if this is no database."""
        if len(data) < HEADER_SIZE or not data.startswith(_MAGIC):
            return None
        page_size, written, read = struct.unpack_from(">HBB", data, 16)
        if page_size != 1 and (page_size < 512 or page_size & (page_size - 1)):  # 1 stands for 65536
            return None
        return cls(2 in (written, read), struct.unpack_from(">I", data, 68)[0])


# What lies beside a project under the names that SQLite acts on: `-journal`, `-wal` and `-shm`.
#
# SQLite rolls back whatever journal lies there and does not ask whose it is: a backup that was restored may stand
# beside the journal of another moment. So the file and the journal are copied first, among the earlier versions. What a
# project never has (a write-ahead log, a link, a pipe, a journal of several databases) is renamed by whoever may write,
# so that SQLite does not see it.

_JOURNAL_MAGIC = bytes.fromhex("d9d505f920a163d7")


def beside(path: Path, suffix: str) -> Path:
    """The file beside a project that SQLite would look for."""
    return path.with_name(path.name + suffix)


def is_clear(path: Path) -> bool:
    """Nothing lies beside a project that SQLite could act on."""
    return not any(os.path.lexists(f"{path}{suffix}") for suffix in ("-journal", "-wal"))


def is_plain(file: Path) -> bool:
    """Tell whether SQLite may look into a file beside a project: it would wait for ever at a pipe."""
    return not os.path.lexists(file) or (file.is_file() and not file.is_symlink())


def is_hot(path: Path) -> bool:
    """SQLite would roll back the journal beside a project: there is one, and no program is at work on it."""
    if not beside(path, "-journal").is_file():
        return False
    # A connection for reading does not roll back: it says that it would have to.
    connection = sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True, timeout=0)
    try:
        connection.execute("SELECT 1 FROM sqlite_master").fetchone()
    except sqlite3.Error as error:
        return (getattr(error, "sqlite_errorname", "") or "") == "SQLITE_READONLY_ROLLBACK"
    except UnicodeError:  # in what SQLite wanted to say of a damaged file
        return False
    finally:
        connection.close()
    return False


def strangers(path: Path) -> list[tuple[Path, str]]:
    """The files that SQLite must not act on, each with the reason."""
    found = []
    journal = beside(path, "-journal")
    if not is_plain(journal):
        found.append((journal, "it is not a plain file"))
    # SQLite would look for the other databases by their names, and may delete files on the way.
    elif _names_others(journal) and is_hot(path):
        found.append((journal, "it is part of a change to several files"))
    for suffix in ("-wal", "-shm"):
        if os.path.lexists(beside(path, suffix)):
            found.append((beside(path, suffix), "projects have no write-ahead log"))
    return found


def finish(path: Path, raw: RawFile, say: Callable[[str], None]) -> None:
    """See to what lies beside a project, for whoever writes to it: rename strangers, and roll a hot journal back.

    Args:
        path: the project.
        raw: the same, open.
        say: called with a line for each thing that was done.

    Raises:
        ProjectDamaged: if the project is damaged after a journal was rolled back.
        SpaError: if no copy can be kept, or a file cannot be renamed; nothing was rolled back.
    """
    for stranger, why in strangers(path):
        say(set_aside(path, stranger, why))
    if not is_hot(path):
        return
    try:
        kept = keep_with_journal(path, raw, beside(path, "-journal"))
    except OSError as error:
        raise SpaError(
            f"Unfinished work lies beside {path}, and before it is rolled back no copy can be kept in "
            f"{folder_of(path)} ({error.strerror or error}): nothing was changed. Free some space, and try again"
        ) from error
    try:
        connect(path, "rw").close()  # which rolls back
    except sqlite3.Error as error:
        failure = explain(error, path)
        if not isinstance(failure, ProjectDamaged):
            raise failure from error
    header = FileHeader.parse(raw.read(0, HEADER_SIZE))
    if header is None or header.application_id != APPLICATION_ID or not is_intact(path):
        raise damaged(path, "unfinished work beside it was rolled back, and it is not whole after that", kept)
    say(
        f"Unfinished work beside {path} was rolled back. If something is missing now: the file as it lay there before "
        f"is kept as {kept}"
    )


def set_aside(path: Path, stranger: Path, why: str) -> str:
    """Rename a file so that SQLite does not see it. Gives the line that says so.

    Raises:
        SpaError: if it cannot be renamed.
    """
    aside, number = stranger.with_name(f"{stranger.name}.set-aside"), 1
    while os.path.lexists(aside):
        number += 1
        aside = stranger.with_name(f"{stranger.name}.set-aside-{number}")
    try:
        stranger.rename(aside)
    except OSError as error:
        raise SpaError(
            f"{stranger} must not be used with {path}, as {why}, and cannot be renamed "
            f"({error.strerror or error}): move it elsewhere"
        ) from error
    return f"{stranger.name} beside {path} was not used, as {why}: it is kept as {aside.name}"


def _names_others(journal: Path) -> bool:
    """It is part of a transaction on several databases, as its end says."""
    with contextlib.suppress(OSError), journal.open("rb") as file:
        file.seek(-len(_JOURNAL_MAGIC), os.SEEK_END)
        return file.read() == _JOURNAL_MAGIC
    return False


# A copy of a project of a reader's own, for what would change the file: rolling back, leaving WAL mode, migrating.
#
# A reader changes nothing, byte for byte. Where the file cannot be read as it lies there, it reads a copy in a
# temporary folder, which is removed when it is closed.

_MODES = 18  # where the file's header says in two bytes whether it is in WAL mode


class ChangedMeanwhile(Exception):
    """Somebody wrote to the file while it was copied: look again."""


class PrivateCopy:
    """A copy of a project and of the journal beside it, without a write-ahead log.

    Attributes:
        path: of the copy.
        is_unfinished: opening it for writing rolls its journal back.
        notices: what lies beside the project and was left out, a line each.
    """

    def __init__(self, path: Path, raw: RawFile) -> None:
        """Copy.

        Raises:
            ChangedMeanwhile: if it was written to meanwhile.
            SpaError: if there is no room for it.
        """
        left_out = strangers(path)
        self.notices = tuple(f"{file.name} beside {path} was not used, as {why}" for file, why in left_out)
        journal = beside(path, "-journal")
        has_journal = journal.is_file() and journal not in (file for file, _ in left_out)
        self._folder = tempfile.TemporaryDirectory(prefix="spa-desktop-")
        self.path = Path(self._folder.name, path.name)
        try:
            size = raw.size + (journal.stat().st_size if has_journal else 0)
            if size > shutil.disk_usage(self._folder.name).free:
                raise SpaError(
                    f"{path} cannot be read as it is, and {size >> 20} MB for a copy are not free in "
                    f"{self._folder.name}: free some space, or open it for writing"
                )
            before = _signature(path, raw)
            with self.path.open("xb") as file:
                copy(raw, file)
                if raw.read(0, HEADER_SIZE).startswith(_MAGIC):
                    file.seek(_MODES)
                    file.write(b"\x01\x01")
            if has_journal:
                shutil.copyfile(journal, beside(self.path, "-journal"))
            if _signature(path, raw) != before:
                raise ChangedMeanwhile
            self.is_unfinished = is_hot(self.path)
        except OSError as error:
            self.close()
            if has_journal and not journal.exists():
                raise ChangedMeanwhile from error
            raise cannot_open(error, path) from error
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Remove it. Every connection to it is closed."""
        with contextlib.suppress(OSError):
            self._folder.cleanup()


def _signature(path: Path, raw: RawFile) -> tuple[object, ...]:
    """What is another after a program has written to the file, or while it does."""
    info = os.fstat(raw.file.fileno())
    journal: tuple[int, ...] = ()
    with contextlib.suppress(OSError):
        other = beside(path, "-journal").stat()
        journal = (other.st_ino, other.st_size, other.st_mtime_ns)
    return info.st_size, info.st_mtime_ns, raw.read(0, HEADER_SIZE), journal
