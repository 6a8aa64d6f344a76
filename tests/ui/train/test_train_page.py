"""The Train page as a person uses it."""

from __future__ import annotations

import shutil
from unittest.mock import Mock

import pytest
from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtTest import QSignalSpy

from spa_desktop.errors import SpaError
from spa_desktop.jobs import Cancelled
from spa_desktop.ui.descriptions.descriptions_page import DescriptionsPage
from spa_desktop.ui.shell.main_window import StatusStrip
from spa_desktop.ui.shell.side_bar import NextStep, SideBar, next_step
from spa_desktop.ui.train.past_trainings import STAGES, stage_title
from spa_desktop.ui.train.train_page import TrainPage
from spa_desktop.ui.widgets.words import advice_words
from spa_desktop.workbench import Workbench
from tests.ui.conftest import named, nameless
from tests.ui.mouse import click_item
from tests.workbench.tiny import draw_classes, draw_photo


def click(qtbot, button):
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def wait_until_learned(qtbot, page):
    qtbot.waitUntil(lambda: not page.queue)


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


def test_it_says_what_will_be_learned_and_names_unapproved_texts(qtbot, open_colours, show_page):
    context = open_colours(tasks=2, described=1)
    red = named(context, "red")
    context.edit("approve", red.name, lambda tx: tx.approve_descriptions([red.id]))
    qtbot.waitUntil(lambda: context.contents.is_approved(red.id))
    page = show_page(TrainPage)
    assert "5 new classes" in page.plan.summary.text()
    assert "30 photos" in page.plan.summary.text()
    lines = page.plan.texts.text().splitlines()
    assert lines[0].endswith("blue, green")
    assert "amber" in lines[1]
    assert "violet" in lines[1]
    assert "offline" in lines[1]
    assert not page.advice.isVisible(), "the photos are as they should be"
    assert page.train.text() == "Train 2 tasks"
    tick(page, 1, Qt.CheckState.Unchecked)
    assert page.train.text() == "Train"
    assert "3 new classes" in page.plan.summary.text()
    assert "18 photos" in page.plan.summary.text()
    tick(page, 0, Qt.CheckState.Unchecked)
    assert not page.train.isEnabled()
    # A class leads to its description.
    tick(page, 0, Qt.CheckState.Checked)
    asked = QSignalSpy(context.page_requested)
    index = page.plan.model.index(0, 0, page.plan.model.index(0, 0))
    page.plan.tree.setCurrentIndex(index)
    page.plan.tree.activated.emit(index)
    assert asked.at(0) == ["descriptions", context.contents.classes[0].id]
    click(qtbot, page.plan.review)
    assert asked.at(1)[0] == "descriptions"


def test_a_queue_of_tasks_is_learned_in_order(qtbot, open_colours, show_page, settle):
    context = open_colours(tasks=2)
    page = show_page(TrainPage)
    assert nameless(page) == []
    click(qtbot, page.train)
    assert nameless(page) == []
    assert page.waiting == ["Task 2"]
    assert page.run.isVisible()
    assert not page.past.isVisible()
    assert "Task 1" in page.run.headline.text()
    assert "Task 2" in page.run.waiting.text()
    assert page.stop.isVisible()
    assert page.cancel.isVisible()
    assert not page.train.isVisible()
    wait_until_learned(qtbot, page)
    assert nameless(page) == []
    assert [one.task.name for one in page.outcomes] == ["Task 1", "Task 2"]
    assert len(context.contents.learned_ids) == 5
    last = page.outcomes[-1]
    assert last.learned == ("amber", "violet")
    assert last.notes.photos == 12
    assert last.notes.tests == 15
    assert page.run.plot.points, "the worker's figures reached the plot"
    states = page.run.stages.states
    assert {stage: states[stage] for stage in ("describe", "align", "learn", "check")} == {
        "describe": "passed",  # the texts were there
        **dict.fromkeys(("align", "learn", "check"), "done"),
    }
    assert page.run.left.text() == "", "nothing is left of what is over"
    assert "Learning projectors" in page.run.log.toPlainText()
    settle()
    # What came of it stands there at once, and waits for nothing: each class before and after, what lost most first.
    outcome = page.past.outcome
    assert outcome.isVisible()
    assert not page.train.isVisible()
    assert outcome.headline.text() == "Learned amber, violet"
    assert outcome.figure.text() == f"{last.notes.right} of 15"
    rows = {row[1].name: row[0] for row in outcome.model.rows}
    assert set(rows) == {"amber", "violet", "blue", "green", "red"}
    assert {name for name, one in rows.items() if one.first is None} == {"amber", "violet"}
    assert sum(one.second for one in rows.values()) == last.notes.right
    lost = [min(one.difference, 0.0) for one in rows.values() if one.difference is not None]
    assert lost == sorted(lost), "what lost most comes first"
    assert not page.plan.isVisible()
    assert "Task 2" in page.past.headline.text()
    assert not page.past.fold.isVisible(), "nothing was said that would be worth a log"
    page.past.fold.show()
    assert not page.past.log.isVisible(), "it is folded"
    click(qtbot, page.past.fold.button)
    line = page.past.log.fontMetrics().lineSpacing()
    qtbot.waitUntil(lambda: page.past.log.height() >= 4 * line)
    assert page.undo.text() == "Undo Task 2"
    newest, oldest = page.history.model.rows
    assert (newest.name, oldest.name) == ("Task 2", "Task 1")
    assert newest.accuracy == last.notes.accuracy
    assert oldest.forgotten is None
    assert newest.seconds is not None
    click_item(qtbot, page.history.table, page.history.model.index(1, 0))
    settle()
    assert [row[1].name for row in outcome.model.rows] == ["blue", "green", "red"]
    assert not outcome.forgotten.isVisible(), "there was nothing to forget"
    rates = context.settings.value.rates.get(context.contents.meta.backbone)
    assert set(rates) == set(STAGES)
    assert sum(rates.values()) > 0
    click(qtbot, page.undo)
    qtbot.waitUntil(lambda: len(page.history.model.rows) == 1)
    settle()


def test_undo_this_task_goes_back_to_the_model_before(qtbot, open_colours, show_page, settle, learn):
    context = open_colours(tasks=2, trained=1)
    before = context.contents.learner
    page = show_page(TrainPage)
    assert page.plan.isVisible()
    assert "Task 1" in page.past.headline.text(), "the last result stands beside what is to come"
    assert page.past.isVisible()
    learn(page)
    assert context.contents.learner.id != before.id
    assert page.undo.text() == "Undo Task 2"
    click(qtbot, page.undo)
    qtbot.waitUntil(lambda: context.contents.learner.id == before.id)
    settle()
    assert page.plan.isVisible()
    assert [one.task.name for one in page.plan.model.chosen] == ["Task 2"]
    assert "Undone: Task 2. " in page.message_bar.text
    assert context.undo.redo_text == "train Task 2"
    context.undo.redo()
    qtbot.waitUntil(lambda: "Task 2" in context.undo.undo_text)
    settle()
    assert len(context.contents.learned_ids) == 5
    context.undo.undo()
    qtbot.waitUntil(lambda: context.contents.learner.id == before.id)
    settle()


def test_cancel_is_heard_at_once_and_leaves_the_model_alone(qtbot, gate, open_colours, show_page, settle):
    context = open_colours(tasks=2, trained=0)
    page = show_page(TrainPage)
    strip, of_the_page = StatusStrip(context), StatusStrip(context)
    of_the_page.set_page(page)
    for one in (strip, of_the_page):
        qtbot.addWidget(one)
        one.show()
    click(qtbot, page.train)
    qtbot.waitUntil(lambda: page.handle.state == "running")
    strip = StatusStrip(context)
    qtbot.addWidget(strip)
    strip.show()
    assert strip.shown.cancel.isVisible()
    strip.set_page(page)
    assert not strip.shown.cancel.isVisible()
    click(qtbot, page.cancel)
    assert page.cancel.text() == "Cancelling..."
    assert not page.cancel.isEnabled()
    assert not page.stop.isEnabled()
    assert "Cancelling" in page.run.heard.text()
    wait_until_learned(qtbot, page)
    settle()
    assert context.contents.learner is None
    assert page.plan.isVisible()
    assert "Cancelled" in page.message_bar.text


def test_one_cancel_is_enough_from_the_beginning(qtbot, gate, open_colours, show_page):
    context = open_colours(tasks=1)
    page = show_page(TrainPage)
    strip = StatusStrip(context)
    qtbot.addWidget(strip)
    strip.set_page(page)
    strip.show()
    page.start()
    QCoreApplication.processEvents()  # nothing was heard of the training yet
    assert strip.shown is not None
    assert not strip.shown.cancel.isVisible()
    page.cancel_all()
    wait_until_learned(qtbot, page)


def test_page_and_status_bar_have_one_clock(qtbot, open_colours, show_page):
    """Beside 20 minutes stood one second: what was left of a stage, and of one class."""
    context = open_colours(tasks=1)
    page, strip = show_page(TrainPage), StatusStrip(context)
    qtbot.addWidget(strip)
    seen = []

    def look() -> None:
        if strip.shown is not None and page.run.left.text():
            seen.append((page.run.left.text(), strip.shown._left.text(), strip.shown._text.text()))

    context.background.changed.connect(look)
    assert " to " in page.plan.summary.text(), "before the first training a range is said"
    click(qtbot, page.train)
    wait_until_learned(qtbot, page)
    assert seen
    for on_page, in_strip, text in seen:
        assert on_page == (f"about {in_strip}" if in_strip else "takes longer than expected")
        assert " of " not in text


def test_stop_early_is_heard_at_once_and_keeps_what_is_learned(qtbot, gate, open_colours, show_page):
    context = open_colours(tasks=1)
    page = show_page(TrainPage)
    click(qtbot, page.train)
    qtbot.waitUntil(lambda: page.handle.state == "running")
    click(qtbot, page.stop)
    assert page.stop.text() == "Stopping..."
    assert not page.stop.isEnabled()
    assert page.cancel.isEnabled()
    assert "Stopping early" in page.run.heard.text()
    rates = context.settings.value.rates.get(context.contents.meta.backbone)
    gate.set()
    wait_until_learned(qtbot, page)
    assert context.settings.value.rates.get(context.contents.meta.backbone) == rates, "the next is not as short"
    assert len(page.outcomes) == 1
    assert len(context.contents.learned_ids) == 3
    assert len(page.run.plot.points) == 1, "the gradient steps ended at the first"
    (task,) = page.history.model.rows
    assert task.stopped_early
    assert page.past.outcome.details.text().endswith(" · stopped early")


def test_a_waiting_task_is_dropped_by_itself_and_one_of_before_is_looked_at_while_none_is_learned(
    qtbot, gate, open_colours, show_page, settle
):
    context = open_colours(tasks=2)
    page = show_page(TrainPage)
    click(qtbot, page.train)
    waiting = context.background.handles[-1]
    waiting.cancel()
    qtbot.waitUntil(lambda: page.waiting == [])
    gate.set()
    wait_until_learned(qtbot, page)
    settle()
    assert [one.task.name for one in page.outcomes] == ["Task 1"]
    gate.clear()
    assert page.history.table.isEnabled()
    click(qtbot, page.train)
    assert not page.history.table.isEnabled(), "what is learned now is shown"
    page.cancel_all()
    wait_until_learned(qtbot, page)
    settle()
    click_item(qtbot, page.history.table, page.history.model.index(0, 0))
    assert page.past.isVisible()


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
    tick(page, 1, Qt.CheckState.Unchecked)
    for name in ("crimson", "scarlet"):
        red = context.contents.classes_of(context.contents.tasks[0].id)[-1]
        context.edit("rename", "a class", lambda tx, red=red, name=name: tx.rename_class(red.id, name))
        qtbot.waitUntil(lambda name=name: name == page.plan.model.rows[0].classes[2].name)
        assert [one.task.name for one in page.plan.model.chosen] == ["Task 1"]
    context.settings.update(appearance="dark")
    assert [one.task.name for one in page.plan.model.chosen] == ["Task 1"]
    tick(page, 1, Qt.CheckState.Checked)
    tick(page, 0, Qt.CheckState.Unchecked)
    learn(page)
    assert [one.task.name for one in page.outcomes] == ["Task 2"]
    assert sorted(context.contents.class_(key).name for key in context.contents.learned_ids) == ["amber", "violet"]
    with Workbench.create(tmp_path / "Other.spa") as bench:
        bench.add([photos / "2"], task="Other")
    open_project(tmp_path / "Other.spa")
    assert [one.task.name for one in page.plan.model.chosen] == ["Other"]


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
            patch.setattr(context.workbench, "undo_training", Mock(side_effect=error))
            click(qtbot, page.undo)
            assert not page.undo.isEnabled()
            settle()
        assert page.undo.isEnabled()
        assert [said.at(row)[0] for row in range(said.count())] == ["The disk is full"], "a cancelled one says nothing"
        assert context.contents.learner == before
    click(qtbot, page.undo)
    assert not page.undo.isEnabled()
    click(qtbot, page.undo)
    page.undo.clicked.emit()
    settle()
    assert [one.name for one in page.history.model.rows] == ["Task 1"]
    assert len(context.contents.learned_ids) == 3
    assert page.undo.isEnabled()
    assert context.undo.undo_text == "taking back the training of Task 2"
    for act, number in ((context.undo.undo, 5), (context.undo.redo, 3)):
        act()
        settle()
        assert len(context.contents.learned_ids) == number


@pytest.mark.parametrize("ends", ["undone", "closed"])
def test_the_outcome_has_the_names_and_colours_of_now_until_it_is(
    ends, qtbot, open_colours, show_page, context, settle, learn
):
    open_colours(tasks=1)
    red = named(context, "red")
    context.edit("rename", "a class", lambda tx: tx.rename_class(red.id, "red_panda"))
    page = show_page(TrainPage)
    qtbot.waitUntil(lambda: "red panda" in {one.name for one in context.contents.classes})
    learn(page)
    assert page.outcomes[-1].learned == ("blue", "green", "red_panda")
    assert page.past.outcome.headline.text() == "Learned blue, green, red panda"
    qtbot.waitUntil(lambda: page.run.plot.is_drawn)
    grounds = set()
    for appearance in ("light", "dark"):
        context.settings.update(appearance=appearance)
        grounds.add(page.run.plot._plot.widget.backgroundBrush().color().name())
    assert len(grounds) == 2
    if ends == "closed":
        context.close_project()
        assert not page.outcomes
        return
    context.edit("rename", "a task", lambda tx: tx.rename_task(context.contents.tasks[0].id, "Colours"))
    settle()
    assert context.contents.tasks[0].name == "Colours"
    assert page.past.isVisible()
    for _ in range(2):  # the new name, then the training
        context.undo.undo()
        settle()
    assert context.contents.learner is None
    assert page.plan.isVisible()


def test_new_photos_of_a_learned_class_are_learned_without_a_text(
    qtbot, open_colours, open_project, show_page, photos, tmp_path, learn, settle
):
    context = open_colours(tasks=1, trained=1)
    for seed in range(40, 44):
        draw_photo(tmp_path / "more" / "red" / f"{seed}.png", "red", seed)
    context.run("", lambda bench, job: bench.add([tmp_path / "more" / "red"], top_up=True, test_share=0.25))
    qtbot.waitUntil(lambda: bool(context.contents.to_learn))
    page = show_page(TrainPage)
    assert "more photos of red" in page.plan.summary.text()
    assert not context.contents.is_approved(context.contents.to_learn[0].id)
    assert page.plan.texts.text() == "", "nothing is said of a text that nobody approved, and that it does not need"
    learn(page)
    assert page.outcomes[0].topped_up == ("red",)
    (task,) = page.history.model.rows
    first = next(one for one in task.records if one.notes.kind == "learned")
    assert (task.when, task.accuracy) == (first.created, first.notes.accuracy), "of the task, not of what came later"
    assert "red" in page.past.outcome.headline.text()
    # Its pictures are of what it learned now, those of the training before it of what was learned then.
    photos_of_red = context.workbench.project.photos(named(context, "red").id, split="train")
    new = {one.sha256 for one in photos_of_red if "more" in one.path}
    assert len(new) == 3
    assert set(page.past.flow.passing.photos) == new
    page.past.which.setCurrentIndex(1)
    settle()
    assert page.past.outcome.headline.text() == "Learned blue, green, red"
    before = page.past.flow.passing.photos
    page.past.which.setCurrentIndex(0)
    settle()
    assert len(before) == 12
    assert not new.intersection(before)
    # Reopened, it says the same, and what is taken back is named: not the task, all of which stays learned.
    for _ in range(2):
        assert page.past.outcome.headline.text() == "More photos of red"
        assert page.undo.text() == "Undo: more photos of red"
        path = context.contents.path
        context.close_project()
        open_project(path)
        settle()
    click(qtbot, page.undo)
    settle()
    assert page.message_bar.text == "Undone: more photos of red. The model is as it was before."
    assert len(context.contents.learned_ids) == 3


def test_a_class_that_lost_photos_is_learned_again_from_the_others(open_colours, show_page, settle, learn):
    context = open_colours(tasks=1, trained=1)
    red = named(context, "red")
    gone = [photo.id for photo in context.workbench.project.photos(red.id, split="train")][:2]
    context.edit("set aside", "", lambda tx: tx.set_aside(gone, True))
    settle()
    page = show_page(TrainPage)
    assert "red again" in page.plan.summary.text()
    assert page.plan.memory.text() == "It keeps what it knows of the other classes, and needs none of their photos."
    learn(page)
    assert (page.outcomes[-1].topped_up, page.outcomes[-1].again) == ((), ("red",))
    assert page.past.outcome.headline.text() == "Learned again: red"


def test_a_class_whose_text_was_edited_is_learned_again_with_it(open_colours, show_page, settle, learn, qtbot):
    context = open_colours(tasks=1, trained=1)
    red, page, words = named(context, "red"), show_page(TrainPage), show_page(DescriptionsPage)
    words.show_item(red.id)
    assert "The model compares" in words.editor.about.text()
    words.editor.phrase_model.add("glows at night")
    settle()
    assert "was learned with another text" in words.editor.about.text()
    assert named(context, "red").state == "stale", "Classes calls it changed"
    assert next_step(context.contents) == NextStep("Task 1: texts changed", "Train", "train")
    assert page.plan.summary.text().startswith("Learns red again, with the text of now from ")
    assert page.plan.model.state(page.plan.model.rows[0].classes[0])[0] == "its text changed"
    context.undo.undo()
    settle()
    assert (context.contents.to_learn, named(context, "red").state) == ((), "trained")
    context.undo.redo()
    settle()
    learn(page)
    assert page.past.outcome.headline.text() == "Learned again: red"
    photos = {one.sha256 for one in context.workbench.project.photos(red.id, split="train")}
    qtbot.waitUntil(lambda: bool(page.past.flow.passing.photos))
    assert set(page.past.flow.passing.photos) <= photos, "no photo of it is new"
    assert "The model compares" in words.editor.about.text()
    assert context.contents.to_learn == ()


def test_where_nothing_had_to_be_told_apart_no_steps_were_needed(qtbot, open_project, show_page, settle, tmp_path):
    draw_classes(tmp_path / "one", ("red",))
    path = tmp_path / "One.spa"
    with Workbench.create(path) as bench:
        bench.add([tmp_path / "one"])
        bench.train()
    open_project(path)
    page = show_page(TrainPage)
    click_item(qtbot, page.history.table, page.history.model.index(0, 0))
    assert not page.past.plot.is_drawn
    assert page.past.plot._hint.text() == "No curve was drawn: this training needed no steps."
    settle()


def test_without_test_photos_nothing_is_said_to_be_checked_and_all_classes_are_in_sight(
    open_project, show_page, tmp_path, qtbot
):
    for number in range(10):
        for seed in (2 * number, 2 * number + 1):
            draw_photo(tmp_path / "many" / f"class {number}" / f"{seed}.png", "red", seed)
    path = tmp_path / "Many.spa"
    with Workbench.create(path) as bench:
        bench.add([tmp_path / "many"], test_share=0.0)
    open_project(path)
    page = show_page(TrainPage)
    assert page.plan.memory.text() == ""
    tree = page.plan.tree
    qtbot.waitUntil(lambda: tree.verticalScrollBar().maximum() == 0, timeout=9_000)
    assert stage_title(STAGES[-1]) == "Check and save"


def test_while_it_learns_the_side_bar_does_not_ask_for_what_the_training_does(qtbot, open_colours, show_page):
    """It said "0 of 3 described" after the training had described them: it stores all at its end."""
    context = open_colours(tasks=1, described=0)
    page, bar = show_page(TrainPage), SideBar(context)
    qtbot.addWidget(bar)
    assert (bar.step.standing, bar.step.page) == ("Task 1: 0 of 3 described", "descriptions")
    page.train.click()
    said = set()

    def note(work):
        if work.can_stop_early and work in context.background.handles:
            said.add(bar.step.standing)

    context.background.changed.connect(note)
    wait_until_learned(qtbot, page)
    assert said == {"Learning Task 1"}
    qtbot.waitUntil(lambda: bar.step.page == "results")


def test_a_figure_of_other_classes_is_not_said_of_those_that_were_learned(qtbot, open_project, show_page, tmp_path):
    path = tmp_path / "Few.spa"
    with Workbench.create(path) as bench:
        bench.add([draw_classes(tmp_path / "one", ["red", "green"], train=6)], task="First")
        bench.add([draw_classes(tmp_path / "two", ["blue"], train=3, test=0)], task="Second", test_share=0.0)
    open_project(path)
    page = show_page(TrainPage)
    page.train.click()
    wait_until_learned(qtbot, page)
    outcome = page.past.outcome
    qtbot.waitUntil(lambda: outcome.headline.text() == "Learned blue")
    tests = page.outcomes[-1].notes.tests
    assert outcome.figure.text().endswith(f" of {tests}")
    assert outcome.details.text().startswith("No test photo: blue · the other classes: test photos right (")
    page._see_record(page.outcomes[0].task.id)
    assert outcome.headline.text() == "Learned green, red"
    assert outcome.details.text().startswith("test photos right (")


def test_what_is_wrong_with_the_photos_is_said_before_and_leads_to_them(qtbot, open_project, show_page, tmp_path):
    path = tmp_path / "Few.spa"
    with Workbench.create(path) as bench:
        bench.add([draw_classes(tmp_path / "one", ["red"], train=6)], task="First")
        bench.add([draw_classes(tmp_path / "two", ["blue"], train=1, test=0)], task="Second", test_share=0.0)
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


def test_photos_that_probably_belong_to_another_class_are_named_before_and_looked_at(
    qtbot, open_project, show_page, settle, tmp_path
):
    folder = draw_classes(tmp_path / "some", ["red", "green", "blue"], train=8, test=1)
    stray = draw_photo(folder / "train" / "red" / "stray.png", "green", 90)
    path = tmp_path / "Some.spa"
    with Workbench.create(path) as bench:
        bench.add([folder])
        bench.describe("offline")  # encodes the photos
        photo = next(one for one in bench.project.photos() if one.name == stray.name)
    context = open_project(path)
    page = show_page(TrainPage)
    settle()
    picked = page.advice.doubted
    assert picked.sentence == "1 photo probably belongs to another class: red → green"
    asked = QSignalSpy(context.page_requested)
    click(qtbot, page.advice.buttons[0])
    assert asked.at(0) == ["classes", picked]
    assert picked.photo_ids == (photo.id,)
    # Who says that the label is right is not asked again.
    context.run("", lambda bench, job: bench.correct(photo.id, "class", class_id=photo.class_id))
    settle()
    assert page.advice.doubted is None
    assert not page.advice.isVisible()


@pytest.mark.parametrize("is_described", [True, False])
def test_a_page_that_was_open_before_the_photos_were_encoded_names_wrong_labels_all_the_same(
    qtbot, open_project, show_page, settle, learn, tmp_path, is_described
):
    """Once they are described, else by the training itself: then its result names them."""
    folder = draw_classes(tmp_path / "some", ["red", "green", "blue"], train=8, test=1)
    draw_photo(folder / "train" / "red" / "stray.png", "green", 90)
    with Workbench.create(tmp_path / "Some.spa") as bench:
        bench.add([folder])
    context = open_project(tmp_path / "Some.spa")
    page = show_page(TrainPage)
    settle()
    assert page.advice.doubted is None, "there is nothing to judge by"
    if is_described:
        context.run("", lambda bench, job: bench.describe("offline", job=job))
        settle()
        assert page.advice.doubted.sentence == "1 photo probably belongs to another class: red → green"
    learn(page)
    assert page.past.isVisible()
    assert page.advice.isVisible()
    assert page.advice.doubted.sentence == "Learned just now: 1 photo probably belongs to another class: red → green"


def test_photos_that_another_project_encoded_are_judged_at_once(open_project, show_page, settle, tmp_path):
    folder = draw_classes(tmp_path / "some", ["red", "green", "blue"], train=8, test=1)
    draw_photo(folder / "train" / "red" / "stray.png", "green", 90)
    for name in ("Other", "New"):
        with Workbench.create(tmp_path / f"{name}.spa") as bench:
            bench.add([folder])
            if name == "Other":
                bench.describe("offline")
    open_project(tmp_path / "New.spa")
    page = show_page(TrainPage)
    settle()
    assert page.advice.doubted.sentence == "1 photo probably belongs to another class: red → green"
