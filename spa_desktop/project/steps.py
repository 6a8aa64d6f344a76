"""A bound on the work of one statement, so that a file whose tables run in circles is told from a big one."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

_EVERY = 100_000  # steps of SQLite's machine between two looks
_BASE = 2_000_000
_PER_BYTE = 0.25  # two thousand steps a page of 8 KiB; no statement of the app needs a tenth of it


class StepLimit:
    """Interrupts a statement that takes more steps than a file of that size can need."""

    def __init__(self, connection: sqlite3.Connection, size: Callable[[], int]) -> None:
        """Watch a connection.

        Args:
            connection: it.
            size: gives the bytes of its file now.
        """
        self._size = size
        self._steps = 0
        self._is_on = True
        connection.set_progress_handler(self._look, _EVERY)

    def begin(self, *, is_on: bool) -> None:
        """A statement begins. A transaction makes the file grow before its size shows it: then it is off."""
        self._steps, self._is_on = 0, is_on

    def _look(self) -> int:
        self._steps += _EVERY
        if not self._is_on or self._steps <= _BASE:
            return 0
        return int(self._steps > _BASE + _PER_BYTE * self._size())
