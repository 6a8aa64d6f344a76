"""A slot of the next turn keeps nothing alive, and is not called where its object is gone."""

from __future__ import annotations

import gc
import weakref
from pathlib import Path

import shiboken6
from PySide6.QtCore import QObject, Slot

from spa_desktop.ui.background.work import later
from tests.conftest import REPOSITORY


class Listener(QObject):
    def __init__(self) -> None:
        super().__init__()
        self.calls = 0

    @Slot()
    def hear(self) -> None:
        self.calls += 1


def test_what_dies_before_its_turn_is_let_go(qtbot):
    listeners = [Listener() for _ in range(5)]
    calls = [weakref.ref(one) for one in listeners]
    for one in listeners:
        later(one.hear)
        shiboken6.delete(one)
    del listeners, one
    qtbot.wait(20)
    gc.collect()
    assert not [ref for ref in calls if ref() is not None]


def test_nothing_in_the_window_uses_a_timer_that_holds_its_receiver():
    """`QTimer.singleShot` with a receiver: the only one that is left has none, and ends with its loop."""
    files = sorted((REPOSITORY / "spa_desktop" / "ui").rglob("*.py"))
    assert len(files) > 80
    uses = [path.name for path in files if "QTimer.singleShot(" in Path(path).read_text("utf-8")]
    assert uses == ["screenshots.py"]
