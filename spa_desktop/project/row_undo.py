"""Undo and redo of any transaction of this session.

Temporary triggers keep the old image of each row that a transaction changes, in temporary tables that vanish with the
connection. To undo is to put the images back in reverse order, in a transaction that is recorded the same way: its
record is the redo. (After "Automatic Undo/Redo Using SQLite" on sqlite.org; rows in place of SQL text, for the blobs.)
"""

from __future__ import annotations

from dataclasses import dataclass

from spa_desktop.project.database import Database

# Not here: meta, settings and description_cache, which an undo must not touch, and history, which only grows.
_TABLES = (
    "tasks",
    "classes",
    "photos",
    "thumbnails",
    "test_features",
    "descriptions",
    "learners",
    "evaluations",
    "answers",
    "corrections",
    "trainings",
)
_KEEP = 100


@dataclass(frozen=True)
class Change:
    """A transaction that can be undone or done again."""

    id: int
    verb: str
    summary: str


class UndoLog:
    """Records changes and reverses them. The caller holds a transaction in every method but the properties."""

    def __init__(self, database: Database) -> None:
        self._db = database
        self._columns: dict[str, tuple[str, ...]] = {}
        self._done: list[Change] = []
        self._undone: list[Change] = []
        self._last_id = self._now = 0

    @property
    def undo_changes(self) -> tuple[Change, ...]:
        return tuple(reversed(self._done))

    @property
    def redo_changes(self) -> tuple[Change, ...]:
        return tuple(reversed(self._undone))

    def begin(self, *, joins_previous: bool = False) -> int:
        """Record what follows as a new change, or as more of the last one, and give its id."""
        self._install()
        if joins_previous and self._done:
            self._now = self._done[-1].id
        else:
            self._last_id += 1
            self._now = self._last_id
        self._db.rows("UPDATE undo_now SET change = ?", (self._now,))
        return self._now

    def prune(self) -> None:
        """Drop the records of changes that can be reached no more, just before the commit."""
        kept = [change.id for change in (*self._done, *self._undone)]
        marks = ",".join("?" * len(kept))
        gone = f"change <> ? AND change NOT IN ({marks})"
        for table in self._columns:
            self._db.rows(
                f"DELETE FROM undo_{table} WHERE seq IN (SELECT seq FROM undo_log WHERE {gone})", (self._now, *kept)
            )
        self._db.rows(f"DELETE FROM undo_log WHERE {gone}", (self._now, *kept))

    def committed(self, change: Change, *, joins_previous: bool = False) -> None:
        """A verb was done: it is the next to be undone, unless it joined the one before (or found none to join)."""
        if not joins_previous:
            self._done = [*self._done, change][-_KEEP:]
        self._undone = []

    def reset(self) -> None:
        """Forget all changes."""
        self._done, self._undone = [], []

    def reverse(self, change: Change, *, is_redo: bool) -> tuple[list[Change], list[Change]]:
        """Put back what `change` changed; give the stacks (done, undone) as they are once this is committed."""
        mirror = Change(self.begin(), change.verb, change.summary)
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
        if is_redo:
            return [*self._done, mirror], self._undone[:-1]
        return self._done[:-1], [*self._undone, mirror]

    def set_stacks(self, stacks: tuple[list[Change], list[Change]]) -> None:
        """Take over the stacks of :meth:`reverse`, after the commit."""
        self._done, self._undone = stacks

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
