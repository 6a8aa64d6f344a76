"""Project > Find moved photos, as a person uses it."""

from __future__ import annotations

import shutil
from pathlib import Path

from spa_desktop.ui.shell.menus import Menus, PhotoSearch
from spa_desktop.ui.widgets import forms


def test_photos_are_found_in_their_new_folder(open_colours, photos, context, qtbot, tmp_path, monkeypatch) -> None:
    open_colours(tasks=1)
    search = PhotoSearch(context, None)
    answers: list[Path] = [tmp_path / "new", tmp_path / "newer"]
    monkeypatch.setattr(forms, "choose_folder", lambda *_: answers.pop(0))

    def said() -> tuple[str, object, object]:
        with qtbot.waitSignal(context.banner_requested) as heard:
            search.ask()
        return tuple(heard.args[:3])

    shutil.move(photos / "1", tmp_path / "new")
    lost = min((tmp_path / "new").rglob("*.png"))
    (tmp_path / "newer").mkdir()
    lost.rename(tmp_path / "newer" / "another name.png")
    text, action, slot = said()
    assert text.startswith("Found: 26 photos. Still missing: 1 photo, such as ")
    assert (action, slot) == ("Look elsewhere", search.ask)
    assert said()[:2] == ("Found: 1 photo.", None)
    answers.append(tmp_path)
    assert said()[:2] == ("All photos are where they were.", None)


def test_nothing_chosen_is_nothing_done(open_colours, context, monkeypatch) -> None:
    open_colours(tasks=1)
    monkeypatch.setattr(forms, "choose_folder", lambda *_: None)
    PhotoSearch(context, None).ask()
    assert context.background.handles == []


def test_it_is_in_the_menu_of_a_project_that_can_be_changed(open_colours, context, qtbot) -> None:
    from spa_desktop.ui.shell.main_window import MainWindow

    window = MainWindow(context)
    qtbot.addWidget(window)
    (menus,) = window.findChildren(Menus)
    assert not menus.find_photos.isEnabled()
    open_colours(tasks=1)
    assert menus.find_photos.isEnabled()
