"""Facts of a name: what WordNet says about the noun in it.

timm ships the lemmas and glosses of the 21 844 noun synsets of ImageNet-22k, and `resources/wordnet` those of other
visible things; nothing is downloaded.
"""

from __future__ import annotations

import re
import time
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.util import find_spec
from pathlib import Path

from spa_desktop import paths
from spa_desktop.errors import SpaError

# Class names as people write them: `motorbikes`, `Red_Bell_Pepper`, `tenniscourt`.

_SHORTEST_PIECE = 3  # letters: shorter pieces let any name be split into rubbish
_SHORTEST_RUN = 9  # letters: shorter words are brands and coinages rather than words run together
_LEFT_OUT = frozenset({"s", "a", "an", "the"})  # of a noun's spelling: "love-in-a-mist", "Clark's nutcracker"
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
    if name.isascii() and name.islower() and name.replace(" ", "").isalpha():
        parts = name.split()  # as nearly all that WordNet says
    else:
        spaced = re.sub(r"(?<=[^\W\d_])(?=\d)|(?<=[a-z])(?=[A-Z])", " ", unicodedata.normalize("NFC", name))
        parts = _parts(spaced.lower())
    return [piece for part in parts for piece in _split(part, vocabulary)] if vocabulary else parts


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
    return word.removesuffix("s")


def holds_words(text: str, part: str) -> bool:
    """Whether the words of `part` stand in `text` one after the other, in the singular or plural.

    >>> holds_words("two black bears", "bear"), holds_words("black bear", "ear")
    (True, False)
    """
    spaced = (" ".join(["", *map(singular, words(phrase)), ""]) for phrase in (part, text))
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


def match(wanted: Iterable[str], known: Iterable[str]) -> dict[str, str]:
    """`{wanted: known}`: those of `wanted` that are one of the `known` class names.

    An exact name wins; otherwise spellings with one :func:`key` match, unless two classes share it.
    """
    exact = dict.fromkeys(known)
    by_key: dict[str, list[str]] = {}
    for name in exact:
        by_key.setdefault(key(name), []).append(name)
    matches = {}
    for name in wanted:
        candidates = [name] if name in exact else by_key.get(key(name), [])
        if len(candidates) == 1:
            matches[name] = candidates[0]
    return matches


OTHERS, SEEN = "others.tsv", "seen.tsv"
_LONGEST_CLUE = 12  # words of a gloss that is compared with photos


@dataclass(frozen=True)
class Sense:
    """One meaning of a noun."""

    synset: str  # WordNet's number of the meaning
    noun: str  # the part of the class name that has this meaning
    gloss: str  # what WordNet says first
    coverage: float  # the share of the class name's words that the noun accounts for


@cache
def _table(name: str) -> dict[str, str]:
    return dict(line.split("\t", 1) for line in _timms_lines(name) if "\t" in line)


def _timms_lines(name: str) -> list[str]:
    spec = find_spec("timm")  # found, not imported: only its text files are wanted
    if spec is None or not spec.submodule_search_locations:
        raise SpaError("The package timm, which brings the facts of names, is missing: install the app again")
    return _lines_of(Path(next(iter(spec.submodule_search_locations)), "data", "_info", name))


def _lines(name: str) -> list[str]:
    return _lines_of(paths.resources_dir() / "wordnet" / name)


_read_at = 0.0  # when a table was read last, 0 while none is held


def _lines_of(file: Path) -> list[str]:
    global _read_at
    _read_at = time.monotonic()
    try:
        return file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise SpaError(f"{file} cannot be read ({error}): install the app again") from error


def photographed_lemmas() -> dict[str, str]:
    """Synset -> its names, the first first, with commas between them: the nouns that ImageNet has photos of."""
    return _table("imagenet_synset_to_lemma.txt")


@cache
def _others() -> dict[str, tuple[str, str]]:
    """Synset -> names and gloss: visible things that ImageNet has no photos of."""
    rows = (line.split("\t", 2) for line in _lines(OTHERS))
    return {row[0]: (row[1], row[2]) for row in rows if len(row) == 3}


@cache
def lemmas_of_all() -> dict[str, str]:
    """Synset -> its names, as in :func:`photographed_lemmas`, of all nouns that are known here."""
    return {**{synset: names for synset, (names, _) in _others().items()}, **photographed_lemmas()}


def full_gloss(synset: str) -> str:
    """What WordNet says of a noun, in full; "" where it is not known here."""
    gloss = _table("imagenet_synset_to_definition.txt").get(synset)
    return gloss if gloss is not None else _others().get(synset, ("", ""))[1]


def seen_of(synset: str) -> list[str]:
    """What of a noun's gloss can be seen, in phrases of 2 to 12 words, the first of which says most; [] for nothing."""
    phrases = _seen().get(synset)
    return phrases.split("\t") if phrases else []


@cache
def _seen() -> dict[str, str]:
    return dict(line.split("\t", 1) for line in _lines(SEEN))


@cache
def photographed_nouns() -> tuple[str, ...]:
    """The 1000 nouns of ImageNet's challenge, as synsets, in its order."""
    return tuple(_timms_lines("imagenet_synsets.txt"))


@cache
def _index() -> dict[str, tuple[str, ...]]:
    """Noun in lower case -> the synsets that it names."""
    index: dict[str, list[str]] = {}
    for synset, lemmas in lemmas_of_all().items():
        for lemma in lemmas.split(","):
            index.setdefault(" ".join(words(lemma)), []).append(synset)
    return {noun: tuple(synsets) for noun, synsets in index.items()}


@cache
def _joined_index() -> dict[str, tuple[str, ...]]:
    """What the spellings of a noun share -> the nouns that are spelled so, in lower case."""
    index: dict[str, list[str]] = {}
    for noun in _index():
        index.setdefault(_joined(noun.split()), []).append(noun)
    return {joined: tuple(nouns) for joined, nouns in index.items()}


def _joined(parts: Iterable[str]) -> str:
    """Words without what spellings differ in: blanks, hyphens, a possessive s, articles."""
    return "".join(part for part in parts if part not in _LEFT_OUT)


@cache
def vocabulary() -> frozenset[str]:
    """Every word of a known noun or of a gloss of ImageNet's: what a run-together name may be made of."""
    common = {word for text in _table("imagenet_synset_to_definition.txt").values() for word in words(text)}
    return frozenset(common | {word for noun in _index() for word in noun.split()})


@cache
def stems(text: str) -> frozenset[str]:
    """The words of a text, each in the singular; words run together are seen through."""
    return frozenset(singular(part) for part in words(text, vocabulary()))


def is_plural(name: str) -> bool:
    """Whether the last word of a name is the plural of a noun that is known here.

    >>> is_plural("storage tanks"), is_plural("lens"), is_plural("compass"), is_plural("blorps")
    (True, False, False, False)
    """
    last = words(name)[-1:]
    return bool(last) and singular(last[0]) != last[0] and singular(last[0]) in _index()


def clauses_of(gloss: str) -> list[str]:
    """The gloss without brackets, quoted examples and "any of various", clause by clause.

    >>> clauses_of('(biology) any of various big cats; live in trees; "it roars"')
    ['big cats', 'live in trees']
    """
    text = re.sub(r"\([^)]*\)|\"[^\"]*\"?|[`']{2,}", " ", gloss).encode("ascii", "ignore").decode()
    text = re.sub(
        r"^\s*(?:nontechnical name for )?(?:any|one) of (?:the )?"
        r"(?:various|numerous|several|many|two or three|two|three) "
        r"(?:families of |genera of |species of |kinds of )?",
        "",
        text,
    )
    return [clause for part in text.split(";") if (clause := " ".join(part.split()).strip(" ,.:"))]


def brief(gloss: str) -> str:
    """The beginning of a gloss in a few words, without the article in front: as texts are compared with photos."""
    return re.sub(r"^(?:an?|the|any|one) ", "", " ".join(gloss.split()[:_LONGEST_CLUE]))


def _spans(parts: list[str]) -> Iterator[tuple[str, ...]]:
    """Runs of words, longest first; among equals the last, where English keeps the head noun."""
    for length in range(len(parts), 0, -1):
        for start in range(len(parts) - length, -1, -1):
            yield tuple(parts[start : start + length])


def senses(name: str) -> list[Sense]:
    """Meanings that a class name may have, best covered first; empty when no noun in it is known.

    `name` is as the user wrote it: underscores, capitals, plurals and words run together are seen through. Raises
    SpaError if WordNet's tables are missing.
    """
    parts = words(name, vocabulary())
    found: dict[str, Sense] = {}
    for span in _spans(parts):
        for noun in _nouns_of(span):
            for synset in _index().get(noun, ()):
                if synset not in found and (clauses := clauses_of(full_gloss(synset))):
                    found[synset] = Sense(synset, noun, clauses[0], len(span) / len(parts))
    return list(found.values())


def _nouns_of(span: tuple[str, ...]) -> list[str]:
    """The known nouns that some words spell, in the plural or singular, apart, with hyphens or joined."""
    forms = (span, (*span[:-1], singular(span[-1])))
    exact = [noun for noun in dict.fromkeys(map(" ".join, forms)) if noun in _index()]
    return exact or list(dict.fromkeys(noun for form in forms for noun in _joined_index().get(_joined(form), ())))


# WordNet's tree of nouns: what is a kind of what, and how common each meaning of a word is.
#
# The tables are cut from WordNet 3.0 (``models/building/wordnet_tables.py``); names and glosses are timm's.

PARENTS, SENSES = "parents.tsv", "senses.tsv"

PLANT = "n00017222"
_PHYSICAL = "n00001930"
_ABSTRACT = frozenset({"n00023100", "n00024264", "n00031921", "n00033615"})  # psychological feature to measure
_BROAD = 40  # nouns with photos, below a broad kind


@cache
def _rows() -> dict[str, tuple[tuple[str, ...], str]]:
    rows = {}
    for line in _lines(PARENTS):
        synset, above, name = (line + "\t\t").split("\t")[:3]
        rows[synset] = (tuple(above.split()), name)
    return rows


_MOST_KINDS = 4096  # nouns whose kinds are remembered: all of them would take 25 MB


@lru_cache(_MOST_KINDS)
def steps_up(synset: str) -> Mapping[str, int]:
    """How many steps above a noun each kind is that it belongs to, nearer before farther; itself is 0 steps away.

    Raises SpaError if the table is missing.
    """
    steps_to: dict[str, int] = {}
    layer, steps = [synset] if synset in _rows() else [], 0
    while layer:
        steps_to |= dict.fromkeys(layer, steps)
        steps += 1
        layer = [above for below in layer for above in _rows()[below][0] if above not in steps_to]
    return steps_to


@lru_cache(_MOST_KINDS)
def ancestors(synset: str) -> tuple[str, ...]:
    """The kinds that a noun belongs to, itself first, then nearer before farther; unknown nouns belong to none.

    Raises SpaError if the table is missing.
    """
    return tuple(steps_up(synset))


@cache
def depth(synset: str) -> int:
    """How far a noun lies below the root, by the shortest way."""
    above = _rows()[synset][0]
    return 1 + min(map(depth, above)) if above else 0


@cache
def name_of(synset: str) -> str:
    """What a noun is called first."""
    lemmas = lemmas_of_all().get(synset)
    return lemmas.split(",")[0].strip() if lemmas else _rows()[synset][1]


@cache
def _unsaid() -> frozenset[str]:
    """Kinds that say nothing of what a thing looks like, or that few people would call it by. Chosen by reading."""
    return frozenset(_lines("unsaid_kinds.txt"))


@cache
def is_telling(synset: str) -> bool:
    """Whether the noun says what a thing is, not only that it is an object, a device or an organism."""
    return name_of(synset) not in _unsaid() and not is_abstract(synset)


def is_abstract(synset: str) -> bool:
    """Whether the noun is nothing that a photo shows: a measure, an attribute, an act, a relation."""
    above = ancestors(synset)
    return _PHYSICAL not in above and not _ABSTRACT.isdisjoint(above)


def is_plant(synset: str) -> bool:
    """Whether the noun is a plant, or a kind of plants."""
    return PLANT in ancestors(synset)


@cache
def broad_kinds() -> tuple[str, ...]:
    """The telling kinds that most nouns with photos are of, as synsets: each holds at least 40 of the 21 844."""
    below = Counter(kind for noun in photographed_lemmas() for kind in ancestors(noun))
    broad = (kind for kind, count in below.items() if count >= _BROAD and is_telling(kind))
    return tuple(sorted(kind for kind in broad if (name := name_of(kind)).islower() and len(name.split()) <= 2))


@cache
def _meanings() -> dict[str, tuple[tuple[str, int], ...]]:
    rows = {}
    for line in _lines(SENSES):
        noun, _, several = line.partition("\t")
        pairs = (pair.split(":") for pair in several.split())
        rows[noun] = tuple((synset, int(count)) for synset, count in pairs)
    return rows


def commonness(noun: str, synset: str) -> float:
    """The share of a noun's uses that have this meaning, by counts in tagged texts; 1.0 where it has no other.

    Every meaning is counted once more than it was met, and the first that WordNet lists twice more. Where none was ever
    met, the order says nothing, and all are as common.
    """
    several = _meanings().get(noun)
    if several is None:
        return 1.0
    is_counted = any(count for _, count in several)
    counts = {meaning: count + 1 + 2 * (is_counted and place == 0) for place, (meaning, count) in enumerate(several)}
    return counts.get(synset, 0) / sum(counts.values())


# What is read of the tables takes 50 MB, and half a second to read again: longer than those who train again wait.

_KEPT_SECONDS = 300


def release() -> bool:
    """Let go of the tables minutes after the last one was read; whether there were any. Waits for nobody."""
    global _read_at
    if not _read_at or time.monotonic() < _read_at + _KEPT_SECONDS:
        return False
    _read_at = 0.0
    for value in globals().values():
        if hasattr(value, "cache_clear"):
            value.cache_clear()
    return True
