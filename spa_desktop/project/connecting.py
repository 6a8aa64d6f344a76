"""SQLite's connections, set up so that a file from a stranger can do no harm."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import chain
from pathlib import Path, PurePath
from typing import Any, Literal
from urllib.parse import quote

from spa_desktop.errors import InputError, SpaError
from spa_desktop.jobs import Job, Stage
from spa_desktop.project.class_names import NOT_SHA256
from spa_desktop.project.migrations import APPLICATION_ID, TABLES, file_version, newest_version, wrong_tables
from spa_desktop.project.project_failures import ProjectInUse, damaged, explain, not_a_project

Row = tuple[Any, ...]

_LOOK_EVERY = 100_000  # steps of SQLite's machine between two looks
_STEPS, _STEPS_PER_BYTE = 1_000_000, 0.25  # a row takes some steps; no statement of the app needs a tenth of it
_BYTES, _BYTES_PER_BYTE = 64 << 20, 4  # of all rows of a statement together
_TEXT = 256 << 20  # of all texts of a statement: the paths, names and hashes of a million photos take less
_ROWS_AT_ONCE, _OF_LARGE_FILES = 64, 8  # these may hold rows of ten megabytes each
_LARGE = 128 << 20


class Connection(sqlite3.Connection):
    """A connection that neither works for ever nor fills the memory where the tables of a file run in circles.

    Pages may lead to each other in a damaged file, so that a table of a hundred rows has a billion. What a statement
    may do is bounded by the size of the file, and the texts that it may give by what a project can need.
    """

    def watch(self, path: Path) -> None:
        """Begin to count. To be called once."""
        self._path, self._steps = path, 0
        self.set_progress_handler(self._look, _LOOK_EVERY)

    def rows(self, sql: str, values: Iterable[object] = ()) -> list[Row]:
        """Run one statement and give all its rows.

        Raises sqlite3.Error if it fails, or gives more than a file of that size, or any project, can need.
        """
        self.begin_statement()
        cursor = self.execute(sql, tuple(values))
        rows: list[Row] = []
        text = data = 0
        while found := cursor.fetchmany(_OF_LARGE_FILES if self._size() > _LARGE else _ROWS_AT_ONCE):
            rows += found
            values_found = list(chain.from_iterable(found))
            text += sum([len(value) for value in values_found if type(value) is str])
            data += sum([len(value) for value in values_found if type(value) is bytes])
            if text > _TEXT or text + data > _BYTES + _BYTES_PER_BYTE * self._size():
                cursor.close()
                raise sqlite3.DatabaseError("malformed: the texts of a table are longer than any project needs")
        return rows

    def begin_statement(self) -> None:
        """The next statements have all their steps before them."""
        self._steps = 0

    def _look(self) -> int:
        self._steps += _LOOK_EVERY
        return int(self._steps > _STEPS + _STEPS_PER_BYTE * self._size())

    def _size(self) -> int:
        with contextlib.suppress(OSError):
            return self._path.stat().st_size
        return 0


# Waiting for other programs that use the file: bounded, said, and to be cancelled.

_AT_ONCE = 0.1  # seconds that SQLite waits by itself, between two looks whether to go on
_SAID_AFTER = 1.0


@dataclass(frozen=True)
class Waiting:
    """How a transaction waits for other programs."""

    seconds: float = 30.0  # how long at most
    say: Callable[[str], None] | None = None  # called once, with one line, when it takes more than a second
    job: Job | None = None  # reports it instead, and may be cancelled meanwhile
    why: str = ""  # what would be lost by giving up, for that line; "" if nothing


def sqlite_uri(path: PurePath, options: str) -> str:
    r"""An absolute path as SQLite's URI. It refuses the host that `as_uri` makes of a share, or of a drive that is one.

    >>> from pathlib import PureWindowsPath
    >>> [sqlite_uri(PureWindowsPath(path), "mode=ro") for path in (r"C:\my #1.spa", r"\\nas\moths\my.spa")]
    ['file:///C:/my%20%231.spa?mode=ro', 'file:////nas/moths/my.spa?mode=ro']
    """
    text = quote(os.fsencode(path.as_posix()), safe="/:")
    return f"file://{text if text.startswith('/') else f'/{text}'}?{options}"


def connect(path: Path, mode: Literal["ro", "rw"]) -> Connection:
    """Open a file that is there. With "ro" nothing is written, not even a journal rolled back.

    Raises sqlite3.Error if it cannot be opened.
    """
    if sqlite3.sqlite_version_info < (3, 37):
        raise SpaError(f"The app needs SQLite 3.37 or newer, this Python has {sqlite3.sqlite_version}: update Python")
    connection = sqlite3.connect(
        sqlite_uri(path, f"mode={mode}"),
        uri=True,
        isolation_level=None,
        check_same_thread=False,
        timeout=Waiting.seconds,
        factory=Connection,
    )
    try:
        connection.watch(path)
        connection.execute("PRAGMA synchronous = EXTRA")
        connection.execute("PRAGMA trusted_schema = OFF")  # projects are passed around: nothing in one may run code
        connection.execute("PRAGMA cell_size_check = ON")
    except BaseException:
        connection.close()
        raise
    return connection


def patiently(connection: sqlite3.Connection, sql: str, path: Path, waiting: Waiting) -> None:
    """Begin or commit a transaction. One that could not be committed is still open.

    Raises ProjectInUse if other programs use the file for too long; SpaError if it fails for another reason; Cancelled
    if the job was cancelled meanwhile.
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


# What must hold of a file before anything in it is believed.

_MOST = 1 << 53  # ids are numbers that every program can count with


def verify(connection: Connection, path: Path) -> None:
    """Look at an open file, of any version that the app knows. Cheap: its size hardly matters.

    Raises InputError: not a project, newer than the app, damaged; sqlite3.Error if SQLite finds it damaged.
    """
    connection.begin_statement()
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
    size = Path(connection.execute("PRAGMA database_list").fetchone()[2]).stat().st_size
    if size < pages * page_size:
        raise damaged(path, f"{pages * page_size - size} bytes are missing at its end")
    if connection.execute("SELECT 1 FROM sqlite_master WHERE type IN ('trigger', 'view')").fetchone():
        raise damaged(path, "it holds triggers or views, which the app never makes")
    for what in wrong_tables(version, connection.execute(TABLES).fetchall()):
        raise damaged(path, what)
    # A photo's hash names its entry in the feature cache: here is where a stranger's file comes in.
    if connection.execute(f"SELECT 1 FROM photos WHERE {NOT_SHA256} LIMIT 1").fetchone():
        raise damaged(path, "the hash of a photo is no SHA-256")
    # From a number out of bounds SQLite would make the next ids, or none.
    bad = "typeof(name) <> 'text' OR typeof(seq) <> 'integer' OR seq NOT BETWEEN 0 AND ?"
    if connection.execute(f"SELECT 1 FROM sqlite_sequence WHERE {bad}", (_MOST,)).fetchone():
        raise damaged(path, "its numbers of rows are out of bounds")
