"""Work in the background: the one pattern for all of it.

A task is a plain function of a :class:`~spa_desktop.jobs.Job`. It runs in a thread of its lane, and what becomes of it
comes back to the thread of the window:

* "write": one thread, one task after the other: whatever changes the project.
* "read": two threads: looking things up, thumbnails.
* "live": one thread: the camera.
* "folders": one thread: folders of photos, which take as long as they take.

Progress is fetched by a timer of the window instead of being sent by the worker. However fast a worker is, it cannot
bury the window in events.
"""

from __future__ import annotations

import contextlib
import ctypes
import logging
import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import Any, Literal, TypedDict, Unpack

import shiboken6
from PySide6.QtCore import QCoreApplication, QObject, Qt, Signal, Slot

from spa_desktop.errors import SpaError
from spa_desktop.jobs import Cancelled, Job, JobEvent, Stage
from spa_desktop.ui.plain_text import error_text, shown_event, traceback_text
from spa_desktop.ui.widgets.labels import timer
from spa_desktop.visible import visible


def later(slot: Callable[[], Any]) -> None:
    """Run a slot once what goes on now is over; not at all if its object is gone by then.

    ``QTimer.singleShot`` with a receiver holds the slot for good where the receiver dies first, and with it all that
    the receiver knows (PySide 6.8 to 6.10). The slot is a method of a QObject that lives in this thread.
    """
    receiver = slot.__self__  # type: ignore[attr-defined]
    assert isinstance(receiver, QObject)
    due = timer(receiver, 0, slot)
    due.timeout.connect(due.deleteLater)
    due.start()


# A task that was started, as whoever started it sees it.

LaneName = Literal["write", "read", "live", "folders"]
State = Literal["waiting", "running", "done", "failed", "cancelled"]

_MOST_EVENTS = 512  # of one task between two looks of the window; of more, the oldest are dropped


@dataclass(frozen=True)
class WorkFailure:
    """Why a task failed."""

    message: str  # one line for the user
    details: str  # the traceback, to copy
    is_expected: bool  # by errors that say what to do; else it is a fault of the app
    kind: str = ""  # name of the exception's class


class WorkHandle:
    """A task that was started. Belongs to the window's thread."""

    def __init__(self, title: str, lane: LaneName, is_quiet: bool, can_stop_early: bool) -> None:
        self.title, self.lane = visible(title), lane
        self.is_quiet, self.can_stop_early = is_quiet, can_stop_early  # see `Background.start`
        self.began = time.monotonic()
        self.state: State = "waiting"
        self.event: JobEvent | None = None  # the last one
        self.is_cancelling = self.is_stopping = False  # it was asked to, and still runs
        self.is_abandoned = False  # nobody wants to hear of it any more: no callback is called
        self.events: deque[JobEvent] = deque(maxlen=_MOST_EVENTS)  # that were not delivered yet
        self.job = Job(self.events.append)
        self.future: Future[None] = Future()  # of the thread that does it
        self.changed: Callable[[WorkHandle], None] | None = None  # called when the user cancels, or stops it early
        # How far all of it is, 0 to 1, and the seconds left, None if nobody knows: by who knows more than its stage
        # does. None: the stage's own count and time are shown.
        self.overall: tuple[float, float | None] | None = None

    @property
    def is_over(self) -> bool:
        return self.state in ("done", "failed", "cancelled")

    def cancel(self) -> None:
        """Ask the work to leave no trace and end. Answers at once; the `cancelled` callback is called at the end."""
        if not self.is_over and not self.is_cancelling:
            self.is_cancelling = True
            self.job.cancel()
            self._tell()

    def abandon(self) -> None:
        """Cancel, and call no callback at the end, not even if the work is done by then: a newer question was asked."""
        self.is_abandoned = True
        self.cancel()

    def stop_early(self) -> None:
        if not self.is_over and not self.is_stopping:
            self.is_stopping = True
            self.job.stop_early()
            self._tell()

    def _tell(self) -> None:
        if self.changed is not None:
            self.changed(self)


def stage_words(stage: Stage | str) -> str:
    """A stage in the window's language; what is no stage of the engine has been put into words already."""
    return QCoreApplication.translate("stages", stage)


_log = logging.getLogger(__name__)
_here = threading.local()

_KEPT_SECONDS = 10  # for the next of many tasks; what is held then goes once nothing was at work for the other
_QUIET_SECONDS = 2
_given_back = _ended = 0.0  # when memory was given back, and when what needed it ended or was let go of


def give_memory_back() -> None:
    """Have glibc return what tasks needed to the system; of itself it keeps hundreds of megabytes. Takes 5 to 30 ms."""
    global _given_back
    _given_back = time.monotonic()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None) if sys.platform == "linux" else None
    if trim is not None:
        trim(0)


def owe_memory() -> None:
    """Something ended, or was let go of: its memory is to be given back once nothing follows it."""
    global _ended
    _ended = time.monotonic()


def is_memory_owed() -> bool:
    """Whether memory was left behind, a while ago."""
    return _ended > _given_back and time.monotonic() > _ended + _QUIET_SECONDS


def run(function: Callable[[Job], Any], job: Job) -> tuple[State, Any]:
    """Call `function`, and turn what it raises into a state and a :class:`WorkFailure`."""
    _here.job = job
    try:
        job.check()
        return "done", function(job)
    except Cancelled:
        return "cancelled", None
    except SpaError as error:
        _log.info("%s", error)
        text = error_text(error)
        return "failed", WorkFailure(text, traceback_text(error), True, type(error).__name__)
    except BaseException as error:  # noqa: BLE001 - a worker that dies without a word would leave the window waiting
        _log.exception("Unexpected error in background work")
        text = visible(f"{type(error).__name__}: {error}".strip().rstrip(":").splitlines()[0])
        return "failed", WorkFailure(text, traceback_text(error), False, type(error).__name__)
    finally:
        _here.job = None


def current_job() -> Job | None:
    """The job that the calling thread works on, None in the thread of the window and where nothing is at work."""
    job: Job | None = getattr(_here, "job", None)
    return job


class OneWork(QObject):
    """Work of a kind, of which one at a time goes on: `handle` is of that, None while nothing does."""

    changed = Signal()  # it began, got on, is cancelled, or ended

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.handle: WorkHandle | None = None

    @property
    def is_busy(self) -> bool:
        return self.handle is not None

    def forget(self) -> None:
        """It is over, or of a project that is closed: what belonged to it is of no use."""
        self.handle = None

    def end(self) -> None:
        """It is over, however it ended."""
        self.forget()
        self.changed.emit()

    @Slot()
    def cancel(self) -> None:
        if self.handle is not None:
            self.handle.cancel()
            self.changed.emit()


# The lanes, and what is called in the window's thread.

_THREADS: dict[LaneName, int] = {"write": 1, "read": 2, "live": 1, "folders": 1}
_POLL_MS = 33
PATIENCE_MS = 5_000  # at the end of the app, for all that is at work then


def call(callback: Callable[..., Any] | None, *arguments: Any) -> None:
    """Call a bound method of a QObject, or a partial of one, unless it is None or its object is gone."""
    if callback is not None and shiboken6.isValid(_owner(callback)):
        callback(*arguments)


def _owner(callback: object) -> object:
    return getattr(getattr(callback, "func", callback), "__self__", None)


class Callbacks(TypedDict, total=False):
    """Who is called about a task: bound methods of QObjects, or partials of them.

    They are called in the thread of the window, and not at all when their object is gone by then.
    """

    done: Callable[[Any], Any] | None  # gets the result
    failed: Callable[[WorkFailure], Any] | None
    cancelled: Callable[[], Any] | None  # the work ended after :meth:`WorkHandle.cancel`
    over: Callable[[], Any] | None  # the work ended, however it did: before the one for that end
    event: Callable[[JobEvent], Any] | None  # progress, at most as much as the window can take


class Background(QObject):
    """Starts tasks and brings their results back to the thread of the window.

    What holds a widget must not end in another thread. So a worker gets the handle of a task alone, which holds none:
    function, callbacks and result are in the lists of this object, and are let go by the window's thread.
    """

    changed = Signal(object)  # a WorkHandle began, got on, was cancelled, or ended
    ended = Signal(object)  # a WorkHandle ended, after its callback was called
    unhandled = Signal(object)  # a WorkFailure that there is no callback for
    _worked = Signal()  # something is in `_done`

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._pools = {lane: ThreadPoolExecutor(number, lane) for lane, number in _THREADS.items()}
        self._tasks: dict[WorkHandle, tuple[Callable[[Job], Any], Callbacks]] = {}  # that wait or run, oldest first
        # What is over: the result is a WorkFailure of a failed one, None of a cancelled one.
        self._done: deque[tuple[WorkHandle, State, Any]] = deque()
        self._is_shut = False
        self._timer = timer(self, _POLL_MS, self._fetch, is_single=False)
        self._worked.connect(self._on_worked, Qt.ConnectionType.QueuedConnection)

    @property
    def handles(self) -> list[WorkHandle]:
        """The tasks that wait or run, oldest first."""
        return list(self._tasks)

    @property
    def is_busy(self) -> bool:
        """True while something that the user sees in the status bar waits or runs."""
        return any(not handle.is_quiet for handle in self._tasks)

    def start(
        self,
        title: str,
        function: Callable[[Job], Any],
        *,
        lane: LaneName = "write",
        is_quiet: bool = False,
        can_stop_early: bool = False,
        instead_of: WorkHandle | None = None,
        **callbacks: Unpack[Callbacks],
    ) -> WorkHandle:
        """Do something in the background, in the threads of a lane, under the title that the status bar calls it.

        The function gets the job, and must touch no widget and no QPixmap. What `is_quiet` is kept out of the status
        bar; what `can_stop_early` may be asked to finish with what it has. An earlier one that it is `instead_of` is
        abandoned: where several threads work, its answer could come last. Without `failed`, `unhandled` is emitted.
        """
        for name, callback in callbacks.items():
            if callback is not None and not isinstance(_owner(callback), QObject):
                raise TypeError(f"{name} must be a bound method of a QObject, not {callback!r}")
        if instead_of is not None:
            instead_of.abandon()
        handle = WorkHandle(title, lane, is_quiet, can_stop_early)
        if self._is_shut:
            # The app is closing: whoever still asks is about to go.
            handle.state = "cancelled"
            return handle
        handle.changed = self._changed_by_person
        self._tasks[handle] = function, callbacks
        handle.future = self._pools[lane].submit(self._work, handle)
        self._begin(lane)
        self._timer.start()
        self.changed.emit(handle)
        return handle

    def look_up(
        self, function: Callable[[Job], Any], instead_of: WorkHandle | None = None, **callbacks: Unpack[Callbacks]
    ) -> WorkHandle:
        """Do something that changes nothing, and that the status bar does not tell of."""
        return self.start("", function, lane="read", is_quiet=True, instead_of=instead_of, **callbacks)

    def shutdown(self) -> bool:
        """Cancel everything and wait some seconds for all threads to end. The log says what was at work in the others.

        Gives False if a thread works still. Python waits for it at the end of the process: end it by `os._exit`.
        """
        self._is_shut = True
        self._timer.stop()
        running = {handle.future: handle.title for handle in self._tasks if not handle.future.cancel()}
        for handle in self._tasks:
            handle.changed = None
            handle.cancel()
        left = wait(running, PATIENCE_MS / 1000).not_done
        if left:
            titles = ", ".join(title for future, title in running.items() if future in left)
            _log.warning("Given up, as it did not end within %g seconds: %s", PATIENCE_MS / 1000, titles)
        self._tasks.clear()
        for pool in self._pools.values():
            pool.shutdown(wait=not left)
        return not left

    def _begin(self, lane: LaneName) -> None:
        """Note what is at work: the pool of a lane takes the oldest first."""
        for handle in [task for task in self._tasks if task.lane == lane][: _THREADS[lane]]:
            handle.state = "running"

    def _work(self, handle: WorkHandle) -> None:
        """Do a task, in its thread. No name here may hold more of it than the handle, not even for a moment."""
        self._done.append((handle, *run(self._tasks[handle][0], handle.job)))
        self._worked.emit()
        owe_memory()
        if _ended > _given_back + _KEPT_SECONDS:
            give_memory_back()

    @Slot()
    def _fetch(self) -> None:
        for handle, (_, callbacks) in list(self._tasks.items()):
            if handle.state == "running":  # else the end of the one before it was not told yet
                self._deliver_events(handle, callbacks)
        if not self._tasks:
            self._timer.stop()

    def _deliver_events(self, handle: WorkHandle, callbacks: Callbacks) -> None:
        events: list[JobEvent] = []
        while handle.events:
            events.append(shown_event(handle.events.popleft()))
        if not events:
            return
        handle.event = events[-1]
        # Of plain steps only the last one says something, and the last photo; messages, figures and picked patches are
        # all wanted.
        last = [events[-1], *[event for event in events if event.photo is not None][-1:]]
        for one in events if not handle.is_abandoned else ():
            is_said = one.message is not None or one.values or (one.photo and one.photo.picked)
            if is_said or any(one is other for other in last):
                call(callbacks.get("event"), one)
        self.changed.emit(handle)

    @Slot()
    def _on_worked(self) -> None:
        handle, state, result = self._done.popleft()
        if not self._is_shut:
            self._finish(handle, state, result)

    def _finish(self, handle: WorkHandle, state: State, result: Any) -> None:
        _, callbacks = self._tasks.pop(handle)
        self._begin(handle.lane)
        # A callback with a fault, such as that of the last events, keeps nobody from hearing of the end.
        with contextlib.ExitStack() as last:
            last.callback(self.ended.emit, handle)
            last.callback(self._tell_end, handle, callbacks, state, result)
            self._deliver_events(handle, callbacks)

    def _tell_end(self, handle: WorkHandle, callbacks: Callbacks, state: State, result: Any) -> None:
        handle.state, handle.changed = state, None
        self.changed.emit(handle)
        if handle.is_abandoned:
            return
        call(callbacks.get("over"))
        if state == "done":
            call(callbacks.get("done"), result)
        elif state == "cancelled":
            call(callbacks.get("cancelled"))
        elif failed := callbacks.get("failed"):
            call(failed, result)
        else:
            self.unhandled.emit(result)

    def _changed_by_person(self, handle: WorkHandle) -> None:
        self.changed.emit(handle)
        if handle.is_cancelling and handle.future.cancel():
            later(self._drop)

    @Slot()
    def _drop(self) -> None:
        """End the tasks that were cancelled before they began."""
        for handle in self.handles:
            if handle.future.cancelled() and handle in self._tasks:
                self._finish(handle, "cancelled", None)
