"""RanPAC (arXiv 2307.02251): a frozen random layer with ReLU, then ridge regression onto the classes.

Its first-session tuning of the backbone is left out: here every method works on the same frozen features.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import one_hot

from spa_desktop.bench.baselines.ridge import IncrementalRidge
from spa_desktop.bench.baselines.spaces import Space
from spa_desktop.bench.incremental_method import Photos, TaskData

RIDGES = tuple(10.0**power for power in range(-8, 10))
LEFT_OUT_RIDGES = tuple(10.0**power for power in range(0, 9))


class RanPac:
    """Random features and ridge regression; with several views each is a row, and scores are averaged over them.

    Args:
        space: the feature space.
        columns: width of the random layer; the paper's 10,000. Here 2,000 cost about one point with all photos.
        leave_one_out: how the ridge is chosen, always on training photos alone. False: as the paper does, by squared
            error on a fifth of the task's photos after fitting to the other four fifths of this task alone. True: by
            right answers on each of the task's photos, left out of the sums of all tasks so far, and among equals by
            squared error; both are summed from task to task.
        seed: of the random layer and of the paper's split.
    """

    def __init__(self, space: Space, *, columns: int = 10_000, leave_one_out: bool = False, seed: int = 0) -> None:
        self._space = space
        self._leave_one_out = leave_one_out
        self._random = torch.Generator().manual_seed(seed)
        self._layer: Tensor | None = None
        self._ridge = IncrementalRidge(columns)
        self._right = torch.zeros(len(LEFT_OUT_RIDGES), dtype=torch.float64)
        self._errors = torch.zeros(len(LEFT_OUT_RIDGES), dtype=torch.float64)
        self._weights: Tensor
        self.ridge = 0.0

    def learn(self, task: TaskData) -> None:
        if self._layer is None:
            self._space.fit(task)
            width = self._space(task.pooled[:1]).shape[2]
            self._layer = torch.randn(width, self._ridge.columns, generator=self._random)
        rows, classes = self._expand(task.pooled), len(task.class_names)
        _add(self._ridge, rows, task.labels + self._ridge.classes, classes)
        self.ridge = self._by_leaving_out(rows, task) if self._leave_one_out else self._by_split(rows, task)
        self._weights = next(self._ridge.weights([self.ridge]))

    def predict(self, photos: Photos) -> Tensor:
        # A thousand photos of two views at 10,000 columns would take 80 MB at once.
        return torch.cat([self._expand(part).mean(1) @ self._weights for part in torch.split(photos.pooled, 256)])

    def _expand(self, pooled: Tensor) -> Tensor:
        assert self._layer is not None
        return (self._space(pooled) @ self._layer).relu_()

    def _by_split(self, rows: Tensor, task: TaskData) -> float:
        order = torch.randperm(len(rows), generator=self._random)
        cut = max(int(0.8 * len(rows)), 1)
        fit, check = order[:cut], order[cut:]
        if not len(check):  # a task of one photo
            return 1.0
        trial = IncrementalRidge(self._ridge.columns)
        _add(trial, rows[fit], task.labels[fit], len(task.class_names))
        wanted = one_hot(task.labels[check], len(task.class_names))
        errors = [float(((rows[check].mean(1) @ w - wanted) ** 2).mean()) for w in trial.weights(RIDGES)]
        return RIDGES[errors.index(min(errors))]

    def _by_leaving_out(self, rows: Tensor, task: TaskData) -> float:
        labels = task.labels + self._ridge.classes - len(task.class_names)
        wanted = one_hot(labels, self._ridge.classes)
        for i, predicted in enumerate(self._ridge.left_out(rows, LEFT_OUT_RIDGES)):
            self._right[i] += (predicted.argmax(1) == labels).sum()
            self._errors[i] += ((predicted - wanted) ** 2).sum()
        best = self._right == self._right.max()
        return LEFT_OUT_RIDGES[int(self._errors.where(best, torch.inf).argmin())]


def _add(ridge: IncrementalRidge, rows: Tensor, labels: Tensor, classes: int) -> None:
    ridge.add(rows.flatten(0, 1), labels.repeat_interleave(rows.shape[1]), classes)
