"""Which patches speak: margins, relevance, selection; and the short list of classes that patches are asked about."""

from __future__ import annotations

import math

import pytest
import torch

from spa_desktop.spa.patches import margin, padded, relevance, select, shortlist, standard_score, take, with_least


def test_margins_by_hand():
    scores = torch.tensor([[1.0, 4.0, 2.0], [5.0, 5.0, 0.0], [-1.0, -3.0, -2.0]])
    expected = torch.tensor([[-3.0, 2.0, -2.0], [0.0, 0.0, -5.0], [1.0, -2.0, -1.0]])
    for index in range(3):
        assert torch.equal(margin(scores, index), expected[:, index])
    # Without a class it is that of the first over the second, so the greatest of them.
    assert margin(scores).tolist() == [2.0, 0.0, 1.0]


@pytest.mark.parametrize("classes", [2, 5])
def test_margins_against_the_definition(classes):
    scores = torch.randn(4, 7, classes, generator=torch.Generator().manual_seed(classes))
    every = []
    for c in range(classes):
        others = torch.cat([scores[..., :c], scores[..., c + 1 :]], dim=-1).amax(dim=-1)
        every.append(scores[..., c] - others)
        assert torch.equal(margin(scores, c), every[-1])
    assert torch.equal(margin(scores), torch.stack(every).amax(dim=0))


def test_one_class_stands_for_itself():
    scores = torch.tensor([[3.0], [-1.0]])
    for index in (0, None):
        assert torch.equal(margin(scores, index), scores[:, 0])


def test_standard_score_by_hand():
    # Mean 3, deviation 2.
    assert torch.allclose(standard_score(torch.tensor([1.0, 5.0, 1.0, 5.0])), torch.tensor([-1.0, 1.0, -1.0, 1.0]))
    assert torch.equal(standard_score(torch.full((4,), 7.0)), torch.zeros(4))


def test_relevance_by_hand():
    # Margins of class 0: 2 and -2 by sight, -1 and 1 by text; standard scores over the two patches are their signs.
    visual = torch.tensor([[2.0, 0.0], [0.0, 2.0]])
    textual = torch.tensor([[0.0, 1.0], [1.0, 0.0]])
    assert torch.allclose(relevance(visual, textual, 0.0, 0), torch.tensor([1.0, -1.0]))
    assert torch.allclose(relevance(visual, textual, 0.25, 0), torch.tensor([0.75, -0.75]))
    assert torch.allclose(relevance(visual, textual, 0.25, 1), torch.tensor([-0.75, 0.75]))
    assert torch.allclose(relevance(visual, textual, 1.0, 0), torch.zeros(2), atol=1e-6)


def test_relevance_without_a_class_by_hand():
    # Margins of the first class over the second: 1, 4, 1; mean 2, deviation the root of 2.
    visual = torch.tensor([[3.0, 2.0, 0.0], [0.0, 1.0, 5.0], [1.0, 2.0, 0.0]])
    deviation = math.sqrt(2.0)
    expected = torch.tensor([-1 / deviation, 2 / deviation, -1 / deviation])
    assert torch.allclose(relevance(visual, torch.zeros(3, 3), 0.0), expected)
    # A text that says nothing about any patch changes nothing, whatever its weight.
    assert torch.allclose(relevance(visual, torch.zeros(3, 3), 2.0), expected)
    # And one that says the same moves it on.
    assert torch.allclose(relevance(visual, visual, 2.0), 3 * expected)


@pytest.mark.parametrize("index", [None, 0, 2])
def test_neither_scale_nor_a_term_of_each_patch_matters(index):
    """Log-densities are known up to a term of each patch, and their scale is the backbone's."""
    generator = torch.Generator().manual_seed(1)
    visual, textual = torch.randn(2, 6, 3, generator=generator), torch.randn(2, 6, 3, generator=generator)
    term = 10 * torch.randn(2, 6, 1, generator=generator)
    other = relevance(100 * (visual + term), 0.01 * textual, 0.5, index)
    assert torch.allclose(relevance(visual, textual, 0.5, index), other, atol=1e-3)


def test_select_and_take():
    relevances = torch.tensor([[0.1, 0.9, 0.5], [0.7, 0.2, 0.3]])
    index = select(relevances, 2)
    assert index.tolist() == [[1, 2], [0, 2]]
    patches = torch.arange(12.0).reshape(2, 3, 2)
    assert take(patches, index).tolist() == [[[2.0, 3.0], [4.0, 5.0]], [[6.0, 7.0], [10.0, 11.0]]]
    assert select(relevances, 10).shape == (2, 3)


def test_padding_by_hand():
    rows = [torch.ones(2, 3), 2 * torch.ones(1, 3), 3 * torch.ones(5, 3)]
    tokens, mass = padded(rows, 4)
    assert tokens.shape == (3, 4, 3)
    assert mass.tolist() == [[0.5, 0.5, 0.0, 0.0], [1.0, 0.0, 0.0, 0.0], [0.25, 0.25, 0.25, 0.25]]
    assert tokens[0, :, 0].tolist() == [1.0, 1.0, 0.0, 0.0]
    assert tokens[2, :, 0].tolist() == [3.0, 3.0, 3.0, 3.0]


def test_the_best_classes_are_listed_in_the_order_of_their_numbers():
    assert shortlist(torch.tensor([0.3, 0.1, 0.9, 0.5]), most=3).tolist() == [0, 2, 3]
    assert shortlist(torch.tensor([[0.3, 0.1], [0.1, 0.3]]), most=3).tolist() == [[0, 1], [0, 1]]


def test_classes_that_are_not_listed_get_the_least():
    listed = torch.tensor([[0.5, -0.2], [0.1, 0.3]])
    found = with_least(listed, torch.tensor([[0, 2], [1, 3]]), 4)
    assert torch.equal(found, torch.tensor([[0.5, -0.2, -0.2, -0.2], [0.1, 0.1, 0.1, 0.3]]))
    # Where all are listed they are what they were.
    assert torch.equal(with_least(listed, torch.tensor([[0, 1], [0, 1]]), 2), listed)
