"""What photos resemble: a classifier's posterior over ImageNet's nouns, summed up WordNet's tree (ours).

The embedded image tower was trained as a classifier of 1000 nouns, and the head it was trained with lies in its
package. Backbones without a head are asked by text: the cosine of photo and "a photo of a {noun}.", times the logit
scale. A noun is seldom right for a thing that is none of the 1000, but a kind above it often is: where no noun is sure,
"bird" or "container" may be.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from spa_desktop.descriptions.bank import Bank, bank_features
from spa_desktop.descriptions.model import Exemplar
from spa_desktop.descriptions.wordnet import photographed_nouns
from spa_desktop.descriptions.wordnet_tree import ancestors, depth, is_telling, name_of

if TYPE_CHECKING:
    from torch import Tensor

    from spa_desktop.encoders.encoder import ClipEncoder

_SHARPNESS = 2.0  # photos of one class speak together, but not independently of each other
_SAME_PHOTO = 2  # views that show a photo as it is, and mirrored
_SURE = 0.5  # a kind that holds less of the posterior is not what the photos show
# Places: they say where a thing is, not what it is.
_PLACES = (
    "grocery store",
    "tobacco shop",
    "confectionery",
    "bakery",
    "butcher shop",
    "vending machine",
    "refrigerator",
)


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

    def share(self, synset: str) -> float:
        """The share of the posterior below a noun; 0.0 where the classifier knows none below it."""
        return self.kinds[synset].share if synset in self.kinds else 0.0


class Resemblance:
    """Judges exemplars by the nouns that the backbone knows."""

    def __init__(self, encoder: ClipEncoder) -> None:
        self._encoder = encoder
        self._nouns = photographed_nouns()

    def of(self, exemplars: Sequence[Exemplar]) -> Likeness | None:
        """What the exemplars of one class resemble; None without any."""
        import torch

        if not exemplars:
            return None
        photos = [exemplar.load_features().pooled[:_SAME_PHOTO].float() for exemplar in exemplars]
        logits = self._logits(torch.stack(photos))
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
