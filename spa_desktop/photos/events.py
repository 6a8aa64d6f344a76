"""Bursts: which photos were taken one right after the other, by the times that cameras write into files.

Times are seconds on the camera's own clock, as if it were UTC. They tell distances, not when a photo was taken.
Strangers wrote them: tags are looked up in the first 64 kB of a file, and what is no time gives none.
"""

from __future__ import annotations

import os
import re
import struct
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from html import unescape
from itertools import pairwise
from pathlib import Path

from spa_desktop.plain_files import read_head

GAP = 60.0  # seconds
_SUB_IFD, _TAKEN, _FRACTION = 0x8769, 0x9003, 0x9291  # EXIF 2.32: Exif IFD, DateTimeOriginal, SubSecTimeOriginal
_ARTIST, _BY_LINE = 0x013B, b"\x1c\x02\x50"  # Artist, of the first IFD; IPTC IIM 2:80
# XMP Part 1, 8.4: an ordered list of names; `dc` is the prefix that it recommends.
_CREATORS, _ITEM = re.compile(rb"<dc:creator>(.*?)</dc:creator>", re.DOTALL), re.compile(rb"<rdf:li[^>]*>([^<]*)<")
_MOST_TAGS = 500
_MOST = 1e11  # seconds; disks may say anything
# What stands before the tags in JPEG and HEIF, PNG, WEBP; a TIFF begins with them.
_EXIF = re.compile(rb"(?:^|Exif\0\0|eXIf|EXIF.{4})(II\*\0|MM\0\*)", re.DOTALL)


@dataclass(frozen=True)
class EventRule:
    """When photos are of one event."""

    gap: float = GAP  # seconds between one and the next, in which it must come; 0: each photo is alone
    uses_file_times: bool = False  # of photos without a time of their own; copying may have changed them


USUAL = EventRule()


def taken_at(head: bytes) -> float | None:
    """When a photo was taken, from the first bytes of its file, in seconds; None where that is not said."""
    if (found := _EXIF.search(head)) is None:
        return None
    exif, order = head[found.start(1) :], "<" if found[1][:1] == b"I" else ">"
    try:
        tags = _tags(exif, order, _tags(exif, order, struct.unpack_from(f"{order}I", exif, 4)[0])[_SUB_IFD][1])
        length, place = tags[_TAKEN]
        if length not in (19, 20):
            return None
        moment = datetime.strptime(exif[place : place + 19].decode("ascii"), "%Y:%m:%d %H:%M:%S").replace(tzinfo=UTC)
        length, place = tags.get(_FRACTION, (0, 0))
        digits = exif[place : place + length].rstrip(b"\0 ") if length <= 12 else b""
        return moment.timestamp() + (float(b"0." + digits) if digits.isdigit() else 0.0)
    except (struct.error, LookupError, ValueError):
        return None


def artists_of(head: bytes) -> set[str]:
    """Who took a photo, by EXIF, IPTC and XMP, from the first bytes of its file."""
    names = set[bytes](_ITEM.findall(creators[1]) if (creators := _CREATORS.search(head)) else ())
    with suppress(struct.error, LookupError):
        if found := _EXIF.search(head):
            exif, order = head[found.start(1) :], "<" if found[1][:1] == b"I" else ">"
            length, place = _tags(exif, order, struct.unpack_from(f"{order}I", exif, 4)[0])[_ARTIST]
            names.add(exif[place : place + length])
    with suppress(struct.error, ValueError):
        at = head.index(_BY_LINE) + len(_BY_LINE)
        names.add(head[at + 2 : at + 2 + struct.unpack_from(">H", head, at)[0]])
    return {unescape(name.decode(errors="replace")).strip("\0 \r\n\t") for name in names} - {""}


def _tags(exif: bytes, order: str, start: int) -> dict[int, tuple[int, int]]:
    """The tags of a list at a place: how many values each has, and where; of a pointer, where it points."""
    tags = {}
    for row in range(min(struct.unpack_from(f"{order}H", exif, start)[0], _MOST_TAGS)):
        at = start + 2 + 12 * row
        tag, kind, length, place = struct.unpack_from(f"{order}HHII", exif, at)
        tags[tag] = length, at + 8 if kind == 2 and length <= 4 else place
    return tags


def read_taken(path: str | os.PathLike[str], rule: EventRule = USUAL) -> float | None:
    """When the photo of a file was taken, in seconds; None where that is not known, or the file cannot be read."""
    with suppress(OSError, ValueError):
        real = Path(os.path.realpath(path))
        taken = taken_at(read_head(real))
        if taken is None and rule.uses_file_times:
            taken = real.stat().st_mtime
        return taken if taken is not None and abs(taken) < _MOST else None
    return None


def find_events(photos: Sequence[tuple[str, float | None]], gap: float = GAP) -> list[int]:
    """The event of each photo, numbered from 1 in the order of their first photos.

    Photos of one folder, each taken less than `gap` seconds after another one of it, are an event. A photo without a
    time is one of its own.

    Args:
        photos: folder, and seconds or None.
        gap: in seconds.

    >>> find_events([("a", 0.0), ("b", 1.0), ("a", 59.5), ("a", None), ("a", 119.0), ("a", 300.0)])
    [1, 2, 1, 3, 1, 4]
    """
    timed = sorted((folder, taken, place) for place, (folder, taken) in enumerate(photos) if taken is not None)
    first = list(range(len(photos)))
    for before, (folder, taken, place) in pairwise(timed):
        if folder == before[0] and taken - before[1] < gap:
            first[place] = first[before[2]]
    numbers: dict[int, int] = {}
    return [numbers.setdefault(place, len(numbers) + 1) for place in first]
