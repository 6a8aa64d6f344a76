r"""Task-specific projectors: one pair a task, added to the frozen features, never changed again.

Image side. With phi the photo's feature in the Gaussian space, v its unit feature in the joint space, and for each
task s a low-rank pair of V_s ``(W, r)`` and U_s ``(D, r)``,

.. math::
    z = \mathrm{unit}\Big(v + \sum_s U_s V_s^T (\phi - m_s)\Big).

V_s holds the directions that tell the classes apart in units of the common covariance. U_s starts at the ridge
solution that moves each class towards its text, and is then trained by cross-entropy on the task's photos and on
pseudo-features of the old classes.

Text side. For the classes of task s only, :math:`t' = \mathrm{unit}(t + Q_s P_s^T t)`, the ridge solution that moves
descriptions and phrases towards what they describe, cut to low rank.

Sums over tasks and frozen old pairs follow PROOF (Zhou et al. 2023) and ENGINE (2025); the residual low-rank form and
its start in closed form are ours.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import normalize

from spa_desktop.spa.discriminant import LinearDiscriminant


@dataclass(frozen=True)
class ImageProjector:
    """The image side of one task.

    Attributes:
        centre: m, ``(W,)``.
        read: V, ``(W, r)``.
        write: U, ``(D, r)``.
    """

    centre: Tensor
    read: Tensor
    write: Tensor

    def coordinates(self, features: Tensor) -> Tensor:
        """What the projector reads off ``(..., W)`` features in the Gaussian space: ``(..., r)``."""
        return (features - self.centre) @ self.read

    def shift(self, features: Tensor) -> Tensor:
        """What it adds to the joint feature: ``(..., D)``."""
        return self.coordinates(features) @ self.write.T


@dataclass(frozen=True)
class TextProjector:
    """The text side of one task.

    Attributes:
        read: P, ``(D, r)``.
        write: Q, ``(D, r)``.
    """

    read: Tensor
    write: Tensor

    def __call__(self, texts: Tensor) -> Tensor:
        """Text features ``(..., D)``, moved, unit length."""
        return normalize(texts + (texts @ self.read) @ self.write.T, dim=-1)


def fit_text_projector(texts: Tensor, targets: Tensor, *, ridge: float, rank: int) -> TextProjector:
    """The ridge map from text features to what they describe, as a residual of low rank.

    Args:
        texts: ``(n, D)`` unit rows: descriptions and phrases of a task's classes.
        targets: ``(n, D)`` unit rows: mean photo of the class, grounded token of the phrase.
        ridge: added to the diagonal of the Gram matrix of unit rows.
        rank: the most that the rank may be.
    """
    gram = texts @ texts.T
    gram.diagonal().add_(ridge)
    # residual = T^T (T T^T + ridge I)^-1 (Y - T), of rank n at the most.
    solved = torch.linalg.solve(gram, targets - texts)
    if len(texts) <= rank:
        return TextProjector(texts.T.clone(), solved.T.clone())
    # The SVD of the product, by way of the n x n matrix between two orthonormal bases.
    left, first = torch.linalg.qr(texts.T)
    right, second = torch.linalg.qr(solved.T)
    inner_left, values, inner_right = torch.linalg.svd(first @ second.T)
    root = values[:rank].sqrt()
    return TextProjector((left @ inner_left)[:, :rank] * root, (right @ inner_right.T)[:, :rank] * root)


def discriminant_directions(gaussian: LinearDiscriminant, means: Tensor, rank: int) -> Tensor:
    """Directions ``(W, r)`` that tell class means ``(C, W)`` apart, features having unit variance along each."""
    white = torch.linalg.solve_triangular(gaussian.root, (means - gaussian.centre).T, upper=False)
    left, values, _ = torch.linalg.svd(white, full_matrices=False)
    keep = max(1, min(rank, int((values > 1e-4 * values.max().clamp_min(1e-12)).sum())))
    directions: Tensor = torch.linalg.solve_triangular(gaussian.root.T, left[:, :keep], upper=True)
    return directions


def closed_form_write(coordinates: Tensor, residuals: Tensor, counts: Tensor, *, ridge: float) -> Tensor:
    """The ridge solution ``(D, r)`` from class means in discriminant coordinates to what they lack of their text.

    Args:
        coordinates: ``(C, r)`` class means; features have unit variance around them.
        residuals: ``(C, D)`` text minus mean joint feature.
        counts: ``(C,)`` photos of each class.
        ridge: relative to the number of photos.
    """
    weight = counts[:, None]
    total = float(counts.sum())
    gram = coordinates.T @ (weight * coordinates)
    # Within the classes the coordinates have unit variance: n of them are seen around each mean.
    gram.diagonal().add_(total * (1 + ridge))
    solved: Tensor = torch.linalg.solve(gram, coordinates.T @ (weight * residuals))
    return solved.T
