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
        classifier.partial_fit([one for some in photos.values() for one in some], [n for n in photos for _ in range(3)])
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
