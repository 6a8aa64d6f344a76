"""What is kept of how a training went: bounded, and checked where it comes from a file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, ConfigDict, Field, TypeAdapter

MOST_STAGES, MOST_LINES, MOST_POINTS, MOST_PICKED = 40, 200, 400, 3
LONGEST_LINE = 500  # characters
_MOST_PATCHES, _MOST_ACROSS = 1024, 256

TrainingKind = Literal["learned", "topped up", "corrected"]
_CHECKED: Any = ConfigDict(extra="forbid", allow_inf_nan=False)
_Whole = Annotated[int, Field(ge=0, le=1 << 53)]
_Number = Annotated[int, Field(ge=1, le=1 << 53)]
_Seconds = Annotated[float, Field(ge=0, le=1e9)]
_Share = Annotated[float, Field(ge=0, le=1)]
_Figure = Annotated[float, Field(ge=-1e9, le=1e9)]
_Across = Annotated[int, Field(ge=1, le=_MOST_ACROSS)]
_Text = Annotated[str, Field(max_length=LONGEST_LINE)]


@dataclass(frozen=True)
class StageTime:
    """A stage of a training, and the seconds it took in all. The name is that of a :class:`~spa_desktop.jobs.Stage`."""

    __pydantic_config__ = _CHECKED

    stage: Annotated[str, Field(max_length=40)]
    seconds: _Seconds


@dataclass(frozen=True)
class LogLine:
    """A line that was said, `at` so many seconds after the beginning."""

    __pydantic_config__ = _CHECKED

    at: _Seconds
    text: _Text


@dataclass(frozen=True)
class CurvePoint:
    """Loss, and accuracy in per cent, at a step."""

    __pydantic_config__ = _CHECKED

    step: _Whole
    loss: _Figure
    accuracy: Annotated[float, Field(ge=0, le=100)]


@dataclass(frozen=True)
class PickedPatches:
    """The patches that a training selected on a photo, for the photo's class.

    Attributes:
        photo_id: the photo; it may be gone.
        grid: rows and columns of patches.
        patches: the selected ones, row by row on the grid, most relevant first.
        crop: the part of the photo that the grid covers: left, top, width and height as shares of the photo.
    """

    __pydantic_config__ = _CHECKED

    photo_id: _Number
    grid: tuple[_Across, _Across]
    patches: Annotated[tuple[_Whole, ...], Field(min_length=1, max_length=_MOST_PATCHES)]
    crop: tuple[_Share, _Share, _Share, _Share]


def _inside(picked: tuple[PickedPatches, ...]) -> tuple[PickedPatches, ...]:
    for one in picked:
        if max(one.patches) >= one.grid[0] * one.grid[1]:
            raise ValueError("A patch lies outside of its grid")
    return picked


@dataclass(frozen=True)
class TrainingNotes:
    """How a training went.

    Attributes:
        kind: it learned new classes, took more photos of known ones, or learned corrections.
        photos: that it learned from.
        seconds: it took, from the first photo to the moment it was stored.
        right: test photos answered right after it, of `tests`.
        tests: test photos of all classes known then.
        lost: points that the tasks before it lost by it; None if there was nothing to lose, or it is not known.
        stages: in the order in which they began.
        log: what it said.
        curve: loss and accuracy while projectors were learned, perhaps every second or fourth step.
        picked: on photos that it learned from.
    """

    __pydantic_config__ = _CHECKED

    kind: TrainingKind
    photos: _Whole
    seconds: _Seconds
    right: _Whole
    tests: _Whole
    lost: Annotated[float, Field(ge=-100, le=100)] | None = None
    stages: Annotated[tuple[StageTime, ...], Field(max_length=MOST_STAGES)] = ()
    log: Annotated[tuple[LogLine, ...], Field(max_length=MOST_LINES)] = ()
    curve: Annotated[tuple[CurvePoint, ...], Field(max_length=MOST_POINTS)] = ()
    picked: Annotated[tuple[PickedPatches, ...], Field(max_length=MOST_PICKED), AfterValidator(_inside)] = ()

    @property
    def accuracy(self) -> float | None:
        """In per cent; None without a test photo."""
        return 100 * self.right / self.tests if self.tests else None


TRAINING: TypeAdapter[TrainingNotes] = TypeAdapter(TrainingNotes)


@dataclass(frozen=True)
class TrainingRecord:
    """A training that the project remembers."""

    id: int
    task_id: int
    learner_id: int  # of the version that it made
    created: str  # UTC, ISO 8601
    notes: TrainingNotes
