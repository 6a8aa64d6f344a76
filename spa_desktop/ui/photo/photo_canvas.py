"""The photo, large, with what the model saw drawn over it in device pixels."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
    QTransform,
)
from PySide6.QtWidgets import QLabel, QSizePolicy

from spa_desktop.ui.photo.colour_maps import VEIL
from spa_desktop.ui.style.theme import Size, Space, font_of, theme
from spa_desktop.ui.widgets.labels import draw_box
from spa_desktop.visible import visible

_LIGHT, _DARK, _PLATE = QColor(255, 255, 255, 150), QColor(0, 0, 0, 110), QColor(0, 0, 0, 190)


def draw_picture(painter: QPainter, box: QRectF, picture: QImage, is_mirrored: bool) -> None:
    """Draw a picture into a box, perhaps with left and right exchanged."""
    painter.save()
    if is_mirrored:
        painter.setTransform(QTransform(-1, 0, 0, 1, box.left() + box.right(), 0), True)
    painter.drawImage(box, picture)
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
    painter.setFont(font_of(painter.font(), Size.CAPTION))
    size = painter.fontMetrics().size(0, text)
    box = QRectF(0, 0, size.width() + 2 * Space.S, size.height() + 2 * Space.XS)
    box.moveBottomLeft(area.bottomLeft() + QPointF(Space.S, -Space.S))
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    draw_box(painter, box, _PLATE)
    painter.setPen(Qt.GlobalColor.white)
    painter.drawText(box, int(Qt.AlignmentFlag.AlignCenter), text)


# Where things lie: the photo in the widget, the encoder's crop in the photo, the patches in the crop.

Crop = tuple[float, float, float, float]


@dataclass(frozen=True)
class Placement:
    """A photo that was fitted into a widget."""

    target: QRectF  # where the photo is drawn, in the widget's units, on whole device pixels
    photo: QSize  # its size in its own pixels
    is_mirrored: bool = False  # True if left and right are exchanged on screen

    @property
    def transform(self) -> QTransform:
        """From the photo's pixels to the widget."""
        placed = QTransform.fromTranslate(self.target.left(), self.target.top())
        placed.scale(self.target.width() / self.photo.width(), self.target.height() / self.photo.height())
        return QTransform(-1, 0, 0, 1, self.photo.width(), 0) * placed if self.is_mirrored else placed

    def to_screen(self, crop: Crop) -> QRectF:
        """A part ``(left, top, right, bottom)`` of the photo, in its pixels, as it lies in the widget."""
        return self.transform.mapRect(QRectF(QPointF(*crop[:2]), QPointF(*crop[2:])))

    def to_photo(self, point: QPointF) -> QPointF:
        """A point of the widget in the photo's pixels."""
        return self.transform.inverted()[0].map(point)


def fit(photo: QSize, room: QSize, ratio: float, *, is_mirrored: bool = False) -> Placement | None:
    """Put a photo into the middle of a widget, as large as it goes; None where there is no room, or no photo.

    There are `ratio` device pixels in one unit of the widget; edges come to lie on whole device pixels.
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


_SMALLEST = QSize(240, 200)
_STEPS = {Qt.Key.Key_Up: (-1, 0), Qt.Key.Key_Down: (1, 0), Qt.Key.Key_Left: (0, -1), Qt.Key.Key_Right: (0, 1)}


class PhotoCanvas(QLabel):
    """Shows a photo as large as it goes. The pointer, or Shift and the arrow keys, point at a patch."""

    patch_pointed = Signal(object)  # int, or None

    def __init__(self) -> None:
        super().__init__()
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumSize(_SMALLEST)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setPixmap(QPixmap(1, 1))  # never seen: to screen readers a label with one is a picture
        self.setAccessibleName(self.tr("Photo"))
        self.pointed: int | None = None  # the patch that is pointed at
        self.photo = QImage()
        self._scaled = QImage()  # the photo as large as it is drawn, but for its pixel ratio
        self._scaled_for: tuple[int, QSize] | None = None
        self._is_live = self._is_mirrored = self._shows_grid = False
        self._has_ring = True  # where it has the focus: a click on it needs none
        self.message, self.caption = "", ""  # in place of a photo, and the small line over it
        self.overlay: QImage | None = None  # over the crop
        self._opacity = 0.75
        self._grid: tuple[int, int] | None = None
        self._crop: Crop = (0.0, 0.0, 0.0, 0.0)
        # Patches that shine, with how much they do, 0 to 1, all others veiled; or the veil itself.
        self.lit: Mapping[int, float] | QImage | None = None

    def show_photo(self, photo: QImage, *, is_live: bool = False) -> None:
        """Show a photo. `is_live` trades some smoothness for speed."""
        self.photo, self._is_live, self.message = photo, is_live, ""
        self.update()

    def show_text(self, text: str) -> None:
        self.photo, self.message = QImage(), visible(text)
        self.clear_patches()

    def set_caption(self, text: str) -> None:
        """A small line over the lower left corner of the photo, for what goes on."""
        self.caption = visible(text)
        self.update()

    def set_patches(self, grid: tuple[int, int], crop: Crop, overlay: QImage | None) -> None:
        """Say where the patches lie, and what to draw over them."""
        if grid != self._grid:
            self._point(None)
        self._grid, self._crop, self.overlay = grid, crop, overlay
        self.update()

    def clear_patches(self) -> None:
        self._grid = self.overlay = self.lit = None
        self._point(None)
        self.update()

    def set_lit(self, lit: Mapping[int, float] | QImage | None) -> None:
        """Light patches, or draw a veil over the crop, in place of the overlay; None goes back to the overlay."""
        self.lit = lit
        self.update()

    def set_opacity(self, opacity: float) -> None:
        """How much of the photo the overlay hides, 0 to 1."""
        self._opacity = opacity
        self.update()

    def set_grid_shown(self, is_shown: bool) -> None:
        self._shows_grid = is_shown
        self.update()

    def set_mirrored(self, is_mirrored: bool) -> None:
        self._is_mirrored = is_mirrored
        self.update()

    def placement(self) -> Placement | None:
        return fit(self.photo.size(), self.size(), self.devicePixelRatioF(), is_mirrored=self._is_mirrored)

    def sizeHint(self) -> QSize:
        return QSize(560, 480)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        place = self.placement()
        if place is not None and self._grid is not None:
            self._point(patch_at(place.to_photo(event.position()), self._grid, self._crop))

    def leaveEvent(self, event: QEvent) -> None:
        self._point(None)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = _STEPS.get(Qt.Key(event.key()))
        if event.key() == Qt.Key.Key_Escape and self.pointed is not None:
            self._point(None)
        elif step is not None and event.modifiers() & Qt.KeyboardModifier.ShiftModifier and self._grid is not None:
            self._point(neighbour(self.pointed, self._grid, step[0], -step[1] if self._is_mirrored else step[1]))
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        if event.reason() not in (Qt.FocusReason.PopupFocusReason, Qt.FocusReason.ActiveWindowFocusReason):
            self._has_ring = event.reason() != Qt.FocusReason.MouseFocusReason
        super().focusInEvent(event)

    def _point(self, patch: int | None) -> None:
        if patch != self.pointed:
            self.pointed = patch
            self.patch_pointed.emit(patch)
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        place = self.placement()
        if place is None:
            self._paint_nothing(painter)
        else:
            self._paint_photo(painter, place)
            if self._grid is not None:
                self._paint_patches(painter, place, self._grid)
            if self.caption:
                paint_caption(painter, place.target, self.caption)
        if self.hasFocus() and self._has_ring:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(theme().color("accent"), 2))
            painter.drawRect((QRectF(self.rect()) if place is None else place.target).adjusted(1, 1, -1, -1))

    def _paint_nothing(self, painter: QPainter) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        draw_box(painter, box, theme().color("side"), theme().color("line"))
        painter.setPen(theme().color("muted"))
        room = QRectF(self.rect()).adjusted(Space.XL, Space.XL, -Space.XL, -Space.XL)
        painter.drawText(room, int(Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap), self.message)

    def _paint_photo(self, painter: QPainter, place: Placement) -> None:
        if self._is_live:
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            draw_picture(painter, place.target, self.photo, place.is_mirrored)
            return
        ratio = self.devicePixelRatioF()
        size = QSize(round(place.target.width() * ratio), round(place.target.height() * ratio))
        wanted = (self.photo.cacheKey(), size)
        if self._scaled_for != wanted:
            smooth = Qt.TransformationMode.SmoothTransformation
            self._scaled = self.photo.scaled(size, Qt.AspectRatioMode.IgnoreAspectRatio, smooth)
            self._scaled_for = wanted
        draw_picture(painter, place.target, self._scaled, place.is_mirrored)

    def _paint_patches(self, painter: QPainter, place: Placement, grid: tuple[int, int]) -> None:
        area = self._snapped(place.to_screen(self._crop))
        boxes = [self._snapped(place.to_screen(patch_box(n, grid, self._crop))) for n in range(grid[0] * grid[1])]
        drawn = self.overlay if self.lit is None else self.lit
        if isinstance(drawn, QImage):
            painter.save()
            painter.setClipRect(area)
            painter.setOpacity(self._opacity if self.lit is None else 1.0)
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            draw_picture(painter, area, drawn, place.is_mirrored)
            painter.restore()
        elif drawn is not None:
            for patch, box in enumerate(boxes):
                painter.fillRect(box, QColor.fromRgbF(0, 0, 0, VEIL * (1 - drawn.get(patch, 0.0))))
            for patch in drawn:
                outline(painter, boxes[patch], 1)
        if self._shows_grid:
            paint_grid(painter, boxes, 1 / self.devicePixelRatioF())
        if self.overlay is not None and not area.adjusted(-2, -2, 2, 2).contains(place.target):
            painter.setBrush(Qt.BrushStyle.NoBrush)
            pens = ((Qt.GlobalColor.black, Qt.PenStyle.SolidLine), (Qt.GlobalColor.white, Qt.PenStyle.DashLine))
            for color, style in pens:
                painter.setPen(QPen(color, 1 / self.devicePixelRatioF(), style))
                painter.drawRect(area.adjusted(0, 0, -1, -1))
        if self.pointed is not None and self.pointed < len(boxes):
            outline(painter, boxes[self.pointed], 2)

    def _snapped(self, box: QRectF) -> QRectF:
        ratio = self.devicePixelRatioF()
        left, top = round(box.left() * ratio) / ratio, round(box.top() * ratio) / ratio
        return QRectF(left, top, round(box.right() * ratio) / ratio - left, round(box.bottom() * ratio) / ratio - top)
