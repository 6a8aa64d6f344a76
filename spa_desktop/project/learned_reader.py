"""Reading the texts of classes, and what was learned from them."""

from __future__ import annotations

from spa_desktop.project.connecting import Row
from spa_desktop.project.documents import BEFORE, CLASS_IDS, OBJECT, PHRASES, PROBABILITIES, STAGE, StatesBefore
from spa_desktop.project.project_failures import damaged
from spa_desktop.project.record_reader import RecordReader
from spa_desktop.project.records import (
    Correction,
    Description,
    Evaluation,
    Json,
    LearnerInfo,
    LearnerState,
    MeasuredState,
    TestAnswer,
)
from spa_desktop.project.rows import (
    ANSWER,
    CACHED,
    CORRECTION,
    DESCRIPTION,
    EVALUATION,
    LEARNER_BEFORE,
    LEARNER_BLOB,
    LEARNER_INFO,
    STATE,
    TRAINING,
    as_row,
)
from spa_desktop.project.training_notes import TRAINING as NOTES
from spa_desktop.project.training_notes import TrainingRecord

_LEARNER = LEARNER_INFO.columns.replace("size", "length(blob)")


class ProjectReader(RecordReader):
    """All that can be read from a project."""

    # Descriptions

    def description(self, class_id: int) -> Description | None:
        """The class's description, or None."""
        return self._description(class_id, 0)

    def previous_description(self, class_id: int) -> Description | None:
        """The description before the present one, or None."""
        return self._description(class_id, 1)

    def descriptions(self) -> dict[int, Description]:
        """The description of each class that has one."""
        rows = self._db.rows(
            f"SELECT {DESCRIPTION.columns} FROM descriptions"
            " WHERE id IN (SELECT max(id) FROM descriptions GROUP BY class_id)"
        )
        return {text.class_id: text for text in (self._to_description(row) for row in rows)}

    def cached_description(self, key: str) -> Json:
        """What was stored under the key by `cache_description`, or None."""
        row = self._db.row(f"SELECT {CACHED.columns} FROM description_cache WHERE key = ?", (key,))
        return None if row is None else self._json(CACHED.read(self.path, row)[1])

    # What was learned

    def learner(self) -> LearnerState | None:
        """The current version of what was learned, or None before the first training."""
        with self._db.snapshot():
            info = self.learner_info()
            row = self._db.row("SELECT blob FROM learners WHERE id = ?", (info.id if info else None,))
        if info is None or row is None:
            return None
        return LearnerState(info, self._whole(LEARNER_BLOB.read(self.path, row)[0], info.sha256, "what was learned"))

    def learner_header(self) -> bytes | None:
        """What stands before the tensors of the current version, or None. Nobody has looked whether all is whole."""
        with self._db.snapshot():
            info = self.learner_info()
            return None if info is None else self._db.header("learners", "blob", info.id)

    def learner_info(self) -> LearnerInfo | None:
        """The current version, without reading its bytes."""
        return self._learner_info(0)

    def undoable_training(self) -> LearnerInfo | None:
        """The training that `undo_training` would take back, or None."""
        info = self._learner_info(0)
        if info is None or info.task_id is None:
            return None
        before = self._learner_info(1)
        return info if info.parent == (before and before.id) else None

    def states_before(self, learner_id: int) -> StatesBefore:
        """What a training changed. Raises `InputError` if there is no such version."""
        row = self._found(
            self._db.row("SELECT before FROM learners WHERE id = ?", (learner_id,)),
            "version of the learner",
            learner_id,
        )
        return self._document(BEFORE, LEARNER_BEFORE.read(self.path, row)[0], "what the last training changed")

    def evaluations(self) -> list[Evaluation]:
        """The latest evaluation of each task, in the order of learning."""
        rows = self._db.rows(
            "SELECT e.task_id, e.learner_id, e.created, e.document FROM evaluations e JOIN tasks t ON t.id = e.task_id "
            "WHERE e.id IN (SELECT max(id) FROM evaluations GROUP BY task_id) ORDER BY t.position, t.id"
        )
        found = [EVALUATION.read(self.path, row) for row in rows]
        return [Evaluation(*as_row(values, self._document(STAGE, text, "an evaluation"))) for *values, text in found]

    def answers(self, learner_id: int) -> list[TestAnswer]:
        """What a version of the learner took test photos for."""
        row = self._db.row("SELECT max(id) FROM evaluations WHERE learner_id = ?", (learner_id,))
        return [] if row is None or row[0] is None else self.answers_of(int(row[0]))

    def measured_states(self) -> list[MeasuredState]:
        """All evaluations that are kept, the oldest first."""
        rows = self._db.rows(
            "SELECT id, task_id, learner_id, created,"
            " (SELECT count(*) FROM answers WHERE evaluation_id = evaluations.id) FROM evaluations ORDER BY id"
        )
        return [MeasuredState(*values) for values in STATE.read_all(self.path, rows)]

    def answers_of(self, evaluation_id: int) -> list[TestAnswer]:
        """What test photos were taken for when a state was measured."""
        rows = self._db.rows(
            f"SELECT {ANSWER.columns} FROM answers WHERE evaluation_id = ? ORDER BY photo_id", (evaluation_id,)
        )
        found = []
        for photo_id, class_ids, probabilities in (ANSWER.read(self.path, row) for row in rows):
            classes = self._document(CLASS_IDS, class_ids, "an answer")
            found.append(TestAnswer(photo_id, classes, self._document(PROBABILITIES, probabilities, "an answer")))
            if not found[-1].is_consistent:
                raise damaged(self.path, f"the answer of photo {photo_id} is not valid")
        return found

    def trainings(self) -> list[TrainingRecord]:
        """How trainings went, the oldest first: the latest three of each task."""
        rows = self._db.rows(f"SELECT {TRAINING.columns} FROM trainings ORDER BY id")
        found = TRAINING.read_all(self.path, rows)
        return [
            TrainingRecord(*as_row(values, self._document(NOTES, text, "how it was trained")))
            for *values, text in found
        ]

    # Corrections

    def corrections(self) -> list[Correction]:
        """What a person said photos are and is not learned yet, as it came."""
        rows = self._db.rows(f"SELECT {CORRECTION.columns} FROM corrections ORDER BY id")
        found = [Correction(*values) for values in CORRECTION.read_all(self.path, rows)]
        for one in found:
            if not one.is_consistent:
                raise damaged(self.path, f"the correction {one.id} is not valid")
        return found

    def _learner_info(self, offset: int) -> LearnerInfo | None:
        row = self._db.row(f"SELECT {_LEARNER} FROM learners ORDER BY id DESC LIMIT 1 OFFSET ?", (offset,))
        if row is None:
            return None
        *ids, class_ids, checksum, size, meta = LEARNER_INFO.read(self.path, row)
        known = self._document(CLASS_IDS, class_ids, "what was learned")
        noted = self._document(OBJECT, meta, "what was learned")
        return LearnerInfo(*as_row(ids, known, checksum, size, noted))

    def _description(self, class_id: int, offset: int) -> Description | None:
        row = self._db.row(
            f"SELECT {DESCRIPTION.columns} FROM descriptions WHERE class_id = ? ORDER BY id DESC LIMIT 1 OFFSET ?",
            (class_id, offset),
        )
        return None if row is None else self._to_description(row)

    def _to_description(self, row: Row) -> Description:
        class_id, phrases, *texts, is_approved, read, written, cost, created = DESCRIPTION.read(self.path, row)
        found = self._document(PHRASES, phrases, f"the description of class {class_id}")
        return Description(*as_row((class_id, found, *texts), bool(is_approved), read, written, cost, created))
