"""The run card: what these results are of, so that they can be had again."""

from __future__ import annotations

import platform

from PySide6.QtCore import QDateTime, QLocale, Qt
from PySide6.QtWidgets import QFormLayout, QLabel, QWidget

from spa_desktop.ui.app_state.contents import Contents
from spa_desktop.ui.style.theme import Size, Space, set_type
from spa_desktop.ui.widgets.device_names import devices_of_training
from spa_desktop.ui.widgets.number_words import duration
from spa_desktop.version import __version__
from spa_desktop.visible import visible


class RunCard(QWidget):
    """Backbone, seed, order, versions and times, to be selected and copied."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.facts: list[tuple[str, str]] = []  # what it says, by name
        self._form = QFormLayout(self)
        self._form.setContentsMargins(0, 0, 0, 0)
        self._form.setHorizontalSpacing(Space.XL)
        self._form.setVerticalSpacing(Space.XS)

    def show_contents(self, contents: Contents) -> None:
        """Describe the model of a project."""
        self.facts = []
        while self._form.rowCount():
            self._form.removeRow(0)
        meta, learner = contents.meta, contents.learner
        learned = {one.task_id for one in contents.classes if one.id in contents.learned_ids}
        order = [task.name for task in contents.tasks if task.id in learned]
        self._add(self.tr("Backbone"), meta.backbone + (f" ({meta.fingerprint[:12]})" if meta.fingerprint else ""))
        self._add(self.tr("Seed"), str(meta.seed))
        self._add(self.tr("Order of tasks"), " → ".join(order))
        times = [
            f"{task.name} {_when(stage.created)}"
            for stage in contents.evaluations
            if (task := contents.task(stage.task_id)) is not None
        ]
        self._add(self.tr("Learned"), ", ".join(times))
        self._add(self.tr("Made with"), f"SPA Desktop {meta.app_version}")
        self._add(self.tr("Shown by"), f"SPA Desktop {__version__}, Python {platform.python_version()}")
        if learner is not None:
            seconds, method = learner.meta.get("seconds"), learner.meta.get("method")
            if isinstance(seconds, int | float):
                self._add(self.tr("Last training took"), duration(seconds))
            self._add(self.tr("Devices"), devices_of_training(learner.meta) or "–")
            if isinstance(method, dict) and {"patches", "epsilon"} <= method.keys():
                self._add(self.tr("Method"), self.tr("K {patches}, ε {epsilon}").format(**method))
            size = QLocale().formattedDataSize(learner.size)
            self._add(self.tr("Model"), f"{size}, {learner.sha256[:12]}")

    def _add(self, name: str, value: str) -> None:
        self.facts = [*self.facts, (name, visible(value))]
        label = set_type(QLabel(visible(value)), Size.BODY)
        label.setTextFormat(Qt.TextFormat.PlainText)
        label.setWordWrap(True)
        label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._form.addRow(set_type(QLabel(name), Size.BODY, role="muted"), label)


def _when(moment: str) -> str:
    """A moment in UTC as the person's clock and language say it."""
    local = QDateTime.fromString(moment, Qt.DateFormat.ISODateWithMs).toLocalTime()
    return QLocale().toString(local, QLocale.FormatType.ShortFormat)
