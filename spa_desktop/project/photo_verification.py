"""What must hold of a file before anything in it is believed."""

from __future__ import annotations

from pathlib import Path

from spa_desktop.errors import InputError
from spa_desktop.project.checksums import NOT_SHA256
from spa_desktop.project.connecting import Connection
from spa_desktop.project.migrations import file_version, newest_version
from spa_desktop.project.project_failures import damaged, not_a_project
from spa_desktop.project.schema import APPLICATION_ID
from spa_desktop.project.table_shapes import TABLES, wrong_tables

_MOST = 1 << 53  # ids are numbers that every program can count with


def verify(connection: Connection, path: Path) -> None:
    """Look at an open file, of any version that the app knows. Cheap: its size hardly matters.

    Raises:
        InputError: not a project, newer than the app, damaged.
        sqlite3.Error: if SQLite finds it damaged.
    """
    connection.begin_statement()
    if int(connection.execute("PRAGMA application_id").fetchone()[0]) != APPLICATION_ID:
        raise not_a_project(path)
    version = file_version(connection)
    if version > newest_version():
        raise InputError(
            f"{path} was made by a newer version of the app (tables {version}, this app knows {newest_version()}): "
            "update the app"
        )
    if version < 1:
        raise damaged(path, "it has no version")
    pages, page_size = (int(connection.execute(f"PRAGMA {name}").fetchone()[0]) for name in ("page_count", "page_size"))
    size = Path(connection.execute("PRAGMA database_list").fetchone()[2]).stat().st_size
    if size < pages * page_size:
        raise damaged(path, f"{pages * page_size - size} bytes are missing at its end")
    if connection.execute("SELECT 1 FROM sqlite_master WHERE type IN ('trigger', 'view')").fetchone():
        raise damaged(path, "it holds triggers or views, which the app never makes")
    for what in wrong_tables(version, connection.execute(TABLES).fetchall()):
        raise damaged(path, what)
    # A photo's hash names its entry in the feature cache: here is where a stranger's file comes in.
    if connection.execute(f"SELECT 1 FROM photos WHERE {NOT_SHA256} LIMIT 1").fetchone():
        raise damaged(path, "the hash of a photo is no SHA-256")
    # From a number out of bounds SQLite would make the next ids, or none.
    bad = "typeof(name) <> 'text' OR typeof(seq) <> 'integer' OR seq NOT BETWEEN 0 AND ?"
    if connection.execute(f"SELECT 1 FROM sqlite_sequence WHERE {bad}", (_MOST,)).fetchone():
        raise damaged(path, "its numbers of rows are out of bounds")
