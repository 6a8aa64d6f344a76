"""The photos of a class as a grid of pictures, each with small tags."""

from __future__ import annotations

from collections.abc import Collection

from PySide6.QtCore import (
    QItemSelection,
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    QRect,
    QRectF,
    QSize,
    Qt,
    Signal,
    Slot,
)
from PySide6.QtGui import QFont, QFontMetrics, QKeyEvent, QPainter, QPen, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from spa_desktop.project.records import PhotoRecord
from spa_desktop.ui.style.theme import RADIUS, Size, Space, theme
from spa_desktop.ui.thumbnails.photo_model import PHOTO_ROLE, PhotoModel

TILE = 112
_TAG_HEIGHT = 18


class PhotoDelegate(QStyledItemDelegate):
    """Paints a photo, or a quiet square until it was read."""

    def __init__(self, model: PhotoModel, view: PhotoView) -> None:
        super().__init__(view)
        self._model, self._view = model, view

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        return QSize(self._view.cell_width, TILE + Space.S)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        photo: PhotoRecord = index.data(PHOTO_ROLE)
        colors = theme()
        tile = QRect(option.rect.center().x() - TILE // 2, option.rect.y() + Space.XS, TILE, TILE)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        picture = self._model.source.picture(photo.id, painter.device().devicePixelRatioF())
        if picture is None:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colors.color("hover"))
            painter.drawRoundedRect(tile, RADIUS, RADIUS)
        else:
            painter.setOpacity(0.35 if photo.is_set_aside else 1.0)
            painter.drawImage(tile.topLeft(), picture)
            painter.setOpacity(1.0)
        self._tags(painter, tile, self._model.tags(photo))
        is_selected = bool(option.state & QStyle.StateFlag.State_Selected)
        has_focus = bool(option.state & QStyle.StateFlag.State_HasFocus)
        if is_selected or has_focus:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(colors.color("accent"), 3 if is_selected else 1))
            painter.drawRoundedRect(QRectF(tile).adjusted(-1, -1, 1, 1), RADIUS + 1, RADIUS + 1)
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


class PhotoView(QListView):
    """A grid that scrolls smoothly however many photos there are: it lays out rows, and paints what is seen."""

    chosen = Signal(object)  # set[int]: ids of the photos that are selected
    opened = Signal(int)  # id of a photo

    def __init__(self, model: PhotoModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self.cell_width = TILE + int(Space.S)
        self.setModel(model)
        self.setItemDelegate(PhotoDelegate(model, self))
        # Wrapped list mode: icon mode keeps a tree of rectangles, which for 10,000 photos takes long to build.
        self.setViewMode(QListView.ViewMode.ListMode)
        self.setFlow(QListView.Flow.LeftToRight)
        self.setWrapping(True)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setUniformItemSizes(True)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.verticalScrollBar().setSingleStep((TILE + Space.S) // 2)
        self.setDragEnabled(True)
        self.setDragDropMode(QAbstractItemView.DragDropMode.DragOnly)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)
        self.setAccessibleName(self.tr("Photos of the class"))
        self.setProperty("focus", "item")
        self.doubleClicked.connect(self._on_opened)
        self.selectionModel().selectionChanged.connect(self._on_selection)
        # Not by way of the model: a list lays all of its rows out again when one of them changed.
        model.source.loaded.connect(self._on_loaded)

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
        if {photo.id for photo in before}.isdisjoint(photo.id for photo in photos):
            self.scrollToTop()
            self._on_selection()
            return
        selection = self.selectionModel()
        selection.select(self._ranges(kept), QItemSelectionModel.SelectionFlag.Select)
        if current >= 0 and not self.currentIndex().isValid() and photos:
            # After a deletion the keyboard goes on where it was.
            index = self._model.index(min(current, len(photos) - 1))
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

    def resizeEvent(self, event: QResizeEvent) -> None:
        # The columns share what is left of the width.
        smallest = TILE + int(Space.S)
        room = self.viewport().width() - 1
        width = max(room // max(room // smallest, 1), smallest)
        if width != self.cell_width:
            self.cell_width = width
            self.scheduleDelayedItemsLayout()
        super().resizeEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.currentIndex().isValid():
            self._on_opened(self.currentIndex())
            return
        super().keyPressEvent(event)

    @Slot(QModelIndex)
    def _on_opened(self, index: QModelIndex) -> None:
        self.opened.emit(self._model.photos[index.row()].id)

    @Slot()
    def _on_loaded(self) -> None:
        self.viewport().update()

    @Slot()
    def _on_selection(self) -> None:
        self.chosen.emit({photo.id for photo in self.selected})
