r"""Entropic optimal transport between selected patches and semantic tokens.

For a cost M ``(K, J)``, patch masses a and token masses b the plan solves

.. math::
    \min_{T \ge 0} \; \langle T, M \rangle + \epsilon \, \mathrm{KL}(T \mid a b^T)
    + \tau \, \mathrm{KL}(T^T 1 \mid b) \qquad \text{s.t.} \quad T 1 = a .

Every patch is placed in full; a token may be over- or underused at the price of tau. Infinite tau is balanced
transport: each token must be found on each photo, which no real photo does. Zero tau is semi-relaxed: each patch
softly picks its token. Solved by the scaling algorithm of Chizat, Peyre, Schmitzer and Vialard, "Scaling algorithms
for unbalanced optimal transport problems" (2018), of which Sinkhorn's (Cuturi 2013) is the balanced case; POT offers it
for single problems only, and its batched solver of the balanced case is slower than a loop over problems so small.

SPA's abstract names optimal transport between selected patches and semantic tokens; marginals and relaxation are ours.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

_ITERATIONS = 12
# Of balanced transport: the problems whose tokens are missed by more than the tolerance go on to the next round.
_BALANCED_ROUNDS, _TOLERANCE = (20, 80, 320, 1280), 1e-5
# Problems at a time: what stays in the cache of one core.
_CHUNK = 1024
# Beyond this spread of the cost, in units of epsilon, single precision could underflow: then it is done in logarithms.
_WIDEST = 60.0


@torch.no_grad()
def transport_plan(
    cost: Tensor,
    patch_mass: Tensor,
    token_mass: Tensor,
    *,
    epsilon: float,
    tau: float = math.inf,
    iterations: int = _ITERATIONS,
) -> Tensor:
    """Plans of a batch of problems, without gradient.

    Args:
        cost: ``(..., K, J)``.
        patch_mass: ``(..., K)``, each row sums to 1.
        token_mass: ``(..., J)``, each row sums to 1. A token of mass 0 is padding and gets nothing.
        epsilon: entropic regularisation, in units of the cost, above 0.
        tau: weight of the tokens' marginal, in the same units, from 0 to infinity.
        iterations: of the scaling; balanced transport goes on until the tokens are met.

    Returns:
        ``(..., K, J)`` plans. Rows sum to `patch_mass`.

    >>> cost = torch.tensor([[0.0, 1.0], [1.0, 0.0]])
    >>> half = torch.tensor([0.5, 0.5])
    >>> transport_plan(cost, half, half, epsilon=0.1).round(decimals=2)
    tensor([[0.5000, 0.0000],
            [0.0000, 0.5000]])
    """
    if epsilon <= 0 or tau < 0:
        raise ValueError("epsilon must be above 0 and tau not below it")
    scaled = -cost / epsilon
    scaled = scaled - scaled.amax(dim=-1, keepdim=True)
    solve = _in_logarithms if float(scaled.min()) < -_WIDEST else _in_products
    shape = scaled.shape
    problems = scaled.reshape(-1, *shape[-2:])
    places, shares = (
        mass.expand(*shape[:-2], mass.shape[-1]).reshape(len(problems), -1) for mass in (patch_mass, token_mass)
    )

    def solved(which: Tensor, damping: float, rounds: int) -> Tensor:
        pieces = torch.split(which, _CHUNK)
        return torch.cat([solve(problems[i], places[i], shares[i], damping, rounds) for i in pieces])

    everything = torch.arange(len(problems), device=cost.device)
    if math.isfinite(tau):
        return solved(everything, tau / (tau + epsilon), iterations if tau > 0 else 0).reshape(shape)
    # How long balanced transport takes differs widely from problem to problem: most are done in the first round.
    plans, left = torch.empty_like(problems), everything
    for rounds in _BALANCED_ROUNDS:
        plans[left] = solved(left, 1.0, rounds)
        left = left[(plans[left].sum(dim=1) - shares[left]).abs().sum(dim=1) > _TOLERANCE]
        if not len(left):
            break
    return plans.reshape(shape)


def _in_products(scaled: Tensor, patch_mass: Tensor, token_mass: Tensor, damping: float, iterations: int) -> Tensor:
    """The scaling algorithm without exponentials, for ``(P, K, J)`` problems.

    Products of such small matrices are slow one by one. With the problems last in memory, sums over patches and tokens
    run over long rows.
    """
    kernel = (scaled.exp() * token_mass.unsqueeze(-2)).permute(1, 2, 0).contiguous()
    places = patch_mass.T.contiguous()
    # A token of no mass has an empty column, and no scale.
    share = torch.where(token_mass > 0, token_mass, 1.0).T.contiguous()
    scale, weighted = torch.ones_like(share), torch.empty_like(kernel)
    rows = kernel.sum(dim=1)
    for _ in range(iterations):
        column = torch.mul(kernel, (places / rows).unsqueeze(1), out=weighted).sum(dim=0) / share
        scale = column.clamp_min(1e-30).pow(-damping)
        rows = torch.mul(kernel, scale, out=weighted).sum(dim=1)
    return (kernel.mul_(scale) * (places / rows).unsqueeze(1)).permute(2, 0, 1)


def _in_logarithms(scaled: Tensor, patch_mass: Tensor, token_mass: Tensor, damping: float, iterations: int) -> Tensor:
    """The same for costs of any spread."""
    log_a, log_b = patch_mass.log(), token_mass.log()
    token_scale = torch.zeros_like(log_b)
    for _ in range(iterations):
        patch_scale = -torch.logsumexp(scaled + (token_scale + log_b).unsqueeze(-2), dim=-1)
        column = torch.logsumexp(scaled + (patch_scale + log_a).unsqueeze(-1), dim=-2)
        token_scale = -damping * column
    rows = torch.softmax(scaled + (token_scale + log_b).unsqueeze(-2), dim=-1)
    return rows * patch_mass.unsqueeze(-1)


def uniform_plan(patch_mass: Tensor, token_mass: Tensor) -> Tensor:
    """The plan ``(..., K, J)`` that matches every patch with every token alike: what transport is to better."""
    return patch_mass.unsqueeze(-1) * token_mass.unsqueeze(-2)


def alignment_score(plan: Tensor, similarity: Tensor) -> Tensor:
    """How well patches and tokens agree under a plan: sum of plan times similarity, ``(..., K, J)`` to ``(...,)``."""
    return (plan * similarity).sum(dim=(-2, -1))
