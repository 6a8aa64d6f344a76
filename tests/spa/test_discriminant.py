from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.stats import multivariate_normal
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from spa_desktop.spa.discriminant import LinearDiscriminant, from_gaussian_space, gaussian_space
from spa_desktop.spa.statistics import ClassGaussians, Moments
from torch.nn.functional import normalize


def planted(counts=(30, 20, 25), width=5, seed=0):
    generator = torch.Generator().manual_seed(seed)
    mixing = torch.randn(width, width, generator=generator)
    rows = [
        torch.randn(count, width, generator=generator) @ mixing + 2 * torch.randn(width, generator=generator)
        for count in counts
    ]
    made = ClassGaussians(width, 0)
    for part in rows:
        made.add(made.add_class(), Moments.of(part))
    return rows, made


@pytest.mark.parametrize("shrinkage", [0.1, 0.5, 1.0])
def test_scores_are_log_densities_up_to_a_constant(shrinkage):
    rows, gaussians = planted()
    probes = torch.cat(rows)[::5]
    scores = LinearDiscriminant.fit(gaussians, shrinkage)(probes)
    covariance = gaussians.covariance(shrinkage).double().numpy()
    densities = np.stack(
        [multivariate_normal(mean.double().numpy(), covariance).logpdf(probes.double()) for mean in gaussians.means],
        axis=1,
    )
    np.testing.assert_allclose(scores - scores[:, :1], densities - densities[:, :1], rtol=1e-3, atol=1e-3)


def test_posteriors_equal_those_of_sklearn():
    rows, gaussians = planted(counts=(25, 25, 25))
    features, labels = torch.cat(rows).double().numpy(), np.repeat([0, 1, 2], 25)
    # Sklearn divides the scatter by n, we by n - C: it is handed our covariance.
    covariance = gaussians.covariance(1e-6).double().numpy()

    class Ours:
        def fit(self, _):
            self.covariance_ = covariance * 1.0
            return self

    reference = LinearDiscriminantAnalysis(solver="lsqr", covariance_estimator=Ours(), priors=np.full(3, 1 / 3))
    reference.fit(features, labels)
    ours = LinearDiscriminant.fit(gaussians, 1e-6)(torch.cat(rows)).softmax(dim=-1)
    np.testing.assert_allclose(ours, reference.predict_proba(features), atol=1e-3)


def test_whitened_features_have_unit_covariance_and_length():
    rows, gaussians = planted()
    fitted = LinearDiscriminant.fit(gaussians, 0.2)
    covariance = gaussians.covariance(0.2).double().numpy()
    inverse = np.linalg.inv(fitted.root.double().numpy())
    np.testing.assert_allclose(inverse @ covariance @ inverse.T, np.eye(5), atol=1e-4)
    probes = torch.cat(rows).reshape(5, 15, 5)
    expected = (probes - gaussians.means.mean(dim=0)).double().numpy() @ inverse.T
    expected /= np.linalg.norm(expected, axis=-1, keepdims=True)
    np.testing.assert_allclose(fitted.whiten(probes), expected, atol=1e-4)


def test_any_leading_shape_is_kept():
    rows, gaussians = planted()
    fitted = LinearDiscriminant.fit(gaussians, 0.2)
    probes = torch.cat(rows).reshape(5, 3, 5, 5)
    assert torch.allclose(fitted(probes)[2, 1, 3], fitted(probes[2, 1, 3]), atol=1e-4)
    assert fitted(probes).shape == (5, 3, 5, 3)


def test_no_class_is_refused():
    with pytest.raises(ValueError, match="no class"):
        LinearDiscriminant.fit(ClassGaussians(4, 0), 0.5)


def test_the_gaussian_space_is_a_square_root_of_unit_length_and_has_a_way_back():
    pooled = torch.tensor([[4.0, 9.0, 3.0], [0.0, 0.0, 5.0]])
    inside = gaussian_space(pooled, rectified=True)
    assert torch.allclose(inside, torch.tensor([[0.5, 0.75, 3**0.5 / 4], [0.0, 0.0, 1.0]]))
    back = from_gaussian_space(inside, rectified=True)
    assert torch.allclose(back * pooled.sum(dim=1, keepdim=True), pooled, atol=1e-5)


def test_signed_features_keep_their_direction():
    pooled = torch.tensor([[3.0, -4.0]])
    assert torch.allclose(gaussian_space(pooled, rectified=False), torch.tensor([[0.6, -0.8]]))
    assert torch.equal(from_gaussian_space(pooled, rectified=False), pooled)
    assert torch.isfinite(gaussian_space(torch.zeros(1, 3), rectified=True)).all()


def test_the_unroot_whitens_as_whiten_does():
    gaussians = planted()[1]
    fitted = LinearDiscriminant.fit(gaussians, 0.5)
    probe = torch.randn(5, gaussians.width, generator=torch.Generator().manual_seed(3))
    by_product = normalize((probe - fitted.centre) @ fitted.unroot(), dim=-1)
    assert torch.allclose(by_product, fitted.whiten(probe), atol=1e-4)


def test_the_gap_is_the_mean_distance_of_class_means():
    _, gaussians = planted()
    inverse = np.linalg.inv(gaussians.covariance(0.3).double().numpy())
    means = gaussians.means.double().numpy()
    pairs = [(a, b) for a in range(3) for b in range(3) if a < b]
    halves = [0.5 * (means[a] - means[b]) @ inverse @ (means[a] - means[b]) for a, b in pairs]
    fitted = LinearDiscriminant.fit(gaussians, 0.3)
    assert fitted.gap == pytest.approx(np.mean(halves), rel=1e-3)
    # What a feature at one mean scores above another class, averaged over both ways.
    scores = fitted(gaussians.means)
    ahead = [float(scores[a, a] - scores[a, b]) for a in range(3) for b in range(3) if a != b]
    assert fitted.gap == pytest.approx(np.mean(ahead), rel=1e-3)


def test_the_gap_of_one_class_or_equal_classes_divides_safely():
    assert LinearDiscriminant.fit(planted(counts=(9,))[1], 0.5).gap == 1.0
    rows, _ = planted()
    twins = ClassGaussians(5, 0)
    for _ in range(2):
        twins.add(twins.add_class(), Moments.of(rows[0]))
    assert 0 < LinearDiscriminant.fit(twins, 0.5).gap < 1e-3
