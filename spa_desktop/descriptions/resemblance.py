"""What photos resemble, by the nouns that the backbone knows, and which meaning of a name they agree with (ours)."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import takewhile
from math import exp, inf
from typing import TYPE_CHECKING, NamedTuple

from spa_desktop.descriptions.bank import bank_features
from spa_desktop.descriptions.model import MOST_WORDS, Exemplar
from spa_desktop.descriptions.wordnet import (
    PLANT,
    Sense,
    ancestors,
    brief,
    broad_kinds,
    clauses_of,
    commonness,
    depth,
    full_gloss,
    holds_words,
    is_abstract,
    is_plant,
    is_telling,
    lemmas_of_all,
    name_of,
    names_a_thing,
    photographed_nouns,
    senses,
    singular,
    stems,
    vocabulary,
    words,
)

if TYPE_CHECKING:
    from torch import Tensor

    from spa_desktop.encoders.encoder import ClipEncoder

# What photos resemble: a classifier's posterior over ImageNet's nouns, summed up WordNet's tree (ours).
#
# The embedded image tower was trained as a classifier of 1000 nouns, and the head it was trained with lies in its
# package. Backbones without a head are asked by text: the cosine of photo and "a photo of a {noun}.", times the logit
# scale. A noun is seldom right for a thing that is none of the 1000, but a kind above it often is: where no noun is
# sure, "bird" or "container" may be.

_SHARPNESS = 2.0  # photos of one class speak together, but not independently of each other
SAME_PHOTO = 2  # views that show a photo as it is, and mirrored: of these patch n is the same place
_SURE = 0.5  # a kind that holds less of the posterior is not what the photos show
WIDE = 0.3  # of all nouns: a kind that holds as much, such as "animal", agrees with too much
BROAD = 0.008  # of all nouns: unknown things are taken for kinds that hold less

# When a kind holds for things that are none of the 1000 nouns. How these were chosen: docs/descriptions.md.
_SAYABLE = 0.6  # of the posterior
_PERPLEXITY = 6.0  # nouns behind it: flowers are taken for the one noun "pot", and are no containers
_LEAST = 0.25  # of each photo's own posterior, of all photos but one in six
_FEW, _PHOTOS = 6, 3
_ANIMAL, FLOWER = "n00015388", "n11669921"
_AGAINST = -1.0  # spreads behind the first kind, at which photos still speak against a meaning
_BY_TEXT = 0.9  # how sure that is; kinds that hold as much of the posterior are surer than a gloss
# Places: they say where a thing is, not what it is.
_PLACES = frozenset({
    "grocery store", "tobacco shop", "confectionery", "bakery", "butcher shop", "vending machine", "refrigerator",
})  # fmt: skip


class Kind(NamedTuple):
    """A noun of WordNet that photos resemble."""

    synset: str
    share: float  # of the posterior that lies below it
    chance: float  # the same before any photo is seen; 0 where the text alone decided, and no share is measured
    perplexity: float = inf  # how many nouns are behind it (the exponential of their entropy)
    least: float = 1.0  # of each photo's own posterior, what all photos but one in six give it
    lead: float = inf  # how far the text tower puts it before other broad kinds, in spreads of the bank

    @property
    def name(self) -> str:
        return name_of(self.synset)


@dataclass(frozen=True)
class Likeness:
    """The posterior of one class's exemplars over all kinds of nouns."""

    kinds: dict[str, Kind]  # by synset
    plant: Kind | None = None  # flower or plant, where the text tower says so
    # how many spreads texts stand above the phrases of the bank, for these photos; None: cannot be asked
    height: Callable[[Sequence[str]], list[float]] | None = None

    def sayable(self) -> list[Kind]:
        """The kinds that hold even where the thing is none of the nouns, the narrowest first."""
        found = [
            kind
            for kind in self.sure(_SAYABLE)
            if kind.perplexity >= _PERPLEXITY and kind.least >= _LEAST and kind.lead >= 0
        ]
        return found or ([self.plant] if self.plant else [])

    def agrees_with(self, kind: Kind, synset: str) -> bool:
        """Whether a noun is of a kind. For a flower any plant will do: WordNet has most of them among herbs."""
        return (PLANT if kind is self.plant else kind.synset) in ancestors(synset)

    def is_against(self, synset: str, least: float = _SURE) -> bool:
        """Whether the photos show a kind that a noun is none of, which holds at least so much of the posterior."""
        shown = [kind for kind in self.sure(least) if kind.chance >= BROAD and kind.lead >= _AGAINST]
        return any(not self.agrees_with(kind, synset) for kind in shown)

    @property
    def animal(self) -> Kind | None:
        """Animal, where the photos show one."""
        kind = self.kinds.get(_ANIMAL)
        return kind if kind and kind.share >= _SURE else None

    def left_of(self, found: Sequence[Sense]) -> list[Sense]:
        """The meanings that are animals, where the photos show such: no flesh as food; all, where none is."""
        return [one for one in found if not self.animal or _ANIMAL in ancestors(one.synset)] or [*found]

    def sure(self, least: float = _SURE) -> list[Kind]:
        """The telling kinds that hold at least `least` of the posterior, the narrowest first."""
        found = [kind for kind in self.kinds.values() if kind.share >= least and is_telling(kind.synset)]
        return sorted(found, key=lambda kind: (-depth(kind.synset), -kind.share, kind.synset))


class Resemblance:
    """Judges exemplars by the nouns that the backbone knows."""

    def __init__(self, encoder: ClipEncoder) -> None:
        self._encoder = encoder
        self._nouns = photographed_nouns()

    def of(
        self,
        exemplars: Sequence[Exemplar],
        height: Callable[[Tensor], Tensor] | None = None,
        left_out: Collection[str] = (),
    ) -> Likeness | None:
        """What the exemplars of one class resemble; None without any.

        `height` says how many spreads texts ``(T, D)`` stand above the phrases of the bank, for this class: ``(T,)``.
        Nouns that are `left_out` are not to be thought of.
        """
        import torch

        if not exemplars:
            return None
        photos = [exemplar.load_features().pooled[:SAME_PHOTO].float() for exemplar in exemplars]
        # What a learner remembers of a photo that is gone is one view, without texture.
        width = min(photo.shape[-1] for photo in photos)
        logits = self._logits(torch.stack([photo[:, :width].expand(SAME_PHOTO, -1) for photo in photos]))
        if left_out:
            logits[..., [noun in left_out for noun in self._nouns]] = -torch.inf
        each = logits.masked_fill(self._places, -torch.inf).log_softmax(-1)
        posterior = (_SHARPNESS * each.mean((0, 1))).softmax(-1)
        photo = each.exp().mean(1)  # (E, C)
        mean = photo.mean(0)
        summed = torch.stack([posterior, mean, mean * mean.clamp_min(1e-12).log(), *photo]) @ self._below
        shares, below, entropy = summed[0], summed[1].clamp_min(1e-12), summed[2]
        perplexity = (below.log() - entropy / below).exp()
        least = summed[3:].sort(dim=0).values[len(photo) // _FEW]
        leads, plant = self._by_text(height, len(exemplars))
        rows = torch.stack([shares, self._chances, perplexity, least]).T.tolist()
        kinds = {
            synset: Kind(synset, share, chance, nouns, all_photos, leads.get(synset, inf))
            for synset, (share, chance, nouns, all_photos) in zip(self._kinds, rows, strict=True)
        }

        def heights(texts: Sequence[str]) -> list[float]:
            assert height is not None
            return height(self._encoder.encode_texts(texts).sentence).tolist()

        return Likeness(kinds, plant, heights if height else None)

    def _by_text(self, height: Callable[[Tensor], Tensor] | None, photos: int) -> tuple[dict[str, float], Kind | None]:
        """How far each broad kind is ahead of the others that it has nothing to do with, and the plant that leads."""
        if height is None:
            return {}, None
        heights = height(self._kind_texts)[:, None]
        family = heights.masked_fill(~self._is_below, -inf).max(0).values  # its own text and those of its kinds
        others = heights.masked_fill(self._is_below | self._is_below.T, -inf).max(0).values
        leads = dict(zip(self._broad, (family - others).tolist(), strict=True))
        first = self._broad[int(heights.argmax())]
        # The nouns have next to no plants, so the text alone decides; a single photo shows other things as well.
        is_plant = first in (FLOWER, PLANT) and photos >= _PHOTOS
        return leads, Kind(first, _BY_TEXT, 0.0) if is_plant else None

    @cached_property
    def _broad(self) -> list[str]:
        chances = zip(self._kinds, self._chances.tolist(), strict=True)
        own = {kind for kind, chance in chances if is_telling(kind) and chance >= BROAD}
        return sorted(own | set(broad_kinds()))

    @cached_property
    def _kind_texts(self) -> Tensor:
        return bank_features([f"a photo of a {name_of(kind)}." for kind in self._broad], self._encoder)

    @cached_property
    def _is_below(self) -> Tensor:
        """``(K, K)``: whether row k is column k, or a kind of it."""
        import torch

        return torch.tensor([[above in ancestors(kind) for above in self._broad] for kind in self._broad])

    def _logits(self, pooled: Tensor) -> Tensor:
        """``(E, V, W + T)`` to ``(E, V, C)``."""
        if self._head is not None:
            weight, bias = self._head
            return pooled[..., : weight.shape[1]] @ weight.T + bias
        return self._encoder.logit_scale * self._encoder.project(pooled) @ self._texts.T

    @cached_property
    def _head(self) -> tuple[Tensor, Tensor] | None:
        from spa_desktop.encoders import lite_files

        return lite_files.classifier() if self._encoder.name in lite_files.EMBEDDED else None

    @cached_property
    def _texts(self) -> Tensor:
        return bank_features([f"a photo of a {name_of(noun)}." for noun in self._nouns], self._encoder)

    @cached_property
    def _kinds(self) -> list[str]:
        return sorted({kind for noun in self._nouns for kind in ancestors(noun)})

    @cached_property
    def _places(self) -> Tensor:
        """``(C,)``: which nouns are shops and shelves."""
        import torch

        return torch.tensor([name_of(noun) in _PLACES for noun in self._nouns])

    @cached_property
    def _chances(self) -> Tensor:
        """``(K,)``: the share of nouns that are of each kind."""
        return self._below.sum(0) / len(self._nouns)

    @cached_property
    def _below(self) -> Tensor:
        """``(C, K)``: 1 where noun c is a kind of k."""
        import torch

        place = {kind: index for index, kind in enumerate(self._kinds)}
        below = torch.zeros(len(self._nouns), len(self._kinds))
        for row, noun in enumerate(self._nouns):
            below[row, [place[kind] for kind in ancestors(noun)]] = 1
        return below


# Which meaning of a class name is meant, where that is certain, and what WordNet says of it (ours).

# How these were chosen: docs/descriptions.md.
_SUPPORT = 0.5  # of the posterior below a kind of the meaning: the photos agree
_RARE = 0.001  # one noun of 1000
_LEAD = 2.5  # times as likely as the next meaning
_TEXT = 0.5  # log-likelihood of a meaning for each spread that its gloss stands above the bank
_BEHIND = 1.0  # spreads: a gloss that is farther behind another meaning's is not meant
_SEEN = 1.0  # spreads above the bank, of the gloss or the noun: photos that support no kind of the meaning show it
_FAR_BEHIND = 2.0  # spreads: of two animals with one name, the one whose gloss is as far behind is not meant
_USUAL = 0.6  # of a noun's uses, where the photos neither agree nor disagree
_KINDS = 3  # at most, that a thing is said to be of
_FAMILY = re.compile(r"(?:aceous|iform)\b")  # iridaceous plant, anseriform bird: nothing to be seen
_OF_A_PART = 0.15  # of all nouns, as WIDE, of a meaning of half a name: a Maine coon is a mammal, and no raccoon
_LEAST_COVERAGE = 1 / 2  # of a name's words
_UNNAMED = 2  # kinds of a thing whose name says nothing


@dataclass(frozen=True)
class Meaning:
    """What a class name means."""

    sense: Sense  # as WordNet has it
    certainty: float  # from 0 to 1

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
    usual meaning of the whole name, which the text tower sees on them or which is of two words. The last noun of a name
    of several words, or half of the name, is also certain where the photos look like that very noun: "grandmother's
    coffee mug", "crocodile head".
    """
    return _leading_meaning(_qualified(_candidates(name), name), likeness) or _meaning_of_part(name, likeness)


def _leading_meaning(found: list[Sense], likeness: Likeness | None) -> Meaning | None:
    if not found:
        return None
    found = likeness.left_of(found) if likeness else found
    glosses = list(dict.fromkeys(sense.gloss for sense in found))
    height = _heights(likeness, [brief(gloss) for gloss in glosses])
    by_gloss = dict(zip(glosses, height, strict=True)) if height else dict.fromkeys(glosses, 0.0)

    top = max(by_gloss.values())
    near = [one for one in found if by_gloss[one.gloss] >= top - _FAR_BEHIND]
    animal = likeness.animal if likeness else None
    is_the_animal = animal and len(near) == 1 and near[0].coverage == 1 and _ANIMAL in ancestors(near[0].synset)
    if animal and is_the_animal:
        return Meaning(near[0], animal.share / sum(exp(_TEXT * (one - top)) for one in by_gloss.values()))

    def weight(one: Sense) -> float:
        return _weight(one, likeness) * exp(_TEXT * by_gloss[one.gloss])

    sense = max(found, key=weight)
    others = [weight(other) for other in found if other.gloss != sense.gloss]
    if weight(sense) < _LEAD * max(others, default=0.0) or top - by_gloss[sense.gloss] > _BEHIND:
        return None
    if is_abstract(sense.synset) or (sense.coverage < 1 and is_plant(sense.synset)):  # a toad lily is no lily
        return None
    support = _support(sense, likeness)
    if likeness and likeness.is_against(sense.synset, _BY_TEXT if support >= _SUPPORT else _SURE):
        return None
    if support >= _SUPPORT:
        return Meaning(sense, support * weight(sense) / (weight(sense) + sum(others)))
    # A word may be another language's, a brand or a person: the text tower has to see it.
    is_seen = not height or by_gloss[sense.gloss] >= _SEEN
    is_seen = is_seen or _heights(likeness, [f"a photo of a {sense.noun}."])[0] >= _SEEN
    usual = commonness(sense.noun, sense.synset)
    is_two = " " in sense.noun and not is_plant(sense.synset)  # words, which are seldom a name by chance
    return Meaning(sense, usual) if usual >= _USUAL and sense.coverage == 1 and (is_seen or is_two) else None


def _heights(likeness: Likeness | None, texts: list[str]) -> list[float]:
    """How many spreads texts stand above the bank; none where there are no photos to ask."""
    return likeness.height(texts) if likeness and likeness.height else []


def _qualified(found: list[Sense], name: str) -> list[Sense]:
    """The meanings whose names or gloss hold another word of the class name, where not all do: "American goldfinch"."""

    def held(sense: Sense) -> int:
        text = f"{lemmas_of_all()[sense.synset]} {full_gloss(sense.synset)}"
        said, noun = stems(text), stems(sense.noun)
        return len((stems(name) - noun) & said)

    most = max(map(held, found), default=0)
    return [sense for sense in found if held(sense) == most]


def _meaning_of_part(name: str, likeness: Likeness | None) -> Meaning | None:
    if likeness is None:
        return None
    found = senses(name)  # the longest noun first
    for sense in found:
        is_half = sense.coverage >= _LEAST_COVERAGE
        kind = likeness.kinds.get(sense.synset)
        if (is_half or _ends(name, sense.noun)) and kind and kind.share >= _SUPPORT:
            return _leading_meaning([other for other in found if other.noun == sense.noun], likeness)
    return None


def _ends(name: str, noun: str) -> bool:
    """Whether a noun is the end of a name: what the thing is, where what stands before says which."""
    whole, last = ("".join(singular(word) for word in words(text, vocabulary())) for text in (name, noun))
    return whole.endswith(last)


def said_of(meaning: Meaning, class_name: str) -> list[str]:
    """Short phrases that hold for the meaning: what its gloss says to be seen, and kinds; the most telling first."""
    seen = seen_in(full_gloss(meaning.sense.synset))
    own = stems(class_name)
    kinds: list[str] = []
    for kind in meaning.kinds:
        said = {singular(word) for word in words(kind)}
        overlap = any(holds_words(kind, other) or holds_words(other, kind) for other in kinds)
        if not (said <= own or _FAMILY.search(kind) or overlap):
            kinds.append(kind)
    phrases = [*seen, *kinds[:_KINDS]]
    return [
        phrase
        for place, phrase in enumerate(phrases)
        if not any(holds_words(other, phrase) for other in phrases[:place])
    ]


def _candidates(name: str) -> list[Sense]:
    """Meanings of the whole name, else of a good part of it that ends it: a crab cake is no crab."""
    found = [sense for sense in senses(name) if sense.coverage >= _LEAST_COVERAGE]
    whole = [sense for sense in found if sense.coverage == 1]
    return whole or [sense for sense in found if _ends(name, sense.noun)]


def _weight(sense: Sense, likeness: Likeness | None) -> float:
    """How common a meaning is, times how far the posterior favours a kind of it over chance, at best."""
    usual = commonness(sense.noun, sense.synset)
    if likeness is None:
        return usual
    kinds = [likeness.kinds[ancestor] for ancestor in ancestors(sense.synset) if ancestor in likeness.kinds]
    return usual * max((kind.share / max(kind.chance, _RARE) for kind in kinds), default=1.0)


def _support(sense: Sense, likeness: Likeness | None) -> float:
    if likeness is None:
        return 0.0
    kinds = [
        likeness.kinds[ancestor]
        for ancestor in ancestors(sense.synset)
        if ancestor in likeness.kinds and is_telling(ancestor)
    ]
    most = WIDE if sense.coverage == 1 else _OF_A_PART
    return max((kind.share for kind in kinds if kind.chance <= most), default=0.0)


def resembled_kinds(likeness: Likeness | None, name: str) -> list[Kind]:
    """The narrowest broad kinds that photos surely resemble, and that a meaning of the whole name agrees with."""
    if likeness is None:
        return []
    own = [sense.synset for sense in likeness.left_of([one for one in senses(name) if one.coverage == 1])]
    found: list[Kind] = []
    for kind in likeness.sayable():
        is_new = not any(kind.name in other.name or other.name in kind.name for other in found)
        agrees = [likeness.agrees_with(kind, synset) for synset in own]
        if is_new and any(agrees or [True]):
            found.append(kind)
    return found[:_UNNAMED]


# What of a gloss can be seen (ours).
#
# A gloss also says where a thing lives, what it is used for and what family it is of. It is taken apart before
# prepositions, relatives and participles; what begins with such a thing is left out up to the next "with" or "having".

_OPENS = frozenset({"with", "having", "bearing", "without"})
_OPENING = re.compile(r"^(?:with|having|bearing) (?:an? |the )?")
_WITH = re.compile(r" (?=(?:with|having|bearing) )")
# A part that begins so says nothing to be seen, and nothing that follows it does, up to what opens again.
_UNSEEN_STARTS = (
    "near|over|as|whose|which|that|when|especially|used|found|native|grown|cultivated|naturalized|valued|noted|known|"
    "inhabiting|adapted|specialized|related|resembling|living|feeding|made|often|widely|boiled|including|small enough|"
    r"for (?=\w+ing\b)|from which"
)
_JOINT = re.compile(rf",? (?=(?:of|in|from|on|at|for|by|to|{'|'.join(sorted(_OPENS))}|{_UNSEEN_STARTS})\b)")
_IS_UNSEEN = re.compile(rf"(?:{_UNSEEN_STARTS}|produced|sometimes|popular|source|similar|larger|smaller)\b")
# Words that are left out of what is seen, and words that nothing is seen with.
_UNSEEN_WORDS = frozenset({
    "common", "widespread", "rare", "wild", "domesticated", "native", "perennial", "annual", "biennial", "tropical",
    "subtropical", "temperate", "pantropical", "fragrant", "poisonous", "edible", "woodland", "freshwater", "active",
    "primitive", "somewhat", "fish-eating", "seed-eating", "insectivorous", "herbivorous", "nocturnal", "pugnacious",
    "harsh-voiced", "cud-chewing", "nonpasserine", "evergreen", "deciduous", "chiefly", "mostly", "predominantly",
    "northern", "southern", "eastern", "western", "portable", "garden", "voracious", "singing", "juicy", "tart",
    "acidic", "aromatic", "marine", "carnivorous", "omnivorous", "arboreal", "venomous", "terrestrial", "predatory",
    "intelligent", "alert", "parasitic", "gregarious", "hybrid", "migratory", "hardy", "social", "inexpensive",
    "scentless", "ill-smelling", "high-pitched", "e.g.",
})  # fmt: skip
_UNSEEN_THINGS = frozenset({
    "genus", "family", "families", "order", "species", "subspecies", "variety", "varieties", "hemisphere", "coast",
    "coasts", "world", "worldwide", "tropics", "country", "escapee", "habitat", "times", "means", "houseplant",
    "developed", "sap", "pulp", "flesh", "juice", "odor", "aroma", "tone", "voice", "cry", "sound", "note", "smell",
    "taste", "flavor", "perfume", "something", "someone", "anything", "who", "trademarked", "trademark", "version",
})  # fmt: skip
_AREAS = frozenset({"area", "areas", "region", "regions"})  # things live there, or are such
_LOOSE_ENDS = frozenset({
    "a", "an", "and", "any", "as", "by", "for", "from", "in", "into", "of", "on", "or", "some", "such", "that", "the",
    "to", "usually", "very", "with",
})  # fmt: skip
# What a whole phrase does not end with, besides participles and adverbs: it belongs to what was left out.
_UNFINISHED = _LOOSE_ENDS | frozenset({
    "another", "are", "around", "at", "available", "be", "being", "between", "both", "bred", "built", "but", "common",
    "due", "each", "eaten", "either", "equal", "etc", "grown", "has", "have", "having", "inferior", "is", "kept",
    "made", "more", "most", "next", "other", "others", "similar", "so", "sold", "suitable", "sweet", "taken", "than",
    "through", "where", "which", "worn",
})  # fmt: skip
_HANGS = re.compile(r"(?:[^e\W]ed|\wly|originating|belonging|containing|including)$")
_COLOUR = r"\b(?:black|gr[ea]y|white|red|orange|yellow|green|blue|purple|pink|brown)\b"
_ENDS_WITH_COLOUR = re.compile(_COLOUR + "$")
_OF_A_SEX = re.compile(r"(?:the )?(?:male|female)s? (?:is|are) ")
# A further clause that says how the thing looks, and not what it does, is used for or comes from.
# What is usually so need not be so of these.
_HEDGES = r"\b(?:usually|typically|generally|normally|commonly|often|sometimes|formerly|originally)\b"
_FURTHER = re.compile(
    rf"(?!.*{_HEDGES})(?:{_OF_A_SEX.pattern}|(?!.*\b(?:is|are|was|were)\b).*(?:\b(?:with|having)\b|{_COLOUR}))"
)
# What lies within is said of what is seen: "a green skin and hard tart flesh".
_WITHIN = r"(?:(?!having\b|with\b|and\b|or\b)[\w-]+ ){0,3}(?:sap|pulp|flesh|juice)\b"
_AND_WITHIN = re.compile(rf" and {_WITHIN}|\b{_WITHIN} and(?= )")


def seen_in(gloss: str) -> list[str]:
    """The phrases of a gloss that say what a thing looks like, each whole, of 2 to 12 words; the first says most.

    >>> seen_in("small European finch having a crimson face and yellow-and-black wings; nests in barns")
    ['small finch having a crimson face and yellow-and-black wings']
    >>> seen_in("a common creeper in North America with a down-curved bill"), seen_in("tanager of Colombia to Peru")
    (['creeper with a down-curved bill'], [])
    >>> seen_in("any plant of the genus Gazania valued for their showy daisy flowers")
    ['plant with showy daisy flowers']
    """
    found: list[str] = []
    for place, clause in enumerate(clauses_of(gloss)):
        if place and not _FURTHER.match(clause):
            continue
        head, *more = [clause] if _OF_A_SEX.match(clause) else _seen_parts(clause)
        whole = " ".join((head, *more)) if head else _OPENING.sub("", " ".join(more))
        of_it = " ".join(more)
        has = next(filter(None, map(_halves, (of_it, *_WITH.split(of_it)))), [])
        for text in [whole] if len(whole.split()) <= MOST_WORDS else [" ".join(_first_parts([head, *more])), *has]:
            phrase = _finished(text)
            if 2 <= len(phrase.split()) <= MOST_WORDS and phrase not in found:
                found.append(phrase)
    return found


def _finished(text: str) -> str:
    """A phrase that begins and ends with what is said: no "usually", nor what hung on words that were left out."""
    text, *hedged = re.split(
        _HEDGES, re.sub(r"^(?:(?:an?|the|is|are|with|having|to) )+", "", text.strip(" ,")), maxsplit=1
    )
    kept = text.replace(",", " ,").split()
    count = len(kept)
    while kept and _is_unfinished(kept[-1]):
        if kept[-2:-1] in (["is"], ["are"]):  # "where books are sold" is whole
            return " ".join(kept).replace(" ,", ",")
        kept.pop()
    if hedged or len(kept) < count:
        kept = [*takewhile(lambda word: word not in ("where", "that", "which"), kept)]
        if kept and not names_a_thing(kept[-1]):  # but what a thing is like
            return ""
    return " ".join(kept).replace(" ,", ",")


def _is_unfinished(word: str) -> bool:
    return word == "," or word in _UNFINISHED or (bool(_HANGS.search(word)) and not names_a_thing(word))


_BLOSSOM = re.compile(r"flower|blossom|petal|head|ray|spike|raceme|umbel")
_NO_BLOSSOM = re.compile(r"\b(?:leaf|leav|stem|hair|fruit|root|berr|seed|pod|thorn|spine|bark)|-(?:leav|leaf|stem)")


def shows_on_blossoms(phrase: str) -> bool:
    """Whether a photo of a plant's blossoms shows what a phrase says: of leaves, stems and fruit alone it does not.

    >>> [shows_on_blossoms(one) for one in ("herb with large leaves", "leafy stem with yellow flowers", "shrub")]
    [False, True, True]
    """
    return bool(_BLOSSOM.search(phrase)) or not _NO_BLOSSOM.search(phrase)


def _first_parts(parts: list[str]) -> list[str]:
    """As many parts as a phrase may have words, before what the thing is with; none that an "of" would go on with."""
    kept = list(takewhile(lambda part: part.split(" ")[0] not in _OPENS, parts))
    while len(" ".join(kept).split()) > MOST_WORDS or "".join(parts[len(kept) : len(kept) + 1]).startswith("of "):
        kept.pop()
    return kept


def _seen_parts(clause: str) -> list[str]:
    """The thing itself, "" where its words say nothing to be seen, and what it is with, of or in."""
    clause = re.sub(
        r"characterized by|consisting of|\b(?:that|which) ha(?:s|ve)\b(?! been| recently)", "having", clause
    )
    clause = re.sub(r"^(?:an?|any|the|one) |:.*|(?<=having )(.*?) and (?:is|are|stands?) .*", r"\1", clause)
    clause = _AND_WITHIN.sub("", clause)
    clause = re.sub(r"^((?:\S+ )*?)(?:perennial|annual)s?(?= of| having|$)", r"\1plant", clause)  # what it stands for
    kept: list[str] = []
    is_left_out, before = False, ""
    for place, part in enumerate(_JOINT.split(clause)):
        first, *rest = part.split()
        if first == "for" and rest[:1] in (["its"], ["their"]) and before not in ("noted", "known"):
            part = " ".join(("with", *rest[1:]))
        is_opening = part.split()[0] in _OPENS
        if is_opening:
            is_left_out = False
        elif _IS_UNSEEN.match(part) or (place == 0 and first in ("of", "from")):
            is_left_out = True
        seen: list[str] = []
        for word in part.split():
            if word.strip(",") not in _UNSEEN_WORDS:
                seen.append(word)
            elif _hangs_on(seen):
                seen.pop()
        if place == 0 or is_opening:
            seen = [word for word in seen if not word[0].isupper()]
        is_left_out = is_left_out or (first in ("in", "from", "of") and bool(_AREAS & set(part.split())))
        is_left_out = is_left_out or any(not word.islower() or word.strip(",") in _UNSEEN_THINGS for word in seen)
        kept.append("" if is_left_out else _mended(seen))
        if is_left_out and first in ("that", "which", "whose") and place:  # "green leaves and flowers that are white"
            kept[-2] = re.sub(r" and \w+$", "", kept[-2])
        before = first
    return [kept[0], *filter(None, kept[1:])]


def _hangs_on(seen: list[str]) -> bool:
    """Whether the last of some words hangs on the next, which is left out: "highly", or "and" between adjectives."""
    joins = seen[-1:] in (["and"], ["or"]) and not names_a_thing(seen[-2] if seen[1:] else "")
    return joins or (bool(seen) and (seen[-1] == "very" or seen[-1].endswith("ly")) and not names_a_thing(seen[-1]))


def _mended(said: list[str]) -> str:
    """Words, some of which were left out, without what hung on those."""
    text = re.sub(r"^(?:(?:and|or) )+", "", re.sub(r"\b(?:(?:and|or) )+(?=(?:and|or) )", "", " ".join(said)))
    whole = text.split()
    while whole and whole[-1].strip(",") in _LOOSE_ENDS:
        whole.pop()
    return (
        " ".join(whole).strip(" ,")
        if len(whole) > 1 or whole[:1] != said[:1] or not _OPENS.intersection(whole[:1])
        else ""
    )


def _halves(text: str) -> list[str]:
    """What a thing is with; where that is long, both sides of the "and" that joins two things of several words."""
    text, count = _OPENING.subn("", text)
    if len(text.split()) <= MOST_WORDS or not count:
        return [text] if count else []
    for pair in (text.split(" and ", 1), text.rsplit(" and ", 1)):
        # "Pink and white flowers" are one thing.
        if all(2 < len(side.split()) <= MOST_WORDS for side in pair) and not _ENDS_WITH_COLOUR.search(pair[0]):
            return [_OPENING.sub("", side) for side in pair]
    return []
