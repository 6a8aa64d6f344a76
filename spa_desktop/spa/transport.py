"""Optimal transport between selected patches and semantic tokens, with a dustbin for patches that no phrase explains.

The formulas: docs/method.md, 5. It is partial transport: a patch need not be matched, nor a token be found on every
photo. That is a balanced problem on one more row and column (Caffarelli and McCann 2010; Chapel, Alaya and Gasso 2020;
as a dustbin between two sets of patches: Sarlin et al., "SuperGlue", 2020), which POT's batched Sinkhorn solver
(:func:`ot.batch.solve_batch`; Cuturi 2013) solves with an entropic term. SPA's abstract names optimal transport between
selected patches and semantic tokens; masses and dustbin are ours.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

# POT looks at the marginals in every tenth round, and stops when they are met to the tolerance.
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
    """Plans ``(..., K, J)`` of balanced problems by POT's batched Sinkhorn, without gradient.

    Costs are ``(..., K, J)``, masses of rows ``(..., K)`` and of columns ``(..., J)`` of the same sum. Epsilon weighs
    the entropic term in units of the cost.

    Raises:
        ValueError: if epsilon is not above 0.

    >>> half = torch.tensor([0.5, 0.5])
    >>> balanced_plan(torch.tensor([[0.0, 1.0], [1.0, 0.0]]), half, half, epsilon=0.1).round(decimals=2).tolist()
    [[0.5, 0.0], [0.0, 0.5]]
    """
    from ot.batch import solve_batch  # here, as it takes 0.6 s and 80 MB: who computes no plan is spared them

    if epsilon <= 0:
        raise ValueError("epsilon must be above 0")
    shape = cost.shape
    # What all entries share changes no plan, but would leave the range of the exponential.
    problems = (cost - cost.amin(dim=(-2, -1), keepdim=True)).reshape(-1, *shape[-2:])
    a = row_mass.expand(*shape[:-1]).reshape(len(problems), -1)
    b = column_mass.expand(*shape[:-2], shape[-1]).reshape(len(problems), -1)
    spread = float(problems.max()) if len(problems) else 0.0
    # POT's solver in products makes its first scales on the CPU whatever the device of the problem.
    method = "sinkhorn" if spread <= _WIDEST * epsilon and cost.device.type == "cpu" else "log_sinkhorn"
    solved = solve_batch(problems, epsilon, a, b, max_iter=_ROUNDS, tol=_TOLERANCE, method=method, grad="detach")
    # POT ends with the columns. One more half step places every patch in full, so that its shares can be shown.
    plan: Tensor = solved.plan * (a / solved.plan.sum(dim=2).clamp_min(1e-30))[:, :, None]
    return plan.reshape(shape)


def uniform_transport(similarity: Tensor, token_mass: Tensor) -> Transport:
    """The plan that matches every patch with every token alike: what the ablation without transport uses."""
    patches = similarity.shape[-2]
    plan = (token_mass / patches).unsqueeze(-2).expand_as(similarity)
    return Transport(plan, similarity.new_zeros(similarity.shape[:-1]))
