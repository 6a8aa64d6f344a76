"""The threads that work: a worker object in each, that does one order at a time."""

from __future__ import annotations

import logging
import threading
import weakref
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import shiboken6
from PySide6.QtCore import QObject, Qt, QThread, Signal, Slot

from spa_desktop.errors import SpaError
from spa_desktop.jobs import Cancelled, Job
from spa_desktop.ui.background.failure_words import window_words
from spa_desktop.ui.background.handles import LaneName, State, WorkFailure, WorkHandle
from spa_desktop.ui.plain_text import traceback_text
from spa_desktop.visible import visible

_log = logging.getLogger(__name__)
_threads: weakref.WeakSet[QThread] = weakref.WeakSet()
_here = threading.local()


@dataclass(frozen=True)
class Order:
    """What is to be done, and who is told of it.

    Attributes:
        handle: of the task.
        function: gets the job.
        callbacks: by name: "done", "failed", "cancelled", "event".
    """

    handle: WorkHandle
    function: Callable[[Job], Any]
    callbacks: dict[str, Callable[..., Any] | None]


@dataclass(frozen=True)
class Ended:
    """An order that is over, and its result: WorkFailure of a failed one, None of a cancelled one."""

    order: Order
    state: State
    result: Any


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
    return Ended(order, *run(order.function, order.handle.job))


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
        return "failed", _failure(str(error), error, error.exit_code, is_expected=True)
    except BaseException as error:  # noqa: BLE001 - a worker that dies without a word would leave the window waiting
        _log.exception("Unexpected error in background work")
        text = f"{type(error).__name__}: {error}".strip().rstrip(":")
        return "failed", _failure(text.splitlines()[0], error, 1, is_expected=False)
    finally:
        _here.job = None


def _failure(message: str, error: BaseException, exit_code: int, *, is_expected: bool) -> WorkFailure:
    text = visible(window_words(message) if is_expected else message)
    return WorkFailure(text, traceback_text(error), exit_code, is_expected, type(error).__name__)


def current_job() -> Job | None:
    """The job that the calling thread works on, None in the thread of the window and where nothing is at work."""
    job: Job | None = getattr(_here, "job", None)
    return job


def running_threads() -> list[QThread]:
    """The worker threads that run now. For tests."""
    return [thread for thread in list(_threads) if shiboken6.isValid(thread) and thread.isRunning()]
