import warnings

import numpy as np
import pytest
from PIL import Image, ImageDraw

from spa_desktop.photos.opening import open_photo
from tests.photos.pieces import png
from tests.photos.test_files import refused


def corner(photo: Image.Image) -> tuple[int, ...]:
    return photo.getpixel((2, 2))


@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientation_gives_the_upright_photo(tmp_path, drawn, orientation):
    undo = {
        1: None,
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }[orientation]
    stored = drawn if undo is None else drawn.transpose(undo)
    exif = Image.Exif()
    exif[0x0112] = orientation
    file = tmp_path / "turned.png"
    stored.save(file, exif=exif)
    assert np.array_equal(np.asarray(open_photo(file)), np.asarray(drawn))


def test_transparency_lies_on_white(tmp_path):
    layer = Image.new("RGBA", (20, 20), (255, 0, 0, 0))
    ImageDraw.Draw(layer).rectangle((10, 0, 19, 19), fill=(0, 0, 255, 255))
    layer.save(tmp_path / "rgba.png")
    photo = open_photo(tmp_path / "rgba.png")
    assert photo.mode == "RGB"
    assert corner(photo) == (255, 255, 255)
    assert photo.getpixel((15, 10)) == (0, 0, 255)
    Image.new("LA", (9, 9), (0, 128)).save(tmp_path / "la.png")
    assert corner(open_photo(tmp_path / "la.png")) == (127, 127, 127)


def test_palette_with_and_without_transparency(tmp_path):
    palette = Image.new("P", (9, 9), 1)
    palette.putpalette([0, 0, 0, 10, 200, 30])
    palette.save(tmp_path / "p.png")
    assert corner(open_photo(tmp_path / "p.png")) == (10, 200, 30)
    palette.save(tmp_path / "clear.png", transparency=1)
    assert corner(open_photo(tmp_path / "clear.png")) == (255, 255, 255)


def test_grey_bilevel_and_cmyk(tmp_path):
    Image.new("L", (9, 9), 77).save(tmp_path / "l.png")
    assert corner(open_photo(tmp_path / "l.png")) == (77, 77, 77)
    Image.new("1", (9, 9), 1).save(tmp_path / "1.png")
    assert corner(open_photo(tmp_path / "1.png")) == (255, 255, 255)
    Image.new("CMYK", (16, 16), (0, 255, 255, 0)).save(tmp_path / "cmyk.jpg")
    red, green, blue = corner(open_photo(tmp_path / "cmyk.jpg"))
    assert red > 240
    assert green < 15
    assert blue < 15


@pytest.mark.parametrize("suffix", ["png", "tiff"])
def test_sixteen_bits_are_scaled_not_cut(tmp_path, suffix):
    ramp = np.linspace(0, 65535, 256).round().astype(np.uint16).reshape(16, 16)
    Image.fromarray(ramp).save(tmp_path / f"deep.{suffix}")
    photo = np.asarray(open_photo(tmp_path / f"deep.{suffix}"))
    assert np.array_equal(photo[..., 0].ravel(), np.arange(256))


def test_floating_point_tiff(tmp_path):
    Image.fromarray(np.full((4, 4), 0.5, np.float32)).save(tmp_path / "unit.tiff")
    assert corner(open_photo(tmp_path / "unit.tiff")) == (128, 128, 128)
    values = np.array([[-1000.0, 3000.0], [1000.0, 1000.0]], np.float32).repeat(4, 0).repeat(4, 1)
    Image.fromarray(values).save(tmp_path / "wide.tiff")
    photo = np.asarray(open_photo(tmp_path / "wide.tiff"))
    assert (photo.min(), photo.max(), photo[-1, 0, 0]) == (0, 255, 128)


def test_first_frame_of_an_animation(tmp_path):
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "blue")]
    frames[0].save(tmp_path / "moving.gif", save_all=True, append_images=frames[1:])
    assert corner(open_photo(tmp_path / "moving.gif")) == (255, 0, 0)


def test_large_jpeg_comes_reduced_only_on_request(tmp_path, drawn):
    drawn.resize((2000, 1500)).save(tmp_path / "large.jpg")
    assert open_photo(tmp_path / "large.jpg").size == (2000, 1500)
    reduced = open_photo(tmp_path / "large.jpg", at_least=520)
    assert reduced.size == (1000, 750)
    assert open_photo(tmp_path / "large.jpg", at_least=1600).size == (2000, 1500)


def test_what_cannot_be_read_is_refused_in_one_line(tmp_path, drawn):
    empty, text, cut, cut_png, gone, huge = (
        tmp_path / name for name in ("0.jpg", "text.jpg", "cut.jpg", "cut.png", "gone.jpg", "bomb.png")
    )
    empty.write_bytes(b"")
    assert "empty" in refused(empty)
    text.write_text("not a photo")
    assert "not a photo" in refused(text)
    for file in (cut, cut_png):
        drawn.save(file)
        file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
        assert "cut off" in refused(file)
    assert "missing" in refused(gone)
    assert "folder" in refused(tmp_path)
    huge.write_bytes(png(30_000, 30_000, data=b"x"))
    assert "million pixels" in refused(huge)
    (tmp_path / "phone.heic").write_bytes(b"\0\0\0\x18ftypheic" + bytes(50))
    assert "phone.heic is" in refused(tmp_path / "phone.heic")


@pytest.mark.filterwarnings("ignore:Corrupt EXIF data")
def test_broken_exif_does_not_lose_the_photo(tmp_path, drawn):
    drawn.save(tmp_path / "exif.jpg", exif=b"Exif\0\0II*\0\xff\xff\xff\xff" + b"\xff" * 30)
    assert open_photo(tmp_path / "exif.jpg").size == drawn.size
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # as a program may that uses the Python API
        assert "damaged" in refused(tmp_path / "exif.jpg")
