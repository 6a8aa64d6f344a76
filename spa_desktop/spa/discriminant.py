r"""Linear discriminants: what a Gaussian with a common covariance says of a feature.

.. math::
    \log p(x \mid c) = x^T \Sigma^{-1} \mu_c - \tfrac{1}{2} \mu_c^T \Sigma^{-1} \mu_c + \mathrm{const}(x)

The constant is the same for all classes, so the scores are linear in x (Fisher 1936; the streaming form is SLDA,
Hayes and Kanan 2020).
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import normalize

from spa_desktop.spa.statistics import ClassGaussians


@dataclass(frozen=True)
class LinearDiscriminant:
    """Scores of features under class Gaussians.

    Attributes:
        weight: ``(W, C)``.
        bias: ``(C,)``.
        root: ``(W, W)``, the lower Cholesky factor of the covariance.
        centre: ``(W,)``, the mean of the class means.
        gap: how far apart class means are on average: half the squared Mahalanobis distance, which is what a feature at
            one mean scores above another class. It depends on width and shrinkage far more than on how hard the
            classes are, so evidence is measured in units of it.
    """

    weight: Tensor
    bias: Tensor
    root: Tensor
    centre: Tensor
    gap: float

    @classmethod
    def fit(cls, gaussians: ClassGaussians, shrinkage: float) -> LinearDiscriminant:
        """Solve for the scores of all classes.

        Raises:
            ValueError: if there is no class.
        """
        if not len(gaussians.counts):
            raise ValueError("there is no class to tell apart")
        root = gaussians.root(shrinkage)
        weight = torch.cholesky_solve(gaussians.means.T, root)
        bias = -0.5 * (gaussians.means.T * weight).sum(dim=0)
        return cls(weight, bias, root, gaussians.means.mean(dim=0), _mean_gap(gaussians.means @ weight))

    def __call__(self, features: Tensor) -> Tensor:
        """Scores ``(..., C)`` of ``(..., W)`` features."""
        return features @ self.weight + self.bias

    def whiten(self, features: Tensor) -> Tensor:
        """Features ``(..., W)`` seen from the centre in units of the covariance, unit length."""
        flat = (features - self.centre).reshape(-1, features.shape[-1])
        white = torch.linalg.solve_triangular(self.root, flat.T, upper=False).T
        return normalize(white.reshape(features.shape), dim=-1)

    def unroot(self) -> Tensor:
        """The matrix ``(W, W)`` that whitens rows by one product, for those who whiten photo after photo."""
        matrix: Tensor = torch.linalg.inv(self.root).T.contiguous()
        return matrix


def _mean_gap(products: Tensor) -> float:
    """From the products ``(C, C)`` of class means in units of the covariance; 1 where there is one class."""
    count = len(products)
    if count < 2:
        return 1.0
    square = products.diagonal()
    total = (square[:, None] + square[None] - 2 * products).sum() / 2
    return max(float(total) / (count * (count - 1)), 1e-6)


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
