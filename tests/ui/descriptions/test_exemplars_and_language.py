"""Another exemplar, another language: what a text is written from, and in."""

import shutil

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QInputDialog

from spa_desktop.workbench import overview
from tests.ui.descriptions.conftest import choose, class_id


@pytest.fixture
def described(page, open_tiny, settle):
    """Two described classes of four photos to learn from; of each class two are exemplars; red is chosen."""
    open_tiny(described=True, exemplars=2)
    choose(page, "red")
    settle()
    return page


def test_an_exemplar_is_swapped_by_keyboard_and_had_back(described, context, qtbot):
    strip = described.editor.strip
    before = [photo.id for photo in strip.photos]
    assert not described.editor.swap.isEnabled(), "no exemplar is chosen yet"
    strip.setFocus(Qt.FocusReason.TabFocusReason)
    qtbot.keyClick(strip, Qt.Key.Key_Right)
    assert strip.current.id == before[1]
    qtbot.keyClick(strip, Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
    qtbot.waitUntil(lambda: described.swapping.dialog is not None and described.swapping.dialog.isVisible())
    dialog = described.swapping.dialog
    offered = [photo.id for photo in dialog.photos.photo_list.photos]
    assert set(offered).isdisjoint(before)
    assert len(offered) == 2, "test photos are not offered"
    qtbot.keyClick(dialog.photos, Qt.Key.Key_Right)
    chosen = dialog.chosen.id
    qtbot.keyClick(dialog.photos, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: [photo.id for photo in strip.photos] == [before[0], chosen])
    assert "still the one before" in described.message_bar.text
    text = described.contents.descriptions[class_id(described, "red")]
    context.undo.undo()
    qtbot.waitUntil(lambda: [photo.id for photo in strip.photos] == before)
    assert described.contents.descriptions[class_id(described, "red")] == text


@pytest.mark.parametrize(
    ("typed", "how"),
    [
        ("sentence", "class"),
        ("sentence", "project"),
        ("phrase", "class"),
        ("phrase", "project"),
        ("language", "project"),
    ],
)
def test_what_is_typed_for_a_class_that_goes_is_not_said_of_another(described, context, qtbot, settle, typed, how):
    """The class is deleted by what waited for a training, or a project that took long to open is there."""
    editor, red = described.editor, class_id(described, "red")
    if typed == "sentence":
        editor.sentence.setFocus()
        qtbot.waitUntil(editor.sentence.hasFocus)
        editor.sentence.selectAll()
        qtbot.keyClicks(editor.sentence, "typed")
    else:
        editor.phrases.ask() if typed == "phrase" else described.writer.other.trigger()
        described.findChild(QInputDialog).setTextValue("typed")
    if how == "class":
        context.edit("delete class", "red", lambda tx: tx.delete_class(red))
        settle()
    else:
        path = context.contents.path
        with qtbot.waitSignal(context.project_opened):
            context.open_project(shutil.copy(path, path.with_name("Other.spa")))
        choose(described, "red")
    if typed == "sentence":
        qtbot.keyClick(editor.sentence, Qt.Key.Key_Return)
    for box in filter(QInputDialog.isVisible, described.findChildren(QInputDialog)):
        box.accept()
    settle()
    assert "typed" not in f"{context.contents.descriptions} {context.contents.settings}"


def test_a_project_has_a_language_which_is_kept(described, context, finish):
    writer, steps = described.writer, len(context.contents.undo)
    assert writer.actions_by_language["en"].isChecked()
    finish(writer.actions_by_language["de"].trigger)
    assert [tag for tag, action in writer.actions_by_language.items() if action.isChecked()] == ["de"]
    assert overview.overview(context.workbench)["language"] == "de"
    assert len(context.contents.undo) == steps, "no step of undo that would do nothing"


def test_any_other_language_is_typed_and_what_is_none_is_refused(described, context, settle):
    with_line = []
    context.banner_requested.connect(lambda text, *_: with_line.append(text))
    for tag in ("sv", "not a language!"):
        described.writer.other.trigger()
        box = described.findChild(QInputDialog)
        box.setTextValue(tag)
        box.accept()
        settle()
    assert described.writer.other.text() == "Another language (Svenska)..."
    assert not any(action.isChecked() for action in described.writer.actions_by_language.values())
    assert "is no language tag" in with_line[0]
    assert overview.overview(context.workbench)["language"] == "sv"


def test_the_text_is_written_again_from_the_photos_that_show_the_class_now(described, settle, qtbot):
    strip = described.editor.strip
    qtbot.mouseClick(strip.viewport(), Qt.MouseButton.LeftButton, pos=strip.visualRect(strip.model().index(0)).center())
    described.editor.swap.click()
    qtbot.waitUntil(lambda: described.swapping.dialog is not None and described.swapping.dialog.isVisible())
    dialog = described.swapping.dialog
    chosen = dialog.chosen
    dialog.swap.click()
    qtbot.waitUntil(lambda: chosen.id in [photo.id for photo in strip.photos])
    settle()
    known = {photo.id for photo in strip.photos}
    assert described.message_bar._button.text() == "Write again"
    choose(described, "green")
    settle()
    described.message_bar._button.click()
    red = class_id(described, "red")
    assert described.writing.class_ids == {red}, "the class that it tells of, not the one that is shown"
    settle()
    text = described.contents.descriptions[red]
    assert {place.photo_id for phrase in text.phrases for place in phrase.support} <= known
