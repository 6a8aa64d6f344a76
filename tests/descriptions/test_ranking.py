from __future__ import annotations

import torch
from torch.nn.functional import normalize

from spa_desktop.descriptions.ranking import GroupFit, pick_diverse, standardise


def test_the_best_comes_first_and_its_twin_not_at_all() -> None:
    features = normalize(torch.tensor([[1.0, 0, 0], [1.0, 0.01, 0], [0, 1.0, 0], [0, 0, 1.0]]), dim=1)
    score = torch.tensor([1.0, 0.99, 0.8, 0.0])
    assert pick_diverse(score, features, torch.ones(4, dtype=torch.bool), 2) == [0, 2]


def test_only_allowed_ones_are_picked_each_once() -> None:
    features = torch.eye(5)
    allowed = torch.tensor([True, False, True, True, False])
    picked = pick_diverse(torch.arange(5.0), features, allowed, 4)
    assert picked == [3, 2, 0]
    assert pick_diverse(torch.arange(5.0), features, torch.zeros(5, dtype=torch.bool), 4) == []


def test_a_group_is_judged_by_all_names_and_by_the_own_one_again() -> None:
    likeness = torch.tensor([[0.0, 0, 1, 1, 0, 0], [1.0, 1, 1, 1, 0, 0], [1.0, 1, 1, 1, 0, 0]])
    fit = GroupFit([0, 0, 1, 1, 2, 2]).of(likeness)
    assert fit[2] == fit[3] > fit[0] == fit[1] > fit[4] == fit[5]


def test_one_group_is_no_choice() -> None:
    assert GroupFit([0, 0]).of(torch.tensor([[1.0, 2.0]])).tolist() == [0, 0]


def test_standardise_survives_constants() -> None:
    assert standardise(torch.zeros(5)).tolist() == [0] * 5
    values = standardise(torch.tensor([1.0, 2.0, 6.0]))
    torch.testing.assert_close(values.std(), torch.tensor(1.0))
