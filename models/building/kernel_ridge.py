"""Kernel ridge regression in closed form, with landmarks: matrices in, matrices out (ours)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from spa_desktop.encoders.lite_files import gaussian_kernel

_JITTER = 1e-3  # of the kernel's diagonal: keeps weights small enough for half precision


@dataclass(frozen=True)
class Texts:
    """Texts to learn from.

    Attributes:
        states: ``(T, H)`` float64, standardised.
        targets: ``(T, D)``.
        weights: ``(T,)``.
    """

    states: Tensor
    targets: Tensor
    weights: Tensor


@dataclass(frozen=True)
class Map:
    """``f(s) = [s, k(s, Z)] weight + bias``: see :mod:`spa_desktop.encoders.lite_files`."""

    landmarks: Tensor
    frequency: float
    weight: Tensor
    bias: Tensor

    def __call__(self, states: Tensor) -> Tensor:
        near = gaussian_kernel(states, self.landmarks, self.frequency)
        return torch.cat([states, near], dim=1) @ self.weight + self.bias

    def then(self, matrix: Tensor) -> Map:
        """What a linear map ``(D, D)`` makes of the places."""
        return Map(self.landmarks, self.frequency, self.weight @ matrix, self.bias @ matrix)


def kernel_ridge(groups: list[Texts], *, landmarks: int, frequency: float, strength: float, seed: int) -> Map:
    """Minimise ``sum_t w_t |f(s_t) - y_t|^2 + strength sum_t w_t (|W|^2 + tr V^T (K_ZZ + jitter) V)``.

    Args:
        groups: what is learned from.
        landmarks: how many of the texts are drawn for that.
        frequency: of the kernel.
        strength: of the penalty.
        seed: of the draw.

    Returns:
        The map; its landmarks are rounded to half precision, as they are stored.
    """
    states = torch.cat([group.states for group in groups])
    targets = torch.cat([group.targets for group in groups])
    weights = torch.cat([group.weights for group in groups])[:, None]
    count = min(landmarks, len(states))
    drawn = np.sort(np.random.RandomState(seed).permutation(len(states))[:count])
    chosen = states[torch.from_numpy(drawn)].half().double()
    # In the basis of the kernel's Cholesky factor the penalty is that of plain ridge regression.
    among = gaussian_kernel(chosen, chosen, frequency)
    among.diagonal().add_(_JITTER)
    factor = torch.linalg.cholesky(among)
    near = torch.linalg.solve_triangular(factor, gaussian_kernel(states, chosen, frequency).T, upper=False).T
    features = torch.cat([states, near], dim=1)
    del near
    total = weights.sum()
    mean, target_mean = (weights * features).sum(dim=0) / total, (weights * targets).sum(dim=0) / total
    features -= mean
    mixed = features.T @ (weights * (targets - target_mean))
    features *= weights.sqrt()
    gram = features.T @ features
    gram.diagonal().add_(strength * total)
    solved = torch.linalg.solve(gram, mixed)
    bias = target_mean - mean @ solved
    width = states.shape[1]
    behind = torch.linalg.solve_triangular(factor.T, solved[width:], upper=True)
    return Map(chosen, frequency, torch.cat([solved[:width], behind]), bias)
