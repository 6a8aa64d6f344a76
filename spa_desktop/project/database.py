"""The connection to the file: its statements, and how a transaction begins and ends."""

from __future__ import annotations

import contextlib
import hashlib
import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from spa_desktop.errors import SpaError
from spa_desktop.project import versions
from spa_desktop.project.connecting import Connection, Row
from spa_desktop.project.lock import WriterLock
from spa_desktop.project.project_failures import Waiting, damaged, explain, patiently
from spa_desktop.project.reader import Reading, beside, finish, is_clear


class Database:
    """One connection, used from any thread, one thread at a time.

    Attributes:
        path: of the project.
        notices: what was found beside the project, a line each.
        say: is told in one line when a transaction has to wait for other programs.
    """

    def __init__(self, path: Path, source: Connection | Reading, lock: WriterLock | None = None) -> None:
        """Take over a connection.

        Args:
            path: of the project.
            source: a writer's connection, or what a reader reads.
            lock: of a writer.
        """
        self.path = path
        self._reading = source if isinstance(source, Reading) else None
        self.connection = source.connection if isinstance(source, Reading) else source
        self._writer = lock
        self.notices: list[str] = list(self._reading.notices) if self._reading else []
        self.say: Callable[[str], None] | None = None
        self._mutex = threading.RLock()

    @property
    def is_writable(self) -> bool:
        return self._writer is not None

    @property
    def state(self) -> str:
        """A short name of the last commit, another after each."""
        row = self.row("SELECT id, at, verb, summary FROM history ORDER BY id DESC LIMIT 1")
        return hashlib.sha256(repr(row).encode()).hexdigest()[: len(versions.NO_STATE)]

    def rows(self, sql: str, parameters: Iterable[object] = ()) -> list[Row]:
        """Run one statement and give all its rows."""
        values = tuple(parameters)
        rows: list[Row] = self._run(lambda: self.connection.rows(sql, values))
        return rows

    def row(self, sql: str, parameters: Iterable[object] = ()) -> Row | None:
        """Run one statement and give its first row, or None."""
        rows = self.rows(sql, parameters)
        return rows[0] if rows else None

    def header(self, table: str, column: str, row: int) -> bytes:
        """What stands before the tensors of a safetensors value; nothing else of it is read."""

        def read() -> bytes:
            with self.connection.blobopen(table, column, row, readonly=True) as value:
                start = value.read(8)
                return start + value.read(min(int.from_bytes(start, "little"), len(value)))

        found: bytes = self._run(read)
        return found

    def each(self, sql: str, keys: Iterable[object]) -> Iterator[Row]:
        """Look up one row a key, and yield those found. Holds one row in memory, and no lock between two."""
        for key in keys:
            row = self.row(sql, (key,))
            if row is not None:
                yield row

    def insert(self, sql: str, parameters: Iterable[object] = ()) -> int:
        """Run an INSERT and give the id of the new row."""
        values = tuple(parameters)
        return int(self._run(lambda: self.connection.execute(sql, values).lastrowid) or 0)

    @contextlib.contextmanager
    def writing(self, waiting: Waiting | None = None) -> Iterator[None]:
        """All that is done inside is stored at the end, or nothing is.

        Args:
            waiting: how to wait for other programs.

        Raises:
            SpaError: if the file is no longer the one at its path, or other programs use it for too long.
        """
        if self._writer is None:
            raise SpaError(f"{self.path} is open for reading only: open it for writing to change it")
        waiting = waiting or Waiting(say=self.say)
        with self._mutex:
            if self.connection.in_transaction:
                raise RuntimeError("transactions do not nest")
            self._writer.require_in_place()
            self._look_beside()
            patiently(self.connection, "BEGIN IMMEDIATE", self.path, waiting)
            try:
                # While it lasts nobody is waited for: SQLite would wait at each page that it wants to write early.
                self._busy(0)
                yield
                self._writer.require_in_place()
                patiently(self.connection, "COMMIT", self.path, waiting)
            except BaseException:
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
                if versions.is_due(self.path, state, is_training=is_training) and not versions.keep(
                    self.path, self._writer.raw, state, why
                ):
                    self._tell(f"{self.path} seems to be damaged: `spa-desktop check` says what is broken")

    def _tell(self, notice: str) -> None:
        self.notices.append(notice)
        if self.say is not None:
            self.say(notice)

    def close(self) -> None:
        """Close the file and let others write. Closing twice is fine."""
        with self._mutex:
            self.connection.close()
            if self._reading is not None:
                self._reading.close()
            if self._writer is not None:
                self._writer.release()

    def _run(self, action: Callable[[], Any]) -> Any:
        with self._mutex:
            is_free = not self.connection.in_transaction
            if is_free:
                self._look_beside()
            self.connection.begin_statement()
            try:
                return action()
            except sqlite3.Error as error:
                name = getattr(error, "sqlite_errorname", "")
                if name != "SQLITE_READONLY_ROLLBACK" or self._reading is None or not is_free:
                    raise explain(error, self.path) from error
            except UnicodeError as error:  # in what SQLite wanted to say
                raise damaged(self.path, "a text in it is not valid") from error
            except OverflowError as error:
                raise damaged(self.path, "a number in it is out of bounds") from error
            except MemoryError as error:
                raise damaged(self.path, "it says that it holds more than fits into memory") from error
            # A writer was killed since: read the state before, as at opening.
            self._read_again()
            try:
                return action()
            except sqlite3.Error as error:
                raise explain(error, self.path) from error

    def _look_beside(self) -> None:
        """Keep SQLite from acting on what somebody has put beside the file since it was opened."""
        if self._writer is not None:
            if not is_clear(self.path):
                finish(self.path, self._writer.raw, self._tell)
        elif self._reading is not None and self._reading.is_direct and beside(self.path, "-wal").exists():
            self._read_again()

    def _read_again(self) -> None:
        assert self._reading is not None
        old, self._reading = self._reading, Reading(self.path)
        self.connection = self._reading.connection
        for notice in self._reading.notices:
            if notice not in self.notices:
                self._tell(notice)
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
