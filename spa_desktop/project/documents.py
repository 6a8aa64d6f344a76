"""JSON inside the project file: written finite and free of keys, read back through pydantic."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, FailFast, Field, JsonValue, TypeAdapter, ValidationError
from pydantic_core import from_json as parse
from typing_extensions import TypedDict

from spa_desktop.errors import InputError, SpaError
from spa_desktop.metrics import NOT_MEASURED, Accuracy
from spa_desktop.visible import QT_TRANSLATE_NOOP, visible

ClassState = Literal["new", "described", "trained", "stale"]
TaskState = Literal["new", "trained"]
Json = dict[str, "Json"] | list["Json"] | str | int | float | bool | None
# Numbers that every program can count with, and that a file from a stranger cannot make too big.
Id = Annotated[int, Field(ge=1, le=1 << 53)]
Count = Annotated[int, Field(ge=0, le=1 << 53)]
Place = Annotated[str, Field(min_length=1, max_length=33_000, pattern=r"^[^\x00]*$")]
Sha256 = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]

# What is kept of how a training went: bounded, and checked where it comes from a file.

MOST_STAGES, MOST_LINES, MOST_POINTS, MOST_PICKED = 40, 200, 400, 3
LONGEST_LINE = 500  # characters
_MOST_PATCHES, _MOST_ACROSS = 1024, 256

TrainingKind = Literal["learned", "topped up", "corrected"]
_Seconds = Annotated[float, Field(ge=0, le=1e9)]
_Share = Annotated[float, Field(ge=0, le=1)]
_Figure = Annotated[float, Field(ge=-1e9, le=1e9)]
_Across = Annotated[int, Field(ge=1, le=_MOST_ACROSS)]
_Text = Annotated[str, Field(max_length=LONGEST_LINE)]


class _Checked:
    __pydantic_config__: Any = ConfigDict(extra="forbid", allow_inf_nan=False)


@dataclass(frozen=True)
class StageTime(_Checked):
    """A stage of a training, and the seconds it took in all. The name is that of a :class:`~spa_desktop.jobs.Stage`."""

    stage: Annotated[str, Field(max_length=40)]
    seconds: _Seconds


@dataclass(frozen=True)
class LogLine(_Checked):
    """A line that was said, `at` so many seconds after the beginning."""

    at: _Seconds
    text: _Text


@dataclass(frozen=True)
class CurvePoint(_Checked):
    """Loss, and accuracy in per cent, at a step."""

    step: Count
    loss: _Figure
    accuracy: Annotated[float, Field(ge=0, le=100)]


@dataclass(frozen=True)
class PickedPatches(_Checked):
    """The patches that a training selected on a photo, for the photo's class."""

    photo_id: Id  # the photo; it may be gone
    grid: tuple[_Across, _Across]  # rows and columns of patches
    # the selected ones, row by row on the grid, most relevant first
    patches: Annotated[tuple[Count, ...], Field(min_length=1, max_length=_MOST_PATCHES)]
    # the part of the photo that the grid covers: left, top, width and height as shares of the photo
    crop: tuple[_Share, _Share, _Share, _Share]


def _inside(picked: tuple[PickedPatches, ...]) -> tuple[PickedPatches, ...]:
    for photo in picked:
        if max(photo.patches) >= photo.grid[0] * photo.grid[1]:
            raise ValueError("A patch lies outside of its grid")
    return picked


@dataclass(frozen=True)
class TrainingNotes(_Checked):
    """How a training went."""

    kind: TrainingKind  # it learned new classes, took more photos of known ones, or learned corrections
    photos: Count  # that it learned from
    seconds: _Seconds  # it took, from the first photo to the moment it was stored
    right: Count  # test photos answered right after it, of `tests`
    tests: Count  # test photos of all classes known then
    # Earlier versions stored it, and nothing reads it: what was forgotten is measured on the stages.
    lost: Annotated[float, Field(ge=-100, le=100)] | None = None
    stages: Annotated[tuple[StageTime, ...], Field(max_length=MOST_STAGES)] = ()  # in the order in which they began
    log: Annotated[tuple[LogLine, ...], Field(max_length=MOST_LINES)] = ()  # what it said
    # loss and accuracy while projectors were learned, perhaps every second or fourth step
    curve: Annotated[tuple[CurvePoint, ...], Field(max_length=MOST_POINTS)] = ()
    # on photos that it learned from
    picked: Annotated[tuple[PickedPatches, ...], Field(max_length=MOST_PICKED), AfterValidator(_inside)] = ()
    stopped_early: bool = False  # the steps that were left were not taken, as the user wanted

    @property
    def accuracy(self) -> Accuracy:
        """Of the model right after it."""
        return Accuracy(self.right, self.tests)


TRAINING: TypeAdapter[TrainingNotes] = TypeAdapter(TrainingNotes)

_T = TypeVar("_T")
_FINITE = ConfigDict(allow_inf_nan=False)


def _not_more_right_than_there_are(pair: list[int]) -> list[int]:
    if pair[0] > pair[1]:
        raise ValueError("More is right than there is")
    return pair


_RightOf = Annotated[list[Count], Field(min_length=2, max_length=2), AfterValidator(_not_more_right_than_there_are)]

# OpenAI, Anthropic and OpenRouter keys and bearer headers all look like this; no phrase or path does.
_KEY = re.compile(r"\bsk-[A-Za-z0-9_-]{16,}|\bBearer\s+[A-Za-z0-9._-]{16,}")


class StatesBefore(BaseModel):
    """What a training changed, for its undo."""

    model_config = ConfigDict(extra="forbid")

    classes: dict[Id, ClassState]
    tasks: dict[Id, TaskState]
    photos: Annotated[list[Id], FailFast()]  # that the learner had not seen before
    dropped: dict[Id, Id] = {}  # that it had seen, and sees no more, each with its class


class StageDocument(TypedDict, total=False):
    """What was measured after a task, as far as anything in the app counts with it."""

    __pydantic_config__ = ConfigDict(extra="allow", allow_inf_nan=False)  # type: ignore[misc]

    tasks: dict[str, _RightOf]
    classes: dict[str, _RightOf]
    zero_shot: _Share | None
    slda: _Share | None


def right_of(document: Mapping[str, Any]) -> Accuracy:
    """How many test photos a stage document counts as right, of how many."""
    return sum((Accuracy(*map(int, value)) for value in document.get("tasks", {}).values()), NOT_MEASURED)


# Where a user says that the thing is: left, top, right and bottom as shares of the upright photo.
Frame = tuple[float, float, float, float]
LEAST_SPAN = 0.01  # from side to side
FRAME: TypeAdapter[Frame] = TypeAdapter(tuple[_Share, _Share, _Share, _Share], config=_FINITE)


def checked_frame(frame: Frame, photo: str) -> Frame:
    """A frame of a photo, to four decimals. Raises InputError if it is outside of the photo, or has no area."""
    left, top, right, bottom = (round(float(side), 4) for side in frame)
    if not (0 <= left <= right - LEAST_SPAN <= 1 - LEAST_SPAN and 0 <= top <= bottom - LEAST_SPAN <= 1 - LEAST_SPAN):
        text = QT_TRANSLATE_NOOP("errors", "A frame of {path} is outside of the photo or has no area: draw it anew")
        raise InputError(text, path=photo)
    return left, top, right, bottom


CLASS_IDS: TypeAdapter[tuple[int, ...]] = TypeAdapter(Annotated[tuple[Id, ...], FailFast()])
PROBABILITIES: TypeAdapter[tuple[float, ...]] = TypeAdapter(Annotated[tuple[_Share, ...], FailFast()])
STAGE: TypeAdapter[StageDocument] = TypeAdapter(StageDocument)
BEFORE: TypeAdapter[StatesBefore] = TypeAdapter(StatesBefore)
OBJECT: TypeAdapter[dict[str, JsonValue]] = TypeAdapter(dict[str, JsonValue], config=_FINITE)
ANY: TypeAdapter[JsonValue] = TypeAdapter(JsonValue, config=_FINITE)


def looks_like_key(text: str) -> bool:
    """Tell whether a text holds something that looks like an API key."""
    return _KEY.search(text) is not None


def to_json(value: object) -> str:
    """Write a value as compact JSON.

    Raises SpaError if it is no JSON, holds NaN or infinity, or something that looks like an API key.
    """
    try:
        text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        text.encode()
    except (TypeError, ValueError) as error:
        why = QT_TRANSLATE_NOOP("errors", "This cannot be stored in a project: {reason}")
        raise SpaError(why, reason=error) from error
    if looks_like_key(text):
        why = QT_TRANSLATE_NOOP(
            "errors", "This was not stored: it holds what looks like an API key, and a project never keeps one"
        )
        raise SpaError(why)
    return text


def from_json(adapter: TypeAdapter[_T], text: str) -> _T:
    """Read JSON back.

    Raises ValueError: in one line, if the text is not what the adapter describes, or nested too deeply to be read.
    """
    try:
        if adapter is not ANY and adapter is not OBJECT:
            return adapter.validate_json(text)
        # Of any JSON it is only what was parsed whose numbers are looked at: 1e999 is infinite.
        return adapter.validate_python(parse(text, allow_inf_nan=False))
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        where = visible(".".join(str(part)[:40] for part in first["loc"][:8]))  # keys, which may be anything
        raise ValueError(f"{where + ': ' if where else ''}{first['msg']}") from error
