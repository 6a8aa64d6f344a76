"""What is exported: a learner with the names that people know its classes by, and how well it did."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from spa_desktop.encoders.encoder import ClipEncoder
    from spa_desktop.spa.learner import SpaLearner


@dataclass(frozen=True)
class Accuracy:
    """How many test photos the app recognised, in per cent.

    Attributes:
        last: of all classes.
        photos: how many test photos there were.
        per_class: by label; None for a class without a test photo.
    """

    last: float
    photos: int
    per_class: dict[str, float | None] = field(default_factory=dict)


@dataclass(frozen=True)
class ExportedClassifier:
    """What is exported.

    Attributes:
        title: what people call it.
        encoder: whose features it learned from.
        learner: that knows at least one class.
        labels: of its classes, in its order.
        tasks: names of tasks, in order, each with the labels of its classes.
        accuracy: None where there was no test photo.
    """

    title: str
    encoder: ClipEncoder
    learner: SpaLearner
    labels: tuple[str, ...]
    tasks: tuple[tuple[str, tuple[str, ...]], ...]
    accuracy: Accuracy | None = None
