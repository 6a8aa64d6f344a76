"""Reading the records of a project: settings, history, tasks, classes, photos and their features."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TypeVar

from pydantic import TypeAdapter

from spa_desktop.errors import InputError
from spa_desktop.project.checksums import sha256
from spa_desktop.project.class_names import clean_name
from spa_desktop.project.connecting import Row
from spa_desktop.project.database import Database
from spa_desktop.project.documents import ANY, OBJECT, from_json
from spa_desktop.project.project_failures import damaged
from spa_desktop.project.records import (
    ClassRecord,
    HistoryEntry,
    Json,
    PhotoCounts,
    PhotoRecord,
    ProjectMeta,
    Split,
    TaskRecord,
)
from spa_desktop.project.rows import CLASS, COUNTS, FEATURES, HISTORY, META, PHOTO, SETTING, TASK, THUMBNAIL, as_row

_PHOTO = PHOTO.columns
_TASK = f"SELECT {TASK.columns} FROM tasks"
_CLASS = "SELECT c.id, c.name, c.task_id, c.state, c.color FROM classes c"
_PROJECT_ID = re.compile("[0-9a-f]{32}")
_SEED_LENGTH = 30
_T = TypeVar("_T")
_CHUNK = 500  # SQLite allows 32766 parameters; older builds 999


class RecordReader:
    """Reads records. Every method raises `ProjectDamaged` when the file turns out not to be whole."""

    def __init__(self, database: Database) -> None:
        self._db = database

    @property
    def path(self) -> Path:
        return self._db.path

    @property
    def is_writable(self) -> bool:
        return self._db.is_writable

    @property
    def meta(self) -> ProjectMeta:
        values: dict[str, str] = dict(
            META.read(self.path, row) for row in self._db.rows(f"SELECT {META.columns} FROM meta")
        )
        try:
            if not _PROJECT_ID.fullmatch(values["project_id"]):
                raise ValueError("project_id")
            return ProjectMeta(
                backbone=values["backbone"],
                fingerprint=values["fingerprint"],
                seed=_seed(values["seed"]),
                created=values["created"],
                app_version=values["app_version"],
                project_id=values["project_id"],
            )
        except (KeyError, ValueError) as error:
            raise damaged(self.path, f"its properties cannot be read: {error}") from error

    def snapshot(self) -> AbstractContextManager[None]:
        """All reads inside see one moment, whatever a writer does meanwhile. Keep it short: the writer waits."""
        return self._db.snapshot()

    # Settings and history

    def setting(self, name: str, default: Json = None) -> Json:
        """A value of the project's settings."""
        row = self._db.row(f"SELECT {SETTING.columns} FROM settings WHERE name = ?", (name,))
        return default if row is None else self._json(SETTING.read(self.path, row)[1])

    def settings(self) -> dict[str, Json]:
        """All settings of the project."""
        rows = [SETTING.read(self.path, row) for row in self._db.rows(f"SELECT {SETTING.columns} FROM settings")]
        return {name: self._json(value) for name, value in rows}

    def history(self, limit: int | None = None) -> list[HistoryEntry]:
        """The verbs that were done, latest first."""
        rows = self._db.rows(
            f"SELECT {HISTORY.columns} FROM history ORDER BY id DESC LIMIT ?", (-1 if limit is None else limit,)
        )
        found = [HISTORY.read(self.path, row) for row in rows]
        return [HistoryEntry(*as_row(texts, self._document(OBJECT, details))) for *texts, details in found]

    # Tasks and classes

    def tasks(self) -> list[TaskRecord]:
        """All tasks, in the order of learning."""
        return [self._task(row) for row in self._db.rows(f"{_TASK} ORDER BY position, id")]

    def task(self, task_id: int) -> TaskRecord:
        """One task. Raises `InputError` if there is none with the id."""
        row = self._db.row(f"{_TASK} WHERE id = ?", (task_id,))
        return self._task(self._found(row, "task", task_id))

    def find_task(self, name: str) -> TaskRecord | None:
        """The task with a name, or None."""
        row = self._db.row(f"{_TASK} WHERE name = ?", (clean_name(name),))
        return None if row is None else self._task(row)

    def classes(self, task_id: int | None = None) -> list[ClassRecord]:
        """The classes of a task, or all: by task order, then as added."""
        rows = self._db.rows(
            f"{_CLASS} JOIN tasks t ON t.id = c.task_id"
            " WHERE ?1 IS NULL OR c.task_id = ?1 ORDER BY t.position, t.id, c.id",
            (task_id,),
        )
        return [self._class(row) for row in rows]

    def class_(self, class_id: int) -> ClassRecord:
        """One class. Raises `InputError` if there is none with the id."""
        row = self._db.row(f"{_CLASS} WHERE id = ?", (class_id,))
        return self._class(self._found(row, "class", class_id))

    def find_class(self, name: str) -> ClassRecord | None:
        """The class with a name, or None."""
        row = self._db.row(f"{_CLASS} WHERE name = ?", (clean_name(name),))
        return None if row is None else self._class(row)

    # Photos

    def photo_counts(self) -> dict[int, PhotoCounts]:
        """How many photos each class has."""
        rows = self._db.rows(
            "SELECT c.id, ifnull(sum(p.split = 'train' AND NOT p.is_set_aside), 0),"
            " ifnull(sum(p.split = 'test' AND NOT p.is_set_aside), 0), ifnull(sum(p.is_set_aside), 0),"
            " ifnull(sum(p.split = 'train' AND NOT p.is_set_aside AND NOT p.is_learned), 0)"
            " FROM classes c LEFT JOIN photos p ON p.class_id = c.id GROUP BY c.id"
        )
        return {key: PhotoCounts(*counts) for key, *counts in (COUNTS.read(self.path, row) for row in rows)}

    def test_stamp(self) -> int:
        """A number that differs once other photos are tested with, or the same are of other classes; of one process."""
        rows = self._db.rows("SELECT id, class_id FROM photos WHERE split = 'test' AND NOT is_set_aside ORDER BY id")
        return hash(tuple(map(tuple, rows)))

    def photos(
        self,
        class_id: int | None = None,
        *,
        split: Split | None = None,
        set_aside: bool | None = False,
        unlearned: bool = False,
    ) -> list[PhotoRecord]:
        """Photos in the order they were added.

        Args:
            class_id: of this class only.
            split: of this split only.
            set_aside: False leaves out those set aside, True gives only them, None gives both.
            unlearned: only those that the learner has not seen.
        """
        conditions, parameters = ["1"], list[object]()
        for column, value in (("class_id", class_id), ("split", split), ("is_set_aside", set_aside)):
            if value is not None:
                conditions.append(f"{column} = ?")
                parameters.append(value)
        if unlearned:
            conditions.append("NOT is_learned")
        rows = self._db.rows(f"SELECT {_PHOTO} FROM photos WHERE {' AND '.join(conditions)} ORDER BY id", parameters)
        return self._photos(rows)

    def photo(self, photo_id: int) -> PhotoRecord:
        """One photo. Raises `InputError` if there is none with the id."""
        row = self._db.row(f"SELECT {_PHOTO} FROM photos WHERE id = ?", (photo_id,))
        return self._photos([self._found(row, "photo", photo_id)])[0]

    def find_photos(self, hashes: Iterable[str]) -> dict[str, PhotoRecord]:
        """Those photos, by the SHA-256 of their file, that the project has."""
        found: dict[str, PhotoRecord] = {}
        for chunk in _chunks(list(hashes)):
            marks = ",".join("?" * len(chunk))
            rows = self._db.rows(f"SELECT {_PHOTO} FROM photos WHERE sha256 IN ({marks})", chunk)
            found |= {photo.sha256: photo for photo in self._photos(rows)}
        return found

    def exemplars(self, class_id: int) -> list[PhotoRecord]:
        """The class's exemplars in their order."""
        rows = self._db.rows(
            f"SELECT {_PHOTO} FROM photos WHERE class_id = ? AND exemplar IS NOT NULL ORDER BY exemplar", (class_id,)
        )
        return self._photos(rows)

    def thumbnails(self, photo_ids: Iterable[int]) -> dict[int, bytes]:
        """The JPEG thumbnails of photos, by id."""
        sql = f"SELECT {THUMBNAIL.columns} FROM thumbnails WHERE photo_id = ?"
        rows = (THUMBNAIL.read(self.path, row) for row in self._db.each(sql, photo_ids))
        return {photo_id: blob for photo_id, _, blob in rows}

    def test_features(self, fingerprint: str, photo_ids: Iterable[int] | None = None) -> Iterator[tuple[int, bytes]]:
        """Yield (photo id, features) of test photos, one in memory at a time.

        Args:
            fingerprint: features of this encoder only.
            photo_ids: of these photos; None: of all test photos that are not set aside, in order.
        """
        if photo_ids is None:
            photo_ids = [photo.id for photo in self.photos(split="test")]
        for photo_id in photo_ids:
            row = self._db.row(
                f"SELECT {FEATURES.columns} FROM test_features WHERE photo_id = ? AND fingerprint = ?",
                (photo_id, fingerprint),
            )
            if row is not None:
                *_, checksum, blob = FEATURES.read(self.path, row)
                yield photo_id, self._whole(blob, checksum, f"the features of photo {photo_id}")

    def missing_test_features(self, fingerprint: str) -> list[PhotoRecord]:
        """Test photos, not set aside, that have no features of this encoder."""
        rows = self._db.rows(
            f"SELECT {_PHOTO} FROM photos WHERE split = 'test' AND NOT is_set_aside AND NOT EXISTS"
            " (SELECT 1 FROM test_features f WHERE f.photo_id = photos.id AND f.fingerprint = ?) ORDER BY id",
            (fingerprint,),
        )
        return self._photos(rows)

    def _task(self, row: Row) -> TaskRecord:
        return TaskRecord(*TASK.read(self.path, row))

    def _class(self, row: Row) -> ClassRecord:
        return ClassRecord(*CLASS.read(self.path, row))

    def _photos(self, rows: list[Row]) -> list[PhotoRecord]:
        return [
            PhotoRecord(*as_row(values, bool(is_set_aside), exemplar, bool(is_learned)))
            for *values, is_set_aside, exemplar, is_learned in PHOTO.read_all(self.path, rows)
        ]

    def _json(self, text: str) -> Json:
        return self._document(ANY, text)

    def _document(self, adapter: TypeAdapter[_T], text: str, what: str = "a value") -> _T:
        try:
            return from_json(adapter, text)
        except ValueError as error:
            raise damaged(self.path, f"{what} cannot be read: {error}") from error

    def _whole(self, blob: bytes, checksum: str, what: str) -> bytes:
        if sha256(blob) != checksum:
            raise damaged(self.path, f"{what} do not match their checksum")
        return blob

    def _found(self, row: Row | None, kind: str, key: int) -> Row:
        if row is None:
            raise InputError(f"{self.path} has no {kind} with the number {key}")
        return row


def _seed(text: str) -> int:
    seed = int(text[:_SEED_LENGTH])
    if not -(1 << 63) <= seed < 1 << 63:
        raise ValueError("seed")
    return seed


def _chunks(items: list[str]) -> Iterator[list[str]]:
    for start in range(0, len(items), _CHUNK):
        yield items[start : start + _CHUNK]
