"""Streaming linear discriminant analysis (arXiv 1909.01520): one mean a class, one covariance for all."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn.functional import one_hot

from spa_desktop.bench.baselines.folds import stratified_folds
from spa_desktop.bench.baselines.spaces import Space
from spa_desktop.bench.incremental_method import Photos, TaskData

FOLDS = 5


class SharedGaussian:
    """Sums from which the class means and the covariance within classes follow, whatever the order of the photos."""

    def __init__(self, classes: int, width: int) -> None:
        self.counts = torch.zeros(classes, dtype=torch.float64)
        self.sums = torch.zeros(classes, width, dtype=torch.float64)
        self.squares = torch.zeros(width, width, dtype=torch.float64)

    def widened(self, classes: int) -> SharedGaussian:
        """The same sums with room for more classes."""
        wider = SharedGaussian(self.counts.shape[0] + classes, self.sums.shape[1])
        wider.counts[: len(self.counts)] = self.counts
        wider.sums[: len(self.sums)] = self.sums
        wider.squares = self.squares
        return wider

    def plus(self, rows: Tensor, labels: Tensor, sign: int = 1) -> SharedGaussian:
        """New sums with (n, D) rows of classes (n,) added, or taken away with `sign` -1."""
        rows, hot = rows.double(), one_hot(labels, len(self.counts)).double()
        result = SharedGaussian(0, 0)
        result.counts = self.counts + sign * hot.sum(0)
        result.sums = self.sums + sign * hot.T @ rows
        result.squares = self.squares + sign * rows.T @ rows
        return result

    def discriminants(self, shrinkages: Sequence[float]) -> list[tuple[Tensor, Tensor]]:
        """Linear scores for each shrinkage towards the mean variance: weights (D, C) and biases (C,), float32."""
        means = self.sums / self.counts[:, None]
        freedom = float(self.counts.sum()) - len(self.counts)
        covariance = (self.squares - (means * self.counts[:, None]).T @ means) / max(freedom, 1.0)
        variance = float(covariance.diagonal().mean())
        if freedom < 1:
            # One photo a class says nothing of the variance, what stands here is rounding: the nearest mean decides.
            covariance, variance = torch.eye(means.shape[1], dtype=torch.float64), 1.0
        heads = []
        for shrinkage in shrinkages:
            shrunk = (1 - shrinkage) * covariance
            shrunk.diagonal().add_(shrinkage * variance)
            # Shrunk as much as here, float32 loses nothing and takes half the time.
            weights = torch.cholesky_solve(means.T.float(), torch.linalg.cholesky(shrunk.float()))
            heads.append((weights, -0.5 * (means.T.float() * weights).sum(0)))
        return heads


class Slda:
    """Log-likelihood of each class under a shared covariance, shrunk towards its mean variance.

    With several views each view is a row in training, and scores are averaged over the views.

    Args:
        space: the feature space.
        shrinkages: one, or several to choose from: photos of each task are held out in five folds and classified
            among all classes seen so far. The count of right answers goes on from task to task, as only sums are
            needed for it; of the equally good shrinkages the one in the middle is taken.
    """

    def __init__(self, space: Space, shrinkages: Sequence[float] = (0.5,)) -> None:
        self._space = space
        self._shrinkages = tuple(shrinkages)
        self._right = torch.zeros(len(self._shrinkages))
        self._sums: SharedGaussian | None = None
        self._head: tuple[Tensor, Tensor]

    @property
    def shrinkage(self) -> float:
        """The one in use."""
        best = (self._right == self._right.max()).nonzero()[:, 0]
        return self._shrinkages[int(best[(len(best) - 1) // 2])]

    def learn(self, task: TaskData) -> None:
        if self._sums is None:
            self._space.fit(task)
        rows = self._space(task.pooled)
        sums = SharedGaussian(0, rows.shape[2]) if self._sums is None else self._sums
        labels = task.labels + len(sums.counts)
        sums = _with(sums.widened(len(task.class_names)), rows, labels)
        if len(self._shrinkages) > 1:
            self._validate(sums, rows, labels)
        self._sums, self._head = sums, sums.discriminants([self.shrinkage])[0]

    def predict(self, photos: Photos) -> Tensor:
        weights, bias = self._head
        return self._space(photos.pooled).mean(1) @ weights + bias

    def _validate(self, sums: SharedGaussian, rows: Tensor, labels: Tensor) -> None:
        fold_of = stratified_folds(labels, FOLDS)
        for fold in range(FOLDS):
            out = fold_of == fold
            if not out.any():
                continue
            held_out = rows[out].mean(1)
            rest = _with(sums, rows[out], labels[out], -1)
            for i, (weights, bias) in enumerate(rest.discriminants(self._shrinkages)):
                self._right[i] += ((held_out @ weights + bias).argmax(1) == labels[out]).sum()


def _with(sums: SharedGaussian, rows: Tensor, labels: Tensor, sign: int = 1) -> SharedGaussian:
    """Add (n, V, D) rows, each view as a row of its own."""
    return sums.plus(rows.flatten(0, 1), labels.repeat_interleave(rows.shape[1]), sign)
