"""The photos of a class as a list model."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

from PySide6.QtCore import (
    QAbstractListModel,
    QByteArray,
    QMimeData,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
)

from spa_desktop.project.records import PhotoRecord
from spa_desktop.ui.plain_text import tip
from spa_desktop.ui.thumbnails.thumbnail_loader import ThumbnailSource
from spa_desktop.ui.widgets.number_words import percent
from spa_desktop.ui.widgets.search_field import has_words
from spa_desktop.visible import visible

Index = QModelIndex | QPersistentModelIndex
PHOTO_ROLE = Qt.ItemDataRole.UserRole
PHOTOS_MIME = "application/x-spa-desktop-photos"
Kind = Literal["all", "train", "test", "aside"]
"""Which photos: all, those to learn from, to test with, or those that are set aside."""
Order = Literal["added", "name", "doubt"]
"""Photos as they were added, by name, or those that the model is least sure of first."""


def kind_of(photo: PhotoRecord) -> Kind:
    """What a photo is for."""
    return "aside" if photo.is_set_aside else photo.split


class PhotoModel(QAbstractListModel):
    """One row a photo that passes the filter. Pictures come from the source once they are looked at.

    Attributes:
        all_photos: those that were handed over.
        photos: those of them that are shown, in their order.
        learned_ids: of the classes that the model knows.
        shares: how probable the model found the class that a test photo is of, by photo id, where that is known.
    """

    def __init__(self, source: ThumbnailSource, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.source = source
        self.all_photos: tuple[PhotoRecord, ...] = ()
        self.photos: tuple[PhotoRecord, ...] = ()
        self.learned_ids: frozenset[int] = frozenset()
        self.shares: Mapping[int, float] = {}
        self._rows: dict[int, int] = {}
        self._kind: Kind = "all"
        self._words = ""
        self._order: Order = "added"

    def fill(self, photos: Sequence[PhotoRecord]) -> None:
        """Show these photos as far as they pass the filter, those set aside last."""
        self.all_photos = tuple(photos)
        self._show(self._sifted())

    def sift(self, kind: Kind, words: str, order: Order) -> None:
        """Show only photos of a kind with these words in their names, in this order. `fill` applies it."""
        self._kind, self._words, self._order = kind, words, order

    def _sifted(self) -> tuple[PhotoRecord, ...]:
        passing = [one for one in self.all_photos if self._kind == "all" or kind_of(one) == self._kind]
        passing = [one for one in passing if has_words(self._words, one.name)]
        if self._order == "name":
            passing.sort(key=lambda one: one.name.casefold())
        elif self._order == "doubt":  # those without an answer come after those with one
            passing.sort(key=lambda one: self.shares.get(one.id, 2.0))
        return tuple(sorted(passing, key=lambda one: one.is_set_aside))

    def _show(self, photos: tuple[PhotoRecord, ...]) -> None:
        if photos == self.photos:
            return
        if [photo.id for photo in photos] == [photo.id for photo in self.photos]:
            self.photos = photos
            self.dataChanged.emit(self.index(0), self.index(len(photos) - 1))
            return
        self.beginResetModel()
        self.photos = photos
        self._rows = {photo.id: row for row, photo in enumerate(photos)}
        self.endResetModel()

    def row_of(self, photo_id: int) -> int | None:
        """Where a photo stands, None if it is not here."""
        return self._rows.get(photo_id)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        return 0 if parent.isValid() else len(self.photos)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid() or index.row() >= len(self.photos):
            return None
        photo = self.photos[index.row()]
        if role == PHOTO_ROLE:
            return photo
        if role == Qt.ItemDataRole.DisplayRole:
            return visible(photo.name)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return ", ".join([visible(photo.name), *self.tags(photo)])
        if role == Qt.ItemDataRole.ToolTipRole:
            share = self.shares.get(photo.id)
            sure = self.tr("{share} sure that it is of its class")
            said = [] if share is None else [sure.format(share=percent(100 * share))]
            return tip(photo.path, f"{photo.width} × {photo.height}", *said)
        return None

    def tags(self, photo: PhotoRecord) -> list[str]:
        """What is said of a photo beyond that it is learned from."""
        if photo.is_set_aside:
            return [self.tr("set aside")]
        tags = []
        if photo.split == "test":
            tags.append(self.tr("test"))
        elif photo.exemplar is not None:
            tags.append(self.tr("exemplar"))
        if photo.split == "train" and not photo.is_learned and photo.class_id in self.learned_ids:
            tags.append(self.tr("new"))
        return tags

    def flags(self, index: Index) -> Qt.ItemFlag:
        flags = super().flags(index)
        return flags | Qt.ItemFlag.ItemIsDragEnabled if index.isValid() else flags

    def mimeTypes(self) -> list[str]:
        return [PHOTOS_MIME]

    def mimeData(self, indexes: Iterable[QModelIndex]) -> QMimeData:
        data = QMimeData()
        ids = sorted(self.photos[index.row()].id for index in indexes)
        data.setData(PHOTOS_MIME, QByteArray(" ".join(map(str, ids)).encode()))
        return data


def dragged_photos(data: QMimeData) -> list[int]:
    """Ids of the photos that are dragged."""
    return [int(text) for text in bytes(data.data(PHOTOS_MIME).data()).decode().split()]
