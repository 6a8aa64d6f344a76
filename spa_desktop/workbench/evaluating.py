"""How well it was learned: every test photo is scored once a training, and its answer is kept in the project."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np

from spa_desktop import metrics
from spa_desktop.errors import FilledText, InputError
from spa_desktop.feature_store import FeatureStore
from spa_desktop.jobs import Job, Stage
from spa_desktop.learning import or_on_cpu
from spa_desktop.metrics import NOT_MEASURED, Accuracy
from spa_desktop.photos.events import find_events
from spa_desktop.project import Project
from spa_desktop.project.documents import TrainingKind
from spa_desktop.project.records import ClassRecord, LearnerInfo, MeasuredState, PhotoRecord, TaskRecord, TestAnswer
from spa_desktop.visible import QT_TRANSLATE_NOOP
from spa_desktop.workbench.open_project import (
    OpenProject,
    encodable,
    nothing_learned,
    packed,
    unpack_photo,
    unpack_pooled,
)
from spa_desktop.workbench.worth_a_look import left_out

if TYPE_CHECKING:
    from torch import Tensor

    from spa_desktop.spa.learner import SpaLearner

# What changed between two states of the model, as far as the project keeps what test photos were predicted as.


@dataclass(frozen=True)
class KnownState:
    """A state of the model that was measured, and what the project still knows of it."""

    id: int  # of its evaluation
    task: str  # the name of the task after which it was measured
    task_id: int  # of the same
    created: str  # when it was learned, or measured where nobody knows that: UTC, ISO 8601
    kind: TrainingKind | None  # what sort of training made it; None if nobody knows any more
    is_current: bool  # it is the model of now
    answers: int  # how many test photos it answered, whose answers are kept


PhotoChange = Literal["lost", "rejected", "won", "changed"]
"""How a photo is answered otherwise: wrong now, by "none of these" now, right now, or wrong in another way."""
NONE_OF_THESE = 0  # in place of a class that a photo was predicted as; a project does not keep that


@dataclass(frozen=True)
class PhotoOfTwo:
    """A photo that both states answered."""

    photo: Any  # a test photo by its number, one to learn from by its content
    class_id: int  # its label
    first: int  # the class that it was predicted as
    second: int
    sure: float  # probability of the second answer

    @property
    def change(self) -> PhotoChange | None:
        """What came of it; None where the answer stayed."""
        if self.first == self.second:
            return None
        if self.second in (NONE_OF_THESE, self.class_id):
            return "won" if self.second else "rejected"
        return "lost" if self.first in (NONE_OF_THESE, self.class_id) else "changed"


@dataclass(frozen=True)
class ClassOfTwo:
    """A class in both states."""

    class_id: int  # of it
    name: str  # of it
    photos: int  # photos that are counted: those that both answered, or the one that knew the class
    first: int | None  # how many of them the first state answered right; None if it did not know the class
    second: int | None  # the second

    @property
    def accuracies(self) -> tuple[Accuracy, Accuracy]:
        """Of both states; not measured where a state did not know the class."""
        first, second = (
            NOT_MEASURED if right is None else Accuracy(right, self.photos) for right in (self.first, self.second)
        )
        return first, second

    @property
    def difference(self) -> float | None:
        """Points that the second has more; None unless both knew the class."""
        first, second = (accuracy.per_cent for accuracy in self.accuracies)
        return None if first is None or second is None else second - first


@dataclass(frozen=True)
class Comparison:
    """Two states of the model side by side. Labels are those of today, for both."""

    classes: tuple[ClassOfTwo, ...] = ()  # in the project's order
    photos: tuple[PhotoOfTwo, ...] = ()  # that both answered, knowing their classes

    @property
    def right(self) -> tuple[int, int]:
        """How many of the photos each answered right."""
        was = sum(photo.first == photo.class_id for photo in self.photos)
        return was, sum(photo.second == photo.class_id for photo in self.photos)

    @property
    def tests(self) -> int:
        """How many of them are test photos."""
        return sum(isinstance(photo.photo, int) for photo in self.photos)

    def changed(self, change: PhotoChange) -> tuple[PhotoOfTwo, ...]:
        """The photos that changed so."""
        return tuple(photo for photo in self.photos if photo.change == change)

    def changes(self) -> Iterator[tuple[PhotoChange, ClassOfTwo, int]]:
        """What changed, of which class, and of how many photos; what is worst and most first."""
        counts = Counter((photo.change, photo.class_id) for photo in self.photos)
        for change in get_args(PhotoChange):
            pairs = [(counts[change, class_.class_id], class_) for class_ in self.classes]
            yield from ((change, class_, n) for n, class_ in sorted(pairs, key=lambda pair: -pair[0]) if n)


Predictions = Mapping[Any, tuple[int, float]]
"""The class that a state predicted a photo as, or `NONE_OF_THESE`, and its probability; by :attr:`PhotoOfTwo.photo`."""


def compare(
    classes: Iterable[ClassRecord], labels: Mapping[Any, int], before: Predictions, after: Predictions
) -> Comparison:
    """Compare what two states predicted photos as, each photo if the state knew its class. Labels are by photo too."""
    photos_of: dict[int, list[Any]] = defaultdict(list)
    for key, label in labels.items():
        photos_of[label].append(key)
    rows = []
    for item in classes:
        old, new = ([key for key in photos_of[item.id] if key in answers] for answers in (before, after))
        if counted := [key for key in old if key in after] or old or new:
            first, second = (
                sum(answers[key][0] == item.id for key in counted) if counted[0] in answers else None
                for answers in (before, after)
            )
            rows.append(ClassOfTwo(item.id, item.name, len(counted), first, second))
    common = [key for key in labels if key in before and key in after]
    photos = (PhotoOfTwo(key, labels[key], before[key][0], *after[key]) for key in common)
    return Comparison(tuple(rows), tuple(photos))


def known_states(bench: OpenProject) -> list[KnownState]:
    """The states that can be compared, the newest first: those whose answers on test photos are kept.

    These are the state after each task, and the one before the last training: of others the project keeps no answers.
    """
    project = bench.project
    with project.snapshot():
        current = project.learner_info()
        tasks = {task.id: task.name for task in project.tasks()}
        made = {training.learner_id: training for training in project.trainings()}
        states = project.measured_states()
    now = max((state.id for state in states if current is not None and state.learner_id == current.id), default=None)
    return [
        KnownState(
            *(state.id, tasks.get(state.task_id, ""), state.task_id, made.get(state.learner_id, state).created),
            *(made[state.learner_id].notes.kind if state.learner_id in made else None, state.id == now, state.answers),
        )
        for state in reversed(states)
        if state.answers
    ]


def compare_states(bench: OpenProject, first_id: int | None, second_id: int) -> Comparison:
    """Compare two of :func:`known_states`; None for the first: nothing was learned before.

    Raises InputError if the project does not keep the answers of one of them any more.
    """
    project = bench.project
    with project.snapshot():
        if not {first_id, second_id} <= {None, *(state.id for state in project.measured_states() if state.answers)}:
            raise InputError(
                QT_TRANSLATE_NOOP("errors", "{path} does not keep the answers of that state any more: choose another"),
                path=project.path,
            )
        labels = {photo.id: photo.class_id for photo in project.photos(split="test")}
        return compare(
            project.classes(), labels, *(_predictions_of(project, key, labels) for key in (first_id, second_id))
        )


def what_changed(bench: OpenProject, learner_id: int, first_id: int | None = None) -> Comparison:
    """What a training changed, as :func:`compare_states`; beside it those since the learner `first_id` was made.

    Of these, where they began with nothing learned, the last alone. Empty where the answers of the version of the
    learner that it made, or of the one before, are not kept any more.
    """
    project = bench.project
    with project.snapshot():
        states = {state.learner_id: state.id for state in project.measured_states() if state.answers}
        # Earlier versions of the app noted no trainings, but measured after each.
        made = [training.learner_id for training in project.trainings()] or list(states)
        earlier = [[key for key in made if key < end] for end in (first_id or learner_id, learner_id)]
        before = max(earlier[0] or earlier[1], default=None)
        if learner_id not in states or (before is not None and before not in states):
            return Comparison()
        return compare_states(bench, None if before is None else states[before], states[learner_id])


def _predictions_of(project: Project, state_id: int | None, labels: Mapping[int, int]) -> Predictions:
    """What a state predicted test photos as whose classes it knew."""
    answers = [] if state_id is None else project.answers_of(state_id)
    # What a state knew is seen in its answers, which name the most probable classes: the label may be a later one.
    known = {key for answer in answers for key in answer.class_ids}
    if len(known) < 2:  # one class alone has no accuracy
        return {}
    return {
        answer.photo_id: (answer.class_ids[0], answer.probabilities[0])
        for answer in answers
        if labels.get(answer.photo_id) in known
    }


_BATCH = 64
_KEPT = 5  # classes of an answer


@dataclass(frozen=True)
class Measured:
    """Answers on test photos."""

    answers: tuple[TestAnswer, ...] = ()  # one a photo
    zero_shot: tuple[int, ...] = ()  # class ids by the text of the class names alone, a photo each
    slda: tuple[int, ...] = ()  # class ids by the global Gaussians alone, on the same features and views
    rejected: frozenset[int] = frozenset()  # photos that are none of the classes, by number


def measure(learner: SpaLearner, features: Iterable[tuple[int, bytes]], job: Job) -> Measured:
    """Classify photos. Raises SpaError if the scores are no numbers."""
    import torch

    keys = [int(key) for key in learner.keys]
    answers: list[TestAnswer] = []
    by_text: list[int] = []
    by_density: list[int] = []
    rejected: set[int] = set()
    threshold = learner.threshold

    unpacked = ((photo_id, *unpack_photo(blob)) for photo_id, blob in features)
    while batch := list(islice(unpacked, _BATCH)):
        pooled, patches = torch.stack([item[1] for item in batch]), torch.stack([item[2] for item in batch])
        scores, text, density, familiarity = or_on_cpu(learner, partial(_heads, pooled, patches), job.message)
        # If memory ran out once, it would again.
        learner = learner if scores.device == learner.device else learner.to(scores.device)
        best = scores.softmax(dim=-1).topk(min(_KEPT, len(keys)), dim=-1)
        for (photo_id, *_), places, values in zip(batch, best.indices.tolist(), best.values.tolist(), strict=True):
            shares = tuple(min(round(value, 6), 1.0) for value in values)
            answers.append(TestAnswer(photo_id, tuple(keys[place] for place in places), shares))
        if threshold is not None:
            rejected.update(
                item[0] for item, known in zip(batch, familiarity.tolist(), strict=True) if known < threshold
            )
        by_text.extend(keys[place] for place in text.argmax(dim=-1).tolist())
        by_density.extend(keys[place] for place in density.argmax(dim=-1).tolist())
        job.advance(len(batch))
    return Measured(tuple(answers), tuple(by_text), tuple(by_density), frozenset(rejected))


def none_of_these_among(learner: SpaLearner, features: Iterable[tuple[int, bytes]]) -> frozenset[int]:
    """Which photos are none of the classes, by number: of :func:`measure` that part, which takes next to no time."""
    import torch

    rejected: set[int] = set()
    threshold, unpacked = learner.threshold, ((photo_id, unpack_pooled(blob)) for photo_id, blob in features)
    while threshold is not None and (batch := list(islice(unpacked, _BATCH))):
        familiarity = learner.familiarity(torch.stack([pooled for _, pooled in batch])).tolist()
        rejected.update(item[0] for item, known in zip(batch, familiarity, strict=True) if known < threshold)
    return frozenset(rejected)


def count_unknown(bench: OpenProject, job: Job) -> tuple[int, int] | None:
    """How many test photos would be none of the classes if their own one had not been learned, and of how many.

    That is how often a photo of a similar thing is told from the classes. None where no photo ever is.
    """
    import torch

    info, learner = bench.info_and_learner(job)
    if info is None or learner is None or learner.known_scale(bench.kept_share) is None:
        return None
    fingerprint, told, asked = bench.store(job).fingerprint, 0, 0
    tests = defaultdict[int, list[int]](list)
    for photo in bench.project.photos(split="test"):
        tests[photo.class_id].append(photo.id)
    for class_id in tests.keys() & set(info.class_ids):
        job.check()
        features = bench.project.test_features(fingerprint, tests[class_id])
        if pooled := [unpack_pooled(blob) for _, blob in features]:
            told += int(learner.none_without(str(class_id), torch.stack(pooled), bench.kept_share).sum())
            asked += len(pooled)
    return told, asked


def score(
    bench: OpenProject,
    learner: SpaLearner,
    store: FeatureStore,
    kept: Collection[int],
    new: Sequence[PhotoRecord],
    job: Job,
) -> Measured:
    """Classify test photos: those whose features the project keeps, by number, and new ones from the cache."""
    job.stage(Stage.TEST, total=len(kept) + len(new))
    return measure(learner, features_of(bench, store, kept, new), job)


def features_of(
    bench: OpenProject, store: FeatureStore, kept: Collection[int], new: Sequence[PhotoRecord]
) -> Iterator[tuple[int, bytes]]:
    """Photo id and packed features of test photos: those whose features the project keeps, and new ones."""
    return chain(bench.project.test_features(store.fingerprint, sorted(kept)), packed(store, new))


def answers_before(
    bench: OpenProject,
    info: LearnerInfo,
    learner: SpaLearner,
    store: FeatureStore,
    wanted: Collection[int],
    new: Sequence[PhotoRecord],
    job: Job,
) -> tuple[TestAnswer, ...]:
    """What the learner of now says of test photos: its kept answers, the others are scored. Nothing is stored.

    Of `new` photos the project keeps no features; others than the wanted ones are left out.
    """
    answers = {answer.photo_id: answer for answer in bench.project.answers(info.id) if answer.photo_id in wanted}
    missing = set(wanted) - answers.keys()
    if not missing:
        return tuple(answers.values())
    unanswered = [photo for photo in new if photo.id in missing]
    more = score(bench, learner, store, missing - {photo.id for photo in unanswered}, unanswered, job)
    return (*answers.values(), *more.answers)


def _heads(pooled: Tensor, patches: Tensor, learner: SpaLearner) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Scores, cosines with the class names, log-densities of global features: ``(B, C)`` each; familiarity ``(B,)``."""
    scored = learner.score(pooled, patches)
    return scored.scores, learner.name_cosines(pooled), learner.log_density(pooled), scored.familiarity


def stage_document(
    measured: Measured, photos: Mapping[int, PhotoRecord], known: Sequence[ClassRecord]
) -> dict[str, Any]:
    """What is stored of one training: how many test photos of each task and class are recognised, of how many.

    Nothing is where one class alone is known. The shares of all of them that the simplest heads recognise stand beside.
    Keys are ids as text, because that is what JSON has.
    """
    truth = np.array([photos[answer.photo_id].class_id for answer in measured.answers])
    return {
        **stage_counts(measured.answers, photos, known),
        "zero_shot": _share(np.array(measured.zero_shot) == truth) if len(known) > 1 else None,
        "slda": _share(np.array(measured.slda) == truth) if len(known) > 1 else None,
    }


def evaluate(bench: OpenProject, job: Job | None = None, *, estimated: bool = True) -> dict[str, Any]:
    """Accuracy of the model, now and after each task, in per cent: the object of ``evaluate --json``.

    The answers are those that were kept when it was learned. Test photos that came later are scored now, and their
    answers are kept as well where the project can be written and nothing can be redone. A class without test photos
    gets an estimate: what its photos would be predicted as by their look as a whole, had each not been learned. Photos
    taken within minutes of each other flatter it. `estimated`: False leaves the estimates out, where they are not read.
    While one class alone is known, no accuracy is in it. Raises InputError if nothing was learned, or there is no test
    photo.
    """
    project = bench.project
    info = project.learner_info()
    if info is None:
        raise nothing_learned(project)
    known = [item for item in project.classes() if item.id in info.class_ids]
    photos = {photo.id: photo for photo in project.photos(split="test") if photo.class_id in info.class_ids}
    job = job or Job()
    kept = {answer.photo_id: answer for answer in project.answers(info.id)}
    missing = [photo for photo in photos.values() if photo.id not in kept]
    if missing:
        kept.update({answer.photo_id: answer for answer in _scored(bench, missing, job)})
    answers = [kept[key] for key in photos if key in kept]
    tested = {photos[answer.photo_id].class_id for answer in answers}
    estimates = {item.id: NOT_MEASURED for item in known if estimated and item.id not in tested}
    if estimates and len(known) > 1:
        learned = [photo for photo in project.photos(split="train") if photo.is_learned and photo.class_id in estimates]
        try:
            for some, scores, _, keys in left_out(bench, learned, job):
                right = int((scores.argmax(dim=1) == keys.index(some[0].class_id)).sum())
                estimates[some[0].class_id] += Accuracy(right, len(some))
        except InputError as error:  # the answers are kept, and need neither backbone nor photos
            job.message(FilledText.of(QT_TRANSLATE_NOOP("errors", "No estimate: {reason}"), reason=error))
    if not answers:
        text = QT_TRANSLATE_NOOP(
            "errors",
            "{name} has no test photo of a learned class: on the page Classes, choose photos and press “Test with "
            "these”, or add a folder named test",
        )
        every = sum(estimates.values(), NOT_MEASURED)
        if every.photos:
            text = QT_TRANSLATE_NOOP(
                "errors",
                "{name} has no test photo of a learned class: on the page Classes, choose photos and press “Test with "
                "these”, or add a folder named test. An estimate, leaving out one photo at a time: {estimate}",
            )
        raise InputError(text, name=project.path.stem, estimate=every)
    return report(bench, answers, photos, known, estimates)


def _scored(bench: OpenProject, photos: Sequence[PhotoRecord], job: Job) -> tuple[TestAnswer, ...]:
    """Score test photos that have no answer yet, and keep the answers where they can be kept."""
    project = bench.project
    info, learner = bench.info_and_learner(job)
    assert info is not None, "it was checked before"
    assert learner is not None, "it was checked before"
    store = bench.store(job)
    wanted = {photo.id for photo in photos}
    # Test photos that were added after the last training have no features in the project yet.
    bare = [photo for photo in project.missing_test_features(store.fingerprint) if photo.id in wanted]
    readable = encodable(store, bare, job, said=QT_TRANSLATE_NOOP("errors", "Test photo left out: {reason}"))
    measured = score(bench, learner, store, wanted - {photo.id for photo in bare}, readable, job)
    # While something can be redone they are only given: a change of the file would end that.
    if project.is_writable and measured.answers and not project.redo_changes:
        with project.transaction("evaluate", f"{len(measured.answers)} photos", undo="with_previous") as tx:
            bench.bind_backbone(tx)
            for photo_id, blob in packed(store, readable):
                tx.put_test_features(photo_id, store.fingerprint, blob)
            tx.add_answers(info.id, measured.answers)
    return measured.answers


def report(
    bench: OpenProject,
    answers: Sequence[TestAnswer],
    photos: Mapping[int, PhotoRecord],
    known: Sequence[ClassRecord],
    estimates: Mapping[int, Accuracy],
) -> dict[str, Any]:
    """The JSON object of ``spa-desktop evaluate`` from answers, and estimates for the classes that have none."""
    project = bench.project
    tasks = [task for task in project.tasks() if any(item.task_id == task.id for item in known)]
    documents = measured_documents(tasks, project.evaluations(), known)
    shares = {name: [document.get(name) for document in documents] for name in ("zero_shot", "slda")}
    references = {
        name.replace("_", "-"): [None if share is None else _percent(share) for share in some]
        for name, some in shares.items()
    }
    now = stage_counts(answers, photos, known)
    matrix = accuracy_by_task(tasks, [*documents[:-1], now])
    places = {item.id: place for place, item in enumerate(known)}
    truth = [places[photos[answer.photo_id].class_id] for answer in answers]
    given = [places[answer.class_ids[0]] for answer in answers]
    confusion = metrics.confusion(np.array(truth), np.array(given), len(known))
    per_class = {item.name: Accuracy(*now["classes"].get(str(item.id), (0, 0))) for item in known}
    all_seen = [sum(row, NOT_MEASURED) for row in matrix]
    curve = [_percent(accuracy.share) for accuracy in all_seen]
    measured = [value for value in curve if value is not None]
    return {
        "tasks": [task.name for task in tasks],
        "curve": curve,
        "average": round(sum(measured) / len(measured), 4) if measured else None,
        "last": curve[-1],
        "forgetting": forgotten_points(matrix) or 0.0,
        "accuracy_matrix": [[_percent(accuracy.share) for accuracy in row] for row in matrix],
        "per_class": {name: _percent(accuracy.share) for name, accuracy in per_class.items()},
        "counted": {
            "curve": [accuracy.to_json() for accuracy in all_seen],
            "last": all_seen[-1].to_json(),
            "accuracy_matrix": [[accuracy.to_json() for accuracy in row] for row in matrix],
            "per_class": {name: accuracy.to_json() for name, accuracy in per_class.items()},
        },
        "events": count_events(project, photos.values()),
        "leave_one_out": {item.name: estimates[item.id].to_json() for item in known if item.id in estimates},
        "confusion": confusion.tolist(),
        "classes": [item.name for item in known],
        "references": references,
        "photos": {
            "id": [answer.photo_id for answer in answers],
            "class": truth,
            "answer": given,
            "confidence": [round(answer.probabilities[0], 4) for answer in answers],
        },
    }


def count_events(project: Project, tests: Collection[PhotoRecord]) -> dict[str, int]:
    """How many events test photos are of: see :mod:`spa_desktop.photos.events`.

    Gives the events of several photos that are held out whole ("whole"), the test photos whose event has a photo to
    learn from too ("split"), and those of versions that did not look when they were taken ("unknown").
    """
    learned = project.photos(split="train") if any(photo.taken for photo in tests) else []
    photos = [*tests, *learned]
    numbers = find_events([(str(Path(photo.path).parent), photo.taken or None) for photo in photos])
    of_tests, of_learned = Counter(numbers[: len(tests)]), frozenset(numbers[len(tests) :])
    return {
        "whole": sum(count > 1 and number not in of_learned for number, count in of_tests.items()),
        "split": sum(count for number, count in of_tests.items() if number in of_learned),
        "unknown": sum(photo.taken is None for photo in tests),
    }


# What was measured after each task, and what the old tasks lost since.


def measured_documents(
    tasks: Sequence[TaskRecord], stages: Sequence[MeasuredState], known: Sequence[ClassRecord]
) -> list[Mapping[str, Any]]:
    """The stage document of each task of `known` classes; empty where none tells an accuracy."""
    of_task = {stage.task_id: stage.document for stage in stages}
    documents: list[Mapping[str, Any]] = []
    count = 0
    for task in tasks:
        count += sum(item.task_id == task.id for item in known)
        document: Mapping[str, Any] = of_task.get(task.id, {})
        documents.append(document if is_measured(document, count) else {})
    return documents


def accuracy_by_task(tasks: Sequence[TaskRecord], documents: Sequence[Mapping[str, Any]]) -> list[list[Accuracy]]:
    """The accuracy matrix: a row a document, each of a stage; a column a task. A later task is not measured yet."""
    counts = [document.get("tasks", {}) for document in documents]
    return [
        [
            Accuracy(*count.get(str(task.id), (0, 0))) if place <= row else NOT_MEASURED
            for place, task in enumerate(tasks)
        ]
        for row, count in enumerate(counts)
    ]


def forgotten_points(matrix: Sequence[Sequence[Accuracy]]) -> float | None:
    """Forgetting as :func:`~spa_desktop.metrics.forgetting` defines it, in points, after the last row's stage.

    Stages when a task had another number of test photos do not count: those photos were others. None where no old task
    was measured both before and then.

    >>> now = [Accuracy(5, 10), Accuracy(9, 10)]
    >>> forgotten_points([[Accuracy(9, 10), NOT_MEASURED], now])
    40.0
    >>> forgotten_points([[Accuracy(4, 4), NOT_MEASURED], now]) is None
    True
    """
    pairs = [zip(row, matrix[-1], strict=True) for row in matrix]
    same = [[one if one.photos == now.photos else NOT_MEASURED for one, now in pair] for pair in pairs]
    shares = np.array([[accuracy.share for accuracy in row] for row in same])
    is_measured_before = ~np.isnan(shares[:-1]).all(axis=0)[: len(shares) - 1]
    if not is_measured_before.any():
        return None
    return round(100 * metrics.forgetting(shares), 4)


def is_measured(document: Mapping[str, Any], known: int) -> bool:
    """Whether a document tells an accuracy, where so many of its classes are known still: of one class it does not.

    Earlier versions measured one class alone all the same. Others that were measured beside it are forgotten by now.
    """
    return known > 1 or len(document.get("classes", {})) > 1


def stage_counts(
    answers: Sequence[TestAnswer], photos: Mapping[int, PhotoRecord], known: Sequence[ClassRecord]
) -> dict[str, dict[str, list[int]]]:
    """By task and by class: how many test photos are recognised, of how many. Of one class alone nothing is known."""
    if len(known) < 2:
        return {"tasks": {}, "classes": {}}
    task_of = {item.id: item.task_id for item in known}
    by_task: dict[str, list[int]] = {}
    by_class: dict[str, list[int]] = {}
    for answer in answers:
        class_id = photos[answer.photo_id].class_id
        for groups, key in ((by_task, str(task_of[class_id])), (by_class, str(class_id))):
            right_of = groups.setdefault(key, [0, 0])
            right_of[0] += answer.class_ids[0] == class_id
            right_of[1] += 1
    return {"tasks": by_task, "classes": by_class}


def _share(right: np.ndarray[Any, Any]) -> float | None:
    return float(right.mean()) if len(right) else None


def _percent(value: float) -> float | None:
    return None if np.isnan(value) else round(100 * float(value), 4)
