"""Recognising folders in the background: answers come in groups, a few times a second."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from spa_desktop.jobs import JobEvent, Stage
from spa_desktop.ui.app_state.context import AppContext
from spa_desktop.ui.background.stage_words import stage_words
from spa_desktop.ui.background.work import WorkFailure, WorkHandle

if TYPE_CHECKING:
    from spa_desktop.workbench import FolderAnswers, PhotoAnswer

_GROUP_MS = 250
_MOST_AT_ONCE = 2000  # answers that are handed on at a time, so that a resumed run does not hold the window up


@dataclass(frozen=True)
class RunProgress:
    """How far a run is.

    Attributes:
        stage: in words; empty while photos are recognised.
        done: photos with an answer, those of an earlier run included.
        total: photos; None as long as nobody knows.
        rate: photos a second; None at first.
        seconds_left: likewise.
    """

    stage: str
    done: int
    total: int | None
    rate: float | None
    seconds_left: float | None


class FolderWork(QObject):
    """One run at a time.

    Attributes:
        sources: of the run that is on, or was the last.
        is_running: True while it is on.
    """

    came = Signal(object)  # list[PhotoAnswer]
    progressed = Signal(object)  # RunProgress
    finished = Signal(object)  # FolderAnswers
    stopped = Signal()  # the person cancelled it; it can be gone on with
    failed = Signal(object)  # WorkFailure

    def __init__(self, context: AppContext, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self.sources: tuple[Path, ...] = ()
        self._handle: WorkHandle | None = None
        self._answers: deque[Sequence[PhotoAnswer]] = deque()
        self._ending: tuple[str, object] | None = None
        self._sizes: deque[tuple[int, int]] = deque()  # photos in all, and with answers of an earlier run
        self._done = 0
        self._began: float | None = None
        self._newest = 0.0  # when the newest answers came
        self._timer = QTimer(self)
        self._timer.setInterval(_GROUP_MS)
        self._timer.timeout.connect(self._drain)

    @property
    def is_running(self) -> bool:
        return self._handle is not None

    def start(self, sources: Sequence[Path], *, resume: bool) -> None:
        """Begin a run, in place of the one that is on."""
        self.forget()
        self.sources = tuple(sources)
        answers, sizes, chosen = self._answers, self._sizes, self.sources
        self._handle = self._context.read(
            lambda bench, job: bench.classify_folders(
                chosen, job, resume=resume, on_answers=answers.append, on_found=lambda *size: sizes.append(size)
            ),
            title=self.tr("Recognising photos"),
            done=self._on_done,
            failed=self._on_failed,
            cancelled=self._on_cancelled,
            event=self._on_event,
            lane="folders",
            is_quiet=False,
        )
        self._timer.start()

    def cancel(self) -> None:
        """Stop; `stopped` follows."""
        if self._handle is not None:
            self._handle.cancel()

    def forget(self) -> None:
        """Stop, and tell nobody of what it did."""
        self._timer.stop()
        handle, self._handle = self._handle, None
        self._answers, self._sizes = deque(), deque()
        self._ending, self._began = None, None
        self._done = 0
        if handle is not None:
            handle.abandon()

    @Slot(object)
    def _on_event(self, event: JobEvent) -> None:
        if event.message is not None:
            return
        if event.stage != Stage.RECOGNISE:
            self.progressed.emit(RunProgress(stage_words(event.stage), event.done, event.total, None, None))
            return
        if self._began is None:
            self._began = time.monotonic()

    @Slot()
    def _drain(self) -> None:
        """Hand on what came since the last time."""
        group: list[PhotoAnswer] = []
        while self._answers and len(group) < _MOST_AT_ONCE:
            group += self._answers.popleft()
        if group:
            self._done += len(group)
            self._newest = time.monotonic()
            self.came.emit(group)
        if self._began is not None and self._sizes and self._ending is None:
            self.progressed.emit(self._progress())
        if self._ending is not None and not self._answers:
            self._end()

    def _progress(self) -> RunProgress:
        total, resumed = self._sizes[-1]
        new = max(self._done - resumed, 0)
        elapsed = self._newest - (self._began or 0.0)
        rate = new / elapsed if new > 0 and elapsed > 1 else None
        left = (total - self._done) / rate if rate else None
        return RunProgress("", self._done, total, rate, left)

    def _end(self) -> None:
        assert self._ending is not None, "the run has ended"
        how, result = self._ending
        self._timer.stop()
        self._handle, self._ending = None, None
        if how == "done":
            self.finished.emit(result)
        elif how == "failed":
            self.failed.emit(result)
        else:
            self.stopped.emit()

    @Slot(object)
    def _on_done(self, found: FolderAnswers) -> None:
        self._over("done", found)

    @Slot(object)
    def _on_failed(self, failure: WorkFailure) -> None:
        self._over("failed", failure)

    @Slot()
    def _on_cancelled(self) -> None:
        self._over("cancelled", None)

    def _over(self, how: str, result: object) -> None:
        self._ending = (how, result)
        self._drain()
