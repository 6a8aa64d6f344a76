"""Classes and photos are searched, filtered, ordered and made larger; names are shown as a person writes them."""

import threading

from PySide6.QtCore import Qt

from spa_desktop.discover.search import PhotoSearch
from spa_desktop.project.folders import add_classes
from spa_desktop.ui.widgets.class_list import ClassNode
from spa_desktop.workbench import corrections, worth_a_look
from spa_desktop.workbench.open_project import OpenProject
from spa_desktop.workbench.worth_a_look import Suspect, WorthALook
from tests.ui.classes.test_page import choose, dropped, find_class, names, search, select
from tests.ui.conftest import WAIT_MS
from tests.workbench.tiny import draw_classes, draw_photo


def shown(page) -> list[str]:
    return [photo.name for photo in page.photo_model.photos]


def pick(box, data, settle) -> None:
    box.setCurrentIndex(box.findData(data))
    box.activated.emit(box.currentIndex())
    settle()


def test_classes_are_found_by_part_of_their_name_or_of_their_task_and_in_photos_by_enter(
    page, tiny_page, qtbot, settle
):
    choose(page, "green", settle)
    pick(page.bar.order, "typical", settle)
    assert "describe the class" in page.message_bar.text, "which photos are typical is not known yet"
    page.finder.search.setText("task 2")
    qtbot.waitUntil(lambda: names(page) == {"Task 2": ["amber"]})
    page.show_item(next(one.id for one in page.contents.classes if one.name == "green"))
    settle()
    assert page.tree.node.name == "green", "what is asked for is shown, found or not"
    assert page.finder.search.text() == ""
    for words, found in (("RE", {"Task 1": ["green", "red"]}), ("red", {"Task 1": ["red"]})):
        page.finder.search.setText(words)
        qtbot.waitUntil(lambda found=found: names(page) == found)
    settle()
    assert page.tree.node.name == page.header.name.text() == "red"
    assert page.words.words == ""
    qtbot.keyClick(page.finder.search, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: page.words.words == "red")
    qtbot.waitUntil(lambda: len(page.photo_model.photos) == len(page.words.similarity))
    settle()
    choose(page, "red", settle)
    assert page.header.name.text() == "red", "a class that is chosen is shown in place of what was found"


def test_words_that_no_class_has_find_photos_of_all_classes(page, open_tiny, photos, qtbot, settle, monkeypatch):
    """Until they are found, the class that was chosen stays."""
    open_tiny(1, 2, trained=True)
    choose(page, "red", settle)
    for file in (photos / "1" / "test").rglob("*.png"):
        file.unlink()  # features of these are kept
    may_find, find = threading.Event(), PhotoSearch.find
    monkeypatch.setattr(PhotoSearch, "find", lambda *about: may_find.wait(WAIT_MS / 1000) and find(*about))
    red = page.photo_model.photos
    qtbot.keyClicks(page.finder.search, "sandy beach")
    qtbot.waitUntil(page.words.isVisible)
    assert (page.photo_model.photos, page.header.name.text()) == (red, "red")
    may_find.set()
    qtbot.waitUntil(lambda: page.words.words == "sandy beach")
    qtbot.waitUntil(lambda: len(page.photo_model.photos) == len(page.words.similarity))
    settle()
    assert page.header.name.text() == "“sandy beach”"
    assert list(names(page)) == ["Task 1", "Task 2"], "photos that are found can be dragged to any class"
    shown_ids = [photo.id for photo in page.photo_model.photos]
    assert shown_ids == page.words.order
    assert not page.bar.order.isVisible(), "it is another one"
    assert {photo.class_id for photo in page.photo_model.photos} == {one.id for one in page.contents.classes}
    qtbot.keyClick(page.finder.search, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: page.header.name.text() == "red")
    settle()
    assert page.bar.order.isVisible()
    assert page.tree.node.name == "red"
    assert {photo.class_id for photo in page.photo_model.photos} == {page.tree.class_id}


def test_photos_are_filtered_searched_and_ordered(page, open_tiny, photos, settle, finish):
    stray = draw_photo(photos / "1" / "train" / "red" / "stray.png", "green", 90)
    open_tiny(1, trained=True)
    actions = {one.data(): one for one in page.finder.button.menu().actions()}
    for order, found in (("photos", "red green"), ("name", "green red"), ("newest", "red green")):
        actions[order].trigger()
        assert names(page)["Task 1"] == found.split()
    choose(page, "red", settle)
    assert page.bar.filter.itemText(0) == "All photos   7"
    pick(page.bar.filter, "test", settle)
    assert [photo.split for photo in page.photo_model.photos] == ["test", "test"]
    pick(page.bar.filter, "all", settle)
    assert page.photo_model.photos[0].name != stray.name
    pick(page.bar.order, "typical", settle)
    found, typical = page.photo_model.photos, page.photo_model.ranks
    assert found[0].name == stray.name, "what is least like its class"
    known = [typical[photo.id] for photo in found if photo.id in typical]
    assert known == sorted(known)
    assert len(known) >= 5
    assert [photo.id in typical for photo in found] == [True] * len(known) + [False] * (len(found) - len(known))
    ids = select(page, 0)
    finish(page.photo_actions.aside.trigger)
    pick(page.bar.filter, "aside", settle)
    assert [photo.id for photo in page.photo_model.photos] == ids
    pick(page.bar.filter, "all", settle)
    search(page, stray.stem, settle)
    assert shown(page) == [stray.name]
    finish(page.bar.reset)
    pick(page.bar.order, "name", settle)
    used = [photo.name for photo in page.photo_model.photos if not photo.is_set_aside]
    assert used == sorted(used)


def test_underscores_are_shown_as_blanks_and_the_stored_name_stays(
    page, open_project, context, settle, finish, tmp_path
):
    photos = draw_classes(tmp_path / "drawn", ["red", "green"], train=3, test=1)
    for part in ("train", "test"):
        (photos / part / "red").rename(photos / part / "red_panda")
    with OpenProject.create(tmp_path / "Names.spa") as bench:
        add_classes(bench.project, [photos])
    open_project(tmp_path / "Names.spa")
    settle()

    def stored() -> set[str]:
        return {one.name for one in context.workbench.project.classes()}

    assert names(page) == {"Task 1": ["green", "red panda"]}
    assert stored() == {"green", "red_panda"}
    node = choose(page, "red panda", settle)
    assert page.header.name.text() == "red panda"
    more = [draw_photo(tmp_path / "more" / f"{seed}.png", "red", seed) for seed in (50, 51)]
    sheet = dropped(page, settle, *more)
    assert sheet.model.index(0, 0).data() == "red panda"
    finish(sheet.add.click)
    assert stored() == {"green", "red_panda"}, "the photos went to the class that is shown, not to a new one"
    draw_photo(tmp_path / "others" / "52.png", "red", 52)
    sheet = dropped(page, settle, tmp_path / "others")
    assert sheet.model.setData(sheet.model.index(0, 0), "red panda")
    assert sheet.model.rows[0].name == "red_panda", "a folder whose name is shown already means that class"
    assert sheet.model.tops_up
    sheet.reject()
    page.tree_model.setData(page.tree_model.index_of((ClassNode, node.id)), "lesser panda")
    settle()
    assert stored() == {"green", "lesser panda"}
    assert names(page) == {"Task 1": ["green", "lesser panda"]}


def test_what_is_worth_a_look_is_shown_and_can_be_put_right(page, open_tiny, settle, finish, context, monkeypatch):
    open_tiny(1)
    assert not page.worth.isVisible(), "nothing is learned yet"
    assert page.bar.order.findData("doubt") == -1, "nothing was answered yet"
    context.close_project()
    open_tiny(1, trained=True)
    choose(page, "red", settle)
    pick(page.bar.order, "doubt", settle)
    given = [page.photo_model.ranks.get(photo.id) for photo in page.photo_model.photos]
    answered = [share for share in given if share is not None]
    assert len(answered) == 2
    assert given[:2] == sorted(answered), "the least sure come first, photos without an answer last"
    assert "sure that it is of its class" in page.photo_model.index(0).data(Qt.ItemDataRole.ToolTipRole)
    green, red = (find_class(page, name).id for name in ("green", "red"))
    photo, right = page.photo_model.photos[1:3]
    suspects = tuple(Suspect(one.id, red, green, 0.9, False) for one in (photo, right))
    found = WorthALook(suspects, (), (), (), 0, new=52)
    monkeypatch.setattr(worth_a_look, "worth_a_look", lambda *_: found)
    assert not page.photo_actions.confirm.isVisible()
    assert page.worth.isVisible()
    assert page.worth.found is None, "it loads the backbone: nobody asked for that yet"
    finish(page.worth.start.click)
    link = page.worth.links["mislabelled"]
    assert not page.worth.links["twins"].isVisible()
    assert page.worth.note.text().startswith("52 new photos are not checked yet")
    finish(link.click)
    assert {one.id for one in page.photo_model.photos} == {photo.id, right.id}
    assert page.header.name.text() == link.text() == "2 labels may be wrong"
    assert page.photo_model.captions[right.id].text == "red → green"
    select(page, page.photo_model.row_of(right.id))
    finish(page.photo_actions.confirm.trigger)
    assert page.photo_model.captions[right.id].text == "red"
    assert page.header.name.text() == "1 label may be wrong"
    assert link.text() == "1 label may be wrong", "nobody is asked again"
    context.run("", lambda bench, job: corrections.correct(bench, photo.id, "aside"))
    settle()
    assert not link.isVisible(), "its correction waits to be learned"
    assert page.header.name.text() == "None of these labels is doubted any more"
    finish(context.undo.undo)
    assert page.header.name.text() == link.text() == "1 label may be wrong"
    finish(link.click)
    fits = page.header.fits
    for is_selected in (False, True):
        if is_selected:
            select(page, page.photo_model.row_of(photo.id))
        assert fits.isEnabled()
        assert fits.text() == ("Move to green" if is_selected else "Move each to the class that fits better")
        finish(fits.click)
        assert (page.header.name.text(), fits.isVisible()) == ("None of these labels is doubted any more", False)
        finish(context.undo.undo)
        assert page.header.name.text() == "1 label may be wrong"
    finish(context.undo.redo)
    assert [one.class_id for one in page.photo_model.photos] == [green], "it is still shown, in its new class"
    assert corrections.confirmed_labels(page.contents.settings)[photo.id] == green, "it is not doubted again"
    choose(page, "red", settle)
    assert page.header.name.text() == "red"
    assert photo.id not in [one.id for one in page.photo_model.photos]
    finish(link.click)
    context.close_project()
    assert shown(page) == []
