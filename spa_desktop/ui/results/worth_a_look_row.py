"""What is worth a look, in one row of links: each shows its photos, or goes to its class."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QLabel, QPushButton, QVBoxLayout, QWidget

from spa_desktop.jobs import Job
from spa_desktop.ui.app_state.context import AppContext
from spa_desktop.ui.background.work import WorkFailure, WorkHandle
from spa_desktop.ui.corrections.correction_card import ChipFlow
from spa_desktop.ui.results.results_report import PhotoAnswer, Report
from spa_desktop.ui.style.theme import Size, set_type
from spa_desktop.ui.widgets.words import (
    doubted_line,
    mislabelled_line,
    note_of,
    scarce_line,
    twins_line,
)
from spa_desktop.workbench.worth_a_look import Suspect, WorthALook

if TYPE_CHECKING:
    from spa_desktop.workbench import Workbench


class WorthALookRow(QWidget):
    """Looks in the background once a report is shown."""

    photos_wanted = Signal(object, str)  # list[PhotoAnswer], and the sentence above them
    class_wanted = Signal(int)  # class id

    def __init__(self, context: AppContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._report: Report | None = None
        self._handle: WorkHandle | None = None
        self.found: WorthALook | None = None
        self.note = set_type(QLabel(), Size.BODY, role="muted")
        self.note.setWordWrap(True)
        self.flow = ChipFlow()
        self.mislabelled, self.doubted, self.twins, self.scarce = (self._link(self.flow) for _ in range(4))
        self.mislabelled.clicked.connect(self._show_mislabelled)
        self.doubted.clicked.connect(self._show_doubted)
        self.twins.clicked.connect(self._show_twins)
        self.scarce.clicked.connect(self._show_scarce)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(self.flow)
        column.addWidget(self.note)

    def look(self, report: Report) -> None:
        """Look for what goes with a report; what was found before is gone."""
        self.forget()
        self._report = report
        self.note.setText(self.tr("Looking through the photos..."))
        below = self._context.settings.value.unsure_below

        def work(bench: Workbench, job: Job) -> tuple[Report, WorthALook | None]:
            return report, bench.worth_a_look(below, job)

        self._handle = self._context.read(
            work, done=self._on_found, failed=self._on_failed, cancelled=self._on_cancelled
        )

    def forget(self) -> None:
        """Drop what was found, and what is being looked for."""
        if self._handle is not None:
            self._handle.abandon()
        self._handle, self.found, self._report = None, None, None
        for button in (self.mislabelled, self.doubted, self.twins, self.scarce):
            button.hide()
        self.note.setText("")
        self.note.show()

    @Slot(object)
    def _on_found(self, looked: tuple[Report, WorthALook | None]) -> None:
        report, found = looked
        if report is not self._report or found is None:
            return
        self._handle, self.found = None, found
        mislabelled_line(found).show_on(self.mislabelled)
        doubted_line(found).show_on(self.doubted)
        twins_line(found).show_on(self.twins)
        scarce_line(found, {one.id: one.name for one in report.classes}).show_on(self.scarce)
        note = note_of(found, is_empty=found.is_empty)
        self.note.setText(note)
        self.note.setVisible(bool(note))

    @Slot(object)
    def _on_failed(self, failure: WorkFailure) -> None:
        self._handle = None
        self.note.setText(failure.message)
        if not failure.is_expected:
            self._context.show_failure(failure)

    @Slot()
    def _on_cancelled(self) -> None:
        self._handle = None
        self.note.setText("")

    @Slot()
    def _show_mislabelled(self) -> None:
        if self.found is not None:
            self._show(self.found.mislabelled, self.tr("Photos that look like another class, the surest first: {n}"))

    @Slot()
    def _show_doubted(self) -> None:
        if self.found is not None:
            self._show(self.found.doubted, self.tr("Test photos it was not sure of, the least sure first: {n}"))

    @Slot()
    def _show_twins(self) -> None:
        report, found = self._report, self.found
        if report is None or found is None:
            return
        answered = {one.id: one for one in report.photos}
        photos: list[PhotoAnswer] = []
        for learned, test in found.twins:
            if test in answered:
                # Of the one that was learned no answer is known that would mean anything: it is shown beside the other.
                photos += [answered[test], PhotoAnswer(learned, answered[test].truth, -1, 0.0, is_test=False)]
        text = self.tr("Test photos, each before the one to learn from that is all but the same: {n}")
        self.photos_wanted.emit(photos, text.format(n=len(photos) // 2))

    @Slot()
    def _show_scarce(self) -> None:
        if self.found is not None and self.found.scarce:
            self.class_wanted.emit(self.found.scarce[0][0])

    def _show(self, suspects: Sequence[Suspect], text: str) -> None:
        if self._report is None:
            return
        places = {one.id: place for place, one in enumerate(self._report.classes)}
        photos = [
            PhotoAnswer(one.photo_id, places[one.class_id], places[one.answer], one.confidence, one.is_test)
            for one in suspects
            if one.class_id in places and one.answer in places
        ]
        self.photos_wanted.emit(photos, text.format(n=len(photos)))

    def _link(self, flow: ChipFlow) -> QPushButton:
        button = QPushButton()
        button.setProperty("kind", "small")
        button.hide()
        flow.addWidget(button)
        return button
