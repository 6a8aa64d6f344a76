"""The quiet bar at the top of a page, for messages that need no answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QEvent, Qt, Slot
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QSizePolicy, QToolButton, QWidget

from spa_desktop.ui.style.icons import icon, icon_pixmap
from spa_desktop.ui.style.theme import ICON, Space
from spa_desktop.ui.widgets.steady_button import SteadyButton
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
        self._sign = QLabel()
        self._sign.setFixedWidth(ICON)
        self._sign.hide()
        self._button = SteadyButton()
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
        row.addWidget(self._sign)
        row.addWidget(self._text, 1)
        row.addWidget(self._button)
        row.addWidget(close)
        self.hide()

    @property
    def text(self) -> str:
        """What it says now, empty when it is hidden."""
        return self._text.text() if not self.isHidden() else ""

    @property
    def is_error(self) -> bool:
        """Whether what it says went wrong."""
        return bool(self.property("kind") == "error")

    def say(
        self,
        text: str,
        action_text: str | None = None,
        action: Callable[[], Any] | None = None,
        *,
        is_error: bool = False,
    ) -> None:
        """Show a message in place of the one before. One that tells of an error has a sign, and is framed in red."""
        text = visible(text)
        self._text.setText(text)
        self._text.setAccessibleName(self.tr("Error: {text}").format(text=text) if is_error else text)
        self.setProperty("kind", "error" if is_error else "")
        self.style().unpolish(self)
        self.style().polish(self)
        self._sign.setVisible(is_error)
        self._draw()
        self._action = action
        self._button.setText(action_text or "")
        self._button.setVisible(bool(action_text and action))
        self.show()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.PaletteChange:
            self._draw()
        super().changeEvent(event)

    def _draw(self) -> None:
        self._sign.setPixmap(icon_pixmap("error", "bad", ICON, self.devicePixelRatioF()))

    @Slot()
    def _act(self) -> None:
        action = self._action
        self.hide()
        if action is not None:
            action()
