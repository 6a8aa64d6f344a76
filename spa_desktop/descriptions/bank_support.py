"""Which phrases of the bank may be said of a class: those whose noun and colours something else vouches for (ours).

A nearest text in the joint space can be an absurd one. So a phrase of the bank is let in only where its noun, and every
other word in it, is part of what the name means or the photos resemble, every colour in it was measured, and its
similarity to the class stands far enough above that of the other phrases.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from spa_desktop.descriptions.colour_naming import NAMES
from spa_desktop.descriptions.name_matching import singular, words
from spa_desktop.descriptions.wordnet import clues, full_gloss, lemmas_of_all
from spa_desktop.descriptions.wordnet_tree import ancestors, is_telling, name_of

# What follows them is said of the noun before.
_BEHIND_THE_NOUN = frozenset(
    (
        "with",
        "of",
        "on",
        "in",
        "at",
        "by",
        "for",
        "from",
        "over",
        "under",
        "around",
        "along",
        "across",
        "behind",
        "beside",
        "between",
    )
)
_EMPTY = _BEHIND_THE_NOUN | frozenset(["a", "an", "the", "and", "or", "like", "shaped", "one", "its"])
_SHADES = {"gray": "grey", "silver": "grey", "golden": "yellow", "gold": "yellow", "scarlet": "red", "crimson": "red"}


@dataclass(frozen=True)
class Vouched:
    """Words that hold for a noun.

    Attributes:
        nouns: the last words of its names, of what it is a kind of, and of the parts that its gloss names.
        words: all words of these, and of its gloss.
    """

    nouns: frozenset[str]
    words: frozenset[str]

    @classmethod
    def of(cls, synset: str) -> Vouched:
        """Words for a synset."""
        gloss = full_gloss(synset)
        names = [name_of(kind) for kind in ancestors(synset) if is_telling(kind)]
        own = [lemma.strip() for lemma in lemmas_of_all().get(synset, "").split(",")]
        parts = [part for clue in clues(gloss) for part in re.split(r",| and | or ", clue)]
        heads = {singular(words(text)[-1]) for text in (*names, *own) if words(text)} | set(map(noun_of, parts))
        return cls(
            frozenset(heads), frozenset(singular(word) for text in (gloss, *names, *own) for word in words(text))
        )


def noun_of(phrase: str) -> str:
    """The noun that a phrase is about: the last word before "with", "of" and the like.

    >>> noun_of("hinged screen and keyboard"), noun_of("fish with whiskers")
    ('keyboard', 'fish')
    """
    parts = words(phrase)
    end = next((place for place, word in enumerate(parts) if place and word in _BEHIND_THE_NOUN), len(parts))
    return singular(parts[end - 1]) if parts else ""


def is_vouched(phrase: str, vouched: Vouched, colours: Iterable[str]) -> bool:
    """Whether everything that can be checked about a phrase holds.

    Args:
        phrase: of the bank.
        vouched: words that meaning or resemblance stand for.
        colours: names of colours that were measured on the thing.
    """
    measured = set(colours)
    said = [singular(word) for word in words(phrase)]
    if any(_SHADES.get(word, word) in NAMES and _SHADES.get(word, word) not in measured for word in said):
        return False
    known = vouched.words
    return noun_of(phrase) in vouched.nouns and all(
        word in known or word in measured or word in _EMPTY for word in said
    )
