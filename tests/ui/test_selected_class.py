"""The class that a person chose stays chosen from page to page."""

import pytest
from PySide6.QtCore import Qt

from spa_desktop.ui.explain.photo_walk import Filter
from spa_desktop.ui.widgets.class_list import ClassNode
from tests.ui.mouse import click_item


@pytest.fixture
def window(window, open_colours):
    open_colours(tasks=1, trained=1)
    return window


@pytest.fixture
def go(window, qtbot):
    """``go("train")`` shows a page and waits until it is at rest."""

    def show(name: str):
        window.show_page(name)
        qtbot.waitUntil(lambda: not window.context.background.operations)
        return window.page

    return show


def selected(page) -> list[str]:
    rows = page.parts.table.selectionModel().selectedRows()
    return [row.data() for row in rows]


def test_it_goes_with_the_person_through_the_pages(window, go, qtbot):
    classes = window.context.contents.classes
    second, third = classes[1], classes[2]
    page = go("classes")
    click_item(qtbot, page.tree, page.tree_model.index_of((ClassNode, second.id)))
    page = go("descriptions")
    assert page.classes.class_id == second.id
    page = go("results")
    assert selected(page) == [second.name]
    page = go("explain")
    assert page.walk.filter == Filter("class", second.id)
    assert page.walk.record.class_id == second.id
    page = go("descriptions")
    page.classes.setFocus()
    qtbot.keyClick(page.classes, Qt.Key.Key_Down)
    assert page.classes.class_id == third.id
    assert go("classes").tree.node.id == third.id
    page = go("results")
    assert selected(page) == [third.name]
    table = page.parts.table
    page.parts.ensureWidgetVisible(table)
    rows = (table.model().index(row, 0) for row in range(table.model().rowCount()))
    click_item(qtbot, table, next(index for index in rows if index.data() == second.name))
    assert go("classes").tree.node.id == second.id
