"""The gradient steps of an image projector."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
import torch
from torch.nn.functional import cosine_similarity, cross_entropy, normalize

from spa_desktop.spa.config import SpaConfig
from spa_desktop.spa.projectors import ProjectorBatch, train_write

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


def test_it_stops_when_told_and_keeps_what_it_learned(start):
    photos = batch([0, 1, 2, 3] * 10, seed=0)
    seen = []
    stopped = train_write(
        start, photos, lambda: None, texts(), CONFIG, on_step=lambda step: seen.append(step) or len(seen) < 3
    )
    assert len(seen) == 3
    assert not torch.equal(stopped, start)
    full = train_write(start, photos, lambda: None, texts(), CONFIG)
    assert float((stopped - start).norm()) < float((full - start).norm())


def test_pseudo_features_hold_old_classes(start):
    """Old classes that no photo shows are lost without pseudo-features, and kept with them."""
    photos, old = batch([2, 3] * 20, seed=0), batch([0, 1] * 20, seed=1)
    draws = []

    def pseudo():
        draws.append(1)
        return old

    with_them = train_write(start, photos, pseudo, texts(), CONFIG)
    without = train_write(start, photos, lambda: None, texts(), CONFIG)
    probe = batch([0, 1] * 20, seed=5)
    assert len(draws) == CONFIG.steps
    assert loss_of(with_them, probe) < loss_of(without, probe)


def test_the_pull_towards_the_start_balances_the_loss(start):
    """At the end of a long training, what the loss asks for leads straight away from the start: the pull denies it."""
    photos = batch([0, 1, 2, 3] * 3, seed=0)
    config = replace(CONFIG, steps=400, learning_rate=0.1)
    trained = train_write(start, photos, lambda: None, texts(), config).requires_grad_()
    logits = CONFIG.logit_scale * normalize(photos.joint + photos.coordinates @ trained.T, dim=-1) @ texts().T
    cross_entropy(logits, photos.labels).backward()
    asked, gone = -trained.grad, trained.detach() - start
    assert float(gone.norm()) > 0.05 * float(start.norm())
    assert float(cosine_similarity(asked.flatten(), gone.flatten(), dim=0)) > 0.98


@pytest.mark.parametrize("size", [1e-4, 1e-2, 1.0])
def test_steps_are_taken_in_units_of_the_start(start, size):
    """A closed-form start may be tiny; steps of a fixed length would throw it about."""
    photos = batch([0, 1, 2, 3] * 10, seed=0)
    small = ProjectorBatch(photos.joint, photos.coordinates / size, photos.labels)
    steps = []
    trained = train_write(
        size * start, small, lambda: None, texts(), CONFIG, on_step=lambda step: steps.append(step.loss) or True
    )
    assert torch.allclose(trained / size, train_write(start, photos, lambda: None, texts(), CONFIG), atol=1e-3)
    assert all(later < earlier + 1e-3 for earlier, later in pairwise(steps))


def test_one_class_has_nothing_to_learn(start):
    photos = batch([0, 0, 0], seed=0)
    steps = []
    same = train_write(
        start, photos, lambda: None, texts()[:1], CONFIG, on_step=lambda step: steps.append(step) or True
    )
    assert torch.equal(same, start)
    assert steps == []


def test_no_steps_leave_the_closed_form(start):
    photos = batch([0, 1, 2, 3], seed=0)
    assert torch.equal(train_write(start, photos, lambda: None, texts(), replace(CONFIG, steps=0)), start)
