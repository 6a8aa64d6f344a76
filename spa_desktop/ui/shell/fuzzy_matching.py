"""How well a few typed letters fit a text: letters in order, better at the beginnings of words and side by side."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

_Item = TypeVar("_Item")


def fit(typed: str, text: str) -> float | None:
    """A score, larger is better; None if the letters are not all there in this order.

    Each letter counts 1, 3 at the beginning of a word, and 2 right after the letter before; texts that say little else
    come first. Blanks in what is typed are not looked for.

    >>> fit("np", "New project") > fit("np", "Open project")
    True
    >>> fit("xyz", "New project") is None
    True
    """
    return _fit(*_looked_for(typed), text)


def _looked_for(typed: str) -> tuple[str, list[str]]:
    folded = typed.casefold().strip()
    return folded, [letter for letter in folded if not letter.isspace()]


def _fit(folded: str, letters: list[str], text: str) -> float | None:
    low = text.casefold()
    whole = low.find(folded) if folded else -1
    score, at, before = 0.0, 0, -2
    for letter in letters:
        place = low.find(letter, at)
        if place < 0:
            return None
        starts = place == 0 or not low[place - 1].isalnum()
        score += 3.0 if starts else 2.0 if place == before + 1 else 1.0
        before, at = place, place + 1
    if whole >= 0:
        score += 10.0 + (5.0 if whole == 0 or not low[whole - 1].isalnum() else 0.0)
    return score - len(text) / 100


def best(typed: str, items: Iterable[tuple[str, _Item]], most: int) -> list[_Item]:
    """The items whose texts fit best, best first; all in their order if nothing is typed."""
    if not typed.strip():
        return [item for _, item in items][:most]
    folded, letters = _looked_for(typed)
    scored = []
    for place, (text, item) in enumerate(items):
        score = _fit(folded, letters, text)
        if score is not None:
            scored.append((score, place, item))
    scored.sort(key=lambda one: (-one[0], one[1]))
    return [item for _, _, item in scored[:most]]
