"""Pictures for the screen from files and projects that may come from anybody."""

import pytest
from PIL import Image
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter

from spa_desktop.errors import InputError
from spa_desktop.ui.live.sources import read_picture
from spa_desktop.ui.thumbnails.photo_model import draw_rounded, thumbnail_of
from tests.photos.pieces import flat, png, saved, scans_of


def test_a_thumbnail_is_a_small_jpeg(qapp):
    assert thumbnail_of(saved(flat(160, 75), "JPEG")).size() == QSize(160, 75)
    drawing = b'<svg xmlns="http://www.w3.org/2000/svg" width="99" height="99"/>'
    for hostile in (b"", drawing, saved(flat(160, 75), "PNG"), saved(flat(1025, 8), "JPEG"), png(9000, 9000)):
        assert thumbnail_of(hostile).isNull()


@pytest.mark.parametrize("page", ["white", ""])
def test_a_square_shows_all_of_a_drawing_on_a_plain_page_and_the_middle_of_a_photo(qapp, page):
    drawing = QImage(90, 160, QImage.Format.Format_RGB32)
    drawing.fill(QColor("white"))
    painter = QPainter(drawing)
    painter.fillRect(30, 10, 30, 20, QColor("red"))  # in the part that a square leaves out
    if not page:
        painter.fillRect(0, 140, 90, 20, QColor("green"))
    painter.end()
    square = draw_rounded(drawing, 64)
    assert square.size() == QSize(64, 64)
    assert (square.pixelColor(32, 7) == QColor("red")) == bool(page)
    assert square.pixelColor(2, 32) == QColor("white")


def test_a_thumbnail_of_several_scans_is_not_read(qapp):
    jpeg = saved(flat(1000, 1000), "JPEG", progressive=True)
    last = scans_of(jpeg)[-1]
    for scans in (0, 20):
        assert thumbnail_of(jpeg[:-2] + jpeg[last:-2] * scans + jpeg[-2:]).isNull()


@pytest.mark.parametrize("ground", [Qt.GlobalColor.white, Qt.GlobalColor.black])
def test_a_picture_of_one_colour_has_an_edge_on_a_ground_of_that_colour(ground, qapp):
    image = QImage(100, 75, QImage.Format.Format_RGB32)
    image.fill(ground)
    drawn = draw_rounded(image, 50)
    edge, middle = drawn.pixelColor(25, 0).lightness(), drawn.pixelColor(25, 25).lightness()
    assert middle in (0, 255)
    assert 20 < abs(edge - middle) < 60


def test_live_shows_a_photo_upright_and_not_too_large(tmp_path, qapp):
    exif = Image.Exif()
    exif[0x0112] = 6
    flat(3300, 2000).save(tmp_path / "a.jpg", exif=exif)
    picture = read_picture(tmp_path / "a.jpg")
    assert (picture.width(), picture.height()) == (970, 1600)
    assert abs(picture.pixelColor(500, 800).red() - 90) < 3


def test_live_refuses_what_adding_refuses(tmp_path, qapp):
    (tmp_path / "a.png").write_text('<svg xmlns="http://www.w3.org/2000/svg" width="99" height="99"/>')
    (tmp_path / "b.png").write_bytes(png(10_000, 10_000))
    for name, reason in (("a.png", "not a photo"), ("b.png", "million pixels"), ("c.png", "missing")):
        with pytest.raises(InputError, match=reason):
            read_picture(tmp_path / name)
