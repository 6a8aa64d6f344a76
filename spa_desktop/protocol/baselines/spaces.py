"""The two feature spaces that baselines work in."""

from __future__ import annotations

from typing import Protocol

import torch
from torch import Tensor
from torch.nn.functional import normalize

from spa_desktop.protocol.classifier import JointSpace, TaskData

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
    """What SPA's Gaussians use, laid end to end: the encoder's own space before its projection, its texture, all views.

    Non-negative features (as behind a ReLU) get a square root, which makes them more like a Gaussian. Whether they are
    is decided on the first task. The global feature has unit length, the texture a third of it: on held-out training
    photos of three sets that was better for both rivals than none, half, or as much.
    """

    _width = 0
    _has_root = False

    def fit(self, task: TaskData) -> None:
        self._width = task.encoder.width
        self._has_root = bool((task.pooled[..., : self._width] >= 0).all())

    def __call__(self, pooled: Tensor) -> Tensor:
        whole, texture = pooled[..., : self._width], pooled[..., self._width :]
        whole = whole.clamp(min=0).sqrt() if self._has_root else whole
        return torch.cat([normalize(whole, dim=-1), _TEXTURE_SHARE * texture], dim=-1)
