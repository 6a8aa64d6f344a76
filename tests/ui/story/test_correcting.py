"""A person sees a mistake, says what it is, has it learned, and sees what that did."""

import pytest
from PySide6.QtCore import Qt

from spa_desktop.project.folders import add_classes
from spa_desktop.ui.corrections.correction_card import CorrectionCard
from spa_desktop.workbench import training
from spa_desktop.workbench.open_project import OpenProject
from tests.ui.story.conftest import open_by_drop
from tests.workbench.tiny import draw_photo


@pytest.fixture
def mistaken(learned, tmp_path):
    """The same project, but two green photos are among the test photos of red."""
    for seed in (30, 31):
        draw_photo(tmp_path / "more" / "red" / "test" / f"stray-{seed}.png", "green", seed)
    with OpenProject.open(learned.path) as bench:
        add_classes(bench.project, [tmp_path / "more" / "red"], top_up=True)
    return learned


def card_of(person) -> CorrectionCard:
    return person.page.findChild(CorrectionCard)


def said(card, name):
    return next(chip for chip in card.chips if not chip.isHidden() and name in chip.text())


def labels(person, stray):
    with OpenProject.open(person.context.contents.path, write=False) as bench:
        return [
            (bench.project.class_(one.class_id).name, one.split)
            for one in bench.project.photos()
            if one.name.startswith(stray)
        ]


def test_a_mistake_is_corrected_learned_and_confirmed_in_four_clicks(person, tmp_path):
    """The fourth looks at it again."""
    file = draw_photo(tmp_path / "dropped.png", "teal", 3)
    person.go_to("explain")
    person.wait(lambda: person.page.shown_answer is not None)
    assert person.drop(person.page, [file])
    card, tray = card_of(person), person.window.tray
    person.wait(lambda: card.shown is not None and card.shown.photo == file)
    taken = person.context.contents.class_(card.shown.answers[0][0]).name
    other = next(name for name in ("blue", "green", "red") if name != taken)
    assert not tray.isVisible()

    person.click(said(card, other))
    person.wait(lambda: tray.isVisible())
    assert tray.count.text() == "1 correction · 1 class"
    assert other in card.state.text()
    person.wait(lambda: tray.source.size_in_memory > 0)
    before = person.window.focusWidget()
    person.click(tray.learn)
    person.wait(lambda: tray.outcome is not None)
    assert person.window.focusWidget() is before, "a click on the tray leaves the keyboard with the photo"
    assert tray.message.text().startswith("1 of 1 is correct (before: 0)")
    assert tray.message.x() < tray.undo.x(), "first what happened, then what can be done"
    person.wait(lambda: card.shown is not None and card.shown.answers[0][0] == tray_class(person, other))
    assert labels(person, "dropped") == [(other, "train")]

    tray.undo.click()  # a double click takes the learning back, and not the correction
    tray.undo.click()
    person.rest()
    assert tray.outcome is None
    assert tray.count.text() == "1 correction · 1 class"
    assert labels(person, "dropped") == []
    person.wait(lambda: tray.items and tray.items[0].dropped.isVisible())
    person.click(tray.items[0].dropped)
    person.wait(lambda: not tray.isVisible())
    person.rest()


def tray_class(person, name):
    return next(one.id for one in person.context.contents.classes if one.name == name)


def test_the_photos_behind_a_cell_are_corrected_by_keys(sit, mistaken):
    person = open_by_drop(sit(), mistaken)
    page = person.go_to("results")
    person.wait(lambda: page.report is not None)
    strip, card, tray = page.parts.strip, card_of(person), person.window.tray
    person.wait(lambda: strip.model.rowCount() == 2)
    page.parts.ensureWidgetVisible(strip)
    person.click_row(strip.view, 0)
    person.wait(lambda: card.isVisible())
    first = strip.model.photos[0].id
    assert card.shown.label == tray_class(person, "red")
    assert "Predicted as green" in card.prediction.text()
    assert "its label is red" in card.prediction.text()
    person.press(Qt.Key.Key_1)
    person.wait(lambda: len(person.context.contents.corrections) == 1)
    person.click(card.field)
    person.press(Qt.Key.Key_Escape)
    person.press(Qt.Key.Key_Return)  # on to the next one
    person.wait(lambda: card.shown is not None and card.shown.photo != first)
    person.click(card.field)
    person.press(Qt.Key.Key_Escape)
    person.type("re")  # green, and red
    assert card.state.text() == "Enter makes the new class re. Tab takes green."
    person.press(Qt.Key.Key_Tab)
    assert card.state.text() == "Enter takes green."
    person.press(Qt.Key.Key_Return)
    person.wait(lambda: len(person.context.contents.corrections) == 2)
    person.wait(lambda: tray.source.size_in_memory == 2 * 28 * 28 * 4)
    person.click(tray.learn)
    person.wait(lambda: tray.outcome is not None)
    assert tray.message.text().startswith("2 of 2 are correct (before: 2) · none of ")
    assert tray.message.text().endswith(" test and learned photos changed"), "others may"
    person.go_to("classes")
    assert not tray.isVisible(), "it is no news on another page"
    person.go_to("results")
    assert labels(person, "stray") == [("green", "test")] * 2
    # The page measures anew: nothing is wrong any more.
    person.wait(lambda: page.report is not None and not page.report.photos_of(None, None))
    person.rest()


def test_a_new_name_and_what_is_said_of_a_test_photo_already(person, learned):
    person.go_to("explain")
    card, tray = card_of(person), person.window.tray
    person.wait(lambda: card.isVisible())
    contents = person.context.contents
    label = contents.class_(card.shown.label).name
    assert not card.field.isVisible(), "the answer is its label"
    person.click(card.wrong)
    assert card.whole.isVisible()
    person.press(Qt.Key.Key_Escape)
    assert not card.field.isVisible(), "it was opened by mistake"
    person.focus(card.wrong)
    person.press(Qt.Key.Key_Space)
    person.type("2")
    assert card.field.text() == "2", "a name is typed, though digits are keys elsewhere"
    person.rest()
    assert contents.corrections == ()
    person.press(Qt.Key.Key_Escape)
    assert card.state.text() == "Type a class or a new name, then Enter."
    person.type(label)
    person.press(Qt.Key.Key_Return)
    person.wait(lambda: "already" in card.state.text())
    assert contents.corrections == ()
    person.type("deep crimson")
    assert "new class deep crimson" in card.state.text()
    person.press(Qt.Key.Key_Return)
    person.wait(lambda: person.context.contents.corrections)
    person.type("Deep_Crimson")
    assert card.state.text() == "Enter takes deep crimson.", "it is the same name"
    person.press(Qt.Key.Key_Escape)
    # A class that is to be made is found by a part of its name, as others are.
    person.type("crim")
    assert card.state.text() == "Enter makes the new class crim. Tab takes deep crimson."
    person.press(Qt.Key.Key_Tab)
    person.press(Qt.Key.Key_Return)
    person.rest()
    assert [one.class_name for one in person.context.contents.corrections] == ["deep crimson"]
    person.click(tray.learn)
    person.wait(lambda: tray.outcome is not None)
    assert "not learned yet: deep crimson" in tray.message.text()
    person.rest()


def test_set_aside_and_read_only(person):
    page = person.go_to("explain")
    card, tray = card_of(person), person.window.tray
    person.wait(lambda: card.isVisible())
    photo = card.shown.photo
    person.focus(page.canvas)
    person.press(Qt.Key.Key_Delete)
    person.wait(lambda: person.context.contents.corrections)
    assert tray.count.text() == "1 correction"
    person.click(tray.learn)
    person.wait(lambda: tray.outcome is not None)
    person.wait(lambda: card.shown is not None and card.shown.photo != photo)
    assert len(page.walk.photos) == 8
    person.rest()


@pytest.mark.parametrize("where", ["explain", "results"])
def test_a_button_that_goes_gives_the_keyboard_back_to_the_photos(sit, mistaken, where):
    person = open_by_drop(sit(), mistaken)
    page = person.go_to("results")
    person.wait(lambda: page.report is not None and page.parts.strip.model.rowCount() == 2)
    photo = page.parts.strip.model.photos[0].id
    if where == "explain":
        person.context.go_to("explain", photo)
        page = person.page
        home = page.canvas
    else:
        home = page.parts.strip.view
        page.parts.ensureWidgetVisible(page.parts.strip)
        person.click_row(home, 0)
    card, tray = card_of(person), person.window.tray
    person.wait(lambda: card.isVisible() and card.shown is not None and card.shown.photo == photo)
    person.click(card.right)
    person.wait(lambda: "already" in card.state.text())
    assert not card.right.isVisible()
    assert person.window.focusWidget() is home
    person.press(Qt.Key.Key_Space)
    person.rest()
    assert person.context.contents.corrections == (), "nothing else was said of it"

    person.press(Qt.Key.Key_1)
    person.wait(lambda: tray.items)
    person.focus(tray.items[0].dropped)
    person.press(Qt.Key.Key_Space)
    person.wait(lambda: not tray.isVisible())
    assert person.window.focusWidget() is page, "the tray is gone"
    person.rest()


def test_learning_is_cancelled_and_everything_waits_still(person, hold, tmp_path):
    person.go_to("explain")
    file = draw_photo(tmp_path / "dropped.png", "teal", 3)
    person.wait(lambda: person.page.shown_answer is not None)
    assert person.drop(person.page, [file])
    card, tray = card_of(person), person.window.tray
    person.wait(lambda: card.shown is not None and card.shown.photo == file)
    person.press(Qt.Key.Key_2)
    person.wait(lambda: tray.isVisible())
    person.rest()
    before = person.context.contents.learner
    gate = hold("Saving")
    person.click(tray.learn)
    person.wait(gate.reached.is_set)
    assert not tray.learn.isEnabled()
    person.click(person.window.status.shown.cancel)
    gate.open()
    person.wait(lambda: tray.learn.isEnabled())
    assert tray.outcome is None
    assert person.context.contents.learner == before
    assert len(person.context.contents.corrections) == 1
    person.rest()


def counted(person):
    """Every click of the person from now on, by what was clicked."""
    clicks, click = [], person.qtbot.mouseClick

    def counting(widget, *more, **named):
        clicks.append(widget)
        click(widget, *more, **named)

    person.qtbot.mouseClick = counting
    return clicks


def test_a_wrong_label_among_the_learned_photos_is_found_and_corrected_in_four_clicks(sit, learned, tmp_path):
    """Worth a look, the photo, what it is, and Learn corrections."""
    for seed in (40, 41):
        draw_photo(tmp_path / "more" / "red" / "train" / f"stray-{seed}.png", "green", seed)
    with OpenProject.open(learned.path) as bench:
        add_classes(bench.project, [tmp_path / "more" / "red"], top_up=True)
        training.train(bench)
    person = open_by_drop(sit(), learned)
    page = person.go_to("results")
    worth, strip, card, tray = page.parts.worth, page.parts.worth.strip, card_of(person), person.window.tray
    person.wait(lambda: worth.found is not None)
    assert len([one for one in worth.found.mislabelled if not one.is_test]) >= 2
    assert not worth.links["scarce"].isVisible()
    clicks = counted(person)
    page.parts.ensureWidgetVisible(worth)
    person.click(worth.links["mislabelled"])
    shown = [photo.id for photo in strip.model.photos]
    strays = [one.id for one in person.context.workbench.project.photos() if one.name.startswith("stray")]
    assert set(strays) <= set(shown)
    person.click_row(strip.view, shown.index(strays[0]))
    person.wait(lambda: card.isVisible() and card.shown is not None and card.shown.photo == strays[0])
    assert card.prediction.text() == "This label may be wrong: green fits better than red."
    assert worth.links["mislabelled"].isChecked(), "its photos are shown still"
    # The other stray is red, says the person, and is not asked again.
    number = len(worth.found.mislabelled)
    person.click_row(strip.view, shown.index(strays[1]))
    person.wait(lambda: card.shown is not None and card.shown.photo == strays[1])
    person.click(card.right)
    person.wait(lambda: len(worth.found.mislabelled) == number - 1)
    assert strays[1] not in {one.photo_id for one in worth.found.mislabelled}
    assert card.state.text() == "That is its label already: you are not asked again."
    assert not card.right.isVisible()
    assert not tray.isVisible()
    clicks.clear()
    person.click(worth.links["mislabelled"])
    person.click_row(strip.view, [photo.id for photo in strip.model.photos].index(strays[0]))
    person.wait(lambda: card.shown is not None and card.shown.photo == strays[0])
    person.click(card.chips[0])
    person.wait(lambda: tray.learn.isVisible() and tray.learn.isEnabled())
    person.click(tray.learn)
    person.wait(lambda: tray.outcome is not None)
    assert tray.message.text().startswith("1 of 1 is correct")
    assert len(clicks) == 4
    assert sorted(labels(person, "stray")) == [("green", "train"), ("red", "train")]
    person.wait(lambda: worth.found is not None and strays[0] not in {one.photo_id for one in worth.found.mislabelled})
    assert strays[1] not in {one.photo_id for one in worth.found.mislabelled}
    person.rest()
