"""Zero-shot CLIP (Radford et al. 2021): the text of the class name is the classifier. Nothing is learned."""

from __future__ import annotations

import torch
from torch import Tensor

from spa_desktop.bench.incremental_method import JointSpace, Photos, TaskData

TEMPLATE = "a photo of a {}."


class ZeroShot:
    """Cosine of the photo with "a photo of a {class}."."""

    def __init__(self) -> None:
        self._texts: list[Tensor] = []
        self._encoder: JointSpace

    def learn(self, task: TaskData) -> None:
        self._encoder = task.encoder
        names = [name.replace("_", " ") for name in task.class_names]
        self._texts.append(task.encoder.encode_texts([TEMPLATE.format(name) for name in names]).sentence)

    def predict(self, photos: Photos) -> Tensor:
        return self._encoder.project(photos.pooled[:, 0]) @ torch.cat(self._texts).T
