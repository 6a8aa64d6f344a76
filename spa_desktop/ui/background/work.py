"""Work in the background: the one pattern for all of it.

A task is a plain function of a :class:`~spa_desktop.jobs.Job`. It runs on a worker object in a QThread, and what
becomes of it comes back to the thread of the window:

* "write": one thread, one task after the other: whatever changes the project.
* "read": two threads: looking things up, thumbnails.
* "live": one thread: the camera.
* "folders": one thread: folders of photos, which take as long as they take.

Progress is fetched by a timer of the window instead of being sent by the worker. However fast a worker is, it cannot
bury the window in events.
"""

from __future__ import annotations

import contextlib
import logging
from collections import deque
from collections.abc import Callable
from typing import Any, TypedDict, Unpack

import shiboken6
from PySide6.QtCore import QDeadlineTimer, QObject, Qt, QThread, QTimer, Signal, Slot

from spa_desktop.jobs import Job, JobEvent
from spa_desktop.ui.background.workers import (
    Ended,
    LaneName,
    Order,
    State,
    Worker,
    WorkFailure,
    WorkHandle,
    running_threads,
    start_worker,
)
from spa_desktop.ui.later import later
from spa_desktop.ui.plain_text import shown_event

__all__ = ["Background", "Callbacks", "LaneName", "WorkFailure", "WorkHandle", "call", "running_threads"]

_THREADS: dict[LaneName, int] = {"write": 1, "read": 2, "live": 1, "folders": 1}
_POLL_MS = 33
PATIENCE_MS = 5_000  # at the end of the app, for all that is at work then

_log = logging.getLogger(__name__)

_immortal: list[dict[Worker, QThread]] = []


def call(callback: Callable[..., Any] | None, *arguments: Any) -> None:
    """Call a bound method of a QObject, or a partial of one, unless it is None or its object is gone."""
    if callback is not None and shiboken6.isValid(_owner(callback)):
        callback(*arguments)


def _owner(callback: object) -> object:
    return getattr(getattr(callback, "func", callback), "__self__", None)


class Callbacks(TypedDict, total=False):
    """Who is called about a task: bound methods of QObjects, or partials of them.

    They are called in the thread of the window, and not at all when their object is gone by then.

    Attributes:
        done: gets the result.
        failed: gets the failure.
        cancelled: is called once the work ended after :meth:`WorkHandle.cancel`.
        event: gets progress events, at most as many as the window can take.
    """

    done: Callable[[Any], Any] | None
    failed: Callable[[WorkFailure], Any] | None
    cancelled: Callable[[], Any] | None
    event: Callable[[JobEvent], Any] | None


def is_wanted(event: JobEvent) -> bool:
    """Whether an event is delivered even where a newer one follows at once."""
    return event.message is not None or bool(event.values) or bool(event.photo and event.photo.picked)


class Background(QObject):
    """Starts tasks and brings their results back to the thread of the window."""

    changed = Signal(object)  # a WorkHandle began, got on, was cancelled, or ended
    ended = Signal(object)  # a WorkHandle ended, after its callback was called
    unhandled = Signal(object)  # a WorkFailure that there is no callback for

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._waiting: dict[LaneName, deque[Order]] = {lane: deque() for lane in _THREADS}
        self._threads: dict[Worker, QThread] = {}
        self._idle: dict[LaneName, list[Worker]] = {lane: [] for lane in _THREADS}
        self._active: dict[WorkHandle, tuple[Order, Worker | None]] = {}
        self._done: deque[Ended] = deque()
        self._never_begun: deque[WorkHandle] = deque()
        self._is_shut = False
        self._timer = QTimer(self)
        self._timer.setInterval(_POLL_MS)
        self._timer.timeout.connect(self._fetch)

    @property
    def handles(self) -> list[WorkHandle]:
        """The tasks that wait or run, oldest first."""
        return list(self._active)

    @property
    def is_busy(self) -> bool:
        """True while something that the person sees in the status bar waits or runs."""
        return any(not handle.is_quiet for handle in self._active)

    def start(
        self,
        title: str,
        function: Callable[[Job], Any],
        *,
        lane: LaneName = "write",
        is_quiet: bool = False,
        can_stop_early: bool = False,
        **callbacks: Unpack[Callbacks],
    ) -> WorkHandle:
        """Do `function` in the background.

        Args:
            title: what the status bar calls it.
            function: gets the job. It must touch no widget and no QPixmap.
            lane: which threads may do it.
            is_quiet: True keeps it out of the status bar.
            can_stop_early: True if it makes sense to ask it to finish with what it has.
            callbacks: called with what happens; without `failed`, `unhandled` is emitted.

        Raises:
            TypeError: if a callback is something else than a bound method of a QObject.
        """
        for name, callback in callbacks.items():
            if callback is not None and not isinstance(_owner(callback), QObject):
                raise TypeError(f"{name} must be a bound method of a QObject, not {callback!r}")
        handle = WorkHandle(title, lane, is_quiet, can_stop_early)
        if self._is_shut:
            # The app is closing: whoever still asks is about to go.
            handle.state = "cancelled"
            return handle
        handle.changed = self._changed_by_person
        order = Order(handle, function, callbacks)
        self._active[handle] = (order, None)
        self._waiting[lane].append(order)
        self._timer.start()
        self._dispatch(lane)
        self.changed.emit(handle)
        return handle

    def look_up(self, function: Callable[[Job], Any], **callbacks: Unpack[Callbacks]) -> WorkHandle:
        """Do something that changes nothing, and that the status bar does not tell of."""
        return self.start("", function, lane="read", is_quiet=True, **callbacks)

    def shutdown(self) -> bool:
        """Cancel everything and wait some seconds for all threads to end. The log says what was at work in the others.

        Returns:
            False if a thread works still. Qt aborts a process that ends so: end it by `os._exit`.
        """
        self._is_shut = True
        running = [(handle.title, worker) for handle, (_, worker) in self._active.items() if worker is not None]
        self._timer.stop()
        for handle in list(self._active):
            handle.changed = None
            handle.cancel()
        for waiting in self._waiting.values():
            waiting.clear()
        self._active.clear()
        # `quit` is called here, not connected to a signal: a queued quit would wait for the very thread that waits.
        for thread in self._threads.values():
            thread.quit()
        deadline = QDeadlineTimer(PATIENCE_MS)
        left = {worker for worker, thread in self._threads.items() if not thread.wait(deadline)}
        if not left:
            self._threads.clear()
            for idle in self._idle.values():
                idle.clear()
        else:
            # Destroying a thread that runs aborts the process: rather keep it for ever.
            _immortal.append(dict(self._threads))
            titles = ", ".join(title for title, worker in running if worker in left)
            _log.warning("Given up, as it did not end within %g seconds: %s", PATIENCE_MS / 1000, titles)
        return not left

    def _dispatch(self, lane: LaneName) -> None:
        while self._waiting[lane]:
            worker = self._free_worker(lane)
            if worker is None:
                return
            order = self._waiting[lane].popleft()
            order.handle.state = "running"
            self._active[order.handle] = (order, worker)
            worker.give(order)

    def _free_worker(self, lane: LaneName) -> Worker | None:
        if self._idle[lane]:
            return self._idle[lane].pop()
        in_lane = sum(thread.objectName() == lane for thread in self._threads.values())
        if in_lane == _THREADS[lane]:
            return None
        worker, thread = start_worker(lane, self._done)
        worker.ended.connect(self._on_ended, Qt.ConnectionType.QueuedConnection)
        self._threads[worker] = thread
        return worker

    @Slot()
    def _fetch(self) -> None:
        for order, _ in list(self._active.values()):
            self._deliver_events(order)
        if not self._active:
            self._timer.stop()

    def _deliver_events(self, order: Order) -> None:
        handle = order.handle
        events: list[JobEvent] = []
        while handle.events:
            events.append(shown_event(handle.events.popleft()))
        if not events:
            return
        handle.event = events[-1]
        # Of plain steps only the last one says something; messages, figures and picked patches are all wanted.
        wanted = [one for one in events[:-1] if is_wanted(one)] + events[-1:]
        for one in wanted if not handle.is_abandoned else ():
            call(order.callbacks.get("event"), one)
        self.changed.emit(handle)

    @Slot()
    def _on_ended(self) -> None:
        order, state, result = self._done.popleft()
        handle = order.handle
        entry = self._active.pop(handle, None)
        if entry is None:
            return  # it was shut down meanwhile
        _, worker = entry
        assert worker is not None, "somebody did it"
        self._idle[handle.lane].append(worker)
        self._dispatch(handle.lane)
        self._finish(order, state, result)

    def _finish(self, order: Order, state: State, result: Any) -> None:
        # A callback with a fault, such as that of the last events, keeps nobody from hearing of the end.
        with contextlib.ExitStack() as last:
            last.callback(self.ended.emit, order.handle)
            last.callback(self._tell_end, order, state, result)
            self._deliver_events(order)

    def _tell_end(self, order: Order, state: State, result: Any) -> None:
        handle = order.handle
        handle.state, handle.changed = state, None
        self.changed.emit(handle)
        callback = order.callbacks.get(state)
        if handle.is_abandoned:
            return
        if state == "failed" and callback is None:
            self.unhandled.emit(result)
        elif state == "cancelled":
            call(callback)
        else:
            call(callback, result)

    def _changed_by_person(self, handle: WorkHandle) -> None:
        self.changed.emit(handle)
        waiting = self._waiting[handle.lane]
        if handle.is_cancelling and any(order.handle is handle for order in waiting):
            self._waiting[handle.lane] = deque(order for order in waiting if order.handle is not handle)
            self._never_begun.append(handle)
            later(self._drop)

    @Slot()
    def _drop(self) -> None:
        """End the tasks that were cancelled before they began."""
        while self._never_begun:
            handle = self._never_begun.popleft()
            entry = self._active.pop(handle, None)
            if entry is not None:
                self._finish(entry[0], "cancelled", None)
