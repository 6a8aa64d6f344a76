"""Projects on a small, real encoder, opened in the Descriptions page."""

from pathlib import Path

import pytest

from spa_desktop.project.folders import add_classes
from spa_desktop.ui.descriptions.descriptions_page import DescriptionsPage
from spa_desktop.workbench import describing
from spa_desktop.workbench.open_project import OpenProject
from tests.workbench.tiny import draw_classes, writer_of_six_phrases


@pytest.fixture(autouse=True)
def _six_phrases(monkeypatch: pytest.MonkeyPatch) -> None:
    """The writer knows six phrases of each class."""
    writer_of_six_phrases(monkeypatch)


@pytest.fixture
def page(show_page) -> DescriptionsPage:
    """The page, shown without a project."""
    found = show_page(DescriptionsPage, 1000)
    found.more.click()
    return found


@pytest.fixture
def open_tiny(context, tmp_path, open_project, settle, made_once):
    """``open_tiny(described=True, exemplars=2)`` opens a project with the classes green and red."""
    draw_classes(tmp_path / "photos", ["red", "green"], train=4, test=2)

    def open_(*, described: bool = False, empty: bool = False, exemplars: int = 0) -> None:
        def make(path: Path) -> None:
            with OpenProject.create(path) as bench:
                if not empty:
                    add_classes(bench.project, [path.parent / "photos"])
                if described:
                    describing.describe(bench, "offline")
                if exemplars:
                    with bench.project.transaction("exemplars") as tx:
                        for one in bench.project.classes():
                            photos = bench.project.photos(one.id, split="train")
                            tx.set_exemplars(one.id, [photo.id for photo in photos][:exemplars])

        open_project(made_once(("descriptions", described, empty, exemplars), tmp_path / "Colours.spa", make))
        settle()

    return open_


@pytest.fixture
def described(page, open_tiny, settle) -> DescriptionsPage:
    """The page with two described classes; red is chosen."""
    open_tiny(described=True)
    choose(page, "red")
    settle()
    return page


def class_id(page: DescriptionsPage, name: str) -> int:
    """The number of a class."""
    return next(one.id for one in page.contents.classes if one.name == name)


def choose(page: DescriptionsPage, name: str) -> None:
    """Show a class."""
    page.show_item(class_id(page, name))
