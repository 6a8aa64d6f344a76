"""Nearest class mean by cosine, known as SimpleCIL (arXiv 2303.07338)."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import normalize

from spa_desktop.bench.baselines.spaces import Joint
from spa_desktop.bench.incremental_method import Photos, TaskData


class NearestClassMean:
    """Cosine of the photo with the mean of each class's photos."""

    def __init__(self) -> None:
        self._space = Joint()
        self._means: list[Tensor] = []

    def learn(self, task: TaskData) -> None:
        self._space.fit(task)
        rows = self._space(task.pooled)[:, 0]
        means = torch.stack([rows[task.labels == c].mean(0) for c in range(len(task.class_names))])
        self._means.append(normalize(means, dim=1))

    def predict(self, photos: Photos) -> Tensor:
        return self._space(photos.pooled)[:, 0] @ torch.cat(self._means).T
