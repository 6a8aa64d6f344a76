"""Learning from cached features against encoding the photos again in every epoch, as toolboxes do."""

from __future__ import annotations

from pathlib import Path

from benchmarks.speed.drawn import drawn_classes
from benchmarks.speed.table import Line
from benchmarks.speed.timing import Ratio, milliseconds, take_turns
from spa_desktop.encoders.encoder import ClipEncoder
from spa_desktop.encoders.photo_stream import encode_files
from spa_desktop.spa.config import SpaConfig
from spa_desktop.spa.learner import SpaLearner

CLASSES, PHOTOS = 10, 30
SAMPLE = 60


def learning_line(encoder: ClipEncoder, learner: SpaLearner, files: list[Path], rounds: int) -> Line:
    """A task of ten classes after a hundred, from features in memory.

    Beside it, what a toolbox pays for its photos alone: one view of each in every epoch, from files. A share of one
    epoch is timed.
    """
    task = drawn_classes(len(learner.keys), CLASSES, encoder, PHOTOS)
    epochs, photos = SpaConfig().steps, CLASSES * PHOTOS
    sample = (files * -(-SAMPLE // len(files)))[:SAMPLE]
    spent = take_turns(
        rounds,
        warm_up=0,
        encoding=lambda: list(encode_files(encoder, sample, views=1)),
        learning=lambda: learner.learn(task),
    )
    epoch = milliseconds(spent["encoding"]) / 1000 * photos / SAMPLE
    return Line(
        f"learning {CLASSES} classes of {PHOTOS} photos after {len(learner.keys)}",
        Ratio.of(spent["encoding"], spent["learning"]).scaled(epochs * photos / SAMPLE),
        f"encoding {photos} photos in each of {epochs} epochs, {epochs * epoch:.0f} s: {epochs} times one epoch's "
        f"{epoch:.1f} s, reckoned from {SAMPLE} photos",
        30,
        is_speedup=True,
        note=f"{milliseconds(spent['learning']) / 1000:.1f} s",
    )
