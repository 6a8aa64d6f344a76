"""Thumbnails of the project's photos, read when they are first looked at.

The page asks while it paints, so it must have an answer at once: the picture, or nothing yet. A worker reads what was
asked for last, in batches; what scrolled away before its turn is forgotten.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QRectF, QSize, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QImage, QPainter, QPainterPath

from spa_desktop.ui.app_state.context import AppContext
from spa_desktop.ui.style.theme import RADIUS
from spa_desktop.ui.thumbnails.small_pictures import thumbnail_of

if TYPE_CHECKING:
    from spa_desktop.ui.background.work import WorkFailure
    from spa_desktop.workbench import Workbench

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
