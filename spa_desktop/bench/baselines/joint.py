"""Logistic regression on all classes at once: what a learner could do that keeps every photo."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, StratifiedKFold
from torch import Tensor

from spa_desktop.bench.baselines.spaces import Joint
from spa_desktop.bench.incremental_method import Photos, TaskData

STRENGTHS = (1.0, 10.0, 100.0, 1000.0)
FOLDS = 3


class JointTraining:
    """Refits to the photos of all tasks so far, on unit-length features.

    The regularisation is chosen by three-fold cross-validation on the first task's training photos.
    """

    def __init__(self) -> None:
        self._space = Joint()
        self._rows: list[Tensor] = []
        self._labels: list[Tensor] = []
        self._classes = 0
        self._strength: float | None = None
        self._model: LogisticRegression | None = None

    def learn(self, task: TaskData) -> None:
        self._space.fit(task)
        self._rows.append(self._space(task.pooled)[:, 0])
        self._labels.append(task.labels + self._classes)
        self._classes += len(task.class_names)
        if self._classes == 1:  # nothing to tell apart yet
            return
        rows, labels = torch.cat(self._rows).numpy(), torch.cat(self._labels).numpy()
        if self._strength is None:
            self._strength = self._choose(rows, labels)
        self._model = LogisticRegression(C=self._strength, max_iter=1000).fit(rows, labels)

    def predict(self, photos: Photos) -> Tensor:
        if self._model is None:
            return torch.zeros(len(photos.pooled), 1)
        rows = self._space(photos.pooled)[:, 0].numpy()
        return torch.from_numpy(self._model.predict_log_proba(rows))

    @staticmethod
    def _choose(rows: NDArray[np.float32], labels: NDArray[np.int64]) -> float:
        folds = min(FOLDS, int(np.bincount(labels).min()))
        if folds < 2:
            return STRENGTHS[1]
        search = GridSearchCV(
            LogisticRegression(max_iter=1000), {"C": STRENGTHS}, scoring="neg_log_loss", cv=StratifiedKFold(folds)
        )
        return float(search.fit(rows, labels).best_params_["C"])
