"""What the project holds, as one frozen value that the window may look at without waiting for anybody.

The project file is one connection: whoever reads it waits while a worker writes. So the thread of the window never
reads the file. A worker makes this value at the end of every verb, and the pages draw from it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from spa_desktop.learning import readable_name
from spa_desktop.project import Project
from spa_desktop.project.records import (
    ClassRecord,
    Correction,
    Description,
    Evaluation,
    LearnerInfo,
    PhotoCounts,
    ProjectMeta,
    TaskRecord,
    TrainingRecord,
)
from spa_desktop.project.undo import Change
from spa_desktop.visible import visible
from spa_desktop.workbench.training import learned_as


@dataclass(frozen=True)
class Contents:
    """The project at one moment, fit to be shown: in names and texts, control characters are escapes.

    Names of classes are as a person writes them, see :func:`shown_names`. Whoever hands a name to the engine, or writes
    it into a file, takes it from `stored_names`.

    Attributes:
        path: of the file.
        is_writable: False if it was opened for reading only.
        meta: backbone, seed, age.
        tasks: in the order of learning.
        classes: by task, then as added.
        counts: photos by class id, every class is in it.
        descriptions: by class id, those there are.
        learner: what was learned, None if nothing was.
        undoable_training: what "Undo this task" would take back.
        evaluations: the latest of each task, in the order of learning.
        settings: the project's own settings.
        undo: what undo would take back, the next one first.
        redo: what redo would do again, the next one first.
        corrections: what was said of photos and is not learned yet, as it came.
        trainings: how trainings went, the oldest first.
        stored_names: of the classes by id, as they are in the project file.
        test_stamp: differs once other photos are tested with, or the same are of other classes.
    """

    path: Path
    is_writable: bool
    meta: ProjectMeta
    tasks: tuple[TaskRecord, ...]
    classes: tuple[ClassRecord, ...]
    counts: Mapping[int, PhotoCounts]
    descriptions: Mapping[int, Description]
    learner: LearnerInfo | None
    undoable_training: LearnerInfo | None
    evaluations: tuple[Evaluation, ...]
    settings: Mapping[str, object]
    undo: tuple[Change, ...]
    redo: tuple[Change, ...]
    corrections: tuple[Correction, ...] = ()
    trainings: tuple[TrainingRecord, ...] = ()
    stored_names: Mapping[int, str] = field(default_factory=dict)
    test_stamp: int = 0

    @property
    def name(self) -> str:
        return visible(self.path.stem)

    def class_(self, class_id: int) -> ClassRecord | None:
        return next((item for item in self.classes if item.id == class_id), None)

    def meant_name(self, name: str) -> str:
        """The stored name of the class that is shown under a name; the name itself where there is none such."""
        if name in self.stored_names.values():
            return name
        shown = next((item.id for item in self.classes if item.name == name), None)
        return name if shown is None else self.stored_names.get(shown, name)

    def task(self, task_id: int) -> TaskRecord | None:
        return next((item for item in self.tasks if item.id == task_id), None)

    def classes_of(self, task_id: int) -> tuple[ClassRecord, ...]:
        return tuple(item for item in self.classes if item.task_id == task_id)

    def is_approved(self, class_id: int) -> bool:
        text = self.descriptions.get(class_id)
        return text is not None and text.is_approved

    @property
    def learned_ids(self) -> frozenset[int]:
        """Ids of the classes that the model knows."""
        return frozenset(self.learner.class_ids) if self.learner else frozenset()

    @property
    def to_learn(self) -> tuple[ClassRecord, ...]:
        """Classes that the next trainings would learn, top up, or learn again because photos of theirs are gone."""
        # New photos of a trained class were left out as they could not be read: they are nothing to wait for.
        return tuple(one for one in self.classes if one.state != "trained" and learned_as(one, self.counts[one.id]))


def read_contents(project: Project) -> Contents:
    """Read it all at one moment. For worker threads."""
    with project.snapshot():
        meta, classes = project.meta, project.classes()
        names = shown_names(item.name for item in classes)
        return Contents(
            path=Path(project.path),
            is_writable=project.is_writable,
            meta=replace(
                meta,
                backbone=visible(meta.backbone),
                fingerprint=visible(meta.fingerprint),
                app_version=visible(meta.app_version),
            ),
            tasks=tuple(replace(task, name=visible(task.name)) for task in project.tasks()),
            classes=tuple(replace(item, name=names[item.name]) for item in classes),
            counts=project.photo_counts(),
            descriptions={key: shown_description(text) for key, text in project.descriptions().items()},
            learner=project.learner_info(),
            undoable_training=project.undoable_training(),
            evaluations=tuple(project.evaluations()),
            settings=project.settings(),
            undo=tuple(replace(one, summary=visible(one.summary)) for one in project.undo_changes),
            redo=tuple(replace(one, summary=visible(one.summary)) for one in project.redo_changes),
            corrections=tuple(project.corrections()),
            trainings=tuple(project.trainings()),
            stored_names={item.id: item.name for item in classes},
            test_stamp=project.test_stamp(),
        )


def shown_names(stored: Iterable[str]) -> dict[str, str]:
    """How names of classes are shown: as a person writes them, with blanks for the underscores of folders.

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
