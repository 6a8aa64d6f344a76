"""Work in the background: the one pattern for all of it.

A task is a plain function of a :class:`~spa_desktop.jobs.Job`. It runs on a worker object in a QThread, and what
becomes of it comes back to the thread of the window:

* "write": one thread, one task after the other: whatever changes the project.
* "read": two threads: looking things up, thumbnails.
* "live": one thread: the camera.

Progress is fetched by a timer of the window instead of being sent by the worker. However fast a worker is, it cannot
bury the window in events.
"""

from __future__ import annotations

import itertools
import logging
import traceback
import weakref
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import shiboken6
from PySide6.QtCore import QObject, Qt, QThread, QTimer, Signal, Slot

from spa_desktop.errors import SpaError
from spa_desktop.jobs import Cancelled, Job, JobEvent

LaneName = Literal["write", "read", "live"]
State = Literal["waiting", "running", "done", "failed", "cancelled"]

_THREADS: dict[LaneName, int] = {"write": 1, "read": 2, "live": 1}
_POLL_MS = 33
_MOST_EVENTS = 512  # of one task between two looks of the window; of more, the oldest are dropped

_log = logging.getLogger(__name__)
_threads: weakref.WeakSet[QThread] = weakref.WeakSet()


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
        is_stopping: True once it was asked to stop early, while it still runs.
    """

    def __init__(self, number: int, title: str, lane: LaneName, is_quiet: bool, can_stop_early: bool) -> None:
        self.number, self.title, self.lane = number, title, lane
        self.is_quiet, self.can_stop_early = is_quiet, can_stop_early
        self.state: State = "waiting"
        self.event: JobEvent | None = None
        self.is_cancelling = self.is_stopping = False
        self._events: deque[JobEvent] = deque(maxlen=_MOST_EVENTS)
        self._job = Job(self._events.append)
        self._changed: Callable[[WorkHandle], None] | None = None

    @property
    def is_over(self) -> bool:
        return self.state in ("done", "failed", "cancelled")

    def cancel(self) -> None:
        """Ask the work to leave no trace and end. Answers at once; the end is told by the `cancelled` callback."""
        if not self.is_over and not self.is_cancelling:
            self.is_cancelling = True
            self._job.cancel()
            self._tell()

    def stop_early(self) -> None:
        """Ask the work to finish with what it has."""
        if not self.is_over and not self.is_stopping:
            self.is_stopping = True
            self._job.stop_early()
            self._tell()

    def _tell(self) -> None:
        if self._changed is not None:
            self._changed(self)


@dataclass(frozen=True)
class _Order:
    handle: WorkHandle
    function: Callable[[Job], Any]
    callbacks: dict[str, Callable[..., Any] | None]


class _Worker(QObject):
    """Lives in a QThread and does one order at a time."""

    ended = Signal(object, str, object)  # handle, state, result or WorkFailure or None
    order = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.order.connect(self._work, Qt.ConnectionType.QueuedConnection)

    @Slot(object)
    def _work(self, order: _Order) -> None:
        state, result = run(order.function, order.handle._job)
        self.ended.emit(order.handle, state, result)


def run(function: Callable[[Job], Any], job: Job) -> tuple[State, Any]:
    """Call `function`, and turn what it raises into a state and a :class:`WorkFailure`."""
    try:
        job.check()
        return "done", function(job)
    except Cancelled:
        return "cancelled", None
    except SpaError as error:
        _log.info("%s", error)
        return "failed", WorkFailure(str(error), traceback.format_exc(), error.exit_code, True, type(error).__name__)
    except BaseException as error:  # noqa: BLE001 - a worker that dies without a word would leave the window waiting
        _log.exception("Unexpected error in background work")
        text = f"{type(error).__name__}: {error}".strip().rstrip(":")
        return "failed", WorkFailure(text.splitlines()[0], traceback.format_exc(), 1, False, type(error).__name__)


class Background(QObject):
    """Starts tasks and brings their results back to the thread of the window."""

    changed = Signal(object)  # a WorkHandle began, got on, was cancelled, or ended
    ended = Signal(object)  # a WorkHandle ended, after its callback was called
    unhandled = Signal(object, object)  # a WorkHandle and the WorkFailure that it has no callback for

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._numbers = itertools.count(1)
        self._waiting: dict[LaneName, deque[_Order]] = {lane: deque() for lane in _THREADS}
        self._threads: dict[_Worker, QThread] = {}
        self._idle: dict[LaneName, list[_Worker]] = {lane: [] for lane in _THREADS}
        self._active: dict[WorkHandle, tuple[_Order, _Worker | None]] = {}
        self._is_shut = False
        self._timer = QTimer(self)
        self._timer.setInterval(_POLL_MS)
        self._timer.timeout.connect(self._fetch)

    @property
    def handles(self) -> list[WorkHandle]:
        """The tasks that wait or run, oldest first."""
        return sorted(self._active, key=lambda handle: handle.number)

    @property
    def is_busy(self) -> bool:
        """True while something that the person sees in the status bar waits or runs."""
        return any(not handle.is_quiet for handle in self._active)

    def start(
        self,
        title: str,
        function: Callable[[Job], Any],
        *,
        done: Callable[[Any], Any] | None = None,
        failed: Callable[[WorkFailure], Any] | None = None,
        cancelled: Callable[[], Any] | None = None,
        event: Callable[[JobEvent], Any] | None = None,
        lane: LaneName = "write",
        is_quiet: bool = False,
        can_stop_early: bool = False,
    ) -> WorkHandle:
        """Do `function` in the background.

        Args:
            title: what the status bar calls it.
            function: gets the job. It must touch no widget and no QPixmap.
            done: gets the result. This and the other callbacks must be bound methods of QObjects: they are called in
                the thread of the window, and not at all when their object is gone by then.
            failed: gets the failure; without it, `unhandled` is emitted.
            cancelled: is called once the work ended after :meth:`WorkHandle.cancel`.
            event: gets progress events, at most as many as the window can take.
            lane: which threads may do it.
            is_quiet: True keeps it out of the status bar.
            can_stop_early: True if it makes sense to ask it to finish with what it has.

        Raises:
            TypeError: if a callback is something else than a bound method of a QObject.
        """
        callbacks = {"done": done, "failed": failed, "cancelled": cancelled, "event": event}
        for name, callback in callbacks.items():
            if callback is not None and not isinstance(getattr(callback, "__self__", None), QObject):
                raise TypeError(f"{name} must be a bound method of a QObject, not {callback!r}")
        handle = WorkHandle(next(self._numbers), title, lane, is_quiet, can_stop_early)
        if self._is_shut:
            # The app is closing: whoever still asks is about to go.
            handle.state = "cancelled"
            return handle
        handle._changed = self._changed_by_person
        order = _Order(handle, function, callbacks)
        self._active[handle] = (order, None)
        self._waiting[lane].append(order)
        self._timer.start()
        self._dispatch(lane)
        self.changed.emit(handle)
        return handle

    def shutdown(self, wait_ms: int = 30_000) -> bool:
        """Cancel everything and wait for the threads to end. Gives False if one did not in time."""
        self._is_shut = True
        self._timer.stop()
        for handle in list(self._active):
            handle._changed = None
            handle.cancel()
        for waiting in self._waiting.values():
            waiting.clear()
        self._active.clear()
        # `quit` is called here, not connected to a signal: a queued quit would wait for the very thread that waits.
        for thread in self._threads.values():
            thread.quit()
        waited = [thread.wait(wait_ms) for thread in self._threads.values()]
        is_over = all(waited)
        if is_over:
            self._threads.clear()
            for idle in self._idle.values():
                idle.clear()
        else:
            # Destroying a thread that runs aborts the process: rather keep it for ever.
            _immortal.append(dict(self._threads))
        return is_over

    def _dispatch(self, lane: LaneName) -> None:
        while self._waiting[lane]:
            worker = self._free_worker(lane)
            if worker is None:
                return
            order = self._waiting[lane].popleft()
            order.handle.state = "running"
            self._active[order.handle] = (order, worker)
            worker.order.emit(order)

    def _free_worker(self, lane: LaneName) -> _Worker | None:
        if self._idle[lane]:
            return self._idle[lane].pop()
        in_lane = sum(thread.objectName() == lane for thread in self._threads.values())
        if in_lane == _THREADS[lane]:
            return None
        thread, worker = QThread(), _Worker()
        thread.setObjectName(lane)
        worker.moveToThread(thread)
        worker.ended.connect(self._on_ended, Qt.ConnectionType.QueuedConnection)
        thread.finished.connect(worker.deleteLater)
        self._threads[worker] = thread
        _threads.add(thread)
        thread.start(QThread.Priority.LowPriority)
        return worker

    @Slot()
    def _fetch(self) -> None:
        for handle, (order, _) in list(self._active.items()):
            self._deliver_events(handle, order)
        if not self._active:
            self._timer.stop()

    def _deliver_events(self, handle: WorkHandle, order: _Order) -> None:
        events: list[JobEvent] = []
        while handle._events:
            events.append(handle._events.popleft())
        if not events:
            return
        handle.event = events[-1]
        # Of plain steps only the last one says something; messages and figures are all wanted.
        wanted = [one for one in events[:-1] if one.message is not None or one.values] + events[-1:]
        for one in wanted:
            self._call(order.callbacks["event"], one)
        self.changed.emit(handle)

    @Slot(object, str, object)
    def _on_ended(self, handle: WorkHandle, state: State, result: Any) -> None:
        entry = self._active.pop(handle, None)
        if entry is None:
            return
        order, worker = entry
        if worker is not None:
            self._idle[handle.lane].append(worker)
            self._dispatch(handle.lane)
        self._finish(handle, order, state, result)

    def _finish(self, handle: WorkHandle, order: _Order, state: State, result: Any) -> None:
        self._deliver_events(handle, order)
        handle.state, handle._changed = state, None
        self.changed.emit(handle)
        callback = order.callbacks[state]
        try:
            if state == "failed" and callback is None:
                self.unhandled.emit(handle, result)
            elif state == "cancelled":
                self._call(callback)
            else:
                self._call(callback, result)
        finally:
            self.ended.emit(handle)

    def _changed_by_person(self, handle: WorkHandle) -> None:
        self.changed.emit(handle)
        waiting = self._waiting[handle.lane]
        if handle.is_cancelling and any(order.handle is handle for order in waiting):
            self._waiting[handle.lane] = deque(order for order in waiting if order.handle is not handle)
            QTimer.singleShot(0, self, lambda: self._on_ended(handle, "cancelled", None))

    @staticmethod
    def _call(callback: Callable[..., Any] | None, *arguments: Any) -> None:
        if callback is not None and shiboken6.isValid(getattr(callback, "__self__", None)):
            callback(*arguments)


_immortal: list[dict[_Worker, QThread]] = []


def running_threads() -> list[QThread]:
    """The worker threads that run now. For tests."""
    return [thread for thread in list(_threads) if shiboken6.isValid(thread) and thread.isRunning()]
