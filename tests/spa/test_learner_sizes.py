"""Tasks of every size, classes of few photos, features of every kind."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch.nn.functional import normalize

from spa_desktop.spa.config import SpaConfig
from spa_desktop.spa.learner import SpaLearner, from_bytes, to_bytes
from spa_desktop.spa.memory import ClassSamples, ClassText


def right(learner, world, classes):
    hits = 0
    for index in classes:
        scores = learner.scores(*world.photos(index, 15, seed=77))
        hits += int((scores.argmax(dim=1) == learner.keys.index(f"class {index}")).sum())
    return hits / (15 * len(classes))


@pytest.mark.parametrize("signed", [False, True], ids=["non-negative", "signed"])
@pytest.mark.parametrize("views", [1, 2])
def test_every_kind_of_features(make_world, config, signed, views):
    world = make_world(signed=signed, views=views)
    learner = SpaLearner(world.projection, config).learn([world.samples(0), world.samples(1)])
    learner = learner.learn([world.samples(2), world.samples(3)])
    assert learner.memory.rectified is not signed
    assert right(learner, world, [0, 1, 2, 3]) > 0.9
    probe = world.photos(3, 5, seed=4)
    assert torch.equal(from_bytes(to_bytes(learner), world.projection).scores(*probe), learner.scores(*probe))


def test_one_view_can_be_scored_by_what_learned_from_two(world, config):
    learner = SpaLearner(world.projection, config).learn([world.samples(0), world.samples(1)])
    pooled, patches = world.photos(1, 9, seed=4)
    assert (learner.scores(pooled[:, :1], patches[:, :1]).argmax(dim=1) == 1).float().mean() > 0.8


@pytest.mark.parametrize("sizes", [[1, 1, 1], [1, 7], [4, 1, 3], [8]], ids=str)
def test_tasks_of_any_size(world, config, sizes):
    learner, start = SpaLearner(world.projection, config), 0
    for size in sizes:
        learner = learner.learn([world.samples(index) for index in range(start, start + size)])
        start += size
    assert right(learner, world, range(start)) > 0.85


def test_a_class_alone(world, config):
    learner = SpaLearner(world.projection, config).learn([world.samples(0)])
    scores = learner.scores(*world.photos(0, 3, seed=4))
    assert scores.softmax(dim=1).tolist() == [[1.0]] * 3
    assert right(learner.learn([world.samples(1)]), world, [0, 1]) > 0.9


def test_a_class_with_one_photo(world, config):
    learner = SpaLearner(world.projection, config).learn([world.samples(0), world.samples(1, 1), world.samples(2)])
    assert right(learner, world, [0, 1, 2]) > 0.85


def test_two_classes_with_one_photo_each_at_the_very_start(world, config):
    learner = SpaLearner(world.projection, config).learn([world.samples(0, 1), world.samples(1, 1)])
    assert right(learner, world, [0, 1]) > 0.85
    # And on from there.
    learner = learner.learn([world.samples(2, 1)]).learn([world.samples(3, 5)]).top_up(world.samples(0, 9, seed=1))
    assert right(learner, world, [0, 1, 2, 3]) > 0.7


@pytest.mark.parametrize("views", [1, 2])
@pytest.mark.parametrize("counts", [(2,), (2, 2), (1, 2), (2, 3), (3, 12)], ids=str)
def test_few_photos_never_break_the_sums(make_world, config, counts, views):
    world = make_world(views=views)
    task = [world.samples(index, count) for index, count in enumerate(counts)]
    learner = SpaLearner(world.projection, config).learn(task)
    assert torch.isfinite(learner.scores(*world.photos(0, 4, seed=4))).all()
    assert torch.isfinite(learner.memory.weights).all()


def alike(key, *, photos, jitter, views, seed):
    """A class whose photos, and whose patches, are all but the same."""
    generator = torch.Generator().manual_seed(seed)
    look, patch = torch.rand(300, generator=generator), torch.randn(64, generator=generator)
    pooled = (look + jitter * torch.randn(photos, views, 300, generator=generator)).clamp_min(0)
    patches = normalize(patch + jitter * torch.randn(photos, views, 9, 64, generator=generator), dim=-1)
    text = ClassText.from_name(normalize(patch, dim=0))
    return ClassSamples(key, pooled, lambda: iter([patches]), text), (pooled, patches)


@pytest.mark.parametrize("jitter", [0.0, 1e-6, 1e-2, 0.3])
@pytest.mark.parametrize("views", [1, 2])
def test_photos_that_are_all_alike(config, views, jitter):
    """Nothing varies, or less than half precision shows: what is held out must still be what was added."""
    projection = torch.randn(300, 64, generator=torch.Generator().manual_seed(0))
    for photos in (2, 3, 12):
        first, probe = alike("first", photos=photos, jitter=jitter, views=views, seed=1)
        second, _ = alike("second", photos=4, jitter=0.1, views=views, seed=2)
        for task in ([first], [first, second]):
            scores = SpaLearner(projection, config).learn(task).scores(*probe)
            assert torch.isfinite(scores).all()
            assert bool((scores.argmax(dim=1) == 0).all())


def test_classes_that_look_the_same(world, config):
    """Two names for one thing: neither can be told, and nothing breaks."""
    sample = world.samples(0)
    twin = ClassSamples("twin", sample.pooled, sample.patches, sample.text)
    learner = SpaLearner(world.projection, config).learn([sample, twin, world.samples(1)])
    scores = learner.scores(*world.photos(0, 9, seed=4))
    assert torch.allclose(scores[:, 0], scores[:, 1], atol=0.5)
    other = learner.scores(*world.photos(1, 9, seed=4))
    assert bool((other.argmax(dim=1) == 2).all())


def test_the_methods_own_settings(world):
    """More patches, tokens and rank than this small world has room for."""
    learner = SpaLearner(world.projection, SpaConfig()).learn([world.samples(0), world.samples(1)])
    assert right(learner.learn([world.samples(2)]), world, [0, 1, 2]) > 0.9


def test_shrinkage_of_the_score_leaves_projectors_alone(world, config):
    def learned(**settings):
        first = SpaLearner(world.projection, replace(config, **settings)).learn([world.samples(0), world.samples(1)])
        return first.learn([world.samples(2)])

    plain, score, projectors = learned(), learned(global_shrinkage=0.7), learned(projector_shrinkage=0.9)
    probe = world.photos(1, 5, seed=4)
    for other, is_same in ((score, True), (projectors, False)):
        for one, two in zip(plain.memory.image_projectors, other.memory.image_projectors, strict=True):
            assert torch.equal(one.write, two.write) == torch.equal(one.read, two.read) == is_same
    assert not torch.equal(plain.scores(*probe), score.scores(*probe))
