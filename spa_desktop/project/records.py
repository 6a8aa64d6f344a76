"""What the project file holds, as frozen records: what goes in and what comes out of the tables."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, ConfigDict, Field, TypeAdapter, ValidationError

from spa_desktop.descriptions.model import Knowledge, Provenance
from spa_desktop.errors import SpaError
from spa_desktop.project.class_names import MAX_NAME_LENGTH, may_be_stored
from spa_desktop.project.project_failures import damaged

ClassState = Literal["new", "described", "trained", "stale"]
TaskState = Literal["new", "trained"]
Split = Literal["train", "test"]
Verdict = Literal["class", "aside", "none"]  # it is a class, is to be set aside, or is none of the classes
# Numbers that every program can count with, and that a file from a stranger cannot make too big.
Id = Annotated[int, Field(ge=1, le=1 << 53)]
Count = Annotated[int, Field(ge=0, le=1 << 53)]
Patch = Annotated[int, Field(ge=0, le=1_000_000)]
Json = dict[str, "Json"] | list["Json"] | str | int | float | bool | None


@dataclass(frozen=True)
class ProjectMeta:
    """What holds for the whole project."""

    backbone: str
    fingerprint: str  # of the encoder; empty until it was first loaded
    seed: int
    created: str  # UTC, ISO 8601
    app_version: str  # of the app that made the file
    project_id: str = ""  # random, 32 hexadecimal digits; the same for ever, and in every copy of the file


@dataclass(frozen=True)
class TaskRecord:
    """The classes that are learned together in one training run."""

    id: int
    name: str
    position: int  # 0, 1, 2, ... in the order of learning
    state: TaskState


@dataclass(frozen=True)
class ClassRecord:
    """One thing to recognise."""

    id: int  # never used again, even after the class was deleted
    name: str  # NFC; unique, upper and lower case told apart
    task_id: int
    state: ClassState
    color: int  # 0, 1, 2, ...: index into the window's fixed order of hues


@dataclass(frozen=True)
class PhotoCounts:
    """How many photos a class has; those set aside count in `set_aside` alone."""

    train: int = 0
    test: int = 0
    set_aside: int = 0
    unlearned: int = 0  # training photos that the learner has not seen yet


@dataclass(frozen=True)
class NewPhoto:
    """A photo that was opened and verified, and is not in the project yet."""

    path: Path
    sha256: str  # of the file's bytes
    split: Split
    width: int  # pixels, upright
    height: int
    size: int  # bytes of the file
    thumbnail: bytes = field(repr=False)  # JPEG, longest side at most 160 px


@dataclass(frozen=True)
class PhotoRecord:
    """A photo of a class: where it lay, and what was in it. The file may be gone."""

    id: int
    class_id: int
    path: str  # absolute
    name: str  # the file's name
    sha256: str
    split: Split
    width: int
    height: int
    size: int
    is_set_aside: bool
    exemplar: int | None  # 0, 1, 2, ... when it is one of the class's exemplars
    is_learned: bool  # the learner has seen it


@dataclass(frozen=True)
class Support:
    """The patch of an exemplar that a phrase was read from."""

    photo_id: Id
    patch: Patch | None = None  # row by row on the encoder's grid


@dataclass(frozen=True)
class Phrase:
    """One short visual phrase of a description."""

    text: str
    provenance: Provenance
    support: tuple[Support, ...] = ()
    knowledge: Knowledge | None = None  # of the offline writer's phrases; None in older projects


@dataclass(frozen=True)
class Description:
    """The text of a class."""

    class_id: int
    phrases: tuple[Phrase, ...]
    sentence: str
    writer: str  # "offline", "openai", "file", "person"
    model: str = ""
    instruction_version: str = ""
    is_approved: bool = False
    input_tokens: int = 0
    output_tokens: int = 0
    cost: float | None = None  # US dollars, an estimate; None: not known
    created: str = ""  # UTC, ISO 8601; filled in when it is stored


@dataclass(frozen=True)
class LearnerInfo:
    """A version of what was learned, without its bytes."""

    id: int
    parent: int | None  # the version it was learned on top of
    created: str
    task_id: int | None  # the task whose training made it; None for an edit
    class_ids: tuple[int, ...]  # the classes it knows
    sha256: str  # of the bytes
    size: int  # bytes
    meta: Mapping[str, Json]


@dataclass(frozen=True)
class LearnerState:
    """A version of what was learned: safetensors bytes, opaque to the project."""

    info: LearnerInfo
    blob: bytes = field(repr=False)


@dataclass(frozen=True)
class Evaluation:
    """What was measured after a task."""

    task_id: int
    learner_id: int
    created: str
    document: Mapping[str, Json]


@dataclass(frozen=True)
class MeasuredState:
    """An evaluation without what was measured, and how many answers of test photos are kept with it."""

    id: int
    task_id: int
    learner_id: int
    created: str
    answers: int


@dataclass(frozen=True)
class TestAnswer:
    """What a test photo was taken for: the most probable classes, best first, and how probable each is."""

    __test__ = False  # for pytest: no test of its own

    photo_id: int
    class_ids: tuple[int, ...]
    probabilities: tuple[float, ...]

    @property
    def is_consistent(self) -> bool:
        """It names a class at least, and says of each how probable it is."""
        return 0 < len(self.class_ids) == len(self.probabilities)


@dataclass(frozen=True)
class HistoryEntry:
    """A verb that was done."""

    id: int
    verb: str
    at: str
    app_version: str
    summary: str
    details: Mapping[str, Json]


@dataclass(frozen=True)
class Correction:
    """What a person said a photo is. It waits until it is learned."""

    id: int
    photo_id: int | None  # of a photo of the project
    path: str | None  # of another photo, absolute
    taken_for: int | None  # the class that the model took it for; it may be deleted since
    verdict: Verdict
    class_id: int | None  # the class that it is, where the project has it
    class_name: str | None  # of a class that is to be made
    created: str
    sha256: str | None  # of the other photo's file when it was corrected; None in projects of earlier versions

    @property
    def is_consistent(self) -> bool:
        """It is of one photo, and of one class where it says that the photo is of a class."""
        names_photo = (self.photo_id is None) != (self.path is None)
        names_class = (self.class_id is None) != (self.class_name is None)
        return names_photo and names_class == (self.verdict == "class")


# What each column of the file may hold, checked where rows become records.
#
# The tables are STRICT, but only SQLite holds itself to that, and only when it writes: in a damaged file, or one from a
# stranger, any column may hold anything. Whatever passes here is safe to count, to show, and to look up by.


def _clean(name: str) -> str:
    if not may_be_stored(name):
        raise ValueError("Input should be a name without control characters")
    return name


def _adapter(columns: tuple[Any, ...]) -> TypeAdapter[Any]:
    kind: Any = tuple[columns]  # type: ignore[valid-type]
    return TypeAdapter(kind, config=ConfigDict(strict=True))


Name = Annotated[str, Field(max_length=MAX_NAME_LENGTH), AfterValidator(_clean)]
Text = Annotated[str, Field(max_length=100_000)]
Place = Annotated[str, Field(min_length=1, max_length=33_000, pattern=r"^[^\x00]*$")]
JsonText = Annotated[str, Field(max_length=1_000_000)]
LongJsonText = Annotated[str, Field(max_length=4_000_000)]  # a training of half a million photos notes so much
Sha256 = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
Small = Annotated[int, Field(ge=0, le=1_000_000)]
Pixels = Annotated[int, Field(ge=1, le=1_000_000)]
Flag = Annotated[int, Field(ge=0, le=1)]
Money = Annotated[float, Field(ge=0, le=1e9, allow_inf_nan=False)]


class RowKind:
    """The columns of a query, and what each may hold.

    Attributes:
        columns: their names, with commas, for the query.
    """

    def __init__(self, what: str, **columns: Any) -> None:
        """Name them in order; a name that is no column stands for an expression."""
        self._what, self._names, self._kinds = what, tuple(columns), columns
        self.columns = ", ".join(columns)
        self._adapter = _adapter(tuple(columns.values()))

    @functools.cached_property
    def _many(self) -> TypeAdapter[Any]:
        """Whole lists at once: twice as fast."""
        kind: Any = list[tuple[tuple(self._kinds.values())]]  # type: ignore[misc]
        return TypeAdapter(kind, config=ConfigDict(strict=True))

    def only(self, *columns: str) -> RowKind:
        """Some of the columns."""
        return RowKind(self._what, **{name: self._kinds[name] for name in columns})

    def without(self, *columns: str) -> RowKind:
        """All columns but some: SQLite fills them in."""
        return self.only(*(name for name in self._names if name not in columns))

    def read(self, path: Path, row: Iterable[object]) -> Any:
        """Give the row, if it is one.

        Raises:
            ProjectDamaged: if it is not.
        """
        row = tuple(row)
        try:
            return self._adapter.validate_python(row)
        except ValidationError as error:
            raise damaged(path, self._said(row, error)) from error

    def value(self, row: tuple[object, ...], column: str) -> Any:
        """What stands in a column of a row."""
        return row[self._names.index(column)]

    def read_all(self, path: Path, rows: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
        """Give the rows, if all are.

        Raises:
            ProjectDamaged: at the first that is not.
        """
        try:
            found: list[tuple[Any, ...]] = self._many.validate_python(rows)
            return found
        except ValidationError:
            return [self.read(path, row) for row in rows]

    def fault(self, row: tuple[object, ...]) -> str | None:
        """What is wrong with a row, None if nothing is."""
        try:
            self._adapter.validate_python(row)
        except ValidationError as error:
            return self._said(row, error)
        return None

    def require(self, row: tuple[object, ...]) -> tuple[object, ...]:
        """Give a row that is about to be written, if it can be read again.

        Raises:
            SpaError: if it cannot.
        """
        fault = self.fault(row)
        if fault is not None:
            raise SpaError(f"This cannot be stored in a project: {fault}")
        return row

    def _said(self, row: tuple[object, ...], error: ValidationError) -> str:
        """Which row and column, never with what stands there: that may be anything."""
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        place = first["loc"][0] if first["loc"] else 0
        column = self._names[place] if isinstance(place, int) and place < len(self._names) else str(place)
        key = f" {row[0]}" if row and isinstance(row[0], int) else ""
        return f"{column} of {self._what}{key} is not valid: {first['msg']}"


def as_row(values: Iterable[Any], *more: object) -> tuple[Any, ...]:
    """Put the values of a row together with some that were converted."""
    return (*values, *more)


TASK = RowKind("task", id=Id, name=Name, position=Small, state=TaskState)
CLASS = RowKind("class", id=Id, name=Name, task_id=Id, state=ClassState, color=Small)
PHOTO = RowKind(
    "photo",
    id=Id,
    class_id=Id,
    path=Place,
    name=Place,
    sha256=Sha256,
    split=Split,
    width=Pixels,
    height=Pixels,
    size=Id,
    is_set_aside=Flag,
    exemplar=Small | None,
    is_learned=Flag,
)
NEW_PHOTO = PHOTO.without("id", "is_set_aside", "exemplar", "is_learned")
COUNTS = RowKind("the photos of class", class_id=Id, train=Count, test=Count, set_aside=Count, unlearned=Count)
THUMBNAIL = RowKind("thumbnail", photo_id=Id, sha256=Sha256, blob=bytes)
FEATURES = RowKind("test features", photo_id=Id, fingerprint=Text, sha256=Sha256, blob=bytes)
DESCRIPTION = RowKind(
    "the description of class",
    class_id=Id,
    phrases=JsonText,
    sentence=Text,
    writer=Text,
    model=Text,
    instruction_version=Text,
    is_approved=Flag,
    input_tokens=Count,
    output_tokens=Count,
    cost=Money | None,
    created=Text,
)
CACHED = RowKind("cached description", key=Text, document=JsonText, created=Text)
LEARNER = RowKind(
    "learner",
    id=Id,
    parent=Id | None,
    created=Text,
    task_id=Id | None,
    class_ids=LongJsonText,
    before=LongJsonText,
    meta=LongJsonText,
    sha256=Sha256,
    blob=bytes,
)
NEW_LEARNER = LEARNER.without("id")
LEARNER_BEFORE, LEARNER_BLOB = LEARNER.only("before"), LEARNER.only("blob")
# Without its bytes, which are many.
LEARNER_INFO = RowKind(
    "learner",
    id=Id,
    parent=Id | None,
    created=Text,
    task_id=Id | None,
    class_ids=LongJsonText,
    sha256=Sha256,
    size=Count,
    meta=LongJsonText,
)
EVALUATION = RowKind("evaluation", task_id=Id, learner_id=Id, created=Text, document=LongJsonText)
STATE = RowKind("evaluation", id=Id, task_id=Id, learner_id=Id, created=Text, answers=Count)
ANSWER = RowKind("the answer of photo", photo_id=Id, class_ids=JsonText, probabilities=JsonText)
STORED_ANSWER = RowKind("answer", id=Id, evaluation_id=Id, photo_id=Id, class_ids=JsonText, probabilities=JsonText)
CORRECTION = RowKind(
    "correction",
    id=Id,
    photo_id=Id | None,
    path=Place | None,
    taken_for=Id | None,
    verdict=Verdict,
    class_id=Id | None,
    class_name=Name | None,
    created=Text,
    sha256=Sha256 | None,
)
NEW_CORRECTION = CORRECTION.without("id")
TRAINING = RowKind("training", id=Id, task_id=Id, learner_id=Id, created=Text, notes=JsonText)
NEW_TRAINING = TRAINING.without("id")
HISTORY = RowKind("history", id=Id, verb=Text, at=Text, app_version=Text, summary=Text, details=JsonText)
NEW_HISTORY = HISTORY.without("id")
SETTING = RowKind("setting", name=Text, value=JsonText)
META = RowKind("property", name=Text, value=Text)

# Tables and what their rows are.
ROW_KINDS: dict[str, RowKind] = {
    "meta": META,
    "settings": SETTING,
    "tasks": TASK,
    "classes": CLASS,
    "photos": PHOTO,
    "thumbnails": THUMBNAIL,
    "test_features": FEATURES,
    "descriptions": DESCRIPTION,
    "description_cache": CACHED,
    "learners": LEARNER,
    "evaluations": EVALUATION,
    "answers": STORED_ANSWER,
    "corrections": CORRECTION,
    "trainings": TRAINING,
    "history": HISTORY,
}
