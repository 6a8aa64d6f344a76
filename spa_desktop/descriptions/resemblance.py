"""What photos resemble, by the nouns that the backbone knows, and which meaning of a name they agree with (ours)."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from math import exp, inf
from typing import TYPE_CHECKING, NamedTuple

from spa_desktop.descriptions.bank import bank_features
from spa_desktop.descriptions.model import Exemplar
from spa_desktop.descriptions.wordnet import (
    PLANT,
    Sense,
    ancestors,
    brief,
    broad_kinds,
    commonness,
    depth,
    full_gloss,
    holds_words,
    is_abstract,
    is_plant,
    is_telling,
    lemmas_of_all,
    name_of,
    photographed_nouns,
    seen_of,
    senses,
    singular,
    stems,
    vocabulary,
    words,
)
from spa_desktop.spa.config import THING_VIEWS

if TYPE_CHECKING:
    from torch import Tensor

    from spa_desktop.encoders.encoder import ClipEncoder
    from spa_desktop.jobs import Job

# What photos resemble: a classifier's posterior over ImageNet's nouns, summed up WordNet's tree (ours).
#
# The embedded image tower was trained as a classifier of 1000 nouns, and the head it was trained with lies in its
# package. Backbones without a head are asked by text: the cosine of photo and "a photo of a {noun}.", times the logit
# scale. A noun is seldom right for a thing that is none of the 1000, but a kind above it often is: where no noun is
# sure, "bird" or "container" may be.

_SHARPNESS = 2.0  # photos of one class speak together, but not independently of each other
SAME_PHOTO = 2  # views that show a photo as it is, and mirrored: of these patch n is the same place


def whole_photo(views: Tensor) -> Tensor:
    """Of the views of a photo ``(V, ...)`` those that show all of it, at the same places: two, or one."""
    return views[: 1 if len(views) == THING_VIEWS else SAME_PHOTO].float()


_SURE = 0.5  # a kind that holds less of the posterior is not what the photos show
WIDE = 0.3  # of all nouns: a kind that holds as much, such as "animal", agrees with too much
BROAD = 0.008  # of all nouns: unknown things are taken for kinds that hold less

# When a kind holds for things that are none of the 1000 nouns. How these were chosen: docs/descriptions.md.
_SAYABLE = 0.6  # of the posterior
_PERPLEXITY = 6.0  # nouns behind it: flowers are taken for the one noun "pot", and are no containers
LEAST = 0.25  # of each photo's own posterior, of all photos but one in six
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
            if kind.perplexity >= _PERPLEXITY and kind.least >= LEAST and kind.lead >= 0
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
        self.job: Job | None = None  # is told when texts are encoded

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
        photos = [whole_photo(exemplar.load_features().pooled) for exemplar in exemplars]
        # What a learner remembers of a photo that is gone is one view, without texture.
        width = min(photo.shape[-1] for photo in photos)
        logits = self._logits(torch.stack([photo[:, :width].expand(SAME_PHOTO, -1) for photo in photos]))
        if left_out:
            logits[..., [noun in left_out for noun in photographed_nouns()]] = -torch.inf
        each = self._each(logits)
        posterior = (_SHARPNESS * each.mean((0, 1))).softmax(-1)
        photo = each.exp().mean(1)  # (E, C)
        mean = photo.mean(0)
        summed = torch.stack([posterior, mean, mean * mean.clamp_min(1e-12).log(), *photo]) @ _below()
        shares, below, entropy = summed[0], summed[1].clamp_min(1e-12), summed[2]
        perplexity = (below.log() - entropy / below).exp()
        least = summed[3:].sort(dim=0).values[len(photo) // _FEW]
        leads, plant = self._by_text(height, len(exemplars))
        rows = torch.stack([shares, _chances(), perplexity, least]).T.tolist()
        kinds = {
            synset: Kind(synset, share, chance, nouns, all_photos, leads.get(synset, inf))
            for synset, (share, chance, nouns, all_photos) in zip(all_kinds(), rows, strict=True)
        }

        def heights(texts: Sequence[str]) -> list[float]:
            assert height is not None
            return height(self._encoder.encode_texts(texts).sentence).tolist()

        return Likeness(kinds, plant, heights if height else None)

    def shares_of(self, pooled: Tensor) -> Tensor:
        """How much of each photo's posterior lies below each kind: ``(E, V, W + T)`` to ``(E, K)``."""
        return self._each(self._logits(pooled)).exp().mean(1) @ _below()

    def _each(self, logits: Tensor) -> Tensor:
        """The log-posterior of each view ``(E, V, C)``, without shops and shelves."""
        import torch

        return logits.masked_fill(_places(), -torch.inf).log_softmax(-1)

    def _by_text(self, height: Callable[[Tensor], Tensor] | None, photos: int) -> tuple[dict[str, float], Kind | None]:
        """How far each broad kind is ahead of the others that it has nothing to do with, and the plant that leads."""
        if height is None:
            return {}, None
        heights = height(self._kind_texts)[:, None]
        family = heights.masked_fill(~_is_below(), -inf).max(0).values  # its own text and those of its kinds
        others = heights.masked_fill(_is_below() | _is_below().T, -inf).max(0).values
        leads = dict(zip(_broad(), (family - others).tolist(), strict=True))
        first = _broad()[int(heights.argmax())]
        # The nouns have next to no plants, so the text alone decides; a single photo shows other things as well.
        is_plant = first in (FLOWER, PLANT) and photos >= _PHOTOS
        return leads, Kind(first, _BY_TEXT, 0.0) if is_plant else None

    @cached_property
    def _kind_texts(self) -> Tensor:
        return bank_features([f"a photo of a {name_of(kind)}." for kind in _broad()], self._encoder, self.job)

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
        nouns = map(name_of, photographed_nouns())
        return bank_features([f"a photo of a {noun}." for noun in nouns], self._encoder, self.job)


@cache
def all_kinds() -> list[str]:
    """The synsets of the nouns and of what is above them: K."""
    return sorted({kind for noun in photographed_nouns() for kind in ancestors(noun)})


@cache
def _places() -> Tensor:
    """``(C,)``: which nouns are shops and shelves."""
    import torch

    return torch.tensor([name_of(noun) in _PLACES for noun in photographed_nouns()])


@cache
def _chances() -> Tensor:
    """``(K,)``: the share of nouns that are of each kind."""
    return _below().sum(0) / len(photographed_nouns())


@cache
def _below() -> Tensor:
    """``(C, K)``: 1 where noun c is a kind of k."""
    import torch

    place = {kind: index for index, kind in enumerate(all_kinds())}
    below = torch.zeros(len(photographed_nouns()), len(all_kinds()))
    for row, noun in enumerate(photographed_nouns()):
        below[row, [place[kind] for kind in ancestors(noun)]] = 1
    return below


@cache
def _broad() -> list[str]:
    chances = zip(all_kinds(), _chances().tolist(), strict=True)
    own = {kind for kind, chance in chances if is_telling(kind) and chance >= BROAD}
    return sorted(own | set(broad_kinds()))


@cache
def _is_below() -> Tensor:
    """``(K, K)``: whether row k is column k, or a kind of it."""
    import torch

    return torch.tensor([[above in ancestors(kind) for above in _broad()] for kind in _broad()])


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
    seen = seen_of(meaning.sense.synset)
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


_BLOSSOM = re.compile(r"flower|blossom|petal|head|ray|spike|raceme|umbel")
_NO_BLOSSOM = re.compile(r"\b(?:leaf|leav|stem|hair|fruit|root|berr|seed|pod|thorn|spine|bark)|-(?:leav|leaf|stem)")


def shows_on_blossoms(phrase: str) -> bool:
    """Whether a photo of a plant's blossoms shows what a phrase says: of leaves, stems and fruit alone it does not.

    >>> [shows_on_blossoms(one) for one in ("herb with large leaves", "leafy stem with yellow flowers", "shrub")]
    [False, True, True]
    """
    return bool(_BLOSSOM.search(phrase)) or not _NO_BLOSSOM.search(phrase)
