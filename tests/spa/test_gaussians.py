"""Moments and class Gaussians against NumPy, and what half precision keeps of them."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from spa_desktop.spa.gaussians import ClassGaussians, Moments, packed, unpacked

sizes = st.integers(1, 12)
quick = settings(max_examples=30, deadline=None, derandomize=True)


def features(count, width, seed, offset=0.0):
    return torch.randn(count, width, generator=torch.Generator().manual_seed(seed)) + offset


def scatter_of(rows):
    centred = rows.double().numpy() - rows.double().numpy().mean(axis=0)
    return centred.T @ centred


def gaussians_of(classes, rank=0):
    made = ClassGaussians(classes[0].shape[1], rank)
    for rows in classes:
        index = made.add_class()
        made.add(index, Moments.of(rows))
        made.set_factor(index, rows)
    return made


@quick
@given(st.lists(sizes, min_size=1, max_size=5), st.integers(1, 5), st.integers(0, 10**6))
def test_class_gaussians_against_numpy(counts, width, seed):
    classes = [features(count, width, seed + i, offset=float(i)) for i, count in enumerate(counts)]
    made = gaussians_of(classes)
    assert made.counts.tolist() == counts
    np.testing.assert_allclose(made.means, [c.double().numpy().mean(axis=0) for c in classes], atol=1e-4)
    pooled = sum(scatter_of(rows) for rows in classes)
    np.testing.assert_allclose(made.scatter, pooled, atol=1e-3)
    if sum(counts) > len(counts):
        pooled /= sum(counts) - len(counts)
        shrunk = 0.7 * pooled + 0.3 * np.trace(pooled) / width * np.eye(width)
        np.testing.assert_allclose(made.covariance(0.3), shrunk, atol=1e-3)


def test_a_class_cannot_be_emptied():
    rows = features(5, 3, 0)
    made = gaussians_of([rows])
    with pytest.raises(ValueError, match="lose all"):
        made.take_out(0, Moments.of(rows))


def test_the_factor_of_merged_classes_and_of_one_that_is_topped_up_is_the_covariance_of_both_parts():
    first, second = features(40, 5, 0), 3 * features(60, 5, 1, offset=1.0)
    merged, topped = gaussians_of([first, second], rank=5), gaussians_of([first], rank=5)
    merged.merge_classes(0, 1)
    topped.add(0, Moments.of(second))
    topped.set_factor(0, second)
    both = np.cov(torch.cat([first, second]).double().numpy().T, bias=True)
    for made in (merged, topped):
        np.testing.assert_allclose(made.factors[0].T @ made.factors[0], both, rtol=0.05, atol=0.05)


def test_the_factor_is_the_best_of_its_rank():
    rows = features(30, 6, 0) * torch.tensor([5.0, 3.0, 2.0, 1.0, 0.5, 0.1])
    made = gaussians_of([rows], rank=2)
    values, vectors = np.linalg.eigh(np.cov(rows.double().numpy().T))
    best = (vectors[:, -2:] * values[-2:]) @ vectors[:, -2:].T
    np.testing.assert_allclose(made.factors[0].T @ made.factors[0], best, rtol=1e-3, atol=1e-3)


def test_drawn_features_have_the_promised_mean_and_covariance():
    rows = features(60, 4, 0) * torch.tensor([3.0, 1.0, 0.3, 0.3]) + torch.tensor([1.0, -2.0, 0.0, 5.0])
    made = gaussians_of([rows, features(40, 4, 1)], rank=2)
    root = torch.linalg.cholesky(made.covariance(0.4))
    drawn = made.draw([0], 100_000, root, torch.Generator().manual_seed(7)).double().numpy()
    own = 60 / 80
    promised = own * made.factors[0].T @ made.factors[0] + (1 - own) * made.covariance(0.4)
    deviation = promised.diagonal().sqrt()
    assert np.abs((drawn.mean(axis=0) - made.means[0].numpy()) / deviation.numpy()).max() < 0.02
    error = np.abs(np.cov(drawn.T) - promised.numpy()) / np.outer(deviation, deviation)
    assert error.max() < 0.03


def test_a_covariance_that_rounding_made_indefinite_still_has_a_root():
    made = gaussians_of([features(20, 5, 0)])
    made.scatter.diagonal()[2] = -0.5 * made.scatter.diagonal().mean()
    assert float(torch.linalg.eigvalsh(made.covariance(0.1)).min()) < 0
    root = made.root(0.1)
    level = float(made.covariance(0.1).diagonal().mean())
    values = torch.linalg.eigvalsh(root @ root.T)
    assert float(values.min()) == pytest.approx(0.1 * level, rel=1e-2)
    # Directions that are sound keep their variance.
    assert torch.allclose(values[1:], torch.linalg.eigvalsh(made.covariance(0.1))[1:], rtol=1e-3)


def drawn_scatter(count: int, width: int, scale: float = 1.0) -> torch.Tensor:
    generator = torch.Generator().manual_seed(count)
    rows = torch.randn(count, width, generator=generator) @ torch.randn(width, width, generator=generator)
    return scale * rows.T @ rows


# Sums far beyond what half precision reaches, and far below.
@pytest.mark.parametrize("scale", [1e-9, 1.0, 1e9])
def test_correlations_come_back_within_half_precision(scale: float) -> None:
    scatter = drawn_scatter(50, 12, scale)
    back = unpacked(*packed(scatter))
    spread = scatter.diagonal().sqrt()
    assert float(((back - scatter) / torch.outer(spread, spread)).abs().max()) < 3e-4
    torch.testing.assert_close(back.diagonal(), scatter.diagonal())
    assert torch.equal(back, back.T)
