"""During a training: its stages, the curves, what is left, the log, and the tasks that wait."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping

from PySide6.QtCore import QCoreApplication, QEvent, QSettings, Qt
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QProgressBar,
    QVBoxLayout,
    QWidget,
)

from spa_desktop.jobs import JobEvent, Stage
from spa_desktop.ui.app_state.context import AppContext
from spa_desktop.ui.background.work import WorkHandle
from spa_desktop.ui.background.workers import stage_words
from spa_desktop.ui.style.icons import icon_pixmap
from spa_desktop.ui.style.theme import ICON, Size, Space, set_type
from spa_desktop.ui.train.photo_flow import PhotoFlow
from spa_desktop.ui.train.training_plot import LearningPlot
from spa_desktop.ui.widgets.figure_texts import WhatIsThis, titled
from spa_desktop.ui.widgets.words import count, duration, time_left

# The five stages of a training, with a tick for each that is done.

STAGES = ("encode", "describe", "align", "learn", "check")

# Where the engine's stages belong. What is not here belongs to the stage that goes on.
_STAGE_OF = {
    Stage.LOAD: "encode",
    Stage.DOWNLOAD: "encode",
    Stage.ENCODE: "encode",
    Stage.DESCRIBE: "describe",
    Stage.MEASURE: "align",
    Stage.SELECT: "align",
    Stage.ALIGN: "align",
    Stage.TOP_UP: "align",
    Stage.HOLD_OUT: "learn",
    Stage.PROJECT: "learn",
    Stage.TEST: "check",
    Stage.SAVE: "check",
}


def stage_of(stage: Stage | str) -> str | None:
    """To which of the five stages a stage of the engine belongs."""
    return _STAGE_OF.get(stage) if isinstance(stage, Stage) else None


def stage_title(stage: str) -> str:
    """The stage in words."""
    titles = {
        "encode": QCoreApplication.translate("train", "Look at the photos"),
        "describe": QCoreApplication.translate("train", "Describe"),
        "align": QCoreApplication.translate("train", "Match parts and words"),
        "learn": QCoreApplication.translate("train", "Learn"),
        "check": QCoreApplication.translate("train", "Check on test photos"),
    }
    return titles[stage]


class StageList(QWidget):
    """One row a stage: a sign, its name, and in words how far it is."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._states = dict.fromkeys(STAGES, "waiting")
        self._rows: dict[str, tuple[QLabel, QLabel, QLabel]] = {}
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(Space.S)
        grid.setVerticalSpacing(Space.S)
        grid.setColumnStretch(1, 1)
        for row, stage in enumerate(STAGES):
            sign, name, state = QLabel(), QLabel(stage_title(stage)), set_type(QLabel(), Size.CAPTION, role="muted")
            sign.setFixedWidth(ICON)
            state.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            for column, label in enumerate((sign, name, state)):
                grid.addWidget(label, row, column)
            self._rows[stage] = sign, name, state
        self.reset()

    def state(self, stage: str) -> str:
        """waiting, now, or done."""
        return self._states[stage]

    def reset(self) -> None:
        """A training begins."""
        self._states = dict.fromkeys(STAGES, "waiting")
        self._draw("")

    def show_event(self, event: JobEvent) -> None:
        """Follow the training."""
        stage = stage_of(event.stage)
        if stage is None:
            return
        if self._states["check"] == "now" and stage != "check":
            # New test photos are checked before the training as well, with what was known until then.
            self._states = dict.fromkeys(STAGES, "waiting")
        before = STAGES[: STAGES.index(stage)]
        for other, state in self._states.items():
            # A stage that was passed over had nothing to do: its photos were encoded before, its text is there.
            if state == "now" or other in before:
                self._states[other] = "done"
        self._states[stage] = "now"
        total = event.total
        part = f"{count(min(event.done, total))} / {count(total)}" if total else ""
        self._draw(part)

    def finish(self) -> None:
        """The training is over and went well."""
        self._states = dict.fromkeys(STAGES, "done")
        self._draw("")

    def show_times(self, times: Mapping[str, float]) -> None:
        """Show how many seconds each of the five stages took in a training that is over."""
        self._states = {stage: "done" if stage in times else "waiting" for stage in STAGES}
        self._draw("")
        for stage, seconds in times.items():
            self._rows[stage][2].setText(duration(seconds) if seconds >= 1 else self.tr("under 1 s"))

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.PaletteChange:
            self._draw_signs()
        super().changeEvent(event)

    def _draw(self, part: str) -> None:
        for stage, (_, name, label) in self._rows.items():
            state = self._states[stage]
            words = {
                "waiting": "",
                "now": part or self.tr("now"),
                "done": self.tr("done"),
            }
            label.setText(words[state])
            font = name.font()
            font.setBold(state == "now")
            name.setFont(font)
            role = "muted" if state == "waiting" else "text"
            if name.property("role") != role:
                name.setProperty("role", role)
                name.style().polish(name)
        self._draw_signs()

    def _draw_signs(self) -> None:
        looks = {"waiting": ("more", "faint"), "now": ("right", "accent"), "done": ("check", "good")}
        ratio = self.devicePixelRatioF()
        for stage, (sign, _, _) in self._rows.items():
            if sign.property("drawn") != (key := f"{self._states[stage]} {self.palette().text().color().name()}"):
                sign.setProperty("drawn", key)
                sign.setPixmap(icon_pixmap(*looks[self._states[stage]], ICON, ratio))


# How long a training still takes, by how long each stage took on this machine before: a figure that only shrinks.

# Seconds a training photo and stage, until a training here told better. Measured: spa-lite, 96 photos, two busy cores.
_DEFAULTS = {"encode": 0.18, "describe": 0.05, "align": 0.08, "learn": 0.1, "check": 0.04}
_SLOWEST = 3600.0  # seconds a photo
_NEWEST = 0.5  # weight of the last training among those before


class TaskClock:
    """Follows one training.

    Attributes:
        spent: seconds in each stage so far.
    """

    def __init__(self, photos: int, rates: Mapping[str, float] | None = None) -> None:
        """Start.

        Args:
            photos: that are learned.
            rates: seconds a photo, by stage, as measured before.
        """
        self._photos = max(photos, 1)
        self._expected = {stage: {**_DEFAULTS, **(rates or {})}[stage] * self._photos for stage in STAGES}
        self.spent = dict.fromkeys(STAGES, 0.0)
        self._stage = STAGES[0]
        self._began = self._at = time.monotonic()
        self._left: float | None = None
        self._newest = self._fraction = 0.0

    def show_event(self, event: JobEvent) -> None:
        """Take note of the stage."""
        if self._left is None:
            # It may have waited until now for other work to end, which says nothing of how long it takes itself.
            self._began = self._at = time.monotonic()
        self._tick()
        self._stage = stage_of(event.stage) or self._stage
        within = event.seconds_left or 0.0
        place = STAGES.index(self._stage)
        now_left = max(self._expected[self._stage] - self.spent[self._stage], within)
        left = now_left + sum(max(self._expected[one] - self.spent[one], 0.0) for one in STAGES[place + 1 :])
        if self._left is None or left < self._left:
            self._left = left
        elapsed = self._at - self._began
        self._newest = left
        self._fraction = max(self._fraction, elapsed / max(elapsed + left, 1e-6))

    @property
    def left(self) -> float | None:
        """Seconds; never more than it was before. None before the first event."""
        return self._left

    @property
    def is_late(self) -> bool:
        """It takes clearly longer than it did before: what is said to be left cannot be believed any more."""
        return self._left is not None and self._newest > max(2 * self._left, self._left + 5)

    @property
    def fraction(self) -> float:
        """Of the whole task, 0 to 1; never less than it was before."""
        return self._fraction

    def measured(self) -> dict[str, float]:
        """Seconds a photo, by stage, now that it is over."""
        self._tick()
        return {stage: seconds / self._photos for stage, seconds in self.spent.items()}

    def _tick(self) -> None:
        now = time.monotonic()
        self.spent[self._stage] += now - self._at
        if self._left is not None:
            # Between two events time goes on as well.
            self._left = max(self._left - (now - self._at), 0.0)
        self._at = now


def kept_rates(backbone: str) -> dict[str, float] | None:
    """Seconds a photo, by stage, of trainings on this machine; None before the first."""
    text = QSettings().value(_key(backbone))
    try:
        found = json.loads(text) if isinstance(text, str) else None
    except (ValueError, RecursionError):
        return None
    if not isinstance(found, dict):
        return None
    return {name: float(found[name]) for name in STAGES if _is_rate(found.get(name))} or None


def _is_rate(value: object) -> bool:
    """Whether a value of a settings file is a number of seconds that a stage can take for one photo."""
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= _SLOWEST


def keep_rates(backbone: str, measured: Mapping[str, float]) -> None:
    """Keep what a training took; the newest counts as much as all before it."""
    before = kept_rates(backbone) or {}
    mixed = {name: before.get(name, rate) * (1 - _NEWEST) + rate * _NEWEST for name, rate in measured.items()}
    QSettings().setValue(_key(backbone), json.dumps(mixed))


def _key(backbone: str) -> str:
    return f"train/rates/{backbone}"


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
