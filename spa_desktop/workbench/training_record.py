"""Note how a training goes while it goes, so that it can be looked at afterwards: see docs/window.md, "Train"."""

from __future__ import annotations

import math
import time
from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from spa_desktop.jobs import Job, JobEvent, SeenPhoto, Stage
from spa_desktop.project.documents import (
    LONGEST_LINE,
    MOST_LINES,
    MOST_PICKED,
    MOST_POINTS,
    MOST_STAGES,
    CurvePoint,
    LogLine,
    PickedPatches,
    StageTime,
    TrainingKind,
    TrainingNotes,
    looks_like_key,
)
from spa_desktop.project.records import Evaluation, PhotoRecord
from spa_desktop.visible import visible

if TYPE_CHECKING:
    from torch import Tensor

    from spa_desktop.encoders.encoder import ClipEncoder


class TrainingRecorder:
    """Follows a job: ``with job.followed_by(recorder.follow): ...``."""

    def __init__(self) -> None:
        self._began = self._at = time.monotonic()
        self._stage = ""
        self._spent: dict[str, float] = {}
        self._log: list[LogLine] = []
        self.curve: list[CurvePoint] = []
        self._every, self._heard, self._offset = 1, 0, 0
        self.picked: list[PickedPatches] = []

    def follow(self, event: JobEvent) -> None:
        """Take an event of the job."""
        now = time.monotonic()
        if self._stage:
            self._spent[self._stage] = self._spent.get(self._stage, 0.0) + now - self._at
        self._at = now
        if isinstance(event.stage, Stage):
            if event.stage.name not in self._spent and len(self._spent) < MOST_STAGES:
                self._spent[event.stage.name] = 0.0
            self._stage = event.stage.name if event.stage.name in self._spent else ""
        if event.message is not None and len(self._log) < MOST_LINES and not looks_like_key(event.message):
            # Names of files may hold bytes that are no text, which cannot be stored.
            self._log.append(LogLine(round(now - self._began, 2), visible(event.message)[:LONGEST_LINE]))
        values = dict(event.values)
        if "loss" in values and "accuracy" in values:
            self._add_point(event.done, values["loss"], values["accuracy"])
        if (photo := event.photo) is not None and photo.picked:
            found = PickedPatches(photo.photo_id, photo.grid, photo.picked, photo.crop)
            # A training that ran out of a GPU's memory selects a second time.
            self.picked = [one for one in self.picked if one.photo_id != found.photo_id] + [found]

    def _add_point(self, step: int, loss: float, accuracy: float) -> None:
        if self.curve and self._offset + step <= self.curve[-1].step:
            self._offset = self.curve[-1].step
        self._heard += 1
        if self._heard % self._every or not (math.isfinite(loss) and math.isfinite(accuracy)):
            return
        bounded = float(f"{min(max(loss, -1e9), 1e9):.5g}")  # digits, not decimals: losses may become very small
        self.curve.append(CurvePoint(self._offset + step, bounded, round(min(max(accuracy, 0.0), 100.0), 3)))
        if len(self.curve) == MOST_POINTS:
            self.curve, self._every = self.curve[::2], 2 * self._every

    def notes(
        self,
        kind: TrainingKind,
        *,
        photos: int,
        document: Mapping[str, Any],
        before: Mapping[str, Any] | None = None,
    ) -> TrainingNotes:
        """How it went until now.

        Args:
            kind: what sort of training it was.
            photos: that it learned from.
            document: what was measured after it: see :func:`~spa_desktop.workbench.evaluating.stage_document`.
            before: the like of the training before it, None if there was none.
        """
        right, tests = right_of(document)
        spent = dict(self._spent)
        if self._stage:
            spent[self._stage] += time.monotonic() - self._at
        return TrainingNotes(
            kind,
            photos=photos,
            seconds=round(time.monotonic() - self._began, 1),
            right=right,
            tests=tests,
            lost=lost(before or {}, document),
            stages=tuple(StageTime(name, round(seconds, 2)) for name, seconds in spent.items()),
            log=tuple(self._log),
            curve=tuple(self.curve),
            picked=tuple(self.picked[:MOST_PICKED]),
        )


class PatchWitness:
    """Shows which patches a training selected, on one photo each of up to three of its classes."""

    def __init__(self, photos: Mapping[str, Sequence[PhotoRecord]], encoder: ClipEncoder, job: Job) -> None:
        """Choose the photos: a class's first exemplar, or its first photo.

        Args:
            photos: that are learned, by key of the class.
            encoder: whose patches they are.
            job: is shown what was selected.
        """
        self._encoder, self._job = encoder, job
        keys = list(photos)
        some = dict.fromkeys((0, len(keys) // 2, len(keys) - 1)) if keys else {}
        self._chosen = {keys[place]: _shown_photo(photos[keys[place]]) for place in some}
        self._photos = photos

    def on_selected(self, key: str, start: int, places: Tensor) -> None:
        """Take the patches of a chunk of photos, ``(m, V, K)``; the first view is the photo as it is."""
        place = self._chosen.get(key)
        if place is None or not start <= place < start + len(places):
            return
        photo, height_width = self._photos[key][place], self._encoder.grid
        left, top, right, bottom = self._encoder.crop_box((photo.width, photo.height))
        box = left / photo.width, top / photo.height, (right - left) / photo.width, (bottom - top) / photo.height
        crop = tuple(min(max(share, 0.0), 1.0) for share in box)
        picked = tuple(int(patch) for patch in places[place - start, 0].tolist())
        self._job.show(SeenPhoto(photo.sha256, False, picked, height_width, crop, photo.id))  # type: ignore[arg-type]


def _shown_photo(photos: Sequence[PhotoRecord]) -> int:
    """The place of the photo that shows a class best."""
    exemplars = [place for place, photo in enumerate(photos) if photo.exemplar is not None]
    return min(exemplars, key=lambda place: photos[place].exemplar or 0) if exemplars else 0


def document_before(stages: Sequence[Evaluation], learner_id: int | None) -> Mapping[str, Any] | None:
    """What was measured of a version of the learner; None if nothing was."""
    return next((stage.document for stage in stages if stage.learner_id == learner_id), None)


def lost(before: Mapping[str, Any], now: Mapping[str, Any]) -> float | None:
    """Points that the tasks lost that were known before, counted on the test photos of then and now.

    Both documents are those that :func:`~spa_desktop.workbench.evaluating.stage_document` makes. None if there was
    nothing to lose.
    """
    known = before.get("tasks", {}).keys() & now.get("tasks", {}).keys()
    was, then = right_of(before, known)
    right, tests = right_of(now, known)
    return round(100 * was / then - 100 * right / tests, 4) if then and tests else None


def right_of(document: Mapping[str, Any], tasks: Collection[str] | None = None) -> tuple[int, int]:
    """How many test photos were answered right, and all of them: of these tasks, or of all that were known."""
    chosen = [value for key, value in document.get("tasks", {}).items() if tasks is None or key in tasks]
    return sum(int(value[0]) for value in chosen), sum(int(value[1]) for value in chosen)
