"""Progress and cancellation of long work, in plain Python.

A verb that may take longer than a second gets a :class:`Job`. It names its stages, counts its steps, and stops at
the next step after :meth:`Job.cancel`. The command line draws bars from the events, the window a status bar.

>>> seen = []
>>> job = Job(seen.append)
>>> job.stage(Stage.ENCODE, total=2)
>>> job.advance()
>>> (str(seen[-1].stage), seen[-1].done, seen[-1].total)
('Encoding photos', 1, 2)
>>> job.cancel()
>>> job.advance()
Traceback (most recent call last):
...
spa_desktop.jobs.Cancelled: Encoding photos was cancelled
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import islice
from typing import TypeVar

from spa_desktop.errors import SpaError
from spa_desktop.visible import QT_TRANSLATE_NOOP

Item = TypeVar("Item")
Result = TypeVar("Result")


class Stage(StrEnum):
    """What a job is doing, in English for the command line and the log; the window translates it."""

    DOWNLOAD = QT_TRANSLATE_NOOP("stages", "Downloading the backbone (MB)")
    LOAD = QT_TRANSLATE_NOOP("stages", "Loading the backbone")
    READ = QT_TRANSLATE_NOOP("stages", "Reading photos")
    ENCODE = QT_TRANSLATE_NOOP("stages", "Encoding photos")
    ENCODE_TEXTS = QT_TRANSLATE_NOOP("stages", "Encoding texts")
    DESCRIBE = QT_TRANSLATE_NOOP("stages", "Describing classes")
    MEASURE = QT_TRANSLATE_NOOP("stages", "Measuring photos")
    SELECT = QT_TRANSLATE_NOOP("stages", "Selecting patches")
    ALIGN = QT_TRANSLATE_NOOP("stages", "Aligning patches and phrases")
    HOLD_OUT = QT_TRANSLATE_NOOP("stages", "Checking on held-out photos")
    PROJECT = QT_TRANSLATE_NOOP("stages", "Learning projectors")
    TOP_UP = QT_TRANSLATE_NOOP("stages", "Adding photos to known classes")
    TEST = QT_TRANSLATE_NOOP("stages", "Checking on test photos")
    SAVE = QT_TRANSLATE_NOOP("stages", "Saving")
    FIND = QT_TRANSLATE_NOOP("stages", "Looking for photos")
    COMPARE = QT_TRANSLATE_NOOP("stages", "Comparing files")
    RECOGNISE = QT_TRANSLATE_NOOP("stages", "Recognising photos")
    SORT = QT_TRANSLATE_NOOP("stages", "Sorting photos")
    COPY = QT_TRANSLATE_NOOP("stages", "Copying photos")
    PUT_BACK = QT_TRANSLATE_NOOP("stages", "Putting photos back")
    KEEP = QT_TRANSLATE_NOOP("stages", "Keeping frames")
    CHECK = QT_TRANSLATE_NOOP("stages", "Checking the file")
    SALVAGE = QT_TRANSLATE_NOOP("stages", "Recovering what can be read")
    WAIT = QT_TRANSLATE_NOOP("stages", "Waiting for another program")
    BENCH = QT_TRANSLATE_NOOP("stages", "Running methods")
    EXPORT = QT_TRANSLATE_NOOP("stages", "Writing the model")
    FETCH_RUNTIME = QT_TRANSLATE_NOOP("stages", "Downloading the browser's runtime (MB)")


class Cancelled(SpaError):
    """The user cancelled the job. What was saved before it began is untouched."""


@dataclass(frozen=True)
class SeenPhoto:
    """A photo that a job is looking at."""

    sha256: str  # of its content
    is_encoded_now: bool = True  # False if its features were at hand already, and are used
    picked: tuple[int, ...] = ()  # the patches that the job selected on it, row by row on `grid`, most relevant first
    grid: tuple[int, int] = (0, 0)  # rows and columns of patches; (0, 0) where none were selected
    # the part of the photo that the grid covers: left, top, width and height as shares of it
    crop: tuple[float, float, float, float] = (0.0, 0.0, 1.0, 1.0)
    photo_id: int = 0  # its number in the project, where patches were selected
    beside: tuple[str, ...] = ()  # those that were looked at since the last one was shown


@dataclass(frozen=True)
class JobEvent:
    """A snapshot of work that takes time, safe to hand to another thread.

    Attributes:
        stage: what is being done, such as "Encoding photos"; a `Stage`, which is text.
        done: steps of the stage that are done.
        total: how many it has; None where that is not known.
        seconds_left: of the stage, an estimate; None at first.
        detail: on what, such as the name of a class.
        message: one line that is to be shown, of a snapshot without a step.
        values: named figures of this step: of a gradient step "loss" and "accuracy", in percent.
        photo: that this step encoded.
    """

    stage: Stage | str
    done: int
    total: int | None
    seconds_left: float | None
    detail: str = ""
    message: str | None = None
    values: tuple[tuple[str, float], ...] = ()
    photo: SeenPhoto | None = None


_MOST_BESIDE = 200  # photos that one event carries: a page of them


class Job:
    """Progress events to `listener`, and a flag that stops the work.

    `listener` is called in the thread that works, at most `max_hz` times a second, and always for the first and last
    step of a stage and for messages: a window that repaints on each event would otherwise fall behind.
    """

    def __init__(self, listener: Callable[[JobEvent], None] | None = None, *, max_hz: float = 30.0) -> None:
        self._listener = listener
        self._interval = 1.0 / max_hz
        self._cancelled = threading.Event()
        self._stop_early = threading.Event()
        self._stage: Stage | str = ""
        self._done = 0
        self._total: int | None = None
        self._started = self._sent = self._shown = 0.0
        self._beside: tuple[str, ...] = ()  # photos that are shown with the next one
        self._followers: list[Callable[[JobEvent], object]] = []
        self.act: object = None  # what the user asked for, where several jobs do parts of it

    def stage(self, stage: Stage | str, total: int | None = None, *, detail: str = "") -> None:
        """Begin a stage of `total` steps (None: not known). `detail` says on what, such as a class."""
        self.check()
        self._stage, self._done, self._total = stage, 0, total
        self._started = time.monotonic()
        self._send(detail=detail)

    @contextlib.contextmanager
    def inner_stage(self, stage: Stage | str, total: int) -> Iterator[None]:
        """A stage within another one, which then goes on where it was: the time in between is none of its own."""
        outer, before = (self._stage, self._done, self._total), time.monotonic() - self._started
        self.stage(stage, total)
        try:
            yield
        finally:
            self._stage, self._done, self._total = outer
            self._started = time.monotonic() - before
        self._send()

    @contextlib.contextmanager
    def followed_by(self, listener: Callable[[JobEvent], object]) -> Iterator[None]:
        """Have another listener called as well, for each single step: a record has its points on a fast machine too."""
        self._followers.append(listener)
        try:
            yield
        finally:
            self._followers.remove(listener)

    def advance(
        self,
        count: int = 1,
        *,
        detail: str = "",
        values: dict[str, float] | None = None,
        photo: SeenPhoto | None = None,
    ) -> None:
        """Count `count` steps of the stage as done. Raises Cancelled if :meth:`cancel` was called."""
        self.check()
        is_first = self._done == 0
        self._done += count
        is_last = self._total is not None and self._done >= self._total
        is_shown = is_first or is_last or time.monotonic() - self._sent >= self._interval
        if is_shown or self._followers:
            self._send(detail=detail, values=tuple((values or {}).items()), photo=photo, is_shown=is_shown)

    def show(self, photo: SeenPhoto) -> None:
        """Show a photo that is being encoded. Of those without picked patches `max_hz` a second are reported."""
        self._beside = (*self._beside, *photo.beside)[-_MOST_BESIDE:]
        if photo.picked or time.monotonic() - self._shown >= self._interval:
            self._shown = time.monotonic()
            self._send(photo=replace(photo, beside=self._beside))
            self._beside = ()

    def message(self, text: str) -> None:
        """Show one line of text."""
        self._send(message=text)

    def cancel(self) -> None:
        """Ask the work to stop and to leave no trace. Safe from any thread."""
        self._cancelled.set()

    def stop_early(self) -> None:
        """Ask the work to finish with what it has learned so far. Safe from any thread."""
        self._stop_early.set()

    @property
    def is_cancelled(self) -> bool:
        return self._cancelled.is_set()

    @property
    def is_stopping_early(self) -> bool:
        return self._stop_early.is_set()

    def check(self) -> None:
        """Raise :class:`Cancelled` if the job was cancelled."""
        if self._cancelled.is_set():
            raise Cancelled(f"{self._stage or 'The work'} was cancelled")

    def wait(self, seconds: float) -> None:
        """Do nothing for so long. Raises Cancelled as soon as :meth:`cancel` is called."""
        self._cancelled.wait(seconds)
        self.check()

    def _seconds_left(self) -> float | None:
        elapsed = time.monotonic() - self._started
        # The first steps pay for warm-up: an estimate from them would only jump.
        if not self._total or self._done < 2 or elapsed < 0.5:
            return None
        return elapsed / self._done * max(self._total - self._done, 0)

    def _send(
        self,
        *,
        detail: str = "",
        message: str | None = None,
        values: tuple[tuple[str, float], ...] = (),
        photo: SeenPhoto | None = None,
        is_shown: bool = True,
    ) -> None:
        if self._listener is None and not self._followers:
            return
        seconds = self._seconds_left()
        event = JobEvent(self._stage, self._done, self._total, seconds, detail, message, values, photo)
        if is_shown:
            self._sent = time.monotonic()
            if self._listener is not None:
                self._listener(event)
        for follower in self._followers:
            follower(event)


def in_order(
    pool: ThreadPoolExecutor, function: Callable[[Item], Result], items: Iterable[Item], *, ahead: int
) -> Generator[Result]:
    """`function` of each item, in order, at most `ahead` of them submitted to `pool`, which is shut down at the end."""
    remaining = iter(items)
    submitted: deque[Future[Result]] = deque()
    try:
        while True:
            for item in islice(remaining, ahead - len(submitted)):
                submitted.append(pool.submit(function, item))
            if not submitted:
                return
            yield submitted.popleft().result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


# While streams are given their share, torch tells every thread that asks for the first time the same number.
_sharing = threading.Lock()


def torch_threads() -> int:
    """How many threads torch has in this thread, and not what streams that begin just now are given."""
    import torch

    with _sharing:
        return torch.get_num_threads()


def in_streams(function: Callable[[Item], Result], items: Iterable[Item], streams: int) -> Generator[Result]:
    """`function` of each item, in order, computed in threads that share torch's threads among them.

    There is one stream at least, and as many as torch has threads at most. What torch computes in the function runs in
    as many threads as each stream has. Items are read as they are needed: at most one a thread waits beside those that
    are computed. Closing the iterator ends the threads, as soon as each is done with the item at hand.

    >>> list(in_streams(lambda x: x * x, range(5), streams=2))
    [0, 1, 4, 9, 16]
    """
    streams = max(1, min(streams, torch_threads()))
    yield from in_order(stream_pool(streams), function, items, ahead=2 * streams)


def stream_pool(streams: int, name: str = "encode") -> ThreadPoolExecutor:
    """Threads that run torch with an equal share of its threads each; those of all others stay as they are."""
    import torch

    pool = ThreadPoolExecutor(streams, thread_name_prefix=name)
    all_there = threading.Barrier(streams + 1)

    def take_share() -> None:
        torch.set_num_threads(max(1, threads // streams))
        # The first question settles it for this thread: what others set later no longer counts.
        torch.get_num_threads()
        all_there.wait()

    with _sharing:
        threads, of_new = torch.get_num_threads(), pool.submit(torch.get_num_threads).result()
        for _ in range(streams):
            pool.submit(take_share)
        all_there.wait()
        # In a thread of its own: this one may be a stream itself, and keeps its share.
        restore = threading.Thread(target=torch.set_num_threads, args=(of_new,))
        restore.start()
        restore.join()
    return pool
