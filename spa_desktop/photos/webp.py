"""The size of a WebP, from its first chunk: its decoder takes memory for the whole canvas when it is opened."""

from __future__ import annotations


def size_of(content: bytes) -> tuple[int, int]:
    r"""Width and height; (0, 0) if the header makes no sense.

    >>> size_of(b"RIFF....WEBPVP8X" + bytes(8) + b"\x0f\x00\x00" + b"\x07\x00\x00")
    (16, 8)
    """
    kind = content[12:16]
    if len(content) < 30:
        return 0, 0
    if kind == b"VP8X":
        return int.from_bytes(content[24:27], "little") + 1, int.from_bytes(content[27:30], "little") + 1
    if kind == b"VP8L":
        bits = int.from_bytes(content[21:25], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    return int.from_bytes(content[26:28], "little") & 0x3FFF, int.from_bytes(content[28:30], "little") & 0x3FFF
