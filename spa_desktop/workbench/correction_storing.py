"""Corrections that were learned, into the project: labels, photos, classes, learner and answers in one transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from spa_desktop.feature_store import FeatureStore
from spa_desktop.jobs import Job, Stage
from spa_desktop.project import Project, Transaction, Waiting
from spa_desktop.project.class_names import next_task_name
from spa_desktop.project.records import ClassRecord, LearnerInfo, PhotoRecord
from spa_desktop.spa.config import EVIDENCE
from spa_desktop.workbench.correction_plan import CorrectionPlan
from spa_desktop.workbench.evaluating import Measured, stage_document
from spa_desktop.workbench.learned_phrases import PHRASES, phrases_to_keep
from spa_desktop.workbench.method_settings import learned_with
from spa_desktop.workbench.session import Session
from spa_desktop.workbench.stored_features import packed
from spa_desktop.workbench.task_training import learned_next
from spa_desktop.workbench.training_record import TrainingRecorder

if TYPE_CHECKING:
    from spa_desktop.spa.learner import SpaLearner

_PATIENCE = 300.0  # seconds that a result waits for other programs before it is given up


@dataclass(frozen=True)
class LearnedCorrections:
    """What is stored: the learner, the test photos that are new to it, and what was measured."""

    based_on: LearnerInfo
    learner: SpaLearner
    tests: Sequence[PhotoRecord]
    measured: Measured
    seconds: float
    recorder: TrainingRecorder
    before: Mapping[str, Any] | None  # what was measured of what it is based on


@dataclass
class Moved:
    """The classes that labels were moved to.

    Attributes:
        made: number by name of the classes that were made.
        targets: the records of all of them.
        learned_ids: the photos that were learned.
        known: the classes that are known now.
    """

    made: dict[str, ClassRecord]
    targets: dict[int, ClassRecord]
    learned_ids: list[int]
    known: set[int]
    places: dict[int, int]

    def number(self, target: int | str | None) -> int | None:
        return self.made[target].id if isinstance(target, str) else target

    def real(self, class_id: int) -> int:
        """The number of a class that the learner knew by a stand-in before it was made."""
        return self.places.get(class_id, class_id)

    def names_of_unlearned(self, known: set[int]) -> tuple[str, ...]:
        return tuple(item.name for item in self.targets.values() if item.id not in known)


def move_labels(project: Project, plan: CorrectionPlan, tx: Transaction) -> Moved:
    """Move labels, set photos aside, add photos and classes, and take the corrections out of what waits."""
    made: dict[str, ClassRecord] = {}
    names = list(dict.fromkeys(item.target for item in plan.items if isinstance(item.target, str)))
    for group in ([name for name in names if name in plan.made], [name for name in names if name not in plan.made]):
        if group:
            task = tx.add_task(next_task_name({item.name for item in project.tasks()}))
            made.update({name: tx.add_class(name, task.id) for name in group})
    learned = {ref.sha256 for part in (plan.added, plan.made) for refs in part.values() for ref in refs}
    out = {ref.sha256 for refs in plan.taken_out.values() for ref in refs}
    applied = Moved(made, {}, [], set(), {})
    for item in plan.items:
        target = applied.number(item.target)
        photo_id = None if item.photo is None else item.photo.id
        if target is None:
            if photo_id is not None:
                tx.set_aside([photo_id])
                if item.ref.sha256 in out:
                    tx.unlearn_photos([photo_id])
            continue
        if photo_id is not None:
            tx.set_aside([photo_id], False)
            tx.move_photos([photo_id], target)
        elif item.new is not None:
            (photo_id,) = tx.add_photos(target, [item.new])
        if item.ref.sha256 in learned and photo_id is not None:
            applied.learned_ids.append(photo_id)
        applied.targets[target] = project.class_(target)
    tx.drop_corrections([*plan.superseded, *(item.correction.id for item in plan.items)])
    return applied


def store_corrections(
    session: Session, plan: CorrectionPlan, result: LearnedCorrections, store: FeatureStore, job: Job
) -> Moved:
    """Store it all, or nothing if the job is cancelled or something else is learned by now."""
    from spa_desktop.spa.state import to_bytes

    project, encoder, learner = session.project, store.encoder, result.learner
    job.stage(Stage.SAVE)
    states = {key: project.class_(key).state for key in plan.taught}
    waiting = Waiting(_PATIENCE, job=job, why="what was learned is kept until then")
    with project.transaction("learn corrections", summary_of(plan), waiting=waiting) as tx:
        session.bind_backbone(tx)
        tx.require_learner(result.based_on)
        applied = move_labels(project, plan, tx)
        for photo_id, blob in packed(store, result.tests):
            tx.put_test_features(photo_id, encoder.fingerprint, blob)
        made = [applied.made[name] for name in plan.made]
        applied.places.update({-number: item.id for number, item in enumerate(made, 1)})
        keys = [applied.real(int(key)) for key in learner.keys]
        applied.known.update(keys)
        if not plan.teaches:
            tx.add_answers(result.based_on.id, _in_project_numbers(result.measured, applied).answers)
            job.check()
            return applied
        task = project.task(made[0].task_id if made else project.class_(plan.taught[0]).task_id)
        if made:
            tx.reorder_tasks(learned_next(project.tasks(), task))
        tx.put_learner(
            to_bytes(learner.with_keys([str(key) for key in keys])),
            based_on=result.based_on,
            task_id=task.id,
            class_ids=keys,
            trained_class_ids=[*plan.taught, *(item.id for item in made)],
            learned_photo_ids=applied.learned_ids,
            meta={
                "weights": dict(zip(EVIDENCE, learner.scorer.weights.tolist(), strict=True)),
                "seconds": round(result.seconds, 1),
                "method": learned_with(learner.config),
                "devices": {"encoder": encoder.device.type, "learner": learner.device.type},
                PHRASES: phrases_to_keep(project, made),
            },
        )
        counts = project.photo_counts()
        for key, state in states.items():
            # Nobody corrected what it has to learn, or what is wrong could not be learned or taken out.
            if state == "stale" or counts[key].unlearned or key in plan.left_in:
                tx.set_class_state(key, "stale")
        measured = _in_project_numbers(result.measured, applied)
        known = [item for item in project.classes() if item.id in applied.known]
        photos = {photo.id: photo for photo in project.photos(split="test")}
        document = stage_document(measured, photos, known)
        last = task.id if made else [one.id for one in project.tasks() if one.state == "trained"][-1]
        tx.put_evaluation(last, document, measured.answers)
        count = len(applied.learned_ids)
        notes = result.recorder.notes("corrected", photos=count, document=document, before=result.before)
        tx.put_training(task.id, notes)
        job.check()
    return applied


def _in_project_numbers(measured: Measured, applied: Moved) -> Measured:
    """What was measured, with the numbers that classes have in the project."""
    return Measured(
        tuple(replace(one, class_ids=tuple(map(applied.real, one.class_ids))) for one in measured.answers),
        tuple(map(applied.real, measured.zero_shot)),
        tuple(map(applied.real, measured.slda)),
    )


def summary_of(plan: CorrectionPlan) -> str:
    """What the history says of it."""
    count = len(plan.items)
    return f"{count} photo" if count == 1 else f"{count} photos"
