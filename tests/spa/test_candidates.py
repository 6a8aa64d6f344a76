"""Candidates: nothing is left out where classes are few, and what is left out cannot win."""

from __future__ import annotations

import pytest
import torch
from spa_desktop.spa.candidates import candidates, for_all


def test_the_best_are_chosen_in_the_order_of_their_numbers() -> None:
    assert candidates(torch.tensor([0.3, 0.1, 0.9, 0.5]), most=3).tolist() == [0, 2, 3]
    assert candidates(torch.tensor([0.3, 0.1]), most=3).tolist() == [0, 1]


def test_others_get_the_least_alignment() -> None:
    assert for_all(torch.tensor([0.5, -0.2]), torch.tensor([0, 2]), 4).tolist() == pytest.approx(
        [0.5, -0.2, -0.2, -0.2]
    )
