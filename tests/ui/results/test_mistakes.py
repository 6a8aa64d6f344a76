"""What the Results page makes of mistakes: pairs, a map of many classes, figures under the pointer, a report."""

from __future__ import annotations

import csv
import io
import re
import threading
import time
from dataclasses import replace

import pytest
from PySide6.QtCore import QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QWidget

from spa_desktop.metrics import Accuracy
from spa_desktop.ui.corrections.correction_card import AnsweredPhoto, CorrectionCard
from spa_desktop.ui.results.accuracy_curves import AccuracyCurves
from spa_desktop.ui.results.confused_pairs import ConfusedPairs, confused_pairs, photos_sentence
from spa_desktop.ui.results.matrices import ConfusionMap
from spa_desktop.ui.results.results_export import pdf_of, report_html, to_csv, to_text, with_pictures
from spa_desktop.ui.results.results_layout import Headline, ResultsBody
from spa_desktop.ui.results.results_report import ClassResult, PhotoAnswer, Report
from spa_desktop.ui.widgets.words import points
from tests.ui.conftest import WAIT_MS


def report(confusion: list[list[int]], names: list[str] | None = None) -> Report:
    """A report with such confusions: one photo an answer."""
    names = names or [f"class {n}" for n in range(len(confusion))]
    photos, key = [], 0
    for truth, row in enumerate(confusion):
        for answer, number in enumerate(row):
            for place in range(number):
                key += 1
                photos.append(PhotoAnswer(key, truth, answer, 0.5 + place / 100))
    classes = tuple(
        ClassResult(n, name, n, "Task", 10, sum(row), Accuracy(row[n], sum(row)), -1.5 if n else 2.5)
        for n, (name, row) in enumerate(zip(names, confusion, strict=True))
    )
    rows = tuple(map(tuple, confusion))
    return Report(
        ("One", "Two"),
        (100.0, 90.0),
        95.0,
        -1.5,
        ((100.0, None), (98.0, 88.0)),
        {"zero-shot": (60.0, 50.0), "slda": (90.0, 80.0)},
        classes,
        rows,
        tuple(photos),
        ((Accuracy(10, 10), Accuracy()), (Accuracy(49, 50), Accuracy(22, 25))),
    )


def test_a_headline_has_its_doubt_and_names_what_was_not_tested(qtbot):
    headline = Headline()
    qtbot.addWidget(headline)

    def said():
        return headline.now.number.text(), headline.now.caption.text(), headline.untested.text()

    headline.show_report(report([[8, 2], [0, 10]]))
    assert said() == ("90.0\u202f%", "of 20 test photos right (70 to 97\u202f%)", "")
    headline.show_report(report([[12, 0], [0, 0]]))
    assert said() == ("12 of 12", "test photos right (76 to 100\u202f%)", "No test photo: class 1")
    assert not headline.average.isHidden()
    headline.show_report(replace(report([[12]]), tasks=("One",)))
    assert said() == ("–", "One class alone has no accuracy: there is nothing to tell it from.", "")
    assert headline.average.isHidden()
    assert headline.forgotten.isHidden()


def test_the_classes_have_counts_and_an_estimate_that_is_called_so(context, qtbot):
    tested, other = report([[8, 2], [0, 0]]).classes
    other = replace(other, estimate=Accuracy(5, 6))
    page = QWidget()
    qtbot.addWidget(page)
    body = ResultsBody(context, page)
    body.classes.fill((tested, other))
    first, second = (body.classes.index(row, 3) for row in (0, 1))
    assert (first.data(), second.data()) == ("8 of 10", "est. 5 of 6")
    about = [" ".join(index.data(Qt.ItemDataRole.ToolTipRole).split()) for index in (first, second)]
    assert "49 to 94 %" in about[0]
    assert "Leave-one-out estimate: 5 of 6 right (44 to 97 %)" in about[1]
    given = replace(report([[8, 2], [0, 0]]), classes=(tested, other))
    assert "no test photo; leave-one-out estimate: 5 of 6 right (44 to 97\u202f%)" in to_text(given)
    rows = list(csv.reader(io.StringIO(to_csv(given))))
    assert ["leave-one-out estimate", "class 1", "right", "5"] in rows
    assert ["class", "class 0", "of", "10"] in rows


SOME = report([[8, 2, 0], [0, 10, 0], [5, 1, 4]], ["cream", "milk", "<b>curd</b>"])


def test_the_most_confused_pairs_come_first_with_a_photo_of_each():
    first, second, third = confused_pairs(SOME)
    assert (first.truth, first.answer, first.wrong, first.all) == (2, 0, 5, 10)
    assert (second.truth, second.answer, second.wrong) == (0, 1, 2)
    assert (third.truth, third.answer, third.wrong) == (2, 1, 1)
    by_id = {photo.id: photo for photo in SOME.photos}
    assert (by_id[first.photo].truth, by_id[first.photo].answer) == (2, 0)
    assert (by_id[first.other].truth, by_id[first.other].answer) == (0, 0)
    assert len(confused_pairs(SOME, 1)) == 1
    assert confused_pairs(report([[3, 0], [0, 3]])) == ()


def test_a_pair_leads_to_its_photos(context, qtbot):
    pairs = ConfusedPairs(context)
    qtbot.addWidget(pairs)
    pairs.show()
    pairs.show_report(SOME)
    assert [button.text() for button in pairs.buttons] == ["Look at the 5", "Look at the 2", "Look at it"]
    assert pairs.buttons[0].accessibleName() == "5 of <b>curd</b> predicted as cream"
    with qtbot.waitSignal(pairs.chosen) as chosen:
        qtbot.mouseClick(pairs.buttons[0], Qt.MouseButton.LeftButton)
    assert chosen.args == [2, 0]
    pairs.show_report(report([[3, 0], [0, 3]]))
    assert not pairs.isVisible()
    assert pairs.buttons == []


@pytest.fixture
def large(qtbot):
    side = 200
    confusion = [[0] * side for _ in range(side)]
    for n in range(side):
        confusion[n][n] = 14
    confusion[7][130] = 6
    shown = ConfusionMap()
    qtbot.addWidget(shown)
    shown.resize(400, 300)
    shown.show()
    shown.show_report(report(confusion))
    return shown


def test_a_map_of_two_hundred_classes_says_names_and_is_drawn_at_once(large, qtbot):
    began = time.thread_time()
    picture = large.grab().toImage()
    assert time.thread_time() - began < 0.5
    assert picture.pixelColor(1, 1) != picture.pixelColor(200, 2), "the diagonal stands out"
    place = QPointF((130 + 0.5) * 400 / 200, (7 + 0.5) * 300 / 200)
    assert large.cell_at(place) == (7, 130)
    assert large.cell_text(7, 130) == "Photos of class 7, predicted as class 130: 6"
    with qtbot.waitSignal(large.chosen) as chosen:
        qtbot.mouseClick(large, Qt.MouseButton.LeftButton, pos=place.toPoint())
    assert chosen.args == [7, 130]


def test_a_map_is_zoomed_around_the_pointer_and_walked_with_arrows(large, qtbot):
    at = QPoint(261, 11)
    cell = large.cell_at(QPointF(at))
    for _ in range(20):
        large.zoom(1.25, at)
    assert large.part.width() == 8
    row, column = large.cell_at(QPointF(at))
    assert abs(row - cell[0]) <= 1
    assert abs(column - cell[1]) <= 1
    for _ in range(40):
        large.zoom(0.8, at)
    assert large.part.width() == 200
    with qtbot.waitSignal(large.chosen) as chosen:
        qtbot.keyClick(large, Qt.Key.Key_Right)
    assert chosen.args == [0, 1]


def test_a_cell_that_arrows_choose_is_seen_when_zoomed_in(large, qtbot):
    for _ in range(20):
        large.zoom(1.25, QPoint(1, 1))
    for key, steps in ((Qt.Key.Key_Right, 30), (Qt.Key.Key_Down, 20), (Qt.Key.Key_Left, 25), (Qt.Key.Key_Up, 20)):
        for _ in range(steps):
            qtbot.keyClick(large, key)
            row, column = large.cell
            assert large.part.contains(QRectF(column, row, 1, 1))
    assert large.cell == (0, 5)
    assert large.part.width() == 8


def test_the_curves_say_their_figures_where_one_points(qtbot):
    curves = AccuracyCurves()
    qtbot.addWidget(curves)
    curves.resize(500, 320)
    curves.show()
    curves.show_report(SOME)
    curves.grab()
    right = curves.figures_at(QPoint(480, 100))
    assert right[0] == "After Two"
    assert "all classes: 90.0\u202f%" in right
    assert "SLDA: 80.0\u202f%" in right
    assert curves.figures_at(QPoint(60, 100))[0] == "After One"


def test_what_is_forgotten_is_never_below_zero_and_a_gain_is_called_so():
    assert points(SOME.forgetting) == points(SOME.classes[1].lost) == "gained 1.5"
    rows = to_csv(SOME).splitlines()
    assert {"figures,forgotten,,0.0", "figures,gained,,1.5", "class,cream,forgotten,2.5"} <= set(rows)
    assert not any(",-" in row or ",lost," in row for row in rows)
    assert "forgotten\t0.0\ngained\t1.5\n" in to_text(SOME)
    assert not re.search("[-−][0-9]", report_html("x", SOME, [], {}).partition("</style>")[2])


def test_the_report_is_one_page_with_its_pictures_and_names_as_text(qapp):
    pairs = confused_pairs(SOME)
    picture = QImage(32, 32, QImage.Format.Format_RGB32)
    picture.fill(Qt.GlobalColor.red)
    pictures = {"curves": picture, str(pairs[0].photo): picture, str(pairs[0].other): picture}
    html = report_html("My <dairy>", SOME, [("Backbone", "spa-lite"), ("Seed", "0")], pictures)
    assert "&lt;b&gt;curd&lt;/b&gt;" in html
    assert "<b>curd" not in html
    assert "My &lt;dairy&gt;" in html
    for figure in (
        "73.3\u202f%",
        "of 30 test photos right (56 to 86\u202f%)",
        "5 of 10",
        "gained 1.5",
        "spa-lite",
        "On 30 test photos",
    ):
        assert figure in html
    whole = with_pictures(html, pictures)
    assert not re.search(r"src='(?!data:)", whole), "nothing has to lie beside it"
    content = pdf_of(html, pictures, "report")
    assert content.startswith(b"%PDF")
    assert b"%%EOF" in content[-32:]
    assert b"/Image" in content


def test_the_report_gives_few_photos_no_percentage_and_one_class_alone_no_accuracy(qapp):
    html = report_html("few", report([[6, 0], [0, 6]]), [], {})
    assert "<span class='big'>12 of 12</span>" in html
    assert "Every test photo was answered right." in html
    one = report([[2]])
    html = report_html("one", one, [], {})
    assert "One class alone has no accuracy" in html
    assert "Every test photo" not in html
    assert photos_sentence(one, None, None, 0).startswith("One class alone has no accuracy")


def test_what_is_said_of_a_photo_is_not_said_of_the_next_one(open_colours, qtbot):
    """While a task is learned corrections wait to be noted, and the person goes on."""
    context = open_colours(tasks=1, trained=1)
    one, other = context.workbench.project.photos(split="test")[:2]
    wrong = next(item.id for item in context.contents.classes if item.id != other.class_id)
    card = CorrectionCard(context)
    qtbot.addWidget(card)
    card.setVisible(True)
    said = []
    context.background.ended.connect(lambda handle: said.append(card.state.text()))
    opened = threading.Event()
    context.run("learning", lambda bench, job: opened.wait(WAIT_MS / 1000))
    for photo, class_id in ((one, one.class_id), (other, wrong)):
        card.show_photo(AnsweredPhoto(photo.id, ((wrong, 0.9),), photo.class_id, is_test=True))
        card.field.class_chosen.emit(class_id)
    opened.set()
    qtbot.waitUntil(lambda: not context.background.handles)
    assert not [text for text in said if "its label already" in text], "that was said of the one before"
    assert "It waits to be learned" in said[-1]
    card.show_photo(AnsweredPhoto(one.id, ((wrong, 0.9),), one.class_id, is_test=True))
    assert "its label already" in card.state.text()


def test_after_a_frame_there_is_no_next_photo(open_colours, qtbot):
    context = open_colours(tasks=1, trained=1)
    card = CorrectionCard(context)
    qtbot.addWidget(card)
    card.show_photo(AnsweredPhoto(7, ()))
    assert "Enter goes on" in card.state.text()
    card.show_photo(AnsweredPhoto(QImage(8, 8, QImage.Format.Format_RGB32), ()))
    assert card.state.text() == "Keys 1 to 9 choose."


def test_names_that_are_formulas_stay_text_in_a_spreadsheet():
    names = ("=cmd|'/c calc'!A1", "+1", "-1", "@SUM(A1)", "＝1")
    made = report([[1] * 5] * 5, list(names))
    made = replace(made, tasks=("=1+1", 'a","=2'), classes=tuple(replace(one, task="@T") for one in made.classes))
    rows = list(csv.reader(io.StringIO(to_csv(made))))
    assert not any(cell.startswith(("=", "@", "＝")) for row in rows for cell in row)
    assert {row[1] for row in rows if row[0] == "class"} == {f"'{name}" for name in names}
    assert ["matrix", 'a","=2', "'=1+1"] in [row[:3] for row in rows]
    lines = to_text(made).splitlines()
    assert [line.split("\t")[:2] for line in lines[-5:]] == [[f"'{name}", "'@T"] for name in names]
