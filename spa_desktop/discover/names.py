r"""Names for groups of photos: nouns that they resemble, and classes that were learned before (ours).

The text tower says how far each noun t stands above the phrases of the bank for a group's photos, in spreads of these:
its height :math:`h_t`, as the offline writer measures it. WordNet says what is a kind of what. A group is of kind t by

.. math::
    p(t) = \tfrac{1}{2} \sum_{a \in \{1.5,\, 0.75\}} \mathrm{softmax}_t\big(a h_t + \tfrac{1}{2} \log(1 + u_t)\big),

where :math:`u_t` is the number of nouns that have no text of their own here and whose nearest kind is t: the group may
show one of these. Two sharpnesses, as some things are told apart far better than others. The share of a name is the p
of all its kinds, which is how probable it is to be true. Of the names that are probable enough those are proposed that
say the most: a name is worth less, the more steps it is above the very thing. Where no noun stands out by four spreads,
the photos are of nothing that the tower knows, and nothing is said.

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
from spa_desktop.descriptions.resemblance import whole_photo
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

MOST = 3  # names that are proposed for a group
_MOST_ALIKE = 3  # groups that may have a name; of many groups an eighth
_SHARPNESS = 1.5, 0.75  # log-likelihood of a noun for each spread that it stands above the bank
_UNNAMED = 0.5  # power of the number of nouns without a text of their own
_STANDS_OUT = 4.0  # spreads by which some noun has to, or the photos are of nothing that is known here
_LEAST = 0.15  # how probable a name has to be
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

    def names_of(self, groups: Iterable[Tensor], given: Collection[str] = ()) -> list[tuple[Name, ...]]:
        """The names that each group may have: at most three, what says the most first; none where nothing is sure.

        Of each group pooled features ``(n, V, W + T)``. Names `given` to classes or other groups are not proposed once
        more, nor is what many of the groups would be called.
        """
        return names_apart(self.heights_of(groups), given)

    def heights_of(self, groups: Iterable[Tensor]) -> list[Floats]:
        """How far each of :func:`nouns` stands above the phrases of the bank for each group, ``(V,)``, in spreads.

        Where a backbone brings no mean of everyday photos the groups are seen from their own: a single one has no name.
        """
        import torch

        from spa_desktop.encoders import lite_files

        places = [
            self._encoder.project(whole_photo(pooled.transpose(0, 1)).transpose(0, 1)).mean((0, 1)).cpu()
            for pooled in groups
        ]
        if not places:
            return []
        everyday = lite_files.everyday_of(self._encoder.name)
        usual = everyday[0] if everyday else torch.stack(places).mean(0)
        found = []
        for place in places:
            height = self._writer.height_of(torch.nn.functional.normalize(place - usual, dim=0))
            found.append(height(self._texts).numpy())
        return found

    @cached_property
    def _texts(self) -> Tensor:
        return bank_features([f"a photo of a {name_of(noun)}." for noun in nouns()], self._encoder, self._job)


def names_apart(heights: Sequence[Floats], given: Collection[str] = ()) -> list[tuple[Name, ...]]:
    """The best names of each group, without those that tell no group from the others, as many would have them."""
    given, most = set(given), max(_MOST_ALIKE, len(heights) // 8)
    while True:
        names = [best_names(of_group, given) for of_group in heights]
        groups = Counter(name.name for of_group in names for name in of_group)
        common = {name for name, count in groups.items() if count > most}
        if not common:
            return names
        given |= common


def best_names(heights: Floats, given: Collection[str] = (), left_out: Collection[str] = ()) -> tuple[Name, ...]:
    """The names that say the most of a group, one by one what adds the most to what was said.

    From heights ``(V,)`` of :meth:`Namer.heights_of`, without the names that are `given` and the synsets that are
    `left_out`.
    """
    called, keys, worth, is_true = _tables()
    free = np.array([noun not in left_out for noun in nouns()])
    if heights[free].max() < _STANDS_OUT:
        return ()
    probable = np.zeros_like(heights)
    for sharpness in _SHARPNESS:
        logits = np.where(free, sharpness * heights + _UNNAMED * _unnamed(), -np.inf)
        each = np.exp(logits - logits.max())
        probable += each / each.sum() / len(_SHARPNESS)
    share, taken = is_true @ probable, {key(name) for name in given}
    free &= (share >= _LEAST) & np.array([one not in taken for one in keys])
    said, names = np.zeros_like(heights), list[Name]()
    while len(names) < MOST:
        more = worth.copy()  # where a name is worth nothing it adds nothing
        more.data = np.maximum(worth.data - said[worth.indices], 0)
        gain = np.where(free, more @ probable, 0)
        best = int(gain.argmax())
        if gain[best] < _GAIN:
            break
        names.append(Name(str(called[best]), round(float(share[best]), 3)))
        said = np.maximum(said, worth[[best]].toarray()[0])
        free &= called != called[best]
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
