"""A large word that is never cut: type gets smaller where the room is narrow."""

from __future__ import annotations

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QFont, QFontMetrics, QResizeEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from spa_desktop.ui.plain_text import tip
from spa_desktop.ui.style.theme import Size, set_type

_SIZES = (Size.FIGURE, Size.TITLE, Size.STRONG)
_BREAK = "\N{ZERO WIDTH SPACE}"
_LINES = 3


class FittingLabel(QLabel):
    """Shows a name as large as the scale of type allows; one too long for its smallest size is broken anywhere.

    `text()` is the name as it is drawn; `name` as it was given.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.name = ""
        set_type(self, Size.FIGURE, strong=True)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setWordWrap(True)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)

    def show_name(self, name: str, about: str = "") -> None:
        """Show another name, with a tooltip about it; the name itself where there is none."""
        self.setToolTip(about or tip(name))
        if name != self.name:
            self.name = name
            self.setAccessibleName(name)
            self._fit()

    def sizeHint(self) -> QSize:
        return QSize(0, super().sizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.oldSize().width() != event.size().width():
            self._fit()

    def _fit(self) -> None:
        font = QFont(self.font())
        for size in _SIZES:
            font.setPixelSize(int(size))
            metrics = QFontMetrics(font)
            longest = max((metrics.horizontalAdvance(word) for word in self.name.split()), default=0)
            box = metrics.boundingRect(QRect(0, 0, self.width(), 0), int(Qt.TextFlag.TextWordWrap), self.name)
            if longest <= self.width() and box.height() <= _LINES * metrics.lineSpacing():
                break
        self.setFont(font)
        fits = longest <= self.width()
        self.setText(self.name if fits else " ".join(_BREAK.join(word) for word in self.name.split()))
