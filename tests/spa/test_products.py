from __future__ import annotations

import pytest
import torch
from spa_desktop.spa.products import row_product


def random(*shape: int) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(shape[-1]))


@pytest.fixture(params=[1, 2, 3, 16])
def threads(request: pytest.FixtureRequest):
    before = torch.get_num_threads()
    torch.set_num_threads(request.param)
    yield request.param
    torch.set_num_threads(before)


@pytest.mark.parametrize("shape", [(848,), (1, 848), (1, 1, 848), (3, 848), (2, 1, 848), (0, 848)], ids=str)
def test_it_is_the_product(threads: int, shape: tuple[int, ...]) -> None:
    rows, matrix = random(*shape), random(848, 200)
    torch.testing.assert_close(row_product(rows, matrix), rows @ matrix, rtol=1e-4, atol=1e-3)


def test_widths_that_no_number_of_threads_divides_and_matrices_by_columns(threads: int) -> None:
    for matrix in (random(847, 200), random(200, 848).T, random(848, 0)):
        rows = random(1, len(matrix))
        torch.testing.assert_close(row_product(rows, matrix), rows @ matrix, rtol=1e-4, atol=1e-3)


def test_one_row_is_read_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch, "get_num_threads", lambda: 4)
    asked = []
    monkeypatch.setattr(torch, "bmm", lambda rows, parts: asked.append(parts.shape) or rows @ parts)
    row_product(random(1, 848), random(848, 200))
    assert asked == [(4, 212, 200)]
    row_product(random(2, 848), random(848, 200))
    row_product(random(1, 848), random(848, 10))
    assert len(asked) == 1
