"""Damage to project files, from a seed: bytes, pages, header fields, tables, rows, documents, what lies beside them.

The models are SQLite's own tests of malformed files. Each damage is named, so that a table can say which kinds there
were, and the same seed gives the same damage everywhere.
"""

import contextlib
import random
import sqlite3
import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from spa_desktop.project.gate import LIMITS
from spa_desktop.project.migrations import migrate
from spa_desktop.project.records import DOCUMENTS
from tests.faults.beside import journal_of_another, odd_things_beside, other_version, own_journal_broken

PAGE = 8192

Apply = Callable[[Path, random.Random], str]


@dataclass(frozen=True)
class Damage:
    """One way to damage a project."""

    kind: str  # the group that it belongs to
    name: str  # what was done exactly


def damage(path: Path, seed: int) -> Damage:
    """Damage a project in place. Numbers that follow each other give damage of all kinds in turn."""
    kinds = list(KINDS)
    kind = kinds[seed % len(kinds)]
    return Damage(kind, KINDS[kind](path, random.Random(seed)))


# Bytes


def _random_bytes(path: Path, chance: random.Random) -> str:
    data = bytearray(path.read_bytes())
    count, length = chance.choice((1, 1, 3, 20)), chance.choice((1, 2, 16, 700, 9000))
    for _ in range(count):
        start = chance.randrange(len(data))
        part = min(length, len(data) - start)
        data[start : start + part] = chance.choice((chance.randbytes(part), bytes(part), b"\xff" * part))
    path.write_bytes(data)
    return f"{count} times {length} bytes"


def _pages(path: Path, chance: random.Random) -> str:
    data = bytearray(path.read_bytes())
    one, other = (slice(page * PAGE, (page + 1) * PAGE) for page in chance.sample(range(len(data) // PAGE), 2))
    how = chance.choice(("zeroed", "swapped", "duplicated", "of noise"))
    if how == "zeroed":
        data[one] = bytes(PAGE)
    elif how == "of noise":
        data[one] = chance.randbytes(PAGE)
    elif how == "duplicated":
        data[one] = data[other]
    else:
        data[one], data[other] = data[other], data[one]
    path.write_bytes(data)
    return f"page {one.start // PAGE + 1} {how}"


def _length(path: Path, chance: random.Random) -> str:
    data = path.read_bytes()
    how = chance.choice(("cut", "cut at a page", "longer by zeros", "longer by noise", "cut by one byte"))
    if how == "cut":
        data = data[: chance.randrange(len(data))]
    elif how == "cut at a page":
        data = data[: chance.randrange(len(data) // PAGE) * PAGE]
    elif how == "cut by one byte":
        data = data[:-1]
    else:
        more = chance.choice((1, 100, PAGE, 3 * PAGE))
        data += bytes(more) if "zeros" in how else chance.randbytes(more)
    path.write_bytes(data)
    return how


_FIELDS = {
    "page size": (16, 2),
    "write version": (18, 1),
    "reserved bytes": (20, 1),
    "change counter": (24, 4),
    "pages": (28, 4),
    "first free page": (32, 4),
    "schema cookie": (40, 4),
    "schema format": (44, 4),
    "encoding": (56, 4),
    "user version": (60, 4),
    "application id": (68, 4),
    "page kind": (100, 1),
}


def _header(path: Path, chance: random.Random) -> str:
    data = bytearray(path.read_bytes())
    name = chance.choice(list(_FIELDS))
    place, size = _FIELDS[name]
    most = (1 << 8 * size) - 1
    value = chance.choice((0, 1, 2, 3, 5, 99, 512, 1024, most, most // 2 + 1, chance.randrange(most))) & most
    data[place : place + size] = value.to_bytes(size, "big")
    path.write_bytes(data)
    return f"{name} is {value}"


def _cells(path: Path, chance: random.Random) -> str:
    """A pointer, a length or a head on a page that holds rows."""
    data = bytearray(path.read_bytes())
    pages = [page for page in range(1, len(data) // PAGE) if data[page * PAGE] in (2, 5, 10, 13)]
    start = chance.choice(pages) * PAGE
    count = struct.unpack_from(">H", data, start + 3)[0]
    head = start + (12 if data[start] in (2, 5) else 8)
    if not count:
        return "nothing: the page is empty"
    which = head + 2 * chance.randrange(count)
    cell = start + struct.unpack_from(">H", data, which)[0]
    if chance.random() < 0.3:
        struct.pack_into(">H", data, which, chance.choice((0, 8, 500, PAGE - 4, 65535)))
        how = "a pointer"
    else:
        place = cell + chance.randrange(16)
        data[place] = chance.choice((0, 1, 0x7F, 0x80, 0xFF, chance.randrange(256)))
        how = f"byte {place - cell} of a cell"
    path.write_bytes(data)
    return f"{how} of page {start // PAGE + 1}"


def _circles(path: Path, chance: random.Random) -> str:
    """Inner pages that lead to themselves, or each to the next five hundred times: more rows than there can be."""
    data = bytearray(path.read_bytes())
    root = _root(path, chance.choice(("photos", "thumbnails", "history", "learners", "classes")))
    if chance.random() < 0.4:
        chain = [root]
        targets = [root]
        how = "to itself"
    else:
        depth = chance.randrange(2, 9)
        used = {root, 1, *(_root(path, name) for name in ("stamp", "meta", "tasks", "photos"))}
        others = [page for page in range(2, len(data) // PAGE + 1) if page not in used]
        chain = [root, *chance.sample(others, depth)]
        targets = [*chain[1:], _leaf(data)]
        how = f"{depth} levels down"
    for page, target in zip(chain, targets, strict=True):
        data[(page - 1) * PAGE : page * PAGE] = _inner_page(target)
    path.write_bytes(data)
    return f"page {root} leads {how}"


def _inner_page(child: int, count: int = 500) -> bytes:
    page = bytearray(PAGE)
    page[0] = 5
    struct.pack_into(">HHHBI", page, 1, 0, count, PAGE - 6 * count, 0, child)
    for index in range(count):
        place = PAGE - 6 * (index + 1)
        struct.pack_into(">H", page, 12 + 2 * index, place)
        struct.pack_into(">IH", page, place, child, 0x8100 | index % 128)
    return bytes(page)


def _leaf(data: bytearray) -> int:
    return next(page + 1 for page in range(1, len(data) // PAGE) if data[page * PAGE] == 13 and data[page * PAGE + 4])


def _root(path: Path, table: str) -> int:
    connection = sqlite3.connect(path)
    try:
        return int(connection.execute("SELECT rootpage FROM sqlite_master WHERE name = ?", (table,)).fetchone()[0])
    finally:
        connection.close()


# Rows

_DEEP = "[" * 100_000 + "]" * 100_000
_VALUES = {
    "NULL": "NULL",
    "a text": "'text'",
    "minus one": "-1",
    "a huge number": "9223372036854775807",
    "infinity": "9e999",
    "half": "0.5",
    "bytes": "x'00ff80'",
    "a zero byte": "'a' || char(0) || 'b'",
    "invalid UTF-8": "CAST(x'61ff80fe62' AS TEXT)",
    "control characters": "'a' || char(27) || '[2J' || char(10) || char(13) || 'b'",
    "ten megabytes": "replace(hex(zeroblob(5000000)), '00', 'ab')",
    "a path": "'../../../etc/passwd'",
}
_DOCUMENTS = {
    "deep": f"'{_DEEP}'",
    "deep objects": "replace(hex(zeroblob(50000)), '0', '{\"a\":')",
    "ten megabytes": "'[' || replace(hex(zeroblob(2500000)), '00', '[],') || '[]]'",
    "a number": "'1'",
    "a list": "'[]'",
    "an object": "'{}'",
    "odd values": """'{"tasks": {"1": [1]}, "patches": [], "1": 5, "answer": 7, "destination": []}'""",
    "negative values": """'{"tasks": {"1": [7, -1]}, "patches": -8, "answers": -1, "cost": -1e300, "seconds": -1}'""",
    "NaN": "'{\"cost\": NaN}'",
    "infinity": '\'{"cost": 1e999, "slda": 1e999}\'',
    "huge numbers": "'[9223372036854775808, 1]'",
    "half a pair": "'\"\\ud800\"'",
    "phrases of the wrong kind": """'[{"text": 1, "provenance": "offline"}, {"text": "a", "provenance": "magic"}]'""",
    "support out of bounds": """'[{"text": "a", "provenance": "gpt", "support": [{"photo_id": 99999999999999999}]}]'""",
    "support of no photo": """'[{"text": "a", "provenance": "gpt", "support": [{"photo_id": 4711, "patch": -3}]}]'""",
    "states of what is gone": """'{"classes": {"77": "new"}, "tasks": {"77": "new"}, "photos": [4711]}'""",
}
_COLUMNS = {"sqlite_sequence": ["name", "seq"]}
with contextlib.closing(sqlite3.connect(":memory:", isolation_level=None)) as _model:
    migrate(_model)
    for _table in LIMITS:
        _names = [row[1] for row in _model.execute(f"PRAGMA table_info({_table})")]
        _COLUMNS[_table] = [name for name in _names if name not in ("id", "photo_id")]
_JSON = [(table, column) for table, documents in DOCUMENTS.items() for column in documents]


@contextlib.contextmanager
def lenient(path: Path):
    """Write what the tables do not allow: they are made without their rules, and get them back at the end."""
    with _connected(path) as connection:
        before = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'table'").fetchall()
        _rewrite(
            connection,
            [
                (name, sql.replace("STRICT, ", "").replace(" STRICT", "").replace("NOT NULL", ""))
                for name, sql in before
            ],
        )
    with _connected(path) as connection:
        yield connection
    with _connected(path) as connection:
        _rewrite(connection, before)


def _rewrite(connection: sqlite3.Connection, tables) -> None:
    connection.execute("PRAGMA writable_schema = ON")
    for name, sql in tables:
        if not str(name).startswith("sqlite_"):
            connection.execute("UPDATE sqlite_master SET sql = ? WHERE name = ?", (sql, name))


@contextlib.contextmanager
def _connected(path: Path):
    connection = sqlite3.connect(path, isolation_level=None)
    for name in ("ignore_check_constraints", "writable_schema"):
        connection.execute(f"PRAGMA {name} = ON")
    connection.execute("PRAGMA synchronous = OFF")
    connection.execute("BEGIN")
    try:
        yield connection
        connection.execute("COMMIT")
    finally:
        connection.close()


def _set(path: Path, chance: random.Random, table: str, column: str, value: str) -> str:
    key = "rowid" if table not in ("meta", "settings", "description_cache", "sorting") else column
    with lenient(path) as connection:
        found = [row[0] for row in connection.execute(f"SELECT {key} FROM {table}")]
        chosen = found if chance.random() < 0.3 else [chance.choice(found)]
        done = 0
        for row in chosen:
            with contextlib.suppress(sqlite3.IntegrityError):  # a name that must differ from all others
                connection.execute(f"UPDATE {table} SET {column} = {value} WHERE {key} = ?", (row,))
                done += 1
    return f"{table}.{column} of {done}"


def _rows(path: Path, chance: random.Random) -> str:
    table = chance.choice(list(_COLUMNS))
    column = chance.choice(_COLUMNS[table])
    name = chance.choice(list(_VALUES))
    return f"{_set(path, chance, table, column, _VALUES[name])}: {name}"


def _documents(path: Path, chance: random.Random) -> str:
    table, column = chance.choice(_JSON)
    name = chance.choice(list(_DOCUMENTS))
    return f"{_set(path, chance, table, column, _DOCUMENTS[name])}: {name}"


_REFERENCES = (
    "UPDATE classes SET task_id = 77 WHERE id = 1",
    "DELETE FROM tasks",
    "DELETE FROM classes WHERE id = 1",
    "DELETE FROM photos WHERE id < 9",
    "DELETE FROM thumbnails",
    "DELETE FROM learners",
    "DELETE FROM meta",
    "DELETE FROM sqlite_sequence",
    "UPDATE sqlite_sequence SET seq = 9223372036854775807",
    "INSERT INTO sqlite_sequence VALUES ('photos', 9007199254740993)",
    "UPDATE learners SET parent = 3 - id",
    "UPDATE learners SET class_ids = '[1, 1, 77]'",
    "UPDATE learners SET task_id = 77",
    "UPDATE evaluations SET task_id = 2, learner_id = 99",
    "UPDATE tasks SET position = 0",
    "UPDATE classes SET color = 999999",
    "UPDATE classes SET state = 'trained'",
    "UPDATE photos SET exemplar = 0",
    "UPDATE photos SET is_learned = 1, is_set_aside = 1",
    "UPDATE test_features SET photo_id = photo_id + 1000",
    "UPDATE photos SET id = id + 9007199254740000",
    "UPDATE classes SET id = -id",
)


_SCHEMA = (
    *(f"DROP TABLE {name}" for name in _COLUMNS if name != "sqlite_sequence"),
    "DROP INDEX photos_of_class",
    "CREATE TABLE tasks_2 AS SELECT * FROM tasks",
    "CREATE VIEW look AS SELECT * FROM photos",
    "CREATE TRIGGER t AFTER INSERT ON history BEGIN DELETE FROM classes; END",
    "CREATE VIRTUAL TABLE words USING fts5(text)",
    "ALTER TABLE photos ADD COLUMN twice INTEGER AS (2 * id)",
    "ALTER TABLE photos DROP COLUMN exemplar",
    "CREATE INDEX odd ON photos (length(path)) WHERE id > 3",
    "ANALYZE",
    *(
        "UPDATE sqlite_master SET rootpage ="
        f" (SELECT rootpage FROM sqlite_master WHERE name = '{other}') WHERE name = '{name}'"
        for name, other in (("photos", "tasks"), ("classes", "meta"), ("thumbnails", "photos"), ("learners", "history"))
    ),
    "UPDATE sqlite_master SET rootpage = 0 WHERE name = 'photos'",
    "UPDATE sqlite_master SET sql = 'CREATE TABLE photos (id)' WHERE name = 'photos'",
    "UPDATE sqlite_master SET sql = x'00ff' WHERE name = 'photos'",
    "UPDATE sqlite_master SET name = 'classes' WHERE name = 'photos'",
    "INSERT INTO sqlite_master SELECT * FROM sqlite_master",
    "DELETE FROM sqlite_master",
    "DELETE FROM sqlite_master WHERE name = 'sqlite_sequence'",
    "PRAGMA user_version = 0",
    "PRAGMA user_version = 99",
    "PRAGMA application_id = 1",
)


def _one_of(statements: Sequence[str], path: Path, chance: random.Random) -> str:
    sql = chance.choice(statements)
    with _connected(path) as connection:
        connection.execute(sql)
    return sql


KINDS: dict[str, Apply] = {
    "random bytes": _random_bytes,
    "rows": _rows,
    "pages": _pages,
    "documents": _documents,
    "header": _header,
    "references": partial(_one_of, _REFERENCES),
    "tables": partial(_one_of, _SCHEMA),
    "length": _length,
    "cells": _cells,
    "circles": _circles,
    "journal of another": journal_of_another,
    "own journal": own_journal_broken,
    "things beside": odd_things_beside,
    "other version": other_version,
}
