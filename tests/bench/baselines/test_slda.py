"""SLDA against scikit-learn, and the choice of its shrinkage."""

from collections.abc import Callable
from typing import Self

import numpy as np
import pytest
import torch
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from torch.nn.functional import normalize

from spa_desktop.bench.baselines import RandomFourier, SharedGaussian, Slda, TaskData, Wide


def test_scores_equal_scikit_learn(draw: Callable) -> None:
    data = draw(6)
    shrinkage = 0.3
    slda = Slda(Wide(), [shrinkage])
    for task in (range(0, 2), range(2, 3), range(3, 6)):
        slda.learn(data.task(task))
    rows = normalize(torch.cat(data.train).flatten(0, 1).sqrt().double(), dim=-1)
    labels = torch.arange(6).repeat_interleave(40)
    # scikit-learn divides by the rows, SLDA by the degrees of freedom; both shrink towards the mean variance.
    centred = rows - torch.stack([rows[labels == c].mean(0) for c in range(6)])[labels]
    covariance = centred.T @ centred / (len(rows) - 6)
    shrunk = (1 - shrinkage) * covariance + shrinkage * covariance.trace() / 12 * torch.eye(12)
    model = LinearDiscriminantAnalysis(
        solver="lsqr", priors=np.full(6, 1 / 6), covariance_estimator=_Fixed(shrunk.numpy())
    ).fit(rows.numpy(), labels.numpy())
    photos = data.photos(range(6))
    expected = model.decision_function(normalize(photos.pooled.sqrt().double(), dim=-1).mean(1).numpy()) - np.log(1 / 6)
    np.testing.assert_allclose(slda.predict(photos).numpy(), expected, rtol=1e-3, atol=1e-2)


class _Fixed:
    def __init__(self, covariance: np.ndarray) -> None:
        self.covariance_ = covariance

    def fit(self, _: np.ndarray) -> Self:
        return self


class AsGiven:
    """Rows as they come."""

    def fit(self, task: TaskData) -> None:
        pass

    def __call__(self, pooled: torch.Tensor) -> torch.Tensor:
        return pooled


def chosen_shrinkage(rows: torch.Tensor, labels: torch.Tensor) -> float:
    slda = Slda(AsGiven(), (0.01, 0.99))
    slda.learn(TaskData(rows[:, None], lambda: iter(()), labels, tuple("abcd"), encoder=None))
    return slda.setting[0]


def test_shrinkage_follows_the_data() -> None:
    random = torch.Generator().manual_seed(0)
    # Classes differ along one direction of little variance: only the covariance finds it.
    labels = torch.arange(4).repeat_interleave(100)
    rows = torch.randn(400, 30, generator=random) * torch.cat([torch.full((1,), 0.3), torch.full((29,), 3.0)])
    rows[:, 0] += labels
    assert chosen_shrinkage(rows, labels) == 0.01
    # Round classes, and hardly more photos than directions: the covariance is mostly noise.
    labels = torch.arange(4).repeat_interleave(9)
    rows = torch.randn(36, 30, generator=random) + 0.8 * torch.randn(4, 30, generator=random)[labels]
    assert chosen_shrinkage(rows, labels) == 0.99


def test_a_photo_is_left_out_of_mean_and_covariance() -> None:
    random, shrinkage = torch.Generator().manual_seed(0), 0.3
    rows, labels = torch.randn(12, 2, 5, generator=random), torch.arange(3).repeat_interleave(4)
    sums = SharedGaussian.nothing(5, torch.eye(5)).plus(rows, labels, new_classes=3)
    found, _ = sums.left_out(rows, labels, shrinkage)
    for photo in range(12):
        others = torch.arange(12) != photo
        without = SharedGaussian.nothing(5, torch.eye(5)).plus(rows[others], labels[others], new_classes=3)
        covariance = (1 - shrinkage) * without.covariance * (without.freedom / sums.freedom)
        covariance += shrinkage * sums.covariance.trace() / 5 * torch.eye(5)
        weights = torch.linalg.solve(covariance, without.means.T)
        expected = rows[photo].mean(0).double() @ weights - (without.means.T * weights).sum(0) / 2
        torch.testing.assert_close(found[photo].double(), expected, rtol=1e-4, atol=1e-4)


def test_one_photo_a_class_is_judged_by_the_prior_covariance(draw: Callable) -> None:
    data = draw(4, train=1)
    variances = torch.linspace(0.01, 1, 12)
    data.encoder.prior["globals"] = torch.diag(variances)
    rows = normalize(torch.cat(data.train).sqrt(), dim=-1)
    data.train = [part[:, :1].repeat(1, 2, 1) for part in data.train]  # views alike: nothing varies but by the prior
    method = Slda(Wide(), [0.0], has_prior=True)
    method.learn(data.task(range(4)))
    photos = data.photos(range(4))
    means, asked = rows[:, 0], normalize(photos.pooled.sqrt(), dim=-1).mean(1)
    freedom = 4 * 2 - 4 + 50  # two views of each photo, less the classes, and the prior's features
    away = (asked[:, None] - means).square() / (variances * 50 / freedom)
    found = method.predict(photos)
    torch.testing.assert_close(found - found[:, :1], (away[:, :1] - away).sum(-1) / 2, rtol=1e-3, atol=1e-2)


@pytest.mark.parametrize(("are_names_true", "is_used"), [(True, True), (False, False)])
def test_names_join_as_often_as_held_out_photos_want_them(draw: Callable, are_names_true: bool, is_used: bool) -> None:
    data = draw(6, train=2, spread=2.5)
    if not are_names_true:
        data.encoder._means = data.means.flip(0)
    plain, method = Slda(Wide(), [0.5]), Slda(Wide(), [0.5], text_weights=(0.0, 2000.0))
    for one in (plain, method):
        one.learn(data.task(range(6)))
    photos, labels = data.photos(range(6)), data.labels(range(6))
    assert (method.setting[1] > 0) is is_used
    right = [int((one.predict(photos).argmax(1) == labels).sum()) for one in (plain, method)]
    assert (right[1] > right[0]) is is_used


def test_random_features_have_a_gaussian_kernel(draw: Callable) -> None:
    data = draw(6)
    space, task = RandomFourier(Wide(), columns=20_000), data.task(range(6))
    space.fit(task)
    rows, features = normalize(task.pooled.sqrt(), dim=-1).flatten(0, 1), space(task.pooled).flatten(0, 1)
    width = torch.pdist(rows).median()
    expected = (-torch.cdist(rows, rows).square() / (2 * width**2)).exp()
    torch.testing.assert_close(features @ features.T, expected, rtol=0, atol=0.05)
