"""What the headers are read as: right for photos, and no less than what hostile ones ask for."""

from __future__ import annotations

import struct

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageOps

from spa_desktop.photos import avif, jpeg, jpeg2000, tiff, webp
from spa_desktop.photos.memory_demand import demand_of
from spa_desktop.photos.opening import open_photo
from spa_desktop.photos.photo_kinds import kind_of
from spa_desktop.photos.photo_limits import Refusal
from tests.photos.mutations import whole_photos
from tests.photos.pieces import flat, riff, saved

KINDS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "AVIF", "JPEG2000", "PPM", "TGA")


@pytest.mark.parametrize(("left", "top"), [(17, 0), (0, 9), (2**32 - 1, 2**32 - 1), (16, 8)])
def test_a_jpeg_2000_whose_picture_begins_beyond_its_end_has_no_size(left, top):
    content = bytearray(saved(flat(16, 8), "JPEG2000", no_jp2=True))
    place = content.index(b"\xff\x51") + 14  # marker, length, capabilities, right, bottom
    content[place : place + 8] = struct.pack(">2I", left, top)
    assert jpeg2000.size_of(bytes(content)) == (0, 0, 0)
    assert demand_of("JPEG2000", bytes(content)) is None


def test_kinds():
    kinds = {name: kind_of(content[:64], f".{name.split('.')[1]}") for name, content in whole_photos().items()}
    of_suffix = {"jpg": "JPEG", "mpo": "JPEG", "tif": "TIFF", "jp2": "JPEG2000", "j2k": "JPEG2000", "pfm": "PPM"}
    assert kinds == {name: of_suffix.get(name[-3:], name.split(".")[1].upper()) for name in kinds}


def test_jpeg_coefficients():
    assert jpeg.coefficients_of(saved(flat(640, 480), "JPEG")) == 0
    full = saved(flat(640, 480), "JPEG", progressive=True, subsampling=0)
    assert jpeg.coefficients_of(full) == 3 * 80 * 60 * 128
    assert (
        jpeg.coefficients_of(saved(flat(640, 480), "JPEG", progressive=True, subsampling=2)) == 80 * 60 * 128 * 3 // 2
    )
    assert jpeg.coefficients_of(saved(flat(17, 9, "L"), "JPEG", progressive=True)) == 3 * 2 * 128


@pytest.mark.parametrize("size", [(640, 480), (1, 1), (1234, 77)])
def test_sizes(size):
    for options in ({}, {"lossless": True}, {"exif": b"Exif\0\0" + bytes(30)}):
        assert webp.size_of(saved(flat(*size), "WEBP", **options)) == size
    for mode in ("RGB", "RGBA", "L"):
        assert jpeg2000.size_of(saved(flat(*size, mode), "JPEG2000")) == (*size, len(mode))
        assert jpeg2000.size_of(saved(flat(*size, mode), "JPEG2000", no_jp2=True)) == (*size, len(mode))
    for compression in (None, "tiff_lzw"):
        found = tiff.directory_of(saved(flat(*size), "TIFF", compression=compression))
        assert (found.width, found.height, found.is_turned) == (*size, False)
        assert found.is_compressed == (compression is not None)


@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_avif_pictures_are_counted_as_they_are_coded(mode):
    content = saved(flat(640, 480, mode), "AVIF", speed=10)
    assert avif.coded_pixels(content) == 640 * 480 * (2 if mode == "RGBA" else 1)
    at = content.index(b"ispe")
    small = content[: at + 8] + struct.pack(">II", 16, 16) + content[at + 16 :]
    assert avif.coded_pixels(small) == avif.coded_pixels(content)


def test_avif_keeps_its_orientation_without_its_exif(tmp_path):
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = 6, "maker"
    photo = flat(32, 16)
    photo.paste("white", (0, 0, 16, 16))
    content = saved(photo, "AVIF", speed=10, exif=exif)
    hidden = avif.without_exif(content)
    assert len(hidden) == len(content)
    assert hidden.count(b"Exif") == content.count(b"Exif") - 1
    (tmp_path / "a.avif").write_bytes(content)
    upright = ImageOps.exif_transpose(Image.open(tmp_path / "a.avif"))
    assert upright.size == (16, 32)
    assert np.array_equal(np.asarray(open_photo(tmp_path / "a.avif")), np.asarray(upright))


def test_animated_webp_sizes_are_those_of_the_canvas():
    assert webp.size_of(riff((b"VP8X", bytes(4) + b"\x0f\0\0\x07\0\0"), (b"ANIM", bytes(20)))) == (16, 8)
    assert webp.size_of(b"RIFF") == (0, 0)


def look(kind: str, content: bytes) -> None:
    """Headers are read without any other end than a demand, none, or a refusal."""
    try:
        demand = demand_of(kind, content)
    except Refusal as refusal:
        assert "\n" not in str(refusal)  # noqa: PT017
    else:
        assert demand is None or min(demand.a_pixel, demand.besides, demand.perhaps) >= 0


@settings(max_examples=150, deadline=None)
@given(kind=st.sampled_from(KINDS), content=st.binary(min_size=16, max_size=400))
def test_random_bytes(kind, content):
    look(kind, content)


@settings(max_examples=300, deadline=None)
@given(
    name=st.sampled_from(sorted(whole_photos())),
    edits=st.lists(st.tuples(st.integers(0, 600), st.binary(min_size=1, max_size=8)), min_size=1, max_size=6),
    end=st.integers(16, 1 << 20),
)
def test_edited_headers(name, edits, end):
    content = bytearray(whole_photos()[name][:end])
    for at, new in edits:
        content[at : at + len(new)] = new
    kind = kind_of(whole_photos()[name][:64], f".{name.split('.')[1]}")
    look(kind, bytes(content))
