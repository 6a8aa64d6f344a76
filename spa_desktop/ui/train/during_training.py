"""During a training: its stages, the curves, what is left, the log, and the tasks that wait."""

from __future__ import annotations

import time
from collections.abc import Mapping

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPlainTextEdit, QProgressBar, QVBoxLayout, QWidget

from spa_desktop.jobs import JobEvent
from spa_desktop.ui.app_state.context import AppContext
from spa_desktop.ui.background.stage_words import stage_words
from spa_desktop.ui.background.work import WorkHandle
from spa_desktop.ui.style.theme import Size, Space, set_type
from spa_desktop.ui.train.photo_flow import PhotoFlow
from spa_desktop.ui.train.stage_list import StageList
from spa_desktop.ui.train.task_clock import TaskClock
from spa_desktop.ui.train.training_plot import LearningPlot
from spa_desktop.ui.widgets.number_words import time_left
from spa_desktop.ui.widgets.what_is_this import WhatIsThis, titled

_MOST_LINES = 1000
LOG_HEIGHT = 72  # pixels, three lines
_BAR = 1000  # steps of the bar


class RunView(QWidget):
    """Follows the training that runs."""

    def __init__(self, context: AppContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._stage = ""
        self.clock = TaskClock(1)
        self.headline = set_type(QLabel(), Size.STRONG, strong=True)
        self.heard = set_type(QLabel(), Size.BODY, role="warn")
        self.left = set_type(QLabel(), Size.CAPTION, role="muted")
        self.waiting = set_type(QLabel(), Size.CAPTION, role="muted")
        for label in (self.headline, self.heard, self.waiting):
            label.setWordWrap(True)
            label.setTextFormat(Qt.TextFormat.PlainText)
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setRange(0, _BAR)
        self.bar.setAccessibleName(self.tr("How far the task is"))
        self.stages = StageList()
        self.flow = PhotoFlow(context)
        self.plot = LearningPlot()
        self.log = QPlainTextEdit()
        self.log.setReadOnly(True)
        self.log.setMaximumBlockCount(_MOST_LINES)
        self.log.setAccessibleName(self.tr("Log of the training"))
        self.log.setTabChangesFocus(True)
        self.log.setMinimumHeight(LOG_HEIGHT)
        side, side_column = card()
        top_line = QHBoxLayout()
        top_line.addWidget(self.headline, 1)
        top_line.addWidget(WhatIsThis("stages"), 0, Qt.AlignmentFlag.AlignTop)
        side_column.addLayout(top_line)
        for widget in (self.heard, self.stages, self.bar, self.left):
            side_column.addWidget(widget)
        side_column.addStretch(1)
        side_column.addWidget(self.waiting)
        side.setFixedWidth(296)
        curves, curves_column = card()
        curves_column.addWidget(self.flow)
        curves_title = set_type(QLabel(self.tr("Loss and accuracy")), Size.STRONG, strong=True)
        curves_column.addLayout(titled(curves_title, "learning curves"))
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

    def begin(self, task: str, photos: int = 1, rates: Mapping[str, float] | None = None) -> None:
        """A training begins.

        Args:
            task: its name.
            photos: to learn.
            rates: seconds a photo, by stage, as measured on this machine before.
        """
        self._stage = ""
        self.clock = TaskClock(photos, rates)
        self.bar.setValue(0)
        self.left.clear()
        self.headline.setText(self.tr("Learning {task}").format(task=task))
        self.stages.reset()
        self.plot.clear()
        self.flow.clear()
        self._write(self.headline.text())

    def show_event(self, event: JobEvent) -> None:
        """Follow it."""
        self.stages.show_event(event)
        self.plot.add(event)
        self.flow.show_event(event)
        if event.stage and event.stage != self._stage:
            self._stage = event.stage
            self._write(stage_words(event.stage))
        if event.message is not None:
            self._write(event.message)
        self.clock.show_event(event)
        self.bar.setValue(round(_BAR * self.clock.fraction))
        if self.clock.is_late:
            self.left.setText(self.tr("takes longer than expected"))
        else:
            self.left.setText(self.tr("about {left}").format(left=time_left(self.clock.left)))

    def show_state(self, handle: WorkHandle, waiting: list[str]) -> None:
        """Say what was heard, and what comes after it."""
        if handle.is_cancelling:
            text = self.tr("Cancelling. The model stays as it was.")
        elif handle.is_stopping:
            text = self.tr("Stopping early. What is learned so far is kept.")
        elif handle.state == "waiting":
            text = self.tr("Waits for other work to end.")
        else:
            text = ""
        self.heard.setText(text)
        self.heard.setVisible(bool(text))
        self.waiting.setText(self.tr("Then: {tasks}").format(tasks=", ".join(waiting)) if waiting else "")

    def _write(self, line: str) -> None:
        self.log.appendPlainText(f"{time.strftime('%H:%M:%S')}  {line}")


def card() -> tuple[QFrame, QVBoxLayout]:
    """A frame, and the column in it."""
    frame = QFrame()
    frame.setProperty("card", True)
    column = QVBoxLayout(frame)
    column.setContentsMargins(Space.L, Space.M, Space.L, Space.M)
    column.setSpacing(Space.M)
    return frame, column
