"""The quiet bar at the top of a page, for messages that need no answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QSizePolicy, QToolButton, QWidget

from spa_desktop.ui.style.icons import icon
from spa_desktop.ui.style.theme import Space
from spa_desktop.visible import visible


class MessageBar(QFrame):
    """One line and at most one action, until it is closed or replaced."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("messageBar")
        self._action: Callable[[], Any] | None = None
        self._text = QLabel()
        self._text.setWordWrap(True)
        self._text.setTextFormat(Qt.TextFormat.PlainText)
        # A name without blanks cannot be broken into lines, and must not widen the page.
        self._text.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._button = QPushButton()
        self._button.setProperty("kind", "link")
        self._button.clicked.connect(self._act)
        self._button.hide()
        close = QToolButton()
        close.setIcon(icon("close", "muted"))
        close.setAccessibleName(self.tr("Close this message"))
        close.setToolTip(close.accessibleName())
        close.setAutoRaise(True)
        close.clicked.connect(self.hide)
        row = QHBoxLayout(self)
        row.setContentsMargins(Space.M, Space.XS, Space.XS, Space.XS)
        row.setSpacing(Space.S)
        row.addWidget(self._text, 1)
        row.addWidget(self._button)
        row.addWidget(close)
        self.hide()

    @property
    def text(self) -> str:
        """What it says now, empty when it is hidden."""
        return self._text.text() if not self.isHidden() else ""

    def say(self, text: str, action_text: str | None = None, action: Callable[[], Any] | None = None) -> None:
        """Show a message in place of the one before."""
        text = visible(text)
        self._text.setText(text)
        self._text.setAccessibleName(text)
        self._action = action
        self._button.setText(action_text or "")
        self._button.setVisible(bool(action_text and action))
        self.show()

    @Slot()
    def _act(self) -> None:
        action = self._action
        self.hide()
        if action is not None:
            action()
