"""SPA and its ablations as methods of the bench."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, cast

import torch
from torch import Tensor

from spa_desktop.bench.incremental_method import Photos, TaskData
from spa_desktop.class_text import encode_class_text, readable_name
from spa_desktop.descriptions.model import (
    ClassDescription,
    DescriptionRequest,
    Exemplar,
    ExemplarFeatures,
    Writer,
    cache_key,
)
from spa_desktop.descriptions.offline_writer import OfflineWriter
from spa_desktop.jobs import Job
from spa_desktop.spa.config import SpaConfig
from spa_desktop.spa.exemplars import choose_exemplars
from spa_desktop.spa.learner import SpaLearner
from spa_desktop.spa.samples import ClassSamples, ClassText

if TYPE_CHECKING:
    from spa_desktop.encoders.encoder import ClipEncoder

EXEMPLARS = 6
ABLATIONS = {
    "spa": SpaConfig(),
    "spa-no-descriptions": replace(SpaConfig(), use_descriptions=False),
    "spa-no-selection": replace(SpaConfig(), use_selection=False),
    "spa-no-transport": replace(SpaConfig(), use_transport=False),
    "spa-no-projectors": replace(SpaConfig(), use_projectors=False),
    "spa-no-texture": replace(SpaConfig(), use_texture=False),
    "spa-no-pseudo-features": replace(SpaConfig(), use_pseudo_features=False),
}

# The ablations of one run ask for the same texts: they are written once.
_written: dict[str, ClassDescription] = {}


Texts = Callable[[str, TaskData, Mapping[str, tuple[Exemplar, ...]]], ClassText]
"""What is said of a class of a task, by its readable name; the exemplars are of all classes seen so far."""


class Written:
    """Texts by a writer of descriptions."""

    def __init__(self, make: Callable[[ClipEncoder], Writer] = OfflineWriter) -> None:
        """Take what makes the writer for an encoder."""
        self._make = make
        self._writer: Writer | None = None

    def __call__(self, name: str, task: TaskData, exemplars: Mapping[str, tuple[Exemplar, ...]]) -> ClassText:
        if self._writer is None:
            self._writer = self._make(_encoder(task))
        rivals = {other: shown for other, shown in exemplars.items() if other != name}
        request = DescriptionRequest(name, exemplars[name], rivals)
        key = cache_key(self._writer, request)
        if key not in _written:
            _written[key] = self._writer.write(request, Job())
        text = _written[key]
        return encode_class_text(_encoder(task), name, text.sentence, text.texts)


def named(name: str, task: TaskData, exemplars: Mapping[str, tuple[Exemplar, ...]]) -> ClassText:
    """The name as the only text."""
    return encode_class_text(_encoder(task), name).name_only()


class Spa:
    """The learner, one task at a time."""

    def __init__(self, config: SpaConfig, *, seed: int = 0, texts: Texts | None = None) -> None:
        """Take what is said of classes; by default the offline writer's text, or the name if `config` wants no more."""
        self._config, self._seed = config, seed
        self._texts = texts or (Written() if config.use_descriptions else named)
        self._learner: SpaLearner | None = None
        self._exemplars: dict[str, tuple[Exemplar, ...]] = {}

    @property
    def learner(self) -> SpaLearner:
        """What was learned so far."""
        assert self._learner is not None, "a task was learned"
        return self._learner

    def learn(self, task: TaskData) -> None:
        rows = [(task.labels == label).nonzero().flatten() for label in range(len(task.class_names))]
        patches = torch.cat([part for _, part in task.patches()]).half()
        readable = [readable_name(name) for name in task.class_names]
        for name, mine in zip(readable, rows, strict=True):
            self._exemplars[name] = _exemplars(task, mine, patches[mine], self._seed)
        samples = [
            ClassSamples(key, task.pooled[mine], _passes(patches[mine]), self._texts(name, task, self._exemplars))
            for key, name, mine in zip(task.class_names, readable, rows, strict=True)
        ]
        encoder = _encoder(task)
        learner = self._learner or SpaLearner(encoder.image_projection, self._config, prior=encoder.prior)
        self._learner = learner.learn(samples, seed=self._seed)

    def predict(self, photos: Photos) -> Tensor:
        return torch.cat([self.learner.scores(photos.pooled[part], patches) for part, patches in photos.patches()])


def _encoder(task: TaskData) -> ClipEncoder:
    return cast("ClipEncoder", task.encoder)


def _passes(patches: Tensor) -> Callable[[], Iterator[Tensor]]:
    def one_pass() -> Iterator[Tensor]:
        for start in range(0, len(patches), 64):
            yield patches[start : start + 64].float()

    return one_pass


def _exemplars(task: TaskData, mine: Tensor, patches: Tensor, seed: int) -> tuple[Exemplar, ...]:
    pooled, found = task.pooled[mine], []
    for row in choose_exemplars(pooled[:, 0, : _encoder(task).width], EXEMPLARS, seed=seed):
        features = ExemplarFeatures(pooled[row], patches[row].float())
        digest = hashlib.sha256(pooled[row].numpy().tobytes()).hexdigest()
        found.append(Exemplar(Path(digest), digest, lambda features=features: features))  # type: ignore[misc]
    return tuple(found)
