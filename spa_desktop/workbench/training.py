"""Train a task: from photos in folders to a learner in the project, in one transaction at the end."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from spa_desktop.errors import InputError
from spa_desktop.features import FeatureStore
from spa_desktop.jobs import Job
from spa_desktop.project import Waiting
from spa_desktop.project.records import ClassRecord, LearnerInfo, PhotoRecord, TaskRecord
from spa_desktop.workbench.evaluating import Measured, measure, stage_document
from spa_desktop.workbench.features import encodable, packed
from spa_desktop.workbench.learned import PHRASES, phrases_to_keep
from spa_desktop.workbench.method import for_next_task, learned_with, method_of
from spa_desktop.workbench.session import Session, patches_of, readable_name, refs

if TYPE_CHECKING:
    from spa_desktop.clip.encoder import ClipEncoder
    from spa_desktop.spa.learner import SpaLearner
    from spa_desktop.spa.samples import ClassSamples
    from spa_desktop.spa.training import TrainingStep


_PATIENCE = 300.0  # seconds that a result waits for other programs before it is given up


@dataclass(frozen=True)
class Trained:
    """What :func:`train` did.

    Attributes:
        task: the task.
        learned: names of the classes that are new to the learner.
        topped_up: names of known classes that got more photos.
        document: what was measured after it, as stored: see :func:`~spa_desktop.workbench.evaluating.stage_document`.
    """

    task: TaskRecord
    learned: tuple[str, ...]
    topped_up: tuple[str, ...]
    document: dict[str, Any]


@dataclass(frozen=True)
class Plan:
    """What a training would do.

    Attributes:
        task: whose classes are learned, or topped up.
        new: classes that the learner does not know.
        stale: classes that it knows and that have photos it has not seen.
    """

    task: TaskRecord
    new: tuple[ClassRecord, ...]
    stale: tuple[ClassRecord, ...]


def plan(session: Session, task_name: str | None = None) -> Plan:
    """What the next training would do: the named task, or the first that is not trained, or the first stale class's.

    Raises:
        InputError: if there is nothing to learn.
    """
    project = session.project
    classes = project.classes()
    if not classes:
        raise InputError(f"{project.path} has no class yet: add folders of photos first")
    unlearned = {key for key, counts in project.photo_counts().items() if counts.unlearned}
    open_ids = [item.task_id for item in classes if item.state in ("new", "described") or item.id in unlearned]
    if task_name is None:
        if not open_ids:
            raise InputError(f"{project.path} has learned all of its classes already: add photos or a new class")
        task = project.task(open_ids[0])
    else:
        found = project.find_task(task_name)
        if found is None:
            names = ", ".join(item.name for item in project.tasks())
            raise InputError(f"{project.path} has no task {task_name!r}. Its tasks: {names}")
        task = found
    mine = [item for item in classes if item.task_id == task.id]
    new = tuple(item for item in mine if item.state in ("new", "described"))
    stale = tuple(item for item in mine if item.state in ("trained", "stale") and item.id in unlearned)
    if not new and not stale:
        raise InputError(f"The task {task.name!r} is learned already: nothing in it is new")
    return Plan(task, new, stale)


def train(session: Session, todo: Plan, job: Job, *, seed: int | None = None) -> Trained:
    """Learn what a plan names. Nothing is stored before all of it is done.

    Raises:
        InputError: if no photo of a class can be read.
        Cancelled: if the job was cancelled; the project is as before.
    """
    started = time.monotonic()
    project = session.project
    encoder = session.encoder(job)
    store = session.store(job)
    known_before, learner = session.learned(job)
    learner = learner or session.new_learner(job)
    taught = (*todo.new, *todo.stale)
    photos = {item.id: _readable(session, store, item, job) for item in taught}
    tests = encodable(store, project.missing_test_features(encoder.fingerprint), job, said="Test photo left out")
    if todo.new:
        samples = [_samples(session, encoder, store, item, photos[item.id]) for item in todo.new]
        used = project.meta.seed if seed is None else seed
        learner = for_next_task(learner, method_of(project.settings()))
        learner = learner.learn(samples, seed=used, progress=_progress(job))
    for item in todo.stale:
        job.stage(f"Adding photos to {item.name}")
        learner = learner.top_up(_samples(session, encoder, store, item, photos[item.id]))
    measured = _measure(session, learner, encoder, store, tests, job)
    known = [item for item in project.classes() if str(item.id) in learner.keys]
    document = stage_document(measured, known)
    seconds = time.monotonic() - started
    _store(session, todo, known_before, learner, photos, tests, store, document, seconds, job)
    return Trained(todo.task, tuple(item.name for item in todo.new), tuple(item.name for item in todo.stale), document)


def _readable(session: Session, store: FeatureStore, item: ClassRecord, job: Job) -> list[PhotoRecord]:
    """The photos of a class that the learner has not seen and that have features."""
    photos = session.project.photos(item.id, split="train", unlearned=True)
    kept = encodable(store, photos, job, said="Photo left out")
    if not kept:
        raise InputError(f"No photo of {item.name} can be read: put its photos back, or add others")
    return kept


def _samples(
    session: Session, encoder: ClipEncoder, store: FeatureStore, item: ClassRecord, photos: Sequence[PhotoRecord]
) -> ClassSamples:
    from spa_desktop.spa.samples import ClassSamples, ClassText

    text = session.project.description(item.id)
    name = f"a photo of a {readable_name(item.name)}."
    phrases = [phrase.text for phrase in text.phrases] if text else []
    features = encoder.encode_texts([name, text.sentence if text and text.sentence else name, *phrases])
    said = ClassText.from_tokens(features.sentence[0], features.sentence[1], features.tokens[2:], features.mask[2:])
    photo_refs = refs(photos)
    return ClassSamples(str(item.id), store.pooled(photo_refs), patches_of(store, photo_refs), said)


def _progress(job: Job) -> Any:
    """Hand the learner's stages and steps to a job."""
    current = ""

    def tell(stage: str, step: TrainingStep | None) -> bool:
        nonlocal current
        if stage != current:
            current = stage
            job.stage(stage, total=step.steps if step else None)
        if step is not None:
            if step.step == 1:
                job.stage(stage, total=step.steps)
            job.advance(values={"loss": step.loss, "accuracy": 100 * step.accuracy})
        job.check()
        return not job.is_stopping_early

    return tell


def _measure(
    session: Session,
    learner: SpaLearner,
    encoder: ClipEncoder,
    store: FeatureStore,
    new_tests: Sequence[PhotoRecord],
    job: Job,
) -> Measured:
    project = session.project
    photos = {photo.id: photo for photo in project.photos(split="test")}
    job.stage("Checking on test photos", total=len(photos))

    def features() -> Iterator[tuple[int, bytes]]:
        yield from project.test_features(encoder.fingerprint)
        yield from packed(store, new_tests)

    return measure(learner, encoder.image_projection, photos, features(), job)


def _store(
    session: Session,
    todo: Plan,
    based_on: LearnerInfo | None,
    learner: SpaLearner,
    photos: dict[int, list[PhotoRecord]],
    tests: Sequence[PhotoRecord],
    store: FeatureStore,
    document: dict[str, Any],
    seconds: float,
    job: Job,
) -> None:
    from spa_desktop.spa.memory import EVIDENCE
    from spa_desktop.spa.state import to_bytes

    assert learner.memory is not None, "it was trained"
    project, encoder = session.project, store.encoder
    blob = to_bytes(learner)
    weights = dict(zip(EVIDENCE, learner.memory.weights.tolist(), strict=True))
    job.stage("Saving")
    taught = [item.id for item in (*todo.new, *todo.stale)]
    # A reader may hold the file for long, and what took minutes to learn is lost if it cannot be stored.
    waiting = Waiting(_PATIENCE, job=job, why="what was learned is kept until then")
    project.keep_version("before training")
    with project.transaction("train", todo.task.name, waiting=waiting) as tx:
        session.bind_backbone(tx)
        for photo_id, blob_of_photo in packed(store, tests):
            tx.put_test_features(photo_id, encoder.fingerprint, blob_of_photo)
        if todo.new:
            tx.reorder_tasks(_learned_next(project.tasks(), todo.task))
        tx.put_learner(
            blob,
            based_on=based_on,
            task_id=todo.task.id,
            class_ids=[int(key) for key in learner.keys],
            trained_class_ids=taught,
            learned_photo_ids=[photo.id for key in taught for photo in photos[key]],
            meta={
                "weights": weights,
                "seconds": round(seconds, 1),
                "method": learned_with(learner.config),
                PHRASES: phrases_to_keep(project, todo.new),
            },
        )
        # A top-up changes what is known after the last task; what was measured after its own task is history.
        stage = todo.task.id if todo.new else [task.id for task in project.tasks() if task.state == "trained"][-1]
        tx.put_evaluation(stage, document)
        job.check()


def _learned_next(tasks: Sequence[TaskRecord], task: TaskRecord) -> list[int]:
    """The order of tasks once this one is learned: the order in which they were."""
    before = [item.id for item in tasks if item.state == "trained" and item.id != task.id]
    return [*before, task.id, *(item.id for item in tasks if item.id not in (*before, task.id))]
