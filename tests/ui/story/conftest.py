"""People at windows, and photos to bring along."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from spa_desktop.clip import backbones
from spa_desktop.demo import DemoSet
from spa_desktop.ui.settings import SettingsStore
from tests.ui.story.person import Person
from tests.workbench.tiny import load_tiny

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
