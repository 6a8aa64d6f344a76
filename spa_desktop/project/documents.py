"""JSON inside the project file: written finite and free of keys, read back through pydantic."""

from __future__ import annotations

import json
import re
from typing import Annotated, TypeVar

from pydantic import BaseModel, ConfigDict, Field, JsonValue, TypeAdapter, ValidationError

from spa_desktop.errors import SpaError
from spa_desktop.project.records import ClassState, Phrase, TaskState

_T = TypeVar("_T")

# OpenAI, Anthropic and OpenRouter keys and bearer headers all look like this; no phrase or path does.
_KEY = re.compile(r"\bsk-[A-Za-z0-9_-]{16,}|\bBearer\s+[A-Za-z0-9._-]{16,}")


class StatesBefore(BaseModel):
    """What a training changed, for its undo."""

    model_config = ConfigDict(extra="forbid")

    classes: dict[int, ClassState]
    tasks: dict[int, TaskState]
    photos: list[int]  # that the learner had not seen before


PHRASES: TypeAdapter[tuple[Phrase, ...]] = TypeAdapter(tuple[Phrase, ...])
CLASS_IDS: TypeAdapter[tuple[int, ...]] = TypeAdapter(tuple[int, ...])
BEFORE: TypeAdapter[StatesBefore] = TypeAdapter(StatesBefore)
PROBABILITIES: TypeAdapter[tuple[Annotated[float, Field(ge=0, le=1)], ...]] = TypeAdapter(
    tuple[Annotated[float, Field(ge=0, le=1)], ...]
)
OBJECT: TypeAdapter[dict[str, JsonValue]] = TypeAdapter(dict[str, JsonValue])
ANY: TypeAdapter[JsonValue] = TypeAdapter(JsonValue)


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
        ValueError: in one line, if the text is not what the adapter describes.
    """
    try:
        return adapter.validate_json(text)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise ValueError(f"{where + ': ' if where else ''}{first['msg']}") from error
