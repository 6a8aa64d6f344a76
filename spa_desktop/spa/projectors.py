r"""Task-specific projectors: one pair a task, added to the frozen features, never changed again.

Image side. With phi the photo's feature in the Gaussian space, v its unit feature in the joint space, and for each
task s a low-rank pair of V_s ``(W, r)`` and U_s ``(D, r)``,

.. math::
    z = \mathrm{unit}\Big(v + \sum_s U_s V_s^T (\phi - m_s)\Big).

V_s has a column for each class k of the task, which reads the cosine between photo and class mean in units of the
common covariance, but for the photo's own length, for which the mean length of the task's photos stands:
:math:`V_s^T(\phi - m_s) \approx \cos_\Sigma(\phi - m_s, \mu_k - m_s)`. U_s starts where such a cosine moves the photo
towards the text of that class and of no other: at columns of the pseudo-inverse of all texts, times a gain g. So,
before training, :math:`z^T t'_c \propto v^T t'_c + g \cos_\Sigma(\phi - m, \mu_c - m)`: what the text knew and what
photos taught. U_s is then trained by cross-entropy on the task's photos and on pseudo-features of the old classes.

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


def class_directions(gaussian: LinearDiscriminant, means: Tensor, features: Tensor) -> Tensor:
    """Directions ``(W, r)`` that read how near a feature is to each of r class means: about their cosines.

    Args:
        gaussian: its centre and covariance are what cosines are measured from and in.
        means: ``(r, W)`` of the task's classes.
        features: ``(n, W)`` photos of the task, whose mean length replaces each photo's own.
    """
    white = torch.linalg.solve_triangular(gaussian.root, (means - gaussian.centre).T, upper=False)
    seen = torch.linalg.solve_triangular(gaussian.root, (features - gaussian.centre).T, upper=False)
    length = seen.square().sum(dim=0).mean().sqrt().clamp_min(1e-6)
    directions: Tensor = torch.linalg.solve_triangular(gaussian.root.T, normalize(white, dim=0), upper=True) / length
    return directions


def pointing_write(texts: Tensor, mine: list[int], *, ridge: float, gain: float) -> Tensor:
    """Columns ``(D, r)``, each of which moves a photo towards one text of all and away from none of the others.

    Args:
        texts: ``(C, D)`` unit rows of all classes.
        mine: the places of the r classes of the task.
        ridge: added to the diagonal of the Gram matrix, since two texts may be nearly the same.
        gain: how far a photo at a class mean is moved; its own length is 1.

    >>> pointing_write(torch.eye(3), [2], ridge=0.0, gain=5.0).T
    tensor([[0., 0., 5.]])
    """
    gram = texts @ texts.T
    gram.diagonal().add_(ridge)
    chosen = torch.eye(len(texts))[:, mine]
    columns: Tensor = gain * texts.T @ torch.linalg.solve(gram, chosen)
    return columns
