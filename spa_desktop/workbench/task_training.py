"""Train a task: from photos in folders to a learner in the project, in one transaction at the end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import TYPE_CHECKING, Any, Literal

from spa_desktop.errors import InputError
from spa_desktop.feature_store import FeatureStore
from spa_desktop.jobs import Job, Stage
from spa_desktop.learning import encode_class_text, or_on_cpu, progress_of
from spa_desktop.project import Project, Waiting
from spa_desktop.project.documents import TrainingNotes
from spa_desktop.project.records import ClassRecord, LearnerInfo, PhotoCounts, PhotoRecord, TaskRecord
from spa_desktop.spa.config import EVIDENCE
from spa_desktop.workbench.evaluating import Measured, measure, stage_document
from spa_desktop.workbench.method_settings import for_next_task, learned_with, method_of
from spa_desktop.workbench.session import PHRASES, Session, encodable, packed, patches_of, phrases_to_keep, refs
from spa_desktop.workbench.training_record import PatchWitness, TrainingRecorder, document_before

if TYPE_CHECKING:
    from spa_desktop.encoders.encoder import ClipEncoder
    from spa_desktop.spa.learner import SpaLearner
    from spa_desktop.spa.memory import ClassSamples


# What is learned first. Photos of trained classes were left out as they could not be read, and perhaps still cannot.
_ORDER = {"new": 0, "described": 0, "stale": 1, "trained": 2}
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
        anew: classes that it knows by photos that are not theirs any more (set aside, moved, deleted), and that have no
            new ones: they are forgotten and learned again from the photos that are left.
    """

    task: TaskRecord
    new: tuple[ClassRecord, ...]
    stale: tuple[ClassRecord, ...]
    anew: tuple[ClassRecord, ...] = ()

    @property
    def known(self) -> tuple[ClassRecord, ...]:
        """The classes among them that the learner knows already."""
        return (*self.stale, *self.anew)


def learned_as(item: ClassRecord, counts: PhotoCounts) -> Literal["new", "more", "anew"] | None:
    """What the next training would do with a class: learn it, top it up with its new photos, or learn it anew.

    Anew is learned what the learner knows by photos that are not the class's any more. None if there is nothing to do.
    """
    if item.state in ("new", "described"):
        return "new"
    if counts.unlearned:
        return "more"
    return "anew" if item.state == "stale" and counts.train else None


def plan(session: Session, task_name: str | None = None) -> Plan:
    """What the next training would do: the named task, or the first that is not trained, or the first stale class's.

    Raises:
        InputError: if there is nothing to learn.
    """
    project = session.project
    classes = project.classes()
    if not classes:
        raise InputError(f"{project.path} has no class yet: add folders of photos first")
    counted = project.photo_counts()
    parts = {item.id: learned_as(item, counted[item.id]) for item in classes}
    open_ids = [item.task_id for item in sorted(classes, key=lambda item: _ORDER[item.state]) if parts[item.id]]
    if is_outdated(project) and (learned := _learned_tasks(project)):
        return Plan(learned[0], tuple(item for item in classes if item.task_id == learned[0].id), ())
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
    new, stale, anew = (
        tuple(item for item in classes if item.task_id == task.id and parts[item.id] == part)
        for part in ("new", "more", "anew")
    )
    if not new and not stale and not anew:
        raise InputError(f"The task {task.name!r} is learned already: nothing in it is new")
    return Plan(task, new, stale, anew)


def train(
    session: Session,
    todo: Plan,
    job: Job,
    *,
    seed: int | None = None,
    is_anew: bool = False,
    recorder: TrainingRecorder | None = None,
) -> Trained:
    """Learn what a plan names. Nothing is stored before all of it is done.

    Args:
        session: of the project.
        todo: what to learn.
        job: progress and cancellation.
        seed: of whatever is left to chance; None takes the project's.
        is_anew: forget what was learned before, in the same transaction that stores what is learned now.
        recorder: follows the job already; None: one that begins now.

    Raises:
        InputError: if no photo of a class can be read.
        Cancelled: if the job was cancelled; the project is as before.
    """
    if recorder is None:
        recorder = TrainingRecorder()
        with job.followed_by(recorder.follow):
            return train(session, todo, job, seed=seed, is_anew=is_anew, recorder=recorder)
    project = session.project
    encoder = session.encoder(job)
    store = session.store(job)
    known_before, learner = (project.learner_info(), None) if is_anew else session.learned(job)
    learner = learner or session.new_learner(job)
    photos = {
        item.id: _readable(session, store, item, job, unlearned=not is_anew and item not in todo.anew)
        for item in (*todo.new, *todo.known)
    }
    todo = _without_nothing_new(todo, photos)
    tests = encodable(store, project.missing_test_features(encoder.fingerprint), job, said="Test photo left out")
    anew = list(todo.anew)
    for item in todo.stale:
        job.stage(Stage.TOP_UP, detail=item.name)
        more = _samples(session, encoder, store, item, photos[item.id], job)
        if _is_known_by_others(project, learner, item, views=more.pooled.shape[1]):
            anew.append(item)
            photos[item.id] = _readable(session, store, item, job, unlearned=False)
        else:
            learner = or_on_cpu(learner, lambda one, more=more: one.top_up(more), job.message)  # type: ignore[misc]
    for item in anew:
        learner = learner.forget(str(item.id)) if str(item.id) in learner.keys else learner
    if todo.new or anew:
        if not learner.keys:
            learner = session.new_learner(job)
        learned = (*todo.new, *anew)
        samples = [_samples(session, encoder, store, item, photos[item.id], job) for item in learned]
        witness = PatchWitness({str(item.id): photos[item.id] for item in learned}, encoder, job)
        used = project.meta.seed if seed is None else seed
        learner = for_next_task(learner, method_of(project.settings()))
        progress = progress_of(job)
        learner = or_on_cpu(
            learner,
            lambda one: one.learn(samples, seed=used, progress=progress, on_selected=witness.on_selected),
            job.message,
        )
    known = [item for item in project.classes() if str(item.id) in learner.keys]
    test_photos = {photo.id: photo for photo in project.photos(split="test")}
    measured = _measure(session, learner, test_photos, known, store, tests, job)
    document = stage_document(measured, test_photos, known)
    before = None if known_before is None else document_before(project.evaluations(), known_before.id)
    count = sum(map(len, photos.values()))
    notes = recorder.notes("learned" if todo.new else "topped up", photos=count, document=document, before=before)
    result = _Result(learner, photos, [item.id for item in anew], tests, measured, document, notes)
    _store(session, todo, known_before, result, store, job, is_anew=is_anew)
    return Trained(todo.task, tuple(item.name for item in todo.new), tuple(item.name for item in todo.known), document)


@dataclass(frozen=True)
class _Result:
    """What is stored of a training: the learner, the photos it saw by class, and what was measured of it.

    Of the classes in `anew` it knows nothing but these photos, though it knew them before.
    """

    learner: SpaLearner
    photos: dict[int, list[PhotoRecord]]
    anew: list[int]
    tests: Sequence[PhotoRecord]
    measured: Measured
    document: dict[str, Any]
    notes: TrainingNotes


def is_outdated(project: Project) -> bool:
    """Tell whether what was learned is of a version of the app whose learners cannot be used any more."""
    from spa_desktop.spa import learner_format

    header = project.learner_header()
    return header is not None and learner_format.is_outdated(header)


def train_anew(session: Session, job: Job, *, seed: int | None = None) -> list[Trained]:
    """Learn all tasks again that were learned before, in their order, from their photos. Gives one result a task.

    What was learned before is replaced when the first of them is done.

    Raises:
        InputError: if no photo of a class can be read.
        Cancelled: the tasks that were done until then stay.
    """
    project = session.project
    done: list[Trained] = []
    for task in _learned_tasks(project):
        classes = tuple(item for item in project.classes(task.id) if done or item.state in ("trained", "stale"))
        done.append(train(session, Plan(task, classes, ()), job, seed=seed, is_anew=not done))
    if not done:
        raise InputError(f"{project.path} has learned nothing that could be learned anew: forget it first")
    return done


def _learned_tasks(project: Project) -> list[TaskRecord]:
    """The tasks that were learned, but for those whose classes are all deleted."""
    return [task for task in project.tasks() if task.state == "trained" and project.classes(task.id)]


def _readable(
    session: Session, store: FeatureStore, item: ClassRecord, job: Job, *, unlearned: bool
) -> list[PhotoRecord]:
    """The training photos of a class that have features: all, or those that the learner has not seen."""
    photos = session.project.photos(item.id, split="train", unlearned=unlearned)
    return encodable(store, photos, job, said="Photo left out")


def _without_nothing_new(todo: Plan, photos: Mapping[int, list[PhotoRecord]]) -> Plan:
    """The plan without the known classes of whose new photos none can be read: the others are learned all the same.

    Raises:
        InputError: if no photo of another class can be read, or nothing is left to do.
    """
    empty = [item for item in (*todo.new, *todo.known) if not photos[item.id]]
    left = replace(todo, stale=tuple(item for item in todo.stale if item not in empty))
    if empty and (any(item not in todo.stale for item in empty) or not (left.new or left.known)):
        raise InputError(f"No photo of {empty[0].name} can be read: put its photos back, or add others")
    return left


def _is_known_by_others(project: Project, learner: SpaLearner, item: ClassRecord, *, views: int) -> bool:
    """Whether what is known of a class is not of the photos that it is said to know.

    Photos went into it that are not its training photos any more; or fewer than it says, as in projects of versions
    that learned a class again without a photo that was set aside, and went on calling this one learned.
    """
    if learner.memory is None or str(item.id) not in learner.keys:
        return False
    counted = float(learner.memory.globals.counts[learner.memory.index(str(item.id))]) / views
    photos = project.photos(item.id, split="train")
    left = len(photos) - len(project.photos(item.id, split="train", unlearned=True))
    return round(counted) != left


def _samples(
    session: Session,
    encoder: ClipEncoder,
    store: FeatureStore,
    item: ClassRecord,
    photos: Sequence[PhotoRecord],
    job: Job,
) -> ClassSamples:
    from spa_desktop.spa.memory import ClassSamples

    text = session.project.description(item.id)
    phrases = [phrase.text for phrase in text.phrases] if text else []
    said = encode_class_text(encoder, item.name, text.sentence if text else "", phrases)
    photo_refs = refs(photos)
    return ClassSamples(str(item.id), store.pooled(photo_refs), patches_of(store, photo_refs, job), said)


def _measure(
    session: Session,
    learner: SpaLearner,
    photos: Mapping[int, PhotoRecord],
    known: Sequence[ClassRecord],
    store: FeatureStore,
    new_tests: Sequence[PhotoRecord],
    job: Job,
) -> Measured:
    """Score the test photos of known classes."""
    project, encoder = session.project, store.encoder
    ids = {item.id for item in known}
    new = [photo for photo in new_tests if photo.class_id in ids]
    are_new = {photo.id for photo in new}
    kept = [key for key, photo in photos.items() if photo.class_id in ids and key not in are_new]
    job.stage(Stage.TEST, total=len(new) + len(kept))
    features = chain(project.test_features(encoder.fingerprint, kept), packed(store, new))
    return measure(learner, features, job)


def _store(
    session: Session,
    todo: Plan,
    based_on: LearnerInfo | None,
    result: _Result,
    store: FeatureStore,
    job: Job,
    *,
    is_anew: bool,
) -> None:
    from spa_desktop.spa.learner import to_bytes

    project, encoder, learner = session.project, store.encoder, result.learner
    blob = to_bytes(learner)
    weights = dict(zip(EVIDENCE, learner.scorer.weights.tolist(), strict=True))
    job.stage(Stage.SAVE)
    taught = [item.id for item in (*todo.new, *todo.known)]
    # A reader may hold the file for long, and what took minutes to learn is lost if it cannot be stored.
    waiting = Waiting(_PATIENCE, job=job, why="what was learned is kept until then")
    project.keep_version("before training")
    with project.transaction("train", todo.task.name, waiting=waiting) as tx:
        session.bind_backbone(tx)
        if is_anew:
            tx.forget_learner()
        for photo_id, blob_of_photo in packed(store, result.tests):
            tx.put_test_features(photo_id, encoder.fingerprint, blob_of_photo)
        if todo.new:
            tx.reorder_tasks(learned_next(project.tasks(), todo.task))
        tx.put_learner(
            blob,
            based_on=None if is_anew else based_on,
            task_id=todo.task.id,
            class_ids=[int(key) for key in learner.keys],
            trained_class_ids=taught,
            learned_photo_ids=[photo.id for key in taught for photo in result.photos[key]],
            anew_class_ids=result.anew,
            meta={
                "weights": weights,
                "seconds": result.notes.seconds,
                "method": learned_with(learner.config),
                "devices": {"encoder": encoder.device.type, "learner": learner.device.type},
                PHRASES: phrases_to_keep(project, [*todo.new, *map(project.class_, result.anew)]),
            },
        )
        # A top-up changes what is known after the last task; what was measured after its own task is history.
        stage = todo.task.id if todo.new else [task.id for task in project.tasks() if task.state == "trained"][-1]
        tx.put_evaluation(stage, result.document, result.measured.answers)
        tx.put_training(todo.task.id, result.notes)
        job.check()


def learned_next(tasks: Sequence[TaskRecord], task: TaskRecord) -> list[int]:
    """The order of tasks once this one is learned: the order in which they were."""
    before = [item.id for item in tasks if item.state == "trained" and item.id != task.id]
    return [*before, task.id, *(item.id for item in tasks if item.id not in (*before, task.id))]
