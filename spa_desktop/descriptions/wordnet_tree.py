"""WordNet's tree of nouns: what is a kind of what, and how common each meaning of a word is.

The tables are cut from WordNet 3.0 (``models/building/wordnet_tables.py``); names and glosses are timm's.
"""

from __future__ import annotations

from functools import cache

from spa_desktop import paths
from spa_desktop.descriptions.wordnet import lemmas_of_all
from spa_desktop.errors import SpaError

PARENTS, SENSES, PARTS = "parents.tsv", "senses.tsv", "parts.tsv"

# Kinds that say nothing of what a thing looks like, and those that few people would call a thing by; parts that photos
# do not show. Chosen by reading.
UNSAID, HIDDEN = "unsaid_kinds.txt", "hidden_parts.txt"


@cache
def _rows() -> dict[str, tuple[tuple[str, ...], str]]:
    rows = {}
    for line in _lines(PARENTS):
        synset, above, name = (line + "\t\t").split("\t")[:3]
        rows[synset] = (tuple(above.split()), name)
    return rows


def _lines(name: str) -> list[str]:
    file = paths.resources_dir() / "wordnet" / name
    try:
        return file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise SpaError(f"{file} cannot be read ({error}): install the app again") from error


@cache
def ancestors(synset: str) -> tuple[str, ...]:
    """The kinds that a noun belongs to, itself first, then nearer before farther; unknown nouns belong to none.

    Raises:
        SpaError: if the table is missing.
    """
    found: dict[str, None] = {}
    layer = [synset] if synset in _rows() else []
    while layer:
        found.update(dict.fromkeys(layer))
        layer = [above for one in layer for above in _rows()[one][0] if above not in found]
    return tuple(found)


@cache
def depth(synset: str) -> int:
    """How far a noun lies below the root, by the shortest way."""
    above = _rows()[synset][0]
    return 1 + min(map(depth, above)) if above else 0


def name_of(synset: str) -> str:
    """What a noun is called first."""
    lemmas = lemmas_of_all().get(synset)
    return lemmas.split(",")[0].strip() if lemmas else _rows()[synset][1]


def is_telling(synset: str) -> bool:
    """Whether the noun says what a thing is, not only that it is an object, a device or an organism."""
    return name_of(synset) not in _listed(UNSAID)


@cache
def _listed(file: str) -> frozenset[str]:
    return frozenset(_lines(file))


def parts(synset: str) -> list[str]:
    """The visible parts that WordNet lists for a noun and for the telling kinds above it, its own first."""
    found: dict[str, None] = {}
    for kind in ancestors(synset):
        if is_telling(kind):
            found.update(dict.fromkeys(_parts().get(kind, ())))
    hidden = _listed(HIDDEN)
    return [part for part in found if part.islower() and part not in hidden]


@cache
def _parts() -> dict[str, tuple[str, ...]]:
    rows = (line.partition("\t") for line in _lines(PARTS))
    return {synset: tuple(names.split(", ")) for synset, _, names in rows}


@cache
def _meanings() -> dict[str, tuple[tuple[str, int], ...]]:
    rows = {}
    for line in _lines(SENSES):
        noun, _, several = line.partition("\t")
        pairs = (one.split(":") for one in several.split())
        rows[noun] = tuple((synset, int(count)) for synset, count in pairs)
    return rows


def commonness(noun: str, synset: str) -> float:
    """The share of a noun's uses that have this meaning, by counts in tagged texts; 1.0 where it has no other.

    Every meaning is counted once more than it was met, and the first that WordNet lists twice more.
    """
    several = _meanings().get(noun)
    if several is None:
        return 1.0
    counts = {one: count + 1 + 2 * (place == 0) for place, (one, count) in enumerate(several)}
    return counts.get(synset, 0) / sum(counts.values())
