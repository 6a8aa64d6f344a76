"""The one gate of projects, which may be a stranger's. Behind it the layers trust what the tables hold.

SQLite looks at every page, type and value of what is read as a list, in the time that a list takes. JSON and tensors
are looked at where they are parsed; pictures and features are read one by one, with their checksums.
"""

from __future__ import annotations

import functools
import sqlite3
from pathlib import Path

from spa_desktop.errors import InputError
from spa_desktop.project.documents import LEAST_SPAN
from spa_desktop.project.migrations import APPLICATION_ID, TABLES, file_version, migrate, newest_version, wrong_tables
from spa_desktop.project.project_failures import damaged, not_a_project
from spa_desktop.visible import QT_TRANSLATE_NOOP

# Numbers are those that every program can count with.
_ID, _COUNT = "{0} BETWEEN 1 AND 9007199254740992", "{0} BETWEEN 0 AND 9007199254740992"
_ORDER, _PIXELS, _FLAG = "{0} BETWEEN 0 AND 99999", "{0} BETWEEN 1 AND 1000000", "{0} IN (0, 1)"
_TEXT, _JSON = "typeof({0}) = 'text' AND length({0}) <= 100000", "length({0}) <= 1000000"
_LONG_JSON = "typeof({0}) = 'text' AND length({0}) <= 4000000"
_PLACE = "length({0}) BETWEEN 1 AND 33000 AND instr({0}, char(0)) = 0"
# Control characters and ends of lines were never stored; what else `clean_name` leaves out has grown with the versions.
_NAME = (
    "length({0}) BETWEEN 1 AND 255 AND instr({0}, char(0)) = 0 AND trim({0}) = {0}"
    " AND {0} NOT GLOB '*[' || char(1, 45, 31, 127, 45, 159, 8232, 8233) || ']*'"
)
# It becomes a path in the feature cache. Neither looks behind a zero byte; GLOB takes five times as long.
_HASH = "length({0}) = 64 AND length(CAST({0} AS BLOB)) = 64 AND {0} NOT GLOB '*[^0-9a-f]*'"
if sqlite3.sqlite_version_info >= (3, 41):
    _HASH = "length(CAST({0} AS BLOB)) = 64 AND ifnull(length(unhex({0})), 0) = 32 AND lower({0}) = {0}"
_PROPERTY = (
    "length({0}) <= 100000 AND (name <> 'seed' OR CAST(CAST({0} AS INTEGER) AS TEXT) = {0})"
    " AND (name <> 'project_id' OR length({0}) = 32 AND {0} NOT GLOB '*[^0-9a-f]*')"
)
_VERDICT = (
    "{0} IN ('class', 'aside', 'none') AND (photo_id IS NULL) <> (path IS NULL)"
    " AND ({0} = 'class') = ((class_id IS NULL) <> (class_name IS NULL))"
)
# Text is larger than any number, and NULL is neither.
_SIDES = [f"json_extract({{0}}, '$[{place}]')" for place in range(4)]
_FRAME = " AND ".join(
    (
        "{0} IS NULL OR length({0}) <= 200 AND json_array_length({0}) = 4",
        *(f"ifnull({side} BETWEEN 0 AND 1, 0)" for side in _SIDES),
        # Half of it: a difference of floats may be less than the least that is saved.
        *(f"{end} - {low} >= {LEAST_SPAN / 2}" for low, end in zip(_SIDES[:2], _SIDES[2:], strict=True)),
    )
)
# What each column may hold beside its type, the key of a row first. SQLite ignores CHECK in files that it only reads.
LIMITS = {
    "meta": {"name": _TEXT, "value": _PROPERTY},
    "settings": {"name": _TEXT, "value": _JSON},
    "tasks": {"id": _ID, "name": _NAME, "position": _ORDER, "state": "{0} IN ('new', 'trained')"},
    "classes": {"id": _ID, "name": _NAME, "color": _ORDER, "state": "{0} IN ('new', 'described', 'trained', 'stale')"},
    "photos": {"id": _ID, "path": _PLACE, "name": _PLACE, "sha256": _HASH, "split": "{0} IN ('train', 'test')"}
    | {"width": _PIXELS, "height": _PIXELS, "size": _ID, "exemplar": _ORDER}
    | {"is_set_aside": _FLAG, "is_learned": _FLAG, "frame": _FRAME, "taken": "{0} BETWEEN -1e11 AND 1e11"},
    "thumbnails": {"photo_id": _ID, "sha256": _HASH},
    "test_features": {"photo_id": _ID, "fingerprint": _TEXT, "sha256": _HASH},
    "descriptions": {"id": _ID, "phrases": _JSON, "sentence": _TEXT, "writer": _TEXT, "model": _TEXT, "created": _TEXT}
    | {"instruction_version": _TEXT, "is_approved": _FLAG, "input_tokens": _COUNT, "output_tokens": _COUNT}
    | {"cost": "{0} BETWEEN 0 AND 1e9"},
    "description_cache": {"key": _TEXT, "document": _JSON, "created": _TEXT},
    "sorting": {"name": _TEXT, "document": "length({0}) <= 32000000"},  # the paths and hashes of 100,000 photos
    "learners": {"id": _ID, "parent": _ID, "created": _TEXT, "class_ids": _LONG_JSON, "before": _LONG_JSON}
    | {"meta": _LONG_JSON, "sha256": _HASH},
    "evaluations": {"id": _ID, "learner_id": _ID, "created": _TEXT, "document": _LONG_JSON},
    "answers": {"id": _ID, "class_ids": f"{_JSON} AND json_array_length({{0}}) > 0"}
    | {"probabilities": f"{_JSON} AND json_array_length({{0}}) = json_array_length(class_ids)"},
    "corrections": {"id": _ID, "path": _PLACE, "taken_for": _ID, "verdict": _VERDICT, "class_name": _NAME}
    | {"created": _TEXT, "sha256": f"{{0}} IS NULL OR {_HASH}", "frame": _FRAME},
    "trainings": {"id": _ID, "learner_id": _ID, "created": _TEXT, "notes": _JSON},
    "history": {"id": _ID, "verb": _TEXT, "at": _TEXT, "app_version": _TEXT, "summary": _TEXT, "details": _JSON},
}
# Most of a file are their bytes, which are read one by one: their pages are not looked at when it is opened.
_BLOBS = ("thumbnails", "test_features", "learners")
_MOST_CLASSES = 100_000  # each has a color of its own, each task its position
_PROPERTIES = "'backbone', 'fingerprint', 'seed', 'created', 'app_version', 'project_id'"


@functools.cache
def out_of_bounds(table: str, condition: str = "1") -> str:
    """SQL that gives the key of each row of a table that breaks a limit, and the column."""
    cases = " ".join(f"WHEN NOT ({limit.format(name)}) THEN '{name}'" for name, limit in LIMITS[table].items())
    key = next(iter(LIMITS[table]))
    return f"SELECT {key}, CASE {cases} END AS fault FROM {table} WHERE {condition} AND fault IS NOT NULL"


def admit(connection: sqlite3.Connection, path: Path) -> None:
    """Look at all of a file but pictures and features, and bring its tables to the newest version.

    What a statement may do is not bounded any more after it. Raises InputError: not a project, newer than the app,
    damaged; sqlite3.Error if SQLite finds it damaged.
    """
    _verify_tables(connection, path)
    # A project is one file, also if some tool has switched it to a write-ahead log.
    connection.execute("PRAGMA journal_mode = DELETE")
    if file_version(connection) < newest_version():
        if connection.execute("PRAGMA foreign_key_check").fetchone() is not None:
            raise damaged(path, "a row refers to one that is gone")
        migrate(connection)
    _verify_rows(connection, path)
    connection.execute("PRAGMA ignore_check_constraints = OFF")
    connection.set_progress_handler(None, 0)


def _verify_tables(connection: sqlite3.Connection, path: Path) -> None:
    """Is it a project, with the tables of its version? Raises as :func:`admit` does."""
    if int(connection.execute("PRAGMA application_id").fetchone()[0]) != APPLICATION_ID:
        raise not_a_project(path)
    version = file_version(connection)
    if version > newest_version():
        raise InputError(
            QT_TRANSLATE_NOOP(
                "errors",
                "{path} was made by a newer version of the app (tables {version}, this app knows "
                "{newest_version}): update the app",
            ),
            path=path,
            version=version,
            newest_version=newest_version(),
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
    # From a number out of bounds SQLite would make the next ids, or none.
    bad = "typeof(name) <> 'text' OR typeof(seq) <> 'integer' OR seq NOT BETWEEN 0 AND ?"
    if connection.execute(f"SELECT 1 FROM sqlite_sequence WHERE {bad}", (1 << 53,)).fetchone():
        raise damaged(path, "its numbers of rows are out of bounds")


def _verify_rows(connection: sqlite3.Connection, path: Path) -> None:
    """Look at every page and row of a file of the newest version. Raises as :func:`admit` does."""
    connection.execute("PRAGMA ignore_check_constraints = ON")  # the limits say more, and which row it is
    for table in (name for name in LIMITS if name not in _BLOBS):
        # The first line says enough; behind it the rows of a table without an end would come.
        if (verdict := connection.execute(f"PRAGMA quick_check({table})").fetchone()[0]) != "ok":
            raise damaged(path, str(verdict).removeprefix("*** in database main ***").strip().splitlines()[0])
    for table in (name for name in LIMITS if name not in _BLOBS[:2]):
        for key, column in connection.execute(out_of_bounds(table)):
            raise damaged(path, f"{column} of {table} {str(key)[:60]} is out of bounds")
        if connection.execute(f"PRAGMA foreign_key_check({table})").fetchone():
            raise damaged(path, f"a row of {table} refers to one that is gone")
    if connection.execute(f"SELECT count(*) FROM meta WHERE name IN ({_PROPERTIES})").fetchone()[0] != 6:
        raise damaged(path, "not all of its properties are there")
    for table in ("tasks", "classes"):
        if connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0] > _MOST_CLASSES:
            raise damaged(path, f"it has more {table} than a project can have")
