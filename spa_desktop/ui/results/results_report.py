"""What was measured, as a frozen value that the widgets draw from."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from PySide6.QtCore import QCoreApplication, QLocale

from spa_desktop.metrics import NOT_MEASURED, Accuracy
from spa_desktop.ui.app_state.contents import Contents
from spa_desktop.ui.widgets.words import counted, devices_of_training, duration, local_time
from spa_desktop.version import __version__
from spa_desktop.visible import visible
from spa_desktop.workbench.evaluating import forgotten_points

Figures = tuple[float | None, ...]


@dataclass(frozen=True)
class PhotoAnswer:
    """What a photo was predicted as. Classes are places in :attr:`Report.classes`; no answer is -1."""

    id: int
    truth: int
    answer: int
    confidence: float  # probability of the answer, or that the label is wrong
    is_test: bool = True
    is_doubted: bool = False  # its label may be wrong: the answer is the class that fits better

    @property
    def is_right(self) -> bool:
        return self.truth == self.answer


@dataclass(frozen=True)
class ClassResult:
    """A class that was learned."""

    id: int | None  # None if it was deleted while it was measured
    name: str
    color: int
    task: str
    train: int  # photos learned from
    test: int  # photos checked
    accuracy: Accuracy  # on them
    lost: float | None  # points since it was learned; negative if some were won, None if it is not known
    stored_name: str  # as files have it; `name` is as it is shown
    estimate: Accuracy = NOT_MEASURED  # without a test photo: on the photos learned, each left out in turn

    @property
    def is_estimate(self) -> bool:
        """There is nothing but the estimate."""
        return bool(self.estimate.photos) and not self.accuracy.photos


@dataclass(frozen=True)
class Report:
    """Accuracies in per cent, one figure a task in the order of learning, None where nothing was measured."""

    tasks: tuple[str, ...]  # their names
    curve: Figures  # accuracy on all classes seen, after each task
    average: float | None  # of the curve; None where nothing was measured
    forgetting: float | None  # in points; None where no old task was tested on the same photos
    matrix: tuple[Figures, ...]  # row: after which task; column: on which task's photos
    references: Mapping[str, Figures]  # curves of simpler classifiers by name
    classes: tuple[ClassResult, ...]
    confusion: tuple[tuple[int, ...], ...]  # photos; row: true class, column: answer
    photos: tuple[PhotoAnswer, ...]
    counts: tuple[tuple[Accuracy, ...], ...] = ()  # behind `matrix`
    is_alike: bool = False  # most test photos looked alike, and an accuracy on them promises too much
    honest: Accuracy = NOT_MEASURED  # on those that were in no group of photos that look alike
    events: Mapping[str, int] = field(default_factory=dict)  # see `count_events`

    @property
    def last(self) -> float | None:
        return self.curve[-1]

    @property
    def is_alone(self) -> bool:
        """One class alone has no accuracy."""
        return len(self.classes) < 2

    @property
    def accuracy(self) -> Accuracy:
        """On all test photos, now."""
        right = sum(photo.is_right for photo in self.photos)
        return NOT_MEASURED if self.is_alone else Accuracy(right, len(self.photos))

    @property
    def old_tests(self) -> int:
        """Test photos of the old task, where there is one: of several, forgetting is a mean and no number of photos."""
        return self.counts[-1][0].photos if len(self.tasks) == 2 else 0

    @property
    def untested(self) -> list[str]:
        """The classes without a test photo, where others have one."""
        return [] if self.is_alone else [class_.name for class_ in self.classes if not class_.test]

    def photos_of(self, truth: int | None, answer: int | None) -> tuple[PhotoAnswer, ...]:
        """The photos of a class that were predicted as a class; None: any. With neither, all that are wrong."""
        if truth is None and answer is None:
            return tuple(photo for photo in self.photos if not photo.is_right)
        return tuple(
            photo
            for photo in self.photos
            if (truth is None or photo.truth == truth) and (answer is None or photo.answer == answer)
        )


def read_report(document: Mapping[str, Any], contents: Contents) -> Report:
    """From the object that evaluating gives, and what the project holds."""
    photos = document["photos"]
    answers = zip(photos["id"], photos["class"], photos["answer"], photos["confidence"], strict=True)
    answered = tuple(PhotoAnswer(*answer) for answer in answers)
    honest = [photo.is_right for photo in answered if photo.id in contents.honest_tests]
    confusion = tuple(tuple(row) for row in document["confusion"])
    counted = document["counted"]
    counts = tuple(tuple(map(Accuracy.of_json, row)) for row in counted["accuracy_matrix"])
    return Report(
        tasks=tuple(map(visible, document["tasks"])),
        curve=tuple(document["curve"]),
        average=document["average"],
        forgetting=forgotten_points(counts),
        matrix=tuple(tuple(row) for row in document["accuracy_matrix"]),
        references={name: tuple(values) for name, values in document["references"].items()},
        classes=tuple(
            _class_result(contents, name, sum(row), counted["per_class"][name], document["leave_one_out"].get(name))
            for name, row in zip(document["classes"], confusion, strict=True)
        ),
        confusion=confusion,
        photos=answered,
        counts=counts,
        is_alike=contents.has_alike_tests,
        honest=Accuracy(sum(honest), len(honest)),
        events=document["events"],
    )


def _class_result(
    contents: Contents, name: str, test: int, counted: Mapping[str, Any], left_out: Mapping[str, Any] | None
) -> ClassResult:
    accuracy = Accuracy.of_json(counted)
    estimate = NOT_MEASURED if left_out is None else Accuracy.of_json(left_out)
    record = next((class_ for class_ in contents.classes if contents.stored_names.get(class_.id) == name), None)
    if record is None:
        return ClassResult(None, visible(name), 0, "", 0, test, accuracy, None, visible(name), estimate)
    task, counts = contents.task(record.task_id), contents.counts[record.id]
    # The best that the class reached before the last task; projects of older versions did not write that down.
    documents: list[Any] = [state.document for state in contents.evaluations[:-1]]
    before = [Accuracy(*document.get("classes", {}).get(str(record.id), (0, 0))) for document in documents]
    shares = [one.per_cent for one in before if one.photos == accuracy.photos]  # others are of other test photos
    best = max((share for share in shares if share is not None), default=None)
    lost = None if best is None or accuracy.per_cent is None else best - accuracy.per_cent
    learned, in_task = counts.train - counts.unlearned, task.name if task else ""
    return ClassResult(
        record.id, record.name, record.color, in_task, learned, test, accuracy, lost, visible(name), estimate
    )


def accuracy_of(class_: ClassResult) -> str:
    """How many test photos of a class are right, for a table, or an estimate that is called so."""
    if not class_.is_estimate:
        return counted(class_.accuracy)
    return QCoreApplication.translate("ClassesTable", "est. {counted}").format(counted=counted(class_.estimate))


def run_facts(contents: Contents) -> list[tuple[str, str]]:
    """How the model of a project came about, as names and values: what is needed to have the results again."""
    translate = QCoreApplication.translate
    meta, learner = contents.meta, contents.learner
    learned = {class_.task_id for class_ in contents.classes if class_.id in contents.learned_ids}
    times = [
        f"{task.name} {local_time(contents.learned_at(task.id))}"
        for stage in contents.evaluations
        if (task := contents.task(stage.task_id)) is not None
    ]
    facts = [
        (translate("RunCard", "Backbone"), meta.backbone + (f" ({meta.fingerprint[:12]})" if meta.fingerprint else "")),
        (translate("RunCard", "Seed"), str(meta.seed)),
        (
            translate("RunCard", "Order of tasks"),
            " → ".join(task.name for task in contents.tasks if task.id in learned),
        ),
        (translate("RunCard", "Learned"), ", ".join(times)),
        (translate("RunCard", "Made with"), f"SPA Desktop {meta.app_version}"),
        (translate("RunCard", "Shown by"), f"SPA Desktop {__version__}, Python {platform.python_version()}"),
    ]
    if learner is not None:
        seconds, method = learner.meta.get("seconds"), learner.meta.get("method")
        if isinstance(seconds, int | float):
            facts.append((translate("RunCard", "Last training took"), duration(seconds)))
        facts.append((translate("RunCard", "Devices"), devices_of_training(learner.meta) or "–"))
        if isinstance(method, dict) and {"patches", "epsilon"} <= method.keys():
            facts.append(
                (translate("RunCard", "Method"), translate("RunCard", "K {patches}, ε {epsilon}").format(**method))
            )
        size = QLocale().formattedDataSize(learner.size)
        facts.append((translate("RunCard", "Model"), f"{size}, {learner.sha256[:12]}"))
    return [(name, visible(value)) for name, value in facts]
