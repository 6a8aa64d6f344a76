"""Projects on a small, real encoder, opened in the Descriptions page."""

from __future__ import annotations

from pathlib import Path

import pytest

from spa_desktop.ui.descriptions.descriptions_page import DescriptionsPage
from spa_desktop.workbench import Workbench
from tests.workbench.tiny import draw_classes, writer_of_six_phrases


@pytest.fixture(autouse=True)
def _six_phrases(monkeypatch: pytest.MonkeyPatch) -> None:
    """The writer knows six phrases of each class."""
    writer_of_six_phrases(monkeypatch)


@pytest.fixture
def page(show_page) -> DescriptionsPage:
    """The page, shown without a project."""
    return show_page(DescriptionsPage, 1000)


@pytest.fixture
def open_tiny(context, tmp_path, open_project, settle, made_once):
    """``open_tiny(described=True)`` opens a project with the classes green and red."""
    draw_classes(tmp_path / "photos", ["red", "green"], train=4, test=2)

    def open_(*, described: bool = False, empty: bool = False, write: bool = True) -> None:
        def make(path: Path) -> None:
            with Workbench.create(path) as bench:
                if not empty:
                    bench.add([path.parent / "photos"])
                if described:
                    bench.describe("offline")

        open_project(made_once(("descriptions", described, empty), tmp_path / "Colours.spa", make))
        settle()

    return open_
