"""The Gaussian space, and class Gaussians under their shared covariance."""

import numpy as np
import pytest
import torch
from scipy.stats import multivariate_normal

from spa_desktop.spa.gaussians import ClassGaussians, Moments, SharedGaussian, from_gaussian_space, gaussian_space


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


def densities_of(fitted, features):
    return fitted.log_density(fitted.whiten(features))


@pytest.mark.parametrize("shrinkage", [0.1, 0.5, 1.0])
def test_scores_are_log_densities_up_to_a_constant(shrinkage):
    rows, gaussians = planted()
    probes = torch.cat(rows)[::5]
    scores = densities_of(SharedGaussian.fit(gaussians, shrinkage), probes)
    covariance = gaussians.covariance(shrinkage).double().numpy()
    densities = np.stack(
        [multivariate_normal(mean.double().numpy(), covariance).logpdf(probes.double()) for mean in gaussians.means],
        axis=1,
    )
    np.testing.assert_allclose(scores - scores[:, :1], densities - densities[:, :1], rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("shrinkage", [0.05, 0.5])
@pytest.mark.parametrize("photos", [(3, 2, 2), (30, 20, 25)], ids=["fewer photos than width", "many photos"])
def test_whitened_features_have_unit_covariance(photos, shrinkage):
    rows, gaussians = planted(counts=photos, width=12)
    fitted = SharedGaussian.fit(gaussians, shrinkage)
    covariance = gaussians.covariance(shrinkage).double().numpy()
    assert fitted.level == pytest.approx(covariance.trace() / 12, rel=1e-4)
    whitening = fitted.whitening.double().numpy()
    np.testing.assert_allclose(whitening.T @ covariance @ whitening, np.eye(12), atol=1e-3)
    np.testing.assert_allclose(fitted.whiten(gaussians.means), fitted.means, atol=1e-4)
    assert torch.allclose(fitted.centre, gaussians.means.mean(dim=0))
    probes = torch.cat(rows)[:, None]
    expected = (probes - gaussians.means.mean(dim=0)).double().numpy() @ np.linalg.inv(np.linalg.cholesky(covariance)).T
    np.testing.assert_allclose(fitted.whiten(probes), expected, rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("shrinkage", [0.1, 0.9])
def test_the_linear_form_gives_the_same_log_densities(shrinkage):
    rows, gaussians = planted()
    fitted = SharedGaussian.fit(gaussians, shrinkage)
    weight, bias = fitted.as_linear()
    assert (weight.shape, bias.shape) == ((5, 3), (3,))
    probes = torch.cat(rows).reshape(5, 15, 5)
    torch.testing.assert_close(probes @ weight + bias, densities_of(fitted, probes), rtol=1e-4, atol=1e-3)


def test_no_class_is_refused():
    with pytest.raises(ValueError, match="no class"):
        SharedGaussian.fit(ClassGaussians(4, 0), 0.5)


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


def test_the_gap_is_the_mean_distance_of_class_means():
    _, gaussians = planted()
    inverse = np.linalg.inv(gaussians.covariance(0.3).double().numpy())
    means = gaussians.means.double().numpy()
    pairs = [(a, b) for a in range(3) for b in range(3) if a < b]
    halves = [0.5 * (means[a] - means[b]) @ inverse @ (means[a] - means[b]) for a, b in pairs]
    fitted = SharedGaussian.fit(gaussians, 0.3)
    assert fitted.gap == pytest.approx(np.mean(halves), rel=1e-3)
    # What a feature at one mean scores above another class, averaged over both ways.
    scores = densities_of(fitted, gaussians.means)
    ahead = [float(scores[a, a] - scores[a, b]) for a in range(3) for b in range(3) if a != b]
    assert fitted.gap == pytest.approx(np.mean(ahead), rel=1e-3)


def test_the_gap_of_one_class_or_equal_classes_divides_safely():
    assert SharedGaussian.fit(planted(counts=(9,))[1], 0.5).gap == 1.0
    rows, _ = planted()
    twins = ClassGaussians(5, 0)
    for _ in range(2):
        twins.add(twins.add_class(), Moments.of(rows[0]))
    assert 0 < SharedGaussian.fit(twins, 0.5).gap < 1e-3
