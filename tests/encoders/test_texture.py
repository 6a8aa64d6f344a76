"""Texture: what it tells apart, what it leaves out, and that spa-lite's is the one of its own maps."""

import pytest
import torch

from spa_desktop.encoders.features import read_most, texture_of, texture_width


def test_formula():
    fine = torch.randn(2, 3, 4, 4, generator=torch.Generator().manual_seed(1))
    last = torch.randn(2, 5, 4, 4, generator=torch.Generator().manual_seed(2))
    weights = last.norm(dim=1).flatten(1)
    weights = weights / weights.sum(dim=1, keepdim=True)
    for photo in range(2):
        cells = fine[photo].flatten(1)
        centred = cells - (cells * weights[photo]).sum(dim=1, keepdim=True)
        moments = (centred * weights[photo]) @ centred.T
        row, column = torch.triu_indices(3, 3)
        expected = moments[row, column]
        expected = expected.sign() * expected.abs().sqrt()
        found = texture_of(fine, last, torch.eye(3))[photo]
        torch.testing.assert_close(found, expected / expected.norm())


@pytest.mark.parametrize(("fine", "last"), [(0.0, 1.0), (0.5, 0.0)])
def test_a_map_that_is_silent_has_no_texture(fine: float, last: float):
    texture = texture_of(torch.full((1, 3, 8, 8), fine), torch.full((1, 2, 4, 4), last), torch.eye(3))
    assert texture.shape == (1, texture_width(3))
    assert torch.equal(texture, torch.zeros_like(texture))


def test_directions_are_those_that_the_layer_reads_most():
    weight = torch.tensor([[0.0, 3.0, 0.0], [-5.0, 0.0, 0.0], [0.0, 0.0, 1.0]])
    torch.testing.assert_close(read_most(weight, 2), torch.eye(3)[:, :2])
    # A layer that reads the same with all signs turned gives the same directions.
    torch.testing.assert_close(read_most(-weight, 2), read_most(weight, 2))
