"""Closing the window in the middle of things: it asks, and waits, or cancels, and leaves an intact file behind."""

import pytest
from PIL import Image
from PySide6.QtCore import Qt

from spa_desktop.ui.widgets.class_list import ClassNode
from spa_desktop.workbench import recognition
from spa_desktop.workbench.open_project import OpenProject
from tests.ui.conftest import Gate, questions
from tests.ui.live.films import write_film
from tests.ui.story.conftest import Learned, open_by_drop
from tests.ui.story.person import CTRL, Person
from tests.ui.story.test_failing import ask_openai, say_yes


def train_until(person: Person, gate: Gate) -> None:
    person.click(person.go_to("train").train)
    person.wait(gate.reached.is_set)


def close_window(person: Person) -> None:
    person.press(Qt.Key.Key_Q, CTRL)
    person.wait(lambda: person.window.leaving.box is not None and person.window.leaving.box.isVisible())
    assert "Learning Task 2" in person.window.leaving.box.text()


@pytest.mark.parametrize("answer", ["Keep working", "Escape", "too late", "Quit when finished"])
def test_who_stays_finds_the_focus_where_it_was(answer, sit, described: Learned, hold):
    """Where what had it is gone meanwhile, the page has it: a page key leads into the page, and not the side bar."""
    person = open_by_drop(sit(), described)
    gate = hold("Learning projectors", 3)
    train_until(person, gate)
    page, status = person.go_to("classes"), person.window.status
    before = status.shown.cancel if answer == "too late" else page.finder.search
    person.focus(before)
    close_window(person)
    if answer in ("Keep working", "Quit when finished"):
        person.click(next(one for one in person.window.leaving.box.buttons() if one.text() == answer))
        if answer == "Quit when finished":
            person.click(status.stay)
    else:
        if answer == "too late":
            gate.open()
            person.wait(lambda: status.shown is None)
            person.rest()
            box, answers = person.window.leaving.box, person.window.leaving.answers
            person.wait(box.isVisible)
            assert (box.windowTitle(), box.text(), list(answers)) == ("Finished", "It is finished now.", ["Quit now"])
            assert box.defaultButton().text() == "Keep working", "Enter changes nothing"
        person.press(Qt.Key.Key_Escape)
    person.window.activateWindow()
    person.wait(person.window.isActiveWindow)
    assert person.window.focusWidget() is (page if answer in ("too late", "Quit when finished") else before)
    person.press(Qt.Key.Key_4, CTRL)
    assert person.page.isAncestorOf(person.window.focusWidget())
    gate.open()
    person.rest()
    assert person.window.isVisible()


def wait_until_closed(person: Person) -> None:
    person.wait(lambda: not person.window.isVisible())
    person.leave()


def test_waiting_is_said_in_the_window_which_can_be_kept_open_and_learns_first_and_closes_then(
    sit, described: Learned, hold
):
    person = open_by_drop(sit(), described)
    gate = hold("Learning projectors", 3)
    train_until(person, gate)
    status = person.window.status
    close_window(person)
    person.click(person.window.leaving.answers["Quit when finished"])
    assert status.leaving.isVisible()
    assert status.leaving.text() == "Quits when this is finished"
    person.click(status.stay)
    assert not any(part.isVisible() for part in (status.leaving, status.stay))
    close_window(person)
    person.click(person.window.leaving.answers["Quit when finished"])
    assert person.window.isVisible()
    gate.open()
    wait_until_closed(person)
    with OpenProject.open(described.path) as bench:
        assert recognition.check(bench).is_valid
        assert len(bench.project.learner_info().class_ids) == 5


def test_cancelling_closes_at_once_and_leaves_the_model_alone(sit, described: Learned, hold):
    before, person = described.path.read_bytes(), open_by_drop(sit(), described)
    gate = hold("Saving")
    train_until(person, gate)
    close_window(person)
    person.click(person.window.leaving.answers["Quit now"])
    gate.open()
    wait_until_closed(person)
    assert described.path.read_bytes() == before
    assert [file.name for file in described.path.parent.glob("Colours.spa*")] == ["Colours.spa"]


def test_an_edit_that_waits_for_the_training_is_not_lost_with_it(sit, described: Learned, hold):
    person = open_by_drop(sit(), described)
    gate = hold("Learning projectors")
    train_until(person, gate)
    page = person.go_to("classes")
    red = next(one for one in page.tree_model.tasks[0].classes if one.name == "red")
    page.tree_model.setData(page.tree_model.index_of((ClassNode, red.id)), "crimson")
    close_window(person)
    person.click(person.window.leaving.answers["Quit now"])
    gate.open()
    wait_until_closed(person)
    with OpenProject.open(described.path) as bench:
        assert bench.project.class_(red.id).name == "crimson"
        assert len(bench.project.learner_info().class_ids) == 3


@pytest.mark.parametrize("key", [Qt.Key.Key_Q, Qt.Key.Key_W])
def test_what_is_being_typed_is_kept(key, sit, described: Learned):
    person = open_by_drop(sit(), described)
    page = person.go_to("descriptions")
    person.rest()
    class_id = page.classes.class_id
    person.click(page.more)
    person.focus(page.editor.sentence)
    person.press(Qt.Key.Key_End, CTRL)
    person.type(" And more of it.")
    person.press(key, CTRL)
    person.wait(lambda: person.context.contents is None or not person.window.isVisible())
    person.leave()
    with OpenProject.open(described.path) as bench:
        assert bench.project.description(class_id).sentence.endswith(" And more of it.")


def test_a_film_that_runs_ends_with_the_window(sit, learned: Learned, tmp_path):
    pytest.importorskip("PySide6.QtMultimedia", exc_type=ImportError)
    person = open_by_drop(sit(), learned)
    page = person.go_to("live")
    red = Image.open(learned.photos / "1" / "test" / "red" / "red-7.png").resize((96, 64))
    assert person.drop(page, [write_film(tmp_path / "film.avi", [red] * 25)])
    person.wait(lambda: page.newest.answers >= 2)
    person.press(Qt.Key.Key_Q, CTRL)
    person.wait(lambda: page.source is None or not page.isVisible())
    person.wait(lambda: not person.context.background.operations)
    assert not page.newest.is_busy
    person.leave()
    with OpenProject.open(learned.path) as bench:
        assert recognition.check(bench).is_valid


def test_a_service_that_keeps_silent_does_not_keep_the_window_open(sit, with_second_task: Learned, service):
    service.script("chat", *[{"delay": 60}] * 4)
    person = open_by_drop(sit(), with_second_task)
    ask_openai(person, service.url)
    say_yes(person)
    person.wait(service.asked)
    person.press(Qt.Key.Key_Q, CTRL)
    person.wait(lambda: person.window.leaving.box is not None)
    person.click(person.window.leaving.answers["Quit now"])
    wait_until_closed(person)
    assert not questions()
    with OpenProject.open(with_second_task.path) as bench:
        assert recognition.check(bench).is_valid
