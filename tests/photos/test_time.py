"""A photo that takes too long is given up, and our own look at headers takes no time either."""

from __future__ import annotations

import struct
import time

import pytest

from spa_desktop.photos import avif, jpeg, jpeg2000, tiff, timed_bytes
from spa_desktop.photos.opening import PhotoError, open_photo
from spa_desktop.photos.photo_kinds import kind_of
from spa_desktop.photos.photo_limits import Refusal
from tests.photos.pieces import DATA_AT, PNG, box, chunk, grey_tiff, header, repeated

MEGA = 1_000_000


def slow_png() -> bytes:
    """A PNG that is read in many small pieces."""
    return PNG + header(8, 8) + chunk(b"abCd") * 90_000 + chunk(b"IEND")


@pytest.mark.parametrize(
    ("name", "content"),
    [("slow.pgm", b"P5 3000 3000 254\n" + bytes(9 * MEGA)), ("slow.png", slow_png())],
)
def test_a_photo_that_takes_too_long_is_given_up(tmp_path, monkeypatch, name, content):
    monkeypatch.setattr(timed_bytes, "MAX_SECONDS", 0.1)
    (tmp_path / name).write_bytes(content)
    started = time.thread_time()
    with pytest.raises(PhotoError, match=f"{name} takes longer than"):
        open_photo(tmp_path / name)
    assert time.thread_time() - started < 1.5


def item_places(items: int, pieces: int, size: int) -> bytes:
    """The box that says where an AVIF has its pictures: all of them in the same place."""
    piece = struct.pack(">II", 0, size)
    one = struct.pack(">HHH", 1, 0, pieces) + piece * pieces
    return box(b"iloc", b"\0\0\0\0\x44\0" + struct.pack(">H", items) + one * items)


def avif_of(*inside: bytes, rest: bytes = b"") -> bytes:
    kind = box(b"infe", b"\2\0\0\0\0\1\0\0av01\0")
    meta = box(b"meta", bytes(4) + box(b"iinf", bytes(4) + b"\0\1" + kind) + b"".join(inside))
    return box(b"ftyp", b"avif\0\0\0\0") + meta + rest


CROWDED = {
    "segments": (jpeg.coefficients_of, b"\xff\xd8" + b"\xff\xe1\0\2" * (4 * MEGA)),
    "markers": (jpeg.coefficients_of, b"\xff\xd8" + b"\xff\1" * (8 * MEGA)),
    "run": (jpeg.coefficients_of, b"\xff\xd8" + b"\xff" * (16 * MEGA) + b"\0"),
    "boxes": (avif.coded_pixels, box(b"ftyp", b"avif\0\0\0\0") + repeated(box(b"free", b""), 16 * MEGA)),
    "items": (avif.coded_pixels, avif_of(item_places(60_000, 1, 16 * MEGA), rest=bytes(16 * MEGA))),
    "pieces": (avif.coded_pixels, avif_of(item_places(1, 60_000, 16 * MEGA), rest=bytes(16 * MEGA))),
    "units": (avif.coded_pixels, avif_of(item_places(1, 1, 16 * MEGA), rest=b"\x12\0" * (8 * MEGA))),
    "names": (avif.coded_pixels, avif_of(box(b"iinf", bytes(6) + repeated(box(b"infe", b""), 16 * MEGA)))),
    "jp2 boxes": (jpeg2000.size_of, b"\0\0\0\x0cjP  \r\n\x87\n" + repeated(box(b"free", b""), 16 * MEGA)),
    "jp2 markers": (jpeg2000.size_of, b"\xff\x4f\xff\x51\0\x29" + bytes(39) + b"\xff\x64\0\2" * (4 * MEGA)),
    "directories": (tiff.directory_of, grey_tiff(8, 8, bytes(16 * MEGA), more=[(34665, 4, 1, 8), (34853, 4, 1, 8)])),
    "entries": (tiff.directory_of, struct.pack("<2sHHHQQ", b"II", 43, 8, 0, 16, 1 << 60) + bytes(16 * MEGA)),
    "kind": (lambda content: kind_of(content, ".jpg"), b"RIFF" + bytes(16 * MEGA)),
}


@pytest.mark.parametrize("name", CROWDED)
def test_headers_full_of_parts_are_looked_at_in_no_time(name):
    look, content = CROWDED[name]
    started = time.thread_time()
    try:
        look(content)
    except Refusal as refusal:
        assert "\n" not in str(refusal)  # noqa: PT017 - whether it refuses is another test's
    assert time.thread_time() - started < 1.0


def test_a_directory_within_itself_ends():
    tiff.directory_of(grey_tiff(8, 8, bytes(64), more=[(34665, 4, 1, 8)]))
    below = struct.pack("<HHHII", 1, 34665, 4, 1, DATA_AT) + bytes(4)
    tiff.directory_of(grey_tiff(8, 8, below, more=[(34665, 4, 1, DATA_AT)]))
