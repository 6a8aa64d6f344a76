"""A photo over the whole window: arrow keys, full screen, Explain, and what is said where a file is gone."""

from pathlib import Path

import pytest
from PySide6.QtCore import Qt

from spa_desktop.ui.classes.classes_page import ClassesPage
from spa_desktop.ui.lightbox.photo_lightbox import Lightbox
from spa_desktop.ui.page import Page
from spa_desktop.ui.thumbnails.photo_model import LargePhoto
from tests.ui.mouse import double_click_item


@pytest.fixture
def page(open_project, make_project, show_page, settle) -> Page:
    open_project(make_project())
    found = show_page(ClassesPage)
    settle()
    return found


def opened(page: Page, qtbot, photos=None, place: int = 0) -> Lightbox:
    records = page.photo_model.photos
    page.enlarge(photos or [LargePhoto.of_record(one) for one in records], place)
    looked(page.lightbox, qtbot)
    return page.lightbox


def looked(light: Lightbox, qtbot) -> None:
    qtbot.waitUntil(lambda: light.shown == light.photo)


def test_a_double_click_on_a_photo_shows_it_in_full_keys_go_on_and_the_grid_follows(page, qtbot):
    photos = page.photos
    double_click_item(qtbot, photos, page.photo_model.index(2))
    light, last = page.lightbox, len(page.photo_model.photos) - 1
    looked(light, qtbot)
    record = page.photo_model.photos[2]
    assert light.place == 2
    assert (light.canvas.photo.width(), light.canvas.photo.height()) == (record.width, record.height)
    assert record.name in light.about.text()
    for key, place in (
        (Qt.Key.Key_Home, 0),
        (Qt.Key.Key_Right, 1),
        (Qt.Key.Key_Space, 2),
        (Qt.Key.Key_Left, 1),
        (Qt.Key.Key_End, last),
        (Qt.Key.Key_Right, last),
        (Qt.Key.Key_Home, 0),
        (Qt.Key.Key_Right, 1),
    ):
        qtbot.keyClick(light.canvas, key)
        assert light.place == place
        assert light.back.isEnabled() == (place > 0)
    looked(light, qtbot)
    qtbot.mouseClick(light.on, Qt.MouseButton.LeftButton)
    assert light.place == 2
    qtbot.keyClick(light.canvas, Qt.Key.Key_Left)
    qtbot.keyClick(light.canvas, Qt.Key.Key_Escape)
    assert page.lightbox is None
    assert page.photos.currentIndex().row() == 1
    page.photos.setFocus()
    qtbot.keyClick(page.photos, Qt.Key.Key_Return)
    assert page.lightbox.place == 1
    page.lightbox.close()


@pytest.mark.parametrize("key", [Qt.Key.Key_F11, Qt.Key.Key_F])
def test_full_screen_and_back(page, qtbot, key):
    light = opened(page, qtbot)
    qtbot.keyClick(light.canvas, key)
    assert light.isFullScreen()
    qtbot.keyClick(light.canvas, Qt.Key.Key_Escape)
    assert not light.isFullScreen()
    assert light.isVisible(), "the first Escape leaves the full screen alone"
    qtbot.mouseDClick(light.canvas, Qt.MouseButton.LeftButton)
    assert light.isFullScreen()
    light.full_screen.setFocus(Qt.FocusReason.TabFocusReason)
    qtbot.keyClick(light.full_screen, Qt.Key.Key_Return)
    assert not light.isFullScreen(), "Enter presses what has the focus"
    qtbot.keyClick(light.full_screen, Qt.Key.Key_Return)
    assert light.isFullScreen()
    qtbot.keyClick(light.canvas, key)
    qtbot.keyClick(light.canvas, Qt.Key.Key_Escape)
    assert not light.isVisible()


def test_where_the_file_is_gone_the_small_picture_is_shown_and_named_so(page, qtbot, tmp_path):
    record = page.photo_model.photos[0]
    gone = LargePhoto(tmp_path / "gone.jpg", "gone.jpg", record.id, record.sha256)
    other = LargePhoto(Path(page.photo_model.photos[1].path), "other.jpg", record.id, record.sha256)
    nowhere = LargePhoto(tmp_path / "nowhere.jpg", "nowhere.jpg")
    light = opened(page, qtbot, [gone, other, nowhere])
    assert "only its small picture" in light.about.text()
    assert 0 < light.canvas.photo.width() <= 160
    light.step(1)
    looked(light, qtbot)
    assert "another photo" in light.about.text(), "what lies there now is not what was added"
    light.step(1)
    looked(light, qtbot)
    assert light.canvas.photo.isNull()
    assert "nowhere.jpg" in light.canvas.message


def test_e_leads_to_what_decided_for_the_photo(context, open_colours, show_page, settle, qtbot):
    open_colours(tasks=1, trained=1)
    page = show_page(ClassesPage)
    settle()
    light = opened(page, qtbot)
    with qtbot.waitSignal(context.page_requested) as asked:
        qtbot.keyClick(light.canvas, Qt.Key.Key_E)
    assert asked.args == ["explain", page.photo_model.photos[0].id]
    settle()
