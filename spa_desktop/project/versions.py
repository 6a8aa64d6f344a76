"""What lies beside a project: its last good versions, in a hidden folder, and what SQLite would act on.

Before a session changes a project for the first time, before each training (corrections are learned by one), before a
learned class is deleted or merged, and before all is forgotten, the file is copied there: at most one copy an hour of
the first kind, one an hour where classes are deleted one after the other, at most three in all, and only copies that
SQLite finds intact. None is made of a project over two gigabytes, or where the disk would become full.

Before SQLite rolls a journal back, the file and the journal are copied there as they are, intact or not. Before a
version takes the place of the file, that is kept. Of either three are kept as well.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import re
import shutil
import sqlite3
import stat
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import BinaryIO

from spa_desktop.errors import FilledText, SpaError
from spa_desktop.project.connecting import connect, sqlite_uri
from spa_desktop.project.lock import NameLock, RawFile, is_log_in_use
from spa_desktop.project.migrations import APPLICATION_ID
from spa_desktop.project.project_failures import ProjectDamaged, cannot_open, damaged, explain, in_use
from spa_desktop.visible import QT_TRANSLATE_NOOP

KEPT = 3
ROLLBACK, RESTORE, DELETING = "before rollback", "before restore", "before deleting"
NO_STATE = "0" * 8  # of a file that cannot be read
_MOST_BYTES = 2 << 30
_SPARE_BYTES = 100 << 20  # left free on the disk beside what a copy takes
_INTERVAL = timedelta(hours=1)
_CHUNK = 1 << 20
_NAME = re.compile(r"(2\d{7}T\d{6}\.\d{3})Z ([0-9a-f]{8}) ([a-z -]{1,40})\.spa")
_TIME = "%Y%m%dT%H%M%S.%f"


@dataclass(frozen=True)
class Version:
    """An earlier version of a project."""

    number: int  # 1 is the newest
    path: Path  # of its file, a whole project
    created: datetime  # when it was kept
    commit: str  # the state that it holds, in short
    why: str  # what happened to the project next, such as "before training"
    size: int  # bytes


def folder_of(project: Path) -> Path:
    """Where the versions of a project lie."""
    return project.with_name(f".{project.name}.versions")


def versions_of(project: Path) -> list[Version]:
    """The versions of a project that there are, newest first."""
    folder = folder_of(project)
    versions = []
    # A link would lead out of the project's own folder.
    if not folder.is_symlink():
        with contextlib.suppress(OSError):
            for file in folder.iterdir():
                match = _NAME.fullmatch(file.name)
                if match and file.is_file() and not file.is_symlink():
                    with contextlib.suppress(ValueError):  # a time that there is not
                        created = datetime.strptime(match[1], _TIME).replace(tzinfo=UTC)
                        versions.append(Version(0, file, created, match[2], match[3], file.stat().st_size))
    versions.sort(key=lambda item: item.path.name, reverse=True)
    return [replace(item, number=number) for number, item in enumerate(versions, start=1)]


def keep(project: Path, raw: RawFile, commit: str, why: str, *, is_training: bool) -> bool:
    """Keep a copy of a file that nobody writes to just now. Gives False if the file is damaged.

    No copy is made, and that is no error, of a state that is kept already or came too soon after the last one, of a
    file that is too big, or where it cannot be written.
    """
    versions = versions_of(project)
    is_early = bool(versions) and datetime.now(UTC) - versions[0].created < _INTERVAL
    if is_early and (not is_training or versions[0].why == why == DELETING):  # many deletions push out nothing older
        return True
    try:
        # The history has no row of some changes (sorting). SQLite counts those as well.
        changes = _changes_in(raw.head())
        if any(item.commit == commit and _is_of(item.path, changes) for item in versions):
            return True
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

    The journal's copy is called like the file's, with `.journal` after it, so that SQLite does not act on it. Raises
    OSError if that cannot be done.
    """
    with journal.open("rb") as source:
        digest = hashlib.file_digest(source, "sha256")
        raw.file.seek(0)
        state = hashlib.file_digest(raw.file, lambda: digest).hexdigest()[: len(NO_STATE)]
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

    Raises OSError if that cannot be done.
    """
    target = _new_name(project, commit, RESTORE)
    try:
        os.link(project, target)
    except OSError:
        shutil.copyfile(project, target)
    return target


def prune(project: Path, *, spare: tuple[Path, ...] = ()) -> None:
    """Delete the oldest versions beyond the number that is kept, but none of `spare`."""
    seen = Counter[str]()
    for item in versions_of(project):
        kind = item.why if item.why in (ROLLBACK, RESTORE) else ""  # neither pushes another kind out
        seen[kind] += 1
        if seen[kind] > KEPT and item.path not in spare:
            for part in (item.path, _journal_of(item.path)):
                with contextlib.suppress(OSError):
                    part.unlink(missing_ok=True)


def is_intact(path: Path) -> bool:
    """Whether SQLite finds a file intact that nobody else has open."""
    try:
        connection = sqlite3.connect(sqlite_uri(path, "mode=ro&immutable=1"), uri=True)
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
    versions = versions_of(project)
    if versions and versions[0].created >= moment:  # the clock was set back
        moment = versions[0].created + timedelta(milliseconds=1)
    return folder / f"{moment.strftime(_TIME)[:-3]}Z {commit} {why}.spa"


def _journal_of(file: Path) -> Path:
    return file.with_name(f"{file.name}.journal")


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

    A stranger's file may claim to be as large as the disk, and be a hole: that stays a hole. Raises OSError if it
    cannot be done.
    """
    source, end, size = raw.file.fileno(), 0, raw.size
    while end < size:
        start, end = end, size
        if hasattr(os, "SEEK_DATA"):
            try:
                start = os.lseek(source, start, os.SEEK_DATA)
                end = os.lseek(source, start, os.SEEK_HOLE)
            except OSError as error:
                if error.errno == errno.ENXIO:  # all the rest is a hole
                    break
        raw.file.seek(start)
        target.seek(start)
        if hasattr(os, "copy_file_range"):
            with contextlib.suppress(OSError):  # where the file system can, both files share what is the same
                while start < end and (done := os.copy_file_range(source, target.fileno(), min(_CHUNK, end - start))):
                    start += done
        while start < end and (part := raw.file.read(min(_CHUNK, end - start))):
            start += target.write(part)
    target.truncate(size)


# What lies beside a project under the names that SQLite acts on: `-journal`, `-wal` and `-shm`.
#
# SQLite rolls back whatever journal lies there and does not ask whose it is: a backup that was restored may stand
# beside the journal of another moment. So the file and the journal are copied first, among the earlier versions. What a
# project never has (a write-ahead log, a link, a pipe, a journal of several databases) is renamed by whoever may write,
# so that SQLite does not see it.

_MAGIC, _JOURNAL_MAGIC = b"SQLite format 3\x00", bytes.fromhex("d9d505f920a163d7")
HEADER_SIZE = 100  # bytes: what SQLite calls the database header
# Two bytes say whether it has a write-ahead log; four count what was written; four say whose file it is.
_MODES, _CHANGES, _ID = slice(18, 20), slice(24, 28), slice(68, 72)
_TRIES = 5
_COPIES = "spa-desktop-copy-"  # begins the names of the folders that copies for readers lie in


def is_database(header: bytes) -> bool:
    """Whether a file begins as a database does."""
    return len(header) == HEADER_SIZE and header.startswith(_MAGIC)


def is_project(header: bytes) -> bool:
    """Whether a file begins as a project does."""
    return is_database(header) and header[_ID] == APPLICATION_ID.to_bytes(4, "big")


def has_log(header: bytes) -> bool:
    """Whether a database says of itself that it has a write-ahead log."""
    return is_database(header) and 2 in header[_MODES]


def changes_of(path: Path) -> int:
    """How often a database was written to, for a file that nobody has open: closing it would end their locks."""
    with path.open("rb") as file:
        return _changes_in(file.read(HEADER_SIZE))


def _is_of(version: Path, changes: int) -> bool:
    """Whether a version has so many changes. One that cannot be read has none."""
    try:
        return changes_of(version) == changes
    except OSError:
        return False


def _changes_in(header: bytes) -> int:
    return int.from_bytes(header[_CHANGES], "big")


def beside(path: Path, suffix: str) -> Path:
    """The file beside a project that SQLite would look for."""
    return path.with_name(path.name + suffix)


def is_plain(file: Path) -> bool:
    """Tell whether SQLite may look into a file beside a project: it would wait for ever at a pipe."""
    return not os.path.lexists(file) or (file.is_file() and not file.is_symlink())


def is_hot(path: Path) -> bool:
    """SQLite would roll back the journal beside a project: there is one, and no program is at work on it."""
    if not beside(path, "-journal").is_file():
        return False
    # A connection for reading does not roll back: it says that it would have to.
    connection = sqlite3.connect(sqlite_uri(path, "mode=ro"), uri=True, timeout=0)
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
        found.append((journal, QT_TRANSLATE_NOOP("errors", "it is not a plain file")))
    # SQLite would look for the other databases by their names, and may delete files on the way.
    elif _names_others(journal) and is_hot(path):
        found.append((journal, QT_TRANSLATE_NOOP("errors", "it is part of a change to several files")))
    logs = (beside(path, suffix) for suffix in ("-wal", "-shm"))
    why = QT_TRANSLATE_NOOP("errors", "projects have no write-ahead log")
    return found + [(log, why) for log in logs if os.path.lexists(log)]


def finish(path: Path, raw: RawFile, say: Callable[[str], None]) -> None:
    """See to what lies beside a project, for whoever writes to it: rename strangers, and roll a hot journal back.

    `say` is called with a line for each thing that was done.

    Raises ProjectInUse if another program works through a write-ahead log, which stays; ProjectDamaged if the project
    is damaged after a journal was rolled back; SpaError if no copy can be kept, or a file cannot be renamed; nothing
    was rolled back.
    """
    index = beside(path, "-shm")
    if is_plain(index) and is_log_in_use(index):
        raise in_use(path)
    for stranger, why in strangers(path):
        say(set_aside(path, stranger, why))
    if not is_hot(path):
        return
    try:
        kept = keep_with_journal(path, raw, beside(path, "-journal"))
    except OSError as error:
        text = QT_TRANSLATE_NOOP(
            "errors",
            "Unfinished work lies beside {path}, and before it is rolled back no copy can be kept in {folder} "
            "({reason}): nothing was changed. Free some space, and try again",
        )
        raise SpaError(text, path=path, folder=folder_of(path), reason=error.strerror or error) from error
    try:
        connect(path, "rw").close()  # which rolls back
    except sqlite3.Error as error:
        failure = explain(error, path)
        if not isinstance(failure, ProjectDamaged):
            raise failure from error
    if not is_project(raw.head()) or not is_intact(path):
        raise damaged(path, "unfinished work beside it was rolled back, and it is not whole after that", kept)
    text = QT_TRANSLATE_NOOP(
        "errors",
        "Unfinished work beside {path} was rolled back. If something is missing now: the file as it lay there before "
        "is kept as {kept}",
    )
    say(FilledText.of(text, path=path, kept=kept))


def set_aside(path: Path, stranger: Path, why: str) -> str:
    """Rename a file so that SQLite does not see it. Gives the line that says so.

    Raises SpaError if it cannot be renamed.
    """
    aside, number = stranger.with_name(f"{stranger.name}.set-aside"), 1
    while os.path.lexists(aside):
        number += 1
        aside = stranger.with_name(f"{stranger.name}.set-aside-{number}")
    try:
        stranger.rename(aside)
    except OSError as error:
        text = QT_TRANSLATE_NOOP(
            "errors",
            "{file} must not be used with {path}, as {why}, and cannot be renamed ({reason}): move it elsewhere",
        )
        reason = error.strerror or error
        raise SpaError(text, file=stranger, path=path, why=FilledText.of(why), reason=reason) from error
    text = QT_TRANSLATE_NOOP("errors", "{file} beside {path} was not used, as {reason}: it is kept as {kept}")
    return FilledText.of(text, file=stranger.name, path=path, reason=why, kept=aside.name)


def _names_others(journal: Path) -> bool:
    """It is part of a transaction on several databases, as its end says."""
    with contextlib.suppress(OSError), journal.open("rb") as file:
        file.seek(-len(_JOURNAL_MAGIC), os.SEEK_END)
        return file.read() == _JOURNAL_MAGIC
    return False


@contextlib.contextmanager
def private_copy(path: Path, raw: RawFile, say: Callable[[str], None]) -> Iterator[Path]:
    """A copy for a reader, where reading would change the file: to roll back, to leave WAL mode, to migrate.

    It lies with the project's journal in a folder of its own, which goes at the end, or with the next copy if this
    program is killed, and has no write-ahead log. `say` is called with a line for each file beside it that is left out.
    Raises ProjectInUse if a program is writing to the project all the time; SpaError if there is no room for it.
    """
    _remove_left_copies()
    left_out = strangers(path)
    for file, why in left_out:
        text = QT_TRANSLATE_NOOP("errors", "{file} beside {path} was not used, as {reason}")
        say(FilledText.of(text, file=file.name, path=path, reason=why))
    journal = beside(path, "-journal")
    with (
        tempfile.TemporaryDirectory(prefix=_COPIES, ignore_cleanup_errors=True) as folder,
        contextlib.ExitStack() as stack,
    ):
        private = Path(folder, path.name)
        stack.callback(NameLock(private).release)
        for _ in range(_TRIES):
            before = _signature(path, raw)
            beside(private, "-journal").unlink(missing_ok=True)
            has_journal = journal.is_file() and journal not in dict(left_out)
            try:
                size = raw.size + (journal.stat().st_size if has_journal else 0)
                if size > shutil.disk_usage(folder).free:
                    text = QT_TRANSLATE_NOOP(
                        "errors",
                        "{path} cannot be read as it is, and {n} MB for a copy are not free in {folder}: free some "
                        "space, or open it for writing",
                    )
                    raise SpaError(text, path=path, n=size >> 20, folder=folder)
                with private.open("wb") as target:
                    copy(raw, target)
                if has_journal:
                    shutil.copyfile(journal, beside(private, "-journal"))
            except FileNotFoundError:
                continue  # the journal has gone since
            except OSError as error:
                raise cannot_open(error, path, part=private) from error
            if _signature(path, raw) == before:
                break
        else:
            raise in_use(path)
        if is_database(raw.head()):
            with private.open("r+b") as target:
                target.seek(_MODES.start)
                target.write(b"\x01\x01")
        yield private


def _remove_left_copies() -> None:
    """Delete the copies of programs that were killed: each was locked before it was there, and is not any more."""
    for folder in Path(tempfile.gettempdir()).glob(f"{_COPIES}*"):
        with contextlib.suppress(OSError, SpaError):
            status = folder.lstat()  # where all users share one folder, that of another may be a trap
            if status.st_uid == getattr(os, "getuid", int)() and stat.S_ISDIR(status.st_mode):
                for copied in [file.with_suffix("") for file in folder.glob("*.lock")]:
                    if copied.is_file():
                        NameLock(copied).release()
                        shutil.rmtree(folder)


def _signature(path: Path, raw: RawFile) -> tuple[object, ...]:
    """What is another after a program has written to the file, or while it does."""
    stamps = []
    for file in (raw.file.fileno(), beside(path, "-journal")):
        with contextlib.suppress(OSError):
            info = os.stat(file)  # noqa: PTH116 - a handle, or a path
            stamps.append((info.st_ino, info.st_size, info.st_mtime_ns))
    return raw.head(), *stamps
