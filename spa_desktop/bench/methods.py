"""The methods of the bench by name."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from random import Random
from string import ascii_lowercase

import torch
from torch import Tensor

from spa_desktop.bench import baselines
from spa_desktop.descriptions import offline_writer
from spa_desktop.descriptions.model import (
    ClassDescription,
    DescriptionRequest,
    Exemplar,
    ExemplarFeatures,
    Writer,
    cache_key,
)
from spa_desktop.descriptions.offline_writer import OfflineWriter
from spa_desktop.discover.together import CHOSEN, Looks, answer_together
from spa_desktop.encoders.encoder import ClipEncoder
from spa_desktop.errors import InputError
from spa_desktop.jobs import Job
from spa_desktop.learning import config_for, encode_class_text, readable_name
from spa_desktop.spa.config import SpaConfig
from spa_desktop.spa.exemplars import choose_exemplars, mean_looks
from spa_desktop.spa.familiarity import NAME_SIGMA
from spa_desktop.spa.gaussians import PRIOR_FEATURES
from spa_desktop.spa.learner import SpaLearner
from spa_desktop.spa.memory import DEFAULT_WEIGHTS, ClassSamples, ClassText
from spa_desktop.spa.training import SCALE_PRIOR

# SPA and its ablations as methods of the bench.

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

Texts = Callable[[str, baselines.TaskData, Mapping[str, tuple[Exemplar, ...]]], ClassText]
"""The text of each class of a task, by its readable name; the exemplars are of all classes seen so far."""


class Written:
    """Texts by a writer of descriptions."""

    def __init__(self, make: Callable[[ClipEncoder], Writer] = OfflineWriter) -> None:
        """Take what makes the writer for an encoder."""
        self._make = make
        self._writer: Writer | None = None

    def __call__(self, name: str, task: baselines.TaskData, exemplars: Mapping[str, tuple[Exemplar, ...]]) -> ClassText:
        text = self.description(name, task, exemplars)
        return encode_class_text(task.encoder, name, text.sentence, text.texts)

    def description(
        self, name: str, task: baselines.TaskData, exemplars: Mapping[str, tuple[Exemplar, ...]]
    ) -> ClassDescription:
        """Write the text of a class, or give what was written for the same photos."""
        if self._writer is None:
            self._writer = self._make(task.encoder)
        others = {other: shown for other, shown in exemplars.items() if other != name}
        request = DescriptionRequest(name, exemplars[name], others)
        key = cache_key(self._writer, request)
        if key not in _written:
            _written[key] = self._writer.write(request, Job())
        return _written[key]


def named(name: str, task: baselines.TaskData, exemplars: Mapping[str, tuple[Exemplar, ...]]) -> ClassText:
    """The name as the only text."""
    return ClassText.from_name(encode_class_text(task.encoder, name).name)


class Spa:
    """The learner, one task at a time."""

    def __init__(self, config: SpaConfig, seed: int = 0, *, texts: Texts | None = None) -> None:
        """Take the texts of classes; by default the offline writer's, or the name if `config` wants no more."""
        self._config, self._seed = config, seed
        self._texts = texts or (Written() if config.use_descriptions else named)
        self._learner: SpaLearner | None = None
        self._exemplars: dict[str, tuple[Exemplar, ...]] = {}

    @property
    def learner(self) -> SpaLearner:
        """The model."""
        assert self._learner is not None, "a task was learned"
        return self._learner

    def learn(self, task: baselines.TaskData) -> None:
        rows = [(task.labels == label).nonzero().flatten() for label in range(len(task.class_names))]
        patches = torch.cat([part.half() for _, part in task.patches()])
        readable = [readable_name(name) for name in task.class_names]
        looks = mean_looks([task.pooled[photos][:, 0, : task.encoder.width] for photos in rows])
        for place, (name, photos) in enumerate(zip(readable, rows, strict=True)):
            others = [*looks[:place], *looks[place + 1 :]]
            self._exemplars[name] = _exemplars(task, photos, patches[photos], self._seed, others)
        samples = []
        for key, name, photos in zip(task.class_names, readable, rows, strict=True):
            parts = torch.split(patches[photos], 64)
            text = (self._texts if task.encoder.has_texts else named)(name, task, self._exemplars)
            samples.append(ClassSamples(key, task.pooled[photos], partial(map, Tensor.float, parts), text))
        encoder = task.encoder
        config = config_for(encoder, self._config)
        learner = self._learner or SpaLearner(encoder.image_projection, config, prior=encoder.prior)
        self._learner = learner.learn(samples, seed=self._seed)

    def predict(self, photos: baselines.Photos) -> Tensor:
        return torch.cat([self.learner.scores(photos.pooled[part], patches) for part, patches in photos.patches()])


class SpaFolder(Spa):
    """The learner, which answers all photos together."""

    def predict(self, photos: baselines.Photos) -> Tensor:
        parts = (self.learner.score(photos.pooled[part], patches) for part, patches in photos.patches())
        return answer_together(self.learner, Looks.joined([Looks.of(part) for part in parts])).probabilities.log()


def _exemplars(
    task: baselines.TaskData, photos: Tensor, patches: Tensor, seed: int, others: list[Tensor]
) -> tuple[Exemplar, ...]:
    pooled, found = task.pooled[photos], []
    for row in choose_exemplars(pooled[:, 0, : task.encoder.width], EXEMPLARS, seed=seed, others=others):
        features = ExemplarFeatures(pooled[row], patches[row].float())
        digest = hashlib.sha256(pooled[row].numpy().tobytes()).hexdigest()
        found.append(Exemplar(Path(digest), digest, lambda features=features: features))  # type: ignore[misc]
    return tuple(found)


class Waffle(Written):
    """As many random phrases as the writer has for a class, in place of them (WaffleCLIP, arXiv 2306.07282).

    What descriptions are worth is what they add to these.
    """

    def __call__(self, name: str, task: baselines.TaskData, exemplars: Mapping[str, tuple[Exemplar, ...]]) -> ClassText:
        written = self.description(name, task, exemplars)
        random = Random(name)
        texts = [" ".join(_random_word(random) for _ in text.split()) for text in written.texts]
        return encode_class_text(task.encoder, name, f"{readable_name(name)}, {', '.join(texts)}", texts)


def _random_word(random: Random) -> str:
    return "".join(random.choices(ascii_lowercase, k=random.randint(3, 8)))


SHRINKAGES = (0.1, 0.2, 0.3, 0.5, 0.7, 0.8, 0.9)
TEXT_WEIGHTS = (0.0, 2.0, 5.0, 10.0, 20.0)


@dataclass(frozen=True)
class Method:
    """A way to make a fresh classifier from the run's seed.

    `settings` is any text that changes when the results would: finished ones are reused only for equal settings.
    `has_probabilities` says that the softmax of its scores is meant as the probability of each class.
    """

    name: str
    make: Callable[[int], baselines.IncrementalClassifier]
    settings: str = ""
    has_probabilities: bool = False
    is_usual: bool = True  # else it runs only where it is named


# To be raised when the learner gives something else by the same settings.
_LEARNER = 2


def _settings(config: SpaConfig) -> str:
    # The defaults of the weights, the priors and the writer are no part of the config, but of what it gives.
    return repr((config, DEFAULT_WEIGHTS, PRIOR_FEATURES, SCALE_PRIOR, NAME_SIGMA, offline_writer.VERSION, _LEARNER))


def _others() -> list[Method]:
    """More closed forms on SPA's own features, and the control of its descriptions."""
    wide, slda, joined = baselines.Wide, baselines.Slda, baselines.JoinedRanPac
    make: dict[str, Callable[[int], baselines.IncrementalClassifier]] = {
        "lda-prior": lambda seed: slda(wide(), SHRINKAGES, has_prior=True),
        "gda+": lambda seed: slda(wide(), SHRINKAGES, text_weights=TEXT_WEIGHTS, has_prior=True),
        "hycal+": lambda seed: baselines.CountWeighted(slda(wide(), SHRINKAGES, has_prior=True)),
        "klda+": lambda seed: slda(baselines.RandomFourier(wide(), seed=seed), SHRINKAGES),
        "ranpac+2": lambda seed: joined(wide, 2, seed=seed),
        "ranpac+5": lambda seed: joined(wide, 5, seed=seed),
        "spa-waffle": lambda seed: Spa(SpaConfig(), seed, texts=Waffle()),
    }
    return [Method(name, one, _settings(SpaConfig()), is_usual=False) for name, one in make.items()]


METHODS: dict[str, Method] = {
    method.name: method
    for method in (
        Method("zero-shot", lambda seed: baselines.ZeroShot()),
        Method("ncm", lambda seed: baselines.NearestClassMean()),
        Method("slda", lambda seed: baselines.Slda(baselines.Joint()), has_probabilities=True),
        Method("slda+", lambda seed: baselines.Slda(baselines.Wide(), SHRINKAGES), has_probabilities=True),
        Method("ranpac", lambda seed: baselines.RanPac(baselines.Joint(), seed=seed)),
        Method("ranpac+", lambda seed: baselines.RanPac(baselines.Wide(), leave_one_out=True, seed=seed)),
        *_others(),
        Method("finetune", lambda seed: baselines.Finetune(seed=seed), has_probabilities=True),
        Method("joint", lambda seed: baselines.JointTraining(), has_probabilities=True),
        *(Method(name, partial(Spa, config), _settings(config), True) for name, config in ABLATIONS.items()),
        Method("spa+folder", partial(SpaFolder, SpaConfig()), f"{_settings(SpaConfig())} {CHOSEN}", True),
    )
}


def choose_methods(names: Sequence[str] | None = None) -> tuple[Method, ...]:
    """Methods by name, in the given order; the usual ones if no names are given.

    Raises InputError if there is no such method.
    """
    chosen = tuple(dict.fromkeys(names or [name for name in METHODS if METHODS[name].is_usual]))
    if unknown := [name for name in chosen if name not in METHODS]:
        raise InputError(f"No such method: {unknown[0]}. Choose from {', '.join(METHODS)}")
    return tuple(METHODS[name] for name in chosen)
