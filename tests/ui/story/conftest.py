"""People at windows, photos to bring along, and a project that has learned something already."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from spa_desktop.demo import DemoSet
from spa_desktop.encoders import backbones
from spa_desktop.jobs import Job, Stage
from spa_desktop.ui.preferences import SettingsStore
from spa_desktop.workbench import Workbench
from tests.ui.conftest import WAIT_MS
from tests.ui.story.person import Person
from tests.workbench.tiny import draw_classes, load_tiny, writer_of_six_phrases

Sit = Callable[[], Person]


@pytest.fixture
def sit(qapp, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sit]:
    """``sit()`` opens the app as if it were started; the second time it finds the settings of the first."""
    monkeypatch.setenv("SPA_DESKTOP_CACHE_DIR", str(tmp_path / "cache"))
    settings = tmp_path / "settings.json"
    SettingsStore(settings).update(appearance="light", projects_folder=str(tmp_path))
    people: list[Person] = []

    def open_() -> Person:
        people.append(Person(qtbot, settings))
        return people[-1]

    yield open_
    for person in people:
        person.leave()


@pytest.fixture
def tiny(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every backbone is a tiny one, that encodes a hundred photos a second."""
    monkeypatch.setattr(backbones, "load_encoder", load_tiny())
    writer_of_six_phrases(monkeypatch)


@pytest.fixture
def drawn(demo_set: DemoSet, tmp_path: Path, tiny: None) -> list[Path]:
    """Three folders, each with twelve photos of one thing, as the demo draws them."""
    folders = []
    for number, name in ((0, "strawberry"), (0, "sunflower"), (1, "soccer ball")):
        folder = tmp_path / "photos" / name
        folder.mkdir(parents=True)
        for split in ("train", "test"):
            for file in sorted((demo_set.tasks[number].folder / split / name).iterdir()):
                shutil.copy(file, folder / f"{split}-{file.name}")
        folders.append(folder)
    return folders


@pytest.fixture
def real(shared_data: Path, tmp_path: Path) -> list[Path]:
    """Three folders of real photos, ten each."""
    source = shared_data / "caltech40" / "train"
    if not source.is_dir():
        pytest.skip(f"needs the real photos in {source}")
    folders = []
    for name in ("pizza", "laptop", "llama"):
        folder = tmp_path / "photos" / name
        folder.mkdir(parents=True)
        for file in sorted((source / name).iterdir())[:10]:
            shutil.copy(file, folder / file.name)
        folders.append(folder)
    return folders


@dataclass(frozen=True)
class Learned:
    """A project that learned red, green and blue.

    Attributes:
        path: of the file.
        photos: the folder 1 with the photos it learned, the folder 2 with photos of amber and violet, not added yet.
    """

    path: Path
    photos: Path

    def answers(self) -> list[Any]:
        """What the model in the file says of the photos that it was tested on."""
        files = sorted((self.photos / "1" / "test").rglob("*.png"))
        with Workbench.open(self.path, write=False) as bench:
            return [image["top"] for image in bench.classify(files)["images"]]


def teach(folder: Path) -> Learned:
    """Make such a project in a folder."""
    found = Learned(folder / "Colours.spa", folder / "photos")
    draw_classes(found.photos / "1", ("red", "green", "blue"))
    draw_classes(found.photos / "2", ("amber", "violet"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(backbones, "load_encoder", load_tiny())
        writer_of_six_phrases(patch)
        patch.setenv("SPA_DESKTOP_CACHE_DIR", str(folder / "teaching"))
        with Workbench.create(found.path) as bench:
            bench.add([found.photos / "1"], task="Task 1")
            bench.describe(task="Task 1")
            bench.train(task="Task 1")
    return found


@pytest.fixture(scope="session")
def once_learned(tmp_path_factory: pytest.TempPathFactory) -> Learned:
    """Made once. Copy it before use: see `learned`."""
    return teach(tmp_path_factory.mktemp("learned"))


@pytest.fixture
def learned(once_learned: Learned, tmp_path: Path, tiny: None) -> Learned:
    """A copy of one's own, with photos that nobody else needs. Nothing of it is in the cache."""
    own = Learned(tmp_path / "Colours.spa", once_learned.photos)
    shutil.copy(once_learned.path, own.path)
    return own


@pytest.fixture
def with_second_task(learned: Learned, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Learned:
    """The same, and the second task was added from photos that may be deleted."""
    photos = tmp_path / "photos"
    shutil.copytree(learned.photos, photos)
    with Workbench.open(learned.path) as bench:
        bench.add([photos / "2"], task="Task 2")
    return Learned(learned.path, photos)


class Gate:
    """Holds a worker at a stage, or at a later step of it, so that the person has time to press the button."""

    def __init__(self, stage: str, step: int) -> None:
        self._stage, self._step = stage, step
        self.reached, self._open = threading.Event(), threading.Event()

    def hold(self, job: Job) -> None:
        if job._stage == self._stage and job._done == self._step and not self.reached.is_set():
            self.reached.set()
            assert self._open.wait(WAIT_MS / 1000)

    def open(self) -> None:
        self._open.set()


@pytest.fixture
def hold(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Gate]]:
    """``hold("Encoding photos")`` holds the next work where that stage begins; `step=3`, after three of its steps."""
    gates: list[Gate] = []
    stage, advance = Job.stage, Job.advance

    def held_stage(job: Job, name: Stage, total: int | None = None, **settings: str) -> None:
        stage(job, name, total, **settings)
        for gate in gates:
            gate.hold(job)

    def held_advance(job: Job, count: int = 1, **settings: object) -> None:
        advance(job, count, **settings)
        for gate in gates:
            gate.hold(job)

    monkeypatch.setattr(Job, "stage", held_stage)
    monkeypatch.setattr(Job, "advance", held_advance)

    def make(name: str, step: int = 0) -> Gate:
        gates.append(Gate(name, step))
        return gates[-1]

    yield make
    for gate in gates:
        gate.open()


def open_by_drop(person: Person, learned: Learned) -> Person:
    """Drop the project on the start page and wait until it is open."""
    assert person.drop(person.window.start, [learned.path])
    person.wait(lambda: person.context.contents is not None)
    person.rest()
    return person
