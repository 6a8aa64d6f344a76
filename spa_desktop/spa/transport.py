"""Optimal transport between selected patches and semantic tokens, with a dustbin for patches that no phrase explains.

The formulas: docs/method.md, 5. It is partial transport: a patch need not be matched, nor a token be found on every
photo. That is a balanced problem on one more row and column (Caffarelli and McCann 2010; Chapel, Alaya and Gasso 2020;
as a dustbin between two sets of patches: Sarlin et al., "SuperGlue", 2020), which Sinkhorn's iterations solve with an
entropic term (Cuturi 2013). SPA's abstract names optimal transport between selected patches and semantic tokens; masses
and dustbin are ours. The rounds and when they end are those of POT's ``ot.batch.solve_batch``, with which tests compare
them: to import POT takes a second and 55 MB, for parts of it that are not needed here.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

# In every tenth round the marginals are looked at; when they are met to the tolerance, it ends.
_ROUNDS, _TOLERANCE = 101, 1e-4
# Products of exponentials are quicker than sums in logarithms. Beyond this spread of the cost, in units of epsilon,
# they would leave the range of single precision.
_WIDEST = 60.0


@dataclass(frozen=True)
class Transport:
    """Plans of a batch of problems."""

    plan: Tensor  #: ``(..., K, J)``, the mass that goes from each patch to each token
    dustbin: Tensor  #: ``(..., K)``, the mass of each patch that no token takes. With the plan's rows it sums to 1/K.

    def score(self, similarity: Tensor, *, dustbin_similarity: float) -> Tensor:
        """How well patches and tokens agree, ``(...,)``: similarity ``(..., K, J)`` under the plan."""
        matched = (self.plan * similarity).sum(dim=(-2, -1))
        return matched + dustbin_similarity * self.dustbin.sum(dim=-1)


@torch.no_grad()
def partial_transport(
    similarity: Tensor, token_mass: Tensor, *, epsilon: float, dustbin_similarity: float
) -> Transport:
    """Match patches with tokens by their cosines ``(..., K, J)``; without gradient.

    Rows of `token_mass` ``(..., J)`` sum to 1; a token of mass 0 is padding and gets nothing. Epsilon, above 0, weighs
    the entropic term in units of the cosine; s_0 is the dustbin's similarity.

    >>> similarity = torch.tensor([[0.9, 0.0], [0.0, 0.9], [-0.8, -0.9]])
    >>> found = partial_transport(similarity, torch.tensor([0.5, 0.5]), epsilon=0.02, dustbin_similarity=0.0)
    >>> found.plan.gt(0.3).tolist(), found.dustbin.gt(0.3).tolist()
    ([[True, False], [False, True], [False, False]], [False, False, True])
    """
    patches, tokens = similarity.shape[-2:]
    cost = similarity.new_zeros(*similarity.shape[:-2], patches + 1, tokens + 1)
    cost[..., :-1, :-1] = 1 - similarity
    cost[..., :-1, -1] = 1 - dustbin_similarity
    rows = torch.cat([similarity.new_full((patches,), 1 / patches), similarity.new_ones(1)])
    columns = torch.cat([token_mass, torch.ones_like(token_mass[..., :1])], dim=-1)
    plan = balanced_plan(cost, rows, columns, epsilon=epsilon)
    return Transport(plan[..., :-1, :-1], plan[..., :-1, -1])


@torch.no_grad()
def balanced_plan(cost: Tensor, row_mass: Tensor, column_mass: Tensor, *, epsilon: float) -> Tensor:
    """Plans ``(..., K, J)`` of balanced problems by Sinkhorn's iterations, without gradient.

    Costs are ``(..., K, J)``, masses of rows ``(..., K)`` and of columns ``(..., J)`` of the same sum. Epsilon weighs
    the entropic term in units of the cost.

    Raises:
        ValueError: if epsilon is not above 0.

    >>> half = torch.tensor([0.5, 0.5])
    >>> balanced_plan(torch.tensor([[0.0, 1.0], [1.0, 0.0]]), half, half, epsilon=0.1).round(decimals=2).tolist()
    [[0.5, 0.0], [0.0, 0.5]]
    """
    if epsilon <= 0:
        raise ValueError("epsilon must be above 0")
    shape = cost.shape
    # What all entries share changes no plan, but would leave the range of the exponential.
    problems = (cost - cost.amin(dim=(-2, -1), keepdim=True)).reshape(-1, *shape[-2:])
    a = row_mass.expand(*shape[:-1]).reshape(len(problems), -1)
    b = column_mass.expand(*shape[:-2], shape[-1]).reshape(len(problems), -1)
    spread = float(problems.max()) if len(problems) else 0.0
    plan = (_by_products if spread <= _WIDEST * epsilon else _by_logarithms)(-problems / epsilon, a, b)
    # It ends with the columns. One more half step places every patch in full, so that its shares can be shown.
    plan = plan * (a / plan.sum(dim=2).clamp_min(1e-30))[:, :, None]
    return plan.reshape(shape)


def _by_products(logits: Tensor, a: Tensor, b: Tensor) -> Tensor:
    """Plans ``(n, K, J)`` of logits ``(n, K, J)``: scales of rows and columns in turn meet the masses of each."""
    kernel, right = logits.exp(), torch.ones_like(b)
    for turn in range(_ROUNDS):
        left = a / (kernel * right[:, None, :]).sum(dim=2)
        right = b / (kernel * left[:, :, None]).sum(dim=1)
        if turn % 10 == 0 and _is_met(kernel * left[:, :, None] * right[:, None, :], a):
            break
    return kernel * left[:, :, None] * right[:, None, :]


def _by_logarithms(logits: Tensor, a: Tensor, b: Tensor) -> Tensor:
    """The same in logarithms, for costs of any spread."""
    log_a, log_b, right = a.log(), b.log(), torch.zeros_like(b)
    for turn in range(_ROUNDS):
        left = log_a - (logits + right[:, None, :]).logsumexp(dim=2)
        right = log_b - (logits + left[:, :, None]).logsumexp(dim=1)
        if turn % 10 == 0 and _is_met((logits + left[:, :, None] + right[:, None, :]).exp(), a):
            break
    return (logits + left[:, :, None] + right[:, None, :]).exp()


def _is_met(plan: Tensor, a: Tensor) -> bool:
    away = (plan.sum(dim=2) - a).square().sum(dim=1).sqrt()
    return not len(away) or bool(away.max() < _TOLERANCE)


def uniform_transport(similarity: Tensor, token_mass: Tensor) -> Transport:
    """The plan that matches every patch with every token alike: what the ablation without transport uses."""
    patches = similarity.shape[-2]
    plan = (token_mass / patches).unsqueeze(-2).expand_as(similarity)
    return Transport(plan, similarity.new_zeros(similarity.shape[:-1]))
