"""Projectors by their formulas, and the gradient steps of an image projector."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch.nn.functional import cross_entropy, normalize

from spa_desktop.spa.config import SpaConfig
from spa_desktop.spa.projectors import ImageProjector, JoinedProjectors, ProjectorBatch, fit_text_projector, train_write


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


def test_text_projector_of_low_rank_is_the_best_of_its_rank():
    texts, targets = unit(10, 12, seed=0), unit(10, 12, seed=1)
    full = fit_text_projector(texts, targets, ridge=0.1, rank=12)
    low = fit_text_projector(texts, targets, ridge=0.1, rank=3)
    assert low.read.shape == low.write.shape == (12, 3)
    left, values, right = np.linalg.svd((full.read @ full.write.T).double().numpy())
    np.testing.assert_allclose(low.read @ low.write.T, (left[:, :3] * values[:3]) @ right[:3], atol=1e-4)


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
    expected = sum((one.coordinates(features) @ one.write.T for one in projectors), torch.zeros(3, 2, 12))
    found = JoinedProjectors(projectors, torch.zeros(10, 12))(features)
    torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-4)


CONFIG = SpaConfig(steps=40, learning_rate=0.01)


def batch(labels, *, seed, classes=4, noise=0.6):
    """Joint features that say little of the class, coordinates that say much."""
    generator = torch.Generator().manual_seed(seed)
    labels = torch.tensor(labels)
    centres = 2 * torch.eye(classes)
    joint = normalize(torch.randn(len(labels), 12, generator=generator), dim=-1)
    coordinates = centres[labels] + noise * torch.randn(len(labels), classes, generator=generator)
    return ProjectorBatch(joint, coordinates, labels)


def texts(classes=4):
    return normalize(torch.randn(classes, 12, generator=torch.Generator().manual_seed(9)), dim=-1)


def loss_of(write, photos, goals=None):
    goals = texts() if goals is None else goals
    logits = CONFIG.logit_scale * normalize(photos.joint + photos.coordinates @ write.T, dim=-1) @ goals.T
    return float(cross_entropy(logits, photos.labels))


@pytest.fixture
def start():
    return 0.1 * torch.randn(12, 4, generator=torch.Generator().manual_seed(2))


def test_training_lowers_the_loss_on_seen_and_unseen_photos(start):
    photos, unseen = batch([0, 1, 2, 3] * 10, seed=0), batch([0, 1, 2, 3] * 10, seed=1)
    kept = start.clone()
    steps = []
    trained = train_write(start, photos, lambda: None, texts(), CONFIG, on_step=lambda step: steps.append(step) or True)
    assert loss_of(trained, photos) < 0.9 * loss_of(start, photos)
    assert loss_of(trained, unseen) < loss_of(start, unseen)
    assert torch.equal(start, kept)
    assert not trained.requires_grad
    assert [step.step for step in steps] == list(range(1, 41))
    assert {step.steps for step in steps} == {40}
    # Each step tells the loss before it: the first one that of the start.
    assert steps[0].loss == pytest.approx(loss_of(start, photos), rel=1e-5)
    assert steps[-1].loss < steps[0].loss
    assert steps[-1].accuracy >= steps[0].accuracy


def test_a_weight_counts_as_so_many_copies(start):
    photos, once = batch([0, 1] * 6, seed=0), batch([2, 3] * 2, seed=1)
    thrice = ProjectorBatch(*(torch.cat([part] * 3) for part in (once.joint, once.coordinates, once.labels)))
    heavy = replace(once, weight=3.0)
    trained = [
        train_write(start, photos, lambda drawn=drawn: drawn, texts(), CONFIG) for drawn in (thrice, heavy, once)
    ]
    assert torch.allclose(trained[0], trained[1], atol=1e-3)
    assert not torch.allclose(trained[0], trained[2], atol=1e-3)
