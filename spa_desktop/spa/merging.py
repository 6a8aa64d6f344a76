r"""Two classes that were learned become one, from what is remembered alone.

A class's share of the memory is sums: counts, means and its part of the common scatter. Sums of two classes are joined
exactly (Chan, Golub and LeVeque, 1979; see :mod:`spa_desktop.spa.statistics`): with a and b the two classes,

.. math::
    n = n_a + n_b, \qquad \mu = \frac{n_a \mu_a + n_b \mu_b}{n}, \qquad
    S \mathrel{+}= \frac{n_a n_b}{n} (\mu_b - \mu_a)(\mu_b - \mu_a)^T ,

so the Gaussians of global features, of textures and of all patches are those of a class that had both sets of photos
all along. The Gaussian of selected patches is that of the patches as they were selected for the two. The class's own
factor, which serves pseudo-features alone, is joined the same way and cut to its rank. Text and projectors stay as they
are: the projectors were learned when the two were apart. (Ours.)
"""

from __future__ import annotations

import torch
from torch import Tensor

from spa_desktop.spa.learner import SpaLearner
from spa_desktop.spa.statistics import ClassGaussians


@torch.no_grad()
def merge_classes(learner: SpaLearner, source: str, target: str) -> SpaLearner:
    """A learner in which one class has become part of another, whose key, task and text it keeps.

    Args:
        learner: that knows both; it is not changed.
        source: key of the class that goes.
        target: key of the class that stays.

    Raises:
        KeyError: if a class was never learned.
        ValueError: if both are the same.
    """
    if source == target:
        raise ValueError("a class cannot be merged with itself")
    if learner.memory is None:
        raise KeyError(source)
    memory = learner.memory.copy()
    away, stays = memory.index(source), memory.index(target)
    for gaussians in memory.gaussians:
        join_classes(gaussians, away, stays)
    del memory.classes[away]
    memory.freeze()
    return SpaLearner(learner.image_projection, learner.config, memory=memory)


def join_classes(gaussians: ClassGaussians, source: int, target: int) -> None:
    """Make one class of two, in place; classes after the source move up.

    >>> from spa_desktop.spa.statistics import Moments
    >>> both = ClassGaussians(1, 0)
    >>> for values in ([0.0], [3.0, 4.0, 5.0]):
    ...     both.add(both.add_class(), Moments.of(torch.tensor(values)[:, None]))
    >>> join_classes(both, 0, 1)
    >>> both.counts.item(), both.means.item(), both.scatter.item()
    (4.0, 3.0, 14.0)
    """
    own, other = float(gaussians.counts[target]), float(gaussians.counts[source])
    total = own + other
    step = gaussians.means[source] - gaussians.means[target]
    # With two classes instead of one the within-class scatter left out what lies between them.
    gaussians.scatter.addr_(step, step, alpha=own * other / total)
    gaussians.factors[target] = _joined_factor(gaussians, source, target, step)
    gaussians.means[target] += step * (other / total)
    gaussians.counts[target] = total
    keep = torch.arange(len(gaussians.counts)) != source
    gaussians.counts, gaussians.means = gaussians.counts[keep], gaussians.means[keep]
    gaussians.factors = gaussians.factors[keep]


def _joined_factor(gaussians: ClassGaussians, source: int, target: int, step: Tensor) -> Tensor:
    """The leading directions ``(r, W)`` of the covariance of both classes' features together."""
    factors = gaussians.factors
    rank = factors.shape[1]
    if rank == 0:
        return factors[target]
    share = float(gaussians.counts[source] / (gaussians.counts[source] + gaussians.counts[target]))
    between = step[None] * (share * (1 - share)) ** 0.5
    rows = torch.cat([factors[target] * (1 - share) ** 0.5, factors[source] * share**0.5, between])
    # Singular values times right singular vectors, from the small Gram matrix.
    _, left = torch.linalg.eigh(rows @ rows.T)
    joined: Tensor = left[:, -rank:].flip(1).T @ rows
    return joined
