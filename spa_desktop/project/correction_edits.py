"""Writing what a person said photos are, until it is learned."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from spa_desktop.errors import InputError
from spa_desktop.project.class_names import clean_name
from spa_desktop.project.records import Verdict
from spa_desktop.project.rows import NEW_CORRECTION
from spa_desktop.project.transaction_edits import Editor

MOST_CORRECTIONS = 10_000  # that wait at a time


class CorrectionEditor(Editor):
    """The part of a transaction that edits corrections."""

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
            datetime.now(UTC).isoformat(timespec="milliseconds"),
            sha256 if photo_id is None else None,
        )
        return self._insert(
            f"INSERT INTO corrections ({NEW_CORRECTION.columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            NEW_CORRECTION.require(row),
        )

    def drop_corrections(self, correction_ids: Iterable[int]) -> None:
        """Take corrections back, or out of what waits because they were done. Those that are gone are no error."""
        for correction_id in correction_ids:
            self._run("DELETE FROM corrections WHERE id = ?", (correction_id,))

    def unlearn_photos(self, photo_ids: Iterable[int]) -> None:
        """Note that photos were taken out of what was learned. The learner is the caller's to edit."""
        for photo_id in photo_ids:
            self._run("UPDATE photos SET is_learned = 0 WHERE id = ?", (self._read.photo(photo_id).id,))
