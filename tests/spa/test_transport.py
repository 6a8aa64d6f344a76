"""Transport plans, against other solvers: POT's for single problems, and linear programs."""

import math

import numpy as np
import ot.batch
import pytest
import torch
from scipy.optimize import linprog
from torch.nn.functional import normalize

from spa_desktop.spa import transport
from spa_desktop.spa.transport import balanced_plan, partial_transport

SHAPES = [(1, 1), (1, 5), (5, 1), (16, 8), (7, 3), (3, 7), (81, 8)]


@pytest.fixture
def to_the_end(monkeypatch):
    """As many rounds as a problem of a small epsilon may need: what a plan converges to, and not how quickly."""
    monkeypatch.setattr(transport, "_ROUNDS", 5_001)


def problem(patches, tokens, *, seed=0):
    """A cost 1 - cosine and two sets of uneven masses."""
    generator = torch.Generator().manual_seed(seed)
    left = normalize(torch.randn(patches, 12, generator=generator), dim=-1)
    right = normalize(torch.randn(tokens, 12, generator=generator), dim=-1)
    a, b = torch.rand(patches, generator=generator) + 0.2, torch.rand(tokens, generator=generator) + 0.2
    return 1 - left @ right.T, a / a.sum(), b / b.sum()


def doubled(cost, a, b):
    # float32 masses sum to 1 but for rounding, which double precision solvers would chase.
    cost, a, b = (tensor.double().numpy() for tensor in (cost, a, b))
    return a / a.sum(), b / b.sum(), cost


@pytest.mark.parametrize("epsilon", [0.05, 0.3])
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_a_balanced_plan_is_that_of_the_single_problem_solver(shape, epsilon):
    for seed in range(3):
        found = problem(*shape, seed=seed)
        plan = balanced_plan(*found, epsilon=epsilon).numpy()
        expected = ot.sinkhorn(*doubled(*found), epsilon, stopThr=1e-9, numItermax=5000)
        # An entry of a small plan is itself near 1e-4, so shares of the largest are compared.
        assert np.abs(plan - expected).max() < 3e-3 * expected.max()


def best_partial(similarity, level, token_mass):
    """The most that a partial plan can gain over the dustbin, by a linear program."""
    patches, tokens = similarity.shape
    limits = np.vstack([np.kron(np.eye(patches), np.ones(tokens)), np.tile(np.eye(tokens), patches)])
    bounds = np.concatenate([np.full(patches, 1 / patches), token_mass])
    found = linprog(-(similarity - level).ravel(), A_ub=limits, b_ub=bounds, method="highs")
    assert found.status == 0
    return -found.fun


def random_problem(seed):
    """Similarities, dustbin level and token masses; every kind of odd one in turn."""
    rng = np.random.default_rng(seed)
    patches, tokens = int(rng.integers(1, 17)), int(rng.integers(1, 9))
    patches, tokens = (1 if seed % 10 == 1 else patches), (1 if seed % 10 == 2 else tokens)
    similarity, level = rng.uniform(-1, 1, (patches, tokens)), float(rng.uniform(-0.3, 0.5))
    if seed % 10 == 3:
        similarity = level - rng.uniform(0.2, 0.5, similarity.shape)
    if seed % 10 == 4:
        similarity = level + rng.uniform(0.2, 0.5, similarity.shape)
    mass = np.full(tokens, 1 / tokens)
    if seed % 10 in (5, 6):
        # Padding, which would be the best match of all.
        mass, similarity = np.append(mass, [0, 0]), np.hstack([similarity, np.ones((patches, 2))])
    return similarity, level, mass


def single(*arrays):
    return (torch.tensor(array, dtype=torch.float32) for array in arrays)


@pytest.mark.usefixtures("to_the_end")
@pytest.mark.parametrize("seed", range(20))
def test_a_partial_plan_gains_what_a_linear_program_does(seed):
    similarity, level, mass = random_problem(seed)
    epsilon = 0.02
    found = partial_transport(*single(similarity, mass), epsilon=epsilon, dustbin_similarity=level)
    plan, dustbin = (tensor.double().numpy() for tensor in (found.plan, found.dustbin))
    best = best_partial(similarity, level, mass)
    entries = (similarity.shape[0] + 1) * (similarity.shape[1] + 1)
    gain = (plan * (similarity - level)).sum()
    # Plan, dustbin and what is left of the tokens have a mass of 2 in all.
    assert -1e-3 < best - gain < 2 * epsilon * math.log(entries)
    # Every patch is placed in full, no token takes more than its mass, and padding takes nothing.
    np.testing.assert_allclose(plan.sum(axis=1) + dustbin, 1 / len(similarity), atol=1e-6)
    assert (plan.sum(axis=0) - mass).max() < 5e-4
    assert not plan[:, mass == 0].any()
    assert plan.min() >= 0
    assert dustbin.min() >= 0


def test_a_wide_cost_is_solved_in_logarithms_and_stays_finite():
    cost = torch.tensor([[0.0, 2.0], [2.0, 0.0]]) * 50
    half = torch.tensor([0.5, 0.5])
    assert torch.allclose(balanced_plan(cost, half, half, epsilon=0.01), torch.eye(2) / 2, atol=1e-5)


def test_masses_are_shared_over_a_batch():
    similarity = torch.rand(4, 2, 5, 3, generator=torch.Generator().manual_seed(0)) * 2 - 1
    masses = torch.tensor([[0.5, 0.3, 0.2], [0.5, 0.5, 0.0]])
    settings = {"epsilon": 0.1, "dustbin_similarity": 0.2}
    for mass in (masses, masses.expand(4, 2, 3), masses[0]):
        found = partial_transport(similarity, mass, **settings)
        assert found.plan.shape == similarity.shape
        assert found.dustbin.shape == (4, 2, 5)
        for row, column in ((0, 0), (1, 1), (3, 0)):
            of_one = mass.expand(4, 2, 3)[row, column]
            single_problem = partial_transport(similarity[row, column], of_one, **settings)
            assert torch.allclose(found.plan[row, column], single_problem.plan, atol=1e-4)
            assert torch.allclose(found.dustbin[row, column], single_problem.dustbin, atol=1e-4)
    cost, a, b = (torch.stack(parts) for parts in zip(*(problem(6, 4, seed=seed) for seed in range(6)), strict=True))
    plans = balanced_plan(cost.view(2, 3, 6, 4), a.view(2, 3, 6), b.view(2, 3, 4), epsilon=0.1)
    for seed, plan in enumerate(plans.view(6, 6, 4)):
        assert torch.allclose(plan, balanced_plan(*problem(6, 4, seed=seed), epsilon=0.1), atol=1e-4)


@pytest.mark.parametrize("epsilon", [0.0, -0.1])
def test_an_epsilon_without_meaning_is_refused(epsilon):
    with pytest.raises(ValueError, match="epsilon"):
        balanced_plan(*problem(3, 2), epsilon=epsilon)
