"""The Classes page as a person drives it."""

import os
import shutil
from pathlib import Path

from PySide6.QtCore import QItemSelectionModel, Qt
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtWidgets import QApplication, QLineEdit, QWidget

from spa_desktop.ui.classes.class_tree import _TargetMenu
from spa_desktop.ui.classes.import_sheet import FOLDER, NAME, NOTE, PHOTOS
from spa_desktop.ui.widgets import forms
from spa_desktop.ui.widgets.class_list import ClassNode, TaskNode
from spa_desktop.ui.widgets.tables import SkipReport
from spa_desktop.workbench import recognition, training
from tests.photos.xmp import with_keywords
from tests.ui.conftest import block, nameless
from tests.ui.mouse import click_item, drop
from tests.workbench.tiny import draw_classes, draw_photo

CTRL_SHIFT = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier


def names(page) -> dict[str, list[str]]:
    return {task.name: [one.name for one in task.classes] for task in page.tree_model.tasks}


def find_class(page, name: str) -> ClassNode:
    return next(one for task in page.tree_model.tasks for one in task.classes if one.name == name)


def choose(page, name: str, settle) -> ClassNode:
    node = find_class(page, name)
    page.tree.choose(ClassNode, node.id)
    settle()
    return node


def search(page, words: str, settle) -> None:
    """Search the photos that are shown."""
    page.bar.search.setText(words)
    page.bar.search.words_typed.emit(words)
    settle()


def select(page, *rows: int) -> list[int]:
    page.photos.clearSelection()
    for row in rows:
        page.photos.selectionModel().select(page.photo_model.index(row), QItemSelectionModel.SelectionFlag.Select)
    return [page.photo_model.photos[row].id for row in rows]


def dropped(page, settle, *paths: Path):
    """The sheet, once it has looked into what was dropped."""
    assert drop(page, paths)
    settle()
    return page.adding.sheet


def test_dropped_folders_are_shown_renamed_added_and_their_photos_appear(
    page, open_tiny, photos, tmp_path, settle, finish, qtbot
):
    open_tiny()
    long = "a name that is longer than most"
    drawn = draw_classes(tmp_path / "7" / "photos", ["red", "green"])
    for part in ("train", "test"):
        (drawn / part / "red").rename(drawn / part / long)
    (drawn / "train" / long / "0.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    sheet = dropped(page, settle, drawn)
    assert sheet.task.currentText() == "Task 1", "a name that says nothing is not taken"
    place = [row.name for row in sheet.model.rows].index(long)
    sheet.table.grab()
    qtbot.waitUntil(lambda: sheet.model.index(place, NAME).data(Qt.ItemDataRole.DecorationRole) is not None)
    strip = sheet.model.index(place, NAME).data(Qt.ItemDataRole.DecorationRole)
    assert strip.pixelColor(3, strip.height() // 2).alpha() == 255, "a photo that cannot be read is no gap"
    needed = sheet.table.fontMetrics().horizontalAdvance(long) + sheet.table.iconSize().width()
    assert sheet.table.columnWidth(NAME) > needed, "its name is not cut"
    sheet.reject()
    sheet = dropped(page, settle, Path(shutil.copytree(photos / "1", tmp_path / "Garden_birds")))
    assert sheet.task.currentText() == "Garden birds"
    rows = [(row.name, len(row.found.files), sheet.model.tests(row)) for row in sheet.model.rows]
    assert rows == [("green", 6, 2), ("red", 6, 2)]
    assert page.contents.classes == (), "nothing is added before the person says so"
    assert sheet.model.setData(sheet.model.index(0, NAME), "  grass  green ")
    sheet.task.setCurrentText("Colours")
    finish(sheet.add.click)
    assert names(page) == {"Colours": ["grass green", "red"]}
    assert page.message_bar.text == "Added 12 photos to 2 classes."
    assert len(page.photo_model.photos) == 6
    page.photos.grab()
    qtbot.waitUntil(lambda: page.source.size_in_memory > 0)
    assert page.source.picture(page.photo_model.photos[0].id) is not None


def test_of_a_folder_chosen_in_the_dialog_the_share_that_is_asked_for_is_held_out_and_no_photo_is_counted(
    page, open_tiny, tmp_path, finish, monkeypatch, context
):
    context.settings.update(uses_file_times=True)
    for seed in range(10):  # taken in bursts of three, three and four
        when = 1e9 + 1000 * min(seed // 3, 2)
        os.utime(draw_photo(tmp_path / "teal" / f"{seed}.png", "teal", seed), (when, when))
    (tmp_path / "teal" / "notes.txt").write_text("teal")
    (tmp_path / "teal" / "torn.png").write_bytes(b"no photo")
    (tmp_path / "teal" / "empty.png").touch()
    open_tiny()
    monkeypatch.setattr(forms, "choose_folders", lambda *arguments: [tmp_path / "teal"])
    finish(page.empty.button.click)
    sheet = page.adding.sheet
    sheet.share.setValue(27)
    assert [(row.name, sheet.model.tests(row)) for row in sheet.model.rows] == [("teal", 3)]
    assert (sheet.skips.text(), sheet.add.text()) == ("3 skipped · Show", "Add 10 photos"), "two are none"
    finish(sheet.add.click)
    tests = context.workbench.project.photos(split="test")
    assert [int(Path(photo.name).stem) // 3 for photo in tests] in ([0] * 3, [1] * 3), "a burst is not divided"
    assert page.message_bar.text == "Added 10 photos to 1 class. 3 skipped."
    page.message_bar._button.click()
    report = page.findChild(SkipReport)
    shown = {Path(report.model.index(row, 0).data()).name for row in range(report.model.rowCount())}
    assert shown == {"notes.txt", "torn.png", "empty.png"}
    report.close()


def test_keywords_of_dropped_photos_are_offered_as_classes(page, open_tiny, tmp_path, settle, finish, monkeypatch):
    """Lakes are ticked by the user alone: each photo of one shows a bird."""
    open_tiny()
    folder = tmp_path / "holiday"
    keywords = {0: ["heron"], 1: ["Birds|heron", "lake"], 2: ["Birds|egret"], 3: ["egret", "lake"], 4: []}
    for seed, words in keywords.items():
        draw_photo(folder / f"{seed}.png", "teal", seed)
        if words:
            (folder / f"{seed}.png.xmp").write_text(with_keywords(*words))
    sheet = dropped(page, settle, folder)
    assert [row.name for row in sheet.model.rows] == ["holiday"]
    sheet.by_keywords.click()
    rows = {row.name: (len(sheet.model.files(row)), row.is_wanted) for row in sheet.model.rows}
    assert rows == {"egret": (2, True), "heron": (2, True), "lake": (2, False)}
    header = [sheet.model.headerData(place, Qt.Orientation.Horizontal) for place in (NAME, FOLDER)]
    assert header == ["Class", "Keyword"]
    assert sheet.model.index(1, FOLDER).data() == "Birds|heron, heron"
    sheet.model.setData(sheet.model.index(2, NAME), Qt.CheckState.Checked.value, Qt.ItemDataRole.CheckStateRole)
    assert "2 photos with several of these keywords" in sheet.state.text()
    sheet.model.setData(sheet.model.index(2, NAME), Qt.CheckState.Unchecked.value, Qt.ItemDataRole.CheckStateRole)
    finish(sheet.add.click)
    assert [*names(page).values()] == [["egret", "heron"]]
    assert page.message_bar.text.startswith("Added 4 photos to 2 classes.")
    sheet = dropped(page, settle, folder)
    assert sheet.by_keywords.isHidden(), "the photo that is left has none"
    sheet.reject()
    monkeypatch.setattr(forms, "choose_folders", lambda *arguments: [folder])
    finish(page.choose_by_keywords)
    assert page.adding.sheet.by_keywords.text() == "No photo has a keyword"
    (folder / "4.png.xmp").write_text(with_keywords("stork"))
    page.adding.sheet.reject()
    finish(page.choose_by_keywords)
    assert [row.name for row in page.adding.sheet.model.rows] == ["stork"]


def test_what_cannot_be_added_is_said_in_the_sheet(page, tiny_page, tmp_path, settle):
    (tmp_path / "nothing").mkdir()
    sheet = dropped(page, settle, tmp_path / "nothing")
    assert "no photo" in sheet.problem.text()
    assert not sheet.add.isEnabled()
    sheet.reject()
    sheet = dropped(page, settle, draw_classes(tmp_path / "new", ["teal", "violet"]))
    assert not nameless(sheet)
    sheet.model.setData(sheet.model.index(0, NAME), "violet")
    assert "rename one" in sheet.problem.text()
    assert not sheet.add.isEnabled()


def test_a_photo_in_two_classes_is_a_row_to_tick_before_anything_is_added(
    page, tiny_page, context, tmp_path, settle, finish
):
    """It refused the whole import, after all of it was read."""
    drawn = draw_classes(tmp_path / "drawn", ["teal", "violet"], train=4, test=1)
    twin, folder = drawn / "train" / "teal" / "teal-0.png", drawn / "train" / "violet"
    shutil.copy(twin, folder / "twin.png")
    shutil.copy(next(one.path for one in context.workbench.project.photos() if "red" in one.path), folder / "red.png")
    sheet = dropped(page, settle, drawn)
    rows = sheet.model.rows
    texts = [sheet.model.index(place, NAME).data() for place in range(len(rows))]
    assert texts == ["teal", "violet", twin.name, "twin.png", "red.png"]
    assert [row.is_wanted for row in rows] == [True, True, True, False, False]
    assert sheet.model.index(3, NOTE).data() == "violet, also in teal"
    assert sheet.model.index(4, NOTE).data() == "violet, also in red"
    assert "1 photo is in two classes" in sheet.state.text()
    assert sheet.add.text() == "Add 10 photos"

    index = sheet.model.index(4, NAME)
    assert not sheet.model.flags(index) & Qt.ItemFlag.ItemIsUserCheckable, "the project has it"
    index = sheet.model.index(3, NAME)
    sheet.model.setData(index, Qt.CheckState.Checked, Qt.ItemDataRole.CheckStateRole)
    assert [row.is_wanted for row in sheet.model.rows] == [True, True, False, True, False]
    assert sheet.problem.text() == ""
    finish(sheet.add.click)
    counts = {name: find_class(page, name).counts for name in ("teal", "violet")}
    assert {name: one.train + one.test for name, one in counts.items()} == {"teal": 4, "violet": 6}


def test_a_folder_that_lies_in_another_that_is_dropped_with_it_is_read_once(page, tiny_page, tmp_path, settle):
    folder = draw_classes(tmp_path / "new", ["teal"])
    sheet = dropped(page, settle, folder / "train" / "teal", folder, folder)
    assert [(row.name, row.total) for row in sheet.model.rows] == [("teal", 9)], "no photo is in two classes"
    assert (sheet.add.text(), sheet.skips.text()) == ("Add 9 photos", "2 skipped · Show")
    sheet.reject()
    sheet = dropped(page, settle, folder, shutil.copytree(folder, tmp_path / "copy"))
    notes = [sheet.model.index(row, NOTE).data() for row in range(2, sheet.model.rowCount())]
    assert notes == ["teal"] * 18, "of two folders of one name none is said to be another class"


def test_photos_that_the_project_has_are_not_promised(page, tiny_page, photos, tmp_path, settle, finish):
    draw_photo(photos / "1" / "train" / "red" / "new.png", "red", 20)
    draw_photo(photos / "1" / "train" / "teal" / "new.png", "teal", 20)
    shutil.copy(photos / "1" / "train" / "green" / "green-0.png", photos / "1" / "train" / "teal" / "green.png")
    sheet = dropped(page, settle, photos / "1")
    texts = [(sheet.model.index(at, NAME).data(), sheet.model.index(at, NOTE).data()) for at in range(3)]
    assert texts == [("red", "more photos for this class"), ("teal", "new class"), ("green.png", "teal, also in green")]
    assert sheet.state.text().startswith("2 classes, 2 photos")
    assert sheet.state.text().endswith(" · 13 photos in the project already")
    assert sheet.add.text() == "Add 2 photos"
    finish(sheet.add.click)
    assert page.message_bar.text == "Added 2 photos to 2 classes. 12 skipped."


def test_a_folder_without_a_photo_to_add_does_not_stand_in_the_way_of_the_others(
    page, tiny_page, photos, tmp_path, settle, finish
):
    drawn = draw_classes(tmp_path / "drawn", ["teal"], train=4, test=1)
    for folder in ("old_reds", "torn"):
        (drawn / "train" / folder).mkdir()
    for name in ("red-0.png", "red-1.png"):
        shutil.copy(photos / "1" / "train" / "red" / name, drawn / "train" / "old_reds" / name)
    shutil.copytree(photos / "1" / "train" / "green", drawn / "train" / "green")
    (drawn / "train" / "torn" / "words.jpg").write_text("no photo")
    sheet = dropped(page, settle, drawn)
    shown = [[sheet.model.index(at, place).data() for place in (NAME, PHOTOS, NOTE)] for at in range(3)]
    assert shown[0] == ["old reds", "0", "Each new photo of old reds is in another class"]
    assert shown[1] == ["teal", "5", "new class"]
    assert shown[2][:2] == ["torn", "0"]
    assert shown[2][2].startswith("words.jpg: it is not a photo")
    boxes = [bool(sheet.model.flags(sheet.model.index(at, NAME)) & Qt.ItemFlag.ItemIsUserCheckable) for at in range(3)]
    assert boxes == [False, True, False]
    assert sheet.state.text() == "1 class, 5 photos · 6 photos in the project already"
    assert (sheet.add.text(), sheet.problem.text()) == ("Add 5 photos", "")
    finish(sheet.add.click)
    assert page.message_bar.text.startswith("Added 5 photos to 1 class.")
    sheet = dropped(page, settle, drawn / "train" / "torn")
    assert (sheet.add.text(), sheet.add.isEnabled()) == ("Add", False)
    assert sheet.problem.text() == shown[2][2]


def test_photos_dropped_on_a_class_top_it_up_and_make_it_stale(page, open_tiny, context, tmp_path, settle, finish):
    open_tiny(1, trained=True)
    page.tree.choose(TaskNode, context.contents.tasks[0].id)
    for action in (page.tree_actions.up, page.tree_actions.down):
        assert not action.isEnabled()
        assert action.toolTip().endswith("Task 1 is learned")
    choose(page, "green", settle)
    more = [draw_photo(tmp_path / "more" / f"{seed}.png", "green", seed) for seed in range(20, 23)]
    sheet = dropped(page, settle, *more)
    assert [row.name for row in sheet.model.rows] == ["green"]
    assert not sheet.task.isEnabled()
    sheet.share.setValue(0)
    finish(sheet.add.click)
    node = choose(page, "green", settle)
    assert (node.record.state, node.counts.unlearned) == ("stale", 3)
    assert page.header.learn.isVisible()
    with_tag = [photo for photo in page.photo_model.photos if "new" in page.photo_model.tags(photo)]
    assert len(with_tag) == 3


def test_rename_by_keyboard_and_undo(page, red_chosen, context, settle, qtbot):
    page.tree.setFocus()
    page.tree_actions.rename.trigger()
    editor = page.tree.findChild(QLineEdit)
    editor.setText("scarlet")
    qtbot.keyClick(editor, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: "scarlet" in names(page)["Task 1"])
    assert page.tree.node.name == "scarlet"
    context.undo.undo()
    qtbot.waitUntil(lambda: "red" in names(page)["Task 1"])
    page.tree.setFocus()
    page.tree_actions.rename.trigger()
    editor = page.tree.findChild(QLineEdit)
    editor.setText("GREEN")
    qtbot.keyClick(editor, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: "'green' already" in page.message_bar.text)
    editor = QApplication.focusWidget()
    assert editor.parent() == page.tree.viewport()
    assert editor.text() == "GREEN", "what was typed is not lost"


def test_classes_are_merged_moved_and_deleted_and_all_comes_back(page, tiny_page, context, settle, finish, faults_said):
    red, green = choose(page, "red", settle), find_class(page, "green")
    merge = next(one for one in page.tree_actions.merge.actions() if one.data() == green.id)
    finish(merge.trigger)
    assert names(page) == {"Task 1": ["green"], "Task 2": ["amber"]}
    assert find_class(page, "green").counts.train == 8
    assert page.tree.node.name == "green"
    assert "red was merged into green" in page.message_bar.text
    finish(context.undo.undo)
    assert find_class(page, "red").counts.train == 4
    page.tree_model.class_dropped.emit(red.id, page.tree_model.tasks[1].id)
    settle()
    assert names(page) == {"Task 1": ["green"], "Task 2": ["red", "amber"]}
    choose(page, "red", settle)
    page.tree.setFocus()
    page.tree_actions.delete.trigger()
    finish(page.tree_actions.delete.trigger)  # pressed twice, it deletes once
    assert names(page) == {"Task 1": ["green"], "Task 2": ["amber"]}
    assert page.tree.node.name == "amber", "the one below it"
    finish(page.tree_actions.delete.trigger)
    assert names(page) == {"Task 1": ["green"]}, "a task goes with its last class"
    assert page.tree.node.name == "green", "there is none below"
    finish(page.message_bar._button.click)
    assert names(page)["Task 2"] == ["amber"]
    assert faults_said == []


def test_a_class_that_is_deleted_while_it_is_learned_is_forgotten(page, tiny_page, context, settle):
    choose(page, "red", settle)
    context.run("Training", lambda bench, job: training.train(bench, job, task="Task 1"))
    page.tree_actions.delete.trigger()
    settle()
    assert names(page) == {"Task 1": ["green"], "Task 2": ["amber"]}
    assert context.opened.learned_ids == {find_class(page, "green").id}
    assert recognition.check(context.workbench).is_valid


def test_tasks_are_added_put_into_order_and_deleted(page, tiny_page, finish, qtbot):
    finish(page.tree_actions.add_task.trigger)
    assert list(names(page)) == ["Task 1", "Task 2", "Task 3"]
    assert page.tree.node.name == "Task 3"
    assert isinstance(QApplication.focusWidget(), QLineEdit), "it is open for its name"
    qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Escape)
    page.tree.setFocus()
    up, down = page.tree_actions.up, page.tree_actions.down
    assert (up.isEnabled(), down.isEnabled()) == (True, False)
    assert down.toolTip().endswith("there is none below Task 3"), "it is the last"
    at, viewport = page.tree.rect().center(), page.tree.viewport()
    QApplication.sendEvent(viewport, QContextMenuEvent(QContextMenuEvent.Reason.Mouse, at, viewport.mapToGlobal(at)))
    menu = QApplication.activePopupWidget()
    assert down in menu.actions()
    assert menu.toolTipsVisible()
    menu.close()
    finish(up.trigger)
    assert list(names(page)) == ["Task 1", "Task 3", "Task 2"]
    assert (up.isEnabled(), down.isEnabled()) == (True, True)
    assert page.tree.node.name == "Task 3"
    finish(page.tree_actions.delete.trigger)
    assert list(names(page)) == ["Task 1", "Task 2"]


def test_photos_are_set_aside_moved_held_out_and_removed(page, tiny_page, settle, finish, context, faults_said):
    red, heard = choose(page, "red", settle), []
    kept = select(page, 2, 3)
    page.photos.chosen.connect(lambda photos: heard.append(len(photos)))
    ids = [page.photo_model.photos[0].id]
    context.edit("set aside", "1 photo", lambda tx: tx.set_aside(ids, True))
    settle()
    assert [photo.id for photo in page.photos.selected] == kept, "other photos changed"
    assert set(heard) == {2}, "nobody hears of none, which would take the focus from the buttons"
    assert "2 selected" in page.header.counts.text()
    finish(context.undo.undo)
    aside = select(page, 0)
    finish(page.photo_actions.aside.trigger)
    assert page.photo_model.photos[-1].id == aside[0]
    assert page.photo_model.tags(page.photo_model.photos[-1]) == ["set aside"]
    assert find_class(page, "red").counts.set_aside == 1

    select(page, 0)
    finish(page.photo_actions.split.trigger)
    assert find_class(page, "red").counts.test == 3

    before = page.contents.undo
    page.tree_model.photos_dropped.emit(select(page, 0), red.id)
    settle()
    assert page.contents.undo == before, "it is their own class"
    page.tree_model.photos_dropped.emit(select(page, 1, 2), find_class(page, "green").id)
    settle()
    counts = find_class(page, "green").counts
    assert counts.train + counts.test == 8

    number = len(page.photo_model.photos)
    select(page, 0)
    page.photos.setFocus()
    page.photo_actions.delete.trigger()
    finish(page.photo_actions.delete.trigger)  # pressed twice, it deletes once
    assert len(page.photo_model.photos) == number - 1
    assert page.message_bar.text == "Removed 1 photo. The files were not touched."
    assert page.header.counts.text() == "0 to learn · 2 to test · 1 set aside"
    assert faults_said == []
    finish(context.undo.undo)
    assert len(page.photo_model.photos) == number


def test_photos_become_exemplars_by_hand_and_one_that_a_filter_hides_stays_one(
    page, red_chosen, context, qtbot, settle, finish
):

    def exemplars() -> set[int]:
        return {photo.id for photo in page.photo_model.all_photos if photo.exemplar is not None}

    ids = select(page, 1, 0)
    finish(page.photo_actions.exemplar.trigger)
    assert exemplars() == set(ids)
    search(page, page.photo_model.photos[2].name, settle)
    hidden = select(page, 0)
    finish(page.photo_actions.exemplar.trigger)
    finish(page.bar.reset)
    assert exemplars() == {*ids, *hidden}
    select(page, 0)
    finish(page.photo_actions.exemplar.trigger)
    assert exemplars() == {ids[0], *hidden}
    # Those that are chosen behind a training are all kept.
    choose(page, "green", settle)
    may_end = block(context, "Training")
    chosen = {photo.id for photo in page.photo_model.photos[:3]}
    for row in range(3):
        click_item(qtbot, page.photos, page.photo_model.index(row))
        qtbot.keyClick(page.photos, Qt.Key.Key_X, CTRL_SHIFT)
    may_end.set()
    settle()
    assert exemplars() == chosen


def test_a_name_that_is_typed_over_the_photos_looks_for_one_and_changes_nothing(
    page, red_chosen, context, qtbot, settle
):
    """After Ctrl+A an S set all of them aside, and nothing was said."""
    page.photos.setFocus()
    page.photos.selectAll()
    for key in "sext":
        qtbot.keyClick(page.photos, key)
    settle()
    assert context.contents.undo == ()
    page.photos.selectAll()
    qtbot.keyClick(page.photos, Qt.Key.Key_S, CTRL_SHIFT)
    qtbot.waitUntil(lambda: page.message_bar.text == "6 photos set aside.")
    page.message_bar._button.click()
    qtbot.waitUntil(lambda: find_class(page, "red").counts.set_aside == 0)
    # F2 renames what is chosen at the left.
    page.photos.setFocus()
    qtbot.keyClick(page.photos, Qt.Key.Key_F2)
    editor = page.tree.findChild(QLineEdit)
    editor.setText("scarlet")
    qtbot.keyClick(editor, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: "scarlet" in names(page)["Task 1"])


def test_the_classes_to_merge_into_are_not_listed_anew_for_each_class(page, tiny_page, settle):
    choose(page, "red", settle)
    made = {one.text(): one for one in page.tree_actions.merge.targets}
    choose(page, "green", settle)
    now = {one.text(): one for one in page.tree_actions.merge.targets if one.isVisible()}
    assert made.keys() ^ now.keys() == {"red", "green"}
    assert made.keys() & now.keys()
    assert all(made[name] is now[name] for name in made.keys() & now.keys())


def test_enter_in_the_empty_search_of_a_menu_chooses_nothing(qtbot):
    owner, chosen = QWidget(), []
    qtbot.addWidget(owner)
    menu = _TargetMenu("Merge into", "merge", owner, chosen.append)
    menu.fill([(key, f"class {key}", None) for key in range(12)])
    menu._searching.trigger()
    assert chosen == [], "the menu takes Enter for a choice of the search itself"
    menu.targets[3].trigger()
    assert [action.data() for action in chosen] == [3]
