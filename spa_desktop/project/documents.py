"""JSON inside the project file: written finite and free of keys, read back through pydantic."""

from __future__ import annotations

import json
import re
from typing import Annotated, TypeVar, cast

from pydantic import AfterValidator, BaseModel, ConfigDict, FailFast, Field, JsonValue, TypeAdapter, ValidationError
from pydantic_core import from_json as parse
from typing_extensions import TypedDict

from spa_desktop.errors import SpaError
from spa_desktop.project.records import ClassState, Count, Id, Phrase, TaskState
from spa_desktop.visible import visible

_T = TypeVar("_T")
_FINITE = ConfigDict(allow_inf_nan=False)


def _not_more_right_than_there_are(pair: list[int]) -> list[int]:
    if pair[0] > pair[1]:
        raise ValueError("More is right than there is")
    return pair


_RightOf = Annotated[list[Count], Field(min_length=2, max_length=2), AfterValidator(_not_more_right_than_there_are)]
_Share = Annotated[float, Field(ge=0, le=1)]

# OpenAI, Anthropic and OpenRouter keys and bearer headers all look like this; no phrase or path does.
_MAY_BE_INFINITE = re.compile(r"[eE]\+?[0-9]{3}|[0-9]{300}")
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


PHRASES: TypeAdapter[tuple[Phrase, ...]] = TypeAdapter(Annotated[tuple[Phrase, ...], FailFast()])
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

    Raises:
        SpaError: if it is no JSON, holds NaN or infinity, or something that looks like an API key.
    """
    try:
        text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        text.encode()
    except (TypeError, ValueError) as error:
        raise SpaError(f"This cannot be stored in a project: {error}") from error
    if looks_like_key(text):
        raise SpaError("This was not stored: it holds what looks like an API key, and a project never keeps one")
    return text


def from_json(adapter: TypeAdapter[_T], text: str) -> _T:
    """Read JSON back.

    Raises:
        ValueError: in one line, if the text is not what the adapter describes, or nested too deeply to be read.
    """
    try:
        if adapter is not ANY and adapter is not OBJECT:
            return adapter.validate_json(text)
        value = parse(text, allow_inf_nan=False)
        # What was parsed is JSON: there is no need to look at each value of it again, unless a number may be infinite.
        if (adapter is OBJECT and not isinstance(value, dict)) or _MAY_BE_INFINITE.search(text):
            return adapter.validate_python(value)
        return cast(_T, value)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        where = visible(".".join(str(part)[:40] for part in first["loc"][:8]))  # keys, which may be anything
        raise ValueError(f"{where + ': ' if where else ''}{first['msg']}") from error
