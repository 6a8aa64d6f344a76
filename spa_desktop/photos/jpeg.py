"""What decoding a JPEG will take, by a walk over its markers.

A progressive JPEG keeps the coefficients of the whole photo in memory, however small it is wanted, and each of its
scans passes over them again. Both are counted before the decoder is asked: a few kilobytes can hold thousands of scans.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from spa_desktop.photos.photo_limits import MAX_EXIF, MAX_METADATA, Refusal

MAX_SCANS = 100
MAX_BLOCKS = 100_000_000  # of 8 x 8 pixels, of all scans together: 4 seconds
MAX_SEGMENTS = 20_000

_PROGRESSIVE = 0xC2
_FRAMES = {0xC0, 0xC1, _PROGRESSIVE}
_OTHER_FRAMES = {0xC3, 0xC5, 0xC6, 0xC7, 0xC9, 0xCA, 0xCB, 0xCD, 0xCE, 0xCF}
_START_OF_SCAN, _END, _EXIF = 0xDA, 0xD9, 0xE1
_ALONE = {0x01, *range(0xD0, 0xD9)}  # markers without a length
_NEXT_MARKER = re.compile(rb"\xff([^\x00\xff\xd0-\xd7])")
_BYTES_A_BLOCK = 128


@dataclass(frozen=True)
class _Frame:
    is_progressive: bool
    colours: int
    blocks: int
    blocks_of: dict[int, int]  # by the number of a colour


def coefficients_of(content: bytes) -> int:
    """Bytes of coefficients that the decoder keeps: 0 for an ordinary JPEG.

    A JPEG that makes no sense gives 0 as well, as its decoder is about to say so.

    Raises:
        Refusal: more scans or blocks than the limits, too much metadata, a rare kind of JPEG.
    """
    frame: _Frame | None = None
    scans = visited = exif = 0
    for index, (marker, at, segment) in enumerate(_segments(content)):
        exif += len(segment) * (marker == _EXIF and segment.startswith(b"Exif"))
        if index >= MAX_SEGMENTS or exif > MAX_EXIF or (not scans and at > MAX_METADATA):
            raise Refusal("has too much metadata for a photo: save it again without")
        if marker in _OTHER_FRAMES:
            raise Refusal("is a rare kind of JPEG (lossless or arithmetic): save it as an ordinary JPEG")
        if marker in _FRAMES:
            if frame is not None:
                break
            frame = _frame(marker, segment)
        elif marker == _START_OF_SCAN:
            if frame is None or not segment:
                break
            parts = segment[1 : 1 + 2 * segment[0] : 2]
            if not frame.is_progressive and len(parts) == frame.colours:
                return 0
            scans += 1
            visited += sum(frame.blocks_of.get(part, 0) for part in parts)
            if scans > MAX_SCANS or visited > MAX_BLOCKS:
                raise Refusal("is a progressive JPEG of too many scans: save it as an ordinary JPEG")
    return 0 if frame is None else _BYTES_A_BLOCK * frame.blocks


def _segments(content: bytes) -> Iterator[tuple[int, int, bytes]]:
    """Marker, position and body of each segment, up to the end of the photo; scans' data is passed over."""
    at = 2
    while (found := _NEXT_MARKER.search(content, at)) is not None:
        marker, at = found[1][0], found.end()
        if marker == _END:
            return
        if marker in _ALONE:
            yield marker, at, b""
            continue
        length = int.from_bytes(content[at : at + 2], "big")
        if length < 2 or at + length > len(content):
            return
        yield marker, at, content[at + 2 : at + length]
        at += length


def _frame(marker: int, segment: bytes) -> _Frame:
    height, width = int.from_bytes(segment[1:3], "big"), int.from_bytes(segment[3:5], "big")
    parts = [segment[at : at + 3] for at in range(6, len(segment) - 2, 3)]
    across = max((part[1] >> 4 for part in parts), default=0) or 1
    down = max((part[1] & 15 for part in parts), default=0) or 1
    blocks = [-(-width * (part[1] >> 4) // (8 * across)) * -(-height * (part[1] & 15) // (8 * down)) for part in parts]
    by_number = dict(zip((part[0] for part in parts), blocks, strict=True))
    return _Frame(marker == _PROGRESSIVE, len(parts), sum(blocks), by_number)
