"""Similar classes stand together in the confusion matrix, if the person wants it."""

from PySide6.QtCore import Qt

from spa_desktop.project.records import TestAnswer
from spa_desktop.ui.results.matrices import similar_order
from spa_desktop.ui.results.results_report import Report
from tests.ui.mouse import click_item
from tests.ui.results.test_mistakes import report


def answered(confusion) -> tuple[Report, dict[int, TestAnswer]]:
    """A report with such confusions, and its answers."""
    found = report(confusion)
    return found, {photo.id: TestAnswer(photo.id, (photo.answer,), (0.9,)) for photo in found.photos}


# 0 and 2 are predicted as each other, and so are 1 and 3.
CROSSED = [[6, 0, 4, 0], [0, 6, 0, 4], [4, 0, 6, 0], [0, 4, 0, 6]]


def test_those_that_are_taken_for_each_other_are_neighbours():
    made, answers = answered(CROSSED)
    order = similar_order(made, answers)
    assert sorted(order) == [0, 1, 2, 3]
    assert {frozenset(order[:2]), frozenset(order[2:])} == {frozenset((0, 2)), frozenset((1, 3))}


def test_nothing_is_made_of_nothing():
    made, _ = answered(CROSSED)
    assert sorted(similar_order(made, {})) == [0, 1, 2, 3]
    one, answers = answered([[3]])
    assert similar_order(one, answers) == (0,)


def names(table) -> list[str]:
    cells = table.cells
    return [cells.headerData(row, Qt.Orientation.Vertical) for row in range(cells.rowCount())]


def test_the_choice_is_in_a_small_menu_and_is_kept(results, context, qtbot):
    table, order = results.parts.confusions.table, results.parts.order
    learned = [one.name for one in results.report.classes]
    assert names(table) == learned
    assert order.currentText() == "In order of learning"
    results._similar = tuple(reversed(range(len(learned))))
    order.setFocus()
    qtbot.keyClick(order, Qt.Key.Key_Down)
    assert names(table) == learned[::-1]
    assert order.currentText() == "Similar together"
    assert context.settings.value.confusion_order == "similar"
    first = table.model().index(0, 0)
    click_item(qtbot, table, first)
    assert {photo.truth for photo in results.parts.strip.model.photos} <= {len(learned) - 1}
    assert table.visualRect(first).top() < table.viewport().height() / len(learned)
    qtbot.keyClick(order, Qt.Key.Key_Up)
    assert names(table) == learned
