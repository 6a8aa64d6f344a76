"""What a verb may write. Each edit keeps the states honest: a trained class whose photos change turns stale."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Literal

from spa_desktop.errors import InputError, SpaError
from spa_desktop.project.class_names import clean_name, name_key, sha256
from spa_desktop.project.database import Database
from spa_desktop.project.documents import (
    TRAINING,
    ClassState,
    Frame,
    Json,
    StatesBefore,
    TrainingNotes,
    checked_frame,
    to_json,
)
from spa_desktop.project.gate import LIMITS, out_of_bounds
from spa_desktop.project.reader import ProjectReader
from spa_desktop.project.records import (
    DOCUMENTS,
    PHRASES,
    ClassRecord,
    Description,
    LearnerInfo,
    NewPhoto,
    Split,
    TaskRecord,
    TestAnswer,
    Verdict,
    parse,
)
from spa_desktop.version import __version__
from spa_desktop.visible import QT_TRANSLATE_NOOP

MOST_CORRECTIONS = 10_000  # that wait at a time
_KEPT = 3  # trainings of each task, the latest
_MERGE_ANSWERS = """
UPDATE answers SET (class_ids, probabilities) = (
    SELECT json_group_array(class_id), json_group_array(probability) FROM (
        SELECT iif(value = ?1, ?2, value) AS class_id,
            min(sum(json_extract(probabilities, '$[' || key || ']')), 1.0) AS probability
        FROM json_each(class_ids) GROUP BY 1 ORDER BY 2 DESC, min(key)))
WHERE EXISTS (SELECT 1 FROM json_each(class_ids) WHERE value = ?1)
"""


def now() -> str:
    """The time as it is stored: UTC, ISO 8601, to the millisecond."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


class Transaction:
    """One verb. All of it is stored when the `with` block of `Project.transaction` ends, or nothing is."""

    def __init__(self, database: Database, reader: ProjectReader, verb: str, summary: str) -> None:
        self.verb = verb
        self.summary = summary
        self.details: dict[str, Json] = {}
        self._db, self._run = database, database.rows
        self._read = reader
        self._class_keys: dict[str, int] = {}  # those of the reader, once they are asked for
        self._colors: Iterator[int] | None = None  # those that are free, once one is asked for

    def close(self) -> None:
        """Write the row of the history."""
        entry = {"verb": self.verb, "summary": self.summary, "details": to_json(self.details)}
        self._add("history", at=now(), app_version=__version__, **entry)

    # Settings

    def set_setting(self, name: str, value: Json) -> None:
        """Store a JSON value under a name; None removes it."""
        self._put("settings", name, value=value)

    def set_backbone(self, name: str, fingerprint: str) -> None:
        """Note the encoder. Another one is refused once something was learned: features of two encoders do not mix."""
        meta = self._read.meta
        if self._read.learner_info() is not None and (name, fingerprint) != (meta.backbone, meta.fingerprint):
            raise InputError(
                QT_TRANSLATE_NOOP(
                    "errors", "{path} was learned with the backbone {backbone}: use that one, or make a new project"
                ),
                path=self._read.path,
                backbone=meta.backbone,
            )
        for key, value in (("backbone", name), ("fingerprint", fingerprint)):
            self._run("UPDATE meta SET value = ? WHERE name = ?", (value, key))

    # Features and descriptions

    def put_test_features(self, photo_id: int, fingerprint: str, blob: bytes) -> None:
        key = self._read.photo(photo_id).id
        self._add("test_features", "photo_id", photo_id=key, fingerprint=fingerprint, sha256=sha256(blob), blob=blob)

    def put_description(self, description: Description) -> None:
        """Store a class's description. The one before is kept for comparison; a new class becomes described."""
        class_id = self._read.class_(description.class_id).id
        phrases = to_json(PHRASES.dump_python(description.phrases, mode="json"))
        to_json([description.sentence, description.writer, description.model, description.instruction_version])
        columns = vars(description) | {"phrases": phrases, "created": description.created or now()}
        self._add("descriptions", **columns)
        self._run(
            "DELETE FROM descriptions WHERE class_id = ?1 AND id NOT IN"
            " (SELECT id FROM descriptions WHERE class_id = ?1 ORDER BY id DESC LIMIT 2)",
            (class_id,),
        )
        self._run("UPDATE classes SET state = 'described' WHERE id = ? AND state = 'new'", (class_id,))

    def approve_descriptions(self, class_ids: Iterable[int], approved: bool = True) -> None:
        """Approve the present descriptions of classes, or take the approval back."""
        for class_id in class_ids:
            self._run(
                "UPDATE descriptions SET is_approved = ?"
                " WHERE id = (SELECT max(id) FROM descriptions WHERE class_id = ?)",
                (approved, class_id),
            )

    def cache_description(self, key: str, document: Json) -> None:
        """Keep a writer's answer under a key of what it was asked."""
        self._add("description_cache", "key", key=key, document=to_json(document), created=now())

    def put_sorting(self, name: str, document: Json) -> None:
        """Keep photos that are being sorted, or how far that is, under a name; None removes it."""
        self._put("sorting", name, document=document)

    # The model

    def require_learner(self, expected: LearnerInfo | None) -> None:
        """Make sure that what is learned is still what the caller's work began with.

        Raises SpaError if it is not: another program has trained the project, or edited what it had learned.
        """
        current = self._read.learner_info()
        known, wanted = ((info.id, info.sha256) if info else None for info in (current, expected))
        if known != wanted:
            raise SpaError(
                QT_TRANSLATE_NOOP(
                    "errors", "{path} was trained by another program meanwhile: nothing was changed, train again"
                ),
                path=self._read.path,
            )

    def put_learner(
        self,
        blob: bytes,
        *,
        based_on: LearnerInfo | None,
        task_id: int,
        class_ids: Sequence[int],
        trained_class_ids: Sequence[int],
        learned_photo_ids: Iterable[int],
        anew_class_ids: Sequence[int] = (),
        meta: Mapping[str, Json] | None = None,
    ) -> LearnerInfo:
        """Store what a training made, safetensors bytes. This version and the one before are kept.

        It is `based_on` the model when the training began. `class_ids` are all classes that the learner knows
        now; those that were taught turn trained, and so does a task of trained classes. Those learned anew are known by
        these photos alone, not by earlier ones. Raises SpaError if something else is learned by now.
        """
        self.require_learner(based_on)
        trained = [self._read.class_(class_id) for class_id in trained_class_ids]
        seen = set(learned_photo_ids)
        photos = [photo_id for photo_id in sorted(seen) if not self._read.photo(photo_id).is_learned]
        dropped = {
            photo.id: class_id
            for class_id in anew_class_ids
            for photo in self._read.photos(class_id, set_aside=None)
            if photo.is_learned and photo.id not in seen
        }
        tasks = {key: self._read.task(key).state for key in {task_id, *(item.task_id for item in trained)}}
        states = {item.id: item.state for item in trained}
        before = StatesBefore(classes=states, tasks=tasks, photos=photos, dropped=dropped)
        self._store_learner(blob, based_on, task_id, class_ids, before, meta)
        for item in trained:
            self.set_class_state(item.id, "trained")
        for key in tasks:
            if all(item.state in ("trained", "stale") for item in self._read.classes(key)):
                self._run("UPDATE tasks SET state = 'trained' WHERE id = ?", (key,))
        for photo_id in photos:
            self._run("UPDATE photos SET is_learned = 1 WHERE id = ?", (photo_id,))
        self.unlearn_photos(dropped)
        self._run("DELETE FROM learners WHERE id NOT IN (SELECT id FROM learners ORDER BY id DESC LIMIT 2)")
        self._prune_evaluations()
        return self._current()

    def replace_learner(self, blob: bytes, *, based_on: LearnerInfo | None, class_ids: Sequence[int]) -> LearnerInfo:
        """Store an edit of `based_on`, which knows these classes now. Trainings before it cannot be undone any more.

        Raises SpaError if something else is learned by now.
        """
        self.require_learner(based_on)
        current = self._current()
        before = StatesBefore(classes={}, tasks={}, photos=[])
        self._store_learner(blob, current, None, class_ids, before, current.meta)
        self._run("DELETE FROM learners WHERE id < (SELECT max(id) FROM learners)")
        return self._current()

    def undo_training(self) -> LearnerInfo | None:
        """Take the last training back: the learner, the states of classes, tasks and photos, and its evaluation.

        Gives what is current now; None if nothing is learned any more. Raises InputError if there is no training, or
        the version before it is not kept any more.
        """
        info = self._read.undoable_training()
        if info is None:
            raise InputError(
                QT_TRANSLATE_NOOP(
                    "errors", "There is no training to undo: only the last one can be, until the model is edited"
                )
            )
        before = self._read.states_before(info.id)
        self._run("DELETE FROM learners WHERE id = ?", (info.id,))
        for table in ("evaluations", "trainings"):
            self._run(f"DELETE FROM {table} WHERE learner_id = ?", (info.id,))
        now_known = self._read.learner_info()
        known = set(now_known.class_ids) if now_known else set()
        for class_id, state in before.classes.items():
            # Photos that came after the training make a class stale only if it is still known.
            is_stale = class_id in known and self._run(
                "SELECT 1 FROM classes WHERE id = ? AND state = 'stale'", (class_id,)
            )
            self._run("UPDATE classes SET state = ? WHERE id = ?", ("stale" if is_stale else state, class_id))
        for task_id, task_state in before.tasks.items():
            self._run("UPDATE tasks SET state = ? WHERE id = ?", (task_state, task_id))
        self.unlearn_photos(before.photos)
        for photo_id, class_id in before.dropped.items():  # one that was moved since is not learned where it is now
            self._run("UPDATE photos SET is_learned = 1 WHERE id = ? AND class_id = ?", (photo_id, class_id))
        return now_known

    def forget_learner(self) -> None:
        """Drop all that was learned: classes are described or new again, no photo is learned, nothing is evaluated."""
        for table in ("learners", "evaluations", "trainings"):
            self._run(f"DELETE FROM {table}")
        self._run(
            "UPDATE classes SET state = iif(id IN (SELECT class_id FROM descriptions), 'described', 'new')"
            " WHERE state IN ('trained', 'stale')"
        )
        self._run("UPDATE tasks SET state = 'new' WHERE state = 'trained'")
        self._run("UPDATE photos SET is_learned = 0 WHERE is_learned")

    def put_evaluation(self, task_id: int, document: Mapping[str, Json], answers: Iterable[TestAnswer] = ()) -> None:
        """Store what was measured after a task with the current learner, and what test photos were predicted as."""
        text = to_json(dict(document))
        task_id, learner_id = self._read.task(task_id).id, self._current().id
        self._add("evaluations", task_id=task_id, learner_id=learner_id, created=now(), document=text)
        self.add_answers(learner_id, answers)

    def add_answers(self, learner_id: int, answers: Iterable[TestAnswer]) -> None:
        """Store what further test photos were predicted as by a version of the learner.

        They join its evaluation. A version that an edit made has none: its answers begin one for the last task.
        """
        evaluation_id = self._run("SELECT max(id) FROM evaluations WHERE learner_id = ?", (learner_id,))[0][0]
        if evaluation_id is None:
            last = self._run("SELECT task_id, document FROM evaluations ORDER BY id DESC LIMIT 1")
            if not last:
                return
            task_id, document = last[0]
            evaluation_id = self._add(
                "evaluations", task_id=task_id, learner_id=learner_id, created=now(), document=document
            )
        for answer in answers:
            self._add(
                "answers",
                "evaluation_id, photo_id",
                evaluation_id=evaluation_id,
                photo_id=answer.photo_id,
                class_ids=to_json(answer.class_ids),
                probabilities=to_json(answer.probabilities),
            )
        self._prune_evaluations()

    # Tasks

    def add_task(self, name: str) -> TaskRecord:
        name = self._free_name("task", name)
        return self._read.task(self._add("tasks", name=name, position=len(self._read.tasks()), state="new"))

    def rename_task(self, task_id: int, name: str) -> None:
        if self._read.task(task_id).name != clean_name(name):
            self._run("UPDATE tasks SET name = ? WHERE id = ?", (self._free_name("task", name, task_id), task_id))

    def reorder_tasks(self, task_ids: Sequence[int]) -> None:
        """Set the order of all tasks. Trained tasks come first, in the order they were learned."""
        tasks = {task.id: task for task in self._read.tasks()}
        if sorted(task_ids) != sorted(tasks):
            raise InputError("The new order must name each task once")
        trained = [task.id for task in tasks.values() if task.state == "trained"]
        if list(task_ids[: len(trained)]) != trained:
            raise InputError(
                QT_TRANSLATE_NOOP(
                    "errors", "A trained task keeps its place: only those that are not trained yet can be moved"
                )
            )
        for position, task_id in enumerate(task_ids):
            if tasks[task_id].position != position:
                self._run("UPDATE tasks SET position = ? WHERE id = ?", (position, task_id))

    def delete_task(self, task_id: int) -> None:
        task = self._read.task(task_id)
        if self._read.classes(task_id):
            text = QT_TRANSLATE_NOOP("errors", "The task {name} still has classes: move or delete them first")
            raise InputError(text, name=repr(task.name))
        self._run("DELETE FROM tasks WHERE id = ?", (task_id,))
        self._run("UPDATE tasks SET position = position - 1 WHERE position > ?", (task.position,))

    # Classes

    def add_class(self, name: str, task_id: int) -> ClassRecord:
        """Add a class without photos to a task that is not trained yet."""
        name = self._free_name("class", name)
        self._require_untrained(task_id)
        if self._colors is None:
            taken = {row[0] for row in self._run("SELECT color FROM classes")}
            self._colors = (index for index in count() if index not in taken)
        class_id = self._add("classes", name=name, task_id=task_id, state="new", color=next(self._colors))
        self._class_keys[name_key(name)] = class_id
        return self._read.class_(class_id)

    def rename_class(self, class_id: int, name: str) -> None:
        if self._read.class_(class_id).name != clean_name(name):
            name = self._free_name("class", name, class_id)
            self._run("UPDATE classes SET name = ? WHERE id = ?", (name, class_id))
            self._class_keys = {}

    def move_class(self, class_id: int, task_id: int) -> None:
        """Move a class that is not trained to another such task. Its task goes if it has no other class."""
        record = self._read.class_(class_id)
        if record.state in ("trained", "stale"):
            text = QT_TRANSLATE_NOOP("errors", "The class {name} is trained already: it stays in its task")
            raise InputError(text, name=repr(record.name))
        self._require_untrained(task_id)
        self._run("UPDATE classes SET task_id = ? WHERE id = ?", (task_id, class_id))
        self._delete_if_empty(record.task_id)

    def merge_classes(self, source_id: int, target_id: int, *, is_learned: bool = False) -> None:
        """Move all photos of one class to another and delete the first, see `delete_class`.

        The target keeps name, task and description. `is_learned`: the caller joins the two in the model, so the
        photos of the first stay learned.
        """
        source, target = self._read.class_(source_id), self._read.class_(target_id)
        if source.id == target.id:
            text = QT_TRANSLATE_NOOP("errors", "The class {name} cannot be merged with itself: choose another")
            raise InputError(text, name=repr(source.name))
        if is_learned:
            self._run("UPDATE photos SET class_id = ?, exemplar = NULL WHERE class_id = ?", (target_id, source_id))
        else:
            self.move_photos([photo.id for photo in self._read.photos(source_id, set_aside=None)], target_id)
        was_learned = source.state in ("trained", "stale")
        if target.state == "trained" and (source.state == "stale" if is_learned else was_learned):
            self.set_class_state(target_id, "stale")
        self._run("UPDATE corrections SET class_id = ? WHERE class_id = ?", (target_id, source_id))
        # What was predicted as either was predicted as what both are now, as probable as both were together.
        self._run(_MERGE_ANSWERS, (source_id, target_id))
        if len(self._read.classes(source.task_id)) == 1:
            # What was measured then holds still; how the training of a task that goes went is of no other task.
            self._run("UPDATE evaluations SET task_id = ? WHERE task_id = ?", (target.task_id, source.task_id))
        self.delete_class(source_id)

    def delete_class(self, class_id: int) -> None:
        """Delete a class with its photos' records, features and descriptions, and its task if it has no other class.

        The learner is the caller's to edit.
        """
        task_id = self._read.class_(class_id).task_id
        self._run("DELETE FROM classes WHERE id = ?", (class_id,))
        self._class_keys, self._colors = {}, None
        self._delete_if_empty(task_id)

    def _delete_if_empty(self, task_id: int) -> None:
        if not self._read.classes(task_id):
            self.delete_task(task_id)

    def set_class_state(self, class_id: int, state: ClassState) -> None:
        """Set a class's state, where `put_description` and `put_learner` cannot know it."""
        self._run(
            "UPDATE classes SET state = ? WHERE id = ? AND state <> ?", (state, self._read.class_(class_id).id, state)
        )

    # Photos

    def add_photos(self, class_id: int, photos: Iterable[NewPhoto]) -> list[int]:
        """Add photos to a class and give their ids. Their thumbnails are stored with them.

        Raises InputError if the project has one of the photos already; it names the file and the class.
        """
        class_id, ids = self._read.class_(class_id).id, []
        for photo in photos:
            known = self._read.find_photos([photo.sha256]).get(photo.sha256)
            if known is not None:
                owner = self._read.class_(known.class_id).name
                text = QT_TRANSLATE_NOOP("errors", "{path} is already in the class {name}, as {other}: leave it out")
                raise InputError(text, path=photo.path, name=repr(owner), other=known.path)
            same = {name: getattr(photo, name) for name in ("sha256", "split", "width", "height", "size", "taken")}
            unused = {"is_set_aside": False, "exemplar": None, "is_learned": False}
            place = {"path": str(photo.path.absolute()), "name": photo.path.name}
            photo_id = self._add("photos", class_id=class_id, **place, **same, **unused)
            self._add("thumbnails", photo_id=photo_id, sha256=sha256(photo.thumbnail), blob=photo.thumbnail)
            self._photos_change(class_id, photo.split)
            ids.append(photo_id)
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

    def set_frame(self, photo_id: int, frame: Frame | None) -> None:
        """Note where the thing is in a photo, None for what the model finds. It is to be learned, or tested, anew.

        Raises InputError if the frame is outside of the photo, or has no area.
        """
        photo = self._read.photo(photo_id)
        frame = None if frame is None else checked_frame(frame, photo.path)
        if photo.frame == frame:
            return
        self._photos_change(photo.class_id, photo.split)
        text = None if frame is None else to_json(frame)
        self._run("UPDATE photos SET frame = ?, is_learned = 0 WHERE id = ?", (text, photo_id))
        self._run("DELETE FROM test_features WHERE photo_id = ?", (photo_id,))
        self._run(
            "DELETE FROM answers WHERE photo_id = ? AND evaluation_id IN"
            " (SELECT id FROM evaluations WHERE learner_id = (SELECT max(id) FROM learners))",
            (photo_id,),
        )

    def set_exemplars(self, class_id: int, photo_ids: Sequence[int]) -> None:
        """Make these training photos the exemplars of their class, in this order."""
        usable = {photo.id for photo in self._read.photos(self._read.class_(class_id).id, split="train")}
        if len(set(photo_ids)) != len(photo_ids) or not usable.issuperset(photo_ids):
            raise InputError("Exemplars are different training photos of the class that are not set aside")
        self._run("UPDATE photos SET exemplar = NULL WHERE class_id = ? AND exemplar IS NOT NULL", (class_id,))
        for order, photo_id in enumerate(photo_ids):
            self._run("UPDATE photos SET exemplar = ? WHERE id = ?", (order, photo_id))

    def change_exemplars(self, class_id: int, change: Callable[[list[int]], list[int]]) -> None:
        """Make other exemplars of those that there are by now: an edit before this one may have waited with it."""
        self.set_exemplars(class_id, change([exemplar.id for exemplar in self._read.exemplars(class_id)]))

    def relocate_photos(self, paths: Mapping[int, Path]) -> None:
        """Note where photos lie now. That they are the same photos is the caller's to know."""
        for photo_id, path in paths.items():
            self._run(
                "UPDATE photos SET path = ?, name = ? WHERE id = ?",
                (str(path.absolute()), path.name, self._read.photo(photo_id).id),
            )

    # What the user said photos are, until it is learned

    def put_correction(
        self,
        photo: int | Path,
        verdict: Verdict,
        *,
        class_id: int | None = None,
        class_name: str | None = None,
        predicted: int | None = None,
        sha256: str | None = None,
        frame: Frame | None = None,
    ) -> int:
        """Note what a photo is, in place of what was noted of it before, and give the number of that note.

        The photo is one of the project, by its number, or another one's file, which has this SHA-256: with another
        content it will not be learned; and it may have a frame. With the verdict "class" it is of a class of the
        project, or of one that is to be made. Raises InputError if there is no such photo or class, the name or the
        frame is none, or too many corrections wait; SpaError if a class is named that the verdict has no use for, or
        none or two where it needs one.
        """
        if class_id is not None:
            class_id = self._read.class_(class_id).id
        photo_id = self._read.photo(photo).id if isinstance(photo, int) else None
        path = str(photo.absolute()) if isinstance(photo, Path) else None
        self._run("DELETE FROM corrections WHERE photo_id = ? OR path = ?", (photo_id, path))
        if self._run("SELECT count(*) FROM corrections")[0][0] >= MOST_CORRECTIONS:
            text = QT_TRANSLATE_NOOP("errors", "{n} corrections wait already: learn them first")
            raise InputError(text, n=MOST_CORRECTIONS)
        return self._add(
            "corrections",
            photo_id=photo_id,
            path=path,
            taken_for=predicted,
            verdict=verdict,
            class_id=class_id,
            class_name=None if class_name is None else clean_name(class_name),
            created=now(),
            sha256=sha256 if photo_id is None else None,
            frame=None if photo_id is not None or frame is None else to_json(checked_frame(frame, path or "")),
        )

    def relocate_corrections(self, paths: Mapping[str, Path]) -> None:
        """Note where files lie now that something is noted of, by where they lay."""
        for old, path in paths.items():
            self._run("UPDATE OR REPLACE corrections SET path = ? WHERE path = ?", (str(path.absolute()), old))

    def relocate_undoable(self, paths: Mapping[str, Path]) -> None:
        """Note where files lie now, by where they lay, in what undo or redo would bring back: no step moves a file."""
        for old, path in paths.items():
            new = str(path.absolute())
            self._run("UPDATE undo_corrections SET path = ? WHERE path = ?", (new, old))
            self._run("UPDATE undo_photos SET path = ?, name = ? WHERE path = ?", (new, path.name, old))

    def drop_corrections(self, correction_ids: Iterable[int]) -> None:
        """Take corrections back, or out of what waits because they were done. Those that are gone are no error."""
        for correction_id in correction_ids:
            self._run("DELETE FROM corrections WHERE id = ?", (correction_id,))

    def unlearn_photos(self, photo_ids: Iterable[int]) -> None:
        """Note that photos were taken out of the model. The learner is the caller's to edit."""
        for photo_id in photo_ids:
            self._run("UPDATE photos SET is_learned = 0 WHERE id = ?", (photo_id,))

    # How trainings went

    def put_training(self, task_id: int, notes: TrainingNotes) -> None:
        """Keep how the training of the current learner went. The latest three of a task stay.

        Raises SpaError if nothing is learned, the notes are out of bounds, or they hold what looks like an API key.
        """
        task_id, learner_id = self._read.task(task_id).id, self._current().id
        text = to_json(TRAINING.dump_python(notes, mode="json"))
        self._add("trainings", task_id=task_id, learner_id=learner_id, created=now(), notes=text)
        self._run(
            "DELETE FROM trainings WHERE task_id = ?1 AND id NOT IN"
            " (SELECT id FROM trainings WHERE task_id = ?1 ORDER BY id DESC LIMIT ?2)",
            (task_id, _KEPT),
        )

    def _put(self, table: str, name: str, **column: Json) -> None:
        """Keep a JSON value in its column under a name; None removes it."""
        ((key, value),) = column.items()
        if value is None:
            self._run(f"DELETE FROM {table} WHERE name = ?", (name,))
        else:
            self._add(table, "name", name=name, **{key: to_json(value)})

    def _store_learner(
        self,
        blob: bytes,
        parent: LearnerInfo | None,
        task_id: int | None,
        class_ids: Sequence[int],
        before: StatesBefore,
        meta: Mapping[str, Json] | None,
    ) -> None:
        self._add(
            "learners",
            parent=None if parent is None else parent.id,
            created=now(),
            task_id=task_id,
            class_ids=to_json(list(class_ids)),
            before=before.model_dump_json(exclude_defaults=True),
            meta=to_json(dict(meta or {})),
            sha256=sha256(blob),
            blob=blob,
        )

    def _current(self) -> LearnerInfo:
        info = self._read.learner_info()
        if info is None:
            text = QT_TRANSLATE_NOOP("errors", "Nothing is learned in {path} yet: train first")
            raise InputError(text, path=self._read.path)
        return info

    def _prune_evaluations(self) -> None:
        """Keep the latest of each task, and those that an undo of the last training would bring back."""
        self._run(
            "DELETE FROM evaluations WHERE id NOT IN (SELECT max(id) FROM evaluations GROUP BY task_id) AND id NOT IN"
            " (SELECT max(id) FROM evaluations WHERE learner_id <> (SELECT max(id) FROM learners) GROUP BY task_id)"
        )

    def _photos_change(self, class_id: int, split: Split) -> None:
        if split == "train":
            self._run("UPDATE classes SET state = 'stale' WHERE id = ? AND state = 'trained'", (class_id,))

    def _require_untrained(self, task_id: int) -> None:
        task = self._read.task(task_id)
        if task.state == "trained":
            text = QT_TRANSLATE_NOOP("errors", "The task {name} is trained already: add new classes to another task")
            raise InputError(text, name=repr(task.name))

    def _free_name(self, kind: Literal["task", "class"], name: str, own_id: int | None = None) -> str:
        name = clean_name(name)
        find: Callable[[str], TaskRecord | ClassRecord | None] = self._read.find_task
        if kind == "class":
            self._class_keys = self._class_keys or self._read.class_keys()
            find = self._read.find_class if name_key(name) in self._class_keys else lambda _: None
        same = find(name)
        if same is not None and same.id != own_id:
            if kind == "class":
                text = QT_TRANSLATE_NOOP("errors", "There is a class {name} already")
                raise InputError(text, "top up", name=repr(same.name))
            text = QT_TRANSLATE_NOOP("errors", "There is a task {name} already: choose another name")
            raise InputError(text, name=repr(same.name))
        return name

    def _add(self, table: str, unique: str = "", /, **columns: object) -> int:
        """Store a row in place of one with the same `unique` columns, and give its number.

        Raises SpaError if it could not be read again.
        """
        for column in (name for name in DOCUMENTS.get(table, {}) if columns.get(name) is not None):
            try:
                parse(table, column, str(columns[column]))
            except ValueError as error:
                raise SpaError(f"This cannot be stored in a project: {table}: {error}") from error
        names, marks = ", ".join(columns), ", ".join("?" * len(columns))
        sql = f"INSERT INTO {table} ({names}) VALUES ({marks})"
        if unique:
            new = ", ".join(f"{name} = excluded.{name}" for name in columns if name not in unique.split(", "))
            sql += f" ON CONFLICT ({unique}) DO UPDATE SET {new}"
        row_id = self._db.insert(sql, columns.values())
        key = next(iter(LIMITS[table]))
        for _, column in self._run(out_of_bounds(table, f"{key} = ?"), (columns.get(key, row_id),)):
            raise SpaError(f"This cannot be stored in a project: {column} of {table} is out of bounds")
        return row_id
