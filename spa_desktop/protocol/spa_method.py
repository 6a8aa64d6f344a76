"""SPA and its ablations as methods of the bench."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import torch
from torch import Tensor

from spa_desktop.descriptions.model import (
    ClassDescription,
    DescriptionRequest,
    Exemplar,
    ExemplarFeatures,
    Writer,
    cache_key,
)
from spa_desktop.descriptions.offline import OfflineWriter
from spa_desktop.jobs import Job
from spa_desktop.protocol.classifier import Photos, TaskData
from spa_desktop.spa.config import SpaConfig
from spa_desktop.spa.exemplars import choose_exemplars
from spa_desktop.spa.learner import SpaLearner
from spa_desktop.spa.samples import ClassSamples, ClassText

EXEMPLARS = 6
ABLATIONS = {
    "spa": SpaConfig(),
    "spa-no-descriptions": replace(SpaConfig(), use_descriptions=False),
    "spa-no-selection": replace(SpaConfig(), use_selection=False),
    "spa-no-transport": replace(SpaConfig(), use_transport=False),
    "spa-no-projectors": replace(SpaConfig(), use_projectors=False),
    "spa-no-pseudo-features": replace(SpaConfig(), use_pseudo_features=False),
}

# The ablations of one run ask for the same texts: they are written once.
_written: dict[str, ClassDescription] = {}


class Spa:
    """The learner with the offline writer, one task at a time."""

    def __init__(self, config: SpaConfig, *, seed: int = 0) -> None:
        self._config, self._seed = config, seed
        self._learner: SpaLearner | None = None
        self._writer: Writer | None = None
        self._exemplars: dict[str, tuple[Exemplar, ...]] = {}

    def learn(self, task: TaskData) -> None:
        rows = [(task.labels == label).nonzero().flatten() for label in range(len(task.class_names))]
        patches = torch.cat([part for _, part in task.patches()]).half()
        readable = [name.replace("_", " ") for name in task.class_names]
        for name, mine in zip(readable, rows, strict=True):
            self._exemplars[name] = _exemplars(task.pooled[mine], patches[mine], self._seed)
        samples = [
            ClassSamples(key, task.pooled[mine], _passes(patches[mine]), self._text(name, task))
            for key, name, mine in zip(task.class_names, readable, rows, strict=True)
        ]
        learner = self._learner or SpaLearner(_projection(task), self._config)
        self._learner = learner.learn(samples, seed=self._seed)

    def predict(self, photos: Photos) -> Tensor:
        assert self._learner is not None, "a task was learned"
        return torch.cat([self._learner.scores(photos.pooled[part], patches) for part, patches in photos.patches()])

    def _text(self, name: str, task: TaskData) -> ClassText:
        title = f"a photo of a {name}."
        if not self._config.use_descriptions:
            return ClassText.from_name(task.encoder.encode_texts([title]).sentence[0])
        if self._writer is None:
            self._writer = OfflineWriter(task.encoder)  # type: ignore[arg-type]
        rivals = {other: shown for other, shown in self._exemplars.items() if other != name}
        request = DescriptionRequest(name, self._exemplars[name], rivals)
        key = cache_key(self._writer, request)
        if key not in _written:
            _written[key] = self._writer.write(request, Job())
        text = _written[key]
        features = task.encoder.encode_texts([title, text.sentence, *text.texts])
        return ClassText.from_tokens(features.sentence[0], features.sentence[1], features.tokens[2:], features.mask[2:])


def _projection(task: TaskData) -> Tensor:
    projection: Tensor = task.encoder.image_projection  # type: ignore[attr-defined]
    return projection


def _passes(patches: Tensor) -> Callable[[], Iterator[Tensor]]:
    def one_pass() -> Iterator[Tensor]:
        for start in range(0, len(patches), 64):
            yield patches[start : start + 64].float()

    return one_pass


def _exemplars(pooled: Tensor, patches: Tensor, seed: int) -> tuple[Exemplar, ...]:
    found = []
    for row in choose_exemplars(pooled[:, 0], EXEMPLARS, seed=seed):
        features = ExemplarFeatures(pooled[row], patches[row].float())
        digest = hashlib.sha256(pooled[row].numpy().tobytes()).hexdigest()
        found.append(Exemplar(Path(digest), digest, lambda features=features: features))  # type: ignore[misc]
    return tuple(found)
