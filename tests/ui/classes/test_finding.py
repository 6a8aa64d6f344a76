"""Classes and photos are searched, filtered, ordered and made larger; names are shown as a person writes them."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage

from spa_desktop.ui.classes.classes_page import ClassesPage
from spa_desktop.ui.thumbnails.photo_view import FIT, SIDES
from spa_desktop.ui.widgets.class_list import ClassNode
from spa_desktop.workbench import Workbench
from spa_desktop.workbench.worth_a_look import Suspect, WorthALook
from tests.ui.classes.test_page import choose, find_class, names, select
from tests.ui.mouse import drop
from tests.workbench.tiny import draw_classes, draw_photo


def shown(page) -> list[str]:
    return [photo.name for photo in page.photo_model.photos]


def pick(box, data) -> None:
    box.setCurrentIndex(box.findData(data))
    box.activated.emit(box.currentIndex())


def order_classes(page, order: str) -> None:
    action = next(one for one in page.finder.button.menu().actions() if one.data() == order)
    action.trigger()


def test_classes_are_found_by_part_of_their_name_or_of_their_task(page, open_tiny, qtbot, settle):
    open_tiny(1, 2)
    page.finder.search.setText("RE")
    qtbot.waitUntil(lambda: names(page) == {"Task 1": ["green", "red"]})
    page.finder.search.setText("red")
    qtbot.waitUntil(lambda: names(page) == {"Task 1": ["red"]})
    settle()
    assert page.tree.node.name == "red"
    assert page.header.name.text() == "red"
    page.finder.search.setText("task 2")
    qtbot.waitUntil(lambda: names(page) == {"Task 2": ["amber"]})
    page.show_item(next(one.id for one in page.contents.classes if one.name == "green"))
    settle()
    assert page.tree.node.name == "green", "what is asked for is shown, found or not"
    assert page.finder.words == ""


def test_classes_are_ordered_within_their_tasks(page, open_tiny, settle, photos, context):
    draw_photo(photos / "1" / "train" / "red" / "more.png", "red", 77)
    open_tiny(1, 2)
    assert names(page)["Task 1"] == ["green", "red"]
    order_classes(page, "photos")
    assert names(page)["Task 1"] == ["red", "green"]
    order_classes(page, "name")
    assert names(page)["Task 1"] == ["green", "red"]
    order_classes(page, "newest")
    assert names(page)["Task 1"] == ["red", "green"]


def test_photos_are_filtered_searched_and_ordered(page, open_tiny, qtbot, settle, context):
    open_tiny(1)
    choose(page, "red", settle)
    assert page.bar.filter.itemText(0) == "All photos   6"
    pick(page.bar.filter, "test")
    settle()
    assert [photo.split for photo in page.photo_model.photos] == ["test", "test"]
    pick(page.bar.filter, "all")
    settle()
    ids = select(page, 0)
    page.edits.set_aside(ids, True)
    settle()
    pick(page.bar.filter, "aside")
    settle()
    assert [photo.id for photo in page.photo_model.photos] == ids
    pick(page.bar.filter, "all")
    settle()
    name = shown(page)[2]
    page.bar.search.setText(name.split(".")[0])
    qtbot.waitUntil(lambda: name in shown(page) and len(shown(page)) < 6)
    page.bar.reset()
    settle()
    pick(page.bar.order, "name")
    settle()
    used = [photo.name for photo in page.photo_model.photos if not photo.is_set_aside]
    assert used == sorted(used)


def test_an_exemplar_that_a_filter_hides_stays_one(page, open_tiny, settle, context):
    open_tiny(1)
    choose(page, "red", settle)
    first = select(page, 0)[0]
    page.photo_actions.exemplar.trigger()
    settle()
    page.bar.search.setText(shown(page)[1])
    page.bar.search.words_typed.emit(page.bar.search.text())
    settle()
    assert first not in [photo.id for photo in page.photo_model.photos]
    second = select(page, 0)[0]
    page.photo_actions.exemplar.trigger()
    settle()
    page.bar.reset()
    settle()
    assert {photo.id for photo in page.photo_model.photos if photo.exemplar is not None} >= {first, second}


def test_the_least_sure_come_first_once_there_are_answers(page, open_tiny, settle, context):
    open_tiny(1)
    assert page.bar.order.findData("doubt") == -1, "nothing was answered yet"
    context.run("", lambda bench, job: (bench.train(job), bench.evaluate(job)))
    settle()
    choose(page, "red", settle)
    pick(page.bar.order, "doubt")
    settle()
    given = [page.photo_model.shares.get(photo.id) for photo in page.photo_model.photos]
    answered = [share for share in given if share is not None]
    assert len(answered) == 2
    assert answered == sorted(answered)
    assert given[:2] == answered, "photos without an answer come last"
    tip = page.photo_model.index(0).data(Qt.ItemDataRole.ToolTipRole)
    assert "sure that it is of its class" in tip


def test_the_size_is_chosen_kept_and_given_back_to_the_room(page, open_tiny, settle, context, qtbot):
    open_tiny(1)
    choose(page, "red", settle)
    assert page.photos.side == FIT
    assert page.bar.size_bar.fit.isChecked()
    page.bar.size_bar.slider.setValue(0)
    small = page.photos.tile.width()
    page.bar.size_bar.slider.setValue(len(SIDES) - 1)
    assert page.photos.tile.width() > small
    assert context.settings.value.photo_side == SIDES[-1]
    assert not page.bar.size_bar.fit.isChecked()
    other = ClassesPage(context)
    qtbot.addWidget(other)
    assert other.photos.side == SIDES[-1]
    page.bar.size_bar.fit.click()
    assert context.settings.value.photo_side == FIT


@pytest.mark.parametrize("width", [700, 1100, 1600])
def test_pictures_fill_the_width_that_there_is(page, open_tiny, settle, width, tmp_path):
    draw_classes(tmp_path / "many", ["red"], train=30, test=2)
    with Workbench.create(tmp_path / "Many.spa") as bench:
        bench.add([tmp_path / "many"])
    page.context.open_project(tmp_path / "Many.spa")
    settle()
    page.resize(width, 700)
    settle()
    grid = page.photos
    room = grid.viewport().width()
    columns = room // grid.cell.width()
    bar = grid.verticalScrollBar().sizeHint().width()  # room is kept for it while it is not shown
    assert room - columns * grid.cell.width() <= bar + columns, "no gap at the right"
    assert grid.tile.width() >= SIDES[1]


def test_large_pictures_come_from_the_files(page, open_tiny, settle, tmp_path, qtbot):
    folder = draw_classes(tmp_path / "big", ["red"], train=2, test=1)
    for file in folder.rglob("*.png"):
        QImage(str(file)).scaled(900, 900).save(str(file))
    with Workbench.create(tmp_path / "Big.spa") as bench:
        bench.add([folder])
    page.context.open_project(tmp_path / "Big.spa")
    settle()
    page.bar.size_bar.slider.setValue(len(SIDES) - 1)
    page.photos.grab()
    photo = page.photo_model.photos[0]
    qtbot.waitUntil(lambda: page.source.picture(photo.id) is not None)
    assert page.source.picture(photo.id).width() >= SIDES[-1]


def test_what_is_worth_a_look_is_shown_and_can_be_put_right(page, open_tiny, settle, context, monkeypatch):
    open_tiny(1)
    choose(page, "red", settle)
    green, red = (find_class(page, name).id for name in ("green", "red"))
    photo = page.photo_model.photos[1]
    found = WorthALook((Suspect(photo.id, red, green, 0.9, False),), (), (), (), 0)
    monkeypatch.setattr(Workbench, "worth_a_look", lambda self, below, job: found)
    assert not page.worth.isVisible(), "nothing is learned yet"
    context.run("", lambda bench, job: bench.train(job))
    settle()
    assert page.worth.found is None, "it loads the backbone: nobody asked for that yet"
    page.worth.start.click()
    settle()
    assert page.worth.links["mislabelled"].text() == "1 photo looks like another class"
    assert not page.worth.links["twins"].isVisible()
    page.worth.links["mislabelled"].click()
    settle()
    assert [one.id for one in page.photo_model.photos] == [photo.id]
    assert page.header.name.text() == "1 photo looks like another class"
    page.bar.search.setText("no such photo")
    page.bar.search.words_typed.emit(page.bar.search.text())
    settle()
    assert shown(page) == []
    page.bar.reset()
    settle()
    select(page, 0)
    page.edits.move_photos([photo.id], green)
    settle()
    assert [one.class_id for one in page.photo_model.photos] == [green], "it is still shown, in its new class"
    choose(page, "red", settle)
    assert page.header.name.text() == "red"
    assert photo.id not in [one.id for one in page.photo_model.photos]
    page.worth.links["mislabelled"].click()
    settle()
    context.close_project()
    assert shown(page) == []


@pytest.fixture
def underscored(page, tmp_path, settle):
    """A project with the class `red_panda`, shown on the page."""
    photos = draw_classes(tmp_path / "drawn", ["red", "green"], train=3, test=1)
    for part in ("train", "test"):
        (photos / part / "red").rename(photos / part / "red_panda")
    with Workbench.create(tmp_path / "Names.spa") as bench:
        bench.add([photos])
    page.context.open_project(tmp_path / "Names.spa")
    settle()
    return page


def stored(page) -> set[str]:
    return {one.name for one in page.context.workbench.project.classes()}


def test_underscores_are_shown_as_blanks_and_the_stored_name_stays(underscored, settle, tmp_path):
    page = underscored
    assert names(page) == {"Task 1": ["green", "red panda"]}
    assert stored(page) == {"green", "red_panda"}
    choose(page, "red panda", settle)
    assert page.header.name.text() == "red panda"
    drop(page, [draw_photo(tmp_path / "more" / f"{seed}.png", "red", seed) for seed in (50, 51)])
    settle()
    sheet = page.adding.sheet
    assert sheet.model.index(0, 0).data() == "red panda"
    sheet.add.click()
    settle()
    assert stored(page) == {"green", "red_panda"}, "the photos went to the class that is shown, not to a new one"


def test_a_folder_whose_name_is_shown_already_means_that_class(underscored, settle, tmp_path):
    page = underscored
    for seed in (60, 61):
        draw_photo(tmp_path / "others" / f"{seed}.png", "red", seed)
    drop(page, [tmp_path / "others"])
    settle()
    model = page.adding.sheet.model
    assert model.setData(model.index(0, 0), "red panda")
    assert model.rows[0].name == "red_panda"
    assert model.tops_up
    page.adding.sheet.reject()


def test_a_rename_edits_the_stored_name(underscored, settle):
    page = underscored
    node = choose(page, "red panda", settle)
    page.tree_model.setData(page.tree_model.index_of((ClassNode, node.id)), "lesser panda")
    settle()
    assert stored(page) == {"green", "lesser panda"}
    assert names(page) == {"Task 1": ["green", "lesser panda"]}


def test_two_names_that_would_look_the_same_are_shown_as_they_are(underscored, settle, context):
    node = find_class(underscored, "green")
    context.edit("rename", "", lambda tx: tx.rename_class(node.id, "red panda"))
    settle()
    assert sorted(names(underscored)["Task 1"]) == ["red panda", "red_panda"]
