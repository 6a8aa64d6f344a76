"""Photos that pass by while a training looks at them, and the patches that it picked on some."""

from __future__ import annotations

import itertools
from collections import deque
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
from spa_desktop.ui.thumbnails.photo_view import Picture
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

    A photo passes once its picture was read; of those that come faster the last one passes.
    """

    def __init__(self, context: AppContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._source = ThumbnailSource(context, SIDE, read=read_by_content, batch=8, parent=self)
        self._source.loaded.connect(self._on_loaded)
        self._asked: str | None = None
        self._next: str | None = None
        self.passed: deque[tuple[str, QImage]] = deque(maxlen=_MOST_PASSING)
        self.kept: tuple[str, ...] = ()  # photos that stand still
        self._pace = timer(self, _PASS_MS, self._on_pace)
        self._slide = QVariantAnimation(self, startValue=1.0, endValue=0.0, duration=_SLIDE_MS)
        self._slide.valueChanged.connect(self._on_step)
        self.setFixedHeight(SIDE)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(self.tr("Photos that are encoded"))

    def clear(self) -> None:
        """No photo was encoded yet."""
        self.passed.clear()
        self.kept = ()
        self._asked = self._next = None
        self._pace.stop()
        self._slide.stop()
        self.update()

    def show_photo(self, sha256: str) -> None:
        """A photo is being encoded."""
        if self.passed and self.passed[0][0] == sha256:
            return
        self._next = sha256
        if not self._pace.isActive():
            self._on_pace()

    def show_kept(self, hashes: Sequence[str]) -> None:
        """Show photos that stand still."""
        self.clear()
        self.kept = tuple(hashes[:_MOST_PASSING])
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(4 * (SIDE + Space.S), SIDE)

    def minimumSizeHint(self) -> QSize:
        return QSize(SIDE, SIDE)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        running = self._slide.state() == QVariantAnimation.State.Running
        left = -float(self._slide.currentValue() if running else 0.0) * (SIDE + Space.S)
        ratio = self.devicePixelRatioF()
        fitting = self.kept[: (self.width() + Space.S) // (SIDE + Space.S)]
        for picture in [self._source.picture(key, ratio) for key in fitting] or [picture for _, picture in self.passed]:
            if picture is None or left > self.width():
                continue
            painter.drawImage(QRectF(left, 0, SIDE, SIDE), picture)
            left += SIDE + Space.S
        painter.end()

    @Slot()
    def _on_pace(self) -> None:
        wanted, self._next = self._next, None
        if wanted is None or not self.isVisible():
            return
        self._asked = wanted
        self._pace.start()
        self._pass(wanted)

    @Slot(object)
    def _on_loaded(self, keys: set[str]) -> None:
        if self.kept:
            self.update()
        elif self._asked in keys:
            self._pass(self._asked)
        elif self._asked is not None and keys:
            # Where reading is slow the next one was asked for by now: one that is late is better than none for ever.
            self._pass(next(iter(keys)))

    def _pass(self, sha256: str) -> None:
        picture = self._source.picture(sha256, self.devicePixelRatioF())
        if picture is None:
            return
        if sha256 == self._asked:
            self._asked = None
        self.passed.appendleft((sha256, picture))
        self._slide.stop()
        if self.style().styleHint(QStyle.StyleHint.SH_Widget_Animation_Duration, None, self) > 0:
            self._slide.start()
        self.update()

    @Slot()
    def _on_step(self) -> None:
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
        self.passing.clear()
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
        """Show what was kept of a training.

        Args:
            photos: how many it learned from, in words.
            picked: patches.
        """
        self.clear()
        self.caption.setText(photos)
        self.picked_caption.setText("")
        self.show_picked(picked)
