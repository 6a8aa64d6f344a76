"""The exemplars of a class, and under a phrase the patch that goes with it, enlarged."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QColor, QFocusEvent, QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from spa_desktop.project.records import PhotoRecord, Support
from spa_desktop.ui.app_state.context import AppContext
from spa_desktop.ui.descriptions.patch_places import Places
from spa_desktop.ui.descriptions.strip_layout import LEAST, MOST, Arrangement, arrange
from spa_desktop.ui.lightbox.sharp_pictures import read_sharp_pictures
from spa_desktop.ui.style.theme import RADIUS, Space, theme
from spa_desktop.ui.thumbnails.thumbnail_loader import ThumbnailSource
from spa_desktop.visible import visible

_BATCH = 6
_ROUNDING = 32  # pictures are read for sides of so many pixels
_CROP_SIDE = 240  # at most, of the patch enlarged


class ExemplarStrip(QWidget):
    """Whole photos, as large as the room allows. Emits the one that is opened."""

    opened = Signal(int)  # id of a photo
    chosen = Signal()  # another one is chosen, or none

    def __init__(self, context: AppContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._source = ThumbnailSource(
            context, LEAST, is_square=False, read=read_sharp_pictures, batch=_BATCH, parent=self
        )
        self._source.loaded.connect(self._on_loaded)
        self.photos: tuple[PhotoRecord, ...] = ()
        self.support: Support | None = None
        self._places: Places | None = None
        self._crop: QImage | None = None
        self._arrangement = Arrangement(1, 1, LEAST)
        self._room = 0
        self._current = 0
        self._is_chosen = False
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setFixedHeight(LEAST + Space.S)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(self.tr("Exemplars"))
        self.setToolTip(self.tr("Photos of the class that are typical and different from each other"))
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)

    def sizeHint(self) -> QSize:
        return QSize(6 * (LEAST + Space.S), self.height())

    def show_photos(self, photos: Sequence[PhotoRecord]) -> None:
        """Show exemplars in their order."""
        self.photos, self.support, self._crop = tuple(photos), None, None
        self._current = min(self._current, max(len(photos) - 1, 0))
        self._is_chosen = self._is_chosen and bool(photos)
        names = ", ".join(visible(photo.name) for photo in photos)
        self.setAccessibleDescription(names)
        self._fit()
        self.update()
        self.chosen.emit()

    @property
    def current(self) -> PhotoRecord | None:
        """The photo that is chosen."""
        return self.photos[self._current] if self.photos and self._is_chosen else None

    def point(self, support: Support | None, places: Places | None) -> None:
        """Mark the exemplar, and the patch on it where that is known; None takes the mark away."""
        if support != self.support:
            self._crop = None
        self.support, self._places = support, places
        self.update()

    def show_crop(self, support: Support, crop: QImage) -> None:
        """Show the part of the photo around the patch that is marked, enlarged, beside the photo."""
        if support == self.support and not crop.isNull():
            self._crop = crop
            self.update()

    def set_room(self, height: int) -> None:
        """How high it may become."""
        if height != self._room:
            self._room = height
            self._fit()

    def patch_rect(self) -> QRectF | None:
        """Where the marked patch is drawn, None if none is."""
        if self.support is None or self._places is None:
            return None
        row = next((row for row, photo in enumerate(self.photos) if photo.id == self.support.photo_id), None)
        box = self._places.patch(self.support.photo_id, self.support.patch)
        if row is None or box is None:
            return None
        frame = self._frame(row)
        left, top, width, height = box
        return QRectF(
            frame.left() + left * frame.width(),
            frame.top() + top * frame.height(),
            width * frame.width(),
            height * frame.height(),
        )

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """As high as the photos are, which depends on how wide the strip is and how high it may become."""
        room = self._room or MOST
        self._arrangement = arrange(len(self.photos), self.width() - Space.XS, room, Space.S)
        self._source.set_side(-(-round(self._arrangement.side) // _ROUNDING) * _ROUNDING)
        height = round(self._arrangement.rows * (self._arrangement.side + Space.S)) if self.photos else LEAST
        if height != self.height():
            self.setFixedHeight(height)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        colors = theme()
        # A text may still speak of a photo that was swapped since.
        is_pointing = self.support is not None and any(one.id == self.support.photo_id for one in self.photos)
        for row, photo in enumerate(self.photos):
            frame = self._frame(row)
            picture = self._source.picture(photo.id, self.devicePixelRatioF())
            is_dim = is_pointing and self.support is not None and self.support.photo_id != photo.id
            painter.setOpacity(0.4 if is_dim else 1.0)
            if picture is None:
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(colors.color("hover"))
                painter.drawRoundedRect(frame, RADIUS, RADIUS)
            else:
                painter.drawImage(frame, picture)
            painter.setOpacity(1.0)
            if self._is_chosen and row == self._current:
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.setPen(QPen(colors.color("accent" if self.hasFocus() else "border"), 2))
                painter.drawRoundedRect(frame.adjusted(-1, -1, 1, 1), RADIUS, RADIUS)
        patch = self.patch_rect()
        if patch is not None:
            # Light on dark: it shows on any photo.
            painter.setBrush(Qt.BrushStyle.NoBrush)
            for color, width in ((QColor(0, 0, 0), 4), (QColor(255, 255, 255), 2)):
                painter.setPen(QPen(color, width))
                painter.drawRect(patch)
            self._paint_crop(painter, patch)

    def crop_rect(self) -> QRectF | None:
        """Where the enlarged patch is drawn: beside its photo, over others, which are dim; None if it is not."""
        row = next(
            (row for row, one in enumerate(self.photos) if self.support and one.id == self.support.photo_id), None
        )
        if self._crop is None or row is None or self.patch_rect() is None:
            return None
        frame = self._frame(row)
        side = min(float(_CROP_SIDE), self.height() - Space.S, self.width() - frame.width() - Space.L)
        if side < LEAST:
            return None
        is_left = frame.right() + Space.S + side > self.width()
        left = frame.left() - Space.S - side if is_left else frame.right() + Space.S
        top = min(max(frame.center().y() - side / 2, Space.XS), self.height() - side - Space.XS)
        return QRectF(max(left, 0), top, side, side)

    def _paint_crop(self, painter: QPainter, patch: QRectF) -> None:
        target = self.crop_rect()
        if target is None or self._crop is None:
            return
        is_left = target.right() < patch.left()
        edge = target.right() if is_left else target.left()
        painter.setPen(QPen(theme().color("accent"), 1))
        for mine, its in ((patch.top(), target.top()), (patch.bottom(), target.bottom())):
            painter.drawLine(QPointF(patch.left() if is_left else patch.right(), mine), QPointF(edge, its))
        painter.drawImage(target, self._crop)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(theme().color("accent"), 2))
        painter.drawRect(target)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        row = self._row_at(event.position())
        if row is not None:
            self.choose(row)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        row = self._row_at(event.position())
        if row is not None:
            self.opened.emit(self.photos[row].id)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        down = self._arrangement.columns
        steps = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_Up: -down, Qt.Key.Key_Down: down}
        step = steps.get(Qt.Key(event.key()))
        if step is not None and self.photos:
            self.choose(min(max(self._current + step, 0), len(self.photos) - 1))
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.photos:
            self.opened.emit(self.photos[self._current].id)
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        if self.photos and event.reason() != Qt.FocusReason.MouseFocusReason:
            self.choose(self._current)

    @Slot(int)
    def choose(self, row: int) -> None:
        """Choose the exemplar at a place."""
        self._current, self._is_chosen = row, True
        self.update()
        self.chosen.emit()

    def _row_at(self, point: QPointF) -> int | None:
        return next((row for row in range(len(self.photos)) if self._frame(row).contains(point)), None)

    def _frame(self, place: int) -> QRectF:
        """Where a photo is drawn: whole, in the middle of its square."""
        photo, side = self.photos[place], self._arrangement.side
        row, column = divmod(place, self._arrangement.columns)
        scale = side / max(photo.width, photo.height, 1)
        width, height = max(photo.width * scale, 1), max(photo.height * scale, 1)
        left, top = column * (side + Space.S) + Space.XS / 2, row * (side + Space.S) + Space.XS
        return QRectF(left + (side - width) / 2, top + (side - height) / 2, width, height)

    @Slot()
    def _on_loaded(self) -> None:
        self.update()
