"""Verifies a project: every page, reference, checksum, tensor, document and state."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from safetensors import SafetensorError, deserialize

from spa_desktop.errors import SpaError
from spa_desktop.jobs import Cancelled, Job, Stage
from spa_desktop.project.class_names import sha256
from spa_desktop.project.database import Database
from spa_desktop.project.documents import looks_like_key
from spa_desktop.project.migrations import TABLES, wrong_tables
from spa_desktop.project.project_failures import said
from spa_desktop.project.reader import ProjectReader
from spa_desktop.project.records import BY_TABLE, Rows

_BLOBS = [table for table, rows in BY_TABLE.items() if "blob" in rows.names]


def row_faults(rows: Rows[Any], name: object, row: tuple[Any, ...]) -> Iterator[str]:
    """One line for each fault of a row."""
    fault = rows.fault(row)
    if fault is not None:
        yield fault
        return
    values = dict(zip(rows.names, row, strict=True))
    for column in rows.documents:
        if looks_like_key(values[column]):
            yield f"{rows.table} {said(name)}: {column} holds what looks like an API key"
    if "blob" not in values:
        return
    blob = values["blob"]
    if sha256(blob) != values["sha256"]:
        yield f"{rows.table} {name} does not match its checksum"
    elif rows.table == "thumbnails":
        if not blob.startswith(b"\xff\xd8\xff"):
            yield f"{rows.table} {name} is no JPEG"
    else:
        try:
            deserialize(blob)  # type: ignore[no-untyped-call]
        except SafetensorError as error:
            yield f"{rows.table} {name} holds no tensors: {said(error)}"


_SOME = 100  # problems of a kind: a table of which nothing is right has no need of a line a row
_SAID = ("descriptions", "evaluations", "answers", "corrections", "trainings", "history")
_COUNTED = ("tasks", "classes", "photos", *_BLOBS, *_SAID)


@dataclass(frozen=True)
class CheckReport:
    """What `check` found."""

    problems: tuple[str, ...]  # one line each, empty when the file is valid
    counts: Mapping[str, int] = field(default_factory=dict)  # of what was verified, by table

    @property
    def is_valid(self) -> bool:
        return not self.problems


def check_project(reader: ProjectReader, database: Database, job: Job) -> CheckReport:
    """Verify a project that is open."""
    problems: list[str] = []
    counts: dict[str, int] = {}

    def look(lines: Iterable[str]) -> None:
        """Take the lines of one part of the check; where it cannot go on, the reason is one more."""
        try:
            some = list(islice(lines, _SOME + 1))
            problems.extend(some[:_SOME])
            if len(some) > _SOME:
                problems.append("and more of this kind")
        except Cancelled:
            raise
        except SpaError as error:
            problems.append(getattr(error, "what", "") or str(error))

    with database.snapshot():
        look(_count(database, counts))
        job.stage(Stage.CHECK, total=2 + sum(counts.get(name, 0) for name in _BLOBS))
        look(_pages(database))
        job.advance()
        look(_tables(database))
        look(_references(database))
        for table, rows in BY_TABLE.items():
            if table not in _BLOBS:
                look(_rows(database, rows))
        look(_states(reader, database))
        job.advance()
        for table in _BLOBS:
            look(_blobs(database, BY_TABLE[table], job))
    return CheckReport(tuple(dict.fromkeys(problems)), counts)


def _count(database: Database, counts: dict[str, int]) -> Iterator[str]:
    for name in _COUNTED:
        # Counted row by row: SQLite counts whole pages without looking whether they run in circles.
        counts[name] = int((database.row(f"SELECT count(1) FROM {name}") or (0,))[0])
    yield from ()


def _pages(database: Database) -> Iterator[str]:
    for (text,) in database.rows("PRAGMA integrity_check"):
        yield from (line for line in str(text).splitlines() if line != "ok" and not line.startswith("***"))


def _tables(database: Database) -> Iterator[str]:
    yield from wrong_tables(int(database.rows("PRAGMA user_version")[0][0]), database.rows(TABLES))


def _references(database: Database) -> Iterator[str]:
    for table, row, parent, _ in database.rows("PRAGMA foreign_key_check"):
        yield f"{table} {row} refers to a row of {parent} that is gone"


def _rows(database: Database, rows: Rows[Any]) -> Iterator[str]:
    for name, *row in database.rows(f"SELECT {rows.key}, {', '.join(rows.names)} FROM {rows.table}"):
        yield from row_faults(rows, name, tuple(row))


def _blobs(database: Database, rows: Rows[Any], job: Job) -> Iterator[str]:
    # In a damaged file a key may come a hundred thousand times.
    for name in dict.fromkeys(row[0] for row in database.rows(f"SELECT {rows.key} FROM {rows.table}")):
        for row in database.rows(f"{rows.select} WHERE {rows.key} = ?", (name,)):
            yield from row_faults(rows, name, row)
        job.advance()


def _states(reader: ProjectReader, database: Database) -> Iterator[str]:
    _ = reader.meta  # raises if it cannot be read
    tasks, classes = reader.tasks(), reader.classes()
    learner = reader.learner_info()
    known = set(learner.class_ids) if learner else set()
    described = {row[0] for row in database.rows("SELECT DISTINCT class_id FROM descriptions")}
    if [task.position for task in tasks] != list(range(len(tasks))):
        yield "the tasks are not numbered in order"
    for record in classes:
        if record.state in ("trained", "stale") and record.id not in known:
            yield f"the class {record.name!r} is {record.state}, but the learner does not know it"
        if record.state == "described" and record.id not in described:
            yield f"the class {record.name!r} is described, but has no description"
    for class_id in sorted(known - {record.id for record in classes}):
        yield f"the learner knows a class {class_id} that is gone"
    untrained = {record.task_id for record in classes if record.state in ("new", "described")}
    for task in tasks:
        if task.state == "trained" and task.id in untrained:
            yield f"the task {task.name!r} is trained, but not all of its classes are"
    for sql, what in (
        ("SELECT name FROM photos WHERE id NOT IN (SELECT photo_id FROM thumbnails)", "has no thumbnail"),
        ("SELECT name FROM photos WHERE exemplar >= 0 AND (split = 'test' OR is_set_aside)", "cannot be an exemplar"),
        (
            "SELECT name FROM photos WHERE is_learned AND NOT EXISTS (SELECT 1 FROM learners)",
            "is learned, but nothing is",
        ),
    ):
        for (name,) in database.rows(sql):
            yield f"the photo {said(name)} {what}"
