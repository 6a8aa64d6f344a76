"""Projects on a small, real encoder, opened in the Classes page."""

from pathlib import Path

import pytest

from spa_desktop.project.folders import add_classes
from spa_desktop.ui.classes.classes_page import ClassesPage
from spa_desktop.ui.widgets.class_list import ClassNode
from spa_desktop.workbench import training
from spa_desktop.workbench.open_project import OpenProject
from tests.workbench.tiny import draw_classes


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """`photos/1`: red and green; `photos/2`: amber. 4 photos to learn from and 2 to test with each."""
    draw_classes(tmp_path / "photos" / "1", ["red", "green"], train=4, test=2)
    draw_classes(tmp_path / "photos" / "2", ["amber"], train=4, test=2)
    return tmp_path / "photos"


@pytest.fixture
def page(show_page) -> ClassesPage:
    """The page, shown without a project."""
    return show_page(ClassesPage, 1000)


@pytest.fixture
def open_tiny(context, photos, tmp_path, open_project, settle, made_once):
    """``open_tiny(1, 2, trained=True)`` opens a project with these tasks; the first is trained."""

    def open_(*tasks: int, trained: bool = False) -> None:
        def make(path: Path) -> None:
            with OpenProject.create(path) as bench:
                for number in tasks:
                    add_classes(bench.project, [path.parent / "photos" / str(number)], task=f"Task {number}")
                    if trained and number == tasks[0]:
                        training.train(bench, task=f"Task {number}")

        open_project(made_once(("classes", tasks, trained), tmp_path / "Colours.spa", make))
        settle()

    return open_


@pytest.fixture
def tiny_page(page, open_tiny) -> ClassesPage:
    """The page with two tasks, none trained."""
    open_tiny(1, 2)
    return page


@pytest.fixture
def red_chosen(tiny_page, settle) -> None:
    """The two tasks are open, and the class red is chosen."""
    (red,) = [one for one in tiny_page.contents.classes if one.name == "red"]
    tiny_page.tree.choose(ClassNode, red.id)
    settle()


@pytest.fixture
def faults_said(context) -> list[str]:
    """What the banner of the window says."""
    found: list[str] = []
    context.banner_requested.connect(lambda text, *_: found.append(text))
    return found
