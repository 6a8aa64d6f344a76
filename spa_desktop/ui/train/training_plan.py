"""What could be learned now, as plain values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from PySide6.QtCore import QCoreApplication

from spa_desktop.project.records import ClassRecord, TaskRecord
from spa_desktop.ui.app_state.contents import Contents
from spa_desktop.ui.widgets.number_words import duration

TextState = Literal["approved", "draft", "missing"]

# Seconds a training photo, until a training here told better. Measured: spa-lite, 96 photos, two busy cores.
_DEFAULT_PACE = 0.45


@dataclass(frozen=True)
class PendingClass:
    """A class that a training would learn.

    Attributes:
        record: the class.
        train: photos that would be learned.
        test: photos it would be checked on.
        text: whether the text that it is learned with was approved, only written, or is missing.
        is_top_up: True if the model knows the class, and only gets more photos.
        is_again: True if the model knows the class by photos that are gone, and learns it again from those left.
    """

    record: ClassRecord
    train: int
    test: int
    text: TextState
    is_top_up: bool
    is_again: bool = False

    @property
    def is_new(self) -> bool:
        return not self.is_top_up and not self.is_again


@dataclass(frozen=True)
class PendingTask:
    """A task with something to learn in it."""

    task: TaskRecord
    classes: tuple[PendingClass, ...]

    @property
    def photos(self) -> int:
        return sum(one.train for one in self.classes)

    @property
    def new(self) -> tuple[PendingClass, ...]:
        return tuple(one for one in self.classes if one.is_new)

    def names(self, text: TextState) -> list[str]:
        """The new classes whose text is in that state. What is topped up needs no text."""
        return [one.record.name for one in self.new if one.text == text]


def pending_tasks(contents: Contents) -> tuple[PendingTask, ...]:
    """The tasks that have something to learn, in the order of learning."""
    found = []
    for task in contents.tasks:
        classes = tuple(_pending(contents, one) for one in contents.to_learn if one.task_id == task.id)
        if classes:
            found.append(PendingTask(task, classes))
    return tuple(found)


def _pending(contents: Contents, record: ClassRecord) -> PendingClass:
    counts = contents.counts[record.id]
    text: TextState = "missing"
    if record.id in contents.descriptions:
        text = "approved" if contents.is_approved(record.id) else "draft"
    is_known = record.state == "stale"
    # Without new photos it is learned again from those that are left.
    is_top_up = is_known and counts.unlearned > 0
    return PendingClass(
        record,
        counts.unlearned if is_top_up else counts.train,
        counts.test,
        text,
        is_top_up,
        is_known and not is_top_up,
    )


def rough_time(photos: int, pace: float | None) -> str:
    """About how long a training takes, in words.

    Args:
        photos: to learn.
        pace: seconds a photo, as measured here before; None if nothing was.
    """
    seconds = photos * (pace or _DEFAULT_PACE) + 5
    return QCoreApplication.translate("train", "about {time}").format(time=duration(5 * round(seconds / 5)))
