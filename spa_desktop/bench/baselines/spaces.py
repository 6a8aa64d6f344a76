"""The two feature spaces that baselines work in."""

from __future__ import annotations

from typing import Protocol

import torch
from torch import Tensor

from spa_desktop.bench.incremental_method import JointSpace, TaskData
from spa_desktop.spa.gaussians import gaussian_space

_TEXTURE_SHARE = 0.35


class Space(Protocol):
    """Turns pooled features (n, V, W + T) into rows to learn from, (n, views, D)."""

    def fit(self, task: TaskData) -> None:
        """Look at the first task. Later tasks must not change the space, or old statistics would be void."""
        ...

    def __call__(self, pooled: Tensor) -> Tensor: ...


class Joint(Space):
    """The space of photos and texts, unit length, the photo as it is: what the literature's baselines use."""

    _encoder: JointSpace

    def fit(self, task: TaskData) -> None:
        self._encoder = task.encoder

    def __call__(self, pooled: Tensor) -> Tensor:
        return self._encoder.project(pooled[:, :1])


class Wide(Space):
    """What SPA's Gaussians use, laid end to end: the global feature in their space, the texture behind it, all views.

    Whether features are non-negative, and get a square root, is decided on the first task. The texture is a third as
    long as the global feature: on held-out training photos of three sets that was as good for both rivals as half as
    long, and better than without it.
    """

    _width = 0
    _has_root = False

    def fit(self, task: TaskData) -> None:
        self._width = task.encoder.width
        self._has_root = bool((task.pooled[..., : self._width] >= 0).all())

    def __call__(self, pooled: Tensor) -> Tensor:
        whole, texture = pooled[..., : self._width], pooled[..., self._width :]
        return torch.cat([gaussian_space(whole, rectified=self._has_root), _TEXTURE_SHARE * texture], dim=-1)
