"""Similar classes stand together in the confusion matrix, if the person wants it."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt

from spa_desktop.project.records import TestAnswer
from spa_desktop.ui.results.matrices import ConfusionMap, similar_order
from spa_desktop.ui.results.results_page import ResultsPage
from spa_desktop.ui.results.results_report import ClassResult, PhotoAnswer, Report
from tests.ui.train.colours import WAIT_MS


def report_of(confusion) -> Report:
    classes = tuple(
        ClassResult(10 + place, f"class {place}", place, "Task 1", 5, sum(row), 100.0, None)
        for place, row in enumerate(confusion)
    )
    photos, answers = [], {}
    for truth, row in enumerate(confusion):
        for answer, number in enumerate(row):
            for _ in range(number):
                key = len(photos) + 1
                photos.append(PhotoAnswer(key, truth, answer, 0.9))
                answers[key] = TestAnswer(key, (10 + answer,), (0.9,))
    figures = (50.0,)
    report = Report(
        ("Task 1",), figures, 50.0, 50.0, None, (figures,), {}, classes, tuple(map(tuple, confusion)), tuple(photos)
    )
    return report, answers


# 0 and 2 are taken for each other, and so are 1 and 3.
CROSSED = [[6, 0, 4, 0], [0, 6, 0, 4], [4, 0, 6, 0], [0, 4, 0, 6]]


def test_those_that_are_taken_for_each_other_are_neighbours():
    report, answers = report_of(CROSSED)
    order = similar_order(report, answers)
    assert sorted(order) == [0, 1, 2, 3]
    assert {frozenset(order[:2]), frozenset(order[2:])} == {frozenset((0, 2)), frozenset((1, 3))}


def test_nothing_is_made_of_nothing():
    report, _ = report_of(CROSSED)
    assert sorted(similar_order(report, {})) == [0, 1, 2, 3]
    one, answers = report_of([[3]])
    assert similar_order(one, answers) == (0,)


def test_probabilities_tell_where_every_photo_is_right():
    report, _ = report_of([[2, 0, 0, 0], [0, 2, 0, 0], [0, 0, 2, 0], [0, 0, 0, 2]])
    near = {10: 12, 12: 10, 11: 13, 13: 11}
    answers = {
        one.id: TestAnswer(one.id, (10 + one.truth, near[10 + one.truth]), (0.99, 0.009)) for one in report.photos
    }
    order = similar_order(report, answers)
    assert {frozenset(order[:2]), frozenset(order[2:])} == {frozenset((0, 2)), frozenset((1, 3))}


def test_the_map_shows_the_order_and_names_the_right_cells(qtbot):
    report, _ = report_of(CROSSED)
    view = ConfusionMap()
    qtbot.addWidget(view)
    view.resize(400, 400)
    view.show_report(report)
    chosen = []
    view.chosen.connect(lambda row, column: chosen.append((row, column)))
    qtbot.mouseClick(view, Qt.MouseButton.LeftButton, pos=view.rect().topLeft() + view.rect().center() / 4)
    view.set_order((0, 2, 1, 3))
    assert view.cell_text(0, 1) == "Photos of class 0, taken for class 2: 4"
    qtbot.keyClick(view, Qt.Key.Key_Right)
    assert chosen[-1] == (0, 2)


@pytest.fixture
def results(open_colours, show_page, qtbot, context) -> ResultsPage:
    open_colours(tasks=2, trained=2)
    page = show_page(ResultsPage)
    qtbot.waitUntil(lambda: page.report is not None and not context.background.handles, timeout=WAIT_MS)
    return page


def names(table) -> list[str]:
    header = table.verticalHeader()
    model = table.model()
    sections = [header.logicalIndex(place) for place in range(header.count())]
    return [model.headerData(section, Qt.Orientation.Vertical) for section in sections]


def test_the_choice_is_in_a_small_menu_and_is_kept(results, context, show_page, qtbot):
    table, order = results.parts.confusion, results.parts.order
    learned = [one.name for one in results.report.classes]
    assert names(table) == learned
    assert order.text() == "In order of learning"
    results._similar = tuple(reversed(range(len(learned))))
    order.actions_by_order["similar"].trigger()
    assert names(table) == learned[::-1]
    assert order.text() == "Similar together"
    assert context.settings.value.confusion_order == "similar"
    first = table.model().index(len(learned) - 1, len(learned) - 1)
    qtbot.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=table.visualRect(first).center())
    assert {photo.truth for photo in results.parts.strip.model.photos} <= {len(learned) - 1}
    assert table.visualRect(first).top() < table.viewport().height() / len(learned)
    order.actions_by_order["learning"].trigger()
    assert names(table) == learned
