"""One linear head trained on each task's photos alone: what happens when nothing is done against forgetting."""

from __future__ import annotations

import torch
from torch import Tensor

from spa_desktop.bench.baselines.spaces import Joint
from spa_desktop.bench.incremental_method import Photos, TaskData

EPOCHS, BATCH, RATE, SCALE = 40, 32, 0.5, 10.0


class Finetune:
    """Cross-entropy over all classes seen so far, SGD with momentum and cosine decay, on unit-length features.

    Args:
        seed: of the order of the photos.
    """

    def __init__(self, seed: int = 0) -> None:
        self._space = Joint()
        self._random = torch.Generator().manual_seed(seed)
        self._head: torch.nn.Linear | None = None

    def learn(self, task: TaskData) -> None:
        self._space.fit(task)
        # Unit-length rows of hundreds of numbers make tiny logits: scaled, as CLIP does with its temperature.
        rows = SCALE * self._space(task.pooled)[:, 0]
        head = self._head = self._widened(rows.shape[1], len(task.class_names))
        labels = task.labels + head.out_features - len(task.class_names)
        steps = EPOCHS * -(-len(rows) // BATCH)
        optimizer = torch.optim.SGD(head.parameters(), lr=RATE / SCALE, momentum=0.9, weight_decay=1e-4)
        schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
        for _ in range(EPOCHS):
            for batch in torch.split(torch.randperm(len(rows), generator=self._random), BATCH):
                optimizer.zero_grad()
                loss = torch.nn.functional.cross_entropy(head(rows[batch]), labels[batch])
                torch.autograd.backward(loss)
                optimizer.step()
                schedule.step()

    @torch.no_grad()
    def predict(self, photos: Photos) -> Tensor:
        assert self._head is not None
        scores: Tensor = self._head(SCALE * self._space(photos.pooled)[:, 0])
        return scores

    def _widened(self, width: int, classes: int) -> torch.nn.Linear:
        old = 0 if self._head is None else self._head.out_features
        head = torch.nn.Linear(width, old + classes)
        with torch.no_grad():
            head.weight.zero_()
            head.bias.zero_()
            if self._head is not None:
                head.weight[:old] = self._head.weight
                head.bias[:old] = self._head.bias
        return head
