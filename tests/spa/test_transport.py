from __future__ import annotations

import math

import numpy as np
import ot
import pytest
import torch
from scipy.optimize import minimize
from torch.nn.functional import normalize

from spa_desktop.spa.config import SpaConfig
from spa_desktop.spa.transport import alignment_score, transport_plan, uniform_plan

SHAPES = [(1, 1), (1, 5), (5, 1), (16, 8), (7, 3), (3, 7), (81, 8)]


def problem(patches, tokens, *, seed=0, uneven=True):
    """A cost 1 - cosine and two sets of masses, in double precision for the solvers that check."""
    generator = torch.Generator().manual_seed(seed)
    left = normalize(torch.randn(patches, 12, generator=generator), dim=-1)
    right = normalize(torch.randn(tokens, 12, generator=generator), dim=-1)
    a = torch.rand(patches, generator=generator) + 0.2 if uneven else torch.ones(patches)
    b = torch.rand(tokens, generator=generator) + 0.2 if uneven else torch.ones(tokens)
    return 1 - left @ right.T, a / a.sum(), b / b.sum()


def numpy_of(*tensors):
    double = [tensor.double().numpy() for tensor in tensors]
    # float32 masses sum to 1 but for rounding, which double precision solvers would chase.
    return [double[0], *(mass / mass.sum() for mass in double[1:])]


def objective(plan, cost, a, b, epsilon, tau):
    """The problem of the module's docstring, word for word."""

    def kl(left, right):
        return float(np.sum(np.where(left > 0, left * np.log(np.maximum(left, 1e-300) / right), 0) - left + right))

    return float((plan * cost).sum()) + epsilon * kl(plan, np.outer(a, b)) + tau * kl(plan.sum(axis=0), b)


@pytest.mark.parametrize("epsilon", [0.05, 0.3])
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_balanced_equals_the_single_problem_solver(shape, epsilon):
    for seed in range(3):
        cost, a, b = problem(*shape, seed=seed)
        plan = transport_plan(cost, a, b, epsilon=epsilon)
        cost64, a64, b64 = numpy_of(cost, a, b)
        expected = ot.sinkhorn(a64, b64, cost64, epsilon, method="sinkhorn_log", stopThr=1e-10, numItermax=20000)
        assert np.abs(plan.numpy() - expected).max() < 1e-4
        # An entry of a small plan is itself near 1e-4, so shares of rows are compared as well.
        assert np.abs(plan.numpy() - expected).max() < 1e-3 * expected.max()


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_balanced_plan_has_both_marginals(shape):
    cost, a, b = problem(*shape)
    plan = transport_plan(cost, a, b, epsilon=0.1)
    assert torch.allclose(plan.sum(dim=1), a, atol=1e-5)
    assert torch.allclose(plan.sum(dim=0), b, atol=1e-5)
    assert bool((plan >= 0).all())


@pytest.mark.parametrize("tau", [0.01, 0.05, 1.0])
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_relaxed_equals_the_unbalanced_single_problem_solver(shape, tau):
    for seed in range(3):
        cost, a, b = problem(*shape, seed=seed)
        plan = transport_plan(cost, a, b, epsilon=0.1, tau=tau, iterations=300)
        cost64, a64, b64 = numpy_of(cost, a, b)
        # POT's "kl" regularises against a b^T, as we do; an infinite weight holds the patches' marginal.
        expected = ot.unbalanced.sinkhorn_unbalanced(
            a64, b64, cost64, 0.1, (math.inf, tau), reg_type="kl", stopThr=1e-12, numItermax=20000
        )
        assert np.abs(plan.numpy() - expected).max() < 1e-4
        assert np.abs(plan.numpy() - expected).max() < 1e-3 * expected.max()


@pytest.mark.parametrize("tau", [0.02, 0.2, 2.0])
def test_relaxed_minimises_what_it_says(tau):
    """Against a direct minimisation of the objective, rows being softmaxes of free numbers."""
    cost, a, b = problem(5, 3, seed=4)
    plan = transport_plan(cost, a, b, epsilon=0.1, tau=tau, iterations=500)
    cost64, a64, b64 = numpy_of(cost, a, b)

    def plan_of(free):
        rows = np.exp(free.reshape(5, 3) - free.reshape(5, 3).max(axis=1, keepdims=True))
        return a64[:, None] * rows / rows.sum(axis=1, keepdims=True)

    found = minimize(
        lambda free: objective(plan_of(free), cost64, a64, b64, 0.1, tau),
        np.zeros(15),
        method="BFGS",
        options={"gtol": 1e-9},
    )
    assert np.abs(plan.numpy() - plan_of(found.x)).max() < 1e-4
    assert objective(plan.double().numpy(), cost64, a64, b64, 0.1, tau) <= found.fun + 1e-6


@pytest.mark.parametrize("tau", [0.0, 0.05, 3.0])
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_relaxed_plan_places_every_patch_in_full(shape, tau):
    cost, a, b = problem(*shape, seed=1)
    # Even after a single iteration: rows are exact by construction.
    for iterations in (1, 20):
        plan = transport_plan(cost, a, b, epsilon=0.05, tau=tau, iterations=iterations)
        assert torch.allclose(plan.sum(dim=1), a, atol=1e-6)


def test_without_a_price_each_patch_softly_picks_its_token():
    cost, a, b = problem(6, 4)
    plan = transport_plan(cost, a, b, epsilon=0.1, tau=0.0)
    weight = b * (-cost / 0.1).exp()
    assert torch.allclose(plan, a[:, None] * weight / weight.sum(dim=1, keepdim=True), atol=1e-6)


def test_a_high_price_approaches_balance():
    cost, a, b = problem(8, 4)
    balanced = transport_plan(cost, a, b, epsilon=0.2)
    away = [
        float((transport_plan(cost, a, b, epsilon=0.2, tau=tau, iterations=5000) - balanced).abs().max())
        for tau in (0.05, 0.5, 5.0, 500.0)
    ]
    assert away == sorted(away, reverse=True)
    assert away[0] > 1e-2
    assert away[-1] < 1e-4


@pytest.mark.parametrize("tau", [0.0, 0.05, math.inf])
def test_padding_gets_nothing_and_changes_nothing(tau):
    cost, a, b = problem(6, 3)
    padded_cost = torch.cat([cost, torch.full((6, 2), -1.0)], dim=1)  # the padding would be the cheapest of all
    padded_b = torch.cat([b, torch.zeros(2)])
    plan = transport_plan(padded_cost, a, padded_b, epsilon=0.05, tau=tau)
    assert torch.isfinite(plan).all()
    assert float(plan[:, 3:].abs().max()) < 1e-9
    assert torch.allclose(plan[:, :3], transport_plan(cost, a, b, epsilon=0.05, tau=tau), atol=1e-5)


def test_the_default_number_of_iterations_is_enough_for_the_settings_of_the_method():
    config = SpaConfig()
    for seed in range(5):
        cost, a, b = problem(config.patches, config.tokens, seed=seed, uneven=False)
        few = transport_plan(cost, a, b, epsilon=config.epsilon, tau=config.tau)
        many = transport_plan(cost, a, b, epsilon=config.epsilon, tau=config.tau, iterations=2000)
        # Shares of a patch, that is entries times K.
        assert float((few - many).abs().max()) * config.patches < 1e-3


@pytest.mark.parametrize("tau", [0.0, 0.1, math.inf])
def test_a_batch_is_its_single_problems(tau):
    problems = [problem(6, 4, seed=seed) for seed in range(6)]
    cost, a, b = (torch.stack(parts).reshape(2, 3, *parts[0].shape) for parts in zip(*problems, strict=True))
    plans = transport_plan(cost, a, b, epsilon=0.1, tau=tau).reshape(6, 6, 4)
    for plan, single in zip(plans, problems, strict=True):
        assert torch.allclose(plan, transport_plan(*single, epsilon=0.1, tau=tau), atol=1e-5)


@pytest.mark.parametrize("tau", [0.0, 0.1, math.inf])
def test_masses_are_shared_over_a_batch(tau):
    cost = torch.stack([problem(5, 3, seed=seed)[0] for seed in range(8)]).reshape(4, 2, 5, 3)
    a, b = torch.full((5,), 0.2), torch.tensor([[0.5, 0.3, 0.2], [0.5, 0.5, 0.0]])
    plans = transport_plan(cost, a, b, epsilon=0.1, tau=tau)
    assert plans.shape == cost.shape
    for row in range(4):
        for column in range(2):
            single = transport_plan(cost[row, column], a, b[column], epsilon=0.1, tau=tau)
            assert torch.allclose(plans[row, column], single, atol=1e-5)


def test_extreme_costs_stay_finite():
    cost = torch.tensor([[0.0, 2.0], [2.0, 0.0]]) * 50
    half = torch.tensor([0.5, 0.5])
    for tau in (0.0, 0.05, math.inf):
        plan = transport_plan(cost, half, half, epsilon=0.01, tau=tau)
        assert torch.allclose(plan, torch.eye(2) / 2, atol=1e-5)


def test_plans_carry_no_gradient():
    cost, a, b = problem(4, 3)
    assert not transport_plan(cost.requires_grad_(), a, b, epsilon=0.1, tau=0.1).requires_grad
    assert not transport_plan(cost, a, b, epsilon=0.1).requires_grad


@pytest.mark.parametrize(("epsilon", "tau"), [(0.0, 1.0), (-0.1, 1.0), (0.1, -1.0)])
def test_settings_without_meaning_are_refused(epsilon, tau):
    with pytest.raises(ValueError, match="epsilon"):
        transport_plan(*problem(3, 2), epsilon=epsilon, tau=tau)


def test_uniform_plan_and_alignment_score_by_hand():
    plan = uniform_plan(torch.tensor([0.25, 0.75]), torch.tensor([[0.5, 0.5], [1.0, 0.0]]))
    assert torch.allclose(plan[0], torch.tensor([[0.125, 0.125], [0.375, 0.375]]))
    assert torch.allclose(plan[1], torch.tensor([[0.25, 0.0], [0.75, 0.0]]))
    similarity = torch.tensor([[1.0, -1.0], [0.0, 0.5]])
    assert torch.allclose(alignment_score(plan, similarity), torch.tensor([0.1875, 0.25]))


def test_transport_prefers_the_better_match_to_the_uniform_plan():
    cost, a, b = problem(9, 4, seed=2)
    uniform = alignment_score(uniform_plan(a, b), 1 - cost)
    balanced = alignment_score(transport_plan(cost, a, b, epsilon=0.05), 1 - cost)
    free = alignment_score(transport_plan(cost, a, b, epsilon=0.05, tau=0.0), 1 - cost)
    assert float(uniform) < float(balanced) < float(free)
