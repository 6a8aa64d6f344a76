"""Descriptions to and from the JSON of the project's cache."""

from __future__ import annotations

from typing import Any

from pydantic import TypeAdapter, ValidationError

from spa_desktop.descriptions.model import ClassDescription

_ADAPTER = TypeAdapter(ClassDescription)


def description_to_json(description: ClassDescription) -> dict[str, Any]:
    """A JSON document."""
    document: dict[str, Any] = _ADAPTER.dump_python(description, mode="json")
    return document


def description_from_json(document: object) -> ClassDescription | None:
    """What :func:`description_to_json` wrote; None if it is something else, and the writer has to be asked again."""
    try:
        return _ADAPTER.validate_python(document, strict=False)
    except ValidationError:
        return None
