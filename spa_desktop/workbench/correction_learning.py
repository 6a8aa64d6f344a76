"""Learn corrections: labels move, known classes are topped up, new ones are learned; one transaction, one undo."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from spa_desktop.errors import FilledText, InputError
from spa_desktop.feature_store import FeatureStore, PhotoRef
from spa_desktop.jobs import Job, Stage
from spa_desktop.learning import or_on_cpu
from spa_desktop.project import Project, Transaction, Waiting
from spa_desktop.project.class_names import next_task_name
from spa_desktop.project.records import ClassRecord, LearnerInfo, PhotoRecord
from spa_desktop.visible import QT_TRANSLATE_NOOP, counted
from spa_desktop.workbench.corrections import CorrectionPlan, confirm, leave_out_unreadable, plan_corrections
from spa_desktop.workbench.evaluating import (
    NONE_OF_THESE,
    Comparison,
    Measured,
    PhotoChange,
    answers_before,
    compare,
    features_of,
    measure,
    none_of_these_among,
    score,
    stage_document,
)
from spa_desktop.workbench.open_project import OpenProject, encodable, packed, packed_refs, refs
from spa_desktop.workbench.training import (
    PATIENCE,
    TrainingRecorder,
    is_outdated,
    learn_classes,
    put_learned,
    samples_of,
)

if TYPE_CHECKING:
    from spa_desktop.spa.learner import SpaLearner

_MOST_CHECKED = 300  # training photos that are asked again, before and after


@dataclass(frozen=True)
class CorrectionOutcome:
    """What came of learning corrections.

    Whether a photo is right is asked of the labels as they are now, before and after. A corrected photo of training was
    learned, so that it is correct now is to be expected; a corrected test photo was not.
    """

    photos: int  # how many corrections were carried out
    # those of them whose class is known now: the others were set aside, or are of a class to learn yet
    corrected: Comparison
    made: tuple[str, ...]  # names of classes that were made and learned
    waiting: tuple[str, ...]  # names of classes that photos were moved to, and that are not learned
    # what it did to the photos that were not corrected: test photos, and training photos whose features are at hand, at
    # most 300 of them
    others: Comparison
    learner_id: int | None  # of the model, None where nothing is
    seconds: float  # how long it took

    @property
    def is_worse(self) -> bool:
        """Whether other photos are answered wrong now, or by "none of these"."""
        return any(photo.change in ("lost", "rejected") for photo in self.others.photos)


CHANGES: dict[PhotoChange, str] = {
    "lost": QT_TRANSLATE_NOOP("corrections", "{name}: {n} of {all} became wrong"),
    "rejected": QT_TRANSLATE_NOOP("corrections", "{name}: {n} of {all} became none of these"),
    "won": QT_TRANSLATE_NOOP("corrections", "{name}: {n} of {all} became right"),
    "changed": QT_TRANSLATE_NOOP("corrections", "{name}: {n} of {all} wrong in another way"),
}


def changes_line(others: Comparison) -> str:
    """What changed of the photos that nobody corrected, in one line. The window says the same, translated."""
    if not others.photos:
        return "there was no other photo to check on"
    changes = [
        CHANGES[change].format(name=class_.name, n=n, all=class_.photos) for change, class_, n in others.changes()
    ]
    nothing = f"nothing else changed ({others.tests} test photos, {len(others.photos) - others.tests} learned photos)"
    return ", ".join(changes) or nothing


def learn_corrections(bench: OpenProject, job: Job | None = None) -> CorrectionOutcome:
    """Carry out the corrections that wait, and say what that changed. Nothing is stored before all of it is done.

    A training photo moves to its class: it is taken out of the sums of the old one and added to those of the new one. A
    test photo moves its label and stays a test photo. A photo from outside the project becomes a training photo. A
    class that does not exist is made, and learned as a task, by its name alone: it has no description yet. Raises
    InputError if nothing waits, or none of it can be carried out; Cancelled: the project is as before, and all
    corrections wait still.
    """
    job, recorder = job or Job(), TrainingRecorder()
    with job.followed_by(recorder.follow):
        return _learn_corrections(bench, job, recorder)


def _learn_corrections(bench: OpenProject, job: Job, recorder: TrainingRecorder) -> CorrectionOutcome:
    started = time.monotonic()
    project = bench.project
    if not project.corrections():
        text = QT_TRANSLATE_NOOP("errors", "{path} has no correction to learn: say first what photos are")
        raise InputError(text, path=project.path)
    if is_outdated(project):
        raise InputError(
            QT_TRANSLATE_NOOP(
                "errors", "What was learned in {path} comes from an early version of the app: train it first"
            ),
            path=project.path,
        )
    info, learner = bench.info_and_learner(job)
    plan = plan_corrections(project, info.class_ids if info is not None else (), job)
    if info is None or learner is None:
        summary, waiting = counted(len(plan.items), "photo"), Waiting(job=job)
        with project.transaction("learn corrections", summary, waiting=waiting) as tx:
            waits = move_labels(project, plan, tx).names_of_unlearned(set())
        return CorrectionOutcome(
            len(plan.items), Comparison(), (), waits, Comparison(), None, time.monotonic() - started
        )
    store = bench.store(job)
    leave_out_unreadable(plan, store, job)
    new_learner = _teach(bench, store, learner, plan, job)
    labels = _test_labels(project, info.class_ids, plan)
    tests = encodable(
        store,
        project.missing_test_features(store.fingerprint),
        job,
        said=QT_TRANSLATE_NOOP("errors", "Test photo left out: {reason}"),
    )
    tests = [photo for photo in tests if photo.id in labels]
    mine = {item.photo.id for item in plan.items if item.photo is not None}
    kept = labels.keys() - {test.id for test in tests}
    # The answers before are kept, but not whether a photo was none of the classes.
    answers = answers_before(bench, info, learner, store, labels, tests, job)
    rejected = none_of_these_among(learner, features_of(bench, store, kept, tests))
    before = after = Measured(answers, rejected=rejected)
    if new_learner is not learner:
        after = score(bench, new_learner, store, kept, tests, job)
    corrected = [item.ref for item in plan.items if not item.is_test and item.target is not None]
    gone = store.ensure(corrected, job)
    others = {} if new_learner is learner else _at_hand(project, store, info, mine, job)
    to_encode = list(dict.fromkeys([*(ref for ref in corrected if ref.sha256 not in gone), *others]))
    job.stage(Stage.TEST, total=len(to_encode))
    own_before = own_after = measure(learner, enumerate(packed_refs(store, to_encode)), job)
    if new_learner is not learner:
        job.stage(Stage.TEST, total=len(to_encode))
        own_after = measure(new_learner, enumerate(packed_refs(store, to_encode)), job)
    classes = [item for item in project.classes() if item.id in info.class_ids]
    applied = _store(bench, store, plan, info, new_learner, tests, after, recorder, job)

    def predicted(measured: Measured, key_of: Callable[[int], int | str]) -> dict[int | str, tuple[int, float]]:
        return {
            key_of(answer.photo_id): (
                NONE_OF_THESE if answer.photo_id in measured.rejected else applied.real(answer.class_ids[0]),
                answer.probabilities[0],
            )
            for answer in measured.answers
        }

    was, now = (
        predicted(of_tests, lambda number: number) | predicted(own, lambda place: to_encode[place].sha256)
        for of_tests, own in ((before, own_before), (after, own_after))
    )
    corrected_to: dict[int | str, int] = {}
    for item in plan.items:
        target = applied.number(item.target)
        if target is not None and target in applied.known:
            corrected_to[item.photo.id if item.is_test and item.photo is not None else item.ref.sha256] = target
    labelled: dict[int | str, int] = {
        key: label for key, label in labels.items() if isinstance(label, int) and key not in mine
    }
    labelled |= {ref.sha256: label for ref, label in others.items()}
    current = project.learner_info()
    return CorrectionOutcome(
        photos=len(plan.items),
        corrected=compare(project.classes(), corrected_to, was, now),
        made=tuple(plan.made),
        waiting=applied.names_of_unlearned(applied.known),
        others=compare(classes, labelled, was, now),
        learner_id=None if current is None else current.id,
        seconds=time.monotonic() - started,
    )


def _at_hand(
    project: Project, store: FeatureStore, info: LearnerInfo, corrected: Collection[int], job: Job
) -> dict[PhotoRef, int]:
    """Training photos that nobody corrected and whose features are at hand, with their classes: of each class some."""
    by_class: dict[int, list[PhotoRef]] = {}
    for photo in project.photos(split="train"):
        if photo.is_learned and photo.class_id in info.class_ids and photo.id not in corrected:
            by_class.setdefault(photo.class_id, []).extend(refs([photo]))
    turns = itertools.zip_longest(*([(ref, key) for ref in some] for key, some in by_class.items()))
    photos = (pair for turn in turns for pair in turn if pair is not None and _is_whole(store, pair[0], job))
    return dict(itertools.islice(photos, _MOST_CHECKED))


def _is_whole(store: FeatureStore, photo: PhotoRef, job: Job) -> bool:
    """Whether the features of a photo are at hand and can be read: a damaged entry needs the photo."""
    job.check()
    try:
        return store.has(photo) and bool(store.load(photo))
    except InputError:
        return False


def _teach(bench: OpenProject, store: FeatureStore, learner: SpaLearner, plan: CorrectionPlan, job: Job) -> SpaLearner:
    """The learner with all that is to be learned; a class that is to be made has the key -1, -2 and so on."""
    project = bench.project
    for class_id, photos in plan.added.items():  # first, so that a class which changes all of its photos has some
        name = project.class_(class_id).name
        job.stage(Stage.TOP_UP, detail=name)
        more = samples_of(store, str(class_id), name, photos)
        learner = or_on_cpu(learner, lambda model, more=more: model.top_up(more), job.message)  # type: ignore[misc]
    for class_id, photos in list(plan.taken_out.items()):
        name = project.class_(class_id).name
        job.stage(Stage.TOP_UP, detail=name)
        less = samples_of(store, str(class_id), name, photos)
        try:
            learner = or_on_cpu(learner, lambda model, less=less: model.take_out(less), job.message)  # type: ignore[misc]
        except ValueError:  # no photo was added, and the project does not say of all photos that they were learned
            text = QT_TRANSLATE_NOOP("errors", "Nothing that was learned of {name} would be left: it stays as it is")
            job.message(FilledText.of(text, name=name))
            del plan.taken_out[class_id]
            plan.left_in.add(class_id)
    if plan.made:
        samples = [samples_of(store, str(-n), name, photos) for n, (name, photos) in enumerate(plan.made.items(), 1)]
        learner = learn_classes(bench, learner, samples, job, None)
    return learner


def _test_labels(project: Project, known: Sequence[int], plan: CorrectionPlan) -> dict[int, int | str]:
    """Class by test photo as the corrections have it, where it is known by the end; without those set aside."""
    labels: dict[int, int | str] = {photo.id: photo.class_id for photo in project.photos(split="test")}
    for item in plan.items:
        if item.is_test and item.photo is not None:
            labels.pop(item.photo.id, None)
            if item.target is not None:
                labels[item.photo.id] = item.target
    return {key: label for key, label in labels.items() if label in known or label in plan.made}


@dataclass
class Moved:
    """The classes that labels were moved to."""

    made: dict[str, ClassRecord]  # number by name of the classes that were made
    targets: dict[int, ClassRecord]  # the records of all of them
    learned_ids: list[int]  # the photos that were learned
    known: set[int]  # the classes that are known now
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
    learned = {ref.sha256 for part in (plan.added, plan.made) for some in part.values() for ref in some}
    out = {ref.sha256 for some in plan.taken_out.values() for ref in some}
    applied = Moved(made, {}, [], set(), {})
    confirmed: dict[int, int] = {}
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
            tx.set_frame(photo_id, item.correction.frame)
        if item.ref.sha256 in learned and photo_id is not None:
            applied.learned_ids.append(photo_id)
        applied.targets[target] = project.class_(target)
        if photo_id is not None:
            confirmed[photo_id] = target
    confirm(project, tx, confirmed)
    tx.drop_corrections([*plan.superseded, *(item.correction.id for item in plan.items)])
    return applied


def _store(
    bench: OpenProject,
    store: FeatureStore,
    plan: CorrectionPlan,
    based_on: LearnerInfo,
    learner: SpaLearner,
    tests: Sequence[PhotoRecord],
    measured: Measured,
    recorder: TrainingRecorder,
    job: Job,
) -> Moved:
    """Store it all, or nothing if the job is cancelled or something else is learned by now."""
    project = bench.project
    job.stage(Stage.SAVE)
    states = {key: project.class_(key).state for key in plan.taught}
    waiting = Waiting(PATIENCE, job=job, why="what was learned is kept until then")
    if plan.teaches:
        project.keep_version("before training", job)
    with project.transaction("learn corrections", counted(len(plan.items), "photo"), waiting=waiting) as tx:
        bench.bind_backbone(tx)
        tx.require_learner(based_on)
        applied = move_labels(project, plan, tx)
        for photo_id, blob in packed(store, tests):
            tx.put_test_features(photo_id, store.fingerprint, blob)
        made = [applied.made[name] for name in plan.made]
        applied.places.update({-number: item.id for number, item in enumerate(made, 1)})
        keys = [applied.real(int(key)) for key in learner.keys]
        applied.known.update(keys)
        real = applied.real
        measured = Measured(
            tuple(replace(answer, class_ids=tuple(map(real, answer.class_ids))) for answer in measured.answers),
            tuple(map(real, measured.zero_shot)),
            tuple(map(real, measured.slda)),
        )
        if not plan.teaches:
            tx.add_answers(based_on.id, measured.answers)
            job.check()
            return applied
        known = [item for item in project.classes() if item.id in applied.known]
        document = stage_document(measured, {photo.id: photo for photo in project.photos(split="test")}, known)
        put_learned(
            tx,
            project,
            store.encoder,
            learner.with_keys([str(key) for key in keys]),
            task=project.task(made[0].task_id if made else project.class_(plan.taught[0]).task_id),
            new=made,
            based_on=based_on,
            taught=[*plan.taught, *(item.id for item in made)],
            photo_ids=applied.learned_ids,
            document=document,
            answers=measured.answers,
            notes=recorder.notes("corrected", job, photos=len(applied.learned_ids), document=document),
        )
        counts = project.photo_counts()
        for key, state in states.items():
            # Nobody corrected what it has to learn, or what is wrong could not be learned or taken out.
            if state == "stale" or counts[key].unlearned or key in plan.left_in:
                tx.set_class_state(key, "stale")
        job.check()
    return applied
