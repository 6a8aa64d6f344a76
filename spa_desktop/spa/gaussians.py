"""Class Gaussians: sums that can be added to and taken from without photos, and what they say of a feature.

The formulas: docs/method.md, 2. Sums of two sets are joined, and one is taken out of the other, exactly (Chan, Golub
and LeVeque 1979). So a class can be topped up years later, and photos can be held out, from the sums alone. All classes
share one covariance, shrunk towards a multiple of the identity; where a backbone has a prior of it, the sums begin with
that (the mean of an inverse Wishart's posterior, up to a constant). Under it the log-density of a class is linear in
the feature, up to a term that all classes share (Fisher 1936; the streaming form is SLDA, Hayes and Kanan 2020).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import torch
from torch import Tensor
from torch.nn.functional import normalize

# Half precision for what is kept: a learner that was saved and loaded has the very numbers it had before. A scatter is
# kept as the roots of its diagonal, in single precision, and correlations: these lie between -1 and 1 however many
# photos were summed, so nothing overflows, and an error of 2 in 10,000 is far below the share of the mean variance that
# every covariance gets. What was rounded once is not changed by being rounded again.


def half(tensor: Tensor) -> Tensor:
    """Rounded to half precision, row by row in memory."""
    return by_rows(tensor.half().float())


def by_rows(tensor: Tensor) -> Tensor:
    """Row by row in memory. A matrix of one column counts as such in any order, so ``contiguous`` would not do."""
    return tensor.clone(memory_format=torch.contiguous_format)


def packed(scatter: Tensor) -> tuple[Tensor, Tensor]:
    """Of a scatter matrix ``(W, W)`` d ``(W,)``, and c of its upper triangle ``(W (W - 1) / 2,)`` in half precision.

    >>> spread, correlations = packed(torch.tensor([[4.0, 3.0], [3.0, 9.0]]))
    >>> spread.tolist(), correlations.tolist()
    ([2.0, 3.0], [0.5])
    """
    spread = scatter.diagonal().clamp_min(0).sqrt()
    products = torch.outer(spread, spread)
    # Where features were taken out, rounding may be all that is left of a variance, and less than of a product.
    correlations = torch.where(products > 0, scatter / products, 0.0).clamp(-1, 1).half()
    return spread, correlations[_above(scatter)]


def unpacked(spread: Tensor, correlations: Tensor) -> Tensor:
    """The scatter matrix ``(W, W)`` that :func:`packed` kept."""
    matrix = spread.new_zeros(len(spread), len(spread))
    matrix[_above(matrix)] = correlations.float()
    matrix += matrix.T.clone()
    matrix.fill_diagonal_(1)
    return matrix * torch.outer(spread, spread)


def _above(matrix: Tensor) -> tuple[Tensor, Tensor]:
    row, column = torch.triu_indices(len(matrix), len(matrix), offset=1, device=matrix.device)
    return row, column


# A few hundred features show the leading directions of a class: more would only cost time.
_MOST_ROWS = 256
# The prior of a covariance counts for so many features, three views of a photo being three. Chosen on training photos
# of three data sets at 1, 2 and 5 photos a class.
PRIOR_FEATURES = 50.0
# A class with so many features weighs its own factor and the shared covariance alike when features are drawn from it.
_OWN_AT = 20.0
# More than rounding to half precision takes from a variance, in units of the mean one: it was 0.005 at the most.
_ROUNDING = 0.02
_HALVINGS = 6
# Bands of columns that triangular and symmetric products are made in, and up to where a triangle is inverted at once.
_BANDS, _SOLVED_WHOLE = 4, 256


def prior_share(counts: Tensor) -> float:
    """The share of the prior in what a covariance stands on, by the features of each class ``(C,)``."""
    return PRIOR_FEATURES / (PRIOR_FEATURES + float((counts - 1).sum()))


def gaussian_space(pooled: Tensor, *, rectified: bool) -> Tensor:
    """Where Gaussians of global features live: ``(..., W)`` to ``(..., W)``, unit length.

    Features behind a rectifier are never negative and skewed; a square root makes them rounder (Tukey's ladder, as in
    Yang, Liu and Xu, "Free Lunch for Few-shot Learning", 2021). Signed features stay as they are.
    """
    return normalize(pooled.clamp_min(0).sqrt() if rectified else pooled, dim=-1)


def from_gaussian_space(features: Tensor, *, rectified: bool) -> Tensor:
    """Back to a multiple of the encoder's own features: the inverse of :func:`gaussian_space` up to length.

    >>> x = torch.tensor([[4.0, 9.0, 0.0]])
    >>> back = from_gaussian_space(gaussian_space(x, rectified=True), rectified=True)
    >>> torch.allclose(back / back.sum(), x / x.sum())
    True
    """
    return features.clamp_min(0).square() if rectified else features


@dataclass(frozen=True)
class Moments:
    """Count, mean ``(W,)`` and centred scatter ``(W, W)`` of a set of features."""

    count: float
    mean: Tensor
    scatter: Tensor

    @classmethod
    def of(cls, features: Tensor) -> Moments:
        """Moments of ``(n, W)`` features, n at least 1."""
        mean = features.mean(dim=0)
        centred = features - mean
        return cls(float(len(features)), mean, _gram(centred))


class ClassGaussians:
    """Gaussians of C classes: a mean for each, one covariance for all, and for each a low-rank factor of its own.

    The shared scatter is kept as one sum, so it grows with neither classes nor photos. The factors serve the drawing of
    pseudo-features only; scores use the shared covariance, which is what few photos can support.

    Attributes:
        counts: ``(C,)``, features of each class.
        means: ``(C, W)``.
        scatter: ``(W, W)``, the sum over classes of their centred scatters.
        factors: ``(C, r, W)``: rows scaled so that ``factor.T @ factor`` is near the class's covariance.
        prior: how many features of the scatter are of none of the classes: of the prior, and of classes that were
            removed, less one for each; a tensor ``()``.
    """

    def __init__(
        self, width: int, rank: int, device: torch.device | str = "cpu", *, prior: Tensor | None = None
    ) -> None:
        """No class yet; `prior` is the covariance ``(W, W)`` that the scatter begins with."""
        self.counts = torch.zeros(0, device=device)
        self.means = torch.zeros(0, width, device=device)
        self.scatter = torch.zeros(width, width, device=device)
        self.prior = torch.zeros((), device=device)
        if prior is not None:
            self.prior += PRIOR_FEATURES
            self.scatter += PRIOR_FEATURES * prior.to(device)
        self.factors = torch.zeros(0, rank, width, device=device)

    @property
    def width(self) -> int:
        return self.scatter.shape[0]

    @property
    def freedom(self) -> float:
        """What the scatter is divided by: features less classes, and those of none of them; 1 at least."""
        return max(float(self.counts.sum()) - len(self.counts) + float(self.prior), 1.0)

    def copy(self) -> ClassGaussians:
        """A copy that shares no memory."""
        return self._mapped(torch.clone)

    def to(self, device: torch.device | str) -> ClassGaussians:
        """The same on a device."""
        return self._mapped(lambda tensor: tensor.to(device))

    def freeze(self) -> None:
        """Round to what is stored, so that a learner that was saved and loaded gives the very same scores."""
        self.means, self.factors = half(self.means), half(self.factors)
        self.scatter = unpacked(*packed(self.scatter))

    def add_class(self) -> int:
        """Make room for a class and give its place."""
        self.counts = torch.cat([self.counts, self.counts.new_zeros(1)])
        self.means = torch.cat([self.means, self.means.new_zeros(1, self.width)])
        self.factors = torch.cat([self.factors, self.factors.new_zeros(1, *self.factors.shape[1:])])
        return len(self.counts) - 1

    def remove_class(self, index: int, part: Moments | None = None) -> None:
        """Drop a class. What it brought to the scatter stays, as a prior: that is knowledge of features, not of it.

        But what `part` of its features brought goes, where the scatter holds that.
        """
        count = float(self.counts[index])
        if part and part.count == count and _largest_share(part.scatter, self.scatter) == 1:
            self.scatter -= part.scatter
        else:
            if part and part.count < count:
                self.take_out_of_what_is_left(index, part)
            self.prior = self.prior + self.counts[index] - 1
        self._drop_row(index)

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
        """Take a set of features that was added out of a class, exactly.

        Raises ValueError if nothing of the class would be left.
        """
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

    def take_out_of_what_is_left(self, index: int, part: Moments) -> None:
        """As :meth:`take_out`, also where an earlier version removed a class.

        With each such class the scatter became less, and with it what this set had brought: how much of that is left
        is not kept. Where the scatter does not hold all of it, the largest share goes that leaves no variance below 0,
        and the rest is made as large as the count of features wants it.
        """
        scatter, freedom = self.scatter.clone(), self.freedom
        self.take_out(index, part)
        brought = scatter - self.scatter
        share = _largest_share(brought, scatter)
        if share < 1:
            self.scatter = (scatter - share * brought) * (self.freedom / max(freedom - share * part.count, 1.0))

    def merge_classes(self, source: int, target: int) -> None:
        """Make one class of two, as if it had had both sets of features all along. Classes after the source move up.

        >>> both = ClassGaussians(1, 0)
        >>> for values in ([0.0], [3.0, 4.0, 5.0]):
        ...     both.add(both.add_class(), Moments.of(torch.tensor(values)[:, None]))
        >>> both.merge_classes(0, 1)
        >>> both.counts.item(), both.means.item(), both.scatter.item()
        (4.0, 3.0, 14.0)
        """
        own, other = float(self.counts[target]), float(self.counts[source])
        total = own + other
        step = self.means[source] - self.means[target]
        share = other / total
        # With two classes the scatter within classes left out what lies between them.
        self.scatter.addr_(step, step, alpha=own * share)
        if self.factors.shape[1]:
            rows = [self.factors[target] * (1 - share) ** 0.5, self.factors[source] * share**0.5]
            between = step[None] * (share * (1 - share)) ** 0.5
            self.factors[target] = _principal_rows(torch.cat([*rows, between]), self.factors.shape[1])
        self.means[target] += step * share
        self.counts[target] = total
        self._drop_row(source)

    def set_factor(self, index: int, features: Tensor) -> None:
        """Fit a class's own factor to ``(n, W)`` of its features, which were added before: the principal directions.

        A factor that stands is kept beside the new features with the weight of its count, so a top-up refines it.
        """
        rank = self.factors.shape[1]
        if rank == 0:
            return
        share = min(len(features) / max(float(self.counts[index]), 1.0), 1.0)
        features = features[:: -(-len(features) // _MOST_ROWS)]
        mean = features.mean(dim=0)
        rows = (features - mean) / max(len(features) - 1, 1) ** 0.5
        if share < 1:
            between = (mean - self.means[index]) * (share / (1 - share)) ** 0.5
            rows = torch.cat([rows * share**0.5, self.factors[index] * (1 - share) ** 0.5, between[None]])
        self.factors[index] = _principal_rows(rows, rank)

    def covariance(self, shrinkage: float) -> Tensor:
        """The shared covariance ``(W, W)``, shrunk by s in (0, 1] towards a multiple of the identity.

        Where every class has one feature only there is nothing to estimate, and the identity is returned.
        """
        estimate = self.scatter / self.freedom
        level = float(estimate.diagonal().mean()) if self.width else 0.0
        if level <= 1e-12:
            return torch.eye(self.width, device=self.scatter.device)
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
            values, directions = _eigh(covariance)
            floor = shrinkage * float(covariance.diagonal().mean())
            root = torch.linalg.cholesky((directions * values.clamp_min(floor)) @ directions.T)
        return root

    def draw(self, classes: Sequence[int], count: int, root: Tensor, generator: torch.Generator) -> Tensor:
        """Pseudo-features of C classes: ``(C count, W)`` draws from their Gaussians (SPA's abstract; RAPF, 2024).

        The covariance is a mix of the class's own factor and the shared one, whose Cholesky factor is :meth:`root`, by
        how many features the class has. Chance is on the CPU: the same draws on every device.
        """
        device, rank = self.means.device, self.factors.shape[1]
        chance = [[torch.randn(count, size, generator=generator) for size in (rank, self.width)] for _ in classes]
        first, second = (torch.stack(parts).to(device) for parts in zip(*chance, strict=True))
        places = list(classes)
        own = (self.counts[places] / (self.counts[places] + _OWN_AT))[:, None, None]
        shared = by_upper(second, root.T)
        drawn = self.means[places][:, None] + own.sqrt() * (first @ self.factors[places]) + (1 - own).sqrt() * shared
        return drawn.flatten(0, 1)

    def _drop_row(self, index: int) -> None:
        keep = [place for place in range(len(self.counts)) if place != index]
        self.counts, self.means, self.factors = self.counts[keep], self.means[keep], self.factors[keep]

    def _mapped(self, change: object) -> ClassGaussians:
        twin = ClassGaussians.__new__(ClassGaussians)
        for name, tensor in vars(self).items():
            setattr(twin, name, change(tensor))  # type: ignore[operator]
        return twin


@dataclass(frozen=True)
class SharedGaussian:
    """Class Gaussians under their shared covariance, ready to be asked."""

    centre: Tensor  #: m ``(W,)``, the mean of the class means
    whitening: Tensor  #: ``(W, W)``, upper triangular: ``(x - m) @ whitening`` has the identity for covariance
    level: float  #: the mean variance of a feature
    means: Tensor  #: ``(C, W)``, the class means, whitened
    #: half the mean squared Mahalanobis distance between two class means, which is what a feature at one mean scores
    #: above another class. It depends on width and shrinkage far more than on how hard the classes are, so evidence is
    #: measured in units of it.
    gap: float

    @classmethod
    def fit(cls, gaussians: ClassGaussians, shrinkage: float, root: Tensor | None = None) -> SharedGaussian:
        """Factor the covariance, but where its `root` is known, and whiten the class means.

        Raises ValueError if there is no class.
        """
        if not len(gaussians.counts):
            raise ValueError("there is no class to tell apart")
        root = gaussians.root(shrinkage) if root is None else root
        whitening = _inverse_of_lower(root).T.contiguous()
        centre = gaussians.means.mean(dim=0)
        means = (gaussians.means - centre) @ whitening
        # Whitened means sum to 0, so over pairs the mean of |b - c|^2 is twice that of |b|^2 times C / (C - 1).
        others = len(means) - 1
        gap = max(float(means.square().sum() / others), 1e-6) if others else 1.0
        return cls(centre, whitening, float(root.square().sum()) / len(root), means, gap)

    @cached_property
    def lengths(self) -> Tensor:
        """Squared lengths ``(C,)`` of the whitened class means."""
        return self.means.square().sum(dim=-1)

    def whiten(self, features: Tensor) -> Tensor:
        """Features ``(..., W)`` seen from the centre in units of the covariance."""
        return by_upper(features - self.centre, self.whitening)

    def log_density(self, white: Tensor) -> Tensor:
        """Log-densities ``(..., C)`` of whitened features ``(..., W)``, up to a term that all classes share."""
        return white @ self.means.T - self.lengths / 2

    def as_linear(self) -> tuple[Tensor, Tensor]:
        """The same log-densities of features that were not whitened: ``x @ weight + bias``, ``(W, C)`` and ``(C,)``.

        For many features and few classes this is less work than to whiten them.
        """
        weight = self.whitening @ self.means.T
        return weight, -self.centre @ weight - self.lengths / 2


def by_upper(rows: Tensor, matrix: Tensor) -> Tensor:
    """Rows ``(..., W)`` times an upper triangular matrix ``(W, W)``, of whose zeros most are left out."""
    bands = [rows[..., :end] @ matrix[:end, start:end] for start, end in _bands(len(matrix))]
    return torch.cat(bands, dim=-1)


def _gram(rows: Tensor) -> Tensor:
    """Products ``(W, W)`` of the columns of ``(n, W)``; of the half below the diagonal most is mirrored."""
    bands, gram = _bands(rows.shape[1]), rows.new_empty(rows.shape[1], rows.shape[1])
    for start, end in bands:
        torch.mm(rows[:, :end].T, rows[:, start:end], out=gram[:end, start:end])
    for start, end in bands:
        gram[end:, start:end] = gram[start:end, end:].T
    return gram


def _bands(width: int) -> list[tuple[int, int]]:
    """Where bands of columns begin and end."""
    return list(pairwise(width * part // _BANDS for part in range(_BANDS + 1)))


def _inverse_of_lower(root: Tensor) -> Tensor:
    """The inverse of a lower triangular matrix ``(W, W)``, by halves: less work than to solve for every column."""
    width = len(root)
    if width <= _SOLVED_WHOLE:
        solved: Tensor = torch.linalg.solve_triangular(root, torch.eye(width, device=root.device), upper=False)
        return solved
    half, inverse = width // 2, torch.zeros_like(root)
    inverse[:half, :half] = _inverse_of_lower(root[:half, :half])
    inverse[half:, half:] = _inverse_of_lower(root[half:, half:])
    inverse[half:, :half] = -(inverse[half:, half:] @ root[half:, :half]) @ inverse[:half, :half]
    return inverse


def _largest_share(part: Tensor, whole: Tensor) -> float:
    """How much of a scatter matrix ``(W, W)`` another holds, up to 1: less it by more, and a variance is below 0."""
    slack = _ROUNDING * whole.diagonal().mean() * torch.eye(len(whole), device=whole.device)

    def is_held(share: float) -> bool:
        _, failed = torch.linalg.cholesky_ex(whole - share * part + slack)
        return not bool(failed)

    if not len(whole) or is_held(1.0):
        return 1.0
    held, step = 0.0, 0.5
    for _ in range(_HALVINGS):
        held, step = held + step * is_held(held + step), step / 2
    return held


def _principal_rows(rows: Tensor, rank: int) -> Tensor:
    """The leading `rank` singular values times right singular vectors ``(rank, W)``, from the small Gram matrix."""
    _, left = _eigh(rows @ rows.T)
    top = min(rank, len(rows))
    principal = rows.new_zeros(rank, rows.shape[1])
    principal[:top] = left[:, -top:].flip(1).T @ rows
    return principal


def _eigh(matrix: Tensor) -> tuple[Tensor, Tensor]:
    """Eigenvalues and vectors. Where many are nearly equal, single precision may not come to an end."""
    try:
        values, vectors = torch.linalg.eigh(matrix)
    except torch.linalg.LinAlgError:  # type: ignore[attr-defined]
        values, vectors = (part.to(matrix.dtype) for part in torch.linalg.eigh(matrix.double()))
    return values, vectors
