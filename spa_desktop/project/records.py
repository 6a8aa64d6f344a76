"""What the project file holds, as frozen records: what goes in and what comes out of the tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from spa_desktop.descriptions.model import Knowledge, Provenance

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
