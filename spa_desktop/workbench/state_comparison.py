"""What changed between two states of the model, as far as the project keeps what test photos were taken for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from spa_desktop.errors import InputError
from spa_desktop.project import Project
from spa_desktop.project.records import MeasuredState, TestAnswer
from spa_desktop.project.training_notes import TrainingKind


@dataclass(frozen=True)
class KnownState:
    """A state of the model that was measured, and what the project still knows of it.

    Attributes:
        id: of its evaluation.
        task: the name of the task after which it was measured.
        task_id: of the same.
        created: UTC, ISO 8601.
        kind: what sort of training made it; None if nobody knows any more.
        is_current: it is the model of now.
        answers: how many test photos it answered, whose answers are kept.
    """

    id: int
    task: str
    task_id: int
    created: str
    kind: TrainingKind | None
    is_current: bool
    answers: int


@dataclass(frozen=True)
class ClassOfTwo:
    """A class in both states.

    Attributes:
        class_id: of it.
        photos: test photos that are counted: those that both answered, or the one that knew the class.
        first: how many of them the first state answered right; None if it did not know the class.
        second: the second.
    """

    class_id: int
    photos: int
    first: int | None
    second: int | None

    @property
    def shares(self) -> tuple[float | None, float | None]:
        """Accuracies in per cent."""
        return tuple(  # type: ignore[return-value]
            None if right is None or not self.photos else 100 * right / self.photos
            for right in (self.first, self.second)
        )

    @property
    def difference(self) -> float | None:
        """Points that the second has more; None unless both knew the class."""
        first, second = self.shares
        return None if first is None or second is None else second - first


@dataclass(frozen=True)
class ChangedPhoto:
    """A test photo that both answered, one of them right and the other not."""

    photo_id: int
    class_id: int
    first: int  # the class that it was taken for
    second: int
    sure: float  # probability of the second answer


@dataclass(frozen=True)
class Comparison:
    """Two states side by side. Labels are those of today, for both.

    Attributes:
        first: the state.
        second: the other.
        classes: in the project's order.
        lost: photos that the first answered right and the second wrong.
        won: the other way round.
        common: test photos that both answered.
        right: how many of these each answered right.
    """

    first: KnownState
    second: KnownState
    classes: tuple[ClassOfTwo, ...]
    lost: tuple[ChangedPhoto, ...]
    won: tuple[ChangedPhoto, ...]
    common: int
    right: tuple[int, int]


def known_states(project: Project) -> list[KnownState]:
    """The states that can be compared, the newest first: those whose answers on test photos are kept.

    These are the state after each task, and the one before the last training: of others the project keeps no answers.
    """
    with project.snapshot():
        current = project.learner_info()
        tasks = {task.id: task.name for task in project.tasks()}
        kinds = {one.learner_id: one.notes.kind for one in project.trainings()}
        found = project.measured_states()
    now = max((one.id for one in found if current is not None and one.learner_id == current.id), default=None)
    return [_known(one, tasks, kinds, now) for one in reversed(found) if one.answers]


def _known(
    one: MeasuredState, tasks: Mapping[int, str], kinds: Mapping[int, TrainingKind], now: int | None
) -> KnownState:
    name = tasks.get(one.task_id, "")
    return KnownState(one.id, name, one.task_id, one.created, kinds.get(one.learner_id), one.id == now, one.answers)


def compare_states(project: Project, first_id: int, second_id: int) -> Comparison:
    """Compare two of :func:`known_states`.

    Raises:
        InputError: if the project does not keep the answers of one of them any more.
    """
    with project.snapshot():
        states = {one.id: one for one in known_states(project)}
        if not {first_id, second_id} <= states.keys():
            raise InputError(f"{project.path} does not keep the answers of that state any more: choose another")
        labels = {photo.id: photo.class_id for photo in project.photos(split="test")}
        order = [item.id for item in project.classes()]
        before, after = (
            {one.photo_id: one for one in project.answers_of(key) if one.photo_id in labels}
            for key in (first_id, second_id)
        )
    common = before.keys() & after.keys()
    # What a state knew is seen in its answers, which name the most probable classes: the label may be a later one.
    knew, knows = ({key for one in answers.values() for key in one.class_ids} for answers in (before, after))
    classes = [
        _class_of_two(key, labels, before if key in knew else {}, after if key in knows else {}) for key in order
    ]
    changed = [
        ChangedPhoto(key, labels[key], before[key].class_ids[0], after[key].class_ids[0], after[key].probabilities[0])
        for key in sorted(common)
    ]
    was = [one for one in changed if one.first == one.class_id]
    now = [one for one in changed if one.second == one.class_id]
    return Comparison(
        states[first_id],
        states[second_id],
        tuple(one for one in classes if one is not None),
        tuple(one for one in was if one.second != one.class_id),
        tuple(one for one in now if one.first != one.class_id),
        len(common),
        (len(was), len(now)),
    )


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
