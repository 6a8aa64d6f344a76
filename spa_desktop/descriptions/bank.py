"""The phrase bank: short visual phrases in `resources/phrases`, by kind and group, and their features."""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Collection, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spa_desktop import paths
from spa_desktop.descriptions.measured_looks import NAMES
from spa_desktop.descriptions.model import Exemplar
from spa_desktop.descriptions.wordnet import (
    ancestors,
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
# Places: they say where a thing is, not what it is.
_PLACES = frozenset({
    "grocery store", "tobacco shop", "confectionery", "bakery", "butcher shop", "vending machine", "refrigerator",
})  # fmt: skip


@dataclass(frozen=True)
class Kind:
    """A noun of WordNet that photos resemble, and how much of the posterior lies below it."""

    synset: str
    share: float
    chance: float  # the share that lies below it before any photo is seen

    @property
    def name(self) -> str:
        return name_of(self.synset)


@dataclass(frozen=True)
class Likeness:
    """The posterior of one class's exemplars over all kinds of nouns.

    Attributes:
        kinds: by synset.
        place: the mean share of a photo's posterior that lies on shops and shelves.
    """

    kinds: dict[str, Kind]
    place: float

    def sure(self, least: float = _SURE) -> list[Kind]:
        """The telling kinds that hold at least `least` of the posterior, the narrowest first."""
        found = [kind for kind in self.kinds.values() if kind.share >= least and is_telling(kind.synset)]
        return sorted(found, key=lambda kind: (-depth(kind.synset), -kind.share, kind.synset))


class Resemblance:
    """Judges exemplars by the nouns that the backbone knows."""

    def __init__(self, encoder: ClipEncoder) -> None:
        self._encoder = encoder
        self._nouns = photographed_nouns()

    def of(self, exemplars: Sequence[Exemplar], left_out: Collection[str] = ()) -> Likeness | None:
        """What the exemplars of one class resemble among all nouns but those `left_out`; None without any exemplar."""
        import torch

        if not exemplars:
            return None
        photos = [exemplar.load_features().pooled[:_SAME_PHOTO].float() for exemplar in exemplars]
        logits = self._logits(torch.stack(photos))
        logits[..., torch.tensor([noun in left_out for noun in self._nouns])] = -torch.inf
        places = torch.tensor([name_of(noun) in _PLACES for noun in self._nouns])
        place = float(logits.softmax(-1)[..., places].sum(-1).mean())
        things = logits.masked_fill(places, -torch.inf).log_softmax(-1).mean((0, 1))
        posterior = (_SHARPNESS * things).softmax(-1)
        shares, chances = posterior @ self._below, self._below.sum(0) / len(self._nouns)
        kinds = {
            synset: Kind(synset, float(share), float(chance))
            for synset, share, chance in zip(self._kinds, shares, chances, strict=True)
        }
        return Likeness(kinds, place)

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
