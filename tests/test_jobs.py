"""Jobs: what a listener hears, and how work is stopped."""

import itertools

import pytest

from spa_desktop import jobs
from spa_desktop.errors import SpaError
from spa_desktop.jobs import Cancelled, Job, JobEvent


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The time that jobs read, in a list of one, so that a test can set it."""
    now = [100.0]
    monkeypatch.setattr(jobs.time, "monotonic", lambda: now[0])
    return now


def heard(**settings: float) -> tuple[Job, list[JobEvent]]:
    """A job, and all that it tells."""
    events: list[JobEvent] = []
    return Job(events.append, **settings), events


def test_events_come_no_faster_than_asked_for(clock: list[float]) -> None:
    job, events = heard(max_hz=10.0)
    job.stage("Encoding", total=1000)
    for _ in range(99):
        clock[0] += 0.0101
        job.advance()
    later = [event.done for event in events[2:]]
    assert {second - first for first, second in itertools.pairwise(later)} == {10}
    assert len(events) in (10, 11)
    job.advance(901)
    assert (events[0].done, events[-1].done) == (0, 1000), "the start and the last step are always heard"


def test_the_estimate_waits_for_the_warm_up_and_then_divides_evenly(clock: list[float]) -> None:
    job, events = heard()
    job.stage("Encoding", total=10)
    clock[0] += 5.0
    job.advance()
    assert events[-1].seconds_left is None, "one step is no ground for an estimate"
    clock[0] += 5.0
    job.advance()
    assert events[-1].seconds_left == pytest.approx(40.0)
    clock[0] += 40.0
    job.advance(8)
    assert events[-1].seconds_left == pytest.approx(0.0)


def test_a_stage_goes_on_after_one_within_it(clock: list[float]) -> None:
    job, events = heard()
    job.stage("Describing", total=4)
    clock[0] += 5.0
    job.advance()
    with job.inner_stage("Encoding texts", total=9):
        clock[0] += 60.0
        job.advance(9)
    clock[0] += 5.0
    job.advance()
    assert (events[-1].stage, events[-1].done, events[-1].seconds_left) == ("Describing", 2, pytest.approx(10.0))


def test_a_new_stage_counts_from_zero_and_work_of_unknown_length_has_no_estimate(clock: list[float]) -> None:
    job, events = heard()
    job.stage("One", total=1)
    job.advance()
    events.clear()
    job.stage("Looking")
    assert (events[-1].stage, events[-1].done, events[-1].total) == ("Looking", 0, None)
    for _ in range(5):
        clock[0] += 1.0
        job.advance()
    assert [event.seconds_left for event in events] == [None] * 6


def test_a_cancelled_job_stops_at_the_next_step_and_stage() -> None:
    job = Job()
    job.stage("Encoding", total=3)
    assert not job.is_cancelled
    job.cancel()
    assert job.is_cancelled
    with pytest.raises(Cancelled, match="Encoding was cancelled"):
        job.advance()
    with pytest.raises(Cancelled):
        job.stage("Next")
    assert issubclass(Cancelled, SpaError)
