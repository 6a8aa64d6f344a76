r"""Groups of photos that look alike, from features alone; how many there are is not given.

A photo is its global feature and its texture, each in units of a covariance, as the score compares photos: the
learner's shared covariance, which begins as the backbone's prior where nothing was learned
(:mod:`spa_desktop.spa.gaussians`). That says how photos of one class differ. By what the photos of a pile differ most
is seen from the pile: along the directions :math:`v_i` of its variances :math:`\lambda_i`, photos are

.. math::
    x_i = \frac{v_i^T (f - m)}{\sqrt{\lambda_i + c}}, \qquad c = \beta \Big(\frac1n + \frac1d\Big) \sum_j \lambda_j

at unit length: large differences count no more than small ones, and what is below the variance c of noise counts less
(regularised whitening). Each photo is then moved towards those that are among its nearest neighbours and it among
theirs. Photos are joined by average linkage on cosines (UPGMA, Sokal and Michener 1958) as long as the mean cosine of
two groups is no less than a threshold; in the end each photo goes to the group that it is most like, or waits where a
second one is nearly as like. What the user has named moves the distance and the threshold (:meth:`Compared.as_told`).
(The order and its numbers are ours, chosen on training photos: docs/discover.md.)

The mean cosine of the members of two groups is the product of their mean vectors. So a class that was learned takes
part by its mean, without a photo, and memory is linear in the number of photos: scikit-learn's AgglomerativeClustering
begins with single points, and keeps all pairs.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from copy import copy
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from spa_desktop.spa.config import SpaConfig

if TYPE_CHECKING:
    from torch import Tensor

    from spa_desktop.spa.memory import Memory

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]

# The mean cosine from which on two groups are one: what a pile chooses from, and what holds where it cannot.
COSINES = (0.06, 0.09, 0.12, 0.15, 0.18, 0.22, 0.27, 0.33)
_USUAL_COSINE = 0.18
# A photo alone joins a group that it is like by so much less.
_SLACK = 0.1
_ROUNDS = 3
# A group is like the anchor whose mean its own has such a cosine with, and from the second on it is part of it.
_LIKE, _SURE = 0.15, 0.35
# A photo waits that is liker to its group than to the next one by less than this.
_MARGIN = 0.05
# Looks that the prior of the covariance within named groups weighs as much as; by how much the threshold falls at most.
_LOOKS, _LOOSER = 100, 0.4
_SAME = 1e-9
# The fewest photos that are a group.
FEWEST = 3
_NOISE = 1.6  # beta
_DIRECTIONS = 256
_NEIGHBOURS, _TOWARDS = 8, 0.5
# Photos more alike than this are one photo taken twice.
_NEAR_DUPLICATE = 0.9
# A class that was learned counts for no more photos than these where the directions of a pile are found, and of many
# photos an even share finds them.
_MOST_OF_A_CLASS, _MOST = 15, 4000
_BLOCK_NUMBERS = 1 << 24


class Space:
    """Where photos are compared: global features and textures in units of the covariances that a memory has of them."""

    def __init__(self, memory: Memory, config: SpaConfig) -> None:
        import torch

        self._parts, self._rectified, self._views = [], memory.rectified, config.views
        for gaussians in (memory.globals, memory.textures):
            if gaussians.width:
                root = gaussians.root(config.global_shrinkage)
                identity = torch.eye(gaussians.width, device=root.device)
                whitening = torch.linalg.solve_triangular(root, identity, upper=False).T.contiguous()
                self._parts.append((gaussians, whitening))

    def rows(self, pooled: Tensor) -> Floats:
        """Features ``(n, d)`` of photos ``(n, V, W + T)``: the mean over views."""
        from spa_desktop.spa.gaussians import gaussian_space

        width = self._parts[0][0].width
        features = [gaussian_space(pooled[..., :width].float(), rectified=self._rectified).mean(dim=1)]
        if len(self._parts) > 1:
            features.append(pooled[..., width : width + self._parts[1][0].width].float().mean(dim=1))
        white = [rows.to(matrix.device) @ matrix for rows, (_, matrix) in zip(features, self._parts, strict=True)]
        return np.concatenate([part.cpu().numpy() for part in white], axis=1)

    def known(self, names: Sequence[str]) -> Known:
        """The classes that were learned, in their order, by the names that they shall have."""
        means = [(gaussians.means @ matrix).cpu().numpy() for gaussians, matrix in self._parts]
        counts = self._parts[0][0].counts.cpu().numpy() / self._views
        return Known(tuple(names), np.concatenate(means, axis=1), counts.astype(np.float32))


@dataclass(frozen=True)
class Known:
    """Classes that were learned, beside which photos are grouped."""

    names: tuple[str, ...]  #: of the classes
    means: Floats  #: ``(C, d)``, of the features of their photos
    counts: Floats  #: ``(C,)``, photos of each

    @classmethod
    def nothing(cls, width: int) -> Known:
        """No class was learned."""
        return cls((), np.zeros((0, width), np.float32), np.zeros(0, np.float32))


class Compared:
    """Photos as they are compared with each other and with what is known: for one pile, once.

    Attributes:
        rows: ``(n, k)``, near-duplicates alike; the product of two is how alike they are. Zero where a photo has no
            look of its own.
        anchors: ``(C, k)``, the mean row of each known class.
        look: ``(n,)``, the same number for near-duplicates: the first of their rows.
        cosine: the mean cosine from which on two groups are one.
    """

    def __init__(self, features: Floats, known: Known) -> None:
        """Of features ``(n, d)``, from :meth:`Space.rows`."""
        self.look: Ints = np.arange(len(features))
        self.cosine = _USUAL_COSINE
        if not len(features):
            self.rows, self.anchors = np.zeros((0, 1), np.float32), np.zeros((len(known.names), 1), np.float32)
            return
        for _ in range(2):  # near-duplicates would make directions of their own: without them all begins anew
            chosen = np.unique(self.look)
            seen, anchors = _flattened(features if len(chosen) == len(features) else features[chosen], known)
            rows = _unit(seen)
            neighbours, alike = _neighbours(rows)
            again = alike >= _NEAR_DUPLICATE
            if len(chosen) < len(features) or not again.any():
                break
            self.look = _components(neighbours, again)
            # Whoever has near-duplicates alone for neighbours may have more: parts of one look are joined.
            parts, root = np.unique(self.look[again.all(axis=1)]), np.arange(len(rows))
            if len(parts) > 1:
                neighbours, alike = _neighbours(rows[parts])
                root[parts] = parts[_components(neighbours, alike >= _NEAR_DUPLICATE)]
                self.look = root[self.look]
        moved = rows + _TOWARDS * _mean_of_mutual(rows, neighbours, alike)
        length = np.linalg.norm(moved, axis=1, keepdims=True)
        place = np.searchsorted(chosen, self.look)
        self.rows = _unit(moved)[place]
        self.cosine = _best_cosine(_unit(moved), np.bincount(place))
        # The mean of unit rows: photos of a class are as long as others.
        scale = np.sqrt(np.mean(np.square(seen).sum(axis=1))) * length.mean() / (1 + _TOWARDS)
        self.anchors = anchors / max(float(scale), 1e-9)

    def as_told(self, groups: Iterable[Sequence[int]]) -> Compared:
        """The same photos, as the user sees them who says what belongs together: rows of photos of one name each.

        By what photos of one name differ counts less: rows are whitened by the covariance within groups (relevant
        component analysis, Bar-Hillel et al. 2003), here of the looks that were named and a prior, the same in every
        direction, that weighs as much as so many looks. The more looks have a name, the less alike two groups need be.
        """
        from scipy.linalg import solve_triangular

        looks = [self.rows[np.unique(self.look[list(rows)])] for rows in groups]
        apart = np.concatenate([self.rows[:0], *(some - some.mean(axis=0) for some in looks if len(some) > 1)])
        free = len(apart) - sum(len(some) > 1 for some in looks)
        scatter = apart.T @ apart
        variance = float(np.trace(scatter)) / max(free, 1) / len(scatter)
        if variance <= _SAME:
            return self
        share = free / (_LOOKS + free)
        covariance = share * scatter / (free * variance) + (1 - share) * np.eye(len(scatter), dtype=np.float32)
        matrix = solve_triangular(np.linalg.cholesky(covariance), np.eye(len(scatter), dtype=np.float32), lower=True).T
        told = copy(self)
        moved = self.rows @ matrix
        told.rows = _unit(moved)
        told.anchors = self.anchors @ matrix / max(float(np.linalg.norm(moved, axis=1).mean()), 1e-9)
        told.cosine = self.cosine * (1 - _LOOSER * share)
        return told


def find_groups(
    rows: Floats,
    many: Ints,
    anchors: Floats,
    sizes: Floats,
    *,
    apart: Sequence[tuple[int, int]] = (),
    told: int = 0,
    cosine: float,
) -> tuple[Ints, tuple[int, ...]]:
    """Groups of photos that look alike: of rows ``(n, k)`` of :class:`Compared`, whose mean cosine is `cosine` or more.

    `many` ``(n,)`` says of how many photos each row is one: near-duplicates make a group as others do, and weigh as
    one. The anchors ``(a, k)`` are mean rows of what stands: photos that are like one are a group beside it. Their
    sizes ``(a,)`` say for how many photos each counts where photos choose their group; the last `told` are what the
    user has touched. The pairs (row, anchor) that are `apart` the user has told apart.

    Gives the group of each row ``(n,)``, numbered by size, -1 where it is left over; and of each group the anchor that
    its photos are like, -1 where there is none.
    """
    count = len(rows)
    if not count:
        return np.zeros(0, np.int64), ()
    roots = average_linkage(rows, cosine).groups(cosine)
    numbers, member = np.unique(roots, return_inverse=True)
    numbers = numbers[np.bincount(member, many) >= FEWEST]
    means = np.stack([rows[roots == root].mean(axis=0) for root in numbers]) if len(numbers) else rows[:0]
    # Groups by number: first those of the anchors, then the others.
    near = _nearest_anchor(means, anchors, _SURE)
    labels = np.full(count, -1, np.int64)
    others = 0
    for root, anchor in zip(numbers.tolist(), near.tolist(), strict=True):
        labels[roots == root] = anchor if anchor >= 0 else len(anchors) + others
        others += int(anchor < 0)
    groups = len(anchors) + others
    labels = _settled(rows, labels, groups, cosine - _SLACK, anchors, sizes, apart)
    # A photo that is nearly as like to a second group waits until what it is most like was touched.
    waits = _margins(rows, labels, groups, anchors, sizes) < _MARGIN
    labels[waits & ((labels < len(anchors) - told) | (labels >= len(anchors)))] = -1
    photos = np.bincount(labels[labels >= 0], many[labels >= 0], minlength=groups)
    large = [number for number, size in enumerate(photos.tolist()) if size >= (1 if number < len(sizes) else FEWEST)]
    large.sort(key=lambda number: (-photos[number], int(np.argmax(labels == number))))
    renamed = np.full(groups + 1, -1, np.int64)
    renamed[large] = np.arange(len(large))
    labels = renamed[labels]
    means = np.stack([rows[labels == place].mean(axis=0) for place in range(len(large))]) if large else rows[:0]
    like = _nearest_anchor(means, anchors, _LIKE).tolist()
    thrown = {(int(labels[row]), anchor) for row, anchor in apart}
    for place, number in enumerate(large):
        if number < len(sizes):
            like[place] = number
        elif (place, like[place]) in thrown:
            like[place] = -1
    return labels, tuple(like)


def _settled(
    rows: Floats,
    labels: Ints,
    groups: int,
    least: float,
    anchors: Floats,
    sizes: Floats,
    apart: Sequence[tuple[int, int]] = (),
) -> Ints:
    """Each row in the group whose other members it is most like, -1 where it is like none."""
    told = np.array(sorted(apart), dtype=np.int64).reshape(-1, 2)
    for _ in range(_ROUNDS if groups else 0):
        now = np.empty_like(labels)
        for start, cosines in _cosines(rows, labels, groups, anchors, sizes):
            here = told[(told[:, 0] >= start) & (told[:, 0] < start + len(cosines))]
            cosines[here[:, 0] - start, here[:, 1]] = -np.inf
            best, every = cosines.argmax(axis=1), np.arange(len(cosines))
            label = labels[start : start + len(best)]
            alone = (label >= 0) & np.isneginf(cosines[every, label])  # near-duplicates of one look, with no other
            alone[here[:, 0] - start] = False
            otherwise = np.where(alone, label, -1)
            now[start : start + len(best)] = np.where(cosines[every, best] >= least, best, otherwise)
        if np.array_equal(now, labels):
            break
        labels = now
    return labels


def _margins(rows: Floats, labels: Ints, groups: int, anchors: Floats, sizes: Floats) -> Floats:
    """By how much each row ``(n,)`` is liker to its own group than to the next; inf where it is in none, or alone."""
    margins = np.full(len(rows), np.inf, np.float32)
    for start, cosines in _cosines(rows, labels, groups, anchors, sizes) if groups else ():
        inside = np.flatnonzero(labels[start : start + len(cosines)] >= 0)
        label = labels[start + inside]
        own = cosines[inside, label]
        cosines[inside, label] = 0  # next to no group is one that is not alike
        margins[start + inside] = np.where(np.isfinite(own), own - cosines[inside].max(axis=1), np.inf)
    return margins


def _cosines(rows: Floats, labels: Ints, groups: int, anchors: Floats, sizes: Floats) -> Iterator[tuple[int, Floats]]:
    """Mean cosines ``(b, g)`` of rows from a start on with other members of groups, -inf where there is none."""
    from scipy.sparse import csr_array

    sums, counts = np.zeros((groups, rows.shape[1]), np.float32), np.zeros(groups, np.float32)
    sums[: len(anchors)], counts[: len(anchors)] = anchors * sizes[:, None], sizes
    inside = np.flatnonzero(labels >= 0)
    one_hot = csr_array((np.ones(len(inside), np.float32), (labels[inside], inside)), shape=(groups, len(rows)))
    sums += one_hot @ rows
    counts += np.bincount(labels[inside], minlength=groups)
    step = max(_BLOCK_NUMBERS // max(groups, 1), 1)
    for start in range(0, len(rows), step):
        some, label = rows[start : start + step], labels[start : start + step]
        products, others = some @ sums.T, np.repeat(counts[None], len(some), axis=0)
        own = np.flatnonzero(label >= 0)
        products[own, label[own]] -= np.square(some[own]).sum(axis=1)
        others[own, label[own]] -= 1
        yield start, np.where(others > 0, products / np.maximum(others, 1), -np.inf)


def _nearest_anchor(means: Floats, anchors: Floats, least: float) -> Ints:
    """Of each mean ``(m, k)`` the anchor whose direction is nearest, -1 where none has a cosine of `least`."""
    if not len(anchors) or not len(means):
        return np.full(len(means), -1, np.int64)
    cosines = _unit(means) @ _unit(anchors).T
    best = cosines.argmax(axis=1)
    return np.where(cosines[np.arange(len(means)), best] >= least, best, -1)


@dataclass(frozen=True)
class Tree:
    """How rows were joined."""

    parent: Ints  #: ``(n,)``, of each row the one that it was joined to, itself where it was joined to none
    alike: Floats  #: ``(n,)``, the mean cosine of the two groups that this joined

    def groups(self, cosine: float) -> Ints:
        """Of each row one row of its group, where groups are joined from this mean cosine on."""
        above = np.where(self.alike >= cosine, self.parent, np.arange(len(self.parent)))
        while not np.array_equal(further := above[above], above):
            above = further
        return above


def average_linkage(rows: Floats, least: float) -> Tree:
    """Join the groups of unit rows ``(n, k)`` that are most alike as long as their mean cosine is no less than `least`.

    All pairs that are each other's nearest are joined at once, which gives the tree of joining the nearest pair first,
    as average linkage is reducible (Murtagh 1983).
    """
    count = len(rows)
    middle, size = rows.copy(), np.ones(count, np.float32)
    parent, height, live = np.arange(count), np.full(count, -np.inf, np.float32), np.arange(count)
    nearest, alike = np.full(count, -1), np.full(count, -np.inf, np.float32)
    stale = live
    while len(live) > 1:
        means = middle[live]
        step = max(_BLOCK_NUMBERS // len(live), 1)
        for start in range(0, len(stale), step):
            some = stale[start : start + step]
            here = np.searchsorted(live, some)
            products = means[here] @ means.T
            products[np.arange(len(some)), here] = -np.inf
            partner = products.argmax(axis=1)
            nearest[some], alike[some] = live[partner], products[np.arange(len(some)), partner]
        first = live[alike[live] >= least]
        first = first[(nearest[nearest[first]] == first) & (first < nearest[first])]
        if not len(first):
            break
        second = nearest[first]
        share = (size[second] / (size[first] + size[second]))[:, None]
        middle[first] = (1 - share) * middle[first] + share * middle[second]
        size[first] += size[second]
        parent[second], height[second] = first, alike[first]
        changed, gone = np.zeros(count, bool), np.zeros(count, bool)
        changed[first] = changed[second] = gone[second] = True
        live = live[~gone[live]]
        stale = live[changed[live] | changed[nearest[live]]]
    return Tree(parent, height)


def _best_cosine(rows: Floats, many: Ints) -> float:
    """The candidate whose groups stand out most: how much liker photos are to their own group than to the next one.

    It is the mean silhouette (Rousseeuw 1987) with cosines and without its denominator; a left-over photo counts 0.
    """
    every = slice(None, None, -(-len(rows) // _MOST))
    rows, many = rows[every], many[every]
    tree, best, most = average_linkage(rows, COSINES[0]), _USUAL_COSINE, 0.0
    nothing = rows[:0], np.zeros(0, np.float32)  # that stands
    for cosine in COSINES:
        roots = tree.groups(cosine)
        groups = np.flatnonzero(np.bincount(roots, many) >= FEWEST)
        labels = np.where(np.isin(roots, groups), np.searchsorted(groups, roots), -1)
        if not len(groups):
            continue
        labels = _settled(rows, labels, len(groups), cosine - _SLACK, *nothing)
        margins = _margins(rows, labels, len(groups), *nothing)
        score = float(margins[np.isfinite(margins)].sum())
        if score > most:
            best, most = cosine, score
    return best


def typical_first(rows: Floats) -> Ints:
    """Places of a group's rows ``(m, k)``, those that are most like the others first."""
    order: Ints = np.argsort(-(rows @ rows.mean(axis=0)), kind="stable")
    return order


def tightness(rows: Floats) -> float:
    """How alike the photos of a group are, 0 to 1: their mean cosine; 1 where there is one look."""
    if len(rows) < 2 or not rows.any():
        return 1.0
    total = float(np.square(rows.sum(axis=0)).sum()) - float(np.square(rows).sum())
    return min(max(total / (len(rows) * (len(rows) - 1)), 0.0), 1.0)


def halves(rows: Floats) -> list[Ints]:
    """Places of a group's rows ``(m, k)`` in the two or three parts that it falls into, the largest first."""
    from sklearn.cluster import AgglomerativeClustering

    count = len(rows)
    if count < 2:
        return [np.arange(count)]
    share = -(-count // _MOST)
    some = rows[::share]
    tree = AgglomerativeClustering(2, linkage="ward", compute_distances=True).fit(some)
    # A third part where the last two joins are about as far: its own is then a kind as well.
    last = np.sort(tree.distances_)[-2:]
    if count > 2 and last[0] > 0.9 * last[-1]:
        tree = AgglomerativeClustering(3, linkage="ward").fit(some)
    middles = np.stack([some[tree.labels_ == part].mean(axis=0) for part in range(tree.n_clusters_)])
    labels = tree.labels_ if share == 1 else (rows @ middles.T - np.square(middles).sum(axis=1) / 2).argmax(axis=1)
    parts = [np.flatnonzero(labels == part) for part in range(len(middles))]
    return sorted((part for part in parts if len(part)), key=lambda part: (-len(part), int(part[0])))


def _flattened(features: Floats, known: Known) -> tuple[Floats, Floats]:
    """Features and known means along the directions of the pile, each in units of its variance and that of noise."""
    from sklearn.utils.extmath import randomized_svd

    share = features[:: -(-len(features) // _MOST)]
    weight = np.minimum(known.counts, _MOST_OF_A_CLASS) * (len(share) / len(features))
    total = len(share) + float(weight.sum())
    middle = (share.sum(axis=0) + weight @ known.means) / total
    stack = np.concatenate([share - middle, np.sqrt(weight)[:, None] * (known.means - middle)]).astype(np.float32)
    variance = float(np.square(stack, dtype=np.float64).sum()) / total
    if variance <= 0:  # nothing differs
        return np.zeros((len(features), 1), np.float32), np.zeros((len(known.names), 1), np.float32)
    _, spread, directions = randomized_svd(stack, min(_DIRECTIONS, *stack.shape), n_iter=3, random_state=0)
    noise = _NOISE * variance * (1 / total + 1 / features.shape[1])
    matrix = (directions / np.sqrt(np.square(spread) / total + noise)[:, None]).T.astype(np.float32)
    start = middle.astype(np.float32) @ matrix  # without a copy of all features
    return features @ matrix - start, known.means @ matrix - start


def _unit(rows: Floats) -> Floats:
    length = np.linalg.norm(rows, axis=1, keepdims=True)
    unit: Floats = np.divide(rows, length, out=np.zeros_like(rows), where=length > 1e-6)
    return unit


def _neighbours(rows: Floats) -> tuple[Ints, Floats]:
    """The nearest neighbours of unit rows ``(n, k)``: their places ``(n, q)`` and cosines."""
    from sklearn.neighbors import NearestNeighbors

    count = min(_NEIGHBOURS, len(rows) - 1)
    if count < 1:
        return np.zeros((len(rows), 0), np.int64), np.zeros((len(rows), 0), np.float32)
    away, places = NearestNeighbors(n_neighbors=count, algorithm="brute").fit(rows).kneighbors()
    return places, (1 - np.square(away) / 2).astype(np.float32)


def _mean_of_mutual(rows: Floats, neighbours: Ints, alike: Floats) -> Floats:
    """Of each row the mean of its neighbours that have it for a neighbour, weighed by their cosines; else 0."""
    from scipy.sparse import csr_array

    count, each = neighbours.shape
    if not each:
        return np.zeros_like(rows)
    start = np.arange(0, count * each + 1, each)
    graph = csr_array((np.maximum(alike, 0).ravel(), neighbours.ravel(), start), shape=(count, count))
    mutual = graph.minimum(graph.T)
    total = np.asarray(mutual.sum(axis=1)).reshape(-1, 1)
    means: Floats = ((mutual @ rows) / np.maximum(total, 1e-9)).astype(np.float32)
    return means


def _components(neighbours: Ints, joined: NDArray[np.bool_]) -> Ints:
    """Of each row the first of those that it is joined with, directly or through others."""
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import connected_components

    row, place = np.nonzero(joined)
    graph = csr_array((np.ones(len(row)), (row, neighbours[row, place])), shape=(len(joined), len(joined)))
    _, label = connected_components(graph, directed=False)
    _, first = np.unique(label, return_index=True)
    of_each: Ints = first[label]
    return of_each
