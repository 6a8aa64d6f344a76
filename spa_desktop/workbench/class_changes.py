"""Verbs that change the model without training: classes forgotten, two made one, a training taken back."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import TYPE_CHECKING

from spa_desktop.errors import InputError
from spa_desktop.jobs import Job
from spa_desktop.project import Transaction, Waiting
from spa_desktop.project.records import ClassRecord, LearnerInfo
from spa_desktop.project.versions import DELETING
from spa_desktop.visible import QT_TRANSLATE_NOOP
from spa_desktop.workbench.open_project import OpenProject

if TYPE_CHECKING:
    from spa_desktop.spa.learner import SpaLearner


def undo_training(bench: OpenProject) -> str | None:
    """Take the last training back. Gives the name of its task, or None if there is none to take back.

    Where nothing was done since, it is undone as a step of this bench, so that it can be done again.
    """
    project = bench.project
    info = project.undoable_training()
    if info is None or info.task_id is None:
        return None
    name = project.task(info.task_id).name
    if any((change.verb, change.summary) == ("train", name) for change in project.undo_changes[:1]):
        project.undo()
        return name
    with project.transaction("undo training", name) as tx:
        tx.undo_training()
    return name


def forget_class(bench: OpenProject, class_id: int, job: Job | None = None) -> None:
    """Delete a class: its photos' records, its text, and what the model knows of it.

    Raises InputError if there is no such class.
    """
    job = job or Job()
    item = bench.project.class_(class_id)
    with _replacing(bench, "delete class", item.name, *_forget_class(bench, item, job), job) as tx:
        tx.delete_class(class_id)


def merge_classes(bench: OpenProject, source_id: int, target_id: int, job: Job | None = None) -> bool:
    """Make one class of two: the photos of the source go to the target, which keeps name, task, and text.

    Where both were learned, the model joins them as well, from the sums alone. Gives whether nothing is
    left to learn that was learned before. Raises InputError if there is no such class, or both are the same; Cancelled
    if the job was cancelled: nothing is changed then.
    """
    project, job = bench.project, job or Job()
    source, target = project.class_(source_id), project.class_(target_id)
    info, learner = bench.info_and_learner(job)
    known = {str(source_id), str(target_id)} & set(learner.keys if learner else ())
    if learner is not None and len(known) == 2:
        remaining: SpaLearner | None = learner.merge(str(source_id), str(target_id))
    else:
        info, remaining = _forget_class(bench, source, job)
    job.check()
    with _replacing(bench, "merge", f"{source.name} into {target.name}", info, remaining, job) as tx:
        tx.merge_classes(source_id, target_id, is_learned=len(known) == 2)
    return len(known) != 1


def forget_all(bench: OpenProject) -> None:
    """Forget all that was learned. Photos and texts stay, so that all of it can be learned anew.

    Raises InputError if nothing was learned.
    """
    project = bench.project
    if project.learner_info() is None:
        text = QT_TRANSLATE_NOOP("errors", "{path} has learned nothing yet: there is nothing to forget")
        raise InputError(text, path=project.path)
    project.keep_version("before forgetting")
    with project.transaction("forget", "all that was learned") as tx:
        tx.forget_learner()


def _forget_class(bench: OpenProject, item: ClassRecord, job: Job) -> tuple[LearnerInfo | None, SpaLearner | None]:
    """The model, and what is left of it without a class; None if it knows nothing of the class."""
    if item.state not in ("trained", "stale"):
        return bench.project.learner_info(), None
    info, learner = bench.info_and_learner(job)
    return info, learner.forget(str(item.id)) if learner is not None and str(item.id) in learner.keys else None


@contextlib.contextmanager
def _replacing(
    bench: OpenProject, verb: str, summary: str, before: LearnerInfo | None, learner: SpaLearner | None, job: Job
) -> Iterator[Transaction]:
    """A transaction that stores what is left of the earlier model in place of it; None: it stays as it is."""
    from spa_desktop.spa.learner import to_bytes

    if learner is not None:
        bench.project.keep_version(DELETING, job)  # undo ends with the session
    with bench.project.transaction(verb, summary, waiting=Waiting(job=job)) as tx:
        yield tx
        tx.require_learner(before)
        if learner is not None and learner.keys:
            tx.replace_learner(to_bytes(learner), based_on=before, class_ids=[int(key) for key in learner.keys])
        elif learner is not None:
            tx.forget_learner()
