"""The line in which a class is chosen, or a new name is given."""

import pytest
from PySide6.QtCore import Qt

from spa_desktop.ui.widgets.forms import ClassPicker

Key = Qt.Key
IDS = {"Tea pot": 1, "tea": 2, "lamp": 3, "Wine glass": None}


@pytest.fixture
def picker(qtbot):
    made = ClassPicker("What it is")
    qtbot.addWidget(made)
    made.offer(IDS)
    made.show()
    return made


@pytest.mark.parametrize(
    ("typed", "keys", "given"),
    [
        ("POT", (Key.Key_Return,), "POT"),  # a part of a name is not guessed to be meant
        ("POT", (Key.Key_Tab, Key.Key_Return), 1),
        ("tea_pot", (Key.Key_Return,), 1),  # the same name
        ("tea", (Key.Key_Return,), 2),  # the very name, though another has it as a part
        ("a", (Key.Key_Tab, Key.Key_Return), 3),  # the first of several
        ("LAMP", (Key.Key_Return,), 3),  # no second class of the same name
        ("glass", (Key.Key_Tab, Key.Key_Return), "Wine glass"),  # it is to be made
        ("  sun  hat ", (Key.Key_Return,), "sun hat"),
    ],
)
def test_enter_takes_what_is_typed_and_tab_what_is_proposed(picker, qtbot, typed, keys, given):
    said = []
    picker.given.connect(said.append)
    qtbot.keyClicks(picker, typed)
    for key in keys:
        qtbot.keyClick(picker, key)
    assert said == [given]
    assert not picker.popup.isVisible()
    assert picker.text() == {1: "Tea pot", 2: "tea", 3: "lamp"}.get(given, given)


def test_tab_changes_no_name_that_is_typed_in_full(picker, qtbot):
    picker.offer({"desk lamp": 1, "lamp": 2})
    qtbot.keyClicks(picker, "lamp")
    qtbot.keyClick(picker, Key.Key_Tab)
    assert picker.text() == "lamp"


def test_all_are_listed_for_the_mouse_or_the_arrow_while_the_line_holds_no_part_of_a_name(picker, qtbot):
    for text, count in (("", 4), ("lamp", 4), ("lam", 0)):
        for ask in (
            lambda: qtbot.mouseClick(picker, Qt.MouseButton.LeftButton),
            lambda: qtbot.keyClick(picker, Key.Key_Down),
        ):
            picker.setText(text)
            ask()
            assert picker.popup.isVisible() == bool(count)
            assert not count or picker.popup.model().rowCount() == count
            picker.popup.hide()
    picker.forget()
    qtbot.mouseClick(picker, Qt.MouseButton.LeftButton)
    with qtbot.waitSignal(picker.given) as given:
        where = picker.popup.visualRect(picker.popup.model().index(1, 0)).center()
        qtbot.mouseClick(picker.popup.viewport(), Qt.MouseButton.LeftButton, pos=where)
    assert (given.args, picker.text()) == ([2], "tea")


def test_long_names_are_not_cut_in_the_list_which_stays_on_the_screen(picker, qtbot):
    name = "Greater one-horned rhinoceros of the northern plains"
    screen = picker.screen().availableGeometry()
    picker.setGeometry(screen.right() - 120, screen.top(), 120, 32)
    picker.offer({name: 1, "lamp": 2})
    qtbot.keyClicks(picker, "rhino")
    qtbot.waitUntil(picker.popup.isVisible)
    index = picker.popup.model().index(0, 0)
    assert picker.popup.sizeHintForIndex(index).width() <= picker.popup.viewport().width()
    assert screen.contains(picker.popup.geometry())
    picker.offer({name * 20: 1})
    assert picker.popup.minimumWidth() == screen.width()


def test_a_class_in_the_line_keeps_its_name_of_now_and_escape_empties_it(picker, qtbot):
    picker.setText("lamp")
    picker.offer({"light": 3, "tea": 2})
    assert picker.text() == "light"
    qtbot.keyClick(picker, Key.Key_Escape)
    assert picker.text() == ""
