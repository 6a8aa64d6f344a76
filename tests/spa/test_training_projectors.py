"""A task's pair of projectors: closed-form start, pseudo-features of old classes, gradient steps."""

from dataclasses import replace

import pytest
import torch
from torch.nn.functional import cross_entropy, normalize

from spa_desktop.spa import training
from spa_desktop.spa.gaussians import Moments, SharedGaussian
from spa_desktop.spa.memory import ClassMemory, KeptPhotos, Memory
from spa_desktop.spa.training import PseudoFeatures, Training


def learn_projectors(memory, kept, old, projection, config, *, seed, on_step=None):
    """Append the pair of the newest task, to which all photos that are kept belong."""
    gaussian = SharedGaussian.fit(memory.globals, config.projector_shrinkage)
    mine = kept.labels.unique().tolist()
    Training(memory, projection, config)._project(mine, kept, gaussian, old, seed=seed, on_step=on_step)


def none_of(old):
    return PseudoFeatures(old.features[:0], old.labels[:0], 0)


def drawn_old(memory, world, config, labels, seed):
    root = memory.globals.root(config.projector_shrinkage)
    return Training(memory, world.projection, config)._draw_old(labels, root, seed)


def ready(world, config, classes, memory=None):
    """A memory in which everything but the projectors of the newest task is learned, and what is kept of it."""
    memory = memory or Memory.empty(24, 12, config, rectified=True, texture_width=6)
    number = len(memory.text_projectors)
    labels, samples = [], [world.samples(index) for index in classes]
    for index, sample in zip(classes, samples, strict=True):
        features = memory.global_features(sample.pooled).flatten(0, 1)
        place = memory.globals.add_class()
        memory.globals.add(place, Moments.of(features))
        memory.globals.set_factor(place, features)
        memory.classes.append(ClassMemory(sample.key, number, sample.text, world.parts[index]))
        labels.append(place)
    kept = KeptPhotos.gather(samples, labels, lambda patches, label, rows: patches, limit=12, folds=3, seed=0)
    return memory, kept, drawn_old(memory, world, config, labels, 0)


def after_a_task(world, config, classes):
    """What `ready` gives, of classes that come after a task of three."""
    memory, kept, old = ready(world, config, [0, 1, 2])
    learn_projectors(memory, kept, old, world.projection, config, seed=0)
    return ready(world, config, classes, memory)


def accuracy(world, memory, classes, projected, project_images):
    right = 0
    for place, index in enumerate(classes):
        pooled, _ = world.photos(index, 20, seed=7)
        joint = normalize(pooled[..., :24] @ world.projection, dim=-1)
        projectors = memory.image_projectors if projected else []
        moved = project_images(joint, memory.global_features(pooled), projectors)
        right += int(((moved @ memory.texts(projected=projected).T).mean(dim=1).argmax(dim=-1) == place).sum())
    return right / (20 * len(classes))


@pytest.fixture(scope="module")
def learned(world, config):
    """A memory after two tasks."""
    memory, kept, old = after_a_task(world, config, [3, 4])
    learn_projectors(memory, kept, old, world.projection, config, seed=0)
    return memory


def test_projectors_bring_photos_and_texts_together(world, learned, project_images):
    before, after = (accuracy(world, learned, [0, 1, 2, 3, 4], moved, project_images) for moved in (False, True))
    assert after >= before
    assert after > 0.9


def test_texts_are_moved_by_the_projector_of_their_own_task(learned):
    moved = learned.texts(projected=True)
    for place, known in enumerate(learned.classes):
        own, other = (learned.text_projectors[task](known.text.description) for task in (known.task, 1 - known.task))
        assert torch.allclose(moved[place], own)
        assert not torch.allclose(moved[place], other, atol=1e-3)


def test_a_new_projector_is_trained_on_top_of_the_earlier_ones(world, config, project_images):
    """The first loss told is that of all projectors together, the new one at its closed-form start."""
    memory, kept, old = after_a_task(world, config, [3, 4])
    none = none_of(old)
    started, told = memory.copy(), []
    learn_projectors(started, kept, none, world.projection, replace(config, steps=0), seed=0)
    learn_projectors(
        memory, kept, none, world.projection, config, seed=0, on_step=lambda step: told.append(step.loss) or True
    )
    joint, features = normalize(kept.pooled[..., :24] @ world.projection, dim=-1), memory.global_features(kept.pooled)
    labels = kept.labels.repeat_interleave(2)

    def loss(projectors):
        moved = project_images(joint, features, projectors).flatten(0, 1)
        return float(cross_entropy(config.logit_scale * moved @ started.texts(projected=True).T, labels))

    assert told[0] == pytest.approx(loss(started.image_projectors), rel=1e-4)
    assert told[0] != pytest.approx(loss(started.image_projectors[1:]), rel=1e-2)


def drawn(world, config, classes, mine, *, seed=0):
    memory, _, _ = ready(world, config, classes)
    return memory, drawn_old(memory, world, config, mine, seed)


def test_each_old_class_draws_its_share_around_its_mean(world, config):
    memory, old = drawn(world, replace(config, pseudo_features=200), [0, 1, 2], [1])
    # Four steps' worth, each step taking another part.
    assert old.classes == 2
    assert torch.bincount(old.labels, minlength=3).tolist() == [800, 0, 800]
    for index in (0, 2):
        mean = old.features[old.labels == index].mean(dim=0)
        nearest = (memory.globals.means - mean).norm(dim=1).argmin()
        assert int(nearest) == index
        assert torch.allclose(mean, memory.globals.means[index], atol=0.02)


def test_draws_are_bounded_in_all_but_for_those_of_one_step(world, config, monkeypatch):
    monkeypatch.setattr(training, "_MOST_DRAWN", 40)
    _, old = drawn(world, config, [0, 1, 2], [2])
    # 40 among two old classes, where four steps of 8 would be 64.
    assert torch.bincount(old.labels).tolist() == [20, 20]
    monkeypatch.setattr(training, "_MOST_DRAWN", 4)
    _, old = drawn(world, config, [0, 1, 2], [2])
    assert torch.bincount(old.labels).tolist() == [8, 8]
