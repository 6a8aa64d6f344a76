"""Faults of the app are caught wherever they happen, and shown with details to copy."""

import sys
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QObject, Qt, QThread, QTimer
from PySide6.QtWidgets import QApplication, QLabel

from spa_desktop.ui.background.work import WorkFailure
from spa_desktop.ui.faults import FaultCatcher, FaultDialog
from tests.ui.conftest import WAIT_MS


class Listener(QObject):
    """Notes faults, and in which thread it hears of them."""

    def __init__(self) -> None:
        super().__init__()
        self.faults: list[WorkFailure] = []
        self.threads: list[QThread] = []

    def hear(self, failure: WorkFailure) -> None:
        self.faults.append(failure)
        self.threads.append(QThread.currentThread())

    def break_down(self) -> None:
        raise ZeroDivisionError("in a slot")


@pytest.fixture
def listener(qapp) -> Iterator[Listener]:
    catcher, found = FaultCatcher(), Listener()
    catcher.caught.connect(found.hear)
    before = sys.excepthook
    catcher.install()
    yield found
    catcher.uninstall()
    assert sys.excepthook is before


def test_in_a_slot(listener, qtbot):
    QTimer.singleShot(0, listener.break_down)
    qtbot.waitUntil(lambda: len(listener.faults) == 1)
    failure = listener.faults[0]
    assert failure.message == "ZeroDivisionError: in a slot"
    assert "in break_down" in failure.details
    assert not failure.is_expected


def test_in_another_thread_it_is_told_in_that_of_the_window(listener, qtbot):
    class Broken(QThread):
        def run(self) -> None:
            raise RuntimeError("in a thread")

    thread = Broken()
    thread.start()
    qtbot.waitUntil(lambda: len(listener.faults) == 1)
    assert thread.wait(WAIT_MS)
    assert "in run" in listener.faults[0].details
    assert listener.threads == [QApplication.instance().thread()]


def test_the_dialog_hides_the_details_until_they_are_wanted_and_never_shows_a_key(qtbot):
    details = 'Traceback\n  File "x.py", line 1, in f\nValueError: sk-abcdefgh12345678 is wrong'
    dialog = FaultDialog(WorkFailure("ValueError: sk-abcdefgh12345678 is wrong", details, False))
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    qtbot.addWidget(dialog)
    with qtbot.waitExposed(dialog):
        dialog.open()
    small = dialog.height()
    assert not dialog.details.isVisible()
    qtbot.mouseClick(dialog.more, Qt.MouseButton.LeftButton)
    assert dialog.details.isVisible()
    assert dialog.height() > small
    qtbot.mouseClick(dialog.copy, Qt.MouseButton.LeftButton)
    copied = QApplication.clipboard().text()
    assert "in f" in copied
    assert "SPA Desktop" in copied
    for text in (copied, dialog.details.toPlainText(), *(label.text() for label in dialog.findChildren(QLabel))):
        assert "abcdefgh" not in text
    qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    assert not dialog.isVisible()
