"""Record a burst while a button is held, look it through, and say which class it is: it waits to be learned."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QModelIndex, QPoint, QRectF, QSize, Qt, Slot
from PySide6.QtGui import QImage, QKeyEvent, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QAbstractButton, QAbstractItemView, QFrame, QLabel, QWidget

from spa_desktop.classify.sort_photos import folder_name
from spa_desktop.jobs import Job, Stage
from spa_desktop.project import clean_name
from spa_desktop.ui.app_state.context import AppContext
from spa_desktop.ui.background.work import WorkFailure
from spa_desktop.ui.corrections.correction_card import write_frame
from spa_desktop.ui.plain_text import tip
from spa_desktop.ui.style.theme import Size, Space, font_of, theme
from spa_desktop.ui.thumbnails.photo_model import Look, PhotoList
from spa_desktop.ui.thumbnails.photo_view import PictureView
from spa_desktop.ui.widgets import words
from spa_desktop.ui.widgets.forms import ClassPicker, column, row
from spa_desktop.ui.widgets.labels import button, tool_button, wrapped
from spa_desktop.ui.widgets.tables import Index
from spa_desktop.workbench import corrections

if TYPE_CHECKING:
    from spa_desktop.workbench.open_project import OpenProject

THUMBNAIL = QSize(96, 72)
MOST = 100  # frames; a burst that is longer adds nothing that is new
_GAP_SECONDS = 0.1  # between recorded frames: closer ones are all but the same


@dataclass(frozen=True, eq=False)
class _Frame:
    number: int
    picture: QImage
    small: QImage
    is_kept: bool = True


class Burst(PhotoList):
    """Frames in the order they were recorded; those that are not ticked are not added."""

    @property
    def is_full(self) -> bool:
        return len(self.photos) >= MOST

    @property
    def frames(self) -> list[QImage]:
        return [photo.picture for photo in self.photos]

    @property
    def kept(self) -> list[QImage]:
        """Those that are ticked."""
        return [photo.picture for photo in self.photos if photo.is_kept]

    def record(self, frame: QImage) -> None:
        """Put a frame at the end, unless there are too many, or it is there: a film that stands still gives copies."""
        if self.is_full or frame.isNull():
            return
        new = _frame(len(self.photos) + 1, frame)
        # Small first: to compare a hundred large frames that begin alike takes longer than the window may wait.
        if all(photo.small != new.small or photo.picture != frame for photo in self.photos):
            self.add([new])

    def restore(self, frames: Sequence[QImage]) -> None:
        """These frames and no others, all ticked, however many there are."""
        self.fill(_frame(number, frame) for number, frame in enumerate(frames, start=1))

    def key(self, frame: _Frame) -> int:
        return id(frame)

    def look(self, frame: _Frame) -> Look:
        said, opacity = self.tr("Frame {n}").format(n=frame.number), 1.0 if frame.is_kept else 0.3
        return Look(said=said, picture=frame.small, opacity=opacity, is_checked=frame.is_kept)

    def about(self, frame: _Frame) -> Sequence[str]:
        return (self.tr("Click to leave it out") if frame.is_kept else self.tr("Click to take it in"),)

    def flags(self, index: Index) -> Qt.ItemFlag:
        flags = super().flags(index)
        return flags | Qt.ItemFlag.ItemIsUserCheckable if index.isValid() else flags

    def toggle(self, index: QModelIndex) -> None:
        if index.isValid():
            row, frame = index.row(), self.photos[index.row()]
            frame = replace(frame, is_kept=not frame.is_kept)
            self.photos = self.all_photos = (*self.photos[:row], frame, *self.photos[row + 1 :])
            self.dataChanged.emit(index, index)


def _frame(number: int, picture: QImage) -> _Frame:
    fast = Qt.TransformationMode.FastTransformation
    return _Frame(number, picture, picture.scaled(THUMBNAIL * 2, Qt.AspectRatioMode.KeepAspectRatio, fast))


class FrameList(PictureView):
    """Recorded frames in a row. A click or Space leaves one out."""

    def __init__(self, burst: Burst) -> None:
        super().__init__(burst, THUMBNAIL)
        self._burst = burst
        self.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.setFixedHeight(THUMBNAIL.height() + Space.S + 2 * Space.S + Space.XS)
        self.setAccessibleName(self.tr("Recorded frames"))
        self.clicked.connect(burst.toggle)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self.tile = QSize(THUMBNAIL.width(), self.viewport().height() - Space.S)
        super().resizeEvent(event)

    def event(self, event: QEvent) -> bool:
        is_key = isinstance(event, QKeyEvent) and event.key() in (Qt.Key.Key_Left, Qt.Key.Key_Right)
        if is_key and event.type() == QEvent.Type.ShortcutOverride:
            event.accept()  # else they go through the photos of a folder
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._burst.toggle(self.currentIndex())
        else:
            super().keyPressEvent(event)


def frames_folder(project: Path, class_name: str) -> Path:
    """Where the frames of a class are kept: beside the project, under names that every system takes."""
    return project.with_name(f"{project.stem} frames") / folder_name(class_name)


def write_frames(folder: Path, frames: Sequence[QImage], job: Job, when: datetime) -> list[Path]:
    """Write frames as JPEG files: see :func:`write_frame`. Nothing is left behind of what fails or is cancelled."""
    written: list[Path] = []
    try:
        job.stage(Stage.KEEP, total=len(frames))
        for number, frame in enumerate(frames, start=1):
            file = folder / f"frame-{when:%Y%m%d-%H%M%S-%f}-{number:03d}.jpg"
            write_frame(file, frame)
            written.append(file)
            job.advance()
    except BaseException:
        _remove(written)
        raise
    return written


def correct_frames(bench: OpenProject, job: Job, frames: Sequence[QImage], class_name: str, *, when: datetime) -> int:
    """Write frames beside the project, and note which class they are of, one step of undo. Gives how many wait.

    They wait as other corrections do, each once. None is held out to test with: frames of a burst look alike, so that
    they would be recognised whatever was learned.
    """
    from spa_desktop.photos.opening import hash_photo

    name = clean_name(class_name)
    files = write_frames(frames_folder(Path(bench.project.path), name), frames, job, when)
    waiting: dict[int, str | None] = {}  # files by correction; none of a photo that the project has
    try:
        with bench.project.as_one_change("correct", f"{words.frames(len(frames))}: {name}"):
            for file in {hash_photo(file): file for file in files}.values():
                job.check()
                noted = corrections.correct(bench, file, class_name=name)
                waiting |= {noted.id: noted.path} if noted is not None else {}
    except BaseException:
        _remove(files)
        raise
    _remove([file for file in files if str(file) not in waiting.values()])
    return len(waiting)


def _remove(written: Sequence[Path]) -> None:
    for file in written:
        with contextlib.suppress(OSError):
            file.unlink()
    for folder in list(written[0].parents[:2]) if written else ():
        with contextlib.suppress(OSError):  # not if other frames are in it
            folder.rmdir()


_ROUND = 40  # pixels across


class HoldButton(QAbstractButton):
    """Round; down until it is let go, wherever the pointer is by then: a hand that holds a button may slip.

    While it is down it is filled, and shows a number.
    """

    def __init__(self, text: str) -> None:
        super().__init__()
        self.setText(text)
        self.setFixedSize(_ROUND, _ROUND)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.number = 0

    def hitButton(self, pos: QPoint) -> bool:
        return self.isDown() or super().hitButton(pos)

    def show_number(self, number: int) -> None:
        self.number = number
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, colors, is_down = QPainter(self), theme(), self.isDown()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRectF(self.rect()).adjusted(2, 2, -2, -2)
        painter.setPen(QPen(colors.color("accent" if self.hasFocus() else "line"), 2))
        painter.setBrush(colors.color("base"))
        painter.drawEllipse(box)
        inner = 2 if is_down else 7
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colors.color("bad" if self.isEnabled() else "faint"))
        painter.drawEllipse(box.adjusted(inner, inner, -inner, -inner))
        if is_down:
            painter.setPen(colors.color("base"))
            painter.setFont(font_of(painter.font(), Size.STRONG, strong=True))
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, str(self.number))


class Recorder(QFrame):
    """A tray, and beneath it, where they stay when the tray fills, a class and a button to hold."""

    def __init__(self, context: AppContext) -> None:
        super().__init__()
        self._context = context
        self.burst = Burst(parent=self)
        self._recorded_at = 0.0
        self.class_name = ClassPicker(self.tr("Class to add frames to"))
        self.hold = HoldButton(self.tr("Hold to record"))
        about = self.tr("Records frames while it is held, each once, by mouse or Space; you look them through first")
        self.hold.setToolTip(tip(about))
        self.frames = FrameList(self.burst)
        self.add = button("", self._on_add)
        about = self.tr("Puts frames that look alike together, to be named there")
        self.sort = tool_button("sort", self.tr("Sort them"), self._on_sort, about=about)
        self.discard = button(self.tr("Discard"), self._on_discard, kind="link")
        self.hint = wrapped()
        label = QLabel(self.tr("Add to class"))
        label.setBuddy(self.class_name)
        self._review = QWidget()
        buttons = row((self.hint, 1), self.discard, self.sort, self.add, spacing=Space.S)
        column(self.frames, buttons, spacing=Space.S, of=self._review)
        self._naming, self._is_naming_wanted = QWidget(), True
        row(label, (self.class_name, 1), spacing=Space.S, of=self._naming)  # the button lies beneath the picture
        column(self._review, self._naming, spacing=Space.S, of=self)
        for signal in (self.hold.pressed, self.hold.released):
            signal.connect(self._show_review)
        self.class_name.textChanged.connect(self._show_review)
        self.class_name.given.connect(self._go_on)
        for signal in (self.burst.rowsInserted, self.burst.modelReset, self.burst.dataChanged):
            signal.connect(self._show_review)
        self._show_review()

    @property
    def unkept(self) -> str:
        """How many frames were recorded and are in no class yet, in a sentence; "" if there are none."""
        count = self.burst.rowCount()
        if count == 1:
            return self.tr("One recorded frame was not added to a class.")
        return self.tr("{n} recorded frames were not added to a class.").format(n=count) if count else ""

    def forget(self) -> None:
        """Another project: neither the frames nor the class are for it."""
        self.burst.fill(())
        self.class_name.forget()

    def see(self, frame: QImage) -> None:
        """Record a frame if the button is held, and the last one is long enough ago."""
        now = time.monotonic()
        if self.hold.isDown() and now - self._recorded_at >= _GAP_SECONDS:
            self._recorded_at = now
            self.burst.record(frame)

    def show_naming(self, is_wanted: bool) -> None:
        """Ask for a class before anything is recorded, or only for what was recorded."""
        self._is_naming_wanted = is_wanted
        self._show_review()

    @Slot()
    def _show_review(self) -> None:
        kept, total = len(self.burst.kept), self.burst.rowCount()
        name = self.class_name.typed
        if not total and not self._review.isHidden() and self.isAncestorOf(self.window().focusWidget()):
            self.hold.setFocus()  # else the field of text would have it, and take the keys of the page
        self._review.setVisible(total > 0)
        self._naming.setVisible(total > 0 or self._is_naming_wanted)
        self.hold.show_number(total)
        self.add.setText(self.tr("Add {n} frames").format(n=kept) if kept != 1 else self.tr("Add 1 frame"))
        self.add.setEnabled(kept > 0 and bool(name) and not self.hold.isDown())
        self.sort.setEnabled(kept > 0 and not self.hold.isDown())
        if self.burst.is_full:
            self.hint.setText(self.tr("{n} frames are enough. Click those to leave out.").format(n=MOST))
        elif not name:
            self.hint.setText(self.tr("Name the class below. Click frames to leave them out."))
        else:
            self.hint.setText(self.tr("Click frames to leave them out."))

    @Slot()
    def _go_on(self) -> None:
        """The class is chosen: Space adds to it what was recorded, or records."""
        (self.add if self.add.isEnabled() else self.hold).setFocus()

    @Slot()
    def _on_add(self) -> None:
        name, frames, when = self.class_name.typed, self.burst.kept, datetime.now()
        stored, before = self._context.opened.meant_name(name), self.burst.frames
        self.burst.fill(())  # several bursts may wait for a training to end
        work = self._context.run(
            self.tr("Adding frames to {name}").format(name=name),
            lambda bench, job: correct_frames(bench, job, frames, stored, when=when),
        )
        work.success(partial(self._say_noted, len(frames)))
        work.failure(partial(self._on_failed, before)).cancelled(partial(self.bring_back, before))

    @Slot()
    def _on_sort(self) -> None:
        """Write frames as files beside the project, and have them sorted."""
        frames, before, when = self.burst.kept, self.burst.frames, datetime.now()
        folder = frames_folder(self._context.opened.path, "unsorted")
        self.burst.fill(())
        work = self._context.background.start(
            self.tr("Keeping frames"), lambda job: write_frames(folder, frames, job, when)
        )
        work.success(partial(self._context.go_to, "sort"))
        work.failure(partial(self._on_failed, before)).cancelled(partial(self.bring_back, before))

    def _on_failed(self, frames: list[QImage], failure: WorkFailure) -> None:
        self.bring_back(frames)
        self._context.show_failure(failure)

    def _say_noted(self, frames: int, waiting: int) -> None:
        text = self.tr("Waiting to be learned: {frames}.").format(frames=words.frames(waiting))
        if copies := frames - waiting:
            one, many = self.tr("1 was left out as a copy."), self.tr("{n} were left out as copies.")
            text += " " + (one if copies == 1 else many.format(n=copies))
        undo = (self.tr("Undo"), self._context.undo.undo) if waiting else ()  # it would take back what was done before
        self._context.banner(text, *undo)

    def bring_back(self, frames: list[QImage]) -> None:
        self.burst.restore(frames + self.burst.frames)

    @Slot()
    def _on_discard(self) -> None:
        discarded = self.burst.frames
        self.burst.fill(())
        text = self.tr("Discarded {frames}.").format(frames=words.frames(len(discarded)))
        self._context.banner(text, self.tr("Bring them back"), partial(self.bring_back, discarded))
