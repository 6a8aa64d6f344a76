"""Write docs/schema: the shape of each object that `--json` prints. Within a format keys may come, but none goes.

python scripts/json_schemas.py
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any, Literal, NotRequired

from pydantic import Field, TypeAdapter
from typing_extensions import TypedDict

Share = Annotated[float, Field(ge=0, le=1)]
Count = Annotated[int, Field(ge=0)]
Percent = Annotated[float, Field(ge=0, le=100)] | None  # None: not measured
Guess = TypedDict("Guess", {"class": str, "probability": Share})


class _Document(TypedDict):
    format: Literal[1]


class Patches(TypedDict):
    """How much each place of a photo spoke for the first class, row by row."""

    grid: tuple[int, int]
    weights: list[Share]
    selected: NotRequired[list[Count]]


class Image(TypedDict):
    """What one photo was predicted as; `alone` where photos that were answered together changed that.

    `event` with `--events`, and `best_box` of a box: is it the most probable one of its photo?
    """

    path: str
    answer: str
    top: Annotated[list[Guess], Field(min_length=1)]
    known: Share | None
    rejected: bool | None
    milliseconds: Annotated[float, Field(ge=0)]
    alone: NotRequired[Guess]
    event: NotRequired[Count]
    best_box: NotRequired[bool]
    patches: NotRequired[Patches]
    evidence: NotRequired[dict[str, float]]


class Unreadable(TypedDict):
    """A photo that could not be read, and why."""

    path: str
    error: str


class Line(Image, _Document):
    """A line of `--jsonl`."""


class UnreadableLine(Unreadable, _Document):
    """A line of `--jsonl`."""


class Classified(_Document):
    """`classify --json`, and `predict.py --json` of an export."""

    images: list[Image | Unreadable]


class Phrase(TypedDict):
    """A phrase of a description, and how it is known."""

    text: str
    provenance: str
    source: str
    certainty: Share | None
    detail: str


class DescribedClass(TypedDict):
    """A class as `describe --show` has it."""

    name: str
    task: str
    sentence: str | None
    phrases: list[Phrase]


class Described(_Document):
    """`describe --show --json`."""

    classes: list[DescribedClass]


class Counted(TypedDict):
    """How many of how many photos were right, and the 95 % range in per cent."""

    right: Count
    photos: Count
    range: tuple[float, float] | None


class CountedAll(TypedDict):
    """The counts behind per cent of `evaluate`."""

    curve: list[Counted]
    last: Counted
    accuracy_matrix: list[list[Counted]]
    per_class: dict[str, Counted]


class Evaluated(_Document):
    """`evaluate --json`; `demo --json` adds the paths `project` and `overlays`. Accuracies are per cent."""

    tasks: list[str]
    classes: list[str]
    curve: list[Percent]
    average: Percent
    last: Percent
    forgetting: float | None
    accuracy_matrix: list[list[Percent]]
    per_class: dict[str, Percent]
    counted: CountedAll
    leave_one_out: dict[str, Counted]
    confusion: list[list[Count]]
    references: dict[str, list[Percent]]
    photos: dict[str, list[float]]
    events: dict[str, Count]


class InfoClass(TypedDict):
    """A class as `info` has it."""

    name: str
    task: str
    state: Literal["new", "described", "trained", "stale"]
    train: Count
    test: Count
    description: str | None
    phrases: list[str]
    provenance: str | None


class InfoTask(TypedDict):
    """A task as `info` has it."""

    name: str
    state: str


class Info(_Document):
    """`info --json`."""

    path: str
    backbone: str
    app_version: str
    tasks: list[InfoTask]
    classes: list[InfoClass]


class Checked(_Document):
    """`check --json`."""

    whole: bool
    problems: list[str]
    counts: dict[str, Count]


class OfferedBackbone(TypedDict):
    """A backbone that can be chosen."""

    name: str
    title: str
    megabytes: Count
    memory_gb: float
    licence: str
    is_embedded: bool
    is_downloaded: bool


class Backbones(_Document):
    """`backbones --json`."""

    backbones: list[OfferedBackbone]


class SimilarPhoto(TypedDict):
    """A photo and its cosine with the words."""

    path: str
    similarity: float


class Searched(_Document):
    """`search --json`."""

    photos: list[SimilarPhoto]
    fits: bool


class ProposedName(TypedDict):
    """What a group may be called."""

    name: str
    share: Share


class ProposedGroup(TypedDict):
    """Photos that look alike, the most typical first."""

    photos: list[str]
    names: list[ProposedName]
    known_class: str | None
    tightness: float


class Discovered(_Document):
    """`discover --json`."""

    groups: list[ProposedGroup]
    left: list[str]


class Version(TypedDict):
    """A version of a project that is kept."""

    number: Count
    path: str
    created: str
    why: str
    size: Count


class Versions(_Document):
    """`restore --list --json`."""

    versions: list[Version]


class Restored(Version, _Document):
    """`restore --json`."""


class BenchMethod(TypedDict):
    """What a method reached, in per cent."""

    curve: list[Percent]
    average: Percent
    last: Percent
    forgetting: float | None
    accuracy_matrix: list[list[Percent]]
    train_seconds: float
    predict_ms_per_image: float


class BenchRun(TypedDict):
    """The methods on one class order."""

    dataset: str
    backbone: str
    seed: int
    increment: Count
    class_order: list[str]
    methods: dict[str, BenchMethod]


class Bench(BenchRun, _Document):
    """`bench --json` of one seed; the file of `--out` too."""


class BenchSeeds(_Document):
    """`bench --seeds --json`; the file of `--out` too."""

    dataset: str
    backbone: str
    seeds: list[int]
    runs: list[BenchRun]
    summary: dict[str, Any]


# By the name of the file in docs/schema.
SHAPES: dict[str, Any] = {
    "backbones": Backbones,
    "bench": Bench | BenchSeeds,
    "check": Checked,
    "classify": Classified,
    "classify-line": Line | UnreadableLine,
    "describe": Described,
    "discover": Discovered,
    "evaluate": Evaluated,
    "info": Info,
    "restore": Versions | Restored,
    "search": Searched,
}


def schemas() -> dict[str, str]:
    """The JSON Schema of each shape, as the text of its file."""
    return {name: json.dumps(TypeAdapter(shape).json_schema(), indent=1) + "\n" for name, shape in SHAPES.items()}


if __name__ == "__main__":
    for name, text in schemas().items():
        (Path(__file__).parents[1] / "docs" / "schema" / f"{name}.json").write_text(text, encoding="utf-8")
