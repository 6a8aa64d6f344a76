"""The rows of a damaged database, read page by page past SQLite: a page that makes no sense costs its own rows only."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from spa_desktop.project.lock import RawFile
from spa_desktop.project.sqlite_pages import (
    HEADER_SIZE,
    INDEX_INTERIOR,
    INDEX_LEAF,
    TABLE_INTERIOR,
    TABLE_LEAF,
    BadPage,
    Cell,
    FileHeader,
    Value,
    cells,
    children,
    record,
)

_PAGE_SIZE = 8192  # where the file does not say
_LONGEST = 4  # times the file
_DEEPEST = 40  # levels of a tree; SQLite itself gives up at twenty


FoundRow = tuple[int | None, list[Value]]
"""The rowid, None in a table that has none, and the values."""


@dataclass
class Lost:
    """What could not be read of a table.

    Attributes:
        rows: rows that make no sense.
        pages: pages that could not be read, with all below them.
    """

    rows: int = 0
    pages: int = 0


class Salvage:
    """Reads tables from a file, however damaged it is. Every page is read once at most.

    Attributes:
        version: of the tables, 0 where the file does not say.
    """

    def __init__(self, raw: RawFile) -> None:
        self._raw = raw
        header = FileHeader.parse(raw.read(0, HEADER_SIZE))
        self.version = header.user_version if header else 0
        self._page_size = header.page_size if header else _PAGE_SIZE
        self._encoding = header.encoding if header else "utf-8"
        self._reserved = header.reserved if header and header.reserved <= self._page_size - 480 else 0
        self._count = -(-raw.size // self._page_size)
        self._seen: set[int] = set()
        self._taken = 0
        self._free = self._free_pages(header.freelist if header else 0)

    def roots(self) -> dict[str, int]:
        """The first page of each table, as far as the list of tables can be read."""
        found = {}
        for _, values in self.tree(1, Lost()):
            if len(values) == 5 and values[0] == "table" and isinstance(values[3], int):
                found[str(values[1])] = values[3]
        return found

    def tree(self, root: int, lost: Lost) -> Iterator[FoundRow]:
        """The rows of the table that begins at a page, one in memory at a time; counts what is lost."""
        waiting = [(root, 0)]
        while waiting:
            number, depth = waiting.pop()
            page, start = self._page(number), HEADER_SIZE if number == 1 else 0
            kind = page[start] if page and number not in self._seen and depth <= _DEEPEST else None
            if kind not in (TABLE_LEAF, TABLE_INTERIOR, INDEX_LEAF, INDEX_INTERIOR):
                lost.pages += 1
                continue
            self._seen.add(number)
            if kind in (TABLE_INTERIOR, INDEX_INTERIOR):
                try:
                    waiting += [(child, depth + 1) for child in reversed(children(page, start=start))]
                except BadPage:
                    lost.pages += 1
                    continue
            if kind != TABLE_INTERIOR:
                yield from self._rows(page, start, lost)

    def orphans(self) -> Iterator[FoundRow]:
        """The rows of pages that belong to no tree that was read, and are not free."""
        for number in range(2, self._count + 1):
            if number in self._seen or number in self._free:
                continue
            page = self._page(number)
            if page and page[0] in (TABLE_LEAF, INDEX_LEAF):
                self._seen.add(number)
                yield from self._rows(page, 0, Lost())

    def _rows(self, page: bytes, start: int, lost: Lost) -> Iterator[FoundRow]:
        try:
            for cell in cells(page, start=start, reserved=self._reserved):
                try:
                    values = record(self._payload(cell), self._encoding)
                except BadPage:
                    lost.rows += 1
                    continue
                yield cell.rowid, values
        except BadPage:
            lost.rows += 1

    def _payload(self, cell: Cell) -> bytes:
        # Rows may share pages in a damaged file: together they are not much longer than it.
        self._taken += cell.size
        if cell.size > self._raw.size or self._taken > _LONGEST * self._raw.size:
            raise BadPage("a row is longer than the file")
        parts, length, number = [cell.local], len(cell.local), cell.overflow
        used: set[int] = set()
        while length < cell.size:
            page = self._page(number)
            if len(page) < 4 or number in used:
                raise BadPage("the rest of a row is gone")
            used.add(number)
            part = page[4 : 4 + min(cell.size - length, self._page_size - self._reserved - 4)]
            parts.append(part)
            length += len(part)
            number = int.from_bytes(page[:4], "big")
        self._seen |= used
        return b"".join(parts)

    def _page(self, number: int) -> bytes:
        """A page, empty if there is no such page or it is cut short."""
        if not 1 <= number <= self._count:
            return b""
        page = self._raw.read((number - 1) * self._page_size, self._page_size)
        return page if len(page) == self._page_size else b""

    def _free_pages(self, trunk: int) -> set[int]:
        found: set[int] = set()
        while trunk and trunk not in found:
            page = self._page(trunk)
            if not page:
                break
            found.add(trunk)
            count = min(int.from_bytes(page[4:8], "big"), self._page_size // 4 - 2)
            found.update(int.from_bytes(page[8 + 4 * index : 12 + 4 * index], "big") for index in range(count))
            trunk = int.from_bytes(page[:4], "big")
        return found
