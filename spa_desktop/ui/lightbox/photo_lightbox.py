"""One photo over all of the window or screen, with the arrow keys through all that stand beside it."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Hashable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QImage, QKeyEvent, QKeySequence, QMouseEvent, QShortcut
from PySide6.QtWidgets import QDialog, QLabel, QWidget

from spa_desktop.errors import SpaError
from spa_desktop.photos.opening import open_photo
from spa_desktop.project.documents import Frame
from spa_desktop.spa.config import THING_VIEWS
from spa_desktop.ui.app_state.context import AppContext
from spa_desktop.ui.background.work import WorkFailure
from spa_desktop.ui.photo.colour_maps import to_qimage
from spa_desktop.ui.photo.explanation_words import bars_of
from spa_desktop.ui.photo.newest_query import Newest
from spa_desktop.ui.photo.photo_canvas import PhotoCanvas
from spa_desktop.ui.photo.photo_frame import PhotoFrame
from spa_desktop.ui.plain_text import error_text, tip, window_title
from spa_desktop.ui.style.theme import Size, Space, set_type
from spa_desktop.ui.thumbnails.photo_model import LargePhoto, read_pictures, thumbnail_of
from spa_desktop.ui.widgets.forms import column, row
from spa_desktop.ui.widgets.labels import ElidedLabel, button, press_focused, slot, tool_button
from spa_desktop.ui.widgets.probability_bars import none_of_these
from spa_desktop.ui.widgets.words import count, percent
from spa_desktop.workbench.open_project import views_of

if TYPE_CHECKING:
    from PIL import Image

    from spa_desktop.recognizer import Recognition, Recognizer
    from spa_desktop.workbench.open_project import OpenProject


_Seen = tuple["Image.Image", "Recognition"]
_Question = tuple[LargePhoto, Frame | None, _Seen | None]


def look_closely(recognizer: Recognizer, question: _Question) -> _Seen:
    """A photo as the model sees it, in a frame or none, and its answer; quicker of one seen before. For workers."""
    photo, frame, before = question
    if before is not None and before[1].seen is not None:
        return before[0], recognizer.recognize(recognizer.look_at(before[0], before[1].seen, frame))
    opened = recognizer.open(photo.path, sha256=photo.sha256 or None)
    return opened, recognizer.recognize(recognizer.see(opened, closely=True, frame=frame))


AsLarge = Callable[[Any], LargePhoto]
"""Makes it of a photo of a list: of the one that is looked at, as a hundred thousand would take a second."""


def open_large(bench: OpenProject, photo: LargePhoto, side: int) -> tuple[QImage, str]:
    """A photo, its longer side at most `side` pixels, and why it is not the photo in full. For worker threads."""
    try:
        opened = open_photo(photo.path, at_least=side, sha256=photo.sha256 or None)
    except SpaError as error:
        small = bench.project.thumbnails([photo.photo_id]) if photo.photo_id is not None else {}
        picture = thumbnail_of(small[photo.photo_id]) if photo.photo_id in small else QImage()
        return picture, error_text(error)
    opened.thumbnail((side, side), reducing_gap=2.0)
    return to_qimage(opened), ""


STORED_SIDE = 160  # pixels of the longer side of a thumbnail in a project
_STRETCH = 1.25  # a thumbnail that is stretched further looks soft


def read_sharp_pictures(bench: OpenProject, photo_ids: Sequence[int], side: int) -> Iterator[tuple[int, QImage]]:
    """Pictures by photo id, `side` in their own pixels; the last one of a photo counts. For worker threads.

    A file that is gone, cannot be read or holds another photo now leaves the thumbnail in place.
    """
    yield from read_pictures(bench, photo_ids, side)
    for photo_id in photo_ids if side > STORED_SIDE * _STRETCH else ():
        with contextlib.suppress(SpaError):
            record = bench.project.photo(photo_id)
            if max(record.width, record.height) > STORED_SIDE:
                yield photo_id, read_file_picture(Path(record.path), side, sha256=record.sha256)


def read_file_picture(path: Path, side: int, *, sha256: str | None = None) -> QImage:
    """A photo file as a picture that is large enough to be drawn `side` of its own pixels large. For worker threads.

    PhotoError if the file cannot be used, or has not the `sha256` that is given.
    """
    photo = open_photo(path, at_least=side, sha256=sha256)
    # To twice the size quickly; Qt draws the rest.
    photo.thumbnail((4 * side, 4 * side), reducing_gap=2.0)
    return to_qimage(photo)


def read_files(
    bench: OpenProject, keys: Sequence[int | str | tuple[str, str | None]], side: int
) -> Iterator[tuple[Hashable, QImage]]:
    """Pictures by the id of a photo of the project, the path of another, or its path and the SHA-256 that it must have.

    Those that cannot be read are left out. For worker threads.
    """
    yield from read_pictures(bench, [key for key in keys if isinstance(key, int)], side)
    for key in keys:
        if not isinstance(key, int):
            path, sha256 = (key, None) if isinstance(key, str) else (key[0], key[1] or "")
            with contextlib.suppress(SpaError):
                yield key, read_file_picture(Path(path), side, sha256=sha256)


_BACK = (Qt.Key.Key_Left, Qt.Key.Key_Up, Qt.Key.Key_PageUp, Qt.Key.Key_Backspace)
_ON = (Qt.Key.Key_Right, Qt.Key.Key_Down, Qt.Key.Key_PageDown, Qt.Key.Key_Space)


class Lightbox(QDialog):
    """Shows photos one at a time, over the window of a widget."""

    moved = Signal(object)  # LargePhoto that is shown now
    framed = Signal(object, object)  # LargePhoto that is not in the project, and the Frame that it has now, or None

    def __init__(
        self, context: AppContext, photos: Sequence[Any], place: int, as_large: AsLarge, parent: QWidget
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowFlag(Qt.WindowType.WindowMaximizeButtonHint)
        self._context = context
        self._as_large = as_large
        self.photos, self.place = tuple(photos), place
        self.shown: LargePhoto | None = None
        self.canvas = PhotoCanvas()
        self.canvas.setToolTip("")
        self.frame = PhotoFrame(self.canvas)
        self.looking = Newest(context, look_closely, parent=self)
        self._seen: _Seen | None = None  # the photo that is shown, once the model saw it
        self.frame.placed.connect(self._on_framed)
        self.looking.answered.connect(self._on_looked)
        context.project_changed.connect(self._look)
        QShortcut(QKeySequence.StandardKey.Undo, self).activated.connect(self._undo_frame)
        self.about = set_type(ElidedLabel(), Size.BODY)
        self.counter = set_type(QLabel(), Size.CAPTION, role="muted")
        self.back = tool_button("left", self.tr("Photo before (Left)"), slot(self, self.step, -1))
        self.on = tool_button("right", self.tr("Next photo (Right)"), slot(self, self.step, 1))
        self.full_screen = tool_button("enlarge", self.tr("Full screen (F11)"), self.toggle_full_screen)
        about = self.tr("What the model sees in it (E)")
        self.explain = button(self.tr("Explain"), self._on_explain, picture="explain", about=about)
        self.explain.setVisible(context.opened.learner is not None)
        self.explain.setAutoDefault(False)
        self.done_button = tool_button("close", self.tr("Close (Esc)"), self.reject)
        for widget in (self.back, self.on, self.full_screen, self.explain, self.done_button):
            widget.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # a click leaves the arrow keys to the photo
        buttons = self.back, self.counter, self.on, self.explain, self.full_screen, self.done_button
        margins = Space.L, Space.L, Space.L, Space.M
        bar = row((self.about, 1), *buttons, spacing=Space.S)
        column((self.canvas, 1), bar, spacing=Space.M, margins=margins, of=self)
        self.setGeometry(parent.window().geometry())
        context.project_closed.connect(self.reject)
        self.canvas.setFocus(Qt.FocusReason.MouseFocusReason)  # it fills the window, and needs no ring
        self._go()

    @property
    def photo(self) -> LargePhoto:
        return self._as_large(self.photos[self.place])

    def step(self, by: int) -> None:
        """Go on or back by so many photos, stopping at the ends."""
        self.go_to(self.place + by)

    def go_to(self, place: int) -> None:
        place = min(max(place, 0), len(self.photos) - 1)
        if place != self.place:
            self.place = place
            self._go()
            self.moved.emit(self.photo)

    @Slot()
    def toggle_full_screen(self) -> None:
        self.setWindowState(self.windowState() ^ Qt.WindowState.WindowFullScreen)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key(event.key())
        if key in _BACK or key in _ON:
            self.step(1 if key in _ON else -1)
        elif key in (Qt.Key.Key_Home, Qt.Key.Key_End):
            self.go_to(0 if key == Qt.Key.Key_Home else len(self.photos) - 1)
        elif key in (Qt.Key.Key_F, Qt.Key.Key_F11):
            self.toggle_full_screen()
        elif key == Qt.Key.Key_E and self.explain.isVisible():
            self._on_explain()
        elif key == Qt.Key.Key_Escape and self.isFullScreen():
            self.toggle_full_screen()
        elif not press_focused(self, event):
            super().keyPressEvent(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.toggle_full_screen()

    def _go(self) -> None:
        self.back.setEnabled(self.place > 0)
        self.on.setEnabled(self.place < len(self.photos) - 1)
        self.counter.setText(self.tr("{n} of {total}").format(n=count(self.place + 1), total=count(len(self.photos))))
        if self._context.contents is None:
            return
        photo, screen = self.photo, self.screen().size()
        side = round(max(screen.width(), screen.height()) * self.devicePixelRatioF())
        work = self._context.read(lambda bench, job: open_large(bench, photo, side))
        work.newest(partial(self._show, photo)).failure(partial(self._on_failed, photo))

    def _show(self, photo: LargePhoto, found: tuple[QImage, str]) -> None:
        picture, problem = found
        self.shown, about = photo, photo.about
        self._seen = None  # not before: the answer about the photo before may have come meanwhile
        self.frame.show_seen(None)
        if picture.isNull():
            self.canvas.show_text(problem)
        else:
            self.canvas.show_photo(picture)
            self._look()
            if problem:
                small = self.tr("only its small picture: {problem}").format(problem=problem)
                about = " · ".join(filter(None, (about, small)))
        self._say(about)
        self.setWindowTitle(window_title(photo.about or photo.path.name))

    @Slot()
    def _undo_frame(self) -> None:
        """Take back the last frame; what else was done is not seen here."""
        changes = self._context.opened.undo
        if changes and changes[0].verb == "frame":
            self._context.undo.undo_change(changes[0].id)

    def _say(self, about: str) -> None:
        self.canvas.setAccessibleDescription(about)
        self.about.setText(about)
        self.about.setToolTip(tip(about))

    @Slot()
    def _look(self) -> None:
        """Have a model that looks at the thing look at the photo, in the frame that the project has for it now."""
        photo, contents = self.shown, self._context.contents
        if photo is None or contents is None or views_of(contents.learner) != THING_VIEWS:
            return
        if (key := photo.photo_id) is not None:
            self._context.read(lambda bench, job: bench.project.photo(key).frame).hush().newest(self._look_into)
        elif self._seen is None:
            self._look_into(photo.frame)

    def _look_into(self, frame: Frame | None) -> None:
        self.looking.ask((self.shown, frame, self._seen))

    @Slot(object, object)
    def _on_looked(self, question: _Question, seen: _Seen) -> None:
        recognition = seen[1]
        if question[0] != self.shown or self.canvas.photo.isNull() or recognition.seen is None:
            return
        self._seen, frame = seen, recognition.seen.frame
        self.frame.show_seen(recognition.seen)
        if frame is not None:
            best = bars_of(self._context.contents, recognition)[0]
            said = f"{best.name} {percent(100 * best.probability)}"
            if not recognition.is_known:
                said = none_of_these(best.name)
            self._say(self.tr("{photo} · in your frame: {answer}").format(photo=self.photo.about, answer=said))
        else:
            self._say(self.photo.about)

    @Slot(object)
    def _on_framed(self, frame: Frame | None) -> None:
        photo = self.shown
        if photo is None:
            return
        self._look_into(frame)
        if (key := photo.photo_id) is None:
            self.framed.emit(photo, frame)
        elif self._context.is_writable:
            self._context.edit("frame", photo.path.name, lambda tx: tx.set_frame(key, frame))

    def _on_failed(self, photo: LargePhoto, failure: WorkFailure) -> None:
        self._show(photo, (QImage(), failure.message))

    @Slot()
    def _on_explain(self) -> None:
        photo = self.photo
        self.accept()
        self._context.go_to("explain", photo.path if photo.photo_id is None else photo.photo_id)
