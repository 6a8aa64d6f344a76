"""Held-out photos inside one task, for choosing a strength on training data alone."""

from __future__ import annotations

import torch
from torch import Tensor


def stratified_folds(labels: Tensor, folds: int) -> Tensor:
    """Give each photo a fold, class by class in turn, so that no fold takes a whole class.

    Returns:
        (n,) fold index; -1 for a photo that is the only one of its class and so cannot be held out.
    """
    fold = torch.empty_like(labels)
    for label in torch.unique(labels):
        members = (labels == label).nonzero()[:, 0]
        fold[members] = torch.arange(len(members)) % folds if len(members) > 1 else -1
    return fold
