"""A product of one row with a large matrix, on all cores.

For one row the libraries below torch read the matrix with a single thread, and reading is all there is to do. In parts
along the sum each core reads its own, in half of the time with two.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

_SMALL = 100_000  # numbers that are read sooner than parts of them are handed out


def row_product(rows: Tensor, matrix: Tensor) -> Tensor:
    """``rows @ matrix``, up to rounding.

    Args:
        rows: ``(..., W)``; more than one are multiplied as ever.
        matrix: ``(W, R)``, row by row in memory.

    >>> row_product(torch.ones(1, 1, 3), torch.eye(3)).tolist()
    [[[1.0, 1.0, 1.0]]]
    """
    width, columns = matrix.shape
    parts = math.gcd(width, 1 << (torch.get_num_threads().bit_length() - 1))
    if parts == 1 or rows.numel() != width or matrix.numel() < _SMALL or not matrix.is_contiguous():
        return rows @ matrix
    sums = torch.bmm(rows.reshape(parts, 1, -1), matrix.view(parts, -1, columns))
    return sums.sum(dim=0).view(*rows.shape[:-1], columns)
