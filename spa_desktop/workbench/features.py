"""A test photo's features as the project stores them: both views, pooled and patches, in one blob."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor


def pack_photo(pooled: Tensor, patches: Tensor) -> bytes:
    """Pooled ``(V, W)`` and patches ``(V, N, D)`` of one photo as safetensors bytes."""
    from safetensors.torch import save

    from spa_desktop.features import quantized

    levels, scale = quantized(patches)
    return save({"pooled": pooled.half().contiguous(), "patches": levels, "scale": scale})


def unpack_photo(blob: bytes) -> tuple[Tensor, Tensor]:
    """What :func:`pack_photo` packed, float32."""
    from safetensors.torch import load

    from spa_desktop.features import dequantized

    parts = load(blob)
    return parts["pooled"].float(), dequantized(parts["patches"], parts["scale"])
