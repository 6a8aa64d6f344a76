"""How time and memory grow with classes and photos."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from benchmarks.speed.drawn import drawn_classes
from benchmarks.speed.timing import milliseconds, peak_memory, take_turns
from spa_desktop.encoders.encoder import ClipEncoder
from spa_desktop.spa.learner import SpaLearner, to_bytes

TASK, PHOTOS = 10, 10
HEADINGS = (
    "known classes",
    "task of 10 classes, photos",
    "learn, s",
    "score a photo, ms",
    "learner, kB a class",
    "peak memory, GB",
)


@dataclass(frozen=True)
class Growth:
    """One point: what a task of ten classes and a photo's scores cost a learner of so many classes.

    Attributes:
        classes: known before the task.
        photos: of the task.
        learn_seconds: of the task.
        score_ms: one photo, one view, over the known classes; None before there are any.
        bytes_a_class: of the stored learner with the task in it, over the known classes and the task's.
        peak_bytes: the process's peak memory so far.
    """

    classes: int
    photos: int
    learn_seconds: float
    score_ms: float | None
    bytes_a_class: float
    peak_bytes: int

    def cells(self) -> tuple[str, ...]:
        score = "" if self.score_ms is None else f"{self.score_ms:.2f}"
        memory = f"{self.peak_bytes / 1e9:.2f}"
        learn, size = f"{self.learn_seconds:.1f}", f"{self.bytes_a_class / 1000:.0f}"
        return f"{self.classes:,}", f"{self.photos:,}", learn, score, size, memory


def growth_in_classes(encoder: ClipEncoder, learner: SpaLearner, rounds: int) -> Growth:
    """The next ten classes, of ten photos each."""
    random = torch.Generator().manual_seed(0)
    high, wide = encoder.grid
    pooled = torch.rand(1, 1, encoder.pooled_width, generator=random)
    patches = encoder.project(torch.rand(1, 1, high * wide, encoder.patch_width, generator=random))
    spent = take_turns(rounds, warm_up=3, score=lambda: learner.scores(pooled, patches))
    return _learned(encoder, learner, PHOTOS, score_ms=milliseconds(spent["score"]))


def growth_in_photos(encoder: ClipEncoder, photos: int) -> Growth:
    """A first task of ten classes that has so many photos."""
    return _learned(encoder, SpaLearner(encoder.image_projection, prior=encoder.prior), photos // TASK, score_ms=None)


def _learned(encoder: ClipEncoder, learner: SpaLearner, photos: int, *, score_ms: float | None) -> Growth:
    known = len(learner.keys)
    task = drawn_classes(known, TASK, encoder, photos)
    later: list[SpaLearner] = []
    spent = take_turns(1, warm_up=0, learn=lambda: later.append(learner.learn(task)))
    size = len(to_bytes(later[0])) / (known + TASK)
    return Growth(known, photos * TASK, spent["learn"][0], score_ms, size, peak_memory())
