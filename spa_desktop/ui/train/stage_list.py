"""The five stages of a training, with a tick for each that is done."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from spa_desktop.jobs import JobEvent, Stage
from spa_desktop.ui.style.icons import icon_pixmap
from spa_desktop.ui.style.theme import ICON, Size, Space, set_type
from spa_desktop.ui.widgets.number_words import count, duration

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
