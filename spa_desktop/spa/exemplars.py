"""Exemplars: the representative and diverse photos that show a class (the abstract of SPA; the recipe is ours)."""

from __future__ import annotations

import torch
from sklearn.cluster import KMeans
from torch import Tensor
from torch.nn.functional import normalize

# Two photos more alike than this are one photo taken twice, on every backbone tried.
_NEAR_DUPLICATE = 0.995
# Every photo is compared with every other: beyond this many an even share of them stands for all.
_MOST_PHOTOS = 2000
_SEEDS = 1 << 32  # that scikit-learn knows


def choose_exemplars(pooled: Tensor, count: int = 6, *, seed: int = 0) -> list[int]:
    """Photos that are typical of a class and different from each other.

    The class's features are clustered (k-means with k-means++ centres, which lie far apart), and from each cluster the
    photo nearest its centre is taken, largest cluster first. Of near-duplicates only the first takes part.

    Args:
        pooled: ``(n, W)`` global features.
        count: M, how many at the most.
        seed: of the clustering, any whole number. The same seed gives the same photos.

    Returns:
        At most `count` row numbers, the most typical first; fewer where the rest are near-duplicates.
    """
    if len(pooled) == 0:
        return []
    features = normalize(pooled.double(), dim=-1)
    distinct = _distinct(features)
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


def _distinct(features: Tensor) -> list[int]:
    """Rows of which none is a near-duplicate of an earlier one; of very many rows, an even share."""
    rows = range(0, len(features), -(-len(features) // _MOST_PHOTOS))
    points = features[list(rows)]
    alike = (points @ points.T >= _NEAR_DUPLICATE).numpy()
    kept: list[int] = []
    for place in range(len(points)):
        if not alike[place, kept].any():
            kept.append(place)
    return [rows[place] for place in kept]
