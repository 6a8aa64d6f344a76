"""Verifies what the gate does not look at: pictures, features, checksums, tensors, documents and states."""

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
from spa_desktop.project.project_failures import said
from spa_desktop.project.reader import ProjectReader
from spa_desktop.project.records import DOCUMENTS, parse

_BLOBS = ("thumbnails", "test_features", "learners")


def row_faults(table: str, row: dict[str, Any]) -> Iterator[str]:
    """One line for each fault of a row, by its columns, that SQLite does not find: in documents and bytes."""
    name = f"{table} {said(next(iter(row.values())))[:60]}"
    for column in (name for name in DOCUMENTS.get(table, {}) if row[name] is not None):
        try:
            parse(table, column, row[column])
        except ValueError as error:
            yield f"{name}: {error}"
        if looks_like_key(row[column]):
            yield f"{name}: {column} holds what looks like an API key"
    if table in _BLOBS and sha256(row["blob"]) != row["sha256"]:
        yield f"{name} does not match its checksum"
    elif table == "thumbnails" and not row["blob"].startswith(b"\xff\xd8\xff"):
        yield f"{name} is no JPEG"
    elif table in ("test_features", "learners"):
        try:
            deserialize(row["blob"])  # type: ignore[no-untyped-call]
        except SafetensorError as error:
            yield f"{name} holds no tensors: {said(error)}"


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
    """Verify what the gate left when the project was opened: indexes, pictures, features, documents and states."""
    problems: list[str] = []

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
        job.stage(Stage.CHECK)
        look(_pages(database))
        if problems:  # its tables may have no end
            return CheckReport(tuple(problems))
        counts = {name: int(database.rows(f"SELECT count(*) FROM {name}")[0][0]) for name in _COUNTED}
        job.stage(Stage.CHECK, total=1 + sum(counts[name] for name in _BLOBS))
        look(_states(reader, database))
        job.advance()
        for table in (*_BLOBS, *(DOCUMENTS.keys() - _BLOBS)):
            look(_rows(database, table, job if table in _BLOBS else Job()))
    return CheckReport(tuple(problems), counts)


def _pages(database: Database) -> Iterator[str]:
    for (text,) in database.rows("PRAGMA integrity_check"):
        yield from (line for line in str(text).splitlines() if line != "ok" and not line.startswith("***"))
    for table, row, parent, _ in database.rows("PRAGMA foreign_key_check"):
        yield f"{table} {row} refers to a row of {parent} that is gone"


def _rows(database: Database, table: str, job: Job) -> Iterator[str]:
    columns = [str(row[1]) for row in database.rows(f"PRAGMA table_info({table})")]
    # One row a statement, as pictures do not fit into memory all at once.
    for key in database.rows(f"SELECT {columns[0]} FROM {table}"):
        for row in database.rows(f"SELECT * FROM {table} WHERE {columns[0]} = ?", key):
            yield from row_faults(table, dict(zip(columns, row, strict=True)))
        job.advance()


def _states(reader: ProjectReader, database: Database) -> Iterator[str]:
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
