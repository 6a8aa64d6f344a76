"""Reading the texts of classes, and what was learned from them."""

from __future__ import annotations

from spa_desktop.project.database import Row
from spa_desktop.project.documents import CLASS_IDS, OBJECT, PHRASES, PROBABILITIES, from_json
from spa_desktop.project.failures import damaged
from spa_desktop.project.reading import RecordReader, as_row
from spa_desktop.project.records import Description, Evaluation, Json, LearnerInfo, LearnerState, TestAnswer

_DESCRIPTION = (
    "class_id, phrases, sentence, writer, model, instruction_version, is_approved, input_tokens, output_tokens, cost,"
    " created"
)
_LEARNER = "id, parent, created, task_id, class_ids, sha256, length(blob), meta"


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
            f"SELECT {_DESCRIPTION} FROM descriptions WHERE id IN (SELECT max(id) FROM descriptions GROUP BY class_id)"
        )
        return {row[0]: self._to_description(row) for row in rows}

    def cached_description(self, key: str) -> Json:
        """What was stored under the key by `cache_description`, or None."""
        row = self._db.row("SELECT document FROM description_cache WHERE key = ?", (key,))
        return None if row is None else self._json(row[0])

    # What was learned

    def learner(self) -> LearnerState | None:
        """The current version of what was learned, or None before the first training."""
        with self._db.snapshot():
            info = self.learner_info()
            row = self._db.row("SELECT blob FROM learners WHERE id = ?", (info.id if info else None,))
        if info is None or row is None:
            return None
        return LearnerState(info, self._whole(row[0], info.sha256, "what was learned"))

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

    def evaluations(self) -> list[Evaluation]:
        """The latest evaluation of each task, in the order of learning."""
        rows = self._db.rows(
            "SELECT e.task_id, e.learner_id, e.created, e.document FROM evaluations e JOIN tasks t ON t.id = e.task_id "
            "WHERE e.id IN (SELECT max(id) FROM evaluations GROUP BY task_id) ORDER BY t.position, t.id"
        )
        return [Evaluation(*as_row(values, self._object(text))) for *values, text in rows]

    def answers(self, learner_id: int) -> list[TestAnswer]:
        """What a version of the learner took test photos for, those of deleted or known classes alike."""
        rows = self._db.rows(
            "SELECT a.photo_id, a.class_ids, a.probabilities FROM answers a WHERE a.evaluation_id ="
            " (SELECT max(id) FROM evaluations WHERE learner_id = ?) ORDER BY a.photo_id",
            (learner_id,),
        )
        try:
            return [TestAnswer(row[0], from_json(CLASS_IDS, row[1]), from_json(PROBABILITIES, row[2])) for row in rows]
        except ValueError as error:
            raise damaged(self.path, f"an answer of a test photo cannot be read: {error}") from error

    def _learner_info(self, offset: int) -> LearnerInfo | None:
        row = self._db.row(f"SELECT {_LEARNER} FROM learners ORDER BY id DESC LIMIT 1 OFFSET ?", (offset,))
        if row is None:
            return None
        *ids, class_ids, checksum, size, meta = row
        try:
            return LearnerInfo(*as_row(ids, from_json(CLASS_IDS, class_ids), checksum, size, from_json(OBJECT, meta)))
        except ValueError as error:
            raise damaged(self.path, f"what was learned cannot be read: {error}") from error

    def _description(self, class_id: int, offset: int) -> Description | None:
        row = self._db.row(
            f"SELECT {_DESCRIPTION} FROM descriptions WHERE class_id = ? ORDER BY id DESC LIMIT 1 OFFSET ?",
            (class_id, offset),
        )
        return None if row is None else self._to_description(row)

    def _to_description(self, row: Row) -> Description:
        try:
            return Description(*as_row([row[0], from_json(PHRASES, row[1]), *row[2:6], bool(row[6])], *row[7:]))
        except ValueError as error:
            raise damaged(self.path, f"the description of class {row[0]} cannot be read: {error}") from error
