from __future__ import annotations

import numpy as np
import pytest
import torch
from torch.nn.functional import normalize

from spa_desktop.spa.gaussians import ClassGaussians, Moments, SharedGaussian
from spa_desktop.spa.projectors import (
    ImageProjector,
    JoinedProjectors,
    TextProjector,
    class_directions,
    fit_text_projector,
    pointing_write,
)


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


def test_each_column_moves_towards_its_own_text_alone():
    texts = unit(6, 12, seed=0)
    write = pointing_write(texts, [1, 4], ridge=1e-6, gain=5.0)
    assert write.shape == (12, 2)
    np.testing.assert_allclose(texts @ write, 5 * np.eye(6)[:, [1, 4]], atol=1e-3)


def test_a_ridge_keeps_columns_short_where_texts_are_alike():
    texts = normalize(unit(1, 12, seed=0) + 0.01 * unit(3, 12, seed=1), dim=-1)
    wild, tame = (pointing_write(texts, [0], ridge=ridge, gain=1.0).norm() for ridge in (1e-5, 0.1))
    assert float(tame) < 1 < 10 < float(wild)


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


def test_directions_read_cosines_in_units_of_the_covariance():
    rows, gaussians = planted()
    fitted = SharedGaussian.fit(gaussians, 0.2)
    features = torch.cat(rows)
    read = class_directions(fitted, [1, 3], features)
    assert read.shape == (10, 2)
    white, means = (normalize(fitted.whiten(part), dim=-1) for part in (features, gaussians.means[[1, 3]]))
    root = np.linalg.cholesky(gaussians.covariance(0.2).double().numpy())
    lengths = np.linalg.norm(np.linalg.solve(root, (features - fitted.centre).double().numpy().T), axis=0)
    expected = (white @ means.T).double().numpy() * (lengths / np.sqrt((lengths**2).mean()))[:, None]
    np.testing.assert_allclose((features - fitted.centre) @ read, expected, atol=1e-3)


def test_directions_of_a_single_class_are_finite():
    rows, gaussians = planted(classes=1)
    read = class_directions(SharedGaussian.fit(gaussians, 0.5), [0], rows[0])
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


@pytest.mark.parametrize("ranks", [(), (0,), (3,), (2, 1, 4), (40, 40)], ids=str)
def test_joined_projectors_are_one_after_the_other(ranks):
    """However many they are: as narrow factors, or as one map where that is less."""
    generator = torch.Generator().manual_seed(0)
    projectors = [
        ImageProjector(
            torch.randn(10, generator=generator),
            torch.randn(10, rank, generator=generator),
            torch.randn(12, rank, generator=generator),
        )
        for rank in ranks
    ]
    features = torch.randn(3, 2, 10, generator=generator)
    expected = sum((projector.shift(features) for projector in projectors), torch.zeros(3, 2, 12))
    found = JoinedProjectors(projectors, torch.zeros(10, 12))(features)
    torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-4)


def test_joined_projectors_keep_whatever_is_less():
    """Of 10 by 12, two factors of rank 5 hold 110 numbers, of rank 6 more than the map itself."""
    for rank, kept in ((5, 2), (6, 1)):
        projector = ImageProjector(torch.zeros(10), torch.ones(10, rank), torch.ones(12, rank))
        assert len(JoinedProjectors([projector], torch.zeros(10, 12))._factors) == kept
