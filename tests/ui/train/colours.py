"""Projects on the tiny encoder, opened in a context: a training takes a second."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from spa_desktop.encoders import backbones
from spa_desktop.ui.app_state.context import AppContext
from spa_desktop.ui.page import Page
from spa_desktop.workbench import Workbench
from tests.conftest import MadeOnce
from tests.ui.conftest import WAIT_MS as WAIT_MS
from tests.workbench.tiny import draw_classes, load_tiny

TASKS = (("red", "green", "blue"), ("amber", "violet"))

OpenColours = Callable[..., AppContext]
ShowPage = Callable[..., Page]


@pytest.fixture(autouse=True)
def tiny(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Every backbone is a tiny one, and the cache is the test's own."""
    monkeypatch.setattr(backbones, "load_encoder", load_tiny())
    monkeypatch.setenv("SPA_DESKTOP_CACHE_DIR", str(tmp_path / "cache"))


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """Photos of two tasks, in the folders 1 and 2."""
    for number, looks in enumerate(TASKS, start=1):
        draw_classes(tmp_path / "photos" / str(number), looks)
    return tmp_path / "photos"


@pytest.fixture
def open_colours(
    open_project: Callable[[Path], AppContext], photos: Path, tmp_path: Path, made_once: MadeOnce
) -> OpenColours:
    """``open_colours(tasks=2, trained=1)``: a project with so many tasks, the first of which are learned."""

    def open_(*, tasks: int = 2, trained: int = 0, described: int | None = None) -> AppContext:
        def make(path: Path) -> None:
            with Workbench.create(path) as bench:
                for number in range(1, tasks + 1):
                    name = f"Task {number}"
                    bench.add([path.parent / "photos" / str(number)], task=name)
                    if number <= (tasks if described is None else described):
                        bench.describe(task=name)
                    if number <= trained:
                        bench.train(task=name)

        return open_project(made_once(("colours", tasks, trained, described), tmp_path / "Colours.spa", make))

    return open_


@pytest.fixture
def show_page(context: AppContext, qtbot) -> ShowPage:
    """``show_page(TrainPage)`` makes a page in the context and shows it."""

    def show(kind: type[Page], width: int = 980) -> Page:
        page = kind(context)
        page.resize(width, 700)
        qtbot.addWidget(page)
        with qtbot.waitExposed(page):
            page.show()
        return page

    return show


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """Holds every training of the Train page at its start until it is set."""
    opened, train = threading.Event(), Workbench.train

    def held(bench, job, *, task):
        job.stage("Loading the backbone")
        while not opened.wait(0.01):
            job.check()
        return train(bench, job, task=task)

    monkeypatch.setattr(Workbench, "train", held)
    yield opened
    opened.set()


def nameless(page: QWidget) -> list[str]:
    """The widgets that can have the focus, are seen, and say nothing to a screen reader."""
    return [
        type(widget).__name__
        for widget in page.findChildren(QWidget)
        if widget.focusPolicy() != Qt.FocusPolicy.NoFocus
        and widget.isVisibleTo(page)
        and not widget.objectName().startswith("qt_")
        and not (widget.accessibleName() or getattr(widget, "text", str)())
        # Headers belong to their tables.
        and not (widget.parentWidget() and widget.parentWidget().accessibleName())
    ]
