"""Colour maps of the overlay. Brightness grows along each of them, so they read in greyscale too."""

from __future__ import annotations

import numpy as np
from PIL import Image
from PySide6.QtCore import QBuffer, QIODevice
from PySide6.QtGui import QColor, QImage


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


Floats = np.ndarray[tuple[int, ...], np.dtype[np.float32]]

# Violet, magenta, orange, yellow, all of them strong: it lies over photos, and pale or dark colours are theirs too.
ATTENTION = np.array([[150, 30, 170], [225, 40, 170], [250, 120, 20], [255, 225, 40]], dtype=np.float32)
# Deep blue, grey, pale yellow: two hues that the colour-blind can tell apart, and dark to light in greyscale.
DIFFERENCE = np.array(
    [[10, 38, 110], [40, 84, 160], [128, 128, 128], [226, 186, 70], [255, 236, 150]], dtype=np.float32
)
VEIL = 0.72  # how dark it gets where no light falls
_WIDE = 144  # pixels along the longer side before the painter scales the picture: smooth, and cheap


def attention(weights: Floats) -> QImage:
    """Relevances ``(h, w)`` from 0 to 1 as a smooth picture, clear where there is none: a photo is not darkened."""
    fine = np.clip(_smooth(weights), 0.0, 1.0)
    return _picture(_look_up(ATTENTION, fine), fine)


def difference(first: Floats, second: Floats) -> QImage:
    """How much more patches ``(h, w)`` say for the first class (bright) or the second (dark), clear where for neither.

    Both are from 0 to 1; the widest gap there is gets the full colour.
    """
    gap = first - second
    fine = _smooth(gap / max(float(np.abs(gap).max()), 1e-6))
    fine = np.clip(fine, -1.0, 1.0)
    return _picture(_look_up(DIFFERENCE, (fine + 1.0) / 2.0), np.sqrt(np.abs(fine)))


def veil(light: Floats) -> QImage:
    """Black over a photo, clear where light ``(h, w)`` from 0 to 1 falls."""
    # The root of light is drawn, or faint light would not be seen.
    root: Floats = np.sqrt(np.clip(_smooth(light), 0.0, 1.0)).astype(np.float32)
    cover = (VEIL * (1.0 - root)).astype(np.float32)
    return _picture(np.zeros((*cover.shape, 3), np.float32), cover)


def color_at(table: Floats, place: float) -> QColor:
    """The colour of :data:`ATTENTION` or :data:`DIFFERENCE` at a place from 0 to 1."""
    return QColor(*(round(part) for part in _look_up(table, np.float32(place)).tolist()))


def _smooth(grid: Floats) -> Floats:
    height, width = grid.shape
    cell = max(1, round(_WIDE / max(height, width)))
    picture = Image.fromarray(np.ascontiguousarray(grid, dtype=np.float32))
    return np.asarray(picture.resize((width * cell, height * cell), Image.Resampling.BICUBIC), dtype=np.float32)


def _look_up(table: Floats, place: Floats | np.float32) -> Floats:
    stops = np.linspace(0, 1, len(table))
    return np.stack([np.interp(place, stops, channel) for channel in table.T], axis=-1, dtype=np.float32)


def _picture(colours: Floats, cover: Floats) -> QImage:
    pixels = np.concatenate([colours, 255 * cover[..., None]], axis=-1)
    pixels = np.ascontiguousarray(np.clip(pixels.round(), 0, 255).astype(np.uint8))
    height, width, _ = pixels.shape
    # The copy owns its memory; the array is gone when this returns.
    return QImage(pixels.data, width, height, 4 * width, QImage.Format.Format_RGBA8888).copy()
