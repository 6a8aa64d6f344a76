"""The phrase bank: short visual phrases in `resources/phrases`, by kind and group, and their features."""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Callable, Collection, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property
from math import inf
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spa_desktop import paths
from spa_desktop.descriptions.measured_looks import NAMES
from spa_desktop.descriptions.model import Exemplar
from spa_desktop.descriptions.wordnet import (
    PLANT,
    ancestors,
    broad_kinds,
    clues,
    depth,
    full_gloss,
    is_telling,
    lemmas_of_all,
    name_of,
    photographed_nouns,
    singular,
    words,
)
from spa_desktop.errors import SpaError
from spa_desktop.plain_files import write_own_file

if TYPE_CHECKING:
    from torch import Tensor

    from spa_desktop.encoders.encoder import ClipEncoder

# Which phrases of the bank may be said of a class: those whose noun and colours something else vouches for (ours).
#
# A nearest text in the joint space can be an absurd one. So a phrase of the bank is let in only where its noun, and
# every other word in it, is part of what the name means or the photos resemble, every colour in it was measured, and
# its similarity to the class stands far enough above that of the other phrases.

# What follows them is said of the noun before.
_BEHIND_THE_NOUN = frozenset({
    "with", "of", "on", "in", "at", "by", "for", "from", "over", "under", "around", "along", "across", "behind",
    "beside", "between",
})  # fmt: skip
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


@dataclass(frozen=True)
class Bank:
    """P phrases; `groups[i]` names the kind and group of `phrases[i]`, such as "animals/tails_wings_and_fins"."""

    phrases: tuple[str, ...]
    groups: tuple[str, ...]

    @cached_property
    def digest(self) -> str:
        """sha256 of the phrases: part of the name of their cached features."""
        return hashlib.sha256("\n".join(self.phrases).encode()).hexdigest()


def load_bank(folder: Path | None = None) -> Bank:
    """Read the bank; None: the one that ships with the app.

    Raises:
        SpaError: if it is missing or cannot be read.
    """
    folder = folder or paths.resources_dir() / "phrases"
    phrases: list[str] = []
    groups: list[str] = []
    for file in sorted(folder.glob("*.toml")):
        try:
            content: dict[str, Any] = tomllib.loads(file.read_text(encoding="utf-8"))
            for group, texts in content["phrases"].items():
                phrases.extend(texts)
                groups.extend([f"{file.stem}/{group}"] * len(texts))
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, KeyError, TypeError, AttributeError) as error:
            raise SpaError(f"Phrase bank file {file} cannot be read ({error}): install the app again") from error
    if not phrases:
        raise SpaError(f"The phrase bank is missing from {folder}: install the app again")
    return Bank(tuple(phrases), tuple(groups))


def bank_features(bank: Bank, encoder: ClipEncoder) -> Tensor:
    """Sentence features ``(P, D)`` of the bank: as they ship, from the cache folder, or computed and left there.

    When neither file can be read, the features are computed all the same.
    """
    import torch

    cache = paths.cache_dir() / "phrases" / f"{encoder.text_fingerprint[:32]}-{bank.digest[:16]}.safetensors"
    for file in (shipped_features_file(), cache):
        cached = _read_features(file, bank, encoder)
        if cached is not None:
            return cached
    features = encoder.encode_texts(bank.phrases).sentence
    with suppress(OSError):
        write_own_file(cache, pack_features(features, bank, encoder))
    # The same numbers whether they were computed or read.
    return features.to(torch.float16).to(torch.float32)


def shipped_features_file() -> Path:
    """The features of the phrases that ship, of the embedded backbone: 7 s of computing that no user waits for."""
    from spa_desktop.encoders.lite_files import NAME

    return paths.models_dir() / NAME / "phrases.safetensors"


def pack_features(features: Tensor, bank: Bank, encoder: ClipEncoder) -> bytes:
    """A safetensors file of ``(P, D)`` features in half precision, which says what they were made of."""
    import torch
    from safetensors.torch import save

    return bytes(save({"sentence": features.to(torch.float16)}, _made_of(bank, encoder)))


def _made_of(bank: Bank, encoder: ClipEncoder) -> dict[str, str]:
    return {"text_fingerprint": encoder.text_fingerprint, "phrases": bank.digest}


def _read_features(file: Path, bank: Bank, encoder: ClipEncoder) -> Tensor | None:
    """What :func:`pack_features` put into a file; None where it cannot be read or was made of something else."""
    import torch
    from safetensors import SafetensorError, safe_open

    with suppress(OSError, SafetensorError), safe_open(file, "pt") as content:
        if content.metadata() == _made_of(bank, encoder):
            features: Tensor = content.get_tensor("sentence").to(torch.float32)
            return features if features.shape == (len(bank.phrases), encoder.dim) else None
    return None


# What photos resemble: a classifier's posterior over ImageNet's nouns, summed up WordNet's tree (ours).
#
# The embedded image tower was trained as a classifier of 1000 nouns, and the head it was trained with lies in its
# package. Backbones without a head are asked by text: the cosine of photo and "a photo of a {noun}.", times the logit
# scale. A noun is seldom right for a thing that is none of the 1000, but a kind above it often is: where no noun is
# sure, "bird" or "container" may be.

_SHARPNESS = 2.0  # photos of one class speak together, but not independently of each other
_SAME_PHOTO = 2  # views that show a photo as it is, and mirrored
_SURE = 0.5  # a kind that holds less of the posterior is not what the photos show
WIDE = 0.3  # of all nouns: a kind that holds as much, such as "animal", agrees with too much
BROAD = 0.008  # of all nouns: unknown things are taken for kinds that hold less

# When a kind holds for things that are none of the 1000 nouns. How these were chosen: docs/descriptions.md.
_SAYABLE = 0.6  # of the posterior
_SPREAD = 6.0  # nouns behind it: flowers are taken for the one noun "pot", and are no containers
_LEAST = 0.25  # of each photo's own posterior, of all photos but one in six
_PHOTOS = 3  # for kinds that are not animals: a single photo shows other things as well
_FEW = 6
_ANIMAL, _FLOWER = "n00015388", "n11669921"
_LEAD = 0.5  # spreads, by which a flower or plant is ahead: the nouns have next to none, so the text alone decides
_AGAINST = -1.0  # spreads behind the first kind, at which photos still speak against a meaning
_BY_TEXT = 0.9  # how sure that is
# Places: they say where a thing is, not what it is.
_PLACES = frozenset({
    "grocery store", "tobacco shop", "confectionery", "bakery", "butcher shop", "vending machine", "refrigerator",
})  # fmt: skip


def is_a_place(synset: str) -> bool:
    """Whether a noun is one of the shops and shelves among the photographed nouns, or a kind of one."""
    return any(name_of(one) in _PLACES and one in photographed_nouns() for one in ancestors(synset))


@dataclass(frozen=True)
class Kind:
    """A noun of WordNet that photos resemble.

    Attributes:
        synset: of the noun.
        share: of the posterior that lies below it.
        chance: the share that lies below it before any photo is seen; 0 where the text alone decided, and no share
            is measured.
        spread: how many nouns are behind it (the exponential of their entropy).
        least: of each photo's own posterior, what all photos but one in six give it.
        lead: how far the text tower puts it before other broad kinds, in spreads of the bank.
    """

    synset: str
    share: float
    chance: float
    spread: float = inf
    least: float = 1.0
    lead: float = inf

    @property
    def name(self) -> str:
        return name_of(self.synset)


@dataclass(frozen=True)
class Likeness:
    """The posterior of one class's exemplars over all kinds of nouns.

    Attributes:
        kinds: by synset.
        place: the mean share of a photo's posterior that lies on shops and shelves.
        photos: how many.
        plant: flower or plant, where the text tower says so.
        height: how many spreads texts stand above the phrases of the bank, for these photos; None: cannot be asked.
    """

    kinds: dict[str, Kind]
    place: float
    photos: int = _FEW
    plant: Kind | None = None
    height: Callable[[Sequence[str]], list[float]] | None = None

    def sayable(self) -> list[Kind]:
        """The kinds that hold even where the thing is none of the nouns, the narrowest first."""
        found = [
            kind
            for kind in self.sure(_SAYABLE)
            if kind.chance >= BROAD and kind.spread >= _SPREAD and kind.least >= _LEAST and kind.lead >= 0
            if self.photos >= _PHOTOS or _ANIMAL in ancestors(kind.synset)
        ]
        return found or ([self.plant] if self.plant else [])

    def agrees_with(self, kind: Kind, synset: str) -> bool:
        """Whether a noun is of a kind. For a flower any plant will do: WordNet has most of them among herbs."""
        return (PLANT if kind is self.plant else kind.synset) in ancestors(synset)

    def is_against(self, synset: str) -> bool:
        """Whether the photos show a kind that a noun is none of."""
        shown = [kind for kind in self.sure() if BROAD <= kind.chance <= WIDE and kind.lead >= _AGAINST]
        return any(
            not self.agrees_with(kind, synset) and synset not in ancestors(kind.synset)
            for kind in (*shown, *([self.plant] if self.plant else []))
        )

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

        Args:
            exemplars: of the class.
            height: how many spreads texts ``(T, D)`` stand above the phrases of the bank, for this class: ``(T,)``.
            left_out: nouns that are not to be thought of.
        """
        import torch

        if not exemplars:
            return None
        photos = [exemplar.load_features().pooled[:_SAME_PHOTO].float() for exemplar in exemplars]
        # What a learner remembers of a photo that is gone is one view, without texture.
        width = min(photo.shape[-1] for photo in photos)
        logits = self._logits(torch.stack([photo[:, :width].expand(_SAME_PHOTO, -1) for photo in photos]))
        logits[..., torch.tensor([noun in left_out for noun in self._nouns])] = -torch.inf
        places = torch.tensor([name_of(noun) in _PLACES for noun in self._nouns])
        place = float(logits.softmax(-1)[..., places].sum(-1).mean())
        each = logits.masked_fill(places, -torch.inf).log_softmax(-1)
        posterior = (_SHARPNESS * each.mean((0, 1))).softmax(-1)
        shares, chances = posterior @ self._below, self._below.sum(0) / len(self._nouns)
        photo = each.exp().mean(1)  # (E, C)
        least = (photo @ self._below).sort(dim=0).values[len(photo) // _FEW]
        mean = photo.mean(0)
        below = (mean @ self._below).clamp_min(1e-12)
        spread = (below.log() - (mean * mean.clamp_min(1e-12).log()) @ self._below / below).exp()
        leads, plant = self._by_text(height, len(exemplars))
        rows = torch.stack([shares, chances, spread, least]).T.tolist()
        kinds = {
            synset: Kind(synset, share, chance, nouns, all_photos, leads.get(synset, inf))
            for synset, (share, chance, nouns, all_photos) in zip(self._kinds, rows, strict=True)
        }
        if plant is not None:
            kinds[PLANT] = replace(kinds[PLANT], share=max(kinds[PLANT].share, _BY_TEXT))

        def heights(texts: Sequence[str]) -> list[float]:
            assert height is not None
            return height(self._encoder.encode_texts(texts).sentence).tolist()

        return Likeness(kinds, place, len(exemplars), plant, heights if height else None)

    def _by_text(self, height: Callable[[Tensor], Tensor] | None, photos: int) -> tuple[dict[str, float], Kind | None]:
        """How far each broad kind is ahead of the others that it has nothing to do with, and the plant that leads."""
        if height is None:
            return {}, None
        heights = height(self._kind_texts)[:, None]
        family = heights.masked_fill(~self._is_below, -inf).max(0).values  # its own text and those of its kinds
        others = heights.masked_fill(self._is_related, -inf).max(0).values
        leads = dict(zip(self._broad, (family - others).tolist(), strict=True))
        first = self._broad[int(heights[:, 0].argmax())]
        lead = float((heights[:, 0] - others)[self._broad.index(first)])
        is_plant = first in (_FLOWER, PLANT) and lead >= _LEAD and photos >= _PHOTOS
        return leads, Kind(first, _BY_TEXT, 0.0) if is_plant else None

    @cached_property
    def _broad(self) -> list[str]:
        chances = dict(zip(self._kinds, self._below.sum(0).tolist(), strict=True))
        own = {kind for kind, nouns in chances.items() if is_telling(kind) and nouns >= BROAD * len(self._nouns)}
        return sorted(own | set(broad_kinds()))

    @cached_property
    def _kind_texts(self) -> Tensor:
        texts = tuple(f"a photo of a {name_of(kind)}." for kind in self._broad)
        return bank_features(Bank(texts, ("kinds",) * len(texts)), self._encoder)

    @cached_property
    def _is_below(self) -> Tensor:
        """``(K, K)``: whether row k is column k, or a kind of it."""
        import torch

        return torch.tensor([[above in ancestors(kind) for above in self._broad] for kind in self._broad])

    @cached_property
    def _is_related(self) -> Tensor:
        """``(K, K)``: whether one is a kind of the other, or is named so: "edible fruit" and "fruit"."""
        import torch

        names = [f" {name_of(kind)} " for kind in self._broad]
        is_named = torch.tensor([[one in other for one in names] for other in names])
        return self._is_below | self._is_below.T | is_named | is_named.T

    def _logits(self, pooled: Tensor) -> Tensor:
        """``(E, V, W + T)`` to ``(E, V, C)``."""
        if self._head is not None:
            weight, bias = self._head
            return pooled[..., : weight.shape[1]] @ weight.T + bias
        return self._encoder.logit_scale * self._encoder.project(pooled) @ self._texts.T

    @cached_property
    def _head(self) -> tuple[Tensor, Tensor] | None:
        from spa_desktop.encoders import lite_files

        return lite_files.classifier() if self._encoder.name == lite_files.NAME else None

    @cached_property
    def _texts(self) -> Tensor:
        texts = tuple(f"a photo of a {name_of(noun)}." for noun in self._nouns)
        return bank_features(Bank(texts, ("nouns",) * len(texts)), self._encoder)

    @cached_property
    def _kinds(self) -> list[str]:
        return sorted({kind for noun in self._nouns for kind in ancestors(noun)})

    @cached_property
    def _below(self) -> Tensor:
        """``(C, K)``: 1 where noun c is a kind of k."""
        import torch

        place = {kind: index for index, kind in enumerate(self._kinds)}
        below = torch.zeros(len(self._nouns), len(self._kinds))
        for row, noun in enumerate(self._nouns):
            below[row, [place[kind] for kind in ancestors(noun)]] = 1
        return below
