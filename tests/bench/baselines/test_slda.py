"""SLDA against scikit-learn, and the choice of its shrinkage."""

from collections.abc import Callable
from typing import Self

import numpy as np
import torch
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from torch.nn.functional import normalize

from spa_desktop.bench.baselines import Slda, TaskData, Wide


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
    return slda.shrinkage


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
