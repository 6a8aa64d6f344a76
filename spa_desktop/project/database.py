"""The connection to the file: how it is opened, made, locked, and how a transaction ends."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from spa_desktop.errors import InputError, SpaError
from spa_desktop.project.checksums import NOT_SHA256
from spa_desktop.project.failures import damaged, explain, not_a_project, read_only
from spa_desktop.project.lock import WriterLock
from spa_desktop.project.migrations import file_version, migrate, newest_version
from spa_desktop.project.schema import APPLICATION_ID

_PAGE_SIZE = 8192  # thumbnails and features of kilobytes: fewer overflow pages than with 4096
_BUSY_SECONDS = 30.0  # how long a commit waits for a reader, and a reader for a commit

Row = tuple[Any, ...]


class Database:
    """One connection, used from any thread, one thread at a time."""

    def __init__(self, path: Path, connection: sqlite3.Connection, lock: WriterLock | None) -> None:
        self.path = path
        self.connection = connection
        self._writer = lock
        self._mutex = threading.RLock()

    @property
    def is_writable(self) -> bool:
        return self._writer is not None

    def rows(self, sql: str, parameters: Iterable[object] = ()) -> list[Row]:
        """Run one statement and give all its rows."""
        with self._mutex:
            try:
                return self.connection.execute(sql, tuple(parameters)).fetchall()
            except sqlite3.Error as error:
                raise explain(error, self.path) from error

    def row(self, sql: str, parameters: Iterable[object] = ()) -> Row | None:
        """Run one statement and give its first row, or None."""
        rows = self.rows(sql, parameters)
        return rows[0] if rows else None

    def each(self, sql: str, keys: Iterable[object]) -> Iterator[Row]:
        """Look up one row a key, and yield those found. Holds one row in memory, and no lock between two."""
        for key in keys:
            row = self.row(sql, (key,))
            if row is not None:
                yield row

    def insert(self, sql: str, parameters: Iterable[object] = ()) -> int:
        """Run an INSERT and give the id of the new row."""
        with self._mutex:
            try:
                return self.connection.execute(sql, tuple(parameters)).lastrowid or 0
            except sqlite3.Error as error:
                raise explain(error, self.path) from error

    @contextlib.contextmanager
    def writing(self) -> Iterator[None]:
        """All that is done inside is stored at the end, or nothing is."""
        if not self.is_writable:
            raise SpaError(f"{self.path} is open for reading only: open it for writing to change it")
        with self._mutex:
            if self.connection.in_transaction:
                raise RuntimeError("transactions do not nest")
            self.rows("BEGIN IMMEDIATE")
            try:
                yield
                self.rows("COMMIT")
            except BaseException:
                # After some errors (a full disk) SQLite has rolled back already.
                if self.connection.in_transaction:
                    self.connection.execute("ROLLBACK")
                raise

    @contextlib.contextmanager
    def snapshot(self) -> Iterator[None]:
        """All reads inside see the file as it is now."""
        with self._mutex:
            if self.connection.in_transaction:
                yield
                return
            self.rows("BEGIN")
            try:
                yield
            finally:
                self.connection.execute("ROLLBACK")

    def close(self) -> None:
        """Close the file and let others write. Closing twice is fine."""
        with self._mutex:
            self.connection.close()
            if self._writer is not None:
                self._writer.release()


def open_database(path: Path, *, write: bool) -> Database:
    """Open a project file, bringing its tables to the newest version.

    Raises:
        InputError: no such file, not a project, newer than the app, damaged, in use (when writing), or not writable.
    """
    try:
        is_there = path.exists()
    except OSError as error:
        raise InputError(f"{path} cannot be opened: {error.strerror or error}") from error
    if not is_there:
        raise InputError(f"There is no project {path}: check the name, or make it with `spa-desktop new`")
    if not path.is_file():
        raise InputError(f"{path} is not a project but a folder: choose a .spa file")
    if not os.access(path, os.R_OK):
        raise InputError(f"{path} may not be read: ask its owner for the permission")
    lock = _lock(path) if write else None
    try:
        connection = _connect(path)
        try:
            _verify(connection, path)
            if file_version(connection) < newest_version():
                _upgrade(connection, path, lock)
            connection.execute("PRAGMA foreign_keys = ON")
            # A project is one file, also if some tool has switched it to a write-ahead log.
            connection.execute("PRAGMA query_only = ON" if lock is None else "PRAGMA journal_mode = DELETE")
        except BaseException:
            connection.close()
            raise
    except sqlite3.Error as error:
        _release(lock)
        raise explain(error, path) from error
    except BaseException:
        _release(lock)
        raise
    return Database(path, connection, lock)


def create_database(path: Path, fill: Callable[[sqlite3.Connection], None]) -> Database:
    """Make a project file. It appears under its name only when it is whole.

    Raises:
        InputError: if the file exists, its folder does not, or the folder cannot be written.
    """
    if not path.parent.is_dir():
        raise InputError(f"There is no folder {path.parent}: make it first, or choose another")
    lock = WriterLock(path)
    unfinished = path.with_name(f".{path.name}.new")
    try:
        if path.exists():
            raise InputError(f"{path} exists already: choose another name, or open it")
        for leftover in (unfinished, unfinished.with_name(unfinished.name + "-journal")):
            leftover.unlink(missing_ok=True)
        unfinished.touch()
        connection = _connect(unfinished)
        try:
            connection.execute(f"PRAGMA page_size = {_PAGE_SIZE}")
            migrate(connection)
            fill(connection)
        finally:
            connection.close()
        unfinished.replace(path)
    except sqlite3.Error as error:
        raise explain(error, path) from error
    except PermissionError as error:
        raise read_only(path) from error
    except OSError as error:
        raise SpaError(f"{path} could not be made: {error.strerror or error}") from error
    finally:
        with contextlib.suppress(OSError):
            unfinished.unlink(missing_ok=True)
        lock.release()
    return open_database(path, write=True)


def _connect(path: Path) -> sqlite3.Connection:
    if sqlite3.sqlite_version_info < (3, 37):
        raise SpaError(f"The app needs SQLite 3.37 or newer, this Python has {sqlite3.sqlite_version}: update Python")
    # mode=rw for readers as well: a journal that a killed process left behind can be rolled back only by one who may
    # write. Where the file is read-only, SQLite opens it read-only by itself.
    connection = sqlite3.connect(
        f"{path.as_uri()}?mode=rw", uri=True, isolation_level=None, check_same_thread=False, timeout=_BUSY_SECONDS
    )
    connection.execute("PRAGMA synchronous = EXTRA")
    connection.execute("PRAGMA trusted_schema = OFF")  # projects are passed around: nothing in one may run code
    connection.execute("PRAGMA cell_size_check = ON")
    return connection


def _verify(connection: sqlite3.Connection, path: Path) -> None:
    if int(connection.execute("PRAGMA application_id").fetchone()[0]) != APPLICATION_ID:
        raise not_a_project(path)
    version = file_version(connection)
    if version > newest_version():
        raise InputError(
            f"{path} was made by a newer version of the app (tables {version}, this app knows {newest_version()}): "
            "update the app"
        )
    if version < 1:
        raise damaged(path, "it has no version")
    pages, page_size = (int(connection.execute(f"PRAGMA {name}").fetchone()[0]) for name in ("page_count", "page_size"))
    size = path.stat().st_size
    if size < pages * page_size:
        raise damaged(path, f"{pages * page_size - size} bytes are missing at its end")
    if connection.execute("SELECT 1 FROM sqlite_master WHERE type IN ('trigger', 'view')").fetchone():
        raise damaged(path, "it holds triggers or views, which the app never makes")
    if connection.execute("SELECT count(*) FROM sqlite_master WHERE name IN ('meta', 'history')").fetchone()[0] != 2:
        raise damaged(path, "tables are missing")
    # A photo's hash names its entry in the feature cache: here is where a stranger's file comes in.
    if connection.execute(f"SELECT 1 FROM photos WHERE {NOT_SHA256} LIMIT 1").fetchone():
        raise damaged(path, "the hash of a photo is no SHA-256")


def _lock(path: Path) -> WriterLock:
    if not os.access(path, os.W_OK):
        raise read_only(path)
    return WriterLock(path)


def _upgrade(connection: sqlite3.Connection, path: Path, lock: WriterLock | None) -> None:
    """Migrate, with a lock of our own if the file was opened for reading."""
    own = _lock(path) if lock is None else None
    try:
        migrate(connection)
    finally:
        _release(own)


def _release(lock: WriterLock | None) -> None:
    if lock is not None:
        lock.release()
