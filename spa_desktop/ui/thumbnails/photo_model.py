"""The photos of a class as a list model."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

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
from spa_desktop.visible import visible

Index = QModelIndex | QPersistentModelIndex
PHOTO_ROLE = Qt.ItemDataRole.UserRole
PHOTOS_MIME = "application/x-spa-desktop-photos"


class PhotoModel(QAbstractListModel):
    """One row a photo. Pictures come from the source once they are looked at."""

    def __init__(self, source: ThumbnailSource, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.source = source
        self.photos: tuple[PhotoRecord, ...] = ()
        self.learned_ids: frozenset[int] = frozenset()  # of the classes that the model knows
        self._rows: dict[int, int] = {}

    def fill(self, photos: Sequence[PhotoRecord]) -> None:
        """Show these photos, those set aside last."""
        photos = tuple(sorted(photos, key=lambda photo: photo.is_set_aside))
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
            return tip(photo.path, f"{photo.width} × {photo.height}")
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
