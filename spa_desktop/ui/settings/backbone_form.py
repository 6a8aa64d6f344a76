"""Which backbone new projects get: how large it is, whether it is here, and how fast it is on this computer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from spa_desktop.jobs import Job
from spa_desktop.ui.app_state.context import AppContext
from spa_desktop.ui.background.work import WorkFailure, WorkHandle
from spa_desktop.ui.style.theme import Size, Space, set_type

if TYPE_CHECKING:
    from spa_desktop.workbench.backbone_speed import Speed


@dataclass(frozen=True)
class _Found:
    name: str
    title: str
    megabytes: int
    is_here: bool


class BackboneChoice(QWidget):
    """What is known of the backbone that is chosen, and a button that measures it.

    Attributes:
        box: the list of backbones, for whoever lays this out to put above it.
    """

    def __init__(self, context: AppContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._found: dict[str, _Found] = {}
        self._handle: WorkHandle | None = None
        chosen = context.settings.value.backbone
        self.box = QComboBox()
        self.box.setAccessibleName(self.tr("Backbone"))
        self.box.addItem(chosen, chosen)
        self.box.activated.connect(self._on_chosen)
        self.about = set_type(QLabel(self.tr("Looking for backbones...")), Size.CAPTION, role="muted")
        self.about.setWordWrap(True)
        self.speed = set_type(QLabel(), Size.CAPTION, role="muted")
        self.speed.setWordWrap(True)
        self.measure = QPushButton(self.tr("Measure the speed"))
        self.measure.setProperty("kind", "small")
        self.measure.setToolTip(self.tr("Encodes pictures of noise for two seconds, once the backbone is loaded"))
        self.measure.setEnabled(False)
        self.measure.clicked.connect(self._measure)
        row = QHBoxLayout()
        row.setSpacing(Space.M)
        row.addWidget(self.measure)
        row.addWidget(self.speed, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(Space.S)
        column.addWidget(self.about)
        column.addLayout(row)
        context.settings.changed.connect(self.show_values)
        context.background.start(
            "", _find_backbones, done=self._on_found, failed=self._on_failed, lane="read", is_quiet=True
        )

    @Slot()
    def show_values(self) -> None:
        """Show what holds, also when it was changed elsewhere."""
        values = self._context.settings.value
        self.box.setCurrentIndex(max(self.box.findData(values.backbone), 0))
        found = self._found.get(values.backbone)
        self.measure.setEnabled(found is not None and found.is_here and self._handle is None)
        if found is not None:
            where = self.tr("on this computer") if found.is_here else self.tr("downloaded when it is first used")
            keeps = self.tr("A project keeps the backbone that it was made with.")
            self.about.setText(f"{found.title} · {found.megabytes} MB, {where}. {keeps}")
        if self._handle is None:
            speed = values.speeds.get(values.backbone)
            self.speed.setText(self.tr("{n} photos a second here").format(n=f"{speed:.1f}") if speed else "")

    @Slot()
    def _on_chosen(self) -> None:
        self._context.settings.update(backbone=self.box.currentData())

    @Slot(object)
    def _on_found(self, found: list[_Found]) -> None:
        chosen = self._context.settings.value.backbone
        self.box.clear()
        for one in found:
            self.box.addItem(one.name, one.name)
            self._found[one.name] = one
        if self.box.findData(chosen) < 0:
            self.box.addItem(chosen, chosen)
        self.show_values()

    @Slot()
    def _measure(self) -> None:
        values = self._context.settings.value
        name, device = values.backbone, values.device

        def work(job: Job) -> Speed:
            from spa_desktop.workbench.backbone_speed import measure_speed

            return measure_speed(name, device, job)

        self.speed.setText(self.tr("Measuring..."))
        self._handle = self._context.background.start(
            self.tr("Measuring the backbone"),
            work,
            done=self._on_measured,
            failed=self._on_failed,
            cancelled=self._on_cancelled,
            lane="read",
        )
        self.show_values()

    @Slot(object)
    def _on_measured(self, speed: Speed) -> None:
        self._handle = None
        speeds = self._context.settings.value.speeds
        self._context.settings.update(speeds={**speeds, speed.backbone: round(speed.photos, 1)})
        self.show_values()

    @Slot(object)
    def _on_failed(self, failure: WorkFailure) -> None:
        self._handle = None
        self.show_values()
        self.about.setText(failure.message)

    @Slot()
    def _on_cancelled(self) -> None:
        self._handle = None
        self.show_values()


def _find_backbones(job: Job) -> list[_Found]:
    from spa_desktop.encoders.backbones import list_backbones

    return [_Found(one.name, one.title, one.megabytes, one.is_downloaded) for one in list_backbones()]
