"""The threads that work: a worker object in each, that does one order at a time."""

from __future__ import annotations

import logging
import re
import threading
import weakref
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import shiboken6
from PySide6.QtCore import QCoreApplication, QObject, Qt, QThread, Signal, Slot

from spa_desktop.errors import SpaError
from spa_desktop.jobs import Cancelled, Job, JobEvent, Stage
from spa_desktop.ui.plain_text import traceback_text
from spa_desktop.visible import visible

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
    return order, *run(order.function, order.handle.job)


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
