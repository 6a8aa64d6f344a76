"""Train a task: from photos in folders to a learner in the project, in one transaction at the end."""

from __future__ import annotations

import math
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import TYPE_CHECKING, Any, Literal

from spa_desktop.errors import FilledText, InputError
from spa_desktop.feature_store import FeatureStore, PhotoRef, with_views
from spa_desktop.jobs import Job, JobEvent, SeenPhoto, Stage
from spa_desktop.learning import (
    chosen_views,
    compared,
    encode_class_text,
    looks_at,
    or_on_cpu,
    progress_of,
    shows_otherwise,
)
from spa_desktop.project import Project, Transaction, Waiting
from spa_desktop.project.documents import (
    LONGEST_LINE,
    MOST_LINES,
    MOST_PICKED,
    MOST_POINTS,
    MOST_STAGES,
    CurvePoint,
    LogLine,
    PickedPatches,
    StageTime,
    TrainingKind,
    TrainingNotes,
    looks_like_key,
    right_of,
)
from spa_desktop.project.records import (
    ClassRecord,
    Description,
    LearnerInfo,
    PhotoCounts,
    PhotoRecord,
    TaskRecord,
    TestAnswer,
)
from spa_desktop.spa import learner_format
from spa_desktop.spa.config import EVIDENCE, THING_VIEWS, VIEWS, SpaConfig
from spa_desktop.visible import QT_TRANSLATE_NOOP, visible
from spa_desktop.workbench.class_changes import undo_training
from spa_desktop.workbench.describing import describe
from spa_desktop.workbench.evaluating import score, stage_document
from spa_desktop.workbench.method_settings import SETTING
from spa_desktop.workbench.open_project import (
    EMBEDDED,
    OpenProject,
    encodable,
    has_texts,
    packed,
    patches_of,
    refs,
    required_task,
    reworded,
    words_to_keep,
)

if TYPE_CHECKING:
    from torch import Tensor

    from spa_desktop.encoders.encoder import ClipEncoder
    from spa_desktop.ray_cluster import Cluster
    from spa_desktop.spa.learner import SpaLearner
    from spa_desktop.spa.memory import ClassSamples
    from spa_desktop.spa.training import OnSelected

# What is learned first. Photos of trained classes were left out as they could not be read, and perhaps still cannot.
_ORDER = {"new": 0, "described": 0, "stale": 1, "trained": 2}
_LEFT_OUT = QT_TRANSLATE_NOOP("errors", "Photo left out: {reason}")
PATIENCE = 300.0  # seconds that a result waits for other programs before it is given up


@dataclass(frozen=True)
class Trained:
    """What :func:`train` did."""

    task: TaskRecord  # the task
    learned: tuple[str, ...]  # names of the classes that are new to the learner
    topped_up: tuple[str, ...]  # names of known classes that got more photos
    # names of known classes that were learned again, as photos of theirs are gone or their text is another
    again: tuple[str, ...]
    # what was measured after it, as stored: see :func:`~spa_desktop.workbench.evaluating.stage_document`
    document: dict[str, Any]
    notes: TrainingNotes  # how it went, as stored
    untested: tuple[str, ...]  # names of the classes known now that have no test photo
    is_alone: bool  # one class is known, and nothing to tell it from: it has no accuracy


@dataclass(frozen=True)
class Plan:
    """What a training would do."""

    task: TaskRecord  # whose classes are learned, or topped up
    new: tuple[ClassRecord, ...]  # classes that the learner does not know
    stale: tuple[ClassRecord, ...]  # classes that it knows and that have photos it has not seen
    # classes that it knows by photos that are not theirs any more (set aside, moved, deleted), and that have no new
    # ones; and those that it knows by other words: they are forgotten and learned again from all photos they have
    anew: tuple[ClassRecord, ...] = ()

    @property
    def known(self) -> tuple[ClassRecord, ...]:
        """The classes among them that the learner knows already."""
        return (*self.stale, *self.anew)


LearnedAs = Literal["new", "more", "anew", "reworded"]


def learned_as(item: ClassRecord, counts: PhotoCounts, *, is_reworded: bool) -> LearnedAs | None:
    """What the next training would do with a class: learn it, top it up with its new photos, or learn it anew.

    Anew is learned what the learner knows by photos that are not the class's any more, or by other words ("reworded",
    see :func:`~spa_desktop.workbench.open_project.reworded`): words take part in selecting patches and fitting
    projectors, and which they had been is not kept apart. None if there is nothing to do.
    """
    if item.state in ("new", "described"):
        return "new"
    if is_reworded and counts.train:
        return "reworded"
    if counts.unlearned:
        return "more"
    return "anew" if item.state == "stale" and counts.train else None


def _parts(project: Project) -> dict[int, LearnedAs | None]:
    """What the next trainings would do with each class, by id: see :func:`learned_as`."""
    counts, others = project.photo_counts(), reworded(project.learner_info(), project.descriptions())
    return {item.id: learned_as(item, counts[item.id], is_reworded=item.id in others) for item in project.classes()}


def count_unencoded(bench: OpenProject, job: Job) -> dict[int, int]:
    """How many photos the next trainings are sure to encode, to learn from and to test with, by the id of their class.

    The backbone is not loaded where no photo is encoded.
    """
    project, parts = bench.project, _parts(bench.project)
    of_focus = {"photo": (VIEWS,), "thing": (THING_VIEWS,)}.get(bench.method.focus, (VIEWS, THING_VIEWS))
    views = of_focus if bench.views is None else (bench.views,)
    to_learn = [project.photos(key, split="train", unlearned=part == "more") for key, part in parts.items() if part]
    missing = project.missing_test_features(with_views(project.meta.fingerprint, views[0]))
    photos = [*chain(*to_learn), *(test for test in missing if parts[test.class_id])]
    seen = [{photo.id for photo in bench.encoded(photos, job, number)} for number in views]
    unencoded = [photo for photo in photos if not any(photo.id in ids for ids in seen)]
    if len(seen) > 1 and seen[0] and not seen[1] and bench.encoder(job).finds_things:
        # By these a first training compares what to look at: see `chosen_views`.
        unencoded += [photo for some in to_learn for photo in compared(some) if photo.id in seen[0]]
    return Counter(photo.class_id for photo in unencoded)


def plan(bench: OpenProject, task: str | None = None) -> Plan:
    """What the next training would do: the named task, or the first that is not trained, or the first stale class's.

    What was learned by an early version of the app, or is to look at something else now, is learned anew. Raises
    InputError if there is nothing to learn.
    """
    project = bench.project
    if (is_outdated(project) or _is_refocused(bench)) and (learned := _learned_tasks(project)):
        return Plan(learned[0], tuple(item for item in project.classes() if item.task_id == learned[0].id), ())
    return _plan(bench, task)


def _plan(bench: OpenProject, task: str | None) -> Plan:
    project = bench.project
    classes = project.classes()
    if not classes:
        text = QT_TRANSLATE_NOOP("errors", "{path} has no class yet: add folders of photos first")
        raise InputError(text, path=project.path)
    parts = _parts(project)
    open_ids = [item.task_id for item in sorted(classes, key=lambda item: _ORDER[item.state]) if parts[item.id]]
    if task is not None:
        chosen = required_task(project, task)
    elif open_ids:
        chosen = project.task(open_ids[0])
    else:
        text = QT_TRANSLATE_NOOP("errors", "{path} has learned all of its classes already: add photos or a new class")
        raise InputError(text, path=project.path)
    new, stale, anew = (
        tuple(item for item in classes if item.task_id == chosen.id and parts[item.id] in part)
        for part in (("new",), ("more",), ("anew", "reworded"))
    )
    if not new and not stale and not anew:
        text = QT_TRANSLATE_NOOP("errors", "The task {name} is learned already: nothing in it is new")
        raise InputError(text, name=repr(chosen.name))
    return Plan(chosen, new, stale, anew)


def train(
    bench: OpenProject,
    job: Job | None = None,
    *,
    task: str | None = None,
    seed: int | None = None,
    cluster: Cluster | None = None,
) -> Trained:
    """Learn the next task, or the named one; classes without a description are described offline first.

    No `task` takes the next, see :func:`plan`; no `seed` takes the project's. A cluster encodes the photos, with the
    same results. Raises InputError if there is nothing to learn, or no photo of a class can be read; SpaError if the
    cluster fails; Cancelled: the model is as before.
    """
    project, job = bench.project, job or Job()
    trained = None
    was_outdated, focus = is_outdated(project), bench.method.focus
    is_refocused = not was_outdated and _is_refocused(bench)
    if was_outdated:
        text = QT_TRANSLATE_NOOP(
            "errors", "What was learned comes from an early version of the app: it is learned anew from its photos"
        )
        job.message(text)
    if was_outdated or (is_refocused and _are_at_hand(bench, job, cluster, focus)):
        done = _train_anew(bench, job, focus, seed=seed, cluster=cluster)
        trained = next((training for training in reversed(done) if task in (None, training.task.name)), None)
    if trained is None:
        recorder, again = TrainingRecorder(), list[Trained]()
        with job.followed_by(recorder.follow):
            todo = _plan(bench, task)
            _encode_on(cluster, bench, todo, job)  # before they are described, for which they are encoded as well
            texts = project.descriptions()
            bare = [item for item in todo.new if item.id not in texts and has_texts(project.meta.backbone)]
            if bare:
                some = ", ".join(item.name for item in bare[:5]) + (" ..." if len(bare) > 5 else "")
                text = QT_TRANSLATE_NOOP("errors", "Not described yet, so described offline now: {names}")
                job.message(FilledText.of(text, names=some))
                describe(bench, "offline", job, class_ids=[item.id for item in bare])
        if focus == "auto" and (other := _other_focus(bench, todo, job, cluster)) is not None:
            again = _train_anew(bench, job, other, seed=seed, cluster=cluster)
        try:
            if again:
                todo = _plan(bench, task)
                _encode_on(cluster, bench, todo, job)
            with job.followed_by(recorder.follow):
                trained = _learn(bench, todo, job, recorder, seed=seed, cluster=cluster)
            job.check()  # cancelled after it was stored: the message says that the model stays
        except BaseException:
            for _ in (*again, *([trained] if trained is not None else [])):
                undo_training(bench)
            raise
    job.check()
    return trained


def _train_anew(
    bench: OpenProject, job: Job, focus: str, *, seed: int | None, cluster: Cluster | None
) -> list[Trained]:
    """Learn all tasks again that were learned before, in their order, from their photos. Gives one result a task.

    The earlier model is replaced when the first of them is done. Cancelled or failed, it comes back; where it cannot be
    used any more, those that were done stay.
    """
    done: list[Trained] = []
    is_usable = not is_outdated(bench.project)
    if is_usable:
        looked_at = looks_at(THING_VIEWS if focus == "thing" else VIEWS)
        text = QT_TRANSLATE_NOOP(
            "errors", "It is to look at {reason} now: what was learned is learned anew from its photos"
        )
        job.message(FilledText.of(text, reason=looked_at))
    try:
        for task in _learned_tasks(bench.project):
            every = bench.project.classes(task.id)
            classes = tuple(item for item in every if done or item.state in ("trained", "stale"))
            recorder = TrainingRecorder()
            with job.followed_by(recorder.follow):
                todo = Plan(task, classes, ())
                new_focus = None if done else focus
                _encode_on(cluster, bench, todo, job, new_focus)
                done.append(_learn(bench, todo, job, recorder, new_focus, seed=seed, cluster=cluster))
        job.check()
    except BaseException:
        for _ in done if is_usable else ():
            undo_training(bench)
        raise
    if not done:
        text = QT_TRANSLATE_NOOP("errors", "{path} has learned nothing that could be learned anew: forget it first")
        raise InputError(text, path=bench.project.path)
    return done


def _learn(
    bench: OpenProject,
    todo: Plan,
    job: Job,
    recorder: TrainingRecorder,
    new_focus: str | None = None,
    *,
    seed: int | None,
    cluster: Cluster | None,
) -> Trained:
    """Learn what a plan names. Nothing is stored before all of it is done.

    With a new focus, the earlier model is forgotten in the same transaction that stores what is learned now.
    """
    project, is_anew = bench.project, new_focus is not None
    encoder, store = bench.encoder(job), bench.store(job)
    known_before, learner = (project.learner_info(), None) if is_anew else bench.info_and_learner(job)
    planned = _planned(project, todo, is_anew=is_anew)
    if learner is None:
        focus = new_focus or bench.method.focus
        if focus == "auto":  # what cannot be read is said once
            planned = {key: encodable(store, wanted, job, said=_LEFT_OUT) for key, wanted in planned.items()}
        store = chosen_views(store, list(map(refs, planned.values())), SpaConfig(), job, focus, cluster)
        if cluster is not None:  # what was not compared
            every = [photo for wanted in planned.values() for photo in wanted]
            store.ensure(refs([*every, *project.missing_test_features(store.fingerprint)]), job, cluster=cluster)
        learner = bench.new_learner(job, store.views)
    photos = {key: encodable(store, wanted, job, said=_LEFT_OUT) for key, wanted in planned.items()}
    todo = _without_nothing_new(_with_old_words(todo, planned, photos, job), photos)
    tests = encodable(
        store,
        project.missing_test_features(store.fingerprint),
        job,
        said=QT_TRANSLATE_NOOP("errors", "Test photo left out: {reason}"),
    )
    test_photos = {photo.id: photo for photo in project.photos(split="test")}
    learner, anew_ids = _teach(bench, todo, learner, photos, store, job, seed)

    known = [item for item in project.classes() if str(item.id) in learner.keys]
    known_ids, new_tests = {item.id for item in known}, {photo.id for photo in tests}
    stored = [key for key, photo in test_photos.items() if photo.class_id in known_ids and key not in new_tests]
    measured = score(bench, learner, store, stored, [test for test in tests if test.class_id in known_ids], job)
    document = stage_document(measured, test_photos, known)
    count = sum(map(len, photos.values()))
    notes = recorder.notes("learned" if todo.new else "topped up", job, photos=count, document=document)

    job.stage(Stage.SAVE)
    taught = [item.id for item in (*todo.new, *todo.known)]
    # A reader may hold the file for long, and what took minutes to learn is lost if it cannot be stored.
    waiting = Waiting(PATIENCE, job=job, why="what was learned is kept until then")
    project.keep_version("before training", job)
    with project.transaction("train", todo.task.name, waiting=waiting) as tx:
        bench.bind_backbone(tx)
        if is_anew:
            tx.forget_learner()
        for photo_id, features in packed(store, tests):
            tx.put_test_features(photo_id, store.fingerprint, features)
        put_learned(
            tx,
            project,
            encoder,
            learner,
            task=todo.task,
            new=todo.new,
            based_on=None if is_anew else known_before,
            taught=taught,
            photo_ids=[photo.id for key in taught for photo in photos[key]],
            anew=anew_ids,
            document=document,
            answers=measured.answers,
            notes=notes,
        )
        job.check()
    tested = document["classes"]
    return Trained(
        todo.task,
        tuple(item.name for item in todo.new),
        tuple(item.name for item in todo.stale),
        tuple(item.name for item in todo.anew),
        document,
        notes,
        tuple(item.name for item in known if str(item.id) not in tested),
        len(known) == 1,
    )


def _teach(
    bench: OpenProject,
    todo: Plan,
    learner: SpaLearner,
    photos: dict[int, list[PhotoRecord]],
    store: FeatureStore,
    job: Job,
    seed: int | None,
) -> tuple[SpaLearner, list[int]]:
    """The learner that knows what a plan names, and the classes that it knew before and knows by `photos` alone now."""

    def samples(item: ClassRecord) -> ClassSamples:
        text = bench.project.description(item.id)
        return samples_of(store, str(item.id), item.name, refs(photos[item.id]), text, job)

    anew = list(todo.anew)
    for item in todo.stale:
        job.stage(Stage.TOP_UP, detail=item.name)
        more = samples(item)
        if _is_known_by_others(bench.project, learner, item, views=more.pooled.shape[1]):
            anew.append(item)
            photos[item.id] = encodable(store, bench.project.photos(item.id, split="train"), job, said=_LEFT_OUT)
        else:
            learner = or_on_cpu(learner, lambda model, more=more: model.top_up(more), job.message)  # type: ignore[misc]
    for item in anew:
        if str(item.id) in learner.keys:
            known = [photo for photo in photos[item.id] if photo.is_learned]
            learner = learner.forget(str(item.id), store.pooled(refs(known), keep=False) if known else None)
    if todo.new or anew:
        if not learner.keys:
            learner = bench.new_learner(job, store.views)
        learned = (*todo.new, *anew)
        new = [samples(item) for item in learned]
        witness = PatchWitness({str(item.id): photos[item.id] for item in learned}, store.encoder, job)
        learner = learn_classes(bench, learner, new, job, seed, witness.on_selected)
    return learner, [item.id for item in anew]


def learn_classes(
    bench: OpenProject,
    learner: SpaLearner,
    samples: Sequence[ClassSamples],
    job: Job,
    seed: int | None,
    on_selected: OnSelected | None = None,
) -> SpaLearner:
    """The learner as it goes on to the next task, with the project's settings of the method."""
    from spa_desktop.spa.learner import SpaLearner

    epsilon = bench.method.epsilon
    if learner.config.epsilon != epsilon:
        learner = SpaLearner(learner.image_projection, replace(learner.config, epsilon=epsilon), memory=learner.memory)
    used = bench.project.meta.seed if seed is None else seed
    progress = progress_of(job)
    return or_on_cpu(
        learner, lambda model: model.learn(samples, seed=used, progress=progress, on_selected=on_selected), job.message
    )


def is_outdated(project: Project) -> bool:
    """Tell whether the model is of a version of the app whose learners cannot be used any more."""
    header = project.learner_header()
    return header is not None and learner_format.is_outdated(header)


def _is_refocused(bench: OpenProject) -> bool:
    """Whether the model is to look at something else than it does, and may: by the settings of the method."""
    wanted = {"photo": VIEWS, "thing": THING_VIEWS}.get(bench.method.focus)
    return wanted is not None and bench.views not in (None, wanted) and bench.project.meta.backbone in EMBEDDED


def _other_focus(bench: OpenProject, todo: Plan, job: Job, cluster: Cluster | None) -> str | None:
    """What else than today a model is to look at, where its next task and then all of its classes show so; or None."""
    if bench.views is None or bench.project.meta.backbone not in EMBEDDED:
        return None
    store, project = bench.store(job), bench.project
    new = [refs(project.photos(item.id, split="train")) for item in todo.new]
    if not shows_otherwise(store, new, SpaConfig(), job, cluster, is_first_look=True):
        return None
    learned = [refs(project.photos(int(key), split="train")) for key in bench.require_learner(job).keys]
    other = "photo" if bench.views == THING_VIEWS else "thing"
    are_told_better = _are_at_hand(bench, job, cluster, other) and shows_otherwise(
        store, [*learned, *new], SpaConfig(), job, cluster
    )
    return other if are_told_better else None


def _are_at_hand(bench: OpenProject, job: Job, cluster: Cluster | None, focus: str) -> bool:
    """Whether all photos that were learned can be learned again by such a focus; the job is told where not."""
    store = chosen_views(bench.store(job), (), SpaConfig(), job, focus)
    of_class = {item.id: bench.project.photos(item.id, split="train") for item in bench.project.classes()}
    learned = [of_class[int(key)] for key in bench.require_learner(job).keys]
    gone = store.ensure(
        refs([photo for photos in learned for photo in photos if photo.is_learned]), job, cluster=cluster
    )
    if gone or not all(learned):
        job.message(
            f"It goes on looking at {looks_at(bench.views or VIEWS)}: some photos that were learned are gone, and only "
            "what that told of them is kept"
        )
        return False
    return True


def _learned_tasks(project: Project) -> list[TaskRecord]:
    """The tasks that were learned, but for those whose classes are all deleted."""
    return [task for task in project.tasks() if task.state == "trained" and project.classes(task.id)]


def _planned(project: Project, todo: Plan, *, is_anew: bool = False) -> dict[int, list[PhotoRecord]]:
    """The training photos of each class of a plan: all, or those that the learner has not seen."""
    return {
        item.id: project.photos(item.id, split="train", unlearned=not is_anew and item not in todo.anew)
        for item in (*todo.new, *todo.known)
    }


def _encode_on(cluster: Cluster | None, bench: OpenProject, todo: Plan, job: Job, new_focus: str | None = None) -> None:
    """Have a cluster encode all photos of a plan and its tests at once, as it takes seconds to start."""
    if cluster is not None:
        planned = _planned(bench.project, todo, is_anew=new_focus is not None)
        photos = [photo for part in planned.values() for photo in part]
        store = bench.store(job)
        if new_focus is not None or bench.views is None:
            store = chosen_views(store, (), SpaConfig(), job, new_focus or bench.method.focus)
        tests = bench.project.missing_test_features(store.fingerprint)
        store.ensure(refs([*photos, *tests]), job, cluster=cluster)  # what is unreadable is said later


def _with_old_words(
    todo: Plan, planned: Mapping[int, list[PhotoRecord]], photos: dict[int, list[PhotoRecord]], job: Job
) -> Plan:
    """The plan, but that classes of which learned photos cannot be read are only topped up, by the new ones alone.

    Another text is not worth what is known of the others. The photos that can be read are changed to the new ones.
    """
    kept = []
    for item in todo.anew:
        readable = {photo.id for photo in photos[item.id]}
        gone = [photo for photo in planned[item.id] if photo.is_learned and photo.id not in readable]
        new = [photo for photo in photos[item.id] if not photo.is_learned]
        if gone and (new or item.state == "trained"):  # else it knows photos that are not its own any more
            text = QT_TRANSLATE_NOOP(
                "errors", "{name} keeps the text it was learned with: {n} of its photos cannot be read"
            )
            job.message(FilledText.of(text, name=item.name, n=len(gone)))
            photos[item.id] = new
            kept.append(item)
    anew = tuple(item for item in todo.anew if item not in kept)
    return replace(todo, stale=(*todo.stale, *kept), anew=anew)


def _without_nothing_new(todo: Plan, photos: Mapping[int, list[PhotoRecord]]) -> Plan:
    """The plan without the known classes of whose new photos none can be read: the others are learned all the same."""
    empty = [item for item in (*todo.new, *todo.known) if not photos[item.id]]
    left = replace(todo, stale=tuple(item for item in todo.stale if item not in empty))
    if empty and (any(item not in todo.stale for item in empty) or not (left.new or left.known)):
        text = QT_TRANSLATE_NOOP("errors", "No photo of {name} can be read: put its photos back, or add others")
        raise InputError(text, name=empty[0].name)
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
    count = len(photos) - len(project.photos(item.id, split="train", unlearned=True))
    return round(counted) != count


def samples_of(
    store: FeatureStore,
    key: str,
    name: str,
    photos: Sequence[PhotoRef],
    text: Description | None = None,
    job: Job | None = None,
) -> ClassSamples:
    """Photos of a class, and its text, as the learner takes them; a job is shown some of the photos."""
    from spa_desktop.spa.memory import ClassSamples

    phrases = [phrase.text for phrase in text.phrases] if text else []
    encoded = encode_class_text(store.encoder, name, text.sentence if text else "", phrases)
    return ClassSamples(key, store.pooled(photos, keep=False), patches_of(store, photos, job), encoded)


def put_learned(
    tx: Transaction,
    project: Project,
    encoder: ClipEncoder,
    learner: SpaLearner,
    *,
    task: TaskRecord,
    new: Sequence[ClassRecord],
    based_on: LearnerInfo | None,
    taught: Sequence[int],
    photo_ids: Sequence[int],
    document: Mapping[str, Any],
    answers: Sequence[TestAnswer],
    notes: TrainingNotes,
    anew: Sequence[int] = (),
) -> None:
    """Store a learner, what was measured of it, and how it was learned.

    Of the classes `new` it knew nothing before, those `anew` it knows by `photo_ids` alone now; `taught` are all that
    were learned or topped up. The encoder is the one that they were learned with: to ask for one here would wait for
    readers, who wait for this transaction.
    """
    from spa_desktop.spa.learner import to_bytes

    if new:  # the order of tasks is that in which they were learned
        done = [item.id for item in project.tasks() if item.state == "trained" and item.id != task.id]
        tx.reorder_tasks([*done, task.id, *(item.id for item in project.tasks() if item.id not in (*done, task.id))])
    tx.put_learner(
        to_bytes(learner),
        based_on=based_on,
        task_id=task.id,
        class_ids=[int(key) for key in learner.keys],
        trained_class_ids=taught,
        learned_photo_ids=photo_ids,
        anew_class_ids=anew,
        meta={
            "weights": dict(zip(EVIDENCE, learner.scorer.weights.tolist(), strict=True)),
            "seconds": notes.seconds,
            SETTING: {
                "patches": learner.config.patches,
                "epsilon": learner.config.epsilon,
                "views": learner.config.views,
            },
            "devices": {"encoder": encoder.device.type, "learner": learner.device.type},
            **words_to_keep(project, [*new, *map(project.class_, anew)]),
        },
    )
    # A top-up changes what is known after the last task; what was measured after its own task is history.
    stage = task.id if new else [item.id for item in project.tasks() if item.state == "trained"][-1]
    tx.put_evaluation(stage, document, answers)
    tx.put_training(task.id, notes)


# How a training goes, noted while it goes, so that it can be shown afterwards: ADR 25.


class TrainingRecorder:
    """Follows a job: ``with job.followed_by(recorder.follow): ...``."""

    def __init__(self) -> None:
        self._began = self._at = time.monotonic()
        self._stage = ""
        self._spent: dict[str, float] = {}
        self._log: list[LogLine] = []
        self.curve: list[CurvePoint] = []
        self._every, self._heard, self._offset = 1, 0, 0
        self.picked: list[PickedPatches] = []
        self._left = 0  # steps of the projectors

    def follow(self, event: JobEvent) -> None:
        """Take an event of the job."""
        now = time.monotonic()
        if self._stage:
            self._spent[self._stage] = self._spent.get(self._stage, 0.0) + now - self._at
        self._at = now
        if event.stage == Stage.PROJECT and event.total:
            self._left = event.total - event.done
        if isinstance(event.stage, Stage):
            if event.stage.name not in self._spent and len(self._spent) < MOST_STAGES:
                self._spent[event.stage.name] = 0.0
            self._stage = event.stage.name if event.stage.name in self._spent else ""
        if event.message is not None and len(self._log) < MOST_LINES and not looks_like_key(event.message):
            # Names of files may hold bytes that are no text, which cannot be stored.
            self._log.append(LogLine(round(now - self._began, 2), visible(event.message)[:LONGEST_LINE]))
        values = dict(event.values)
        if "loss" in values and "accuracy" in values:
            self._add_point(event.done, values["loss"], values["accuracy"])
        if (photo := event.photo) is not None and photo.picked:
            found = PickedPatches(photo.photo_id, photo.grid, photo.picked, photo.crop)
            # A training that ran out of a GPU's memory selects a second time.
            self.picked = [patches for patches in self.picked if patches.photo_id != found.photo_id] + [found]

    def _add_point(self, step: int, loss: float, accuracy: float) -> None:
        if self.curve and self._offset + step <= self.curve[-1].step:
            self._offset = self.curve[-1].step
        self._heard += 1
        if self._heard % self._every or not (math.isfinite(loss) and math.isfinite(accuracy)):
            return
        bounded = float(f"{min(max(loss, -1e9), 1e9):.5g}")  # digits, not decimals: losses may become very small
        self.curve.append(CurvePoint(self._offset + step, bounded, round(min(max(accuracy, 0.0), 100.0), 3)))
        if len(self.curve) == MOST_POINTS:
            self.curve, self._every = self.curve[::2], 2 * self._every

    def notes(self, kind: TrainingKind, job: Job, *, photos: int, document: Mapping[str, Any]) -> TrainingNotes:
        """How it went until now, by what was measured after it: see `stage_document`."""
        right = right_of(document)
        spent = dict(self._spent)
        if self._stage:
            spent[self._stage] += time.monotonic() - self._at
        return TrainingNotes(
            kind,
            photos=photos,
            seconds=round(time.monotonic() - self._began, 1),
            right=right.right,
            tests=right.photos,
            stages=tuple(StageTime(name, round(seconds, 2)) for name, seconds in spent.items()),
            log=tuple(self._log),
            curve=tuple(self.curve),
            picked=tuple(self.picked[:MOST_PICKED]),
            stopped_early=job.is_stopping_early and self._left > 0,
        )


class PatchWitness:
    """Shows which patches a training selected, on one photo each of up to three of its classes."""

    def __init__(self, photos: Mapping[str, Sequence[PhotoRecord]], encoder: ClipEncoder, job: Job) -> None:
        """Choose of `photos`, by key of the class, each class's first exemplar, or its first photo."""
        self._encoder, self._job = encoder, job
        keys = list(photos)
        some = dict.fromkeys((0, len(keys) // 2, len(keys) - 1)) if keys else {}
        self._photos, self._chosen = photos, dict[str, int]()
        for key in (keys[place] for place in some):
            order = [(photo.exemplar is None, photo.exemplar or 0) for photo in photos[key]]
            self._chosen[key] = order.index(min(order))

    def on_selected(self, key: str, start: int, places: Tensor) -> None:
        """Take the patches of a chunk of photos, ``(m, V, K)``; the first view is the photo as it is."""
        place = self._chosen.get(key)
        if place is None or not start <= place < start + len(places):
            return
        photo, height_width = self._photos[key][place], self._encoder.grid
        left, top, right, bottom = self._encoder.crop_box((photo.width, photo.height))
        box = left / photo.width, top / photo.height, (right - left) / photo.width, (bottom - top) / photo.height
        crop = tuple(min(max(share, 0.0), 1.0) for share in box)
        picked = tuple(int(patch) for patch in places[place - start, 0].tolist())
        self._job.show(SeenPhoto(photo.sha256, False, picked, height_width, crop, photo.id))  # type: ignore[arg-type]
