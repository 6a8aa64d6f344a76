"""The list of the tasks that were learned."""

from __future__ import annotations

from dataclasses import replace

from spa_desktop.ui.train.past_trainings import learned_tasks


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
