"""What is whole of a damaged project, into a new file.

Rows are read page by page past SQLite, and each is checked as `check` would. Then what hangs together is mended: what
refers to something that is lost goes, or something is put in its place.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from spa_desktop.errors import InputError, SpaError
from spa_desktop.jobs import Job, Stage
from spa_desktop.project.check import row_faults
from spa_desktop.project.connecting import connect
from spa_desktop.project.file_opening import create_database, resolved
from spa_desktop.project.lock import RawFile, WriterLock
from spa_desktop.project.migrations import tables_of
from spa_desktop.project.project import Project
from spa_desktop.project.project_failures import ProjectReadOnly, no_project, not_a_project
from spa_desktop.project.reader import ChangedMeanwhile, PrivateCopy, is_hot
from spa_desktop.project.records import ROW_KINDS
from spa_desktop.project.reference_repair import PROPERTIES, mend
from spa_desktop.project.salvage import FoundRow, Lost, Salvage
from spa_desktop.project.sqlite_pages import Value

_HIGHEST_ID = 1 << 53


@dataclass(frozen=True)
class Recovered:
    """What came of it.

    Attributes:
        saved: rows in the new file, by table.
        lost: rows that were found and are not in it.
        pages: pages of a table that could not be read, by table.
        notes: what was mended, a line each.
    """

    saved: Mapping[str, int]
    lost: Mapping[str, int]
    pages: Mapping[str, int]
    notes: tuple[str, ...]

    @property
    def lines(self) -> list[str]:
        """One line for each table, and the notes."""
        said = []
        for table, saved in self.saved.items():
            lost, pages = self.lost.get(table, 0), self.pages.get(table, 0)
            more = f", {lost} lost" if lost else ""
            more += f", and what stood on {pages} pages that cannot be read" if pages else ""
            said.append(f"{table}: {saved} saved{more}")
        return [*said, *self.notes]


def recover(path: Path, new: Path, job: Job | None = None) -> Recovered:
    """Save what is whole of a project into a new one, which passes `check`. The old file stays as it is.

    Args:
        path: the damaged project.
        new: the file to make.
        job: progress and cancellation.

    Raises:
        InputError: there is no such file, nothing of a project is in it, `new` exists, or a program writes to it.
        SpaError: if the new file cannot be written, or is not whole.
    """
    path, new = resolved(path), resolved(new)
    if not path.is_file():
        raise no_project(path)
    job = job or Job()
    rebuilt: Recovered | None = None

    def fill(connection: sqlite3.Connection) -> None:
        nonlocal rebuilt
        connection.execute("BEGIN IMMEDIATE")
        with _source(path) as raw:
            rebuilt = _rebuild(connection, Salvage(raw), path, job)
        connection.execute("COMMIT")

    create_database(new, fill).close()
    with Project.open(new) as project:
        problems = project.check(job).problems
    if problems:
        new.unlink(missing_ok=True)
        raise SpaError(f"{path} cannot be recovered, as the new file would not be whole: {problems[0]}")
    assert rebuilt is not None, "it was filled"
    return rebuilt


@contextlib.contextmanager
def _source(path: Path) -> Iterator[RawFile]:
    """The file as it is to be read: as it lies there, or a copy into which the journal beside it was rolled back."""
    with contextlib.ExitStack() as stack:
        try:
            lock = WriterLock(path)
        except ProjectReadOnly:
            raw = RawFile(path)
            stack.callback(raw.release)
        else:
            stack.callback(lock.release)
            raw = lock.raw
        if is_hot(path):
            try:
                copy = PrivateCopy(path, raw)
            except ChangedMeanwhile as error:
                raise SpaError(f"{path} is being written by another program: try again when it is done") from error
            stack.callback(copy.close)
            with contextlib.suppress(sqlite3.Error, UnicodeError):  # what is damaged may still be rolled back
                connect(copy.path, "rw").close()
            raw = RawFile(copy.path)
            stack.callback(raw.release)
        yield raw


class _Table:
    """A table of the new file, and the rows for it."""

    def __init__(self, connection: sqlite3.Connection, name: str) -> None:
        self.name, self.lost = name, Lost()
        self._connection = connection
        columns = connection.execute(f"PRAGMA table_info({name})").fetchall()
        self.columns = [str(row[1]) for row in columns]
        # The key of such a table is its row's number, and NULL in the row itself.
        self._key = next((row[0] for row in columns if row[5] and row[2] == "INTEGER"), None)

    def take(self, found: FoundRow) -> bool:
        """Put a row into the new file, if it is one of this table and whole."""
        row = self._row(*found)
        if row is None:
            return False
        marks = ", ".join("?" * len(row))
        # The first of several rows with the same key or name stays.
        cursor = self._connection.execute(f"INSERT OR IGNORE INTO {self.name} VALUES ({marks})", row)
        return cursor.rowcount == 1

    def _row(self, rowid: int | None, values: list[Value]) -> list[Value] | None:
        if len(values) != len(self.columns):
            return None
        if self._key is not None:
            if rowid is None or not 1 <= rowid <= _HIGHEST_ID:
                return None
            values = [*values[: self._key], rowid, *values[self._key + 1 :]]
        named = dict(zip(self.columns, values, strict=True))
        if self.name == "meta" and named["name"] not in PROPERTIES:
            return None
        row = tuple(named[column] for column in ROW_KINDS[self.name].columns.split(", "))
        return values if next(row_faults(self.name, rowid, row), None) is None else None


def _rebuild(connection: sqlite3.Connection, salvage: Salvage, path: Path, job: Job) -> Recovered:
    connection.execute("DELETE FROM meta")
    roots = salvage.roots()
    tables = [_Table(connection, name) for name in ROW_KINDS]
    expected = tables_of(salvage.version) or ROW_KINDS.keys()
    job.stage(Stage.SALVAGE, total=len(tables) + 1)
    for table in tables:
        root = roots.get(table.name)
        if root is None and table.name in expected:
            table.lost.pages += 1
        for found in salvage.tree(root, table.lost) if root is not None else ():
            if not table.take(found):
                table.lost.rows += 1
            job.check()
        job.advance(detail=table.name)
    sequences = list(salvage.tree(roots["sqlite_sequence"], Lost())) if "sqlite_sequence" in roots else []
    torn = [table for table in tables if table.lost.pages]
    for found in salvage.orphans() if torn else ():
        any(table.take(found) for table in torn)
        job.check()
    job.advance()
    read = {table.name: _count(connection, table.name) for table in tables}
    if not any(read[name] for name in ("tasks", "classes", "photos", "learners")):
        if not roots:
            raise not_a_project(path)
        raise InputError(f"Nothing of {path} can be saved: restore a backup of it")
    notes = mend(connection)
    _never_again(connection, sequences)
    saved = {name: _count(connection, name) for name in read}
    lost = {table.name: table.lost.rows + max(0, read[table.name] - saved[table.name]) for table in tables}
    pages = {table.name: table.lost.pages for table in tables}
    return Recovered(saved, lost, pages, tuple(notes))


def _never_again(connection: sqlite3.Connection, sequences: list[FoundRow]) -> None:
    """No id is given away twice, not even one of a row that is lost."""
    for _, values in sequences:
        if len(values) == 2 and isinstance(values[1], int) and 0 <= values[1] <= _HIGHEST_ID:
            connection.execute("UPDATE sqlite_sequence SET seq = max(seq, ?) WHERE name = ?", values[::-1])


def _count(connection: sqlite3.Connection, table: str) -> int:
    return int(connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0])
