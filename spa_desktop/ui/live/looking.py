"""Frames to answers: the newest frame wins, and no queue builds up."""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QImage

from spa_desktop.jobs import Job
from spa_desktop.ui.context import AppContext
from spa_desktop.ui.explain.asking import to_pillow
from spa_desktop.ui.work import WorkFailure, WorkHandle

if TYPE_CHECKING:
    from spa_desktop.workbench import Recognition, Recognizer, Workbench

_SPAN = 2.0  # seconds over which frames a second are counted


@dataclass(frozen=True)
class _Looked:
    recognizer: Recognizer
    found: Recognition


class Looker(QObject):
    """One slot for the newest frame, and one frame at work.

    Attributes:
        looked_at: frames answered so far.
        missed: frames that a newer one took the place of.
    """

    answered = Signal(QImage, object)  # the frame, and its Recognition
    failed = Signal(object)  # WorkFailure
    dropped = Signal()  # somebody wants the threads free: the project is being left

    def __init__(self, context: AppContext, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._recognizer: Recognizer | None = None
        self._slot: QImage | None = None
        self._at_work: QImage | None = None
        self._handle: WorkHandle | None = None
        self._age = self._age_at_work = 0
        self._times: deque[float] = deque()
        self.looked_at = self.missed = 0

    @property
    def is_ready(self) -> bool:
        """False while the model has to be loaded first."""
        return self._recognizer is not None

    @property
    def is_busy(self) -> bool:
        return self._handle is not None

    def offer(self, frame: QImage) -> None:
        """Look at a frame as soon as the one before is done, unless a newer one comes meanwhile."""
        self.missed += self._slot is not None
        self._slot = frame
        if self._handle is None:
            self._start()

    def rest(self) -> None:
        """Forget the frame that waits, and the speed."""
        self._slot = None
        self._times.clear()

    def forget(self) -> None:
        """What was learned is another now, or the project is."""
        self._age += 1
        self._recognizer = None
        self.rest()

    def frames_a_second(self) -> float:
        """How many frames were answered a second, of late; 0 while that is not known."""
        now = time.monotonic()
        while self._times and now - self._times[0] > _SPAN:
            self._times.popleft()
        if len(self._times) < 2:
            return 0.0
        return (len(self._times) - 1) / max(self._times[-1] - self._times[0], 1e-6)

    def _start(self) -> None:
        frame, self._slot = self._slot, None
        contents = self._context.contents
        if frame is None or contents is None or contents.learner is None:
            return
        recognizer, self._at_work, self._age_at_work = self._recognizer, frame, self._age

        def work(bench: Workbench, job: Job) -> _Looked:
            ready = recognizer or bench.recognizer(job, views=1)
            return _Looked(ready, ready.recognize(to_pillow(frame)))

        self._handle = self._context.read(
            work,
            title=self.tr("Loading what was learned"),
            done=self._on_done,
            failed=self._on_failed,
            cancelled=self._on_cancelled,
            lane="live",
            is_quiet=recognizer is not None,
        )

    def _on_done(self, looked: _Looked) -> None:
        handle, self._handle = self._handle, None
        if handle is not None and handle.is_cancelling:
            self._on_cancelled()
            return
        if self._age_at_work == self._age and self._at_work is not None:
            self._recognizer = looked.recognizer
            self.looked_at += 1
            self._times.append(time.monotonic())
            self.answered.emit(self._at_work, looked.found)
        if self._handle is None:
            self._start()

    def _on_failed(self, failure: WorkFailure) -> None:
        self._handle = None
        if self._age_at_work == self._age:
            self.rest()
            self.failed.emit(failure)

    def _on_cancelled(self) -> None:
        self._handle = None
        self.rest()
        self.dropped.emit()
