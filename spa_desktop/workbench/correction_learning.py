"""Learn corrections: labels move, known classes are topped up, new ones are learned; one transaction, one undo."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import TYPE_CHECKING

from spa_desktop.errors import InputError
from spa_desktop.feature_store import FeatureStore, PhotoRef
from spa_desktop.jobs import Job, Stage
from spa_desktop.learning import encode_class_text, or_on_cpu, progress_of
from spa_desktop.project import Project, Waiting
from spa_desktop.project.records import LearnerInfo, PhotoRecord
from spa_desktop.workbench.correction_storing import (
    Corrected,
    CorrectionOutcome,
    CorrectionPlan,
    Judged,
    LearnedCorrections,
    changes_of,
    leave_out_unreadable,
    move_labels,
    plan_corrections,
    store_corrections,
    summary_of,
)
from spa_desktop.workbench.evaluating import Measured, measure
from spa_desktop.workbench.method_settings import for_next_task, method_of
from spa_desktop.workbench.session import Session, encodable, pack_photo, packed, patches_of
from spa_desktop.workbench.task_training import is_outdated
from spa_desktop.workbench.training_record import TrainingRecorder, document_before

if TYPE_CHECKING:
    from spa_desktop.encoders.encoder import ClipEncoder
    from spa_desktop.spa.learner import SpaLearner
    from spa_desktop.spa.memory import ClassSamples


def learn_corrections(session: Session, job: Job, *, seed: int | None = None) -> CorrectionOutcome:
    """Carry out the corrections that wait, and say what that changed. Nothing is stored before all of it is done.

    A training photo moves to its class: it is taken out of the sums of the old one and added to those of the new one. A
    test photo moves its label and stays a test photo. A photo from outside the project becomes a training photo.
    A class that does not exist is made, and learned as a task, by its name alone: it has no description yet.

    Args:
        session: of the project.
        job: progress and cancellation.
        seed: of whatever is left to chance; None takes the project's.

    Raises:
        InputError: if nothing waits, or none of it can be carried out.
        Cancelled: the project is as before, and all corrections wait still.
    """
    recorder = TrainingRecorder()
    with job.followed_by(recorder.follow):
        return _learn_corrections(session, job, seed, recorder)


def _learn_corrections(session: Session, job: Job, seed: int | None, recorder: TrainingRecorder) -> CorrectionOutcome:
    started = time.monotonic()
    project = session.project
    if not project.corrections():
        raise InputError(f"{project.path} has no correction to learn: say first what photos are")
    if is_outdated(project):
        raise InputError(f"What was learned in {project.path} comes from an early version of the app: train it first")
    info, learner = session.learned(job) if project.learner_info() is not None else (None, None)
    plan = plan_corrections(project, info.class_ids if info is not None else (), job)
    if info is None or learner is None:
        with project.transaction("learn corrections", summary_of(plan), waiting=Waiting(job=job)) as tx:
            waits = move_labels(project, plan, tx).names_of_unlearned(set())
        return CorrectionOutcome(len(plan.items), (), (), waits, (), None, time.monotonic() - started)
    store = session.store(job)
    leave_out_unreadable(plan, store, job)
    taught = _taught(session, store.encoder, store, learner, plan, job, seed=seed)
    labels = _test_labels(project, info.class_ids, plan)
    tests = encodable(store, project.missing_test_features(store.encoder.fingerprint), job, said="Test photo left out")
    tests = [photo for photo in tests if photo.id in labels]
    before = _answers_before(session, info, learner, store, tests, labels, job)
    after = before if taught is learner else _measure(session, taught, store, tests, labels, job)
    corrected = [item.ref for item in plan.items if not item.is_test and item.target is not None]
    own = [_answers_to(one, store, corrected, job) for one in (learner, taught)]
    classes = [item for item in project.classes() if item.id in info.class_ids]
    was = document_before(project.evaluations(), info.id)
    result = LearnedCorrections(info, taught, tests, after, time.monotonic() - started, recorder, was)
    applied = store_corrections(session, plan, result, store, job)
    answers = [
        {one.photo_id: applied.real(one.class_ids[0]) for one in measured.answers} for measured in (before, after)
    ]
    judged = [
        Judged(item.is_test, *(applied.real(found[item.ref.sha256]) == target for found in own_answers))
        for item in plan.items
        if (target := applied.number(item.target)) in applied.known
        for own_answers in [_by_content(item, answers) if item.is_test else own]
        if all(item.ref.sha256 in found for found in own_answers)
    ]
    mine = {item.photo.id for item in plan.items if item.photo is not None}
    others = {key: label for key, label in labels.items() if isinstance(label, int) and key not in mine}
    current = project.learner_info()
    return CorrectionOutcome(
        photos=len(plan.items),
        judged=tuple(judged),
        made=tuple(plan.made),
        waiting=applied.names_of_unlearned(applied.known),
        changes=changes_of(classes, others, *answers),
        learner_id=None if current is None else current.id,
        seconds=time.monotonic() - started,
    )


def _by_content(item: Corrected, answers: Sequence[Mapping[int, int]]) -> list[dict[str, int]]:
    """The answers on a test photo, before and now, under its content like those of other photos."""
    key = item.photo.id if item.photo is not None else 0
    return [{item.ref.sha256: found[key]} if key in found else {} for found in answers]


def _taught(
    session: Session,
    encoder: ClipEncoder,
    store: FeatureStore,
    learner: SpaLearner,
    plan: CorrectionPlan,
    job: Job,
    *,
    seed: int | None,
) -> SpaLearner:
    """The learner with all that is to be learned; a class that is to be made has the key -1, -2 and so on."""
    project = session.project
    emptied: dict[int, ClassSamples] = {}
    for class_id, refs in plan.taken_out.items():
        name = project.class_(class_id).name
        job.stage(Stage.TOP_UP, detail=name)
        less = _samples(encoder, store, str(class_id), name, refs)
        try:
            learner = or_on_cpu(learner, lambda one, less=less: one.take_out(less), job.message)  # type: ignore[misc]
        except ValueError:  # nothing would be left
            emptied[class_id] = less
    for class_id, refs in plan.added.items():
        name = project.class_(class_id).name
        job.stage(Stage.TOP_UP, detail=name)
        more = _samples(encoder, store, str(class_id), name, refs)
        learner = or_on_cpu(learner, lambda one, more=more: one.top_up(more), job.message)  # type: ignore[misc]
    for class_id, less in emptied.items():
        try:
            learner = or_on_cpu(learner, lambda one, less=less: one.take_out(less), job.message)  # type: ignore[misc]
        except ValueError:  # no photo was added, and the project does not say of all photos that they were learned
            job.message(f"Nothing that was learned of {project.class_(class_id).name} would be left: it stays as it is")
            del plan.taken_out[class_id]
            plan.left_in.add(class_id)
    if plan.made:
        samples = [_samples(encoder, store, str(-n), name, refs) for n, (name, refs) in enumerate(plan.made.items(), 1)]
        used = project.meta.seed if seed is None else seed
        learner = for_next_task(learner, method_of(project.settings()))
        progress = progress_of(job)
        learner = or_on_cpu(learner, lambda one: one.learn(samples, seed=used, progress=progress), job.message)
    return learner


def _samples(encoder: ClipEncoder, store: FeatureStore, key: str, name: str, refs: Sequence[PhotoRef]) -> ClassSamples:
    from spa_desktop.spa.memory import ClassSamples

    return ClassSamples(key, store.pooled(refs), patches_of(store, refs), encode_class_text(encoder, name))


def _test_labels(project: Project, known: Sequence[int], plan: CorrectionPlan) -> dict[int, int | str]:
    """Class by test photo as the corrections have it, where it is known by the end; without those set aside."""
    labels: dict[int, int | str] = {photo.id: photo.class_id for photo in project.photos(split="test")}
    for item in plan.items:
        if item.is_test and item.photo is not None:
            labels.pop(item.photo.id, None)
            if item.target is not None:
                labels[item.photo.id] = item.target
    return {key: label for key, label in labels.items() if label in known or label in plan.made}


def _measure(
    session: Session,
    learner: SpaLearner,
    store: FeatureStore,
    new: Sequence[PhotoRecord],
    labels: Mapping[int, int | str],
    job: Job,
) -> Measured:
    """Score the test photos; the answers may name classes by their stand-ins."""
    kept = sorted(labels.keys() - {photo.id for photo in new})
    job.stage(Stage.TEST, total=len(new) + len(kept))
    features = chain(session.project.test_features(store.encoder.fingerprint, kept), packed(store, new))
    return measure(learner, features, job)


def _answers_before(
    session: Session,
    info: LearnerInfo,
    learner: SpaLearner,
    store: FeatureStore,
    new: Sequence[PhotoRecord],
    labels: Mapping[int, int | str],
    job: Job,
) -> Measured:
    """What test photos were taken for: as it was kept, and of the others as it is now."""
    kept = {one.photo_id: one for one in session.project.answers(info.id) if one.photo_id in labels}
    missing = {key: label for key, label in labels.items() if key not in kept}
    more = _measure(session, learner, store, [one for one in new if one.id in missing], missing, job)
    return Measured((*kept.values(), *more.answers))


def _answers_to(learner: SpaLearner, store: FeatureStore, refs: Sequence[PhotoRef], job: Job) -> dict[str, int]:
    """What photos are taken for, by their content; those that cannot be read are left out."""
    unreadable = {fault.photo.sha256 for fault in store.ensure(refs, job)}
    known = [ref for ref in refs if ref.sha256 not in unreadable]

    def features() -> Iterator[tuple[int, bytes]]:
        for part, patches in store.iter_patches(known):
            pooled = store.pooled(known[part])
            for row, place in enumerate(range(len(known))[part]):
                yield place, pack_photo(pooled[row], patches[row])

    return {known[one.photo_id].sha256: one.class_ids[0] for one in measure(learner, features(), Job()).answers}
