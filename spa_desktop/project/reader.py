"""Reading the records of a project: settings, history, classes, photos, descriptions and the model."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from typing import Any

from spa_desktop.errors import InputError
from spa_desktop.project import records
from spa_desktop.project.class_names import clean_name, name_key, sha256
from spa_desktop.project.database import Database
from spa_desktop.project.documents import Json, StatesBefore, right_of, to_json
from spa_desktop.project.project_failures import damaged

# Test photos by evaluation and class of now: how many are answered right, of how many. An answer is a JSON list of
# classes, the best first, and SQLite reads a number from the beginning of a text.
_COUNTED_NOW = """
SELECT a.evaluation_id, p.class_id, sum(CAST(substr(a.class_ids, 2) AS INTEGER) IS p.class_id), count(*)
FROM answers a JOIN photos p ON p.id = a.photo_id WHERE p.split = 'test' AND NOT p.is_set_aside GROUP BY 1, 2
"""
_CHUNK = 500  # SQLite allows 32766 parameters; older builds 999


class ProjectReader:
    """All that can be read from a project. Each method raises `ProjectDamaged` where the file is damaged.

    What is asked for by a number that the project does not have raises `InputError`.
    """

    def __init__(self, database: Database) -> None:
        self._db = database

    @property
    def path(self) -> Path:
        return self._db.path

    @property
    def is_writable(self) -> bool:
        return self._db.is_writable

    @property
    def meta(self) -> records.ProjectMeta:
        values: dict[str, Any] = dict(self._db.rows("SELECT name, value FROM meta"))
        texts = {name: values[name] for name in ("backbone", "fingerprint", "created", "app_version", "project_id")}
        return records.ProjectMeta(seed=int(values["seed"]), **texts)

    def snapshot(self) -> AbstractContextManager[None]:
        """All reads inside see one moment, whatever a writer does meanwhile. Keep it short: the writer waits."""
        return self._db.snapshot()

    # Settings and history

    def setting(self, name: str) -> Json:
        value: Json = self._document("settings", "value", "name = ?", name)
        return value

    def settings(self) -> dict[str, Json]:
        return {name: self.setting(name) for (name,) in self._db.rows("SELECT name FROM settings")}

    def history(self, limit: int | None = None) -> list[records.HistoryEntry]:
        """The verbs that were done, latest first."""
        return self._all(records.HistoryEntry, "ORDER BY id DESC LIMIT ?", -1 if limit is None else limit)

    # Tasks and classes

    def tasks(self) -> list[records.TaskRecord]:
        return self._all(records.TaskRecord, "ORDER BY position, id")

    def task(self, task_id: int) -> records.TaskRecord:
        return self._require(self._first(records.TaskRecord, "WHERE id = ?", task_id), "task", task_id)

    def find_task(self, name: str) -> records.TaskRecord | None:
        """The task with a name, or None: the one that is spelled so, else the first that means the same."""
        name = clean_name(name)
        same = [task for task in self.tasks() if name_key(task.name) == name_key(name)]
        return next((task for task in same if task.name == name), same[0] if same else None)

    def classes(self, task_id: int | None = None) -> list[records.ClassRecord]:
        """The classes of a task, or all: by task order, then as added."""
        rows = self._db.rows(
            "SELECT c.id, c.name, c.task_id, c.state, c.color FROM classes c JOIN tasks t ON t.id = c.task_id"
            " WHERE ?1 IS NULL OR c.task_id = ?1 ORDER BY t.position, t.id, c.id",
            (task_id,),
        )
        return records.read(self.path, records.ClassRecord, rows)

    def class_(self, class_id: int) -> records.ClassRecord:
        return self._require(self._first(records.ClassRecord, "WHERE id = ?", class_id), "class", class_id)

    def find_class(self, name: str) -> records.ClassRecord | None:
        """The class with a name, or None: the one that is spelled so, else the first that means the same."""
        name = clean_name(name)
        class_ = self._first(records.ClassRecord, "WHERE name = ?", name)
        same = self.class_keys().get(name_key(name)) if class_ is None else None
        return class_ if same is None else self.class_(same)

    def class_keys(self) -> dict[str, int]:
        """Ids of the classes by what names that mean the same have in common: the first of them. All names are read."""
        rows = self._db.rows("SELECT id, name FROM classes ORDER BY id DESC")
        return {name_key(name): class_id for class_id, name in rows}

    # Photos

    def photo_counts(self) -> dict[int, records.PhotoCounts]:
        rows = self._db.rows(
            "SELECT class_id, sum(split = 'train' AND NOT is_set_aside), sum(split = 'test' AND NOT is_set_aside),"
            " sum(is_set_aside), sum(split = 'train' AND NOT is_set_aside AND NOT is_learned)"
            " FROM photos GROUP BY class_id"
        )
        counts = {class_id: records.PhotoCounts(*counts) for class_id, *counts in rows}
        return {row[0]: counts.get(row[0], records.PhotoCounts()) for row in self._db.rows("SELECT id FROM classes")}

    def test_stamp(self) -> int:
        """A number that differs once other photos are tested with, or the same are of other classes; of one process."""
        rows = self._db.rows("SELECT id, class_id FROM photos WHERE split = 'test' AND NOT is_set_aside ORDER BY id")
        return hash(tuple(map(tuple, rows)))

    def photos(
        self,
        class_id: int | None = None,
        *,
        split: records.Split | None = None,
        set_aside: bool | None = False,
        unlearned: bool = False,
    ) -> list[records.PhotoRecord]:
        """Photos in the order they were added: all, or of a class or a split, or those that the learner has not seen.

        False leaves out those that are set aside, True gives only them, None gives both.
        """
        conditions, parameters = ["1"], list[object]()
        for column, value in (("class_id", class_id), ("split", split), ("is_set_aside", set_aside)):
            if value is not None:
                conditions.append(f"{column} = ?")
                parameters.append(value)
        if unlearned:
            conditions.append("NOT is_learned")
        return self._all(records.PhotoRecord, f"WHERE {' AND '.join(conditions)} ORDER BY id", *parameters)

    def photo(self, photo_id: int) -> records.PhotoRecord:
        return self._require(self._first(records.PhotoRecord, "WHERE id = ?", photo_id), "photo", photo_id)

    def find_photos(self, hashes: Iterable[str]) -> dict[str, records.PhotoRecord]:
        photos: dict[str, records.PhotoRecord] = {}
        wanted = list(hashes)
        for start in range(0, len(wanted), _CHUNK):
            chunk = wanted[start : start + _CHUNK]
            marks = ",".join("?" * len(chunk))
            photos |= {
                photo.sha256: photo for photo in self._all(records.PhotoRecord, f"WHERE sha256 IN ({marks})", *chunk)
            }
        return photos

    def known_sizes(self, sizes: Iterable[int]) -> set[int]:
        """Those sizes of files, in bytes, that a photo of the project has."""
        query = "SELECT DISTINCT size FROM photos WHERE size IN (SELECT value FROM json_each(?))"
        return {size for (size,) in self._db.rows(query, (to_json(list(sizes)),))}

    def classes_of(self, photo_ids: Sequence[int]) -> frozenset[int]:
        """The ids of the classes that any of these photos is of; one that is gone is of none."""
        query = "SELECT DISTINCT class_id FROM photos WHERE id IN (SELECT value FROM json_each(?))"
        return frozenset(class_id for (class_id,) in self._db.rows(query, (to_json(list(photo_ids)),)))

    def exemplars(self, class_id: int) -> list[records.PhotoRecord]:
        return self._all(records.PhotoRecord, "WHERE class_id = ? AND exemplar IS NOT NULL ORDER BY exemplar", class_id)

    def thumbnails(self, photo_ids: Iterable[int]) -> dict[int, bytes]:
        """The JPEG thumbnails of photos, by id."""
        query = "SELECT photo_id, blob FROM thumbnails WHERE photo_id = ? AND typeof(blob) = 'blob'"
        rows = (self._db.row(query, (key,)) for key in photo_ids)
        return {row[0]: row[1] for row in rows if row is not None}

    def test_features(self, fingerprint: str, photo_ids: Iterable[int]) -> Iterator[tuple[int, bytes]]:
        """Yield (photo id, features by this encoder) of those test photos that have them, one in memory at a time."""
        query = "SELECT blob, sha256 FROM test_features WHERE photo_id = ? AND fingerprint = ?"
        for photo_id in photo_ids:
            for blob, checksum in self._db.rows(query, (photo_id, fingerprint)):
                yield photo_id, self._intact(blob, checksum, f"the features of photo {photo_id}")

    def missing_test_features(self, fingerprint: str) -> list[records.PhotoRecord]:
        """Test photos, not set aside, that have no features of this encoder."""
        return self._all(
            records.PhotoRecord,
            "WHERE split = 'test' AND NOT is_set_aside AND NOT EXISTS"
            " (SELECT 1 FROM test_features f WHERE f.photo_id = photos.id AND f.fingerprint = ?) ORDER BY id",
            fingerprint,
        )

    # Descriptions

    def description(self, class_id: int, age: int = 0) -> records.Description | None:
        """The class's description, or the one of before where `age` is 1; None where there is none."""
        condition = "WHERE class_id = ? ORDER BY id DESC LIMIT 1 OFFSET ?"
        return self._first(records.Description, condition, class_id, age)

    def descriptions(self) -> dict[int, records.Description]:
        latest = self._all(records.Description, "WHERE id IN (SELECT max(id) FROM descriptions GROUP BY class_id)")
        return {text.class_id: text for text in latest}

    def cached_description(self, key: str) -> Json:
        document: Json = self._document("description_cache", "document", "key = ?", key)
        return document

    def sorting(self, name: str) -> Json:
        """What was stored under the name by `put_sorting`, or None."""
        document: Json = self._document("sorting", "document", "name = ?", name)
        return document

    # The model

    def learner(self) -> records.LearnerState | None:
        """The current version of the model, or None before the first training."""
        with self._db.snapshot():
            info = self.learner_info()
            row = self._db.row("SELECT blob FROM learners WHERE id = ?", (info.id if info else None,))
        if info is None or row is None:
            return None
        return records.LearnerState(info, self._intact(row[0], info.sha256, "what was learned"))

    def learner_header(self) -> bytes | None:
        """What stands before the tensors of the current version, or None. The tensors are not checked."""
        with self._db.snapshot():
            info = self.learner_info()
            return None if info is None else self._db.header("learners", "blob", info.id)

    def learner_info(self, age: int = 0) -> records.LearnerInfo | None:
        """The current version, or the one of before where `age` is 1, without reading its bytes."""
        return self._first(records.LearnerInfo, "ORDER BY id DESC LIMIT 1 OFFSET ?", age)

    def undoable_training(self) -> records.LearnerInfo | None:
        """The training that `undo_training` would take back, or None."""
        info, before = self.learner_info(), self.learner_info(1)
        if info is None or info.task_id is None:
            return None
        return info if info.parent == (before and before.id) else None

    def states_before(self, learner_id: int) -> StatesBefore:
        states: StatesBefore | None = self._document("learners", "before", "id = ?", learner_id)
        return self._require(states, "version of the learner", learner_id)

    def evaluations(self, states: Sequence[records.MeasuredState] | None = None) -> list[records.MeasuredState]:
        """The latest evaluation of each task, in the order of learning.

        `states`: what :meth:`measured_states` gives, where that is known.
        """
        with self._db.snapshot():
            latest = {state.task_id: state for state in (self.measured_states() if states is None else states)}
            return [latest[task.id] for task in self.tasks() if task.id in latest]

    def answers(self, learner_id: int) -> list[records.TestAnswer]:
        """What a version of the learner predicted test photos as."""
        row = self._db.row("SELECT max(id) FROM evaluations WHERE learner_id = ?", (learner_id,))
        return [] if row is None or row[0] is None else self.answers_of(int(row[0]))

    def measured_states(self) -> list[records.MeasuredState]:
        """All evaluations that are kept, the oldest first.

        What is right is counted by the labels of now, and by the answers, wherever these are kept; else it is as it
        was counted then, as are always the shares of the simpler heads.
        """
        with self._db.snapshot():
            found = self._all(records.MeasuredState, "ORDER BY id")
            known = {info.id: frozenset(info.class_ids) for info in self._all(records.LearnerInfo, "ORDER BY id")}
            now = next(reversed(known.values()), frozenset())
            task_of = {item.id: item.task_id for item in self.classes()}
            keys = {str(key) for key in task_of}
            order = {task.id: place for place, task in enumerate(self.tasks())}
            rows = self._db.rows(_COUNTED_NOW)
        counted: dict[int, dict[int, list[int]]] = defaultdict(dict)
        for evaluation_id, class_id, right, photos in rows:
            counted[evaluation_id][class_id] = [right, photos]

        def recounted(state: records.MeasuredState) -> records.MeasuredState:
            # A version that is not kept any more knew the classes until its task.
            until = order.get(state.task_id, -1)
            knew = known.get(state.learner_id) or {key for key in now if order.get(task_of.get(key, 0), until) <= until}
            measured: Any = state.document.get("classes") or {}
            if not state.answers or max(len(knew), len(measured)) < 2:  # one class alone has no accuracy
                return state
            classes = {key: value for key, value in counted[state.id].items() if key in knew and key in task_of}
            tasks: dict[str, list[int]] = {}
            for key, value in classes.items():
                before = tasks.get(str(task_of[key]), [0, 0])
                tasks[str(task_of[key])] = [before[0] + value[0], before[1] + value[1]]
            gone = {key: value for key, value in measured.items() if key not in keys}
            by_class = {**gone, **{str(key): value for key, value in classes.items()}}
            document: dict[str, Any] = {**state.document, "tasks": tasks, "classes": by_class}
            return replace(state, document=document)

        return [recounted(state) for state in found]

    def answers_of(self, evaluation_id: int) -> list[records.TestAnswer]:
        """What test photos were predicted as when a state was measured."""
        return self._all(records.TestAnswer, "WHERE evaluation_id = ? ORDER BY photo_id", evaluation_id)

    def trainings(self, states: Sequence[records.MeasuredState] | None = None) -> list[records.TrainingRecord]:
        """How trainings went, the oldest first: the latest three of each task.

        They are counted as `states`, what :meth:`measured_states` gives.
        """
        with self._db.snapshot():
            trainings = self._all(records.TrainingRecord, "ORDER BY id")
            measured = self.measured_states() if states is None else states
        documents = {state.learner_id: state.document for state in measured if state.answers}
        made: list[records.TrainingRecord] = []
        for training in trainings:
            notes, now = training.notes, documents.get(training.learner_id)
            if now is not None:
                right = right_of(now)
                notes = replace(notes, right=right.right, tests=right.photos)
            made.append(replace(training, notes=notes))
        return made

    def corrections(self) -> list[records.Correction]:
        """What the user said photos are and is not learned yet, as it came."""
        return self._all(records.Correction, "ORDER BY id")

    def undoable_paths(self) -> set[str]:
        """Where the files of photos and corrections lie that undo or redo would bring back."""
        if self._db.row("SELECT 1 FROM sqlite_temp_master WHERE name = 'undo_now'") is None:
            return set()
        rows = self._db.rows("SELECT path FROM undo_corrections UNION SELECT path FROM undo_photos")
        return {path for (path,) in rows if path is not None}

    def _all(self, record: type[records.R], condition: str = "", *values: object) -> list[records.R]:
        return records.read(self.path, record, self._db.rows(f"{records.select(record)} {condition}", values))

    def _document(self, table: str, column: str, condition: str, key: object) -> Any:
        row = self._db.row(f"SELECT {column} FROM {table} WHERE {condition}", (key,))
        try:
            return None if row is None else records.parse(table, column, row[0])
        except ValueError as error:
            raise damaged(self.path, f"{table}: {error}") from error

    def _first(self, record: type[records.R], condition: str, *values: object) -> records.R | None:
        found = self._all(record, condition, *values)
        return found[0] if found else None

    def _require(self, record: records.R | None, kind: str, key: int) -> records.R:
        if record is None:
            raise InputError(f"{self.path} has no {kind} with the number {key}")
        return record

    def _intact(self, blob: bytes, checksum: str, what: str) -> bytes:
        if not isinstance(blob, bytes) or sha256(blob) != checksum:
            raise damaged(self.path, f"{what} do not match their checksum")
        return blob
