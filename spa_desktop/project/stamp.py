"""The stamp: which project a file is, and which commit it holds.

It is the only row of a table of its own, and the first thing that every transaction changes. So its page is the first
in every rollback journal, and never leaves its place: a journal can be told from one that belongs to another file, or
to another moment of this one, by comparing the page in it with the page in the file (see `hot.py`).
"""

from __future__ import annotations

import contextlib
import secrets
import sqlite3
import struct
from dataclasses import dataclass, replace
from pathlib import Path

from spa_desktop.project.sqlite_pages import TABLE_LEAF, BadPage, cells, record

STAMPED = 2  # since this version of the tables a file has a stamp
NO_MARK = bytes(8)
_FORMAT = struct.Struct(">8s16sQ16s16s8s")
_MAGIC = b"SPAstamp"
_JOURNAL_MARK = slice(12, 20)  # of a journal: a random number, and the pages of the file before the transaction


@dataclass(frozen=True)
class Stamp:
    """What a file says of itself.

    Attributes:
        project: random, the same for ever and in every copy.
        counter: how many transactions there were.
        commit: random, of the last transaction.
        previous: of the transaction before it.
        journal: the mark of the journal under which the last transaction was made: see :func:`journal_mark`.
    """

    project: bytes
    counter: int
    commit: bytes
    previous: bytes
    journal: bytes = NO_MARK

    @classmethod
    def new(cls, project_id: str) -> Stamp:
        """The first stamp of a project."""
        return cls(bytes.fromhex(project_id), 0, secrets.token_bytes(16), bytes(16))

    @classmethod
    def parse(cls, data: object) -> Stamp | None:
        """Read one from bytes, or give None if they are something else."""
        if not isinstance(data, bytes) or len(data) != _FORMAT.size:
            return None
        magic, *values = _FORMAT.unpack(data)
        return cls(*values) if magic == _MAGIC else None

    @classmethod
    def of_page(cls, page: bytes) -> Stamp | None:
        """Read one from the page of the table, or give None if it is another page."""
        if not page or page[0] != TABLE_LEAF or page[3:5] != b"\x00\x01":
            return None
        try:
            (cell,) = cells(page)
            values = record(cell.local) if not cell.overflow else []
        except BadPage:
            return None
        return cls.parse(values[1]) if cell.rowid == 1 and len(values) == 2 else None

    def next(self) -> Stamp:
        """The stamp of the transaction after this one."""
        return Stamp(self.project, self.counter + 1, secrets.token_bytes(16), self.commit)

    def to_bytes(self) -> bytes:
        """As it stands in the file."""
        return _FORMAT.pack(_MAGIC, self.project, self.counter, self.commit, self.previous, self.journal)


def new_project_id() -> str:
    """A random name of a project: 32 hexadecimal digits."""
    return secrets.token_hex(16)


def read_stamp(connection: sqlite3.Connection) -> Stamp | None:
    """The stamp of an open file, None if it has none that can be read."""
    row = connection.execute("SELECT value FROM stamp WHERE id = 1").fetchone()
    return None if row is None else Stamp.parse(row[0])


def begin_transaction(connection: sqlite3.Connection, path: Path) -> None:
    """Put the next stamp into the file, in a transaction that has changed nothing yet.

    Raises:
        sqlite3.DatabaseError: if the file has no stamp that can be read.
    """
    stamp = read_stamp(connection)
    if stamp is None:
        raise sqlite3.DatabaseError("its stamp is malformed")
    stamp = stamp.next()
    sql = "UPDATE stamp SET value = ? WHERE id = 1"
    connection.execute(sql, (stamp.to_bytes(),))
    # Only now there is a journal. A file whose last commit was made under another journal than the one that lies beside
    # it is finished, whatever that journal says.
    mark = journal_mark(path)
    if mark is not None:
        connection.execute(sql, (replace(stamp, journal=mark).to_bytes(),))


def journal_mark(path: Path) -> bytes | None:
    """What tells the journal of a project from all others, None if there is none on the disk."""
    with contextlib.suppress(OSError), path.with_name(path.name + "-journal").open("rb") as file:
        mark = file.read(_JOURNAL_MARK.stop)[_JOURNAL_MARK]
        return mark if len(mark) == len(NO_MARK) else None
    return None
