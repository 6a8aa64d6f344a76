"""What the project file holds: each table's rows as a frozen record, whose fields are the columns.

What a column may hold is said, and looked at when a file is opened, in ``spa_desktop.project.gate``.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar, get_type_hints

from pydantic import FailFast, Field, TypeAdapter

from spa_desktop.descriptions.model import Knowledge, Provenance
from spa_desktop.project.documents import (
    ANY,
    BEFORE,
    CLASS_IDS,
    FRAME,
    OBJECT,
    PROBABILITIES,
    STAGE,
    TRAINING,
    ClassState,
    Frame,
    Id,
    Json,
    TaskState,
    TrainingNotes,
    from_json,
)
from spa_desktop.project.project_failures import damaged, said

Split = Literal["train", "test"]
Verdict = Literal["class", "aside", "none"]  # it is a class, is to be set aside, or is none of the classes


@dataclass(frozen=True)
class Support:
    """The patch of an exemplar that a phrase was read from."""

    photo_id: Id
    patch: Annotated[int, Field(ge=0, le=1_000_000)] | None = None  #: row by row on the encoder's grid


@dataclass(frozen=True)
class Phrase:
    """One short visual phrase of a description."""

    text: str
    provenance: Provenance
    support: tuple[Support, ...] = ()
    knowledge: Knowledge | None = None  #: of the offline writer's phrases; None in older projects


PHRASES: TypeAdapter[tuple[Phrase, ...]] = TypeAdapter(Annotated[tuple[Phrase, ...], FailFast()])


# What goes into the tables and comes out of them.


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
class TaskRecord:
    """The classes that are learned together in one training run."""

    id: int
    name: str
    position: int  #: 0, 1, 2, ... in the order of learning
    state: TaskState


@dataclass(frozen=True)
class ClassRecord:
    """One thing to recognise."""

    id: int  #: never used again, even after the class was deleted
    name: str  #: NFC; unique, upper and lower case told apart
    task_id: int
    state: ClassState
    color: int  #: 0, 1, 2, ...: index into the window's fixed order of hues


@dataclass(frozen=True)
class PhotoCounts:
    """How many photos a class has; those set aside count in `set_aside` alone."""

    train: int = 0
    test: int = 0
    set_aside: int = 0
    unlearned: int = 0  #: training photos that the learner has not seen yet


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
    taken: float = 0.0  #: seconds, see ``spa_desktop.photos.events``; 0: nobody knows


@dataclass(frozen=True)
class PhotoRecord:
    """A photo of a class: where it lay, and what was in it. The file may be gone."""

    id: int
    class_id: int
    path: str  #: absolute
    name: str  #: the file's name
    sha256: str
    split: Split
    width: int
    height: int
    size: int
    is_set_aside: bool
    exemplar: int | None  #: 0, 1, 2, ... when it is one of the class's exemplars
    is_learned: bool  #: the learner has seen it
    frame: Frame | None = None  #: where the thing is, where a user said so
    taken: float | None = None  #: seconds; 0: nobody knows, None: a version added it that did not look


@dataclass(frozen=True)
class Description:
    """The text of a class."""

    class_id: int
    phrases: tuple[Phrase, ...]
    sentence: str
    writer: str  #: "offline", "openai", "file", "person"
    model: str = ""
    instruction_version: str = ""
    is_approved: bool = False
    input_tokens: int = 0
    output_tokens: int = 0
    cost: float | None = None  #: US dollars, an estimate; None: not known
    created: str = ""  #: UTC, ISO 8601; filled in when it is stored


@dataclass(frozen=True)
class LearnerInfo:
    """A version of the model, without its bytes."""

    id: int
    parent: int | None  #: the version it was learned on top of
    created: str
    task_id: int | None  #: the task whose training made it; None for an edit
    class_ids: tuple[int, ...]  #: the classes it knows
    meta: Mapping[str, Json]
    sha256: str  #: of the bytes
    size: int  #: bytes


@dataclass(frozen=True)
class LearnerState:
    """A version of the model: safetensors bytes, opaque to the project."""

    info: LearnerInfo
    blob: bytes = field(repr=False)


@dataclass(frozen=True)
class MeasuredState:
    """What was measured after a task, and how many answers of test photos are kept with it: by these it is counted."""

    id: int
    task_id: int
    learner_id: int
    created: str
    document: Mapping[str, Json]
    answers: int


@dataclass(frozen=True)
class TestAnswer:
    """What a test photo was predicted as: the most probable classes, best first, and how probable each is."""

    __test__ = False  # for pytest: no test of its own

    photo_id: int
    class_ids: tuple[int, ...]
    probabilities: tuple[float, ...]


@dataclass(frozen=True)
class Correction:
    """What the user said a photo is. It waits until it is learned."""

    id: int
    photo_id: int | None  #: of a photo of the project
    path: str | None  #: of another photo, absolute
    taken_for: int | None  #: the class that it was predicted as, which may be deleted since
    verdict: Verdict
    class_id: int | None  #: the class that it is, where the project has it
    class_name: str | None  #: of a class that is to be made
    created: str
    sha256: str | None  #: of the other photo's file when it was corrected; None in projects of earlier versions
    frame: Frame | None = None  #: where the user said that the thing is in the other photo


@dataclass(frozen=True)
class TrainingRecord:
    """A training that the project remembers."""

    id: int
    task_id: int
    learner_id: int  #: of the version that it made
    created: str  #: UTC, ISO 8601
    notes: TrainingNotes


@dataclass(frozen=True)
class HistoryEntry:
    """A verb that was done."""

    id: int
    verb: str
    at: str
    app_version: str
    summary: str
    details: Mapping[str, Json]


# What describes the JSON in each column that holds some, and the tables whose rows become records.
DOCUMENTS: dict[str, dict[str, TypeAdapter[Any]]] = {
    "settings": {"value": ANY},
    "photos": {"frame": FRAME},
    "corrections": {"frame": FRAME},
    "descriptions": {"phrases": PHRASES},
    "description_cache": {"document": ANY},
    "sorting": {"document": ANY},
    "learners": {"class_ids": CLASS_IDS, "before": BEFORE, "meta": OBJECT},
    "evaluations": {"document": STAGE},
    "answers": {"class_ids": CLASS_IDS, "probabilities": PROBABILITIES},
    "trainings": {"notes": TRAINING},
    "history": {"details": OBJECT},
}
_TABLES: dict[type, str] = {
    TaskRecord: "tasks",
    ClassRecord: "classes",
    PhotoRecord: "photos",
    Description: "descriptions",
    LearnerInfo: "learners",
    MeasuredState: "evaluations",
    TestAnswer: "answers",
    Correction: "corrections",
    TrainingRecord: "trainings",
    HistoryEntry: "history",
}
_COUNTED = {  # fields that are no columns
    LearnerInfo: {"size": "length(blob)"},
    MeasuredState: {"answers": "(SELECT count(*) FROM answers WHERE evaluation_id = evaluations.id)"},
}

_KINDS = {record: get_type_hints(record) for record in _TABLES}

R = TypeVar("R")
Row = tuple[Any, ...]


def select(record: type) -> str:
    """The statement that reads the rows of which records of a kind are made. A condition may be added."""
    columns = (_COUNTED.get(record, {}).get(column.name, column.name) for column in dataclasses.fields(record))
    return f"SELECT {', '.join(columns)} FROM {_TABLES[record]}"


def read(path: Path, record: type[R], rows: list[Row]) -> list[R]:
    """Give the records of rows. Raises ProjectDamaged: at the first with a document that is not valid."""
    table, kinds, found = _TABLES[record], _KINDS[record], list[R]()
    documents = [(place, name) for place, name in enumerate(kinds) if name in DOCUMENTS.get(table, {})]
    flags = [place for place, kind in enumerate(kinds.values()) if kind is bool]
    try:
        for row in rows:
            values = list(row)
            for place in flags:
                values[place] = bool(values[place])
            for place, name in documents:
                values[place] = None if values[place] is None else parse(table, name, values[place])
            found.append(record(*values))
    except ValueError as error:
        raise damaged(path, f"{table}: {error}") from error
    return found


def parse(table: str, column: str, text: str) -> Any:
    """Give what a document holds. Raises ValueError: in one line, if it is not valid."""
    try:
        return from_json(DOCUMENTS[table][column], text)
    except ValueError as error:
        raise ValueError(f"{column} is not valid: {said(error)}") from error
