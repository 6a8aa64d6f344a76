"""Learning from cached features against encoding the photos in every epoch; a first training, and `make lint`."""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.speed.drawn import drawn_classes
from benchmarks.speed.table import Line
from benchmarks.speed.timing import Ratio, Times, milliseconds, take_turns
from spa_desktop import demo
from spa_desktop.encoders.encoder import ClipEncoder
from spa_desktop.encoders.photo_stream import encode_files
from spa_desktop.spa.config import SpaConfig
from spa_desktop.spa.learner import SpaLearner

CLASSES, PHOTOS = 10, 30
SAMPLE = 60
LINT = 20.0  # seconds that it may take
_LOADS = "from spa_desktop.encoders.backbones import load_encoder; load_encoder('spa-lite', device='cpu')"


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
        note=" and of the processor ".join(
            f"{milliseconds(times) / 1000:.1f} s" for times in (spent["learning"], spent["learning"].processor)
        ),
    )


def first_line(rounds: int) -> Line:
    """``spa-desktop train`` on three classes whose features are cached, against a process that loads the encoder.

    Both are processes of their own, and their processor time is that of children that ended.
    """
    with tempfile.TemporaryDirectory(prefix="spa-desktop-") as name:
        own = Path(name)
        folders = {f"SPA_DESKTOP_{kind}_DIR": str(own / kind) for kind in ("CACHE", "CONFIG", "DATA")}
        environment = {**os.environ, **folders}

        def run(*arguments: str) -> None:
            subprocess.run([sys.executable, *arguments], env=environment, check=True, capture_output=True)

        def verb(*arguments: object) -> None:
            run("-m", "spa_desktop", *map(str, arguments))

        classes = sorted(demo.PHOTOS.glob("*/train/*"))[:3]
        verb("new", own / "three.spa")
        verb("add", own / "three.spa", *classes)
        verb("describe", own / "three.spa")
        shutil.copy(own / "three.spa", own / "untrained.spa")
        verb("train", own / "three.spa")  # now the features are cached, and modules compiled
        spent = {"train": Times(), "load": Times()}
        for _ in range(rounds):
            shutil.copy(own / "untrained.spa", own / "three.spa")
            _timed(spent["train"], lambda: verb("train", own / "three.spa"))
            _timed(spent["load"], lambda: run("-c", _LOADS))
    seconds, loading = (milliseconds(spent[name]) / 1000 for name in ("train", "load"))
    computed = milliseconds(spent["train"].processor) / 1000
    return Line(
        "first training of a process, 3 classes",
        Ratio.of(spent["train"], spent["load"]),
        f"a process that loads torch and the encoder, {loading:.1f} s",
        2.0,
        note=f"{seconds:.1f} s, {computed:.1f} s of the processor",
        processor=Ratio.of(spent["train"].processor, spent["load"].processor),
    )


def lint_line(rounds: int) -> Line:
    """``make lint`` once its caches are filled, against what it may take."""
    spent = Times()
    for turn in range(rounds + 1):
        _timed(spent if turn else Times(), lambda: subprocess.run(["make", "lint"], check=True, capture_output=True))
    return Line(
        "`make lint`, its caches filled",
        Ratio.of(spent, [LINT] * rounds),
        f"{LINT:.0f} s",
        1.0,
        note=f"{statistics.median(spent):.1f} s, {statistics.median(spent.processor):.1f} s of the processor",
        processor=Ratio.of(spent.processor, [LINT] * rounds),
    )


def _timed(times: Times, function: Callable[[], None]) -> None:
    started, before = time.perf_counter(), os.times()
    function()
    after = os.times()
    times.append(time.perf_counter() - started)
    times.processor.append(after.children_user + after.children_system - before.children_user - before.children_system)
