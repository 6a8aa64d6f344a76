"""A budget of memory that threads share: each waits its turn until what it needs is free."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager


class MemoryBudget:
    """So many bytes for all threads together, lent in the order they were asked for.

    The order keeps a large photo from waiting for ever while small ones pass it.

    >>> budget = MemoryBudget(100)
    >>> with budget.lend(60):
    ...     budget.lent
    60
    >>> budget.lent
    0
    """

    def __init__(self, total: int) -> None:
        self._total = total
        self._lent = 0
        self._waiting: deque[object] = deque()
        self._changed = threading.Condition()

    @property
    def lent(self) -> int:
        """Bytes that are lent now."""
        return self._lent

    @contextmanager
    def lend(self, amount: int) -> Iterator[None]:
        """Wait until `amount` bytes are free, and hold them inside the ``with``.

        Raises:
            ValueError: if that is more than the whole budget.
        """
        if amount > self._total:
            raise ValueError(f"{amount} bytes are more than the budget of {self._total}")
        turn = object()
        with self._changed:
            self._waiting.append(turn)
            try:
                self._changed.wait_for(lambda: self._waiting[0] is turn and self._lent + amount <= self._total)
                self._lent += amount
            finally:
                self._waiting.remove(turn)
                self._changed.notify_all()
        try:
            yield
        finally:
            with self._changed:
                self._lent -= amount
                self._changed.notify_all()
