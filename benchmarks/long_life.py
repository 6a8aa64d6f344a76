"""The window through a long day: ``python -m benchmarks.long_life [FOLDERS OF CLASSES] --minutes 120``.

Somebody makes projects, adds photos, has them described and learned, cancels, undoes, looks at pages and photos,
points a camera (drawn frames, 25 a second) at things, changes the theme, and closes the project again; what
comes next is left to a seeded chance. After each project the window is back on the start page, where memory, threads,
open files, temporary files and widgets are counted. After the warm-up, a third of the time, all of these must stay as
they are, memory and widgets (lists have rows) within 5 %. A timer notes how late the window's thread is all the while.

Memory is what the process holds after a collection of garbage and after the C library gave back what it could.
"""

from __future__ import annotations

import argparse
import ctypes
import gc
import os
import random
import shutil
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
import spa_desktop.ui  # noqa: F401 - before torch, as in the app

os.environ.setdefault("QT_LOGGING_RULES", "qt.multimedia.*=false")

import numpy as np
from PIL import Image
from PySide6.QtCore import QCoreApplication, QEvent, QTimer, Slot
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication

from benchmarks.speed.table import markdown
from benchmarks.speed.timing import held_memory
from benchmarks.ui_latency import Bench, breathe
from spa_desktop.project.folders import add_classes
from spa_desktop.ui.live.sources import FrameSource
from spa_desktop.workbench import class_changes, describing

MOST_GROWTH = 5.0  # per cent, of memory after the warm-up
P99_MS = 20.0
_PAGES = ("classes", "descriptions", "train", "results", "explain", "live")


@dataclass(frozen=True)
class Counted:
    """What the process holds while the start page is shown."""

    seconds: float
    memory: float  # MB
    threads: int
    files: int
    temporary: int
    widgets: int
    kinds: Counter[str] = field(default_factory=Counter, repr=False)


class DrawnCamera(FrameSource):
    """Frames from photos, 25 a second."""

    def __init__(self, photos: list[Path]) -> None:
        super().__init__("drawn camera")
        self._frames = [QImage(str(path)).scaled(640, 480) for path in photos]
        self._shown = 0
        self._timer = QTimer(self)
        self._timer.setInterval(40)
        self._timer.timeout.connect(self._give)

    def start(self) -> None:
        self._timer.start()

    def stop(self) -> None:
        self._timer.stop()

    @Slot()
    def _give(self) -> None:
        self._shown += 1
        self.frame_came.emit(self._frames[self._shown % len(self._frames)])


class Life:
    """Somebody at the window, who does one thing after the other."""

    def __init__(self, bench: Bench, photos: dict[str, Path], temporary: Path, seed: int) -> None:
        self.bench, self.photos, self.temporary = bench, photos, temporary
        self.chance = random.Random(seed)
        self.done: Counter[str] = Counter()
        self.projects = 0
        self.begun = time.monotonic()
        self.actions: list[tuple[int, Callable[[], bool]]] = [
            (4, self.add),
            (3, self.train),
            (1, self.cancel_training),
            (2, self.undo),
            (1, self.redo),
            (2, self.look_at_photos),
            (2, self.film),
            (1, self.play_video),
            (1, self.name_folder),
            (1, self.sort_pile),
            (2, self.walk_pages),
            (1, self.describe),
            (1, self.delete_class),
            (1, self.reopen),
            (1, self.restyle),
            (1, self.open_settings),
        ]

    @property
    def context(self) -> Any:
        return self.bench.context

    @property
    def window(self) -> Any:
        return self.bench.session.window

    def rest(self) -> None:
        """Until nothing is at work."""
        self.bench.wait(lambda: not self.context.background.operations)

    def project(self, steps: int) -> None:
        """Make a project, do so many things with it, close it, and delete it."""
        self.projects += 1
        folder = self.bench.folder / "projects" / str(self.projects % 4)
        folder.mkdir(parents=True)
        self.context.create_project(folder / "It.spa")
        self.bench.wait(lambda: self.context.contents is not None)
        self.add()
        left = steps
        while left:
            weights, actions = zip(*self.actions, strict=True)
            action = self.chance.choices(actions, weights)[0]
            if action():
                self.rest()
                self.done[action.__name__.replace("_", " ")] += 1
                left -= 1
        self.window.show_page("classes")
        self.rest()
        self.context.close_project()
        shutil.rmtree(folder)
        self.done["make and close a project"] += 1

    def run(self, title: str, function: Callable[[Any, Any], Any]) -> Any:
        return self.context.run(title, function)

    # What one can do; False if it cannot be done now.

    def add(self) -> bool:
        taken = {one.name for one in self.context.contents.classes}
        free = sorted(set(self.photos) - taken)
        if len(free) < 2:
            return False
        names = self.chance.sample(free, 2)
        folders = [self.photos[name] for name in names]
        open_tasks = [task.name for task in self.context.contents.tasks if task.state == "new"]
        task = open_tasks[0] if open_tasks else f"Task {len(self.context.contents.tasks) + 1}"
        self.window.show_page("classes")
        self.run("Adding photos", lambda bench, job: add_classes(bench.project, folders, job, task=task))
        self.rest()
        return True

    def describe(self) -> bool:
        self.window.show_page("descriptions")
        self.run("Describing", lambda bench, job: describing.describe(bench, "offline", job))
        return True

    def train(self) -> bool:
        if not self.context.contents.to_learn:
            return False
        self.window.show_page("train")
        self.window.page_of("train").start()
        return True

    def cancel_training(self) -> bool:
        if not self.train():
            return False
        breathe(self.chance.randrange(0, 1500))
        self.window.page_of("train").cancel_all()
        return True

    def undo(self) -> bool:
        if len(self.context.contents.undo) < 2:  # not the first photos
            return False
        self.context.undo.undo()
        return True

    def redo(self) -> bool:
        if not self.context.contents.redo:
            return False
        self.context.undo.redo()
        return True

    def look_at_photos(self) -> bool:
        if self.context.contents.learner is None:
            return False
        self.window.show_page("explain")
        self.rest()
        for _ in range(5):
            self.window.page_of("explain").walk.step(1)
            self.rest()
        return True

    def film(self) -> bool:
        self.window.show_page("live")
        page = self.window.page_of("live")
        every = [path for folder in self.photos.values() for path in sorted(folder.rglob("*.jpg"))]
        page.start(DrawnCamera(self.chance.sample(every, 5)))
        breathe(4000)
        page.stop()
        return True

    def play_video(self) -> bool:
        from tests.ui.live.films import write_film

        if self.context.contents.learner is None:
            return False
        film = self.bench.folder / "film.avi"
        if not film.exists():
            write_film(film, [Image.open(path).convert("RGB").resize((640, 480)) for path in self.some(50)])
        self.window.show_page("live")
        page = self.window.page_of("live")
        page.show_path(film)
        breathe(4000)
        page.stop()
        return True

    def name_folder(self) -> bool:
        """Have photos of a folder named."""
        if self.context.contents.learner is None:
            return False
        self.context.go_to("use", self.some(40))
        return True

    def sort_pile(self) -> bool:
        """Photos without names."""
        self.context.go_to("sort", self.some(40))
        self.rest()
        self.window.page_of("sort").work.drop_all()
        return True

    def some(self, count: int) -> list[Path]:
        """So many photos, those that come in turn."""
        every = [path for folder in self.photos.values() for path in sorted(folder.rglob("*.jpg"))]
        return self.chance.sample(every, min(count, len(every)))

    def walk_pages(self) -> bool:
        for name in self.chance.sample(_PAGES, len(_PAGES)):
            self.window.show_page(name)
            breathe(150)
        return True

    def delete_class(self) -> bool:
        classes = self.context.contents.classes
        if len(classes) < 5:
            return False
        one = self.chance.choice(classes)
        self.run("Forgetting", lambda bench, job: class_changes.forget_class(bench, one.id, job))
        return True

    def reopen(self) -> bool:
        path = self.context.contents.path
        self.context.close_project()
        self.context.open_project(path)
        self.bench.wait(lambda: self.context.contents is not None)
        return True

    def restyle(self) -> bool:
        values = self.context.settings.value
        self.context.settings.update(appearance="dark" if values.appearance == "light" else "light")
        breathe(200)
        return True

    def open_settings(self) -> bool:
        self.window.show_settings()
        breathe(200)
        dialog = QApplication.activeModalWidget()
        if dialog is not None:
            dialog.close()
        return True

    def count(self) -> Counted:
        """What is held now, on the start page."""
        breathe(1500)  # widgets that are deleted later, and timers that wait
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        gc.collect()
        with suppress(OSError, AttributeError):
            ctypes.CDLL(None).malloc_trim(0)
        return Counted(
            time.monotonic() - self.begun,
            held_memory() / 2**20,
            len(list(Path("/proc/self/task").iterdir())),
            len(list(Path("/proc/self/fd").iterdir())),
            sum(path.is_file() for path in self.temporary.rglob("*")),
            len(QApplication.allWidgets()),
            Counter(type(one).__name__ for one in QApplication.allWidgets()),
        )


def photo_folders(folder: Path, *, is_tiny: bool, sets: Sequence[Path] = ()) -> dict[str, Path]:
    """A folder for each class, with photos to learn from and to test on."""
    found: dict[str, Path] = {}
    for one in sets:
        for photos in (*one.glob("train/*"), *one.glob("test/*")):
            shutil.copytree(photos, folder / photos.name / photos.parent.name / photos.name)
            found[photos.name] = folder / photos.name
    if found:
        return found
    if is_tiny:
        from tests.workbench.tiny import LOOKS, draw_classes

        for look in LOOKS:
            draw_classes(folder / look, [look], train=4, test=2)
            for path in sorted((folder / look).rglob("*.png")):
                path.rename(path.with_suffix(".jpg"))
            found[look] = folder / look
        return found
    from spa_desktop.demo import demo_tasks

    return photo_folders(folder, is_tiny=False, sets=[task.folder for task in demo_tasks()])


def verdicts(counts: list[Counted], late: list[float]) -> list[tuple[str, str, str, str]]:
    """Lines of the table: what, at the beginning and at the end, the goal, and whether it is met."""
    last = counts[-1].seconds
    warm = [one for one in counts if one.seconds >= last / 3] or counts[-1:]
    third = max(1, len(warm) // 3)
    lines = []
    for name, goal in (
        ("memory", f"{MOST_GROWTH:g} % more"),
        ("threads", "no more"),
        ("files", "no more"),
        ("temporary", "no more"),
        ("widgets", f"{MOST_GROWTH:g} % more"),
    ):
        first, end = (float(np.median([getattr(one, name) for one in part])) for part in (warm[:third], warm[-third:]))
        growth = 100 * (end / max(first, 1) - 1)
        is_met = growth <= MOST_GROWTH if name in ("memory", "widgets") else end <= first
        unit = " MB" if name == "memory" else ""
        said = f"{first:.0f}{unit} after the warm-up, {end:.0f}{unit} at the end ({growth:+.1f} %)"
        lines.append((name, said, goal, "yes" if is_met else "no"))
    middle, high = np.percentile(late, [50, 99])
    said = f"median {middle:.1f}, p99 {high:.1f}, worst {max(late):.0f} ms ({len(late):,} ticks)"
    return [*lines, ("ticks", said, f"p99 {P99_MS:g} ms", "yes" if high < P99_MS else "no")]


def live(
    minutes: float,
    seed: int,
    steps: int,
    *,
    is_tiny: bool,
    projects: int = 3,
    sets: Sequence[Path] = (),
) -> tuple[list[tuple[str, str, str, str]], Life]:
    """A life of so many minutes, and so many projects at least, in folders of its own."""
    with tempfile.TemporaryDirectory(prefix="spa-desktop-life-") as own:
        folder, temporary = Path(own), Path(own, "temporary")
        temporary.mkdir()
        os.environ["TMPDIR"] = tempfile.tempdir = str(temporary)
        for kind in ("CACHE", "DATA", "CONFIG", "STATE"):  # a cache that is filled is taken, for a quick look
            if kind != "CACHE" or "SPA_DESKTOP_CACHE_DIR" not in os.environ:
                os.environ[f"SPA_DESKTOP_{kind}_DIR"] = str(folder / kind.lower())
        if is_tiny:
            from spa_desktop.encoders import backbones
            from tests.workbench.tiny import load_tiny

            backbones.load_encoder = load_tiny()
        life = Life(Bench(folder), photo_folders(folder / "photos", is_tiny=is_tiny, sets=sets), temporary, seed)
        life.context.settings.update(appearance="light", projects_folder=str(folder))
        counts: list[Counted] = []
        life.bench.metronome.start()
        while time.monotonic() - life.begun < 60 * minutes or len(counts) < projects:
            life.project(steps)
            ticks = life.bench.metronome.stop()
            counts.append(life.count())
            life.bench.metronome.start()
            life.bench.metronome.ticks = ticks
            print(counts[-1], file=sys.stderr, flush=True)
            print("  more", counts[-1].kinds - counts[0].kinds, file=sys.stderr, flush=True)
        late = life.bench.metronome.stop().late
        life.context.shutdown()
        stay = (threading.main_thread().name, "halves_0", "halves_1")  # those of live answers are the process's
        left = [one.name for one in threading.enumerate() if one.name not in stay and not one.daemon]
        assert not left, f"threads are left: {left}"
    tempfile.tempdir = None
    return verdicts(counts, late), life


def main() -> None:
    """Live, and print what came of it. Ends with 1 if something was left behind."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "sets", type=Path, nargs="*", help="folders with train/CLASS and test/CLASS; the demo's photos without"
    )
    parser.add_argument("--minutes", type=float, default=120, help="how long (120); 30 for a short life")
    parser.add_argument("--steps", type=int, default=12, help="things done with each project (12)")
    parser.add_argument("--seed", type=int, default=1, help="what comes next (1)")
    parser.add_argument("--tiny", action="store_true", help="with an encoder of nothing: more happens in the time")
    arguments = parser.parse_args()
    lines, life = live(
        arguments.minutes,
        arguments.seed,
        arguments.steps,
        is_tiny=arguments.tiny,
        sets=arguments.sets,
    )
    print(markdown(("what", "measured", "goal", "met"), lines))
    print("\n" + ", ".join(f"{count} x {name}" for name, count in life.done.most_common()))
    if any(met == "no" for name, _, _, met in lines if name != "ticks"):
        raise SystemExit(1)


if __name__ == "__main__":
    main()
