"""A classifier on the embedded backbone, learned from few of the demo's photos, and its export."""

from pathlib import Path

import pytest

from spa_desktop import SpaClassifier
from spa_desktop.demo import DemoTask
from tests.conftest import MadeForAll


@pytest.fixture(autouse=True)
def _cache(shared_cache: None) -> None:
    """Photos of the demo are encoded once."""


@pytest.fixture(scope="session")
def learned(demo_set: tuple[DemoTask, ...], made_for_all: MadeForAll, cache_of_all: Path) -> SpaClassifier:
    """Eight classes of the demo in two tasks, three photos of each."""

    def learn(file: Path) -> None:
        classifier = SpaClassifier(progress=False)
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("SPA_DESKTOP_CACHE_DIR", str(cache_of_all))
            for task in demo_set:
                flat = [(photo, name) for name in task.classes for photo in task.photos(name, "train")[:3]]
                # Phrases of one's own: the offline writer takes longer than all the rest.
                said = {name: [name, f"the colours of a {name}", f"a {name} on a table"] for name in task.classes}
                classifier.partial_fit([photo for photo, _ in flat], [name for _, name in flat], said)
        classifier.save(file)

    made = SpaClassifier.load(made_for_all("learned", learn))
    made.progress = False
    return made


@pytest.fixture(scope="session")
def exported(learned: SpaClassifier, made_for_all: MadeForAll) -> Path:
    """Its export, alone in its folder. Read it only."""

    def export(folder: Path) -> None:
        folder.mkdir()
        learned.export(folder / "animals and indoors")

    return made_for_all("export", export) / "animals and indoors"


@pytest.fixture(scope="session")
def test_photos(demo_set: tuple[DemoTask, ...]) -> list[Path]:
    """The demo's test photos."""
    return [photo for task in demo_set for name in task.classes for photo in task.photos(name, "test")]
