"""Live recognition: a photo in memory to its answer, against the encoder's forward pass alone."""

from __future__ import annotations

from pathlib import Path

from benchmarks.speed.table import Line
from benchmarks.speed.timing import Ratio, milliseconds, take_turns
from spa_desktop.encoders.encoder import ClipEncoder
from spa_desktop.recognizer import KnownClass, Recognizer
from spa_desktop.spa.learner import SpaLearner

REACH = {100: 1.10, 1000: 1.25}


def live_lines(encoder: ClipEncoder, learner: SpaLearner, photo: Path, rounds: int) -> list[Line]:
    """The app's own recogniser, one view, on a photo as a camera gives it; and the same from the encoder's input on."""
    recognizer = Recognizer(encoder, learner, {int(key): KnownClass(key) for key in learner.keys}, views=1)
    image = recognizer.open(photo)
    ready = encoder.preprocess(image)[None]

    def scored() -> None:
        features = encoder.encode_images(ready)
        learner.scores(features.pooled[:, None], encoder.project(features.patches)[:, None])

    spent = take_turns(
        rounds,
        warm_up=3,
        forward=lambda: encoder.encode_images(ready),
        answer=lambda: recognizer.recognize(image),
        scored=scored,
    )
    count = len(learner.keys)
    limit = f"encoder forward alone, {milliseconds(spent['forward']):.1f} ms"
    return [
        Line(
            f"live: photo to answer, {count:,} classes",
            Ratio.of(spent["answer"], spent["forward"]),
            limit,
            REACH[count],
            note=f"{milliseconds(spent['answer']):.1f} ms, with the photo's resizing and the patches to show",
        ),
        Line(
            f"of this, encoder's input to scores, {count:,} classes",
            Ratio.of(spent["scored"], spent["forward"]),
            limit,
            REACH[count],
            note=f"{milliseconds(spent['scored']):.1f} ms",
        ),
    ]
