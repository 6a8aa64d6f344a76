"""What a verb may write, on top of the edits: descriptions, features, what was learned, settings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from spa_desktop.errors import InputError, SpaError
from spa_desktop.project.class_names import sha256
from spa_desktop.project.database import Database
from spa_desktop.project.documents import PHRASES, StatesBefore, looks_like_key, to_json
from spa_desktop.project.record_reader import ProjectReader
from spa_desktop.project.records import Description, Json, LearnerInfo, TestAnswer
from spa_desktop.project.rows import ANSWER, CACHED, DESCRIPTION, EVALUATION, NEW_HISTORY, NEW_LEARNER, SETTING
from spa_desktop.project.transaction_edits import Editor, now
from spa_desktop.version import __version__


class Transaction(Editor):
    """One verb. All of it is stored when the `with` block of `Project.transaction` ends, or nothing is."""

    def __init__(self, database: Database, reader: ProjectReader, verb: str, summary: str) -> None:
        super().__init__(database, reader)
        self.verb = verb
        self.summary = summary
        self.details: dict[str, Json] = {}

    def close(self) -> None:
        """Write the row of the history. Nothing can be written afterwards."""
        self._add("history", NEW_HISTORY, (self.verb, now(), __version__, self.summary, to_json(self.details)))
        self.end()

    def end(self) -> None:
        """Refuse all further writing."""
        self._is_open = False

    # Settings

    def set_setting(self, name: str, value: Json) -> None:
        """Store a JSON value under a name; None removes it."""
        if value is None:
            self._run("DELETE FROM settings WHERE name = ?", (name,))
            return
        self._run(
            "INSERT INTO settings (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            SETTING.require((name, to_json(value))),
        )

    def set_backbone(self, name: str, fingerprint: str) -> None:
        """Note the encoder. Another one is refused once something was learned: features of two encoders do not mix."""
        meta = self._read.meta
        if self._read.learner_info() is not None and (name, fingerprint) != (meta.backbone, meta.fingerprint):
            raise InputError(
                f"{self._read.path} was learned with the backbone {meta.backbone}: use that one, or make a new project"
            )
        for key, value in (("backbone", name), ("fingerprint", fingerprint)):
            self._run("UPDATE meta SET value = ? WHERE name = ?", (value, key))

    # Features and descriptions

    def put_test_features(self, photo_id: int, fingerprint: str, blob: bytes) -> None:
        """Store the features of a test photo, in place of those it had."""
        self._run(
            "INSERT INTO test_features (photo_id, fingerprint, sha256, blob) VALUES (?, ?, ?, ?) ON CONFLICT (photo_id)"
            " DO UPDATE SET fingerprint = excluded.fingerprint, sha256 = excluded.sha256, blob = excluded.blob",
            (self._read.photo(photo_id).id, fingerprint, sha256(blob), blob),
        )

    def put_description(self, description: Description) -> None:
        """Store a class's description. The one before is kept for comparison; a new class becomes described."""
        class_id = self._read.class_(description.class_id).id
        phrases = PHRASES.dump_json(description.phrases).decode()
        texts = (description.sentence, description.writer, description.model, description.instruction_version)
        if any(looks_like_key(text) for text in (phrases, *texts)):
            raise SpaError("The description was not stored: it holds what looks like an API key")
        row = (
            class_id,
            phrases,
            *texts,
            int(description.is_approved),
            description.input_tokens,
            description.output_tokens,
            description.cost,
            description.created or now(),
        )
        self._add("descriptions", DESCRIPTION, row)
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
        self._run(
            "INSERT INTO description_cache (key, document, created) VALUES (?, ?, ?)"
            " ON CONFLICT (key) DO UPDATE SET document = excluded.document, created = excluded.created",
            CACHED.require((key, to_json(document), now())),
        )

    # What was learned

    def require_learner(self, expected: LearnerInfo | None) -> None:
        """Make sure that what is learned is still what the caller's work began with.

        Raises:
            SpaError: if it is not: another program has trained the project, or edited what it had learned.
        """
        current = self._read.learner_info()
        known, wanted = ((info.id, info.sha256) if info else None for info in (current, expected))
        if known != wanted:
            raise SpaError(
                f"{self._read.path} was trained by another program meanwhile: nothing was changed, train again"
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
        """Store what a training made. This version and the one before are kept.

        Args:
            blob: safetensors bytes.
            based_on: what was learned when the training began.
            task_id: the task that was trained.
            class_ids: all classes that the learner knows now.
            trained_class_ids: those that this training taught; they turn trained, and so does a task once all its
                classes are.
            learned_photo_ids: the training photos it saw.
            anew_class_ids: those of the trained classes that are known by these photos alone: others of their photos
                (set aside, or for testing by now) that were learned before are not learned any more.
            meta: more about it, as JSON.

        Raises:
            SpaError: if something else is learned by now.
        """
        self.require_learner(based_on)
        if not set(trained_class_ids) <= set(class_ids):
            raise ValueError("a trained class is missing in class_ids")
        taught = [self._read.class_(class_id) for class_id in trained_class_ids]
        seen = set(learned_photo_ids)
        photos = [photo_id for photo_id in sorted(seen) if not self._read.photo(photo_id).is_learned]
        dropped = {
            photo.id: class_id
            for class_id in anew_class_ids
            for photo in self._read.photos(class_id, set_aside=None)
            if photo.is_learned and photo.id not in seen
        }
        tasks = {
            self._read.task(key).id: self._read.task(key).state for key in {task_id, *(item.task_id for item in taught)}
        }
        states = {item.id: item.state for item in taught}
        before = StatesBefore(classes=states, tasks=tasks, photos=photos, dropped=dropped)
        current = self._read.learner_info()
        parent = None if current is None else current.id
        self._store_learner(blob, parent, task_id, class_ids, before, meta)
        for item in taught:
            self.set_class_state(item.id, "trained")
        for key in tasks:
            if all(item.state in ("trained", "stale") for item in self._read.classes(key)):
                self.set_task_state(key, "trained")
        for photo_id in photos:
            self._run("UPDATE photos SET is_learned = 1 WHERE id = ?", (photo_id,))
        for photo_id in dropped:
            self._run("UPDATE photos SET is_learned = 0 WHERE id = ?", (photo_id,))
        self._run("DELETE FROM learners WHERE id NOT IN (SELECT id FROM learners ORDER BY id DESC LIMIT 2)")
        self._prune_evaluations()
        return self._current()

    def replace_learner(
        self,
        blob: bytes,
        *,
        based_on: LearnerInfo | None,
        class_ids: Sequence[int],
        meta: Mapping[str, Json] | None = None,
    ) -> LearnerInfo:
        """Store an edit of what was learned. Trainings before it cannot be undone any more.

        Args:
            blob: safetensors bytes.
            based_on: what was edited.
            class_ids: all classes that the learner knows now.
            meta: more about it, as JSON; None: as before.

        Raises:
            SpaError: if something else is learned by now.
        """
        self.require_learner(based_on)
        current = self._current()
        meta = current.meta if meta is None else meta
        self._store_learner(blob, current.id, None, class_ids, StatesBefore(classes={}, tasks={}, photos=[]), meta)
        self._run("DELETE FROM learners WHERE id < (SELECT max(id) FROM learners)")
        return self._current()

    def undo_training(self) -> LearnerInfo | None:
        """Take the last training back: the learner, the states of classes, tasks and photos, and its evaluation.

        Returns:
            What is current now; None if nothing is learned any more.

        Raises:
            InputError: if there is none, or the version before it is not kept any more.
        """
        info = self._read.undoable_training()
        if info is None:
            raise InputError("There is no training to undo: only the last one can be, until what was learned is edited")
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
        for photo_id in before.photos:
            self._run("UPDATE photos SET is_learned = 0 WHERE id = ?", (photo_id,))
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
        """Store what was measured after a task with the current learner, and what test photos were taken for."""
        text = to_json(dict(document))
        row = (self._read.task(task_id).id, self._current().id, now(), text)
        evaluation_id = self._add("evaluations", EVALUATION, row)
        self._put_answers(evaluation_id, answers)
        self._prune_evaluations()

    def add_answers(self, learner_id: int, answers: Iterable[TestAnswer]) -> None:
        """Store what further test photos were taken for by a version of the learner.

        They join its evaluation. A version that an edit made has none: its answers begin one for the last task.
        """
        evaluation_id = self._run("SELECT max(id) FROM evaluations WHERE learner_id = ?", (learner_id,))[0][0]
        if evaluation_id is None:
            last = self._run("SELECT task_id, document FROM evaluations ORDER BY id DESC LIMIT 1")
            if not last:
                return
            task_id, document = last[0]
            evaluation_id = self._add("evaluations", EVALUATION, (task_id, learner_id, now(), document))
        self._put_answers(evaluation_id, answers)
        self._prune_evaluations()

    def _put_answers(self, evaluation_id: int, answers: Iterable[TestAnswer]) -> None:
        for one in answers:
            row = (one.photo_id, to_json(list(one.class_ids)), to_json(list(one.probabilities)))
            self._run(
                f"INSERT INTO answers (evaluation_id, {ANSWER.columns}) VALUES (?, ?, ?, ?)"
                " ON CONFLICT (evaluation_id, photo_id) DO UPDATE SET class_ids = excluded.class_ids,"
                " probabilities = excluded.probabilities",
                (evaluation_id, *ANSWER.require(row)),
            )

    def _store_learner(
        self,
        blob: bytes,
        parent: int | None,
        task_id: int | None,
        class_ids: Sequence[int],
        before: StatesBefore,
        meta: Mapping[str, Json] | None,
    ) -> None:
        row = (
            parent,
            now(),
            task_id,
            to_json(list(class_ids)),
            before.model_dump_json(exclude_defaults=True),
            to_json(dict(meta or {})),
            sha256(blob),
            blob,
        )
        self._add("learners", NEW_LEARNER, row)

    def _current(self) -> LearnerInfo:
        info = self._read.learner_info()
        if info is None:
            raise InputError(f"Nothing is learned in {self._read.path} yet: train first")
        return info

    def _prune_evaluations(self) -> None:
        """Keep the latest of each task, and those that an undo of the last training would bring back."""
        self._run(
            "DELETE FROM evaluations WHERE id NOT IN (SELECT max(id) FROM evaluations GROUP BY task_id) AND id NOT IN"
            " (SELECT max(id) FROM evaluations WHERE learner_id <> (SELECT max(id) FROM learners) GROUP BY task_id)"
        )
