"""What a model answers: by the schema, or as near to it as models behind other servers come."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pydantic import BaseModel, Field

from spa_desktop.descriptions.model import FEWEST_PHRASES, MOST_PHRASES

# A text may be anything. All of it is read in a time that grows no faster than its length.
_LONGEST_TEXT = 200_000  # letters: several times what the most tokens of an answer make
_MOST_PHRASES, _LONGEST_PHRASE, _LONGEST_SENTENCE = 64, 300, 2000  # that are judged; more is no description
_OPENING = re.compile(r'\{(?=\s*["}])|\[')  # other braces are prose
_MOST_OPENINGS = 20  # that are looked into: enough for an answer
_FENCE = re.compile(r"```\w*")
_THOUGHTS = re.compile(r"<think>.*?(?:</think>|\Z)", re.DOTALL | re.IGNORECASE)
_LISTED = re.compile(r"^\s*(?:[-*\u2022\u2013]|\(?\d{1,2}[.)])\s+(.+)$")
_SENTENCE = re.compile(r"^\W*sentence\W*:\W*(.+)$", re.IGNORECASE)
_DECLINES = re.compile(
    r"^\W*(?:i['\u2019]?m sorry|i am sorry|sorry|i can['\u2019]?t|i cannot|i am unable|i['\u2019]?m unable)\b", re.I
)


class ServiceAnswer(BaseModel):
    """The schema that is sent along: services that follow it can answer nothing else."""

    phrases: list[str] = Field(
        description="Short visual phrases, the most telling first.", min_length=FEWEST_PHRASES, max_length=MOST_PHRASES
    )
    sentence: str = Field(description="One sentence on how the class looks.")


@dataclass(frozen=True)
class Said:
    """Phrases and sentence as they were found in an answer, not judged yet."""

    phrases: tuple[str, ...]
    sentence: str = ""


def read_answer(text: str) -> Said | None:
    r"""Find phrases in an answer: JSON by the schema or alike, with or without words around it, or a list of lines.

    Prose is no list: None.

    >>> read_answer('Here you are:\n1. long tail\n2. grey fur')
    Said(phrases=('long tail', 'grey fur'), sentence='')
    """
    text = _bare(text)
    for value in _json_values(text):
        said = _from_json(value)
        if said is not None:
            return said
    lines = text.splitlines()
    phrases = _texts([match[1] for line in lines if (match := _LISTED.match(line))])
    sentence = next((match[1] for line in lines if (match := _SENTENCE.match(line))), "")
    return Said(phrases, sentence[:_LONGEST_SENTENCE]) if phrases else None


def is_broken_off(text: str) -> bool:
    """Whether an answer begins as JSON and never ends."""
    text = _bare(text)
    return text[:1] in ("{", "[") and not any(True for _ in _json_values(text))


def declines(text: str) -> bool:
    """Whether an answer in plain words is a refusal."""
    return _DECLINES.match(_THOUGHTS.sub("", text[:_LONGEST_TEXT])) is not None


def _bare(text: str) -> str:
    """The text without a model's thoughts, and without the fences of a block of code."""
    lines = _THOUGHTS.sub("", text[:_LONGEST_TEXT]).splitlines()
    return "\n".join(line for line in lines if not _FENCE.fullmatch(line.strip())).strip()


def _json_values(text: str) -> Iterator[object]:
    """Objects and lists in the text, outermost first."""
    decoder, at = json.JSONDecoder(parse_int=float), 0  # a whole number of many digits takes long, and says nothing
    for _ in range(_MOST_OPENINGS):
        match = _OPENING.search(text, at)
        if match is None:
            return
        try:
            value, at = decoder.raw_decode(text, match.start())
        except (ValueError, RecursionError):
            if match[0] == "{":
                return  # what is inside of a broken object is not the answer
            at = match.end()  # a bracket in prose
        else:
            yield value


def _from_json(value: object) -> Said | None:
    if isinstance(value, list):
        phrases = _texts(value)
        return Said(phrases) if phrases else None
    if isinstance(value, dict) and len(value) == 1 and isinstance(inner := next(iter(value.values())), dict):
        value = inner  # the answer below the name of the class, or below "result"
    if not isinstance(value, dict):
        return None
    by_name = {str(name).lower(): item for name, item in value.items()}
    sentence = by_name.get("sentence")
    lists = [by_name.get("phrases"), *by_name.values()]
    phrases = next((found for item in lists if isinstance(item, list) and (found := _texts(item))), ())
    return Said(phrases, sentence[:_LONGEST_SENTENCE] if isinstance(sentence, str) else "") if phrases else None


def _texts(items: Sequence[object]) -> tuple[str, ...]:
    return tuple(item[:_LONGEST_PHRASE] for item in items if isinstance(item, str))[:_MOST_PHRASES]
