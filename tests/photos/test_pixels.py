"""What comes out is upright RGB of finite numbers, in strips as in one piece, and nothing but pixels."""

import struct

import numpy as np
import pytest
from PIL import Image

from spa_desktop.photos import upright
from spa_desktop.photos.opening import open_photo, read_photo
from spa_desktop.photos.upright import orientation_of, upright_rgb
from tests.photos.mutations import whole_photos
from tests.photos.pieces import flat, saved


def test_numbers_that_are_none_do_not_spoil_the_others(tmp_path):
    values = np.full((4, 6), 0.5, np.float32)
    values[0, :4] = np.nan, np.inf, -np.inf, np.uint32(0x7FA00000).view(np.float32)
    Image.fromarray(values).save(tmp_path / "a.tiff")
    levels = np.asarray(open_photo(tmp_path / "a.tiff"))[..., 0]
    assert levels[0, :4].tolist() == [0, 255, 0, 0]
    assert set(levels[1:].ravel()) == {128}
    Image.fromarray(np.full((2, 2), np.nan, np.float32)).save(tmp_path / "none.tiff")
    assert not np.asarray(open_photo(tmp_path / "none.tiff")).any()
    Image.fromarray(np.full((2, 2), 3e38, np.float32)).save(tmp_path / "large.tiff")
    assert not np.asarray(open_photo(tmp_path / "large.tiff")).any()


@pytest.mark.parametrize("values", [[[0, 20000, 65535]], [[0.0, 0.25, 1.0]], [[0, 80, 255]]])
@pytest.mark.parametrize("strip", [1, 1 << 20])
def test_a_tiff_whose_zero_is_white_is_no_negative(tmp_path, monkeypatch, values, strip):
    kind = {65535: np.uint16, 1.0: np.float32, 255: np.uint8}[values[0][-1]]
    Image.fromarray(np.array(values, kind)).save(tmp_path / "a.tiff")
    usual = np.asarray(open_photo(tmp_path / "a.tiff")).astype(int)
    assert (usual[0, 0, 0], usual[0, -1, 0]) == (0, 255)
    black_is_zero, white_is_zero = (struct.pack("<HHIH", 262, 3, 1, zero) for zero in (1, 0))
    content = (tmp_path / "a.tiff").read_bytes()
    assert content.count(black_is_zero) == 1
    (tmp_path / "a.tiff").write_bytes(content.replace(black_is_zero, white_is_zero))
    monkeypatch.setattr(upright, "_STRIP", strip)
    assert np.array_equal(np.asarray(open_photo(tmp_path / "a.tiff")), 255 - usual)


@pytest.mark.parametrize("name", sorted(whole_photos()))
def test_strips_give_what_the_whole_gives(tmp_path, monkeypatch, name):
    file = tmp_path / name
    file.write_bytes(whole_photos()[name])
    whole = np.asarray(open_photo(file))
    monkeypatch.setattr(upright, "_STRIP", 56 * 7)
    assert np.array_equal(np.asarray(open_photo(file)), whole)


def test_reduced_in_strips(monkeypatch):
    photo = Image.fromarray(np.random.default_rng(0).integers(0, 256, (61, 83, 3), np.uint8))
    exact = photo.reduce(4)
    monkeypatch.setattr(upright, "_STRIP", 83 * 9)
    assert np.array_equal(np.asarray(upright_rgb(photo, 1, 4)), np.asarray(exact))
    turned = upright_rgb(photo, 6, 4)
    assert np.array_equal(np.asarray(turned), np.asarray(exact.transpose(Image.Transpose.ROTATE_270)))


def test_large_photos_come_reduced_and_know_their_size(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 8
    flat(4200, 3000).save(tmp_path / "large.png", exif=exif, compress_level=1)
    photo = read_photo(tmp_path / "large.png", at_least=448)
    assert (photo.width, photo.height) == (3000, 4200)
    assert photo.image.size == (750, 1050)
    assert open_photo(tmp_path / "large.png").size == (3000, 4200)
    flat(3900, 3000).save(tmp_path / "usual.png", compress_level=1)
    assert open_photo(tmp_path / "usual.png", at_least=448).size == (3900, 3000)


def test_a_comment_does_not_come_along(tmp_path):
    (tmp_path / "a.gif").write_bytes(saved(flat(9, 9, "L"), "GIF", comment=b"words" * 20_000))
    photo = open_photo(tmp_path / "a.gif")
    assert photo.info == {}
    saved(photo, "JPEG")  # a JPEG takes no comment of that length


def test_too_much_exif_counts_as_none():
    photo = flat(4, 4)
    exif = Image.Exif()
    exif[0x0112] = 6
    photo.info["exif"] = exif.tobytes()
    assert orientation_of(photo) == 6
    photo = flat(4, 4)
    photo.info["exif"] = exif.tobytes() + bytes(2_000_000)
    assert orientation_of(photo) == 1
