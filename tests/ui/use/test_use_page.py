"""The Use page as a person drives it, on a small encoder and a project that learned three colours."""

import csv
import json
import os
import shutil
import statistics
import threading
import time
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from unittest.mock import Mock

import pytest
from PIL import Image
from PySide6.QtCore import QSettings, Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QToolButton

from spa_desktop.classify import folder_run, sort_photos
from spa_desktop.classify.answer_files import PhotoAnswer
from spa_desktop.classify.sort_photos import SortPlan
from spa_desktop.errors import SpaError
from spa_desktop.jobs import JobEvent, Stage
from spa_desktop.photos.opening import photo_file
from spa_desktop.project import Project
from spa_desktop.project.folders import add_classes
from spa_desktop.ui.sort.sort_page import SortPage
from spa_desktop.ui.use.answer_grid import AnswerModel
from spa_desktop.ui.use.use_page import UsePage
from spa_desktop.ui.widgets import forms
from spa_desktop.workbench import class_changes, correction_learning, evaluating, recognition
from spa_desktop.workbench.sorting import kept_photos
from tests.ui.conftest import WAIT_MS, named, nameless
from tests.ui.mouse import click_item, drop
from tests.workbench.tiny import draw_photo


@pytest.fixture
def many(tmp_path) -> Path:
    for number in range(30):
        look = ("red", "green", "blue")[number % 3]
        draw_photo(tmp_path / "many" / f"{number // 10}" / f"{look}-{number:02}.png", look, 100 + number)
    (tmp_path / "many" / "0" / "broken.jpg").write_bytes(b"no photo")
    return tmp_path / "many"


@pytest.fixture
def hold(monkeypatch):
    """``hold(16)`` keeps a run there after so many answers; ``hold.go()`` lets it on."""
    gate, real = threading.Event(), folder_run.AnswerJournal.append
    held = SimpleNamespace(seen=0, at=None)

    def hold_at(at: int) -> None:
        held.at, held.seen = at, 0
        gate.clear()

    def append(journal, answers):
        real(journal, answers)
        held.seen += len(answers)
        if held.at is not None and held.seen >= held.at:
            gate.wait(WAIT_MS / 1000)

    monkeypatch.setattr(folder_run.AnswerJournal, "append", append)
    hold_at.go = gate.set
    yield hold_at
    gate.set()


def finish(page: UsePage, qtbot) -> None:
    qtbot.waitUntil(lambda: not page.work.is_running)


def run(page: UsePage, folder: Path, qtbot) -> None:
    page.start([folder])
    finish(page, qtbot)


def sort_sheet(page: UsePage, folder: Path, monkeypatch):
    """The sheet that sorts, a folder chosen."""
    monkeypatch.setattr(forms, "export_folder", lambda *_: folder)
    page.sort.click()
    page.output.sheet.choose_target()
    return page.output.sheet


def move(page: UsePage, folder: Path, monkeypatch, qtbot) -> None:
    """Move the photos into folders in `folder`."""
    sheet = sort_sheet(page, folder, monkeypatch)
    sheet.move_them.setChecked(True)
    qtbot.waitUntil(sheet.go.isEnabled)
    sheet.go.click()
    qtbot.waitUntil(lambda: f"into {folder}" in page.message_bar.text)


def stop_at_once(name: str, monkeypatch) -> None:
    """Cancel the next sorting or undoing as it begins."""
    real = getattr(sort_photos, name)

    def stopped(about, job, **how):
        monkeypatch.setattr(sort_photos, name, real)
        job.cancel()
        return real(about, job, **how)

    monkeypatch.setattr(sort_photos, name, stopped)


def choose(page: UsePage, text: str) -> None:
    place = next(n for n in range(page.bar.filter.count()) if page.bar.filter.itemText(n).startswith(text))
    page.bar.filter.setCurrentIndex(place)
    page.bar.filter.activated.emit(place)


def names(page: UsePage) -> list[str]:
    return [Path(one.path).name for one in page.model.photos]


def test_a_dropped_folder_fills_the_grid_and_is_written(page, many, qtbot, context, edit, tmp_path, monkeypatch):
    def filters() -> list[str]:
        return [page.bar.filter.itemText(place) for place in range(page.bar.filter.count())]

    assert page.is_empty
    assert drop(page, [many])
    qtbot.waitUntil(lambda: not page.is_empty)
    assert QSettings().value("photos/lastFolder") == str(many.parent), "the next dialog begins there"
    finish(page, qtbot)
    assert len(page.model.photos) == 31
    assert (page.line.text.text(), page.line.faults.text()) == ("30 photos", "1 file cannot be read")
    assert not page.line.bar.isVisible()
    assert filters()[::4] == ["All   31", "Cannot be read   1"]
    assert sorted(filters()[1:4]) == ["blue   10", "green   10", "red   10"]
    qtbot.waitUntil(lambda: page.pictures.picture(page.model.photos[2].path) is not None)
    assert nameless(page) == []
    # Each photo has its file's name beneath it; one that cannot be read says so.
    looks = [page.model.look(one) for one in page.model.photos]
    assert [look.caption.below for look in looks] == names(page)
    broken = next(look for look in looks if look.sign)
    assert broken.caption.text == "Cannot be read"
    page.line.faults.click()
    assert names(page) == ["broken.jpg"]
    page.bar.reset()
    monkeypatch.setattr(forms, "save_file", lambda *_: tmp_path / "a.csv")
    page.save_csv.click()
    qtbot.waitUntil(lambda: page.save_csv.isEnabled() and (tmp_path / "a.csv").exists())
    rows = list(csv.DictReader((tmp_path / "a.csv").read_text(encoding="utf-8-sig").splitlines()))
    assert [row["path"] for row in rows] == [one.path for one in page.model.all_photos]
    edit(lambda tx: tx.rename_class(named(context, "red").id, "cherry"))
    assert "cherry   10" in filters()
    assert "red   10" not in filters()


def test_photos_that_help_each_other(page, many, qtbot, monkeypatch):
    """Answered alone, then together, which runs them again; back and forth shows both at once."""

    def helped(recognizer, answers):
        return [
            replace(one, class_ids=one.class_ids[::-1], alone=one) if one.path.endswith("red-00.png") else one
            for one in answers
        ]

    monkeypatch.setattr(recognition, "answer_folder", helped)
    run(page, many, qtbot)
    alone = {one.path: one.class_ids for one in page.model.all_photos}
    page.together.setFocus()
    page.together.click()
    assert page.work.is_running
    assert page.window().focusWidget() is page, "what is typed meanwhile presses nothing"
    finish(page, qtbot)
    assert page.window().focusWidget() is page.together
    choose(page, "Changed   1")
    (changed,) = page.model.photos
    assert changed.class_ids == alone[changed.path][::-1]
    assert page.model.look(changed).marks == ("Changed",)
    page.model.say({changed.path: "none"})
    assert page.model.about(changed)[-1].startswith("Alone: red, "), "what a person says is of the photo, not of that"
    page.model.say({changed.path: None})
    page.bar.reset()
    page.together.click()
    assert not page.work.is_running
    assert {one.path: one.class_ids for one in page.model.photos} == alone
    page.together.click()
    assert not page.work.is_running
    assert [one.path for one in page.model.photos if one.alone is not None] == [changed.path]
    monkeypatch.setattr(folder_run, "MOST_TOGETHER", 30)
    page.start(page.work.sources)
    finish(page, qtbot)
    assert not page.together.isChecked(), "so many are answered alone"


def test_a_burst_is_one_row_that_opens(page, many, qtbot, context):
    burst = [many / "0" / f"{name}.png" for name in ("red-00", "green-01", "red-03", "red-06")]
    context.settings.update(event_gap=300)
    for minute, file in enumerate(burst):
        exif = Image.Exif()
        exif[0x010F] = "Maker"  # else Pillow writes none
        exif.get_ifd(0x8769)[0x9003] = f"2026:05:01 10:{2 * minute:02}:00"
        Image.open(file).save(file, exif=exif)
    run(page, many, qtbot)
    page.by_bursts.click()
    qtbot.waitUntil(lambda: len(page.model.photos) == 31 - 3)
    assert {page.model.sentence(photo).split(",")[0] for photo in page.model.all_photos if photo.alone} == {"red"}
    row = page.model.row_of(str(burst[0]))
    assert page.model.look(page.model.photos[row]).marks == ("×4", "1 contradicts it")
    page.grid.select_row(row)
    assert page.several.number.text() == "4 photos are selected"
    page.open_burst.click()
    assert len(page.model.photos) == 31
    marked = [photo for photo in page.model.photos if "Contradicts its burst" in page.model.look(photo).marks]
    assert [Path(photo.path).name for photo in marked] == ["green-01.png"]
    page.open_burst.click()
    assert len(page.model.photos) == 31 - 3
    page.several.field.given.emit(named(context, "red").id)
    qtbot.waitUntil(lambda: page.model.corrected.keys() == set(map(str, burst)))
    page.open_burst.click()
    page.work.looking.setInterval(20)
    page.watch.click()
    late = shutil.copy(burst[0], burst[0].with_name("late.png"))
    qtbot.waitUntil(lambda: page.model.row_of(str(late)) is not None)
    qtbot.waitUntil(lambda: len(page.model.burst_of(page.model.photos[page.model.row_of(str(late))])) == 5)
    assert len(page.model.photos) == 32, "the burst is open as before, and the photo that came is of it"
    page.by_bursts.click()
    assert not any(photo.event for photo in page.model.all_photos)
    page.start([many / "0"])
    finish(page, qtbot)
    assert not page.watch.isChecked(), "it was of the folder before"


def test_a_frame_goes_along_with_its_photo_and_not_with_another_of_its_name(page, many, qtbot, tmp_path, monkeypatch):
    photo, frame = many / "0" / "red-00.png", (0.25, 0.25, 0.75, 0.75)

    def frame_of_card():
        page.grid.select_row(names(page).index(photo.name))
        return page.card.shown.frame

    run(page, many, qtbot)
    page.grid.opened.emit(page.model.photos[page.model.row_of(str(photo))])
    page.lightbox.framed.emit(page.lightbox.photo, frame)
    page.lightbox.reject()
    assert frame_of_card() == frame
    page.work.looking.setInterval(20)
    page.watch.click()
    draw_photo(photo, "blue", 400)
    qtbot.waitUntil(lambda: frame_of_card() is None)
    page.watch.click()
    page.grid.opened.emit(page.model.photos[page.model.row_of(str(photo))])
    page.lightbox.framed.emit(page.lightbox.photo, frame)
    page.lightbox.reject()
    move(page, tmp_path / "sorted", monkeypatch, qtbot)
    assert page.model.row_of(str(photo)) is None
    assert frame_of_card() == frame


def test_filter_order_search_and_size(page, many, qtbot, qtmodeltester):
    run(page, many, qtbot)
    qtbot.keyClicks(page.bar.search, "no such name")
    qtbot.waitUntil(page.words.isVisible)
    assert len(names(page)) == 31, "photos stay while they are looked at"
    qtbot.keyClick(page.bar.search, Qt.Key.Key_Escape)
    choose(page, "red")
    assert len(names(page)) == 10
    assert all("red" in name for name in names(page))
    page.bar.search.setText("-1")
    qtbot.waitUntil(lambda: all("-1" in name for name in names(page)) and len(names(page)) == 3)
    page.bar.search.setText(many.parent.name)  # what lies above a photo's own folder is not searched: photos are
    qtbot.waitUntil(lambda: page.words.words == many.parent.name)
    page.bar.search.setText(f"2{os.sep}red")
    qtbot.waitUntil(lambda: len(names(page)) == 3)
    page.bar.reset()
    assert len(names(page)) == 31
    page.grid.select_row(1)
    (chosen,) = page.grid.selected
    page.bar.order.setCurrentIndex(page.bar.order.findData("name"))
    assert names(page) == sorted(names(page))
    width = page.grid.cell.width()
    page.bar.size_bar.slider.setValue(4)
    assert page.grid.cell.width() > width
    assert page.context.settings.value.answer_side == 256, "it is kept"
    assert page.grid.selected == [chosen]
    qtmodeltester.check(page.model)
    choose(page, "Cannot be read")
    assert names(page) == ["broken.jpg"]
    box, answer = page.bar.filter, page.model.all_photos[1]
    box.showPopup()
    box.view().setCurrentIndex(box.model().index(2, 0))
    page.work.came.emit([answer])
    page.refresh()
    assert box.view().currentIndex().row() == 2, "the list does not change while it is open"
    box.hidePopup()
    qtbot.waitUntil(lambda: box.itemText(0) == "All   32")


def test_ctrl_f_finds_photos_of_the_table_by_name_and_by_answer(window, open_colours, many, qtbot, all_are_known):
    open_colours(tasks=2, trained=1)
    for number, file in enumerate(sorted(many.rglob("*.png"))):
        file.rename(file.with_name(f"photo {number}.png"))
    window.show_page("use")
    page = window.page
    find = QKeySequence(QKeySequence.StandardKey.Find)
    run(page, many, qtbot)
    page.grid.setFocus()
    qtbot.keySequence(window, find)
    assert window.focusWidget() is page.bar.search
    assert window.finder.palette is None
    qtbot.keyClicks(page.bar.search, "photo 12")
    qtbot.waitUntil(lambda: names(page) == ["photo 12.png"])
    qtbot.keySequence(window, find)
    assert window.finder.palette.isVisible(), "from there the whole project is searched"
    window.finder.palette.close()
    page.grid.setFocus()
    qtbot.keySequence(window, find)
    qtbot.keyClicks(page.bar.search, "green")
    qtbot.waitUntil(lambda: len(names(page)) == 10)
    assert {page.model.name_of(photo) for photo in page.model.photos} == {"green"}
    assert not page.words.words
    page.bar.search.setText("cannot be read")
    qtbot.waitUntil(lambda: names(page) == ["broken.jpg"])


def test_cancelled_and_gone_on_with_at_once_or_the_next_day(
    page, many, qtbot, hold, open_project, context, settle, learn_more
):
    def cancel() -> int:
        qtbot.waitUntil(lambda: len(page.model.all_photos) >= 8)
        assert not page.sort.isEnabled()
        page.line.cancel.click()
        hold.go()
        settle()
        return len(page.model.all_photos)

    hold(16)
    page.start([many])
    left = cancel()
    assert 8 <= left < 31
    assert page.line.text.text() == f"Stopped after {left} photos"
    page.line.resume.click()
    finish(page, qtbot)
    assert len(page.model.all_photos) == 31
    assert not page.line.resume.isVisible()
    hold(16)
    page.start([many / "1", many / "2"])
    cancel()
    path = page.contents.path
    context.close_project()
    open_project(path)
    qtbot.waitUntil(lambda: "was not finished" in page.message_bar.text)
    assert page.model.all_photos == ()
    page.message_bar._button.click()
    finish(page, qtbot)
    assert len(page.model.all_photos) == 20
    before = list(page.model.all_photos)
    context.close_project()
    open_project(path)
    qtbot.waitUntil(lambda: page.message_bar.text == "The answers of last time are kept: 1, 20 photos")
    page.message_bar._button.click()
    finish(page, qtbot)
    assert list(page.model.all_photos) == before
    learn_more()
    context.close_project()
    open_project(path)
    text = "The model or the app has changed since these photos were answered: 1, 20 photos"
    qtbot.waitUntil(lambda: page.message_bar.text == text)
    page.message_bar._button.click()
    finish(page, qtbot)
    assert len(page.model.all_photos) == 20
    assert page.model.names.keys() == {one.id for one in context.contents.classes}


def test_of_files_that_cannot_be_read_there_is_nothing_to_sort(page, qtbot, tmp_path):
    (tmp_path / "bad").mkdir()
    (tmp_path / "bad" / "note.jpg").write_text("no photo")
    run(page, tmp_path / "bad", qtbot)
    qtbot.waitUntil(lambda: page.line.faults.text() == "1 file cannot be read" and not page.sort.isVisible())
    assert page.primary_button is page.folder_button


def test_one_button_chooses_a_folder_and_the_answers_have_the_focus_afterwards(page, many, qtbot, monkeypatch):
    monkeypatch.setattr(forms, "choose_folder", lambda *_: many)
    page.setFocus()
    buttons = [one for one in page.findChildren(QPushButton) if one.isVisible() and one.text() == "Choose a folder"]
    assert buttons == [page.folder_button]
    page.folder_button.click()
    finish(page, qtbot)
    assert page.window().focusWidget() is page.grid


def test_answers_stay_where_their_photos_cannot_be_read_again(page, many, qtbot):
    run(page, many, qtbot)
    before = page.model.answers
    many.rename(many.with_name("unplugged"))
    run(page, many, qtbot)
    assert page.model.answers == before
    assert page.save_csv.isEnabled()
    assert (page.line.text.text(), page.line.faults.text()) == ("30 photos", "1 file cannot be read")


@pytest.mark.parametrize("what", ["empty", "unreadable", "gone"])
def test_a_folder_of_no_readable_photo_leaves_the_table_as_it_was(page, many, qtbot, context, tmp_path, what):
    run(page, many, qtbot)
    page.grid.select_row(0)
    qtbot.keyClick(page.grid, Qt.Key.Key_0)
    qtbot.waitUntil(lambda: bool(page.model.said))
    page.watch.click()
    before, other, said = page.model.answers, tmp_path / what, []
    context.banner_requested.connect(lambda text, *_: said.append(text))
    if what != "gone":
        other.mkdir()
    if what == "unreadable":
        for name in ("a.jpg", "b.jpg"):
            (other / name).write_bytes(b"no photo")
    run(page, other, qtbot)
    assert page.model.answers == before
    assert [str(other) in text for text in said] == [True] * (what != "unreadable")
    assert page.message_bar.text.startswith("No photo of unreadable can be read: " if not said else "")
    assert (page.line.text.text(), page.line.faults.text()) == ("30 photos", "1 file cannot be read")
    assert page.sort.isEnabled()
    assert page.watch.isChecked(), "of the folder whose photos are shown"
    page.watch.click()
    context.undo.undo()
    assert page.model.said == {}
    run(page, many / "1", qtbot)
    assert len(page.model.all_photos) == 10


def test_sorted_by_enter_alone_into_a_folder_that_is_not_there_yet(page, many, qtbot, monkeypatch):
    """Beside the photos, or where the user says."""
    assert page.primary_button is page.folder_button
    run(page, many, qtbot)
    many.with_name("many sorted").mkdir()
    assert page.primary_button is page.sort
    page.primary_button.click()
    sheet = page.output.sheet
    qtbot.waitUntil(sheet.go.isEnabled)
    qtbot.keyClick(sheet.focusWidget(), Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: "Copied 30 photos" in page.message_bar.text)
    assert len(list(many.with_name("many sorted 2").rglob("*.png"))) == 30
    chosen = []
    monkeypatch.setattr(forms, "export_folder", lambda *_: chosen.append(1) or many.with_name("elsewhere"))
    page.primary_button.click()
    sheet = page.output.sheet
    sheet.activateWindow()
    qtbot.waitUntil(sheet.isActiveWindow)
    sheet.choose.setFocus()
    qtbot.keyClick(sheet.choose, Qt.Key.Key_Return)
    qtbot.keyClick(sheet.focusWidget(), Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: sheet.focusWidget() is sheet.go)
    qtbot.keyClick(sheet.focusWidget(), Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: f"Copied 30 photos into {many.with_name('elsewhere')}" in page.message_bar.text)
    assert chosen == [1]


def test_sorted_by_moving_and_back_though_putting_back_was_stopped(page, many, qtbot, tmp_path, monkeypatch):
    run(page, many, qtbot)
    before = sorted(many.rglob("*.png"))
    click_photo(page, qtbot, 0)
    qtbot.keyClick(page.grid, Qt.Key.Key_Delete)
    qtbot.waitUntil(lambda: "of 1 photo " in page.unkept)
    monkeypatch.setattr(forms, "export_folder", lambda *_: many / "in")
    page.sort.setFocus()
    page.sort.click()
    sheet = page.output.sheet
    assert not sheet.go.isEnabled()
    sheet.choose_target()
    qtbot.waitUntil(lambda: "where the photos come from" in sheet.problem.text())
    assert not sheet.go.isEnabled()
    monkeypatch.setattr(forms, "export_folder", lambda *_: tmp_path / "sorted")
    sheet.choose_target()
    sheet.move_them.setChecked(True)
    qtbot.waitUntil(lambda: sheet.go.isEnabled() and sheet.go.text() == "Move 29 photos")
    assert sheet.counts.rowCount() == 3
    why = "it is not a photo that can be read, whatever its name says: remove it"
    assert sheet.note.text() == f"1 photo stays where it is (broken.jpg: {why})"
    sheet.go.click()
    qtbot.waitUntil(lambda: "Moved 29 photos into" in page.message_bar.text)
    assert page.message_bar.text.endswith(f". Not sorted: 1 (broken.jpg: {why})")
    assert page.unkept == "", "it is in the folders"
    assert page.window().focusWidget() is page.sort, "the keyboard stays where it was"
    assert len(list(many.rglob("*.png"))) == 1
    assert all(Path(one.path).is_file() for one in page.model.all_photos)
    stop_at_once("undo_sort", monkeypatch)
    page.message_bar._button.click()
    qtbot.waitUntil(lambda: page.message_bar.text == "Putting photos back was stopped")
    (tmp_path / "sorted").rename(tmp_path / "a disk that is not there")
    page.message_bar._button.click()
    qtbot.waitUntil(lambda: "Moved 0 photos back. Not moved back: 29 (" in page.message_bar.text)
    (tmp_path / "a disk that is not there").rename(tmp_path / "sorted")
    page.message_bar._button.click()
    qtbot.waitUntil(lambda: page.message_bar.text == "Moved 29 photos back")
    assert "of 1 photo " in page.unkept, "it is in no file any more"
    assert sorted(many.rglob("*.png")) == before
    assert all(Path(one.path).is_file() for one in page.model.all_photos)


def test_a_folder_that_is_watched(page, many, qtbot, context):
    page.work.looking.setInterval(20)
    page.together.setChecked(True)
    run(page, many, qtbot)
    page.watch.click()
    file = many / "new" / "late.png"
    draw_photo(file, "red", 300)
    qtbot.waitUntil(lambda: "late.png" in names(page))
    assert not page.work.is_running
    page.grid.select_row(page.model.row_of(str(file)))
    page.several.left_out.emit(None, "none", False)
    assert page.model.counts["none"] == 1
    draw_photo(file, "blue", 301)
    qtbot.waitUntil(lambda: page.model.counts["none"] == 0)
    [photo] = [photo for photo in page.model.all_photos if photo.path == str(file)]
    assert page.model.sentence(photo).startswith("blue"), "it is another photo, of which nothing was said"
    assert len(page.model.all_photos) == 32
    page.together.click()
    assert len(page.model.all_photos) == 32, "it is among the answers that photos have alone as well"
    away = many.with_name("away")
    many.rename(away)
    qtbot.waitUntil(lambda: "the folder cannot be read" in page.message_bar.text)
    away.rename(many)
    page.watch.click()
    qtbot.waitUntil(lambda: not context.background.operations)
    draw_photo(many / "new" / "unseen.png", "red", 303)
    page.watch.click()
    qtbot.waitUntil(lambda: "unseen.png" in names(page))
    page.start([many / "0" / "red-00.png", many / "0" / "red-03.png"])
    finish(page, qtbot)
    assert page.watch.isHidden()
    qtbot.waitUntil(lambda: not context.background.operations)


def test_photos_that_came_while_a_folder_was_watched_count_with_the_last_run(
    page, many, qtbot, context, open_project, monkeypatch
):
    page.work.looking.setInterval(20)
    run(page, many, qtbot)
    page.watch.click()
    draw_photo(many / "new" / "late.png", "red", 300)
    qtbot.waitUntil(lambda: "late.png" in names(page))
    path = page.contents.path

    def begin_again(number: int) -> None:
        qtbot.waitUntil(lambda: not context.background.operations)
        context.close_project()
        open_project(path)
        kept = f"The answers of last time are kept: many, {number} photos"
        qtbot.waitUntil(lambda: page.message_bar.text == kept)

    page.watch.click()
    begin_again(32)
    (many / "new" / "late.png").unlink()
    monkeypatch.setattr(recognition, "answer_chunks", None)  # nothing is recognised once more
    page.message_bar._button.click()
    finish(page, qtbot)
    assert len(page.model.all_photos) == 31
    begin_again(31)


def test_ten_thousand_photos_hold_nothing_up(page, qtbot):
    """Added as a run adds them, filtered and ordered: no step takes the window's thread for long."""
    model: AnswerModel = page.model
    answers = [
        PhotoAnswer(f"/none/{number}.jpg", (1 + number % 3,), (0.5 + number % 97 / 200,)) for number in range(10_000)
    ]
    page.show_body()
    page.work.sources = tuple(Path(one.path) for one in answers[:200])
    plan, places = SortPlan(Path("/to"), True, ()), {one.path: f"/to/{Path(one.path).name}" for one in answers}
    steps = [lambda start=start: page.work.came.emit(answers[start : start + 500]) for start in range(0, 10_000, 500)]
    steps += [
        lambda: page.bar.order.setCurrentIndex(1),
        lambda: model.sift(2, "", "doubt"),
        lambda: model.sift(None, "99", "doubt"),
        lambda: model.sift(None, "", "doubt"),
        lambda: page.grid.set_side(80),
        page.grid.scrollToBottom,
        lambda: page.output.relocated.emit(places, plan, True),
    ]
    taken = []
    for step in steps:
        began = time.thread_time()
        step()
        QApplication.processEvents()
        taken.append(time.thread_time() - began)
    assert len(model.photos) == 10_000
    assert page.work.sources == (Path("/to"),)
    assert max(taken) < 0.25, taken  # several times what it takes, for a busy machine; the goal of 50 ms is measured


def test_none_of_these_and_set_aside_hold_for_what_is_saved(page, many, qtbot, context, tmp_path, monkeypatch):
    run(page, many, qtbot)
    first, second, third = (one.path for one in page.model.photos[:3])
    click_photo(page, qtbot, 0)
    qtbot.keyClick(page.grid, Qt.Key.Key_1)
    qtbot.waitUntil(lambda: bool(context.contents.corrections))
    qtbot.keyClick(page.grid, Qt.Key.Key_0)
    qtbot.waitUntil(lambda: page.message_bar.text == f"{Path(first).name}: none of these")
    assert page.card.state.text() == "You said: none of these. Nothing is learned of it."
    qtbot.waitUntil(lambda: context.contents.corrections == ())
    assert page.model.counts["none"] == 1
    assert page.model.look(page.model.photos[0]).marks == ("corrected",)
    page.card.next_wanted.emit()
    qtbot.keyClick(page.grid, Qt.Key.Key_Delete)
    qtbot.waitUntil(lambda: page.message_bar.text == f"{Path(second).name}: set aside")
    assert [one.path for one in page.model.photos[:2]] == [first, third]
    assert page.card.shown.photo == Path(third)
    assert page.unkept == "What you said of 2 photos on the page Use is in no table yet."
    page.message_bar._button.click()
    assert [one.path for one in page.model.photos[:3]] == [first, second, third]
    assert "of 1 photo " in page.unkept
    qtbot.keyClick(page.grid, Qt.Key.Key_Delete)
    qtbot.waitUntil(lambda: len(page.model.answers) == 30)
    file = tmp_path / "a.jsonl"
    monkeypatch.setattr(forms, "save_file", lambda *_: file)
    page.save_lines.click()
    qtbot.waitUntil(lambda: page.unkept == "")
    lines = {line["path"]: line for line in map(json.loads, file.read_text().splitlines())}
    assert lines[first]["rejected"] is True
    assert lines.keys() == {one.path for one in page.model.answers}
    assert context.undo.undo_text != ""
    context.close_project()
    assert context.undo.undo_text == "", "what was said goes with its project"


def test_redo_says_of_a_photo_what_undo_took_back(page, many, qtbot, context, settle):
    """It redid an older change of the project. What is done anew ends it, as everywhere."""
    context.edit("rename", "red", lambda tx: tx.rename_class(context.opened.class_ids["red"], "crimson"))
    settle()
    context.undo.undo()
    settle()
    run(page, many, qtbot)
    path = page.model.photos[0].path
    page.grid.select_row(0)
    qtbot.keyClick(page.grid, Qt.Key.Key_Delete)
    qtbot.waitUntil(lambda: page.model.said.get(path) == "aside")
    done = context.undo.undo_text
    for _ in range(2):
        context.undo.undo()
        assert page.model.said.get(path) is None
        assert context.undo.redo_text == done
        context.undo.redo()
        assert page.model.said[path] == "aside"
    assert "red" in context.opened.class_ids
    context.undo.redo()
    settle()
    assert "crimson" in context.opened.class_ids, "what was taken back before it is next"
    for _ in range(2):
        context.undo.undo()
        settle()
    assert page.model.said.get(path) is None
    context.edit("rename", "blue", lambda tx: tx.rename_class(context.opened.class_ids["blue"], "navy"))
    settle()
    context.undo.undo()
    settle()
    context.undo.redo()
    settle()
    assert "navy" in context.opened.class_ids
    assert page.model.said.get(path) is None


@pytest.mark.parametrize(("key", "verdict"), [(Qt.Key.Key_0, "none"), (Qt.Key.Key_Delete, "aside")])
def test_a_correction_that_gives_way_to_another_word_is_back_after_one_undo(
    page, many, qtbot, context, settle, key, verdict
):
    run(page, many, qtbot)
    path = page.model.photos[0].path
    click_photo(page, qtbot, 0)
    qtbot.keyClick(page.grid, Qt.Key.Key_2)
    qtbot.waitUntil(lambda: path in page.model.corrected)
    corrected = page.model.word_on(path)
    qtbot.keyClick(page.grid, key)
    qtbot.waitUntil(lambda: page.model.said.get(path) == verdict)
    done = context.undo.undo_text
    assert done == page.message_bar.text
    for _ in range(2):
        context.undo.undo()
        settle()
        assert page.model.word_on(path) == corrected
        assert context.undo.redo_text == done
        context.undo.redo()
        settle()
        assert page.model.word_on(path) == (verdict, "")
        assert not context.contents.corrections
        assert context.undo.undo_text == done
    context.undo.undo()
    context.undo.undo()
    settle()
    assert page.model.word_on(path) is None
    page.grid.select_row(0)
    assert not page.card.state.text().startswith("You said")


def test_a_word_that_gives_way_to_a_correction_is_back_after_one_undo(page, many, qtbot, context, settle):
    run(page, many, qtbot)
    path = page.model.photos[0].path
    click_photo(page, qtbot, 0)
    for key in (Qt.Key.Key_0, Qt.Key.Key_2):
        qtbot.keyClick(page.grid, key)
        settle()
    corrected, done = page.model.word_on(path), context.undo.undo_text
    assert corrected[0] == "class"
    assert done == f"correct {Path(path).name}: {corrected[1]}"
    for _ in range(2):
        context.undo.undo()
        settle()
        assert page.model.word_on(path) == ("none", "")
        assert context.undo.redo_text == done
        context.undo.redo()
        settle()
        assert page.model.word_on(path) == corrected
    context.undo.undo()
    settle()
    context.undo.undo()
    assert page.model.word_on(path) is None


def test_what_is_said_of_a_photo_that_the_project_has_holds_for_what_is_saved(
    page, many, qtbot, context, settle, tmp_path, monkeypatch
):
    """It is a copy of a photo that looks green, and that was added as red."""
    stray = draw_photo(tmp_path / "stray" / "red" / "stray.png", "green", 300)
    context.run("", lambda bench, job: add_classes(bench.project, [stray.parent], top_up=True))
    settle()
    copy = shutil.copy(stray, many / "0" / "copy.png")
    run(page, many, qtbot)

    def say(what: str) -> None:
        (answer,) = (one for one in page.model.all_photos if one.path == str(copy))
        keys = {"none of these": Qt.Key.Key_0, "": Qt.Key.Key_Delete}
        keys |= {page.model.names[key]: Qt.Key(Qt.Key.Key_1 + n) for n, key in enumerate(answer.class_ids)}
        click_photo(page, qtbot, page.model.row_of(str(copy)))
        qtbot.keyClick(page.grid, keys[what])
        settle()

    def saved() -> str | None:
        monkeypatch.setattr(forms, "save_file", lambda *_: tmp_path / "a.csv")
        (tmp_path / "a.csv").unlink(missing_ok=True)
        page.save_csv.click()
        qtbot.waitUntil(page.save_csv.isEnabled)
        with (tmp_path / "a.csv").open(encoding="utf-8-sig", newline="") as opened:
            return {row["path"]: row["answer"] for row in csv.DictReader(opened)}.get(str(copy))

    assert saved() == "green"
    for what in ("red", "blue", "none of these", ""):
        say(what)
        assert saved() == (what or None)
        assert [one.photo_id is not None for one in context.contents.corrections] == [True] * (what != "red")
    context.undo.undo()
    settle()
    assert saved() == "none of these"
    context.run("Learning", lambda bench, job: correction_learning.learn_corrections(bench, job))
    settle()
    assert not context.contents.corrections
    assert saved() == "none of these"


def test_a_corrected_photo_counts_as_what_the_person_said_it_is(page, many, qtbot, context):
    """On its tile, in its tip, for filters, their counts, orders, and what is sorted as none of these."""
    run(page, many, qtbot)
    good = [one for one in page.model.all_photos if one.is_answered]
    page.model.clear(page.model.names)
    page.work.came.emit([replace(one, known=0.1, rejected=place < 3) for place, one in enumerate(good)])
    page.refresh()
    choose(page, "None of these   3")
    first, second, third = (one.path for one in page.model.photos)
    click_photo(page, qtbot, 0)
    qtbot.keyClicks(page.card.field, "teal")
    qtbot.keyClick(page.card.field, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: [one.path for one in page.model.photos] == [second, third])
    for shown in (second, second, third):  # the next one is in its place, and is not passed over
        assert page.card.shown.photo == Path(shown)
        qtbot.keyClick(page.window().focusWidget(), Qt.Key.Key_Return)
    asked = []
    page.context.page_requested.connect(lambda name, item: asked.append((name, item)))
    assert page.to_sort.text() == "Sort what is none of these (2)"
    page.to_sort.click()
    assert asked == [("sort", [Path(second), Path(third)])]

    def assert_teal() -> None:
        choose(page, "teal   1")
        (one,) = page.model.photos
        caption = page.model.look(one).caption
        assert (one.path, caption.text, caption.figure) == (first, "teal", "")

    assert_teal()
    assert page.model.look(page.model.photos[0]).said == f"{Path(first).name}, teal, corrected"
    nearest = page.model.names[page.model.photos[0].class_ids[0]]
    about = page.model.about(page.model.photos[0])
    assert about == (first, "teal · corrected", f"None of these (nearest: {nearest})")
    page.bar.reset()
    page.bar.order.setCurrentIndex(page.bar.order.findData("sure"))
    assert page.model.photos[0].path == first, "nothing is surer than what a person said"
    page.bar.order.setCurrentIndex(page.bar.order.findData("doubt"))
    before = [one.path for one in page.model.photos]
    click_photo(page, qtbot, 0)
    with qtbot.waitSignal(context.project_changed):
        qtbot.keyClick(page.grid, Qt.Key.Key_1)
    assert page.model.look(page.model.photos[0]).marks == ("corrected",)
    assert [one.path for one in page.model.photos] == before, "the next unsure photo stays beside the one that was said"
    with qtbot.waitSignal(context.model_changed):
        context.run("Learning", lambda bench, job: correction_learning.learn_corrections(bench, job))
    qtbot.waitUntil(lambda: not page.model.corrected)
    assert_teal()
    assert page.model.look(page.model.photos[0]).caption.hue == named(context, "teal").color


def test_what_a_person_said_stays_when_photos_are_recognised_again(page, many, qtbot, context):
    """It is the app that offers to, once corrections are learned. Another photo in the same file is another photo."""
    run(page, many, qtbot)
    aside, none, taught = (one.path for one in page.model.photos[:3])
    click_photo(page, qtbot, 0)
    qtbot.keyClick(page.grid, Qt.Key.Key_Delete)
    qtbot.waitUntil(lambda: page.card.shown.photo == Path(none))
    qtbot.keyClick(page.grid, Qt.Key.Key_0)
    click_photo(page, qtbot, 1)
    qtbot.keyClick(page.grid, Qt.Key.Key_2)
    qtbot.waitUntil(lambda: taught in page.model.corrected)
    said = page.model.corrected[taught][1]
    with qtbot.waitSignal(context.model_changed):
        context.run("Learning", lambda bench, job: correction_learning.learn_corrections(bench, job))
    qtbot.waitUntil(lambda: "learned before" in page.message_bar.text)
    page.message_bar._button.click()
    finish(page, qtbot)
    assert page.model.row_of(aside) is None
    answers = {one.path: (bool(one.rejected), one.said) for one in page.model.answers}
    assert (answers[none], answers[taught]) == ((True, ""), (False, said))
    assert (page.line.text.text(), page.line.faults.text()) == ("29 photos", "1 file cannot be read")
    assert page.bar.filter.itemText(0) == "All   30"
    assert page.unkept == "What you said of 2 photos on the page Use is in no table yet."
    draw_photo(Path(none), "violet", 999)
    run(page, many, qtbot)
    assert not next(one for one in page.model.answers if one.path == none).rejected


def test_what_was_learned_of_photos_is_the_persons_own_after_a_restart(
    page, many, qtbot, context, settle, open_project
):
    run(page, many, qtbot)
    first, second = (one.path for one in page.model.photos[:2])
    said = {}
    for row, path in enumerate((first, second)):
        click_photo(page, qtbot, row)
        qtbot.keyClick(page.grid, Qt.Key.Key_2)
        qtbot.waitUntil(lambda path=path: path in page.model.corrected)
        said[path] = page.model.corrected[path]
    with qtbot.waitSignal(context.model_changed):
        context.run("Learning", lambda bench, job: correction_learning.learn_corrections(bench, job))
    settle()
    path = context.contents.path
    context.close_project()
    open_project(path)
    qtbot.waitUntil(lambda: "has changed since" in page.message_bar.text)
    assert page.message_bar._button.text() == "Recognise again"
    page.message_bar._button.click()
    finish(page, qtbot)
    qtbot.waitUntil(lambda: page.model.learned == said)
    looks = [page.model.look(one) for one in page.model.photos[:2]]
    assert [(look.caption.text, look.caption.figure, look.marks) for look in looks] == [
        (name, "", ("corrected",)) for _, name in said.values()
    ]


def click_photo(page: UsePage, qtbot, row: int) -> None:
    page.activateWindow()
    click_item(qtbot, page.grid, page.model.index(row))
    qtbot.waitUntil(lambda: page.card.isVisible() and page.grid.hasFocus())


@pytest.mark.parametrize("how", ["filter", "let go", "moved", "closed"])
def test_a_photo_that_goes_takes_the_card_along(page, many, qtbot, context, how):
    """By key, nothing that is not seen is corrected."""
    run(page, many, qtbot)
    click_photo(page, qtbot, 0)
    path = page.model.photos[0].path
    if how == "filter":
        choose(page, "Cannot be read")
    elif how == "let go":
        click_item(qtbot, page.grid, page.grid.currentIndex(), Qt.KeyboardModifier.ControlModifier)
    elif how == "moved":
        page.output.relocated.emit({path: "/elsewhere.png"}, SimpleNamespace(target=Path("/there")), True)
    else:
        page.card.field.setFocus()
        context.close_project()
    qtbot.waitUntil(lambda: page.card.shown is None and not page.card.isVisible())
    for key in (Qt.Key.Key_1, Qt.Key.Key_0, Qt.Key.Key_Delete):
        qtbot.keyClick(page.grid, key)
    qtbot.waitUntil(lambda: not context.background.operations)
    assert context.contents is None or context.contents.corrections == ()


def test_of_what_an_older_model_answered_one_says_what_it_is(page, many, qtbot, hold, context, learn_more):
    """Its own answer is not offered for correction, whether the newer one was learned after the run or during it."""
    run(page, many, qtbot)
    page.grid.select_row(0)
    assert page.card.isVisible()
    learn_more()
    qtbot.waitUntil(lambda: "learned before" in page.message_bar.text)
    assert page.primary_button is None, "to sort by answers that hold no more is no next step"
    assert (page.sort.property("kind"), page.sort.isEnabled()) == (None, True)
    assert page.card.isHidden()
    assert "learned since this was answered" in page.hint.text()
    assert page.several.none.isVisible()
    close = page.message_bar.findChild(QToolButton)
    for go in (close.click, context.undo.undo):
        qtbot.keyClick(page.grid, Qt.Key.Key_0)
        assert "none of these" in page.message_bar.text
        go()
        assert "learned before" in page.message_bar.text, "it is offered again once there is nothing else to say"
    close.click()
    assert page.message_bar.text == "", "it is closed itself"
    hold(16)
    page.start(page.work.sources)
    qtbot.waitUntil(lambda: len(page.model.all_photos) >= 8)
    with qtbot.waitSignal(context.model_changed):
        context.run("Undo", lambda bench, job: class_changes.undo_training(bench))
    hold.go()
    finish(page, qtbot)
    assert "learned before" in page.message_bar.text
    page.message_bar._button.click()
    finish(page, qtbot)
    page.grid.select_row(0)
    assert page.card.isVisible()
    assert len(page.model.all_photos) == 31
    assert page.primary_button is page.sort
    context.run("Undo", lambda bench, job: class_changes.undo_training(bench))
    qtbot.waitUntil(lambda: page.is_empty)
    assert page.sort.isHidden(), "nothing is learned"


def test_old_answers_are_said_to_be_old_in_the_sheet_and_after_a_move(
    page, many, qtbot, learn_more, tmp_path, monkeypatch
):
    run(page, many, qtbot)
    assert sort_sheet(page, tmp_path / "sorted", monkeypatch).warning.isHidden()
    page.output.sheet.reject()
    learn_more()
    qtbot.waitUntil(lambda: "learned before" in page.message_bar.text)
    old = page.message_bar.text
    sheet = sort_sheet(page, tmp_path / "sorted", monkeypatch)
    assert (sheet.warning.text(), sheet.warning.isVisible()) == (old, True)
    sheet.reject()
    move(page, tmp_path / "sorted", monkeypatch, qtbot)
    page.message_bar._button.click()
    qtbot.waitUntil(lambda: "photos back" in page.message_bar.text)
    assert page.message_bar.text.endswith(f" · {old}")
    assert page.message_bar._button.text() == "Recognise again"
    page.message_bar.findChild(QToolButton).click()
    assert page.message_bar.text == ""
    move(page, tmp_path / "sorted", monkeypatch, qtbot)
    page.message_bar.findChild(QToolButton).click()
    assert page.message_bar.text == old
    page.message_bar._button.click()
    finish(page, qtbot)
    assert {Path(one.path).relative_to(tmp_path).parts[0] for one in page.model.answers} == {"many", "sorted"}
    assert "learned before" not in page.message_bar.text


def test_several_photos_are_named_or_refused_at_once(page, many, qtbot, context, settle):
    run(page, many, qtbot)
    assert page.hint.isVisible(), "the room says what it is for"
    selection = page.grid.selectionModel()

    def select(number: int) -> list[str]:
        selection.clearSelection()
        for row in range(number):
            selection.setCurrentIndex(page.model.index(row), selection.SelectionFlag.Select)
        return [one.path for one in page.grid.selected]

    def name_teal() -> None:
        qtbot.keyClicks(page.several.field, "teal")
        qtbot.keyClick(page.several.field, Qt.Key.Key_Return)
        settle()

    page.grid.selectAll()
    qtbot.keyClick(page.grid, Qt.Key.Key_0)
    answered = [one.path for one in page.model.answers if one.is_answered]
    assert len(answered) < len(page.model.answers)
    assert list(page.model.said) == answered, "nothing is said of a photo that cannot be read"
    context.undo.undo()
    chosen, after = select(3), page.model.photos[3].path
    assert page.several.number.text() == "3 photos are selected"
    assert not page.card.isVisible()
    qtbot.mouseClick(page.several.none, Qt.MouseButton.LeftButton)
    assert [one.path for one in page.model.answers if one.rejected] == chosen
    assert page.message_bar.text == "3 photos: none of these"
    page.message_bar._button.click()
    assert not any(one.rejected for one in page.model.answers)
    before = context.contents.undo
    for key, said in ((Qt.Key.Key_0, "none"), (Qt.Key.Key_Delete, "aside")):
        select(3)
        qtbot.keyClick(page.grid, key)
        assert {page.model.said.get(path) for path in chosen} == {said}
    assert [one.path for one in page.grid.selected] == [after], "the photo after them is next"
    for said in ("none", None):
        context.undo.undo()
        assert {page.model.said.get(path) for path in chosen} == {said}
    assert page.message_bar.text == ""
    assert context.contents.undo == before, "nothing else was taken back"
    select(2)
    name_teal()
    assert [(one.path, one.class_name) for one in context.contents.corrections] == [(at, "teal") for at in chosen[:2]]
    assert page.message_bar.text == "To be learned: 2 photos."
    select(3)
    qtbot.keyClick(page.grid, Qt.Key.Key_0)
    settle()
    assert not context.contents.corrections, "nothing is learned of what is none of these"
    assert [page.model.said.get(path) for path in chosen] == ["none"] * 3
    context.undo.undo()
    settle()
    assert len(context.contents.corrections) == 2
    assert not any(page.model.said.get(path) for path in chosen)
    said = []
    context.banner_requested.connect(lambda text, *_: said.append(text))
    context.undo.undo()
    settle()
    assert not context.contents.corrections, "they are one step of undo"
    Path(chosen[1]).write_bytes(Path(chosen[0]).read_bytes() + b"more")
    name_teal()
    assert "has changed since the model saw it" in said[-1]
    assert not context.contents.corrections, "of what cannot be noted whole nothing is"
    page.grid.select_row(4)
    qtbot.keyClicks(page.card.field, "teal")
    qtbot.keyClick(page.card.field, Qt.Key.Key_Return)
    settle()
    assert not page.card.field.isUndoAvailable(), "Ctrl+Z takes back the correction, not the empty field"
    selection.clearSelection()
    for row in (5, 6):
        selection.setCurrentIndex(page.model.index(row), selection.SelectionFlag.Select)
    name_teal()
    assert page.message_bar.text == "To be learned: 3 photos.", "all that wait, as the line below says"


@pytest.mark.parametrize(
    ("counts", "text"),
    [
        (None, "Each photo gets the name of a class"),
        ((0, 0), "Without test photos nobody knows how often"),
        ((2, 35), "2 of 35 test photos were none of these"),
        ((18, 35), ""),
    ],
)
def test_how_often_other_things_get_a_name_is_said_beside_the_answers(page, many, qtbot, monkeypatch, counts, text):
    monkeypatch.setattr(evaluating, "count_unknown", Mock(return_value=counts))
    run(page, many, qtbot)
    qtbot.waitUntil(lambda: not page.context.background.operations)
    assert text in page.caution.text()
    assert page.caution.isVisible() == bool(text)
    run(page, many / "1", qtbot)
    assert evaluating.count_unknown.call_count == 1, "of one model once"


def test_undo_takes_back_a_move_in_its_turn_and_its_button_always(
    page, many, qtbot, context, open_project, tmp_path, monkeypatch
):
    def where():
        return {Path(one.path).relative_to(tmp_path).parts[0] for one in page.model.answers if one.is_answered}

    run(page, many, qtbot)
    home, changes = where(), context.contents.undo
    assert not page.back.isVisible()
    move(page, tmp_path / "first", monkeypatch, qtbot)
    assert where() == {"first"}
    for _ in range(2):  # other answers of the same photos
        page.by_bursts.click()
        qtbot.waitUntil(lambda: not context.background.operations)
        assert where() == {"first"}
    click_photo(page, qtbot, 0)
    qtbot.keyClick(page.grid, Qt.Key.Key_0)
    qtbot.waitUntil(lambda: "none of these" in page.message_bar.text)  # the line of the move is gone
    context.undo.undo()
    assert not page.model.said
    assert where() == {"first"}
    context.undo.undo()
    qtbot.waitUntil(lambda: "back" in page.message_bar.text)
    assert where() == home
    assert not page.back.isVisible()
    assert context.contents.undo == changes, "nothing was taken back of the project"

    # Where they lie they are recognised again, and moved on; with other photos on the page the move is still undone.
    move(page, tmp_path / "second", monkeypatch, qtbot)
    answers, path = {one.path: one.class_ids for one in page.model.all_photos}, page.contents.path
    page.start(page.work.sources)
    finish(page, qtbot)
    assert {one.path: one.class_ids for one in page.model.all_photos} == answers
    move(page, tmp_path / "third", monkeypatch, qtbot)
    for back in ("second", *home):
        qtbot.waitUntil(page.back.isEnabled)
        page.back.click()
        qtbot.waitUntil(lambda back=back: where() == {back})
    qtbot.waitUntil(lambda: not page.back.isVisible() and not context.background.operations)
    assert page.work.sources == (many,)

    move(page, tmp_path / "fourth", monkeypatch, qtbot)
    qtbot.waitUntil(lambda: not context.background.operations)
    context.close_project()
    open_project(path)
    qtbot.waitUntil(lambda: page.message_bar.text.startswith("The answers of last time are kept: many, 31 photos"))
    monkeypatch.setattr(recognition, "answer_chunks", None)  # nothing is recognised once more
    page.message_bar._button.click()
    finish(page, qtbot)
    assert where() == {"fourth"}
    assert len(page.model.all_photos) == 31
    page.back.click()
    qtbot.waitUntil(lambda: where() == home)
    qtbot.waitUntil(lambda: not page.back.isVisible() and not context.background.operations)


def test_unsure_photos_are_sorted_into_a_folder_of_their_own(page, many, qtbot, context, tmp_path, monkeypatch):
    run(page, many, qtbot)
    shares = {Path(one.path).name: one.probabilities[0] for one in page.model.all_photos if one.is_answered}
    limit = round(statistics.median(shares.values()), 2)
    unsure = {name for name, share in shares.items() if share < limit}
    sheet = sort_sheet(page, tmp_path / "sorted", monkeypatch)

    def planned() -> dict[str, str]:
        table = sheet.table.model()
        return {table.index(row, 0).data(): table.index(row, 1).data() for row in range(table.rowCount())}

    sheet.soon.setInterval(3_600_000)
    sheet.unsure.click()
    sheet.limit.setValue(0)
    qtbot.waitUntil(lambda: not context.background.operations)
    assert not sheet.go.isEnabled(), "the plan that came is that of another limit"
    sheet.soon.setInterval(1)
    sheet.unsure.click()
    qtbot.waitUntil(lambda: sheet.go.isEnabled() and "unsure" not in planned())
    sheet.limit.setValue(round(100 * limit))
    assert sheet.unsure.text().endswith(f": {len(unsure)}"), "counted as it moves"
    assert not sheet.go.isEnabled(), "the plan is that of another limit"
    qtbot.waitUntil(lambda: planned().get("unsure") == str(len(unsure)))
    assert not nameless(sheet)
    click_item(qtbot, sheet.table, sheet.counts.index(sheet.counts.rowCount() - 1, 0))
    assert sheet.about.text() == "Some photos of unsure"
    assert {one.accessibleName() for one in sheet.some if one.isVisible()} <= unsure
    sheet.unsure.click()
    qtbot.waitUntil(lambda: sheet.go.isEnabled() and planned() == {"blue": "10", "green": "10", "red": "10"})
    sheet.unsure.click()
    qtbot.waitUntil(lambda: sheet.go.isEnabled() and "unsure" in planned())
    stop_at_once("sort_photos", monkeypatch)
    sheet.go.click()
    qtbot.waitUntil(lambda: page.message_bar.text == "Sorting was stopped")
    page.message_bar._button.click()
    qtbot.waitUntil(lambda: "Copied" in page.message_bar.text)
    assert {file.name for file in (tmp_path / "sorted" / "unsure").iterdir()} == unsure


def test_a_move_that_cannot_be_undone_keeps_undo_from_nothing(page, many, qtbot, context, tmp_path, monkeypatch):
    """It was undone on the command line, for one: Undo said so again and again."""
    run(page, many, qtbot)
    click_photo(page, qtbot, 0)
    qtbot.keyClick(page.grid, Qt.Key.Key_0)
    qtbot.waitUntil(lambda: bool(page.model.said))
    move(page, tmp_path / "sorted", monkeypatch, qtbot)
    sort_photos.undo_sort(tmp_path / "sorted")
    with qtbot.waitSignal(context.banner_requested) as said:
        context.undo.undo()
    assert "nothing to move back" in said.args[0]
    qtbot.waitUntil(lambda: not page.output.is_busy)
    context.undo.undo()
    assert not page.model.said
    assert page.back.isVisible(), "it may be tried once more"
    assert not context.undo.can_undo


def test_a_move_whose_photos_are_gone_is_not_offered_to_be_undone_again(page, many, qtbot, tmp_path, monkeypatch):
    run(page, many, qtbot)
    move(page, tmp_path / "sorted", monkeypatch, qtbot)
    for photo in (tmp_path / "sorted").rglob("*.png"):
        photo.unlink()
    page.back.click()
    qtbot.waitUntil(lambda: page.message_bar.text.startswith("Moved 0 photos back. Not moved back: 30 ("))
    assert not page.message_bar._button.isVisible()
    assert not page.back.isVisible()


def test_copying_is_no_step_of_undo(page, many, qtbot, context, tmp_path, monkeypatch):
    """Copies stay: Undo said so once for each copy, and took nothing back."""
    run(page, many, qtbot)
    before = context.undo.undo_text
    sheet = sort_sheet(page, tmp_path / "sorted", monkeypatch)
    qtbot.waitUntil(sheet.go.isEnabled)
    sheet.go.click()
    qtbot.waitUntil(lambda: page.message_bar.text.startswith("Copied 30 photos"))
    assert context.undo.undo_text == before


@pytest.mark.parametrize("verb", ["copy", "move_them"])
def test_a_folder_that_went_away_is_named_in_one_line_and_leaves_no_empty_folders(
    page, many, qtbot, context, tmp_path, monkeypatch, verb
):
    run(page, many, qtbot)
    sheet = sort_sheet(page, tmp_path / "sorted", monkeypatch)
    getattr(sheet, verb).setChecked(True)
    qtbot.waitUntil(sheet.go.isEnabled)
    many.rename(tmp_path / "elsewhere")
    sheet.go.click()
    qtbot.waitUntil(lambda: page.message_bar.text.startswith(f"{many} is gone, and nothing was done"))
    assert page.message_bar.is_error
    assert not (tmp_path / "sorted").exists()
    assert not context.undo.undo_text
    page.sort.click()
    late = page.output.sheet
    qtbot.waitUntil(lambda: late.problem.text().startswith(f"{many} is gone"))
    assert not late.go.isEnabled()
    late.reject()
    (tmp_path / "elsewhere").rename(many)
    page.message_bar._button.click()
    qtbot.waitUntil(lambda: f"{'Copied' if verb == 'copy' else 'Moved'} 30 photos" in page.message_bar.text)


def test_a_move_that_is_undone_but_for_a_photo_can_be_undone_further(
    page, many, qtbot, context, tmp_path, monkeypatch, settle
):
    run(page, many, qtbot)
    before = {answer.path for answer in page.model.answers}
    blocked = Path(page.model.photos[0].path)
    move(page, tmp_path / "sorted", monkeypatch, qtbot)
    draw_photo(blocked, "teal", 1)  # another photo of the same name
    context.undo.undo()
    qtbot.waitUntil(lambda: "Not moved back: 1" in page.message_bar.text)
    settle()
    assert set(page.work.sources) == {many, tmp_path / "sorted"}
    assert not context.undo.can_undo, "what cannot be put back keeps undo from nothing"
    blocked.unlink()
    page.back.click()
    qtbot.waitUntil(lambda: not page.back.isVisible())
    settle()
    assert {answer.path for answer in page.model.answers} == before
    assert page.work.sources == (many,)


def test_a_move_that_undo_is_asked_for_while_another_is_undone_is_undone_by_the_next(
    page, many, qtbot, context, tmp_path, monkeypatch, settle
):
    run(page, many, qtbot)
    before = {one.path for one in page.model.answers}
    for target in (tmp_path / "first", tmp_path / "second"):
        move(page, target, monkeypatch, qtbot)
        settle()
    for times in (2, 1):
        for _ in range(times):
            context.undo.undo()
        settle()
    assert {one.path for one in page.model.answers} == before


def test_a_run_that_is_begun_while_photos_are_moved_stays_what_it_is(
    page, many, qtbot, context, tmp_path, monkeypatch, settle
):
    run(page, many / "0", qtbot)
    goes_on, real = threading.Event(), sort_photos.sort_photos
    monkeypatch.setattr(sort_photos, "sort_photos", lambda plan, job: goes_on.wait(WAIT_MS / 1000) and real(plan, job))
    sheet = sort_sheet(page, tmp_path / "sorted", monkeypatch)
    sheet.move_them.setChecked(True)
    qtbot.waitUntil(sheet.go.isEnabled)
    sheet.go.click()
    page.start([many / "1"])
    goes_on.set()
    qtbot.waitUntil(lambda: page.back.isVisible() and not page.work.is_running)
    settle()
    assert {Path(one.path).parent for one in page.model.all_photos} == {many / "1"}
    page.back.click()
    qtbot.waitUntil(lambda: "back" in page.message_bar.text)
    settle()
    assert page.work.sources == (many / "1",)


def test_what_was_said_of_a_photo_goes_along_when_it_is_moved(page, many, qtbot, context, tmp_path, monkeypatch):
    """What waits to be learned is learned from where the photo lies then."""
    run(page, many, qtbot)
    click_photo(page, qtbot, 0)
    one = page.model.photos[0]
    qtbot.keyClick(page.grid, Qt.Key.Key_2)
    qtbot.waitUntil(lambda: one.path in page.model.corrected)
    name = page.model.names[one.class_ids[1]]
    there = str(tmp_path / "sorted" / name / Path(one.path).name)

    def said() -> dict[str, str]:
        qtbot.waitUntil(lambda: not context.background.operations)
        return {answer.path: answer.said for answer in page.model.answers if answer.said}

    move(page, tmp_path / "sorted", monkeypatch, qtbot)
    assert said() == {there: name}
    assert [item.path for item in context.contents.corrections] == [there]
    context.run("Learning", lambda bench, job: correction_learning.learn_corrections(bench, job))
    assert said() == {there: name}
    assert not context.contents.corrections
    context.undo.undo()
    assert said() == {there: name}
    page.back.click()
    qtbot.waitUntil(lambda: page.message_bar.text.startswith("Moved") and "back" in page.message_bar.text)
    assert said() == {one.path: name}
    assert [item.path for item in context.contents.corrections] == [one.path]
    context.undo.undo()
    assert said() == {}


def test_the_project_follows_its_photos_when_they_are_moved_and_moved_back(
    page, many, qtbot, context, edit, tmp_path, monkeypatch
):
    def read() -> dict[int, Path]:
        with Project.open(context.contents.path) as project:
            return {photo.id: Path(photo.path) for photo in project.photos(set_aside=None)}

    photo, aside, *_ = read()
    edit(lambda tx: tx.relocate_photos({photo: many / "0" / "red-00.png", aside: many / "1" / "red-12.png#1,2,9,9"}))
    edit(lambda tx: tx.set_aside([aside]))
    before = read()
    run(page, many, qtbot)
    learned = threading.Event()
    context.run("Learning", lambda bench, job: learned.wait(WAIT_MS / 1000))
    move(page, tmp_path / "sorted", monkeypatch, qtbot)
    moved = dict(read().items() - before.items())
    assert moved.keys() == {photo, aside}, "a verb that goes on is not waited for: the app may be quit meanwhile"
    assert all(photo_file(path).is_file() and tmp_path / "sorted" in path.parents for path in moved.values())
    assert moved[aside].name.endswith("#1,2,9,9"), "a box goes along with its photo"
    learned.set()
    qtbot.waitUntil(lambda: not context.background.operations)
    with monkeypatch.context() as full:  # between the last photo and the noting
        full.setattr(recognition, "relocate_photos", Mock(side_effect=SpaError("the disk is full")))
        with qtbot.waitSignal(context.banner_requested):
            page.back.click()
    qtbot.waitUntil(page.back.isEnabled)
    page.back.click()
    qtbot.waitUntil(lambda: "back" in page.message_bar.text)
    assert read() == before


def test_photos_to_sort_are_followed_when_they_are_moved_and_moved_back(
    page, many, qtbot, show_page, settle, tmp_path, monkeypatch
):
    sorting = show_page(SortPage)
    sorting.take_dropped([many])
    settle()

    def read() -> set[Path]:
        noted = {photo.sha256: photo.path for photo in kept_photos(page.context.workbench.project)}
        assert noted == {key: photo.path for key, photo in sorting.work.photos.items()}
        return set(noted.values())

    before = read()
    assert len(before) > 3
    run(page, many, qtbot)
    move(page, tmp_path / "sorted", monkeypatch, qtbot)
    settle()
    assert all(path.is_file() and tmp_path / "sorted" in path.parents for path in read())
    page.back.click()
    qtbot.waitUntil(lambda: "back" in page.message_bar.text)
    settle()
    assert read() == before


def test_what_runs_is_cancelled_by_one_button(window, open_colours, many, qtbot, hold, settle):
    open_colours(tasks=1, trained=1)
    settle()
    window.show_page("use")
    hold(16)
    window.page.start([many])
    qtbot.waitUntil(lambda: window.status.shown is not None and window.page.line.cancel.isVisible())
    assert not window.status.shown.cancel.isVisible()
    qtbot.waitUntil(lambda: len(window.page.model.all_photos) >= 8)
    window.page.work.handle.events.append(JobEvent(Stage.RECOGNISE, 5, 31, 750.0))
    qtbot.waitUntil(lambda: "12 min left" in {label.text() for label in window.status.shown.findChildren(QLabel)})
    qtbot.waitUntil(lambda: window.page.line.text.text().endswith("12 min left"))  # one estimate, said twice
    window.page.line.cancel.click()
    hold.go()
    settle()


def test_a_dropped_file_of_boxes_has_each_box_named_and_its_photo_moved(page, qtbot, tmp_path, monkeypatch):
    for number, look in enumerate(("red", "blue")):
        draw_photo(tmp_path / "cam" / f"{number}.png", look, 200 + number)
    boxes = [(0, 0, 1, 1), (0, 0, 0.5, 0.5)]
    found = [{"category": "1", "conf": 0.9, "bbox": box} for box in boxes]
    file = tmp_path / "cam" / "boxes.json"
    file.write_text(
        json.dumps({"images": [{"file": "0.png", "detections": found}, {"file": "1.png", "detections": found[:1]}]})
    )
    assert drop(page.grid, [file])
    finish(page, qtbot)
    qtbot.waitUntil(lambda: len(page.model.photos) == 3)
    before = [f"{tmp_path / 'cam' / name}" for name in ("0.png#0,0,24,24", "0.png#0,0,12,12", "1.png#0,0,24,24")]
    assert [answer.path for answer in page.model.photos] == before
    click_photo(page, qtbot, 1)
    qtbot.keyClick(page.grid, Qt.Key.Key_1)
    qtbot.waitUntil(lambda: before[1] in page.model.corrected)
    move(page, tmp_path / "sorted", monkeypatch, qtbot)
    there = [
        path.replace(str(tmp_path / "cam"), str(tmp_path / "sorted" / look))
        for path, look in zip(before, ("red", "red", "blue"), strict=True)
    ]
    assert [answer.path for answer in page.model.all_photos] == there
    assert there[1] in page.model.corrected
    page.back.click()
    qtbot.waitUntil(lambda: "back" in page.message_bar.text)
    assert [answer.path for answer in page.model.all_photos] == before


def test_keywords_are_written_and_taken_back(page, many, qtbot, context):
    run(page, many, qtbot)
    page.keywords.click()
    sheet = page.output.keyword_sheet
    qtbot.waitUntil(sheet.go.isEnabled)
    sheet.branch.setText("Colours")
    assert not sheet.go.isEnabled(), "what is planned is of another branch"
    qtbot.waitUntil(lambda: sheet.go.isEnabled() and "Colours|red" in str(sheet.counts.rows))
    assert sheet.go.text() == "Write for 30 photos"
    assert "Left alone: 1 (broken.jpg" in sheet.note.text()
    assert nameless(sheet) == []
    sheet.reject()
    answered = [answer.path for answer in page.model.all_photos if answer.is_answered]
    page.model.say(dict.fromkeys(answered[:15], "none"))
    page.keywords.click()
    sheet = page.output.keyword_sheet
    qtbot.waitUntil(lambda: sheet.go.text() == "Write for 15 photos")
    assert sheet.note.text().startswith("Left alone: 16 ("), "all those that get no keyword"
    sheet.otherwise.setText("other")
    qtbot.waitUntil(lambda: sheet.go.text() == "Write for 30 photos")
    assert sheet.note.text().startswith("Left alone: 1 (")
    sheet.otherwise.clear()
    sheet.reject()
    page.model.say(dict.fromkeys(page.model.said))
    page.keywords.click()
    sheet = page.output.keyword_sheet
    qtbot.waitUntil(sheet.go.isEnabled)
    qtbot.keyClick(sheet.branch, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: "Wrote keywords for 30 photos" in page.message_bar.text)
    assert len(list(many.rglob("*.xmp"))) == 30
    context.undo.undo()
    qtbot.waitUntil(lambda: "Took the keywords of 30 photos back" in page.message_bar.text)
    assert list(many.rglob("*.xmp")) == []


def test_keywords_of_photos_that_are_moved_back_go_along_and_are_taken_back_there(
    page, many, qtbot, context, tmp_path, monkeypatch
):
    run(page, many, qtbot)
    move(page, tmp_path / "sorted", monkeypatch, qtbot)
    page.keywords.click()
    qtbot.waitUntil(page.output.keyword_sheet.go.isEnabled)
    page.output.keyword_sheet.go.click()
    qtbot.waitUntil(lambda: "Wrote keywords for 30 photos" in page.message_bar.text)
    page.back.click()
    qtbot.waitUntil(lambda: "Moved 30 photos back" in page.message_bar.text)
    assert (len(list(many.rglob("*.xmp"))), (tmp_path / "sorted").exists()) == (30, False)
    context.undo.undo()
    qtbot.waitUntil(lambda: "Took the keywords of 30 photos back" in page.message_bar.text)
    assert not list(many.rglob("*.xmp"))
