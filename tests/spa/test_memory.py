from __future__ import annotations

import pytest
import torch

from spa_desktop.spa.learner import SpaLearner, to_bytes


@pytest.fixture
def learner(world, config):
    return SpaLearner(world.projection, config).learn([world.samples(0), world.samples(1)])


def test_freezing_what_was_learned_changes_nothing_more(learner):
    before = to_bytes(learner)
    learner.memory.freeze()
    assert to_bytes(learner) == before


def test_a_copy_can_be_learned_on(learner, world):
    before = to_bytes(learner)
    twin = learner.memory.copy()
    twin.globals.add_class()
    twin.selected.scatter.zero_()
    twin.classes.pop()
    twin.image_projectors.clear()
    twin.text_projectors.clear()
    assert to_bytes(learner) == before


def test_a_class_is_found_by_its_key(learner):
    assert learner.memory.index("class 1") == 1
    with pytest.raises(KeyError, match="nobody"):
        learner.memory.index("nobody")


def test_tokens_are_grounded_with_a_share_of_the_projected_phrase(learner):
    memory = learner.memory
    known = memory.classes[0]
    assert torch.equal(memory.tokens(0, projected=False), known.grounded)
    moved = memory.text_projectors[0](known.text.phrases) * known.grounded.norm(dim=-1, keepdim=True)
    step, towards = memory.tokens(0, projected=True) - known.grounded, moved - known.grounded
    # On the way from where the photos put it to where the text does, and nearer to the photos.
    share = (step * towards).sum(dim=-1) / towards.square().sum(dim=-1)
    assert torch.allclose(step, share[:, None] * towards, atol=1e-5)
    assert bool((share >= 0).all())
    assert bool((share < 0.5).all())
