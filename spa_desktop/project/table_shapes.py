"""Are the tables of a file those that the app makes? Compared whole whenever a file is opened."""

from __future__ import annotations

import functools
import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator

from spa_desktop.project import migrations

# Tables of statistics, which other programs may have made, are SQLite's own affair.
TABLES = "SELECT type, name, tbl_name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_stat%'"

Entry = tuple[object, ...]


def wrong_tables(version: int, entries: Iterable[Entry]) -> Iterator[str]:
    """One line for each table or index that is missing, too many, or built in another way.

    Args:
        version: of the tables in the file.
        entries: what :data:`TABLES` gives of it.
    """
    expected = _model(migrations.MIGRATIONS, version)
    found = Counter(entries)
    if found == Counter(expected):
        return
    ours = {entry[1] for entry in expected}
    there = {entry[1] for entry in found}
    for entry in expected:
        if entry[1] not in there:
            yield f"the table or index {entry[1]} is missing"
        elif found[entry] != 1:
            yield f"the table or index {entry[1]} is not built as it should be"
    for entry in found:
        if entry[1] not in ours:
            yield f"the table or index {_word(entry[1])} is none of ours"


def tables_of(version: int) -> set[str]:
    """The names of the tables that a file of this version has; none for a version that there never was."""
    if not 1 <= version <= len(migrations.MIGRATIONS):
        return set()
    return {str(entry[1]) for entry in _model(migrations.MIGRATIONS, version) if entry[0] == "table"}


@functools.lru_cache(maxsize=16)
def _model(steps: tuple[migrations.Migration, ...], version: int) -> tuple[Entry, ...]:
    model = sqlite3.connect(":memory:", isolation_level=None)
    try:
        for step in steps[:version]:
            step(model)
        return tuple(model.execute(TABLES).fetchall())
    finally:
        model.close()


def _word(value: object) -> str:
    """A name from the file, which may be anything, in one short word."""
    return repr(value)[:60] if not str(value).isidentifier() else str(value)[:60]
