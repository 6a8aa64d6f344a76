"""After a training: what it knows now, and what the old classes lost."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import (
    QAbstractTableModel,
    QDateTime,
    QLocale,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    Signal,
    Slot,
)
from PySide6.QtWidgets import (
    QComboBox,
    QFrame,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from spa_desktop.jobs import Stage
from spa_desktop.project.documents import StageTime, TrainingRecord
from spa_desktop.ui.app_state.contents import shown_name
from spa_desktop.ui.app_state.context import AppContext
from spa_desktop.ui.style.icons import set_icon
from spa_desktop.ui.style.theme import Size, Space, class_style, set_type, theme
from spa_desktop.ui.train.during_training import LOG_HEIGHT, STAGES, StageList, card, stage_of
from spa_desktop.ui.train.photo_flow import PhotoFlow
from spa_desktop.ui.train.training_plot import LearningPlot
from spa_desktop.ui.widgets import words
from spa_desktop.ui.widgets.figure_texts import WhatIsThis
from spa_desktop.ui.widgets.plots import swatch
from spa_desktop.ui.widgets.words import LITTLE, count, duration, percent, points, points_role
from spa_desktop.visible import visible
from spa_desktop.workbench.task_outcome import ClassChange, Outcome

if TYPE_CHECKING:
    from spa_desktop.workbench import Workbench

# A training that is over, as the project remembers it: in the room in which it was seen while it ran.

_MOST_PHOTOS = 12


class PastTraining(QWidget):
    """When, how long each stage took, photos, picked patches, curve, what was said, and what came of it."""

    results_wanted = Signal(int)  # of a task, by its number

    def __init__(self, context: AppContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._records: tuple[TrainingRecord, ...] = ()
        self._shown: tuple[TrainingRecord, ...] | None = None
        self.headline = set_type(QLabel(), Size.STRONG, strong=True)
        self.which = QComboBox()
        self.which.setAccessibleName(self.tr("Which training of the task"))
        self.which.currentIndexChanged.connect(self._show)
        self.when = set_type(QLabel(), Size.CAPTION, role="muted")
        self.came = set_type(QLabel(), Size.BODY)
        for label in (self.headline, self.when, self.came):
            label.setWordWrap(True)
            label.setTextFormat(Qt.TextFormat.PlainText)
        self.stages = StageList()
        self.results = QPushButton(self.tr("What it changed"))
        self.results.setToolTip(self.tr("Results: what each class could before and after it"))
        set_icon(self.results, "results")
        self.results.clicked.connect(self._on_results)
        self.flow, self.plot = PhotoFlow(context), LearningPlot()
        self.log = QPlainTextEdit()
        self.log.setReadOnly(True)
        self.log.setAccessibleName(self.tr("What the training said"))
        self.log.setTabChangesFocus(True)
        self.log.setMinimumHeight(LOG_HEIGHT)
        side, side_column = card()
        for widget in (self.headline, self.which, self.when, self.stages, self.came):
            side_column.addWidget(widget)
        side_column.addStretch(1)
        side_column.addWidget(self.results)
        side.setFixedWidth(296)
        curves, curves_column = card()
        curves_column.addWidget(self.flow)
        curves_column.addWidget(self.plot, 1)
        top = QHBoxLayout()
        top.setSpacing(Space.L)
        top.addWidget(side)
        top.addWidget(curves, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(Space.L)
        column.addLayout(top, 3)
        column.addWidget(self.log, 1)

    @property
    def record(self) -> TrainingRecord | None:
        """The one that is shown."""
        place = self.which.currentIndex()
        return self._records[place] if 0 <= place < len(self._records) else None

    def show_records(self, task: str, records: Sequence[TrainingRecord]) -> None:
        """Show the trainings of a task, the newest first; the first that is not only of corrections is chosen."""
        self.headline.setText(self.tr("How {task} was learned").format(task=task))
        if self._shown == tuple(records):
            return
        self._records = self._shown = tuple(records)
        self.which.blockSignals(True)
        self.which.clear()
        self.which.addItems([self._title(one) for one in self._records])
        learned = [place for place, one in enumerate(self._records) if one.notes.kind == "learned"]
        self.which.setCurrentIndex(learned[0] if learned else 0)
        self.which.blockSignals(False)
        self.which.setVisible(len(self._records) > 1)
        self._show()

    def _title(self, record: TrainingRecord) -> str:
        kinds = {
            "learned": self.tr("Learned"),
            "topped up": self.tr("Photos of known classes learned"),
            "corrected": self.tr("Corrections learned"),
        }
        return f"{kinds[record.notes.kind]} · {_local(record.created)}"

    @Slot()
    def _show(self) -> None:
        record = self.record
        if record is None:
            return
        notes = record.notes
        self.when.setText(f"{_local(record.created)} · {duration(notes.seconds)}")
        self.stages.show_times(_by_row(notes.stages))
        parts = [self.tr("{share} right afterwards").format(share=percent(notes.accuracy))] if notes.tests else []
        if notes.lost is not None:
            lost = self.tr("{points} points forgotten").format(points=points(notes.lost))
            parts.append(lost if notes.lost >= LITTLE else self.tr("nothing forgotten"))
        self.came.setText(" · ".join(parts))
        self.flow.show_kept(notes.picked, words.photos(notes.photos), ())
        if notes.curve:
            self.plot.show_points([(one.step, one.loss, one.accuracy) for one in notes.curve])
        else:
            self.plot.say_nothing_was_drawn()
        self.log.setPlainText("\n".join(f"{one.at:7.1f} s  {visible(one.text)}" for one in notes.log))
        self.log.setVisible(bool(notes.log))
        contents = self._context.contents
        if contents is not None:
            ids = [one.id for one in contents.classes_of(record.task_id)]
            self._context.read(lambda bench, job: (record.id, _some_photos(bench, ids)), done=self._on_photos)

    @Slot(object)
    def _on_photos(self, found: tuple[int, list[int]]) -> None:
        record = self.record
        if record is not None and record.id == found[0]:
            photos = words.photos(record.notes.photos)
            self.flow.show_kept(record.notes.picked, photos, found[1])

    @Slot()
    def _on_results(self) -> None:
        if self.record is not None:
            self.results_wanted.emit(self.record.task_id)


def _by_row(stages: Sequence[StageTime]) -> Mapping[str, float]:
    """Seconds by the five stages of the list; what is not one of them belongs to the stage before it."""
    found: dict[str, float] = {}
    row = STAGES[0]
    for one in stages:
        known = Stage.__members__.get(one.stage)
        row = (stage_of(known) if known is not None else None) or row
        found[row] = found.get(row, 0.0) + one.seconds
    return found


def _some_photos(bench: Workbench, class_ids: Sequence[int]) -> list[int]:
    """Photos that were learned, of each class some. For worker threads."""
    learned = [
        [one.id for one in bench.project.photos(class_id, split="train") if one.is_learned][:_MOST_PHOTOS]
        for class_id in class_ids[:_MOST_PHOTOS]
    ]
    turns = itertools.zip_longest(*learned)  # one of each class, then another of each
    return [photo_id for turn in turns for photo_id in turn if photo_id is not None][:_MOST_PHOTOS]


def _local(when: str) -> str:
    local = QDateTime.fromString(when, Qt.DateFormat.ISODateWithMs).toLocalTime()
    return QLocale().toString(local, QLocale.FormatType.ShortFormat)


_Index = QModelIndex | QPersistentModelIndex


class ChangeModel(QAbstractTableModel):
    """What the classes that were known before lost or won, in points."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.changes: Sequence[ClassChange] = ()

    def fill(self, changes: Sequence[ClassChange]) -> None:
        self.beginResetModel()
        self.changes = changes
        self.endResetModel()

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own default
        return 0 if parent.isValid() else len(self.changes)

    def columnCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else 5

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            names = (
                self.tr("Old class"),
                self.tr("Test photos"),
                self.tr("Before"),
                self.tr("Now"),
                self.tr("Forgotten, points"),
            )
            return names[section]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _alignment(section)
        return None

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        change, column = self.changes[index.row()], index.column()
        if role == Qt.ItemDataRole.DisplayRole:
            cells = (
                shown_name(change.name),
                count(change.photos),
                percent(change.before),
                percent(change.after),
                points(change.lost),
            )
            return cells[column]
        if role == Qt.ItemDataRole.DecorationRole and column == 0:
            return swatch(class_style(change.color))
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _alignment(column)
        if role == Qt.ItemDataRole.ForegroundRole and column == 4 and change.lost is not None:
            return theme().color(points_role(change.lost))
        return None


def _alignment(column: int) -> Qt.AlignmentFlag:
    side = Qt.AlignmentFlag.AlignLeft if column == 0 else Qt.AlignmentFlag.AlignRight
    return side | Qt.AlignmentFlag.AlignVCenter


class OutcomeView(QWidget):
    """The new accuracy large, in words what it took, and the old classes in a table."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.figure = set_type(QLabel(), Size.FIGURE, strong=True)
        self.figure.setToolTip(self.tr("Test photos answered right, of all test photos of the classes it knows"))
        self.headline = set_type(QLabel(), Size.STRONG, strong=True)
        self.details = set_type(QLabel(), Size.BODY, role="muted")
        self.forgotten = set_type(QLabel(), Size.BODY)
        self.earlier = set_type(QLabel(), Size.CAPTION, role="muted")
        for label in (self.headline, self.details, self.forgotten, self.earlier):
            label.setWordWrap(True)
            label.setTextFormat(Qt.TextFormat.PlainText)
        card = QFrame()
        card.setProperty("card", True)
        words = QVBoxLayout()
        words.setSpacing(Space.XS)
        for label in (self.headline, self.details, self.forgotten, self.earlier):
            words.addWidget(label)
        row = QHBoxLayout(card)
        row.setContentsMargins(Space.L, Space.L, Space.L, Space.L)
        row.setSpacing(Space.XL)
        row.addWidget(self.figure, 0, Qt.AlignmentFlag.AlignVCenter)
        row.addLayout(words, 1)
        row.addWidget(WhatIsThis("accuracy after"), 0, Qt.AlignmentFlag.AlignTop)
        self.model = ChangeModel(self)
        self.table = QTableView()
        self.table.setModel(self.model)
        self.table.setAccessibleName(self.tr("What was forgotten of the old classes"))
        self.table.setSelectionBehavior(QTableView.SelectionBehavior.SelectRows)
        self.table.setShowGrid(False)
        self.table.setTabKeyNavigation(False)
        self.table.verticalHeader().hide()
        header = self.table.horizontalHeader()
        header.setHighlightSections(False)
        header.setMinimumSectionSize(104)
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(Space.L)
        column.addWidget(card)
        column.addWidget(self.table, 1)
        column.addStretch(0)

    def show_outcome(self, outcome: Outcome, earlier: Sequence[Outcome] = ()) -> None:
        """Show what came of a training, and in a line what those before it in the queue gave."""
        self.figure.setText(percent(outcome.accuracy))
        learned = (
            (outcome.learned, self.tr("Learned {names}")),
            (outcome.topped_up, self.tr("More photos of {names}")),
            (outcome.again, self.tr("Learned again: {names}")),
        )
        said = [words.format(names=", ".join(map(shown_name, names))) for names, words in learned if names]
        self.headline.setText(". ".join(said))
        parts = []
        if outcome.accuracy is None:
            parts.append(self.tr("There are no test photos, so nothing could be checked."))
        else:
            one, more = self.tr("right on 1 test photo"), self.tr("right on {n} test photos")
            parts.append(one if outcome.tests == 1 else more.format(n=count(outcome.tests)))
            if outcome.accuracy_new is not None and outcome.changes:
                parts.append(self.tr("new classes {share}").format(share=percent(outcome.accuracy_new)))
        parts.append(
            self.tr("{photos} in {time}").format(photos=words.photos(outcome.photos), time=duration(outcome.seconds))
        )
        self.details.setText(" · ".join(parts))
        self._say_forgotten(outcome.changes)
        self.earlier.setText(
            self.tr("Before it: {tasks}").format(
                tasks=", ".join(f"{one.task} {percent(one.accuracy)}" for one in earlier)
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
        self.forgotten.setProperty("role", role)
        self.forgotten.style().polish(self.forgotten)
