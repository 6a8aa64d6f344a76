"""The frame on a photo where the model looked closely. Dragged, resized or moved by keys it is the user's."""

from __future__ import annotations

from collections.abc import Collection

from PySide6.QtCore import QEvent, QObject, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from spa_desktop.project.documents import Frame
from spa_desktop.ui.photo.photo_canvas import PhotoCanvas, outline, paint_caption
from spa_desktop.ui.style.theme import theme
from spa_desktop.ui.widgets.labels import timer

_LEAST = 0.03  # of a frame's side, as a share of the photo's
_STEP = 0.01  # of a key, likewise
_GRIP = 7  # pixels on either side of an edge
_SETTLE_MS = 300  # after the last key

_ALL, _ENDS = (0, 1, 2, 3), (2, 3)  # places in a frame: left, top, right, bottom
_ARROWS = {Qt.Key.Key_Left: (-1, 0), Qt.Key.Key_Right: (1, 0), Qt.Key.Key_Up: (0, -1), Qt.Key.Key_Down: (0, 1)}


def shifted(frame: Frame, sides: Collection[int], across: float, down: float) -> Frame:
    """A frame with some sides moved by shares of the photo, and within it; with all four it keeps its size.

    >>> shifted((0.25, 0.25, 0.5, 0.5), (0, 1, 2, 3), 0.75, 0.25)
    (0.75, 0.5, 1.0, 0.75)
    >>> shifted((0.25, 0.25, 0.5, 0.5), (2, 3), 0.25, -0.5)
    (0.25, 0.25, 0.75, 0.28)
    """
    places = list(frame)
    for low, by in ((0, across), (1, down)):
        start, end = places[low], places[low + 2]
        if low in sides and low + 2 in sides:
            by = min(max(by, -start), 1 - end)
        if low in sides:
            places[low] = min(max(start + by, 0.0), 1.0 if low + 2 in sides else end - _LEAST)
        if low + 2 in sides:
            places[low + 2] = max(min(end + by, 1.0), 0.0 if low in sides else start + _LEAST)
    return places[0], places[1], places[2], places[3]


class PhotoFrame(QWidget):
    """Lies on a canvas, beneath what else lies on it. Of a model that looks at the whole photo there is none."""

    placed = Signal(object)  # the Frame where the user put it; None where it was taken back

    def __init__(self, canvas: PhotoCanvas) -> None:
        super().__init__(canvas, mouseTracking=True, focusPolicy=Qt.FocusPolicy.TabFocus)
        self._canvas = canvas
        self.frame: Frame | None = None
        self.is_own = False  # the user put it there
        self._grabbed: tuple[Collection[int], QPointF, Frame] | None = None
        self._settling = timer(self, _SETTLE_MS, self._tell)
        self.setToolTip(
            self.tr(
                "The model looked closely here. Drag the frame to where the thing is (arrow keys; with Shift they "
                "resize it); a double click or Backspace takes it back."
            )
        )
        canvas.installEventFilter(self)
        self.hide()
        self.lower()

    def show_frame(self, frame: Frame | None, *, is_own: bool) -> None:
        """Show where the model looked, as shares of the photo; None hides it. A drag that goes on is not disturbed."""
        if self._grabbed is None and not self._settling.isActive():
            within = None if frame is None else [min(max(side, 0.0), 1.0) for side in frame]
            self.frame, self.is_own = None if within is None else (within[0], within[1], within[2], within[3]), is_own
            self.setAccessibleName(self._caption)
            self.place()

    def forget(self) -> None:
        """Another photo is shown."""
        self._grabbed = None
        self._settling.stop()
        self.show_frame(None, is_own=False)

    def place(self) -> None:
        """Lie where the photo lies now."""
        box = self._box()
        self.setVisible(box is not None)
        if box is not None:
            self.setGeometry(box.adjusted(-_GRIP, -_GRIP, _GRIP, _GRIP).toAlignedRect())
            self.update()

    @property
    def _caption(self) -> str:
        return self.tr("Your frame") if self.is_own else self.tr("Looked here")

    def _box(self) -> QRectF | None:
        """The frame on the canvas."""
        place, frame = self._canvas.placement(), self.frame
        if place is None or frame is None:
            return None
        sizes = place.photo.width(), place.photo.height()
        left, top, right, bottom = (share * long for share, long in zip(frame, sizes * 2, strict=True))
        return place.to_screen((left, top, right, bottom))

    def _sides_at(self, point: QPointF) -> Collection[int]:
        """The sides that a press at a point of this widget takes."""
        box, sides = self._box(), set[int]()
        if box is not None:
            point = QPointF(self.mapToParent(point))
            ends = ((0, point.x(), box.left(), box.right()), (1, point.y(), box.top(), box.bottom()))
            for low, at, start, end in ends:
                nearest = min((abs(at - start), low), (abs(at - end), low + 2))
                if nearest[0] <= _GRIP:
                    sides.add(nearest[1])
        place = self._canvas.placement()
        if place is not None and place.is_mirrored:  # left and right are exchanged on screen
            sides = {2 - side if side in (0, 2) else side for side in sides}
        return sides or _ALL

    def _shares(self, point: QPointF) -> QPointF:
        """A point of this widget as shares of the photo."""
        place = self._canvas.placement()
        if place is None:
            return QPointF()
        at = place.to_photo(QPointF(self.mapToParent(point)))
        return QPointF(at.x() / place.photo.width(), at.y() / place.photo.height())

    def _tell(self) -> None:
        self.placed.emit(self.frame)

    def _move(self, frame: Frame) -> None:
        self.frame, self.is_own = frame, True
        self.setAccessibleName(self._caption)
        self.place()

    def eventFilter(self, canvas: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize:
            self.place()
        return False

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and self.frame is not None:
            self._grabbed = self._sides_at(event.position()), self._shares(event.position()), self.frame
        else:
            event.ignore()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._grabbed is not None:
            sides, start, before = self._grabbed
            by = self._shares(event.position()) - start
            self._move(shifted(before, sides, by.x(), by.y()))
            return
        sides, shape = self._sides_at(event.position()), Qt.CursorShape
        place = self._canvas.placement()
        is_rising = {0, 3} <= set(sides) or {1, 2} <= set(sides)
        if place is not None and place.is_mirrored:
            is_rising = not is_rising
        if len(sides) == 4:
            self.setCursor(shape.SizeAllCursor)
        elif len(sides) == 2:
            self.setCursor(shape.SizeBDiagCursor if is_rising else shape.SizeFDiagCursor)
        else:
            self.setCursor(shape.SizeHorCursor if {0, 2} & set(sides) else shape.SizeVerCursor)
        event.ignore()  # the canvas beneath points at a patch

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        grabbed, self._grabbed = self._grabbed, None
        if grabbed is not None and self.frame != grabbed[2]:
            self._tell()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self._grabbed = None
        if self.is_own:
            self._take_back()
        else:
            event.ignore()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        arrow, place = _ARROWS.get(Qt.Key(event.key())), self._canvas.placement()
        if event.key() == Qt.Key.Key_Backspace and self.is_own:
            self._take_back()
        elif arrow is not None and self.frame is not None and place is not None:
            is_resizing = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
            across = -arrow[0] if place.is_mirrored else arrow[0]
            self._move(shifted(self.frame, _ENDS if is_resizing else _ALL, _STEP * across, _STEP * arrow[1]))
            self._settling.start()
        else:
            super().keyPressEvent(event)

    def _take_back(self) -> None:
        self._settling.stop()
        self.placed.emit(None)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, box = QPainter(self), QRectF(self.rect()).adjusted(_GRIP, _GRIP, -_GRIP, -_GRIP)
        outline(painter, box, 1)
        if self.is_own or self.hasFocus():
            painter.setPen(QPen(theme().color("accent"), 2 if self.hasFocus() else 1))
            painter.drawRect(box.adjusted(1, 1, -1, -1))
            painter.setPen(QColor(Qt.GlobalColor.white))
            painter.setBrush(theme().color("accent"))
            for corner in (box.topLeft(), box.topRight(), box.bottomLeft(), box.bottomRight()):
                painter.drawEllipse(corner, _GRIP / 2, _GRIP / 2)
        if painter.fontMetrics().horizontalAdvance(self._caption) < box.width() and box.height() > 48:
            paint_caption(painter, box, self._caption)
