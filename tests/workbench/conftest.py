"""Projects on a small, real encoder, so that the whole loop takes a second."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from spa_desktop.encoders import backbones
from spa_desktop.workbench import Workbench
from tests.conftest import MadeOnce
from tests.workbench.tiny import TinyEncoder, draw_classes, load_tiny

TASKS = (("red", "green", "blue"), ("amber", "violet"), ("teal",))


@pytest.fixture(autouse=True)
def tiny(monkeypatch: pytest.MonkeyPatch) -> list[TinyEncoder]:
    """Every backbone is a tiny one here; the list holds those that were loaded."""
    made: list[TinyEncoder] = []
    monkeypatch.setattr(backbones, "load_encoder", load_tiny(made))
    return made


@pytest.fixture(autouse=True)
def cache_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache of the test's own."""
    folder = tmp_path / "cache"
    monkeypatch.setenv("SPA_DESKTOP_CACHE_DIR", str(folder))
    return folder


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """`photos/1` to `photos/3`: three classes, two, and one; 6 photos to learn from and 3 to test with each."""
    for number, looks in enumerate(TASKS, start=1):
        draw_classes(tmp_path / "photos" / str(number), looks)
    return tmp_path / "photos"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "Colours.spa"


@pytest.fixture
def bench(path: Path) -> Iterator[Workbench]:
    """An empty project on the workbench."""
    with Workbench.create(path) as made:
        yield made


@pytest.fixture
def teach(photos: Path) -> Callable[[Workbench, int], None]:
    """Adds, describes and trains a task: `teach(bench, 1)`."""

    def run(bench: Workbench, number: int) -> None:
        bench.add([photos / str(number)], task=f"Task {number}")
        bench.describe(task=f"Task {number}")
        bench.train(task=f"Task {number}")

    return run


@pytest.fixture
def taught(path: Path, photos: Path, made_once: MadeOnce) -> Iterator[Workbench]:
    """A workbench that has learned the first task."""

    def make(path: Path) -> None:
        with Workbench.create(path) as bench:
            bench.add([path.parent / "photos" / "1"], task="Task 1")
            bench.describe(task="Task 1")
            bench.train(task="Task 1")

    with Workbench.open(made_once("taught", path, make)) as bench:
        yield bench


@pytest.fixture
def lose_photos(photos: Path, cache_folder: Path) -> Callable[[], None]:
    """Deletes every photo and everything that was cached."""

    def delete() -> None:
        shutil.rmtree(photos)
        shutil.rmtree(cache_folder)

    return delete
