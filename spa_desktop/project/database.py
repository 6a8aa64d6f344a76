"""A project file that is open: how it is made and opened, its statements, and how a transaction begins and ends."""

from __future__ import annotations

import contextlib
import hashlib
import os
import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from spa_desktop.errors import InputError, SpaError
from spa_desktop.plain_files import rename_without_replacing
from spa_desktop.project import versions
from spa_desktop.project.connecting import Row, Waiting, connect, patiently
from spa_desktop.project.gate import admit
from spa_desktop.project.lock import NameLock, RawFile, WriterLock, require_locks
from spa_desktop.project.migrations import file_version, migrate, newest_version
from spa_desktop.project.project_failures import (
    ChangeUnconfirmed,
    cannot_make,
    cannot_open,
    damaged,
    explain,
    no_project,
    not_a_project,
    replaced,
)
from spa_desktop.visible import QT_TRANSLATE_NOOP

_PAGE_SIZE = 8192  # thumbnails and features of kilobytes: fewer overflow pages than with 4096
_UNFINISHED = ("SQLITE_READONLY_ROLLBACK", "SQLITE_READONLY_RECOVERY", "SQLITE_CANTOPEN")


def resolved(path: str | os.PathLike[str]) -> Path:
    """The one absolute path of a project, whatever links lead to it. Raises InputError if it is none."""
    try:
        found = Path(path).expanduser().resolve()
    except (OSError, RuntimeError, ValueError) as error:  # links in a circle, a home that is not known, a zero byte
        text = QT_TRANSLATE_NOOP("errors", "{path} is not a path that can be opened: {reason}")
        raise InputError(text, path=repr(str(path)), reason=error) from error
    if not found.name:
        text = QT_TRANSLATE_NOOP("errors", "{path} is not a project but a folder: choose a .spa file")
        raise InputError(text, path=found)
    try:
        str(found).encode()
    except UnicodeEncodeError as error:  # SQLite opens no other
        text = QT_TRANSLATE_NOOP(
            "errors", "{path}: its name, or that of a folder above it, is not valid text: rename it"
        )
        raise InputError(text, path=found) from error
    return found


def create_database(path: Path, fill: Callable[[sqlite3.Connection], None]) -> Database:
    """Make a project file, and open it for writing. It appears under its name only when it is complete.

    Raises InputError if the file exists, its folder does not, or the folder cannot be written.
    """
    if not path.parent.is_dir():
        text = QT_TRANSLATE_NOOP("errors", "There is no folder {folder}: make it first, or choose another")
        raise InputError(text, folder=path.parent)
    taken = InputError(QT_TRANSLATE_NOOP("errors", "{path} exists already: choose another name, or open it"), path=path)
    lock = NameLock(path)
    unfinished = path.with_name(f".{path.name}.new")
    try:
        if path.exists():
            raise taken
        for leftover in (unfinished, *(versions.beside(unfinished, suffix) for suffix in ("-journal", "-wal", "-shm"))):
            leftover.unlink(missing_ok=True)
        with unfinished.open("x+b") as file:
            require_locks(file, path)
        with contextlib.closing(connect(unfinished, "rw")) as connection:
            connection.execute(f"PRAGMA page_size = {_PAGE_SIZE}")
            migrate(connection)
            fill(connection)
            admit(connection, path)
        try:
            rename_without_replacing(unfinished, path)
        except FileExistsError:
            raise taken from None
    except (sqlite3.Error, OSError) as error:
        raise cannot_make(error, path) from error
    finally:
        with contextlib.suppress(OSError):
            unfinished.unlink(missing_ok=True)
        lock.release()
    return Database(path, write=True)


class Database:
    """A project file that is open: one connection, used from any thread, one thread at a time."""

    def __init__(self, path: Path, *, write: bool) -> None:
        """Open a project. A writer brings its tables to the newest version; a reader changes nothing.

        Raises InputError: no such file, not a project, newer than the app, damaged, in use (when writing), or not
        writable.
        """
        self.path = path
        self.notices: list[str] = []  # what was found beside the project, a line each
        # called with one line when a transaction has to wait for other programs
        self.say: Callable[[str], None] | None = None
        self._mutex = threading.RLock()
        self._writer: WriterLock | None = None
        self._is_copy = False  # it is read in a private copy
        self._known_state: str | None = None  # after the last commit of this connection; None where it cannot be read
        self._unconfirmed: ChangeUnconfirmed | None = None  # what is known in memory is older than the file
        self._close = contextlib.ExitStack()
        _require_file(path)
        with _explained(path), contextlib.ExitStack() as stack:
            if write:
                self._open_for_writing(stack)
            else:
                self._open_for_reading(stack)
            self._close = stack.pop_all()

    def _open_for_writing(self, stack: contextlib.ExitStack) -> None:
        path = self.path
        self._writer = WriterLock(path)
        stack.callback(self._writer.release)
        if not versions.is_project(self._writer.raw.head()):
            raise not_a_project(path)  # and what lies beside it is not ours to touch
        require_locks(self._writer.raw.file, path)
        versions.finish(path, self._writer.raw, self.notices.append)
        self.connection = stack.enter_context(contextlib.closing(connect(path, "rw")))
        self._writer.require_in_place()
        admit(self.connection, path)
        self.connection.execute("PRAGMA foreign_keys = ON")
        with contextlib.suppress(SpaError):
            self._known_state = self.state

    def _open_for_reading(self, stack: contextlib.ExitStack) -> None:
        raw = RawFile(self.path)
        stack.callback(raw.release)
        connection = _connection_to_read(self.path, raw)
        self._is_copy = connection is None
        if connection is None:
            copy = stack.enter_context(versions.private_copy(self.path, raw, self._tell_once))
            is_unfinished = versions.is_hot(copy)
            connection = stack.enter_context(contextlib.closing(connect(copy, "rw")))
            if is_unfinished:
                told = f"the unfinished work of which {self.path.name}-journal tells"
                if not versions.is_intact(copy):
                    raise damaged(self.path, f"it is not whole without {told}")
                self._tell_once(f"{self.path} is read as it was before {told}: who writes to it next rolls that back")
        else:
            stack.callback(connection.close)
        admit(connection, self.path)
        connection.execute("PRAGMA query_only = ON")
        self.connection = connection

    @property
    def is_writable(self) -> bool:
        return self._writer is not None

    @property
    def state(self) -> str:
        """A short name of the last commit, another after each."""
        return self.state_before(0)

    def state_before(self, commits: int) -> str:
        """The name of the state so many commits earlier."""
        row = self.row("SELECT id, at, verb, summary FROM history ORDER BY id DESC LIMIT 1 OFFSET ?", (commits,))
        return hashlib.sha256(repr(row).encode()).hexdigest()[: len(versions.NO_STATE)]

    def rows(self, sql: str, parameters: Iterable[object] = ()) -> list[Row]:
        values = tuple(parameters)
        rows: list[Row] = self._run(lambda: self.connection.execute(sql, values).fetchall())
        return rows

    def row(self, sql: str, parameters: Iterable[object] = ()) -> Row | None:
        rows = self.rows(sql, parameters)
        return rows[0] if rows else None

    def header(self, table: str, column: str, row: int) -> bytes:
        """What stands before the tensors of a safetensors value; nothing else of it is read."""

        def read() -> bytes:
            with self.connection.blobopen(table, column, row, readonly=True) as value:
                start = value.read(8)
                return start + value.read(min(int.from_bytes(start, "little"), len(value)))

        head: bytes = self._run(read)
        return head

    def insert(self, sql: str, parameters: Iterable[object] = ()) -> int:
        values = tuple(parameters)
        return int(self._run(lambda: self.connection.execute(sql, values).lastrowid) or 0)

    @contextlib.contextmanager
    def writing(self, waiting: Waiting | None = None) -> Iterator[None]:
        """All that is done inside is stored at the end, or nothing is.

        Raises SpaError if the file is no longer the one at its path, or other programs use it for too long;
        ChangeUnconfirmed if it was stored and the disk did not confirm that, and from then on.
        """
        if self._writer is None:
            text = QT_TRANSLATE_NOOP("errors", "{path} is open for reading only: open it for writing to change it")
            raise SpaError(text, path=self.path)
        if self._unconfirmed is not None:
            raise self._unconfirmed
        waiting = waiting or Waiting(say=self.say)
        with self._mutex:
            if self.connection.in_transaction:
                raise RuntimeError("transactions do not nest")
            self._writer.require_in_place()
            self._look_beside()
            # Another file may have been copied over it: with as many commits SQLite would believe what it read before.
            self.connection.execute("PRAGMA shrink_memory")
            patiently(self.connection, "BEGIN IMMEDIATE", self.path, waiting)
            try:
                # While it lasts nobody is waited for: SQLite would wait at each page that it wants to write early.
                self._busy(0)
                if self._known_state not in (None, self.state):
                    raise replaced(self.path)
                yield
                self._writer.require_in_place()
                state = self.state
                patiently(self.connection, "COMMIT", self.path, waiting)
                self._known_state = state
            except BaseException as error:
                self._unconfirmed = error if isinstance(error, ChangeUnconfirmed) else None
                self._roll_back()
                raise
            finally:
                self._busy(Waiting.seconds)

    @contextlib.contextmanager
    def snapshot(self) -> Iterator[None]:
        """All reads inside see the file as it is now."""
        with self._mutex:
            if self.connection.in_transaction:
                yield
                return
            self.rows("SELECT 1 FROM sqlite_master LIMIT 1")  # where unfinished work is found, and seen to
            self.rows("BEGIN")
            try:
                yield
            finally:
                self._roll_back()

    def keep_version(self, why: str, *, is_training: bool = False) -> None:
        """Keep the file as it is now as one of its last versions, if that is due."""
        with self._mutex:
            if self._writer is None or self.connection.in_transaction:
                return
            self._writer.require_in_place()
            with self.snapshot():  # no other program writes meanwhile
                if self.row("SELECT 1 FROM photos LIMIT 1") is None:
                    return
                state = self.state
                if not versions.keep(self.path, self._writer.raw, state, why, is_training=is_training):
                    self._tell(f"{self.path} seems to be damaged: check the file")

    def _tell_once(self, notice: str) -> None:
        if notice not in self.notices:
            self._tell(notice)

    def _tell(self, notice: str) -> None:
        self.notices.append(notice)
        if self.say is not None:
            self.say(notice)

    def close(self) -> None:
        """Close the file and let others write. Closing twice is fine."""
        with self._mutex:
            self._close.close()

    def _run(self, action: Callable[[], Any]) -> Any:
        with self._mutex:
            is_free = not self.connection.in_transaction
            if is_free:
                self._look_beside()
            try:
                return action()
            except sqlite3.Error as error:
                name = getattr(error, "sqlite_errorname", "")
                if name != "SQLITE_READONLY_ROLLBACK" or self.is_writable or not is_free:
                    raise explain(error, self.path) from error
            except UnicodeEncodeError as error:
                text = QT_TRANSLATE_NOOP("errors", "This cannot be stored in a project: it is not valid text")
                raise SpaError(text) from error
            # A writer was killed since: read the state before, as at opening.
            self._read_again()
            return self._run(action)

    def _look_beside(self) -> None:
        """Keep SQLite from acting on what somebody has put beside the file since it was opened."""
        if self._writer is not None:
            if any(os.path.lexists(f"{self.path}{suffix}") for suffix in ("-journal", "-wal")):
                versions.finish(self.path, self._writer.raw, self._tell)
        elif not self._is_copy and versions.beside(self.path, "-wal").exists():
            self._read_again()

    def _read_again(self) -> None:
        with _explained(self.path), contextlib.ExitStack() as stack:
            self._open_for_reading(stack)
            self._close, old = stack.pop_all(), self._close
        old.close()

    def _roll_back(self) -> None:
        # After some errors (a full disk) SQLite has rolled back already; after others (a lost disk) it cannot, and the
        # journal stays for whoever opens the file next.
        if self.connection.in_transaction:
            with contextlib.suppress(sqlite3.Error):
                self.connection.execute("ROLLBACK")

    def _busy(self, seconds: float) -> None:
        with contextlib.suppress(sqlite3.Error):
            self.connection.execute(f"PRAGMA busy_timeout = {int(1000 * seconds)}")


def _connection_to_read(path: Path, raw: RawFile) -> sqlite3.Connection | None:
    """A connection to the file as it lies there; None where reading it would change something."""
    if (
        versions.has_log(raw.head())
        or os.path.lexists(versions.beside(path, "-wal"))
        or not versions.is_plain(versions.beside(path, "-journal"))
    ):
        return None
    require_locks(raw.file, path)
    with contextlib.ExitStack() as stack:
        try:
            connection = stack.enter_context(contextlib.closing(connect(path, "ro")))
            if not 1 <= file_version(connection) < newest_version():
                stack.pop_all()
                return connection
        except sqlite3.Error as error:
            # A connection for reading does not roll back: it says that it would have to.
            if (getattr(error, "sqlite_errorname", "") or "") not in _UNFINISHED:
                raise
    return None


def _require_file(path: Path) -> None:
    try:
        is_there = path.exists()
    except OSError as error:
        text = QT_TRANSLATE_NOOP("errors", "{path} cannot be opened: {reason}")
        raise InputError(text, path=path, reason=error.strerror or error) from error
    if not is_there:
        raise no_project(path)
    if path.is_dir():
        text = QT_TRANSLATE_NOOP("errors", "{path} is not a project but a folder: choose a .spa file")
        raise InputError(text, path=path)
    if not path.is_file():
        raise not_a_project(path)  # a pipe or a device
    if not os.access(path, os.R_OK):
        text = QT_TRANSLATE_NOOP("errors", "{path} may not be read: ask its owner for the permission")
        raise InputError(text, path=path)


@contextlib.contextmanager
def _explained(path: Path) -> Iterator[None]:
    """What SQLite and the disk say while a project is opened, as errors of ours."""
    try:
        yield
    except sqlite3.Error as error:
        raise explain(error, path, is_open=False) from error
    except UnicodeError as error:  # in what SQLite wanted to say
        raise damaged(path, "a text in it is not valid") from error
    except OSError as error:
        raise cannot_open(error, path) from error
