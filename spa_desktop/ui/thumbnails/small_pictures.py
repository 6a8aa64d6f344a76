"""Small pictures in one shape."""

from __future__ import annotations

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QRectF, QSize, Qt
from PySide6.QtGui import QImage, QImageReader, QPainter, QPainterPath, QPixmap

_LARGEST = 1024  # pixels a side; ours have 160
_ONE_SCAN = b"\xff\xda"


def thumbnail_of(data: bytes) -> QImage:
    """A thumbnail as projects keep them; a null image where it is none.

    A project can come from anybody: only ordinary JPEGs are read, no large one, and none of many scans, of which a few
    kilobytes can take a minute.
    """
    if not data.startswith(b"\xff\xd8\xff") or data.count(_ONE_SCAN) != 1:
        return QImage()
    buffer = QBuffer()
    buffer.setData(QByteArray(data))
    buffer.open(QIODevice.OpenModeFlag.ReadOnly)
    reader = QImageReader(buffer, b"jpeg")
    size = reader.size()
    return reader.read() if 0 < max(size.width(), size.height()) <= _LARGEST else QImage()


def rounded(picture: QPixmap, side: int, radius: int, ratio: float = 1.0) -> QPixmap:
    """The middle of a picture as a square with round corners.

    Args:
        picture: any size.
        side: of the square, in device-independent pixels.
        radius: of its corners.
        ratio: device pixels in one of these.
    """
    real = round(side * ratio)
    filled = picture.scaled(
        QSize(real, real), Qt.AspectRatioMode.KeepAspectRatioByExpanding, Qt.TransformationMode.SmoothTransformation
    )
    square = QPixmap(real, real)
    square.fill(Qt.GlobalColor.transparent)
    painter = QPainter(square)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    path = QPainterPath()
    path.addRoundedRect(QRectF(0, 0, real, real), radius * ratio, radius * ratio)
    painter.setClipPath(path)
    painter.drawPixmap((real - filled.width()) // 2, (real - filled.height()) // 2, filled)
    painter.end()
    square.setDevicePixelRatio(ratio)
    return square
