"""How soon a large project is seen: ``python -m benchmarks.opening``.

A project of 100 classes in ten tasks, with 80 photos each to learn and 20 to test with, which has been learned (with an
encoder that costs next to nothing: opening reads nothing of what it made). Measured are the seconds from the order to
open it to the Classes page with its classes and the pictures in sight, and from the click on Results to its figures,
with the answers kept in the project; the first time in a process, and the median of five times after it. Prints a
Markdown table.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import numpy as np
from PIL import Image

from benchmarks.speed.table import markdown
from benchmarks.ui_latency import Bench, Ticks, breathe

TASKS, CLASSES, TRAIN, TEST = 10, 10, 80, 20  # classes a task, photos a class
SIDES = (160, 120)
GOALS = {"Classes": 0.5, "Results": 0.8}


def main() -> None:
    """Make the project, measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.opening", description=__doc__)
    parser.add_argument("--times", type=int, default=5)
    parser.add_argument("--keep", type=Path, help="folder for the project; one that is there already is taken")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="spa-desktop-") as own:
        for kind in ("CACHE", "DATA", "CONFIG"):
            os.environ[f"SPA_DESKTOP_{kind}_DIR"] = str(Path(own) / kind.lower())
        folder = arguments.keep or Path(own)
        path = folder / "large.spa"
        if not path.exists():
            make_project(folder, path)
        measure(Bench(Path(own)), path, arguments.times)


def make_project(folder: Path, path: Path) -> None:
    """Draw the photos, add and learn them."""
    from spa_desktop.encoders import backbones
    from spa_desktop.workbench import Workbench
    from tests.workbench.tiny import load_tiny

    backbones.load_encoder = load_tiny()
    random = np.random.default_rng(0)
    with Workbench.create(path) as bench:
        for task in range(TASKS):
            for number in range(CLASSES):
                draw_class(folder / f"task {task}", f"class {task * CLASSES + number:03d}", random)
            bench.add([folder / f"task {task}"], task=f"task {task}")
            bench.train(task=f"task {task}")
            print(f"Task {task + 1} of {TASKS} is learned", flush=True)


def draw_class(folder: Path, name: str, random: np.random.Generator) -> None:
    """Photos of coarse noise about a colour of their own."""
    colour = random.uniform(40, 215, 3)
    for split, count in (("train", TRAIN), ("test", TEST)):
        place = folder / split / name
        place.mkdir(parents=True)
        for index in range(count):
            pixels = np.clip(colour + random.normal(0, 30, (12, 16, 3)), 0, 255).astype(np.uint8)
            Image.fromarray(pixels).resize(SIDES).save(place / f"{index:03d}.jpg", quality=85)


def measure(bench: Bench, path: Path, times: int) -> None:
    """Open it and look at Results, several times in one process."""
    from spa_desktop.ui.classes.classes_page import ClassesPage
    from spa_desktop.ui.results.results_page import ResultsPage

    classes, results = (bench.window.page_of(name) for name in ("classes", "results"))
    assert isinstance(classes, ClassesPage)
    assert isinstance(results, ResultsPage)
    seconds: dict[str, list[float]] = {"Classes": [], "Results": []}
    late = Ticks()

    def is_classes_shown() -> bool:
        model = classes.photo_model
        seen = [one.id for one in model.photos[:12]]
        return len(seen) == 12 and all(model.source.picture(key) is not None for key in seen)

    def timed(page: str, act: Callable[[], object], is_shown: Callable[[], bool]) -> None:
        bench.metronome.start()
        begun = time.perf_counter()
        act()
        while not is_shown():
            breathe(2)
        seconds[page].append(time.perf_counter() - begun)
        late.late += bench.metronome.stop().late

    def open_it() -> None:
        bench.context.open_project(path)
        bench.window.show_page("classes")

    for _ in range(times + 1):
        timed("Classes", open_it, is_classes_shown)
        timed("Results", lambda: bench.window.show_page("results"), lambda: results.report is not None)
        breathe(300)
        bench.wait(lambda: not bench.context.background.operations)
        bench.context.close_project()
        breathe(300)
    lines = [
        (page, f"{first:.2f} s", f"{statistics.median(rest):.2f} s (worst {max(rest):.2f})", f"{GOALS[page]} s")
        for page, (first, *rest) in seconds.items()
    ]
    print(markdown(("page", "first in its process", f"then, median of {times}", "goal"), lines))
    print(f"The window's thread was {max(late.late):.0f} ms late at most meanwhile.")
    bench.context.shutdown()


if __name__ == "__main__":
    main()
