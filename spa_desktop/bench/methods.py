"""The methods of the bench by name."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from spa_desktop.bench.baselines.finetune import Finetune
from spa_desktop.bench.baselines.joint import JointTraining
from spa_desktop.bench.baselines.ncm import NearestClassMean
from spa_desktop.bench.baselines.ranpac import RanPac
from spa_desktop.bench.baselines.slda import Slda
from spa_desktop.bench.baselines.spaces import Joint, Wide
from spa_desktop.bench.baselines.zero_shot import ZeroShot
from spa_desktop.bench.incremental_method import IncrementalClassifier
from spa_desktop.bench.spa_method import ABLATIONS, Spa
from spa_desktop.descriptions import offline_writer
from spa_desktop.errors import InputError
from spa_desktop.spa.config import SpaConfig
from spa_desktop.spa.gaussians import PRIOR_FEATURES
from spa_desktop.spa.memory import DEFAULT_WEIGHTS

SHRINKAGES = (0.1, 0.2, 0.3, 0.5, 0.7, 0.8, 0.9)


@dataclass(frozen=True)
class Method:
    """A way to make a fresh classifier from the run's seed.

    `settings` is any text that changes when the results would: finished ones are reused only for equal settings.
    `has_probabilities` says that the softmax of its scores is meant as the probability of each class.
    """

    name: str
    make: Callable[[int], IncrementalClassifier]
    settings: str = ""
    has_probabilities: bool = False


def _spa(name: str, config: SpaConfig) -> Method:
    # The defaults of the weights, the prior and the writer are no part of the config, but of what it gives.
    settings = repr((config, DEFAULT_WEIGHTS, PRIOR_FEATURES, offline_writer.VERSION))
    return Method(name, lambda seed: Spa(config, seed=seed), settings=settings, has_probabilities=True)


METHODS: dict[str, Method] = {
    method.name: method
    for method in (
        Method("zero-shot", lambda seed: ZeroShot()),
        Method("ncm", lambda seed: NearestClassMean()),
        Method("slda", lambda seed: Slda(Joint()), has_probabilities=True),
        Method("slda+", lambda seed: Slda(Wide(), SHRINKAGES), has_probabilities=True),
        Method("ranpac", lambda seed: RanPac(Joint(), seed=seed)),
        Method("ranpac+", lambda seed: RanPac(Wide(), leave_one_out=True, seed=seed)),
        Method("finetune", lambda seed: Finetune(seed=seed), has_probabilities=True),
        Method("joint", lambda seed: JointTraining(), has_probabilities=True),
        *(_spa(name, config) for name, config in ABLATIONS.items()),
    )
}


def choose_methods(names: Sequence[str] | None = None) -> tuple[Method, ...]:
    """Methods by name, in the given order; all of them if no names are given.

    Raises:
        InputError: if there is no such method.
    """
    chosen = tuple(dict.fromkeys(names or METHODS))
    if unknown := [name for name in chosen if name not in METHODS]:
        raise InputError(f"No such method: {unknown[0]}. Choose from {', '.join(METHODS)}")
    return tuple(METHODS[name] for name in chosen)
