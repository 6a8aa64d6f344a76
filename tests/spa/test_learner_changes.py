"""Classes that get more photos, are forgotten, or become one; and what is refused."""

import pytest
import torch

from spa_desktop.spa.learner import SpaLearner, from_bytes, to_bytes
from spa_desktop.spa.memory import ClassSamples


@pytest.fixture(scope="module")
def learner(world, config):
    first = SpaLearner(world.projection, config).learn([world.samples(0), world.samples(1, 4), world.samples(2)])
    return first.learn([world.samples(3)])


def part(sample, rows):
    patches = next(sample.patches())[rows]
    return ClassSamples(sample.key, sample.pooled[rows], lambda: iter([patches]), sample.text)


def same_sums(found, expected, *names, tolerance=1e-3):
    for ours, theirs in ((getattr(made.memory, name) for made in (found, expected)) for name in names):
        assert torch.equal(ours.counts, theirs.counts)
        assert torch.allclose(ours.means, theirs.means, atol=tolerance)
        assert torch.allclose(ours.scatter, theirs.scatter, atol=tolerance * float(theirs.scatter.max()))


def test_topping_up_gives_the_sums_of_all_photos_at_once(world, config):
    whole, other = world.samples(0, 20), world.samples(1)
    once = SpaLearner(world.projection, config).learn([whole, other])
    topped = SpaLearner(world.projection, config).learn([part(whole, slice(0, 5)), other])
    topped = topped.top_up(part(whole, slice(5, 14))).top_up(part(whole, slice(14, 20)))
    same_sums(topped, once, "globals", "textures", "patches")
    assert topped.memory.selected.counts.tolist() == once.memory.selected.counts.tolist()


def test_taking_photos_out_gives_the_sums_of_the_others(world, config):
    whole, other = world.samples(0, 20), world.samples(1)
    right = SpaLearner(world.projection, config).learn([part(whole, slice(0, 14)), other])
    wrong = right.top_up(part(whole, slice(14, 20)))
    taken = wrong.take_out(part(whole, slice(14, 20)))
    same_sums(taken, right, "globals", "textures", "patches", "selected", tolerance=5e-3)
    probe = world.photos(0, 20, seed=4)
    assert torch.allclose(right.scores(*probe), taken.scores(*probe), atol=0.5)


def test_the_only_photo_with_some_features_can_be_taken_out_and_what_is_left_be_saved(world, config):
    """Of the variance of such features rounding is all that is left."""
    tasks = [world.samples(index, 5) for index in range(4)]
    for place, sample in enumerate(tasks):
        sample.pooled[:, :, :10] = 0
        if place == 0:
            sample.pooled[0, :, :10] = torch.linspace(0.1, 2, 10)
    taken = SpaLearner(world.projection, config).learn(tasks).take_out(part(tasks[0], slice(0, 1)))
    again = from_bytes(to_bytes(taken), world.projection)
    probe = world.photos(0, 9, seed=4)
    assert torch.equal(again.scores(*probe), taken.scores(*probe))


def test_photos_are_taken_out_of_what_forgetting_left(make_world, config):
    """With classes that an earlier version forgot went a part of the scatter, and of what the photos had brought."""
    world = make_world(seed=1, noise=1.0)
    learned = SpaLearner(world.projection, config).learn([world.samples(index) for index in range(8)])
    for index in (1, 2, 4, 5):
        learned = learned.forget(f"class {index}")
    for gaussians in learned.memory.gaussians:
        gaussians.scatter *= 1 - gaussians.prior / gaussians.freedom
        gaussians.prior *= 0
    taken = learned
    for index in (0, 3):
        taken = taken.take_out(part(world.samples(index), slice(0, 6)))
    assert world.accuracy(taken, (0, 3, 6, 7), 40, 99) > world.accuracy(learned, (0, 3, 6, 7), 40, 99) - 0.1
    for gaussians in taken.memory.gaussians:
        values = torch.linalg.eigvalsh(gaussians.scatter)
        assert values[0] > -0.05 * values.mean()


def test_what_cannot_be_taken_out(world, learner):
    with pytest.raises(ValueError, match="all of its features"):
        learner.take_out(world.samples(0, 30))
    with pytest.raises(KeyError):
        learner.take_out(world.samples(5))


def test_forgetting_removes_one_class_and_keeps_the_judgement_of_the_others(learner, world):
    forgetful = learner.forget("class 1")
    assert forgetful.keys == ["class 0", "class 2", "class 3"]
    for place, index in enumerate((0, 2, 3)):
        probe = world.photos(index, 9, seed=4)
        assert (forgetful.scores(*probe).argmax(dim=1) == place).float().mean() > 0.9
    memory = learner.memory
    for name in ("globals", "patches", "selected"):
        before, after = getattr(memory, name), getattr(forgetful.memory, name)
        assert torch.allclose(before.covariance(0.5), after.covariance(0.5), rtol=1e-4, atol=1e-8)
        assert torch.equal(before.means[[0, 2, 3]], after.means)
    again = forgetful.learn([world.samples(1)])
    assert again.keys == ["class 0", "class 2", "class 3", "class 1"]
    assert (again.scores(*world.photos(1, 9, seed=4)).argmax(dim=1) == 3).float().mean() > 0.9


def test_forgetting_a_whole_task_and_everything(learner, world):
    forgetful = learner.forget("class 3")
    assert torch.isfinite(forgetful.scores(*world.photos(0, 3))).all()
    for key in list(forgetful.keys):
        forgetful = forgetful.forget(key)
    assert forgetful.keys == []
    with pytest.raises(ValueError, match="nothing was learned"):
        forgetful.scores(*world.photos(0, 1))
    anew = from_bytes(to_bytes(forgetful), world.projection).learn([world.samples(4), world.samples(5)])
    assert (anew.scores(*world.photos(5, 9, seed=4)).argmax(dim=1) == 1).float().mean() > 0.9


def test_what_cannot_be_learned_is_refused(learner, world, config):
    nobody = ClassSamples("nobody", torch.zeros(0, 2, 24), lambda: iter([]), world.text(5))
    with pytest.raises(ValueError, match="at least one class"):
        learner.learn([])
    with pytest.raises(ValueError, match="at least one photo"):
        learner.learn([world.samples(5), nobody])
    with pytest.raises(ValueError, match="class 1"):
        learner.learn([world.samples(5), world.samples(1)])
    with pytest.raises(ValueError, match="class 5"):
        learner.learn([world.samples(5), world.samples(5)])
    with pytest.raises(ValueError, match="itself"):
        learner.merge("class 0", "class 0")
    with pytest.raises(ValueError, match="nothing was learned"):
        SpaLearner(world.projection, config).scores(*world.photos(0, 1))
    with pytest.raises(ValueError, match="no photo"):
        learner.top_up(ClassSamples("class 1", nobody.pooled, nobody.patches, nobody.text))


@pytest.mark.parametrize(
    "act",
    [
        lambda one, world: one.top_up(world.samples(6)),
        lambda one, world: one.forget("class 6"),
        lambda one, world: one.merge("class 6", "class 0"),
    ],
)
def test_unknown_classes_are_named(learner, world, config, act):
    for one in (learner, SpaLearner(world.projection, config)):
        with pytest.raises(KeyError, match="class 6"):
            act(one, world)
    with pytest.raises(KeyError, match="class 6"):
        learner.merge("class 0", "class 6")


@pytest.fixture(scope="module")
def halves(world, config):
    """Class 0 learned as two classes by mistake, beside two others."""
    whole = world.samples(0, 20)
    double = part(whole, slice(7, 20))
    double = ClassSamples("double", double.pooled, double.patches, double.text)
    task = [part(whole, slice(0, 7)), double, world.samples(1)]
    return SpaLearner(world.projection, config).learn(task).learn([world.samples(2)])


def test_the_sums_of_merged_classes_are_those_of_one_class_all_along(world, config, halves):
    merged = halves.merge("double", "class 0")
    once = SpaLearner(world.projection, config).learn([world.samples(0, 20), world.samples(1)])
    once = once.learn([world.samples(2)])
    assert merged.keys == once.keys == ["class 0", "class 1", "class 2"]
    same_sums(merged, once, "globals", "textures", "patches")
    assert torch.equal(merged.memory.selected.counts, once.memory.selected.counts)
    factor, expected = merged.memory.globals.factors[0], once.memory.globals.factors[0]
    assert torch.allclose(factor.square().sum(), expected.square().sum(), rtol=0.25)


def test_the_class_that_stays_keeps_task_and_text_and_the_learner_given_is_as_it_was(halves):
    before = to_bytes(halves)
    merged = halves.merge("class 0", "class 2")
    assert merged.keys == ["double", "class 1", "class 2"]
    assert [known.task for known in merged.memory.classes] == [0, 0, 1]
    assert torch.equal(merged.memory.classes[2].text.phrases, halves.memory.classes[3].text.phrases)
    assert to_bytes(halves) == before


def test_other_keys_for_the_same_classes(learner, world):
    before = to_bytes(learner)
    named = learner.with_keys(["a", "b", "c", "d"])
    assert named.keys == ["a", "b", "c", "d"]
    probe = world.photos(2, 5, seed=4)
    assert torch.equal(named.scores(*probe), learner.scores(*probe))
    assert to_bytes(learner) == before
    for keys in (["a", "b", "c"], ["a", "b", "c", "d", "e"], ["a", "b", "c", "a"]):
        with pytest.raises(ValueError, match="key of its own"):
            learner.with_keys(keys)
    with pytest.raises(ValueError, match="key of its own"):
        SpaLearner(world.projection, learner.config).with_keys([])
