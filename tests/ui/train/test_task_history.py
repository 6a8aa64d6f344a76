"""The list of the tasks that were learned."""

from __future__ import annotations

from dataclasses import replace

from spa_desktop.ui.train.after_training import learned_tasks
from spa_desktop.ui.train.train_page import TrainPage


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
