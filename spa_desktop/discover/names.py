"""Names for groups of photos: what they resemble, and classes that were learned before. None where nothing is sure."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from spa_desktop.descriptions.offline_writer import OfflineWriter
from spa_desktop.descriptions.resemblance import SAME_PHOTO, Resemblance, resembled_kinds
from spa_desktop.descriptions.wordnet import key

if TYPE_CHECKING:
    from torch import Tensor

    from spa_desktop.encoders.encoder import ClipEncoder
    from spa_desktop.spa.learner import SpaLearner

MOST = 3  # names that are proposed for a group


@dataclass(frozen=True)
class Name:
    """A name that a group may have.

    Attributes:
        name: a noun of WordNet.
        share: how probable it is that the photos show it, 0 to 1.
    """

    name: str
    share: float


@dataclass(frozen=True)
class Suggested:
    """What a group may be called.

    Attributes:
        names: at most three, the likeliest first; none where nothing is sure.
        known_class: the class learned before that the group's photos belong to; None if there is none.
    """

    names: tuple[Name, ...] = ()
    known_class: str | None = None


class Namer:
    """Proposes names. Make it once and ask it in a thread of its own: its first answer takes seconds.

    Args:
        encoder: that the photos were encoded with.
        learner: that knows classes; None where nothing was learned.
        classes: what these are called, in the learner's order.
    """

    def __init__(self, encoder: ClipEncoder, learner: SpaLearner | None = None, classes: Sequence[str] = ()) -> None:
        self._encoder, self._learner, self._classes = encoder, learner, list(classes)
        self._resemblance, self._writer = Resemblance(encoder), OfflineWriter(encoder)

    def names_of(self, groups: Sequence[Tensor], given: Collection[str] = ()) -> list[Suggested]:
        """What groups of photos may be called.

        Args:
            groups: pooled features of the photos of each, ``(n, V, W + T)``, as the feature store gives them.
            given: names that other groups or classes have: they are not proposed once more.
        """
        taken = {key(name) for name in (*given, *self._classes)}
        mean = self._usual(groups)
        return [Suggested(self._names(pooled, mean, taken)) for pooled in groups]

    def _names(self, pooled: Tensor, mean: Tensor | None, taken: Collection[str]) -> tuple[Name, ...]:
        from torch.nn.functional import normalize

        height = None
        if mean is not None:
            place = self._encoder.project(pooled[:, :SAME_PHOTO].float()).mean((0, 1))
            height = self._writer.height_of(normalize(place - mean, dim=0))
        kinds = resembled_kinds(self._resemblance.of_photos(pooled, height), "")
        return tuple(Name(kind.name, round(kind.share, 3)) for kind in kinds if key(kind.name) not in taken)[:MOST]

    def _usual(self, groups: Sequence[Tensor]) -> Tensor | None:
        """Where everyday photos lie in the joint space ``(D,)``: they ship with spa-lite; else all photos are."""
        import torch

        from spa_desktop.encoders import lite_files

        if self._encoder.name == lite_files.NAME:
            return lite_files.read_everyday()[0]
        if len(groups) < 2:  # a group's own mean says nothing of it
            return None
        return self._encoder.project(torch.cat([one[:, :SAME_PHOTO].float() for one in groups])).mean((0, 1))
