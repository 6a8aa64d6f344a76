"""A person at the window: what they can do is drop, click, type, and wait until they see something."""

import os
from collections.abc import Callable, Iterable
from pathlib import Path

import shiboken6
from PySide6.QtCore import QCoreApplication, QEvent, QPoint, Qt
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtWidgets import QAbstractButton, QAbstractItemView, QApplication, QWidget
from pytestqt.qtbot import QtBot

from spa_desktop.ui.app_state.context import AppContext
from spa_desktop.ui.page import Page
from spa_desktop.ui.preferences import SettingsStore
from spa_desktop.ui.shell.main_window import MainWindow
from tests.ui.mouse import drop, place_of, point

_LEFT, _PLAIN = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
CTRL = Qt.KeyboardModifier.ControlModifier


class Person:
    """Sits before one window of their own.

    Attributes:
        window: what they see.
        context: what lies behind it, for tests to look at.
    """

    def __init__(self, qtbot: QtBot, settings: Path) -> None:
        assert QGuiApplication.platformName() == os.environ["QT_QPA_PLATFORM"].partition(":")[0]
        self.qtbot = qtbot
        self.context = AppContext(SettingsStore(settings))
        self.window = MainWindow(self.context)
        with qtbot.waitExposed(self.window):
            self.window.show()
        self._focused()

    def leave(self) -> None:
        """Close the window, whatever goes on, and give back what it held. Leaving twice is fine."""
        if not shiboken6.isValid(self.window):
            return
        for handle in self.context.background.operations:
            handle.cancel()
        assert self.context.shutdown(), "a worker did not end in time"
        self.window.hide()
        self.window.deleteLater()
        QCoreApplication.sendPostedEvents(self.window, QEvent.Type.DeferredDelete)

    @property
    def page(self) -> Page:
        page = self.window.page
        assert page is not None, "the start page is shown"
        return page

    @property
    def message(self) -> str:
        """What the bar at the top of the page says."""
        return self.page.message_bar.text

    def wait(self, condition: Callable[[], object]) -> None:
        """Until something is to be seen."""
        self.qtbot.waitUntil(lambda: bool(condition()))

    def point(self, widget: QWidget, place: Callable[[], QPoint], seen: Callable[[], object]) -> None:
        """Move the mouse about there until something is to be seen."""
        point(self.qtbot, widget, place, seen)

    def rest(self) -> None:
        """Until nothing is at work any more."""
        self.wait(lambda: not self.context.background.operations)

    def click(self, widget: QWidget, at: QPoint | None = None) -> None:
        """Click something that can be seen and clicked."""
        assert widget.isVisible(), f"{widget} cannot be seen"
        assert widget.isEnabled(), f"{widget} cannot be clicked"
        if isinstance(widget, QAbstractButton):
            assert widget.text() or widget.accessibleName(), f"{widget} says nothing"
        self._focused()  # only in an active window a click takes the focus
        self.qtbot.mouseClick(widget, _LEFT, pos=at or widget.rect().center())

    def click_row(self, view: QAbstractItemView, row: int) -> None:
        """Click a row of a list."""
        index = view.model().index(row, 0)
        self.click(view.viewport(), place_of(self.qtbot, view, index))

    def press(self, key: Qt.Key, modifier: Qt.KeyboardModifier = _PLAIN) -> None:
        """Press a key, wherever the focus is."""
        self.qtbot.keyClick(self._focused(), key, modifier)

    def type(self, text: str) -> None:
        """Type over what is selected where the focus is."""
        self.qtbot.keyClicks(self._focused(), text)

    def focus(self, widget: QWidget) -> None:
        """Have keys go to something."""
        widget.setFocus()
        self._focused()
        self.wait(widget.hasFocus)

    def _focused(self) -> QWidget:
        """Where keys go, once the window that they are for is the active one: a dialog, if one is open."""
        window, had = QApplication.activeModalWidget() or QApplication.activeWindow() or self.window, None
        if window.isHidden():  # offscreen, a list of names stays active once it has closed
            window, had = self.window, QApplication.focusWidget()
        if not window.isActiveWindow():
            window.activateWindow()
            self.wait(window.isActiveWindow)
        if had is not None:
            had.setFocus()
        return QApplication.focusWidget() or window

    def go_to(self, name: str) -> Page:
        """Go to a page by the side bar."""
        self.click(self.window.side_bar.buttons[name])
        assert self.page.name == name
        return self.page

    def drop(self, target: QWidget, paths: Iterable[Path]) -> bool:
        """Drag files over the middle of something and let go. Gives False if it does not want them."""
        return drop(target, paths)

    def picture(self, widget: QWidget) -> QImage:
        """What a part of the window looks like now."""
        return widget.grab().toImage()
