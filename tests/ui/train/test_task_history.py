"""The list of the tasks that were learned, with many of them."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtWidgets import QPushButton

from spa_desktop.metrics import Accuracy
from spa_desktop.ui.train import after_training
from spa_desktop.ui.train.after_training import LearnedTask, TaskHistory, learned_tasks
from spa_desktop.ui.train.train_page import TrainPage

WHEN = "2026-01-01T10:00:00.000"


@pytest.fixture
def many(monkeypatch):
    """A hundred tasks, and the list that shows them; `many.show(is_busy=...)`."""
    tasks = tuple(
        LearnedTask(
            number,
            f"Task {number}",
            ("a", "b"),
            WHEN,
            5.0,
            Accuracy(9, 10),
            1.0,
            (object(),),
        )
        for number in range(100)
    )
    monkeypatch.setattr(after_training, "learned_tasks", lambda contents: tasks)
    return tasks


class Contents:
    is_writable = True


def test_a_hundred_tasks_come_some_at_a_time_and_all_in_the_end(many, qtbot):
    history = TaskHistory()
    qtbot.addWidget(history)
    history.show_contents(Contents(), is_busy=True)
    made = len(history.details)
    assert 4 < made < 40, "those in sight are there at once, the others do not keep the window waiting"
    for is_busy in (False, True):  # it is filled again meanwhile
        history.show_contents(Contents(), is_busy=is_busy)
    qtbot.waitUntil(lambda: len(history.details) == 100)
    assert list(history.details) == [task.task_id for task in many]
    assert not any(button.isEnabled() for button in history.details.values())
    history.show_contents(Contents(), is_busy=False)
    qtbot.waitUntil(lambda: len(history.details) == 100)
    assert all(button.isEnabled() for button in history.details.values())
    shown = [one for one in history._scroll.widget().findChildren(QPushButton) if one.text() == "How it went"]
    assert len(shown) == 100


def test_a_task_without_notes_says_what_was_measured_after_it(open_colours):
    contents = open_colours(tasks=2, trained=2).contents
    without = replace(contents, trainings=())
    noted, measured = learned_tasks(contents), learned_tasks(without)
    assert [one.name for one in measured] == ["Task 2", "Task 1"]
    assert [(one.accuracy, one.forgotten) for one in measured] == [(one.accuracy, one.forgotten) for one in noted]
    assert measured[0].forgotten is not None
    assert (measured[0].records, bool(measured[0].when)) == ((), True)
    # Also of classes that are forgotten since.
    first = [one.id for one in contents.classes if one.task_id == contents.tasks[0].id]
    learner = replace(contents.learner, class_ids=[one for one in contents.learner.class_ids if one not in first[1:]])
    for found in (contents, without):
        assert learned_tasks(replace(found, learner=learner))[-1].accuracy == learned_tasks(found)[-1].accuracy


def test_what_earlier_versions_measured_of_one_class_alone_is_said_nowhere(open_colours, show_page):
    contents = open_colours(tasks=1, trained=1).contents
    (stage,), (record,) = contents.evaluations, contents.trainings
    alone = contents.learner.class_ids[:1]
    document = {**stage.document, "classes": {str(alone[0]): [5, 5]}, "tasks": {str(record.task_id): [5, 5]}}
    old = replace(
        contents,
        learner=replace(contents.learner, class_ids=alone),
        evaluations=(replace(stage, document=document),),
        trainings=(replace(record, notes=replace(record.notes, right=5, tests=5)),),
    )
    page = show_page(TrainPage)
    for found, is_told in ((old, False), (contents, True)):
        (task,) = learned_tasks(found)
        page.past.show_records(task.name, task.records)
        assert bool(task.accuracy.photos) == ("right" in page.past.outcome.details.text()) == is_told


def test_a_result_that_stands_has_the_names_of_today(open_colours, show_page, context, settle):
    open_colours(tasks=2, trained=2)
    page = show_page(TrainPage)
    settle()
    _, record = page.past.outcome.model.rows[0]
    context.edit("Rename", "", lambda tx: tx.rename_class(record.id, "plum"))
    settle()
    assert "plum" in {one.name for _, one in page.past.outcome.model.rows}
