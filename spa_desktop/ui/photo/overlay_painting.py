"""How pictures, lines and captions are drawn over a photo, so that they are seen on any."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen, QPixmap, QTransform

from spa_desktop.ui.style.theme import RADIUS, Size, Space

_LIGHT, _DARK, _PLATE = QColor(255, 255, 255, 150), QColor(0, 0, 0, 110), QColor(0, 0, 0, 190)


def draw_picture(painter: QPainter, box: QRectF, picture: QImage | QPixmap, is_mirrored: bool) -> None:
    """Draw a picture into a box, perhaps with left and right exchanged."""
    painter.save()
    if is_mirrored:
        painter.setTransform(QTransform(-1, 0, 0, 1, box.left() + box.right(), 0), True)
    if isinstance(picture, QImage):
        painter.drawImage(box, picture)
    else:
        painter.drawPixmap(box, picture, QRectF(picture.rect()))
    painter.restore()


def outline(painter: QPainter, box: QRectF, width: int) -> None:
    """Draw a frame, white within black."""
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for color, thick in ((_PLATE, width + 2), (QColor(Qt.GlobalColor.white), width)):
        painter.setPen(QPen(color, thick))
        painter.drawRect(box.adjusted(1, 1, -1, -1))


def paint_grid(painter: QPainter, boxes: Sequence[QRectF], thin: float) -> None:
    """Draw the upper and left edges of boxes, white beside black, each one device pixel (`thin`) wide."""
    for box in boxes:
        for shift, color in ((0.0, _LIGHT), (thin, _DARK)):
            painter.fillRect(QRectF(box.left() + shift, box.top(), thin, box.height()), color)
            painter.fillRect(QRectF(box.left(), box.top() + shift, box.width(), thin), color)


def paint_caption(painter: QPainter, area: QRectF, text: str) -> None:
    """Write a line on a dark plate into the lower left corner of an area."""
    font = painter.font()
    font.setPixelSize(int(Size.CAPTION))
    painter.setFont(font)
    size = painter.fontMetrics().size(0, text)
    box = QRectF(0, 0, size.width() + 2 * Space.S, size.height() + 2 * Space.XS)
    box.moveBottomLeft(area.bottomLeft() + QPointF(Space.S, -Space.S))
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(_PLATE)
    painter.drawRoundedRect(box, RADIUS, RADIUS)
    painter.setPen(Qt.GlobalColor.white)
    painter.drawText(box, int(Qt.AlignmentFlag.AlignCenter), text)
