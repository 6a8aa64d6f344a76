"""Edits of tasks, classes and photos. Each keeps the states honest: a trained class whose photos change turns stale."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from spa_desktop.errors import InputError, SpaError
from spa_desktop.project.class_names import clean_name, sha256
from spa_desktop.project.connecting import Row
from spa_desktop.project.database import Database
from spa_desktop.project.documents import TRAINING, TrainingNotes, looks_like_key
from spa_desktop.project.record_reader import ProjectReader
from spa_desktop.project.records import ClassRecord, ClassState, NewPhoto, Split, TaskRecord, TaskState, Verdict
from spa_desktop.project.rows import NEW_CORRECTION, NEW_PHOTO, NEW_TRAINING, THUMBNAIL, RowKind

MOST_CORRECTIONS = 10_000  # that wait at a time
_KEPT = 3  # trainings of each task, the latest


def now() -> str:
    """The time as it is stored: UTC, ISO 8601, to the millisecond."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


class Editor:
    """The part of a transaction that edits records. It can be used until the transaction ends."""

    def __init__(self, database: Database, reader: ProjectReader) -> None:
        self._db = database
        self._read = reader
        self._is_open = True

    # Tasks

    def add_task(self, name: str) -> TaskRecord:
        """Add an empty task after all others."""
        name = self._free_task_name(name)
        position = len(self._read.tasks())
        task_id = self._insert("INSERT INTO tasks (name, position) VALUES (?, ?)", (name, position))
        return self._read.task(task_id)

    def rename_task(self, task_id: int, name: str) -> None:
        """Give a task another name."""
        if self._read.task(task_id).name != clean_name(name):
            self._run("UPDATE tasks SET name = ? WHERE id = ?", (self._free_task_name(name), task_id))

    def reorder_tasks(self, task_ids: Sequence[int]) -> None:
        """Set the order of all tasks. Trained tasks come first, in the order they were learned."""
        tasks = {task.id: task for task in self._read.tasks()}
        if sorted(task_ids) != sorted(tasks):
            raise InputError("The new order must name each task once")
        trained = [task.id for task in tasks.values() if task.state == "trained"]
        if list(task_ids[: len(trained)]) != trained:
            raise InputError("A trained task keeps its place: only those that are not trained yet can be moved")
        for position, task_id in enumerate(task_ids):
            if tasks[task_id].position != position:
                self._run("UPDATE tasks SET position = ? WHERE id = ?", (position, task_id))

    def delete_task(self, task_id: int) -> None:
        """Delete a task without classes."""
        task = self._read.task(task_id)
        if self._read.classes(task_id):
            raise InputError(f"The task {task.name!r} still has classes: move or delete them first")
        self._run("DELETE FROM tasks WHERE id = ?", (task_id,))
        self._run("UPDATE tasks SET position = position - 1 WHERE position > ?", (task.position,))

    def set_task_state(self, task_id: int, state: TaskState) -> None:
        """Set a task's state, where `put_learner` cannot know it."""
        if self._read.task(task_id).state != state:
            self._run("UPDATE tasks SET state = ? WHERE id = ?", (state, task_id))

    # Classes

    def add_class(self, name: str, task_id: int) -> ClassRecord:
        """Add a class without photos to a task that is not trained yet."""
        name = self._free_class_name(name)
        self._require_untrained(task_id)
        taken = {row[0] for row in self._run("SELECT color FROM classes")}
        color = next(index for index in range(len(taken) + 1) if index not in taken)
        class_id = self._insert("INSERT INTO classes (name, task_id, color) VALUES (?, ?, ?)", (name, task_id, color))
        return self._read.class_(class_id)

    def rename_class(self, class_id: int, name: str) -> None:
        """Give a class another name."""
        if self._read.class_(class_id).name != clean_name(name):
            self._run("UPDATE classes SET name = ? WHERE id = ?", (self._free_class_name(name), class_id))

    def move_class(self, class_id: int, task_id: int) -> None:
        """Put a class that is not trained into another task that is not trained."""
        record = self._read.class_(class_id)
        if record.state in ("trained", "stale"):
            raise InputError(f"The class {record.name!r} is trained already: it stays in its task")
        self._require_untrained(task_id)
        self._run("UPDATE classes SET task_id = ? WHERE id = ?", (task_id, class_id))

    def merge_classes(self, source_id: int, target_id: int, *, is_learned: bool = False) -> None:
        """Move all photos of one class to another and delete the first. The target keeps name, task and description.

        Args:
            source_id: the class that goes.
            target_id: the class that stays.
            is_learned: the caller joins what was learned of the two: the photos of the first stay learned.
        """
        source, target = self._read.class_(source_id), self._read.class_(target_id)
        if source.id == target.id:
            raise InputError(f"The class {source.name!r} cannot be merged with itself: choose another")
        if is_learned:
            self._run("UPDATE photos SET class_id = ?, exemplar = NULL WHERE class_id = ?", (target_id, source_id))
        else:
            self.move_photos([photo.id for photo in self._read.photos(source_id, set_aside=None)], target_id)
        was_learned = source.state in ("trained", "stale")
        if target.state == "trained" and (source.state == "stale" if is_learned else was_learned):
            self.set_class_state(target_id, "stale")
        self._run("UPDATE corrections SET class_id = ? WHERE class_id = ?", (target_id, source_id))
        self.delete_class(source_id)

    def delete_class(self, class_id: int) -> None:
        """Delete a class with its photos' records, features and descriptions. The learner is the caller's to edit."""
        self._run("DELETE FROM classes WHERE id = ?", (self._read.class_(class_id).id,))

    def set_class_state(self, class_id: int, state: ClassState) -> None:
        """Set a class's state, where `put_description` and `put_learner` cannot know it."""
        self._run(
            "UPDATE classes SET state = ? WHERE id = ? AND state <> ?", (state, self._read.class_(class_id).id, state)
        )

    # Photos

    def add_photos(self, class_id: int, photos: Iterable[NewPhoto]) -> list[int]:
        """Add photos to a class and give their ids. Their thumbnails are stored with them.

        Raises:
            InputError: if the project has one of the photos already; it names the file and the class.
        """
        record = self._read.class_(class_id)
        ids, has_training = [], False
        for photo in photos:
            known = self._read.find_photos([photo.sha256]).get(photo.sha256)
            if known is not None:
                owner = self._read.class_(known.class_id).name
                raise InputError(f"{photo.path} is already in the class {owner!r}, as {known.path}: leave it out")
            row = (
                class_id,
                str(photo.path.absolute()),
                photo.path.name,
                photo.sha256,
                photo.split,
                photo.width,
                photo.height,
                photo.size,
            )
            photo_id = self._add("photos", NEW_PHOTO, row)
            self._add("thumbnails", THUMBNAIL, (photo_id, sha256(photo.thumbnail), photo.thumbnail))
            ids.append(photo_id)
            has_training = has_training or photo.split == "train"
        if has_training and record.state == "trained":
            self.set_class_state(class_id, "stale")
        return ids

    def move_photos(self, photo_ids: Iterable[int], class_id: int) -> None:
        """Put photos into another class. They count as not learned there."""
        self._read.class_(class_id)
        for photo_id in photo_ids:
            photo = self._read.photo(photo_id)
            if photo.class_id != class_id:
                self._photos_change(photo.class_id, photo.split)
                self._photos_change(class_id, photo.split)
                self._run(
                    "UPDATE photos SET class_id = ?, exemplar = NULL, is_learned = 0 WHERE id = ?", (class_id, photo_id)
                )

    def delete_photos(self, photo_ids: Iterable[int]) -> None:
        """Delete the records of photos, never the files."""
        for photo_id in photo_ids:
            photo = self._read.photo(photo_id)
            self._photos_change(photo.class_id, photo.split)
            self._run("DELETE FROM photos WHERE id = ?", (photo_id,))

    def set_aside(self, photo_ids: Iterable[int], is_set_aside: bool = True) -> None:
        """Keep photos in the project without using them, or use them again. One set aside is no exemplar."""
        for photo_id in photo_ids:
            photo = self._read.photo(photo_id)
            if photo.is_set_aside != is_set_aside:
                self._photos_change(photo.class_id, photo.split)
                self._run("UPDATE photos SET is_set_aside = ?, exemplar = NULL WHERE id = ?", (is_set_aside, photo_id))

    def set_split(self, photo_ids: Iterable[int], split: Split) -> None:
        """Use photos for training or for testing. A test photo is no exemplar."""
        for photo_id in photo_ids:
            photo = self._read.photo(photo_id)
            if photo.split != split:
                self._photos_change(photo.class_id, "train")
                self._run("UPDATE photos SET split = ?, exemplar = NULL WHERE id = ?", (split, photo_id))

    def set_exemplars(self, class_id: int, photo_ids: Sequence[int]) -> None:
        """Make these training photos the exemplars of their class, in this order."""
        usable = {photo.id for photo in self._read.photos(self._read.class_(class_id).id, split="train")}
        if len(set(photo_ids)) != len(photo_ids) or not usable.issuperset(photo_ids):
            raise InputError("Exemplars are different training photos of the class that are not set aside")
        self._run("UPDATE photos SET exemplar = NULL WHERE class_id = ? AND exemplar IS NOT NULL", (class_id,))
        for order, photo_id in enumerate(photo_ids):
            self._run("UPDATE photos SET exemplar = ? WHERE id = ?", (order, photo_id))

    def relocate_photos(self, paths: Mapping[int, Path]) -> None:
        """Note where photos lie now. That they are the same photos is the caller's to know."""
        for photo_id, path in paths.items():
            self._run(
                "UPDATE photos SET path = ?, name = ? WHERE id = ?",
                (str(path.absolute()), path.name, self._read.photo(photo_id).id),
            )

    # What a person said photos are, until it is learned

    def put_correction(
        self,
        photo: int | Path,
        verdict: Verdict,
        *,
        class_id: int | None = None,
        class_name: str | None = None,
        taken_for: int | None = None,
        sha256: str | None = None,
    ) -> int:
        """Note what a photo is, in place of what was noted of it before, and give the number of that note.

        Args:
            photo: the number of a photo of the project, or another photo's file.
            verdict: what is said of it.
            class_id: with the verdict "class", the class that it is; None if it is to be made.
            class_name: the name of a class that is to be made.
            taken_for: the class that the model took it for.
            sha256: of the other photo's file: with another content it will not be learned.

        Raises:
            InputError: if there is no such photo or class, the name is none, or too many corrections wait.
        """
        if (verdict == "class") != ((class_id is None) != (class_name is None)):
            raise ValueError("a class is named by its number or by its name, and only where the photo is of a class")
        if class_id is not None:
            class_id = self._read.class_(class_id).id
        photo_id = self._read.photo(photo).id if isinstance(photo, int) else None
        path = str(photo.absolute()) if isinstance(photo, Path) else None
        self._run("DELETE FROM corrections WHERE photo_id = ? OR path = ?", (photo_id, path))
        if self._run("SELECT count(*) FROM corrections")[0][0] >= MOST_CORRECTIONS:
            raise InputError(f"{MOST_CORRECTIONS} corrections wait already: learn them first")
        row = (
            photo_id,
            path,
            taken_for,
            verdict,
            class_id,
            None if class_name is None else clean_name(class_name),
            now(),
            sha256 if photo_id is None else None,
        )
        return self._add("corrections", NEW_CORRECTION, row)

    def drop_corrections(self, correction_ids: Iterable[int]) -> None:
        """Take corrections back, or out of what waits because they were done. Those that are gone are no error."""
        for correction_id in correction_ids:
            self._run("DELETE FROM corrections WHERE id = ?", (correction_id,))

    def unlearn_photos(self, photo_ids: Iterable[int]) -> None:
        """Note that photos were taken out of what was learned. The learner is the caller's to edit."""
        for photo_id in photo_ids:
            self._run("UPDATE photos SET is_learned = 0 WHERE id = ?", (self._read.photo(photo_id).id,))

    # How trainings went

    def put_training(self, task_id: int, notes: TrainingNotes) -> None:
        """Keep how the training of the current learner went. The latest three of a task stay.

        Raises:
            SpaError: if nothing is learned, the notes are out of bounds, or they hold what looks like an API key.
        """
        info = self._read.learner_info()
        if info is None:
            raise SpaError(f"Nothing is learned in {self._read.path}: there is no training to note")
        text = TRAINING.dump_json(notes).decode()
        if looks_like_key(text):
            raise SpaError("How it was trained was not stored: it holds what looks like an API key")
        self._add("trainings", NEW_TRAINING, (self._read.task(task_id).id, info.id, now(), text))
        self._run(
            "DELETE FROM trainings WHERE task_id = ?1 AND id NOT IN"
            " (SELECT id FROM trainings WHERE task_id = ?1 ORDER BY id DESC LIMIT ?2)",
            (task_id, _KEPT),
        )

    def _photos_change(self, class_id: int, split: Split) -> None:
        if split == "train":
            self._run("UPDATE classes SET state = 'stale' WHERE id = ? AND state = 'trained'", (class_id,))

    def _require_untrained(self, task_id: int) -> None:
        task = self._read.task(task_id)
        if task.state == "trained":
            raise InputError(f"The task {task.name!r} is trained already: add new classes to another task")

    def _free_task_name(self, name: str) -> str:
        name = clean_name(name)
        if self._read.find_task(name) is not None:
            raise InputError(f"There is a task {name!r} already: choose another name")
        return name

    def _free_class_name(self, name: str) -> str:
        name = clean_name(name)
        if self._read.find_class(name) is not None:
            raise InputError(
                f"There is a class {name!r} already: choose another name, or add photos to it with --top-up"
            )
        return name

    def _run(self, sql: str, parameters: Iterable[object] = ()) -> list[Row]:
        self._require_open()
        return self._db.rows(sql, parameters)

    def _add(self, table: str, kind: RowKind, row: tuple[object, ...]) -> int:
        """Store a new row, which can be read again, and give its number."""
        marks = ", ".join("?" * len(row))
        return self._insert(f"INSERT INTO {table} ({kind.columns}) VALUES ({marks})", kind.require(row))

    def _insert(self, sql: str, parameters: Iterable[object]) -> int:
        self._require_open()
        return self._db.insert(sql, parameters)

    def _require_open(self) -> None:
        # After its end each statement would be a transaction of its own.
        if not self._is_open:
            raise RuntimeError("this transaction has ended")
