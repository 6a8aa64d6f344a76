"""Ranking phrases: which groups suit a project, and which phrases say different things."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor

_BEST_OF_GROUP = 3
_OWN_SHARE = 0.5  # the class's own fit to a group, against that of the whole project
_CANDIDATES = 60
_REDUNDANCY = 0.3


def standardise(values: Tensor) -> Tensor:
    """Zero mean and unit spread along the last dimension."""
    result: Tensor = (values - values.mean(-1, keepdim=True)) / values.std(-1, keepdim=True).clamp_min(1e-6)
    return result


class GroupFit:
    """How well the groups of a bank suit a project: one name may mislead, all of them seldom do."""

    def __init__(self, group_of: Sequence[int]) -> None:
        """Take each phrase's group: P numbers from 0."""
        self._group_of = list(group_of)

    def of(self, likeness: Tensor) -> Tensor:
        """The fit of each phrase's group.

        Args:
            likeness: ``(C, P)`` of names to phrases; the class in question is row 0.

        Returns:
            ``(P,)``: standardised fit to all classes, plus half that to the class itself. A group's fit to a class is
            the mean likeness of its three best phrases.
        """
        import torch

        fits = [
            likeness[:, members].topk(min(_BEST_OF_GROUP, len(members)), dim=1).values.mean(1)
            for members in self._members
        ]
        fit = torch.stack(fits, dim=1)
        if fit.shape[1] < 2:
            return torch.zeros(likeness.shape[1])
        return (standardise(fit.mean(0)) + _OWN_SHARE * standardise(fit[0]))[torch.tensor(self._group_of)]

    @cached_property
    def _members(self) -> list[Tensor]:
        import torch

        groups = torch.tensor(self._group_of)
        return [(groups == group).nonzero().flatten() for group in range(int(groups.max()) + 1)]


def pick_diverse(score: Tensor, features: Tensor, allowed: Tensor, count: int) -> list[int]:
    """Maximal marginal relevance (Carbonell and Goldstein, 1998), greedily.

    Args:
        score: ``(T,)``.
        features: ``(T, D)``, unit length.
        allowed: ``(T,)`` bool.
        count: how many are wanted.

    Returns:
        Indices, best first; fewer than `count` only where fewer are allowed.
    """
    import torch

    indices = allowed.nonzero().flatten()
    indices = indices[score[indices].argsort(descending=True, stable=True)[:_CANDIDATES]]
    if not len(indices):
        return []
    values = score[indices]
    relevance = (values - values.min()) / (values.max() - values.min()).clamp_min(1e-6)
    alike = features[indices] @ features[indices].T
    picked: list[int] = []
    for _ in range(min(count, len(indices))):
        redundancy = alike[:, picked].max(1).values if picked else torch.zeros(len(indices))
        marginal = (1 - _REDUNDANCY) * relevance - _REDUNDANCY * redundancy
        marginal[picked] = -torch.inf
        picked.append(int(marginal.argmax()))
    return [int(indices[place]) for place in picked]
