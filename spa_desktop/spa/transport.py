r"""Entropic optimal transport between selected patches and semantic tokens.

For a cost M ``(K, J)``, patch masses a and token masses b the plan solves

.. math::
    \min_{T \ge 0} \; \langle T, M \rangle + \epsilon \, \mathrm{KL}(T \mid a b^T)
    + \tau \, \mathrm{KL}(T^T 1 \mid b) \qquad \text{s.t.} \quad T 1 = a .

Every patch is placed in full; a token may be over- or underused at the price of tau. Infinite tau is balanced
transport: each token must be found on each photo, which no real photo does. Zero tau is semi-relaxed: each patch
softly picks its token. The balanced case is POT's batched solver (Cuturi 2013, log domain); the other is the scaling
algorithm of Chizat, Peyre, Schmitzer and Vialard, "Scaling algorithms for unbalanced optimal transport problems"
(2018), which POT offers for single problems only.

SPA's abstract names optimal transport between selected patches and semantic tokens; marginals and relaxation are ours.
"""

from __future__ import annotations

import math

import ot.batch
import torch
from torch import Tensor

_ITERATIONS = 20
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
        iterations: of the scaling; the balanced solver stops by itself.

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
    if math.isinf(tau):
        return _balanced(cost, patch_mass, token_mass, epsilon)
    scaled = -cost / epsilon
    scaled = scaled - scaled.amax(dim=-1, keepdim=True)
    damping = tau / (tau + epsilon)
    solve = _in_logarithms if float(scaled.min()) < -_WIDEST else _in_products
    return solve(scaled, patch_mass, token_mass, damping, iterations if damping > 0 else 0)


def _in_products(scaled: Tensor, patch_mass: Tensor, token_mass: Tensor, damping: float, iterations: int) -> Tensor:
    """The scaling algorithm as products: two small matrix products an iteration, no exponentials."""
    kernel = scaled.exp() * token_mass.unsqueeze(-2)
    rows = kernel.sum(dim=-1, keepdim=True)
    weighted = kernel.transpose(-1, -2)
    # A token of no mass has an empty column, and no scale.
    share = torch.where(token_mass > 0, token_mass, 1.0).unsqueeze(-1)
    scale = torch.ones_like(weighted[..., :1])
    for _ in range(iterations):
        column = weighted @ (patch_mass.unsqueeze(-1) / rows) / share
        scale = column.clamp_min(1e-30).pow(-damping)
        rows = kernel @ scale
    return kernel * scale.transpose(-1, -2) * (patch_mass.unsqueeze(-1) / rows)


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


def _balanced(cost: Tensor, patch_mass: Tensor, token_mass: Tensor, epsilon: float) -> Tensor:
    shape = cost.shape
    flat_a = patch_mass.expand(shape[:-1]).reshape(-1, shape[-2])
    flat_b = token_mass.expand(*shape[:-2], shape[-1]).reshape(-1, shape[-1])
    # POT divides by the masses: padding gets a mass too small to matter instead of none.
    flat_b = flat_b.clamp_min(1e-12)
    solved = ot.batch.solve_batch(
        cost.reshape(-1, *shape[-2:]),
        reg=epsilon,
        a=flat_a,
        b=flat_b / flat_b.sum(dim=-1, keepdim=True),
        method="log_sinkhorn",
        max_iter=2000,
        tol=1e-7,
        grad="detach",
    )
    plan: Tensor = solved.plan
    return plan.reshape(shape)
