"""The photos of a class as a grid of pictures, each with small tags."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Collection

from PySide6.QtCore import (
    QItemSelection,
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    QRect,
    QRectF,
    QSignalBlocker,
    QSize,
    Qt,
    Signal,
    Slot,
)
from PySide6.QtGui import QFont, QFontMetrics, QImage, QKeyEvent, QPainter, QPen, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QListView,
    QSizePolicy,
    QSlider,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QToolButton,
    QWidget,
)

from spa_desktop.project.records import PhotoRecord
from spa_desktop.ui.style.icons import icon
from spa_desktop.ui.style.theme import RADIUS, Size, Space, theme
from spa_desktop.ui.thumbnails.photo_model import PHOTO_ROLE, PhotoModel, ThumbnailSource

# A grid of pictures that share its width, of any number of rows: what the grids of photos have in common.

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


# How large the pictures of a grid are: a slider, and a button that fits all of them into the view.

_WIDTHS = (64, 120)  # at least and at most


class SizeSlider(QWidget):
    """Sets the size of a grid's pictures, and follows it."""

    side_chosen = Signal(int)  # a size of `SIDES`, or `FIT`

    def __init__(self, grid: PictureGrid, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._grid = grid
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setRange(0, len(SIDES) - 1)
        self.slider.setPageStep(1)
        self.slider.setMinimumWidth(_WIDTHS[0])
        self.slider.setMaximumWidth(_WIDTHS[1])
        self.slider.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.slider.setAccessibleName(self.tr("Size of the pictures"))
        self.slider.setToolTip(self.slider.accessibleName())
        self.fit = QToolButton()
        self.fit.setIcon(icon("grid"))
        self.fit.setCheckable(True)
        self.fit.setAccessibleName(self.tr("As large as all of them fit"))
        self.fit.setToolTip(self.fit.accessibleName())
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(Space.XS)
        row.addWidget(self.slider)
        row.addWidget(self.fit)
        self._follow()
        self.slider.valueChanged.connect(self._on_slider)
        self.fit.clicked.connect(self._on_fit)
        grid.tile_changed.connect(self._follow)

    @Slot()
    def _follow(self) -> None:
        side = self._grid.side or self._grid.tile_side
        blocker = QSignalBlocker(self.slider)
        self.slider.setValue(min(range(len(SIDES)), key=lambda place: abs(SIDES[place] - side)))
        blocker.unblock()
        self.fit.setChecked(self._grid.side == FIT)

    @Slot(int)
    def _on_slider(self, place: int) -> None:
        self._choose(SIDES[place])

    @Slot(bool)
    def _on_fit(self, is_on: bool) -> None:
        self._choose(FIT if is_on else SIDES[self.slider.value()])

    def _choose(self, side: int) -> None:
        self._grid.set_side(side)
        self._follow()
        self.side_chosen.emit(side)


TILE = 112
_TAG_HEIGHT = 18


class PhotoDelegate(PictureDelegate):
    """Paints a photo, and its tags over it."""

    def __init__(self, model: PhotoModel, view: PhotoView) -> None:
        super().__init__(view)
        self._model = model

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        photo: PhotoRecord = index.data(PHOTO_ROLE)
        tile = self.tile(option)
        painter.save()
        picture = self._model.source.picture(photo.id, painter.device().devicePixelRatioF())
        self.paint_picture(painter, tile, picture, 0.35 if photo.is_set_aside else 1.0)
        self._tags(painter, tile, self._model.tags(photo))
        self.paint_frame(painter, tile, option)
        painter.restore()

    def _tags(self, painter: QPainter, tile: QRect, tags: list[str]) -> None:
        colors = theme()
        font = QFont(painter.font())
        font.setPixelSize(int(Size.CAPTION))
        painter.setFont(font)
        metrics = QFontMetrics(font)
        x = tile.left() + Space.XS
        for tag in tags:
            width = metrics.horizontalAdvance(tag) + 2 * Space.XS
            box = QRect(x, tile.bottom() - Space.XS - _TAG_HEIGHT + 1, width, _TAG_HEIGHT)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colors.color("window"))
            painter.drawRoundedRect(box, Space.XS, Space.XS)
            painter.setPen(colors.color("text"))
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, tag)
            x += width + Space.XS


class PhotoView(PictureGrid):
    """The grid: photos can be selected, dragged, and opened."""

    chosen = Signal(object)  # set[int]: ids of the photos that are selected
    opened = Signal(int)  # id of a photo

    def __init__(self, model: PhotoModel, side: int = TILE, parent: QWidget | None = None) -> None:
        super().__init__(model.source, side, parent=parent)
        self._model = model
        self.setModel(model)
        self.setItemDelegate(PhotoDelegate(model, self))
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setDragEnabled(True)
        self.setDragDropMode(QAbstractItemView.DragDropMode.DragOnly)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)
        self.setAccessibleName(self.tr("Photos of the class"))
        self.selectionModel().selectionChanged.connect(self._on_selection)

    @property
    def selected(self) -> list[PhotoRecord]:
        """The photos that are selected, in their order."""
        chosen = self.selectionModel().selection()
        parts = [chosen.at(place) for place in range(chosen.count())]
        ranges = sorted((part.top(), part.bottom()) for part in parts)
        return [photo for top, bottom in ranges for photo in self._model.photos[top : bottom + 1]]

    def fill(self, photos: Collection[PhotoRecord]) -> None:
        """Show photos; those that were selected stay selected, and what was in sight stays in sight."""
        kept, scroll = {photo.id for photo in self.selected}, self.verticalScrollBar().value()
        current = self.currentIndex().row()
        before = self._model.photos
        self._model.fill(tuple(photos))
        shown = self._model.photos
        if {photo.id for photo in before}.isdisjoint(photo.id for photo in shown):
            self.scrollToTop()
            self._on_selection()
            return
        selection = self.selectionModel()
        selection.select(self._ranges(kept), QItemSelectionModel.SelectionFlag.Select)
        if current >= 0 and not self.currentIndex().isValid() and shown:
            # After a deletion the keyboard goes on where it was.
            index = self._model.index(min(current, len(shown) - 1))
            selection.setCurrentIndex(index, QItemSelectionModel.SelectionFlag.NoUpdate)
        self.verticalScrollBar().setValue(scroll)
        self._on_selection()

    def _ranges(self, photo_ids: Collection[int]) -> QItemSelection:
        """Photos as few ranges: each one that is selected by itself would be told to everybody."""
        found = QItemSelection()
        rows = sorted(row for key in photo_ids if (row := self._model.row_of(key)) is not None)
        first = 0
        for place, row in enumerate(rows):
            if place + 1 == len(rows) or rows[place + 1] != row + 1:
                found.select(self._model.index(rows[first]), self._model.index(row))
                first = place + 1
        return found

    def open_row(self, row: int) -> None:
        self.opened.emit(self._model.photos[row].id)

    @Slot()
    def _on_selection(self) -> None:
        self.chosen.emit({photo.id for photo in self.selected})
