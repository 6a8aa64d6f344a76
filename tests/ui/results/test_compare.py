"""Two states of the model side by side, as a person compares them."""

import pytest
from PySide6.QtCore import Qt

from spa_desktop.ui.widgets.tables import by_loss
from spa_desktop.workbench import correction_learning, corrections, evaluating
from spa_desktop.workbench.evaluating import ClassOfTwo, Comparison
from tests.ui.conftest import nameless


@pytest.fixture
def page(open_colours, show_results, settle):
    """Two tasks were learned, and one label was moved."""
    context = open_colours(tasks=2, trained=2)
    bench = context.workbench
    photo = bench.project.photos(split="test")[0]
    other = next(item.id for item in bench.project.classes() if item.id != photo.class_id)
    context.run(
        "",
        lambda bench, job: (
            corrections.correct(bench, photo.id, class_id=other),
            correction_learning.learn_corrections(bench, job),
        ),
    )
    settle()
    return show_results()


def test_what_lost_most_comes_first_then_what_won_most_and_what_stayed_last():
    rights = {"stays": (5, 5), "new": (None, 5), "wins": (5, 6), "loses": (6, 5), "wins much": (0, 9), "fails": (9, 0)}
    classes = [ClassOfTwo(key, name, 10, *right) for key, (name, right) in enumerate(rights.items())]
    rows = by_loss(Comparison(tuple(classes)), lambda class_id: class_id)
    assert [row[0].name for row in rows] == ["fails", "loses", "new", "wins much", "wins", "stays"]


def click(qtbot, button):
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def test_after_each_task_and_what_changed_in_between(qtbot, page, settle, context):
    click(qtbot, page.comparing)
    settle()
    view = page.compare
    assert not page.parts.isVisible()
    assert [state.task for state in view.states] == ["Task 2", "Task 1"]
    assert view.second.currentText().startswith("now: after Task 2")
    assert view.first.currentText().startswith("after Task 1")
    found = evaluating.compare_states(context.workbench, view.states[1].id, view.states[0].id)
    lost, won = ([one.photo for one in found.changed(change)] for change in ("lost", "won"))
    assert f"{len(won)} became right, {len(lost)} became wrong" in view.sentence.text()
    assert f"{len(found.photos)} test photos" in view.note.text()
    assert {row[0].class_id for row in view.model.rows} == {one.class_id for one in found.classes}
    assert [one.id for one in view.lost.model.photos] == lost
    assert [one.id for one in view.won.model.photos] == won
    assert nameless(page) == []
    page.resize(690, 520)  # the smallest window: the names of the classes have room
    qtbot.waitUntil(lambda: view.table.columnWidth(0) > 140)
    # The other way round what was lost is won.
    view.first.setCurrentIndex(0)
    view.second.setCurrentIndex(1)
    settle()
    assert [one.id for one in view.won.model.photos] == lost
    click(qtbot, page.comparing)
    assert page.parts.isVisible()
    assert not view.isVisible()
    # A task of the history leads to what it changed.
    first, second = context.contents.tasks
    page.show_item(second.id)
    settle()
    assert view.isVisible()
    assert view.first.currentText().startswith(f"after {first.name}")
    assert view.second.currentText().startswith(f"now: after {second.name}")
    page.show_item(first.id)
    settle()
    assert view.first.currentText().startswith("after Task 1")
    assert view.second.currentText().startswith("now: ")
    view.first.setCurrentIndex(0)
    settle()
    assert view.sentence.text() == "Choose two different states."
