"""Learn one task, and say what that changed: what is known now, and what old classes lost."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from spa_desktop.errors import InputError
from spa_desktop.jobs import Job
from spa_desktop.workbench.class_changes import ClassChange

__all__ = ["ClassChange", "Outcome", "learn"]

if TYPE_CHECKING:
    from spa_desktop.workbench import Workbench


@dataclass(frozen=True)
class Outcome:
    """What came of a training.

    Attributes:
        task: its name.
        learned: names of the classes that are new to the model.
        topped_up: names of the classes that got more photos.
        accuracy: on all test photos, in per cent; None if there are none.
        tests: how many test photos that is from.
        accuracy_new: of the classes that are new.
        before: accuracy of the model before, on the classes it knew.
        changes: the classes it knew, those that lost most first.
        seconds: how long it took.
        photos: how many were learned.
        again: names of the classes that were learned again from the photos that are left, as others of theirs are gone.
    """

    task: str
    learned: tuple[str, ...]
    topped_up: tuple[str, ...]
    accuracy: float | None
    tests: int
    accuracy_new: float | None
    before: float | None
    changes: tuple[ClassChange, ...]
    seconds: float
    photos: int
    again: tuple[str, ...] = ()


def learn(bench: Workbench, job: Job, task: str) -> Outcome:
    """Learn a task.

    Raises:
        InputError: if there is nothing to learn in it.
        Cancelled: the model is as before.
    """
    started = time.monotonic()
    plan = bench.plan(task)
    photos = sum(
        len(bench.project.photos(one.id, split="train", unlearned=one not in plan.anew))
        for one in (*plan.new, *plan.known)
    )
    known = {} if bench.project.learner_info() is None else _measured(bench, job)
    before = known.get("last")
    trained = bench.train(job, task=task)
    _heed_cancel(bench, job)
    now = _measured(bench, Job())
    counts = {name: sum(row) for name, row in zip(now.get("classes", ()), now.get("confusion", ()), strict=True)}
    colors = {one.name: one.color for one in bench.project.classes()}
    changes = [
        ClassChange(name, colors[name], counts.get(name, 0), value, now.get("per_class", {}).get(name))
        for name, value in known.get("per_class", {}).items()
        if name in colors
    ]
    again = tuple(one.name for one in plan.anew)
    changes.sort(key=lambda one: -(one.lost if one.lost is not None else float("-inf")))
    outcome = Outcome(
        task,
        trained.learned,
        tuple(name for name in trained.topped_up if name not in again),
        now.get("last"),
        sum(counts.values()),
        _accuracy_of(now, trained.learned),
        before,
        tuple(changes),
        time.monotonic() - started,
        photos,
        again,
    )
    _heed_cancel(bench, job)
    return outcome


def _heed_cancel(bench: Workbench, job: Job) -> None:
    """Take the training back if it was cancelled after it was stored: the person is told that the model stays."""
    if job.is_cancelled:
        bench.undo_training()
    job.check()


def _measured(bench: Workbench, job: Job) -> dict[str, Any]:
    try:
        return bench.evaluate(job)
    except InputError:  # no test photo
        return {}


def _accuracy_of(document: dict[str, Any], names: tuple[str, ...]) -> float | None:
    right = count = 0
    for place, (name, row) in enumerate(zip(document.get("classes", ()), document.get("confusion", ()), strict=True)):
        if name in names:
            right, count = right + row[place], count + sum(row)
    return 100 * right / count if count else None
