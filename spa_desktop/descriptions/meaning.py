"""Which meaning of a class name is meant, where that is certain, and what WordNet says of it (ours)."""

from __future__ import annotations

from dataclasses import dataclass

from spa_desktop.descriptions.name_matching import holds_words, singular, words
from spa_desktop.descriptions.resemblance import Likeness
from spa_desktop.descriptions.wordnet import Sense, brief, senses, vocabulary
from spa_desktop.descriptions.wordnet_tree import ancestors, commonness, is_telling, name_of

# How these were chosen: docs/descriptions.md.
_SUPPORT = 0.5  # of the posterior below a kind of the meaning: the photos agree
_AGAINST = 0.6  # of the posterior below a kind that the meaning is none of: the photos disagree
_WIDE = 0.3  # a kind that holds as much of all nouns, such as "animal", agrees with too much
_BROAD = 0.008  # a kind that holds less is no reason for doubt: the classifier takes unknown things for narrow ones
_RARE = 0.001  # one noun of 1000
_LEAD = 2.5  # times as likely as the next meaning
_USUAL = 0.6  # of a noun's uses, where the photos neither agree nor disagree
_KINDS = 3  # at most, that a thing is said to be of
_UNSEEN = ("native ", "used ", "found ", "resembling ")  # glosses that go on so say nothing to be seen
_LEAST_COVERAGE = 1 / 2  # of a name's words


@dataclass(frozen=True)
class Meaning:
    """What a class name means.

    Attributes:
        sense: as WordNet has it.
        certainty: from 0 to 1.
        is_seen: the photos agree; else it is only what the name usually means.
    """

    sense: Sense
    certainty: float
    is_seen: bool = False

    @property
    def kinds(self) -> list[str]:
        """What the thing is a kind of, in plain words, nearest first; without kinds that say nothing."""
        above = ancestors(self.sense.synset)[1:]
        names = [name_of(one) for one in above if is_telling(one) and name_of(one).islower()]
        # WordNet has wheeled vehicles among containers, which nobody would say.
        return [name for name in names if name != "container" or "vehicle" not in names]


def certain_meaning(name: str, likeness: Likeness | None) -> Meaning | None:
    """The meaning of a class name that photos and usage leave no doubt about; None where there is doubt.

    Every meaning is as likely as it is common, times how far the photos' posterior favours the narrowest of its kinds
    over chance. It is certain where it leads, and the photos agree with it; where they say nothing, it has to be the
    usual meaning of the whole name. The last noun of a name of several words is also certain where the photos look like
    that very noun: "grandmother's coffee mug".
    """
    return _leading_meaning(_candidates(name), likeness) or _meaning_of_head(name, likeness)


def _leading_meaning(found: list[Sense], likeness: Likeness | None) -> Meaning | None:
    if not found:
        return None
    weights = [_lift(sense, likeness) * commonness(sense.noun, sense.synset) for sense in found]
    best = max(range(len(found)), key=lambda place: weights[place])
    sense = found[best]
    others = [weight for other, weight in zip(found, weights, strict=True) if other.gloss != sense.gloss]
    if weights[best] < _LEAD * max(others, default=0.0):
        return None
    support = _support(sense, likeness)
    if support >= _SUPPORT:
        return Meaning(sense, support, is_seen=True)
    usual = commonness(sense.noun, sense.synset)
    if usual >= _USUAL and sense.coverage == 1 and not _is_contradicted(sense, likeness):
        return Meaning(sense, usual)
    return None


def _meaning_of_head(name: str, likeness: Likeness | None) -> Meaning | None:
    if likeness is None:
        return None
    whole = [singular(word) for word in words(name, vocabulary())]
    for sense in senses(name):  # the longest noun first
        noun = [singular(word) for word in sense.noun.split()]
        kind = likeness.kinds.get(sense.synset)
        if whole[-len(noun) :] == noun and kind is not None and kind.share >= _SUPPORT:
            return Meaning(sense, kind.share, is_seen=True)
    return None


def possible_meanings(name: str, likeness: Likeness) -> list[Sense]:
    """Meanings that may be meant, of a name that has no certain one and some that the photos agree with."""
    found = _candidates(name)
    if not any(_support(sense, likeness) >= _SUPPORT for sense in found):
        return []
    weights = [_lift(sense, likeness) * commonness(sense.noun, sense.synset) for sense in found]
    return [sense for sense, weight in zip(found, weights, strict=True) if weight > max(weights) / _LEAD]


def said_of(meaning: Meaning, class_name: str) -> list[str]:
    """Short phrases that hold for the meaning: gloss, kinds, parts that the gloss names; the most telling first."""
    gloss = brief(meaning.sense.gloss)
    own = {singular(word) for word in words(class_name, vocabulary())}
    kinds: list[str] = []
    for kind in meaning.kinds:
        said = {singular(word) for word in words(kind)}
        if said <= own or holds_words(gloss, kind) or any(_overlap(kind, other) for other in kinds):
            continue
        kinds.append(kind)
    phrases = [*([] if gloss.startswith(_UNSEEN) else [gloss]), *kinds[:1], *meaning.sense.clues[:1]]
    phrases += kinds[1:_KINDS]
    return [
        phrase
        for place, phrase in enumerate(phrases)
        if not any(holds_words(other, phrase) for other in phrases[:place])
    ]


def _overlap(one: str, other: str) -> bool:
    return holds_words(one, other) or holds_words(other, one)


def _candidates(name: str) -> list[Sense]:
    """Meanings of the whole name, else of a good part of it."""
    found = [sense for sense in senses(name) if sense.coverage >= _LEAST_COVERAGE]
    whole = [sense for sense in found if sense.coverage == 1]
    return whole or found


def _lift(sense: Sense, likeness: Likeness | None) -> float:
    """How many times more of the posterior lies below a kind of the meaning than chance puts there, at best."""
    if likeness is None:
        return 1.0
    kinds = [likeness.kinds[one] for one in ancestors(sense.synset) if one in likeness.kinds]
    return max((kind.share / max(kind.chance, _RARE) for kind in kinds), default=1.0)


def _support(sense: Sense, likeness: Likeness | None) -> float:
    if likeness is None:
        return 0.0
    kinds = [likeness.kinds[one] for one in ancestors(sense.synset) if one in likeness.kinds and is_telling(one)]
    return max((kind.share for kind in kinds if kind.chance <= _WIDE), default=0.0)


def _is_contradicted(sense: Sense, likeness: Likeness | None) -> bool:
    if likeness is None:
        return False
    own = set(ancestors(sense.synset))
    return any(
        kind.synset not in own and sense.synset not in ancestors(kind.synset)
        for kind in likeness.sure(_AGAINST)
        if _BROAD <= kind.chance <= _WIDE
    )
