"""What is measured in class-incremental learning. NumPy only, so that every page may use it; matplotlib draws.

All accuracies here are shares from 0 to 1. In every matrix a row is a stage (after task b) and a column a task t.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spa_desktop.errors import InputError

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
_Z = 1.959964  # the normal distribution has 95 % of its mass within so many standard deviations


@dataclass(frozen=True)
class Accuracy:
    """How many photos were answered right, of how many; and what so few photos leave open. None at all: not measured.

    >>> str(Accuracy(12, 12)), str(Accuracy(295, 312)), str(Accuracy(9998, 10000))
    ('12 of 12 right (76 to 100 %)', '295 of 312 right (91 to 97 %)', '9998 of 10000 right (99.9 to 100.0 %)')
    """

    right: int = 0
    photos: int = 0

    def __add__(self, other: Accuracy) -> Accuracy:
        return Accuracy(self.right + other.right, self.photos + other.photos)

    @property
    def share(self) -> float:
        """The share that is right; NaN where nothing was measured."""
        return self.right / self.photos if self.photos else math.nan

    @property
    def per_cent(self) -> float | None:
        """The like in per cent; None where nothing was measured."""
        return 100 * self.right / self.photos if self.photos else None

    @property
    def range(self) -> tuple[float, float] | None:
        """Where the accuracy on all such photos lies in 95 of 100 cases, in per cent (score interval, Wilson 1927).

        It takes the photos for independent ones: of a few places or a few minutes only, they tell less.
        """
        if not self.photos:
            return None
        share, more = self.right / self.photos, _Z * _Z / self.photos
        middle, half = share + more / 2, _Z * math.sqrt((share * (1 - share) + more / 4) / self.photos)
        low, high = ((middle + sign * half) / (1 + more) for sign in (-1, 1))
        # At the ends the formula gives 0 and 1, and its rounding something beside them.
        return (100 * low if self.right else 0.0), (100 * high if self.right < self.photos else 100.0)

    @property
    def range_texts(self) -> tuple[str, str]:
        """The two ends as they are written: whole numbers, or with decimals where these would be the same."""
        low, high = self.range or (0.0, 100.0)
        written = ((f"{low:.{digits}f}", f"{high:.{digits}f}") for digits in range(9))
        return next(two for two in written if two[0] != two[1])

    def __str__(self) -> str:
        low, high = self.range_texts
        return f"{self.right} of {self.photos} right ({low} to {high} %)" if self.photos else "not measured"

    def to_json(self) -> dict[str, Any]:
        """Counts, and the range in per cent: an object beside each accuracy of ``evaluate --json``."""
        ends = self.range
        return {"right": self.right, "photos": self.photos, "range": ends and [round(end, 2) for end in ends]}

    @classmethod
    def of_json(cls, document: Mapping[str, Any]) -> Accuracy:
        """From such an object."""
        return cls(document["right"], document["photos"])


NOT_MEASURED = Accuracy()


def accuracy_matrix(predictions: Sequence[Ints], labels: Ints, task_of_class: Ints) -> Floats:
    """Accuracy on each task's test photos after each task.

    Args:
        predictions: for each stage b, the predicted class of every test photo, shape (n,). Photos of classes that are
            not yet seen at stage b are ignored, whatever stands there.
        labels: (n,) the true class.
        task_of_class: (C,) the task that brings each class.

    Returns:
        (B, T): `A[b, t]`; NaN where t is not yet seen (t > b) or has no test photo.
    """
    labels, task_of_class = np.asarray(labels), np.asarray(task_of_class)
    task_of_photo = task_of_class[labels]
    tasks = int(task_of_class.max()) + 1
    matrix = np.full((len(predictions), tasks), np.nan)
    for b, predicted in enumerate(predictions):
        hits = np.asarray(predicted) == labels
        for t in range(min(b + 1, tasks)):
            in_task = task_of_photo == t
            if in_task.any():
                matrix[b, t] = hits[in_task].mean()
    return matrix


def photos_per_task(labels: Ints, task_of_class: Ints) -> Ints:
    """(T,) number of test photos of each task."""
    task_of_class = np.asarray(task_of_class)
    return np.bincount(task_of_class[np.asarray(labels)], minlength=int(task_of_class.max()) + 1)


def curve(matrix: Floats, photos: Ints) -> Floats:
    """(B,) accuracy on all test photos of all classes seen after each task.

    Each photo weighs the same, as in the field's tables, so a task with more test photos weighs more.

    Args:
        matrix: (B, T) from :func:`accuracy_matrix`.
        photos: (T,) test photos of each task.
    """
    seen = ~np.isnan(matrix)
    weights = seen * np.asarray(photos, dtype=np.float64)
    hits = np.where(seen, matrix, 0.0) * weights
    with np.errstate(invalid="ignore"):
        return np.asarray(hits.sum(axis=1) / weights.sum(axis=1))


def forgetting(matrix: Floats) -> float:
    """Mean over the old tasks of the best earlier accuracy minus the final one.

    The best is taken over the *earlier* stages only, so a task that has become better counts as negative forgetting.
    A task without an earlier figure, as where its test photos came later, has none to forget. 0.0 when there is no old
    task.
    """
    drops = [
        float(np.nanmax(matrix[t:-1, t]) - matrix[-1, t])
        for t in range(len(matrix) - 1)
        if t < matrix.shape[1] and not np.isnan(matrix[-1, t]) and not np.isnan(matrix[t:-1, t]).all()
    ]
    return float(np.mean(drops)) if drops else 0.0


@dataclass(frozen=True)
class ForgettingCurve:
    """How well each task is told after each task.

    Attributes:
        accuracies: ``(B, T)`` from 0 to 1: after task b, on test photos of task t; NaN where that was not learned yet,
            or has no test photo.
    """

    accuracies: Floats

    def plot(self, ax: Any = None) -> Any:
        """Draw one line a task into matplotlib's axes, None for new ones, and return them.

        Raises InputError where matplotlib is missing.
        """
        ax = new_axes(1) if ax is None else ax
        after = np.arange(1, len(self.accuracies) + 1)
        for task, shares in enumerate(self.accuracies.T, 1):
            ax.plot(after, 100 * shares, marker="o", label=f"Task {task}")
        ax.set(xlabel="After task", ylabel="Right (%)", xticks=after)
        ax.legend()
        return ax


def new_axes(count: int) -> Any:
    """Axes of a new figure of matplotlib, an array where there are several. Raises InputError where it is missing."""
    try:
        from matplotlib import pyplot
    except ImportError:
        raise InputError("Drawing needs the package matplotlib: pip install matplotlib") from None
    return pyplot.subplots(1, count, layout="constrained")[1]


def confusion(labels: Ints, predicted: Ints, classes: int) -> Ints:
    """(C, C) counts: rows are true classes, columns predicted ones."""
    flat = np.asarray(labels) * classes + np.asarray(predicted)
    return np.bincount(flat, minlength=classes * classes).reshape(classes, classes)


def calibration_error(scores: Floats, labels: Ints, bins: int = 15) -> float:
    """How far confidence is from accuracy (Guo et al. 2017): equal-width bins, weighted by their photos.

    Args:
        scores: ``(n, C)``, whose softmax is a probability.
        labels: ``(n,)`` the true column.
        bins: number of bins between 0 and 1; a confidence on an edge belongs to the bin below.

    Returns:
        From 0 (calibrated) to 1; 0.0 without photos.
    """
    scores, labels = np.asarray(scores, dtype=np.float64), np.asarray(labels)
    if len(labels) == 0:
        return 0.0
    confidence = 1 / np.exp(scores - scores.max(axis=1, keepdims=True)).sum(axis=1)
    hits = (scores.argmax(axis=1) == labels).astype(np.float64)
    index = np.clip(np.ceil(confidence * bins).astype(np.int64) - 1, 0, bins - 1)
    gaps = np.bincount(index, weights=confidence - hits, minlength=bins)
    return float(np.abs(gaps).sum() / len(labels))
