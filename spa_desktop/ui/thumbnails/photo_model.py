"""The photos of a class as a list model."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

from PySide6.QtCore import (
    QAbstractListModel,
    QBuffer,
    QByteArray,
    QIODevice,
    QMimeData,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QRectF,
    QSize,
    Qt,
    QTimer,
    Signal,
    Slot,
)
from PySide6.QtGui import QImage, QImageReader, QPainter, QPainterPath, QPixmap

from spa_desktop.project.records import PhotoRecord
from spa_desktop.ui.app_state.context import AppContext
from spa_desktop.ui.plain_text import tip
from spa_desktop.ui.style.theme import RADIUS
from spa_desktop.ui.widgets.forms import has_words
from spa_desktop.ui.widgets.words import percent
from spa_desktop.visible import visible

if TYPE_CHECKING:
    from spa_desktop.ui.background.work import WorkFailure
    from spa_desktop.workbench import Workbench

# Small pictures in one shape.

_LARGEST = 1024  # pixels a side; ours have 160
_ONE_SCAN = b"\xff\xda"


def thumbnail_of(data: bytes) -> QImage:
    """A thumbnail as projects keep them; a null image where it is none.

    A project can come from anybody: only ordinary JPEGs are read, no large one, and none of many scans, of which a few
    kilobytes can take a minute.
    """
    if not data.startswith(b"\xff\xd8\xff") or data.count(_ONE_SCAN) != 1:
        return QImage()
    buffer = QBuffer()
    buffer.setData(QByteArray(data))
    buffer.open(QIODevice.OpenModeFlag.ReadOnly)
    reader = QImageReader(buffer, b"jpeg")
    size = reader.size()
    return reader.read() if 0 < max(size.width(), size.height()) <= _LARGEST else QImage()


def rounded(picture: QPixmap, side: int, radius: int, ratio: float = 1.0) -> QPixmap:
    """The middle of a picture as a square with round corners.

    Args:
        picture: any size.
        side: of the square, in device-independent pixels.
        radius: of its corners.
        ratio: device pixels in one of these.
    """
    real = round(side * ratio)
    filled = picture.scaled(
        QSize(real, real), Qt.AspectRatioMode.KeepAspectRatioByExpanding, Qt.TransformationMode.SmoothTransformation
    )
    square = QPixmap(real, real)
    square.fill(Qt.GlobalColor.transparent)
    painter = QPainter(square)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    path = QPainterPath()
    path.addRoundedRect(QRectF(0, 0, real, real), radius * ratio, radius * ratio)
    painter.setClipPath(path)
    painter.drawPixmap((real - filled.width()) // 2, (real - filled.height()) // 2, filled)
    painter.end()
    square.setDevicePixelRatio(ratio)
    return square


# Thumbnails of the project's photos, read when they are first looked at.
#
# The page asks while it paints, so it must have an answer at once: the picture, or nothing yet. A worker reads what was
# asked for last, in batches; what scrolled away before its turn is forgotten.

_BATCH = 32
_MOST_WAITING = 256  # several screens of them; asked for earlier means scrolled away
_MOST_BYTES = 64 * 1024 * 1024


class ThumbnailSource(QObject):
    """Pictures by photo id, or by whatever `read` reads by, the least recently used ones forgotten first."""

    loaded = Signal(object)  # set[int]: ids of photos that have their picture now

    def __init__(
        self,
        context: AppContext,
        side: int,
        *,
        is_square: bool = True,
        read: Callable[..., dict[Any, QImage]] | None = None,
        batch: int = _BATCH,
        parent: QObject | None = None,
    ) -> None:
        """Make an empty source.

        Args:
            context: whose project is read.
            side: of the pictures in device-independent pixels.
            is_square: True cuts the middle out; False shows all of the photo, its longer side being `side`.
            read: reads pictures in a worker; None takes :func:`read_pictures`, by photo id.
            batch: how many it reads at a time.
            parent: as always.
        """
        super().__init__(parent)
        self._context, self._side, self._is_square = context, side, is_square
        self._reader: Callable[..., dict[Any, QImage]] = read or read_pictures
        self._batch = batch
        self._ratio = 1.0
        self._pictures: OrderedDict[Hashable, QImage] = OrderedDict()
        self._bytes = 0
        self._missing: set[Hashable] = set()
        self._wanted: dict[Hashable, None] = {}
        self._in_reading: frozenset[Hashable] = frozenset()  # asked for again meanwhile, they are not read twice
        self._generation = 0
        self._is_reading = False
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._read)
        context.project_opened.connect(self.clear)
        context.project_closed.connect(self.clear)

    @property
    def size_in_memory(self) -> int:
        """Bytes that the pictures take now."""
        return self._bytes

    @property
    def side(self) -> int:
        """Of the pictures, in device-independent pixels."""
        return self._side

    def set_side(self, side: int) -> None:
        """Have pictures of another size; those that there are are forgotten."""
        if side != self._side:
            self._side = side
            self.clear()

    def picture(self, photo_id: Hashable, ratio: float = 1.0) -> QImage | None:
        """The picture, or None: then it is read, and `loaded` follows."""
        if ratio != self._ratio:
            self.clear()
            self._ratio = ratio
        found = self._pictures.get(photo_id)
        if found is not None:
            self._pictures.move_to_end(photo_id)
        elif photo_id not in self._missing and photo_id not in self._in_reading:
            self._wanted.pop(photo_id, None)
            self._wanted[photo_id] = None
            if len(self._wanted) > _MOST_WAITING:
                del self._wanted[next(iter(self._wanted))]
            if not self._is_reading:
                self._timer.start()
        return found

    @Slot()
    def clear(self) -> None:
        """Forget everything."""
        self._generation += 1
        self._pictures.clear()
        self._wanted.clear()
        self._missing.clear()
        self._in_reading = frozenset()
        self._bytes = 0

    @Slot()
    def _read(self) -> None:
        if self._is_reading or not self._wanted or self._context.contents is None:
            return
        ids = [self._wanted.popitem()[0] for _ in range(min(self._batch, len(self._wanted)))]
        reader, is_square, ratio, generation = self._reader, self._is_square, self._ratio, self._generation
        real = round(self._side * ratio)
        self._is_reading, self._in_reading = True, frozenset(ids)
        self._context.read(
            lambda bench, job: (generation, ids, reader(bench, ids, real, ratio, is_square=is_square)),
            done=self._on_read,
            failed=self._on_failed,
            cancelled=self._on_cancelled,
        )

    @Slot(object)
    def _on_read(self, result: tuple[int, Sequence[Hashable], dict[Hashable, QImage]]) -> None:
        self._is_reading = False
        generation, ids, pictures = result
        if generation == self._generation:
            self._in_reading = frozenset()
            self._missing.update(set(ids) - set(pictures))
            for photo_id, picture in pictures.items():
                self._pictures[photo_id] = picture
                self._bytes += picture.sizeInBytes()
            while self._bytes > _MOST_BYTES:
                self._bytes -= self._pictures.popitem(last=False)[1].sizeInBytes()
            self.loaded.emit(set(pictures))
        self._read()

    @Slot(object)
    def _on_failed(self, failure: WorkFailure) -> None:
        # A picture that cannot be had stays a grey square: whatever ails the file, a verb will say so.
        self._on_cancelled()

    @Slot()
    def _on_cancelled(self) -> None:
        self._is_reading, self._in_reading = False, frozenset()
        self._wanted.clear()


def read_pictures(
    bench: Workbench, photo_ids: Sequence[int], side: int, ratio: float, *, is_square: bool
) -> dict[int, QImage]:
    """Read and draw thumbnails. For worker threads."""
    found: dict[int, QImage] = {}
    for photo_id, data in bench.project.thumbnails(photo_ids).items():
        image = thumbnail_of(data)
        if not image.isNull():
            picture = draw_rounded(image, side, RADIUS * ratio, is_square=is_square)
            picture.setDevicePixelRatio(ratio)
            found[photo_id] = picture
    return found


def draw_rounded(image: QImage, side: int, radius: float, *, is_square: bool) -> QImage:
    """A picture small and with round corners: `side` and `radius` in its own pixels. For worker threads."""
    mode = Qt.AspectRatioMode.KeepAspectRatioByExpanding if is_square else Qt.AspectRatioMode.KeepAspectRatio
    scaled = image.scaled(QSize(side, side), mode, Qt.TransformationMode.SmoothTransformation)
    size = QSize(side, side) if is_square else scaled.size()
    drawn = QImage(size, QImage.Format.Format_ARGB32_Premultiplied)
    drawn.fill(Qt.GlobalColor.transparent)
    painter = QPainter(drawn)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    path = QPainterPath()
    path.addRoundedRect(QRectF(drawn.rect()), radius, radius)
    painter.setClipPath(path)
    painter.drawImage((size.width() - scaled.width()) // 2, (size.height() - scaled.height()) // 2, scaled)
    painter.end()
    return drawn


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
