r"""Groups of photos that look alike, from features alone; how many there are is not given.

Photos are compared in units of a covariance, as the score compares them: the learner's shared covariance, which
begins as the backbone's prior where nothing was learned (:mod:`spa_desktop.spa.gaussians`). There, groups are joined by
average linkage on squared distances (UPGMA, Sokal and Michener 1958) as long as they are no further apart than a cut. The mean
squared distance between the members of two groups needs only their means and their spreads v, the mean squared distance
of members to their mean:

.. math::
    D(A, B) = |\mu_A - \mu_B|^2 + v_A + v_B .

So a class that was learned takes part by its Gaussian, without a photo, and memory is linear in the number of photos.
scikit-learn's AgglomerativeClustering begins with single points and keeps all pairs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from torch import Tensor

    from spa_desktop.encoders.encoder import ClipEncoder
    from spa_desktop.spa.gaussians import ClassGaussians
    from spa_desktop.spa.learner import SpaLearner

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]

# The mean squared distance from which on two groups are two kinds of thing, and the fewest photos that are a group.
CUT = 56.0**2
FEWEST = 3
_BLOCK = 2048


@dataclass(frozen=True)
class Known:
    """What photos are compared with beside each other: classes that were learned, by their Gaussians.

    Attributes:
        names: of the classes.
        means: ``(C, d)``, in the space of the photos' features.
        counts: ``(C,)``, features of each.
        spread: the mean squared distance of a class's photos to its mean.
    """

    names: tuple[str, ...]
    means: Floats
    counts: Floats
    spread: float

    @classmethod
    def nothing(cls, width: int) -> Known:
        """No class was learned."""
        return cls((), np.zeros((0, width), np.float32), np.zeros(0, np.float32), 0.0)


class Space:
    """Where photos are compared: global features in units of a covariance.

    Args:
        gaussians: of global features; without a class they are the backbone's prior.
        rectified: see :func:`~spa_desktop.spa.gaussians.gaussian_space`.
        shrinkage: of the covariance.
    """

    def __init__(self, gaussians: ClassGaussians, *, rectified: bool, shrinkage: float) -> None:
        import torch

        self._gaussians, self._rectified, self._views = gaussians, rectified, 1
        root = gaussians.root(shrinkage)
        identity = torch.eye(gaussians.width, device=root.device)
        self._whitening = torch.linalg.solve_triangular(root, identity, upper=False).T.contiguous()

    @classmethod
    def of_encoder(cls, encoder: ClipEncoder, pooled: Tensor) -> Space:
        """Nothing was learned: the encoder's prior. `pooled` ``(n, V, W + T)`` shows whether features are signed."""
        from spa_desktop.spa.config import SpaConfig
        from spa_desktop.spa.gaussians import ClassGaussians

        gaussians = ClassGaussians(encoder.width, 0, prior=encoder.prior.get("globals"))
        rectified = not bool((pooled[..., : encoder.width] < 0).any())
        return cls(gaussians, rectified=rectified, shrinkage=SpaConfig().global_shrinkage)

    @classmethod
    def of_learner(cls, learner: SpaLearner) -> Space:
        """The covariance that its classes share.

        Raises:
            ValueError: if nothing was learned.
        """
        if learner.memory is None:
            raise ValueError("nothing was learned yet")
        memory = learner.memory
        return cls(memory.globals, rectified=memory.rectified, shrinkage=learner.config.global_shrinkage)

    def rows(self, pooled: Tensor) -> Floats:
        """Features ``(n, d)`` of photos ``(n, V, W + T)``: the mean over views."""
        from spa_desktop.spa.gaussians import gaussian_space

        features = gaussian_space(pooled[..., : self._gaussians.width].float(), rectified=self._rectified)
        rows: Floats = (features.mean(dim=1) @ self._whitening).cpu().numpy()
        return rows

    def known(self, names: Sequence[str]) -> Known:
        """The classes of the Gaussians, in their order, with the names that they shall have."""
        from spa_desktop.spa.gaussians import SharedGaussian

        means: Floats = (self._gaussians.means @ self._whitening).cpu().numpy()
        counts: Floats = self._gaussians.counts.cpu().numpy().astype(np.float32)
        spread = 0.5 * SharedGaussian.fit(self._gaussians, 0.2).noise if len(means) else 0.0
        return Known(tuple(names), means, counts, spread)


@dataclass(frozen=True)
class Grouping:
    """What was found.

    Attributes:
        labels: ``(n,)``, the group of each photo; -1 where it is left over. Groups are numbered by size.
        like: of each group the anchor that its photos look like; -1 where there is none.
    """

    labels: Ints
    like: tuple[int, ...]


def group(
    features: Floats, *, anchors: Known | None = None, apart: Sequence[tuple[int, int]] = (), cut: float = CUT
) -> Grouping:
    """Groups of photos that look alike.

    Args:
        features: ``(n, d)``, from :meth:`Space.rows`.
        anchors: classes and groups that stand; photos that look like one are a group beside it.
        apart: pairs (row, anchor) that a person has told apart.
        cut: the mean squared distance from which on two groups stay two.
    """
    count = len(features)
    if anchors is None:
        anchors = Known.nothing(features.shape[1])
    means = np.concatenate([features, anchors.means]).astype(np.float32)
    sizes = np.concatenate([np.ones(count), np.maximum(anchors.counts, 1)])
    spread = np.concatenate([np.zeros(count), np.full(len(anchors.names), anchors.spread)]).astype(np.float32)
    roots = average_linkage(means, sizes, spread, cut, stand=np.arange(count, len(means)))
    forbidden = set(apart)
    labels, like = np.full(count, -1, np.int64), []
    members: dict[int, list[int]] = {}
    for row, root in enumerate(roots[:count].tolist()):
        members.setdefault(root, []).append(row)
    anchor_of = {int(root): place for place, root in enumerate(roots[count:])}
    for root, rows in sorted(members.items(), key=lambda item: (-len(item[1]), item[1])):
        place = anchor_of.get(root, -1)
        rows = [row for row in rows if (row, place) not in forbidden]
        if len(rows) < (1 if place >= 0 else FEWEST):
            continue
        labels[rows] = len(like)
        like.append(place)
    return Grouping(labels, tuple(like))


def average_linkage(means: Floats, sizes: NDArray[np.float64], spread: Floats, cut: float, *, stand: Ints) -> Ints:
    """Join the nearest groups as long as they are no further apart than `cut`.

    All pairs that are each other's nearest are joined at once, which gives the tree of joining the nearest pair first,
    as average linkage is reducible (Murtagh 1983).

    Args:
        means: ``(k, d)``.
        sizes: ``(k,)``.
        spread: ``(k,)``, mean squared distance of members to the mean.
        cut: in squared distance.
        stand: places of those that are never joined with each other.

    Returns:
        ``(k,)``, for each the place of one member of its group.
    """
    count = len(means)
    middle, size, away = means.copy(), sizes.copy(), spread.astype(np.float32).copy()
    standing = np.zeros(count, bool)
    standing[stand] = True
    parent, live = np.arange(count), np.arange(count)
    nearest, distance = np.full(count, -1), np.full(count, np.inf, np.float32)
    stale = live
    while len(live) > 1:
        rows = middle[live]
        own = np.einsum("nd,nd->n", rows, rows) + away[live]
        for start in range(0, len(stale), _BLOCK):
            some = stale[start : start + _BLOCK]
            here = np.searchsorted(live, some)
            apart = own[here, None] + own - 2 * rows[here] @ rows.T
            apart[np.arange(len(some)), here] = np.inf
            apart[np.ix_(standing[some], standing[live])] = np.inf
            found = apart.argmin(axis=1)
            nearest[some], distance[some] = live[found], apart[np.arange(len(some)), found]
        first = live[distance[live] <= cut]
        first = first[(nearest[nearest[first]] == first) & (first < nearest[first])]
        if not len(first):
            break
        second = nearest[first]
        share = (size[second] / (size[first] + size[second])).astype(np.float32)
        step = middle[second] - middle[first]
        between = share * (1 - share) * np.einsum("nd,nd->n", step, step)
        away[first] = (1 - share) * away[first] + share * away[second] + between
        middle[first] += share[:, None] * step
        size[first] += size[second]
        standing[first] |= standing[second]
        parent[second] = first
        changed = np.zeros(count, bool)
        changed[first] = changed[second] = True
        gone = np.zeros(count, bool)
        gone[second] = True
        live = live[~gone[live]]
        stale = live[changed[live] | changed[nearest[live]]]
    while True:
        above = parent[parent]
        if np.array_equal(above, parent):
            return parent
        parent = above


def typical_first(features: Floats) -> Ints:
    """Rows of a group by their distance to its mean, the nearest first."""
    order: Ints = np.argsort(((features - features.mean(axis=0)) ** 2).sum(axis=1), kind="stable")
    return order


def tightness(features: Floats, cut: float = CUT) -> float:
    """How alike the photos of a group are, 0 to 1: 1 where all are the same, 0.5 where they hold together just so."""
    if len(features) < 2:
        return 1.0
    spread = (
        float(((features - features.mean(axis=0)) ** 2).sum(axis=1).mean()) * 2 * len(features) / (len(features) - 1)
    )
    return 1 / (1 + spread / cut)


def halves(features: Floats, most: int = 3) -> list[Ints]:
    """A group as the two or three parts that it falls into, the largest first; one part where it is a single photo."""
    if len(features) < 2:
        return [np.arange(len(features))]
    count = len(features)
    none = np.zeros(0, np.int64)
    ones, zeros = np.ones(count), np.zeros(count, np.float32)
    low, high = 0.0, float(4 * (features**2).sum(axis=1).max() + 1)
    found = np.arange(count)
    for _ in range(40):
        cut = (low + high) / 2
        found = average_linkage(features, ones, zeros, cut, stand=none)
        parts = len(np.unique(found))
        if parts == 1:
            high = cut
        elif parts > most:
            low = cut
        else:
            break
    parts_of = [np.flatnonzero(found == root) for root in np.unique(found)]
    if not 2 <= len(parts_of) <= most:  # all the same: cut in the middle
        parts_of = [np.arange(0, count // 2), np.arange(count // 2, count)]
    return sorted(parts_of, key=lambda part: (-len(part), int(part[0])))
