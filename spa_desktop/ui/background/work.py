"""Work in the background: the one pattern for all of it.

>>> background.start(title, function).success(self._on_done).failure(self._on_failed)  # doctest: +SKIP

The function gets a :class:`~spa_desktop.jobs.Job`. It runs in a thread of its lane, and what becomes of it comes back
to the thread of the window:

* "write": one thread, one task after the other: whatever changes the project, but for where photos were moved to.
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
from typing import Any, Generic, Literal, Self, TypeVar

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


LaneName = Literal["write", "read", "live", "folders"]
State = Literal["waiting", "running", "done", "failed", "cancelled"]
Result = TypeVar("Result")

_MOST_EVENTS = 512  # of one operation between two looks of the window; of more, the oldest are dropped


@dataclass(frozen=True)
class WorkFailure:
    """Why an operation failed."""

    message: str  # one line for the user
    details: str  # the traceback, to copy
    is_expected: bool  # by errors that say what to do; else it is a fault of the app
    kind: str = ""  # name of the exception's class


class Operation(Generic[Result]):
    """Work that was started. Belongs to the window's thread, and ends in a later turn of its loop.

    Slots are bound methods of QObjects, or partials of them. They are called in the thread of the window, and not at
    all when their object is gone by then.
    """

    def __init__(self, background: Background, title: str, lane: LaneName, can_stop_early: bool) -> None:
        self.title, self.lane = visible(title), lane
        self.can_stop_early = can_stop_early  # it may be asked to finish with what it has
        self.began = time.monotonic()
        self.state: State = "waiting"
        self.event: JobEvent | None = None  # the last one
        self.is_cancelling = self.is_stopping = False  # it was asked to, and still runs
        self.is_abandoned = False  # nobody wants to hear of it any more: no slot is called
        self.events: deque[JobEvent] = deque(maxlen=_MOST_EVENTS)  # that were not delivered yet
        self.job = Job(self.events.append)
        self.future: Future[None] = Future()  # of the thread that does it
        self.project: object = None  # that it is about; what comes when another one is open is of no use
        # How far all of it is, 0 to 1, and the seconds left, None if nobody knows: by who knows more than its stage
        # does. None: the stage's own count and time are shown.
        self.overall: tuple[float, float | None] | None = None
        self._background = background
        # By the state that they are told of, "over" for each end, and "progress".
        self.slots: dict[str, Callable[..., Any] | None] = {}

    def success(self, slot: Callable[[Result], Any]) -> Self:
        """Call the slot with the result."""
        self.slots["done"] = slot
        return self

    def newest(self, slot: Callable[[Result], Any]) -> Self:
        """Call the slot with the result, and abandon what is at work for the same slot: nobody wants that any more."""
        self._background.abandon(slot)
        return self.success(slot)

    def failure(self, slot: Callable[[WorkFailure], Any]) -> Self:
        """Call the slot with the :class:`WorkFailure`.

        `Background.unhandled` is emitted without it; of a fault of the app always, so that no slot need tell of it.
        """
        self.slots["failed"] = slot
        return self

    def hush(self) -> Self:
        """Say nothing of a failure, unless it is a fault of the app."""
        self.slots["failed"] = None
        return self

    def cancelled(self, slot: Callable[[], Any]) -> Self:
        """Call the slot when the work ended after :meth:`cancel`."""
        self.slots["cancelled"] = slot
        return self

    def over(self, slot: Callable[[], Any]) -> Self:
        """Call the slot when the work ended, however it did: before the one for that end."""
        self.slots["over"] = slot
        return self

    def progress(self, slot: Callable[[JobEvent], Any]) -> Self:
        """Call the slot with each :class:`~spa_desktop.jobs.JobEvent`, at most as many as the window can take."""
        self.slots["progress"] = slot
        return self

    def tell(self, name: str, *arguments: object) -> None:
        """Call one of the slots, if there is one."""
        slot = self.slots.get(name)
        if slot is not None and not self.is_abandoned and shiboken6.isValid(_method(slot).__self__):
            slot(*arguments)

    @property
    def is_quiet(self) -> bool:
        """Whether the status bar does not tell of it, as it has no title."""
        return not self.title

    @property
    def is_over(self) -> bool:
        return self.state in ("done", "failed", "cancelled")

    def cancel(self) -> None:
        """Ask the work to leave no trace and end. Answers at once; the slot of `cancelled` is called at the end."""
        if not self.is_over and not self.is_cancelling:
            self.is_cancelling = True
            self.job.cancel()
            self._background.drop_waiting(self)

    def abandon(self) -> None:
        """Cancel, and call no slot at the end, not even if the work is done by then."""
        self.is_abandoned = True
        self.cancel()

    def stop_early(self) -> None:
        if not self.is_over and not self.is_stopping:
            self.is_stopping = True
            self.job.stop_early()
            self._background.changed.emit(self)


def _method(slot: Any) -> Any:
    """The bound method that a slot is, or is a partial of."""
    return getattr(slot, "func", slot)


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
        if not job.is_cancelled:  # else what it worked on may be closed
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
        self.handle: Operation[Any] | None = None

    @property
    def is_busy(self) -> bool:
        return self.handle is not None

    def begin(self, operation: Operation[Any]) -> None:
        self.handle = operation.over(self.end)
        self.changed.emit()

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


class Background(QObject):
    """Starts operations and brings their results back to the thread of the window.

    What holds a widget must not end in another thread. So a worker gets a job alone, which holds none: functions, slots
    and results are in the lists of this object, and are let go by the window's thread.
    """

    changed = Signal(object)  # an Operation began, got on, was cancelled, or ended
    ended = Signal(object)  # an Operation ended, after its slots were called
    unhandled = Signal(object)  # a WorkFailure that there is no slot for, or that is a fault of the app
    _worked = Signal()  # something is in `_done`

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._pools = {lane: ThreadPoolExecutor(number, lane) for lane, number in _THREADS.items()}
        self._tasks: dict[Job, tuple[Operation[Any], Callable[[Job], Any]]] = {}  # that wait or run, oldest first
        self._done: deque[tuple[Job, State, Any]] = deque()  # what is over, with its result or failure
        self._is_shut = False
        self._timer = timer(self, _POLL_MS, self._fetch, is_single=False)
        self._worked.connect(self._on_worked, Qt.ConnectionType.QueuedConnection)

    @property
    def operations(self) -> list[Operation[Any]]:
        """What waits or runs, the oldest first."""
        return [operation for operation, _ in self._tasks.values()]

    @property
    def is_busy(self) -> bool:
        """True while something that the user sees in the status bar waits or runs."""
        return any(not operation.is_quiet for operation in self.operations)

    def start(
        self, title: str, function: Callable[[Job], Result], *, lane: LaneName = "write", can_stop_early: bool = False
    ) -> Operation[Result]:
        """Do something in the background, in the threads of a lane, under the title that the status bar calls it.

        The function must touch no widget and no QPixmap. Without a title it is kept out of the status bar.
        """
        operation = Operation[Result](self, title, lane, can_stop_early)
        if self._is_shut:
            # The app is closing: whoever still asks is about to go.
            operation.state = "cancelled"
            return operation
        self._tasks[operation.job] = operation, function
        operation.future = self._pools[lane].submit(self._work, operation.job)
        self._begin(lane)
        self._timer.start()
        self.changed.emit(operation)
        return operation

    def look_up(self, function: Callable[[Job], Result]) -> Operation[Result]:
        """Do something that changes nothing, and that the status bar does not tell of."""
        return self.start("", function, lane="read")

    def find(self, slot: Callable[..., Any]) -> Operation[Any] | None:
        """What waits or runs for a slot of :meth:`Operation.success`, or for a partial of it, and was not abandoned."""
        wanted = (operation for operation in self.operations if not operation.is_abandoned)
        return next((operation for operation in wanted if _method(operation.slots.get("done")) == _method(slot)), None)

    def abandon(self, slot: Callable[..., Any]) -> None:
        """Abandon what waits or runs for a slot."""
        if operation := self.find(slot):
            operation.abandon()

    def drop_waiting(self, operation: Operation[Any]) -> None:
        """Hear that an operation was cancelled. What did not begin yet ends in the next turn."""
        if operation.future.cancel():
            self._done.append((operation.job, "cancelled", None))
            self._worked.emit()
        self.changed.emit(operation)

    def shutdown(self) -> bool:
        """Cancel everything and wait some seconds for all threads to end. The log says what was at work in the others.

        Gives False if a thread works still. Python waits for it at the end of the process: end it by `os._exit`.
        """
        self._is_shut = True
        self._timer.stop()
        self.blockSignals(True)
        running = {
            candidate.future: candidate.title or candidate.lane
            for candidate in self.operations
            if not candidate.future.cancel()
        }
        for operation in self.operations:
            operation.job.cancel()
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
        for operation in [candidate for candidate in self.operations if candidate.lane == lane][: _THREADS[lane]]:
            operation.state = "running"

    def _work(self, job: Job) -> None:
        """Do a task, in its thread. No name here may hold more of it than the job, not even for a moment."""
        self._done.append((job, *run(self._tasks[job][1], job)))
        self._worked.emit()
        owe_memory()
        if _ended > _given_back + _KEPT_SECONDS:
            give_memory_back()

    @Slot()
    def _fetch(self) -> None:
        for operation in self.operations:
            if operation.state == "running":  # else the end of the one before it was not told yet
                self._deliver_events(operation)
        if not self._tasks:
            self._timer.stop()

    def _deliver_events(self, operation: Operation[Any]) -> None:
        events = [shown_event(operation.events.popleft()) for _ in range(len(operation.events))]
        if not events:
            return
        operation.event = events[-1]
        # Of plain steps only the last one says something; messages, figures and photos are all wanted.
        for event in events:
            if event is events[-1] or event.message is not None or event.values or event.photo:
                operation.tell("progress", event)
        self.changed.emit(operation)

    @Slot()
    def _on_worked(self) -> None:
        job, state, result = self._done.popleft()
        if self._is_shut:
            return
        operation, _ = self._tasks.pop(job)
        self._begin(operation.lane)
        # A slot with a fault, such as that of the last events, keeps nobody from hearing of the end.
        with contextlib.ExitStack() as last:
            last.callback(self.ended.emit, operation)
            last.callback(self._tell_end, operation, state, result)
            self._deliver_events(operation)

    def _tell_end(self, operation: Operation[Any], state: State, result: Any) -> None:
        operation.state = state
        self.changed.emit(operation)  # who hears of it may say that it came to nothing
        operation.tell("over")
        operation.tell(operation.state, *() if operation.state == "cancelled" else (result,))
        is_to_tell = operation.state == "failed" and not operation.is_abandoned
        if is_to_tell and ("failed" not in operation.slots or not result.is_expected):
            self.unhandled.emit(result)
