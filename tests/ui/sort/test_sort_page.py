"""The page Sort, by what a person does: drop, look, press keys, drag."""

import os
import shutil
import threading
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtTest import QSignalSpy
from PySide6.QtWidgets import QApplication

from spa_desktop.errors import SpaError
from spa_desktop.project.folders import add_classes
from spa_desktop.ui.classes.classes_page import ClassesPage
from spa_desktop.ui.page import next_step
from spa_desktop.ui.results.results_layout import Headline
from spa_desktop.ui.results.results_report import read_report
from spa_desktop.ui.sort.group_rows import ASIDE, LEFT, GroupModel
from spa_desktop.ui.sort.sort_page import SortPage
from spa_desktop.ui.style.theme import theme
from spa_desktop.ui.widgets import forms, labels
from spa_desktop.ui.widgets.tables import SkipReport
from spa_desktop.workbench import sorting as sorting_module
from spa_desktop.workbench.evaluating import evaluate
from spa_desktop.workbench.recovery import restore_project, versions
from tests.ui.conftest import WAIT_MS, nameless
from tests.workbench.tiny import draw_photo

Key = Qt.Key


def rows(page):
    return page.model.rows


def groups(page):
    return [one for one in rows(page) if one.is_group]


def looks(page, row):
    """How many photos of each look a row has: they were drawn in turns."""
    numbers = [int(page.work.photos[key].path.stem.removeprefix("IMG_")) for key in row.photos]
    return {("red", "green", "blue")[number % 3] for number in numbers}


def top(page):
    """Where the current row stands."""
    return page.view.visualRect(page.view.currentIndex()).top()


def row_named(page, name):
    return next(one for one in rows(page) if one.name == name)


def named(page):
    return {one.name: one.total for one in groups(page) if one.name}


def test_an_empty_page_is_a_zone_to_drop_photos_on_as_that_of_classes(page, pile, finish, show_page, monkeypatch):
    classes = show_page(ClassesPage)
    looks = [(one.empty.objectName(), one.empty.button.property("kind")) for one in (page, classes)]
    assert looks == [("dropZone", "primary")] * 2
    assert page.empty.button.text() == "Add photos"
    monkeypatch.setattr(forms, "choose_folders", lambda *_: [pile])
    finish(page.empty.button.click)
    assert not page.is_empty
    assert len(page.work.photos) == 24


def test_what_looks_alike_is_together_and_named_by_enter_one_after_the_other(sorting, key):
    first, second, third = groups(sorting)
    assert [one.total for one in groups(sorting)] == [8, 8, 8]
    assert all(len(looks(sorting, one)) == 1 for one in groups(sorting))
    assert sorting.counts.text() == "24 photos"
    assert not sorting.learn.isEnabled()
    assert sorting.view.row == first, "the first group is where keys go"
    assert sorting.keys.text().startswith("Enter name · M merge"), "there is no suggestion"
    key(sorting, Key.Key_Return)
    assert sorting.view.field.hasFocus()
    key(sorting, "minx", Key.Key_Return)  # the letters of m, n and x are letters here
    assert named(sorting) == {"minx": 8}
    assert row_named(sorting, "minx").is_folded
    assert sorting.view.row.id == second.id
    assert sorting.view.hasFocus(), "its keys act at once"
    key(sorting, Key.Key_Return, "sky", Key.Key_Return)
    assert sorting.view.row.id == third.id
    assert sorting.view.hasFocus()
    assert sorting.learn.text() == "Learn 2 classes"
    assert sorting.learn.isEnabled()
    assert next_step(sorting.contents, "classes").standing == "Photos to sort", "the side bar counts no named ones"


def test_down_accepts_a_name_that_another_group_has_and_opens_the_next_row(sorting, key):
    _first, second, third = groups(sorting)
    key(sorting, Key.Key_Return, "sky", Key.Key_Return)
    assert sorting.view.row.id == second.id
    key(sorting, Key.Key_Return, "sk")
    field, popup = sorting.view.field, sorting.view.field.popup
    assert popup.isVisible()
    assert popup.frameGeometry().bottom() < field.mapToGlobal(field.rect().topLeft()).y(), "beneath is Merge up"
    key(sorting, "y", Key.Key_Down)
    assert sorting.view.row.id == third.id
    key(sorting, "sea", Key.Key_Return)
    assert named(sorting) == {"sky": 16, "sea": 8}


def test_tab_reaches_what_stands_above_the_groups(sorting, qtbot):
    seen = set()
    while (focus := sorting.window().focusWidget()) not in seen:
        seen.add(focus)
        qtbot.keyClick(focus, Key.Key_Tab)
    assert {sorting.choose, sorting.more, sorting.bar.filter, sorting.bar.order, sorting.bar.search} <= seen


def test_a_name_that_was_typed_is_kept_when_one_clicks_elsewhere(sorting, key, qtbot, settle):
    _first, second, _third = groups(sorting)
    key(sorting, Key.Key_Return, "sky")
    at = sorting.view.visualRect(sorting.model.index(1)).topLeft() + QPoint(300, 40)
    qtbot.mouseClick(sorting.view.viewport(), Qt.MouseButton.LeftButton, pos=at)
    qtbot.waitUntil(lambda: named(sorting) == {"sky": 8})
    settle()
    assert sorting.view.row.id == second.id
    key(sorting, Key.Key_Return, "sea", Key.Key_Escape)
    assert named(sorting) == {"sky": 8}, "Escape leaves it as it was"


@pytest.mark.parametrize("end", [Key.Key_Return, Key.Key_Escape])
def test_a_name_is_for_the_photos_that_were_seen_while_it_was_typed(sorting, key, end):
    """The group that is being named is no group any more once the rest was grouped anew."""
    first, second, third = groups(sorting)
    key(sorting, Key.Key_Return, "sk")
    pile = sorting.work.pile
    plan = pile.plan()
    rest = {id: one for id, one in plan.after.groups.items() if id != first.id}
    assert pile.take(replace(plan, after=replace(plan.after, groups=rest)))
    sorting.work._tell()
    key(sorting, "y", end)
    if end == Key.Key_Return:
        assert set(row_named(sorting, "sky").photos) == set(first.photos)
    else:
        assert [one.id for one in groups(sorting)] == [second.id, third.id]
        assert named(sorting) == {}


@pytest.mark.parametrize("colon", [": ", "："])
def test_a_row_that_is_no_group_has_its_number_once(sorting, key, monkeypatch, colon):
    monkeypatch.setattr(GroupModel, "tr", lambda self, text: text.replace(": ", colon))
    key(sorting, Key.Key_Delete)
    assert [sorting.model.title(row) for row in rows(sorting) if row.id == ASIDE] == ["Set aside"]


def test_the_one_folder_that_was_dropped_suggests_its_name(page, tmp_path, finish):
    for seed in range(6):
        draw_photo(tmp_path / "heron" / f"IMG_{seed:03}.png", "red", seed)
    finish(lambda: page.take_dropped([tmp_path / "heron"]))
    assert groups(page)[0].suggestions[0].text == "heron"


def test_the_field_of_a_row_that_is_not_chosen_is_seen_as_one(sorting):
    view = sorting.view
    row = next(row for row in sorting.model.rows if row.is_group and not row.name and row is not view.row)
    place = view.visualRect(sorting.model.index(sorting.model.rows.index(row))).topLeft()
    box, picture = view.places(row).name.translated(place), view.viewport().grab().toImage()
    assert picture.pixelColor(box.center().x(), box.top()) == theme().color("border")
    muted = theme().color("muted")

    def text_at(box):
        inside = [(x, y) for x in range(box.width()) for y in range(box.height())]
        return {(x, y) for x, y in inside if picture.pixelColor(box.left() + x, box.top() + y) == muted}

    assert text_at(box), "its words are there"
    assert text_at(box) == text_at(view.field.geometry()), "where those of the field are"


def test_a_row_of_one_line_says_how_many_photos_it_has_no_room_for(sorting, qtbot, settle):
    sorting.work.act(lambda pile: pile.name([pile.gather(list(sorting.work.photos))], "sea"))
    settle()
    (row,), view = groups(sorting), sorting.view
    places = view.places(row)
    assert (row.is_folded, len(places.photos), places.hidden) == (True, 12, len(row.photos) - 12)
    assert not any(places.more.intersects(at) for _, at in places.photos)
    at = places.more.translated(view.visualRect(sorting.model.index(0)).topLeft()).center()
    qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=at)
    assert groups(sorting)[0].is_open


@pytest.mark.parametrize("suffix", ["png", "jpg"])
def test_who_took_photos_is_no_name_of_a_group(page, tmp_path, finish, suffix):
    exif = Image.Exif()
    exif[0x013B] = "Ann Lee"
    for look, name in (("red", "Ann_Lee"), ("green", "green panda")):
        for seed in range(6):
            file = draw_photo(tmp_path / "mixed" / f"{name}_{seed:03}.{suffix}", look, seed)
            Image.open(file).save(file, exif=exif)
    finish(lambda: page.take_dropped([tmp_path / "mixed"]))
    offered = {one.text for row in groups(page) for one in row.suggestions}
    assert "green panda" in offered
    assert "Ann Lee" not in offered


def test_names_in_files_are_looked_for_while_nobody_waits(page, tmp_path, finish, monkeypatch, pile):
    real, threads = sorting_module.name_in_files, []
    monkeypatch.setattr(
        sorting_module, "name_in_files", lambda *a, **b: threads.append(threading.current_thread()) or real(*a, **b)
    )
    for seed in range(6):
        draw_photo(tmp_path / "mixed" / f"red panda_{seed:03}.png", "red", seed)
    finish(lambda: page.take_dropped([tmp_path / "mixed"]))
    assert groups(page)[0].suggestions[0].text == "red panda"
    finish(lambda: page.take_dropped([pile]))
    assert len(groups(page)) == 3
    assert threads
    assert threading.main_thread() not in threads


def test_files_that_bear_a_name_suggest_it(page, tmp_path, finish, key):
    for look in ("red", "green"):
        for seed in range(6):
            draw_photo(tmp_path / "mixed" / f"{look} panda_{seed:03}.png", look, seed)
    finish(lambda: page.take_dropped([tmp_path / "mixed"]))
    page.view.setFocus()
    assert {one.suggestions[0].text for one in groups(page)} == {"red panda", "green panda"}
    assert page.keys.text().startswith("Enter name · 1 suggestion · M merge")
    first = groups(page)[0].suggestions[0].text
    key(page, Key.Key_Return, "1")
    assert named(page) == {first: 6}, "a digit takes a suggestion also where the field is open, and nothing is typed"
    key(page, Key.Key_Return)
    assert page.view.field.text() not in ("", first)
    key(page, Key.Key_Return)
    assert set(named(page)) == {"red panda", "green panda"}, "Enter accepts what the field offers"


def test_a_group_is_named_beside_those_that_were_there_before(page, pile, finish, key, monkeypatch):
    asked = []

    def names_of_groups(bench, groups, given, beside, job):
        asked.append((len(groups), beside))
        return [((), f"{len(photos)} photos") for photos in groups]

    monkeypatch.setattr("spa_desktop.workbench.sorting.names_of_groups", names_of_groups)
    finish(lambda: page.take_dropped([pile]))
    page.view.setFocus()
    key(page, Key.Key_Down, "m")
    assert asked == [(3, []), (1, ["8 photos"])], "the merged group beside the third"


def test_the_order_that_is_chosen_holds_anew_at_the_next_visit(sorting):
    first = groups(sorting)[0]
    sorting.work.act(lambda pile: pile.set_aside(first.photos[:4]))
    assert groups(sorting)[0].id == first.id, "what one works on stays where it is"
    sorting.hide()
    sorting.refresh()
    sorting.show()
    assert groups(sorting)[-1].id == first.id


def test_merge_undo_and_redo(sorting, key, context):
    first, second, third = groups(sorting)
    key(sorting, Key.Key_Down, "m")
    assert [one.total for one in groups(sorting)] == [16, 8]
    assert sorting.view.row.id == third.id, "the same key can be pressed again"
    key(sorting, "m")
    assert [one.total for one in groups(sorting)] == [24]
    key(sorting, "u", "u")
    assert [one.photos for one in groups(sorting)] == [first.photos, second.photos, third.photos]
    key(sorting, "u")
    assert sorting.message_bar.text == "There is nothing to undo"
    for left in (16, 24):
        context.undo.redo()
        assert max(one.total for one in groups(sorting)) == left
    assert not context.undo.can_redo


def test_it_is_said_what_joins_a_class_that_is_folded(sorting, key):
    key(sorting, Key.Key_Return, "sky", Key.Key_Return, Key.Key_Escape, "m")
    assert sorting.message_bar.text == "8 photos joined sky."
    assert named(sorting) == {"sky": 16}
    key(sorting, "u")
    assert sorting.message_bar.text == ""
    assert named(sorting) == {"sky": 8}


def test_both_halves_are_seen_before_a_group_is_split(sorting, key):
    key(sorting, Key.Key_Down, "m", Key.Key_Up, "s")
    shown = sorting.view.row
    assert [len(shown.all_of(part)) for part in shown.parts] == [8, 8]
    assert len(groups(sorting)) == 2, "nothing is done yet"
    key(sorting, Key.Key_Escape)
    assert not sorting.view.row.parts
    key(sorting, "s", "u")
    assert not sorting.view.row.parts
    assert len(groups(sorting)) == 2, "the act before it stays done"
    key(sorting, "s", "s")
    assert all(len(looks(sorting, one)) == 1 for one in groups(sorting))
    assert [one.total for one in groups(sorting)] == [8, 8, 8]


def test_a_wrong_photo_is_taken_out_with_one_key(sorting, key):
    first = groups(sorting)[0]
    key(sorting, Key.Key_Right, Key.Key_Right, "x")
    assert groups(sorting)[0].total == 8 - len(first.all_of(first.photos[1:2]))
    assert first.photos[1] not in groups(sorting)[0].photos
    assert len(sorting.view.picked) == 1, "the next photo is picked: the same key can be pressed again"
    key(sorting, "x")
    assert groups(sorting)[0].total == 8 - len(first.all_of(first.photos[1:3]))
    key(sorting, "u", "u")
    assert groups(sorting)[0].photos == first.photos


def test_photos_that_are_picked_get_the_name_alone(sorting, key, qtbot, settle):
    first, second, _third = groups(sorting)
    field, alone = sorting.view.field, [one for one in first.photos if one not in first.copies]
    assert field.placeholderText() == "Name"
    at = dict(sorting.view.places(first).photos)
    click(qtbot, sorting.view, at[alone[0]])
    click(qtbot, sorting.view, at[alone[1]], Qt.KeyboardModifier.ControlModifier)
    assert field.placeholderText() == field.accessibleName() == "Name of 2 photos"
    key(sorting, Key.Key_Return, "sun", Key.Key_Return)
    assert named(sorting) == {"sun": 2}
    assert [one.total for one in groups(sorting)] == [6, 2, 8, 8], "it stands behind the group that they were in"
    assert sorting.view.row.id == first.id, "the others are still to be named"
    assert sorting.message_bar.text == "2 photos joined sun. The rest of the group is grouped anew."
    sun, acts = row_named(sorting, "sun"), sorting.work.pile.acts
    sorting.view.name_given.emit([sun.id], list(sun.photos[:1]), "sun", True)
    assert sorting.work.pile.acts == acts, "it has the name"
    assert field.placeholderText() == "Name"
    key(sorting, Key.Key_Right, Key.Key_Return, "moon")
    whole = len(first.all_of([sorting.view.picked[0]]))
    origin = sorting.view.visualRect(sorting.model.index(2)).topLeft()
    place = dict(sorting.view.places(second).photos)[second.photos[0]].translated(origin)
    qtbot.mouseClick(sorting.view.viewport(), Qt.MouseButton.LeftButton, pos=place.center())
    qtbot.waitUntil(lambda: named(sorting) == {"sun": 2, "moon": whole})  # it is kept when one clicks elsewhere
    settle()
    assert sorting.view.picked == [second.photos[0]]
    key(sorting, "u", "u")
    assert [one.photos for one in groups(sorting)][:2] == [first.photos, second.photos]


def test_keys_pick_several_photos(sorting, key, qtbot):
    shown = groups(sorting)[0].shown
    key(sorting, Key.Key_Right)
    for way, picked in ((Key.Key_Right, 2), (Key.Key_Right, 3), (Key.Key_Left, 2)):
        qtbot.keyClick(sorting.view, way, Qt.KeyboardModifier.ShiftModifier)
        assert sorting.view.picked == list(shown[:picked])
    key(sorting, Key.Key_Right)
    assert sorting.view.picked == list(shown[2:3])


def test_the_photo_behind_one_that_was_taken_out_does_not_get_the_name_alone(sorting, key):
    key(sorting, Key.Key_Right, "x")
    assert sorting.view.picked
    assert sorting.view.field.placeholderText() == "Name"
    left = sorting.view.row.total
    key(sorting, Key.Key_Return, "sky", Key.Key_Return)
    assert named(sorting) == {"sky": left}


def test_photos_are_set_aside_and_gathered(sorting, key):
    first = len(groups(sorting)[0].all_of(groups(sorting)[0].photos[:1]))
    key(sorting, Key.Key_Right, Key.Key_Delete)
    assert [one.total for one in rows(sorting) if one.id == ASIDE] == [first]
    key(sorting, Key.Key_Escape)
    row, number = sorting.view.row, len(groups(sorting))
    key(sorting, "x")
    assert sorting.view.row == row, "no photo is picked that could be taken out"
    key(sorting, Key.Key_Delete)
    assert [one.total for one in rows(sorting) if one.id == ASIDE] == [first + row.total]
    assert len(groups(sorting)) == number - 1
    key(sorting, Key.Key_Right, "g")
    assert sorting.view.field.hasFocus(), "it wants a name"
    key(sorting, "one", Key.Key_Return)
    assert set(named(sorting)) == {"one"}


def click(qtbot, view, place, modifier=Qt.KeyboardModifier.NoModifier):
    """Click what lies at a place of the current row."""
    at = place.translated(view.visualRect(view.currentIndex()).topLeft()).center()
    qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, modifier, at)


def click_link(qtbot, view, text):
    places = view.places(view.row)
    at = {link: place for _, link, place in view.actions_of(view.row, places, QPoint())}[text]
    assert at.bottom() < places.height, "it is in the row"
    click(qtbot, view, at)


def links(view):
    return [text for _, text, _ in view.actions_of(view.row, view.places(view.row), QPoint())]


@pytest.mark.parametrize("link", ["Own group  G", "Set aside  Del"])
def test_photos_that_are_left_over_go_with_the_mouse_alone(sorting, qtbot, settle, link):
    first, view = groups(sorting)[0], sorting.view
    sorting.work.act(lambda pile: pile.move(list(first.photos), None))
    settle()
    view.go_to(LEFT)
    assert links(view) == [], "no photo is picked"
    (one, its_place), (other, place) = view.places(view.row).photos[:2]
    click(qtbot, view, its_place)
    click(qtbot, view, place, Qt.KeyboardModifier.ControlModifier)
    assert links(view) == ["Own group  G", "Set aside  Del"], "they are in no group to be taken out of"
    click_link(qtbot, view, link)
    settle()
    went = view.row.photos if link.startswith("Own") else next(row for row in rows(sorting) if row.id == ASIDE).photos
    assert set(went) == {one, other}


def test_photos_of_a_row_of_one_line_go_with_the_mouse_alone(sorting, key, qtbot, settle):
    key(sorting, Key.Key_Return, "sea", Key.Key_Return)
    view = sorting.view
    view.go_to(row_named(sorting, "sea").id)
    (one, place), *_ = view.places(view.row).photos
    assert (view.row.is_folded, links(view)) == (True, [])
    click(qtbot, view, place)
    assert links(view)[:2] == ["Take out  X", "Own group  G"]
    click_link(qtbot, view, "Take out  X")
    settle()
    assert one not in row_named(sorting, "sea").photos
    key(sorting, Key.Key_Return)
    assert links(view) == [], "the field stands there"
    key(sorting, Key.Key_Escape, Key.Key_Delete)
    view.go_to(ASIDE)
    click(qtbot, view, view.places(view.row).photos[0][1])
    assert links(view) == ["Own group  G"], "they are set aside"


def test_photos_are_dragged_to_another_group(sorting, settle):
    first, _second, _ = groups(sorting)
    view = sorting.view
    view.picked, view.picked_in = list(first.photos[:2]), first.id
    at = view.visualRect(sorting.model.index(1)).center()
    how = (view.mime(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier)
    enter = QDragEnterEvent(at, Qt.DropAction.MoveAction, *how)
    QApplication.sendEvent(view.viewport(), enter)
    assert enter.isAccepted()
    QApplication.sendEvent(view.viewport(), QDropEvent(QPointF(at), Qt.DropAction.MoveAction, *how))
    settle()
    assert set(first.photos[:2]) <= set(groups(sorting)[1].photos)
    assert groups(sorting)[0].total == 8 - len(first.all_of(first.photos[:2]))


def test_names_and_undo_are_there_after_reopening(sorting, key, context, qtbot, settle, show_page, open_project):
    key(sorting, Key.Key_Return, "sky", Key.Key_Return, Key.Key_Escape, "m")
    before = [(one.id, one.name, one.photos) for one in groups(sorting)]
    path = context.contents.path
    context.close_project()
    assert groups(sorting) == []
    open_project(path)
    sorting.refresh_soon()
    settle()
    assert [(one.id, one.name, one.photos) for one in groups(sorting)] == before
    key(sorting, "u")
    assert named(sorting) == {"sky": 8}
    key(sorting, "u")
    assert named(sorting) == {}
    assert [one.total for one in groups(sorting)] == [8, 8, 8]
    context.close_project()
    with qtbot.waitSignal(context.project_opened):
        context.open_project(path, write=False)
    sorting.refresh_soon()
    settle()
    first = rows(sorting)[0]
    assert not sorting.view.actions_of(first, sorting.view.places(first), QPoint()), "nothing looks as if it acted"
    assert not any((first.suggestions, sorting.view.field.isVisible(), sorting.keys.isVisible()))


def test_the_largest_group_is_first_of_what_is_left_to_sort(sorting):
    """Which photos are learned is known a moment after a pile is opened: four stood before eight."""
    first = groups(sorting)[0]
    sorting.work._on_learned_known(dict.fromkeys(first.all_of(first.photos)[:4], 1))
    assert [one.total for one in groups(sorting)] == [8, 8, 4]
    assert sorting.view.currentIndex().row() == 0, "nobody went to another: the list is seen from its top"


def test_the_order_holds_for_the_groups_of_photos_that_come_later(sorting, tmp_path, finish):
    for look, many in (("amber", 3), ("teal", 12)):
        for seed in range(40, 40 + many):
            draw_photo(tmp_path / "more" / f"{look}-{seed}.png", look, seed)
    finish(lambda: sorting.take_dropped([tmp_path / "more"]))
    assert [one.total for one in groups(sorting)] == [12, 8, 8, 8, 3]
    assert sorting.view.currentIndex().row() == 0, "nobody went to another: the list is seen from its top"


def test_photos_that_could_not_be_kept_are_kept_with_the_next_act(page, pile, key, finish, context, monkeypatch):
    def full(*_args):
        raise SpaError("The disk is full")

    monkeypatch.setattr(sorting_module, "keep_sorting", full)
    finish(lambda: page.take_dropped([pile]))
    assert page.message_bar.text == "The disk is full"
    monkeypatch.undo()
    page.view.setFocus()
    key(page, Key.Key_Return, "sky", Key.Key_Return, Key.Key_Escape)
    assert len(context.workbench.project.sorting("photos")) == 24


def test_photos_that_cannot_be_had_stay_kept_when_others_come(
    sorting, pile, context, finish, open_project, settle, monkeypatch, tmp_path
):
    path = context.contents.path
    context.close_project()
    lost = next(pile.iterdir())
    lost.rename(tmp_path / "elsewhere.png")  # as on a disk that is not plugged in
    monkeypatch.setenv("SPA_DESKTOP_CACHE_DIR", str(tmp_path / "another"))
    open_project(path)
    sorting.refresh_soon()
    settle()
    assert len(sorting.work.photos) == 23
    for number in range(2):
        draw_photo(tmp_path / f"more-{number}" / "a.png", "teal", 50 + number)
        finish(lambda at=number: sorting.take_dropped([tmp_path / f"more-{at}"]))
    kept = context.workbench.project.sorting("photos")
    assert len(kept) == 26
    assert str(lost) in dict(kept)


def test_photos_of_a_folder_that_was_moved_are_found_when_it_is_dropped_again(
    sorting, pile, context, finish, open_project, settle, qtbot, tmp_path
):
    path = context.contents.path
    context.close_project()
    pile.rename(tmp_path / "moved")
    open_project(path)
    sorting.refresh_soon()
    settle()
    sorting.view.viewport().grab()
    settle()
    assert _unread(sorting), "their files are gone"
    finish(lambda: sorting.take_dropped([tmp_path / "moved"]))
    assert sorting.message_bar.text == "Found where they lie now: 24 photos."
    assert not sorting.skips.isVisible()
    assert {Path(one).parent for one, _ in context.workbench.project.sorting("photos")} == {tmp_path / "moved"}
    sorting.view.viewport().grab()
    qtbot.waitUntil(lambda: not _unread(sorting))


def test_what_is_done_while_a_change_is_on_its_way_is_undone_before_it(sorting, qtbot, context, settle):
    may_go = threading.Event()

    def add(bench, job):
        assert may_go.wait(WAIT_MS / 1000)
        with bench.project.transaction("add") as tx:
            tx.add_task("Task 1")

    qtbot.keyClick(sorting.view, Key.Key_Delete)
    context.run("Learning", add)
    qtbot.keyClick(sorting.view, Key.Key_Delete)
    may_go.set()
    settle()
    for photos, tasks in ((8, 1), (8, 0), (0, 0)):
        context.undo.undo()
        settle()
        assert (len(sorting.work.pile.aside), len(context.contents.tasks)) == (photos, tasks)


def test_the_letter_u_takes_back_nothing_of_other_pages(sorting, key, context, finish):
    finish(lambda: context.edit("add", "Task 1", lambda tx: tx.add_task("Task 1")))
    key(sorting, Key.Key_Return, "sky", Key.Key_Return, Key.Key_Escape, "u", "u")
    assert len(context.contents.tasks) == 1
    assert sorting.message_bar.text == "Nothing on this page is left to undo. Ctrl+Z undoes: add Task 1"


def test_what_is_undone_while_another_page_is_shown_is_said(sorting, key, context):
    key(sorting, Key.Key_Return, "sky", Key.Key_Return, Key.Key_Escape)
    sorting.hide()
    told = QSignalSpy(context.undo.went_back)  # the status bar says it
    context.undo.undo()
    assert [group.name for group in sorting.work.groups if group.name] == []
    context.undo.redo()
    assert [told.at(row) for row in range(told.count())] == [["Sort", False], ["Sort", True]]


def test_learn_and_take_it_back(sorting, key, context, finish, pile):
    def burst(name):
        return int(Path(name).stem.removeprefix("IMG_")) // 6

    context.settings.update(uses_file_times=True)
    for path in pile.iterdir():  # taken in four bursts, each of two photos of a look
        os.utime(path, (1e9 + 1000 * burst(path.name),) * 2)
    for name in ("sky", "sea", "fir"):
        key(sorting, Key.Key_Return, name, Key.Key_Return)
    finish(sorting.learn.click)
    contents = context.contents
    assert {one.name: one.state for one in contents.classes} == dict.fromkeys(("sky", "sea", "fir"), "trained")
    assert {(one.train, one.test) for one in contents.counts.values()} == {(6, 2)}
    tests = context.workbench.project.photos(split="test")
    assert len({(photo.class_id, burst(photo.name)) for photo in tests}) == 3, "no burst is divided"
    assert len(contents.tasks) == 1
    assert not any(contents.is_approved(one.id) for one in contents.classes), "nobody has read their texts"
    assert "Learned 3 classes." in sorting.message_bar.text
    assert "of 6 right, among photos that looked alike; new ones are harder." in sorting.message_bar.text
    assert contents.has_alike_tests
    assert groups(sorting) == []
    assert "All photos are sorted" in sorting.view.nothing
    assert (contents.undo[0].verb, len(contents.undo)) == ("learn", 1)
    key(sorting, "u")
    assert context.contents.classes == ()
    assert context.contents.learner is None
    assert named(sorting) == {"sky": 8, "sea": 8, "fir": 8}
    assert sorting.learn.text() == "Learn 3 classes"
    assert sorting.message_bar.text == "", "what was learned is taken back"


def test_what_was_named_after_a_version_is_without_a_name_once_it_is_back(sorting, key, context, finish, open_project):
    for name in ("sky", "sea"):
        key(sorting, Key.Key_Return, name, Key.Key_Return)
        finish(sorting.learn.click)
    path = context.contents.path
    assert {item.name for item in context.contents.classes} == {"sky", "sea"}
    assert [one.total for one in groups(sorting)] == [8]
    context.close_project()
    restore_project(path, len(versions(path)))
    finish(lambda: open_project(path))
    assert {item.name for item in context.contents.classes} == {"sky"}
    assert [(one.name, one.total) for one in groups(sorting)] == [("", 8), ("", 8)]


def test_photos_that_the_project_has_are_named_and_not_sorted_again(
    context, open_colours, show_page, photos, pile, finish
):
    """They were encoded and left out without a word: "0 photos", "All photos are sorted"."""
    open_colours(tasks=1)
    page = show_page(SortPage)
    context.banner_requested.connect(lambda text, *_: page.banner(text))
    finish(lambda: page.take_dropped([photos / "1"]))
    assert page.message_bar.text == "No photo is left to sort. Photos in the project already: 27"
    finish(lambda: page.take_dropped([photos / "1", pile]))
    assert page.message_bar.text == "In the project already, and not to be sorted: 27 photos"
    assert page.counts.text() == "24 photos"


def test_dropped_photos_are_seen_at_once_and_then_their_groups_without_a_grey_square(
    page, pile, hold, qtbot, settle, key
):
    gate, shown = hold("Encoding photos", 5), page.dropped.photo_list
    page.take_dropped([pile])
    qtbot.waitUntil(gate.reached.is_set)
    qtbot.waitUntil(lambda: len(shown.photos) == 24)
    assert page.dropped.isVisible()
    assert not page.view.isVisible()
    assert {shown.look(photo).name for photo in shown.photos} == {path.name for path in pile.iterdir()}
    qtbot.waitUntil(lambda: all(map(page.dropped_pictures.picture, shown.photos)))
    qtbot.waitUntil(lambda: page.counts.text().endswith("of 24"))
    page.setFocus()
    qtbot.keyClicks(QApplication.focusWidget(), "umx1")
    qtbot.keyClick(QApplication.focusWidget(), Key.Key_Return)
    assert page.message_bar.text == ""
    first = []
    page.work.loaded.connect(lambda: first.append(([one.total for one in groups(page)], _unread(page))))
    gate.open()
    settle()
    assert first == [([8, 8, 8], [])], "groups and pictures are there when they are shown"
    assert page.view.isVisible()
    assert not page.dropped.isVisible()
    assert page.view.hasFocus()


def test_photos_that_come_when_all_is_sorted_are_looked_at_and_the_largest_group_is_first(
    sorting, pile, tmp_path, context, hold, qtbot, settle
):
    context.run("Adding photos", lambda bench, job: add_classes(bench.project, [pile], job))
    settle()
    assert groups(sorting) == []
    gate = hold("Encoding photos")
    for look, count in (("red", 1), ("amber", 4)):
        for seed in range(30, 30 + count):
            draw_photo(tmp_path / "more" / f"{look}-{seed}.png", look, seed)
    sorting.take_dropped([tmp_path / "more"])
    qtbot.waitUntil(gate.reached.is_set)
    assert sorting.view.nothing == "Looking at the photos..."
    gate.open()
    settle()
    assert [one.total for one in groups(sorting)] == [4, 1]


def _unread(page):
    return [key for row in rows(page) for key in row.photos if page.pictures.picture(key) is None]


def test_cancelled_the_encoding_goes_on_later(page, pile, hold, qtbot, settle, finish):
    gate = hold("Encoding photos", 5)
    page.take_dropped([pile])
    qtbot.waitUntil(gate.reached.is_set)
    assert page.dropped.isVisible()
    assert page.counts.text().startswith("Looking at the photos")
    page.work.loading.cancel()
    gate.open()
    settle()
    assert page.is_empty
    finish(lambda: page.take_dropped([pile]))
    assert len(groups(page)) == 3


def test_a_photo_that_was_changed_meanwhile_is_not_learned_and_one_that_is_gone_is_left_out(
    sorting, key, context, finish
):
    key(sorting, Key.Key_Return, "sky", Key.Key_Return, Key.Key_Return, "sea", Key.Key_Return, Key.Key_Escape)
    one = sorting.work.photos[row_named(sorting, "sky").photos[0]].path
    draw_photo(one, "teal", 1)
    finish(sorting.learn.click)
    assert one.name in sorting.message_bar.text
    assert sorting.message_bar.is_error
    assert context.contents.classes == ()
    one.unlink()
    finish(sorting.learn.click)
    assert "Learned 2 classes." in sorting.message_bar.text
    assert "Left out: 1" in sorting.message_bar.text
    assert one.name in sorting.message_bar.text
    assert {one.train + one.test for one in context.contents.counts.values()} == {7, 8}
    assert named(sorting) == {"sky": 1}, "it is not learned, and stays"


def test_further_photos_join_what_was_named(sorting, key, tmp_path, finish):
    key(sorting, Key.Key_Return, "sky", Key.Key_Return, Key.Key_Escape)
    look = next(iter(looks(sorting, row_named(sorting, "sky"))))
    for seed in range(30, 34):
        draw_photo(tmp_path / "more" / f"IMG_{3 * seed + ('red', 'green', 'blue').index(look)}.png", look, seed)
    finish(lambda: sorting.take_dropped([tmp_path / "more"]))
    assert named(sorting) == {"sky": 8}, "what was named gets nothing by itself"
    like = [one for one in groups(sorting) if one.suggestions and one.suggestions[0].text == "sky"]
    assert sum(one.total for one in like) >= 3
    key(sorting, "u")
    assert named(sorting) == {}


def test_a_photo_alone_is_named_by_nobody_who_did_not_look(sorting, key, tmp_path, finish):
    """It is put beside the nearest that has a name, and may be something else."""
    key(sorting, Key.Key_Return, "sky", Key.Key_Return, Key.Key_Escape)
    look = next(iter(looks(sorting, row_named(sorting, "sky"))))
    more = tmp_path / "more" / "holiday"  # the others are from a folder of that name
    draw_photo(more / f"IMG_{90 + ('red', 'green', 'blue').index(look)}.png", look, 30)
    finish(lambda: sorting.take_dropped([more]))
    alone = next(one for one in groups(sorting) if one.total == 1)
    assert alone.suggestions[0].text == "sky"
    sorting.view.go_to(alone.id)
    key(sorting, Key.Key_Return)
    assert sorting.view.field.text() == ""
    key(sorting, Key.Key_Escape, "1")
    assert named(sorting) == {"sky": 9}


def test_near_duplicates_are_one_picture_with_a_count_and_broken_or_equal_photos_are_named(page, pile, finish, key):
    photo = Image.open(pile / "IMG_0000.png")
    for number in range(30):
        about = PngInfo()
        about.add_text("shot", str(number))
        photo.save(pile / f"IMG_{300 * (1 + number):04}.png", pnginfo=about)
    for name in ("broken.jpg", "torn.jpg"):
        (pile / name).write_bytes(b"\xff\xd8\xff no photo" + name.encode())
    for number in range(2):
        shutil.copy(pile / f"IMG_{number:04}.png", pile / f"copy of {number}.png")
    finish(lambda: page.take_dropped([pile]))
    (row,) = (one for one in groups(page) if one.total > 8)
    assert row.total == 38
    assert max(map(len, row.copies.values())) >= 31
    assert len(row.photos) <= 8
    assert page.skips.text() == "4 files left out"
    page.skips.setFocus()
    page.skips.click()
    report = page.findChild(SkipReport)
    assert "2 × it is the same photo as another one" in report.summary.text()
    assert "2 × it is not a photo that can be read" in report.summary.text()
    assert "it is the same photo as IMG_0000.png" in {report.model.index(at, 1).data() for at in range(4)}
    report.close()
    assert page.window().focusWidget() is page.view, "Enter names, and does not open it again"
    page.view.go_to(row.id)
    key(page, Key.Key_Return, "sky", Key.Key_Return)
    assert named(page) == {"sky": 38}


def test_a_stack_of_near_duplicates_opens_and_goes_with_one_key_and_one_undo(page, pile, finish, key):
    photo = Image.open(pile / "IMG_0000.png")
    for number in range(5):
        about = PngInfo()
        about.add_text("shot", str(number))
        photo.save(pile / f"IMG_{300 + number}.png", pnginfo=about)
    finish(lambda: page.take_dropped([pile]))
    page.view.setFocus()
    (row,) = (one for one in groups(page) if one.total > 8)
    page.view.go_to(row.id)
    stack = next(first for first, copies in row.copies.items() if len(copies) >= 6)
    key(page, *[Key.Key_Right] * (1 + row.photos.index(stack)), "b")
    assert [len(page.view.row.photos), page.view.row.total] == [len(row.photos) + len(row.copies[stack]) - 1, 13]
    shown = dict(page.view.places(page.view.row).photos)
    assert set(row.copies[stack]) <= shown.keys()
    key(page, "x")
    assert (page.view.row.total, stack in page.view.row.photos) == (12, False), "of an open stack one photo alone"
    key(page, "u")
    key(page, Key.Key_Right, "b")
    assert page.view.row.photos == row.photos
    key(page, *[Key.Key_Right] * (1 + row.photos.index(stack)), "x")
    assert page.view.row.total == 13 - len(row.copies[stack]), "a closed one is taken out whole"
    key(page, "u", Key.Key_Return, "sky", Key.Key_Return)
    assert named(page) == {"sky": 13}


def test_take_all_out_and_bring_it_back(sorting, key, finish, context):
    key(sorting, Key.Key_Return, "sky", Key.Key_Return, Key.Key_Escape)
    finish(sorting.clear.trigger)
    assert sorting.is_empty
    assert context.workbench.project.sorting("photos") is None
    finish(context.undo.undo)
    assert named(sorting) == {"sky": 8}
    assert len(context.workbench.project.sorting("photos")) == 24


def test_what_is_brought_back_is_not_replaced_by_photos_that_were_being_read(sorting, key, finish, context, tmp_path):
    key(sorting, Key.Key_Return, "sky", Key.Key_Return, Key.Key_Escape)
    finish(sorting.clear.trigger)
    sorting.take_dropped([draw_photo(tmp_path / "more.png", "teal", 1)])
    finish(context.undo.undo)
    assert named(sorting) == {"sky": 8}
    assert len(context.workbench.project.sorting("photos")) == 24


def test_copies_into_class_folders(sorting, key, tmp_path, monkeypatch, finish, pile):
    key(sorting, Key.Key_Return, "sky", Key.Key_Return, Key.Key_Escape)
    changed, gone = (sorting.work.photos[one].path for one in row_named(sorting, "sky").photos[:2])
    changed.write_bytes(b"a secret of the same name")  # as where a stranger's project names a file of this computer
    gone.unlink()
    target = tmp_path / "sorted"
    target.mkdir()
    monkeypatch.setattr(forms, "export_folder", lambda *_: target)
    finish(sorting.copy.trigger)
    assert {one.name for one in (target / "sky").iterdir()}.isdisjoint({changed.name, gone.name})
    assert len(list((target / "sky").iterdir())) == 6
    assert "Not copied: 2" in sorting.message_bar.text
    assert len(list(pile.iterdir())) == 23, "the photos stay where they are"


def useful(page):
    return [one for one in rows(page) if one.is_photo]


def test_what_is_most_useful_to_label_is_labelled_by_keys_ten_at_a_time(sorting, key, qtbot):
    """They are of all looks; names that groups have are offered by digits; then come the next ten."""
    sorting.bar.order.setCurrentIndex(sorting.bar.order.findData("useful"))
    qtbot.waitUntil(lambda: len(useful(sorting)) == 10)
    sorting.view.setFocus()
    ten = useful(sorting)
    assert sorting.view.row == ten[0] == rows(sorting)[0]
    assert set.union(*(looks(sorting, one) for one in ten)) == {"red", "green", "blue"}
    assert ten[0].hint == "Most useful to label: 1 of 10"
    assert not ten[0].suggestions, "nothing has a name yet"
    first = looks(sorting, ten[0]).pop()
    key(sorting, Key.Key_Return, first, Key.Key_Return, Key.Key_Escape)
    assert row_named(sorting, first).photos == ten[0].photos
    assert useful(sorting)[0].photos == ten[1].photos == sorting.view.row.photos
    assert [one.text for one in useful(sorting)[0].suggestions] == [first]
    key(sorting, "m", "s")
    assert [one.photos for one in useful(sorting)] == [one.photos for one in ten[1:]], "one photo is no group"
    key(sorting, Key.Key_Delete)
    assert ten[1].photos[0] in sorting.work.pile.aside
    assert [one.photos for one in useful(sorting)] == [one.photos for one in ten[2:]]
    key(sorting, "u", "u")
    assert [one.photos for one in useful(sorting)] == [one.photos for one in ten]
    key(sorting, Key.Key_Home)
    for one in ten:
        assert sorting.view.row.photos == one.photos
        look = looks(sorting, sorting.view.row).pop()
        offered = [one.text for one in sorting.view.row.suggestions]
        if look in offered:
            key(sorting, str(1 + offered.index(look)))
        else:
            key(sorting, Key.Key_Return, look, Key.Key_Return, Key.Key_Escape)
    qtbot.waitUntil(lambda: sorting.view.row.is_photo)
    assert all(looks(sorting, row_named(sorting, look)) == {look} for look in ("red", "green", "blue"))
    assert {one.photos[0] for one in useful(sorting)}.isdisjoint(one.photos[0] for one in ten)
    sorting.bar.order.setCurrentIndex(sorting.bar.order.findData("largest"))
    assert not useful(sorting)


def test_what_is_left_over_is_offered_as_an_honest_test(sorting, key, qtbot, finish, context):
    for name in ("sky", "sea", "fir"):
        key(sorting, Key.Key_Return, name, Key.Key_Return)
    out = [row_named(sorting, name).photos[0] for name in ("sky", "sea", "fir")]
    names = dict(zip(out, ("sky", "sea", "fir"), strict=True))
    for photo in out:
        sorting.work.act(lambda pile, photo=photo: pile.move([photo], None))
    finish(sorting.learn.click)
    model = context.contents.learner
    assert sorting.message_bar._button.text() == "Name 3 of those left over, as an honest test"
    sorting.bar.search.setText("red")
    sorting.bar.search._tell()
    sorting.bar.filter.setCurrentIndex(sorting.bar.filter.findData("named"))
    sorting.message_bar._button.click()
    qtbot.waitUntil(lambda: len(useful(sorting)) == 3)
    assert useful(sorting)[0].hint == "Test: 1 of 3"
    assert not nameless(sorting)
    key(sorting, Key.Key_Return, names[sorting.view.row.photos[0]], Key.Key_Return, Key.Key_Escape)
    assert len(sorting.work.pile.tests) == 1
    other = next(photo for photo in out if photo not in sorting.work.pile.tests)
    sorting.work.act(lambda pile: pile.gather([other], "fig"))
    assert sorting.learn.text() == "Learn 1 class"
    context.undo.undo()
    context.undo.undo()
    assert not sorting.work.pile.tests
    for order in ("largest", "test"):
        sorting.bar.order.setCurrentIndex(sorting.bar.order.findData(order))
    qtbot.waitUntil(lambda: len(useful(sorting)) == 3 and sorting.view.row == useful(sorting)[0])
    for _ in out:
        key(sorting, Key.Key_Return, names[sorting.view.row.photos[0]], Key.Key_Return, Key.Key_Escape)
    assert sorting.message_bar.text == "No photo of the test is left to name."
    assert sorting.message_bar._button.text() == sorting.learn.text() == "Test with 3 photos"
    finish(sorting.message_bar._button.click)
    assert context.contents.learner == model
    tests = context.workbench.project.photos(split="test")
    assert {*out} <= {photo.sha256 for photo in tests}
    assert sorting.bar.wanted[2] == "largest", "what is named from now on is learned"
    assert sorting.message_bar.text == "The test photos were added: 3 of 3 right (44 to 100\u202f%)."
    headline = Headline()
    qtbot.addWidget(headline)
    headline.show_report(read_report(evaluate(context.workbench), context.contents))
    assert headline.events.text() == "Test photos that were in no group: 3 of 3 right (44 to 100\u202f%)"
    finish(context.undo.undo)
    assert not any(photo.sha256 in out for photo in context.workbench.project.photos())


def test_in_a_test_a_digit_goes_on_to_mean_the_name_that_was_read_beside_it(sorting, key, qtbot, monkeypatch):
    for name in ("sky", "sea", "fir"):
        key(sorting, Key.Key_Return, name, Key.Key_Return)
    for name in ("sky", "sea", "fir"):
        photo = row_named(sorting, name).photos[0]
        sorting.work.act(lambda pile, photo=photo: pile.move([photo], None))
    sorting.bar.order.setCurrentIndex(sorting.bar.order.findData("test"))
    qtbot.waitUntil(lambda: len(useful(sorting)) == 3)
    read = {row.photos: row.suggestions for row in useful(sorting)}
    likely = type(sorting.work.pile).likely
    monkeypatch.setattr(
        type(sorting.work.pile), "likely", lambda pile, *given: [names[::-1] for names in likely(pile, *given)]
    )
    key(sorting, "1")
    qtbot.waitUntil(lambda: len(useful(sorting)) == 2)
    assert all(row.suggestions == read[row.photos] for row in useful(sorting))


def test_several_groups_are_named_or_merged_at_once(sorting, key, qtbot):
    """A name that is given twice makes one class as well."""
    qtbot.keyClick(sorting.view, Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
    key(sorting, Key.Key_Return, "sky", Key.Key_Return)
    assert named(sorting) == {"sky": 16}
    key(sorting, Key.Key_Escape, "u")
    sorting.view.go_to(groups(sorting)[0].id)
    key(sorting, Key.Key_Return, "sky", Key.Key_Return, Key.Key_Return, "sky", Key.Key_Return, Key.Key_Escape)
    assert named(sorting) == {"sky": 16}
    key(sorting, "u", "u")
    sorting.view.go_to(groups(sorting)[0].id)
    qtbot.keyClick(sorting.view, Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
    qtbot.keyClick(sorting.view, Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
    key(sorting, "m")
    assert [one.total for one in groups(sorting)] == [24]


def ask_whether_same(page, qtbot, *ids):
    """Ask whether two groups are the same, and wait until the question is on the screen."""
    page.work.doubts = [ids]
    page._show()
    assert page.question.pair == ids
    qtbot.waitUntil(lambda: page.question.is_seen)


def test_are_these_the_same(sorting, key, qtbot):
    first, second, _ = groups(sorting)
    ask_whether_same(sorting, qtbot, first.id, second.id)
    assert sorting.question.isVisible()
    key(sorting, "y")
    assert [one.total for one in groups(sorting)] == [16, 8]
    third = groups(sorting)[1]
    ask_whether_same(sorting, qtbot, first.id, third.id)
    key(sorting, "n")
    assert (first.id, third.id) not in sorting.work.doubts
    assert len(groups(sorting)) == 2


def test_an_answer_by_mouse_leaves_the_list_where_it_was_scrolled_to(sorting, qtbot, settle):
    first, second, third = groups(sorting)
    sorting.view.set_side(400)
    sorting.resize(980, 620)
    ask_whether_same(sorting, qtbot, second.id, third.id)
    bar = sorting.view.verticalScrollBar()
    bar.setValue(500)
    assert sorting.view.row.id == first.id
    assert not sorting.view.is_in_sight
    before = sorting.view.visualRect(sorting.model.index(2)).top()
    qtbot.mouseClick(sorting.question.no, Qt.MouseButton.LeftButton)
    settle()
    assert not sorting.question.isVisible()
    assert sorting.view.visualRect(sorting.model.index(2)).top() == before
    qtbot.keyClick(sorting.view, Key.Key_Return)
    assert sorting.view.is_in_sight, "a key brings back what it acts on"


def test_a_question_shows_as_many_photos_as_fit_and_says_how_many_do_not(sorting, qtbot):
    first, second, _ = groups(sorting)
    question, number = sorting.question, {}
    ask_whether_same(sorting, qtbot, first.id, second.id)
    for wide in (980, 1500, 720):
        sorting.resize(wide, sorting.height())
        qtbot.waitUntil(lambda wide=wide: sorting.width() == wide and question.width() < wide)
        for pictures, more in zip(question.pictures, question.more, strict=True):
            number[wide] = sum(picture.isVisible() for picture in pictures)
            assert (more.isVisible(), more.text()) == (number[wide] < 8, f"+{8 - number[wide]}")
    assert 2 <= number[720] < number[980] < number[1500] == 8
    question.ask((1, 2), [(first.photos[:3], "sea"), (("a", "b", "c", "d", "e"), "")])
    sorting.resize(980, sorting.height())
    qtbot.waitUntil(lambda: [sum(one.isVisible() for one in side) for side in question.pictures] == [3, 5])
    assert not any(more.isVisible() for more in question.more), "the room that one leaves is for the other"


def test_the_search_has_the_room_that_is_left(sorting, qtbot):
    search = sorting.bar.search
    sorting.resize(816, sorting.height())  # in a window of 1024 pixels
    qtbot.waitUntil(lambda: sorting.width() == 816 and search.placeholderText() == "Search by words")
    around = 80  # pixels: the lens, the button that clears, the frame
    assert search.width() >= search.fontMetrics().horizontalAdvance("Search by words") + around


def test_an_answer_is_for_a_question_that_was_seen(sorting, key, qtbot, monkeypatch):
    """One may press Y for the question that stood there until a moment ago."""
    first, second, third = groups(sorting)
    ask_whether_same(sorting, qtbot, first.id, second.id)
    monkeypatch.setattr(labels, "DEAF_SECONDS", 60.0)
    key(sorting, "y")
    sorting.question.yes.click()
    assert [one.total for one in groups(sorting)] == [8, 8, 8]
    monkeypatch.setattr(labels, "DEAF_SECONDS", 0.0)
    sorting.work.doubts = [(second.id, third.id)]
    sorting._show()
    assert not sorting.question.is_seen, "it is another one, which is not painted yet"
    qtbot.waitUntil(lambda: sorting.question.is_seen)
    sorting._show()
    assert sorting.question.is_seen, "it is the same one"
    key(sorting, "y")
    assert [one.total for one in groups(sorting)] == [8, 16]
    key(sorting, "u")
    assert [one.photos for one in groups(sorting)] == [one.photos for one in (first, second, third)]


def test_a_name_that_is_typed_without_enter_gives_no_commands(sorting, key, monkeypatch):
    before = [one.photos for one in groups(sorting)]
    monkeypatch.setattr(labels, "DEAF_SECONDS", 60.0)
    key(sorting, Key.Key_Return, "sky", Key.Key_Return, "m", "u", "m")
    assert named(sorting) == {"sky": 8}
    assert [one.photos for one in groups(sorting)] == before
    key(sorting, Key.Key_Up, Key.Key_Down, "m", "u", "m", "s")  # after a pause: the first letter acts
    assert [one.total for one in groups(sorting)] == [16, 8]
    monkeypatch.setattr(labels, "DEAF_SECONDS", 0.0)
    key(sorting, "u")
    assert [one.photos for one in groups(sorting)] == before


def test_the_same_letter_acts_again_at_once(sorting, key, monkeypatch):
    monkeypatch.setattr(labels, "DEAF_SECONDS", 60.0)
    key(sorting, Key.Key_Down, "m", "m")
    assert [one.total for one in groups(sorting)] == [24]
