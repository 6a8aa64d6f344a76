"""What an encoder hands on: features of photos and of texts."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor


@dataclass(frozen=True)
class ImageFeatures:
    """Features of B photos in the encoder's own space, float32 on the CPU.

    Attributes:
        pooled: ``(B, W + T)``, the global feature before the projection, and the texture behind it.
        patches: ``(B, N, W')``, the patches before the projection, row by row, W' being W or less.
        grid: ``(h, w)`` with ``h * w == N``.
        maps: what the pooled features are made of, where that was asked for: ``(B, N, C)`` of the stage before the last
            and ``(B, n, k)`` of the finer one. See :class:`~spa_desktop.encoders.feature_maps.FeatureMaps`.
    """

    pooled: Tensor
    patches: Tensor
    grid: tuple[int, int]
    maps: tuple[Tensor, Tensor] | None = None


@dataclass(frozen=True)
class TextFeatures:
    """Features of T texts in the joint space of size D, float32 on the CPU.

    Attributes:
        sentence: ``(T, D)``, unit length.
        tokens: ``(T, L, D)``, unit length where `mask` is True and zero elsewhere.
        mask: ``(T, L)`` bool, True on words. A text without any word (an empty one) has none.
    """

    sentence: Tensor
    tokens: Tensor
    mask: Tensor
