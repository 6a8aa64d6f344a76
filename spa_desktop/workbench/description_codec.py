"""Descriptions to and from the JSON of the project's cache."""

from __future__ import annotations

import math
from typing import Any

from pydantic import TypeAdapter, ValidationError

from spa_desktop.descriptions.model import MOST_PHRASES, ClassDescription, TokenUse
from spa_desktop.descriptions.quality import LONGEST_SENTENCE, one_line

_ADAPTER = TypeAdapter(ClassDescription)


def description_to_json(description: ClassDescription) -> dict[str, Any]:
    """A JSON document."""
    document: dict[str, Any] = _ADAPTER.dump_python(description, mode="json")
    return document


def description_from_json(document: object) -> ClassDescription | None:
    """What :func:`description_to_json` wrote; None if it is something else, as it may be in a stranger's project."""
    try:
        text = _ADAPTER.validate_python(document, strict=False)
    except ValidationError:
        return None
    lines = (text.sentence, *text.texts)
    tokens, cost = text.tokens, text.cost
    is_sound = (
        len(text.phrases) <= MOST_PHRASES
        and (text.phrases or text.writer == "offline")  # which may know nothing
        and all(line == one_line(line) and 0 < len(line) <= LONGEST_SENTENCE for line in lines)
        and (tokens is None or TokenUse.counted(tokens.input, tokens.output) == tokens)
        and (cost is None or 0 <= cost < math.inf)
    )
    return text if is_sound else None
