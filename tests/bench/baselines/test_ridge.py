"""Incremental ridge regression against NumPy's least squares, and its two forms against each other."""

import numpy as np
import pytest
import torch
from torch.nn.functional import one_hot

from spa_desktop.bench.baselines import IncrementalRidge

VIEWS = 2


def batches(columns: int, photos: int, seed: int = 0) -> list[tuple[torch.Tensor, torch.Tensor]]:
    random = torch.Generator().manual_seed(seed)
    return [
        (torch.randn(photos, VIEWS, columns, generator=random), 2 * task + torch.arange(photos) % 2)
        for task in range(3)
    ]


def added(columns: int, data: list[tuple[torch.Tensor, torch.Tensor]]) -> IncrementalRidge:
    ridge = IncrementalRidge(columns)
    for rows, labels in data:
        ridge.add(rows.flatten(0, 1), labels.repeat_interleave(VIEWS), 2)
    return ridge


def direct(rows: torch.Tensor, labels: torch.Tensor, strength: float) -> np.ndarray:
    x, y = rows.flatten(0, 1).double().numpy(), one_hot(labels.repeat_interleave(VIEWS), 6).double().numpy()
    return np.linalg.solve(x.T @ x + strength * np.eye(x.shape[1]), x.T @ y)


# 24 rows in all: 200 columns keep the kernel form, 60 change to the Gram form on the way, 8 begin with it.
@pytest.mark.parametrize("columns", [200, 60, 8])
def test_weights_equal_the_normal_equations(columns: int) -> None:
    data = batches(columns, 4)
    ridge, rows, labels = added(columns, data), torch.cat([r for r, _ in data]), torch.cat([y for _, y in data])
    assert ridge.classes == 6
    for strength, weights in zip((0.1, 10.0), ridge.weights((0.1, 10.0)), strict=True):
        np.testing.assert_allclose(weights.numpy(), direct(rows, labels, strength), atol=2e-4)


@pytest.mark.parametrize("columns", [200, 60, 8])
def test_left_out_equals_fitting_without_the_photo(columns: int) -> None:
    data = batches(columns, 4)
    ridge, rows, labels = added(columns, data), torch.cat([r for r, _ in data]), torch.cat([y for _, y in data])
    for strength, predicted in zip((1.0, 10.0), ridge.left_out(data[-1][0], (1.0, 10.0)), strict=True):
        for i in range(4):
            kept = torch.arange(len(rows)) != len(rows) - 4 + i
            expected = data[-1][0][i].double().numpy() @ direct(rows[kept], labels[kept], strength)
            np.testing.assert_allclose(predicted[i].numpy(), expected.mean(0), atol=2e-3)


def test_a_ridge_too_small_for_float32_is_raised() -> None:
    # Two equal columns: without a ridge there is no solution.
    rows = torch.randn(40, 1, generator=torch.Generator().manual_seed(0)).repeat(1, 2)
    ridge = IncrementalRidge(2)
    ridge.add(rows, torch.zeros(40, dtype=torch.long), 1)
    (weights,) = ridge.weights([1e-12])
    assert torch.isfinite(weights).all()
