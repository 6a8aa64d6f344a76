"""How a project file is opened and made."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Callable
from pathlib import Path

from spa_desktop.errors import InputError
from spa_desktop.project.connecting import Connection, connect
from spa_desktop.project.database import Database
from spa_desktop.project.lock import NameLock, WriterLock
from spa_desktop.project.migrations import APPLICATION_ID, file_version, migrate, newest_version
from spa_desktop.project.project_failures import cannot_make, cannot_open, damaged, explain, no_project, not_a_project
from spa_desktop.project.reader import HEADER_SIZE, FileHeader, Reading, beside, finish, verify

_PAGE_SIZE = 8192  # thumbnails and features of kilobytes: fewer overflow pages than with 4096


def resolved(path: str | os.PathLike[str]) -> Path:
    """The one absolute path of a project, whatever links lead to it.

    Raises:
        InputError: if it is none.
    """
    try:
        found = Path(path).expanduser().resolve()
    except (OSError, RuntimeError, ValueError) as error:  # links in a circle, a home that is not known, a zero byte
        raise InputError(f"{str(path)!r} is not a path that can be opened: {error}") from error
    if not found.name:
        raise InputError(f"{found} is not a project but a folder: choose a .spa file")
    try:
        str(found).encode()
    except UnicodeEncodeError as error:  # SQLite opens no other
        raise InputError(f"{found}: its name, or that of a folder above it, is not valid text: rename it") from error
    return found


def open_database(path: Path, *, write: bool) -> Database:
    """Open a project file. A writer brings its tables to the newest version; a reader changes nothing.

    Raises:
        InputError: no such file, not a project, newer than the app, damaged, in use (when writing), or not writable.
    """
    try:
        is_there = path.exists()
    except OSError as error:
        raise InputError(f"{path} cannot be opened: {error.strerror or error}") from error
    if not is_there:
        raise no_project(path)
    if path.is_dir():
        raise InputError(f"{path} is not a project but a folder: choose a .spa file")
    if not path.is_file():
        raise not_a_project(path)  # a pipe or a device
    if not os.access(path, os.R_OK):
        raise InputError(f"{path} may not be read: ask its owner for the permission")
    try:
        return _open_for_writing(path) if write else Database(path, Reading(path))
    except sqlite3.Error as error:
        raise explain(error, path, is_open=False) from error
    except UnicodeError as error:  # in what SQLite wanted to say
        raise damaged(path, "a text in it is not valid") from error
    except OSError as error:
        raise cannot_open(error, path) from error


def create_database(path: Path, fill: Callable[[sqlite3.Connection], None]) -> Database:
    """Make a project file. It appears under its name only when it is whole.

    Raises:
        InputError: if the file exists, its folder does not, or the folder cannot be written.
    """
    if not path.parent.is_dir():
        raise InputError(f"There is no folder {path.parent}: make it first, or choose another")
    lock = NameLock(path)
    unfinished = path.with_name(f".{path.name}.new")
    try:
        if path.exists():
            raise InputError(f"{path} exists already: choose another name, or open it")
        for leftover in (unfinished, *(beside(unfinished, suffix) for suffix in ("-journal", "-wal", "-shm"))):
            leftover.unlink(missing_ok=True)
        unfinished.touch(exist_ok=False)
        connection = connect(unfinished, "rw")
        try:
            connection.execute(f"PRAGMA page_size = {_PAGE_SIZE}")
            migrate(connection)
            fill(connection)
        finally:
            connection.close()
        unfinished.replace(path)
    except (sqlite3.Error, OSError) as error:
        raise cannot_make(error, path) from error
    finally:
        with contextlib.suppress(OSError):
            unfinished.unlink(missing_ok=True)
        lock.release()
    return open_database(path, write=True)


def _open_for_writing(path: Path) -> Database:
    lock = WriterLock(path)
    connection: Connection | None = None
    try:
        header = FileHeader.parse(lock.raw.read(0, HEADER_SIZE))
        if header is None or header.application_id != APPLICATION_ID:
            raise not_a_project(path)  # and what lies beside it is not ours to touch
        notices: list[str] = []
        finish(path, lock.raw, notices.append)
        connection = connect(path, "rw")
        lock.require_in_place()
        verify(connection, path)
        # A project is one file, also if some tool has switched it to a write-ahead log.
        connection.execute("PRAGMA journal_mode = DELETE")
        if file_version(connection) < newest_version():
            if connection.execute("PRAGMA foreign_key_check").fetchone() is not None:
                raise damaged(path, "a row refers to one that is gone")
            migrate(connection)
        connection.execute("PRAGMA foreign_keys = ON")
        database = Database(path, connection, lock)
    except BaseException:
        if connection is not None:
            connection.close()
        lock.release()
        raise
    database.notices += notices
    return database
