"""The photos of a class as a grid of pictures, each with small tags."""

from __future__ import annotations

from collections.abc import Collection

from PySide6.QtCore import (
    QItemSelection,
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    QRect,
    Qt,
    Signal,
    Slot,
)
from PySide6.QtGui import QFont, QFontMetrics, QPainter
from PySide6.QtWidgets import QAbstractItemView, QStyleOptionViewItem, QWidget

from spa_desktop.project.records import PhotoRecord
from spa_desktop.ui.style.theme import Size, Space, theme
from spa_desktop.ui.thumbnails.photo_model import PHOTO_ROLE, PhotoModel
from spa_desktop.ui.thumbnails.picture_grid import PictureDelegate, PictureGrid

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
