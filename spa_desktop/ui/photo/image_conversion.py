"""Pictures of Qt to those of Pillow and back, and to the content of a file."""

from __future__ import annotations

import numpy as np
from PIL import Image
from PySide6.QtCore import QBuffer, QIODevice
from PySide6.QtGui import QImage


def to_qimage(photo: Image.Image) -> QImage:
    """An RGB photo for the screen, with memory of its own."""
    data = photo.convert("RGB").tobytes()
    return QImage(data, photo.width, photo.height, 3 * photo.width, QImage.Format.Format_RGB888).copy()


def to_pillow(picture: QImage) -> Image.Image:
    """A picture of the screen as an RGB photo."""
    rgb = picture.convertToFormat(QImage.Format.Format_RGB888)
    rows = np.frombuffer(rgb.constBits(), dtype=np.uint8).reshape(rgb.height(), rgb.bytesPerLine())
    return Image.fromarray(np.ascontiguousarray(rows[:, : 3 * rgb.width()]).reshape(rgb.height(), rgb.width(), 3))


def file_content(picture: QImage, kind: str, quality: int = -1) -> bytes:
    """A picture as the content of a "PNG" or "JPG" file; empty where it cannot be one, as a null picture."""
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    picture.save(buffer, kind, quality)  # type: ignore[call-overload]
    return bytes(buffer.data().data())
