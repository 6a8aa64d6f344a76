"""People at windows, photos to bring along, and a project that has learned something already."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from spa_desktop.descriptions.offline_writer import OfflineWriter
from spa_desktop.encoders import backbones
from spa_desktop.ui.preferences import SettingsStore
from tests.conftest import REPOSITORY
from tests.descriptions.openai import conftest as openai
from tests.ui.story.person import Person
from tests.workbench.tiny import draw_photo, writer_of_six_phrases

REAL_PHOTOS = REPOSITORY.parent / "shared" / "data" / "caltech40" / "train"
# Before a test has put others in their place.
load_encoder, known, written = backbones.load_encoder, OfflineWriter._facts_of, OfflineWriter._phrases
service, _process, _key = openai.service, openai._process, openai._key
Sit = Callable[[], Person]


@pytest.fixture
def sit(qapp, qtbot: QtBot, tmp_path: Path) -> Iterator[Sit]:
    """``sit()`` opens the app as if it were started; the second time it finds the settings of the first."""
    settings = tmp_path / "settings.json"
    SettingsStore(settings).update(appearance="light", projects_folder=str(tmp_path))
    people: list[Person] = []

    def open_() -> Person:
        people.append(Person(qtbot, settings))
        return people[-1]

    yield open_
    for person in people:
        person.leave()


@pytest.fixture(autouse=True)
def _six_phrases(monkeypatch: pytest.MonkeyPatch) -> None:
    """The writer knows six phrases of each class."""
    writer_of_six_phrases(monkeypatch)


@pytest.fixture
def drawn(tmp_path: Path) -> list[Path]:
    """Three folders, each with twelve photos of one colour."""
    folders = [tmp_path / "photos" / look for look in ("green", "red", "blue")]
    for folder in folders:
        for seed in range(12):
            draw_photo(folder / f"{seed}.png", folder.name, seed)
    return folders


@pytest.fixture
def real(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Three folders of real photos, five each, for the backbone and the writer that the app ships with."""
    folders = []
    for name in ("pizza", "laptop", "llama"):
        folder = tmp_path / "photos" / name
        folder.mkdir(parents=True)
        for file in sorted((REAL_PHOTOS / name).iterdir())[:5]:
            shutil.copy(file, folder / file.name)
        folders.append(folder)
    monkeypatch.setattr(backbones, "load_encoder", load_encoder)
    monkeypatch.setattr(OfflineWriter, "_facts_of", known)
    monkeypatch.setattr(OfflineWriter, "_phrases", written)
    return folders


@dataclass(frozen=True)
class Learned:
    """A project that learned red, green and blue.

    Attributes:
        path: of the file.
        photos: the folder 1 with the photos it learned, the folder 2 with photos of amber and violet.
    """

    path: Path
    photos: Path


@pytest.fixture
def learned(make_colours: Callable[..., Path], photos: Path) -> Learned:
    """One of one's own. Nothing of it is in the cache."""
    return Learned(without_cache(make_colours(tasks=1, trained=1)), photos)


@pytest.fixture
def with_second_task(make_colours: Callable[..., Path], photos: Path) -> Learned:
    """The same, and the second task was added."""
    return Learned(without_cache(make_colours(trained=1, described=1)), photos)


@pytest.fixture
def described(make_colours: Callable[..., Path], photos: Path) -> Learned:
    """The same, and the second task was described."""
    return Learned(without_cache(make_colours(trained=1)), photos)


def without_cache(project: Path) -> Path:
    shutil.rmtree(project.with_name("cache"))
    return project


def open_by_drop(person: Person, learned: Learned) -> Person:
    """Drop the project on the start page and wait until it is open."""
    assert person.drop(person.window.start, [learned.path])
    person.wait(lambda: person.context.contents is not None)
    person.rest()
    return person


@pytest.fixture
def person(sit: Sit, learned: Learned) -> Person:
    """Sits before the project that learned three colours."""
    return open_by_drop(sit(), learned)
