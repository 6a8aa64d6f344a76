"""Is the file whole? Every page, reference, checksum, tensor, document and state."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from pydantic import TypeAdapter
from safetensors import SafetensorError, deserialize

from spa_desktop.errors import SpaError
from spa_desktop.jobs import Job, Stage
from spa_desktop.project.checksums import NOT_SHA256, sha256
from spa_desktop.project.database import Database
from spa_desktop.project.documents import (
    ANY,
    BEFORE,
    CLASS_IDS,
    OBJECT,
    PHRASES,
    PROBABILITIES,
    from_json,
    looks_like_key,
)
from spa_desktop.project.learned import ProjectReader
from spa_desktop.project.shape import TABLES, wrong_tables

_BLOBS = {"thumbnails": "photo_id", "test_features": "photo_id", "learners": "id"}
_TABLES = ("tasks", "classes", "photos", *_BLOBS, "descriptions", "evaluations", "answers", "history")
_DOCUMENTS: tuple[tuple[str, str, str, TypeAdapter[object]], ...] = (
    ("settings", "name", "value", ANY),
    ("description_cache", "key", "document", ANY),
    ("descriptions", "id", "phrases", PHRASES),
    ("learners", "id", "class_ids", CLASS_IDS),
    ("learners", "id", "before", BEFORE),
    ("learners", "id", "meta", OBJECT),
    ("evaluations", "id", "document", OBJECT),
    ("answers", "id", "class_ids", CLASS_IDS),
    ("answers", "id", "probabilities", PROBABILITIES),
    ("history", "id", "details", OBJECT),
)  # type: ignore[assignment]


@dataclass(frozen=True)
class CheckReport:
    """What `check` found."""

    problems: tuple[str, ...]  # one line each, empty when the file is whole
    counts: Mapping[str, int] = field(default_factory=dict)  # of what was verified, by table

    @property
    def is_whole(self) -> bool:
        return not self.problems


def check_project(reader: ProjectReader, database: Database, job: Job) -> CheckReport:
    """Verify a project that is open."""
    problems: list[str] = []
    counts: dict[str, int] = {}
    with database.snapshot():
        try:
            for name in _TABLES:
                counts[name] = (database.row(f"SELECT count(*) FROM {name}") or (0,))[0]
            job.stage(Stage.CHECK, total=2 + sum(counts[name] for name in _BLOBS))
            problems += [row[0] for row in database.rows("PRAGMA integrity_check") if row[0] != "ok"]
            job.advance()
            version = int(database.rows("PRAGMA user_version")[0][0])
            problems += wrong_tables(version, database.rows(TABLES))
            problems += [
                f"{table} {row} refers to a row of {parent} that is gone"
                for table, row, parent, _ in database.rows("PRAGMA foreign_key_check")
            ]
            problems += _documents(database)
            problems += _states(reader, database)
            job.advance()
            problems += _blobs(database, job)
        except SpaError as error:
            if job.is_cancelled:
                raise
            problems.append(str(error))
    return CheckReport(tuple(problems), counts)


def _documents(database: Database) -> Iterator[str]:
    for table, key, column, adapter in _DOCUMENTS:
        for name, text in database.rows(f"SELECT {key}, {column} FROM {table}"):
            try:
                from_json(adapter, text)
            except ValueError as error:
                yield f"{table} {name}: {column} is not valid: {error}"
            if looks_like_key(text):
                yield f"{table} {name}: {column} holds what looks like an API key"


def _blobs(database: Database, job: Job) -> Iterator[str]:
    for table, key in _BLOBS.items():
        keys = [row[0] for row in database.rows(f"SELECT {key} FROM {table}")]
        for name, checksum, blob in database.each(f"SELECT {key}, sha256, blob FROM {table} WHERE {key} = ?", keys):
            if sha256(blob) != checksum:
                yield f"{table} {name} does not match its checksum"
            elif table == "thumbnails":
                if not blob.startswith(b"\xff\xd8\xff"):
                    yield f"{table} {name} is no JPEG"
            else:
                try:
                    deserialize(blob)  # type: ignore[no-untyped-call]
                except SafetensorError as error:
                    yield f"{table} {name} holds no tensors: {error}"
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
        (
            "SELECT name FROM photos WHERE exemplar >= 0 AND (split = 'test' OR is_set_aside)",
            "cannot be an exemplar",
        ),
        (
            "SELECT name FROM photos WHERE is_learned AND NOT EXISTS (SELECT 1 FROM learners)",
            "is learned, but nothing is",
        ),
        (f"SELECT name FROM photos WHERE {NOT_SHA256}", "has a hash that is no SHA-256"),
    ):
        for (name,) in database.rows(sql):
            yield f"the photo {name} {what}"
