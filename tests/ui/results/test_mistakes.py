"""What the Results page makes of mistakes: pairs, a map of many classes, figures under the pointer, a report."""

import csv
import io
import re
from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QPushButton, QWidget

from spa_desktop.metrics import Accuracy
from spa_desktop.ui.results.confused_pairs import ConfusedPairs, confused_pairs
from spa_desktop.ui.results.matrices import Confusions
from spa_desktop.ui.results.results_export import report_html, to_csv, to_text
from spa_desktop.ui.results.results_layout import Headline
from spa_desktop.ui.results.results_report import ClassResult, PhotoAnswer, Report
from spa_desktop.ui.thumbnails.photo_view import Picture
from spa_desktop.ui.widgets.forms import column
from spa_desktop.ui.widgets.words import points
from tests.ui.mouse import click_item


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
        ClassResult(n, name, n, "Task", 10, sum(row), Accuracy(row[n], sum(row)), -10.0 if n else 2.5, name)
        for n, (name, row) in enumerate(zip(names, confusion, strict=True))
    )
    rows = tuple(map(tuple, confusion))
    return Report(
        ("One", "Two"),
        (100.0, 90.0),
        95.0,
        -10.0,
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


SOME = report([[8, 2, 0], [0, 10, 0], [5, 1, 4]], ["cream", "milk", "<b>curd</b>"])


def test_the_most_confused_pairs_come_first_with_a_photo_of_each():
    pairs = confused_pairs(SOME)
    first = pairs[0]
    told = [(pair.truth, pair.answer, pair.wrong, pair.all) for pair in pairs]
    assert told == [(2, 0, 5, 10), (0, 1, 2, 10), (2, 1, 1, 10)]
    by_id = {photo.id: photo for photo in SOME.photos}
    assert (by_id[first.photo].truth, by_id[first.photo].answer) == (2, 0)
    assert (by_id[first.other].truth, by_id[first.other].answer) == (0, 0)
    assert len(confused_pairs(SOME, 1)) == 1
    assert confused_pairs(report([[3, 0], [0, 3]])) == ()


def test_a_pair_shows_a_photo_that_was_answered_wrong(qtbot, context):
    shown = ConfusedPairs(context)
    qtbot.addWidget(shown)
    shown.show_report(SOME)
    assert [picture._key for picture in shown.findChildren(Picture)] == [pair.photo for pair in shown.pairs]
    assert not shown.isHidden()
    shown.show_report(report([[8, 1], [0, 9]]))
    assert shown.isHidden(), "the photo beneath says it all"


def test_tab_goes_through_pairs_where_they_are_seen(qtbot, context):
    window, above, shown, below = QWidget(), QPushButton(), ConfusedPairs(context), QPushButton()
    column(above, shown, below, spacing=0, of=window)
    qtbot.addWidget(window)
    shown.show_report(SOME)
    with qtbot.waitActive(window):
        window.show()
    above.setFocus()
    for wanted in (*shown.buttons, below):
        qtbot.keyClick(window.focusWidget(), Qt.Key.Key_Tab)
        assert window.focusWidget() is wanted


def many(classes: int, tasks: int = 1) -> Report:
    """A report of many classes, each with a mistake as the class that stands across from it in its dozen."""
    confusion = [[0] * classes for _ in range(classes)]
    for n in range(classes):
        confusion[n][n] = 14
        confusion[n][min(12 * (n // 12) + 11 - n % 12, classes - 1)] += 1
    confusion[7][130] = 6
    made = report(confusion)
    return replace(
        made, classes=tuple(replace(one, task=f"Task {n * tasks // classes}") for n, one in enumerate(made.classes))
    )


@pytest.fixture
def large(qtbot):
    """Two hundred classes, by groups."""
    shown = Confusions()
    qtbot.addWidget(shown)
    shown.resize(500, 500)
    shown.show()
    shown.show_report(many(200), range(200))
    return shown


def texts(table) -> list[list[str]]:
    cells = table.cells
    return [[cells.index(row, n).data() for n in range(cells.columnCount())] for row in range(cells.rowCount())]


def test_two_hundred_classes_are_seen_by_groups_that_keep_their_mistakes(large, qtbot):
    assert [place for one in large.groups for place in one.places] == list(range(200))
    assert [one.places[0] for one in large.groups] == list(range(0, 192, 12)), "as few as keep all mistakes inside"
    shown = texts(large.table)
    assert (shown[0][0], shown[0][10]) == ("12", "6")
    assert large.table.cells.headerData(0, Qt.Orientation.Vertical) == "class 0 … class 11"
    assert "".join(shown[1]) == "12", "nothing was predicted as a class of another group"
    # Each group counts what its classes were predicted as; together that is every mistake.
    assert sum(int(cell) for row in shown for cell in row if cell) == len(large.report.photos_of(None, None))


def test_a_click_opens_a_group_or_two_and_shows_the_photos_of_a_cell(large, qtbot):
    table, index = large.table, large.table.cells.index
    with qtbot.waitSignal(large.chosen) as chosen:
        click_item(qtbot, table, index(0, 10))
    assert {(one.truth, one.answer) for one in chosen.args[0]} == {(7, 130)}
    assert chosen.args[1] == "Photos of class 0 … class 11, predicted as a class of class 120 … class 131: 6"
    assert texts(table) == [["6"]], "of two groups, only what was confused"
    with qtbot.waitSignal(large.classes_chosen) as chosen:
        click_item(qtbot, table, index(0, 0))
    assert chosen.args == [7, 130]
    qtbot.mouseClick(large.back, Qt.MouseButton.LeftButton)
    assert not large.is_open
    assert not large.back.isVisible()
    table.setCurrentIndex(index(0, 0))
    qtbot.keyClick(table, Qt.Key.Key_Return)
    assert large.title.text() == "class 0 … class 11"
    shown = texts(table)
    assert (len(shown), len(shown[0])) == (12, 13)
    assert (shown[7][7], shown[7][4], shown[7][12]) == ("14", "1", "6"), "right, wrong, and of other groups"
    with qtbot.waitSignal(large.chosen) as chosen:
        table.setCurrentIndex(index(7, 12))
    assert len(chosen.args[0]) == 6
    large.show_groups()
    click_item(qtbot, table, index(1, 2))
    assert not large.is_open, "there is nothing in it"
    large.open_pair(7, 130)
    assert texts(table) == [["6"]]


def test_what_is_forgotten_is_never_below_zero_and_a_gain_is_called_so():
    assert points(SOME.forgetting) == points(SOME.classes[1].lost) == "gained 10.0 points"
    rows = to_csv(SOME).splitlines()
    assert {"figures,forgotten,,0.0", "figures,gained,,10.0", "class,cream,forgotten,2.5"} <= set(rows)
    assert not any(",-" in row or ",lost," in row for row in rows)
    assert "forgotten\t0.0\tpoints\ngained\t10.0\tpoints\n" in to_text(SOME)
    assert not re.search("[-−][0-9]", report_html("x", SOME, [], {}).partition("</style>")[2])


def test_the_report_is_one_page_with_its_pictures_and_names_as_text(qapp):
    pairs = confused_pairs(SOME)
    picture = QImage(32, 32, QImage.Format.Format_RGB32)
    picture.fill(Qt.GlobalColor.red)
    pictures = {"curves": picture, str(pairs[0].photo): picture, str(pairs[0].other): picture}
    html = report_html("My <dairy>", SOME, [("Backbone", "spa-lite"), ("Seed", "0")], pictures)
    assert "<b>curd" not in html
    figures = (
        "73.3\u202f%",
        "of 30 test photos right (56 to 86\u202f%)",
        "5 of 10",
        "gained 1 of 10 photos",
        "On 30 test photos",
    )
    for text in (*figures, "My &lt;dairy&gt;", "&lt;b&gt;curd&lt;/b&gt;", "spa-lite", "On 30 test photos"):
        assert text in html
    sources = re.findall(r"src='([^']*)'", html)
    assert len(sources) == 3
    assert all(one.startswith("data:image/png;base64,") for one in sources), "nothing has to lie beside it"


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
