"""What hands do quickly: Enter, double clicks, drops, keys; and messages that hold only as long as they are true."""

from __future__ import annotations

import re
import threading
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractItemView, QApplication, QFileDialog, QLabel, QListView

from spa_desktop.errors import InputError
from spa_desktop.ui.app_state.context import AppContext
from spa_desktop.ui.background.work import window_words
from spa_desktop.ui.classes.import_sheet import AddSheet
from spa_desktop.ui.page import Page
from spa_desktop.ui.settings.settings_dialog import Choice
from spa_desktop.ui.shell import main_window, menus
from spa_desktop.ui.shell.main_window import Notifier
from spa_desktop.ui.shell.side_bar import PAGE_NAMES
from spa_desktop.ui.shell.start_page import RecentRow
from spa_desktop.ui.widgets import forms, labels
from spa_desktop.ui.widgets.labels import SteadyButton
from tests.ui.conftest import WAIT_MS, open_in
from tests.ui.mouse import drop
from tests.workbench.tiny import draw_classes

LEFT, CTRL = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.ControlModifier


def rename(window, settle, old: str, new: str) -> None:
    """Rename a class, and have it said with an Undo."""
    edit(window, old, new)
    settle()
    window.page.banner(f"{old} is {new} now.", "Undo", window.context.undo.undo)


def edit(window, old: str, new: str) -> None:
    record = next(one for one in window.context.contents.classes if one.name == old)
    window.context.edit("rename", f"{old} to {new}", lambda tx: tx.rename_class(record.id, new))


def names(window) -> set[str]:
    return {one.name for one in window.context.contents.classes}


# Enter, arrows, focus


def test_enter_presses_what_has_the_focus(project_window, qtbot):
    project_window.side_bar.button("results").setFocus()
    qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Return)
    assert project_window.page.name == "results"


def test_recent_projects_are_walked_through_with_arrows_and_opened_with_enter(window, make_project, qtbot, settle):
    for name in ("One", "Two"):
        window.context.settings.add_recent(make_project(name))
    window.start.refresh()
    qtbot.waitUntil(lambda: len([r for r in window.start.findChildren(RecentRow) if r.isVisible()]) == 2)
    settle()
    rows = [row for row in window.start.findChildren(RecentRow) if row.isVisible()]
    rows[0].setFocus()
    qtbot.keyClick(rows[0], Qt.Key.Key_Down)
    assert rows[1].hasFocus(), "the cross of the first is not in the way"
    qtbot.keyClick(rows[1], Qt.Key.Key_Up)
    assert rows[0].hasFocus()
    with qtbot.waitSignal(window.context.project_opened):
        qtbot.keyClick(rows[0], Qt.Key.Key_Return)
    assert window.context.contents.name == rows[0].project.path.stem


def test_a_double_click_on_a_recent_project_opens_it_once_and_asks_nothing(window, make_project, qtbot, monkeypatch):
    """The second click asked to open it again: "Still at work", over the project that was open by then."""
    may_open, open_ = threading.Event(), AppContext.open_workbench
    monkeypatch.setattr(AppContext, "open_workbench", lambda *given, **how: may_open.wait() and open_(*given, **how))
    window.context.settings.add_recent(make_project("One"))
    window.start.refresh()
    qtbot.waitUntil(lambda: any(one.isVisible() and one.project.classes for one in window.findChildren(RecentRow)))
    row = next(one for one in window.findChildren(RecentRow) if one.isVisible())
    qtbot.mouseClick(row, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: window.context.background.is_busy)
    qtbot.mouseDClick(row, Qt.MouseButton.LeftButton)
    qtbot.mouseRelease(row, Qt.MouseButton.LeftButton)
    asked = window.leaving.box
    with qtbot.waitSignal(window.context.project_opened):
        may_open.set()
    assert asked is None


def test_the_next_step_is_not_offered_on_its_own_page_and_its_key_does_it_there(project_window, qtbot, monkeypatch):
    next_button = project_window.side_bar.next
    assert next_button.text() == "Describe the classes"
    next_button.click()
    assert project_window.page.name == "descriptions"
    assert not next_button.isVisible()
    started = []
    monkeypatch.setattr(project_window.page.writing, "start", lambda *given, **_: started.append(given))
    qtbot.keyClick(project_window, Qt.Key.Key_Return, CTRL)
    assert len(started) == 1
    project_window.show_page("classes")
    assert next_button.isVisible()


class _Working(Page):
    """A page whose Start is hidden while it works."""

    name = "working"

    def __init__(self, context) -> None:
        super().__init__(context, "Working")
        self.go = self.set_primary("Start", lambda: None)
        self.stop = self.add_action("Cancel", lambda: None)
        self.show_working(False)

    def show_working(self, is_working: bool) -> None:
        with self.keeping_focus():
            self.go.setVisible(not is_working)
            self.stop.setVisible(is_working)


def test_the_focus_stays_where_work_was_started(context, qtbot):
    page = _Working(context)
    qtbot.addWidget(page)
    with qtbot.waitActive(page):
        page.show()
    page.go.setFocus()
    page.show_working(True)
    assert not page.stop.hasFocus(), "the next Enter would cancel"
    page.show_working(False)
    assert page.go.hasFocus()


# New buttons are deaf


def test_a_button_that_takes_another_place_is_deaf_for_half_a_second(qtbot, monkeypatch):
    monkeypatch.setattr(labels, "DEAF_SECONDS", 0.5)
    clock = [100.0]
    monkeypatch.setattr(labels.time, "monotonic", lambda: clock[0])
    heard = []
    button = SteadyButton("Train")
    button.clicked.connect(lambda: heard.append(button.text()))
    qtbot.addWidget(button)
    button.show()
    qtbot.mouseClick(button, LEFT)
    assert heard == [], "it has just come"
    clock[0] += 0.6
    qtbot.mouseClick(button, LEFT)
    assert heard == ["Train"]
    button.setText("Accept")
    qtbot.mouseDClick(button, LEFT)
    button.setFocus()
    qtbot.keyClick(button, Qt.Key.Key_Space)
    assert heard == ["Train"]
    clock[0] += 0.6
    qtbot.mouseClick(button, LEFT)
    assert heard == ["Train", "Accept"]


def test_a_double_click_on_train_does_not_start_the_training(project_window, qtbot, monkeypatch):
    classes, train = project_window.page, project_window.page_of("train")
    started = []
    monkeypatch.setattr(train, "start", lambda: started.append(True))
    qtbot.mouseClick(classes.train, LEFT)
    assert project_window.page is train
    monkeypatch.setattr(labels, "DEAF_SECONDS", 3600.0)  # the machine may be busy for longer than the half second
    qtbot.mouseDClick(train.train, LEFT)
    assert started == []


# Folders and drops


def test_several_folders_can_be_chosen_at_once(tmp_path, qtbot):
    dialog = forms.folders_dialog(None, "Add", tmp_path)
    qtbot.addWidget(dialog)
    views = [view for view in dialog.findChildren(QListView) if view.objectName() == "listView"]
    assert views[0].selectionMode() == QAbstractItemView.SelectionMode.ExtendedSelection
    assert dialog.fileMode() == QFileDialog.FileMode.Directory
    one, two = tmp_path / "one", tmp_path / "two"
    assert forms.outermost([tmp_path, one, two]) == [one, two]


def test_a_project_dropped_on_a_page_is_opened(project_window, qtbot, make_project, settle):
    project_window.show_page("results")
    settle()
    with qtbot.waitSignal(project_window.context.project_opened):
        assert drop(project_window.page, [make_project("Other")])
    assert project_window.context.contents.name == "Other"


@pytest.mark.parametrize("page", ["classes", "sort", "use", "explain", "live"])
@pytest.mark.parametrize("ending", ["", ".jpg", ".mp4"])
def test_a_dropped_name_that_is_too_long_is_told_of(window, open_colours, qtbot, settle, tmp_path, page, ending):
    open_colours(tasks=1, trained=1)
    window.show_page(page)
    settle()
    assert drop(window.page, [tmp_path / f"{'x' * 300}{ending}"])
    said = re.compile("cannot be read: File name too long|is missing: it was moved or deleted")
    qtbot.waitUntil(lambda: any(said.search(label.text()) for label in window.findChildren(QLabel)))
    for sheet in window.findChildren(AddSheet):
        sheet.reject()


def test_every_kind_of_photo_that_a_folder_may_hold_can_be_chosen_by_itself():
    assert {f"*{suffix}" for suffix in (".jpg", ".avif", ".heic")} <= set(forms.PHOTO_PATTERNS.split())


@pytest.mark.parametrize("width", [960, 1180])
def test_one_long_name_of_a_class_squeezes_nothing(project_window, qtbot, settle, width, tmp_path):
    """The number of photos was cut, the search of names was "Se...", and the sheet stood out of the window."""
    project_window.resize(width, 500)
    page = project_window.page
    edit(project_window, "red", "a very long name for a turtle " * 5)
    settle()
    page.bar.set_filters((("All photos", "all", 29),))
    search = page.bar.search
    wanted = search.fontMetrics().horizontalAdvance(search.placeholderText()) + 48  # for lens and frame
    qtbot.waitUntil(lambda: page.bar.filter.width() >= page.bar.filter.sizeHint().width() and search.width() >= wanted)
    project_window.resize(900, 500)
    photos = next(draw_classes(tmp_path / "more", ("violet",), train=3).rglob("*.png")).parent
    assert drop(page, [photos.rename(tmp_path / ("violet " * 20).strip())])
    settle()
    assert page.adding.sheet.width() < project_window.width()
    page.adding.sheet.reject()


# Search and commands


def test_every_command_is_found_by_a_few_letters(project_window, qtbot):
    qtbot.keyClick(project_window, Qt.Key.Key_K, CTRL)
    palette = project_window.finder.palette
    offered = {entry.text for entry in palette.fitting}
    assert {"New project", "Settings", "Results", "Theme: dark", "Check the file", "Add folders"} <= offered
    node = project_window.page.tree.node
    assert {f"Rename {node.name}", f"Delete {node.name}"} <= offered, "what is renamed is not seen beneath the palette"
    qtbot.keyClicks(palette.line, "resu")
    assert "Open the sample project" not in [entry.text for entry in palette.fitting]
    assert palette.fitting[0].text == "Results"
    qtbot.keyClick(palette.line, Qt.Key.Key_Return)
    assert not palette.isVisible()
    assert project_window.page.name == "classes", "what takes a second would leave the palette standing"
    qtbot.waitUntil(lambda: project_window.page.name == "results")
    qtbot.waitUntil(lambda: project_window.finder.palette is None)


def test_classes_tasks_phrases_and_photos_are_found(project_window, qtbot, settle):
    qtbot.keyClick(project_window, Qt.Key.Key_F, CTRL)
    palette = project_window.finder.palette
    settle()
    qtbot.keyClicks(palette.line, "green")
    assert palette.fitting[0].text == "green"
    assert any(entry.hint == "green" and entry.text.endswith(".png") for entry in palette._entries), "photos as well"
    qtbot.keyClick(palette.line, Qt.Key.Key_Return)
    green = next(one for one in project_window.context.contents.classes if one.name == "green")
    qtbot.waitUntil(lambda: project_window.page.tree.node.id == green.id)
    assert project_window.page.name == "classes"
    qtbot.keyClick(project_window, Qt.Key.Key_F, CTRL)
    qtbot.keyClicks(project_window.finder.palette.line, "no such thing")
    assert project_window.finder.palette.nothing.isVisible()
    qtbot.keyClick(project_window.finder.palette.line, Qt.Key.Key_Escape)


def slow_photos(monkeypatch) -> threading.Event:
    """Photos are looked up until the event is set."""
    may_end, look_up = threading.Event(), menus._photo_names

    def slow(bench, job):
        may_end.wait(WAIT_MS / 1000)
        return look_up(bench, job)

    monkeypatch.setattr(menus, "_photo_names", slow)
    return may_end


def test_what_was_chosen_stays_chosen_when_photos_come_and_late_ones_are_no_commands(
    project_window, qtbot, monkeypatch, settle
):
    may_end = slow_photos(monkeypatch)
    qtbot.keyClick(project_window, Qt.Key.Key_F, CTRL)
    palette = project_window.finder.palette
    qtbot.keyClicks(palette.line, "re")
    qtbot.keyClick(palette.line, Qt.Key.Key_Down)
    chosen = palette.view.currentIndex().data()
    may_end.set()
    settle()
    assert any(entry.text.endswith(".png") for entry in palette._entries)
    assert palette.view.currentIndex().data() == chosen
    may_end.clear()
    for show in (project_window.finder.show_search, project_window.finder.show_commands):
        qtbot.keyClick(project_window.finder.palette.line, Qt.Key.Key_Escape)
        qtbot.waitUntil(lambda: project_window.finder.palette is None)
        show()
    may_end.set()
    settle()
    assert not any(entry.text.endswith(".png") for entry in project_window.finder.palette._entries)
    qtbot.keyClick(project_window.finder.palette.line, Qt.Key.Key_Escape)


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("export", "Report, all on one page (HTML)"),
        ("report", "Report, all on one page (HTML)"),
        ("camera", "Camera"),
        ("import", "Add folders"),
        ("describe", "Describe"),
        ("heat map", "Heat map"),
        ("backbone", "Settings: Backbone"),
        ("gpu", "Settings: Device"),
        ("key", "Settings: Writer"),
        ("help", "Guide"),
        ("language", "Settings: Language"),
    ],
)
def test_on_use_a_command_of_any_page_is_found_by_its_word(project_window, qtbot, settle, typed, found):
    """They found nothing, or "Open the sample project", which has their letters in order."""
    for name in PAGE_NAMES:
        project_window.page_of(name)
    project_window.show_page("use")
    settle()
    qtbot.keyClick(project_window, Qt.Key.Key_K, CTRL)
    palette = project_window.finder.palette
    deletes = {entry.text for entry in palette.fitting if entry.text.startswith("Delete ")}
    assert deletes <= {"Delete the phrase (Delete)"}, "no class is seen"
    assert {"Cancel", "Stop early"}.isdisjoint(entry.text for entry in palette._entries), "nothing is at work"
    qtbot.keyClicks(palette.line, typed)
    assert found in [entry.text for entry in palette.fitting], [entry.text for entry in palette.fitting]
    qtbot.keyClick(palette.line, Qt.Key.Key_Escape)


def test_a_command_of_another_page_is_done_there(project_window, qtbot, settle, monkeypatch, tmp_path):
    folder = draw_classes(tmp_path / "more", ("violet",), train=3)
    monkeypatch.setattr(forms, "choose_folders", lambda *_: [folder])
    project_window.page_of("use")
    project_window.show_page("use")
    qtbot.keyClick(project_window, Qt.Key.Key_K, CTRL)
    qtbot.keyClicks(project_window.finder.palette.line, "add folders")
    qtbot.keyClick(project_window.finder.palette.line, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: project_window.page.name == "classes")
    settle()
    assert [row.name for row in project_window.page.adding.sheet.model.rows] == ["violet"]
    project_window.page.adding.sheet.reject()
    project_window.finder.show_commands()
    qtbot.keyClicks(project_window.finder.palette.line, "backbone")
    qtbot.keyClick(project_window.finder.palette.line, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: isinstance(QApplication.focusWidget(), Choice))
    assert QApplication.focusWidget().accessibleName() == "Backbone"
    QApplication.activeModalWidget().close()


def test_what_is_done_with_a_part_of_another_page_is_done_once_that_is_seen(window, make_colours, qtbot, settle):
    """From Use, a text was approved that nobody saw."""
    open_in(qtbot, window, make_colours(tasks=1))

    def approved() -> int:
        return sum(one.is_approved for one in window.context.contents.descriptions.values())

    window.show_page("descriptions")
    settle()
    page = window.page
    window.show_page("use")
    qtbot.keyClick(window, Qt.Key.Key_K, CTRL)
    palette = window.finder.palette
    qtbot.keyClicks(palette.line, "approve")
    assert palette.fitting[0].text == "Approve"
    qtbot.keyClick(palette.line, Qt.Key.Key_Return)
    settle()
    assert (window.page, approved(), palette.fitting[0].text) == (page, 0, "Approve")
    qtbot.keyClick(palette.line, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: approved() == 1)
    window.finder.show_commands()
    qtbot.keyClicks(window.finder.palette.line, "save csv")
    qtbot.keyClick(window.finder.palette.line, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: window.finder.palette is None)
    assert window.page.name == "use", "nothing was recognised: the page says so"


def test_what_can_be_done_with_the_chosen_class_is_a_command_on_every_page(project_window, qtbot, settle):
    """Ctrl+K and "merge" found nothing."""
    red = next(one for one in project_window.context.contents.classes if one.name == "red")
    project_window.context.choose_class(red.id)
    project_window.show_page("train")
    settle()
    qtbot.keyClick(project_window, Qt.Key.Key_K, CTRL)
    qtbot.keyClicks(project_window.finder.palette.line, "merge")
    assert project_window.finder.palette.fitting[0].text == "Merge into"
    palette = project_window.finder.palette
    qtbot.keyClick(palette.line, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: project_window.page.name == "classes" and project_window.page.tree.class_id == red.id)
    others = {one.name for one in project_window.context.contents.classes} - {"red"}
    assert {one.text for one in palette.fitting} == {f"Merge red into: {name}" for name in others}
    qtbot.keyClicks(palette.line, " green")
    qtbot.keyClick(palette.line, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: "red" not in names(project_window))
    settle()
    assert "red was merged into green" in project_window.page.message_bar.text


# Messages


def test_ctrl_z_says_that_the_model_is_as_it_was_on_whatever_page(window, make_colours, learn_more, qtbot, settle):
    """On Results a training was taken back without a word."""
    open_in(qtbot, window, make_colours(tasks=2, trained=1))
    learn_more()
    window.show_page("results")
    settle()
    qtbot.keyClick(window, Qt.Key.Key_Z, CTRL)
    bar = window.page.message_bar
    qtbot.waitUntil(lambda: bar.text == "Undone: train Task 2. The model is as it was before.")
    qtbot.keyClick(window, Qt.Key.Key_Z, CTRL | Qt.KeyboardModifier.ShiftModifier)
    qtbot.waitUntil(lambda: bar.text == "")
    window.page.banner("These are old", "Anew", window.go_on)
    qtbot.keyClick(window, Qt.Key.Key_Z, CTRL)
    qtbot.waitUntil(lambda: window.context.undo.redo_text == "train Task 2")
    settle()
    assert bar.text == "These are old", "what can be done about it stays"
    bar.hide()
    edit(window, "red", "ruby")
    settle()
    qtbot.keyClick(window, Qt.Key.Key_Z, CTRL)
    settle()
    assert bar.text == "", "of the model nothing was undone"


def test_a_message_with_undo_undoes_that_and_goes_when_something_else_is_done(project_window, qtbot, settle):
    rename(project_window, settle, "red", "ruby")
    bar = project_window.page.message_bar
    assert bar.text == "red is ruby now."
    bar._button.click()
    settle()
    assert names(project_window) >= {"red", "green"}
    rename(project_window, settle, "red", "ruby")
    project_window.page.banner("red is ruby now.")
    project_window.context.undo.undo()
    settle()
    assert bar.text == "", "what it tells of is undone"
    rename(project_window, settle, "red", "ruby")
    edit(project_window, "green", "lime")
    settle()
    assert bar.text == "", "its Undo would take back the other one"
    assert names(project_window) >= {"ruby", "lime"}


def test_an_undo_that_comes_too_late_undoes_nothing_else_and_errors_look_like_errors(project_window, qtbot, settle):
    rename(project_window, settle, "red", "ruby")
    # The person presses Undo while another edit is on its way.
    edit(project_window, "green", "lime")
    bar = project_window.page.message_bar
    bar._button.click()
    settle()
    assert names(project_window) >= {"ruby", "lime"}
    assert "Something else was done" in bar.text

    def fail(bench, job):
        raise InputError("There is a class 'red' already: choose another name, or add photos to it with --top-up")

    project_window.context.run("Adding", fail)
    settle()
    assert bar.is_error
    assert bar._sign.isVisible()
    assert bar.text == "There is a class 'red' already: choose another name, or add photos to it"
    edit(project_window, "lime", "pea")
    settle()
    assert bar.is_error, "it stays, whatever is done"
    project_window.page.banner("All is well.")
    assert not bar.is_error
    assert not bar._sign.isVisible()
    edit(project_window, "pea", "lime")
    qtbot.waitUntil(lambda: bar.text == "")  # what offers nothing goes with the next thing that is done


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("Not agreed to yet: x. Agree to it (--yes), or stop", "Not agreed to yet: x. Agree to it, or stop"),
        ("no project: choose a .spa file, or make one with `spa-desktop new`", None),
        ("restore an earlier version (`spa-desktop restore`), or save it (`spa-desktop recover`)", None),
        ("/data/with --odd.jpg is no photo", "/data/with --odd.jpg is no photo"),
    ],
)
def test_words_of_the_command_line_are_left_out(line, said):
    shown = window_words(line)
    assert "spa-desktop" not in shown
    assert said is None or shown == said


def test_a_long_task_that_ends_unseen_is_told_of_by_the_system(context, qtbot, monkeypatch):
    notifier = Notifier(context, context)
    told = []
    monkeypatch.setattr(notifier, "notify", told.append)
    for seconds, is_seen, expected in ((0.0, False, 1), (0.0, True, 1), (3600.0, False, 1)):
        monkeypatch.setattr(main_window, "LONG_SECONDS", seconds)
        monkeypatch.setattr(notifier, "is_seen", lambda is_seen=is_seen: is_seen)
        context.background.start("Learning", lambda job: None)
        qtbot.waitUntil(lambda: not context.background.handles)
        assert len(told) == expected
    assert told == ["Learning: done"]


def test_without_a_tray_and_a_program_nothing_is_said_and_nothing_breaks(context, monkeypatch):
    monkeypatch.setattr(main_window.QSystemTrayIcon, "isSystemTrayAvailable", lambda: False)
    monkeypatch.setattr(main_window.QStandardPaths, "findExecutable", lambda name: "")
    Notifier(context, context).notify("done")


def test_a_name_that_gets_its_suffix_is_asked_about_with_it(qtbot, monkeypatch, tmp_path):
    (tmp_path / "report.v2.csv").write_text("old", encoding="utf-8")
    offered, answers = [], iter([True, True])

    def chosen(dialog: QFileDialog) -> bool:
        offered.append(Path(dialog.selectedFiles()[0]).name)
        return next(answers)

    monkeypatch.setattr(QFileDialog, "exec", chosen)
    found = forms.save_file(None, "Save", tmp_path / "report.v2", "Tables (*.csv)", ".csv")
    assert (found, offered) == (tmp_path / "report.v2.csv", ["report.v2", "report.v2.csv"])
    answers = iter([True, False])
    assert forms.save_file(None, "Save", tmp_path / "report.v2", "Tables (*.csv)", ".csv") is None
    answers = iter([True])
    new = forms.save_file(None, "Save", tmp_path / "other", "Tables (*.csv)", ".csv")
    assert new == tmp_path / "other.csv"
