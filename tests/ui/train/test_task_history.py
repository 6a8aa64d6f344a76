"""The list of the tasks that were learned."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from PySide6.QtCore import Qt

from spa_desktop.jobs import Job
from spa_desktop.metrics import Accuracy
from spa_desktop.photos.opening import hash_photo
from spa_desktop.project import Transaction
from spa_desktop.ui.shell.start_page import RecentRow, read_recent
from spa_desktop.ui.train.past_trainings import learned_tasks
from spa_desktop.ui.train.train_page import TrainPage
from tests.ui.conftest import named
from tests.workbench.tiny import draw_photo


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


def test_a_class_that_corrections_made_is_named_and_stands_above_what_stayed(
    open_colours, show_page, context, settle, tmp_path
):
    open_colours(tasks=2, trained=2)
    page = show_page(TrainPage)
    settle()
    outcome = page.past.outcome
    rows = [one.difference for one, _ in outcome.model.rows]
    assert rows == sorted(rows, key=lambda points: points is not None), "the new ones before those that stayed"
    assert rows.count(None) == 2
    files = [draw_photo(tmp_path / f"{number}.png", "violet", 70 + number) for number in range(3)]
    stray = context.workbench.project.photos(named(context, "red").id, split="train")[0]

    def correct(bench, job):
        for file in files:
            bench.correct(file, class_name="plum")
        bench.correct(stray.id, class_id=named(context, "green").id)

    context.run("", correct)
    settle()
    context.run("", lambda bench, job: bench.learn_corrections(job))
    settle()
    assert outcome.headline.text() == "Learned plum. Corrections of red, green"
    assert page.undo.text() == "Undo: learned plum. Corrections of red and 1 more"
    flow, learned = (
        page.past.flow,
        {photo.sha256 for photo in context.workbench.project.find_photos(map(hash_photo, files)).values()},
    )
    assert flow.caption.text() == "4 photos"
    assert set(flow.passing.photos) == learned | {stray.sha256}, "those of the classes that lost one were not learned"
    assert page.past.stages.states["describe"] == "passed"


def test_a_class_with_another_text_is_said_to_be_learned_again_beside_one_with_more_photos(
    open_colours, show_page, context, settle, tmp_path
):
    """It was said to have more photos."""
    open_colours(tasks=1, trained=1)
    page = show_page(TrainPage)
    settle()
    text = replace(context.contents.descriptions[named(context, "blue").id], sentence="a photo of a blue glass")
    draw_photo(tmp_path / "green" / "1.png", "green", 400)

    def work(bench, job):
        with bench.project.transaction("edit") as tx:
            tx.put_description(text)
        bench.add([tmp_path / "green"], top_up=True)
        bench.train(job)

    context.run("", work)
    settle()
    assert page.past.outcome.headline.text() == "More photos of green. Learned again: blue"


def test_a_class_that_lost_a_photo_to_another_is_not_said_to_have_more(
    open_colours, show_page, context, settle, learn_more
):
    open_colours(tasks=1, trained=1)
    page = show_page(TrainPage)
    stray = context.workbench.project.photos(named(context, "red").id, split="train")[0]
    context.edit("move", "", lambda tx: tx.move_photos([stray.id], named(context, "green").id))
    settle()
    learn_more()
    settle()
    assert page.past.outcome.headline.text() == "More photos of green. Learned again: red"
    assert page.undo.text() == "Undo: more photos of green. Learned again: red"


def test_the_headline_start_and_results_count_by_the_labels_of_now(open_colours, show_page, context, settle, edit):
    """Also where a label of a test photo is corrected; what cannot be counted again says of when it is."""
    contents = open_colours(tasks=2, trained=2).contents
    page = show_page(TrainPage)
    settle()

    def said() -> tuple[str, str]:
        (recent,) = read_recent((contents.path,), Job())
        return page.past.outcome.figure.text(), RecentRow(recent)._said()

    red, blue = (named(context, name).id for name in ("red", "blue"))
    project = context.workbench.project
    answers = {one.photo_id: one.class_ids[0] for one in project.answers(contents.learner.id)}
    mine = next(one.id for one in project.photos(red, split="test") if answers[one.id] == red)
    right = contents.trainings[-1].notes.right
    for move, expected in ((blue, right - 1), (red, right)):
        edit(lambda tx, move=move: tx.move_photos([mine], move))
        settle()
        results = context.workbench.evaluate()["counted"]["last"]
        figure, row = said()
        assert (figure, results["right"], results["photos"]) == (f"{expected} of 15", expected, 15)
        assert f"{expected} of 15 right" in row
        assert "counted on" not in row + page.past.outcome.details.text()
        assert learned_tasks(context.contents)[0].accuracy == Accuracy(expected, 15)
        assert "counted on" not in page.history.model.index(0, 3).data(Qt.ItemDataRole.ToolTipRole)
    with project.transaction("as in projects of early versions"):
        project._db.connection.execute("DELETE FROM answers")
    edit(lambda tx: tx.set_aside([mine]))
    settle()
    figure, row = said()
    assert figure == f"{right} of 15"
    assert "counted on" in row
    assert "counted on" in page.past.outcome.details.text()
    assert "counted on" in page.history.model.index(0, 3).data(Qt.ItemDataRole.ToolTipRole)


def test_all_of_a_result_is_seen_in_the_smallest_window(open_colours, show_page, settle, qtbot):
    """Its size is 900 x 600, the side bar included."""
    context = open_colours(tasks=2, trained=2)
    for name in ("amber", "violet"):
        item = named(context, name)
        context.edit("rename", "", partial(Transaction.rename_class, class_id=item.id, name=f"{name} love in the mist"))
    settle()
    contents, page = context.contents, show_page(TrainPage, width=690)
    settle()
    record = contents.trainings[-1]
    stopped = replace(record, notes=replace(record.notes, stopped_early=True, seconds=3900.0))
    page.past.show_records("A task of a long name", [stopped])
    details = page.past.outcome.details
    assert "stopped early" in details.text()
    qtbot.waitUntil(lambda: details.height() >= details.heightForWidth(details.width()))
    headline = page.past.outcome.headline

    def is_seen() -> bool:
        room, wraps = headline.contentsRect(), int(Qt.TextFlag.TextWordWrap)
        return headline.fontMetrics().boundingRect(room, wraps, headline.text()).height() <= room.height()

    assert "love in the mist" in headline.text()
    qtbot.waitUntil(is_seen)
    page.history.show_contents(replace(contents, trainings=(contents.trainings[0], stopped)), is_busy=False)
    table, metrics = page.history.table, page.history.table.fontMetrics()
    for place in (0, 2, 3, 4):
        texts = [table.model().index(row, place).data() for row in range(2)]
        assert max(map(metrics.horizontalAdvance, texts)) < table.columnWidth(place)
    assert "stopped early" in table.model().index(0, 2).data()
    assert table.columnWidth(1) > metrics.horizontalAdvance("red, green")
    picks = page.past.flow.picks
    assert picks.width() >= picks.sizeHint().width()
    page.run.resize(690, 300)
    page.run.show()
    assert page.run.plot.minimumHeight() >= 100
