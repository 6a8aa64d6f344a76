"""Photos that pass by while a training looks at them, and the patches that it picked on some."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, QSize, QVariantAnimation, Slot
from PySide6.QtGui import QColor, QImage, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QLabel, QSizePolicy, QStyle, QWidget

from spa_desktop.jobs import JobEvent
from spa_desktop.project.documents import PickedPatches
from spa_desktop.ui.app_state.context import AppContext
from spa_desktop.ui.photo.photo_canvas import Placement, patch_box
from spa_desktop.ui.plain_text import tip
from spa_desktop.ui.style.theme import Size, Space, set_type
from spa_desktop.ui.thumbnails.photo_model import ThumbnailSource, read_pictures
from spa_desktop.ui.thumbnails.photo_view import Picture, paint_picture
from spa_desktop.ui.widgets import words
from spa_desktop.ui.widgets.forms import grid, row
from spa_desktop.ui.widgets.labels import timer
from spa_desktop.ui.widgets.words import count

if TYPE_CHECKING:
    from spa_desktop.workbench import Workbench

SIDE = 72
_PASS_MS, _SLIDE_MS = 220, 150
_MOST_PASSING = 24
_MOST_PICKED = 3
_DIM, _FRAME = QColor(0, 0, 0, 150), QColor(255, 255, 255, 220)


def read_by_content(bench: Workbench, hashes: Sequence[str], side: int) -> Iterator[tuple[str, QImage]]:
    """Pictures of photos of the project, by SHA-256. For worker threads."""
    keys = {photo.id: key for key, photo in bench.project.find_photos(hashes).items()}
    return ((keys[photo_id], picture) for photo_id, picture in read_pictures(bench, list(keys), side))


class PassingPhotos(QWidget):
    """The photos that were encoded last, the newest at the left. At most five a second pass, however fast it is.

    Attributes:
        photos: those that are shown, by SHA-256.
    """

    def __init__(self, context: AppContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._source = ThumbnailSource(context, SIDE, read=read_by_content, batch=8, parent=self)
        self._source.loaded.connect(self._draw)
        self._next: str | None = None  # of those that come faster than they pass, the last one
        self.photos: list[str] = []
        self._pace = timer(self, _PASS_MS, self._pass)
        self._slide = QVariantAnimation(self, startValue=1.0, endValue=0.0, duration=_SLIDE_MS)
        self._slide.valueChanged.connect(self._draw)
        self.setFixedHeight(SIDE)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(self.tr("Photos that are encoded"))

    def show_photo(self, sha256: str) -> None:
        """A photo is being encoded."""
        if self.photos[:1] != [sha256]:
            self._next = sha256
            if not self._pace.isActive():
                self._pass()

    def show_kept(self, hashes: Sequence[str]) -> None:
        """Show photos that stand still."""
        self.photos, self._next = list(hashes[:_MOST_PASSING]), None
        self._pace.stop()
        self._slide.stop()
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(4 * (SIDE + Space.S), SIDE)

    def minimumSizeHint(self) -> QSize:
        return QSize(SIDE, SIDE)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        is_sliding = self._slide.state() == QVariantAnimation.State.Running
        left = -float(self._slide.currentValue() if is_sliding else 0.0) * (SIDE + Space.S)
        for sha256 in self.photos[: self.width() // (SIDE + Space.S) + 2]:
            picture = self._source.picture(sha256, self.devicePixelRatioF())
            paint_picture(painter, QRectF(left, 0, SIDE, SIDE), picture)
            left += SIDE + Space.S
        painter.end()

    @Slot()
    def _pass(self) -> None:
        if self._next is not None and self.isVisible():
            self.photos, self._next = [self._next, *self.photos[: _MOST_PASSING - 1]], None
            self._pace.start()
            if self.style().styleHint(QStyle.StyleHint.SH_Widget_Animation_Duration, None, self) > 0:
                self._slide.start()
            self.update()

    @Slot()
    def _draw(self) -> None:
        self.update()


def read_picked(bench: Workbench, picked: Sequence[PickedPatches], side: int) -> Iterator[tuple[PickedPatches, QImage]]:
    """Photos of the project, all of each but the picked patches darkened. For worker threads."""
    pictures = dict(read_pictures(bench, [one.photo_id for one in picked], side))
    for one in picked:
        if not (picture := pictures.get(one.photo_id, QImage())).isNull():
            box, shade, windows = QRectF(picture.rect()), QPainterPath(), QPainterPath()
            shade.addRect(box)
            for patch in one.patches:
                windows.addRect(patch_rect(patch, one, box))
            painter = QPainter(picture)
            painter.fillPath(shade.subtracted(windows), _DIM)
            painter.setPen(QPen(_FRAME, max(box.width(), box.height()) / SIDE))
            painter.drawPath(windows.simplified())
            painter.end()
            yield one, picture


class PickedRow(QWidget):
    """Up to three photos with the patches that were picked on them."""

    def __init__(self, context: AppContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._source = ThumbnailSource(context, SIDE, is_square=False, read=read_picked, parent=self)
        self._pictures = [Picture(self._source, None) for _ in range(_MOST_PICKED)]
        self.picked: tuple[PickedPatches, ...] = ()
        row(*self._pictures, spacing=Space.S, of=self)
        self.setAccessibleName(self.tr("Patches that were picked"))

    def show_picked(self, picked: Sequence[PickedPatches]) -> None:
        """Show these."""
        self.picked = tuple(picked[-_MOST_PICKED:])
        self.setAccessibleDescription(words.photos(len(self.picked)) if self.picked else self.tr("None yet"))
        for picture, one in itertools.zip_longest(self._pictures, self.picked):
            picture.show_key(one)


def patch_rect(patch: int, picked: PickedPatches, box: QRectF) -> QRectF:
    """Where a patch lies on a photo that is drawn into a box."""
    left, top, width, height = picked.crop  # as parts of the photo
    part = patch_box(patch, picked.grid, (left, top, left + width, top + height))
    return Placement(box, QSize(1, 1)).to_screen(part)


class PhotoFlow(QWidget):
    """Both in one row, each under a caption; the room is the same whatever there is to see."""

    def __init__(self, context: AppContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.passing, self.picks = PassingPhotos(context), PickedRow(context)
        self.caption, self.picked_caption = (set_type(QLabel(), Size.CAPTION, role="muted") for _ in range(2))
        about = self.tr("The parts of a photo that speak most for its class: only these are matched with the words.")
        self.picked_caption.setToolTip(tip(about))
        places = grid(Space.L, Space.XS, stretch={0: 1}, of=self)
        for place, widget in enumerate((self.caption, self.picked_caption, self.passing, self.picks)):
            places.addWidget(widget, *divmod(place, 2))
        self.clear()

    def clear(self) -> None:
        """A training begins."""
        self.passing.show_kept(())
        self.picks.show_picked(())
        self.caption.setText(self.tr("Photos pass by here as they are encoded."))
        self.picked_caption.setText(self.tr("Patches it picks"))

    def show_event(self, event: JobEvent) -> None:
        """Follow a training."""
        photo = event.photo
        if photo is None or photo.picked:
            return
        if not photo.is_encoded_now:
            self.caption.setText(self.tr("Encoded before, learned now"))
        elif event.total:
            done, total = count(min(event.done, event.total)), count(event.total)
            self.caption.setText(self.tr("Encoded {done} of {total} photos").format(done=done, total=total))
        self.passing.show_photo(photo.sha256)

    def show_picked(self, picked: Sequence[PickedPatches]) -> None:
        """Show the patches that a training picked until now."""
        if tuple(picked[-_MOST_PICKED:]) != self.picks.picked:
            self.picks.show_picked(picked)
            self.picked_caption.setText(self.tr("Patches it picked"))

    def show_kept(self, photos: str, picked: Sequence[PickedPatches]) -> None:
        """Show what was kept of a training; `photos` says how many it learned from."""
        self.clear()
        self.caption.setText(photos)
        self.picked_caption.setText("")
        self.show_picked(picked)
