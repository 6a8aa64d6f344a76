"""What the project holds, as one frozen value that the window may look at without waiting for anybody; and opening it.

The project file is one connection: whoever reads it waits while a worker writes. So the thread of the window never
reads the file. A worker makes this value at the end of every verb, and the pages draw from it.
"""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Literal

from spa_desktop.learning import readable_name
from spa_desktop.project import Change, Project
from spa_desktop.project.class_names import name_key
from spa_desktop.project.documents import StatesBefore
from spa_desktop.project.project_failures import gone, replaced
from spa_desktop.project.records import (
    ClassRecord,
    Correction,
    Description,
    LearnerInfo,
    MeasuredState,
    PhotoCounts,
    ProjectMeta,
    TaskRecord,
    TrainingRecord,
)
from spa_desktop.visible import visible
from spa_desktop.workbench.open_project import OpenProject, has_texts, reworded
from spa_desktop.workbench.sorting import are_tests_alike, honest_tests, photos_to_sort
from spa_desktop.workbench.training import LearnedAs, learned_as


@dataclass(frozen=True)
class Contents:
    """The project at one moment. In names and texts of classes and tasks, control characters are escapes.

    Names of classes are as one writes them, see :func:`shown_names`. Whoever hands a name to the engine, or writes
    it into a file, takes it from `stored_names`.
    """

    path: Path
    is_writable: bool  # False if it was opened for reading only
    meta: ProjectMeta
    tasks: tuple[TaskRecord, ...]  # in the order of learning
    classes: tuple[ClassRecord, ...]  # by task, then as added
    counts: Mapping[int, PhotoCounts]  # by class id, every class is in it
    descriptions: Mapping[int, Description]  # by class id, those there are
    learner: LearnerInfo | None  # the model
    undoable_training: LearnerInfo | None  # what "Undo this task" would take back
    evaluations: tuple[MeasuredState, ...]  # the latest of each task, in the order of learning
    settings: Mapping[str, object]  # the project's own
    undo: tuple[Change, ...]  # what undo would take back, the next one first
    redo: tuple[Change, ...]  # what redo would do again, the next one first
    corrections: tuple[Correction, ...] = ()  # that are not learned yet, as they came
    trainings: tuple[TrainingRecord, ...] = ()  # the oldest first
    stored_names: Mapping[int, str] = field(default_factory=dict)  # of the classes by id, as in the project file
    # versions of the model whose answers are kept: what these have right is counted by the labels of now
    answered: frozenset[int] = frozenset()
    has_alike_tests: bool = False  # most test photos looked alike: see :func:`are_tests_alike`
    honest_tests: frozenset[int] = frozenset()  # ids of those that were in no group
    test_stamp: int = 0  # differs once other photos are tested with, or the same are of other classes
    steps: Mapping[int, StatesBefore] = field(default_factory=dict)  # what the last two trainings changed, by version
    grown: Mapping[int, frozenset[int]] = field(default_factory=dict)  # and which classes got photos by them
    to_sort: int = 0  # photos that wait on page Sort, as long as there is no class
    reworded: frozenset[int] = frozenset()  # classes that were learned with other words than their text has now

    @property
    def name(self) -> str:
        return visible(self.path.stem)

    @property
    def has_texts(self) -> bool:
        """False where the backbone reads no words: nothing is described, searched by words, or given a name."""
        return has_texts(self.meta.backbone)

    def class_(self, class_id: int) -> ClassRecord | None:
        return next((item for item in self.classes if item.id == class_id), None)

    @cached_property
    def shown_as(self) -> Mapping[str, str]:
        """How classes are shown, by their stored names."""
        return {self.stored_names[item.id]: item.name for item in self.classes}

    def meant_name(self, name: str) -> str:
        """The stored name of the class that is shown under a name; the name itself where there is none such."""
        if name in self.stored_names.values():
            return name
        shown = next((item.id for item in self.classes if item.name == name), None)
        same = (stored for stored in self.stored_names.values() if name_key(stored) == name_key(name))
        return next(same, name) if shown is None else self.stored_names.get(shown, name)

    @property
    def class_ids(self) -> Mapping[str, int | None]:
        """The classes by name; None for those that corrections are to make."""
        pending = dict.fromkeys(correction.class_name for correction in self.corrections if correction.class_name)
        return {**pending, **{item.name: item.id for item in self.classes}}

    def task(self, task_id: int) -> TaskRecord | None:
        return next((item for item in self.tasks if item.id == task_id), None)

    def classes_of(self, task_id: int) -> tuple[ClassRecord, ...]:
        return tuple(item for item in self.classes if item.task_id == task_id)

    def learned_at(self, task_id: int) -> str:
        """When a task itself was learned (UTC, ISO 8601), "" if nobody knows.

        The last evaluation of the last task is of the last model, whichever task that was.
        """
        trainings = [training for training in reversed(self.trainings) if training.notes.kind == "learned"]
        states: tuple[TrainingRecord | MeasuredState, ...] = (*trainings, *self.evaluations)
        return next((state.created for state in states if state.task_id == task_id), "")

    def is_approved(self, class_id: int) -> bool:
        text = self.descriptions.get(class_id)
        return text is not None and text.is_approved

    @property
    def learned_ids(self) -> frozenset[int]:
        return frozenset(self.learner.class_ids) if self.learner else frozenset()

    @property
    def to_learn(self) -> tuple[ClassRecord, ...]:
        """Classes that the next trainings would learn, top up, or learn again: photos are gone, or words are others."""
        # New photos of a trained class were left out as they could not be read: they are nothing to wait for.
        return tuple(class_ for class_ in self.classes if class_.state != "trained" and self.learned_as(class_))

    def learned_as(self, item: ClassRecord) -> LearnedAs | None:
        """What the next training would do with a class."""
        return learned_as(item, self.counts[item.id], is_reworded=item.id in self.reworded)


def read_contents(project: Project) -> Contents:
    """Read it all at one moment. For worker threads."""
    with project.snapshot():
        classes, states = project.classes(), project.measured_states()
        names = shown_names(item.name for item in classes)
        learner, before = project.learner_info(), project.learner_info(1)
        texts = project.descriptions()
        others = reworded(learner, texts)
        steps = {version.id: project.states_before(version.id) for version in (learner, before) if version is not None}
        return Contents(
            path=Path(project.path),
            is_writable=project.is_writable,
            meta=project.meta,
            tasks=tuple(replace(task, name=visible(task.name)) for task in project.tasks()),
            classes=tuple(
                replace(item, name=names[item.name], state="stale" if item.id in others else item.state)
                for item in classes
            ),
            counts=project.photo_counts(),
            descriptions={key: shown_description(text) for key, text in texts.items()},
            learner=learner,
            undoable_training=project.undoable_training(),
            evaluations=tuple(project.evaluations(states)),
            settings=project.settings(),
            undo=project.undo_changes,
            redo=project.redo_changes,
            corrections=tuple(project.corrections()),
            trainings=tuple(project.trainings(states)),
            stored_names={item.id: item.name for item in classes},
            answered=frozenset(state.learner_id for state in states if state.answers),
            test_stamp=project.test_stamp(),
            steps=steps,
            grown={
                key: project.classes_of(step.photos)
                for key, step in steps.items()
                if not {"trained", "stale"}.isdisjoint(step.classes.values())
            },
            has_alike_tests=are_tests_alike(project),
            honest_tests=honest_tests(project),
            to_sort=0 if classes else photos_to_sort(project),
            reworded=others,
        )


def shown_names(stored: Iterable[str]) -> dict[str, str]:
    """How names of classes are shown: as one writes them, with blanks for the underscores of folders.

    Where two would look the same they are shown as they are stored.

    >>> shown_names(["red_panda", "Red_Bell", "Red Bell", "_"])
    {'red_panda': 'red panda', 'Red_Bell': 'Red_Bell', 'Red Bell': 'Red Bell', '_': '_'}
    """
    shown = {name: shown_name(name) for name in stored}
    counts = Counter(shown.values())
    return {name: text if counts[text] == 1 else visible(name) for name, text in shown.items()}


def shown_name(stored: str) -> str:
    """How the name of one class is shown, where those of the others do not matter."""
    return visible(readable_name(stored) or stored)


def shown_description(text: Description) -> Description:
    """A text of a class, fit to be shown."""
    phrases = tuple(replace(phrase, text=visible(phrase.text)) for phrase in text.phrases)
    return replace(text, phrases=phrases, sentence=visible(text.sentence), model=visible(text.model))


# Where the file of the open project lies: while it is open it can be moved, deleted or replaced by another.

FileKey = tuple[int, int]  # device and number of a file: the same for all of its names
# "open": it is the file that is open. "lost": the same file under a new name, or another one under its name. Then what
# is open has to be closed first. "other": it has nothing to do with it.
Relation = Literal["open", "lost", "other"]


@dataclass(frozen=True)
class Place:
    """A file and where it was when it was opened. Its methods look at the disk: they are for worker threads."""

    path: Path  # its name then
    key: FileKey | None  # which file it is; None if it was gone at once

    @classmethod
    def of(cls, path: Path) -> Place:
        return cls(path, _key(path))

    def require(self) -> None:
        """Raise SpaError, which says what has become of the file, unless it lies where it was opened."""
        key = _key(self.path)
        if key is None or key != self.key:
            raise gone(self.path) if key is None else replaced(self.path)

    def compare(self, path: Path) -> Relation:
        """What it is to this file to open a path: see `Relation`."""
        if self.key is not None and _key(path) == self.key:
            return "open" if _key(self.path) == self.key else "lost"
        with contextlib.suppress(OSError, RuntimeError):  # links in a circle
            path = path.resolve()
        return "lost" if path == self.path else "other"


def _key(path: Path) -> FileKey | None:
    try:
        info = path.stat()
    except (OSError, ValueError):
        return None
    return info.st_dev, info.st_ino


Opened = tuple[OpenProject, Contents]
