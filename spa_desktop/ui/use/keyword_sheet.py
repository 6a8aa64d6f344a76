"""The sheet that writes keywords: below which branch, and which keywords so many photos would get."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QAbstractItemView, QDialog, QLabel, QLineEdit, QWidget

from spa_desktop.ui.app_state.context import AppContext
from spa_desktop.ui.background.work import WorkFailure
from spa_desktop.ui.plain_text import tip
from spa_desktop.ui.style.theme import Size, Space, set_type
from spa_desktop.ui.widgets import words
from spa_desktop.ui.widgets.forms import column, row
from spa_desktop.ui.widgets.labels import button, open_with, timer, wrapped
from spa_desktop.ui.widgets.tables import Column, ColumnModel, table_of
from spa_desktop.ui.widgets.words import count
from spa_desktop.visible import visible

if TYPE_CHECKING:
    from spa_desktop.classify.keywords import KeywordPlan

_SIZE, _SOON_MS, _COUNT_WIDTH = (560, 520), 200, 96


class KeywordSheet(QDialog):
    """Asks for a branch, shows which keywords would be written, and says what was decided."""

    decided = Signal(object)  # KeywordPlan

    def __init__(self, context: AppContext, make: Callable[..., KeywordPlan], parent: QWidget | None = None) -> None:
        """Plan by `make`, with `branch` and `otherwise`. Open with `open()`."""
        super().__init__(parent)
        self._context, self._make = context, make
        self.plan: KeywordPlan | None = None
        self.setWindowTitle(self.tr("Write keywords"))
        open_with(self, *_SIZE)
        title = set_type(QLabel(self.tr("Write the classes as keywords for other programs")), Size.STRONG, strong=True)
        about = wrapped(
            self.tr("They go into a file beside each photo (.xmp). The photos stay as they are."), Size.BODY
        )
        self.branch = QLineEdit(placeholderText=self.tr("Such as Animals/Birds"))
        self.otherwise = QLineEdit(placeholderText=self.tr("None"))
        self._soon = timer(self, _SOON_MS, self._ask)
        fields = ((self.tr("Below the keyword"), self.branch), (self.tr("Unsure, none of these"), self.otherwise))
        for name, field in fields:
            field.setAccessibleName(name)
            field.textChanged.connect(self._on_changed)
        columns = (
            Column(self.tr("Keyword"), lambda pair: visible(pair[0]) or self.tr("(taken away)")),
            Column(self.tr("Photos"), lambda pair: count(pair[1]), _COUNT_WIDTH, is_number=True),
        )
        self.keywords = ColumnModel(columns, self)
        self.table = table_of(self.keywords, columns, self.tr("Keywords and how many photos get them"), is_framed=True)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.note, self.problem = wrapped("", Size.BODY), wrapped("", Size.BODY, role="bad")
        self.go = button(self.tr("Write"), self._decide, kind="primary")
        buttons = row(None, button(self.tr("Cancel"), self.reject), self.go, spacing=Space.S)
        asked = [column(QLabel(name), field, spacing=Space.XS) for name, field in fields]
        parts = (title, about, row(*((part, 1) for part in asked), spacing=Space.M), (self.table, 1), self.note)
        margins = (Space.XL, Space.XL, Space.XL, Space.L)
        column(*parts, self.problem, buttons, spacing=Space.M, margins=margins, of=self)
        self._show_plan()
        self._ask()
        self.finished.connect(self._on_finished)

    @Slot()
    def _on_changed(self) -> None:
        self._context.background.abandon(self._on_plan)
        self.go.setEnabled(False)  # what the plan says is not so any more
        self._soon.start()

    @Slot()
    def _ask(self) -> None:
        make = partial(self._make, branch=self.branch.text(), otherwise=self.otherwise.text())
        operation = self._context.background.look_up(lambda job: make())
        operation.newest(self._on_plan).failure(self._on_failed)

    def _on_plan(self, plan: KeywordPlan) -> None:
        self.plan = plan
        self.problem.clear()
        self._show_plan()

    def _on_failed(self, failure: WorkFailure) -> None:
        self.plan = None  # it is of other words
        self.problem.setText(failure.message)
        self._show_plan()

    def _show_plan(self) -> None:
        steps, skipped = (self.plan.steps, self.plan.skipped) if self.plan is not None else ((), ())
        self.keywords.fill(sorted(self.plan.counts().items()) if self.plan is not None else [])
        why = f" ({visible(skipped[0].path.name)}: {skipped[0].reason})" if skipped else ""
        self.note.setText(self.tr("Left alone: {n}").format(n=count(len(skipped))) + why)
        self.note.setToolTip(tip(*(f"{file.path}: {file.reason}" for file in skipped[:12])))
        self.note.setVisible(bool(skipped))
        self.problem.setVisible(bool(self.problem.text()))
        self.go.setEnabled(bool(steps))
        text = self.tr("Write for {photos}").format(photos=words.photos(len(steps)))
        self.go.setText(text if steps else self.tr("Write"))

    @Slot()
    def _decide(self) -> None:
        self.decided.emit(self.plan)
        self.accept()

    @Slot()
    def _on_finished(self) -> None:
        self._context.background.abandon(self._on_plan)
        self.deleteLater()
