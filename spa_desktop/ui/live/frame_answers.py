"""Frames to answers: the newest frame wins, and no queue builds up."""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QImage

from spa_desktop.ui.app_state.context import AppContext
from spa_desktop.ui.background.work import WorkFailure
from spa_desktop.ui.photo.image_conversion import to_pillow
from spa_desktop.ui.photo.newest_query import Newest

if TYPE_CHECKING:
    from spa_desktop.workbench import Recognition, Recognizer

_SPAN = 2.0  # seconds over which frames a second are counted


@dataclass(frozen=True)
class _Question:
    frame: QImage
    closely: bool
    age: int


class Looker(QObject):
    """One slot for the newest frame, and one frame at work.

    Attributes:
        looked_at: frames answered so far.
    """

    answered = Signal(QImage, object)  # the frame, and its Recognition
    failed = Signal(object)  # WorkFailure
    dropped = Signal()  # somebody wants the threads free: the project is being left

    def __init__(self, context: AppContext, parent: QObject | None = None) -> None:
        super().__init__(parent)
        # One view of a frame: the next one comes soon.
        self._newest = Newest(context, _look, lane="live", views=1, parent=self)
        self._times: deque[float] = deque()
        self.looked_at = 0
        self._age = 0
        self._newest.answered.connect(self._on_answered)
        self._newest.failed.connect(self._on_failed)
        self._newest.dropped.connect(self._on_dropped)

    @property
    def is_ready(self) -> bool:
        """False while the model has to be loaded first."""
        return self._newest.is_ready

    @property
    def is_busy(self) -> bool:
        return self._newest.is_busy

    @property
    def missed(self) -> int:
        """Frames that a newer one took the place of."""
        return self._newest.missed

    def offer(self, frame: QImage, *, closely: bool) -> None:
        """Look at a frame as soon as the one before is done, unless a newer one comes meanwhile.

        Args:
            frame: the picture.
            closely: also find which places of it spoke for the class, which takes longer.
        """
        self._newest.ask(_Question(frame, closely, self._age))

    def rest(self) -> None:
        """Forget the frame that waits, and the speed."""
        self._newest.rest()
        self._times.clear()

    def leave(self) -> None:
        """Forget the frames that were offered, also the one that is looked at just now."""
        self._age += 1
        self.rest()

    def forget(self) -> None:
        """What was learned is another now, or the project is."""
        self._newest.forget()
        self._times.clear()

    def frames_a_second(self) -> float:
        """How many frames were answered a second, of late; 0 while that is not known."""
        now = time.monotonic()
        while self._times and now - self._times[0] > _SPAN:
            self._times.popleft()
        if len(self._times) < 2:
            return 0.0
        return (len(self._times) - 1) / max(self._times[-1] - self._times[0], 1e-6)

    def _on_answered(self, question: _Question, found: Recognition) -> None:
        self.looked_at += 1
        if question.age != self._age:
            return
        self._times.append(time.monotonic())
        self.answered.emit(question.frame, found)

    def _on_failed(self, question: _Question, failure: WorkFailure) -> None:
        self.rest()  # one word on it is enough
        self.failed.emit(failure)

    def _on_dropped(self) -> None:
        self._times.clear()
        self.dropped.emit()


def _look(recognizer: Recognizer, question: _Question) -> Recognition:
    """For worker threads."""
    return recognizer.recognize(recognizer.see(to_pillow(question.frame), closely=question.closely))
