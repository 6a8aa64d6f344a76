"""What past trainings tell: how long the stages take, what each training gave, and the tasks that were learned."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from PySide6.QtCore import QCoreApplication, QModelIndex, Qt, Signal, Slot
from PySide6.QtWidgets import QFrame, QHeaderView, QLabel

from spa_desktop.jobs import JobEvent, Stage
from spa_desktop.metrics import Accuracy
from spa_desktop.project.documents import StageTime, right_of
from spa_desktop.project.records import TrainingRecord
from spa_desktop.ui.app_state.contents import Contents
from spa_desktop.ui.app_state.context import AppContext
from spa_desktop.ui.plain_text import tip
from spa_desktop.ui.preferences import SLOWEST
from spa_desktop.ui.style.theme import Size, Space, set_role, set_type
from spa_desktop.ui.widgets import words
from spa_desktop.ui.widgets.class_list import ClassNode
from spa_desktop.ui.widgets.figure_texts import WhatIsThis, titled
from spa_desktop.ui.widgets.forms import column, row
from spa_desktop.ui.widgets.labels import button, wrapped
from spa_desktop.ui.widgets.tables import Change, Column, ColumnModel, by_loss, table_of, table_of_changes
from spa_desktop.workbench import evaluating
from spa_desktop.workbench.evaluating import (
    Comparison,
    accuracy_by_task,
    forgotten_points,
    is_measured,
    measured_documents,
)

translate = QCoreApplication.translate
STAGES = ("encode", "describe", "align", "learn", "check")

# Where the engine's stages belong. What is not here belongs to the stage that goes on.
_STAGE_OF = {
    **dict.fromkeys((Stage.LOAD, Stage.DOWNLOAD, Stage.ENCODE), "encode"),
    Stage.DESCRIBE: "describe",
    **dict.fromkeys((Stage.MEASURE, Stage.SELECT, Stage.ALIGN, Stage.TOP_UP), "align"),
    **dict.fromkeys((Stage.HOLD_OUT, Stage.PROJECT), "learn"),
    **dict.fromkeys((Stage.TEST, Stage.SAVE), "check"),
}


def stage_of(stage: Stage | str) -> str | None:
    """To which of the five stages a stage of the engine belongs."""
    return _STAGE_OF.get(stage) if isinstance(stage, Stage) else None


def stage_title(stage: str) -> str:
    """The stage in words."""
    titles = {
        "encode": translate("train", "Look at the photos"),
        "describe": translate("train", "Describe"),
        "align": translate("train", "Match parts and words"),
        "learn": translate("train", "Learn"),
        "check": translate("train", "Check and save"),
    }
    return titles[stage]


def seconds_by_stage(stages: Sequence[StageTime]) -> dict[str, float]:
    """Seconds by the five stages; what is not one of them belongs to the stage before it."""
    seconds: dict[str, float] = {}
    row = STAGES[0]
    for stage in stages:
        row = stage_of(Stage.__members__.get(stage.stage, "")) or row
        seconds[row] = seconds.get(row, 0.0) + stage.seconds
    return seconds


# Seconds a photo and stage, until a training here measured better. By default: spa-lite, two busy cores.
_DEFAULTS = {"encode": 0.12, "describe": 0.05, "align": 0.08, "learn": 0.1, "check": 0.04}
_ONCE = (Stage.LOAD, Stage.DOWNLOAD, Stage.ENCODE_TEXTS)  # which later trainings need not wait for
_NEWEST = 0.5  # weight of the last training among those before


def photos_by_stage(classes: Iterable[ClassNode], unencoded: Mapping[int, int] | None) -> dict[str, int]:
    """How many photos of classes in a plan each stage works on.

    `unencoded` is what `count_unencoded` gives; None takes all photos for such.
    """
    counts = dict.fromkeys(STAGES, 0)
    for class_ in classes:
        for stage in ("align", "learn", "check"):
            counts[stage] += class_.counts.train
        every = class_.counts.train + class_.counts.test
        counts["encode"] += every if unencoded is None else unencoded.get(class_.id, 0)
        if class_.state == "missing":  # a text that is there is not written
            counts["describe"] += class_.counts.train
    return counts


def expected_seconds(photos: Mapping[str, int], rates: Mapping[str, float] | None) -> dict[str, float]:
    """How long each stage takes for its photos.

    `rates` are seconds a photo, by stage, as far as trainings here measured them.
    """
    known = _DEFAULTS | dict(rates or {})
    return {stage: known[stage] * photos.get(stage, 0) for stage in STAGES}


def _guessed_seconds(photos: Mapping[str, int], rates: Mapping[str, float] | None) -> float:
    """How long those stages take of which none was measured here."""
    return sum(seconds for stage, seconds in expected_seconds(photos, rates).items() if stage not in (rates or {}))


def rough_time(photos: Mapping[str, int], rates: Mapping[str, float] | None) -> str:
    """About how long a training takes, in words. The arguments are those of :func:`expected_seconds`.

    What is guessed is a range: a computer may be four times as fast as the one that the defaults are of.
    """
    high = sum(expected_seconds(photos, rates).values())
    low = high - 0.75 * _guessed_seconds(photos, rates)
    least, most = (words.duration(5 * max(round(seconds / 5), 1)) for seconds in (low, high))
    if least == most:
        return translate("train", "about {time}").format(time=most)
    return translate("train", "{low} to {high}").format(low=least, high=most)


class TaskClock:
    """Follows one training: how long it still takes is a figure that only shrinks.

    Where it is guessed, as before the first training with a backbone, it also grows: a stage may know better.
    """

    def __init__(self, photos: Mapping[str, int], rates: Mapping[str, float] | None = None) -> None:
        """Photos and rates are those of :func:`expected_seconds`."""
        self._photos, self._is_guess = photos, _guessed_seconds(photos, rates) > 0
        self._expected = expected_seconds(photos, rates)
        self.spent = dict.fromkeys(STAGES, 0.0)  # seconds in each stage so far
        self._stage, self._is_once = STAGES[0], False
        self._began = self._at = time.monotonic()
        self.left: float | None = None  # seconds; None before the first event
        self._newest = self.fraction = 0.0  # of the whole task, 0 to 1; never less than it was before

    def show_event(self, event: JobEvent) -> None:
        if self.left is None:
            # It may have waited until now for other work to end, which says nothing of how long it takes itself.
            self._began = self._at = time.monotonic()
        self._tick()
        self._stage, self._is_once = stage_of(event.stage) or self._stage, event.stage in _ONCE
        within = event.seconds_left or 0.0
        place = STAGES.index(self._stage)
        now_left = max(self._expected[self._stage] - self.spent[self._stage], within)
        left = now_left + sum(max(self._expected[stage] - self.spent[stage], 0.0) for stage in STAGES[place + 1 :])
        self._newest = left
        if self.left is None or left < self.left or (self._is_guess and self.seconds_left is None):
            self.left = left
        elapsed = self._at - self._began
        self.fraction = max(self.fraction, elapsed / max(elapsed + left, 1e-6))

    @property
    def seconds_left(self) -> float | None:
        """What can be said to be left; None where it takes clearly longer than it did before."""
        is_late = self.left is not None and self._newest > max(2 * self.left, self.left + 5)
        return None if is_late else self.left

    def measured(self) -> dict[str, float]:
        """Seconds a photo, by each stage that had photos, now that it is over."""
        self._tick()
        return {stage: self.spent[stage] / count for stage, count in self._photos.items() if count}

    def _tick(self) -> None:
        now = time.monotonic()
        if not self._is_once:
            self.spent[self._stage] += now - self._at
        if self.left is not None:
            # Between two events time goes on as well.
            self.left = max(self.left - (now - self._at), 0.0)
        self._at = now


def mixed_rates(before: Mapping[str, float] | None, measured: Mapping[str, float]) -> dict[str, float]:
    """Seconds a photo, by stage, once another training was measured: the newest counts as much as all before it."""
    known = dict(before or {})
    mixed = known | {name: known.get(name, rate) * (1 - _NEWEST) + rate * _NEWEST for name, rate in measured.items()}
    return {name: min(rate, SLOWEST) for name, rate in mixed.items()}


_ROW, _MOST_ROWS, _WIDEST_NAME = 36, 4, 160  # pixels, and the rows that are seen at once
_TABLE_HEIGHT = 392  # pixels at least, of a table with more rows than that: a dozen


def what_was_learned(contents: Contents, record: TrainingRecord, most: int = 4) -> str:
    """What a training learned, by the classes' names; of one before the last two that took more photos the task."""
    kind = record.notes.kind
    step, task = contents.steps.get(record.learner_id), contents.task(record.task_id)
    grown = contents.grown.get(record.learner_id, frozenset())
    new, again = translate("OutcomeView", "Learned {names}"), translate("OutcomeView", "Learned again: {names}")
    reworded = translate("OutcomeView", "Changed description of {names}")
    corrected = translate("OutcomeView", "Corrections of {names}")
    more = corrected if kind == "corrected" else translate("OutcomeView", "More photos of {names}")
    parts: dict[str, list[str]] = {new: [], more: [], again: [], reworded: []}
    if step is not None:
        for key, state in step.classes.items():
            # One that got no photos lost some and was stale, or its text is another.
            known = more if key in grown or kind == "corrected" else again if state == "stale" else reworded
            if (item := contents.class_(key)) is not None:
                parts[known if state in ("trained", "stale") else new].append(item.name)
    if not any(parts.values()):
        names = [class_.name for class_ in contents.classes_of(record.task_id) if class_.id in contents.learned_ids]
        topped_up = translate("OutcomeView", "Known classes of {names} learned again")
        of_task = {"topped up": topped_up, "corrected": corrected}
        parts = {new: names} if kind == "learned" else {of_task[kind]: [task.name] if task else []}
    return words.sentences(text.format(names=words.some_names(names, most)) for text, names in parts.items() if names)


class OutcomeView(QFrame):
    """What a training gave: the accuracy large, what it took in words, and every class before and after it."""

    def __init__(self, context: AppContext) -> None:
        super().__init__()
        self.setProperty("card", True)
        self._context = context
        self._record: TrainingRecord | None = None
        self.figure = set_type(QLabel(), Size.FIGURE, strong=True)
        self.headline = set_type(wrapped(size=Size.STRONG, role="text"), Size.STRONG, strong=True)
        self.headline.setMinimumWidth(1)  # a long name makes no card wider
        self.details, self.forgotten = wrapped(size=Size.BODY), wrapped(size=Size.BODY)
        self.model, self.table = table_of_changes(
            self.tr("Before"), self.tr("After"), self.tr("What each class could before and after it"), self
        )
        texts = column(self.headline, self.details, self.forgotten, spacing=Space.XS)
        top = Qt.AlignmentFlag.AlignTop
        head = row((self.figure, 0, top), (texts, 1), (WhatIsThis("accuracy after"), 0, top), spacing=Space.L)
        self.others = button("", self._show_others, kind="link")
        self.others.hide()
        self._rows: list[Change] = []
        self._is_open = False  # the classes that did not change are seen too
        parts = (head, self.table, (self.others, 0, Qt.AlignmentFlag.AlignLeft), None)
        column(*parts, spacing=Space.M, margins=(Space.L, Space.M, Space.L, Space.M), of=self)

    def show_record(self, record: TrainingRecord, beside: Sequence[TrainingRecord] = ()) -> None:
        """Show a training; `beside` are those before it that the same press of Train began."""
        notes, contents = record.notes, self._context.opened
        figure, caption = words.headline(notes.accuracy, is_alike=contents.has_alike_tests)
        self.figure.setText(figure)
        self.figure.setVisible(bool(caption))
        self.figure.setToolTip(tip(words.about_range(notes.accuracy)))
        # New classes of other tasks have rows of their own in the history.
        told = [*(other for other in beside if other.notes.kind != "learned"), record]
        self.headline.setText(". ".join(what_was_learned(contents, training) for training in told))
        parts = [caption or self.tr("There are no test photos, so nothing could be checked.")]
        step = contents.steps.get(record.learner_id)
        learned = [class_ for class_ in contents.classes if step is not None and class_.id in step.classes]
        if caption and (untested := [class_.name for class_ in learned if not contents.counts[class_.id].test]):
            parts = [words.untested(untested), self.tr("the other classes: {right}").format(right=caption)]
        if not caption and len(contents.learned_ids) == 1:
            parts = [words.alone()]
        if caption and record.learner_id not in contents.answered:
            parts.append(words.counted_on(record.created))
        taken = self.tr("{photos} in {time}")
        parts.append(taken.format(photos=words.photos(notes.photos), time=words.duration(notes.seconds)))
        if notes.stopped_early:
            parts.append(words.stopped_early())
        self.details.setText(" · ".join(parts))
        first = min(training.learner_id for training in (*beside, record))
        if self._record != record:  # of another project it may have the same id
            self.model.fill(())
            for part in (self.table, self.others, self.forgotten):
                part.hide()
            self._is_open = False
        self._record = record
        self._context.read(lambda bench, job: evaluating.what_changed(bench, record.learner_id, first)).newest(
            self._on_changes
        )

    def _on_changes(self, comparison: Comparison) -> None:
        self._rows = by_loss(comparison, self._context.opened.class_)
        self._show_rows()
        self._say_forgotten(self._rows)

    @Slot()
    def _show_others(self) -> None:
        self._is_open = not self._is_open
        self._show_rows()

    def _show_rows(self) -> None:
        """Show what changed, and how many classes are as before, or these too."""
        changed = [row for row in self._rows if row[0].first != row[0].second]
        rows = self._rows if self._is_open else changed
        self.model.fill(rows)
        self.table.setColumnHidden(3, self._context.opened.has_alike_tests)  # the range would promise too much
        self.table.setVisible(bool(rows))
        as_before = self.tr("{classes} as before").format(classes=words.classes(len(self._rows) - len(changed)))
        self.others.setText(self.tr("Only what changed") if self._is_open else as_before)
        self.others.setVisible(len(changed) < len(self._rows))
        header = self.table.horizontalHeader().sizeHint().height()
        height = header + len(rows) * self.table.verticalHeader().defaultSectionSize() + 2
        self.table.setMinimumHeight(min(height, _TABLE_HEIGHT))
        self.table.setMaximumHeight(height)

    def _say_forgotten(self, rows: Sequence[Change]) -> None:
        old = [change for change, _ in rows if change.difference is not None]
        worse = [pair for pair in rows if -(pair[0].difference or 0.0) >= words.LITTLE]
        text, role = self.tr("This training forgot nothing of the old classes (their test photos: {n})."), "good"
        text = text.format(n=words.count(sum(change.photos for change in old)))
        if worse:
            text, role = self.tr("Forgetting in {n} of {all} old classes; most in {name}: {lost}."), "warn"
            change, record = worse[0]
            lost = words.points(-(change.difference or 0.0), change.photos)
            text = text.format(n=len(worse), all=len(old), name=record.name, lost=lost)
        self.forgotten.setText(text)
        self.forgotten.setVisible(bool(old))
        set_role(self.forgotten, role)


@dataclass(frozen=True)
class LearnedTask:
    """A task that was learned."""

    task_id: int
    name: str
    classes: tuple[str, ...]  # their names
    when: str  # UTC, ISO 8601, "" if it was never measured
    accuracy: Accuracy  # of the model before the next task, on the test photos of all classes it knew then
    forgotten: float | None  # points that the tasks before it had lost by the same model; None for the first
    old_tests: int  # test photos of the task before it, where there is one: see `Report.old_tests`
    records: tuple[TrainingRecord, ...]  # how its trainings went, the newest first; none of an earlier version
    learned: TrainingRecord | None  # the one that learned its classes; None likewise
    shown: TrainingRecord | None  # the one that the accuracy is of; None likewise
    is_of_now: bool  # the accuracy is counted by the labels of now

    @property
    def trained(self) -> str:
        """When the training was that the accuracy is of; as `when`."""
        return self.when if self.shown is None else self.shown.created


def learned_tasks(contents: Contents) -> tuple[LearnedTask, ...]:
    """The tasks that the model knows, the newest first."""
    evaluations = {evaluation.task_id: evaluation for evaluation in contents.evaluations}
    tasks: list[LearnedTask] = []
    classes = [class_ for class_ in contents.classes if class_.id in contents.learned_ids]
    known_tasks = [task for task in contents.tasks if any(class_.task_id == task.id for class_ in classes)]
    documents = measured_documents(known_tasks, contents.evaluations, classes)
    matrix = accuracy_by_task(known_tasks, documents)
    known = 0
    for place, (task, document) in enumerate(zip(known_tasks, documents, strict=True)):
        names = tuple(class_.name for class_ in classes if class_.task_id == task.id)
        evaluation = evaluations.get(task.id)
        known += len(names)
        is_told, accuracy = is_measured(document, known), right_of(document)
        # Photos or corrections that were learned after the next task are not what this task left.
        ids = [evaluations[one.id].id for one in known_tasks[: place + 2] if one.id in evaluations]
        is_left = ids == sorted(ids)
        forgotten = forgotten_points(matrix[: place + 1]) if place and is_left else None
        is_of_now = evaluation is not None and bool(evaluation.answers)
        records = tuple(
            replace(training, notes=replace(training.notes, right=0, tests=0))
            if training.notes.kind == "learned" and not is_told
            else training
            for training in reversed(contents.trainings)
            if training.task_id == task.id
        )
        learned = next((record for record in records if record.notes.kind == "learned"), None)
        measured_by = 0 if evaluation is None else evaluation.learner_id
        trainings = *records, *reversed(contents.trainings)  # another task's may have measured it last
        of_model = [training for training in trainings if training.learner_id == measured_by]
        shown = next(iter((*of_model, *records)), None)
        if learned is not None and not (is_left and is_of_now):
            shown, accuracy, is_of_now = learned, learned.notes.accuracy, learned.learner_id in contents.answered
            if evaluation is not None and evaluation.learner_id != learned.learner_id:
                forgotten = None  # it is of another time
        old_tests = matrix[place][0].photos if place == 1 else 0
        measured = contents.learned_at(task.id), accuracy, forgotten, old_tests, records, learned, shown, is_of_now
        tasks.append(LearnedTask(task.id, task.name, names, *measured))
    return tuple(reversed(tasks))


class TaskHistory(QFrame):
    """One row a task, the newest first."""

    record_wanted = Signal(int)  # of a task, by its number

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("card", True)
        title = self.title = set_type(QLabel(self.tr("Learned so far")), Size.STRONG, strong=True)
        columns = (
            Column(self.tr("Task"), lambda task: task.name),
            Column(
                self.tr("Classes"),
                lambda task: words.some_names(list(task.classes)),
                role=lambda _: "muted",
                tip=lambda task: words.listed(task.classes),
            ),
            Column(
                self.tr("When"),
                self._when,
                role=lambda _: "muted",
                tip=lambda task: words.local_time(task.trained),
            ),
            # Of other photos than were tested then, where some were moved or set aside since: no gain or loss.
            Column(
                self.tr("Right, all classes"),
                self._right,
                tip=lambda task: words.about_range(task.accuracy),
            ),
            Column(
                self.tr("Forgotten"),
                lambda task: words.points(task.forgotten, task.old_tests),
                is_number=True,
                role=lambda task: None if task.forgotten is None else words.points_role(task.forgotten),
            ),
        )
        self.model = ColumnModel(columns, self)
        self.table = table_of(self.model, columns, title.text())
        self.table.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.table.horizontalHeader().setSectionResizeMode(0, QHeaderView.ResizeMode.Fixed)
        for place in range(2, len(columns)):
            self.table.horizontalHeader().setSectionResizeMode(place, QHeaderView.ResizeMode.ResizeToContents)
        self.table.verticalHeader().setDefaultSectionSize(_ROW)
        self.table.clicked.connect(self._on_row)
        self.table.activated.connect(self._on_row)
        margins = (Space.L, Space.M, Space.L, Space.M)
        column(titled(title, "history"), self.table, spacing=Space.S, margins=margins, of=self)

    def show_contents(self, contents: Contents, *, is_busy: bool) -> None:
        """Show the tasks of a project; `is_busy`: a training is at work on the model, and is what is shown."""
        tasks = learned_tasks(contents)
        self.setVisible(bool(tasks))
        if tasks != self.model.rows:
            self.model.fill(tasks)
            header = self.table.horizontalHeader().sizeHint().height()
            self.table.setFixedHeight(header + _ROW * min(len(tasks), _MOST_ROWS) + 2)
            width = min(self.table.sizeHintForColumn(0), _WIDEST_NAME)
            self.table.horizontalHeader().resizeSection(0, width + Space.M)
        for part in (self.title, self.table):
            part.setEnabled(not is_busy)

    def _right(self, task: LearnedTask) -> str:
        then = words.counted_on(task.when) if task.accuracy.photos and not task.is_of_now else ""
        return " · ".join(filter(None, (words.counted(task.accuracy), then)))

    def _when(self, task: LearnedTask) -> str:
        # How long it took stands in its record: here it would be taken for that of learning all of the task.
        when = words.local_time(task.trained, is_day=True)
        is_whole = task.shown is None or not task.shown.notes.stopped_early
        return when if is_whole else f"{when} · {words.stopped_early()}"

    @Slot(QModelIndex)
    def _on_row(self, index: QModelIndex) -> None:
        self.record_wanted.emit(self.model.rows[index.row()].task_id)
