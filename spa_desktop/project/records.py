"""What the project file holds: each table's rows as a frozen record, whose fields say what its columns may hold.

The tables are STRICT, but only SQLite holds itself to that, and only when it writes: in a damaged file, or one from a
stranger, any column may hold anything. So rows are checked where they become records and before they are written:
whatever passes is safe to count, to show, and to look up by.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Generic, Literal, TypeVar, cast, get_type_hints

from pydantic import (
    AfterValidator,
    BeforeValidator,
    ConfigDict,
    FailFast,
    Field,
    GetCoreSchemaHandler,
    TypeAdapter,
    ValidationError,
)
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from spa_desktop.descriptions.model import Knowledge, Provenance
from spa_desktop.errors import SpaError
from spa_desktop.project.class_names import MAX_NAME_LENGTH, may_be_stored
from spa_desktop.project.documents import (
    ANY,
    BEFORE,
    CLASS_IDS,
    OBJECT,
    PROBABILITIES,
    STAGE,
    TRAINING,
    ClassState,
    Count,
    Id,
    Json,
    StatesBefore,
    TaskState,
    TrainingNotes,
    from_json,
)
from spa_desktop.project.project_failures import damaged, said

Split = Literal["train", "test"]
Verdict = Literal["class", "aside", "none"]  # it is a class, is to be set aside, or is none of the classes


def _clean(name: str) -> str:
    if not may_be_stored(name):
        raise ValueError("Input should be a name without control characters")
    return name


def _flag(value: object) -> bool:
    if not isinstance(value, int) or value not in (0, 1):
        raise ValueError("Input should be 0 or 1")
    return bool(value)


Patch = Annotated[int, Field(ge=0, le=1_000_000)]
Small = Annotated[int, Field(ge=0, le=1_000_000)]
Pixels = Annotated[int, Field(ge=1, le=1_000_000)]
Flag = Annotated[bool, BeforeValidator(_flag)]
Money = Annotated[float, Field(ge=0, le=1e9, allow_inf_nan=False)]
Name = Annotated[str, Field(max_length=MAX_NAME_LENGTH), AfterValidator(_clean)]
Text = Annotated[str, Field(max_length=100_000)]
Place = Annotated[str, Field(min_length=1, max_length=33_000, pattern=r"^[^\x00]*$")]
Sha256 = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]


@dataclass(frozen=True)
class Support:
    """The patch of an exemplar that a phrase was read from."""

    photo_id: Id
    patch: Patch | None = None  #: row by row on the encoder's grid


@dataclass(frozen=True)
class Phrase:
    """One short visual phrase of a description."""

    text: str
    provenance: Provenance
    support: tuple[Support, ...] = ()
    knowledge: Knowledge | None = None  #: of the offline writer's phrases; None in older projects


PHRASES: TypeAdapter[tuple[Phrase, ...]] = TypeAdapter(Annotated[tuple[Phrase, ...], FailFast()])


@dataclass(frozen=True)
class Document:
    """Says of a field that its column holds a text: JSON that the adapter describes."""

    adapter: TypeAdapter[Any]
    longest: int = 1_000_000

    def __get_pydantic_core_schema__(self, _: object, __: GetCoreSchemaHandler) -> CoreSchema:
        text = core_schema.str_schema(max_length=self.longest)
        return core_schema.no_info_after_validator_function(self._parse, text)

    def _parse(self, text: str) -> Any:
        try:
            return from_json(self.adapter, text)
        except ValueError as error:
            raise PydanticCustomError("document", "{why}", {"why": str(error)}) from error


_LONG = 4_000_000  # a training of half a million photos notes so much
_LONGEST_SORTING = 32_000_000  # the paths and hashes of 100,000 photos
_ClassIds = Annotated[tuple[int, ...], Document(CLASS_IDS, _LONG)]
_Object = Annotated[Mapping[str, Json], Document(OBJECT, _LONG)]

# What goes into the tables and comes out of them.


@dataclass(frozen=True)
class Property:
    """One of what holds for the whole project."""

    name: Text
    value: Text


@dataclass(frozen=True)
class ProjectMeta:
    """What holds for the whole project."""

    backbone: str
    fingerprint: str  #: of the encoder; empty until it was first loaded
    seed: int
    created: str  #: UTC, ISO 8601
    app_version: str  #: of the app that made the file
    project_id: str = ""  #: random, 32 hexadecimal digits; the same for ever, and in every copy of the file


@dataclass(frozen=True)
class Setting:
    """A value under a name."""

    name: Text
    value: Annotated[Json, Document(ANY)]


@dataclass(frozen=True)
class TaskRecord:
    """The classes that are learned together in one training run."""

    id: Id
    name: Name
    position: Small  #: 0, 1, 2, ... in the order of learning
    state: TaskState


@dataclass(frozen=True)
class ClassRecord:
    """One thing to recognise."""

    id: Id  #: never used again, even after the class was deleted
    name: Name  #: NFC; unique, upper and lower case told apart
    task_id: Id
    state: ClassState
    color: Small  #: 0, 1, 2, ...: index into the window's fixed order of hues


@dataclass(frozen=True)
class PhotoCounts:
    """How many photos a class has; those set aside count in `set_aside` alone."""

    train: Count = 0
    test: Count = 0
    set_aside: Count = 0
    unlearned: Count = 0  #: training photos that the learner has not seen yet


@dataclass(frozen=True)
class NewPhoto:
    """A photo that was opened and verified, and is not in the project yet."""

    path: Path
    sha256: str  #: of the file's bytes
    split: Split
    width: int  #: pixels, upright
    height: int
    size: int  #: bytes of the file
    thumbnail: bytes = field(repr=False)  #: JPEG, longest side at most 160 px


@dataclass(frozen=True)
class PhotoRecord:
    """A photo of a class: where it lay, and what was in it. The file may be gone."""

    id: Id
    class_id: Id
    path: Place  #: absolute
    name: Place  #: the file's name
    sha256: Sha256
    split: Split
    width: Pixels
    height: Pixels
    size: Id
    is_set_aside: Flag
    exemplar: Small | None  #: 0, 1, 2, ... when it is one of the class's exemplars
    is_learned: Flag  #: the learner has seen it


@dataclass(frozen=True)
class Thumbnail:
    """A small picture of a photo."""

    photo_id: Id
    sha256: Sha256
    blob: bytes


@dataclass(frozen=True)
class Features:
    """What an encoder made of a test photo."""

    photo_id: Id
    fingerprint: Text
    sha256: Sha256
    blob: bytes


@dataclass(frozen=True)
class Description:
    """The text of a class."""

    class_id: Id
    phrases: Annotated[tuple[Phrase, ...], Document(PHRASES)]
    sentence: Text
    writer: Text  #: "offline", "openai", "file", "person"
    model: Text = ""
    instruction_version: Text = ""
    is_approved: Flag = False
    input_tokens: Count = 0
    output_tokens: Count = 0
    cost: Money | None = None  #: US dollars, an estimate; None: not known
    created: Text = ""  #: UTC, ISO 8601; filled in when it is stored


@dataclass(frozen=True)
class CachedDescription:
    """A writer's answer, under a key of what it was asked."""

    key: Text
    document: Annotated[Json, Document(ANY)]
    created: Text


@dataclass(frozen=True)
class SortingDocument:
    """Photos that are being sorted into classes to come, or how far that is."""

    name: Text
    document: Annotated[Json, Document(ANY, _LONGEST_SORTING)]


@dataclass(frozen=True)
class _Learner:
    id: Id
    parent: Id | None  #: the version it was learned on top of
    created: Text
    task_id: Id | None  #: the task whose training made it; None for an edit
    class_ids: _ClassIds  #: the classes it knows
    meta: _Object
    sha256: Sha256  #: of the bytes


@dataclass(frozen=True)
class LearnerInfo(_Learner):
    """A version of the model, without its bytes."""

    size: Count  #: bytes


@dataclass(frozen=True)
class LearnerRow(_Learner):
    """A version of the model, as it is stored."""

    before: Annotated[StatesBefore, Document(BEFORE, _LONG)]
    blob: bytes


@dataclass(frozen=True)
class LearnerState:
    """A version of the model: safetensors bytes, opaque to the project."""

    info: LearnerInfo
    blob: bytes = field(repr=False)


@dataclass(frozen=True)
class Evaluation:
    """What was measured after a task."""

    task_id: Id
    learner_id: Id
    created: Text
    document: Annotated[Mapping[str, Json], Document(STAGE, _LONG)]


@dataclass(frozen=True)
class MeasuredState(Evaluation):
    """An evaluation, and how many answers of test photos are kept with it: where any are, it is counted by them."""

    id: Id
    answers: Count


@dataclass(frozen=True)
class TestAnswer:
    """What a test photo was predicted as: the most probable classes, best first, and how probable each is."""

    __test__ = False  # for pytest: no test of its own

    photo_id: Id
    class_ids: Annotated[tuple[int, ...], Document(CLASS_IDS)]
    probabilities: Annotated[tuple[float, ...], Document(PROBABILITIES)]

    def __post_init__(self) -> None:
        if not 0 < len(self.class_ids) == len(self.probabilities):
            raise ValueError("not every class has its probability")


@dataclass(frozen=True)
class AnswerRow(TestAnswer):
    """An answer, as it is stored."""

    id: Id
    evaluation_id: Id


@dataclass(frozen=True)
class Correction:
    """What a person said a photo is. It waits until it is learned."""

    id: Id
    photo_id: Id | None  #: of a photo of the project
    path: Place | None  #: of another photo, absolute
    taken_for: Id | None  #: the class that it was predicted as, which may be deleted since
    verdict: Verdict
    class_id: Id | None  #: the class that it is, where the project has it
    class_name: Name | None  #: of a class that is to be made
    created: Text
    sha256: Sha256 | None  #: of the other photo's file when it was corrected; None in projects of earlier versions

    def __post_init__(self) -> None:
        names_photo = (self.photo_id is None) != (self.path is None)
        names_class = (self.class_id is None) != (self.class_name is None)
        if not names_photo or names_class != (self.verdict == "class"):
            raise ValueError("it contradicts itself")


@dataclass(frozen=True)
class TrainingRecord:
    """A training that the project remembers."""

    id: Id
    task_id: Id
    learner_id: Id  #: of the version that it made
    created: Text  #: UTC, ISO 8601
    notes: Annotated[TrainingNotes, Document(TRAINING)]


@dataclass(frozen=True)
class HistoryEntry:
    """A verb that was done."""

    id: Id
    verb: Text
    at: Text
    app_version: Text
    summary: Text
    details: Annotated[Mapping[str, Json], Document(OBJECT)]


R = TypeVar("R")
Row = tuple[Any, ...]


class Rows(Generic[R]):
    """The rows of a table, or some of its columns, read as records: dataclasses whose fields are the columns."""

    def __init__(self, table: str, what: str, record: type[R], *, key: str = "id", **expressions: str) -> None:
        """Name the table, `what` a row of it is in a message, and `expressions` for fields that are no columns."""
        self.table, self.key, self._what, self.record = table, key, what, record
        self.names = tuple(one.name for one in dataclasses.fields(record))  # type: ignore[arg-type]
        hints = get_type_hints(record, include_extras=True)
        self._kinds = {name: hints[name] for name in self.names}
        self.documents = [  # columns that hold JSON
            name
            for name, kind in self._kinds.items()
            if any(isinstance(one, Document) for one in getattr(kind, "__metadata__", ()))
        ]
        # Of all of them; a condition may be added.
        self.select = f"SELECT {', '.join(expressions.get(name, name) for name in self.names)} FROM {table}"
        row = cast(Any, tuple[tuple(self._kinds.values())])  # type: ignore[misc]
        self._adapter: TypeAdapter[Any] = TypeAdapter(row, config=_STRICT)

    def read(self, path: Path, rows: list[Row]) -> list[R]:
        """Give the records of rows. Raises ProjectDamaged: at the first that is not valid."""
        valid = self._adapter.validate_python
        try:
            return [self.record(*valid(row)) for row in rows]
        except ValueError as error:
            raise damaged(path, next(filter(None, map(self.fault, rows)), str(error))) from error

    def value(self, path: Path, column: str, value: object) -> Any:
        """What stands in one column. Raises ProjectDamaged if it is not valid."""
        try:
            return TypeAdapter(tuple[self._kinds[column]], config=_STRICT).validate_python((value,))[0]  # type: ignore[name-defined]
        except ValueError as error:
            raise damaged(path, f"{column} of {self._what} is not valid: {_first(error)[1]}") from error

    def fault(self, row: Row) -> str | None:
        """What is wrong with a row, None if nothing is."""
        try:
            self.record(*self._adapter.validate_python(row))
        except ValueError as error:
            # Which row and column; of what stands there its key at most, as it may be anything.
            place, why = _first(error)
            is_key = self.names[0] in ("name", "key") or (self.names[0].endswith("id") and isinstance(row[0], int))
            key = f" {said(row[0])[:60]}" if is_key else ""
            column = f"{self.names[place]} of " if isinstance(place, int) and place < len(self.names) else ""
            return f"{column}{self._what}{key} is not valid: {why}"
        return None

    def require(self, **columns: object) -> None:
        """Make sure that a row that is about to be written can be read again. SQLite may fill in its `id`.

        Raises SpaError if it cannot.
        """
        fault = self.fault(tuple({"id": 1, **columns}[name] for name in self.names))
        if fault is not None:
            raise SpaError(f"This cannot be stored in a project: {fault}")


_STRICT = ConfigDict(strict=True)


def _first(error: ValueError) -> tuple[object, str]:
    """The column of the first fault, None if it is of no single one, and what is wrong."""
    if not isinstance(error, ValidationError):
        return None, str(error)
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    return (first["loc"] or (None,))[0], said(first["msg"])


_TABLES: tuple[Rows[Any], ...] = (
    Rows("meta", "property", Property, key="name"),
    Rows("settings", "setting", Setting, key="name"),
    Rows("tasks", "task", TaskRecord),
    Rows("classes", "class", ClassRecord),
    Rows("photos", "photo", PhotoRecord),
    Rows("thumbnails", "thumbnail", Thumbnail, key="photo_id"),
    Rows("test_features", "test features", Features, key="photo_id"),
    Rows("descriptions", "the description of class", Description),
    Rows("description_cache", "cached description", CachedDescription, key="key"),
    Rows("sorting", "photos to be sorted", SortingDocument, key="name"),
    Rows("learners", "learner", LearnerRow),
    Rows("evaluations", "the evaluation of task", Evaluation),
    Rows("answers", "the answer of photo", AnswerRow),
    Rows("corrections", "correction", Correction),
    Rows("trainings", "training", TrainingRecord),
    Rows("history", "history", HistoryEntry),
)
_ANSWERS = "(SELECT count(*) FROM answers WHERE evaluation_id = evaluations.id)"
_PARTS: tuple[Rows[Any], ...] = (
    Rows("learners", "learner", LearnerInfo, size="length(blob)"),
    Rows("answers", "the answer of photo", TestAnswer),
    Rows("photos", "the number of photos", PhotoCounts),
    Rows("evaluations", "evaluation", MeasuredState, answers=_ANSWERS),
)
BY_TABLE: dict[str, Rows[Any]] = {rows.table: rows for rows in _TABLES}
_BY_RECORD: dict[type, Rows[Any]] = {rows.record: rows for rows in (*_TABLES, *_PARTS)}


def rows_of(record: type[R]) -> Rows[R]:
    """The rows of the table, or the part of one, that records of a kind are made of."""
    return _BY_RECORD[record]
