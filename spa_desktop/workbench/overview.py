"""What a project holds, for `info`."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from spa_desktop.learning import looks_at
from spa_desktop.project.records import ClassRecord, PhotoCounts, Phrase
from spa_desktop.visible import QT_TRANSLATE_NOOP
from spa_desktop.workbench.describing import language_of
from spa_desktop.workbench.open_project import OpenProject, required_task, reworded
from spa_desktop.workbench.training import plan
from spa_desktop.workbench.worth_a_look import FEW

# Advice on the photos before a training: what would make it fail, or its result worse or impossible to check.

Kind = Literal["no photo", "one class", "one photo", "few photos", "no test photo", "untested classes", "uneven"]

UNEVEN = 10  # times as many photos as another class: more is named
_MOST_NAMES = 4


@dataclass(frozen=True)
class ClassPhotos:
    """How many photos a class has."""

    id: int  # of the class
    name: str  # of the class
    train: int  # photos to learn from, learned or not
    test: int  # photos to test with


@dataclass(frozen=True)
class Advice:
    """One thing to know before a training."""

    kind: Kind  # what it is
    classes: tuple[ClassPhotos, ...]  # those that it is about, the one with the fewest photos first
    largest: ClassPhotos | None = None  # the class with the most photos; only for "uneven"

    @property
    def times(self) -> int:
        """How many times as many photos the largest class has as the smallest, rounded down."""
        return self.largest.train // max(1, self.classes[0].train) if self.largest else 1

    def filled(self, text: str, names: str, count: Callable[[int], str] = str) -> str:
        """A text of :data:`PHOTO_ADVICE` about these photos, with the names of the classes; `count` says a figure."""
        smallest, largest = self.classes[0], self.largest or self.classes[0]
        return text.format(
            names=names,
            few=count(FEW),
            large=largest.name,
            small=smallest.name,
            times=count(self.times),
            most=count(largest.train),
            fewest=count(smallest.train),
        )


# What is so, and what to do.
PHOTO_ADVICE: dict[Kind, str] = {
    "no photo": QT_TRANSLATE_NOOP(
        "advice", "No photo to learn from: {names}. Add photos, or delete what has none: it cannot be learned."
    ),
    "one class": QT_TRANSLATE_NOOP(
        "advice", "There is only one class, and nothing to tell {names} from. Add at least one more class."
    ),
    "one photo": QT_TRANSLATE_NOOP(
        "advice",
        "Only one photo to learn from: {names}. One photo cannot tell the thing from its background. "
        "Add photos from other sides and in other places, {few} or more of each.",
    ),
    "few photos": QT_TRANSLATE_NOOP(
        "advice", "Fewer than {few} photos to learn from: {names}. With more photos these are recognised more surely."
    ),
    "no test photo": QT_TRANSLATE_NOOP(
        "advice",
        "There are no test photos, so nobody can tell how often it is right. "
        "Hold back a few photos of each class to test with.",
    ),
    "untested classes": QT_TRANSLATE_NOOP(
        "advice",
        "No test photo: {names}. How often these are recognised is not known. "
        "Hold back a few photos of each to test with.",
    ),
    "uneven": QT_TRANSLATE_NOOP(
        "advice",
        "{large} has {times} times as many photos as {small} ({most} and {fewest}). "
        "Classes with few photos are often recognised less well. Add photos of: {names}.",
    ),
}


def photos_of(
    classes: Iterable[ClassRecord], counts: Mapping[int, PhotoCounts], ids: Collection[int]
) -> tuple[ClassPhotos, ...]:
    """The classes with those ids, and how many photos each has."""
    return tuple(
        ClassPhotos(class_.id, class_.name, counts[class_.id].train, counts[class_.id].test)
        for class_ in classes
        if class_.id in ids
    )


def advice_on(to_learn: Sequence[ClassPhotos], known: Sequence[ClassPhotos]) -> tuple[Advice, ...]:
    """What to know before classes are learned, what matters most first.

    The thresholds are ours: fewer than :data:`~spa_desktop.workbench.worth_a_look.FEW` photos are few, and a class with
    :data:`UNEVEN` times as many photos as another is much larger.
    """
    if not to_learn:
        return ()
    advice: list[Advice] = []
    ordered = sorted(to_learn, key=lambda item: (item.train, item.name))
    everything = [*ordered, *known]

    def say(kind: Kind, classes: Sequence[ClassPhotos], largest: ClassPhotos | None = None) -> None:
        if classes:
            advice.append(Advice(kind, tuple(classes), largest))

    say("no photo", [item for item in ordered if item.train == 0])
    say("one class", ordered if len(everything) == 1 else [])
    say("one photo", [item for item in ordered if item.train == 1])
    say("few photos", [item for item in ordered if 1 < item.train < FEW])
    if any(item.test for item in everything):
        say("untested classes", [item for item in ordered if item.train and not item.test])
    else:
        say("no test photo", ordered)
    # Of a class that is learned, the photos may be gone: it tells nothing then.
    counted = sorted((item for item in everything if item.train), key=lambda item: (item.train, item.name))
    if counted:
        largest = counted[-1]
        small = [item for item in counted if item.train * UNEVEN <= largest.train]
        say("uneven", small, largest)
    return tuple(advice)


def project_advice(bench: OpenProject, task: str | None = None) -> tuple[Advice, ...]:
    """What to know about the photos before a training of the task. Raises InputError if there is nothing to learn."""
    todo = plan(bench, task)
    with bench.project.snapshot():
        classes, counts, info = bench.project.classes(), bench.project.photo_counts(), bench.project.learner_info()
    to_learn = {class_.id for class_ in (*todo.new, *todo.known)}
    known = set(info.class_ids if info else ()) - to_learn
    return advice_on(photos_of(classes, counts, to_learn), photos_of(classes, counts, known))


def advice_line(advice: Advice) -> str:
    """The advice in one line, in English."""
    names, more = ", ".join(class_.name for class_ in advice.classes[:_MOST_NAMES]), len(advice.classes) - _MOST_NAMES
    return advice.filled(PHOTO_ADVICE[advice.kind], f"{names} and {more} more" if more > 0 else names)


def shown_phrases(bench: OpenProject, task: str | None = None) -> dict[str, Any]:
    """The phrases of all classes or of one task's, and how each is known: the object of ``describe --show --json``.

    Raises InputError if there is no such task.
    """
    project = bench.project
    with project.snapshot():
        tasks = {item.id: item.name for item in project.tasks()}
        texts = project.descriptions()
        classes = project.classes(None if task is None else required_task(project, task).id)
    return {
        "classes": [
            {
                "name": class_.name,
                "task": tasks[class_.task_id],
                "sentence": texts[class_.id].sentence if class_.id in texts else None,
                "phrases": [_phrase(phrase) for phrase in (texts[class_.id].phrases if class_.id in texts else ())],
            }
            for class_ in classes
        ]
    }


def _phrase(phrase: Phrase) -> dict[str, Any]:
    known = phrase.knowledge
    return {
        "text": phrase.text,
        "provenance": phrase.provenance,
        "source": known.basis if known else phrase.provenance,
        "certainty": known.certainty if known else None,
        "detail": known.detail if known else "",
    }


def overview(bench: OpenProject) -> dict[str, Any]:
    """The JSON object of ``spa-desktop info``."""
    project = bench.project
    with project.snapshot():
        meta = project.meta
        tasks = {task.id: task for task in project.tasks()}
        counts, texts = project.photo_counts(), project.descriptions()
        others, classes = reworded(project.learner_info(), texts), []
        for item in project.classes():
            text = texts.get(item.id)
            provenance = sorted({phrase.provenance for phrase in text.phrases}) if text else []
            classes.append(
                {
                    "name": item.name,
                    "task": tasks[item.task_id].name,
                    "state": "stale" if item.id in others else item.state,
                    "train": counts[item.id].train,
                    "test": counts[item.id].test,
                    "description": text.sentence if text else None,
                    "phrases": [phrase.text for phrase in text.phrases] if text else [],
                    "provenance": "+".join(provenance) or (text.writer if text else None),
                    "approved": bool(text and text.is_approved),
                    "writer": text.writer if text else None,
                    "model": text.model if text else None,
                    "input_tokens": text.input_tokens if text else 0,
                    "output_tokens": text.output_tokens if text else 0,
                    "cost": text.cost if text else None,
                }
            )
        return {
            "path": str(project.path),
            "backbone": meta.backbone,
            "looks_at": None if (views := bench.views) is None else looks_at(views),
            "language": language_of(project.settings()),
            "seed": meta.seed,
            "app_version": meta.app_version,
            "devices": learner.meta.get("devices") if (learner := project.learner_info()) else None,
            "tasks": [{"name": task.name, "state": task.state} for task in tasks.values()],
            "classes": classes,
        }
