import sys
import threading
import time
from collections.abc import Callable
from functools import partial
from typing import ClassVar

import pytest
from PySide6.QtCore import QObject
from PySide6.QtTest import QSignalSpy

from spa_desktop.errors import InputError
from spa_desktop.jobs import Job, JobEvent
from spa_desktop.ui.background.work import Background, Operation, WorkFailure, current_job
from tests.ui.conftest import WAIT_MS, workers


class Listener(QObject):
    """Notes what it hears, and in which thread."""

    def __init__(self) -> None:
        super().__init__()
        self.results: list[object] = []
        self.failures: list[WorkFailure] = []
        self.events: list[JobEvent] = []
        self.cancellations = 0
        self.threads: set[threading.Thread] = set()

    def on_done(self, result: object) -> None:
        self.threads.add(threading.current_thread())
        self.results.append(result)

    def on_failed(self, failure: WorkFailure) -> None:
        self.threads.add(threading.current_thread())
        self.failures.append(failure)

    def on_cancelled(self) -> None:
        self.threads.add(threading.current_thread())
        self.cancellations += 1

    def on_event(self, event: JobEvent) -> None:
        self.threads.add(threading.current_thread())
        self.events.append(event)

    def hear(self, operation: Operation) -> Operation:
        operation.success(self.on_done).failure(self.on_failed)
        return operation.cancelled(self.on_cancelled).progress(self.on_event)


@pytest.fixture
def listener(qapp):
    return Listener()


def test_work_runs_elsewhere_and_its_result_arrives_in_the_thread_of_the_window(background, listener, qtbot):
    worked_in = []

    def work(job: Job) -> bool:
        worked_in.append(threading.current_thread())
        return current_job() is job

    listener.hear(background.start("Counting", work))
    qtbot.waitUntil(lambda: listener.results == [True])
    assert current_job() is None
    assert listener.threads == {threading.current_thread()}
    assert worked_in[0] in workers()


def test_writing_happens_in_order_one_at_a_time(background, listener, qtbot):
    log = []

    def work(number: int):
        def one(job: Job) -> int:
            log.append(("begin", number))
            time.sleep(0.002)
            log.append(("end", number))
            return number

        return one

    for number in range(10):
        listener.hear(background.start("", work(number), lane="write"))
    qtbot.waitUntil(lambda: len(listener.results) == 10)
    assert log == [(what, number) for number in range(10) for what in ("begin", "end")]
    assert listener.results == list(range(10))


def test_reading_does_not_wait_for_writing(background, listener, qtbot):
    may_end = threading.Event()
    background.start("", lambda job: may_end.wait(WAIT_MS / 1000), lane="write")
    listener.hear(background.start("", lambda job: "read", lane="read"))
    qtbot.waitUntil(lambda: listener.results == ["read"])
    may_end.set()
    qtbot.waitUntil(lambda: not background.operations)


def test_an_input_error_is_expected_and_anything_else_is_not(background, listener, qtbot):
    def wrong_input(job: Job) -> None:
        raise InputError("no such folder: choose another")

    def broken(job: Job) -> None:
        raise ZeroDivisionError("oops")

    listener.hear(background.start("", wrong_input))
    listener.hear(background.start("", broken))
    listener.hear(background.start("", lambda job: "goes on"))
    qtbot.waitUntil(lambda: listener.results == ["goes on"])
    first, second = listener.failures
    assert (first.message, first.is_expected) == ("no such folder: choose another", True)
    assert (second.message, second.is_expected) == ("ZeroDivisionError: oops", False)
    assert "in broken" in second.details


def test_cancelling_is_heard_at_once_and_told_at_the_end(background, listener, qtbot):
    has_begun, was_run = threading.Event(), threading.Event()

    def work(job: Job) -> None:
        has_begun.set()
        while True:
            job.check()
            time.sleep(0.001)

    handle = listener.hear(background.start("", work))
    behind = listener.hear(background.start("", lambda job: was_run.set()))
    assert has_begun.wait(WAIT_MS / 1000)
    behind.cancel()
    qtbot.waitUntil(lambda: listener.cancellations == 1)
    assert not handle.is_over, "what still waits is cancelled without being run"
    handle.cancel()
    assert handle.is_cancelling
    assert not handle.is_over
    qtbot.waitUntil(lambda: listener.cancellations == 2)
    assert handle.state == "cancelled"
    assert not listener.results
    assert not was_run.is_set()


def test_a_flood_of_events_leaves_the_window_alone_and_loses_no_message(background, listener, qtbot):
    def work(job: Job) -> str:
        for stage in range(2000):  # every stage begins with an event, whatever the rate
            job.stage(f"stage {stage}")
            if stage % 100 == 0:
                job.message(f"message {stage}")
        return "done"

    listener.hear(background.start("", work))
    qtbot.waitUntil(lambda: listener.results == ["done"])
    assert len(listener.events) < 1000
    assert listener.events[-1].stage == "stage 1999"
    assert "message 1900" in [event.message for event in listener.events]


@pytest.mark.parametrize("wrap", [lambda method: method, partial])
def test_nothing_is_told_to_an_object_that_is_gone(background, qtbot, wrap):
    gone = Listener()
    may_end = threading.Event()
    handle = background.start("", lambda job: may_end.wait(WAIT_MS / 1000)).success(wrap(gone.on_done))
    gone.deleteLater()
    qtbot.wait(1)
    may_end.set()
    qtbot.waitUntil(lambda: handle.is_over)
    assert not gone.results


def test_a_fault_of_the_app_is_always_told_and_what_is_expected_where_no_slot_does(background, listener, qtbot):
    def wrong_input(job: Job) -> None:
        raise InputError("no such folder: choose another")

    told = QSignalSpy(background.unhandled)
    for work in (lambda job: 1 / 0, wrong_input):
        background.start("none", work)
        background.start("hushed", work).hush()
        listener.hear(background.start("heard", work))
    qtbot.waitUntil(lambda: not background.operations)
    assert [told.at(n)[0].is_expected for n in range(told.count())] == [False, False, False, True]
    assert [failure.is_expected for failure in listener.failures] == [False, True]


def test_shutting_down_cancels_everything_and_leaves_no_thread(qapp, listener):
    background = Background()
    begun = threading.Event()

    def work(job: Job) -> None:
        begun.set()
        while True:
            job.check()
            time.sleep(0.001)

    listener.hear(background.start("", work))
    listener.hear(background.start("", work))
    listener.hear(background.start("", work, lane="read"))
    assert begun.wait(WAIT_MS / 1000)
    assert len(workers()) >= 2
    assert background.shutdown()
    assert not workers()
    assert not listener.results
    assert listener.hear(background.start("", lambda job: "too late")).state == "cancelled"


def test_a_fault_in_the_last_events_keeps_nobody_from_hearing_of_the_end(background, qtbot):
    class Faulty(Listener):
        def on_event(self, event: JobEvent) -> None:
            raise ZeroDivisionError("in the last event")

    def work(job: Job) -> int:
        job.message("the last")
        return 42

    listener = Faulty()
    background._timer.setInterval(WAIT_MS)  # events come with the end alone
    with qtbot.captureExceptions() as faults, qtbot.waitSignal(background.ended):
        handle = listener.hear(background.start("", work))
    assert listener.results == [42]
    assert handle.is_over
    assert [kind for kind, *_ in faults] == [ZeroDivisionError]


class Held:
    """Notes in which thread it ends."""

    ended: ClassVar[list[threading.Thread]] = []

    def __del__(self) -> None:
        self.ended.append(threading.current_thread())


def holding(held: Held) -> Callable[[Job], bool]:
    return lambda job: held is None


def test_what_a_task_held_ends_in_the_thread_of_the_window(background, qtbot, monkeypatch):
    # A widget that ends elsewhere takes the window with it, or leaves it waiting for ever.
    monkeypatch.setattr(Held, "ended", [])
    switching = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        for _ in range(200):
            for lane in ("read", "write", "live", "folders"):
                background.start("", holding(Held()), lane=lane)
            qtbot.waitUntil(lambda: not background.operations)
    finally:
        sys.setswitchinterval(switching)
    assert len(Held.ended) == 800
    assert set(Held.ended) == {threading.current_thread()}


@pytest.mark.parametrize("is_late", [False, True])
def test_what_was_read_of_a_project_is_not_told_once_another_is_open(
    context, open_project, make_project, listener, settle, caplog, is_late
):
    """The next one has classes and photos of the same numbers."""
    open_project(make_project("One"))
    is_read, may_end = threading.Event(), threading.Event()

    def slow(bench, job):
        is_read.set()
        assert may_end.wait(WAIT_MS / 1000)
        return bench.project.classes() if is_late else []

    listener.hear(context.read(slow))
    assert is_read.wait(WAIT_MS / 1000)
    open_project(make_project("Two"))
    may_end.set()
    settle()
    assert (listener.results, listener.cancellations) == ([], 1)
    assert not [record for record in caplog.records if record.levelname == "ERROR"]


def test_work_that_is_abandoned_tells_nothing(background, qtbot):
    listener, goes_on = Listener(), threading.Event()

    def work(job: Job) -> int:
        job.stage("looking", 2)
        goes_on.wait(WAIT_MS / 1000)
        return 1

    handle = listener.hear(background.start("", work, lane="read"))
    qtbot.waitUntil(lambda: bool(listener.events))
    with qtbot.waitSignal(background.ended):
        handle.abandon()
        goes_on.set()
    assert handle.is_over
    assert (listener.results, listener.failures, listener.cancellations) == ([], [], 0)


def test_a_newer_question_takes_the_place_of_the_one_before(background, listener, qtbot):
    may_end = threading.Event()
    background.look_up(lambda job: may_end.wait(WAIT_MS / 1000)).newest(partial(listener.on_done))
    other = background.look_up(lambda job: may_end.wait(WAIT_MS / 1000)).newest(listener.on_event)
    newer = background.look_up(lambda job: "newer").newest(listener.on_done)
    assert background.find(listener.on_done) is newer
    assert not other.is_cancelling
    may_end.set()
    qtbot.waitUntil(lambda: not background.operations)
    assert listener.results == ["newer"]
