"""Buttons that a double click cannot hit by mistake: one that has just come, or got a new text, is deaf at first."""

from __future__ import annotations

import time

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent, QMouseEvent, QShowEvent
from PySide6.QtWidgets import QPushButton

DEAF_SECONDS = 0.5  # as long as a double click may take on common systems (Windows: 500 ms)
_PRESSING = (Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Select)


class SteadyButton(QPushButton):
    """A button in a place where other buttons were, or will be: of the header of a page, of a message, of a task.

    For half a second after it appears or gets another text it hears neither clicks nor keys. `click()` works always.
    """

    _changed_at = 0.0

    def setText(self, text: str) -> None:
        if text != self.text():
            self._changed_at = time.monotonic()
        super().setText(text)

    @property
    def is_deaf(self) -> bool:
        return time.monotonic() - self._changed_at < DEAF_SECONDS

    def showEvent(self, event: QShowEvent) -> None:
        if not event.spontaneous():
            self._changed_at = time.monotonic()
        super().showEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if self.is_deaf:
            event.accept()
        else:
            super().mousePressEvent(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.mousePressEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        # A key that is held would press what comes next as well.
        if event.key() in _PRESSING and (self.is_deaf or event.isAutoRepeat()):
            event.accept()
        else:
            super().keyPressEvent(event)
