"""What the columns of each table may hold, checked where rows become records and before they are written.

The tables are STRICT, but only SQLite holds itself to that, and only when it writes: in a damaged file, or one from a
stranger, any column may hold anything. Whatever passes here is safe to count, to show, and to look up by.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, ConfigDict, Field, TypeAdapter, ValidationError
from pydantic_core import PydanticCustomError

from spa_desktop.errors import SpaError
from spa_desktop.project.class_names import MAX_NAME_LENGTH, may_be_stored
from spa_desktop.project.documents import (
    ANY,
    BEFORE,
    CLASS_IDS,
    OBJECT,
    PHRASES,
    PROBABILITIES,
    STAGE,
    from_json,
)
from spa_desktop.project.documents import TRAINING as NOTES
from spa_desktop.project.project_failures import damaged, said
from spa_desktop.project.records import ClassState, Correction, Count, Id, Split, TaskState, TestAnswer, Verdict


def _clean(name: str) -> str:
    if not may_be_stored(name):
        raise ValueError("Input should be a name without control characters")
    return name


def _document(adapter: TypeAdapter[Any], longest: int = 1_000_000) -> Any:
    """A text that is JSON, read as what the adapter describes."""

    def parse(text: str) -> Any:
        try:
            return from_json(adapter, text)
        except ValueError as error:
            raise PydanticCustomError("document", "{why}", {"why": str(error)}) from error

    return Annotated[str, Field(max_length=longest), AfterValidator(parse), _DOCUMENT]


_DOCUMENT = "document"
_LONG = 4_000_000  # a training of half a million photos notes so much
Name = Annotated[str, Field(max_length=MAX_NAME_LENGTH), AfterValidator(_clean)]
Text = Annotated[str, Field(max_length=100_000)]
Place = Annotated[str, Field(min_length=1, max_length=33_000, pattern=r"^[^\x00]*$")]
Sha256 = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
Small = Annotated[int, Field(ge=0, le=1_000_000)]
Pixels = Annotated[int, Field(ge=1, le=1_000_000)]
Flag = Annotated[int, Field(ge=0, le=1), AfterValidator(bool)]
Money = Annotated[float, Field(ge=0, le=1e9, allow_inf_nan=False)]


class RowKind:
    """The columns of a query, and what each may hold.

    Attributes:
        columns: their names, with commas, for the query.
        documents: the names of those that hold JSON.
    """

    def __init__(self, what: str, *, rule: Callable[[tuple[Any, ...]], str] | None = None, **columns: Any) -> None:
        """Name the columns in order; a name that is no column stands for an expression.

        Args:
            what: a row is, in a message.
            rule: what is wrong with columns that do not fit each other, "" if nothing is.
            columns: what each may hold.
        """
        self._what, self._names, self._kinds = what, tuple(columns), columns
        self.columns = ", ".join(columns)
        self.documents = [name for name, kind in columns.items() if _DOCUMENT in getattr(kind, "__metadata__", ())]
        self._row: Any = tuple[tuple(columns.values())]  # type: ignore[misc]
        if rule is not None:

            def fits(row: tuple[Any, ...]) -> tuple[Any, ...]:
                if why := rule(row):
                    raise PydanticCustomError("rule", "{why}", {"why": why})
                return row

            self._row = Annotated[self._row, AfterValidator(fits)]
        self._adapter: TypeAdapter[Any] = TypeAdapter(self._row, config=ConfigDict(strict=True))

    @functools.cached_property
    def _many(self) -> TypeAdapter[Any]:
        """Whole lists at once: twice as fast."""
        return TypeAdapter(list[self._row], config=ConfigDict(strict=True))  # type: ignore[name-defined]

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
        """Which row and column; of what stands there its key at most, as it may be anything."""
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        is_key = bool(row) and (isinstance(row[0], int) or self._names[0] in ("name", "key"))
        key = f" {said(row[0])[:60]}" if is_key else ""
        place = first["loc"][0] if first["loc"] else None
        column = f"{self._names[place]} of " if isinstance(place, int) and place < len(self._names) else ""
        return f"{column}{self._what}{key} is not valid: {said(first['msg'])}"


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
    phrases=_document(PHRASES),
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
CACHED = RowKind("cached description", key=Text, document=_document(ANY), created=Text)
LEARNER = RowKind(
    "learner",
    id=Id,
    parent=Id | None,
    created=Text,
    task_id=Id | None,
    class_ids=_document(CLASS_IDS, _LONG),
    before=_document(BEFORE, _LONG),
    meta=_document(OBJECT, _LONG),
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
    class_ids=_document(CLASS_IDS, _LONG),
    sha256=Sha256,
    size=Count,
    meta=_document(OBJECT, _LONG),
)
EVALUATION = RowKind(
    "the evaluation of task", task_id=Id, learner_id=Id, created=Text, document=_document(STAGE, _LONG)
)
STATE = RowKind("evaluation", id=Id, task_id=Id, learner_id=Id, created=Text, answers=Count)
_ANSWERED = {"class_ids": _document(CLASS_IDS), "probabilities": _document(PROBABILITIES)}


def _answer_rule(row: tuple[Any, ...]) -> str:
    return "" if TestAnswer(*row[-3:]).is_consistent else "not every class has its probability"


ANSWER = RowKind("the answer of photo", rule=_answer_rule, photo_id=Id, **_ANSWERED)
STORED_ANSWER = RowKind("answer", rule=_answer_rule, id=Id, evaluation_id=Id, photo_id=Id, **_ANSWERED)
CORRECTION = RowKind(
    "correction",
    rule=lambda row: "" if Correction(*row).is_consistent else "it contradicts itself",
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
TRAINING = RowKind("training", id=Id, task_id=Id, learner_id=Id, created=Text, notes=_document(NOTES))
NEW_TRAINING = TRAINING.without("id")
HISTORY = RowKind("history", id=Id, verb=Text, at=Text, app_version=Text, summary=Text, details=_document(OBJECT))
NEW_HISTORY = HISTORY.without("id")
SETTING = RowKind("setting", name=Text, value=_document(ANY))
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
