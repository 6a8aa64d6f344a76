"""Questions to the model of which only the newest counts, and answers of a model that is gone."""

import threading

import pytest
from PySide6.QtTest import QSignalSpy

from spa_desktop.errors import SpaError
from spa_desktop.ui.photo.newest_query import Newest
from tests.ui.conftest import WAIT_MS


class Oracle:
    """Answers with the model that it was asked with, when it may."""

    def __init__(self) -> None:
        self.asked, self.may_answer, self.fails = threading.Event(), threading.Event(), False
        self.models: list[object] = []

    def __call__(self, recognizer: object, question: object) -> object:
        self.models.append(recognizer)
        self.asked.set()
        assert self.may_answer.wait(WAIT_MS / 1000)
        if self.fails:
            raise SpaError("no answer")
        return question


@pytest.fixture
def oracle():
    found = Oracle()
    yield found
    found.may_answer.set()


@pytest.fixture
def newest(open_colours, oracle) -> Newest:
    return Newest(open_colours(tasks=1, trained=1), oracle)


def wait_idle(qtbot, newest: Newest) -> None:
    qtbot.waitUntil(lambda: not newest.is_busy and not newest._context.background.operations)


@pytest.mark.parametrize("way", ["forget", "leave"])
@pytest.mark.parametrize("fails", [False, True])
def test_nothing_is_told_of_a_question_that_was_left_or_asked_of_a_model_that_is_gone(
    newest, oracle, qtbot, fails, way
):
    answered, failed = QSignalSpy(newest.answered), QSignalSpy(newest.failed)
    newest.ask("before")
    qtbot.waitUntil(oracle.asked.is_set)
    getattr(newest, way)()
    oracle.fails = fails
    oracle.may_answer.set()
    wait_idle(qtbot, newest)
    assert (answered.count(), failed.count()) == (0, 0)
    is_kept = way == "leave" and not fails
    assert newest.is_ready == is_kept, "the old model is not kept"
    oracle.fails = False
    newest.ask("afterwards")
    qtbot.waitUntil(lambda: answered.count() == 1)
    assert answered.at(0)[0] == "afterwards"
    assert (oracle.models[1] is oracle.models[0]) == is_kept


def test_questions_that_came_after_forgetting_are_answered_by_the_new_model_which_is_loaded_once(newest, oracle, qtbot):
    answered = QSignalSpy(newest.answered)
    newest.ask("old")
    qtbot.waitUntil(oracle.asked.is_set)
    newest.ask("dropped with the model")
    newest.forget()
    newest.ask("new")
    oracle.may_answer.set()
    qtbot.waitUntil(lambda: answered.count() == 1)
    newest.ask("another")
    qtbot.waitUntil(lambda: answered.count() == 2)
    wait_idle(qtbot, newest)
    assert [answered.at(row)[0] for row in range(answered.count())] == ["new", "another"]
    old, new, again = oracle.models
    assert new is again is not old
