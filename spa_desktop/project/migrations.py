"""How the file's tables grow with the app: numbered steps, each a transaction of its own.

To change a table, append a function to :data:`MIGRATIONS`; never edit one that was released. A step may rebuild tables:
foreign keys are off while it runs, and checked before it is committed.
"""

from __future__ import annotations

import secrets
import sqlite3
from collections.abc import Callable

from spa_desktop.project.schema import (
    ANSWERS,
    APPLICATION_ID,
    CORRECTED_CONTENT,
    CORRECTIONS,
    STAMP,
    TRAININGS,
    VERSION_1,
)

Migration = Callable[[sqlite3.Connection], None]


def _create(connection: sqlite3.Connection) -> None:
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    for statement in VERSION_1:
        connection.execute(statement)


def _stamp(connection: sqlite3.Connection) -> None:
    connection.execute(STAMP)
    project_id = secrets.token_hex(16)
    connection.execute("INSERT OR REPLACE INTO meta (name, value) VALUES ('project_id', ?)", (project_id,))
    stamp = b"SPAstamp" + bytes.fromhex(project_id) + bytes(48)
    connection.execute("INSERT INTO stamp (id, value) VALUES (1, ?)", (stamp,))


def _answers(connection: sqlite3.Connection) -> None:
    for statement in ANSWERS:
        connection.execute(statement)


def _corrections(connection: sqlite3.Connection) -> None:
    for statement in CORRECTIONS:
        connection.execute(statement)


def _trainings(connection: sqlite3.Connection) -> None:
    for statement in TRAININGS:
        connection.execute(statement)


def _corrected_content(connection: sqlite3.Connection) -> None:
    connection.execute(CORRECTED_CONTENT)


# Step n turns version n - 1 into version n; an empty file is version 0.
MIGRATIONS: tuple[Migration, ...] = (_create, _stamp, _answers, _corrections, _trainings, _corrected_content)


def newest_version() -> int:
    """The version of the tables that this app writes."""
    return len(MIGRATIONS)


def file_version(connection: sqlite3.Connection) -> int:
    """The version of the tables in the file."""
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def migrate(connection: sqlite3.Connection) -> None:
    """Bring the file to the newest version, step by step. Killed in between, it stays at the last whole step.

    Raises:
        sqlite3.Error: if a step fails; the step is rolled back.
    """
    connection.execute("PRAGMA foreign_keys = OFF")
    for number in range(file_version(connection) + 1, newest_version() + 1):
        connection.execute("BEGIN IMMEDIATE")
        try:
            MIGRATIONS[number - 1](connection)
            if connection.execute("PRAGMA foreign_key_check").fetchone() is not None:
                raise sqlite3.IntegrityError(f"step {number} broke a reference between tables")
            connection.execute(f"PRAGMA user_version = {number}")
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise
