"""The shell as a person drives it: start page, pages, shortcuts, projects, settings, leaving."""

import sys
import threading
from collections import Counter
from pathlib import Path

import pytest
from PySide6.QtCore import QStandardPaths, Qt
from PySide6.QtGui import QAccessible, QAction, QColor, QImage
from PySide6.QtWidgets import QLineEdit, QMessageBox, QWidget

from spa_desktop.photos.events import EventRule
from spa_desktop.project import Project
from spa_desktop.project.folders import add_classes
from spa_desktop.ui.faults import FaultDialog
from spa_desktop.ui.guide.guide_window import read_guide
from spa_desktop.ui.page import next_step
from spa_desktop.ui.preferences import Settings, SettingsStore, writer_options
from spa_desktop.ui.settings import settings_dialog
from spa_desktop.ui.settings.settings_dialog import SettingsDialog
from spa_desktop.ui.shell.project_actions import tell
from spa_desktop.ui.shell.side_bar import PAGE_NAMES
from spa_desktop.ui.shell.start_page import RecentRow
from spa_desktop.ui.style.theme import theme
from spa_desktop.ui.widgets import forms
from spa_desktop.ui.widgets.labels import ElidedLabel
from tests.ui.conftest import WAIT_MS, bar_of, block, choose, nameless, rest
from tests.ui.mouse import drop
from tests.workbench.tiny import draw_classes, draw_photo


def test_a_project_is_opened_at_its_classes_page_remembered_and_closed(project_window, qtbot):
    assert project_window.page.name == "classes"
    assert project_window.windowTitle().startswith("Garden")
    assert [Path(name).stem for name in project_window.context.settings.value.recent] == ["Garden"]
    qtbot.mouseClick(project_window.side_bar.buttons["results"], Qt.MouseButton.LeftButton)
    assert project_window.page.name == "results"
    assert project_window.side_bar.buttons["results"].isChecked()
    project_window.page.setFocus()
    project_window.show_page("train")
    tabbed = [name for name in PAGE_NAMES if project_window.side_bar.buttons[name].focusPolicy() & Qt.TabFocus]
    assert tabbed == ["train"]
    qtbot.keyClick(project_window, Qt.Key.Key_W, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: project_window.context.contents is None)
    assert project_window.start.isVisible()
    assert project_window.context.undo.undo_text == ""


def test_a_page_key_leads_to_the_first_control_of_the_page_and_back_to_the_one_of_before(project_window, qtbot):
    """Also from the side bar, where those who walk through the pages by arrows stay."""
    window, ctrl = project_window, Qt.KeyboardModifier.ControlModifier
    window.side_bar.buttons["classes"].setFocus()
    classes, live = window.page_of("classes"), window.page_of("live")
    qtbot.keyClick(window.focusWidget(), Qt.Key.Key_2, ctrl)
    assert window.focusWidget() is classes.tree
    classes.finder.search.setFocus()
    for key, wanted in (
        (Qt.Key.Key_4, window.page_of("train").train),
        (Qt.Key.Key_6, window.page_of("explain").empty.button),
        (Qt.Key.Key_7, live.empty.button),
        (Qt.Key.Key_2, classes.finder.search),
    ):
        qtbot.keyClick(window.focusWidget(), key, ctrl)
        assert window.focusWidget() is wanted
    window.show_page("live")
    window.side_bar.buttons["live"].setFocus()
    for key, name in ((Qt.Key.Key_Up, "explain"), (Qt.Key.Key_Up, "results"), (Qt.Key.Key_Down, "explain")):
        qtbot.keyClick(window.focusWidget(), key)
        assert window.page.name == name
        assert window.focusWidget() is window.side_bar.buttons[name]
    rest(qtbot, window)


def test_who_is_on_sort_is_sent_to_no_other_page_while_there_are_no_classes(window, qtbot, tmp_path):
    with qtbot.waitSignal(window.context.project_opened):
        window.context.create_project(tmp_path / "New.spa")
    window.show_page("sort")
    assert not window.side_bar.next.isVisible()
    window.show_page("results")
    assert window.side_bar.next.isVisible()
    assert window.side_bar.next.text() == "Add folders of photos"
    rest(qtbot, window)


def test_a_project_is_opened_where_it_was_left(project_window, open_project, make_project, qtbot):
    """Its undo begins anew, and the menu says so."""
    context, garden = project_window.context, project_window.context.opened.path
    project_window.show_page("results")
    kept = SettingsStore(context.settings.path).value.pages
    assert kept == {str(garden): "results"}, "at once: the app may end without a word"
    open_project(make_project(name="Meadow"))
    assert project_window.page.name == "classes"
    assert project_window.menus.undo.text() == "Nothing to &undo since it was opened"
    project_window.show_page("sort")
    open_project(garden)
    assert project_window.page.name == "results"
    assert project_window.focusWidget() is project_window.side_bar.buttons["results"]
    context.settings.update(pages={str(garden.with_stem("Meadow")): "no such page"})
    open_project(garden.with_stem("Meadow"))
    assert project_window.page.name == "classes"


@pytest.mark.parametrize(
    ("trained", "steps"),
    [
        (0, {"classes": "Train", "descriptions": "Train", "results": "Train", "train": ""}),
        (1, {"classes": "Use it", "train": "Use it", "results": "Use it", "use": ""}),  # no test photo is wrong
    ],
)
def test_there_is_one_next_step_also_after_a_training(window, open_colours, settle, trained, steps):
    open_colours(tasks=1, trained=trained)
    settle()
    for page, said in steps.items():
        window.show_page(page)
        following = window.side_bar.next
        assert (following.text() if following.isVisible() else "") == said
    settle()


def test_new_classes_that_wait_are_named_before_more_photos_of_an_old_one(context, open_colours, qtbot, tmp_path):
    open_colours(tasks=2, trained=1)
    expected = next_step(context.contents, "classes")
    assert expected.standing.startswith("Task 2: ")
    old = context.contents.classes[0]
    draw_photo(tmp_path / old.name / "more.png", old.name, 60)
    with qtbot.waitSignal(context.project_changed):
        context.run("", lambda bench, job: add_classes(bench.project, [tmp_path / old.name], top_up=True))
    assert context.contents.to_learn[0].id == old.id
    assert next_step(context.contents, "classes") == expected


def test_a_page_with_nothing_to_show_leads_to_where_one_begins(window, context, make_project, qtbot, tmp_path):
    for made, names, to in (
        (context.create_project, ("descriptions", "train"), "classes"),
        (window.projects.open, ("explain", "results", "use"), "train"),
    ):
        with qtbot.waitSignal(context.project_opened):
            made(tmp_path / "Empty.spa" if to == "classes" else make_project())
        for name in names:
            window.show_page(name)
            assert window.page.is_empty
            qtbot.mouseClick(window.page.empty.button, Qt.MouseButton.LeftButton)
            assert window.page.name == to
    assert window.page_of("explain").open_button.isHidden()
    assert window.page_of("use").folder_button.isHidden()
    assert not window.page_of("results").export.isEnabled()


@pytest.mark.parametrize("page", ["sort", "classes"])
def test_ctrl_return_adds_photos_where_there_are_none(window, context, qtbot, tmp_path, monkeypatch, page):
    with qtbot.waitSignal(context.project_opened):
        context.create_project(tmp_path / "Empty.spa")
    window.show_page(page)
    qtbot.waitUntil(window.page.empty.button.isVisible)
    asked = []
    monkeypatch.setattr(forms, "choose_folders", lambda _, title: asked.append(title) or [])
    qtbot.keyClick(window, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert len(asked) == 1


def test_a_dropped_folder_is_a_project_at_once_and_is_offered(window, context, qtbot, tmp_path, monkeypatch, settle):
    folder = draw_classes(tmp_path / "things", ["red", "green"]) / "train"
    asked = []
    monkeypatch.setattr(forms, "new_project", lambda *given: asked.append(given))
    home = tmp_path / "home"  # as it may be on a bare Linux: without a folder of documents
    home.mkdir()
    monkeypatch.setattr(QStandardPaths, "writableLocation", lambda _: str(home / "Documents"))
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    context.settings.update(projects_folder="")
    offered = []
    monkeypatch.setattr(window.page_of("classes"), "show_item", offered.append)
    (tmp_path / "things.spa").write_text("of another")
    assert drop(window.start, [folder])
    qtbot.waitUntil(lambda: offered == [[folder]])
    settle()
    assert not asked, "no question for a file"
    assert context.contents.path == tmp_path / "things 2.spa"
    assert window.side_bar.findChildren(ElidedLabel)[1].text() == str(tmp_path), "where it lies stays to be seen"
    assert (tmp_path / "things.spa").read_text() == "of another"


def test_of_a_folder_without_a_photo_that_can_be_read_no_project_is_made(window, context, qtbot, tmp_path, settle):
    home, holidays = tmp_path / "home", tmp_path / "Holidays"
    context.settings.update(projects_folder=str(home))
    for folder in (home, holidays):
        folder.mkdir()
    for said in ("There is no photo in", "No photo in"):
        assert drop(window.start, [holidays])
        qtbot.waitUntil(lambda said=said: bar_of(window).text.startswith(f"{said} {holidays}"))
        settle()
        assert (context.contents, list(home.iterdir()), context.settings.value.recent) == (None, [], ())
        (holidays / "beach.jpg").write_text("a text")
    draw_photo(holidays / "sea.png", "teal", 0)
    with qtbot.waitSignal(context.project_opened):
        assert drop(window.start, [holidays])
    assert context.contents.path == home / "Holidays.spa"
    qtbot.waitUntil(lambda: window.page.message_bar.text.startswith("Photos that look alike are put together"))
    window.page.message_bar._button.click()
    adding = window.page_of("classes").adding
    qtbot.waitUntil(lambda: adding.sheet is not None and [row.name for row in adding.sheet.model.rows] == ["Holidays"])
    adding.sheet.reject()


def test_a_project_among_very_many_dropped_files_is_opened(window, qtbot, make_project, tmp_path):
    files = [tmp_path / f"{number}.jpg" for number in range(1000)]
    for page, name in ((window.start, "One"), (window.page_of("results"), "Two")):
        with qtbot.waitSignal(window.context.project_opened):
            assert drop(page, [*files[:501], make_project(name), *files[501:]])
        window.show_page("results")
    assert window.context.contents.name == "Two"


def test_each_of_very_many_dropped_files_is_looked_at_by_a_worker(window, open_colours, monkeypatch, settle):
    """What is looked at in the window's thread keeps the window from answering."""
    open_colours(tasks=1, trained=1)
    window.show_page("use")
    settle()
    looked, suffix, taken = Counter(), Path.suffix.fget, []
    photos = [Path(f"/none/{number}.jpg") for number in range(20_000)]
    monkeypatch.setattr(window.page, "take_dropped", taken.extend)

    def suffix_of(path: Path) -> str:
        looked[threading.current_thread() is threading.main_thread()] += 1
        return suffix(path)

    monkeypatch.setattr(Path, "suffix", property(suffix_of))
    assert drop(window.page, [*photos, Path("/none/notes.txt")])
    settle()
    assert taken == photos
    assert looked[False] >= 20_000
    assert looked[True] < 1000


def test_where_projects_cannot_be_written_a_dropped_folder_asks_for_another_place(
    window, context, qtbot, tmp_path, monkeypatch
):
    folder = draw_classes(tmp_path / "things", ["red", "green"])
    monkeypatch.setattr(forms, "new_project", lambda parent, start: tmp_path / "Elsewhere.spa")
    context.settings.update(projects_folder=str(tmp_path / "gone"))
    with qtbot.waitSignal(context.project_opened):
        assert drop(window.start, [folder])
    assert context.contents.path == tmp_path / "Elsewhere.spa"


def test_what_was_found_beside_a_project_is_said_at_the_top_of_the_page(project_window, make_project, open_project):
    path = make_project(name="Unfinished")
    path.with_name(path.name + "-journal").write_bytes(b"no journal at all" * 100)
    open_project(path)
    line = project_window.page.message_bar.text
    assert line.startswith(f"Unfinished work beside {path} was rolled back. If something is missing now: the file as")


def test_opening_for_reading_waits_for_work_on_the_project_that_is_open(project_window, qtbot, make_project, settle):
    path, context = make_project(name="Busy"), project_window.context
    with Project.open(path, write=True):
        project_window.projects.open(path)
        bar = project_window.page.message_bar
        qtbot.waitUntil(lambda: bar._button.text() == "Open for reading")
        may_end = block(context, "Training")
        bar._button.click()
        assert project_window.leaving.box is not None
        assert "Training" in project_window.leaving.box.text()
        project_window.leaving.box.reject()
        may_end.set()
        settle()
    assert context.contents.name == "Garden"


def test_edits_made_while_another_project_is_opened_are_stored_first(
    project_window, qtbot, make_project, settle, faults
):
    context = project_window.context
    first, path = context.contents.classes[0], context.contents.path
    with qtbot.waitSignal(context.project_opened):
        context.open_project(make_project(name="Other"))
        for name in ("thing", "gadget"):
            context.edit("rename", name, lambda tx, name=name: tx.rename_class(first.id, name))
    assert context.contents.name == "Other"
    settle()
    with Project.open(path, write=True) as closed:
        assert closed.class_(first.id).name == "gadget"


def test_closing_while_a_project_waits_to_be_shown_closes_both(project_window, qtbot, make_project):
    context, other = project_window.context, make_project(name="Other")
    has_begun, may_end = threading.Event(), threading.Event()

    def work(bench, job) -> None:
        has_begun.set()
        while not may_end.wait(0.01):
            job.check()

    context.open_project(other)
    context.run("Training", work)
    qtbot.waitUntil(has_begun.is_set)
    qtbot.wait(50)
    assert context.contents.name == "Garden"
    assert context.shutdown()
    with Project.open(other, write=True):
        pass


def test_undo_behind_an_edit_that_is_on_its_way_takes_back_both(project_window, qtbot, settle):
    context, menus, may_end = project_window.context, project_window.menus, threading.Event()
    first, second = context.contents.classes[:2]
    with qtbot.waitSignal(context.project_changed):
        context.edit("rename", "to thing", lambda tx: tx.rename_class(first.id, "thing"))

    def late(tx):
        assert may_end.wait(WAIT_MS / 1000)
        tx.rename_class(second.id, "other")

    context.edit("rename", "to other", late)
    for _ in range(2):
        qtbot.keyClick(project_window, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    may_end.set()
    settle()
    assert [one.name for one in context.contents.classes[:2]] == [first.name, second.name]
    assert not menus.undo.isEnabled()
    assert "rename to other" not in menus.redo.text()
    assert project_window.status.went_back.text() == "Undone: rename to thing", "whatever page is shown"
    menus.redo.trigger()
    settle()
    assert project_window.status.went_back.text() == "Done again: rename to thing"


@pytest.fixture
def recorded(project_window, qtbot):
    """The window, with three frames recorded on Live that are in no class yet."""
    for shade in (0, 100, 200):
        record(project_window, shade)
    return project_window


def record(window, shade: int) -> None:
    frame = QImage(32, 24, QImage.Format.Format_RGB32)
    frame.fill(QColor(shade, shade, shade))
    window.page_of("live").recorder.burst.record(frame)


@pytest.mark.parametrize("key", ["Q", "W"])
def test_leaving_asks_before_recorded_frames_are_lost(recorded, qtbot, key):
    qtbot.keyClick(recorded, getattr(Qt.Key, f"Key_{key}"), Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: recorded.leaving.box is not None)
    assert "3 recorded frames" in recorded.leaving.box.text()
    qtbot.keyClick(recorded.leaving.box, Qt.Key.Key_Escape)
    assert recorded.isVisible()
    assert recorded.context.contents is not None
    assert len(recorded.page_of("live").recorder.burst.frames) == 3


def test_a_failed_verb_leaves_what_it_had_finished_on_screen(project_window, qtbot):
    context = project_window.context
    first = context.contents.classes[0]

    def half(bench, job):
        with bench.project.transaction("rename", "") as tx:
            tx.rename_class(first.id, "half way")
        raise RuntimeError("then it broke")

    context.run("Working", half).failure(context.show_failure)
    qtbot.waitUntil(lambda: context.contents.class_(first.id).name == "half way")
    qtbot.waitUntil(lambda: project_window.findChild(FaultDialog) is not None)
    project_window.findChild(FaultDialog).accept()


@pytest.fixture
def dialog(window, context, settle):
    """The settings, open."""
    found = SettingsDialog(context, window)
    found.open()
    yield found
    settle()
    found.accept()


def test_settings_hold_at_once_are_kept_and_reach_the_writer(dialog, context):
    choose(dialog.appearance, "dark")
    assert theme().name == "dark"
    dialog.test_share.setValue(30)
    choose(dialog.writer.effort, "")
    dialog.writer.parallel.setValue(2)
    dialog.event_gap.setValue(5)
    dialog.file_times.click()
    again = SettingsStore(context.settings.path)
    assert (again.value.appearance, again.value.test_share) == ("dark", 0.3)
    assert again.value.event_rule == EventRule(5, uses_file_times=True)
    assert writer_options(again.value)["effort"] is None
    assert writer_options(again.value)["parallel"] == 2


def test_of_two_windows_none_takes_settings_and_recent_projects_of_the_other_away(
    project_window, make_project, qtbot, monkeypatch
):
    context, garden = project_window.context, str(project_window.context.opened.path)
    other = SettingsStore(context.settings.path)
    birds = make_project(name="Birds")
    other.add_recent(birds)
    other.keep_page(birds, "use")
    other.update(appearance="dark", speeds=lambda old: {**old.speeds, "far": 2.0})
    project_window.show_page("results")
    context.settings.update(speeds=lambda old: {**old.speeds, "near": 1.0}, heat_map=True)
    kept = SettingsStore(context.settings.path).value
    assert (kept.recent, kept.pages) == ((str(birds), garden), {garden: "results", str(birds): "use"})
    assert (kept.appearance, kept.heat_map, kept.speeds) == ("dark", True, {"far": 2.0, "near": 1.0})
    assert theme().name == "light", "a window stays as it is"
    other.remove_recent(garden)
    other.add_recent(Path("last.spa"))
    context.close_project()
    qtbot.waitUntil(lambda: len(project_window.start.findChildren(RecentRow)) == 2)
    assert context.settings.value.recent == ("last.spa", str(birds))


def test_a_setting_that_makes_no_sense_costs_no_other(tmp_path):
    path = tmp_path / "settings.json"
    path.write_text(
        '{"appearance": "pink", "writer": "gpt", "parallel": 99, "speeds": {"a": "fast"},'
        ' "recent": ["a.spa"], "effort": ""}'
    )
    store = SettingsStore(path)
    assert store.value == Settings(recent=("a.spa",), effort="")
    store.update(appearance="dark")
    assert SettingsStore(path).value == Settings(recent=("a.spa",), effort="", appearance="dark")


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", b'{"appearance": "dark"', b"[]"])
def test_a_damaged_settings_file_is_put_aside(tmp_path, content):
    path = tmp_path / "settings.json"
    path.write_bytes(content)
    assert SettingsStore(path).value.appearance == "system"
    assert path.with_suffix(".damaged.json").exists()


def test_a_key_is_shown_by_its_place_only(dialog, qtbot, context):
    writer = dialog.writer
    type_into(writer.address, "http://localhost:1/v1")
    choose(writer.writer, "openai")
    qtbot.waitUntil(lambda: "no key" in writer.place.text())
    qtbot.keyClicks(writer.key, "sk-secret-0123456789")
    qtbot.mouseClick(writer.save, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: writer.place.text() == "A key is kept in the app's memory, until it is closed.")
    assert writer.key.text() == ""
    assert "secret" not in context.settings.path.read_text()
    qtbot.mouseClick(writer.forget, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: "no key" in writer.place.text())


def test_a_key_is_kept_also_where_one_of_another_address_follows_at_once(dialog, qtbot, context, settle, monkeypatch):
    writer, kept, may_go = dialog.writer, [], threading.Event()
    monkeypatch.setattr(settings_dialog, "save_key", lambda value, address: kept.append((address, value)))
    choose(writer.writer, "openai")
    settle()
    for _ in range(2):
        context.background.look_up(lambda job: may_go.wait(WAIT_MS / 1000))
    asked = [(f"http://localhost:{number}/v1", f"sk-{number}") for number in (1, 2)]
    for address, value in asked:
        type_into(writer.address, address)
        qtbot.keyClicks(writer.key, value)
        qtbot.mouseClick(writer.save, Qt.MouseButton.LeftButton)
    may_go.set()
    settle()
    assert sorted(kept) == asked


def test_an_address_without_encryption_needs_the_persons_word(dialog, context, monkeypatch):
    writer = dialog.writer
    choose(writer.writer, "openai")
    assert not writer.unencrypted.isVisible()
    type_into(writer.address, "http://server.example/v1")
    assert "not encrypted" in writer.where.text()
    assert not writer_options(context.settings.value)["allow_unencrypted"]
    writer.unencrypted.click()
    assert writer_options(context.settings.value)["allow_unencrypted"]
    type_into(writer.address, "http://other.example/v1")
    assert not writer.unencrypted.isChecked(), "the word holds for the one address"
    assert not writer_options(context.settings.value)["allow_unencrypted"]
    monkeypatch.setenv("OPENAI_BASE_URL", "http://localhost:11434/v1")
    choose(writer.writer, "offline")
    choose(writer.writer, "openai")
    assert "http://localhost:11434/v1" in writer.where.text(), "that of the environment comes first"


def test_a_service_that_failed_can_be_tested_again(dialog, qtbot):
    writer = dialog.writer
    choose(writer.writer, "openai")
    type_into(writer.address, "http://server.example/v1")
    writer.test.click()
    qtbot.waitUntil(writer.test.isEnabled)
    assert "not encrypted" in writer.result.text()


def test_keys_are_named_as_the_system_names_them(window, monkeypatch):
    monkeypatch.setattr(sys, "platform", "darwin")
    texts = [page.text for page in read_guide("").values()]
    texts += [widget.toolTip() for name in PAGE_NAMES for widget in window.page_of(name).findChildren(QWidget)]
    assert not [text for text in texts if "Ctrl" in text or "Alt+" in text]
    for key in ("`Cmd+Shift+L`", "(Cmd+Shift+S)", "(Option+Up)"):
        assert any(key in text for text in texts)


def test_photos_are_exported_as_a_data_set(project_window, qtbot, monkeypatch, tmp_path):
    out, photos = tmp_path / "out", list(project_window.context.workbench.project.photos())
    Path(photos[0].path).unlink()
    monkeypatch.setattr(forms, "export_folder", lambda *_: out)
    actions = {action.text(): action for action in project_window.findChildren(QAction)}
    actions["Export photos with a CSV manifest..."].trigger()
    qtbot.waitUntil(lambda: bool(project_window.page.message_bar.text))
    assert project_window.page.message_bar.text.startswith(f"{len(photos) - 1} photos exported to {out}. Left out: 1")
    assert len((out / "manifest.csv").read_text().splitlines()) == len(photos)


def test_every_control_of_the_settings_has_a_name(dialog):
    dialog.method.fold.button.setChecked(True)
    dialog.writer.writer.setCurrentIndex(dialog.writer.writer.findData("openai"))
    dialog.writer.writer.activated.emit(1)
    assert dialog.writer.model.isVisible()
    assert not nameless(dialog)
    focus = QAccessible.queryAccessibleInterface(dialog.method.focus)
    ((label, _),) = focus.relations(QAccessible.RelationFlag.Label)
    assert label.text(QAccessible.Text.Name) == "Look at"


def test_what_comes_without_the_focus_is_said_to_a_screen_reader(project_window, qtbot, monkeypatch):
    said = []
    monkeypatch.setattr(QAccessible, "updateAccessibility", lambda event: said.append(event.message()))
    project_window.context.banner("Done")
    assert said == ["Done"]
    project_window.finder.show_commands()
    palette = project_window.finder.palette
    second = palette.fitting[1]
    qtbot.keyClick(palette.line, Qt.Key.Key_Down)
    assert said[1:] == [f"{second.text}, {second.hint}"]
    qtbot.keyClicks(palette.line, "zzz")
    assert said[-1] == "Nothing fits"


def type_into(line: QLineEdit, text: str) -> None:
    line.setText(text)
    line.editingFinished.emit()


def test_a_text_that_was_shown_is_gone_once_it_is_closed(qtbot):
    window = QWidget()
    qtbot.addWidget(window)
    tell(window, "A title", "A text")
    window.findChild(QMessageBox).close()
    qtbot.waitUntil(lambda: not window.findChildren(QMessageBox))


def test_tab_goes_from_the_page_to_the_corrections_beneath_it_and_back(window, open_colours, qtbot, tmp_path):
    open_colours(tasks=1, trained=1)
    window.show_page("live")
    live = window.page
    live.show_path(draw_photo(tmp_path / "new" / "red.png", "red", 501))
    qtbot.waitUntil(lambda: live.card.shown is not None)
    qtbot.keyClick(live.canvas, Qt.Key.Key_2)
    qtbot.waitUntil(window.tray.learn.isVisible)
    rest(qtbot, window)
    live.card.none.setFocus()
    qtbot.keyClick(window.focusWidget(), Qt.Key.Key_Tab)
    assert window.focusWidget() is window.tray.learn
    qtbot.keyClick(window.focusWidget(), Qt.Key.Key_Backtab, Qt.KeyboardModifier.ShiftModifier)
    assert window.focusWidget() is live.card.none
    live.start_button.setFocus()
    for before in (live.source_menu, window.side_bar.next):  # as they stand
        qtbot.keyClick(window.focusWidget(), Qt.Key.Key_Backtab, Qt.KeyboardModifier.ShiftModifier)
        assert window.focusWidget() is before
