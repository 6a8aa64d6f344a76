"""The line over the record of the last training, while there is nothing to learn."""

from __future__ import annotations

from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from spa_desktop.ui.style.icons import icon_pixmap
from spa_desktop.ui.style.theme import Size, Space, set_type


class AllLearned(QWidget):
    """That all classes are learned, and how to go on."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._picture = QLabel()
        self.sentence = set_type(QLabel(), Size.STRONG, strong=True)
        self.hint = set_type(QLabel(), Size.BODY, role="muted")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(Space.S)
        for label in (self._picture, self.sentence, self.hint):
            row.addWidget(label)
        row.addStretch(1)
        self._draw()

    def say(self, sentence: str, hint: str) -> None:
        """Fill it."""
        self.sentence.setText(sentence)
        self.hint.setText(hint)

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.PaletteChange:
            self._draw()
        super().changeEvent(event)

    def _draw(self) -> None:
        self._picture.setPixmap(icon_pixmap("check", "good", ratio=self.devicePixelRatioF()))
