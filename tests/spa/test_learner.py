"""Tasks of every size, one after the other: what is learned, kept, told and cancelled."""

from dataclasses import replace
from functools import cache

import pytest
import torch
from torch.nn.functional import normalize

from spa_desktop.jobs import Cancelled, Stage
from spa_desktop.spa.learner import SpaLearner, from_bytes, to_bytes
from spa_desktop.spa.memory import ClassSamples, ClassText


def tensors(learner):
    """All tensors of the projectors, task by task."""
    memory = learner.memory
    return [
        (image.centre, image.read, image.write, text.read, text.write)
        for image, text in zip(memory.image_projectors, memory.text_projectors, strict=True)
    ]


@pytest.fixture(scope="module")
def stages(world, config):
    """Learners after each of three tasks, of three, one and two classes."""
    learner, made = SpaLearner(world.projection, config), []
    for task in ([0, 1, 2], [3], [4, 5]):
        learner = learner.learn([world.samples(index) for index in task], seed=3)
        made.append(learner)
    return made


def test_three_tasks_are_learned_and_kept(world, stages):
    seen = [[0, 1, 2], [0, 1, 2, 3], [0, 1, 2, 3, 4, 5]]
    for learner, classes in zip(stages, seen, strict=True):
        assert learner.keys == [f"class {index}" for index in classes]
        assert world.accuracy(learner, classes) > 0.93
    assert world.accuracy(stages[2], [0, 1, 2]) > 0.93


def test_projectors_of_earlier_tasks_are_frozen_bit_for_bit(stages):
    first, second, third = (tensors(learner) for learner in stages)
    assert (len(first), len(second), len(third)) == (1, 2, 3)
    for earlier, later in ((first, second), (first, third), (second, third)):
        for before, after in zip(earlier, later[: len(earlier)], strict=True):
            assert all(torch.equal(a, b) for a, b in zip(before, after, strict=True))


def test_what_is_known_of_old_classes_stays(stages):
    for index in range(3):
        before, after = stages[0].memory, stages[2].memory
        assert torch.equal(before.classes[index].grounded, after.classes[index].grounded)
        for name in ("globals", "patches", "selected"):
            assert torch.equal(getattr(before, name).means[index], getattr(after, name).means[index])


def test_the_same_seed_gives_the_same_learner_and_another_seed_does_not(world, config):
    def learned(seed):
        first = SpaLearner(world.projection, config).learn([world.samples(0), world.samples(1)], seed=seed)
        return first.learn([world.samples(2), world.samples(3)], seed=seed)

    first, again, other = learned(5), learned(5), learned(6)
    probe = world.photos(2, 9, seed=4)
    assert torch.equal(first.scores(*probe), again.scores(*probe))
    assert to_bytes(first) == to_bytes(again)
    assert to_bytes(first) != to_bytes(other)


def test_learning_leaves_the_old_learner_as_it_was(world, stages):
    learner, probe = stages[0], world.photos(2, 9, seed=4)
    before, scores = to_bytes(learner), learner.scores(*probe)
    learner.learn([world.samples(6)], seed=9)
    learner.top_up(world.samples(1, seed=8))
    learner.forget("class 1")
    assert to_bytes(learner) == before
    assert torch.equal(learner.scores(*probe), scores)


@pytest.mark.parametrize("stage", [Stage.MEASURE, Stage.ALIGN, Stage.PROJECT])
def test_cancelling_leaves_the_old_learner_as_it_was(world, stages, stage):
    def cancel(now, step):
        if now is stage:
            raise Cancelled
        return True

    before = to_bytes(stages[0])
    with pytest.raises(Cancelled):
        stages[0].learn([world.samples(6), world.samples(7)], progress=cancel)
    assert to_bytes(stages[0]) == before


def test_stopping_early_keeps_what_was_learned(world, stages):
    steps = []
    stopped = stages[0].learn(
        [world.samples(6), world.samples(7)],
        progress=lambda stage, step: step is None or step.loss is None or bool(steps.append(step)) or len(steps) < 2,
    )
    assert len(steps) == 2
    assert world.accuracy(stopped, [0, 1, 2, 6, 7]) > 0.9


@pytest.fixture(scope="module")
def switched(world, config):
    """Learns with settings: two classes, and then a third."""

    @cache
    def learned(settings=config):
        learner = SpaLearner(world.projection, settings).learn([world.samples(0), world.samples(1)], seed=1)
        return learner.learn([world.samples(2)], seed=1)

    return learned


@pytest.mark.parametrize("switch", ["descriptions", "selection", "transport", "projectors", "pseudo_features"])
def test_each_part_can_be_switched_off_and_matters(world, config, switched, switch):
    probe = world.photos(1, 9, seed=4)
    without, whole = switched(replace(config, **{f"use_{switch}": False})), switched()
    assert torch.isfinite(without.scores(*probe)).all()
    assert not torch.allclose(without.scores(*probe), whole.scores(*probe), atol=1e-5)
    assert world.accuracy(without, [0, 1, 2]) > 0.8


def test_without_descriptions_their_content_is_never_read(world, config):
    settings = replace(config, use_descriptions=False)

    def learned(turned):
        task = []
        for index in range(2):
            sample = world.samples(index)
            text = sample.text
            other = normalize(torch.randn(4, 12, generator=torch.Generator().manual_seed(index)), dim=-1)
            text = replace(text, description=other[0], phrases=other[1:]) if turned else text
            task.append(replace(sample, text=text))
        return SpaLearner(world.projection, settings).learn(task)

    assert to_bytes(learned(False)) == to_bytes(learned(True))


def test_a_class_of_many_photos_is_read_in_chunks(world, config):
    """2,000 photos, of which no two chunks need ever be in memory together."""
    pooled, patches = world.photos(0, 2000)
    alive = []

    def chunks():
        for part in patches.split(100):
            copy = part.clone()
            alive.append(copy.untyped_storage()._weak_ref())
            yield copy
            del copy, part
            held = sum(not torch.UntypedStorage._expired(ref) for ref in alive)
            assert held <= 2, f"{held} chunks are kept"

    sample = ClassSamples("class 0", pooled, chunks, world.text(0))
    learner = SpaLearner(world.projection, config).learn([sample, world.samples(1)])
    assert len(alive) >= 20
    assert learner.memory.globals.counts.tolist() == [4000.0, 24.0]
    assert learner.memory.patches.counts.tolist() == [36000.0, 216.0]
    assert learner.memory.selected.counts.tolist() == [16000.0, 96.0]
    assert world.accuracy(learner, [0, 1]) > 0.9


def test_zero_shot_is_the_cosine_of_the_photo_as_it_is_with_the_names(stages, world):
    """What the other views show, and the texture, takes no part in it."""
    learner, pooled = stages[-1], world.photos(1, 5, seed=3)[0]
    names = torch.stack([world.text(index).name for index in range(6)]).half().float()
    photo = normalize(pooled[:, 0, :24] @ world.projection, dim=-1)
    torch.testing.assert_close(learner.name_cosines(pooled), photo @ names.T, rtol=1e-4, atol=1e-5)
    other = pooled.clone()
    other[:, 1:], other[..., 24:] = 7.0, -1.0
    assert torch.equal(learner.name_cosines(other), learner.name_cosines(pooled))
    with pytest.raises(ValueError, match="nothing was learned yet"):
        SpaLearner(world.projection).name_cosines(pooled)


@pytest.mark.parametrize("signed", [False, True], ids=["non-negative", "signed"])
@pytest.mark.parametrize("views", [1, 2])
def test_every_kind_of_features(make_world, config, signed, views):
    world = make_world(signed=signed, views=views)
    learner = SpaLearner(world.projection, config).learn([world.samples(0), world.samples(1)])
    learner = learner.learn([world.samples(2), world.samples(3)])
    assert learner.memory.rectified is not signed
    assert world.accuracy(learner, [0, 1, 2, 3]) > 0.9
    probe = world.photos(3, 5, seed=4)
    assert torch.equal(from_bytes(to_bytes(learner), world.projection).scores(*probe), learner.scores(*probe))


def test_a_class_alone(world, config):
    learner = SpaLearner(world.projection, config).learn([world.samples(0)])
    scores = learner.scores(*world.photos(0, 3, seed=4))
    assert scores.softmax(dim=1).tolist() == [[1.0]] * 3
    assert world.accuracy(learner.learn([world.samples(1)]), [0, 1]) > 0.9


def test_two_classes_with_one_photo_each_at_the_very_start(world, config):
    learner = SpaLearner(world.projection, config).learn([world.samples(0, 1), world.samples(1, 1)])
    assert world.accuracy(learner, [0, 1]) > 0.85
    # And on from there.
    learner = learner.learn([world.samples(2, 1)]).learn([world.samples(3, 5)]).top_up(world.samples(0, 9, seed=1))
    assert world.accuracy(learner, [0, 1, 2, 3]) > 0.7


@pytest.mark.parametrize(
    ("counts", "views"), [((2,), 1), ((2,), 2), ((2, 2), 1), ((1, 2), 2), ((2, 3), 1), ((3, 12), 2)], ids=str
)
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


@pytest.mark.parametrize(("jitter", "views"), [(0.0, 1), (0.0, 2), (1e-6, 2), (0.3, 2)])
def test_photos_that_are_all_alike(config, views, jitter):
    """Nothing varies, or less than half precision shows: what is held out must still be what was added."""
    projection = torch.randn(300, 64, generator=torch.Generator().manual_seed(0))
    for photos in (2, 3):
        first, probe = alike("first", photos=photos, jitter=jitter, views=views, seed=1)
        second, _ = alike("second", photos=4, jitter=0.1, views=views, seed=2)
        for task in ([first], [first, second]):
            scores = SpaLearner(projection, config).learn(task).scores(*probe)
            assert torch.isfinite(scores).all()
            assert bool((scores.argmax(dim=1) == 0).all())
