"""Small pictures of photos, read when they are first visible, and the lists of photos that show them."""

from __future__ import annotations

from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal
from uuid import uuid4

from PySide6.QtCore import (
    QAbstractListModel,
    QByteArray,
    QMimeData,
    QModelIndex,
    QObject,
    QRectF,
    QSize,
    Qt,
    Signal,
    Slot,
)
from PySide6.QtGui import QColor, QImage, QPainter, QPainterPath, QPen

from spa_desktop.photos.opening import is_thumbnail
from spa_desktop.project.records import PhotoRecord
from spa_desktop.ui.app_state.context import AppContext
from spa_desktop.ui.plain_text import tip
from spa_desktop.ui.style.theme import RADIUS
from spa_desktop.ui.widgets.forms import has_words
from spa_desktop.ui.widgets.labels import timer
from spa_desktop.ui.widgets.tables import Index
from spa_desktop.ui.widgets.words import percent
from spa_desktop.visible import visible

if TYPE_CHECKING:
    from spa_desktop.jobs import Job
    from spa_desktop.project.documents import Frame
    from spa_desktop.ui.background.work import WorkFailure
    from spa_desktop.workbench.open_project import OpenProject

_ONE_COLOR = 8  # levels of 255: corners of a plain page differ by less, also in a JPEG
_EDGE = QColor(128, 128, 128, 64)  # else a white page has none on a white ground, nor a night sky on a dark one


@dataclass(frozen=True)
class LargePhoto:
    """A photo that can be shown large."""

    path: Path
    about: str = ""  # said of it beneath, fit to be shown
    photo_id: int | None = None  # in the project
    sha256: str = ""  # what the file must have, "" for whatever it has
    frame: Frame | None = None  # where the user said that the thing is, of a photo that is not in the project

    @classmethod
    def of_record(cls, record: PhotoRecord, *about: str) -> LargePhoto:
        """A photo of the project, with its name and the words beneath it."""
        parts = [visible(record.name), *filter(None, about)]
        return cls(Path(record.path), " · ".join(parts), record.id, record.sha256)

    @property
    def key(self) -> int | str:
        """What lists know it by: its number in the project, or else its path."""
        return str(self.path) if self.photo_id is None else self.photo_id


def thumbnail_of(data: bytes) -> QImage:
    """A thumbnail as projects keep them; a null image where it is none: :func:`is_thumbnail`."""
    return QImage.fromData(QByteArray(data), "JPEG") if is_thumbnail(data) else QImage()  # type: ignore[arg-type]


def draw_rounded(image: QImage, side: int, ratio: float = 1.0, *, is_square: bool = True) -> QImage:
    """A picture small and with round corners. For worker threads too.

    It gets `side` pixels a side, of which `ratio` are one unit of the window. `is_square` cuts the middle out, but
    shows all of a drawing on a plain page, where the thing need not be in the middle. Else all of it is shown, its
    longer side being `side`.
    """
    corners = [image.pixelColor(x, y) for x in (0, image.width() - 1) for y in (0, image.height() - 1)]
    channels = zip(*(corner.getRgb() for corner in corners), strict=True)
    is_plain = not image.isNull() and all(max(levels) - min(levels) <= _ONE_COLOR for levels in channels)
    mode = Qt.AspectRatioMode.KeepAspectRatio
    if is_square and not is_plain:
        mode = Qt.AspectRatioMode.KeepAspectRatioByExpanding
    scaled = image.scaled(QSize(side, side), mode, Qt.TransformationMode.SmoothTransformation)
    size = QSize(side, side) if is_square else scaled.size()
    drawn = QImage(size, QImage.Format.Format_ARGB32_Premultiplied)
    drawn.fill(Qt.GlobalColor.transparent)
    painter = QPainter(drawn)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    path = QPainterPath()
    path.addRoundedRect(QRectF(drawn.rect()), RADIUS * ratio, RADIUS * ratio)
    painter.setClipPath(path)
    if is_plain:
        painter.fillRect(drawn.rect(), corners[0])
    painter.drawImage((size.width() - scaled.width()) // 2, (size.height() - scaled.height()) // 2, scaled)
    painter.setPen(QPen(_EDGE, 2 * ratio))  # half of it is clipped
    painter.drawPath(path)
    painter.end()
    drawn.setDevicePixelRatio(ratio)
    return drawn


def read_pictures(bench: OpenProject, photo_ids: Sequence[int], side: int) -> Iterator[tuple[int, QImage]]:
    """The stored thumbnails, by photo id. For worker threads."""
    for key, data in bench.project.thumbnails(photo_ids).items():
        yield key, thumbnail_of(data)


# Thumbnails of the project's photos, read when they are first visible.
#
# The page asks while it paints, so it must have an answer at once: the picture, or nothing yet. A worker reads what was
# asked for last, in batches; what scrolled away before its turn is forgotten.

_ROUNDING = 32  # pictures are read for sizes of so many pixels, so that a wider window does not read all of them anew
_BATCH = 32
_MOST_WAITING = 256  # several screens of them; asked for earlier means scrolled away
_MOST_BYTES = 64 * 1024 * 1024
Read = Callable[["OpenProject", Sequence[Any], int], Iterable[tuple[Hashable, QImage]]]


class ThumbnailSource(QObject):
    """Pictures by photo id, or by whatever `read` reads by, the least recently used ones forgotten first."""

    loaded = Signal(object)  # set[int]: ids of photos that have their picture now

    def __init__(
        self,
        context: AppContext,
        side: int,  # of the pictures, in device-independent pixels
        *,
        is_square: bool = True,  # see `draw_rounded`
        read: Read = read_pictures,  # in a worker; each at least so many pixels a side if there are so many
        batch: int = _BATCH,  # that are read at a time
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._context, self.side, self._is_square = context, side, is_square
        self._reader, self._batch = read, batch
        self._ratio = 1.0
        self._pictures: OrderedDict[Hashable, QImage] = OrderedDict()
        self.size_in_memory = 0  # bytes
        self._missing: set[Hashable] = set()
        self._wanted: dict[Hashable, None] = {}
        self._reading: frozenset[Hashable] = frozenset()  # asked for again meanwhile, they are not read twice
        self._timer = timer(self, 0, self._read)
        context.project_opened.connect(self.clear)
        context.project_closed.connect(self.clear)

    def set_side(self, side: int) -> None:
        """Have pictures of another size, or of a little more; those that there are are forgotten."""
        side = -(-side // _ROUNDING) * _ROUNDING
        if side != self.side:
            self.side = side
            self.clear()

    def picture(self, photo_id: Hashable, ratio: float = 1.0) -> QImage | None:
        """The picture, or None: then it is read, and `loaded` follows."""
        if ratio != self._ratio:
            self.clear()
            self._ratio = ratio
        picture = self._pictures.get(photo_id)
        if picture is not None:
            self._pictures.move_to_end(photo_id)
        elif photo_id not in self._missing and photo_id not in self._reading:
            self._wanted.pop(photo_id, None)
            self._wanted[photo_id] = None
            if len(self._wanted) > _MOST_WAITING:
                del self._wanted[next(iter(self._wanted))]
            if not self._context.background.find(self._on_read):
                self._timer.start()
        return picture

    @Slot()
    def clear(self) -> None:
        """Forget everything, also what is being read."""
        self._context.background.abandon(self._on_read)  # it ends with the picture that it is at
        self._reading = frozenset()
        self._pictures.clear()
        self._wanted.clear()
        self._missing.clear()
        self.size_in_memory = 0

    def forget_missing(self) -> None:
        """Read those again that could not be read: their files may be there now."""
        self._missing.clear()

    def take_over(self, other: ThumbnailSource, keys: Mapping[str, str]) -> None:
        """Have those pictures of another source that have a key here: `keys` are its keys by the ones here."""
        known = other._pictures
        pictures: dict[Hashable, QImage] = {key: known[old] for key, old in keys.items() if old in known}
        if pictures:
            self.clear()
            self._ratio = other._ratio
            self._on_read(pictures)
            other.clear()

    @Slot()
    def _read(self) -> None:
        if not self._wanted or self._context.contents is None or self._context.background.find(self._on_read):
            return
        keys = [self._wanted.popitem()[0] for _ in range(min(self._batch, len(self._wanted)))]
        read, is_square, ratio = self._reader, self._is_square, self._ratio
        real = round(self.side * ratio)
        self._reading = frozenset(keys)

        def work(bench: OpenProject, job: Job) -> dict[Hashable, QImage]:
            drawn = {}
            for key, picture in read(bench, keys, real):
                job.check()
                if not picture.isNull():
                    drawn[key] = draw_rounded(picture, real, ratio, is_square=is_square)
            return drawn

        self._context.read(work).success(self._on_read).failure(self._on_failed).cancelled(self._on_failed)

    def _on_read(self, pictures: dict[Hashable, QImage]) -> None:
        self._missing |= self._reading - pictures.keys()
        self._reading = frozenset()
        self._pictures |= pictures
        self.size_in_memory += sum(picture.sizeInBytes() for picture in pictures.values())
        while self.size_in_memory > _MOST_BYTES:
            self.size_in_memory -= self._pictures.popitem(last=False)[1].sizeInBytes()
        self.loaded.emit(set(pictures))
        self._read()

    def _on_failed(self, _: WorkFailure | None = None) -> None:
        # A picture that cannot be had stays a grey square: whatever ails the file, a verb will say so.
        self._wanted.clear()
        self._reading = frozenset()


# Photos as lists: what a photo looks like is said by a model, and drawn by one delegate.

PHOTO_ROLE, LOOK_ROLE = Qt.ItemDataRole.UserRole, Qt.ItemDataRole.UserRole + 1
# Photos and classes are dragged by number, which means another one in the project of another running app.
_MIME = f"application/x-spa-desktop-{uuid4().hex}"
PHOTOS_MIME, CLASS_MIME = f"{_MIME}-photos", f"{_MIME}-class"

LINE = 18  # height of a line of a caption, in device-independent pixels


@dataclass(frozen=True)
class Caption:
    """What stands beneath a picture."""

    text: str  # at the left
    hue: int | None = None  # number of the class whose mark stands before it; None for none, then the text is grey
    figure: str = ""  # at the right
    is_unsure: bool = False  # mark and text are grey, and the figure stands out
    below: str = ""  # a second line, grey; "" for none


@dataclass(frozen=True)
class Look:
    """How a photo looks in a list, with its texts."""

    key: Hashable = None  # what the source knows its picture by, None where there is none to read
    name: str = ""  # of the photo, fit to be shown; letters that are typed look for it
    said: str = ""  # for screen readers; "" for the name
    picture: QImage | None = None  # the picture itself, where it need not be read
    sign: str = ""  # name of an icon that is drawn in place of a picture
    marks: Sequence[str] = ()  # small tags over the picture
    opacity: float = 1.0  # of the picture
    caption: Caption | None = None  # beneath the picture
    is_checked: bool | None = None  # whether it is ticked; None where it cannot be


class PhotoList(QAbstractListModel):
    """One row a photo that passes a filter. What a photo is, subclasses know."""

    caption_height = 0
    is_searched = False  # those without the words that are typed are left out

    def __init__(self, source: ThumbnailSource | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.source = source
        self.all_photos: tuple[Any, ...] = ()  # that were handed over
        self.photos: tuple[Any, ...] = ()  # those of them that are shown, in their order
        self._passes: Callable[[Any], bool] | None = None
        self._rank: Callable[[Any], Any] | None = None

    def look(self, photo: Any) -> Look:
        raise NotImplementedError

    def key(self, photo: Any) -> Hashable:
        return photo.id  # type: ignore[no-any-return]

    def about(self, photo: Any) -> Sequence[str]:
        """Lines of the tooltip."""
        return ()

    def fill(self, photos: Iterable[Any]) -> None:
        """Show these photos as far as they pass the filter. Where they are the same ones, who holds one keeps it."""
        self.all_photos = tuple(photos)
        shown, before = self._sifted(self.all_photos), self.photos
        if shown == before:
            return
        keys, old = list(map(self.key, shown)), list(map(self.key, before))
        if keys == old:
            self.photos = shown
            self.dataChanged.emit(self.index(0), self.index(len(shown) - 1))
            return
        rows = {key: row for row, key in enumerate(keys)}
        if len(rows) == len(old) and rows.keys() == set(old):
            self._rearrange(shown, lambda row: rows[old[row]])
            return
        self.beginResetModel()
        self.photos = shown
        self.endResetModel()

    def add(self, photos: Sequence[Any]) -> None:
        self.all_photos += tuple(photos)
        passing = self._sifted(photos)
        if not passing:
            return
        before, first = self.photos, len(self.photos)
        self.beginInsertRows(QModelIndex(), first, first + len(passing) - 1)
        self.photos += passing
        self.endInsertRows()
        if self._rank is not None:
            self._merge(before, passing, self._rank)

    def row_of(self, key: Hashable) -> int | None:
        return next((row for row, photo in enumerate(self.photos) if self.key(photo) == key), None)

    def _sifted(self, photos: Iterable[Any]) -> tuple[Any, ...]:
        passing = photos if self._passes is None else filter(self._passes, photos)
        return tuple(passing if self._rank is None else sorted(passing, key=self._rank))

    def _merge(self, before: tuple[Any, ...], new: tuple[Any, ...], rank: Callable[[Any], Any]) -> None:
        """Move new rows to their places. Who holds a row, as a view holds the current one, keeps it."""
        # Sorting all of a hundred thousand anew with each few that come would hold the window up.
        places = [bisect_right(before, rank(photo), key=rank) for photo in new]
        merged, at = list[Any](), 0
        for place, photo in zip(places, new, strict=True):
            merged += (*before[at:place], photo)
            at = place
        first = len(before)
        self._rearrange(
            (*merged, *before[at:]),
            lambda row: row + bisect_right(places, row) if row < first else places[row - first] + row - first,
        )

    def _rearrange(self, photos: tuple[Any, ...], new_row: Callable[[int], int]) -> None:
        """Show the same photos in another order."""
        self.layoutAboutToBeChanged.emit()
        held = self.persistentIndexList()
        self.photos = photos
        self.changePersistentIndexList(held, [self.index(new_row(index.row())) for index in held])
        self.layoutChanged.emit()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        return 0 if parent.isValid() else len(self.photos)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid() or index.row() >= len(self.photos):
            return None
        photo = self.photos[index.row()]
        if role == PHOTO_ROLE:
            return photo
        if role == Qt.ItemDataRole.ToolTipRole:
            return tip(*self.about(photo)) or None
        look = self.look(photo)
        if role == Qt.ItemDataRole.CheckStateRole and look.is_checked is not None:
            return Qt.CheckState.Checked if look.is_checked else Qt.CheckState.Unchecked
        if role == Qt.ItemDataRole.DisplayRole:
            return look.name or None
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return look.said or look.name
        return look if role == LOOK_ROLE else None


Kind = Literal["all", "train", "test", "aside"]
"""Which photos: all, those to learn from, to test with, or those that are set aside."""
Order = Literal["added", "name", "typical", "doubt"]
"""Photos as they were added, by name, those least like their class first, or those the model is least sure of."""


def kind_of(photo: PhotoRecord) -> Kind:
    """What a photo is for."""
    return "aside" if photo.is_set_aside else photo.split


class PhotoModel(PhotoList):
    """Photos of the project, which can be dragged to a class."""

    def __init__(self, source: ThumbnailSource, parent: QObject | None = None) -> None:
        super().__init__(source, parent)
        self.learned_ids: frozenset[int] = frozenset()  # of the classes that the model knows
        # By photo id: how like its class a photo is, or how probable the model finds a test photo's class.
        self.ranks: Mapping[int, float] = {}
        self.captions: Mapping[int, Caption] = {}  # by photo id
        self.sift("all", "", "added")

    def caption(self, captions: Mapping[int, Caption]) -> None:
        """Have captions beneath photos, or none. `fill` shows them."""
        height = LINE * max(
            (1 + bool(caption.below) + ("→" in caption.text) for caption in captions.values()), default=0
        )
        if height != self.caption_height:
            self.fill(())  # all rows are laid out anew
        is_other = captions != self.captions
        self.captions, self.caption_height = captions, height
        if is_other and self.photos:
            self.dataChanged.emit(self.index(0), self.index(len(self.photos) - 1))

    def sift(self, kind: Kind, words: str, order: Order) -> None:
        """Show only photos of a kind with these words in their names, in this order. `fill` applies it."""
        self._passes = lambda photo: kind in ("all", kind_of(photo)) and has_words(words, photo.name)
        self.is_searched = bool(words)
        self._order = order
        orders: dict[Order, Callable[[PhotoRecord], object]] = {
            "added": lambda photo: photo.is_set_aside,
            "name": lambda photo: (photo.is_set_aside, photo.name.casefold()),
        }
        # Those that nothing is known of come after the others.
        self._rank = orders.get(order, lambda photo: (photo.is_set_aside, self.ranks.get(photo.id, 2.0)))

    def look(self, photo: PhotoRecord) -> Look:
        name, tags = visible(photo.name), self.tags(photo)
        opacity, caption = 0.35 if photo.is_set_aside else 1.0, self.captions.get(photo.id)
        said = ", ".join([name, *tags, *_said(caption)])
        return Look(photo.id, name, said, marks=tags, opacity=opacity, caption=caption)

    def about(self, photo: PhotoRecord) -> Sequence[str]:
        share = self.ranks.get(photo.id) if self._order == "doubt" else None
        sure = self.tr("{share} sure that it is of its class")
        said = [] if share is None else [sure.format(share=percent(100 * share))]
        return *_said(self.captions.get(photo.id)), photo.path, f"{photo.width} × {photo.height}", *said

    def tags(self, photo: PhotoRecord) -> list[str]:
        """The tags of a photo: none where it is learned from."""
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


def _said(caption: Caption | None) -> list[str]:
    """A caption in words, in one line; none where there is none."""
    return [" · ".join(filter(None, (caption.text, caption.below)))] if caption is not None else []
