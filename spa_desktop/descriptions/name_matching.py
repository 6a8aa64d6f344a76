"""Class names as people write them: `motorbikes`, `Red_Bell_Pepper`, `tenniscourt`."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable

_SHORTEST_PIECE = 3  # letters: shorter pieces let any name be split into rubbish
_SHORTEST_RUN = 9  # letters: shorter words are brands and coinages rather than words run together


def words(name: str, vocabulary: Collection[str] = ()) -> list[str]:
    """The words of a name in lower case. Words unknown to `vocabulary` are split where all pieces are known.

    >>> words("GrannySmith_02"), words("tenniscourt", {"tennis", "court"})
    (['granny', 'smith', '02'], ['tennis', 'court'])
    """
    spaced = re.sub(r"(?<=[^\W\d_])(?=\d)|(?<=[a-z])(?=[A-Z])", " ", name)
    parts = [part for part in re.split(r"[\W_]+", spaced.lower()) if part]
    if not vocabulary:
        return parts
    return [piece for part in parts for piece in _split(part, vocabulary)]


def _split(word: str, vocabulary: Collection[str]) -> list[str]:
    """`word`, or the fewest known pieces that make it up (the longest last, for that is the head noun)."""
    if word in vocabulary or singular(word) in vocabulary or len(word) < _SHORTEST_RUN:
        return [word]
    best: list[list[str] | None] = [[]] + [None] * len(word)
    for end in range(_SHORTEST_PIECE, len(word) + 1):
        for start in range(end - _SHORTEST_PIECE + 1):
            head, piece = best[start], word[start:end]
            is_known = piece in vocabulary or singular(piece) in vocabulary
            if head is not None and is_known and (best[end] is None or len(head) + 1 < len(best[end] or [])):
                best[end] = [*head, piece]
    return best[-1] or [word]


def singular(word: str) -> str:
    """The likely singular of an English plural; other words come back as they are.

    >>> [singular(w) for w in ("motorbikes", "berries", "boxes", "glass", "bus", "leaves")]
    ['motorbike', 'berry', 'box', 'glass', 'bus', 'leaf']
    """
    if len(word) < 4 or word.endswith(("ss", "us", "is")):
        return word
    irregular = {"leaves": "leaf", "knives": "knife", "wolves": "wolf", "children": "child", "mice": "mouse"}
    if word in irregular:
        return irregular[word]
    if word.endswith("ies"):
        return word[:-3] + "y"
    if word.endswith(("ches", "shes", "xes", "sses", "zes", "toes")):
        return word[:-2]
    return word[:-1] if word.endswith("s") else word


def plain(name: str, vocabulary: Collection[str] = ()) -> str:
    """A name fit for a sentence: `Red_Bell_Pepper` -> `red bell pepper`. Never empty when `name` is not."""
    return " ".join(words(name, vocabulary)) or name.strip()


def key(name: str) -> str:
    """What two spellings of one name share: no case, accents, separators, nor plural.

    >>> key("Motor-Bikes") == key("motorbike")
    True
    """
    folded = unicodedata.normalize("NFKD", name)
    folded = "".join(char for char in folded if not unicodedata.combining(char))
    parts = words(folded)
    return "".join([*parts[:-1], singular(parts[-1])]) if parts else folded.casefold().strip()


def match(wanted: Iterable[str], known: Iterable[str]) -> tuple[dict[str, str], list[str]]:
    """Find each of `wanted` among the `known` class names.

    An exact name wins; otherwise spellings with one :func:`key` match, unless two classes share it.

    Returns:
        `{wanted: known}`, and those of `wanted` that match no class or more than one.
    """
    exact = dict.fromkeys(known)
    by_key: dict[str, list[str]] = {}
    for name in exact:
        by_key.setdefault(key(name), []).append(name)
    found: dict[str, str] = {}
    missing: list[str] = []
    for name in dict.fromkeys(wanted):
        candidates = [name] if name in exact else by_key.get(key(name), [])
        if len(candidates) == 1:
            found[name] = candidates[0]
        else:
            missing.append(name)
    return found, missing
