"""Projects on a small, real encoder, opened in the Descriptions page."""

from __future__ import annotations

from pathlib import Path

import pytest

from spa_desktop.encoders import backbones
from spa_desktop.ui.descriptions.descriptions_page import DescriptionsPage
from spa_desktop.workbench import Workbench
from tests.workbench.tiny import draw_classes, load_tiny, writer_of_six_phrases


@pytest.fixture(autouse=True)
def tiny(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Every backbone is a tiny one here, and the cache is the test's own."""
    monkeypatch.setattr(backbones, "load_encoder", load_tiny())
    writer_of_six_phrases(monkeypatch)
    monkeypatch.setenv("SPA_DESKTOP_CACHE_DIR", str(tmp_path / "cache"))


@pytest.fixture
def page(context, qtbot) -> DescriptionsPage:
    """The page, shown without a project."""
    found = DescriptionsPage(context)
    found.resize(1000, 700)
    qtbot.addWidget(found)
    with qtbot.waitExposed(found):
        found.show()
    return found


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
