"""The whole story without a mouse: only keys are pressed, and what the system's own dialogs would give is handed in."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QApplication, QWidget

from spa_desktop.ui.corrections.correction_card import CorrectionCard
from spa_desktop.ui.settings.settings_dialog import SettingsDialog
from spa_desktop.ui.shell.main_window import PAGE_NAMES
from spa_desktop.ui.widgets import forms
from spa_desktop.ui.widgets.class_list import ClassListView
from spa_desktop.workbench.open_project import OpenProject
from tests.ui.conftest import nameless, open_in, rest
from tests.ui.story.person import CTRL, Person

Key = Qt.Key
_MOST_TABS = 80


def reach(person: Person, wanted: QWidget) -> None:
    """Press Tab until something has the focus."""
    seen = []
    for _ in range(_MOST_TABS):
        focused = QApplication.focusWidget()
        if focused is wanted:
            return
        seen.append(f"{type(focused).__name__} {focused.accessibleName() if focused else None}")
        person.press(Key.Key_Tab)
    raise AssertionError(f"Tab never gets to {wanted}: {seen}")


def press(person: Person, button: QAbstractButton) -> None:
    """Go to a button and press it."""
    person.wait(lambda: button.isVisible() and button.isEnabled())
    reach(person, button)
    person.press(Key.Key_Space)


def test_the_whole_story_by_keys_alone(sit, drawn, tmp_path, monkeypatch):
    monkeypatch.setattr(forms, "new_project", lambda parent, start: tmp_path / "By keys.spa")
    monkeypatch.setattr(forms, "choose_folders", lambda *_, **__: drawn[:2])
    monkeypatch.setattr(forms, "choose_folder", lambda *_, **__: drawn[2])
    person = sit()
    window = person.window
    monkeypatch.setattr(person.qtbot, "mouseClick", None)

    press(person, window.start.new)
    person.wait(lambda: person.context.contents is not None)
    person.rest()

    # A folder, as a task of its own name.
    person.press(Key.Key_2, CTRL)
    page = person.page
    press(person, page.empty.button)
    person.wait(lambda: page.adding.sheet is not None and page.adding.sheet.add.isEnabled())
    sheet = page.adding.sheet
    reach(person, sheet.task)
    person.press(Key.Key_A, CTRL)
    person.type("fruit and flowers")
    reach(person, sheet.share)
    person.press(Key.Key_A, CTRL)
    person.type("30")
    reach(person, sheet.add)
    person.press(Key.Key_Return)
    person.rest()
    assert [task.name for task in person.context.contents.tasks] == ["fruit and flowers"]
    assert len(person.context.contents.classes) == 2

    # Descriptions are written.
    person.press(Key.Key_3, CTRL)
    page = person.page
    press(person, page.write)
    person.rest()
    contents = person.context.contents
    assert contents.descriptions.keys() == {one.id for one in contents.classes}

    # It is learned.
    person.press(Key.Key_4, CTRL)
    page = person.page
    press(person, page.train)
    person.wait(lambda: page.outcomes)
    person.rest()
    person.wait(page.past.isVisible)
    reach(person, page.history.table)
    person.press(Key.Key_Down)
    person.press(Key.Key_Return)
    assert page.past.isVisible()
    person.rest()

    # How good it is: down the confusions, and from a photo to what supported its answer.
    person.press(Key.Key_5, CTRL)
    page = person.page
    person.wait(lambda: page.report is not None)
    person.rest()
    press(person, page.parts.details.button)
    reach(person, page.parts.confusions.table)
    person.press(Key.Key_Down)
    person.press(Key.Key_Up)
    person.press(Key.Key_Home)
    strip = page.parts.strip
    person.wait(lambda: strip.model.rowCount() > 0)
    reach(person, strip.view)
    person.press(Key.Key_Right)
    person.press(Key.Key_Home)
    person.press(Key.Key_Return)
    person.wait(lambda: page.lightbox is not None and page.lightbox.shown is not None)
    person.press(Key.Key_E)
    person.wait(lambda: person.page.name == "explain")
    page = person.page
    person.wait(lambda: page.shown_answer is not None)
    person.rest()

    # It is said to be something else, and that is learned.
    card = page.findChild(CorrectionCard)
    person.wait(lambda: card.isVisible() and card.shown is not None)
    if card.whole.isHidden():  # it was answered right: the first press shows what the second one would say
        person.press(Key.Key_1)
    person.press(Key.Key_1)
    person.wait(lambda: person.context.contents.corrections)
    tray = window.tray
    press(person, tray.learn)
    person.wait(lambda: tray.outcome is not None)
    assert "correct" in tray.message.text()
    person.rest()
    assert window.focusWidget() is person.page, "the next Enter undoes nothing"

    # Photos are recognised.
    person.press(Key.Key_8, CTRL)
    page = person.page
    press(person, page.folder_button)
    person.wait(lambda: len(page.model.all_photos) == 12 and not page.work.is_running)
    person.rest()
    person.press(Key.Key_Q, CTRL)
    person.wait(lambda: not window.isVisible())


def offered(window: QWidget) -> set[QAbstractButton]:
    """The buttons that can be pressed now."""
    return {
        button
        for button in window.findChildren(QAbstractButton)
        if button.isVisible() and button.isEnabled() and button.focusPolicy() & Qt.FocusPolicy.TabFocus
    }


@pytest.mark.parametrize("state", ["no project", "empty", "classes", "trained", "read only", "training"])
def test_tab_reaches_every_button_of_every_page_and_comes_round(
    window, make_project, make_colours, tmp_path, qtbot, hold, state
):
    background, tasks = window.context.background, 2 if state == "training" else 1
    if state == "empty":
        OpenProject.create(tmp_path / "Empty.spa").close()
        open_in(qtbot, window, tmp_path / "Empty.spa")
    elif state == "read only":
        window.context.open_project(make_colours(tasks=1, trained=1), write=False)
        rest(qtbot, window)
        assert not window.context.is_writable
    elif state != "no project":
        open_in(qtbot, window, make_project() if state == "classes" else make_colours(tasks=tasks, trained=1))
    training = []
    if state == "training":
        gate = hold("Learning projectors", 3)
        window.context.go_to("train")
        window.page.train.click()
        qtbot.waitUntil(gate.reached.is_set)
        training = background.operations
    unreached = {}
    for name in ["start"] if state == "no project" else PAGE_NAMES:
        if state != "no project":
            window.context.go_to(name)
            qtbot.waitUntil(lambda: background.operations == training)
        assert not nameless(window), name
        for view in window.findChildren(ClassListView):  # its field for a name or a sentence
            if view.isVisible() and view.currentIndex().flags() & Qt.ItemFlag.ItemIsEditable:
                view.edit(view.currentIndex())
                assert not nameless(window), name
                qtbot.keyClick(window.focusWidget(), Key.Key_Escape)
        wanted, seen = offered(window), set[QWidget | None]()
        assert wanted
        while window.focusWidget() not in seen or len(seen) < 2:
            seen.add(window.focusWidget())
            qtbot.keyClick(window.focusWidget() or window, Key.Key_Tab)
        missing = [button.text() or button.accessibleName() for button in (wanted & offered(window)) - seen]
        if missing:
            unreached[name] = missing
    assert not unreached


@pytest.mark.parametrize("place", ["results", "settings"])
def test_what_tab_reaches_is_in_sight(window, make_colours, qtbot, place):
    """Also where it comes from outside into what was scrolled down before."""
    open_in(qtbot, window, make_colours(tasks=2, trained=2))
    window.resize(window.minimumSizeHint())
    window.context.go_to("results")
    rest(qtbot, window)
    within = window
    if place == "settings":
        window.show_settings()
        within = window.findChild(SettingsDialog)
        within.resize(within.width(), 300)
    else:
        window.page.parts.details.button.setFocus()
        qtbot.keyClick(window.focusWidget(), Key.Key_Space)
    rest(qtbot, window)
    for _ in range(60):
        qtbot.keyClick(within.focusWidget() or within, Key.Key_Tab)
        QApplication.processEvents()  # what is shown later takes its place
        focus = within.focusWidget()
        assert not focus.visibleRegion().isEmpty(), focus.accessibleName()
