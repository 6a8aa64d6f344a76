from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.optimize import minimize
from scipy.special import logsumexp

from spa_desktop.spa import familiarity
from spa_desktop.spa.familiarity import fit_weights


def evidence_of(strengths, *, photos=400, classes=5, seed=0):
    """Independent kinds of evidence, each of unit noise, with the right class ahead by its strength."""
    generator = torch.Generator().manual_seed(seed)
    labels = torch.randint(0, classes, (photos,), generator=generator)
    evidence = torch.randn(photos, classes, len(strengths), generator=generator)
    evidence[torch.arange(photos), labels] += torch.tensor(strengths)
    return evidence, labels


def test_true_weights_are_recovered():
    # Unit Gaussians apart by s: their log-likelihood ratio is s times the difference, so s is the right weight.
    strengths = [2.0, 1.0, 0.4]
    evidence, labels = evidence_of(strengths, photos=4000)
    fitted = fit_weights(evidence, labels, torch.ones(3))
    assert torch.allclose(fitted, torch.tensor(strengths), atol=0.1)


@pytest.mark.parametrize("seed", range(3))
def test_the_order_of_strengths_is_found_from_few_photos(seed):
    evidence, labels = evidence_of([1.5, 0.7, 0.05], photos=150, seed=seed)
    fitted = fit_weights(evidence, labels, torch.ones(3))
    assert fitted.argsort(descending=True).tolist() == [0, 1, 2]


def test_fitted_weights_are_the_minimum_that_scipy_finds():
    evidence, labels = evidence_of([1.0, 0.5], photos=60)
    prior = torch.tensor([3.0, 0.2])
    e, y, start = evidence.double().numpy(), labels.numpy(), np.log(prior.double().numpy())

    def objective(free):
        scale, mix = free[0], free[1:]
        scores = e @ np.exp(start + scale + mix)
        loss = (logsumexp(scores, axis=1) - scores[np.arange(len(y)), y]).sum()
        return loss + (scale / familiarity._SCALE_SIGMA) ** 2 / 2 + ((mix / familiarity._MIX_SIGMA) ** 2).sum() / 2

    found = minimize(objective, np.zeros(3), method="BFGS")
    expected = np.exp(start + found.x[0] + found.x[1:])
    np.testing.assert_allclose(fit_weights(evidence, labels, prior), expected, rtol=1e-3)
    assert not np.allclose(expected, prior, rtol=0.1)


def test_evidence_in_the_wrong_direction_gets_little_weight_but_above_none():
    evidence, labels = evidence_of([2.0, -2.0])
    fitted = fit_weights(evidence, labels, torch.ones(2))
    assert 0 < float(fitted[1]) < 0.5
    assert float(fitted[1]) < 0.2 * float(fitted[0])


def test_perfect_separation_stays_finite():
    labels = torch.tensor([0, 1, 2] * 20)
    evidence = 50.0 * torch.nn.functional.one_hot(labels).float()[..., None].expand(-1, -1, 4)
    fitted = fit_weights(evidence, labels, torch.tensor([10.0, 10.0, 0.3, 0.5]))
    assert torch.isfinite(fitted).all()
    assert bool((fitted > 0).all())


def test_huge_evidence_stays_finite():
    evidence, labels = evidence_of([1.0, 1.0])
    fitted = fit_weights(1e4 * evidence, labels, torch.tensor([10.0, 10.0]))
    assert torch.isfinite(fitted).all()
    assert bool((fitted > 0).all())


def test_one_class_or_no_photo_leaves_the_prior():
    prior = torch.tensor([1.0, 2.0])
    alone = fit_weights(torch.randn(5, 1, 2), torch.zeros(5, dtype=torch.long), prior)
    unseen = fit_weights(torch.zeros(0, 3, 2), torch.zeros(0, dtype=torch.long), prior)
    assert torch.equal(alone, prior)
    assert torch.equal(unseen, prior)
    assert alone is not prior


def test_it_works_where_gradients_are_off_and_twice_the_same():
    evidence, labels = evidence_of([1.0, 0.5], photos=60)
    with torch.no_grad():
        first = fit_weights(evidence, labels, torch.ones(2))
    assert torch.equal(first, fit_weights(evidence, labels, torch.ones(2)))
    assert not torch.allclose(first, torch.ones(2))
    assert first.dtype == torch.float32


def test_overconfident_evidence_is_scaled_down_in_one_piece():
    """Evidence in units ten times too large: all weights shrink alike, their mix stays."""
    evidence, labels = evidence_of([1.0, 1.0])
    fitted = fit_weights(10 * evidence, labels, torch.ones(2))
    assert torch.allclose(fitted, torch.tensor([0.1, 0.1]), atol=0.04)
    assert float(fitted[0] / fitted[1]) == pytest.approx(1.0, rel=0.2)
