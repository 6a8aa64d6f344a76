"""The Train page as a person uses it."""

import shutil
from dataclasses import replace
from functools import partial
from unittest.mock import Mock

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QSignalSpy

from spa_desktop.errors import SpaError
from spa_desktop.jobs import Cancelled
from spa_desktop.project.folders import add_classes
from spa_desktop.project.records import PhotoCounts
from spa_desktop.ui.shell.project_actions import EarlierVersions
from spa_desktop.ui.train.past_trainings import STAGES
from spa_desktop.ui.train.train_page import TrainPage
from spa_desktop.ui.widgets.class_list import ClassNode, TaskNode
from spa_desktop.ui.widgets.words import advice_words
from spa_desktop.workbench import class_changes, correction_learning, corrections, describing
from spa_desktop.workbench.open_project import OpenProject
from tests.ui.conftest import named, nameless
from tests.ui.mouse import click_item
from tests.workbench.tiny import draw_classes, draw_photo


def click(qtbot, button):
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def wait_until_learned(qtbot, page):
    qtbot.waitUntil(lambda: not page.queue)


def in_sight(part):
    return part.visibleRegion().contains(QPoint(0, 0))


def trainings(page):
    """What the trainings of the task that is shown learned, the newest first."""
    return [page.past.which.itemText(row).split(" · ")[0] for row in range(page.past.which.count())]


def tick(page, row, state):
    page.plan.model.setData(page.plan.model.index(row, 0), state, Qt.ItemDataRole.CheckStateRole)


@pytest.fixture
def learn(qtbot, settle):
    """``learn(page)`` presses Train, and waits until all is learned and shown."""

    def press(page):
        click(qtbot, page.train)
        wait_until_learned(qtbot, page)
        settle()

    return press


def test_what_is_asked_for_is_scrolled_to(qtbot, gate, open_colours, show_page, settle):
    """In a low window: the training that is started, and the one that a row of the history stands for."""
    open_colours(tasks=2, trained=1)
    page = show_page(TrainPage)
    settle()
    assert page.plan.tree.isColumnHidden(3), "nothing stands in it"
    page.resize(page.width(), 1000)
    assert page.plan.height() - page.plan.tree.geometry().bottom() == 1, "nothing is empty before what was learned"
    page.resize(page.width(), 400)
    for ask, part in ((partial(page.history.record_wanted.emit, 1), page.past), (page.train.click, page.run)):
        page.scroll_to(page.history)
        assert not in_sight(part)
        ask()
        qtbot.waitUntil(lambda part=part: in_sight(part))
    page.cancel_all()
    settle()


def test_what_is_learned_again_and_how_long_the_rest_takes_is_read_without_a_stop(open_colours, show_page):
    context = open_colours(tasks=1, trained=1)
    page, (task, *_) = show_page(TrainPage), context.contents.tasks
    red, green, _ = context.contents.classes
    parts = [ClassNode(record, PhotoCounts(train=4), state) for record, state in ((red, "more"), (green, "anew"))]
    page.plan.unencoded = {}
    page.plan.fill((TaskNode(task, tuple(parts)),), 3, dict.fromkeys(STAGES, 0.01))
    what = f"Learns more photos of {red.name}; {green.name} again, without the photos that are gone"
    assert not page.plan.tree.isColumnHidden(3)
    assert page.plan.summary.text() == f"{what} · 8 photos · about 5 s".replace("t 5 s", "t\xa05\xa0s")
    assert page.plan.memory.text().startswith("It keeps what it knows of the other classes")
    page.plan.fill((TaskNode(task, tuple(parts)),), 2, dict.fromkeys(STAGES, 0.01))
    assert not page.plan.memory.text(), "there is no other class"
    left = page.run.left
    left.setText("takes longer than expected")
    assert left.sizeHint().width() >= left.fontMetrics().horizontalAdvance(left.text()), "it stands in one line"


def test_photos_that_are_encoded_already_take_no_time_and_fill_the_page(open_colours, show_page, learn, finish, settle):
    context = open_colours(tasks=1, described=0)
    context.settings.update(rates={context.contents.meta.backbone: {**dict.fromkeys(STAGES, 0.01), "encode": 10.0}})
    page = show_page(TrainPage)
    settle()
    assert page.plan.summary.text().endswith("about\xa04\xa0min"), "18 photos to learn from and 9 to test with"
    learn(page)
    finish(lambda: context.run("", lambda bench, job: class_changes.forget_all(bench)))
    assert page.plan.isVisible()
    assert page.plan.summary.text().endswith("about\xa05\xa0s")
    learn(page)
    photos = context.workbench.project.photos(split="train")
    assert set(page.run.flow.passing.photos) >= {photo.sha256 for photo in photos}


def test_a_queue_of_tasks_is_learned_in_order(qtbot, open_colours, show_page, settle):
    context = open_colours(tasks=2)
    page = show_page(TrainPage)
    assert nameless(page) == []
    click(qtbot, page.train)
    assert nameless(page) == []
    assert page.waiting == ["Task 2"]
    assert "Task 1" in page.run.headline.text()
    assert "Task 2" in page.run.waiting.text()
    assert all(part.isVisible() for part in (page.run, page.stop, page.cancel))
    assert not any(part.isVisible() for part in (page.past, page.train))
    wait_until_learned(qtbot, page)
    assert nameless(page) == []
    assert [one.task.name for one in page.outcomes] == ["Task 1", "Task 2"]
    assert len(context.contents.learned_ids) == 5
    last = page.outcomes[-1]
    assert (last.learned, last.notes.photos, last.notes.tests) == (("amber", "violet"), 12, 15)
    versions = EarlierVersions(context, context.contents.path)
    qtbot.addWidget(versions)
    settle()
    said = [versions.model.index(row, 1).data() for row in range(versions.model.rowCount())]
    assert said == ["Learned blue, green, red. Learned amber, violet"], "one version for one press of Train"
    assert page.run.plot.points, "the worker's figures reached the plot"
    states = page.run.stages.states
    assert states["describe"] == "passed", "the texts were there"
    assert {states[stage] for stage in ("align", "learn", "check")} == {"done"}
    assert page.run.left.text() == "", "nothing is left of what is over"
    assert "Learning projectors" in page.run.log.toPlainText()
    settle()
    # What came of it stands there at once, and waits for nothing: each class before and after, what lost most first.
    outcome = page.past.outcome
    assert outcome.isVisible()
    assert not page.plan.isVisible()
    assert outcome.headline.text() == "Learned amber, violet"
    assert outcome.figure.text() == f"{last.notes.right} of 15"
    assert outcome.forgotten.text() == "This training forgot nothing of the old classes (their test photos: 9)."
    shown = {row[1].name for row in outcome.model.rows}
    if outcome.others.isVisible():
        click(qtbot, outcome.others)  # what is as before is folded
    rows = {row[1].name: row[0] for row in outcome.model.rows}
    assert set(rows) == {"amber", "violet", "blue", "green", "red"}
    assert {name for name, one in rows.items() if one.first != one.second} == shown
    assert {name for name, one in rows.items() if one.first is None} == {"amber", "violet"}
    assert sum(one.second for one in rows.values()) == last.notes.right
    asked = QSignalSpy(context.page_requested)
    click(qtbot, page.onward)
    is_right = last.notes.right == last.notes.tests
    assert page.onward.text() == ("Use it" if is_right else "See its mistakes")
    assert asked.at(0)[0] == ("use" if is_right else "results")
    assert "Task 2" in page.past.headline.text()
    assert not page.past.plot.isVisible(), "it is folded"
    click(qtbot, page.past.details.button)
    assert page.past.plot.isVisible()
    newest, oldest = page.history.model.rows
    assert (newest.name, oldest.name) == ("Task 2", "Task 1")
    assert newest.accuracy == last.notes.accuracy
    assert oldest.forgotten is None
    click_item(qtbot, page.history.table, page.history.model.index(1, 0))
    settle()
    assert [row[1].name for row in outcome.model.rows] == ["blue", "green", "red"]
    assert not outcome.forgotten.isVisible(), "there was nothing to forget"
    rates = context.settings.value.rates.get(context.contents.meta.backbone)
    assert set(rates) == set(STAGES) - {"describe"}, "the texts were there"
    assert sum(rates.values()) > 0
    assert page.undo.text() == "Undo “Task 2”"
    click(qtbot, page.undo)
    qtbot.waitUntil(lambda: len(page.history.model.rows) == 1)
    settle()


def test_stop_early_is_heard_at_once_and_keeps_what_is_learned(qtbot, gate, open_colours, show_page):
    context = open_colours(tasks=1)
    page = show_page(TrainPage)
    click(qtbot, page.train)
    qtbot.waitUntil(lambda: page.handle.state == "running")
    click(qtbot, page.stop)
    assert not page.stop.isEnabled()
    assert page.cancel.isEnabled()
    assert "Stopping early" in page.run.heard.text()
    gate.set()
    wait_until_learned(qtbot, page)
    assert context.contents.meta.backbone not in context.settings.value.rates, "the next is not as short"
    assert len(context.contents.learned_ids) == 3
    assert len(page.run.plot.points) == 1, "the gradient steps ended at the first"
    (task,) = page.history.model.rows
    assert task.learned.notes.stopped_early
    assert page.past.outcome.details.text().endswith(" · stopped early")


def test_after_a_failure_that_says_why_the_next_task_is_not_learned(qtbot, open_colours, show_page, photos, settle):
    """Task 2 could be learned, but its turn never comes: what is known after it would not be what was asked for."""
    context = open_colours(tasks=2, described=0)
    shutil.rmtree(photos / "1")
    page = show_page(TrainPage)
    click(qtbot, page.train)
    assert page.waiting == ["Task 2"]
    wait_until_learned(qtbot, page)
    settle()
    assert "Not learned: " in page.message_bar.text
    assert context.contents.learner is None
    assert not page.outcomes
    assert page.plan.isVisible()
    assert page.train.isEnabled()
    assert [one.task.name for one in page.plan.model.chosen] == ["Task 1", "Task 2"], "both can still be learned"


def test_what_was_unticked_stays_unticked_when_the_project_changes_but_not_in_another(
    qtbot, open_colours, open_project, show_page, learn, photos, tmp_path
):
    context = open_colours(tasks=2)
    page = show_page(TrainPage)

    def chosen() -> list[str]:
        return [one.task.name for one in page.plan.model.chosen]

    tick(page, 1, Qt.CheckState.Unchecked)
    red = context.contents.classes_of(context.contents.tasks[0].id)[-1]
    context.edit("rename", "a class", lambda tx: tx.rename_class(red.id, "crimson"))
    qtbot.waitUntil(lambda: page.plan.model.rows[0].classes[2].name == "crimson")
    assert chosen() == ["Task 1"]
    tick(page, 1, Qt.CheckState.Checked)
    tick(page, 0, Qt.CheckState.Unchecked)
    learn(page)
    assert [one.task.name for one in page.outcomes] == ["Task 2"]
    assert sorted(context.contents.class_(key).name for key in context.contents.learned_ids) == ["amber", "violet"]
    with OpenProject.create(tmp_path / "Other.spa") as bench:
        add_classes(bench.project, [photos / "2"], task="Other")
    open_project(tmp_path / "Other.spa")
    assert chosen() == ["Other"]


def test_what_was_to_be_learned_goes_with_its_project(
    qtbot, open_colours, open_project, make_project, show_page, gate, settle
):
    context = open_colours(tasks=2)
    page, failures = show_page(TrainPage), QSignalSpy(context.failure_shown)
    click(qtbot, page.train)
    assert page.waiting == ["Task 2"]
    context.close_project()
    assert (page.queue, page.handle) == ([], None)
    open_project(make_project())
    settle()
    assert page.train.isVisible()
    assert page.train.isEnabled()
    assert (page.message_bar.text, failures.count()) == ("", 0)


def test_why_a_project_that_is_read_only_cannot_be_trained(context, make_colours, show_page, qtbot):
    with qtbot.waitSignal(context.project_opened):
        context.open_project(make_colours(tasks=1), write=False)
    page = show_page(TrainPage)
    assert page.train.isVisible()
    assert not page.train.isEnabled()
    assert page.plan.texts.isVisible()
    assert page.plan.texts.text().startswith("Open for reading only. To train, ")


def test_undo_that_fails_or_is_cancelled_can_be_pressed_again_and_be_undone(
    qtbot, open_colours, show_page, settle, monkeypatch
):
    """Pressed twice, it takes one training back."""
    context = open_colours(tasks=2, trained=2)
    page = show_page(TrainPage)
    before = context.contents.learner
    said = QSignalSpy(context.banner_requested)
    for error in (SpaError("The disk is full"), Cancelled("It was cancelled")):
        with monkeypatch.context() as patch:
            patch.setattr(class_changes, "undo_training", Mock(side_effect=error))
            click(qtbot, page.undo)
            settle()
        assert [said.at(row)[0] for row in range(said.count())] == ["The disk is full"], "a cancelled one says nothing"
        assert context.contents.learner == before
    click(qtbot, page.undo)
    assert not page.undo.isEnabled()
    page.undo.clicked.emit()
    settle()
    assert [one.name for one in page.history.model.rows] == ["Task 1"]
    assert page.undo.isEnabled()
    assert context.undo.undo_text == "taking back the training of Task 2"
    told = QSignalSpy(context.undo.went_back)
    for act, number in ((context.undo.undo, 5), (context.undo.redo, 3)):
        act()
        settle()
        assert len(context.contents.learned_ids) == number
    what = "taking back the training of Task 2"
    assert [told.at(row) for row in range(told.count())] == [[what, False], [what, True]]


def test_details_of_learned_corrections_are_headed_so(open_colours, show_page, settle):
    context = open_colours(tasks=1, trained=1)
    page, bench = show_page(TrainPage), context.workbench
    photo, other = bench.project.photos(split="train")[0], bench.project.classes()[-1]

    def learn(project, job):
        corrections.correct(project, photo.id, class_id=other.id)
        correction_learning.learn_corrections(project, job)

    context.run("", learn)
    settle()
    assert trainings(page) == ["Corrections of blue, red", "Learned blue, green, red"]
    assert page.past.headline.text() == "How corrections were learned"
    page.past.which.setCurrentIndex(1)
    assert page.past.headline.text() == "How Task 1 was learned"


def test_a_changed_description_that_is_learned_beside_new_classes_is_named(
    qtbot, open_colours, show_page, learn, edit, settle
):
    context = open_colours(tasks=2, trained=1)
    page, red = show_page(TrainPage), named(context, "red")
    text = context.contents.descriptions[red.id]
    edit(lambda tx: tx.put_description(replace(text, sentence="a photo of something else", created="")))
    learn(page)
    assert [outcome.task.name for outcome in page.outcomes] == ["Task 1", "Task 2"]
    assert page.past.outcome.headline.text() == "Changed description of red. Learned amber, violet"
    click_item(qtbot, page.history.table, page.history.model.index(1, 0))
    settle()
    assert trainings(page) == ["Changed description of red", "Learned blue, green, red"]
    assert page.past.outcome.headline.text() == "Changed description of red"
    assert page.past.headline.text() == "How known classes of Task 1 were learned again"


def test_what_is_wrong_with_the_photos_is_said_before_and_leads_to_them(qtbot, open_project, show_page, tmp_path):
    path = tmp_path / "Few.spa"
    with OpenProject.create(path) as bench:
        add_classes(bench.project, [draw_classes(tmp_path / "one", ["red"], train=6)], task="First")
        add_classes(
            bench.project, [draw_classes(tmp_path / "two", ["blue"], train=1, test=0)], task="Second", test_share=0.0
        )
    context = open_project(path)
    page = show_page(TrainPage)
    advice = page.advice
    assert advice.isVisible()
    assert [one.kind for one in advice.advice] == ["one photo", "untested classes"]
    assert advice_words(advice.advice[0]).startswith("Only one photo to learn from: blue. ")
    asked = QSignalSpy(context.page_requested)
    click(qtbot, advice.buttons[0])
    blue = named(context, "blue").id
    assert asked.at(0) == ["classes", blue]
    assert nameless(page) == []
    chain, widget = [], page.plan.review
    while widget is not page.plan.tree:
        chain.append(widget)
        widget = widget.nextInFocusChain()
    assert [one for one in chain if one in advice.buttons] == advice.buttons, "Tab goes through them before the tasks"
    # What is not ticked is not learned, and of what is, there is something else to say.
    tick(page, 1, Qt.CheckState.Unchecked)
    assert [one.kind for one in advice.advice] == ["one class"]
    tick(page, 0, Qt.CheckState.Unchecked)
    assert not advice.isVisible()


def test_labels_that_may_be_wrong_are_named_before_and_after_and_looked_at(
    qtbot, open_project, show_page, learn, settle, tmp_path
):
    folder = draw_classes(tmp_path / "some", ["red", "green", "blue"], train=8, test=1)
    stray = draw_photo(folder / "train" / "red" / "stray.png", "green", 90)
    path = tmp_path / "Some.spa"
    with OpenProject.create(path) as bench:
        add_classes(bench.project, [folder])
        describing.describe(bench, "offline")  # encodes the photos
        photo = next(one for one in bench.project.photos() if one.name == stray.name)
    context = open_project(path)
    page = show_page(TrainPage)
    settle()
    picked = page.advice.doubted
    assert picked.sentence == "This label may be wrong: red → green"
    # Once it is learned, and the project is opened again, it is still there.
    learn(page)
    context.close_project()
    open_project(path)
    settle()
    assert page.advice.isVisible()
    picked = page.advice.doubted
    assert picked.sentence == "This label may be wrong: red → green"
    asked = QSignalSpy(context.page_requested)
    click(qtbot, page.advice.buttons[0])
    assert asked.at(0) == ["classes", picked]
    assert picked.photo_ids == (photo.id,)
    # Who says that the label is right is not asked again.
    context.run("", lambda bench, job: corrections.correct(bench, photo.id, "class", class_id=photo.class_id))
    settle()
    assert page.advice.doubted is None
    assert not page.advice.isVisible()
