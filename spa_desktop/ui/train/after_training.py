"""After a training: what it knows now, what the old classes lost, and the tasks that were learned."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QButtonGroup, QFrame, QHeaderView, QLabel, QPushButton, QScrollArea, QWidget

from spa_desktop.metrics import NOT_MEASURED, Accuracy
from spa_desktop.project.records import TrainingRecord
from spa_desktop.ui.app_state.contents import Contents, shown_name
from spa_desktop.ui.background.work import later
from spa_desktop.ui.plain_text import tip
from spa_desktop.ui.style.theme import Size, Space, set_role, set_type
from spa_desktop.ui.widgets import words
from spa_desktop.ui.widgets.figure_texts import WhatIsThis, titled
from spa_desktop.ui.widgets.forms import card, column, grid, row
from spa_desktop.ui.widgets.labels import ElidedLabel, button, slot
from spa_desktop.ui.widgets.tables import Column, ColumnModel, table_of
from spa_desktop.ui.widgets.words import (
    LITTLE,
    about_range,
    accuracy_words,
    counted,
    duration,
    local_time,
    points,
    points_role,
    some_names,
)
from spa_desktop.workbench.evaluating import ClassChange, is_measured, lost, right_of
from spa_desktop.workbench.training import Trained

_ROWS_AT_ONCE = 20
_ROW, _MOST_ROWS = 36, 4


class OutcomeView(QWidget):
    """The new accuracy large, in words what it took, and the old classes in a table."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.figure = set_type(QLabel(), Size.FIGURE, strong=True)
        self.headline = set_type(QLabel(), Size.STRONG, strong=True)
        self.details = set_type(QLabel(), Size.BODY, role="muted")
        self.forgotten = set_type(QLabel(), Size.BODY)
        self.earlier = set_type(QLabel(), Size.CAPTION, role="muted")
        for label in (self.headline, self.details, self.forgotten, self.earlier):
            label.setWordWrap(True)
        ground = card()
        texts = column(self.headline, self.details, self.forgotten, self.earlier, spacing=Space.XS)
        row(
            (self.figure, 0, Qt.AlignmentFlag.AlignVCenter),
            (texts, 1),
            (WhatIsThis("accuracy after"), 0, Qt.AlignmentFlag.AlignTop),
            spacing=Space.XL,
            margins=(Space.L, Space.L, Space.L, Space.L),
            of=ground,
        )
        columns = (
            Column(self.tr("Old class"), lambda one: shown_name(one.name), color=lambda one: one.color),
            Column(
                self.tr("Right before"),
                lambda one: counted(one.before),
                is_number=True,
                tip=lambda one: about_range(one.before),
            ),
            Column(
                self.tr("Right after"),
                lambda one: counted(one.after),
                is_number=True,
                tip=lambda one: about_range(one.after),
            ),
            Column(
                self.tr("Forgotten, points"),
                lambda one: points(one.lost),
                is_number=True,
                role=lambda one: None if one.lost is None else points_role(one.lost),
            ),
        )
        self.model = ColumnModel(columns, self)
        self.table = table_of(self.model, columns, self.tr("What was forgotten of the old classes"), is_framed=True)
        header = self.table.horizontalHeader()
        header.setMinimumSectionSize(104)
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        column(ground, (self.table, 1), spacing=Space.L, of=self).addStretch(0)

    def show_outcome(self, outcome: Trained, earlier: Sequence[Trained] = ()) -> None:
        """Show what came of a training, and in a line what those before it in the queue gave."""
        notes = outcome.notes
        figure, caption = words.headline(notes.accuracy)
        self.figure.setText(figure)
        about = self.tr("Test photos answered right, of all test photos of the classes it knows")
        self.figure.setToolTip(tip(about, about_range(notes.accuracy)))
        learned = (
            (outcome.learned, self.tr("Learned {names}")),
            (outcome.topped_up, self.tr("More photos of {names}")),
            (outcome.again, self.tr("Learned again: {names}")),
        )
        said = [text.format(names=", ".join(map(shown_name, names))) for names, text in learned if names]
        self.headline.setText(". ".join(said))
        parts = []
        if outcome.is_alone:
            parts.append(words.alone())
        elif not caption:
            parts.append(self.tr("There are no test photos, so nothing could be checked."))
        else:
            parts.append(caption)
            if outcome.accuracy_new.photos and outcome.changes:
                parts.append(self.tr("new classes: {counted}").format(counted=accuracy_words(outcome.accuracy_new)))
            if outcome.untested:
                parts.append(words.untested([shown_name(name) for name in outcome.untested]))
        parts.append(
            self.tr("{photos} in {time}").format(photos=words.photos(notes.photos), time=duration(notes.seconds))
        )
        if notes.stopped_early:
            parts.append(words.stopped_early())
        self.details.setText(" · ".join(parts))
        self._say_forgotten(outcome.changes)
        self.earlier.setText(
            self.tr("Before it: {tasks}").format(
                tasks=", ".join(f"{one.task.name} {accuracy_words(one.notes.accuracy)}" for one in earlier)
            )
        )
        self.earlier.setVisible(bool(earlier))
        self.model.fill(outcome.changes)
        self.table.setVisible(bool(outcome.changes))

    def _say_forgotten(self, changes: Sequence[ClassChange]) -> None:
        worse = [one for one in changes if one.lost is not None and one.lost >= LITTLE]
        if not changes:
            text, role = "", "text"
        elif not worse:
            text, role = self.tr("Nothing of the old classes was forgotten."), "good"
        else:
            text = self.tr(
                "Something was forgotten of {n} of {all} old classes; most of {name}: {points} points."
            ).format(
                n=len(worse),
                all=len(changes),
                name=shown_name(worse[0].name),
                points=points(worse[0].lost),
            )
            role = "warn"
        self.forgotten.setText(text)
        self.forgotten.setVisible(bool(text))
        set_role(self.forgotten, role)


# The tasks that were learned: when, how good the model was then, what the classes before it lost, and a way back.


@dataclass(frozen=True)
class LearnedTask:
    """A task that was learned.

    Attributes:
        task_id: of it.
        name: of it.
        classes: their names.
        when: UTC, ISO 8601, "" if it was never measured.
        seconds: how long it took, None if nobody knows any more.
        accuracy: of the model right after it, on the test photos of all classes it knew then.
        forgotten: points that the tasks before it lost by it; None for the first.
        is_last: the one that can be undone.
        records: how its trainings went, the newest first; none of what an earlier version of the app learned.
        stopped_early: a person ended it before its last step.
    """

    task_id: int
    name: str
    classes: tuple[str, ...]
    when: str
    seconds: float | None
    accuracy: Accuracy
    forgotten: float | None
    is_last: bool
    records: tuple[TrainingRecord, ...] = ()
    stopped_early: bool = False


def learned_tasks(contents: Contents) -> tuple[LearnedTask, ...]:
    """The tasks that the model knows, the newest first."""
    stages = {one.task_id: one for one in contents.evaluations}
    learner, undoable = contents.learner, contents.undoable_training
    found: list[LearnedTask] = []
    before: Mapping[str, Any] = {}
    known = 0
    for task in contents.tasks:
        names = tuple(one.name for one in contents.classes_of(task.id) if one.id in contents.learned_ids)
        if not names:
            continue
        stage = stages.get(task.id)
        document: Mapping[str, Any] = stage.document if stage else {}
        known += len(names)
        is_told = is_measured(document, known)
        accuracy = right_of(document) if is_told else NOT_MEASURED
        forgotten = lost(before, document)
        is_last = undoable is not None and undoable.task_id == task.id
        records = tuple(
            replace(one, notes=replace(one.notes, right=0, tests=0))
            if one.notes.kind == "learned" and not is_told
            else one
            for one in reversed(contents.trainings)
            if one.task_id == task.id
        )
        seconds = learner.meta.get("seconds") if learner is not None and is_last else None
        if (learned := next((one for one in records if one.notes.kind == "learned"), None)) is not None:
            # What the evaluation says is newer where more photos or corrections were learned since.
            notes = learned.notes
            seconds, accuracy, forgotten = notes.seconds, notes.accuracy, notes.lost
        found.append(
            LearnedTask(
                task.id,
                task.name,
                names,
                contents.learned_at(task.id),
                float(seconds) if isinstance(seconds, int | float) else None,
                accuracy,
                forgotten,
                is_last,
                records,
                learned is not None and learned.notes.stopped_early,
            )
        )
        before = document or before
    return tuple(reversed(found))


class TaskHistory(QFrame):
    """One row a task, the newest first."""

    results_wanted = Signal(int)  # of a task, by its number
    record_wanted = Signal(int)
    undo_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("card", True)
        self.tasks: tuple[LearnedTask, ...] = ()
        self._can_undo = self._is_busy = False
        self._to_make: Iterator[tuple[int, LearnedTask]] = iter(())
        self._grid = grid(Space.L, 0)
        self._records, self._results = QButtonGroup(self), QButtonGroup(self)  # arrow keys go from row to row
        self.undo: QPushButton | None = None
        self.details: dict[int, QPushButton] = {}  # by task
        self.title = set_type(QLabel(self.tr("Learned so far")), Size.STRONG, strong=True)
        self._scroll = QScrollArea(widgetResizable=True)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        margins = (Space.L, Space.M, Space.S, Space.M)
        column(titled(self.title, "history"), self._scroll, spacing=Space.S, margins=margins, of=self)

    def show_contents(self, contents: Contents, *, is_busy: bool) -> None:
        """Show the tasks of a project; `is_busy`: a training is at work on the model, and is what is shown."""
        tasks = learned_tasks(contents)
        can_undo = not is_busy and contents.is_writable
        self._is_busy = is_busy
        self.setVisible(bool(tasks))
        if (tasks, can_undo) != (self.tasks, self._can_undo):
            self.tasks, self._can_undo = tasks, can_undo
            self._fill()
        for record in self.details.values():
            record.setEnabled(not is_busy)

    def _fill(self) -> None:
        inside = QWidget()
        rows = self._grid = grid(Space.L, 0, stretch={0: 2, 1: 3}, of=inside)
        rows.setContentsMargins(0, 0, Space.S, 0)
        self.undo = None
        self.details = {}
        for place in range(len(self.tasks)):
            rows.setRowMinimumHeight(place, _ROW)  # rows that are not made yet have their room
        rows.setRowStretch(len(self.tasks), 1)
        self._to_make = iter(enumerate(self.tasks))
        self._fill_on()
        self._scroll.setWidget(inside)
        self._scroll.setFixedHeight(_ROW * min(len(self.tasks), _MOST_ROWS) + 2)

    @Slot()
    def _fill_on(self) -> None:
        """Make some more rows: a hundred at once would keep the window waiting."""
        rows = list(itertools.islice(self._to_make, _ROWS_AT_ONCE))
        for place, task in rows:
            self._add_row(place, task)
        if rows:
            later(self._fill_on)

    def _add_row(self, place: int, task: LearnedTask) -> None:
        name = set_type(ElidedLabel(), Size.BODY, strong=True)
        classes = set_type(ElidedLabel(), Size.BODY, role="muted")
        name.setText(task.name)
        classes.setText(some_names(list(task.classes)))
        classes.setToolTip(tip(", ".join(task.classes)))
        when = [local_time(task.when), "" if task.seconds is None else duration(task.seconds)]
        when += [words.stopped_early()] if task.stopped_early else []
        moment = set_type(QLabel(" · ".join(filter(None, when))), Size.CAPTION, role="muted")
        accuracy = set_type(QLabel(counted(task.accuracy)), Size.BODY)
        about = self.tr("Test photos of all classes known then that were answered right, right after it")
        accuracy.setToolTip(tip(about, about_range(task.accuracy)))
        forgotten = set_type(QLabel(self._forgotten(task)), Size.CAPTION)
        forgotten.setProperty("role", "warn" if task.forgotten is not None and task.forgotten >= LITTLE else "muted")
        forgotten.setToolTip(self.tr("Accuracy on the tasks before it: what it was, less what it was right after it"))
        for at, label in enumerate((name, classes, moment, accuracy, forgotten)):
            self._grid.addWidget(label, place, at)
        if task.records:
            see = slot(self._grid, self.record_wanted.emit, task.task_id)
            said = self.tr("How {task} was learned").format(task=task.name)
            record = self.details[task.task_id] = button(self.tr("How it went"), see, kind="small", name=said)
            record.setEnabled(not self._is_busy)
            self._records.addButton(record)
            self._grid.addWidget(record, place, 5)
        said, see = self.tr("Results of {task}"), slot(self._grid, self.results_wanted.emit, task.task_id)
        results = button(self.tr("Results"), see, kind="small", name=said.format(task=task.name))
        self._results.addButton(results)
        self._grid.addWidget(results, place, 6)
        if task.is_last and self._can_undo:
            self.undo = button(self.tr("Undo"), kind="small", name=self.tr("Undo {task}").format(task=task.name))
            self.undo.clicked.connect(self.undo_wanted)
            self._grid.addWidget(self.undo, place, 7)

    def _forgotten(self, task: LearnedTask) -> str:
        if task.forgotten is None:
            return ""
        if task.forgotten < LITTLE:
            return self.tr("nothing forgotten")
        return self.tr("forgetting {points} points").format(points=points(task.forgotten))
