"""A classifier on the embedded backbone, learned from few drawn photos, and its export."""

from __future__ import annotations

from pathlib import Path

import pytest

from spa_desktop import SpaClassifier
from spa_desktop.demo import DemoSet


@pytest.fixture(scope="session")
def learned(demo_set: DemoSet) -> SpaClassifier:
    """All eight classes of the demo in two tasks, three photos of each."""
    classifier = SpaClassifier(progress=False)
    for task in demo_set.tasks:
        photos = {name: task.photos(name, "train")[:3] for name in task.classes}
        flat = [(photo, name) for name, some in photos.items() for photo in some]
        # Phrases of one's own: the offline writer takes longer than all the rest.
        said = {name: [name, f"the colours of a {name}", f"a {name} on a table"] for name in photos}
        classifier.partial_fit([photo for photo, _ in flat], [name for _, name in flat], said)
    return classifier


@pytest.fixture(scope="session")
def exported(learned: SpaClassifier, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Its export. Read it only."""
    folder = tmp_path_factory.mktemp("export") / "garden and indoors"
    learned.export(folder)
    return folder


@pytest.fixture(scope="session")
def test_photos(demo_set: DemoSet) -> list[Path]:
    """The demo's test photos."""
    return [photo for task in demo_set.tasks for name in task.classes for photo in task.photos(name, "test")]
