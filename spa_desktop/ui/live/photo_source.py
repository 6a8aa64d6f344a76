"""Frames of a photo, or of the photos of a folder one after the other."""

from __future__ import annotations

import os
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QObject, QTimer
from PySide6.QtGui import QImage

from spa_desktop.errors import InputError
from spa_desktop.jobs import Job
from spa_desktop.project.folders import DEEPEST, PHOTO_SUFFIXES
from spa_desktop.ui.app_state.context import AppContext
from spa_desktop.ui.background.work import WorkFailure, WorkHandle
from spa_desktop.ui.live.frame_source import FrameSource, Problem
from spa_desktop.ui.photo.image_conversion import to_qimage

_LONGEST_SIDE = 1600  # pixels; more is not seen, and takes time with every repaint
_EACH_MS = 1500  # how long a photo of a folder is shown


class PhotoSource(FrameSource):
    """A photo, or those of a folder one after the other, over and over."""

    def __init__(self, context: AppContext, path: Path, parent: QObject | None = None) -> None:
        super().__init__(path.name, parent)
        self._context, self._path = context, path
        self._files: list[Path] = []
        self._at = 0
        self._by = 1  # which way the photos were gone through last
        self._reading: WorkHandle | None = None
        self._is_held = False
        self._faults = 0
        self._is_running = False
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_EACH_MS)
        self._timer.timeout.connect(self._go_on)

    def start(self) -> None:
        self._is_running = True
        if self._files:
            self._read()
            return
        self._at = 0
        path = self._path
        self._context.background.start(
            "",
            lambda job: find_photos(path, job),
            done=self._on_files,
            failed=self._on_none,
            lane="read",
            is_quiet=True,
        )

    def stop(self) -> None:
        self._is_running = False
        self._timer.stop()

    @property
    def is_walk(self) -> bool:  # type: ignore[override]
        return len(self._files) > 1

    def step(self, by: int) -> None:
        if self.is_walk and self._is_running:
            self._timer.stop()
            self._by = by
            self._at = (self._at + by) % len(self._files)
            self._read()

    def hold(self, is_held: bool) -> None:
        self._is_held = is_held
        if is_held:
            self._timer.stop()
        elif self.is_walk and self._is_running:
            self._timer.start()

    def _read(self) -> None:
        # A person who steps quickly is not shown what was passed.
        if self._reading is not None:
            self._reading.abandon()
        file = self._files[self._at]
        self._reading = self._context.background.start(
            "",
            lambda job: read_picture(file),
            done=self._on_picture,
            failed=self._on_broken,
            lane="read",
            is_quiet=True,
        )

    def _on_files(self, files: list[Path]) -> None:
        self._files = files
        if self._is_running:
            self._read()

    def _on_none(self, failure: WorkFailure) -> None:
        advice = QCoreApplication.translate("live", "Choose another one.")
        self.failed.emit(Problem(failure.message, advice, "photo"))

    def _on_picture(self, picture: QImage) -> None:
        self._faults = 0
        if self._is_running:
            self.named.emit(self._name())
            self.frame_came.emit(picture)
            if self.is_walk and not self._is_held:
                self._timer.start()

    def _name(self) -> str:
        if not self.is_walk:
            return self.title
        text = QCoreApplication.translate("live", "{name}, {n} of {all} in {folder}")
        return text.format(name=self._files[self._at].name, n=self._at + 1, all=len(self._files), folder=self.title)

    def _on_broken(self, failure: WorkFailure) -> None:
        self._faults += 1
        if self._faults >= len(self._files):
            self._on_none(failure)
        else:
            self.step(self._by)

    def _go_on(self) -> None:
        self.step(1)


def find_photos(path: Path, job: Job | None = None) -> list[Path]:
    """The photo itself, or those in a folder and below it, by name. For worker threads.

    Raises:
        InputError: if there is none.
        Cancelled: if the job was cancelled.
    """
    if path.is_file():
        return [path]
    job = job or Job()
    found = []
    for folder, below, names in os.walk(path):
        if len(Path(folder).relative_to(path).parts) >= DEEPEST:
            below.clear()
        for name in names:
            job.check()
            file = Path(folder, name)
            if file.suffix.lower() in PHOTO_SUFFIXES and file.is_file():
                found.append(file)
    if not found:
        raise InputError(f"There is no photo in {path}")
    return sorted(found)


def read_picture(file: Path) -> QImage:
    """A photo for the screen, upright, not longer than 1600 pixels. For worker threads.

    Raises:
        InputError: if it cannot be read.
    """
    from spa_desktop.photos.opening import open_photo

    photo = open_photo(file, at_least=_LONGEST_SIDE)
    photo.thumbnail((_LONGEST_SIDE, _LONGEST_SIDE))
    return to_qimage(photo)
