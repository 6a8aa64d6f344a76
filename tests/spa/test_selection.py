from __future__ import annotations

import math
from dataclasses import replace

import pytest
import torch
from spa_desktop.spa.selecting import PatchSelector
from spa_desktop.spa.selection import decisiveness, margins, relevance, select, standard_score, take
from spa_desktop.spa.statistics import Moments

from spa_desktop.spa.memory import ClassMemory, Memory


def test_margins_by_hand():
    scores = torch.tensor([[1.0, 4.0, 2.0], [5.0, 5.0, 0.0], [-1.0, -3.0, -2.0]])
    expected = torch.tensor([[-3.0, 2.0, -2.0], [0.0, 0.0, -5.0], [1.0, -2.0, -1.0]])
    assert torch.equal(margins(scores), expected)


def test_margins_against_the_definition():
    scores = torch.randn(4, 7, 5, generator=torch.Generator().manual_seed(0))
    for c in range(5):
        others = torch.cat([scores[..., :c], scores[..., c + 1 :]], dim=-1).amax(dim=-1)
        assert torch.allclose(margins(scores)[..., c], scores[..., c] - others)


def test_one_class_stands_for_itself():
    scores = torch.tensor([[3.0], [-1.0]])
    assert torch.equal(margins(scores), scores)


def test_standard_score_by_hand():
    # Mean 3, deviation 2.
    assert torch.allclose(standard_score(torch.tensor([1.0, 5.0, 1.0, 5.0])), torch.tensor([-1.0, 1.0, -1.0, 1.0]))
    assert torch.equal(standard_score(torch.full((4,), 7.0)), torch.zeros(4))


def test_relevance_by_hand():
    # Margins of class 0: 2 and -2 by sight, -1 and 1 by text; standard scores over the two patches are their signs.
    visual = torch.tensor([[2.0, 0.0], [0.0, 2.0]])
    textual = torch.tensor([[0.0, 1.0], [1.0, 0.0]])
    assert torch.allclose(relevance(visual, textual, 0.0), torch.tensor([[1.0, -1.0], [-1.0, 1.0]]))
    assert torch.allclose(relevance(visual, textual, 0.25), torch.tensor([[0.75, -0.75], [-0.75, 0.75]]))
    assert torch.allclose(relevance(visual, textual, 1.0), torch.zeros(2, 2), atol=1e-6)


def test_decisiveness_by_hand():
    # Margins of the first class over the second: 1, 4, 1; mean 2, deviation the root of 2.
    visual = torch.tensor([[3.0, 2.0, 0.0], [0.0, 1.0, 5.0], [1.0, 2.0, 0.0]])
    deviation = math.sqrt(2.0)
    expected = torch.tensor([-1 / deviation, 2 / deviation, -1 / deviation])
    assert torch.allclose(decisiveness(visual, torch.zeros(3, 3), 0.0), expected)
    # A text that says nothing about any patch changes nothing, whatever its weight.
    assert torch.allclose(decisiveness(visual, torch.zeros(3, 3), 2.0), expected)


def test_a_scale_of_the_scores_does_not_matter():
    generator = torch.Generator().manual_seed(1)
    visual, textual = torch.randn(6, 3, generator=generator), torch.randn(6, 3, generator=generator)
    scaled = relevance(100 * visual, 0.01 * textual, 0.5)
    assert torch.allclose(relevance(visual, textual, 0.5), scaled, atol=1e-4)


def test_select_and_take():
    relevances = torch.tensor([[0.1, 0.9, 0.5], [0.7, 0.2, 0.3]])
    index = select(relevances, 2)
    assert index.tolist() == [[1, 2], [0, 2]]
    patches = torch.arange(12.0).reshape(2, 3, 2)
    assert take(patches, index).tolist() == [[[2.0, 3.0], [4.0, 5.0]], [[6.0, 7.0], [10.0, 11.0]]]
    assert select(relevances, 10).shape == (2, 3)


@pytest.fixture(scope="module")
def measured(world, config):
    """A memory that has measured the patches of three classes."""
    memory = Memory.empty(24, 12, config, rectified=True)
    for index in range(3):
        memory.classes.append(ClassMemory(str(index), 0, world.text(index), world.text(index).phrases))
        memory.patches.add_class()
        memory.patches.add(index, Moments.of(world.photos(index, 20)[1].flatten(0, 2)))
    return memory


def test_planted_patches_are_found(world, config, measured):
    selector = PatchSelector(measured, config)
    for index in range(3):
        patches = world.photos(index, 10, seed=5)[1]
        planted = patches[:, :, [0, 1, 4, 5]].flatten(0, 1)
        chosen = selector(patches, index).flatten(0, 1)
        # Each chosen patch is one of the photo's planted ones, and each of these is chosen.
        same = (chosen[:, :, None] == planted[:, None]).all(dim=-1)
        assert float(same.any(dim=2).float().mean()) > 0.95


def test_without_selection_every_patch_is_taken(world, config, measured):
    patches = world.photos(0, 3)[1]
    assert PatchSelector(measured, replace(config, use_selection=False))(patches, 0) is patches


def test_a_photo_of_few_patches_gives_all_of_them(world, config, measured):
    patches = world.photos(0, 3)[1][:, :, :2]
    assert PatchSelector(measured, config)(patches, 0).shape == (3, 2, 2, 12)


def test_text_moves_the_selection_only_where_descriptions_are_used(world, config, measured):
    # Sight that says nothing: all patches are scored alike, and the text decides.
    blind = measured.copy()
    blind.patches.means.zero_()
    patches = world.photos(1, 6, seed=3)[1]
    by_text = PatchSelector(blind, config)(patches, 1)
    toward = world.text(1).description
    rivals = torch.stack([world.text(0).description, world.text(2).description])
    ahead = patches @ toward - (patches @ rivals.T).amax(dim=-1)
    assert torch.equal(by_text, take(patches, ahead.topk(config.patches, dim=-1).indices))
    unread = PatchSelector(blind, replace(config, use_descriptions=False))(patches, 1)
    assert not torch.equal(unread, by_text)
