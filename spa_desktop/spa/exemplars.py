"""Exemplars: the representative and diverse photos that show a class (the abstract of SPA; the recipe is ours)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import torch
from sklearn.cluster import KMeans
from torch import Tensor
from torch.nn.functional import normalize

# Two photos more alike than this are one photo taken twice, on every backbone tried.
_NEAR_DUPLICATE = 0.995
_MOST_PHOTOS = 2000
_SEEDS = 1 << 32  # that scikit-learn knows
# A photo does not look like its class where it is less like the nearest others of it than this share of the usual, or
# so much more like another class than like the rest of its own. How this was chosen: docs/descriptions.md.
_LESS_LIKE, _MORE_LIKE_ANOTHER = 0.94, 0.05
_NEIGHBOURS = 3
_FEWEST = 5  # photos that can tell which of them is the wrong one
_AT_ONCE = 20  # a twentieth of the photos, and one
_MOST_WRONG = 0.4  # of the photos: two of five


def choose_exemplars(pooled: Tensor, count: int = 6, *, seed: int = 0, others: Sequence[Tensor] = ()) -> list[int]:
    """Rows of at most `count` photos ``(n, W)`` that are typical of a class and different from each other, best first.

    Photos that do not look like the class, such as those that got into its folder by mistake, are left out: those that
    are much more like one of the `others`, :func:`mean_looks` ``(W,)`` of other classes. The rest is clustered (k-means
    with k-means++ centres, which lie far apart), and from each cluster the photo nearest its centre is taken, largest
    cluster first. Of near-duplicates only the first takes part. The same seed gives the same photos.
    """
    if len(pooled) == 0:
        return []
    features = normalize(pooled.double(), dim=-1)
    # Every photo is compared with every other: of very many an even share stands for all.
    rows = range(0, len(features), -(-len(features) // _MOST_PHOTOS))
    typical = [rows[place] for place in _typical(features[list(rows)], others)]
    distinct = [typical[place] for place in _distinct(features[typical])]
    clusters = min(count, len(distinct))
    points = features[distinct]
    fit = KMeans(n_clusters=clusters, n_init=4, random_state=seed % _SEEDS).fit(points.numpy())
    labels = torch.from_numpy(fit.labels_).long()
    away = torch.cdist(points, torch.from_numpy(fit.cluster_centers_).double())
    sizes = torch.bincount(labels, minlength=clusters)
    chosen: list[int] = []
    for cluster in sizes.argsort(descending=True, stable=True).tolist():
        members = (labels == cluster).nonzero().flatten()
        if len(members):
            chosen.append(distinct[int(members[away[members, cluster].argmin()])])
    return chosen


def mean_looks(groups: Iterable[Tensor]) -> Tensor:
    """What other classes look like, ``(C, W)`` of unit length, by the global features ``(n, W)`` of photos of each."""
    return torch.stack([normalize(normalize(group.double(), dim=-1).mean(0), dim=0) for group in groups])


def _typical(features: Tensor, others: Sequence[Tensor]) -> list[int]:
    """The rows of ``(n, W)`` unit features that look like the others of their class, and like no other class (ours)."""
    remaining = list(range(len(features)))
    if len(remaining) < _FEWEST:
        return remaining
    # A few at a time: a wrong photo makes the next look right.
    least = len(remaining) - int(_MOST_WRONG * len(remaining))
    while len(remaining) > least:
        amiss = _amiss(features[remaining], others)
        worst = amiss.topk(min(1 + len(remaining) // _AT_ONCE, len(remaining) - least))
        wrong = {row for row, much in zip(worst.indices.tolist(), worst.values.tolist(), strict=True) if much > 0}
        if not wrong:
            break
        remaining = [place for row, place in enumerate(remaining) if row not in wrong]
    return remaining


def _amiss(features: Tensor, others: Sequence[Tensor]) -> Tensor:
    """How far each of ``(n, W)`` unit features is beyond what looks like the class, ``(n,)``; 0 where it is not."""
    alike = (features @ features.T).fill_diagonal_(-1.0)
    like = alike.topk(_NEIGHBOURS).values.mean(1)
    amiss = (_LESS_LIKE - like / like.median()).clamp_min(0)
    if len(others):
        looks = torch.stack([*others])
        # Seen from the mean of all classes: what they share tells none from another.
        middle = torch.cat([looks, mean_looks([features])]).mean(0)
        centred = normalize(features - middle, dim=-1)
        own = (centred * normalize(centred.sum(0) - centred, dim=-1)).sum(-1)  # each and the mean of the rest
        more_like = (centred @ normalize(looks - middle, dim=-1).T).amax(1) - own
        amiss += (more_like - _MORE_LIKE_ANOTHER).clamp_min(0)
    return amiss


def _distinct(features: Tensor) -> list[int]:
    """Rows of which none is a near-duplicate of an earlier one."""
    alike = (features @ features.T >= _NEAR_DUPLICATE).numpy()
    kept: list[int] = []
    for row in range(len(features)):
        if not alike[row, kept].any():
            kept.append(row)
    return kept
