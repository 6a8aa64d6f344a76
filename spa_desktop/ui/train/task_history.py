"""The tasks that were learned: when, how good the model was then, what the classes before it lost, and a way back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from PySide6.QtCore import QDateTime, QLocale, QObject, Qt, Signal, SignalInstance, Slot
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QPushButton, QScrollArea, QVBoxLayout, QWidget

from spa_desktop.project.documents import TrainingRecord
from spa_desktop.project.records import Evaluation
from spa_desktop.ui.app_state.contents import Contents
from spa_desktop.ui.later import later
from spa_desktop.ui.plain_text import tip
from spa_desktop.ui.style.theme import Size, Space, set_type
from spa_desktop.ui.widgets.figure_texts import titled
from spa_desktop.ui.widgets.labels import ElidedLabel
from spa_desktop.ui.widgets.words import LITTLE, duration, percent, points, some_names

_ROWS_AT_ONCE = 20
_ROW, _MOST_ROWS = 36, 4


@dataclass(frozen=True)
class LearnedTask:
    """A task that was learned.

    Attributes:
        task_id: of it.
        name: of it.
        classes: their names.
        when: UTC, ISO 8601, "" if it was never measured.
        seconds: how long it took, None if nobody knows any more.
        accuracy: of the model right after it, on the test photos of all classes it knew then, in per cent.
        forgotten: points that the tasks before it lost by it; None for the first.
        is_last: the one that can be undone.
        records: how its trainings went, the newest first; none of what an earlier version of the app learned.
    """

    task_id: int
    name: str
    classes: tuple[str, ...]
    when: str
    seconds: float | None
    accuracy: float | None
    forgotten: float | None
    is_last: bool
    records: tuple[TrainingRecord, ...] = ()


def learned_tasks(contents: Contents) -> tuple[LearnedTask, ...]:
    """The tasks that the model knows, the newest first."""
    stages = {one.task_id: one for one in contents.evaluations}
    learner, undoable = contents.learner, contents.undoable_training
    found: list[LearnedTask] = []
    before: Mapping[int, tuple[int, int]] = {}
    for task in contents.tasks:
        names = tuple(one.name for one in contents.classes_of(task.id) if one.id in contents.learned_ids)
        if not names:
            continue
        stage = stages.get(task.id)
        counts = _counts(stage)
        old = [key for key in before if key in counts]
        forgotten = None
        if old and (was := _share(before, old)) is not None and (now := _share(counts, old)) is not None:
            forgotten = was - now
        is_last = undoable is not None and undoable.task_id == task.id
        records = tuple(one for one in reversed(contents.trainings) if one.task_id == task.id)
        seconds = learner.meta.get("seconds") if learner is not None and is_last else None
        when, accuracy = stage.created if stage else "", _share(counts, list(counts))
        if (learned := next((one for one in records if one.notes.kind == "learned"), None)) is not None:
            # What the evaluation says is newer where more photos or corrections were learned since.
            when, seconds, forgotten = learned.created, learned.notes.seconds, learned.notes.lost
            accuracy = learned.notes.accuracy
        found.append(
            LearnedTask(
                task.id,
                task.name,
                names,
                when,
                float(seconds) if isinstance(seconds, int | float) else None,
                accuracy,
                forgotten,
                is_last,
                records,
            )
        )
        before = counts or before
    return tuple(reversed(found))


def _counts(stage: Evaluation | None) -> dict[int, tuple[int, int]]:
    """Of each task: test photos answered right, and all of them."""
    tasks = stage.document.get("tasks") if stage else None
    found = {}
    for key, value in tasks.items() if isinstance(tasks, Mapping) else ():
        match value:
            case [int(right), int(count)] if count:
                found[int(key)] = (right, count)
    return found


def _share(counts: Mapping[int, tuple[int, int]], keys: list[int]) -> float | None:
    total = sum(counts[key][1] for key in keys)
    return 100 * sum(counts[key][0] for key in keys) / total if total else None


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
        self._rows_made = 0
        self._grid: QGridLayout | None = None
        self.undo: QPushButton | None = None
        self.details: dict[int, QPushButton] = {}  # by task
        self.title = set_type(QLabel(self.tr("Learned so far")), Size.STRONG, strong=True)
        self._scroll = QScrollArea()
        self._scroll.setWidgetResizable(True)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        column = QVBoxLayout(self)
        column.setContentsMargins(Space.L, Space.M, Space.S, Space.M)
        column.setSpacing(Space.S)
        column.addLayout(titled(self.title, "history"))
        column.addWidget(self._scroll)

    def show_contents(self, contents: Contents, *, is_busy: bool) -> None:
        """Show the tasks of a project; `is_busy`: a training is at work on the model, and is what is looked at."""
        tasks = learned_tasks(contents)
        can_undo = not is_busy and contents.is_writable
        self._is_busy = is_busy
        self.setVisible(bool(tasks))
        if (tasks, can_undo) != (self.tasks, self._can_undo):
            self.tasks, self._can_undo = tasks, can_undo
            self._fill()
        for button in self.details.values():
            button.setEnabled(not is_busy)

    def _fill(self) -> None:
        inside = QWidget()
        grid = self._grid = QGridLayout(inside)
        grid.setContentsMargins(0, 0, Space.S, 0)
        grid.setHorizontalSpacing(Space.L)
        grid.setVerticalSpacing(0)
        grid.setColumnStretch(0, 2)
        grid.setColumnStretch(1, 3)
        self.undo = None
        self.details = {}
        self._rows_made = 0
        for row in range(len(self.tasks)):
            grid.setRowMinimumHeight(row, _ROW)  # rows that are not made yet have their room
        grid.setRowStretch(len(self.tasks), 1)
        self._fill_on()
        self._scroll.setWidget(inside)
        self._scroll.setFixedHeight(_ROW * min(len(self.tasks), _MOST_ROWS) + 2)

    @Slot()
    def _fill_on(self) -> None:
        """Make some more rows: a hundred at once would keep the window waiting."""
        assert self._grid is not None
        begin = self._rows_made
        self._rows_made = min(len(self.tasks), begin + _ROWS_AT_ONCE)
        for row in range(begin, self._rows_made):
            self._add_row(self._grid, row, self.tasks[row])
        if self._rows_made < len(self.tasks):
            later(self._fill_on)

    def _add_row(self, grid: QGridLayout, row: int, task: LearnedTask) -> None:
        name, classes = (
            set_type(ElidedLabel(), Size.BODY, strong=True),
            set_type(ElidedLabel(), Size.BODY, role="muted"),
        )
        name.setText(task.name)
        classes.setText(some_names(list(task.classes)))
        classes.setToolTip(tip(", ".join(task.classes)))
        when = set_type(QLabel(self._when(task)), Size.CAPTION, role="muted")
        accuracy = set_type(QLabel(percent(task.accuracy)), Size.BODY)
        accuracy.setToolTip(self.tr("Test photos of all classes known then that were answered right, right after it"))
        lost = set_type(QLabel(self._forgotten(task)), Size.CAPTION)
        lost.setProperty("role", "warn" if task.forgotten is not None and task.forgotten >= LITTLE else "muted")
        lost.setToolTip(self.tr("Accuracy on the tasks before it: what it was, less what it was right after it"))
        for column, label in enumerate((name, classes, when, accuracy, lost)):
            grid.addWidget(label, row, column)
        if task.records:
            record = self.details[task.task_id] = QPushButton(self.tr("How it went"))
            record.setProperty("kind", "small")
            record.setAccessibleName(self.tr("How {task} was learned").format(task=task.name))
            record.setEnabled(not self._is_busy)
            record.clicked.connect(_Chosen(self.record_wanted, task.task_id, record).send)
            grid.addWidget(record, row, 5)
        results = QPushButton(self.tr("Results"))
        results.setProperty("kind", "small")
        results.setAccessibleName(self.tr("Results of {task}").format(task=task.name))
        results.clicked.connect(_Chosen(self.results_wanted, task.task_id, results).send)
        grid.addWidget(results, row, 6)
        if task.is_last and self._can_undo:
            self.undo = QPushButton(self.tr("Undo"))
            self.undo.setProperty("kind", "small")
            self.undo.setAccessibleName(self.tr("Undo {task}").format(task=task.name))
            self.undo.clicked.connect(self._undo)
            grid.addWidget(self.undo, row, 7)

    def _when(self, task: LearnedTask) -> str:
        local = QDateTime.fromString(task.when, Qt.DateFormat.ISODateWithMs).toLocalTime()
        when = QLocale().toString(local, QLocale.FormatType.ShortFormat) if task.when else ""
        took = duration(task.seconds) if task.seconds is not None else ""
        return " · ".join(part for part in (when, took) if part)

    def _forgotten(self, task: LearnedTask) -> str:
        if task.forgotten is None:
            return ""
        if task.forgotten < LITTLE:
            return self.tr("nothing forgotten")
        return self.tr("{points} points forgotten").format(points=points(task.forgotten))

    @Slot()
    def _undo(self) -> None:
        self.undo_wanted.emit()


class _Chosen(QObject):
    """Emits a signal with the number of a task, whatever its button says."""

    def __init__(self, signal: SignalInstance, task_id: int, parent: QObject) -> None:
        super().__init__(parent)
        self._signal, self._task_id = signal, task_id

    @Slot()
    def send(self) -> None:
        self._signal.emit(self._task_id)
