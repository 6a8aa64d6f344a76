"""Project > Find moved photos, as a person uses it."""

import shutil
from pathlib import Path

from spa_desktop.ui.widgets import forms


def test_photos_are_found_in_their_new_folder(
    open_colours, photos, window, context, qtbot, tmp_path, monkeypatch, settle
):
    assert not window.menus.find_photos.isEnabled(), "there is no project"
    open_colours(tasks=1)
    settle()
    answers: list[Path | None] = [None, tmp_path / "new", tmp_path / "newer"]
    monkeypatch.setattr(forms, "choose_folder", lambda *_: answers.pop(0))

    def said() -> tuple[str, object, object]:
        with qtbot.waitSignal(context.banner_requested) as heard:
            window.menus.find_photos.trigger()
        return tuple(heard.args[:3])

    window.menus.find_photos.trigger()
    assert context.background.operations == [], "nothing was chosen"
    shutil.move(photos / "1", tmp_path / "new")
    path = context.contents.path
    context.close_project()
    with qtbot.waitSignal(context.banner_requested) as heard:
        context.open_project(path, write=False)
    assert heard.args[0].startswith("No photo of the project is where it was")
    assert heard.args[1:3] == ["", None], "where to look for them cannot be kept"
    settle()
    context.close_project()
    with qtbot.waitSignal(context.banner_requested) as heard:
        context.open_project(path)
    assert heard.args[0].startswith("No photo of the project is where it was")
    assert heard.args[1:3] == ["Find moved photos...", window.menus._find_photos]
    settle()
    lost = min((tmp_path / "new").rglob("*.png"))
    (tmp_path / "newer").mkdir()
    lost.rename(tmp_path / "newer" / "another name.png")
    text, action, slot = said()
    assert text.startswith("Found: 26 photos. Still missing: 1 photo, such as ")
    assert (action, slot) == ("Look elsewhere", window.menus._find_photos)
    assert said()[:2] == ("Found: 1 photo.", "")
    answers.append(tmp_path)
    assert said()[:2] == ("All photos are where they were.", "")
