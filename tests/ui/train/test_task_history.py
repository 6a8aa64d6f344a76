"""The list of the tasks that were learned."""

from dataclasses import replace

from PySide6.QtCore import Qt
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QStyleOptionViewItem

from spa_desktop.metrics import Accuracy
from spa_desktop.ui.style.theme import theme
from spa_desktop.ui.train.past_trainings import TaskHistory, learned_tasks
from spa_desktop.ui.widgets.words import counted, counted_on, local_time


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


def test_what_is_forgotten_is_the_mean_over_the_old_tasks_as_on_results(open_colours):
    contents = open_colours(tasks=3, trained=3).contents
    first, second, third = (str(task.id) for task in contents.tasks)
    documents = (
        {first: [10, 10]},
        {first: [8, 10], second: [2, 2]},
        {first: [9, 10], second: [1, 2], third: [3, 3]},  # as many photos are right in all: none by photos
    )
    stages = [
        replace(stage, document={"tasks": tasks, "classes": {"1": [1, 1], "2": [1, 1]}})
        for stage, tasks in zip(contents.evaluations, documents, strict=True)
    ]
    tasks = learned_tasks(replace(contents, evaluations=tuple(stages)))
    assert [task.forgotten for task in tasks] == [30.0, 20.0, None]
    # Corrections of the first task that were learned since: what the second left of it is not known any more.
    corrected = (replace(stages[0], id=stages[-1].id + 1), *stages[1:])
    tasks = learned_tasks(replace(contents, evaluations=corrected))
    assert [task.forgotten for task in tasks] == [None, None, None]
    # The first had no test photos before: nothing of it can be forgotten.
    unmeasured = (replace(stages[0], document={"tasks": {}, "classes": {"1": [1, 1], "2": [1, 1]}}), stages[1])
    assert learned_tasks(replace(contents, evaluations=unmeasured))[1].forgotten is None


def test_a_row_tells_of_one_model_where_corrections_of_its_task_were_learned_since(open_colours):
    contents = open_colours(tasks=2, trained=2).contents
    first, second = (str(task.id) for task in contents.tasks)
    before, then = contents.evaluations
    before = replace(before, document={"tasks": {first: [9, 9]}, "classes": {"1": [5, 5], "2": [4, 4]}})
    document = {"tasks": {first: [8, 9], second: [9, 9]}, "classes": {"1": [4, 5], "2": [4, 4], "3": [9, 9]}}
    now = replace(then, id=then.id + 1, learner_id=then.learner_id + 1, document=document)
    of_then = contents.trainings[-1].notes.accuracy

    def told(*stages, place=0):
        answered = frozenset(stage.learner_id for stage in stages if stage.answers)
        task = learned_tasks(replace(contents, evaluations=stages, answered=answered))[place]
        return task.accuracy, task.forgotten, task.is_of_now

    assert told(before, now) == (Accuracy(17, 18), 11.1111, True)
    assert told(before, replace(now, answers=0)) == (of_then, None, False), "what is lost now is no figure of then"
    # Those of the first task came after the second: they are not what the first task left.
    late = replace(before, id=now.id + 1, learner_id=now.learner_id + 1)
    assert told(late, now, place=1) == (contents.trainings[0].notes.accuracy, None, False)


def test_a_row_says_when_something_of_its_task_was_learned_last(open_colours, qtbot):
    contents, history = open_colours(tasks=2, trained=2).contents, TaskHistory()
    qtbot.addWidget(history)
    first = contents.trainings[0]
    notes = replace(first.notes, kind="corrected")
    late = replace(first, id=99, created="2031-05-06T07:08:09+00:00", notes=notes)
    history.show_contents(replace(contents, trainings=(*contents.trainings, late)), is_busy=False)
    untouched, corrected = (history.model.index(row, 2) for row in (0, 1))
    assert corrected.data() == local_time(late.created, is_day=True)
    assert corrected.data(Qt.ItemDataRole.ToolTipRole) == local_time(late.created)
    assert untouched.data(Qt.ItemDataRole.ToolTipRole) == local_time(contents.trainings[1].created)


def test_when_is_of_the_training_whose_accuracy_is_shown(open_colours, qtbot):
    contents, history = open_colours(tasks=2, trained=2).contents, TaskHistory()
    qtbot.addWidget(history)
    first = contents.trainings[0]
    notes = replace(first.notes, kind="corrected")
    late = replace(first, id=99, learner_id=99, created="2031-05-06T07:08:09+00:00", notes=notes)
    corrected = replace(contents.evaluations[0], id=99, learner_id=99, created=late.created)
    contents = replace(contents, trainings=(*contents.trainings, late))
    history.show_contents(replace(contents, evaluations=(contents.evaluations[1], corrected)), is_busy=False)
    when, right = (history.model.index(1, column) for column in (2, 3))
    assert right.data().startswith(counted(first.notes.accuracy)), "the correction came after the next task"
    assert when.data() == local_time(first.created, is_day=True)
    assert when.data(Qt.ItemDataRole.ToolTipRole) == local_time(first.created)


def test_one_old_task_of_few_test_photos_forgets_photos_as_on_results(open_colours, qtbot):
    contents, history = open_colours(tasks=2, trained=2).contents, TaskHistory()
    qtbot.addWidget(history)
    first, second = (str(task.id) for task in contents.tasks)
    for tests, forgotten in ((6, "1 of 6 photos"), (60, "1.7 points")):
        documents = {first: [tests, tests]}, {first: [tests - 1, tests], second: [2, 2]}
        stages = tuple(
            replace(stage, document={"tasks": tasks, "classes": {"1": [1, 1], "2": [1, 1]}})
            for stage, tasks in zip(contents.evaluations, documents, strict=True)
        )
        history.show_contents(replace(contents, evaluations=stages), is_busy=False)
        assert history.model.index(0, 4).data() == forgotten


def test_all_of_it_is_grey_while_a_training_is_at_work(open_colours, qtbot):
    contents, history = open_colours(tasks=2, trained=2).contents, TaskHistory()
    qtbot.addWidget(history)
    history.resize(800, 200)
    colours = []
    for is_busy in (False, True):
        history.show_contents(contents, is_busy=is_busy)
        history.show()
        option = QStyleOptionViewItem()
        history.table.initViewItemOption(option)
        row = [history.model.index(0, place) for place in range(history.model.columnCount())]
        colours.append(set())
        for index in row:
            cell = QStyleOptionViewItem(option)
            history.table.itemDelegate().initStyleOption(cell, index)
            colours[-1].add(cell.palette.color(QPalette.ColorGroup.Active, QPalette.ColorRole.Text).name())
    assert len(colours[0]) > 1
    assert colours[1] == {theme().color("faint").name()}
    assert not history.title.isEnabled()


def test_what_was_counted_on_other_photos_than_those_of_now_says_when(open_colours, qtbot):
    contents, history = open_colours(tasks=2, trained=2).contents, TaskHistory()
    qtbot.addWidget(history)
    uncounted = tuple(replace(stage, answers=0) for stage in contents.evaluations)
    for found in (contents, replace(contents, evaluations=uncounted, answered=frozenset())):
        history.show_contents(found, is_busy=False)
        (task, *_), then = history.model.rows, [] if found.answered else [counted_on(history.model.rows[0].when)]
        assert history.model.index(0, 3).data() == " · ".join([counted(task.accuracy), *then])
    assert history.model.headerData(3, Qt.Orientation.Horizontal) == "Right, all classes"
