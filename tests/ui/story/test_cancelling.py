"""Cancelled, work ends without a trace: it is heard at once, and the model answers as it did.

That it does so at every stage of every verb is tested in tests/workbench/test_stopping.py, without a window.
"""

import re
import threading

import pytest
from PySide6.QtCore import Qt

from spa_desktop.ui.classes import import_sheet as sheet_module
from spa_desktop.workbench import recognition
from spa_desktop.workbench.open_project import OpenProject
from tests.ui.conftest import WAIT_MS, Gate
from tests.ui.story.conftest import Learned, open_by_drop
from tests.ui.story.person import Person


@pytest.fixture
def person_with_more(sit, with_second_task: Learned) -> Person:
    """The same, with a second task that was added."""
    return open_by_drop(sit(), with_second_task)


def cancel_in_the_status_bar(person: Person, gate: Gate) -> None:
    """Press Cancel in the status bar while the worker is held: it is heard at once, and then it ends."""
    person.wait(gate.reached.is_set)
    strip = person.window.status
    person.wait(lambda: strip.shown is not None and strip.shown.isVisible())
    person.click(strip.shown.cancel)
    assert not strip.shown.cancel.isEnabled()
    assert strip.shown._text.text().startswith("Cancelling: ")
    gate.open()
    person.rest()
    assert strip.shown is None


def assert_nothing_happened(person: Person, learned: Learned, before: bytes) -> None:
    """The file, with the model in it, is as it was."""
    assert learned.path.read_bytes() == before
    person.context.close_project()
    with OpenProject.open(learned.path) as bench:  # and it can be written to
        assert recognition.check(bench).is_valid


def test_cancel_an_import(person, learned, hold):
    before = learned.path.read_bytes()
    page = person.page
    assert person.drop(page, [learned.photos / "2"])
    person.rest()
    gate = hold("Reading photos", 7)
    person.click(page.adding.sheet.add)
    cancel_in_the_status_bar(person, gate)
    assert person.message == "Cancelled. Nothing was added."
    assert len(person.context.contents.classes) == 3
    assert_nothing_happened(person, learned, before)


def test_cancel_while_folders_are_looked_into(person, learned, monkeypatch):
    entered, may_go_on = threading.Event(), threading.Event()
    find = sheet_module.find_dropped

    def slow(*about):
        entered.set()
        assert may_go_on.wait(WAIT_MS / 1000)
        return find(*about)

    monkeypatch.setattr(sheet_module, "find_dropped", slow)
    before = learned.path.read_bytes()
    assert person.drop(person.page, [learned.photos / "2"])
    person.wait(entered.is_set)
    sheet = person.page.adding.sheet
    assert not sheet.add.isEnabled()
    person.click(sheet.cancel)
    assert not sheet.isVisible()
    may_go_on.set()
    person.rest()
    assert_nothing_happened(person, learned, before)


def test_cancel_a_description(person_with_more, with_second_task, hold):
    person, learned = person_with_more, with_second_task
    before = learned.path.read_bytes()
    page = person.go_to("descriptions")
    gate = hold("Describing classes", 1)
    person.click(page.write)
    person.wait(gate.reached.is_set)
    person.click(page.cancel)
    assert page.cancel.text() == "Cancelling..."
    assert not page.cancel.isEnabled()
    gate.open()
    person.rest()
    assert person.message == "Cancelled. The descriptions are as they were."
    assert page.write.text() == "Write 2 missing"
    assert page.write.isEnabled()
    assert_nothing_happened(person, learned, before)


def test_a_text_that_was_written_before_the_training_was_cancelled_is_kept(person_with_more, hold):
    """Classes without a text are described first. That is finished then, and would only have to be done again."""
    person, project = person_with_more, person_with_more.context.workbench.project
    before = project.learner().blob
    cancel_the_training(person, hold("Measuring photos"))
    assert len(person.context.contents.descriptions) == 5
    assert project.learner().blob == before
    assert recognition.check(person.context.workbench).is_valid


def cancel_the_training(person: Person, gate: Gate) -> None:
    page = person.go_to("train")
    person.click(page.train)
    person.wait(gate.reached.is_set)
    person.click(page.cancel)
    assert page.cancel.text() == "Cancelling..."
    assert "Cancelling" in page.run.heard.text()
    gate.open()
    person.rest()
    assert person.message == "Cancelled. The model is as it was."
    assert page.plan.isVisible()
    assert page.train.isEnabled()


def test_the_status_bar_counts_the_steps_of_a_training(person_with_more, hold):
    person, gate = person_with_more, hold("Encoding photos", 2)
    person.click(person.go_to("train").train)
    # Progress is throttled: which of the two steps is shown is left to it.
    person.wait(lambda: re.search("Encoding photos [12] of 12", person.window.status.shown._text.text()))
    gate.open()
    person.rest()


def test_cancel_the_loading_of_the_model(person, learned, hold):
    """The page that wanted it says so, and the next photo asks for it again."""
    gate = hold("Loading the backbone")
    person.click(person.window.side_bar.buttons["explain"])
    cancel_in_the_status_bar(person, gate)
    page = person.page
    assert page.canvas.message.startswith("Cancelled.")
    assert page.shown_answer is None
    person.focus(page.canvas)
    person.press(Qt.Key.Key_Right)
    person.wait(lambda: page.shown_answer is not None)
    person.rest()
