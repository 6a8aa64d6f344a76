"""Pictures of Qt to those of Pillow, and back."""

from __future__ import annotations

import numpy as np
from PIL import Image
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
