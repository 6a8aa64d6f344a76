"""One cell of a project's tables after the other, with values that may stand there by mistake or by malice."""

import contextlib
import shutil
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

# Of every type, and such that some column takes them: words of states, numbers of rows, documents.
VALUES = (
    *(None, 0, 1, -1, 2, 3, 999, 2**40, 0.5, b"", b"x", "", "x"),
    *("class", "none", "trained", "new", "stale", "test", "train", "offline"),
    *("[]", "{}", "[1]", "[0.5]", '"a"', "null", "[[1]]", '{"a":1}'),
)


@dataclass(frozen=True)
class Cell:
    """A value for a column of a row, which is found by its primary key."""

    table: str
    column: str
    where: str
    key: tuple[object, ...]
    value: object

    def __str__(self) -> str:
        return f"{self.table}.{self.column} of {self.key} is {self.value!r}"

    def change(self, whole: Path, path: Path) -> bool:
        """Copy a project and put the value in; False where the table does not take it."""
        shutil.copy(whole, path)
        with contextlib.closing(sqlite3.connect(path)) as connection:
            connection.execute("PRAGMA ignore_check_constraints = ON")
            try:
                connection.execute(
                    f"UPDATE {self.table} SET {self.column} = ? WHERE {self.where}", (self.value, *self.key)
                )
            except sqlite3.Error:
                return False
            connection.commit()
            return True


def cells(whole: Path) -> Iterator[Cell]:
    """All columns of the first and the last row of each table, with all values."""
    with contextlib.closing(sqlite3.connect(whole)) as connection:
        names = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
        for (table,) in names.fetchall():
            columns = connection.execute(f"PRAGMA table_info({table})").fetchall()
            keys = [column[1] for column in columns if column[5]]
            where = " AND ".join(f"{name} = ?" for name in keys)
            rows = connection.execute(f"SELECT {', '.join(keys)} FROM {table}").fetchall()
            for key in dict.fromkeys([*rows[:1], *rows[-1:]]):
                for column in columns:
                    for value in VALUES:
                        yield Cell(table, column[1], where, key, value)
