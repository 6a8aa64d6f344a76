from __future__ import annotations

import numpy as np
import pytest
import torch
from torch.nn.functional import normalize

from spa_desktop.spa.discriminant import LinearDiscriminant
from spa_desktop.spa.projectors import (
    ImageProjector,
    TextProjector,
    closed_form_write,
    discriminant_directions,
    fit_text_projector,
)
from spa_desktop.spa.statistics import ClassGaussians, Moments


def unit(*shape, seed):
    return normalize(torch.randn(*shape, generator=torch.Generator().manual_seed(seed)), dim=-1)


@pytest.mark.parametrize(("count", "ridge"), [(5, 0.1), (5, 2.0), (12, 0.1), (20, 0.5)])
def test_text_projector_is_the_ridge_solution(count, ridge):
    texts, targets = unit(count, 12, seed=0), unit(count, 12, seed=1)
    fitted = fit_text_projector(texts, targets, ridge=ridge, rank=99)
    # min |T M - (Y - T)|^2 + ridge |M|^2 as one least-squares problem with stacked rows.
    t, y = texts.double().numpy(), targets.double().numpy()
    stacked = np.vstack([t, np.sqrt(ridge) * np.eye(12)])
    solution = np.linalg.lstsq(stacked, np.vstack([y - t, np.zeros((12, 12))]), rcond=None)[0]
    np.testing.assert_allclose(fitted.read @ fitted.write.T, solution, atol=1e-4)
    probe = unit(4, 12, seed=2)
    moved = probe.double().numpy() @ (np.eye(12) + solution)
    np.testing.assert_allclose(fitted(probe), moved / np.linalg.norm(moved, axis=1, keepdims=True), atol=1e-4)


def test_text_projector_is_exact_at_full_rank_and_tiny_ridge():
    texts, targets = unit(6, 12, seed=0), unit(6, 12, seed=1)
    fitted = fit_text_projector(texts, targets, ridge=1e-6, rank=12)
    assert torch.allclose(fitted(texts), targets, atol=1e-3)


def test_text_projector_of_low_rank_is_the_best_of_its_rank():
    texts, targets = unit(10, 12, seed=0), unit(10, 12, seed=1)
    full = fit_text_projector(texts, targets, ridge=0.1, rank=12)
    low = fit_text_projector(texts, targets, ridge=0.1, rank=3)
    assert low.read.shape == low.write.shape == (12, 3)
    left, values, right = np.linalg.svd((full.read @ full.write.T).double().numpy())
    np.testing.assert_allclose(low.read @ low.write.T, (left[:, :3] * values[:3]) @ right[:3], atol=1e-4)


def test_a_strong_ridge_leaves_texts_where_they_are():
    texts, targets = unit(6, 12, seed=0), unit(6, 12, seed=1)
    assert torch.allclose(fit_text_projector(texts, targets, ridge=1e6, rank=12)(texts), texts, atol=1e-4)


def test_equal_texts_go_to_the_middle_of_their_targets():
    texts, targets = unit(1, 12, seed=0).expand(2, -1), unit(2, 12, seed=1)
    fitted = fit_text_projector(texts, targets, ridge=1e-4, rank=12)
    assert torch.allclose(fitted(texts[0]), normalize(targets.mean(dim=0), dim=-1), atol=1e-3)


def test_closed_form_write_is_weighted_ridge_regression():
    generator = torch.Generator().manual_seed(0)
    coordinates, residuals = torch.randn(6, 4, generator=generator), torch.randn(6, 12, generator=generator)
    counts = torch.tensor([1.0, 5.0, 20.0, 3.0, 8.0, 8.0])
    write = closed_form_write(coordinates, residuals, counts, ridge=0.3)
    z, y, root = coordinates.double().numpy(), residuals.double().numpy(), np.sqrt(counts.double().numpy())[:, None]
    penalty = np.sqrt(45.0 * 1.3) * np.eye(4)
    solution = np.linalg.lstsq(np.vstack([root * z, penalty]), np.vstack([root * y, np.zeros((4, 12))]), rcond=None)[0]
    np.testing.assert_allclose(write, solution.T, atol=1e-4)


def test_closed_form_write_is_what_noisy_photos_would_give():
    """The mean of regressions on photos around the class means, whose unit variance the closed form stands for."""
    generator = torch.Generator().manual_seed(0)
    means, residuals = 2 * torch.randn(4, 3, generator=generator), torch.randn(4, 5, generator=generator)
    each = 20_000
    photos = means.repeat_interleave(each, dim=0) + torch.randn(4 * each, 3, generator=generator)
    gram = photos.T @ photos + 0.1 * len(photos) * torch.eye(3)
    expected = torch.linalg.solve(gram, photos.T @ residuals.repeat_interleave(each, dim=0)).T
    write = closed_form_write(means, residuals, torch.full((4,), float(each)), ridge=0.1)
    assert torch.allclose(write, expected, atol=0.02)


def planted(classes=4, width=10, each=50, seed=0):
    generator = torch.Generator().manual_seed(seed)
    mixing = torch.randn(width, width, generator=generator)
    made, rows = ClassGaussians(width, 0), []
    for _ in range(classes):
        rows.append(
            torch.randn(each, width, generator=generator) @ mixing + 3 * torch.randn(width, generator=generator)
        )
        made.add(made.add_class(), Moments.of(rows[-1]))
    return rows, made


def test_directions_read_unit_variance_and_keep_what_tells_classes_apart():
    rows, gaussians = planted()
    fitted = LinearDiscriminant.fit(gaussians, 1e-4)
    read = discriminant_directions(fitted, gaussians.means, 8)
    # Four means around their middle span three directions.
    assert read.shape == (10, 3)
    covariance = gaussians.covariance(1e-4)
    np.testing.assert_allclose(read.T @ covariance @ read, np.eye(3), atol=1e-3)
    # Distances between class means in units of the covariance survive in full.
    gap = (gaussians.means[0] - gaussians.means[1]).double()
    full = float(gap @ torch.linalg.solve(covariance.double(), gap))
    assert float((gap.float() @ read).square().sum()) == pytest.approx(full, rel=1e-3)
    assert len(rows) == 4


def test_directions_are_cut_to_the_rank_asked_for():
    _, gaussians = planted()
    fitted = LinearDiscriminant.fit(gaussians, 0.5)
    two, three = (discriminant_directions(fitted, gaussians.means, rank) for rank in (2, 3))
    assert two.shape == (10, 2)
    assert torch.allclose(two, three[:, :2])


def test_directions_of_a_single_class_are_finite():
    _, gaussians = planted(classes=1)
    read = discriminant_directions(LinearDiscriminant.fit(gaussians, 0.5), gaussians.means, 8)
    assert read.shape == (10, 1)
    assert torch.isfinite(read).all()


def test_projected_images_by_hand(project_images):
    first = ImageProjector(torch.tensor([1.0, 0.0]), torch.tensor([[1.0], [0.0]]), torch.tensor([[0.0], [2.0], [0.0]]))
    second = ImageProjector(torch.zeros(2), torch.tensor([[0.0], [1.0]]), torch.tensor([[0.0], [0.0], [1.0]]))
    joint, features = torch.tensor([1.0, 0.0, 0.0]), torch.tensor([2.0, 3.0])
    assert first.shift(features).tolist() == [0.0, 2.0, 0.0]
    assert second.shift(features).tolist() == [0.0, 0.0, 3.0]
    expected = torch.tensor([1.0, 2.0, 3.0]) / 14**0.5
    assert torch.allclose(project_images(joint, features, [first, second]), expected)
    assert torch.allclose(project_images(2 * joint, features, []), joint)


def test_projectors_that_write_nothing_move_nothing(project_images):
    texts = unit(5, 12, seed=0)
    assert torch.allclose(TextProjector(torch.randn(12, 3), torch.zeros(12, 3))(texts), texts)
    blank = ImageProjector(torch.randn(6), torch.randn(6, 2), torch.zeros(12, 2))
    assert torch.allclose(project_images(texts, torch.randn(5, 6), [blank]), texts)
