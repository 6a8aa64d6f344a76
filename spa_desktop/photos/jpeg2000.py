"""What decoding a JPEG 2000 will take, from the headers of its codestream.

A few bytes can ask for millions of packets (layers, resolutions, precincts, tiles), and for coding so deep that a
million pixels take half a second. The decoder counts neither.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Iterator

from spa_desktop.photos.photo_limits import MB, Refusal

MAX_SAMPLES = 48_000_000  # pixels times colours
MAX_CONTENT = 48 * MB  # decoded at 7 MB a second
MAX_PACKETS = 200_000
MAX_TILES = 4096
MAX_MARKERS = 100_000
LEAST_BLOCK = 8  # the power of two of its pixels: each has 600 bytes of bookkeeping

_SIZE, _CODING, _START_OF_TILE, _START_OF_DATA = 0xFF51, 0xFF52, 0xFF90, 0xFF93
# Coding that changes by colour (COC), by tile, or in its order (POC) is refused: nothing bounds it.
_CHANGES = {0xFF53, 0xFF5F}
_TILE_HEADER = 12
_RARE = "is a JPEG 2000 of a rare kind: save it as JPEG"


def size_of(content: bytes) -> tuple[int, int, int]:
    """Width, height and number of colours; zeros if the headers make no sense.

    Raises:
        Refusal: it would take too long, or is coded in a way that nothing bounds.
    """
    if len(content) > MAX_CONTENT:
        raise Refusal(f"is a JPEG 2000 of more than {MAX_CONTENT // MB} MB: save it as JPEG")
    try:
        at = _codestream(content)
        return (0, 0, 0) if at is None or _number(content, at + 2, 2) != _SIZE else _check(content, at + 2)
    except (struct.error, IndexError, ZeroDivisionError):
        return 0, 0, 0


def _codestream(content: bytes) -> int | None:
    """Where the codestream begins."""
    if content.startswith(b"\xff\x4f"):
        return 0
    at = 0
    for _ in range(MAX_MARKERS):
        if at + 8 > len(content):
            return None
        length, kind = struct.unpack_from(">I4s", content, at)
        header = 8
        if length == 1:
            length = int.from_bytes(content[at + 8 : at + 16], "big")
            header = 16
        if kind == b"jp2c":
            return at + header
        if length < header:
            return None
        at += length
    return None


def _check(content: bytes, at: int) -> tuple[int, int, int]:
    right, bottom, left, top, tile_width, tile_height, _, _, colours = struct.unpack_from(">8IH", content, at + 6)
    width, height = right - left, bottom - top
    if width <= 0 or height <= 0:  # and two negative sides would give a number of pixels that can be
        return 0, 0, 0
    if width * height * colours > MAX_SAMPLES:
        raise Refusal(
            f"is a JPEG 2000 of more than {MAX_SAMPLES // 3 // MB} million pixels, which take too long: save it as JPEG"
        )
    tiles = math.ceil(right / tile_width) * math.ceil(bottom / tile_height)
    packets = 0
    end = at
    for marker, end in _markers(content, at, _START_OF_TILE):
        if marker in _CHANGES:
            raise Refusal(_RARE)
        if marker == _CODING:
            if content[end + 10] + content[end + 11] + 4 < LEAST_BLOCK:
                raise Refusal(_RARE)
            tile = min(tile_width, right), min(tile_height, bottom)
            packets = max(packets, _packets(content, end + 4, tile) * colours * tiles)
    if packets > MAX_PACKETS or tiles > MAX_TILES:
        raise Refusal("is a JPEG 2000 of too many parts: save it as JPEG")
    _check_tiles(content, end)
    return width, height, colours


def _packets(content: bytes, at: int, tile: tuple[int, int]) -> int:
    """Packets of one colour of one tile: those of all layers and resolutions."""
    style, layers, levels = content[at], struct.unpack_from(">H", content, at + 2)[0], content[at + 5]
    packets = 0
    for resolution in range(levels + 1):
        sizes = content[at + 10 + resolution] if style & 1 else 0xFF
        shrunk = levels - resolution
        packets += layers * _precincts(tile[0], shrunk + (sizes & 15)) * _precincts(tile[1], shrunk + (sizes >> 4))
    return packets


def _precincts(side: int, shift: int) -> int:
    # Two more than fit: their grid need not begin where the tile does.
    return 1 if shift >= 15 else (side >> shift) + 2


def _check_tiles(content: bytes, at: int) -> None:
    """Walk over the headers of all parts of tiles: none may change the coding."""
    for _ in range(MAX_MARKERS):
        if at + _TILE_HEADER > len(content) or _number(content, at, 2) != _START_OF_TILE:
            return
        length = _number(content, at + 6, 4)
        if any(marker in {*_CHANGES, _CODING} for marker, _ in _markers(content, at, _START_OF_DATA)):
            raise Refusal(_RARE)
        if length < _TILE_HEADER:  # the last part, up to the end
            return
        at += length


def _markers(content: bytes, at: int, end: int) -> Iterator[tuple[int, int]]:
    """Marker and position of each segment up to and with the marker `end`."""
    for _ in range(MAX_MARKERS):
        marker = _number(content, at, 2)
        yield marker, at
        if marker == end:
            return
        length = _number(content, at + 2, 2)
        if length < 2:
            break
        at += 2 + length
    raise IndexError("the headers do not end")


def _number(content: bytes, at: int, size: int) -> int:
    if at + size > len(content):
        raise IndexError("the headers are cut off")
    return int.from_bytes(content[at : at + size], "big")
