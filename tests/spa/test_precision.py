"""What is kept in half precision: near what it was, within its bounds, and the same when it is kept again."""

from __future__ import annotations

import pytest
import torch

from spa_desktop.spa.gaussians import by_rows, half, packed, unpacked


def scatter_of(count: int, width: int, scale: float = 1.0) -> torch.Tensor:
    generator = torch.Generator().manual_seed(count)
    rows = torch.randn(count, width, generator=generator) @ torch.randn(width, width, generator=generator)
    return scale * rows.T @ rows


# Sums far beyond what half precision reaches, and far below.
@pytest.mark.parametrize("scale", [1e-9, 1.0, 1e9])
def test_correlations_come_back_within_half_precision(scale: float) -> None:
    scatter = scatter_of(50, 12, scale)
    back = unpacked(*packed(scatter))
    spread = scatter.diagonal().sqrt()
    assert float(((back - scatter) / torch.outer(spread, spread)).abs().max()) < 3e-4
    torch.testing.assert_close(back.diagonal(), scatter.diagonal())
    assert torch.equal(back, back.T)


@pytest.mark.parametrize("count", [3, 40, 5000])
def test_what_was_kept_once_is_kept_the_same_again(count: int) -> None:
    once = unpacked(*packed(scatter_of(count, 30)))
    twice = unpacked(*packed(once))
    assert torch.equal(once, twice)
    for first, second in zip(packed(once), packed(twice), strict=True):
        assert torch.equal(first, second)


def test_a_feature_that_never_varied_stays_so() -> None:
    scatter = scatter_of(20, 4)
    scatter[2], scatter[:, 2] = 0, 0
    back = unpacked(*packed(scatter))
    assert bool((back[2] == 0).all())
    assert bool(back.isfinite().all())
    # Rounding may leave a sum that was taken out a little below zero.
    scatter[2, 2] = -1e-7
    assert float(unpacked(*packed(scatter))[2, 2]) == 0


def test_half_of_the_matrix_is_kept_in_half_of_the_bytes() -> None:
    spread, correlations = packed(scatter_of(20, 8))
    assert (spread.shape, spread.dtype) == ((8,), torch.float32)
    assert (correlations.shape, correlations.dtype) == ((28,), torch.float16)
    empty = packed(torch.zeros(0, 0))
    assert unpacked(*empty).shape == (0, 0)


def test_rows_lie_in_order() -> None:
    column = torch.arange(12.0).view(3, 4).T
    assert by_rows(column).stride() == half(column).stride() == (3, 1)
    assert torch.equal(half(torch.tensor([0.1])), torch.tensor([0.1]).half().float())
