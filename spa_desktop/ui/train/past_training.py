"""A training that is over, as the project remembers it: in the room in which it was seen while it ran."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QDateTime, QLocale, Qt, Signal, Slot
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QPlainTextEdit, QPushButton, QVBoxLayout, QWidget

from spa_desktop.jobs import Stage
from spa_desktop.project.training_notes import StageTime, TrainingRecord
from spa_desktop.ui.app_state.context import AppContext
from spa_desktop.ui.style.icons import set_icon
from spa_desktop.ui.style.theme import Size, Space, set_type
from spa_desktop.ui.train.during_training import LOG_HEIGHT, card
from spa_desktop.ui.train.photo_flow import PhotoFlow
from spa_desktop.ui.train.stage_list import STAGES, StageList, stage_of
from spa_desktop.ui.train.training_plot import LearningPlot
from spa_desktop.ui.widgets import plural_words
from spa_desktop.ui.widgets.number_words import LITTLE, duration, percent, points
from spa_desktop.visible import visible

if TYPE_CHECKING:
    from spa_desktop.workbench import Workbench

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
        self.flow.show_kept(notes.picked, plural_words.photos(notes.photos), ())
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
            photos = plural_words.photos(record.notes.photos)
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
