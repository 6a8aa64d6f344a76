"""Measure what was learned on the test photos, whose features are in the project."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any

import numpy as np

from spa_desktop.errors import InputError
from spa_desktop.jobs import Job, Stage
from spa_desktop.project.records import ClassRecord, PhotoRecord
from spa_desktop.protocol import metrics
from spa_desktop.workbench.features import encodable, packed, unpack_photo
from spa_desktop.workbench.session import Session

if TYPE_CHECKING:
    from torch import Tensor

    from spa_desktop.spa.learner import SpaLearner

_BATCH = 64


@dataclass(frozen=True)
class Measured:
    """Answers on test photos.

    Attributes:
        photo_ids: ``(n,)``.
        truth: ``(n,)`` class ids.
        answers: ``(n,)`` class ids.
        confidence: ``(n,)``, probability of the answer.
        by_zero_shot: ``(n,)`` class ids, by the text of the class names alone.
        by_gaussian: ``(n,)`` class ids, by the global Gaussians alone (SLDA on the same features and views).
    """

    photo_ids: list[int]
    truth: list[int]
    answers: list[int]
    confidence: list[float]
    by_zero_shot: list[int]
    by_gaussian: list[int]


def measure(
    learner: SpaLearner,
    projection: Tensor,
    photos: Mapping[int, PhotoRecord],
    features: Iterable[tuple[int, bytes]],
    job: Job,
) -> Measured:
    """Classify test photos of classes that were learned.

    Args:
        learner: that knows at least one class.
        projection: ``(W, D)`` of the encoder.
        photos: the test photos by id.
        features: their packed features, one at a time.
        job: advances by one a photo.
    """
    import torch
    from torch.nn.functional import normalize

    keys = [int(key) for key in learner.keys]
    assert learner.memory is not None, "the learner knows a class"
    names = torch.stack([known.text.name for known in learner.memory.classes])
    result = Measured([], [], [], [], [], [])

    def answer(batch: list[tuple[int, Tensor, Tensor]]) -> None:
        ids = [photo_id for photo_id, _, _ in batch]
        pooled, patches = torch.stack([item[1] for item in batch]), torch.stack([item[2] for item in batch])
        with torch.no_grad():
            probability, best = learner.scores(pooled, patches).softmax(dim=-1).max(dim=-1)
            by_density = learner.log_density(pooled).argmax(dim=-1)
            by_text = (normalize(pooled[:, 0, : len(projection)] @ projection, dim=-1) @ names.T).argmax(dim=-1)
        result.photo_ids.extend(ids)
        result.truth.extend(photos[photo_id].class_id for photo_id in ids)
        result.answers.extend(keys[index] for index in best.tolist())
        result.confidence.extend(probability.tolist())
        result.by_zero_shot.extend(keys[index] for index in by_text.tolist())
        result.by_gaussian.extend(keys[index] for index in by_density.tolist())
        job.advance(len(batch))

    waiting: list[tuple[int, Tensor, Tensor]] = []
    known = set(keys)
    for photo_id, blob in features:
        if photo_id in photos and photos[photo_id].class_id in known:
            waiting.append((photo_id, *unpack_photo(blob)))
        if len(waiting) == _BATCH:
            answer(waiting)
            waiting = []
    if waiting:
        answer(waiting)
    return result


def stage_document(measured: Measured, classes: Sequence[ClassRecord]) -> dict[str, Any]:
    """What is stored of one training: how many test photos of each task and class are recognised, of how many.

    The shares of all of them that the simplest heads recognise stand beside. Keys are ids as text, because that is
    what JSON has.
    """
    task_of = {known.id: known.task_id for known in classes}
    by_task: dict[int, list[bool]] = {}
    by_class: dict[int, list[bool]] = {}
    for class_id, answer in zip(measured.truth, measured.answers, strict=True):
        for groups, key in ((by_task, task_of[class_id]), (by_class, class_id)):
            groups.setdefault(key, []).append(class_id == answer)
    truth = np.array(measured.truth)
    return {
        "tasks": {str(key): [sum(found), len(found)] for key, found in by_task.items()},
        "classes": {str(key): [sum(found), len(found)] for key, found in by_class.items()},
        "zero_shot": _share(np.array(measured.by_zero_shot) == truth),
        "slda": _share(np.array(measured.by_gaussian) == truth),
    }


def evaluate(session: Session, job: Job) -> dict[str, Any]:
    """Accuracy of what was learned, now and after each task, in per cent.

    Returns:
        the JSON object of ``spa-desktop evaluate``.

    Raises:
        InputError: if nothing was learned, or there is no test photo.
    """
    project = session.project
    learner = session.require_learner(job)
    encoder = session.encoder(job)
    known = [item for item in project.classes() if str(item.id) in learner.keys]
    ids = {item.id for item in known}
    photos = {photo.id: photo for photo in project.photos(split="test") if photo.class_id in ids}
    # Test photos that were added after the last training have no features in the project yet.
    later = [photo for photo in project.missing_test_features(encoder.fingerprint) if photo.id in photos]
    store = session.store(job)
    later = encodable(store, later, job, said="Test photo left out")
    features = chain(project.test_features(encoder.fingerprint), packed(store, later))
    job.stage(Stage.TEST, total=len(photos))
    measured = measure(learner, encoder.image_projection, photos, features, job)
    if not measured.truth:
        raise InputError(f"{project.path} has no test photo of a learned class: add photos with a test folder")
    return report(session, measured, known)


def report(session: Session, measured: Measured, known: Sequence[ClassRecord]) -> dict[str, Any]:
    """The JSON object of ``spa-desktop evaluate`` from answers."""
    project = session.project
    tasks = [task for task in project.tasks() if any(item.task_id == task.id for item in known)]
    stages = {stage.task_id: stage.document for stage in project.evaluations()}
    now = stage_document(measured, known)
    matrix = np.full((len(tasks), len(tasks)), np.nan)
    counts = np.zeros((len(tasks), len(tasks)))
    references: dict[str, list[float | None]] = {"zero-shot": [], "slda": []}
    for row, stage_task in enumerate(tasks):
        is_last = row == len(tasks) - 1
        document: Mapping[str, Any] = now if is_last else stages.get(stage_task.id, {})
        for column, task in enumerate(tasks[: row + 1]):
            right, count = document.get("tasks", {}).get(str(task.id), (0, 0))
            counts[row, column] = count
            if count:
                matrix[row, column] = right / count
        for name, key in (("zero-shot", "zero_shot"), ("slda", "slda")):
            share = document.get(key)
            references[name].append(None if share is None else _percent(share))
    places = {item.id: place for place, item in enumerate(known)}
    truth, answers = ([places[key] for key in keys] for keys in (measured.truth, measured.answers))
    confusion = metrics.confusion(np.array(truth), np.array(answers), len(known))
    by_class = metrics.per_class(confusion)
    totals = counts.sum(axis=1)
    with np.errstate(invalid="ignore"):
        curve = [_percent(value) for value in np.nansum(matrix * counts, axis=1) / totals]
    seen = [value for value in curve if value is not None]
    return {
        "tasks": [task.name for task in tasks],
        "curve": curve,
        "average": round(sum(seen) / len(seen), 4),
        "last": curve[-1],
        "forgetting": _percent(metrics.forgetting(matrix)),
        "accuracy_matrix": [[_percent(value) for value in row] for row in matrix],
        "per_class": {item.name: _percent(value) for item, value in zip(known, by_class, strict=True)},
        "confusion": confusion.tolist(),
        "classes": [item.name for item in known],
        "references": references,
        "photos": {
            "id": measured.photo_ids,
            "class": truth,
            "answer": answers,
            "confidence": [round(value, 4) for value in measured.confidence],
        },
    }


def _share(right: np.ndarray[Any, Any]) -> float | None:
    return float(right.mean()) if len(right) else None


def _percent(value: float) -> float | None:
    return None if np.isnan(value) else round(100 * float(value), 4)
