"""The Explain page as a person drives it, on a small encoder and a project that learned three colours."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QRect, Qt
from PySide6.QtGui import QHelpEvent, QImage
from PySide6.QtWidgets import QApplication, QToolTip

from spa_desktop.project.records import Phrase
from spa_desktop.ui.explain import photo_walk
from spa_desktop.ui.explain.answer_panel import decided_in_words
from spa_desktop.ui.explain.explain_page import ExplainPage, PhotoQuestion
from spa_desktop.ui.explain.photo_walk import Filter
from spa_desktop.ui.photo.colour_maps import veil
from spa_desktop.ui.photo.explanation_words import Row, RowRole, ShareRole, bars_of
from spa_desktop.ui.photo.photo_canvas import patch_box
from spa_desktop.ui.widgets import forms
from spa_desktop.ui.widgets.probability_bars import none_of_these
from spa_desktop.ui.widgets.words import share_words
from spa_desktop.workbench import evaluating
from tests.ui.conftest import named, nameless
from tests.ui.mouse import drop, place_of, point
from tests.workbench.tiny import draw_photo


@pytest.fixture
def page(open_colours, show_page, qtbot) -> ExplainPage:
    """Shows the first of nine test photos."""
    open_colours(tasks=1, trained=1)
    found = show_page(ExplainPage)
    wait_answer(qtbot, found)
    return found


def wait_answer(qtbot, page: ExplainPage) -> None:
    qtbot.waitUntil(lambda: page.shown_answer is not None and not page.context.background.operations)


def test_where_the_keys_go_is_seen_and_tab_reaches_every_pin(page, qtbot):
    focused = page.canvas.grab().toImage()
    page.viewer.heat.setFocus()
    assert page.canvas.grab().toImage() != focused, "the photo has a ring where it has the focus"
    page.answers.bars.others.click()
    pins, seen = [pin for pin in page.answers.bars.pins if pin.isVisible() and pin.isEnabled()], []
    pins[0].setFocus()
    while page.focusWidget() not in seen:
        seen.append(page.focusWidget())
        qtbot.keyClick(seen[-1], Qt.Key.Key_Tab)
    assert set(pins) <= set(seen)


def test_the_photo_grows_with_the_window(page, qtbot):
    before = page.canvas.height()
    page.hide()  # as while another page is shown
    page.resize(page.width(), page.height() + 300)
    page.show()
    qtbot.waitUntil(lambda: page.canvas.height() > before + 280)


def test_phrases_have_room_for_some_lines_however_much_stands_above_them(page, qtbot):
    answers = page.answers
    answers.compare.setCurrentIndex(1)
    answers.compare.activated.emit(1)
    qtbot.waitUntil(lambda: len(page.shown_answer.explanations) == 2)
    answers.bars.others.click()
    page.resize(740, 440)
    qtbot.waitUntil(lambda: page.body.height() > page.height(), timeout=5000)  # it scrolls
    last = answers.model.index(answers.model.rowCount() - 1, 0)
    assert last.row() == 3
    assert answers.phrases.viewport().rect().contains(answers.phrases.visualRect(last))


def test_the_first_test_photo_is_shown_with_its_classes_and_phrases(page, qtmodeltester, context):
    assert page.walk.counter.text() == "1 of 9"
    page.answers.bars.others.click()
    buttons = [button for button in page.answers.bars.buttons if button.isVisible()]
    bars = [button.bar for button in buttons]
    assert {bar.name for bar in bars} == {"red", "green", "blue"}
    assert bars == bars_of(context.contents, page.shown_answer.found)
    said = [button.accessibleName() for button in buttons]
    assert said == [f"{bar.name}, {share_words(bar.probability)}" for bar in bars], "as it is said elsewhere"
    assert buttons[0].isChecked()
    assert page.answers.model.rowCount() > 1
    assert page.canvas.overlay is not None, "the heat map is on at first"
    name = page.walk.record.name
    assert name in page.viewer.caption.text()
    assert page.viewer.caption.text().endswith(", recognised")
    assert nameless(page) == []
    qtmodeltester.check(page.answers.model)
    shown = page.shown_answer
    page.explainer.answered.emit(PhotoQuestion(page._photo), replace(shown, found=replace(shown.found, threshold=9.0)))
    assert name in page.viewer.caption.text()
    assert f"· {none_of_these(shown.found.top[0].name)}" in page.viewer.caption.text()
    pictures = []
    for change in (lambda: page.viewer.slider.setValue(0), page.viewer.grid.click):
        change()
        pictures.append(page.canvas.grab().toImage())
    page.viewer.slider.setValue(90)
    assert page.canvas.grab().toImage() != pictures[1] != pictures[0]
    context.close_project()
    assert page.shown_answer is None
    assert page.walk.photos == []
    assert page.canvas.photo.isNull()


def test_what_decided_adds_up_to_the_lead_of_the_score_and_is_lit(page):
    found = page.shown_answer.found
    first, second = found.top[:2]
    decided, one = page.answers.decided, page.shown_answer.first
    assert decided.isVisible()
    assert decided.heading.text() == (
        f"{first.name} {share_words(first.probability)} against {second.name} {share_words(second.probability)}"
    )
    figures = [float(bar.accessibleName().split()[-1]) for _, bar, _ in decided.rows]
    lead = np.log(first.probability / second.probability)
    assert sum(figures) == pytest.approx(lead, abs=0.05)
    assert sum(one.shares.values()) == pytest.approx(lead, abs=1e-3)
    longest = max(range(4), key=lambda row: abs(figures[row]))
    name, bar, figure = decided.rows[longest]
    assert abs(bar.part) == 1.0
    assert figure.text().startswith("strongly "), "figures are said by pointing"
    assert f"{figures[longest]:+.2f}".replace("-", "\u2212") in name.toolTip()
    assert all((bar.part > 0) == (value > 0) for (_, bar, _), value in zip(decided.rows, figures, strict=True) if value)
    assert decided.sentence.text() == decided_in_words(one.shares)
    # No patch is coloured that was not selected, and the overlay is brightest where most was added.
    assert set(np.flatnonzero(one.weights)) <= set(one.selected.tolist())
    assert one.weights.argmax() == one.selected[one.patch_shares.argmax()]


def test_arrow_keys_go_through_the_photos_and_stop_at_the_ends_and_the_newest_is_answered(page, qtbot):
    names = [page.walk.record.name]
    page.answers.bars.others.click()
    qtbot.mouseClick(page.answers.bars.buttons[2], Qt.MouseButton.LeftButton)
    wait_answer(qtbot, page)
    assert page.shown_answer.first.class_id == page.answers.bars.buttons[2].bar.class_id
    for _ in range(9):
        qtbot.keyClick(page.canvas, Qt.Key.Key_Right)
        wait_answer(qtbot, page)
        assert page.shown_answer.first.class_id == page.shown_answer.found.top[0].class_id, "of each photo its best"
        names.append(page.walk.record.name)
    assert len(set(names)) == 9
    assert names[-1] == names[-2]
    assert not page.walk.on.isEnabled()
    answered = []
    page.explainer.answered.connect(lambda question, shown: answered.append(question.photo))
    for _ in range(6):
        qtbot.keyClick(page.answers.phrases, Qt.Key.Key_Left)
    wait_answer(qtbot, page)
    assert page.walk.record.name == names[2]
    assert answered[-1] == Path(page.walk.record.path)
    assert len(answered) <= 2


@pytest.fixture
def misjudged(photos, open_colours, show_page, qtbot) -> ExplainPage:
    """Eleven test photos. Two of them lie in the folder of red, and show something else: no answer to them is right."""
    for look in ("green", "blue"):
        draw_photo(photos / "1" / "test" / "red" / f"{look}.png", look, 70)
    open_colours(tasks=1, trained=1)
    page = show_page(ExplainPage)
    wait_answer(qtbot, page)
    return page


def wait_checked(qtbot, page: ExplainPage) -> None:
    qtbot.waitUntil(lambda: page.walk.is_checked and not page.context.background.operations)


def test_filters_pick_photos_of_a_class_and_wrong_ones_by_the_labels_of_now(misjudged, qtbot, context, edit):
    page = misjudged
    bar = page.walk
    blue = named(context, "blue")
    bar.choice.activated.emit(bar.choice.findText("blue"))
    wait_answer(qtbot, page)
    assert bar.counter.text() == "1 of 3"
    assert page.walk.record.class_id == blue.id
    bar.choice.activated.emit(bar.choice.findText("Wrong"))
    wait_checked(qtbot, page)
    report = evaluating.evaluate(page.context.workbench)["photos"]
    answers = zip(report["id"], report["class"], report["answer"], strict=True)
    wrong = {photo for photo, truth, said in answers if truth != said}
    assert 0 < len(wrong) < 11
    assert {photo.id for photo in page.walk.photos} == wrong
    assert bar.counter.text() == f"1 of {len(wrong)}"
    wait_answer(qtbot, page)
    record, answer = page.walk.record, page.shown_answer.found.top[0].class_id
    assert answer != record.class_id
    edit(lambda tx: tx.move_photos([record.id], answer))
    wait_answer(qtbot, page)
    assert {photo.id for photo in page.walk.photos} == wrong - {record.id}
    # Photos that are tested with since are checked as well.
    red, green = named(context, "red"), named(context, "green")
    new = next(one for one in context.workbench.project.photos(green.id, split="train"))
    edit(lambda tx: (tx.move_photos([new.id], red.id), tx.set_split([new.id], "test")))
    qtbot.waitUntil(lambda: len(page.walk.photos) == len(wrong))
    assert {photo.id for photo in page.walk.photos} == {*wrong, new.id} - {record.id}
    wait_answer(qtbot, page)


def test_pointing_at_a_phrase_by_pointer_or_keys_lights_the_patches_of_its_plan(page, qtbot):
    phrases, one = page.answers.phrases, page.shown_answer.first
    index = page.answers.model.index(1, 0)
    row = index.data(RowRole)
    point(qtbot, phrases.viewport(), lambda: place_of(qtbot, phrases, index), lambda: page.canvas.lit is not None)
    assert set(page.canvas.lit) == {int(patch) for patch in one.selected}
    assert page.canvas.lit[int(one.selected[one.plan[:, row.phrase].argmax()])] == 1.0
    QApplication.sendEvent(phrases.viewport(), QEvent(QEvent.Type.Leave))
    assert page.canvas.lit is None
    phrases.setFocus(Qt.FocusReason.TabFocusReason)
    qtbot.keyClick(phrases, Qt.Key.Key_Down)
    qtbot.keyClick(phrases, Qt.Key.Key_Down)
    assert phrases.currentIndex().data(RowRole).phrase is not None
    assert page.canvas.lit is not None
    # Where places are known it is lit as finely; where no place fits it, the photo says so instead.
    lights = np.zeros((len(one.phrases), 26, 26), np.float32)
    places = replace(one, places=np.ones((26, 26), np.float32), lights=lights)
    page.shown_answer = replace(page.shown_answer, first=places)
    for light, said in ((1.0, ""), (0.0, "Nothing in this photo fits this phrase.")):
        lights[0, 3, 3] = light
        phrases.row_pointed.emit(row)
        assert (page.canvas.lit, page.canvas.caption) == (veil(lights[0]), said)
    phrases.row_pointed.emit(None)
    assert (page.canvas.lit, page.canvas.caption) == (None, "")


def test_pointing_at_a_patch_shares_it_out_among_the_phrases(page, qtbot):
    one = page.shown_answer.first
    used = int(one.selected[0])
    box, model = patch_box(used, one.grid, one.crop), page.answers.model
    expected, rest = one.plan[0] * len(one.selected), one.dustbin[0] * len(one.selected)
    assert sum(expected) + rest == pytest.approx(1.0, abs=1e-4)

    def is_shared_out() -> bool:
        shares = [model.index(row, 0).data(ShareRole) for row in range(1, model.rowCount())]
        return None not in shares and np.allclose(shares, expected, atol=1e-4)

    point(qtbot, page.canvas, lambda: page.canvas.placement().to_screen(box).center().toPoint(), is_shared_out)
    assert ("fits none" in page.answers.hint.text()) == (rest >= 0.005)
    QApplication.sendEvent(page.canvas, QEvent(QEvent.Type.Leave))
    phrase = model.index(1, 0)
    assert phrase.data(ShareRole) is None
    page.answers.show_shares([[0.34, 0.33, 0.33]])
    assert page.answers.hint.text() == "This patch fits all phrases about equally."
    assert phrase.data(ShareRole) is None
    page.answers.show_shares([[0.6, 0.2, 0.2]])
    assert phrase.data(ShareRole) == 0.6


def test_a_pinned_class_shows_the_difference_and_its_phrases_and_why_not_it(page, qtbot):
    before = page.canvas.overlay.copy()
    page.answers.bars.others.click()
    qtbot.mouseClick(page.answers.bars.pins[2], Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: page.shown_answer.second is not None)
    first, third = (page.answers.bars.buttons[place].bar for place in (0, 2))
    assert page.shown_answer.second.class_id == third.class_id
    assert page.canvas.overlay != before
    assert page.answers.compare.currentText() == third.name
    assert page.answers.compare.findText(first.name) == -1, "the answer is compared with others"
    assert page.viewer.legend.words[0] == third.name
    model = page.answers.model
    rows = [model.index(number, 0).data(RowRole) for number in range(model.rowCount())]
    assert [row.text for row in rows if row.phrase is None] == [first.name, third.name]
    one = page.shown_answer.first
    assert (one.class_id, one.against_id) == (first.class_id, third.class_id)
    assert one.probability == pytest.approx(first.probability, abs=1e-6)
    assert one.against_probability == pytest.approx(third.probability, abs=1e-6)
    assert third.name in page.answers.decided.heading.text()
    assert sum(one.shares.values()) == pytest.approx(np.log(first.probability / third.probability), abs=1e-2)
    page.answers.compare.activated.emit(0)
    qtbot.waitUntil(lambda: page.shown_answer.second is None)
    assert page.canvas.overlay == before
    page.answers.compare.activated.emit(page.answers.compare.findText(third.name))
    qtbot.waitUntil(lambda: page.shown_answer.second is not None)


def test_hover_texts_of_bars_hide_no_other_bar(page, qtbot):
    for group, bar in (
        (page.answers.bars, page.answers.bars.buttons[0]),
        (page.answers.decided, page.answers.decided.rows[0][1]),
    ):
        centre = bar.rect().center()
        QApplication.sendEvent(bar, QHelpEvent(QEvent.Type.ToolTip, centre, bar.mapToGlobal(centre)))
        (shown,) = (one for one in QApplication.topLevelWidgets() if one.inherits("QTipLabel") and one.isVisible())
        assert QToolTip.text() == bar.toolTip()
        assert not shown.geometry().intersects(QRect(group.mapToGlobal(QPoint()), group.size()))
        QToolTip.hideText()
        qtbot.waitUntil(lambda: not QToolTip.isVisible())


def test_a_sentence_that_the_model_uses_stands_below_the_phrases(page, qtbot, context, edit, learn_more):
    """It is compared with the whole photo: it lights no place. One made of name and phrases says nothing more."""

    def rows() -> list[Row]:
        model = page.answers.model
        return [model.index(number, 0).data(RowRole) for number in range(model.rowCount())]

    said = "a thing that glows in the dark"
    text = context.opened.descriptions[page.shown_answer.first.class_id]
    assert [row.text for row in rows()] == 2 * [named(context, "blue").name], "its sentence says no more"
    edit(lambda tx: tx.put_description(replace(text, sentence=said)))
    learn_more()
    qtbot.waitUntil(lambda: rows()[1].text == said)
    assert rows()[1].phrase == 0, "without phrases it is compared with the patches"
    edit(lambda tx: tx.put_description(replace(text, sentence=said, phrases=(Phrase("blue all over", "edited"),))))
    learn_more()
    qtbot.waitUntil(lambda: rows()[1].text == "blue all over")
    row = rows()[-1]
    assert (row.text, row.phrase, row.is_name) == (said, None, False)
    phrases = page.answers.phrases
    index = page.answers.model.index(2, 0)
    point(qtbot, phrases.viewport(), lambda: place_of(qtbot, phrases, index), lambda: page.canvas.caption)
    assert page.canvas.caption == "This sentence is compared with the whole photo."
    assert page.canvas.lit is None
    QApplication.sendEvent(phrases.viewport(), QEvent(QEvent.Type.Leave))
    assert page.canvas.caption == ""


def test_any_file_can_be_dropped_chosen_or_handed_over(page, qtbot, tmp_path, monkeypatch, context):
    green, red = (draw_photo(tmp_path / f"some {look}.png", look, 77) for look in ("green", "red"))
    assert drop(page, [green])
    wait_answer(qtbot, page)
    assert page.viewer.caption.text() == "some green.png"
    assert page.walk.counter.text() == "9 in all"
    monkeypatch.setattr(forms, "choose_file", lambda *_: red)
    assert page.answers.bars.buttons[0].bar.name == "green"
    page.viewer.frame.placed.emit((0.2, 0.2, 0.8, 0.8))
    assert context.undo.can_undo
    for look, go in (("red", page.open_button.click), ("green", lambda: page.show_item(QImage(str(green))))):
        go()
        wait_answer(qtbot, page)
        assert page.answers.bars.buttons[0].bar.name == look
        assert not context.undo.can_undo, "the frame was of another photo"
    qtbot.keyClick(page.canvas, Qt.Key.Key_Right)
    wait_answer(qtbot, page)
    assert page.walk.counter.text() == "1 of 9"


def test_the_card_says_what_undo_brought_back_and_no_more(page, qtbot, tmp_path, context, settle):
    page.show_item(draw_photo(tmp_path / "some green.png", "green", 77))
    wait_answer(qtbot, page)
    said = {Qt.Key.Key_2: "It waits to be learned", Qt.Key.Key_0: "You said: none of these."}
    for key, words in said.items():
        qtbot.keyClick(page.canvas, key)
        settle()
        assert words in page.card.state.text()
    for words in (said[Qt.Key.Key_2], "The number keys choose"):
        context.undo.undo()
        settle()
        assert words in page.card.state.text()
    assert not context.contents.corrections


def test_a_photo_that_is_gone_is_named_and_the_next_one_is_shown(page, qtbot):
    gone = page.walk.photos[1]
    Path(gone.path).unlink()
    page.viewer.heat.setFocus()
    qtbot.keyClick(page.canvas, Qt.Key.Key_Right)
    qtbot.waitUntil(lambda: "is missing" in page.canvas.message)
    assert gone.name in page.canvas.message
    assert page.canvas.message.endswith("Find moved photos, in the Project menu, looks for it.")
    viewer, is_on = page.viewer, page.viewer.heat.isChecked()
    tools = [viewer.heat, viewer.slider, viewer.grid, viewer.large]
    assert not any(tool.isEnabled() for tool in tools)
    assert all("is missing" in tool.toolTip() for tool in tools), "the tip says why"
    assert page.focusWidget() is page.canvas
    qtbot.keyClick(page.canvas, Qt.Key.Key_H)
    assert viewer.heat.isChecked() == is_on
    qtbot.keyClick(page.canvas, Qt.Key.Key_Right)
    wait_answer(qtbot, page)
    assert all(tool.isEnabled() and "missing" not in tool.toolTip() for tool in tools)
    assert page.walk.counter.text() == "3 of 9"


def test_a_photo_that_was_deleted_meanwhile_is_said_to_be_gone(page, qtbot, context, edit):
    photo = context.workbench.project.photos(split="train")[0]
    page.show_item(photo.id)
    wait_answer(qtbot, page)
    gone = "This photo is not in the project any more."
    edit(lambda tx: tx.delete_photos([photo.id]))
    qtbot.waitUntil(lambda: page.canvas.message == gone)
    qtbot.keyClick(page.canvas, Qt.Key.Key_Right)
    wait_answer(qtbot, page)
    page.show_item(photo.id)
    qtbot.waitUntil(lambda: page.canvas.message == gone)
    assert page.walk.counter.text() == "9 in all"


def test_a_wrong_answer_is_compared_with_the_label_of_the_photo(misjudged, qtbot):
    page = misjudged
    wrong = next(photo for photo in page.walk.photos if photo.name == "blue.png")
    page.show_item(wrong.id)
    wait_answer(qtbot, page)
    answer = page.shown_answer.found.top[0].class_id
    assert answer != wrong.class_id
    assert (page.shown_answer.first.class_id, page.shown_answer.second.class_id) == (answer, wrong.class_id)
    assert page.answers.compare.currentData() == wrong.class_id
    # What the user chooses counts, until another photo is shown.
    page.answers.compare.activated.emit(0)
    wait_answer(qtbot, page)
    assert page.shown_answer.second is None
    # Digits are typed in the field: no chip promises another effect of them.
    assert page.card.chips[0].text().startswith("1  ")
    page.card.field.setFocus()
    assert not page.card.chips[0].text().startswith("1")
    page.canvas.setFocus()
    assert page.card.chips[0].text().startswith("1  ")


def test_the_model_is_loaded_anew_after_it_learned_more(open_colours, show_page, qtbot, learn_more):
    open_colours(tasks=2, trained=1)
    page = show_page(ExplainPage)
    wait_answer(qtbot, page)
    learn_more()
    qtbot.waitUntil(lambda: page.shown_answer is not None and len(page.shown_answer.found.top) == 5)
    qtbot.waitUntil(lambda: page.walk.counter.text() == "1 of 15")


def test_a_photo_of_nothing_that_was_learned_is_none_of_these(page, qtbot, tmp_path):
    answers = page.answers
    assert answers.unknown.isHidden()
    assert answers.heading.text() == "Predicted as"
    for kept, percent in ((0.95, 5), (0.9, 10)):
        page.context.settings.update(kept_share=kept)
        page.show_item(draw_photo(tmp_path / f"strange-{percent}.png", "amber", percent))
        qtbot.waitUntil(lambda: not answers.unknown.isHidden())
        assert f"About {percent} % " in answers.unknown.toolTip()
        assert answers.unknown.text() == f"None of these (nearest: {answers.bars.buttons[0].bar.name})"
        assert page.card.prediction.text() == answers.unknown.text()
        assert answers.decided.sentence.text().startswith("Why nearest: ")
        assert answers.heading.text() == "If it were one of these"
        page.show_item(draw_photo(tmp_path / "red.png", "red", 3))
        qtbot.waitUntil(answers.unknown.isHidden)


def test_what_one_photo_was_predicted_as_is_not_said_of_the_next(page, seeing, qtbot, context, edit):
    """The next photo is still being looked at when the project changes, as after a correction by key."""
    first, caption = page.walk.record, page.viewer.caption.text()
    seeing.clear()
    qtbot.keyClick(page.canvas, Qt.Key.Key_Right)
    edit(lambda tx: tx.add_task("x"))
    assert page.viewer.caption.text() == caption
    for key in (Qt.Key.Key_1, Qt.Key.Key_0, Qt.Key.Key_Delete):
        qtbot.keyClick(page.canvas, key)
    assert "not in sight" in page.card.state.text()
    page.card.field.setFocus()
    qtbot.keyClicks(page.card.field, "blue")
    seeing.set()
    wait_answer(qtbot, page)
    assert page.card.shown.photo == page.walk.record.id != first.id
    assert page.card.field.text() == "", "it was typed while another photo was seen"
    # Its answer is its label, so the card has two buttons: a digit shows first what it would say.
    qtbot.keyClick(page.canvas, Qt.Key.Key_1)
    assert page.card.chips[0].isVisible()
    assert not context.contents.corrections
    qtbot.keyClick(page.canvas, Qt.Key.Key_1)
    qtbot.waitUntil(lambda: bool(context.contents.corrections))
    assert [one.photo_id for one in context.contents.corrections] == [page.walk.record.id]


@pytest.fixture
def half_sure(monkeypatch) -> None:
    """The model of three plain colours is sure of all photos. Here it is less sure of each photo than of the next."""
    read = photo_walk.read_predictions

    def less_sure(bench, job):
        found = sorted(read(bench, job).items())
        return {key: (one[0], (place + 0.5) / len(found)) for place, (key, one) in enumerate(found)}

    monkeypatch.setattr(photo_walk, "read_predictions", less_sure)


def test_unsure_photos_are_those_below_the_threshold(half_sure, page, qtbot):
    everything = sorted(photo.id for photo in page.walk.photos)
    page.context.settings.update(unsure_below=0.7)
    page.walk.set_filter(Filter("unsure"))
    wait_checked(qtbot, page)
    wait_answer(qtbot, page)
    assert page.walk.counter.text() == "1 of 6"
    for below, number in ((0.3, 3), (0.0, 0)):
        page.context.settings.update(unsure_below=below)
        assert sorted(photo.id for photo in page.walk.photos) == everything[:number], "the list follows the setting"
    assert page.canvas.message == "The model was sure of every test photo."
    assert page.shown_answer is None
    page.context.settings.update(unsure_below=0.9)
    wait_answer(qtbot, page)
    assert page.walk.counter.text() == "1 of 8"
