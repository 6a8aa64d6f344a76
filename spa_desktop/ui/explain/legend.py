"""What the colours over the photo mean."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QLinearGradient, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from spa_desktop.ui.photo.colour_maps import one_color, two_color
from spa_desktop.ui.plain_text import tip
from spa_desktop.ui.style.theme import Size, Space, theme

_STRIP, _HEIGHT, _STOPS = 96, 8, 9


class Legend(QWidget):
    """A strip of colours between two words."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._left = self._right = ""
        self._is_difference = False
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    @property
    def words(self) -> tuple[str, str]:
        """What stands left and right of the strip."""
        return self._left, self._right

    def say(self, left: str, right: str, *, is_difference: bool) -> None:
        """Name the two ends."""
        self._left, self._right, self._is_difference = left, right, is_difference
        self.setAccessibleName(self.tr("Colours from {left} to {right}").format(left=left, right=right))
        if is_difference:
            text = self.tr("Dark where the photo speaks for {left}, bright where it speaks for {right}")
        else:
            text = self.tr("Bright where the photo speaks for {right}")
        self.setToolTip(tip(text.format(left=left, right=right)))
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(_STRIP + 200, 20)

    def minimumSizeHint(self) -> QSize:
        return QSize(_STRIP, 20)

    def paintEvent(self, event: QPaintEvent) -> None:
        if not self._right:
            return
        painter = QPainter(self)
        font = painter.font()
        font.setPixelSize(int(Size.CAPTION))
        painter.setFont(font)
        metrics = painter.fontMetrics()
        room = max((self.width() - _STRIP - 2 * Space.S) // 2, 0)
        left = metrics.elidedText(self._left, Qt.TextElideMode.ElideRight, room)
        right = metrics.elidedText(self._right, Qt.TextElideMode.ElideRight, room)
        at = self.width() - metrics.horizontalAdvance(right) - Space.S - _STRIP
        strip = QRectF(at, (self.height() - _HEIGHT) / 2, _STRIP, _HEIGHT)
        painter.setPen(theme().color("muted"))
        middle = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        painter.drawText(QRectF(0, 0, at - Space.S, self.height()), middle, left)
        painter.drawText(QRectF(0, 0, self.width(), self.height()), middle, right)
        gradient = QLinearGradient(strip.topLeft(), strip.topRight())
        for stop in range(_STOPS):
            place = stop / (_STOPS - 1)
            gradient.setColorAt(place, (two_color if self._is_difference else one_color)(place))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(theme().color("line"))
        painter.setBrush(gradient)
        painter.drawRoundedRect(strip, 3, 3)
        painter.end()
