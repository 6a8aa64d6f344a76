"""The line in which a class is chosen, or a new name is given."""

import pytest
from PySide6.QtCore import Qt

from spa_desktop.ui.widgets.forms import ClassPicker

Key, CTRL, NONE = Qt.Key, Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.NoModifier
IDS = {"Tea pot": 1, "tea": 2, "lamp": 3, "Wine glass": None}


@pytest.fixture
def picker(qtbot):
    made = ClassPicker("What it is")
    qtbot.addWidget(made)
    made.offer(IDS)
    made.show()
    return made


@pytest.mark.parametrize(
    ("typed", "held", "given"),
    [
        ("POT", NONE, 1),  # a part of it, in any case
        ("tea_pot", NONE, 1),  # the same name
        ("tea", NONE, 2),  # the very name, though another has it as a part
        ("a", NONE, None),  # which of several is not guessed
        ("a", CTRL, "a"),
        ("LAMP", CTRL, 3),  # no second class of the same name
        ("glass", NONE, "Wine glass"),  # it is to be made
        ("  sun  hat ", NONE, "sun hat"),
    ],
)
def test_enter_gives_the_class_that_is_meant_or_a_new_name(picker, qtbot, typed, held, given):
    said = []
    picker.given.connect(said.append)
    qtbot.keyClicks(picker, typed)
    qtbot.keyClick(picker, Key.Key_Return, held)
    assert said == ([] if given is None else [given])
    assert picker.popup.isVisible() == (given is None)
    assert picker.text() == {1: "Tea pot", 2: "tea", 3: "lamp", None: typed}.get(given, given)


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


def test_a_class_in_the_line_keeps_its_name_of_now_and_escape_empties_it(picker, qtbot):
    picker.setText("lamp")
    picker.offer({"light": 3, "tea": 2})
    assert picker.text() == "light"
    qtbot.keyClick(picker, Key.Key_Escape)
    assert picker.text() == ""
