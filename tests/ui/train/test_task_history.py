"""The list of the tasks that were learned."""

from dataclasses import replace

from PySide6.QtCore import Qt

from spa_desktop.ui.train.past_trainings import TaskHistory, learned_tasks
from spa_desktop.ui.widgets.words import counted, counted_on


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


def test_what_was_counted_on_other_photos_than_those_of_now_says_when(open_colours, qtbot):
    contents, history = open_colours(tasks=2, trained=2).contents, TaskHistory()
    qtbot.addWidget(history)
    for answered in (contents.answered, frozenset()):
        history.show_contents(replace(contents, answered=answered), is_busy=False)
        (task, *_), then = history.model.rows, [] if answered else [counted_on(history.model.rows[0].when)]
        assert history.model.index(0, 3).data() == " · ".join([counted(task.accuracy), *then])
    assert history.model.headerData(3, Qt.Orientation.Horizontal) == "Right of test photos now"
