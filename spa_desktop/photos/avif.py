"""How many pixels an AVIF really has coded in it.

The container says how large the photo is, and the coded pictures inside say it again. libavif decodes what is coded, of
up to 268 million pixels, and scales that to what the container says: so the coded pictures are counted here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from spa_desktop.photos.bits import Bits
from spa_desktop.photos.photo_limits import MB, Refusal

MAX_CODED = 100_000_000  # pixels of all pictures together: the photo, its transparency, a small copy
MAX_CONTENT = 48 * MB  # decoded at 7 MB a second
MAX_ITEMS = 1024
MAX_UNITS = 8192  # of one picture
MAX_FRAMES = 4  # of one picture: hidden ones would all be decoded before the first that shows
MAX_BOXES = 4096  # in one box

_SEQUENCE_HEADER, _FRAME_HEADER, _FRAME = 1, 3, 6
# Pillow reads all of EXIF only to overwrite its orientation by the container's: under another name it is passed over.
_EXIF_ITEM = re.compile(rb"(infe[\x02\x03].{3}(?:.{4}|.{6}))Exif", re.DOTALL)


def coded_pixels(content: bytes) -> int:
    """Pixels of all coded pictures; 0 if there are none that can be found.

    Raises:
        Refusal: more pixels, pictures or frames than the limits, or an animation.
    """
    if content[8:12] in (b"avis", b"msf1"):
        raise Refusal("is an animated AVIF: save one of its pictures as JPEG")
    if len(content) > MAX_CONTENT:
        raise Refusal(f"is an AVIF of more than {MAX_CONTENT // MB} MB: save it as JPEG")
    pixels = size = 0
    try:
        for index, item in enumerate(_coded_items(content)):
            size += sum(end - start for start, end in item.pieces)
            # Pieces that several pictures share would be decoded once for each of them.
            if index >= MAX_ITEMS or size > len(content):
                raise Refusal("is an AVIF of too many parts: save it as JPEG")
            pixels += _pixels(b"".join(content[start:end] for start, end in item.pieces))
            if pixels > MAX_CODED:
                raise Refusal(f"is an AVIF of more than {MAX_CODED // MB} million pixels in all: save it as JPEG")
    except IndexError:  # cut off, as the decoder will find as well
        return 0
    return pixels


def without_exif(content: bytes) -> bytes:
    """The same file with EXIF that no reader finds."""
    return _EXIF_ITEM.sub(rb"\1none", content)


@dataclass(frozen=True)
class _Item:
    number: int
    is_inside: bool  # its places count from the `idat` box, not from the file's start
    pieces: list[tuple[int, int]]  # begin and end


def _coded_items(content: bytes) -> Iterator[_Item]:
    for kind, start, end in _boxes(content, 0, len(content)):
        if kind == b"meta":
            yield from _items_of_meta(content, start + 4, end)


def _items_of_meta(content: bytes, start: int, end: int) -> Iterator[_Item]:
    kinds: dict[int, bytes] = {}
    items: list[_Item] = []
    inside = 0
    for kind, first, last in _boxes(content, start, end):
        if kind == b"iinf":
            for inner, at, _ in _boxes(content, first + (6 if content[first] == 0 else 8), last):
                if inner == b"infe":
                    wide = 4 if content[at] > 2 else 2
                    kinds[_int(content, at + 4, wide)] = content[at + 6 + wide : at + 10 + wide]
        elif kind == b"iloc":
            items += _places(Bits(content[first:last]), len(content))
        elif kind == b"idat":
            inside = first
    for item in items:
        if kinds.get(item.number) == b"av01":
            shift = inside if item.is_inside else 0
            pieces = [(shift + at, min(shift + to, len(content))) for at, to in item.pieces]
            yield _Item(item.number, item.is_inside, [(at, to) for at, to in pieces if at < to])


def _places(bits: Bits, size: int) -> Iterator[_Item]:
    """The items of an ``iloc`` box."""
    version = bits.take(8)
    bits.take(24)
    offset, length, base, index = (8 * bits.take(4) for _ in range(4))
    wide = 16 if version < 2 else 32
    for _ in range(bits.take(wide)):
        number = bits.take(wide)
        is_inside = bool(version) and bits.take(16) & 15 == 1
        bits.take(16)
        start = bits.take(base)
        pieces = []
        for _ in range(bits.take(16)):
            if version:
                bits.take(index)
            at = start + bits.take(offset)
            pieces.append((at, at + (bits.take(length) or size)))
        yield _Item(number, is_inside, pieces)


def _pixels(item: bytes) -> int:
    """Pixels of the largest frame that the AV1 headers of a picture allow."""
    largest = frames = units = at = 0
    while at < len(item):
        header = item[at]
        kind, at = header >> 3 & 15, at + 1 + (header >> 2 & 1)
        length = len(item) - at
        if header & 2:
            length, at = _leb128(item, at)
        if kind == _SEQUENCE_HEADER:
            largest = max(largest, _sequence_pixels(Bits(item[at : at + length])))
        frames += kind in (_FRAME_HEADER, _FRAME)
        units += 1
        if frames > MAX_FRAMES or units > MAX_UNITS:
            raise Refusal("is an AVIF with hidden frames: save it as JPEG")
        at += length
    return largest


def _sequence_pixels(bits: Bits) -> int:
    """Width times height of an AV1 sequence header (AV1 specification, 5.5.1)."""
    bits.take(4)  # profile, still picture
    if bits.take(1):  # reduced header
        bits.take(5)
    else:
        has_model = delay = 0
        if bits.take(1):  # timing
            bits.take(64)
            if bits.take(1):
                bits.take_exponential()
            has_model = bits.take(1)
            if has_model:
                delay = bits.take(5) + 1
                bits.take(42)
        has_display_delay = bits.take(1)
        for _ in range(bits.take(5) + 1):  # operating points
            bits.take(12)
            if bits.take(5) > 7:
                bits.take(1)
            if has_model and bits.take(1):
                bits.take(2 * delay + 1)
            if has_display_delay and bits.take(1):
                bits.take(4)
    wide, high = bits.take(4) + 1, bits.take(4) + 1
    return (bits.take(wide) + 1) * (bits.take(high) + 1)


def _boxes(content: bytes, start: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Kind, begin and end of the boxes of a container."""
    return islice(_all_boxes(content, start, end), MAX_BOXES)


def _all_boxes(content: bytes, start: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    while start + 8 <= end:
        length, header = _int(content, start, 4), 8
        if length == 1:
            length, header = _int(content, start + 8, 8), 16
        length = length or end - start
        if length < header:
            return
        yield content[start + 4 : start + 8], start + header, min(start + length, end)
        start += length


def _int(content: bytes, at: int, size: int) -> int:
    return int.from_bytes(content[at : at + size], "big")


def _leb128(data: bytes, at: int) -> tuple[int, int]:
    value = 0
    for index in range(8):
        byte = data[at]
        value |= (byte & 127) << (7 * index)
        at += 1
        if not byte & 128:
            break
    return value, at
