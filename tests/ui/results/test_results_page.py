"""The Results page as a person uses it."""

import csv
import io
import shutil
from dataclasses import asdict

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QDesktopServices, QGuiApplication, QImage
from PySide6.QtTest import QSignalSpy
from PySide6.QtWidgets import QApplication, QDialogButtonBox, QFileDialog, QMessageBox

from spa_desktop.export import browser_runtime, classifier_folder
from spa_desktop.metrics import Accuracy
from spa_desktop.project.folders import add_classes
from spa_desktop.spa.config import SpaConfig
from spa_desktop.ui.results.results_page import ResultsPage
from spa_desktop.ui.widgets import forms, words
from spa_desktop.ui.widgets.words import accuracy_words, range_of
from spa_desktop.workbench import class_changes, evaluating
from spa_desktop.workbench.open_project import OpenProject
from tests.export.test_classifier_folder import EXPORT
from tests.ui.conftest import named, nameless, open_in, questions, rest
from tests.ui.mouse import click_item
from tests.workbench.tiny import draw_photo


def test_figures_and_curves_are_those_that_evaluating_gives(qtbot, results, context):
    document = evaluating.evaluate(context.workbench)
    report, parts = results.report, results.parts
    assert report.curve == tuple(document["curve"])
    assert parts.headline.average.number.text() == f"{document['average']:.1f}\u202f%"
    right = sum(
        truth == answer for truth, answer in zip(*(document["photos"][k] for k in ("class", "answer")), strict=True)
    )
    counted = Accuracy(right, 15)
    assert parts.headline.now.number.text() == f"{right} of 15"
    assert parts.headline.now.caption.text() == f"test photos right ({range_of(counted)})"
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
    facts = {label.text() for label in parts.card.findChildren(type(results.title))}
    method = "K {patches}, ε {epsilon}".format(**asdict(SpaConfig()))
    assert {method, "Task 1 → Task 2", "photos encoded on CPU, learned on CPU"} <= facts
    context.close_project()
    assert results.report is None


def test_a_cell_or_header_shows_the_photos_behind_it(qtbot, results):
    parts, report = results.parts, results.report
    table, cells = parts.confusions.table, parts.confusions.table.cells
    header = table.horizontalHeader()
    wrong = list(report.photos_of(None, None))
    assert list(parts.strip.model.photos) == wrong
    click_item(qtbot, table, cells.index(1, 1))
    assert list(parts.strip.model.photos) == list(report.photos_of(1, 1)) != []
    assert report.classes[1].name in parts.strip.caption.text()
    assert parts.mistakes.isVisible()
    qtbot.keyClick(table, Qt.Key.Key_Up)
    assert list(parts.strip.model.photos) == list(report.photos_of(0, 1))
    qtbot.mouseClick(parts.mistakes, Qt.MouseButton.LeftButton)
    assert list(parts.strip.model.photos) == wrong
    assert not parts.mistakes.isVisible()
    click_item(qtbot, table, cells.index(0, 1))  # the same cell once more
    assert parts.mistakes.isVisible()
    for signal, (truth, answer) in (
        (table.verticalHeader().sectionClicked, (1, None)),
        (header.sectionClicked, (None, 2)),
    ):
        signal.emit(truth if answer is None else answer)
        assert list(parts.strip.model.photos) == list(report.photos_of(truth, answer))


def test_what_a_class_lost_is_measured_from_its_best_before_the_last_task(open_colours, show_results, context, settle):
    open_colours(tasks=2, trained=2)
    red = named(context, "red")
    stage = next(one for one in context.contents.evaluations if one.task_id == red.task_id)
    document = {**stage.document, "classes": {str(red.id): [1, 3]}}
    context.edit("note", "", lambda tx: tx.put_evaluation(red.task_id, document))
    settle()
    page = show_results()
    found = next(one for one in page.report.classes if one.name == "red")
    assert found.accuracy.right > 1
    assert found.lost == Accuracy(1, 3).per_cent - found.accuracy.per_cent
    assert {one.lost for one in page.report.classes if one.task == "Task 2"} == {None}


def test_it_measures_again_when_test_photos_a_name_or_the_model_changed(qtbot, results, context, settle):
    """Two photos lay in each other's folder: each class has as many photos as before."""
    first, bar = results.report, results.parts.verticalScrollBar()
    red, green = named(context, "red").id, named(context, "green").id
    one, other = (context.workbench.project.photos(key, split="test")[0].id for key in (red, green))
    bar.setValue(bar.maximum())
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
    assert bar.value() > 0, "one reads on where one was"
    context.run("", lambda bench, job: class_changes.undo_training(bench))
    qtbot.waitUntil(lambda: results.report.tasks == ("Task 1",))
    assert bar.value() == 0, "another model is read from the top"
    assert results.report.forgetting is None
    assert "Task 1" not in results.parts.curves.curves, "with one task it would be the curve of all"
    settle()
    before = results.report
    context.edit("approve", "", lambda tx: tx.approve_descriptions([red]))
    settle()
    assert results.report is before, "a text has no part in what is known"


def test_the_report_has_the_focus_once_it_is_there(qtbot, window, make_colours):
    open_in(qtbot, window, make_colours(tasks=2, trained=2))
    window.context.go_to("results")
    assert window.focusWidget() is window.page
    rest(qtbot, window)
    qtbot.waitUntil(lambda: window.focusWidget() is window.page.parts.details.button)
    window.context.go_to("train")
    window.context.go_to("results")
    assert window.focusWidget() is window.page.parts.details.button


def test_it_begins_at_its_top_where_there_is_little_room(qtbot, window, make_colours, tmp_path):
    """Two green photos are test photos of red: the first mistake gets the focus, and is out of sight."""
    path = make_colours(tasks=1, trained=1)
    for seed in (30, 31):
        draw_photo(tmp_path / "more" / "red" / "test" / f"stray-{seed}.png", "green", seed)
    with OpenProject.open(path) as bench:
        add_classes(bench.project, [tmp_path / "more" / "red"], top_up=True)
    open_in(qtbot, window, path)
    window.page_of("results").parts.setFixedHeight(160)
    window.context.go_to("results")
    qtbot.waitUntil(lambda: window.focusWidget() is window.page.parts.strip.view)
    rest(qtbot, window)
    bar = window.page.parts.verticalScrollBar()
    qtbot.waitUntil(lambda: bar.maximum() > 0)
    assert bar.value() == 0


def test_without_test_photos_it_says_what_to_do(qtbot, open_colours, show_page, context, settle):
    open_colours(tasks=1, trained=1)
    ids = [photo.id for photo in context.workbench.project.photos(split="test")]
    context.edit("delete", "", lambda tx: tx.delete_photos(ids))
    settle()
    page = show_page(ResultsPage)
    qtbot.waitUntil(lambda: "no test photo" in page.empty._sentence.text())
    assert page.report is None
    assert not any(action.isEnabled() for action in page.export.files)
    assert page.export.model.isEnabled()
    assert page.export.isEnabled(), "the model can be exported without figures"
    settle()
    page.refresh()
    assert not context.background.operations, "it does not try the same again"


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
    folder, asked = tmp_path / "export", []
    real = forms.export_folder

    def export(bench, folder, job, *, runtime, replaces):
        assert bench is context.workbench
        folder.mkdir(exist_ok=replaces)
        (folder / "runtime").write_text(str(runtime))
        return folder

    said = QSignalSpy(context.banner_requested)
    monkeypatch.setattr(forms, "export_folder", lambda parent, title, start: asked.append(start) or folder)
    results.export.model.trigger()
    settle()
    assert "Only classifiers on spa-lite and spa-lite-int8 can be exported" in said.at(0)[0]
    assert not folder.exists()
    # What is written is tested in tests/export on the backbone that can be exported: that of these tests cannot.
    monkeypatch.setattr(classifier_folder, "export_project", export)
    monkeypatch.setattr(browser_runtime, "fetch_runtime", lambda job: "beside")
    for action, runtime in ((results.export.model, "None"), (results.export.offline, "beside")):
        action.trigger()
        settle()
        assert (folder / "runtime").read_text() == runtime
        assert str(folder) in results.message_bar.text
        shown = []
        monkeypatch.setattr(QDesktopServices, "openUrl", shown.append)
        qtbot.mouseClick(results.message_bar._button, Qt.MouseButton.LeftButton)
        assert [url.toLocalFile() for url in shown] == [str(folder)]
        action.trigger()
        settle()
        assert "is not empty and no earlier export" in said.at(said.count() - 1)[0]
        shutil.rmtree(folder)
    assert asked[0].name == f"{context.contents.name} export"
    # The folder of an earlier export is chosen in Qt's own dialog, and replaced when the person agrees.
    folder.mkdir()
    (folder / "signature.json").write_text(EXPORT % "old")

    def press():
        dialog = next(one for one in QApplication.topLevelWidgets() if isinstance(one, QFileDialog))
        dialog.findChild(QDialogButtonBox).buttons()[0].click()

    QTimer.singleShot(0, press)
    assert real(results, "Export", folder) == folder
    for is_agreed in (False, True):
        results.export.model.trigger()
        qtbot.waitUntil(lambda: bool(questions()))
        box = questions()[0]
        assert "holds an earlier export" in box.text()
        (box.defaultButton() if is_agreed else box.button(QMessageBox.StandardButton.Cancel)).click()
        settle()
        assert (folder / "runtime").exists() == is_agreed


def test_a_photo_that_goes_takes_the_card_along(qtbot, results, settle, context, edit):
    """By key, nothing that is not seen is corrected."""
    parts, ids = results.parts, []
    view, bar = parts.strip.view, parts.verticalScrollBar()

    def pick() -> int:
        view.clearSelection()
        results.activateWindow()
        parts.confusions.table.verticalHeader().sectionClicked.emit(0)
        parts.ensureWidgetVisible(parts.correction)
        parts.ensureWidgetVisible(parts.strip)
        click_item(qtbot, view, parts.strip.model.index(1))
        qtbot.waitUntil(lambda: parts.correction.isVisible() and view.hasFocus())
        return parts.strip.model.photos[1].id

    def scroll() -> None:
        parts.table.setFocus()
        bar.setValue(bar.maximum())

    def undo() -> None:
        with qtbot.waitSignal(context.model_changed):
            context.run("Undo", lambda bench, job: class_changes.undo_training(bench))

    for go, keyed in (
        (scroll, parts.table),
        (lambda: click_item(qtbot, view, view.currentIndex(), Qt.KeyboardModifier.ControlModifier), view),
        (lambda: edit(lambda tx: tx.delete_photos(ids[-1:])), view),
        (undo, view),
    ):
        ids.append(pick())
        go()
        assert parts.correction.visibleRegion().isEmpty()
        for key in (Qt.Key.Key_1, Qt.Key.Key_0, Qt.Key.Key_Delete):
            qtbot.keyClick(keyed, key)
        settle()
        assert context.contents.corrections == ()
