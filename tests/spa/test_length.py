"""Lengths in units of a covariance: exact where few directions stand out, near it where more do."""

from __future__ import annotations

import torch
from spa_desktop.spa.length import WhiteLength
from spa_desktop.spa.statistics import ClassGaussians, Moments

WIDTH = 40


def random(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def exactly(covariance: torch.Tensor, centred: torch.Tensor) -> torch.Tensor:
    inverse = torch.linalg.inv(covariance.double())
    return ((centred.double() @ inverse) * centred.double()).sum(dim=-1, keepdim=True).float()


def test_with_all_directions_it_is_the_mahalanobis_length() -> None:
    rows = random(200, WIDTH)
    covariance, probe = rows.T @ rows / 200, random(5, 3, WIDTH, seed=1)
    for leading in (WIDTH, 10 * WIDTH):
        found = WhiteLength(covariance, leading=leading).squared(probe)
        torch.testing.assert_close(found, exactly(covariance, probe), rtol=1e-4, atol=1e-4)


def test_it_is_exact_where_all_others_are_alike() -> None:
    few = random(6, WIDTH)
    covariance, probe = few.T @ few + 0.3 * torch.eye(WIDTH), random(5, WIDTH, seed=1)
    found = WhiteLength(covariance, leading=6).squared(probe)
    torch.testing.assert_close(found, exactly(covariance, probe), rtol=1e-4, atol=1e-4)
    short = WhiteLength(covariance, leading=5).squared(probe)
    assert not torch.allclose(short, exactly(covariance, probe), rtol=1e-3)


def test_what_is_left_counts_by_its_harmonic_mean() -> None:
    """So the length of features that are drawn from all directions alike is right on average."""
    values = torch.linspace(3, 0.1, WIDTH)
    probe = random(20_000, WIDTH)
    found = WhiteLength(torch.diag(values), leading=8).squared(probe)
    assert abs(float(found.mean() / exactly(torch.diag(values), probe).mean()) - 1) < 0.01


def test_directions_that_rounding_left_below_zero_count_as_the_least_there_can_be() -> None:
    values = torch.cat([torch.full((WIDTH - 1,), 1.0), torch.tensor([-1e-3])])
    probe = torch.eye(WIDTH)[-1:]
    found = WhiteLength(torch.diag(values), floor=0.2).squared(probe)
    torch.testing.assert_close(found, torch.tensor([[5.0]]))
    assert float(WhiteLength(torch.eye(WIDTH)).squared(torch.zeros(1, WIDTH))) > 0


def test_of_gaussians_it_is_that_of_their_shrunk_covariance() -> None:
    gaussians = ClassGaussians(WIDTH, 0)
    gaussians.add(gaussians.add_class(), Moments.of(random(15, WIDTH)))
    probe = random(4, WIDTH, seed=1)
    expected = exactly(gaussians.covariance(0.2), probe)
    torch.testing.assert_close(WhiteLength.of(gaussians, 0.2).squared(probe), expected, rtol=1e-4, atol=1e-4)
