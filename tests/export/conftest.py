"""A classifier on the embedded backbone, learned from few drawn photos, and its export."""

from pathlib import Path

import pytest

from spa_desktop import SpaClassifier
from spa_desktop.demo import DemoSet
from tests.conftest import MadeForAll


@pytest.fixture(scope="session")
def learned(demo_set: DemoSet, made_for_all: MadeForAll) -> SpaClassifier:
    """All eight classes of the demo in two tasks, three photos of each."""

    def learn(file: Path) -> None:
        classifier = SpaClassifier(progress=False)
        for task in demo_set.tasks:
            photos = {name: task.photos(name, "train")[:3] for name in task.classes}
            flat = [(photo, name) for name, some in photos.items() for photo in some]
            # Phrases of one's own: the offline writer takes longer than all the rest.
            said = {name: [name, f"the colours of a {name}", f"a {name} on a table"] for name in photos}
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
        learned.export(folder / "garden and indoors")

    return made_for_all("export", export) / "garden and indoors"


@pytest.fixture(scope="session")
def test_photos(demo_set: DemoSet) -> list[Path]:
    """The demo's test photos."""
    return [photo for task in demo_set.tasks for name in task.classes for photo in task.photos(name, "test")]
