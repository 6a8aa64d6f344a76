"""The Descriptions page as a person drives it."""

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QInputDialog, QLineEdit, QMessageBox

from spa_desktop.descriptions.offline_writer import OfflineWriter
from spa_desktop.descriptions.openai.openai_writer import OpenAIWriter
from spa_desktop.jobs import Stage
from spa_desktop.ui.widgets.class_list import ClassNode
from spa_desktop.workbench import describing
from spa_desktop.workbench.describing import Described
from spa_desktop.workbench.method_settings import MethodSettings
from tests.ui.conftest import block, nameless, questions
from tests.ui.descriptions.conftest import choose, class_id

_ALT = Qt.KeyboardModifier.AltModifier


def phrases(page) -> list[str]:
    """What is shown."""
    return [phrase.text for phrase in page.editor.phrase_model.phrases]


def stored(page, name: str) -> list[str]:
    return [phrase.text for phrase in page.contents.descriptions[class_id(page, name)].phrases]


def test_classes_are_described_approved_where_one_wants_to_and_trained(page, open_tiny, context, settle, finish, qtbot):
    def states() -> list[str]:
        return [row.state for row in page.model.rows]

    open_tiny()
    assert states() == ["none", "none"]
    finish(page.editor.empty.button.click)
    assert states() == ["draft", "none"], "one class can be described by itself"
    assert page.message_bar.text == "1 class was described."
    finish(context.undo.undo)
    assert page.write.text() == "Write 2 missing"
    page.write.click()
    assert states() == ["writing", "writing"]
    assert page.cancel.isVisible()
    settle()
    assert page.message_bar.text == "2 classes were described."
    assert states() == ["draft", "draft"]
    assert {page.model.state(row)[0] for row in page.model.rows} == {""}, "nothing is to be done with it"
    assert len(phrases(page)) >= 4
    assert page.editor.strip.photos
    assert {photo.class_id for photo in page.editor.strip.photos} == {page.classes.class_id}
    assert nameless(page) == []
    first, _ = page.model.class_ids
    page.classes.choose(ClassNode, first)
    # One text is approved, and that is taken back.
    for approved, asked in ((["approved", "draft"], "Take approval back"), (["draft", "draft"], "Approve")):
        finish(page.editor.approve.click)
        assert states() == approved
        assert page.editor.approve.text() == asked
        assert ("approved" in page.editor.state.text()) == (approved[0] == "approved"), "it is said, not only asked"
        assert page.classes.class_id == first
    assert not page.write.isVisible()
    with qtbot.waitSignal(context.page_requested) as asked:
        page.train.click()
    assert asked.args[0] == "train"


def test_of_which_classes_nothing_is_known_is_said_with_what_the_user_can_do(
    page, open_tiny, finish, context, monkeypatch
):
    """A text whose phrases are all the user's is not said to be the writer's."""
    phrases = OfflineWriter._phrases
    monkeypatch.setattr(
        OfflineWriter,
        "_phrases",
        lambda writer, request, *rest: phrases(writer, request, *rest) if request.class_name == "red" else [],
    )
    open_tiny()
    finish(page.write.click)
    assert page.message_bar.text == "1 of 2 classes were described; of green nothing is known for sure."
    choose(page, "green")
    assert page.editor.nothing_known.isVisible()
    assert "Add a phrase" in page.editor.nothing_known.text()
    assert "backbone" not in page.editor.nothing_known.text()
    finish(lambda: page.editor.phrase_model.add("leaf green"))
    assert page.editor.state.text() == "written by you"
    finish(context.undo.undo)
    assert page.editor.state.text() == "written offline"
    finish(context.undo.undo)
    finish(page.editor.empty.button.click)
    assert page.message_bar.text == "Of green nothing is known for sure."


def test_a_sentence_that_the_user_rewrote_is_not_said_to_be_the_writers_and_stays(described, qtbot, settle, finish):
    assert "written offline" in described.editor.state.text()
    described.editor.sentence.setPlainText("a red thing")
    qtbot.keyClick(described.editor.sentence, Qt.Key.Key_Return)
    settle()
    assert "offline" not in described.editor.state.text()
    assert "sentence written by you" in described.editor.state.text()
    finish(lambda: described.writing.start([class_id(described, "red")], "offline"))
    assert described.message_bar.text == "Your own text of red was kept."
    assert described.editor.sentence.toPlainText() == "a red thing"


def test_a_card_shows_photo_and_sentence_which_is_edited_in_its_line(described, qtbot, settle):
    page, red = described, class_id(described, "red")
    page.more.click()
    assert not page.editor.isVisible()
    page.classes.viewport().grab()
    qtbot.waitUntil(lambda: page.pictures.picture(page.model.photos[red]) is not None)
    row = page.model.index_of((ClassNode, red))
    assert page.model.line(page.model.node(row)) == page.contents.descriptions[red].sentence
    qtbot.keyClick(page.classes, Qt.Key.Key_F2)
    line = page.classes.findChild(QLineEdit)
    assert line.accessibleName() == "red"
    line.setText("round and red")
    qtbot.keyClick(line, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: page.contents.descriptions[red].sentence == "round and red")
    settle()
    assert row.data(Qt.ItemDataRole.AccessibleTextRole) == "red, round and red, written by you"


def test_a_phrase_is_edited_in_its_line_while_other_work_ends_and_is_the_persons(
    described, context, settle, finish, qtbot
):
    view, model, before = described.editor.phrases, described.editor.phrase_model, phrases(described)
    view.setCurrentIndex(model.index(1))
    view.setFocus()
    qtbot.keyClick(view, Qt.Key.Key_Return)
    line = view.findChild(QLineEdit)
    line.setText("  half   a")
    described.writing.start([class_id(described, "green")], "offline", again=True)
    settle()
    assert line.text() == "  half   a"
    described.edits.approve([class_id(described, "red")], True)
    settle()
    assert line.text() == "  half   a"
    qtbot.keyClicks(line, " phrase ")
    qtbot.keyClick(line, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: phrases(described)[1] == "half a phrase")
    settle()
    assert stored(described, "red") == [before[0], "half a phrase", *before[2:]]
    assert (model.phrases[1].provenance, model.phrases[1].support) == ("edited", ())
    assert model.mark(model.phrases[1]) == "yours"
    finish(context.undo.undo)
    assert phrases(described) == before


def test_edits_in_quick_succession_while_work_goes_on_are_shown_at_once_and_stored_after_it(
    described, context, settle, qtbot
):
    may_end, before = block(context, "Long work"), phrases(described)
    model, sentence = described.editor.phrase_model, described.editor.sentence
    model.setData(model.index(0), "first")
    model.setData(model.index(1), "second")
    sentence.setPlainText("a red thing")
    qtbot.keyClick(sentence, Qt.Key.Key_Return)
    assert phrases(described) == ["first", "second", *before[2:]]
    assert stored(described, "red") == before
    may_end.set()
    settle()
    assert stored(described, "red") == ["first", "second", *before[2:]]
    assert described.contents.descriptions[class_id(described, "red")].sentence == "a red thing"


def test_phrases_are_added_moved_and_deleted_by_keyboard(described, settle, qtbot):
    view, model, before = described.editor.phrases, described.editor.phrase_model, phrases(described)
    described.editor.sentence.setFocus()
    qtbot.keyClick(described.editor.sentence, Qt.Key.Key_Insert)
    assert described.findChild(QInputDialog) is None, "in a text the key is the text's"
    for key_of, said in ((described.classes, "shiny skin"), (view, "round " * 50 + "stone")):
        described.activateWindow()
        qtbot.waitUntil(described.isActiveWindow, timeout=9_000)
        key_of.setFocus()
        qtbot.keyClick(key_of, Qt.Key.Key_Insert)
        box = described.findChild(QInputDialog)
        box.setTextValue(said)
        box.accept()
        settle()
        qtbot.waitUntil(lambda: described.findChild(QInputDialog) is None)  # none is kept for each that was asked
    assert phrases(described) == [*before, "shiny skin", " ".join(["round"] * 33)], "it is cut between two words"
    said = "A phrase has at most 200 letters. What came after “round” was left out."
    assert described.message_bar.text == said
    qtbot.keyClick(view, Qt.Key.Key_Delete)
    settle()
    assert phrases(described) == [*before, "shiny skin"], "of keys, it is the phrase that was added"
    view.setFocus()
    view.setCurrentIndex(model.index(len(before)))
    qtbot.keyClick(view, Qt.Key.Key_Up, _ALT)
    settle()
    assert phrases(described) == [*before[:-1], "shiny skin", before[-1]]
    assert view.row == len(before) - 1
    qtbot.keyClick(view, Qt.Key.Key_Delete)
    settle()
    assert phrases(described) == before
    model.add(before[0].upper())
    assert "already" in described.message_bar.text
    for _ in before:
        model.remove(0)
        settle()
    assert phrases(described) == before[-1:], "the last one stays"
    assert "one phrase at least" in described.message_bar.text


def test_writing_again_keeps_the_persons_own_phrases_and_the_text_before_can_be_had_back(described, settle, finish):
    original = phrases(described)
    model = described.editor.phrase_model
    model.setData(model.index(0), "mine alone")
    described.editor.phrase_model.add("a thing of my own")
    described.editor.phrase_model.remove(1)
    settle()
    edited = phrases(described)
    finish(described.editor.again.click)
    again = phrases(described)
    assert again[0] == "mine alone"
    assert "a thing of my own" in again
    assert original[1] in again, "what the writer wrote is written anew"
    own = [one.provenance for one in model.phrases if one.text in ("mine alone", "a thing of my own")]
    assert own == ["edited"] * 2
    editor = described.editor
    editor.compare.click()
    compared = described.editor.before.text.toPlainText()
    assert "a thing of my own" in compared
    assert [line[:1] for line in compared.splitlines()[-2:]] == ["−", "+"], "one sentence and the other"
    finish(described.editor.before.use.click)
    assert phrases(described) == edited
    # It is never put into another class.
    red, green = stored(described, "red"), stored(described, "green")
    choose(described, "green")
    before = described.editor.before.text
    assert before.toPlainText() == "", "that is of red, and green is shown"
    settle()
    assert before.toPlainText() == "There is no text before this one."
    finish(described.editor.before.use.click)
    assert (stored(described, "red"), stored(described, "green")) == (red, green)


def test_writing_again_keeps_the_sentence_of_the_user_until_he_says_otherwise(described, settle, finish, qtbot):
    def sentence() -> str:
        return described.contents.descriptions[class_id(described, "red")].sentence

    editor, original = described.editor, sentence()
    editor.sentence.setPlainText("My own words.")
    qtbot.keyClick(editor.sentence, Qt.Key.Key_Return)
    settle()
    finish(editor.again.click)
    assert sentence() == "My own words."
    assert described.message_bar.text == "Your own sentence was kept."
    assert "sentence written by you" in editor.state.text()
    assert described.message_bar._button.text() == "Replace my words"
    finish(described.message_bar._button.click)
    assert sentence() == original
    assert described.message_bar.text == "1 class was described."


def test_the_badge_says_plainly_what_leaves_the_computer(described, context, settle, finish, monkeypatch):
    writer, settings = described.writer, context.settings
    assert writer.badge.text() == "Stays on this computer"
    writer.actions_by_writer["openai"].trigger()
    assert settings.value.writer == "openai"
    assert writer.badge.text() == "Sends photos to api.openai.com"
    monkeypatch.setenv("OPENAI_BASE_URL", "https://elsewhere.example/v1")
    writer.refresh()
    assert writer.badge.text() == "Sends photos to elsewhere.example", "where they would really go"
    monkeypatch.delenv("OPENAI_BASE_URL")
    settings.update(address="http://localhost:11434/v1", model="llava")
    assert writer.badge.text() == "Sends photos to localhost:11434"
    assert writer.button.text() == "llava"
    context.run("", lambda bench, job: bench.set_method(MethodSettings(exemplars=1)))
    settle()
    assert "sends 1 small photo a class" in writer.actions_by_writer["openai"].text()
    # A project can keep its photos here for good.
    finish(writer.local.trigger)
    assert writer.writer == "offline"
    assert writer.badge.text() == "This project's photos stay here"
    assert not writer.actions_by_writer["openai"].isEnabled()
    finish(described.editor.again.click)
    assert described.message_bar.text == "The writer gave the same text again."
    finish(writer.local.trigger)
    assert writer.writer == "openai"


def test_photos_are_not_sent_when_the_person_says_no_which_can_be_for_good(
    described, context, settle, qtbot, monkeypatch
):
    """The question is asked in the window, while the writer's thread waits."""
    monkeypatch.setenv("OPENAI_API_KEY", "no-real-key")
    context.settings.update(writer="openai", address="http://127.0.0.1:9/v1")
    before = stored(described, "red")
    monkeypatch.setattr(OpenAIWriter, "estimate_cost", lambda *_: 0.0061)
    for press in (lambda box: qtbot.keyClick(box, Qt.Key.Key_Return), QMessageBox.reject, keep_local):
        assert not described.writer.is_local
        described.editor.again.click()
        qtbot.waitUntil(lambda: bool(questions()))
        (box,) = questions()
        assert box.focusWidget() is box.button(QMessageBox.StandardButton.Cancel)
        assert "127.0.0.1:9" in box.text()
        assert "names of the classes go along" in box.text()
        assert "That costs about $0.0061." in box.text()
        assert str(context.opened.path.parent) not in box.text() + box.detailedText()
        assert all(photo.name in box.detailedText() for photo in described.editor.strip.photos), "which photos"
        first = box.iconPixmap().toImage().pixelColor(50, 50)
        assert first.red() > 2 * first.blue(), "they are seen"
        assert box.textFormat() == Qt.TextFormat.PlainText
        press(box)
        settle()
        assert stored(described, "red") == before
    assert described.writer.is_local


@pytest.mark.parametrize("is_undone", [False, True])
def test_a_line_that_is_typed_stays_when_other_texts_come_and_is_dropped_when_its_own_goes(
    page, open_tiny, edit, finish, context, qtbot, is_undone
):
    open_tiny()
    finish(page.write.click)
    red, green = (class_id(page, name) for name in ("red", "green"))
    page.classes.edit(page.model.index(page.model.class_ids.index(red), 0))
    (line,) = (field for field in page.classes.findChildren(QLineEdit) if field.isVisible())
    line.selectAll()
    qtbot.keyClicks(line, "a crimson thing")
    if is_undone:
        finish(context.undo.undo)
    else:
        green_text = context.contents.descriptions[green]
        edit(lambda tx: tx.put_description(replace(green_text, sentence="a green thing")))
        assert line.text() == "a crimson thing"
    finish(lambda: qtbot.keyClick(line, Qt.Key.Key_Return))
    texts = context.contents.descriptions
    assert [text.sentence for text in texts.values() if text.class_id == red] == ["a crimson thing"] * (not is_undone)


def test_what_a_text_cost_is_said_in_the_digits_of_the_question(described, edit, context):
    red = context.contents.descriptions[class_id(described, "red")]
    paid = replace(red, writer="openai", model="gpt-5", input_tokens=1_200, output_tokens=34_000, cost=0.0061)
    edit(lambda tx: tx.put_description(paid))
    assert described.editor.state.text().endswith("written by gpt-5 · about $0.0061 · 35\u202f200 tokens")


def keep_local(box: QMessageBox) -> None:
    next(one for one in box.buttons() if one.text() == "Keep this project local").click()


def agree_to_all(context, qtbot) -> None:
    """Agree to whatever is asked, until nothing is at work."""

    def is_over() -> bool:
        for box in questions():
            next(one for one in box.buttons() if one.text() == "Send").click()
        return not context.background.operations

    qtbot.waitUntil(is_over)


def test_what_a_service_failed_for_is_written_offline_if_the_person_says_so(
    described, context, settle, finish, qtbot, monkeypatch
):
    described.editor.phrase_model.add("mine alone")
    settle()
    before = stored(described, "red")
    monkeypatch.setenv("OPENAI_API_KEY", "no-real-key")
    context.settings.update(writer="openai", address="http://127.0.0.1:9/v1")  # where nobody listens
    described.editor.again.click()
    agree_to_all(context, qtbot)
    assert stored(described, "red") == before, "nothing is replaced without the person's word"
    assert described.message_bar._button.text() == "Write offline"
    finish(described.message_bar._button.click)
    assert described.message_bar.text == "The writer gave the same text again."
    assert described.contents.descriptions[class_id(described, "red")].writer == "offline"
    assert "mine alone" in stored(described, "red"), "a phrase of one's own stays"


def test_written_offline_are_the_classes_that_a_service_failed_for_alone(described, finish, monkeypatch):
    asked = []

    def describe(bench, writer, job, *, class_ids, **how):
        asked.append((writer, class_ids))
        failed = class_ids[1:] if writer == "openai" else []
        return Described({}, (), tuple((f"class {key}", "no answer") for key in failed), tuple(failed))

    monkeypatch.setattr(describing, "describe", describe)
    finish(lambda: described.writing.start([1, 2, 3], "openai"))
    finish(described.message_bar._button.click)
    assert asked == [("openai", [1, 2, 3]), ("offline", [2, 3])]


def test_keys_change_no_text_that_is_being_written(described, settle, qtbot, hold):
    view, gate = described.editor.phrases, hold(Stage.DESCRIBE)
    view.setFocus()
    view.setCurrentIndex(described.editor.phrase_model.index(0))
    described.editor.again.click()
    before = phrases(described)
    view.setFocus()
    for key in (Qt.Key.Key_Insert, Qt.Key.Key_Delete, Qt.Key.Key_Down):
        qtbot.keyClick(view, key, _ALT if key == Qt.Key.Key_Down else Qt.KeyboardModifier.NoModifier)
        assert described.findChild(QInputDialog) is None
        assert phrases(described) == before
    gate.open()
    settle()
    assert described.message_bar.text == "The writer gave the same text again."
