"""A slot of the next turn keeps nothing alive, and is not called where its object is gone."""

import gc
import weakref

import shiboken6
from PySide6.QtCore import QObject, Slot

from spa_desktop.ui.background.work import later


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
