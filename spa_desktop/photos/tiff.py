"""What a TIFF's directory says, read before Pillow reads it.

Pillow makes a Python number of each value that it looks at, and an object of each strip and tile: some megabytes of
them grow to gigabytes. And a tile may be larger than the photo it belongs to.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from spa_desktop.photos.photo_limits import MB, Refusal

MAX_ENTRIES = 4096
MAX_NUMBERS = 2 * MB  # bytes of values that are numbers, in one directory

_BYTES_OF_TYPE = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8, 17: 8, 18: 8}
_STAY_BYTES = {1, 2, 7}  # bytes, text, undefined
_WHOLE_NUMBERS = {3: "H", 4: "I", 8: "h", 9: "i", 13: "I", 16: "Q", 17: "q", 18: "Q"}

_WIDTH, _HEIGHT, _BITS, _COMPRESSION, _ORIENTATION, _SAMPLES = 256, 257, 258, 259, 274, 277
_STRIP_ROWS, _TILE_WIDTH, _TILE_HEIGHT = 278, 322, 323
# EXIF and place in the first directory, interoperability in that of EXIF: Pillow reads them all in the end.
_DIRECTORIES_BELOW = (34665, 34853, 40965)
_DEEPEST = 2


@dataclass(frozen=True)
class Directory:
    """The entries that decide what decoding takes."""

    width: int
    height: int
    is_compressed: bool
    is_turned: bool
    piece_bytes: int  # of one strip or tile, decoded


@dataclass(frozen=True)
class _Layout:
    order: str  # of bytes, for struct
    is_big: bool  # BigTIFF: offsets and counts of 64 bits


def directory_of(content: bytes) -> Directory:
    """Read the first directory, and check it and those below it.

    One that makes no sense gives zeros: Pillow is about to say so.

    Raises:
        Refusal: too many entries, or numbers.
    """
    layout = _Layout("<" if content[:2] == b"II" else ">", content[2] == 43)
    start = _number(content, 8 if layout.is_big else 4, layout, "Q" if layout.is_big else "I")
    values = _check(content, layout, start, depth=0)
    width, height = values.get(_WIDTH, 0), values.get(_HEIGHT, 0)
    piece_width = values.get(_TILE_WIDTH, width)
    piece_height = values.get(_TILE_HEIGHT, min(values.get(_STRIP_ROWS, height), height))
    # The bits of several samples stand elsewhere in the file: eight bytes hold any that Pillow reads.
    pixel = max(1, values.get(_BITS, 8) // 8) if values.get(_SAMPLES, 1) == 1 else 8
    return Directory(
        width=width,
        height=height,
        is_compressed=values.get(_COMPRESSION, 1) != 1,
        is_turned=values.get(_ORIENTATION, 1) != 1,
        piece_bytes=piece_width * piece_height * pixel,
    )


def _check(content: bytes, layout: _Layout, start: int, depth: int) -> dict[int, int]:
    """Check a directory and those below it; gives its single whole numbers by tag, the first of each as Pillow does."""
    values: dict[int, int] = {}
    numbers = 0
    for index, (tag, kind, count, value) in enumerate(_entries(content, layout, start)):
        size = count * _BYTES_OF_TYPE.get(kind, 0)
        if kind not in _STAY_BYTES and size <= len(content):  # Pillow passes over what cannot be in the file
            numbers += size
        if index >= MAX_ENTRIES or numbers > MAX_NUMBERS:
            raise Refusal("has a TIFF directory that is too large for a photo: save it again with another program")
        if count == 1 and kind in _WHOLE_NUMBERS:
            values.setdefault(tag, _number(value, 0, layout, _WHOLE_NUMBERS[kind]))
    if depth < _DEEPEST:
        for tag in _DIRECTORIES_BELOW:
            if tag in values:
                _check(content, layout, values[tag], depth + 1)
    return values


def _entries(content: bytes, layout: _Layout, start: int) -> Iterator[tuple[int, int, int, bytes]]:
    """Tag, type, count and value (or its place) of each entry that is in the file."""
    entry = struct.Struct(layout.order + ("HHQ8s" if layout.is_big else "HHI4s"))
    first = start + (8 if layout.is_big else 2)
    count = _number(content, start, layout, "Q" if layout.is_big else "H")
    for at in range(first, min(first + count * entry.size, len(content) - entry.size + 1), entry.size):
        yield entry.unpack_from(content, at)


def _number(content: bytes, at: int, layout: _Layout, code: str) -> int:
    size = struct.calcsize(f"={code}")
    if at < 0 or at + size > len(content):
        return 0
    return int(struct.unpack_from(layout.order + code, content, at)[0])
