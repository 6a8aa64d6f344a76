r"""Names for groups of photos: nouns that they resemble, and classes that were learned before (ours).

The text tower says how far each noun t stands above the phrases of the bank for a group's photos, in spreads of these:
its height :math:`h_t`, as the offline writer measures it. WordNet says what is a kind of what. A group is of kind t by

.. math::
    p(t) = \mathrm{softmax}_t\big(h_t + \tfrac{1}{2} \log(1 + u_t)\big),

where :math:`u_t` is the number of nouns that have no text of their own here and whose nearest kind is t: the group may
show one of these. The share of a name is the p of all its kinds, which is how probable it is to be true. The head of
the classifier inside the image tower has to agree: of each photo's own posterior, of all photos but one in six, a
quarter lies below the name. Of the names that are left those are proposed that say the most: a name is worth less, the
more steps it is above the very thing.

V, the nouns with a text, are the 1000 of ImageNet's challenge and the kinds above them. How the numbers were chosen,
and how often a name is right: docs/discover.md.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from typing import TYPE_CHECKING

import numpy as np

from spa_desktop.descriptions.bank import bank_features
from spa_desktop.descriptions.offline_writer import OfflineWriter
from spa_desktop.descriptions.resemblance import LEAST, Resemblance, all_kinds, whole_photo
from spa_desktop.descriptions.wordnet import (
    ancestors,
    is_telling,
    key,
    name_of,
    photographed_lemmas,
    photographed_nouns,
    steps_up,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy.sparse import csr_array
    from torch import Tensor

    from spa_desktop.encoders.encoder import ClipEncoder
    from spa_desktop.jobs import Job

    Floats = NDArray[np.float32]
    Evidence = tuple[Floats, Floats]  # of each of nouns(): its height, and how much each photo shows

MOST = 3  # names that are proposed for a group
_MOST_ALIKE = 3  # groups that may have a name; of many groups an eighth
_UNNAMED = 0.5  # power of the number of nouns without a text of their own
_PROBABLE = 0.2  # a name has to be
_WORTH = 1.0, 0.8, 0.6, 0.4  # of a name so many steps above the very thing
_GAIN = 0.03  # what a further name has to add to the worth that is to be expected


@dataclass(frozen=True)
class Name:
    """A name that a group may have.

    Attributes:
        name: a noun of WordNet.
        share: how probable it is that it is true of the photos, 0 to 1.
    """

    name: str
    share: float


class Namer:
    """Proposes names. Make one and keep it, in a thread of its own: its first answer takes seconds."""

    def __init__(self, encoder: ClipEncoder, job: Job | None = None) -> None:
        """Take the encoder whose joint space decides, and the job that is told when texts are encoded."""
        self._encoder, self._writer, self._job = encoder, OfflineWriter(encoder, job=job), job
        self._resemblance = Resemblance(encoder)
        self._resemblance.job = job

    def evidence_of(self, groups: Iterable[Tensor]) -> list[Evidence]:
        """What speaks for each of :func:`nouns`, ``(V,)`` for each group: its height, and how much each photo shows.

        Of each group pooled features ``(n, V, W + T)``. What each photo shows is the share of its posterior below the
        noun that all but one in six have, at least. Where a backbone brings no mean of everyday photos the groups are
        seen from their own: a single one has no name.
        """
        import torch

        from spa_desktop.encoders import lite_files

        places, shown = [], []
        own = [is_telling(kind) for kind in all_kinds()]
        for pooled in groups:
            photos = whole_photo(pooled.transpose(0, 1)).transpose(0, 1)
            places.append(self._encoder.project(photos).mean((0, 1)).cpu())
            shares = self._resemblance.shares_of(photos).cpu().numpy()[:, own]
            shown.append(np.sort(shares, axis=0)[len(shares) // 6])
        if not places:
            return []
        everyday = lite_files.everyday_of(self._encoder.name)
        usual = everyday[0] if everyday else torch.stack(places).mean(0)
        found = []
        for place in places:
            height = self._writer.height_of(torch.nn.functional.normalize(place - usual, dim=0))
            found.append(height(self._texts).numpy())
        return list(zip(found, shown, strict=True))

    @cached_property
    def _texts(self) -> Tensor:
        return bank_features([f"a photo of a {name_of(noun)}." for noun in nouns()], self._encoder, self._job)


def names_apart(evidence: Sequence[Evidence], given: Collection[str] = ()) -> list[tuple[Name, ...]]:
    """The best names of each group, three at most, what says the most first; none where nothing is sure.

    From :meth:`Namer.evidence_of`. Names `given` to classes or other groups are left out, and those that tell no group
    from the others, as they would suit many.
    """
    _, keys, _, is_true = _tables()
    given = {key(name) for name in given}
    probable = [_probable(heights) for heights, _ in evidence]
    suits = [is_true @ of_group >= _PROBABLE for of_group in probable]
    is_apart = np.sum(suits, axis=0) <= max(_MOST_ALIKE, len(evidence) // 8)
    is_free = is_apart & np.array([name not in given for name in keys])
    return [
        _best_names(of_group, suited & is_free & (shown >= LEAST))
        for of_group, suited, (_, shown) in zip(probable, suits, evidence, strict=True)
    ]


def _probable(heights: Floats) -> Floats:
    """How probable it is that a group is of each noun, ``(V,)``, from how far that stands above the bank."""
    logits = heights + _UNNAMED * _unnamed()
    odds = np.exp(logits - logits.max())
    probable: Floats = odds / odds.sum()
    return probable


def _best_names(probable: Floats, free: NDArray[np.bool_]) -> tuple[Name, ...]:
    """Of the names that are free those that say the most, one by one what adds the most to what was said."""
    called, _, worth, is_true = _tables()
    said, names = np.zeros_like(probable), list[Name]()
    while len(names) < MOST:
        more = worth.copy()  # where a name is worth nothing it adds nothing
        more.data = np.maximum(worth.data - said[worth.indices], 0)
        gain = np.where(free, more @ probable, 0)
        best = int(gain.argmax())
        if gain[best] < _GAIN:
            break
        names.append(Name(str(called[best]), round(float((is_true[[best]] @ probable)[0]), 3)))
        said = np.maximum(said, worth[[best]].toarray()[0])
        free = free & (called != called[best])
    return tuple(names)


@cache
def nouns() -> tuple[str, ...]:
    """The synsets that names are chosen from: V."""
    return tuple(sorted({kind for noun in photographed_nouns() for kind in ancestors(noun) if is_telling(kind)}))


@cache
def _tables() -> tuple[NDArray[np.str_], list[str], csr_array, csr_array]:
    """What nouns are called, the keys of that, what name k is worth for a thing t ``(V, V)``, and where it is true."""
    from scipy.sparse import csr_array

    place, called = {noun: at for at, noun in enumerate(nouns())}, [name_of(noun) for noun in nouns()]
    worth, is_true = np.zeros((2, len(place), len(place)), np.float32)
    for at, noun in enumerate(nouns()):
        for kind, steps in steps_up(noun).items():
            if kind in place:
                worth[place[kind], at] = _WORTH[steps] if steps < len(_WORTH) else 0
                is_true[place[kind], at] = 1
    return np.array(called), list(map(key, called)), csr_array(worth), csr_array(is_true)


@cache
def _unnamed() -> Floats:
    """``(V,)``: the logarithm of 1 and the number of nouns with photos that each kind is the nearest one of."""
    place = set(nouns())
    others = (noun for noun in photographed_lemmas() if noun not in place)
    counts = Counter(next((kind for kind in ancestors(noun) if kind in place), "") for noun in others)
    return np.log1p(np.array([counts[noun] for noun in nouns()], np.float32))
