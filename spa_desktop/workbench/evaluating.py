"""How well it was learned: every test photo is scored once a training, and its answer is kept in the project."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain, islice
from typing import TYPE_CHECKING, Any

import numpy as np

from spa_desktop import metrics
from spa_desktop.errors import InputError
from spa_desktop.feature_store import FeatureStore
from spa_desktop.jobs import Job, Stage
from spa_desktop.learning import or_on_cpu
from spa_desktop.metrics import NOT_MEASURED, Accuracy
from spa_desktop.project import Project
from spa_desktop.project.documents import TrainingKind
from spa_desktop.project.records import ClassRecord, LearnerInfo, PhotoRecord, TestAnswer
from spa_desktop.workbench.open_project import OpenProject, encodable, packed, unpack_photo, unpack_pooled
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


@dataclass(frozen=True)
class ClassOfTwo:
    """A class in both states."""

    class_id: int  # of it
    photos: int  # test photos that are counted: those that both answered, or the one that knew the class
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
class ChangedPhoto:
    """A test photo that both answered, one of them right and the other not."""

    photo_id: int
    class_id: int
    first: int  # the class that it was predicted as
    second: int
    sure: float  # probability of the second answer


@dataclass(frozen=True)
class Comparison:
    """Two states side by side. Labels are those of today, for both."""

    first: KnownState  # the state
    second: KnownState  # the other
    classes: tuple[ClassOfTwo, ...]  # in the project's order
    lost: tuple[ChangedPhoto, ...]  # photos that the first answered right and the second wrong
    won: tuple[ChangedPhoto, ...]  # the other way round
    common: int  # test photos that both answered
    right: tuple[int, int]  # how many of these each answered right


def known_states(bench: OpenProject) -> list[KnownState]:
    """The states that can be compared, the newest first: those whose answers on test photos are kept.

    These are the state after each task, and the one before the last training: of others the project keeps no answers.
    """
    project = bench.project
    with project.snapshot():
        current = project.learner_info()
        tasks = {task.id: task.name for task in project.tasks()}
        made = {training.learner_id: training for training in project.trainings()}
        found = project.measured_states()
    now = max((one.id for one in found if current is not None and one.learner_id == current.id), default=None)
    return [
        KnownState(
            *(one.id, tasks.get(one.task_id, ""), one.task_id, made.get(one.learner_id, one).created),
            *(made[one.learner_id].notes.kind if one.learner_id in made else None, one.id == now, one.answers),
        )
        for one in reversed(found)
        if one.answers
    ]


def compare_states(bench: OpenProject, first_id: int, second_id: int) -> Comparison:
    """Compare two of :func:`known_states`.

    Raises InputError if the project does not keep the answers of one of them any more.
    """
    with bench.project.snapshot():
        states = {known_state.id: known_state for known_state in known_states(bench)}
        if not {first_id, second_id} <= states.keys():
            raise InputError(f"{bench.project.path} does not keep the answers of that state any more: choose another")
        labels, before, after, classes = _side_by_side(bench.project, first_id, second_id)
    common = before.keys() & after.keys()
    changed = [
        ChangedPhoto(key, labels[key], before[key].class_ids[0], after[key].class_ids[0], after[key].probabilities[0])
        for key in sorted(common)
    ]
    was = [one for one in changed if one.first == one.class_id]
    now = [one for one in changed if one.second == one.class_id]
    return Comparison(
        states[first_id],
        states[second_id],
        classes,
        tuple(one for one in was if one.second != one.class_id),
        tuple(one for one in now if one.first != one.class_id),
        len(common),
        (len(was), len(now)),
    )


def what_changed(bench: OpenProject, learner_id: int) -> tuple[ClassOfTwo, ...]:
    """Each class before and after a training, as :func:`compare_states`.

    Empty where the answers of the version of the learner that it made, or of the one before, are not kept any more.
    """
    project = bench.project
    with project.snapshot():
        kept = {
            measured_state.learner_id: measured_state.id
            for measured_state in project.measured_states()
            if measured_state.answers
        }
        made = [training.learner_id for training in project.trainings() if training.learner_id <= learner_id]
        # Earlier versions of the app noted no trainings, but measured after each.
        before = made[-2] if len(made) > 1 else max((key for key in kept if key < learner_id), default=None)
        if learner_id not in kept or (before is not None and before not in kept):
            return ()
        return _side_by_side(project, None if before is None else kept[before], kept[learner_id])[3]


_Answers = dict[int, TestAnswer]  # by photo


def _side_by_side(
    project: Project, first_id: int | None, second_id: int
) -> tuple[dict[int, int], _Answers, _Answers, tuple[ClassOfTwo, ...]]:
    """Labels of test photos, the answers of both states on them, and the classes in the project's order."""
    labels = {photo.id: photo.class_id for photo in project.photos(split="test")}
    before, after = (
        {} if key is None else {one.photo_id: one for one in project.answers_of(key) if one.photo_id in labels}
        for key in (first_id, second_id)
    )
    # What a state knew is seen in its answers, which name the most probable classes: the label may be a later one.
    knew, knows = ({key for answer in answers.values() for key in answer.class_ids} for answers in (before, after))
    # One class alone has no accuracy.
    before, after = (before if len(knew) > 1 else {}), (after if len(knows) > 1 else {})
    classes = (
        _class_of_two(item.id, labels, before if item.id in knew else {}, after if item.id in knows else {})
        for item in project.classes()
    )
    return labels, before, after, tuple(class_ for class_ in classes if class_ is not None)


def _class_of_two(
    class_id: int, labels: Mapping[int, int], before: Mapping[int, TestAnswer], after: Mapping[int, TestAnswer]
) -> ClassOfTwo | None:
    mine = {key for key, label in labels.items() if label == class_id}
    old, new = mine & before.keys(), mine & after.keys()
    counted = old & new or old or new
    if not counted:
        return None

    def right(answers: Mapping[int, TestAnswer], known: set[int]) -> int | None:
        return sum(answers[key].class_ids[0] == class_id for key in counted) if counted <= known else None

    return ClassOfTwo(class_id, len(counted), right(before, old), right(after, new))


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
            rejected.update(one[0] for one, known in zip(batch, familiarity.tolist(), strict=True) if known < threshold)
        by_text.extend(keys[place] for place in text.argmax(dim=-1).tolist())
        by_density.extend(keys[place] for place in density.argmax(dim=-1).tolist())
        job.advance(len(batch))
    return Measured(tuple(answers), tuple(by_text), tuple(by_density), frozenset(rejected))


def none_of_these_among(learner: SpaLearner, features: Iterable[tuple[int, bytes]]) -> frozenset[int]:
    """Which photos are none of the classes, by number: of :func:`measure` that part, which takes next to no time."""
    import torch

    found: set[int] = set()
    threshold, unpacked = learner.threshold, ((photo_id, unpack_pooled(blob)) for photo_id, blob in features)
    while threshold is not None and (batch := list(islice(unpacked, _BATCH))):
        familiarity = learner.familiarity(torch.stack([pooled for _, pooled in batch])).tolist()
        found.update(one[0] for one, known in zip(batch, familiarity, strict=True) if known < threshold)
    return frozenset(found)


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
    return chain(bench.project.test_features(store.encoder.fingerprint, sorted(kept)), packed(store, new))


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
    kept = {answer.photo_id: answer for answer in bench.project.answers(info.id) if answer.photo_id in wanted}
    missing = set(wanted) - kept.keys()
    if not missing:
        return tuple(kept.values())
    mine = [one for one in new if one.id in missing]
    more = score(bench, learner, store, missing - {one.id for one in mine}, mine, job)
    return (*kept.values(), *more.answers)


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
        raise InputError(f"{project.path} has learned nothing yet: train it first")
    known = [item for item in project.classes() if item.id in info.class_ids]
    photos = {photo.id: photo for photo in project.photos(split="test") if photo.class_id in info.class_ids}
    job = job or Job()
    kept = {answer.photo_id: answer for answer in project.answers(info.id)}
    missing = [photo for photo in photos.values() if photo.id not in kept]
    if missing:
        kept.update({one.photo_id: one for one in _scored(bench, missing, job)})
    answers = [kept[key] for key in photos if key in kept]
    tested = {photos[answer.photo_id].class_id for answer in answers}
    estimates = {item.id: NOT_MEASURED for item in known if estimated and item.id not in tested}
    if estimates and len(known) > 1:
        learned = [one for one in project.photos(split="train") if one.is_learned and one.class_id in estimates]
        try:
            for _, judged in left_out(bench, info, learned, job):
                for one in judged:
                    estimates[one.class_id] += Accuracy(int(one.answer == one.class_id), 1)
        except InputError as error:  # the answers are kept, and need neither backbone nor photos
            job.message(f"No estimate: {error}")
    if not answers:
        every = sum(estimates.values(), NOT_MEASURED)
        told = f". An estimate, leaving out one photo at a time: {every}" if every.photos else ""
        how = "on the page Classes, choose photos and press “Test with these”, or add a folder named test"
        raise InputError(f"{project.path.stem} has no test photo of a learned class: {how}{told}")
    return report(bench, answers, photos, known, estimates)


def _scored(bench: OpenProject, photos: Sequence[PhotoRecord], job: Job) -> tuple[TestAnswer, ...]:
    """Score test photos that have no answer yet, and keep the answers where they can be kept."""
    project = bench.project
    info, learner = bench.info_and_learner(job)
    assert info is not None, "it was checked before"
    assert learner is not None, "it was checked before"
    encoder, store = bench.encoder(job), bench.store(job)
    wanted = {photo.id for photo in photos}
    # Test photos that were added after the last training have no features in the project yet.
    bare = [photo for photo in project.missing_test_features(encoder.fingerprint) if photo.id in wanted]
    readable = encodable(store, bare, job, said="Test photo left out")
    measured = score(bench, learner, store, wanted - {photo.id for photo in bare}, readable, job)
    # While something can be redone they are only given: a change of the file would end that.
    if project.is_writable and measured.answers and not project.redo_changes:
        with project.transaction("evaluate", f"{len(measured.answers)} photos", undo="with_previous") as tx:
            bench.bind_backbone(tx)
            for photo_id, blob in packed(store, readable):
                tx.put_test_features(photo_id, encoder.fingerprint, blob)
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
    stages = {stage.task_id: stage.document for stage in project.evaluations()}
    matrix = [[NOT_MEASURED for _ in tasks] for _ in tasks]
    references: dict[str, list[float | None]] = {"zero-shot": [], "slda": []}
    for row, stage_task in enumerate(tasks):
        document: Mapping[str, Any] = stages.get(stage_task.id, {})
        seen = {task.id for task in tasks[: row + 1]}
        if not is_measured(document, sum(item.task_id in seen for item in known)):
            document = {}
        for name, key in (("zero-shot", "zero_shot"), ("slda", "slda")):
            share = document.get(key)
            references[name].append(None if share is None else _percent(share))
        if row == len(tasks) - 1:
            document = stage_counts(answers, photos, known)
        for column, task in enumerate(tasks[: row + 1]):
            matrix[row][column] = Accuracy(*document.get("tasks", {}).get(str(task.id), (0, 0)))
    shares = np.array([[one.share for one in row] for row in matrix])
    places = {item.id: place for place, item in enumerate(known)}
    truth = [places[photos[answer.photo_id].class_id] for answer in answers]
    given = [places[answer.class_ids[0]] for answer in answers]
    confusion = metrics.confusion(np.array(truth), np.array(given), len(known))
    by_class = stage_counts(answers, photos, known)["classes"]
    per_class = {item.name: Accuracy(*by_class.get(str(item.id), (0, 0))) for item in known}
    all_seen = [sum(row, NOT_MEASURED) for row in matrix]
    curve = [_percent(one.share) for one in all_seen]
    measured = [value for value in curve if value is not None]
    return {
        "tasks": [task.name for task in tasks],
        "curve": curve,
        "average": round(sum(measured) / len(measured), 4) if measured else None,
        "last": curve[-1],
        "forgetting": _percent(metrics.forgetting(shares)),
        "accuracy_matrix": [[_percent(one.share) for one in row] for row in matrix],
        "per_class": {name: _percent(one.share) for name, one in per_class.items()},
        "counted": {
            "curve": [one.to_json() for one in all_seen],
            "last": all_seen[-1].to_json(),
            "accuracy_matrix": [[one.to_json() for one in row] for row in matrix],
            "per_class": {name: one.to_json() for name, one in per_class.items()},
        },
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


# What the tasks that were known before a training lost by it.


def document_before(project: Project, info: LearnerInfo | None) -> Mapping[str, Any]:
    """What was measured of a version of the learner; empty if nothing was, or there is none."""
    return next(
        (evaluation.document for evaluation in project.evaluations() if info and evaluation.learner_id == info.id), {}
    )


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
