r"""Means and covariances that can be added to and taken from without the photos.

For a set of features :math:`x_i` of size W the moments are

.. math::
    n, \qquad \mu = \frac{1}{n} \sum_i x_i, \qquad S = \sum_i (x_i - \mu)(x_i - \mu)^T .

Two sets are joined exactly by (Chan, Golub and LeVeque, 1979)

.. math::
    S = S_a + S_b + \frac{n_a n_b}{n_a + n_b} (\mu_b - \mu_a)(\mu_b - \mu_a)^T ,

and solving the same line for :math:`S_a` takes a set out again. So a class can be topped up years later, and a fold
can be left out, from the sums alone.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from spa_desktop.spa.rounding import half, packed, unpacked

_MOST_ROWS = 256


@dataclass(frozen=True)
class Moments:
    """Count, mean ``(W,)`` and centred scatter ``(W, W)`` of a set of features.

    >>> a, b = Moments.of(torch.tensor([[0.0], [2.0]])), Moments.of(torch.tensor([[4.0]]))
    >>> joined = a.joined(b)
    >>> joined.count, joined.mean.item(), joined.scatter.item()
    (3.0, 2.0, 8.0)
    >>> joined.without(b).mean.item()
    1.0
    """

    count: float
    mean: Tensor
    scatter: Tensor

    @classmethod
    def of(cls, features: Tensor) -> Moments:
        """Moments of ``(n, W)`` features, n at least 1."""
        mean = features.mean(dim=0)
        centred = features - mean
        return cls(float(len(features)), mean, centred.T @ centred)

    @classmethod
    def none(cls, width: int) -> Moments:
        """Moments of no features."""
        return cls(0.0, torch.zeros(width), torch.zeros(width, width))

    def joined(self, other: Moments) -> Moments:
        """Moments of both sets together."""
        count = self.count + other.count
        if count == 0:
            return self
        step = other.mean - self.mean
        mean = self.mean + step * (other.count / count)
        between = torch.outer(step, step) * (self.count * other.count / count)
        return Moments(count, mean, self.scatter + other.scatter + between)

    def without(self, part: Moments) -> Moments:
        """Moments of what is left when `part`, which must be in the set, is taken out."""
        count = self.count - part.count
        if count <= 0:
            return Moments.none(len(self.mean))
        mean = (self.mean * self.count - part.mean * part.count) / count
        step = part.mean - mean
        between = torch.outer(step, step) * (count * part.count / self.count)
        return Moments(count, mean, self.scatter - part.scatter - between)


class ClassGaussians:
    """Gaussians of classes: a mean for each, one covariance for all, and for each a low-rank factor of its own.

    The common scatter is kept as a sum, so it grows with neither classes nor photos. The factors serve the drawing of
    pseudo-features only; scores use the common covariance, which is what few photos can support.

    Attributes:
        counts: ``(C,)``.
        means: ``(C, W)``.
        scatter: ``(W, W)``, the sum over classes of their centred scatters.
        factors: ``(C, r, W)``: rows scaled so that ``factor.T @ factor`` is near the class's covariance.
    """

    def __init__(self, width: int, rank: int) -> None:
        self.counts = torch.zeros(0)
        self.means = torch.zeros(0, width)
        self.scatter = torch.zeros(width, width)
        self.factors = torch.zeros(0, rank, width)

    @property
    def width(self) -> int:
        return self.scatter.shape[0]

    @property
    def freedom(self) -> float:
        """What the scatter is divided by: features less classes, 1 at least."""
        return max(float(self.counts.sum()) - len(self.counts), 1.0)

    def copy(self) -> ClassGaussians:
        """A copy that shares no memory."""
        twin = ClassGaussians(self.width, self.factors.shape[1])
        twin.counts, twin.means = self.counts.clone(), self.means.clone()
        twin.scatter, twin.factors = self.scatter.clone(), self.factors.clone()
        return twin

    def freeze(self) -> None:
        """Round to what is stored, so that a learner that was saved and loaded gives the very same scores."""
        self.means, self.factors = half(self.means), half(self.factors)
        self.scatter = unpacked(*packed(self.scatter))

    def add_class(self) -> int:
        """Make room for a class and say which it is."""
        self.counts = torch.cat([self.counts, torch.zeros(1)])
        self.means = torch.cat([self.means, torch.zeros(1, self.width)])
        self.factors = torch.cat([self.factors, torch.zeros(1, *self.factors.shape[1:])])
        return len(self.counts) - 1

    def remove_class(self, index: int) -> None:
        """Drop a class. The common covariance stays: that is knowledge of features, not of the class."""
        keep, freedom = torch.arange(len(self.counts)) != index, self.freedom
        self.counts, self.means, self.factors = self.counts[keep], self.means[keep], self.factors[keep]
        # The scatter would otherwise be divided among fewer features than it was summed over.
        self.scatter *= self.freedom / freedom

    def add(self, index: int, part: Moments) -> None:
        """Add a set of features to a class, exactly."""
        if part.count == 0:
            return
        count = self.counts[index] + part.count
        step = part.mean - self.means[index]
        self.scatter += part.scatter
        self.scatter.addr_(step, step, alpha=float(self.counts[index] * part.count / count))
        self.means[index] += step * (part.count / count)
        self.counts[index] = count

    def take_out(self, index: int, part: Moments) -> None:
        """Take a set of features that was added out of a class, exactly."""
        if part.count == 0:
            return
        count = self.counts[index] - part.count
        if count <= 0:
            raise ValueError("a class cannot lose all of its features")
        mean = (self.means[index] * self.counts[index] - part.mean * part.count) / count
        step = part.mean - mean
        self.scatter -= part.scatter
        self.scatter.addr_(step, step, alpha=-float(count * part.count / self.counts[index]))
        self.means[index], self.counts[index] = mean, count

    def set_factor(self, index: int, features: Tensor) -> None:
        """Fit a class's own factor to ``(n, W)`` of its features, which were added before: the principal directions.

        A factor that stands is kept beside the new features with the weight of its count, so a top-up refines it.
        """
        rank = self.factors.shape[1]
        if rank == 0:
            return
        known = float(self.counts[index])
        share = min(len(features) / max(known, 1.0), 1.0)
        # A few hundred features show the leading directions: more would only cost time.
        features = features[:: -(-len(features) // _MOST_ROWS)]
        mean = features.mean(dim=0)
        rows = (features - mean) / max(len(features) - 1, 1) ** 0.5
        if self.factors[index].any() and share < 1:
            between = (mean - self.means[index]) * (share / (1 - share)) ** 0.5
            rows = torch.cat([rows * share**0.5, self.factors[index] * (1 - share) ** 0.5, between[None]])
        # Singular values times right singular vectors, from the small Gram matrix.
        _, left = torch.linalg.eigh(rows @ rows.T)
        top = min(rank, len(rows))
        self.factors[index] = 0
        self.factors[index, :top] = left[:, -top:].flip(1).T @ rows

    def covariance(self, shrinkage: float) -> Tensor:
        r"""The common covariance, drawn towards a multiple of the identity.

        .. math::
            \Sigma = (1 - s) \hat\Sigma + s \, \frac{\mathrm{tr} \hat\Sigma}{W} I, \qquad
            \hat\Sigma = S / \max(n - C, 1)

        Where every class has one feature only there is nothing to estimate, and the identity is returned.

        Args:
            shrinkage: s in (0, 1].
        """
        estimate = self.scatter / self.freedom
        level = float(estimate.diagonal().mean())
        if level <= 1e-12:
            return torch.eye(self.width)
        estimate = (1 - shrinkage) * estimate
        estimate.diagonal().add_(shrinkage * level)
        return estimate

    def root(self, shrinkage: float) -> Tensor:
        """The lower Cholesky factor ``(W, W)`` of :meth:`covariance`.

        Where features were taken out, rounding may be all that is left of the variance along a direction, and even
        negative. No eigenvalue of a true covariance is below s times the mean variance, so those are raised to it.
        """
        covariance = self.covariance(shrinkage)
        root: Tensor
        root, failed = torch.linalg.cholesky_ex(covariance)
        if bool(failed):
            values, directions = torch.linalg.eigh(covariance)
            floor = shrinkage * float(covariance.diagonal().mean())
            root = torch.linalg.cholesky((directions * values.clamp_min(floor)) @ directions.T)
        return root

    def draw(self, index: int, count: int, root: Tensor, generator: torch.Generator) -> Tensor:
        r"""Pseudo-features of a class: ``(count, W)`` draws from its Gaussian.

        The covariance is a mix of the class's own factor F and the common one, by how many features the class has:

        .. math::
            x = \mu + \sqrt{\alpha} \, F^T e_1 + \sqrt{1 - \alpha} \, R e_2, \qquad \alpha = \frac{n}{n + 20}

        Args:
            index: of the class.
            count: how many.
            root: ``(W, W)`` lower Cholesky factor R of the common covariance, from :meth:`root`.
            generator: the source of chance.
        """
        own = float(self.counts[index]) / (float(self.counts[index]) + 20.0)
        first = torch.randn(count, self.factors.shape[1], generator=generator) @ self.factors[index]
        second = torch.randn(count, self.width, generator=generator) @ root.T
        drawn: Tensor = self.means[index] + math.sqrt(own) * first + math.sqrt(1 - own) * second
        return drawn
