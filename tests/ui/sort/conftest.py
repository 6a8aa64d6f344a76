"""Photos without names, and a page that sorts them."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from spa_desktop.ui.app_state.context import AppContext
from spa_desktop.ui.sort.sort_page import SortPage
from tests.workbench.tiny import draw_photo, tell_looks_apart

Key = Callable[..., None]


@pytest.fixture(autouse=True)
def _looks_are_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    tell_looks_apart(monkeypatch, near=0.2)  # three colours are further apart than ten looks


@pytest.fixture
def pile(tmp_path: Path) -> Path:
    """A folder with eight photos each of red, green and blue, as a camera names them; no other test has them."""
    looks = [(look, seed) for seed in range(20, 28) for look in ("red", "green", "blue")]
    for number, (look, seed) in enumerate(looks):
        draw_photo(tmp_path / "holiday" / f"IMG_{number:04}.png", look, seed)
    return tmp_path / "holiday"


@pytest.fixture
def new_project(context: AppContext, qtbot: QtBot, tmp_path: Path) -> AppContext:
    with qtbot.waitSignal(context.project_opened):
        context.create_project(tmp_path / "New.spa")
    return context


def _say(page: SortPage, text: str, action_text: str = "", action: object = None, is_error: bool = False) -> None:
    page.banner(text, action_text, action, is_error=is_error)


@pytest.fixture
def page(new_project: AppContext, show_page, settle) -> SortPage:
    """The page of a project without classes."""
    found = show_page(SortPage)
    new_project.banner_requested.connect(partial(_say, found))  # as the window does
    settle()
    return found


@pytest.fixture
def sorting(page: SortPage, pile: Path, finish) -> SortPage:
    """The same, once the pile was dropped."""
    finish(lambda: page.take_dropped([pile]))
    page.view.setFocus()
    return page


@pytest.fixture
def key(qtbot: QtBot, settle) -> Key:
    """``key(page, "m")`` presses keys where the focus is, and waits until all is done that they set off."""

    def press(page: SortPage, *keys: object) -> None:
        for one in keys:
            if not page.isActiveWindow():  # offscreen, nobody gives that back when a list of names has closed
                had = QApplication.focusWidget()
                page.activateWindow()
                qtbot.waitUntil(page.isActiveWindow)
                if had is not None:
                    had.setFocus()
            target = page.view.field if page.view.field.hasFocus() else page.view
            if isinstance(one, str):
                qtbot.keyClicks(target, one)
            else:
                qtbot.keyClick(target, one)
            settle()

    return press
