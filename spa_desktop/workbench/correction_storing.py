"""Corrections that were learned, into the project: labels, photos, classes, learner and answers in one transaction."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spa_desktop.errors import InputError
from spa_desktop.feature_store import FeatureStore, PhotoRef
from spa_desktop.jobs import Job, Stage
from spa_desktop.plain_files import is_elsewhere
from spa_desktop.project import FoundClass, FoundClasses, FoundFile, Project, Transaction, Waiting, read_photos
from spa_desktop.project.class_names import next_task_name
from spa_desktop.project.records import ClassRecord, Correction, LearnerInfo, NewPhoto, PhotoRecord
from spa_desktop.spa.config import EVIDENCE
from spa_desktop.workbench.class_changes import ClassChange
from spa_desktop.workbench.evaluating import Measured, stage_document
from spa_desktop.workbench.method_settings import learned_with
from spa_desktop.workbench.session import PHRASES, Session, packed, phrases_to_keep
from spa_desktop.workbench.task_training import learned_next
from spa_desktop.workbench.training_record import TrainingRecorder

if TYPE_CHECKING:
    from spa_desktop.spa.learner import SpaLearner

# What corrections that wait would do: which labels move, what is learned, and what is taken out of a class.

Target = int | str
"""A class of the project by its number, or one that is to be made by its name."""


@dataclass(frozen=True)
class Corrected:
    """One correction and its photo.

    Attributes:
        correction: that waited.
        target: the class that the photo is of; None where it is set aside.
        photo: the photo of the project; None for one from outside.
        new: the photo from outside; None for one of the project.
    """

    correction: Correction
    target: Target | None
    photo: PhotoRecord | None
    new: NewPhoto | None = None

    @property
    def ref(self) -> PhotoRef:
        """What the feature store wants to know of it."""
        if self.photo is not None:
            return PhotoRef(Path(self.photo.path), self.photo.sha256)
        assert self.new is not None, "it is one or the other"
        return PhotoRef(self.new.path, self.new.sha256)

    @property
    def is_test(self) -> bool:
        """A test photo moves its label and stays a test photo: it is never learned."""
        return self.photo is not None and self.photo.split == "test"


@dataclass
class CorrectionPlan:
    """What is to be done.

    Attributes:
        items: the corrections that can be carried out.
        superseded: corrections that say nothing, as a later one is of the same photo.
        taken_out: by class that was learned, photos that it was learned from and that are not of it.
        added: by class that was learned, photos to learn.
        made: by name of a class that is to be made and learned, its photos.
        left_in: classes that were learned from photos that are not of them, and from which these cannot be taken out.
    """

    items: list[Corrected] = field(default_factory=list)
    superseded: list[int] = field(default_factory=list)
    taken_out: dict[int, list[PhotoRef]] = field(default_factory=dict)
    added: dict[int, list[PhotoRef]] = field(default_factory=dict)
    made: dict[str, list[PhotoRef]] = field(default_factory=dict)
    left_in: set[int] = field(default_factory=set)

    @property
    def teaches(self) -> bool:
        """Whether anything that was learned changes."""
        return bool(self.taken_out or self.added or self.made)

    @property
    def taught(self) -> list[int]:
        """The known classes whose sums change."""
        return list(dict.fromkeys([*self.taken_out, *self.added]))


def plan_corrections(project: Project, known: Sequence[int], job: Job) -> CorrectionPlan:
    """Read what waits, and open the photos from outside.

    A photo that cannot be read stays where it waits, and the job is told why.

    Args:
        project: with corrections.
        known: the classes that were learned.
        job: hears of photos that are left out.

    Raises:
        InputError: if no correction waits, or none of them can be carried out.
        Cancelled: if the job was cancelled.
    """
    waiting = project.corrections()
    if not waiting:
        raise InputError(f"{project.path} has no correction to learn: say first what photos are")
    plan, faults = CorrectionPlan(), []
    by_content: dict[str, Corrected] = {}
    for one in waiting:
        job.check()
        try:
            item = _item(project, one)
        except InputError as error:
            faults.append(str(error))
            continue
        older = by_content.pop(item.ref.sha256, None)
        if older is not None:
            plan.superseded.append(older.correction.id)
        by_content[item.ref.sha256] = item
    for fault in faults:
        job.message(f"Left waiting: {fault}")
    if not by_content:
        raise InputError(faults[0])
    plan.items = list(by_content.values())
    _sort(project, plan, set(known), job)
    return plan


def leave_out_unreadable(plan: CorrectionPlan, store: FeatureStore, job: Job) -> None:
    """Encode what is learned or taken out; what cannot be encoded moves its label only, and the job is told why."""
    wanted = [ref for part in (plan.taken_out, plan.added, plan.made) for refs in part.values() for ref in refs]
    faults = {fault.photo.sha256: fault.reason for fault in store.ensure(wanted, job)}
    for reason in faults.values():
        job.message(f"Photo left out: {reason}")
    plan.left_in |= {key for key, refs in plan.taken_out.items() if any(ref.sha256 in faults for ref in refs)}
    for part in (plan.taken_out, plan.added, plan.made):
        for key, refs in list(part.items()):
            left = [ref for ref in refs if ref.sha256 not in faults]
            if left:
                part[key] = left  # type: ignore[index]
            else:
                del part[key]  # type: ignore[arg-type]


def _item(project: Project, one: Correction) -> Corrected:
    target: Target | None = one.class_id
    if one.class_name is not None:
        made = project.find_class(one.class_name)
        target = one.class_name if made is None else made.id
    if one.photo_id is not None:
        return Corrected(one, target, project.photo(one.photo_id))
    file = Path(one.path or "")
    if is_elsewhere(file):
        raise InputError(f"{file} is not on this computer: copy the photo here, and say again what it is")
    found = FoundClass(one.class_name or "photo", file.parent, (FoundFile(file, "train"),))
    with read_photos(FoundClasses((found,), ())) as scan:
        new = next(scan.new_photos(scan.classes[0]))
    if new.sha256 != one.sha256:
        # The project may be a stranger's, and name any file of this computer: what is in it stays out of the project.
        raise InputError(f"{file} is another photo than was corrected: say again what it is")
    twin = project.find_photos([new.sha256]).get(new.sha256)  # it was added meanwhile
    return Corrected(one, target, twin, None if twin is not None else new)


def _sort(project: Project, plan: CorrectionPlan, known: set[int], job: Job) -> None:
    lost: Counter[int] = Counter()
    for item in plan.items:
        photo, target = item.photo, item.target
        if photo is not None and photo.is_learned and photo.split == "train" and photo.class_id in known:
            if target == photo.class_id:
                continue
            plan.taken_out.setdefault(photo.class_id, []).append(item.ref)
            lost[photo.class_id] += 1
        if target is None or item.is_test:
            continue
        if isinstance(target, str):
            plan.made.setdefault(target, []).append(item.ref)
        elif target in known:
            plan.added.setdefault(target, []).append(item.ref)
    for class_id, count in lost.items():
        learned = sum(photo.is_learned for photo in project.photos(class_id, split="train", set_aside=None))
        if count >= learned and class_id not in plan.added:
            name = project.class_(class_id).name
            job.message(f"No photo that {name} was learned from would be left: what was learned of it stays as it is")
            del plan.taken_out[class_id]
            plan.left_in.add(class_id)


# What learning corrections did, in numbers: which of them are right now, and what the classes lost.


@dataclass(frozen=True)
class Judged:
    """Whether a corrected photo was taken for its class before, and is now."""

    is_test: bool
    was_right: bool
    is_right: bool


@dataclass(frozen=True)
class CorrectionOutcome:
    """What came of learning corrections.

    Whether a photo is right is asked of the labels as they are now, before and after. A corrected photo of training was
    learned, so that it is right now is to be expected; a corrected test photo was not.

    Attributes:
        photos: how many corrections were carried out.
        judged: those of them whose class is known now: the others were set aside, or are of a class to learn yet.
        made: names of classes that were made and learned.
        waiting: names of classes that photos were moved to, and that are not learned.
        changes: by class, the accuracy on test photos that were not corrected, before and now; most lost first.
        learner_id: of what was learned, None where nothing is.
        seconds: how long it took.
    """

    photos: int
    judged: tuple[Judged, ...]
    made: tuple[str, ...]
    waiting: tuple[str, ...]
    changes: tuple[ClassChange, ...]
    learner_id: int | None
    seconds: float

    @property
    def right(self) -> int:
        """How many of the judged photos are taken for their class now."""
        return sum(one.is_right for one in self.judged)

    @property
    def right_before(self) -> int:
        """How many of them were before."""
        return sum(one.was_right for one in self.judged)

    @property
    def lost(self) -> tuple[ClassChange, ...]:
        """The classes that lost, those that lost most first."""
        return tuple(one for one in self.changes if one.lost is not None and one.lost > 0)

    @property
    def won(self) -> tuple[ClassChange, ...]:
        """The classes that won, those that won most first."""
        return tuple(sorted((one for one in self.changes if (one.lost or 0) < 0), key=lambda one: one.lost or 0))


def changes_of(
    classes: Sequence[ClassRecord],
    labels: Mapping[int, int],
    before: Mapping[int, int],
    after: Mapping[int, int],
) -> tuple[ClassChange, ...]:
    """What classes lost or won on the same photos.

    Args:
        classes: that were known before.
        labels: class by test photo; only these are counted.
        before: what each was taken for before.
        after: what each is taken for now.
    """
    counted: dict[int, list[int]] = {item.id: [0, 0, 0] for item in classes}
    for photo_id, class_id in labels.items():
        if class_id in counted and photo_id in before and photo_id in after:
            row = counted[class_id]
            row[0] += 1
            row[1] += before[photo_id] == class_id
            row[2] += after[photo_id] == class_id
    found = [
        ClassChange(item.name, item.color, count, *(100 * right / count if count else None for right in rights))
        for item, (count, *rights) in ((item, counted[item.id]) for item in classes)
    ]
    return tuple(sorted(found, key=lambda one: -(one.lost if one.lost is not None else float("-inf"))))


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
    from spa_desktop.spa.learner import to_bytes

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
