"""The two feature spaces that baselines work in."""

from __future__ import annotations

from typing import Protocol

from torch import Tensor

from spa_desktop.protocol.classifier import JointSpace, TaskData


class Space(Protocol):
    """Turns pooled features (n, V, W) into rows to learn from, (n, views, D)."""

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
    """The encoder's own space before its projection, all views: what SPA's Gaussians use.

    Non-negative features (as behind a ReLU) get a square root, which makes them more like a Gaussian. Whether they are
    is decided on the first task.
    """

    _has_root = False

    def fit(self, task: TaskData) -> None:
        self._has_root = bool((task.pooled >= 0).all())

    def __call__(self, pooled: Tensor) -> Tensor:
        return pooled.clamp(min=0).sqrt() if self._has_root else pooled
