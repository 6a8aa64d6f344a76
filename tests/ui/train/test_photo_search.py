"""Project > Find moved photos, as a person uses it."""

import shutil
from pathlib import Path

import pytest

from spa_desktop.ui.widgets import forms
from tests.workbench.tiny import draw_photo


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
    edited = min((tmp_path / "new").rglob("*.png"))
    edited.write_bytes(edited.read_bytes() + b"more")
    answers.append(tmp_path)
    assert said()[0].startswith("Changed outside, not missing: 1 photo, such as ")


def test_photos_that_wait_to_be_sorted_are_found_and_learned(
    open_colours, window, context, finish, qtbot, tmp_path, monkeypatch, settle
):
    open_colours(tasks=1)
    for seed in range(4):
        draw_photo(tmp_path / "camera" / f"IMG_{seed}.png", "teal", 60 + seed)
    page = window.page_of("sort")
    context.go_to("sort")
    finish(lambda: page.take_dropped([tmp_path / "camera"]))
    page.work.act(lambda pile: pile.name([pile.gather(list(page.work.photos))], "sea"))
    settle()
    shutil.move(tmp_path / "camera", tmp_path / "new")
    path = context.contents.path
    context.close_project()
    with qtbot.waitSignal(context.banner_requested) as heard:
        context.open_project(path)
    said = f"Not where they were, and still to be learned or sorted: 4 photos, such as {tmp_path / 'camera'}"
    assert heard.args[0].startswith(said)
    settle()
    context.go_to("sort")
    settle()
    finish(page.learn.click)
    assert page.message_bar.text.startswith("No photo of sea is where it was, such as ")
    assert page.message_bar.text.endswith("Find moved photos, in the Project menu, looks for it")
    monkeypatch.setattr(forms, "choose_folder", lambda *_: tmp_path / "new")
    finish(window.menus.find_photos.trigger)
    assert page.message_bar.text == "Found: 4 photos."
    assert {Path(path).parent for path, _ in context.workbench.project.sorting("photos")} == {tmp_path / "new"}
    finish(page.learn.click)
    assert page.message_bar.text.startswith("Learned 1 class")


@pytest.mark.parametrize("how_many", [1, 4])
def test_photos_to_sort_that_could_not_be_had_are_there_once_they_are_found(
    how_many, open_colours, window, context, finish, open_project, tmp_path, monkeypatch, settle
):
    open_colours(tasks=1)
    for seed in range(4):
        draw_photo(tmp_path / "camera" / f"IMG_{seed}.png", "teal", 60 + seed)
    page = window.page_of("sort")
    context.go_to("sort")
    finish(lambda: page.take_dropped([tmp_path / "camera"]))
    path = context.contents.path
    context.close_project()
    (tmp_path / "new").mkdir()
    for number, file in enumerate(sorted((tmp_path / "camera").iterdir())):
        if how_many > number:
            file.rename(tmp_path / "new" / file.name)
    monkeypatch.setenv("SPA_DESKTOP_CACHE_DIR", str(tmp_path / "another"))  # nothing is encoded
    open_project(path)
    context.go_to("sort")
    settle()
    assert len(page.work.photos) == 4 - how_many
    monkeypatch.setattr(forms, "choose_folder", lambda *_: tmp_path / "new")
    finish(window.menus.find_photos.trigger)
    settle()
    assert len(page.work.photos) == 4
