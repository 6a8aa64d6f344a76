"""A rollback journal as SQLite writes it beside a database: read, never applied, here.

See "The Rollback Journal" in "Database File Format" on sqlite.org. A journal is a row of segments; each has a header
and page images as they were before the transaction.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from spa_desktop.project.sqlite_pages import is_page_size

_MAGIC = bytes.fromhex("d9d505f920a163d7")
_HEADER = struct.Struct(">8sIIIII")
_TO_THE_END = 0xFFFFFFFF  # as the number of pages in a segment


@dataclass(frozen=True)
class JournalHeader:
    """How a segment begins.

    Attributes:
        count: of the page images in the segment.
        nonce: random, what their checksums begin with.
        pages: of the database before the transaction.
        sector: bytes; each segment begins at a multiple of it.
        page_size: bytes.
    """

    count: int
    nonce: int
    pages: int
    sector: int
    page_size: int

    @classmethod
    def parse(cls, data: bytes) -> JournalHeader | None:
        """Read one, or give None if this is none."""
        if len(data) < _HEADER.size:
            return None
        magic, *values = _HEADER.unpack_from(data)
        found = cls(*values)
        is_sector = 32 <= found.sector <= 65536 and found.sector & (found.sector - 1) == 0
        return found if magic == _MAGIC and is_sector and is_page_size(found.page_size) else None

    @property
    def mark(self) -> bytes:
        """What :func:`~spa_desktop.project.stamp.journal_mark` gives for a journal that begins with this."""
        return struct.pack(">II", self.nonce, self.pages)


class Journal:
    """A journal that is open for reading.

    Attributes:
        header: of its first segment; None if it is no journal at all.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._size = file.seek(0, 2)
        self.header = JournalHeader.parse(self._read(0, _HEADER.size))

    @property
    def is_hot(self) -> bool:
        """SQLite would act on it: it is not empty, and does not begin with the zero byte of a finished one."""
        return self._read(0, 1) not in (b"", b"\x00")

    @property
    def names_others(self) -> bool:
        """It is part of a transaction on several databases, as its end says."""
        return self._size >= 16 and self._read(self._size - 8, 8) == _MAGIC

    def images(self) -> Iterator[tuple[int, bytes]]:
        """(page number, page before the transaction) of all that SQLite would put back, in order."""
        place, first = 0, self.header
        while first is not None and place < self._size:
            header = JournalHeader.parse(self._read(place, _HEADER.size))
            if header is None or header.page_size != first.page_size:
                return
            place += first.sector
            room = max(0, self._size - place) // (first.page_size + 8)
            for _ in range(room if header.count == _TO_THE_END else min(header.count, room)):
                data = self._read(place, first.page_size + 8)
                number, page = int.from_bytes(data[:4], "big"), data[4:-4]
                if number == 0 or int.from_bytes(data[-4:], "big") != _checksum(header.nonce, page):
                    return
                yield number, page
                place += len(data)
            if header.count == _TO_THE_END or header.count > room:
                return
            place = -(-place // first.sector) * first.sector

    def _read(self, place: int, count: int) -> bytes:
        self._file.seek(place)
        return self._file.read(count)


def _checksum(nonce: int, page: bytes) -> int:
    """Every two hundredth byte from the end, as the pager adds them up.

    >>> _checksum(5, bytes([1] * 512))
    7
    """
    return (nonce + sum(page[len(page) - 200 : 0 : -200])) & 0xFFFFFFFF
