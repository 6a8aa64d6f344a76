"""The Descriptions page as a person drives it."""

from __future__ import annotations

import contextlib
import sqlite3
import threading
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QInputDialog, QLineEdit, QMessageBox

from spa_desktop.descriptions.consent import SendingQuestion
from spa_desktop.jobs import Stage
from spa_desktop.workbench import Described
from tests.ui.conftest import nameless

PHOTO = Path("/photos/red-1.png")


def class_id(page, name: str) -> int:
    return next(one.id for one in page.contents.classes if one.name == name)


def phrases(page) -> list[str]:
    """What is shown."""
    return [phrase.text for phrase in page.editor.phrase_model.phrases]


def stored(page, name: str) -> list[str]:
    return [phrase.text for phrase in page.contents.descriptions[class_id(page, name)].phrases]


@pytest.fixture
def described(page, open_tiny, settle):
    """The page with two described classes; red is chosen."""
    open_tiny(described=True)
    page.show_item(class_id(page, "red"))
    settle()
    return page


def test_without_classes_it_says_where_to_begin(page, open_tiny, context, qtbot):
    open_tiny(empty=True)
    assert page.is_empty
    with qtbot.waitSignal(context.page_requested) as asked:
        page.empty.button.click()
    assert asked.args[0] == "classes"


def test_classes_are_described_approved_and_then_it_is_time_to_train(page, open_tiny, context, settle, qtbot):
    open_tiny()
    assert [row.state for row in page.model.rows] == ["none", "none"]
    assert page.main.text() == "Describe 2 classes"
    page.main.click()
    assert [row.state for row in page.model.rows] == ["writing", "writing"]
    assert page.cancel.isVisible()
    settle()
    assert page.message_bar.text == "2 classes were described."
    assert [row.state for row in page.model.rows] == ["draft", "draft"]
    assert len(phrases(page)) >= 4
    assert page.editor.strip.photos
    assert {photo.class_id for photo in page.editor.strip.photos} == {page.classes.class_id}
    assert page.main.text() == "Approve all"
    page.main.click()
    settle()
    assert [row.state for row in page.model.rows] == ["approved", "approved"]
    assert page.main.text() == "Train"
    with qtbot.waitSignal(context.page_requested) as asked:
        page.main.click()
    assert asked.args[0] == "train"
    context.undo.undo()
    settle()
    assert [row.state for row in page.model.rows] == ["draft", "draft"]


def test_one_class_can_be_described_by_itself(page, open_tiny, settle):
    open_tiny()
    page.editor.empty.button.click()
    settle()
    assert [row.state for row in page.model.rows] == ["draft", "none"]
    assert page.message_bar.text == "1 class was described."


def test_a_phrase_is_edited_in_its_line_and_is_the_persons_then(described, context, settle, qtbot):
    view = described.editor.phrases
    before = phrases(described)
    view.setCurrentIndex(described.editor.phrase_model.index(1))
    view.setFocus()
    qtbot.keyClick(view, Qt.Key.Key_Return)
    editor = view.findChild(QLineEdit)
    editor.setText("  bright   red ")
    qtbot.keyClick(editor, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: phrases(described)[1] == "bright red")
    settle()
    assert stored(described, "red") == [before[0], "bright red", *before[2:]]
    phrase = described.editor.phrase_model.phrases[1]
    assert (phrase.provenance, phrase.support) == ("edited", ())
    assert described.editor.phrase_model.mark(phrase) == "yours"
    context.undo.undo()
    settle()
    assert phrases(described) == before


@pytest.mark.parametrize("what", ["another class is described", "the text is approved"])
def test_what_is_typed_in_a_line_stays_when_other_work_ends(described, context, settle, qtbot, what):
    view, before = described.editor.phrases, phrases(described)
    view.setCurrentIndex(described.editor.phrase_model.index(1))
    view.setFocus()
    qtbot.keyClick(view, Qt.Key.Key_Return)
    line = view.findChild(QLineEdit)
    line.setText("half a")
    if what == "another class is described":
        described.writing.start([class_id(described, "green")], "offline", again=True)
    else:
        described.edits.approve([class_id(described, "red")], True)
    settle()
    assert line.text() == "half a"
    qtbot.keyClicks(line, " phrase")
    qtbot.keyClick(line, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: phrases(described)[1] == "half a phrase")
    settle()
    assert stored(described, "red") == [before[0], "half a phrase", *before[2:]]


def test_edits_in_quick_succession_are_all_kept(described, settle):
    before = phrases(described)
    model = described.editor.phrase_model
    model.setData(model.index(0), "first")
    model.setData(model.index(1), "second")
    described.editor.sentence.setPlainText("a red thing")
    qtbot_enter(described.editor.sentence)
    settle()
    assert stored(described, "red") == ["first", "second", *before[2:]]
    assert described.contents.descriptions[class_id(described, "red")].sentence == "a red thing"


def qtbot_enter(widget) -> None:
    from PySide6.QtTest import QTest

    QTest.keyClick(widget, Qt.Key.Key_Return)


def test_edits_made_while_a_long_verb_runs_are_shown_at_once_and_stored_after_it(described, context, settle, qtbot):
    may_end = threading.Event()

    def work(bench, job) -> None:
        while not may_end.wait(0.01):
            job.check()

    context.run("Long work", work)
    model = described.editor.phrase_model
    model.setData(model.index(0), "seen at once")
    assert phrases(described)[0] == "seen at once"
    assert stored(described, "red")[0] != "seen at once"
    may_end.set()
    settle()
    assert stored(described, "red")[0] == "seen at once"


def test_an_edit_that_waits_for_another_program_says_so_and_can_be_cancelled(described, context, settle, qtbot):
    before = stored(described, "red")
    with contextlib.closing(sqlite3.connect(described.contents.path, isolation_level=None)) as other:
        other.execute("BEGIN")
        other.execute("SELECT * FROM tasks").fetchall()
        model = described.editor.phrase_model
        model.setData(model.index(0), "never stored")
        handle = next(one for one in context.background.handles if one.title.endswith("red"))
        qtbot.waitUntil(lambda: handle.event is not None and handle.event.stage == Stage.WAIT)
        handle.cancel()
        settle()
        assert handle.state == "cancelled"
    assert stored(described, "red") == phrases(described) == before


def test_phrases_are_added_moved_and_deleted_by_keyboard(described, settle, qtbot):
    view, before = described.editor.phrases, phrases(described)
    view.setFocus()
    qtbot.keyClick(view, Qt.Key.Key_Insert)
    box = described.findChild(QInputDialog)
    box.setTextValue("shiny skin")
    box.accept()
    settle()
    assert phrases(described) == [*before, "shiny skin"]
    qtbot.waitUntil(lambda: described.findChild(QInputDialog) is None)  # none is kept for each that was asked
    view.setCurrentIndex(described.editor.phrase_model.index(len(before)))
    qtbot.keyClick(view, Qt.Key.Key_Up, Qt.KeyboardModifier.AltModifier)
    settle()
    assert phrases(described) == [*before[:-1], "shiny skin", before[-1]]
    assert view.row == len(before) - 1
    qtbot.keyClick(view, Qt.Key.Key_Delete)
    settle()
    assert phrases(described) == before


def test_the_last_phrase_stays_and_a_double_is_refused(described, settle):
    while len(phrases(described)) > 1:
        described.editor.phrase_model.remove(0)
        settle()
    described.editor.phrase_model.remove(0)
    settle()
    assert len(phrases(described)) == 1
    assert "one phrase at least" in described.message_bar.text
    described.editor.phrase_model.add(phrases(described)[0].upper())
    assert "already" in described.message_bar.text


def test_one_text_is_approved_and_that_is_taken_back(described, settle):
    described.editor.approve.click()
    settle()
    assert described.contents.is_approved(class_id(described, "red"))
    assert not described.contents.is_approved(class_id(described, "green"))
    described.editor.approve.click()
    settle()
    assert not described.contents.is_approved(class_id(described, "red"))


def test_writing_again_keeps_the_persons_own_phrases_and_the_text_before_can_be_had_back(described, settle):
    original = phrases(described)
    model = described.editor.phrase_model
    model.setData(model.index(0), "mine alone")
    described.editor.phrase_model.add("a thing of my own")
    described.editor.phrase_model.remove(1)
    settle()
    edited = phrases(described)
    described.editor.again.click()
    settle()
    again = phrases(described)
    assert again[0] == "mine alone"
    assert "a thing of my own" in again
    assert original[1] in again, "what the writer wrote is written anew"
    assert [one.provenance for one in model.phrases if one.text in ("mine alone", "a thing of my own")] == [
        "edited"
    ] * 2
    described.editor.compare.click()
    assert "a thing of my own" in described.editor.before.text.toPlainText()
    described.editor.before.use.click()
    settle()
    assert phrases(described) == edited


def test_the_text_before_of_one_class_is_never_put_into_another(described, context, settle):
    model = described.editor.phrase_model
    model.setData(model.index(0), "mine alone")
    settle()
    described.editor.compare.click()
    assert "mine alone" in described.editor.before.text.toPlainText()
    red, green = stored(described, "red"), stored(described, "green")
    described.show_item(class_id(described, "green"))
    assert "mine alone" not in described.editor.before.text.toPlainText(), "that is of red, and green is shown"
    described.editor.before.use.click()
    settle()
    assert (stored(described, "red"), stored(described, "green")) == (red, green)


def test_a_writer_that_says_the_same_again_is_told_of(described, settle):
    described.editor.again.click()
    settle()
    assert described.message_bar.text == "The writer gave the same text again."


def test_pointing_at_an_offline_phrase_shows_the_exemplar_and_the_patch(described, settle):
    view, strip = described.editor.phrases, described.editor.strip
    phrase = next(one for one in described.editor.phrase_model.phrases if one.support)
    row = described.editor.phrase_model.phrases.index(phrase)
    view.entered.emit(described.editor.phrase_model.index(row))
    assert strip.support == phrase.support[0], "the photo is marked at once"
    settle()
    patch, place = strip.patch_rect(), phrase.support[0].patch
    photo = next(n for n, one in enumerate(strip.photos) if one.id == phrase.support[0].photo_id)
    frame = strip._frame(photo)
    assert patch.width() == pytest.approx(frame.width() / 3)
    assert patch.left() == pytest.approx(frame.left() + place % 3 * frame.width() / 3)
    assert patch.top() == pytest.approx(frame.top() + place // 3 * frame.height() / 3)
    view.pointed.emit(None)
    assert strip.patch_rect() is None


def test_the_badge_says_plainly_what_leaves_the_computer(described, context):
    assert described.writer.badge.text() == "Stays on this computer"
    described.writer.actions_by_writer["openai"].trigger()
    assert context.settings.value.writer == "openai"
    assert described.writer.badge.text() == "Sends photos to api.openai.com"
    context.settings.update(address="http://localhost:11434/v1", model="llava")
    assert described.writer.badge.text() == "Sends photos to localhost:11434"
    assert described.writer.button.text() == "llava"


def test_the_badge_names_where_photos_would_really_go(described, context, monkeypatch):
    context.settings.update(writer="openai")
    monkeypatch.setenv("OPENAI_BASE_URL", "https://elsewhere.example/v1")
    described.writer.refresh()
    assert described.writer.badge.text() == "Sends photos to elsewhere.example"


def test_what_services_have_cost_is_always_in_sight(described, context, settle):
    assert not described.spent.isVisible()

    def spend(bench, job) -> None:
        text = bench.project.description(class_id(described, "red"))
        with bench.project.transaction("describe") as tx:
            tx.put_description(replace(text, writer="openai", input_tokens=1000, output_tokens=234, cost=0.0123))
            tx.set_setting(
                "spending", {"answers": 3, "input_tokens": 2000, "output_tokens": 500, "cost": 0.03, "unknown": 1}
            )

    context.run("", spend)
    settle()
    assert described.spent.text() == "So far 2\u202f500 tokens, about $0.03. The cost of one answer is not known."
    assert "1\u202f234 tokens" in described.editor.state.text()
    assert "about $0.0123" in described.editor.state.text()


def test_photos_are_not_sent_when_the_person_says_no(described, context, settle, qtbot, monkeypatch):
    """The question is asked in the window, while the writer's thread waits."""
    asked = []

    def describe(writer, job, *, consent, options, **_):
        asked.append(consent(SendingQuestion(options.base_url, options.model, (PHOTO,), ("<b>red</b>",), 0.004)))
        return Described({}, (), ())

    monkeypatch.setattr(context.workbench, "describe", describe)
    context.settings.update(writer="openai")
    described.editor.again.click()
    qtbot.waitUntil(lambda: any(isinstance(one, QMessageBox) for one in QApplication.topLevelWidgets()))
    box = next(one for one in QApplication.topLevelWidgets() if isinstance(one, QMessageBox))
    assert "api.openai.com" in box.text()
    assert "$0.004" in box.text()
    assert "<b>red</b>" in box.text()
    assert box.text().startswith("1 small photo of <b>red</b> will be sent")
    assert box.textFormat() == Qt.TextFormat.PlainText
    box.reject()
    settle()
    assert asked == [False]


def test_the_question_before_sending_can_be_answered_for_good(described, context, settle, qtbot, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "no-real-key")
    context.settings.update(writer="openai", address="http://127.0.0.1:9/v1")
    before = stored(described, "red")
    described.editor.again.click()

    def box() -> QMessageBox | None:
        shown = [one for one in QApplication.topLevelWidgets() if isinstance(one, QMessageBox) and one.isVisible()]
        return shown[0] if shown else None

    qtbot.waitUntil(lambda: box() is not None)
    assert "127.0.0.1:9" in box().text()
    assert "names of the classes go along" in box().text()
    assert all(photo.name in box().detailedText() for photo in described.editor.strip.photos), "which photos"
    next(one for one in box().buttons() if one.text() == "Keep this project local").click()
    settle()
    assert described.writer.is_local
    assert stored(described, "red") == before


def test_a_service_without_a_key_is_said_in_one_line(described, context, settle, qtbot, monkeypatch):
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    before = stored(described, "red")
    context.settings.update(writer="openai")
    described.editor.again.click()
    agree_to_all(context, qtbot)
    assert described.message_bar.text
    assert stored(described, "red") == before


def agree_to_all(context, qtbot) -> None:
    """Agree to whatever is asked, until nothing is at work."""

    def is_over() -> bool:
        for box in [one for one in QApplication.topLevelWidgets() if isinstance(one, QMessageBox) and one.isVisible()]:
            box.defaultButton().click()
        return not context.background.handles

    qtbot.waitUntil(is_over)


def test_what_a_service_failed_for_is_written_offline_if_the_person_says_so(
    described, context, settle, qtbot, monkeypatch
):
    monkeypatch.setenv("OPENAI_API_KEY", "no-real-key")
    # Nobody listens at this address.
    context.settings.update(writer="openai", address="http://127.0.0.1:9/v1")
    described.editor.phrase_model.add("mine alone")
    settle()
    described.editor.again.click()
    agree_to_all(context, qtbot)
    assert "mine alone" in stored(described, "red"), "nothing is replaced without the person's word"
    assert described.message_bar._button.text() == "Write offline"
    described.message_bar._button.click()
    settle()
    assert described.message_bar.text == "The writer gave the same text again."
    assert described.contents.descriptions[class_id(described, "red")].writer == "offline"
    assert "mine alone" in stored(described, "red"), "a phrase of one's own stays"


def test_a_project_can_keep_its_photos_here_for_good(described, context, settle):
    context.settings.update(writer="openai")
    assert described.writer.writer == "openai"
    described.writer.local.trigger()
    settle()
    assert described.writer.writer == "offline"
    assert described.writer.badge.text() == "This project's photos stay here"
    assert not described.writer.actions_by_writer["openai"].isEnabled()
    described.editor.again.click()
    settle()
    assert described.message_bar.text == "The writer gave the same text again."
    described.writer.local.trigger()
    settle()
    assert described.writer.writer == "openai"


def test_the_badge_counts_the_photos_that_the_project_shows(described, context, settle):
    from spa_desktop.workbench import MethodSettings

    assert "sends 6 small photos" in described.writer.actions_by_writer["openai"].text()
    context.run("", lambda bench, job: bench.set_method(MethodSettings(exemplars=3)))
    settle()
    assert "sends 3 small photos" in described.writer.actions_by_writer["openai"].text()
    context.run("", lambda bench, job: bench.set_method(MethodSettings(exemplars=1)))
    settle()
    assert "sends 1 small photo a class" in described.writer.actions_by_writer["openai"].text()


def test_what_became_of_classes_is_said_by_the_names_that_are_shown(described, context, settle, monkeypatch):
    for name in ("red", "green"):
        key = class_id(described, name)
        context.edit("rename", name, lambda tx, key=key, name=name: tx.rename_class(key, f"{name}_panda"))
    settle()
    said = Described({}, ("red_panda",), (("green_panda", "no answer"),), (class_id(described, "green panda"),))
    monkeypatch.setattr(context.workbench, "describe", lambda *_, **__: said)
    described.editor.again.click()
    settle()
    assert described.message_bar.text == "Your own text of red panda was kept. 1 failed: green panda: no answer"


def test_a_project_for_reading_only_can_be_read(described, context, settle, qtbot):
    path = context.contents.path
    context.close_project()
    with qtbot.waitSignal(context.project_opened):
        context.open_project(path, write=False)
    settle()
    assert phrases(described)
    assert not described.editor.approve.isVisible()
    index = described.editor.phrase_model.index(0)
    assert not described.editor.phrase_model.flags(index) & Qt.ItemFlag.ItemIsEditable
    assert described.editor.sentence.isReadOnly()


@pytest.mark.parametrize("key", [Qt.Key.Key_Insert, Qt.Key.Key_Delete])
def test_keys_change_no_text_that_cannot_be_changed(described, context, settle, qtbot, key):
    path = context.contents.path
    context.close_project()
    with qtbot.waitSignal(context.project_opened):
        context.open_project(path, write=False)
    settle()
    before = phrases(described)
    view = described.editor.phrases
    view.setFocus()
    view.setCurrentIndex(described.editor.phrase_model.index(0))
    qtbot.keyClick(view, key)
    settle()
    assert described.findChild(QInputDialog) is None, "what is typed there would be lost"
    assert phrases(described) == before


@pytest.mark.parametrize("key", [Qt.Key.Key_Insert, Qt.Key.Key_Delete, Qt.Key.Key_Down])
def test_keys_change_no_text_that_is_being_written(described, settle, qtbot, key):
    view = described.editor.phrases
    view.setFocus()
    view.setCurrentIndex(described.editor.phrase_model.index(0))
    described.editor.again.click()
    before = phrases(described)
    view.setFocus()
    alt = Qt.KeyboardModifier.AltModifier if key == Qt.Key.Key_Down else Qt.KeyboardModifier.NoModifier
    qtbot.keyClick(view, key, alt)
    assert described.findChild(QInputDialog) is None
    assert phrases(described) == before
    settle()
    assert "meanwhile" not in described.message_bar.text


def test_everything_that_can_have_the_focus_has_a_name(described):
    assert nameless(described) == []
