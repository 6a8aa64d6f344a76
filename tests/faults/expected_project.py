"""What a project should hold after a sequence of verbs, by rules that are written down here once more.

Nothing here asks the project what a verb does. What cannot be foretold (numbers of new rows, words of a writer, answers
of a model) is taken over when it comes into being, and must be the same from then on.
"""

import copy
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Self

from spa_desktop.project import Project

LEARNED = ("trained", "stale")


@dataclass
class Task:
    name: str
    state: str = "new"


@dataclass
class Class:
    name: str
    task: int
    state: str = "new"
    words: tuple[str, ...] = ()
    is_approved: bool = False


@dataclass
class Photo:
    owner: int
    split: str
    is_aside: bool = False
    is_learned: bool = False


@dataclass
class Training:
    """What the last training changed, to be taken back."""

    classes: dict[int, str]
    tasks: dict[int, str]
    photos: list[int]
    dropped: list[tuple[int, int]]
    seen: dict[int, set[int]]
    answers: Any

    @property
    def known(self) -> set[int]:
        return set(self.seen)


@dataclass
class Expected:
    """Tasks in order, classes, photos; what the model knows, and answers to the same few photos."""

    tasks: dict[int, Task] = field(default_factory=dict)
    order: list[int] = field(default_factory=list)
    classes: dict[int, Class] = field(default_factory=dict)
    photos: dict[int, Photo] = field(default_factory=dict)
    # by class that the model knows, the photos that it knows it by
    seen: dict[int, set[int]] = field(default_factory=dict)
    answers: Any = None
    trainings: list[Training] = field(default_factory=list)  # those that can be taken back
    next_step: str = ""  # what was done to it, if anything was

    @property
    def known(self) -> set[int]:
        return set(self.seen)

    def copy(self) -> Self:
        return copy.deepcopy(self)

    def content(self) -> dict[str, Any]:
        """What :func:`content_of` should give."""
        return {
            "tasks": [[key, self.tasks[key].name, self.tasks[key].state] for key in self.order],
            "classes": {str(key): [one.name, one.task, one.state] for key, one in sorted(self.classes.items())},
            "photos": {
                str(key): [one.owner, one.split, one.is_aside, one.is_learned]
                for key, one in sorted(self.photos.items())
            },
            "texts": {
                str(key): [*one.words, one.is_approved] for key, one in sorted(self.classes.items()) if one.words
            },
            "known": sorted(self.known),
        }

    def photos_of(self, class_id: int, *, split: str | None = None, is_usable: bool = False) -> list[int]:
        return [
            key
            for key, one in self.photos.items()
            if one.owner == class_id and split in (None, one.split) and not (is_usable and one.is_aside)
        ]

    def unlearned(self, class_id: int) -> list[int]:
        usable = self.photos_of(class_id, split="train", is_usable=True)
        return [key for key in usable if not self.photos[key].is_learned]

    def to_learn(self, task_id: int) -> tuple[list[int], list[int]]:
        """The new classes of a task, and those it knows that have other photos than it has seen.

        A class that lost all of its photos keeps what is known of it until there are photos again.
        """
        mine = [key for key, one in self.classes.items() if one.task == task_id]
        new = [key for key in mine if self.classes[key].state not in LEARNED]
        changed = [
            key
            for key in mine
            if self.classes[key].state == "stale" and self.photos_of(key, split="train", is_usable=True)
        ]
        return new, [key for key in mine if key not in new and (key in changed or self.unlearned(key))]

    # What verbs do

    def photos_change(self, photo_ids: Iterable[int], *, in_class: int | None = None) -> None:
        """A class that was trained is stale once a training photo comes to it or leaves it."""
        for key in photo_ids:
            owner = self.classes[self.photos[key].owner if in_class is None else in_class]
            if self.photos[key].split == "train" and owner.state == "trained":
                owner.state = "stale"

    def move_photos(self, photo_ids: Iterable[int], class_id: int) -> None:
        for key in photo_ids:
            if self.photos[key].owner != class_id:
                self.photos_change([key])
                self.photos_change([key], in_class=class_id)
                self.photos[key].owner, self.photos[key].is_learned = class_id, False

    def delete_photos(self, photo_ids: Iterable[int]) -> None:
        for key in photo_ids:
            self.photos_change([key])
            del self.photos[key]

    def delete_class(self, class_id: int) -> None:
        for key in self.photos_of(class_id):
            del self.photos[key]
        del self.classes[class_id]
        self.forget(class_id)

    def forget(self, class_id: int) -> None:
        """The model without a class; of the last one nothing is left."""
        if class_id in self.known:
            del self.seen[class_id]
            self.trainings.clear()
            if not self.known:
                self.forget_all()

    def forget_all(self) -> None:
        self.seen.clear()
        self.trainings.clear()
        self.answers = None
        for one in self.classes.values():
            if one.state in LEARNED:
                one.state = "described" if one.words else "new"
        for task in self.tasks.values():
            task.state = "new"
        for photo in self.photos.values():
            photo.is_learned = False

    def merge(self, source: int, target: int) -> None:
        if {source, target} <= self.known:
            for key in self.photos_of(source):
                self.photos[key].owner = target
            if self.classes[source].state == "stale":
                self.classes[target].state = "stale"
            self.seen[target] |= self.seen.pop(source)
            self.trainings.clear()
        else:
            self.move_photos(self.photos_of(source), target)
        self.delete_class(source)

    def train(self, task_id: int) -> None:
        new, more = self.to_learn(task_id)
        taught = new + more
        photos = [key for class_id in taught for key in self.unlearned(class_id)]
        states = {key: self.classes[key].state for key in taught}
        tasks = {task_id: self.tasks[task_id].state}
        usable = {key: set(self.photos_of(key, split="train", is_usable=True)) for key in taught}
        # A class that it knows by photos that are not its training photos any more is forgotten and learned again.
        anew = [key for key in more if self.seen[key] - {one for one in usable[key] if self.photos[one].is_learned}]
        dropped = [
            (one, key)
            for key in anew
            for one in self.photos_of(key)
            if self.photos[one].is_learned and one not in usable[key]
        ]
        self.trainings.append(Training(states, tasks, photos, dropped, copy.deepcopy(self.seen), self.answers))
        for key in taught:
            self.seen[key] = usable[key] if key in new or key in anew else self.seen[key] | usable[key]
        if new:
            first = [key for key in self.order if self.tasks[key].state == "trained" and key != task_id]
            self.order = [*first, task_id, *(key for key in self.order if key not in (*first, task_id))]
        for key in taught:
            self.classes[key].state = "trained"
        for key in photos:
            self.photos[key].is_learned = True
        for key, _ in dropped:
            self.photos[key].is_learned = False
        if all(one.state in LEARNED for one in self.classes.values() if one.task == task_id):
            self.tasks[task_id].state = "trained"

    def undo_training(self) -> None:
        last = self.trainings.pop()
        for key, state in last.classes.items():
            if key in self.classes:
                stays_stale = key in last.known and self.classes[key].state == "stale"
                self.classes[key].state = "stale" if stays_stale else state
        for key, state in last.tasks.items():
            if key in self.tasks:
                self.tasks[key].state = state
        for key in last.photos:
            if key in self.photos:
                self.photos[key].is_learned = False
        for key, class_id in last.dropped:
            if key in self.photos and self.photos[key].owner == class_id:
                self.photos[key].is_learned = True
        self.seen, self.answers = last.seen, last.answers


def content_of(project: Project) -> dict[str, Any]:
    """What a project holds, as JSON would have it."""
    info = project.learner_info()
    return {
        "tasks": [[one.id, one.name, one.state] for one in project.tasks()],
        "classes": {
            str(one.id): [one.name, one.task_id, one.state] for one in sorted(project.classes(), key=lambda one: one.id)
        },
        "photos": {
            str(one.id): [one.class_id, one.split, one.is_set_aside, one.is_learned]
            for one in sorted(project.photos(set_aside=None), key=lambda one: one.id)
        },
        "texts": {
            str(key): [text.sentence, *(phrase.text for phrase in text.phrases), text.is_approved]
            for key, text in sorted(project.descriptions().items())
        },
        "known": sorted(info.class_ids) if info else [],
    }
