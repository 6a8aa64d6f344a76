"""Texture: what it tells apart, what it leaves out, and that spa-lite's is the one of its own maps."""

import pytest
import torch

from spa_desktop.encoders.features import read_most, texture_of, texture_width


def waves(turn: float, seed: int = 0) -> torch.Tensor:
    """``(1, 3, 8, 8)``: channels 0 and 1 rise and fall together, or against each other, by `turn`."""
    noise = torch.randn(1, 3, 8, 8, generator=torch.Generator().manual_seed(seed))
    noise[:, 1] = turn * noise[:, 0] + 0.1 * noise[:, 1]
    return noise


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


def test_it_tells_what_means_do_not():
    last = torch.ones(1, 2, 8, 8)
    same = texture_of(waves(1, 0), last, torch.eye(3)) @ texture_of(waves(1, 7), last, torch.eye(3)).T
    other = texture_of(waves(1, 0), last, torch.eye(3)) @ texture_of(waves(-1, 7), last, torch.eye(3)).T
    assert same > 0.9 > 0.5 > other


def test_places_where_the_last_map_is_silent_do_not_count():
    fine, other = waves(1), waves(1)
    other[..., 6:] = 9 * torch.randn(1, 3, 8, 2, generator=torch.Generator().manual_seed(3))
    last = torch.ones(1, 2, 8, 8)
    last[..., 6:] = 0
    torch.testing.assert_close(texture_of(fine, last, torch.eye(3)), texture_of(other, last, torch.eye(3)))


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
