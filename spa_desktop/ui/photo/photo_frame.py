"""The frame on a photo where the model looked closely. Dragged, resized or moved by keys it is the user's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QFrame

from spa_desktop.project.documents import Frame
from spa_desktop.ui.photo.photo_canvas import PhotoCanvas, outline, paint_caption
from spa_desktop.ui.style.theme import theme
from spa_desktop.ui.widgets.labels import timer

if TYPE_CHECKING:
    from spa_desktop.recognizer import Seen

_LEAST, _STEP = 0.03, 0.01  # a frame's least side, and what a key moves it by, as shares of the photo's side
_GRIP = 7  # pixels on either side of an edge
_SETTLE_MS = 300  # after the last key

Sides = tuple[int, ...]  # places in a frame: left, top, right, bottom
_ALL, _ENDS = (0, 1, 2, 3), (2, 3)
_ARROWS = {Qt.Key.Key_Left: (-1, 0), Qt.Key.Key_Right: (1, 0), Qt.Key.Key_Up: (0, -1), Qt.Key.Key_Down: (0, 1)}
_CURSORS: dict[Sides, Qt.CursorShape] = {
    _ALL: Qt.CursorShape.SizeAllCursor,
    **dict.fromkeys(((0,), (2,)), Qt.CursorShape.SizeHorCursor),
    **dict.fromkeys(((1,), (3,)), Qt.CursorShape.SizeVerCursor),
    **dict.fromkeys(((0, 1), _ENDS), Qt.CursorShape.SizeFDiagCursor),
    **dict.fromkeys(((0, 3), (1, 2)), Qt.CursorShape.SizeBDiagCursor),
}


def shifted(frame: Frame, sides: Sides, across: float, down: float) -> Frame:
    """A frame with some sides moved by shares of the photo, and within it; with all four it keeps its size.

    >>> shifted((0.25, 0.25, 0.5, 0.5), (0, 1, 2, 3), 0.75, 0.25)
    (0.75, 0.5, 1.0, 0.75)
    >>> shifted((0.25, 0.25, 0.5, 0.5), (2, 3), 0.75, -0.5)
    (0.25, 0.25, 1.0, 0.28)
    """
    places = list(frame)
    for low, by in ((0, across), (1, down)):
        start, end = frame[low], frame[low + 2]
        if sides == _ALL:
            by = min(max(by, -start), 1 - end)
            places[low], places[low + 2] = start + by, end + by
        elif low in sides:
            places[low] = min(max(start + by, 0.0), end - _LEAST)
        elif low + 2 in sides:
            places[low + 2] = max(min(end + by, 1.0), start + _LEAST)
    return places[0], places[1], places[2], places[3]


class PhotoFrame(QFrame):
    """Lies on a canvas, beneath what else lies on it. Of a model that looks at the whole photo there is none."""

    placed = Signal(object)  # the Frame where the user put it; None where it was taken back

    def __init__(self, canvas: PhotoCanvas) -> None:
        super().__init__(canvas)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # a click leaves the keys to the photo
        self._canvas = canvas
        self.frame: Frame | None = None
        self.is_own = False  # the user put it there
        self._grabbed: tuple[Sides, QPointF, Frame] | None = None
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

    def show_seen(self, seen: Seen | None) -> None:
        """Show where the model looked, if anywhere; None: another photo comes. What the user does now goes on."""
        if seen is None:
            self._grabbed = None
            self._settling.stop()
        if self._grabbed is None and not self._settling.isActive():
            looked = None if seen is None else seen.looked
            self._set(looked, is_own=seen is not None and seen.frame is not None)

    def place(self) -> None:
        """Lie where the photo lies now."""
        place, box = self._canvas.placement(), QRectF()
        if place is not None and self.frame is not None:
            size = place.photo.width(), place.photo.height()
            left, top, right, bottom = (share * long for share, long in zip(self.frame, size * 2, strict=True))
            box = place.to_screen((left, top, right, bottom))
        self.setVisible(not box.isEmpty())
        self.setGeometry(box.adjusted(-_GRIP, -_GRIP, _GRIP, _GRIP).toAlignedRect())
        self.update()

    def _set(self, frame: Frame | None, *, is_own: bool) -> None:
        self.frame, self.is_own = frame, is_own
        self.setAccessibleName(self.tr("Your frame") if is_own else self.tr("Looked here"))
        self.place()

    def _turned(self, frame: Frame) -> Frame:
        """From the photo to the screen, or back: left and right may be exchanged."""
        place, (left, top, right, bottom) = self._canvas.placement(), frame
        return (1 - right, top, 1 - left, bottom) if place is not None and place.is_mirrored else frame

    def _sides_at(self, point: QPointF) -> Sides:
        """The sides on screen that a press at a point of this widget takes."""
        far = (point.x(), point.y(), self.width() - point.x(), self.height() - point.y())
        near = (side for side in _ALL if (far[side], side) < (far[side - 2], (side + 2) % 4))
        return tuple(side for side in near if far[side] <= 2 * _GRIP) or _ALL

    def _shift(self, frame: Frame, sides: Sides, across: float, down: float) -> None:
        """Put the frame where another one was, its sides on screen moved by pixels."""
        place = self._canvas.placement()
        if place is not None:
            shares = across / place.target.width(), down / place.target.height()
            self._set(self._turned(shifted(self._turned(frame), sides, *shares)), is_own=True)

    def _tell(self) -> None:
        self.placed.emit(self.frame)

    def eventFilter(self, canvas: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize:
            self.place()
        return False

    def mousePressEvent(self, event: QMouseEvent) -> None:
        event.setAccepted(event.button() == Qt.MouseButton.LeftButton)
        if event.isAccepted() and self.frame is not None:
            self._grabbed = self._sides_at(event.position()), event.globalPosition(), self.frame

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._grabbed is None:
            self.setCursor(_CURSORS[self._sides_at(event.position())])
            event.ignore()  # the canvas beneath points at a patch
            return
        sides, start, before = self._grabbed
        by = event.globalPosition() - start
        self._shift(before, sides, by.x(), by.y())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        grabbed, self._grabbed = self._grabbed, None
        if grabbed is not None and self.frame != grabbed[2]:
            self._tell()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        event.setAccepted(self.is_own)
        if self.is_own:
            self.placed.emit(None)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        arrow, place = _ARROWS.get(Qt.Key(event.key())), self._canvas.placement()
        if event.key() == Qt.Key.Key_Backspace and self.is_own:
            self._settling.stop()
            self.placed.emit(None)
        elif arrow is not None and self.frame is not None and place is not None:
            sides = _ENDS if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else _ALL
            step = _STEP * place.target.width(), _STEP * place.target.height()
            self._shift(self.frame, sides, arrow[0] * step[0], arrow[1] * step[1])
            self._settling.start()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, box = QPainter(self), QRectF(self.rect()).adjusted(_GRIP, _GRIP, -_GRIP, -_GRIP)
        outline(painter, box, 1)
        if self.is_own or self.hasFocus():
            painter.setPen(QPen(theme().color("accent"), 2 if self.hasFocus() else 1))
            painter.drawRect(box.adjusted(1, 1, -1, -1))
            painter.setBrush(theme().color("accent"))
            for corner in (box.topLeft(), box.topRight(), box.bottomLeft(), box.bottomRight()):
                painter.drawEllipse(corner, _GRIP / 2, _GRIP / 2)
        if painter.fontMetrics().horizontalAdvance(self.accessibleName()) < box.width() and box.height() > 48:
            paint_caption(painter, box, self.accessibleName())
