"""A task that was started, as whoever started it sees it."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from spa_desktop.jobs import Job, JobEvent
from spa_desktop.visible import visible

LaneName = Literal["write", "read", "live", "folders"]
State = Literal["waiting", "running", "done", "failed", "cancelled"]

_MOST_EVENTS = 512  # of one task between two looks of the window; of more, the oldest are dropped


@dataclass(frozen=True)
class WorkFailure:
    """Why a task failed.

    Attributes:
        message: one line for the person.
        details: the traceback, to copy.
        exit_code: 2 where the input was wrong, else 1.
        is_expected: True for errors that say what to do; False for a fault of the app.
        kind: name of the exception's class.
    """

    message: str
    details: str
    exit_code: int
    is_expected: bool
    kind: str = ""


class WorkHandle:
    """A task that was started. Belongs to the window's thread.

    Attributes:
        title: what the status bar calls it.
        is_quiet: True keeps it out of the status bar.
        can_stop_early: True if the work can be asked to finish with what it has.
        state: where it stands.
        event: the last progress event.
        is_cancelling: True once it was cancelled, while it still runs.
        is_abandoned: True once nobody wants to hear of it any more: no callback is called.
        is_stopping: True once it was asked to stop early, while it still runs.
        job: what the worker gets.
        events: those of the job that nobody was told of yet.
        changed: is told when the person cancels, or stops it early.
    """

    def __init__(self, number: int, title: str, lane: LaneName, is_quiet: bool, can_stop_early: bool) -> None:
        self.number, self.title, self.lane = number, visible(title), lane
        self.is_quiet, self.can_stop_early = is_quiet, can_stop_early
        self.state: State = "waiting"
        self.event: JobEvent | None = None
        self.is_cancelling = self.is_stopping = self.is_abandoned = False
        self.events: deque[JobEvent] = deque(maxlen=_MOST_EVENTS)
        self.job = Job(self.events.append)
        self.changed: Callable[[WorkHandle], None] | None = None

    @property
    def is_over(self) -> bool:
        return self.state in ("done", "failed", "cancelled")

    def cancel(self) -> None:
        """Ask the work to leave no trace and end. Answers at once; the end is told by the `cancelled` callback."""
        if not self.is_over and not self.is_cancelling:
            self.is_cancelling = True
            self.job.cancel()
            self._tell()

    def abandon(self) -> None:
        """Cancel, and call no callback at the end, not even if the work is done by then: a newer question was asked."""
        self.is_abandoned = True
        self.cancel()

    def stop_early(self) -> None:
        """Ask the work to finish with what it has."""
        if not self.is_over and not self.is_stopping:
            self.is_stopping = True
            self.job.stop_early()
            self._tell()

    def _tell(self) -> None:
        if self.changed is not None:
            self.changed(self)
