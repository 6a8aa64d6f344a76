"""What stands in the middle of a page that has nothing to show."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QEvent, Qt, Slot
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from spa_desktop.ui.style.icons import icon_pixmap
from spa_desktop.ui.style.theme import Size, Space, set_type
from spa_desktop.ui.widgets.steady_button import SteadyButton
from spa_desktop.visible import visible

_EMPTY_WIDTH = 440


class EmptyState(QWidget):
    """A drawn icon, one sentence, and at most one button: what to do when a page has nothing to show."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._icon_name = "photos"
        self._picture = QLabel(alignment=Qt.AlignmentFlag.AlignCenter)
        self._sentence = set_type(QLabel(alignment=Qt.AlignmentFlag.AlignCenter), Size.STRONG)
        self._hint = set_type(QLabel(alignment=Qt.AlignmentFlag.AlignCenter), Size.BODY, role="muted")
        # In a column of fixed width between stretches: a wrapped label that a layout aligns gets too little height.
        texts = QWidget()
        texts.setFixedWidth(_EMPTY_WIDTH)
        lines = QVBoxLayout(texts)
        lines.setContentsMargins(0, 0, 0, 0)
        lines.setSpacing(Space.S)
        for label in (self._sentence, self._hint):
            label.setWordWrap(True)
            lines.addWidget(label)
        self.button = SteadyButton()
        self._slot: Callable[[], Any] | None = None
        self.button.clicked.connect(self._act)
        self.button.hide()
        column = QVBoxLayout(self)
        column.setSpacing(Space.M)
        column.addStretch(2)
        middle = QHBoxLayout()
        middle.addStretch(1)
        middle.addWidget(texts)
        middle.addStretch(1)
        column.addWidget(self._picture)
        column.addLayout(middle)
        column.addWidget(self.button, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(3)

    def say(
        self,
        icon_name: str,
        sentence: str,
        button_text: str | None = None,
        slot: Callable[[], Any] | None = None,
        hint: str = "",
    ) -> None:
        """Fill it."""
        self._icon_name, self._slot = icon_name, slot
        self._sentence.setText(visible(sentence))
        self._hint.setText(visible(hint))
        self._hint.setVisible(bool(hint))
        self.button.setText(button_text or "")
        self.button.setVisible(bool(button_text))
        self._draw()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.PaletteChange:
            self._draw()
        super().changeEvent(event)

    def _draw(self) -> None:
        self._picture.setPixmap(icon_pixmap(self._icon_name, "faint", 64, self.devicePixelRatioF()))

    @Slot()
    def _act(self) -> None:
        if self._slot is not None:
            self._slot()
