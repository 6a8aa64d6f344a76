"""The photos that show a class to a writer of descriptions, or what the learner remembers in their place."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from spa_desktop.descriptions.model import ExemplarFeatures

if TYPE_CHECKING:
    from spa_desktop.feature_store import FeatureStore, PhotoRef
    from spa_desktop.spa.learner import SpaLearner

EXEMPLARS = 6


def choose_photos(store: FeatureStore, photos: Sequence[PhotoRef], count: int, *, seed: int) -> list[PhotoRef]:
    """Photos that are typical of a class and different from each other: at most `count`, the most typical first.

    Raises:
        InputError: if the features of a photo are neither in the cache nor to be had from it.
    """
    from spa_desktop.spa.exemplars import choose_exemplars

    pooled = store.pooled(photos)[:, 0, : store.encoder.width]
    return [photos[row] for row in choose_exemplars(pooled, count, seed=seed)]


def remembered_features(learner: SpaLearner, key: str) -> ExemplarFeatures:
    """The class mean and the grounded tokens of a class, for one whose photos are gone. They are no places on a photo.

    Raises:
        KeyError: if the class was not learned.
    """
    from spa_desktop.spa.gaussians import from_gaussian_space

    memory = learner.memory
    if memory is None:
        raise KeyError(key)
    index = memory.index(key)
    pooled = from_gaussian_space(memory.globals.means[index], rectified=memory.rectified)
    return ExemplarFeatures(pooled[None].cpu(), memory.classes[index].grounded[None].cpu())
