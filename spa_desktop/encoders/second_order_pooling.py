r"""Texture: how the channels of a fine map vary together where a photo shows something.

With :math:`x_n` the cells of a map (B, C, h, w) of an early stage, brought to k channels, and weights :math:`a_n` that
sum to 1, the length of the last map's cells at the same place,

.. math::
    \mu = \sum_n a_n x_n, \qquad M = \sum_n a_n (x_n - \mu)(x_n - \mu)^T, \qquad
    t = \mathrm{sign}(M) \sqrt{|M|} \; \text{(upper triangle, unit length)} .

Second moments with a signed square root are the bilinear pooling of Lin, RoyChowdhury and Maji (2015); what is ours is
the weight, which leaves empty background out, and the channels: those that the next stage reads most.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import interpolate, normalize

# 820 numbers of texture, chosen on training photos: 64 gained 0.2 points more, for a covariance six times as large.
CHANNELS = 40


def texture_width(channels: int) -> int:
    """T: how many numbers describe the texture of k channels.

    >>> texture_width(40)
    820
    """
    return channels * (channels + 1) // 2


def read_most(weight: Tensor, channels: int) -> Tensor:
    """The k directions of its input that a linear layer reads most: ``(C, k)``, orthonormal columns.

    They are its leading right singular vectors, each with its largest number above zero.

    Args:
        weight: ``(C', C)`` of the layer.
        channels: k, at most C.
    """
    directions = torch.linalg.svd(weight.double(), full_matrices=False).Vh[:channels]
    sign = directions.gather(1, directions.abs().argmax(dim=1, keepdim=True)).sign()
    columns: Tensor = (directions * sign).T.to(weight.dtype).contiguous()
    return columns


def texture_of(fine: Tensor, last: Tensor, directions: Tensor) -> Tensor:
    """Textures ``(B, T)``, unit length; zero where a map is zero everywhere.

    Args:
        fine: ``(B, C, h, w)`` map of an early stage.
        last: ``(B, C', h', w')`` map of the last stage, which weighs the places.
        directions: ``(C, k)`` from :func:`read_most`.
    """
    # Sums over hundreds of cells and small differences of large numbers: not in half precision.
    with torch.autocast(fine.device.type, enabled=False):
        lengths = last.float().norm(dim=1, keepdim=True)
        weights = interpolate(lengths, size=fine.shape[2:], mode="bilinear", align_corners=True).flatten(1)
        weights = normalize(weights, p=1, dim=-1)[..., None]
        cells = fine.float().flatten(2).transpose(1, 2) @ directions
        cells = cells - (weights * cells).sum(dim=1, keepdim=True)
        moments = (weights * cells).transpose(1, 2) @ cells
        row, column = torch.triu_indices(len(directions.T), len(directions.T), device=fine.device)
        upper = moments[:, row, column]
        texture: Tensor = normalize(upper.sign() * upper.abs().sqrt(), dim=-1)
        return texture
