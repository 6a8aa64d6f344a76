r"""Which photos to label next: doubtful ones that many doubtful photos resemble, far from each other.

With :math:`u_i` the doubt about photo i, one minus the margin of its two most probable classes, and
:math:`k_{ij} = \exp(-|x_i - x_j|^2 / s)` how far photos resemble each other, photos are chosen one after the other,
each time the one that adds most to

.. math::
    F(A) = \sum_i u_i \max_{j \in A} k_{ij} ,

s being the median squared distance to the tenth nearest photo, or a nearer one of few. So a label counts for all that
is doubtful around it: outliers, which resemble nothing, and near-duplicates of what was chosen, add little. F is
facility location, for which choosing greedily is near the best choice (Wei, Iyer and Bilmes, "Submodularity in Data
Subset Selection and Active Learning", 2015). Weighing it by the margin (Scheffer, Decomain and Wrobel 2001) is ours;
Settles and Craven (2008) weigh entropy by density. Where nothing is doubted, or learned, all count alike, and the first
choices are typical (as in Hacohen, Dekel and Weinshall 2022).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_NEIGHBOUR, _SHARE = 10, 20  # the tenth nearest photo, or of fewer than 200 photos that of each twentieth
_MOST = 4000  # photos that are compared, the most doubtful: a matrix of 64 MB


def doubt_of(best: NDArray[np.floating]) -> NDArray[np.float32]:
    """One minus the margin of the two most probable classes, from 0 to 1; 0 with one class alone.

    From the k largest probabilities ``(n, k)`` of each photo.

    >>> doubt_of(np.array([[1.0, 0.0], [0.5, 0.5], [0.25, 0.5]])).tolist()
    [0.0, 1.0, 0.75]
    """
    if best.shape[1] < 2:
        return np.zeros(len(best), np.float32)
    two = np.partition(best, -2, axis=1)[:, -2:]
    doubt: NDArray[np.float32] = (1 - (two[:, 1] - two[:, 0])).astype(np.float32)
    return doubt


def most_useful(
    features: NDArray[np.float32],
    doubt: NDArray[np.float32],
    count: int,
    labelled: NDArray[np.float32] | None = None,
) -> list[int]:
    """The places of at most `count` photos whose labels would teach most, the most useful first.

    From features ``(n, d)``, near for photos that resemble each other, and doubts ``(n,)`` of :func:`doubt_of`. What
    the `labelled` ``(m, d)`` resemble is not looked for again.
    """
    if not doubt.any():  # as with one class alone
        doubt = np.ones_like(doubt)
    compared = np.argsort(-doubt, kind="stable")[:_MOST]
    points, weights = features[compared], doubt[compared].astype(np.float32)
    near = _squared_distances(points, points)
    place = min(max(len(points) // _SHARE, 1), _NEIGHBOUR, len(points) - 1)
    scale = max(float(np.median(np.partition(near, place, axis=1)[:, place])), 1e-12) if len(points) else 1.0
    near = np.exp(-near / scale)
    covered, left = np.zeros(len(points), np.float32), np.ones(len(points), dtype=bool)
    if labelled is not None and len(labelled):
        covered = np.exp(-_squared_distances(points, labelled[:_MOST]).min(axis=1) / scale)
    chosen: list[int] = []
    for _ in range(min(count, len(points))):
        gain = weights @ np.maximum(near - covered[:, None], 0)
        # Where nothing more is gained, as among copies, the most doubtful come first.
        best = int(np.where(left, gain, -1).argmax())
        covered, left[best] = np.maximum(covered, near[:, best]), False
        chosen.append(best)
    rest = np.argsort(-doubt, kind="stable")[len(points) :][: count - len(chosen)]
    return [*compared[chosen].tolist(), *rest.tolist()]


def _squared_distances(points: NDArray[np.float32], others: NDArray[np.float32]) -> NDArray[np.float32]:
    squares, of_others = np.square(points).sum(axis=1), np.square(others).sum(axis=1)
    distances: NDArray[np.float32] = np.maximum(squares[:, None] + of_others - 2 * points @ others.T, 0)
    return distances
