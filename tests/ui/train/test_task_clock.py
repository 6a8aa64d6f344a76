"""The time that a training still takes only shrinks, whatever its stages do."""

import pytest

from spa_desktop.jobs import JobEvent, Stage
from spa_desktop.ui.preferences import SLOWEST, SettingsStore
from spa_desktop.ui.train import past_trainings
from spa_desktop.ui.train.past_trainings import STAGES, TaskClock, mixed_rates, rough_time

ORDER = (Stage.LOAD, Stage.ENCODE, Stage.DESCRIBE, Stage.MEASURE, Stage.SELECT, Stage.ALIGN, Stage.PROJECT, Stage.TEST)


@pytest.fixture
def clock_time(monkeypatch):
    now = [1000.0]
    monkeypatch.setattr(past_trainings.time, "monotonic", lambda: now[0])
    return now


def of_all(photos: int) -> dict[str, int]:
    return dict.fromkeys(STAGES, photos)


def event(stage: Stage, left: float | None = None) -> JobEvent:
    return JobEvent(stage, 1, 10, left)


@pytest.mark.parametrize("pace", [0.2, 1.0, 5.0])
def test_the_time_left_only_shrinks_and_the_bar_only_grows(clock_time, pace):
    clock = TaskClock(of_all(100), dict.fromkeys(STAGES, 0.1))
    lefts, shares = [], []
    for stage in ORDER:
        for step in range(20):
            clock_time[0] += 0.5 * pace
            # What a stage says of itself jumps about.
            clock.show_event(event(stage, 300.0 if step % 3 else 0.1))
            lefts.append(clock.left)
            shares.append(clock.fraction)
    assert lefts == sorted(lefts, reverse=True)
    assert shares == sorted(shares)
    assert 0 <= lefts[-1] < lefts[0]
    assert 0 <= shares[0] < shares[-1] <= 1


def test_a_range_whose_ends_are_equal_is_one_figure():
    assert rough_time({}, None) == "about 5 s"


def test_what_was_not_measured_yet_is_a_range():
    rates = dict.fromkeys(("align", "learn", "check"), 0.1)
    assert rough_time({**of_all(100), "encode": 0, "describe": 0}, rates) == "about 30 s"
    assert rough_time({**of_all(100), "describe": 0}, rates) == "35 s to 40 s"


def test_a_stage_without_photos_keeps_the_rate_that_was_measured_before(clock_time):
    clock = TaskClock({**of_all(10), "encode": 0})
    clock.show_event(event(Stage.SELECT))
    clock_time[0] += 2.0
    assert "encode" not in clock.measured()
    assert mixed_rates({"encode": 0.2, "learn": 1.0}, clock.measured())["encode"] == 0.2


def test_it_knows_from_the_last_training_how_long_the_next_takes(clock_time):
    clock = TaskClock(of_all(10))
    for stage, seconds in zip(ORDER, (1.0, 4.0, 1.0, 1.0, 1.0, 1.0, 10.0, 1.0), strict=True):
        clock.show_event(event(stage))
        clock_time[0] += seconds
    again = TaskClock(of_all(20), mixed_rates(None, clock.measured()))
    again.show_event(event(Stage.LOAD))
    assert again.left == pytest.approx(38.0), "twice the photos, twice the time; the backbone is loaded"
    assert mixed_rates({"encode": 2.0}, {"encode": 1.0, "check": 1e9}) == {"encode": 1.5, "check": SLOWEST}


def test_what_it_waited_for_other_work_is_not_its_own_time(clock_time):
    clock = TaskClock(of_all(10))
    clock_time[0] += 300.0
    clock.show_event(event(Stage.ENCODE))
    assert clock.fraction == 0
    clock_time[0] += 4.0
    clock.show_event(event(Stage.TEST))
    assert clock.spent["encode"] == 4.0
    assert clock.measured()["encode"] == 0.4


def test_the_first_training_with_a_backbone_believes_its_stages(clock_time):
    """What is fetched and encoded once is waited for, and says nothing of later trainings."""
    clock = TaskClock(of_all(20))
    for stage, seconds in ((Stage.DOWNLOAD, 300.0), (Stage.ENCODE, 40.0), (Stage.ENCODE_TEXTS, 30.0)):
        clock.show_event(event(stage, seconds))
        assert clock.seconds_left == pytest.approx(seconds, abs=6)
        clock_time[0] += seconds
    clock.show_event(event(Stage.DESCRIBE))
    assert clock.measured() == {"encode": 2.0, "describe": 0.0, "align": 0.0, "learn": 0.0, "check": 0.0}


@pytest.mark.parametrize("rate", ["NaN", "-1", "1e9", "true", "[]"], ids=str)
def test_rates_that_cannot_be_are_not_believed(tmp_path, rate):
    file = tmp_path / "settings.json"
    file.write_text(f'{{"rates": {{"odd": {{"encode": {rate}}}}}, "model": "mine"}}')
    value = SettingsStore(file).value
    assert (value.rates, value.model) == ({}, "mine")
