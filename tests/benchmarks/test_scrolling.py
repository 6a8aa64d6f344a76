"""The project that is scrolled."""

from pathlib import Path

import pytest

from benchmarks import scrolling
from spa_desktop.project import Project


def test_drawn_project_has_one_class_with_thumbnails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scrolling, "PHOTOS", 250)
    with Project.open(scrolling.draw_project(tmp_path / "many.spa")) as project:
        (only,) = project.classes()
        photos = project.photos(only.id)
        assert len(photos) == len({photo.sha256 for photo in photos}) == 250
        first, again = (project.thumbnails([photos[place].id]) for place in (0, scrolling.PICTURES))
        assert list(first.values()) == list(again.values())
        assert next(iter(first.values())).startswith(b"\xff\xd8")
