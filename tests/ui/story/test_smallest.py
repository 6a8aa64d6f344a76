"""In the smallest window nothing is cut off: every page, empty and filled, in every language."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtCore import QPoint, QRect, QSettings, QSize
from PySide6.QtGui import QScreen
from PySide6.QtWidgets import (
    QAbstractButton,
    QComboBox,
    QDialog,
    QLabel,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QWidget,
)

from spa_desktop.ui.classes.import_sheet import AddSheet
from spa_desktop.ui.live.live_page import LivePage
from spa_desktop.ui.live.sources import Problem
from spa_desktop.ui.photo.colour_maps import to_qimage
from spa_desktop.ui.shell.side_bar import PAGE_NAMES
from spa_desktop.ui.style.theme import install_language
from spa_desktop.workbench import corrections
from tests.ui.live.films import HandSource
from tests.ui.story.conftest import Learned, open_by_drop
from tests.ui.story.person import Person
from tests.workbench.tiny import draw_photo

LONG = "Desk cam gives no picture, because the device is busy, and that is told at more length than anybody would like."


@pytest.fixture(params=["en", "zh_CN"])
def person(request, sit) -> Iterator[Person]:
    """Sits before a window that was made as small as it goes."""
    install_language(request.param)
    found = sit()
    found.window.resize(found.window.minimumSize())
    yield found
    install_language("en")


def cut_off(root: QWidget) -> list[str]:
    """Texts that have less room than they need, and controls that lie beyond the edge."""
    found = []
    for widget in root.findChildren(QWidget):
        if not widget.isVisible() or not isinstance(widget, QLabel | QAbstractButton | QComboBox):
            continue
        text = widget.currentText() if isinstance(widget, QComboBox) else widget.text()
        room, need = widget.size(), widget.sizeHint()
        gives_way = widget.sizePolicy().horizontalPolicy() == QSizePolicy.Policy.Ignored
        if isinstance(widget, QLabel) and widget.wordWrap():
            is_cut = room.height() < widget.heightForWidth(room.width()) - 1  # a rounding of fonts
        elif isinstance(widget, QLabel) and room.height() < widget.minimumSizeHint().height() - 1:
            is_cut = True
        elif isinstance(widget, QLabel):
            # What can be narrower than its text says so, and shortens it.
            is_cut = room.width() < min(need.width(), widget.minimumSizeHint().width()) and not gives_way
        else:
            is_cut = isinstance(widget, QPushButton) and room.width() < need.width()
        if (text and is_cut) or not inside(widget, root):
            found.append(f"{type(widget).__name__} {text!r}: {room.toTuple()} of {need.toTuple()}")
    return found


def inside(widget: QWidget, root: QWidget) -> bool:
    """It lies within what is seen from left to right; what is below can be scrolled to."""
    place = QRect(widget.mapTo(root, widget.rect().topLeft()), widget.size())
    view = next((up for up in parents(widget) if isinstance(up, QScrollArea)), root)
    left = view.mapTo(root, view.rect().topLeft()).x() if view is not root else 0
    return left <= place.left() and place.right() <= left + view.width()


def parents(widget: QWidget) -> Iterator[QWidget]:
    while (widget := widget.parentWidget()) is not None:
        yield widget


def each_page(person: Person) -> None:
    for name in PAGE_NAMES:
        person.go_to(name)
        person.rest()
        see_all(person)


def see_all(person: Person) -> None:
    """Nothing is cut off, once all that was said has found its place."""

    def check() -> None:
        assert cut_off(person.window) == [], person.window.windowTitle()
        assert person.window.minimumSizeHint().height() <= person.window.height(), "else the lowest would be cut off"

    person.qtbot.waitUntil(check)


def test_without_anything_to_show(person, tmp_path):
    see_all(person)
    person.context.create_project(tmp_path / "Empty.spa")
    person.wait(lambda: person.context.contents is not None)
    person.rest()
    each_page(person)
    page = person.go_to("live")
    assert isinstance(page, LivePage)
    page._on_problem(Problem(LONG, f"{LONG} {LONG}"))
    see_all(person)


def test_with_a_model_and_a_task_to_learn(person, described: Learned):
    open_by_drop(person, described)
    each_page(person)
    page = person.go_to("descriptions")
    person.click(page.more)
    name = page.editor.name
    assert name.width() > 190, "room for the name that a class is known by"
    answers = person.go_to("explain").answers
    person.wait(answers.decided.isVisible)
    answers.decided.sentence.setText(LONG)
    see_all(person)
    assert all(bar.height() >= bar.sizeHint().height() for bar in answers.bars.buttons if bar.isVisible())
    page = person.go_to("train")
    person.wait(lambda: page.history.model.rows)
    person.click_row(page.history.table, 0)
    person.rest()
    person.click(page.past.details.button)
    assert page.past.stages.isVisible()
    see_all(person)
    page = person.go_to("live")
    assert isinstance(page, LivePage)
    source = HandSource()
    page.start(source)
    photo = Path(described.photos / "1" / "test" / "red" / "red-7.png")
    page.recorder.burst.record(source.give(Image.open(photo)))
    page.recorder.burst.record(to_qimage(Image.open(photo)))
    person.wait(lambda: page.newest.answers > 0)
    see_all(person)
    page.stop()


def test_windows_open_within_a_small_screen(qapp, sit, monkeypatch, tmp_path):
    """A screen of 1920 x 1080 at 200 % has 960 x 540 points, less a task bar."""
    QSettings().clear()  # where a window stood in a test before: Qt fits that to the screen that there is
    screen = QSize(960, 500)
    monkeypatch.setattr(QScreen, "availableSize", lambda _: screen)
    person = sit()
    person.context.create_project(tmp_path / "Small.spa")
    person.wait(lambda: person.context.contents is not None)
    person.window.show_settings()
    person.window.show_guide()
    AddSheet(person.context, [tmp_path], parent=person.window).open()
    person.rest()
    opened = [one for one in qapp.topLevelWidgets() if one.isVisible()]
    assert {"MainWindow", "GuideWindow", "SettingsDialog", "AddSheet"} <= {type(one).__name__ for one in opened}
    for one in opened:
        assert one.size().boundedTo(screen) == one.size(), type(one).__name__
    for one in person.window.findChildren(QDialog):
        one.reject()


def test_photos_are_large_enough_to_judge_where_an_answer_is_wrong(person, described: Learned):
    open_by_drop(person, described)
    page = person.go_to("explain")
    person.wait(page.card.isVisible)
    page.card._open()
    assert page.canvas.height() >= 176
    page = person.go_to("use")
    page.start([described.photos / "1"])
    person.rest()
    page.grid.select_row(3)
    person.wait(page.card.isVisible)
    page._correct_all("quince")
    person.wait(person.window.tray.isVisible)
    person.rest()
    page.banner("Said at the top of the page.")
    grid = page.grid

    def check() -> None:
        cell = grid.visualRect(grid.currentIndex())
        assert grid.viewport().rect().contains(cell)
        assert cell.width() <= grid.viewport().width() // 2, "another one stands beside it"

    person.qtbot.waitUntil(check)
    assert grid.height() < 280, "it has less room than before"
    see_all(person)


def test_descriptions_lie_over_each_other_nowhere_while_a_correction_waits(person, described: Learned, tmp_path):
    open_by_drop(person, described)
    draw_photo(tmp_path / "more.png", "violet", 7)
    person.context.run("", lambda bench, job: corrections.correct(bench, tmp_path / "more.png", class_name="quince"))
    person.wait(lambda: person.context.contents.corrections)
    page = person.go_to("descriptions")
    person.click(page.more)
    editor = page.editor
    person.rest()
    assert editor.strip.isVisible()

    def check() -> None:
        for view in (editor.strip, editor.phrases, editor.sentence):
            others = [one for one in editor.findChildren(QLabel) if one.isVisible() and not view.isAncestorOf(one)]
            room = QRect(view.mapTo(editor, QPoint()), view.size())
            on_it = [one.text() for one in others if room.intersects(QRect(one.mapTo(editor, QPoint()), one.size()))]
            assert on_it == []

    person.qtbot.waitUntil(check)
