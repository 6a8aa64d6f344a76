"""SQLite's pages and records, read from bytes: what is needed where SQLite itself must not look, or cannot.

See "Database File Format" on sqlite.org. Every function takes bytes that may be anything, and raises `BadPage` where
they make no sense.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

HEADER_SIZE = 100
MAGIC = b"SQLite format 3\x00"
TABLE_LEAF, TABLE_INTERIOR, INDEX_LEAF, INDEX_INTERIOR = 13, 5, 10, 2
_ENCODINGS = {1: "utf-8", 2: "utf-16-le", 3: "utf-16-be"}

Value = int | float | str | bytes | None


class BadPage(ValueError):
    """These bytes are not what SQLite writes."""


@dataclass(frozen=True)
class FileHeader:
    """The first hundred bytes of a database.

    Attributes:
        page_size: bytes.
        is_wal: the file says that it has a write-ahead log.
        change_counter: grows by one with each transaction in rollback mode.
        page_count: of the file, as of the transaction that `valid_for` names.
        valid_for: the change counter for which `page_count` holds.
        freelist: the first page of those that are not in use, 0 if there is none.
        encoding: of texts, as Python names it.
        user_version: of the tables.
        application_id: whose file it is.
        reserved: bytes at the end of each page that SQLite does not use.
    """

    page_size: int
    is_wal: bool
    change_counter: int
    page_count: int
    valid_for: int
    freelist: int
    encoding: str
    user_version: int
    application_id: int
    reserved: int

    @classmethod
    def parse(cls, data: bytes) -> FileHeader | None:
        """Read it, or give None if this is no database."""
        if len(data) < HEADER_SIZE or not data.startswith(MAGIC):
            return None
        page_size, written, read = struct.unpack_from(">HBB", data, 16)
        page_size = 65536 if page_size == 1 else page_size
        if not is_page_size(page_size):
            return None
        change_counter, page_count, freelist = struct.unpack_from(">III", data, 24)
        encoding, version, application = (struct.unpack_from(">I", data, place)[0] for place in (56, 60, 68))
        return cls(
            page_size=page_size,
            is_wal=2 in (written, read),
            change_counter=change_counter,
            page_count=page_count,
            valid_for=struct.unpack_from(">I", data, 92)[0],
            freelist=freelist,
            encoding=_ENCODINGS.get(encoding, "utf-8"),
            user_version=version,
            application_id=application,
            reserved=data[20],
        )


def is_page_size(size: int) -> bool:
    """Tell whether SQLite has pages of this size."""
    return 512 <= size <= 65536 and size & (size - 1) == 0


@dataclass(frozen=True)
class Cell:
    """A row on a page of a table or of an index.

    Attributes:
        rowid: None in an index.
        size: bytes of the record.
        local: the part of it that lies on the page.
        overflow: the page with the rest, 0 if there is none.
    """

    rowid: int | None
    size: int
    local: bytes
    overflow: int


def cells(page: bytes, *, start: int = 0, reserved: int = 0) -> Iterator[Cell]:
    """The rows on a page, in order.

    Args:
        page: of a table's leaf, or of an index.
        start: where the page's own header begins: 100 on the first page of a file.
        reserved: see :class:`FileHeader`.

    Raises:
        BadPage: at the first row that makes no sense.
    """
    kind = page[start] if len(page) > start else 0
    if kind not in (TABLE_LEAF, INDEX_LEAF, INDEX_INTERIOR):
        raise BadPage("no page with rows")
    usable = len(page) - reserved
    most = usable - 35 if kind == TABLE_LEAF else (usable - 12) * 64 // 255 - 23
    least = (usable - 12) * 32 // 255 - 23
    for place in pointers(page, start=start):
        if kind == INDEX_INTERIOR:
            place += 4
        size, place = varint(page, place)
        rowid = None
        if kind == TABLE_LEAF:
            rowid, place = varint(page, place)
            rowid = _signed(rowid)
        kept = size
        if size > most:
            kept = least + (size - least) % (usable - 4)
            kept = least if kept > most else kept
        if place + kept + (4 if kept < size else 0) > usable:
            raise BadPage("a row runs over the end of its page")
        overflow = struct.unpack_from(">I", page, place + kept)[0] if kept < size else 0
        yield Cell(rowid, size, page[place : place + kept], overflow)


def pointers(page: bytes, *, start: int = 0) -> list[int]:
    """Where the cells of a page of a tree lie.

    Raises:
        BadPage: if they lie outside of the page.
    """
    head = start + (12 if page[start] in (TABLE_INTERIOR, INDEX_INTERIOR) else 8)
    if len(page) < head:
        raise BadPage("a page is cut short")
    count = struct.unpack_from(">H", page, start + 3)[0]
    if head + 2 * count > len(page):
        raise BadPage("a page has more rows than room")
    places = list(struct.unpack_from(f">{count}H", page, head))
    if any(not head <= place < len(page) - 3 for place in places):
        raise BadPage("a row lies outside of its page")
    return places


def children(page: bytes, *, start: int = 0) -> list[int]:
    """The pages below an inner page of a tree, in order.

    Raises:
        BadPage: if it is no inner page.
    """
    if len(page) <= start or page[start] not in (TABLE_INTERIOR, INDEX_INTERIOR):
        raise BadPage("no inner page")
    found = [struct.unpack_from(">I", page, place)[0] for place in pointers(page, start=start)]
    return [*found, struct.unpack_from(">I", page, start + 8)[0]]


def record(data: bytes, encoding: str = "utf-8") -> list[Value]:
    """The values of a row.

    Raises:
        BadPage: if they make no sense, a text is not valid, or there is less or more than they say.
    """
    head, place = varint(data, 0)
    if not 1 <= head <= len(data):
        raise BadPage("a row has no head")
    body, values = head, list[Value]()
    while place < head:
        kind, place = varint(data, place)
        value, body = _value(kind, data, body, encoding)
        values.append(value)
    if place != head or body != len(data):
        raise BadPage("a row is longer or shorter than it says")
    return values


def varint(data: bytes, place: int) -> tuple[int, int]:
    """A number of one to nine bytes, and where it ends.

    >>> varint(bytes([0x81, 0x00]), 0)
    (128, 2)
    """
    value = 0
    for index in range(9):
        if place >= len(data):
            raise BadPage("a number is cut short")
        byte = data[place]
        place += 1
        if index == 8:
            return value << 8 | byte, place
        value = value << 7 | byte & 0x7F
        if byte < 0x80:
            break
    return value, place


def _value(kind: int, data: bytes, place: int, encoding: str) -> tuple[Value, int]:
    if kind in (0, 8, 9):
        return (None, 0, 1)[(0, 8, 9).index(kind)], place
    if kind >= 12:
        size = (kind - 12) // 2
    elif kind <= 7:
        size = (0, 1, 2, 3, 4, 6, 8, 8)[kind]
    else:
        raise BadPage("a value of no kind that there is")
    part = data[place : place + size]
    if len(part) < size:
        raise BadPage("a value is cut short")
    if kind == 7:
        return struct.unpack(">d", part)[0], place + size
    if kind < 7:
        return int.from_bytes(part, "big", signed=True), place + size
    if kind % 2 == 0:
        return part, place + size
    try:
        return part.decode(encoding), place + size
    except UnicodeDecodeError as error:
        raise BadPage("a text is not valid") from error


def _signed(value: int) -> int:
    return value - (1 << 64) if value >= 1 << 63 else value
