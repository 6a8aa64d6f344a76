r"""Half precision for what is kept: a learner that was saved and loaded has the very numbers it had before.

A scatter matrix S is kept as

.. math::
    d_i = \sqrt{S_{ii}}, \qquad c_{ij} = \frac{S_{ij}}{d_i d_j} \quad (i < j),

d in single and the correlations c in half precision: they lie between -1 and 1 however many photos were summed and
whatever the scale of a feature, so nothing overflows, and an error of 2 in 10,000 of a correlation is far below the
share of the mean variance that every covariance gets (:meth:`~spa_desktop.spa.gaussians.ClassGaussians.covariance`).
What was rounded once is not changed by being rounded again.
"""

from __future__ import annotations

import torch
from torch import Tensor


def half(tensor: Tensor) -> Tensor:
    """Rounded to half precision, row by row in memory."""
    return by_rows(tensor.half().float())


def by_rows(tensor: Tensor) -> Tensor:
    """Row by row in memory. A matrix of one column counts as such in any order, so ``contiguous`` would not do."""
    return tensor.clone(memory_format=torch.contiguous_format)


def packed(scatter: Tensor) -> tuple[Tensor, Tensor]:
    """Of a scatter matrix ``(W, W)`` d ``(W,)``, and c of its upper triangle ``(W (W - 1) / 2,)`` in half precision.

    >>> spread, correlations = packed(torch.tensor([[4.0, 3.0], [3.0, 9.0]]))
    >>> spread.tolist(), correlations.tolist()
    ([2.0, 3.0], [0.5])
    """
    spread = scatter.diagonal().clamp_min(0).sqrt()
    products = torch.outer(spread, spread)
    # Where features were taken out, rounding may be all that is left of a variance, and less than of a product.
    correlations = torch.where(products > 0, scatter / products, 0.0).clamp(-1, 1).half()
    return spread, correlations[_above(scatter)]


def unpacked(spread: Tensor, correlations: Tensor) -> Tensor:
    """The scatter matrix ``(W, W)`` that :func:`packed` kept."""
    matrix = spread.new_zeros(len(spread), len(spread))
    matrix[_above(matrix)] = correlations.float()
    matrix += matrix.T.clone()
    matrix.fill_diagonal_(1)
    return matrix * torch.outer(spread, spread)


def _above(matrix: Tensor) -> tuple[Tensor, Tensor]:
    row, column = torch.triu_indices(len(matrix), len(matrix), offset=1, device=matrix.device)
    return row, column
