"""Two learned classes become one."""

from __future__ import annotations

import pytest
import torch
from spa_desktop.spa.merging import merge_classes

from spa_desktop.spa.learner import SpaLearner
from spa_desktop.spa.samples import ClassSamples
from spa_desktop.spa.state import from_bytes, to_bytes


def part(sample, rows, key):
    patches = next(sample.patches())[rows]
    return ClassSamples(key, sample.pooled[rows], lambda: iter([patches]), sample.text)


@pytest.fixture(scope="module")
def halves(world, config):
    """Class 0 learned as two classes by mistake, beside two others."""
    whole = world.samples(0, 20)
    task = [part(whole, slice(0, 7), "class 0"), part(whole, slice(7, 20), "double"), world.samples(1)]
    return SpaLearner(world.projection, config).learn(task).learn([world.samples(2)])


def test_the_sums_are_those_of_one_class_all_along(world, config, halves):
    merged = merge_classes(halves, "double", "class 0")
    once = SpaLearner(world.projection, config).learn([world.samples(0, 20), world.samples(1)])
    once = once.learn([world.samples(2)])
    assert merged.keys == once.keys == ["class 0", "class 1", "class 2"]
    for name in ("globals", "textures", "patches"):
        ours, theirs = getattr(merged.memory, name), getattr(once.memory, name)
        assert torch.equal(ours.counts, theirs.counts)
        assert torch.allclose(ours.means, theirs.means, atol=1e-3)
        assert torch.allclose(ours.scatter, theirs.scatter, atol=1e-3 * float(theirs.scatter.max()))
    assert torch.equal(merged.memory.selected.counts, once.memory.selected.counts)
    factor, expected = merged.memory.globals.factors[0], once.memory.globals.factors[0]
    assert torch.allclose(factor.square().sum(), expected.square().sum(), rtol=0.25)


def test_photos_of_both_are_recognised_as_the_one_that_stays(world, halves):
    merged = merge_classes(halves, "double", "class 0")
    photos = world.photos(0, 20, seed=9)
    right = (merged.scores(*photos).argmax(dim=1) == 0).float().mean()
    assert float(right) == 1.0
    others = world.photos(2, 20, seed=9)
    assert float((merged.scores(*others).argmax(dim=1) == 2).float().mean()) == 1.0


def test_the_class_that_stays_keeps_task_and_text_and_the_learner_given_is_as_it_was(halves):
    before = to_bytes(halves)
    merged = merge_classes(halves, "class 0", "class 2")
    assert merged.keys == ["double", "class 1", "class 2"]
    assert [known.task for known in merged.memory.classes] == [0, 0, 1]
    assert torch.equal(merged.memory.classes[2].text.phrases, halves.memory.classes[3].text.phrases)
    assert to_bytes(halves) == before


def test_a_merged_learner_is_stored_and_goes_on_to_learn(world, halves):
    merged = merge_classes(halves, "double", "class 0")
    photos = world.photos(1, 8, seed=3)
    again = from_bytes(to_bytes(merged), world.projection)
    assert torch.equal(again.scores(*photos), merged.scores(*photos))
    more = again.learn([world.samples(4)])
    assert more.keys[-1] == "class 4"
    assert float((more.scores(*world.photos(0, 20, seed=9)).argmax(dim=1) == 0).float().mean()) == 1.0


def test_what_cannot_be_merged(halves, world, config):
    with pytest.raises(ValueError, match="itself"):
        merge_classes(halves, "class 0", "class 0")
    for source, target in (("nobody", "class 0"), ("class 0", "nobody")):
        with pytest.raises(KeyError):
            merge_classes(halves, source, target)
    with pytest.raises(KeyError):
        merge_classes(SpaLearner(world.projection, config), "class 0", "class 1")
