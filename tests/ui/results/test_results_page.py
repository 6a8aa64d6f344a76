"""The Results page as a person uses it."""

from __future__ import annotations

import csv
import io
import shutil
import threading
from dataclasses import asdict, replace

import pytest
from PySide6.QtCore import QItemSelectionModel, QPoint, Qt, QTimer
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtTest import QSignalSpy
from PySide6.QtWidgets import QApplication, QDialogButtonBox, QFileDialog, QMessageBox

from spa_desktop.export import browser_runtime, classifier_folder
from spa_desktop.metrics import Accuracy
from spa_desktop.spa.config import SpaConfig
from spa_desktop.ui.results import matrices, results_page
from spa_desktop.ui.results.results_page import ResultsPage
from spa_desktop.ui.results.results_report import PhotoAnswer, run_facts
from spa_desktop.ui.widgets import forms, words
from spa_desktop.ui.widgets.tables import SORT_ROLE
from spa_desktop.ui.widgets.words import accuracy_words, range_of
from tests.export.test_classifier_folder import EXPORT
from tests.ui.conftest import WAIT_MS, choose, named, nameless, questions
from tests.ui.mouse import click_item


def test_figures_and_curves_are_those_that_evaluating_gives(qtbot, results, context):
    document = context.workbench.evaluate()
    report, parts = results.report, results.parts
    assert not results.is_empty
    assert report.curve == tuple(document["curve"])
    assert report.average == document["average"]
    assert parts.headline.average.number.text() == f"{document['average']:.1f}\u202f%"
    right = sum(
        truth == answer for truth, answer in zip(*(document["photos"][k] for k in ("class", "answer")), strict=True)
    )
    counted = Accuracy(right, 15)
    assert document["counted"]["last"] == counted.to_json()
    assert parts.headline.now.number.text() == f"{right} of 15"
    assert parts.headline.now.caption.text() == f"test photos right ({range_of(counted)})"
    assert f"{right} of 15" in parts.headline.now.toolTip()
    assert parts.headline.note.text() == ""
    assert list(parts.curves.curves) == ["all classes", "Task 1", "Task 2"]
    qtbot.mouseClick(parts.curves.compare, Qt.MouseButton.LeftButton)
    curves = parts.curves.curves
    assert list(curves) == ["all classes", "Task 1", "Task 2", "zero-shot", "SLDA"]
    assert list(curves["all classes"].getData()[1]) == document["curve"]
    assert list(curves["Task 1"].getData()[1]) == [row[0] for row in document["accuracy_matrix"]]
    assert list(curves["Task 2"].getData()[0]) == [2]
    assert list(curves["SLDA"].getData()[1]) == document["references"]["slda"]
    model = parts.matrix.cells
    assert model.index(1, 0).data() == words.counted(Accuracy.of_json(document["counted"]["accuracy_matrix"][1][0]))
    assert model.index(0, 1).data() == ""
    assert model.headerData(1, Qt.Orientation.Vertical) == "after Task 2"
    assert nameless(results) == []
    qtbot.mouseClick(results.copy, Qt.MouseButton.LeftButton)
    lines = QGuiApplication.clipboard().text().splitlines()
    assert lines[0] == f"now\t{report.last:.1f}\t{accuracy_words(counted)}"
    assert sum("Task 2" in line for line in lines) == 2
    texts = [label.text() for label in parts.card.findChildren(type(results.title))]
    assert "Last training took" in texts
    assert "K {patches}, ε {epsilon}".format(**asdict(SpaConfig())) in texts
    assert any(context.contents.meta.backbone in text for text in texts)
    assert "Task 1 → Task 2" in texts
    assert "photos encoded on CPU, learned on CPU" in texts
    context.close_project()
    assert results.report is None


def test_curves_differ_by_more_than_colour_follow_the_theme_and_classes_sort_by_any_column(results, context):
    results.parts.curves.compare.setChecked(True)
    looks = {
        name: (curve.opts["symbol"], curve.opts["pen"].style(), curve.opts["pen"].width())
        for name, curve in results.parts.curves.curves.items()
    }
    assert len(set(looks.values())) == len(looks)
    assert looks["all classes"][2] == max(width for _, _, width in looks.values())
    assert looks["SLDA"][1] == looks["zero-shot"][1] == Qt.PenStyle.DotLine
    grounds = set()
    for appearance in ("light", "dark"):
        context.settings.update(appearance=appearance)
        grounds.add(results.parts.curves.plot.widget.backgroundBrush().color().name())
    assert len(grounds) == 2
    table = results.parts.table
    for column in range(5):
        for order in (Qt.SortOrder.AscendingOrder, Qt.SortOrder.DescendingOrder):
            table.sortByColumn(column, order)
            model = table.model()
            values = [model.index(row, column).data(SORT_ROLE) for row in range(model.rowCount())]
            assert values == sorted(values, reverse=order == Qt.SortOrder.DescendingOrder)


def test_the_curves_are_as_high_as_the_matrix_beside_them_and_alone_as_they_need_to_be(qtbot, results, context):
    parts = results.parts
    results.resize(1200, 700)
    many_classes = replace(results.report, classes=results.report.classes * 4, confusion=((0,) * 20,) * 20)
    parts.show_report(many_classes, context.contents)
    curves, matrix = parts.curves.parentWidget(), parts.confusions.parentWidget().parentWidget()
    qtbot.waitUntil(lambda: curves.height() == matrix.height() > 600)
    results.resize(690, 520)
    qtbot.waitUntil(lambda: curves.height() < 400 < matrix.height())
    one = replace(results.report, classes=results.report.classes[:1], confusion=((3,),))
    parts.show_report(one, context.contents)
    assert not matrix.isVisible()
    assert not parts.headline.now.number.isVisible()


def test_a_cell_or_header_shows_the_photos_behind_it(qtbot, results):
    parts, report = results.parts, results.report
    wrong = [photo for photo in report.photos if not photo.is_right]
    assert list(parts.strip.model.photos) == wrong
    for row in range(len(report.classes)):
        parts.confusions.table.selectionModel().setCurrentIndex(
            parts.confusions.table.cells.index(row, row), QItemSelectionModel.SelectionFlag.ClearAndSelect
        )
        shown = parts.strip.model.photos
        assert len(shown) == report.confusion[row][row]
        assert all(photo.truth == photo.answer == row for photo in shown)
    assert report.classes[row].name in parts.strip.caption.text()
    assert parts.mistakes.isVisible()
    parts.confusions.table.setFocus()
    qtbot.keyClick(parts.confusions.table, Qt.Key.Key_Up)
    assert all(photo.truth == row - 1 and photo.answer == row for photo in parts.strip.model.photos)
    qtbot.mouseClick(parts.mistakes, Qt.MouseButton.LeftButton)
    assert list(parts.strip.model.photos) == wrong
    assert not parts.mistakes.isVisible()
    # A header, and the same cell before and after it.
    table, cells = parts.confusions.table, parts.confusions.table.cells
    parts.ensureWidgetVisible(table)
    header = table.horizontalHeader()
    place = QPoint(header.sectionViewportPosition(1) + 4, 4)
    for truth, answer in ((0, 0), (None, 1), (0, 0)):
        if truth is None:
            qtbot.mouseClick(header.viewport(), Qt.MouseButton.LeftButton, pos=place)
        else:
            click_item(qtbot, table, cells.index(truth, answer))
        assert list(parts.strip.model.photos) == list(report.photos_of(truth, answer))
    table.verticalHeader().sectionClicked.emit(1)
    assert {photo.truth for photo in parts.strip.model.photos} == {1}
    assert len(parts.strip.model.photos) == sum(report.confusion[1])
    header.sectionClicked.emit(2)
    assert len(parts.strip.model.photos) == sum(row[2] for row in report.confusion)


def test_thumbnails_come_and_a_photo_can_be_explained(qtbot, results, settle, context):
    parts = results.parts
    parts.confusions.table.verticalHeader().sectionClicked.emit(0)
    settle()
    model = parts.strip.model
    first = model.index(0)
    qtbot.waitUntil(lambda: model.source.picture(model.photos[0].id) is not None)
    picture = model.source.picture(model.photos[0].id)
    assert picture.pixelColor(48, 48).saturation() > 100, "a coloured photo, not the grey placeholder"
    assert "sure" in first.data(Qt.ItemDataRole.ToolTipRole)
    asked = QSignalSpy(context.page_requested)
    parts.strip.view.setCurrentIndex(first)
    parts.strip.view.doubleClicked.emit(first)
    qtbot.waitUntil(lambda: results.lightbox is not None and results.lightbox.shown is not None)
    light = results.lightbox
    assert [one.photo_id for one in light.photos] == [one.id for one in model.photos]
    assert "sure" in light.about.text()
    qtbot.keyClick(light, Qt.Key.Key_Right)
    assert parts.strip.view.currentIndex().row() == 1
    qtbot.keyClick(light, Qt.Key.Key_E)
    assert asked.count() == 1
    assert asked.at(0) == ["explain", model.photos[1].id]


@pytest.fixture
def picked(qtbot, results):
    """``picked(2)`` clicks the third photo of the first class."""

    def click(row):
        parts = results.parts
        parts.strip.view.clearSelection()
        results.activateWindow()
        parts.confusions.table.verticalHeader().sectionClicked.emit(0)
        parts.ensureWidgetVisible(parts.correction)
        parts.ensureWidgetVisible(parts.strip)
        view = parts.strip.view
        click_item(qtbot, view, parts.strip.model.index(row))
        qtbot.waitUntil(lambda: parts.correction.isVisible() and view.hasFocus())
        return parts.strip.model.photos[row].id

    return click


def test_a_photo_that_goes_takes_the_card_along(qtbot, results, picked, settle, context, edit):
    """By key, nothing that is not seen is corrected."""
    parts, ids = results.parts, []
    view, bar = parts.strip.view, parts.verticalScrollBar()

    def scroll() -> None:
        parts.table.setFocus()
        bar.setValue(bar.maximum())

    def undo() -> None:
        with qtbot.waitSignal(context.model_changed):
            context.run("Undo", lambda bench, job: bench.undo_training())

    for go, keyed in (
        (scroll, parts.table),
        (lambda: click_item(qtbot, view, view.currentIndex(), Qt.KeyboardModifier.ControlModifier), view),
        (lambda: edit(lambda tx: tx.delete_photos(ids[-1:])), view),
        (undo, view),
        (context.close_project, view),
    ):
        ids.append(picked(1))
        go()
        assert parts.correction.visibleRegion().isEmpty()
        for key in (Qt.Key.Key_1, Qt.Key.Key_0, Qt.Key.Key_Delete):
            qtbot.keyClick(keyed, key)
        settle()
        assert context.contents is None or context.contents.corrections == ()


def test_what_is_shown_no_more_takes_neither_the_focus_nor_the_page_along(qtbot, results, picked, context):
    """After learning the card with the photo may fold: the next widget is far below."""
    parts = results.parts
    picked(0)
    bar, worth = parts.verticalScrollBar(), parts.worth
    worth.filled.emit(True)
    worth.strip.show_list(parts.strip.model.names, parts.strip.model.photos, "worth a look")
    worth.strip.show()
    worth.strip.view.setFocus()
    bar.setValue(0)
    worth.forget()
    assert results.window().focusWidget() is parts
    assert bar.value() == 0
    parts.strip.view.setFocus()
    bar.setValue(0)
    parts.strip.show_list([], [], "none")
    assert results.window().focusWidget() is parts
    assert bar.value() == 0
    qtbot.keyClick(parts, Qt.Key.Key_Tab)
    assert results.window().focusWidget() not in (None, parts), "Tab goes on"
    results.comparing.click()
    assert results.window().focusWidget().isVisible(), "what is hidden whole keeps no focus"


def test_the_strip_follows_the_photo_that_is_enlarged_not_its_place(qtbot, results, picked, settle, context):
    """Behind the enlarged photo the strip is filled anew: there the same photos stand elsewhere."""
    picked(0)
    parts = results.parts
    qtbot.keyClick(parts.strip.view, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: results.lightbox is not None)
    parts.strip.show_list(parts.strip.model.names, parts.strip.model.photos[1:], "fewer")
    qtbot.keyClick(results.lightbox, Qt.Key.Key_Right)
    assert parts.correction.shown.photo == results.lightbox.photos[1].photo_id
    qtbot.keyClick(results.lightbox, Qt.Key.Key_1)
    parts.strip.show_list(parts.strip.model.names, parts.strip.model.photos[:1], "one")
    qtbot.keyClick(results.lightbox, Qt.Key.Key_Right)
    assert parts.correction.shown is None, "the strip does not have it"
    results.lightbox.close()
    settle()
    assert context.contents.corrections == (), "the page's keys are not those of the enlarged photo"


def test_what_a_class_lost_is_measured_from_when_it_was_learned(open_colours, show_results, context, settle):
    open_colours(tasks=2, trained=2)
    red = named(context, "red")
    stage = next(one for one in context.contents.evaluations if one.task_id == red.task_id)
    document = {**stage.document, "classes": {str(red.id): [3, 3]}}
    context.edit("note", "", lambda tx: tx.put_evaluation(red.task_id, document))
    settle()
    page = show_results()
    found = next(one for one in page.report.classes if one.name == "red")
    assert found.lost == 100.0 - found.accuracy.per_cent


def test_it_measures_again_when_test_photos_a_name_or_the_model_changed(qtbot, results, context, settle):
    """Two photos lay in each other's folder: each class has as many photos as before."""
    first = results.report
    red, green = named(context, "red").id, named(context, "green").id
    one, other = (context.workbench.project.photos(key, split="test")[0].id for key in (red, green))
    results.hide()
    context.edit("move", "", lambda tx: tx.move_photos([one], green))
    context.edit("move", "", lambda tx: tx.move_photos([other], red))
    settle()
    results.show()
    qtbot.waitUntil(lambda: results.report is not first)
    names = [one.name for one in results.report.classes]
    truths = {photo.id: names[photo.truth] for photo in results.report.photos}
    assert (truths[one], truths[other]) == ("green", "red")
    settle()
    context.edit("rename", "", lambda tx: tx.rename_class(red, "crimson"))
    qtbot.waitUntil(lambda: "crimson" in [one.name for one in results.report.classes])
    context.run("", lambda bench, job: bench.undo_training())
    qtbot.waitUntil(lambda: results.report.tasks == ("Task 1",))
    assert results.report.forgetting is None
    assert "Task 1" not in results.parts.curves.curves, "with one task it would be the curve of all"
    settle()
    before = results.report
    context.edit("approve", "", lambda tx: tx.approve_descriptions([red]))
    settle()
    assert results.report is before, "a text has no part in what is known"


@pytest.fixture
def held(monkeypatch):
    """Each further measuring waits for its turn: ``held[0].set()`` lets the first of them go on."""
    turns, measure = [], results_page.measure

    def wait(bench, contents, job):
        turns.append(threading.Event())
        assert turns[-1].wait(WAIT_MS / 1000)
        job.check()
        return measure(bench, contents, job)

    monkeypatch.setattr(results_page, "measure", wait)
    yield turns
    for one in turns:
        one.set()


def test_a_change_that_is_undone_while_it_is_measured_is_not_shown(qtbot, results, context, settle, held):
    context.edit("rename", "", lambda tx: tx.rename_class(named(context, "red").id, "crimson"))
    qtbot.waitUntil(lambda: len(held) == 1)
    assert results.parts.headline.note.text() == "Checking again"
    context.undo.undo()
    qtbot.waitUntil(lambda: len(held) == 2)
    for one in held:
        one.set()
    settle()
    assert "red" in [one.name for one in results.report.classes]
    assert "crimson" not in [one.name for one in results.report.classes]
    assert results.parts.headline.note.text() == ""


def test_a_measuring_that_fails_when_a_newer_one_was_asked_for_says_nothing(
    qtbot, results, context, settle, held, monkeypatch
):
    context.edit("rename", "", lambda tx: tx.rename_class(named(context, "red").id, "crimson"))
    qtbot.waitUntil(lambda: len(held) == 1)
    context.edit("rename", "", lambda tx: tx.rename_class(named(context, "crimson").id, "scarlet"))
    qtbot.waitUntil(lambda: len(held) == 2)
    said = QSignalSpy(context.failure_shown)
    with monkeypatch.context() as patch:
        patch.setattr(context.workbench, "evaluate", lambda job: 1 / 0)
        held[0].set()
        qtbot.waitUntil(lambda: len(context.background.handles) == 1)
    held[1].set()
    settle()
    assert said.count() == 0
    assert not results.is_empty
    assert "scarlet" in [one.name for one in results.report.classes]


def test_what_was_dropped_to_leave_is_measured_when_one_stays(qtbot, results, context, settle, held):
    """Another project was to be opened, and could not be."""
    context.edit("rename", "", lambda tx: tx.rename_class(named(context, "red").id, "crimson"))
    qtbot.waitUntil(lambda: len(held) == 1)
    for handle in context.background.handles:
        handle.cancel()
    held[0].set()
    settle()
    assert "crimson" not in [one.name for one in results.report.classes]
    results.hide()
    results.show()
    qtbot.waitUntil(lambda: len(held) == 2)
    held[1].set()
    settle()
    assert "crimson" in [one.name for one in results.report.classes]


def test_what_was_looked_for_and_dropped_is_not_said_to_go_on(qtbot, results, context, settle, monkeypatch):
    opened = threading.Event()

    def wait(below, job, *_: object):
        assert opened.wait(WAIT_MS / 1000)
        job.check()

    monkeypatch.setattr(context.workbench, "worth_a_look", wait)
    results.parts.worth.look(results.report)
    assert "Looking" in results.parts.worth.note.text()
    for handle in context.background.handles:
        handle.cancel()
    opened.set()
    settle()
    assert results.parts.worth.note.text() == ""


def test_without_test_photos_it_says_what_to_do(qtbot, open_colours, show_page, context, settle):
    open_colours(tasks=1, trained=1)
    ids = [photo.id for photo in context.workbench.project.photos(split="test")]
    context.edit("delete", "", lambda tx: tx.delete_photos(ids))
    settle()
    page = show_page(ResultsPage)
    qtbot.waitUntil(lambda: "no test photo" in page.empty._sentence.text())
    assert page.is_empty
    assert page.report is None
    export = page.export
    for action in export.files:
        assert not action.isEnabled()
        assert action.toolTip() == "Nothing was checked on test photos yet"
    assert export.menu().toolTipsVisible()
    assert export.model.isEnabled()
    assert page.export.isEnabled(), "the model can be exported without figures"
    settle()
    page.refresh()
    assert not context.background.handles, "it does not try the same again"


def test_an_export_replaces_a_file_that_was_agreed_to_and_no_project(results, settle, context, monkeypatch, tmp_path):
    """The dialog has asked whether to replace the file; that it is a project, it cannot know."""
    said = QSignalSpy(context.banner_requested)
    project = context.contents.path.read_bytes()
    for action, (_, suffix) in results.export.files.items():
        mine = tmp_path / f"old{suffix}"
        mine.write_text("old")
        for path in (mine, context.contents.path, tmp_path / "no such folder" / "out.csv"):
            monkeypatch.setattr(forms, "save_file", lambda *_, path=path: path)
            action.trigger()
            settle()
        assert str(mine) in results.message_bar.text
        words = [said.at(row)[0] for row in range(said.count())][-2:]
        assert "it is a project" in words[0]
        assert "cannot be written" in words[1]
    assert context.contents.path.read_bytes() == project
    image = QImage(str(tmp_path / "old.png"))
    assert image.width() > 900
    assert len({image.pixel(x, image.height() // 2) for x in range(image.width())}) > 1
    assert "<h1>" in (tmp_path / "old.html").read_text(encoding="utf-8-sig")
    rows = list(csv.reader(io.StringIO((tmp_path / "old.csv").read_text(encoding="utf-8-sig"))))
    assert rows[0] == ["table", "row", "column", "value"]
    assert ["figures", "average", "", str(results.report.average)] in rows
    assert sum(row[0] == "confusion" for row in rows) == 25


def test_the_model_is_exported(qtbot, results, settle, context, monkeypatch, tmp_path):
    asked = []

    def answer(parent, title, start):
        asked.append(start)
        return tmp_path / "export"

    def export(bench, folder, job, *, runtime, replaces):
        assert bench is context.workbench
        folder.mkdir(exist_ok=replaces)
        (folder / "runtime").write_text(str(runtime))
        return folder

    said = QSignalSpy(context.banner_requested)
    real = forms.export_folder
    monkeypatch.setattr(forms, "export_folder", answer)
    results.export.model.trigger()
    settle()
    assert "Only classifiers on spa-lite and spa-lite-int8 can be exported" in said.at(0)[0]
    assert not (tmp_path / "export").exists()
    # What is written is tested in tests/export on the backbone that can be exported: that of these tests cannot.
    monkeypatch.setattr(classifier_folder, "export_project", export)
    monkeypatch.setattr(browser_runtime, "fetch_runtime", lambda job: "beside")
    results.export.model.trigger()
    settle()
    assert (tmp_path / "export" / "runtime").read_text() == "None"
    assert asked[0].name == f"{context.contents.name} export"
    assert str(tmp_path / "export") in results.message_bar.text
    results.export.offline.trigger()
    settle()
    assert "is not empty and no earlier export" in said.at(1)[0]
    shutil.rmtree(tmp_path / "export")
    results.export.offline.trigger()
    settle()
    assert (tmp_path / "export" / "runtime").read_text() == "beside"
    # The folder of an earlier export is chosen in Qt's own dialog, and replaced when the person agrees.
    (tmp_path / "export" / "runtime").unlink()
    (tmp_path / "export" / "signature.json").write_text(EXPORT % "old")

    def press():
        dialog = next(one for one in QApplication.topLevelWidgets() if isinstance(one, QFileDialog))
        dialog.findChild(QDialogButtonBox).buttons()[0].click()

    QTimer.singleShot(0, press)
    assert real(results, "Export", tmp_path / "export") == tmp_path / "export"
    for is_agreed in (False, True):
        results.export.model.trigger()
        qtbot.waitUntil(lambda: bool(questions()))
        box = questions()[0]
        assert "holds an earlier export" in box.text()
        (box.defaultButton() if is_agreed else box.button(QMessageBox.StandardButton.Cancel)).click()
        settle()
        assert (tmp_path / "export" / "runtime").exists() == is_agreed


def test_a_folder_that_cannot_be_listed_is_no_fault_of_the_dialog(tmp_path):
    """Whoever writes into it says what is wrong."""
    assert forms._may_be_exported_to(tmp_path)
    assert forms._may_be_exported_to(tmp_path / "gone")
    (tmp_path / "photo.png").touch()
    assert not forms._may_be_exported_to(tmp_path)


def test_the_run_says_when_each_task_itself_was_learned(open_colours):
    """More photos of the first task are measured with what is known after the last one."""
    contents = open_colours(tasks=2, trained=2).contents
    *first, last = contents.evaluations
    later = replace(contents, evaluations=(*first, replace(last, created="2031-05-06T07:08:09+00:00")))
    assert dict(run_facts(later))["Learned"] == dict(run_facts(contents))["Learned"]


def test_where_there_are_too_many_classes_to_be_seen_at_once_groups_lead_to_their_photos(
    qtbot, results, context, monkeypatch
):
    monkeypatch.setattr(matrices, "MOST_NAMED", 3)  # the first task has three classes, the second two
    parts, report = results.parts, results.report
    confusion = [list(row) for row in report.confusion]
    confusion[0][4] += 2
    more = [PhotoAnswer(report.photos[place].id, 0, 4, 0.9) for place in (0, 1)]
    made = replace(report, photos=(*report.photos, *more), confusion=tuple(map(tuple, confusion)))
    results.report = made
    parts.show_report(made, context.contents)
    results._show_order()
    table = parts.confusions.table
    assert [one.name for one in parts.confusions.groups] == ["Task 1", "Task 2"]
    parts.ensureWidgetVisible(table)
    click_item(qtbot, table, table.cells.index(0, 1))
    assert {(photo.truth, photo.answer) for photo in parts.strip.model.photos} == {(0, 4)}
    assert "predicted as a class of Task 2: 2" in parts.strip.caption.text()
    assert parts.mistakes.isVisible()
    qtbot.mouseClick(parts.confusions.back, Qt.MouseButton.LeftButton)
    pair = next(button for button in parts.pairs.buttons if button.text() == "Look at the 2")
    qtbot.mouseClick(pair, Qt.MouseButton.LeftButton)
    assert parts.confusions.is_open
    assert len(parts.strip.model.photos) == 2
    qtbot.mouseClick(parts.mistakes, Qt.MouseButton.LeftButton)
    assert "answered wrong" in parts.strip.caption.text()
    click_item(qtbot, table, table.cells.index(0, 0))
    assert "answered wrong" not in parts.strip.caption.text(), "the cell can be chosen again"
    choose(parts.order, "similar")
    assert not parts.confusions.is_open
    assert sorted(place for one in parts.confusions.groups for place in one.places) == list(range(5))


def test_names_of_classes_can_be_read_in_the_window_as_it_opens(results, qtbot):
    results.resize(1180 - 208, 700)  # beside the side bar
    table = results.parts.table
    room = table.columnWidth(0) - 24 - 2 * 8  # the sign of the class, and margins
    assert room >= table.fontMetrics().horizontalAdvance("Indigo bunting (male)")
    rows = results.parts.classes.rows
    for name, least in (("apples + from above", 1440 - 208), (4 * "apples + from above", 690)):
        results.parts.classes.fill([replace(one, task=name) for one in rows])
        results.resize(least, 700)
        qtbot.waitUntil(
            lambda: (
                table.columnWidth(1) == min(table.sizeHintForColumn(1), max(128, results.parts.viewport().width() // 6))
            )
        )
    assert table.columnWidth(0) > 128
