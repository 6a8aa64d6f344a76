"""Undo and redo of any transaction of this session.

Temporary triggers keep the old image of each row that a transaction changes, in temporary tables that vanish with the
connection. To undo is to put the images back in reverse order, in a transaction that is recorded the same way: its
record is the redo. (After "Automatic Undo/Redo Using SQLite" on sqlite.org, with rows in place of SQL text.)
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from spa_desktop.project.database import Database
from spa_desktop.project.gate import LIMITS

# An undo must not touch the first three; that of sorting outlives the session; history only grows.
_APART = {"meta", "settings", "description_cache", "sorting", "history"}
_TABLES = [table for table in LIMITS if table not in _APART]


@dataclass(frozen=True)
class Change:
    """A transaction that can be undone or done again."""

    id: int
    verb: str
    summary: str
    origin: int  # the id of what was done first: undo and redo give it other ids


class UndoLog:
    """Records changes and reverses them. The caller holds a transaction in every method."""

    def __init__(self, database: Database) -> None:
        self.done: list[Change] = []  # the changes that can be undone, the next one last
        self.undone: list[Change] = []  # those that can be done again, the next one last
        self._db = database
        self._columns: dict[str, tuple[str, ...]] = {}
        self._last_id = self._now = 0

    def begin(self, *, joins_previous: bool = False) -> int:
        """Record what follows as a new change, or as more of the last one, and give its id."""
        self._install()
        if joins_previous and self.done:
            self._now = self.done[-1].id
        else:
            self._last_id += 1
            self._now = self._last_id
        self._db.rows("UPDATE undo_now SET change = ?", (self._now,))
        return self._now

    def end(self) -> None:
        """Record no more, and drop the records of changes that can be reached no more; just before the commit."""
        kept = [change.id for change in (*self.done, *self.undone)]
        marks = ",".join("?" * len(kept))
        gone = f"change <> ? AND change NOT IN ({marks})"
        for table in self._columns:
            self._db.rows(
                f"DELETE FROM undo_{table} WHERE seq IN (SELECT seq FROM undo_log WHERE {gone})", (self._now, *kept)
            )
        self._db.rows(f"DELETE FROM undo_log WHERE {gone}", (self._now, *kept))
        self._db.rows("UPDATE undo_now SET change = 0")  # what is written apart is part of no change

    def reverse(self, change: Change) -> Change:
        """Put back what `change` changed. Gives the change that this is."""
        mirror = replace(change, id=self.begin())
        self._db.rows("PRAGMA defer_foreign_keys = ON")
        log = self._db.rows("SELECT seq, tbl, op, row FROM undo_log WHERE change = ? ORDER BY seq DESC", (change.id,))
        for seq, table, op, row in log:
            names = ", ".join(self._columns[table])
            image = f"SELECT {names} FROM undo_{table} WHERE seq = ?"
            if op == "insert":
                self._db.rows(f"DELETE FROM main.{table} WHERE rowid = ?", (row,))
            elif op == "delete":
                self._db.rows(f"INSERT INTO main.{table} ({names}) {image}", (seq,))
            else:
                self._db.rows(f"UPDATE main.{table} SET ({names}) = ({image}) WHERE rowid = ?", (seq, row))
        return mirror

    def _install(self) -> None:
        """Make the temporary tables and triggers, once a session. A rolled back transaction takes them along."""
        if self._db.row("SELECT 1 FROM sqlite_temp_master WHERE name = 'undo_now'"):
            return
        self._db.rows("CREATE TEMP TABLE undo_now (change INTEGER NOT NULL)")
        self._db.rows("INSERT INTO undo_now VALUES (0)")
        self._db.rows(
            "CREATE TEMP TABLE undo_log"
            " (seq INTEGER PRIMARY KEY, change INTEGER NOT NULL, tbl TEXT, op TEXT, row INTEGER)"
        )
        self._db.rows("CREATE INDEX temp.undo_log_change ON undo_log (change)")
        for table in _TABLES:
            columns = tuple(str(row[1]) for row in self._db.rows(f"PRAGMA main.table_info({table})"))
            self._columns[table] = columns
            self._db.rows(f"CREATE TEMP TABLE undo_{table} (seq INTEGER PRIMARY KEY, {', '.join(columns)})")
            old = ", ".join(f"OLD.{column}" for column in columns)
            image = f"INSERT INTO undo_{table} SELECT max(seq), {old} FROM undo_log;"
            for op, row, keep in (("insert", "NEW", ""), ("update", "OLD", image), ("delete", "OLD", image)):
                self._db.rows(
                    f"CREATE TEMP TRIGGER undo_{table}_{op} AFTER {op.upper()} ON main.{table} BEGIN"
                    " INSERT INTO undo_log (change, tbl, op, row)"
                    f" SELECT change, '{table}', '{op}', {row}.rowid FROM undo_now; {keep} END"
                )
