"""Geometry and colours of the overlay, measured on pixels that were drawn."""

import numpy as np
import pytest
from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage

from spa_desktop.ui.explain.answer_panel import ShareBar
from spa_desktop.ui.photo.colour_maps import ATTENTION, attention, color_at, difference, veil
from spa_desktop.ui.photo.photo_canvas import PhotoCanvas, fit, patch_at, patch_box
from tests.ui.mouse import point

WIDE = QSize(400, 200)
CROP = (100.0, 0.0, 300.0, 200.0)  # the middle square of a wide photo


@pytest.mark.parametrize("ratio", [1.0, 1.5])
@pytest.mark.parametrize("room", [QSize(333, 501), QSize(811, 200), QSize(1, 400)])
def test_a_photo_keeps_its_shape_and_lies_on_whole_device_pixels(room, ratio):
    box = fit(WIDE, room, ratio).target
    assert QRectF(-0.51, -0.51, room.width() + 1.02, room.height() + 1.02).contains(box)
    for edge in (box.left(), box.top(), box.width(), box.height()):
        assert (edge * ratio) == pytest.approx(round(edge * ratio))
    if box.width() > 50:
        assert box.width() / box.height() == pytest.approx(2.0, abs=0.02)


@pytest.mark.parametrize("is_mirrored", [False, True])
def test_each_patch_is_found_where_it_is_drawn(is_mirrored):
    place = fit(WIDE, QSize(640, 480), 1.5, is_mirrored=is_mirrored)
    for patch in range(12):
        box = place.to_screen(patch_box(patch, (3, 4), CROP))
        assert patch_at(place.to_photo(box.center()), (3, 4), CROP) == patch
    outside = place.to_screen((0.0, 0.0, 100.0, 200.0)).center()
    assert patch_at(place.to_photo(outside), (3, 4), CROP) is None


def test_equal_evidence_for_and_against_a_class_has_bars_of_equal_length(qtbot):
    bar, lengths = ShareBar(), list[int]()
    qtbot.addWidget(bar)
    bar.resize(200, bar.sizeHint().height())
    for part in (0.0, 0.5, -0.5):
        bar.show_part(part)
        drawn = bar.grab().toImage()
        middle = [drawn.pixel(x, drawn.height() // 2) for x in range(drawn.width())]
        lengths.append(sum(color != middle[0] for color in middle))
    assert lengths[1] - lengths[0] == pytest.approx(50, abs=2)
    assert lengths[1] == pytest.approx(lengths[2], abs=2)


def test_a_difference_shows_both_sides_and_is_clear_where_there_is_none():
    first, second = np.zeros((3, 3), dtype=np.float32), np.zeros((3, 3), dtype=np.float32)
    first[0, 0] = second[2, 2] = 0.5
    picture = difference(first, second)
    last = picture.width() - 1
    for_first, for_second = picture.pixelColor(2, 2), picture.pixelColor(last - 2, last - 2)
    assert for_first.lightness() > for_second.lightness() + 80
    assert for_second.blue() > for_second.red() + 50
    assert picture.pixelColor(last - 1, 1).alpha() < 40 < 200 < for_first.alpha()
    same = difference(first, first)
    assert same.pixelColor(5, 5).alpha() == 0


@pytest.fixture
def canvas(qtbot):
    found = PhotoCanvas()
    qtbot.addWidget(found)
    found.resize(600, 400)
    photo = QImage(WIDE, QImage.Format.Format_RGB888)
    photo.fill(QColor(120, 120, 120))
    found.show_photo(photo)
    with qtbot.waitExposed(found):
        found.show()
    return found


def seen(canvas: PhotoCanvas, x: float, y: float) -> QColor:
    """The colour at a point of the photo, as the canvas shows it."""
    picture = canvas.grab().toImage()
    place = canvas.placement()
    box = place.to_screen((x - 1, y - 1, x + 1, y + 1))
    point = box.center() * picture.devicePixelRatio()
    return picture.pixelColor(round(point.x()), round(point.y()))


def test_the_overlay_lies_on_the_crop_and_nowhere_else(canvas):
    weights = np.ones((3, 3), dtype=np.float32)
    weights[1:] = 0.0
    canvas.set_patches((3, 3), CROP, attention(weights))
    canvas.set_opacity(1.0)
    for x, y in ((50, 20), (350, 20), (250, 180)):  # where there is no heat the photo is not darkened
        assert seen(canvas, x, y) == QColor(120, 120, 120)
    assert seen(canvas, 200, 20) == color_at(ATTENTION, 1.0)
    canvas.set_opacity(0.0)
    assert seen(canvas, 200, 20) == QColor(120, 120, 120)


def test_lit_patches_shine_and_others_are_veiled_as_finely_as_it_is_told(canvas):
    canvas.set_patches((2, 2), CROP, None)
    canvas.set_lit({0: 1.0, 1: 0.5})
    full, half, none = seen(canvas, 150, 50), seen(canvas, 250, 50), seen(canvas, 150, 150)
    assert full == QColor(120, 120, 120)
    assert full.red() > half.red() > none.red()
    light = np.zeros((26, 26), np.float32)
    light[:, :13] = 1.0
    canvas.set_lit(veil(light))
    assert seen(canvas, 120, 50) == seen(canvas, 50, 50) == full, "nor is what lies outside of the crop veiled"
    assert seen(canvas, 280, 50).red() < 60
    canvas.set_lit(None)
    assert seen(canvas, 280, 50) == seen(canvas, 150, 150) == full


def test_pointer_and_keys_point_at_patches(canvas, qtbot):
    canvas.set_patches((2, 2), CROP, None)
    told = []
    canvas.patch_pointed.connect(told.append)
    for box, said in ((patch_box(3, (2, 2), CROP), [3]), ((0.0, 0.0, 50.0, 50.0), [3, None])):
        place = canvas.placement().to_screen(box).center().toPoint()
        point(qtbot, canvas, lambda place=place: place, lambda said=said: told == said)
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Left):
        qtbot.keyClick(canvas, key, Qt.KeyboardModifier.ShiftModifier)
    qtbot.keyClick(canvas, Qt.Key.Key_Escape)
    assert told == [3, None, 3, 1, 0, None]
