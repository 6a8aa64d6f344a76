"""Projects on a small, real encoder, so that the whole loop takes a second."""

import contextlib
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from spa_desktop.project.folders import add_classes
from spa_desktop.spa.learner import SpaLearner
from spa_desktop.workbench import describing, training
from spa_desktop.workbench.open_project import OpenProject
from tests.conftest import MadeOnce
from tests.workbench.tiny import TinyEncoder


@pytest.fixture(autouse=True)
def cache_folder(tiny: list[TinyEncoder], tmp_path: Path) -> Path:
    """The cache; every backbone is a tiny one."""
    return tmp_path / "cache"


@pytest.fixture
def bench(path: Path) -> Iterator[OpenProject]:
    """An empty project on the workbench."""
    with OpenProject.create(path) as made:
        yield made


def _teach(bench: OpenProject, photos: Path, *numbers: int, train: bool = True) -> None:
    for number in numbers:
        add_classes(bench.project, [photos / str(number)], task=f"Task {number}")
        describing.describe(bench, task=f"Task {number}")
        if train:
            training.train(bench, task=f"Task {number}")


@pytest.fixture
def teach(photos: Path) -> Callable[[OpenProject, int], None]:
    """Adds, describes and trains a task: `teach(bench, 1)`."""
    return lambda bench, number: _teach(bench, photos, number)


@pytest.fixture
def prepared(path: Path, photos: Path, made_once: MadeOnce) -> Iterator[Callable[..., OpenProject]]:
    """``prepared(key, work)`` gives a workbench on which `work(bench, photos)` was done, once for all tests."""
    with contextlib.ExitStack() as stack:

        def get(key: str, work: Callable[[OpenProject, Path], object]) -> OpenProject:
            def make(path: Path) -> None:
                with OpenProject.create(path) as bench:
                    work(bench, path.parent / "photos")

            return stack.enter_context(OpenProject.open(made_once(key, path, make)))

        yield get


@pytest.fixture
def described(prepared: Callable[..., OpenProject]) -> OpenProject:
    """A workbench with two tasks that are described, and not learned yet."""
    return prepared("described", lambda bench, photos: _teach(bench, photos, 1, 2, train=False))


@pytest.fixture
def taught(prepared: Callable[..., OpenProject]) -> OpenProject:
    """A workbench that has learned the first task."""
    return prepared("taught", lambda bench, photos: _teach(bench, photos, 1))


@pytest.fixture
def two_tasks(prepared: Callable[..., OpenProject]) -> OpenProject:
    """A workbench that has learned two tasks."""
    return prepared("two tasks", lambda bench, photos: _teach(bench, photos, 1, 2))


@pytest.fixture
def scored(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many photos were scored, call by call."""
    counts: list[int] = []
    real = SpaLearner.score
    monkeypatch.setattr(
        SpaLearner,
        "score",
        lambda self, pooled, patches, **more: counts.append(len(pooled)) or real(self, pooled, patches, **more),
    )
    return counts


@pytest.fixture
def lose_photos(photos: Path, cache_folder: Path) -> Callable[[], None]:
    """Deletes every photo and everything that was cached."""

    def delete() -> None:
        shutil.rmtree(photos)
        shutil.rmtree(cache_folder)

    return delete


def states(bench: OpenProject) -> dict[str, str]:
    """The state of each class."""
    return {item.name: item.state for item in bench.project.classes()}


def ids(bench: OpenProject) -> dict[str, int]:
    """The number of each class."""
    return {item.name: item.id for item in bench.project.classes()}
