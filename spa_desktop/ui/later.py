"""A slot that runs in the next turn of the event loop."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, QTimer


def later(slot: Callable[[], Any]) -> None:
    """Run a slot once what goes on now is over; not at all if its object is gone by then.

    ``QTimer.singleShot(0, receiver, slot)`` holds the slot for good where the receiver dies first, and with it all that
    the receiver knows (PySide 6.8 to 6.10).

    Args:
        slot: a method of a QObject that lives in this thread.
    """
    receiver = slot.__self__  # type: ignore[attr-defined]
    assert isinstance(receiver, QObject)
    timer = QTimer(receiver)
    timer.setSingleShot(True)
    timer.timeout.connect(slot)
    timer.timeout.connect(timer.deleteLater)
    timer.start(0)
