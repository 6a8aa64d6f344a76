"""A grid of pictures that share its width, of any number of rows: what the grids of photos have in common."""

from __future__ import annotations

from abc import abstractmethod

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QImage, QKeyEvent, QPainter, QPen, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from spa_desktop.ui.style.theme import RADIUS, Space, theme
from spa_desktop.ui.thumbnails.thumbnail_loader import ThumbnailSource

SIDES = (80, 112, 144, 192, 256)
"""Sizes that the slider offers, in device-independent pixels."""
FIT = 0
"""In place of a size: as large as all pictures fit into the view without scrolling, within bounds."""
_FIT_SIDES = range(SIDES[-1], SIDES[1] - 1, -8)
_ROUNDING = 32  # pictures are read for sizes of so many pixels, so that a wider window does not read all of them anew


class PictureDelegate(QStyledItemDelegate):
    """Paints a picture, or a quiet square until it was read, and the frame of what is selected."""

    def __init__(self, grid: PictureGrid) -> None:
        super().__init__(grid)
        self._grid = grid

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        return QSize(self._grid.cell_width, self._grid.cell_height)

    def tile(self, option: QStyleOptionViewItem) -> QRect:
        """Where the picture of an item lies."""
        side = self._grid.tile_side
        return QRect(option.rect.center().x() - side // 2, option.rect.y() + Space.XS, side, side)

    def paint_picture(self, painter: QPainter, tile: QRect, picture: QImage | None, opacity: float = 1.0) -> None:
        """Paint the picture of an item."""
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        if picture is None:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme().color("hover"))
            painter.drawRoundedRect(tile, RADIUS, RADIUS)
            return
        painter.setOpacity(opacity)
        painter.drawImage(tile, picture)
        painter.setOpacity(1.0)

    def paint_frame(self, painter: QPainter, tile: QRect, option: QStyleOptionViewItem) -> None:
        """Paint that an item is selected, or has the focus."""
        is_selected = bool(option.state & QStyle.StateFlag.State_Selected)
        if is_selected or option.state & QStyle.StateFlag.State_HasFocus:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(theme().color("accent"), 3 if is_selected else 1))
            painter.drawRoundedRect(QRectF(tile).adjusted(-1, -1, 1, 1), RADIUS + 1, RADIUS + 1)


class PictureGrid(QListView):
    """A grid that scrolls smoothly however many pictures there are: it lays out rows, and paints what is seen.

    Attributes:
        pictures: where they come from.
        cell_width: of an item: the columns share the width of the view.
        tile_side: of a picture, which fills its cell but for a gap.
    """

    tile_changed = Signal(int)  # the size of pictures is another, because of the room or of what was asked for

    def __init__(self, pictures: ThumbnailSource, side: int, caption: int = 0, parent: QWidget | None = None) -> None:
        """Make an empty grid.

        Args:
            pictures: where they come from. The grid sets their size.
            side: of pictures, at least; `FIT` for as large as all fit.
            caption: height that an item has beneath its picture.
            parent: as always.
        """
        super().__init__(parent)
        self.pictures, self._side, self._caption = pictures, side, caption
        self.tile_side = side or SIDES[1]
        self.cell_width = self.tile_side + int(Space.S)
        self._set_pictures()
        # Wrapped list mode: icon mode keeps a tree of rectangles, which for 10,000 photos takes long to build.
        self.setViewMode(QListView.ViewMode.ListMode)
        self.setFlow(QListView.Flow.LeftToRight)
        self.setWrapping(True)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setUniformItemSizes(True)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setProperty("focus", "item")
        self.doubleClicked.connect(self._on_opened)
        # Not by way of the model: a list lays all of its rows out again when one of them changed.
        pictures.loaded.connect(self._on_loaded)

    @property
    def cell_height(self) -> int:
        """Of an item, with its gap."""
        return self.tile_side + int(Space.S) + (self._caption + int(Space.S) if self._caption else 0)

    @property
    def side(self) -> int:
        """What was asked for: a size, or `FIT`."""
        return self._side

    def set_side(self, side: int) -> None:
        """Show pictures of at least this size; `FIT` for as large as all fit."""
        self._side = side
        self.fit()

    @abstractmethod
    def open_row(self, row: int) -> None:
        """The person wants to see a picture closely."""

    @Slot()
    def fit(self) -> None:
        """Share the width among the columns."""
        gap = int(Space.S)
        # A list leaves room for a scroll bar that is not shown yet.
        bar = self.verticalScrollBar()
        room = self.viewport().width() - 1 - (0 if bar.isVisible() else bar.sizeHint().width())
        least = (self._side or self._fitting(room)) + gap
        width = max(room // max(room // least, 1), min(least, room), gap + 1)
        if self.model() is not None and 0 < self.model().rowCount() < room // least:
            width = least  # one row that is not full: nothing is gained by wider cells
        if width != self.cell_width:
            self.cell_width, self.tile_side = width, width - gap
            self._set_pictures()
            bar.setSingleStep(max(self.cell_height // 2, 1))
            self.scheduleDelayedItemsLayout()
            self.tile_changed.emit(self.tile_side)

    def _set_pictures(self) -> None:
        self.pictures.set_side(-(-self.tile_side // _ROUNDING) * _ROUNDING)

    def _fitting(self, room: int) -> int:
        number = self.model().rowCount() if self.model() is not None else 0
        rest = int(Space.S) + (self._caption + int(Space.S) if self._caption else 0)
        for side in _FIT_SIDES:
            columns = max(room // (side + int(Space.S)), 1)
            tile = room // columns - int(Space.S) if number >= columns else side
            if -(-number // columns) * (tile + rest) <= self.viewport().height():
                return side
        return _FIT_SIDES[-1]

    def reset(self) -> None:
        super().reset()
        self.fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        self.fit()
        super().resizeEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.currentIndex().isValid():
            self._on_opened(self.currentIndex())
            return
        super().keyPressEvent(event)

    @Slot(QModelIndex)
    def _on_opened(self, index: QModelIndex) -> None:
        self.open_row(index.row())

    @Slot()
    def _on_loaded(self) -> None:
        self.viewport().update()
