"""Where things lie: the photo in the widget, the encoder's crop in the photo, the patches in the crop."""

from __future__ import annotations

import math
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, QSize

Crop = tuple[float, float, float, float]


@dataclass(frozen=True)
class Placement:
    """A photo that was fitted into a widget.

    Attributes:
        target: where the photo is drawn, in the widget's units, on whole device pixels.
        photo: its size in its own pixels.
        is_mirrored: True if left and right are exchanged on screen.
    """

    target: QRectF
    photo: QSize
    is_mirrored: bool = False

    def to_screen(self, crop: Crop) -> QRectF:
        """A part ``(left, top, right, bottom)`` of the photo, in its pixels, as it lies in the widget."""
        across = self.target.width() / self.photo.width()
        down = self.target.height() / self.photo.height()
        left, top, right, bottom = crop
        if self.is_mirrored:
            left, right = self.photo.width() - right, self.photo.width() - left
        return QRectF(
            self.target.left() + left * across,
            self.target.top() + top * down,
            (right - left) * across,
            (bottom - top) * down,
        )

    def to_photo(self, point: QPointF) -> QPointF:
        """A point of the widget in the photo's pixels."""
        x = (point.x() - self.target.left()) * self.photo.width() / self.target.width()
        y = (point.y() - self.target.top()) * self.photo.height() / self.target.height()
        return QPointF(self.photo.width() - x if self.is_mirrored else x, y)


def fit(photo: QSize, room: QSize, ratio: float, *, is_mirrored: bool = False) -> Placement | None:
    """Put a photo into the middle of a room, as large as it goes, with nothing cut off.

    Args:
        photo: size in pixels.
        room: size of the widget.
        ratio: device pixels in one unit of the widget; edges come to lie on whole device pixels.
        is_mirrored: exchange left and right.

    Returns:
        None if there is no room, or no photo.
    """
    if photo.isEmpty() or room.isEmpty():
        return None
    scale = min(room.width() / photo.width(), room.height() / photo.height()) * ratio
    width, height = max(round(photo.width() * scale), 1), max(round(photo.height() * scale), 1)
    left = (round(room.width() * ratio) - width) // 2
    top = (round(room.height() * ratio) - height) // 2
    return Placement(QRectF(left / ratio, top / ratio, width / ratio, height / ratio), photo, is_mirrored)


def patch_box(patch: int, grid: tuple[int, int], crop: Crop) -> Crop:
    """The part of the photo that a patch covers.

    >>> patch_box(4, (3, 3), (30.0, 0.0, 120.0, 90.0))
    (60.0, 30.0, 90.0, 60.0)
    """
    height, width = grid
    row, column = divmod(patch, width)
    left, top, right, bottom = crop
    across, down = (right - left) / width, (bottom - top) / height
    return left + column * across, top + row * down, left + (column + 1) * across, top + (row + 1) * down


def patch_at(point: QPointF, grid: tuple[int, int], crop: Crop) -> int | None:
    """The patch that covers a point of the photo, None outside of the crop.

    >>> patch_at(QPointF(61.0, 31.0), (3, 3), (30.0, 0.0, 120.0, 90.0))
    4
    >>> patch_at(QPointF(10.0, 31.0), (3, 3), (30.0, 0.0, 120.0, 90.0)) is None
    True
    """
    height, width = grid
    left, top, right, bottom = crop
    column = math.floor((point.x() - left) / (right - left) * width)
    row = math.floor((point.y() - top) / (bottom - top) * height)
    return row * width + column if 0 <= row < height and 0 <= column < width else None


def neighbour(patch: int | None, grid: tuple[int, int], down: int, across: int) -> int:
    """The patch beside a patch, stopping at the edge; from none, the one in the middle.

    >>> neighbour(None, (3, 3), 0, 1), neighbour(4, (3, 3), 1, 0), neighbour(2, (3, 3), 0, 1)
    (4, 7, 2)
    """
    height, width = grid
    if patch is None:
        return height // 2 * width + width // 2
    row, column = divmod(patch, width)
    return min(max(row + down, 0), height - 1) * width + min(max(column + across, 0), width - 1)
