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
import ctypes
import logging
import re
import sys
import threading
import time
import weakref
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypedDict, Unpack

import shiboken6
from PySide6.QtCore import QCoreApplication, QDeadlineTimer, QObject, Qt, QThread, Signal, Slot

from spa_desktop.errors import SpaError
from spa_desktop.jobs import Cancelled, Job, JobEvent, Stage
from spa_desktop.ui.plain_text import shown_event, traceback_text
from spa_desktop.ui.widgets.labels import timer
from spa_desktop.visible import visible


def later(slot: Callable[[], Any]) -> None:
    """Run a slot once what goes on now is over; not at all if its object is gone by then.

    ``QTimer.singleShot`` with a receiver holds the slot for good where the receiver dies first, and with it all that
    the receiver knows (PySide 6.8 to 6.10).

    Args:
        slot: a method of a QObject that lives in this thread.
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
    """Why a task failed.

    Attributes:
        message: one line for the person.
        details: the traceback, to copy.
        is_expected: True for errors that say what to do; False for a fault of the app.
        kind: name of the exception's class.
    """

    message: str
    details: str
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
        events: those of the job that were not delivered yet.
        changed: called when the person cancels, or stops it early.
        overall: how far all of it is, 0 to 1, and the seconds left, None if nobody knows: by who knows more than its
            stage does. None: the stage's own count and time are shown.
    """

    def __init__(self, title: str, lane: LaneName, is_quiet: bool, can_stop_early: bool) -> None:
        self.title, self.lane = visible(title), lane
        self.is_quiet, self.can_stop_early = is_quiet, can_stop_early
        self.state: State = "waiting"
        self.event: JobEvent | None = None
        self.is_cancelling = self.is_stopping = self.is_abandoned = False
        self.events: deque[JobEvent] = deque(maxlen=_MOST_EVENTS)
        self.job = Job(self.events.append)
        self.changed: Callable[[WorkHandle], None] | None = None
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
        """Ask the work to finish with what it has."""
        if not self.is_over and not self.is_stopping:
            self.is_stopping = True
            self.job.stop_early()
            self._tell()

    def _tell(self) -> None:
        if self.changed is not None:
            self.changed(self)


# The stages of a job in the words of the window.


def stage_words(stage: Stage | str) -> str:
    """A stage in the window's language, also where it has become plain text on its way.

    What is no stage of the engine has been put into words already.
    """
    words: dict[str, str] = {
        Stage.DOWNLOAD: QCoreApplication.translate("stages", "Downloading the backbone (MB)"),
        Stage.LOAD: QCoreApplication.translate("stages", "Loading the backbone"),
        Stage.READ: QCoreApplication.translate("stages", "Reading photos"),
        Stage.ENCODE: QCoreApplication.translate("stages", "Encoding photos"),
        Stage.DESCRIBE: QCoreApplication.translate("stages", "Describing classes"),
        Stage.MEASURE: QCoreApplication.translate("stages", "Measuring photos"),
        Stage.SELECT: QCoreApplication.translate("stages", "Selecting patches"),
        Stage.ALIGN: QCoreApplication.translate("stages", "Aligning patches and phrases"),
        Stage.HOLD_OUT: QCoreApplication.translate("stages", "Checking on held-out photos"),
        Stage.PROJECT: QCoreApplication.translate("stages", "Learning projectors"),
        Stage.TOP_UP: QCoreApplication.translate("stages", "Adding photos to known classes"),
        Stage.TEST: QCoreApplication.translate("stages", "Checking on test photos"),
        Stage.SAVE: QCoreApplication.translate("stages", "Saving"),
        Stage.RECOGNISE: QCoreApplication.translate("stages", "Recognising photos"),
        Stage.FIND: QCoreApplication.translate("stages", "Looking for photos"),
        Stage.COMPARE: QCoreApplication.translate("stages", "Comparing files"),
        Stage.SORT: QCoreApplication.translate("stages", "Sorting photos"),
        Stage.PUT_BACK: QCoreApplication.translate("stages", "Putting photos back"),
        Stage.KEEP: QCoreApplication.translate("stages", "Keeping frames"),
        Stage.CHECK: QCoreApplication.translate("stages", "Checking the file"),
        Stage.SALVAGE: QCoreApplication.translate("stages", "Recovering what can be read"),
        Stage.WAIT: QCoreApplication.translate("stages", "Waiting for another program"),
        Stage.DRAW: QCoreApplication.translate("stages", "Drawing photos"),
        Stage.BENCH: QCoreApplication.translate("stages", "Running methods"),
        Stage.EXPORT: QCoreApplication.translate("stages", "Writing the model"),
        Stage.FETCH_RUNTIME: QCoreApplication.translate("stages", "Downloading the browser's runtime (MB)"),
    }
    return words.get(stage, stage)


# Messages of the engine without words of the command line, which mean nothing in a window.

_WORDS = (
    (" (`spa-desktop restore`)", ""),
    (" (`spa-desktop recover`)", ""),
    ("or make one with `spa-desktop new`", "or make a new project"),
    ("or make it with `spa-desktop new`", "or make a new project"),
    ("`spa-desktop check` says what is broken", "Project, Check the file says what is broken"),
)
# What nobody thought of: a command in its quotation marks, and an option, with the words that lead to them.
_COMMAND = re.compile(r" ?\(`spa-desktop[^`]*`\)| (?:with |by |run )`spa-desktop[^`]*`")
_OPTION = re.compile(r" ?\(--[a-z][a-z-]*\)| (?:with|by|use) --[a-z][a-z-]*(?=[\s,.;:]|$)")


def window_words(text: str) -> str:
    """A line of the engine as the window says it.

    >>> window_words("There is a class 'red' already: choose another name, or add photos to it with --top-up")
    "There is a class 'red' already: choose another name, or add photos to it"
    """
    for old, new in _WORDS:
        text = text.replace(old, new)
    return _OPTION.sub("", _COMMAND.sub("", text))


_log = logging.getLogger(__name__)
_threads: weakref.WeakSet[QThread] = weakref.WeakSet()
_here = threading.local()


@dataclass(frozen=True)
class Order:
    """What is to be done, and whose callbacks are called.

    Attributes:
        handle: of the task.
        function: gets the job.
        callbacks: by name, see :class:`~spa_desktop.ui.background.work.Callbacks`.
    """

    handle: WorkHandle
    function: Callable[[Job], Any]
    callbacks: Mapping[str, Any]


# An order that is over, and its result: WorkFailure of a failed one, None of a cancelled one.
Ended = tuple[Order, State, Any]


class Worker(QObject):
    """Lives in a QThread and does one order at a time.

    Orders come and go by two queues, and signals only say that there is something in them. What a signal carries to
    another thread is let go by that thread, and may be the last to hold a widget, which must not end there. So it is
    the window's thread that makes an order and that lets it go.
    """

    ended = Signal()  # something was done, and put into the queue
    _given = Signal()

    def __init__(self, done: deque[Ended]) -> None:
        """Make a worker that puts what is over into a queue, which the window's thread empties."""
        super().__init__()
        self._orders: deque[Order] = deque()
        self._done = done
        self._given.connect(self._work, Qt.ConnectionType.QueuedConnection)

    def give(self, order: Order) -> None:
        """Have something done. For the window's thread."""
        self._orders.append(order)
        self._given.emit()

    @Slot()
    def _work(self) -> None:
        # No name of this thread holds an order from here on: the queue is the only one that does.
        self._done.append(_ended(self._orders.popleft()))
        self.ended.emit()


def _ended(order: Order) -> Ended:
    state, result = run(order.function, order.handle.job)
    if time.monotonic() > _given_back + _KEPT_SECONDS:
        give_memory_back()
    return order, state, result


_KEPT_SECONDS = 10  # for the next of many tasks; what is held then goes with the next collection of garbage
_given_back = 0.0


def give_memory_back() -> None:
    """Have glibc return what tasks needed to the system; of itself it keeps hundreds of megabytes. Takes 5 to 30 ms."""
    global _given_back
    _given_back = time.monotonic()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None) if sys.platform == "linux" else None
    if trim is not None:
        trim(0)


def start_worker(lane: LaneName, done: deque[Ended]) -> tuple[Worker, QThread]:
    """A worker in a thread of its own, which was started; `done`: see :class:`Worker`."""
    thread, worker = QThread(), Worker(done)
    thread.setObjectName(lane)
    worker.moveToThread(thread)
    thread.finished.connect(worker.deleteLater)
    _threads.add(thread)
    thread.start(QThread.Priority.LowPriority)
    return worker, thread


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
        return "failed", _failure(str(error), error, is_expected=True)
    except BaseException as error:  # noqa: BLE001 - a worker that dies without a word would leave the window waiting
        _log.exception("Unexpected error in background work")
        text = f"{type(error).__name__}: {error}".strip().rstrip(":")
        return "failed", _failure(text.splitlines()[0], error, is_expected=False)
    finally:
        _here.job = None


def _failure(message: str, error: BaseException, *, is_expected: bool) -> WorkFailure:
    text = visible(window_words(message) if is_expected else message)
    return WorkFailure(text, traceback_text(error), is_expected, type(error).__name__)


def current_job() -> Job | None:
    """The job that the calling thread works on, None in the thread of the window and where nothing is at work."""
    job: Job | None = getattr(_here, "job", None)
    return job


def running_threads() -> list[QThread]:
    """The worker threads that run now. For tests."""
    return [thread for thread in list(_threads) if shiboken6.isValid(thread) and thread.isRunning()]


class OneWork(QObject):
    """Work of a kind, of which one at a time goes on.

    Attributes:
        handle: of what goes on; None while nothing does.
    """

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
        """Ask what goes on to leave no trace and end."""
        if self.handle is not None:
            self.handle.cancel()
            self.changed.emit()


# The lanes, and what is called in the window's thread.

_THREADS: dict[LaneName, int] = {"write": 1, "read": 2, "live": 1, "folders": 1}
_POLL_MS = 33
PATIENCE_MS = 5_000  # at the end of the app, for all that is at work then

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
        over: is called once the work ended, however it did, before the one for that end.
        event: gets progress events, at most as many as the window can take.
    """

    done: Callable[[Any], Any] | None
    failed: Callable[[WorkFailure], Any] | None
    cancelled: Callable[[], Any] | None
    over: Callable[[], Any] | None
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
        self._timer = timer(self, _POLL_MS, self._fetch, is_single=False)

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
        instead_of: WorkHandle | None = None,
        **callbacks: Unpack[Callbacks],
    ) -> WorkHandle:
        """Do `function` in the background.

        Args:
            title: what the status bar calls it.
            function: gets the job. It must touch no widget and no QPixmap.
            lane: which threads may do it.
            is_quiet: True keeps it out of the status bar.
            can_stop_early: True if it makes sense to ask it to finish with what it has.
            instead_of: an earlier one, which is abandoned: where several threads work, its answer could come last.
            callbacks: called with what happens; without `failed`, `unhandled` is emitted.

        Raises:
            TypeError: if a callback is something else than a bound method of a QObject.
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
        order = Order(handle, function, callbacks)
        self._active[handle] = (order, None)
        self._waiting[lane].append(order)
        self._timer.start()
        self._dispatch(lane)
        self.changed.emit(handle)
        return handle

    def look_up(
        self, function: Callable[[Job], Any], instead_of: WorkHandle | None = None, **callbacks: Unpack[Callbacks]
    ) -> WorkHandle:
        """Do something that changes nothing, and that the status bar does not tell of."""
        return self.start("", function, lane="read", is_quiet=True, instead_of=instead_of, **callbacks)

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
        # Of plain steps only the last one says something, and the last photo; messages, figures and picked patches are
        # all wanted.
        last = [events[-1], *[one for one in events if one.photo is not None][-1:]]
        wanted = [one for one in events if is_wanted(one) or any(one is other for other in last)]
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
        call(order.callbacks.get("over"))
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
