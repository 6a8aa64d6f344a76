"""The five stages of a training, and how long they take on this machine."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence

from PySide6.QtCore import QCoreApplication

from spa_desktop.jobs import JobEvent, Stage
from spa_desktop.project.documents import StageTime
from spa_desktop.ui.preferences import SLOWEST
from spa_desktop.ui.widgets.words import duration

STAGES = ("encode", "describe", "align", "learn", "check")

# Where the engine's stages belong. What is not here belongs to the stage that goes on.
_STAGE_OF = {
    Stage.LOAD: "encode",
    Stage.DOWNLOAD: "encode",
    Stage.ENCODE: "encode",
    Stage.DESCRIBE: "describe",
    Stage.MEASURE: "align",
    Stage.SELECT: "align",
    Stage.ALIGN: "align",
    Stage.TOP_UP: "align",
    Stage.HOLD_OUT: "learn",
    Stage.PROJECT: "learn",
    Stage.TEST: "check",
    Stage.SAVE: "check",
}


def stage_of(stage: Stage | str) -> str | None:
    """To which of the five stages a stage of the engine belongs."""
    return _STAGE_OF.get(stage) if isinstance(stage, Stage) else None


def stage_title(stage: str) -> str:
    """The stage in words."""
    titles = {
        "encode": QCoreApplication.translate("train", "Look at the photos"),
        "describe": QCoreApplication.translate("train", "Describe"),
        "align": QCoreApplication.translate("train", "Match parts and words"),
        "learn": QCoreApplication.translate("train", "Learn"),
        "check": QCoreApplication.translate("train", "Check on test photos"),
    }
    return titles[stage]


def seconds_by_stage(stages: Sequence[StageTime]) -> dict[str, float]:
    """Seconds by the five stages; what is not one of them belongs to the stage before it."""
    found: dict[str, float] = {}
    row = STAGES[0]
    for one in stages:
        row = stage_of(Stage.__members__.get(one.stage, "")) or row
        found[row] = found.get(row, 0.0) + one.seconds
    return found


# Seconds a training photo and stage, until one here measured better. By default: spa-lite, 96 photos, two busy cores.
_DEFAULTS = {"encode": 0.18, "describe": 0.05, "align": 0.08, "learn": 0.1, "check": 0.04}
_NEWEST = 0.5  # weight of the last training among those before


def expected_seconds(photos: int, rates: Mapping[str, float] | None) -> dict[str, float]:
    """How long each stage takes; `rates` are seconds a photo, by stage, as measured here before, None if none were."""
    known = _DEFAULTS | dict(rates or {})
    return {stage: known[stage] * photos for stage in STAGES}


def rough_time(photos: int, rates: Mapping[str, float] | None) -> str:
    """About how long a training takes, in words. The arguments are those of :func:`expected_seconds`.

    Before the first one here it is a range: a computer may be four times as fast as the one that the defaults are of.
    """
    high = sum(expected_seconds(photos, rates).values()) + 5
    if rates:
        return QCoreApplication.translate("train", "about {time}").format(time=duration(5 * round(high / 5)))
    least, most = (duration(5 * max(round(seconds / 5), 1)) for seconds in (high / 4, high))
    return QCoreApplication.translate("train", "{low} to {high}").format(low=least, high=most)


class TaskClock:
    """Follows one training: how long it still takes is a figure that only shrinks."""

    def __init__(self, photos: int, rates: Mapping[str, float] | None = None) -> None:
        self._photos = max(photos, 1)
        self._expected = expected_seconds(self._photos, rates)
        self.spent = dict.fromkeys(STAGES, 0.0)  # seconds in each stage so far
        self._stage = STAGES[0]
        self._began = self._at = time.monotonic()
        self.left: float | None = None  # seconds; never more than it was before. None before the first event
        self._newest = self.fraction = 0.0  # of the whole task, 0 to 1; never less than it was before

    def show_event(self, event: JobEvent) -> None:
        if self.left is None:
            # It may have waited until now for other work to end, which says nothing of how long it takes itself.
            self._began = self._at = time.monotonic()
        self._tick()
        self._stage = stage_of(event.stage) or self._stage
        within = event.seconds_left or 0.0
        place = STAGES.index(self._stage)
        now_left = max(self._expected[self._stage] - self.spent[self._stage], within)
        left = now_left + sum(max(self._expected[one] - self.spent[one], 0.0) for one in STAGES[place + 1 :])
        if self.left is None or left < self.left:
            self.left = left
        elapsed = self._at - self._began
        self._newest = left
        self.fraction = max(self.fraction, elapsed / max(elapsed + left, 1e-6))

    @property
    def seconds_left(self) -> float | None:
        """What can be said to be left; None where it takes clearly longer than it did before."""
        is_late = self.left is not None and self._newest > max(2 * self.left, self.left + 5)
        return None if is_late else self.left

    def measured(self) -> dict[str, float]:
        """Seconds a photo, by stage, now that it is over."""
        self._tick()
        return {stage: seconds / self._photos for stage, seconds in self.spent.items()}

    def _tick(self) -> None:
        now = time.monotonic()
        self.spent[self._stage] += now - self._at
        if self.left is not None:
            # Between two events time goes on as well.
            self.left = max(self.left - (now - self._at), 0.0)
        self._at = now


def mixed_rates(before: Mapping[str, float] | None, measured: Mapping[str, float]) -> dict[str, float]:
    """Seconds a photo, by stage, once another training was measured: the newest counts as much as all before it."""
    known = before or {}
    mixed = {name: known.get(name, rate) * (1 - _NEWEST) + rate * _NEWEST for name, rate in measured.items()}
    return {name: min(rate, SLOWEST) for name, rate in mixed.items()}
