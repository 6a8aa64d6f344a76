"""The sheet that shows how photos would be sorted into folders, before anything is done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QAbstractItemView, QDialog, QLabel, QRadioButton, QWidget

from spa_desktop.ui.app_state.context import AppContext
from spa_desktop.ui.background.work import WorkFailure, WorkHandle
from spa_desktop.ui.plain_text import tip
from spa_desktop.ui.style.theme import Size, Space, set_type
from spa_desktop.ui.widgets import forms, words
from spa_desktop.ui.widgets.forms import column, row
from spa_desktop.ui.widgets.labels import ElidedLabel, button, wrapped
from spa_desktop.ui.widgets.tables import Column, ColumnModel, table_of
from spa_desktop.ui.widgets.words import count
from spa_desktop.visible import visible

if TYPE_CHECKING:
    from spa_desktop.classify.sort_photos import SortPlan
    from spa_desktop.workbench import PhotoAnswer

_SIZE = (560, 520)
_ROW = 28
_COUNT_WIDTH = 96


class SortSheet(QDialog):
    """Asks for a folder, shows what would go where, and says what was decided."""

    decided = Signal(object)  # SortPlan

    def __init__(
        self,
        context: AppContext,
        answers: Sequence[PhotoAnswer],
        names: Mapping[int, str],
        sources: Sequence[Path],
        parent: QWidget | None = None,
    ) -> None:
        """Open with `open()`."""
        super().__init__(parent)
        self._context = context
        self._answers, self._names, self._sources = tuple(answers), dict(names), tuple(sources)
        self._target: Path | None = None
        self._handle: WorkHandle | None = None
        self.plan: SortPlan | None = None
        self.setWindowTitle(self.tr("Sort into folders"))
        self.resize(*_SIZE)
        self._build()
        self._show_plan()
        self.finished.connect(self._on_finished)

    def _build(self) -> None:
        title = set_type(QLabel(self.tr("Sort the photos into a folder for each class")), Size.STRONG, strong=True)
        self.place = ElidedLabel()
        self.choose = button(self.tr("Choose a folder"), self.choose_target)
        self.copy = QRadioButton(self.tr("Copy: the photos stay where they are"))
        self.move_them = QRadioButton(self.tr("Move: can be undone"))
        self.copy.setChecked(True)
        self.move_them.toggled.connect(self._ask)
        columns = (
            Column(self.tr("Folder"), lambda one: visible(one[0])),
            Column(self.tr("Photos"), lambda one: count(one[1]), _COUNT_WIDTH, is_number=True),
        )
        self.folders = ColumnModel(columns, self)
        name = self.tr("Folders and how many photos they would get")
        self.table = table_of(self.folders, columns, name, is_framed=True)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.table.verticalHeader().setDefaultSectionSize(_ROW)
        self.note = wrapped("", Size.BODY)
        self.problem = wrapped("", Size.BODY, role="bad")
        self.go = button(self.tr("Copy"), self._decide, kind="primary")
        cancel = button(self.tr("Cancel"), self.reject)
        where = row((self.place, 1), self.choose, spacing=Space.S)
        texts, buttons = (self.note, self.problem), row(None, cancel, self.go, spacing=Space.S)
        parts = (title, where, self.copy, self.move_them, (self.table, 1), *texts, buttons)
        column(*parts, spacing=Space.M, margins=(Space.XL, Space.XL, Space.XL, Space.L), of=self)

    @Slot()
    def choose_target(self) -> None:
        """Ask for the folder."""
        target = forms.choose_folder(self, self.tr("Sort into which folder? Choose an empty one"))
        if target is not None:
            self._target = target
            self._ask()

    @Slot()
    def _ask(self) -> None:
        """Have the plan made."""
        if self._target is None:
            return
        answers, names, target, sources = self._answers, self._names, self._target, self._sources
        move = self.move_them.isChecked()

        def make(job: object) -> SortPlan:
            from spa_desktop.classify.sort_photos import plan_sort

            return plan_sort(answers, names, target, sources=sources, move=move)

        # Two threads make plans: the one of the answer before must not come after this one.
        if self._handle is not None:
            self._handle.abandon()
        self.plan = None
        self.go.setEnabled(False)
        self._handle = self._context.background.start(
            "", make, done=self._on_plan, failed=self._on_failed, lane="read", is_quiet=True
        )

    @Slot(object)
    def _on_plan(self, plan: SortPlan) -> None:
        self.plan = plan
        self.problem.setText("")
        self._show_plan()

    @Slot(object)
    def _on_failed(self, failure: WorkFailure) -> None:
        self.plan = None
        self.problem.setText(failure.message)
        self._show_plan()

    def _show_plan(self) -> None:
        plan = self.plan
        none = self.tr("No folder chosen yet")
        self.place.setText(visible(str(self._target)) if self._target is not None else none)
        self.place.setToolTip(tip(str(self._target)) if self._target is not None else "")
        self.problem.setVisible(bool(self.problem.text()))
        self.folders.fill(sorted(plan.counts().items()) if plan is not None else [])
        stay = len(plan.skipped) if plan is not None else 0
        text = self.tr("1 photo stays where it is") if stay == 1 else self.tr("{n} photos stay where they are")
        self.note.setText(text.format(n=count(stay)))
        self.note.setToolTip(tip(*(f"{one.path}: {one.reason}" for one in plan.skipped[:12])) if plan else "")
        self.note.setVisible(bool(stay))
        is_move = plan.is_move if plan is not None else self.move_them.isChecked()
        steps = len(plan.steps) if plan is not None else 0
        self.go.setEnabled(steps > 0)
        if not steps:
            self.go.setText(self.tr("Move") if is_move else self.tr("Copy"))
        else:
            text = self.tr("Move {photos}") if is_move else self.tr("Copy {photos}")
            self.go.setText(text.format(photos=words.photos(steps)))

    @Slot()
    def _decide(self) -> None:
        if self.plan is not None:
            self.decided.emit(self.plan)
            self.accept()

    @Slot()
    def _on_finished(self) -> None:
        if self._handle is not None:
            self._handle.abandon()
        self.deleteLater()
