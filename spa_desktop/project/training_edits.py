"""Keep how a training went."""

from __future__ import annotations

from datetime import UTC, datetime

from spa_desktop.errors import SpaError
from spa_desktop.project.correction_edits import CorrectionEditor
from spa_desktop.project.documents import from_json, looks_like_key
from spa_desktop.project.rows import NEW_TRAINING
from spa_desktop.project.training_notes import TRAINING, TrainingNotes

_KEPT = 3  # of each task, the latest


class TrainingEditor(CorrectionEditor):
    """The part of a transaction that writes records of trainings."""

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
        try:
            from_json(TRAINING, text)
        except ValueError as error:
            raise SpaError(f"How it was trained cannot be stored: {error}") from error
        created = datetime.now(UTC).isoformat(timespec="milliseconds")
        self._insert(
            f"INSERT INTO trainings ({NEW_TRAINING.columns}) VALUES (?, ?, ?, ?)",
            NEW_TRAINING.require((self._read.task(task_id).id, info.id, created, text)),
        )
        self._run(
            "DELETE FROM trainings WHERE task_id = ?1 AND id NOT IN"
            " (SELECT id FROM trainings WHERE task_id = ?1 ORDER BY id DESC LIMIT ?2)",
            (task_id, _KEPT),
        )
