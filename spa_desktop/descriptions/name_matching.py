"""Class names as people write them: `motorbikes`, `Red_Bell_Pepper`, `tenniscourt`."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable

_SHORTEST_PIECE = 3  # letters: shorter pieces let any name be split into rubbish
_SHORTEST_RUN = 9  # letters: shorter words are brands and coinages rather than words run together
_JOINERS = "\u200c\u200d"  # inside of words, in some languages

_IN_US = (
    "abacus bus cactus campus circus citrus crocus fungus hibiscus hippopotamus lotus octopus platypus virus walrus"
)
_ONE_FORM = frozenset({"lens", "canvas", "atlas", "species", "series", "news", "christmas"})
_IRREGULAR = {
    **{"leaves": "leaf", "knives": "knife", "wolves": "wolf", "children": "child", "mice": "mouse"},
    **{f"{word}es": word for word in _IN_US.split()},
    **{"lenses": "lens", "canvases": "canvas", "atlases": "atlas", "gases": "gas", "irises": "iris"},
}


def words(name: str, vocabulary: Collection[str] = ()) -> list[str]:
    """The words of a name in lower case. Words unknown to `vocabulary` are split where all pieces are known.

    >>> words("GrannySmith_02"), words("tenniscourt", {"tennis", "court"})
    (['granny', 'smith', '02'], ['tennis', 'court'])
    """
    spaced = re.sub(r"(?<=[^\W\d_])(?=\d)|(?<=[a-z])(?=[A-Z])", " ", unicodedata.normalize("NFC", name))
    parts = _parts(spaced.lower())
    if not vocabulary:
        return parts
    return [piece for part in parts for piece in _split(part, vocabulary)]


def _parts(text: str) -> list[str]:
    """Letters and digits that stand together, with the vowel signs, accents and joiners that follow a letter."""
    if text.isascii():
        return [part for part in re.split(r"[\W_]+", text) if part]
    kept = ""
    for char in text:
        is_sign = unicodedata.category(char) in ("Mn", "Mc") and not "\ufe00" <= char <= "\ufe0f"  # how emoji are drawn
        follows = kept[-1:].strip() != "" and (is_sign or char in _JOINERS)
        kept += char if char.isalnum() or follows else " "
    return [part.rstrip(_JOINERS) for part in kept.split()]


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

    >>> [singular(w) for w in ("motorbikes", "berries", "boxes", "glass", "bus", "leaves", "lens")]
    ['motorbike', 'berry', 'box', 'glass', 'bus', 'leaf', 'lens']
    >>> [singular(w) for w in ("lenses", "buses", "walruses", "blouses", "horses")]
    ['lens', 'bus', 'walrus', 'blouse', 'horse']
    """
    if len(word) < 4 or word.endswith(("ss", "us", "is")) or word in _ONE_FORM:
        return word
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    if word.endswith("ies"):
        return word[:-3] + "y"
    if word.endswith(("ches", "shes", "xes", "sses", "zes", "toes")):
        return word[:-2]
    return word[:-1] if word.endswith("s") else word


def holds_words(text: str, part: str) -> bool:
    """Whether the words of `part` stand in `text` one after the other, in the singular or plural.

    >>> holds_words("two black bears", "bear"), holds_words("black bear", "ear")
    (True, False)
    """
    spaced = (" ".join(["", *map(singular, words(one)), ""]) for one in (part, text))
    return next(spaced) in next(spaced)


def plain(name: str, vocabulary: Collection[str] = ()) -> str:
    """A name fit for a sentence: `Red_Bell_Pepper` -> `red bell pepper`. Never empty when `name` is not."""
    return " ".join(words(name, vocabulary)) or name.strip()


def key(name: str) -> str:
    """What two spellings of one name share: no case, accents, separators, nor plural.

    >>> key("Motor-Bikes") == key("motorbike")
    True
    """
    folded = "".join(char for char in unicodedata.normalize("NFKD", name) if not _may_be_left_out(char))
    parts = words(folded)
    return "".join([*parts[:-1], singular(parts[-1])]) if parts else folded.casefold().strip()


def _may_be_left_out(char: str) -> bool:
    """Accents, Hebrew and Arabic points, and joiners. In other scripts a sign makes another word."""
    kind = unicodedata.combining(char)
    return 10 <= kind <= 36 or kind >= 200 or char in _JOINERS


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
