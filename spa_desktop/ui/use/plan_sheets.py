"""The sheets that show what would become of the answers: photos sorted into folders, keywords written beside them."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QShortcut
from PySide6.QtWidgets import QAbstractItemView, QCheckBox, QDialog, QLabel, QLineEdit, QRadioButton, QSlider, QWidget

from spa_desktop.classify import sort_photos
from spa_desktop.classify.answer_files import PhotoAnswer
from spa_desktop.project.folders import PHOTO_SUFFIXES
from spa_desktop.ui.app_state.context import AppContext
from spa_desktop.ui.background.work import WorkFailure
from spa_desktop.ui.lightbox.photo_lightbox import read_files
from spa_desktop.ui.plain_text import tip
from spa_desktop.ui.style.theme import SHEET_MARGINS, Size, Space, set_type
from spa_desktop.ui.thumbnails.photo_model import ThumbnailSource
from spa_desktop.ui.thumbnails.photo_view import Picture
from spa_desktop.ui.widgets import forms, words
from spa_desktop.ui.widgets.forms import column, row
from spa_desktop.ui.widgets.labels import ElidedLabel, button, open_with, timer, wrapped
from spa_desktop.ui.widgets.tables import Column, ColumnModel, table_of, why_skipped
from spa_desktop.ui.widgets.words import count, percent
from spa_desktop.visible import visible

_SOON_MS, _COUNT_WIDTH = 200, 96


class PlanSheet(QDialog):
    """Asks how, shows a plan of it as a table, and says what was decided. Open with `open()`."""

    decided = Signal(object)  # the plan: SortPlan or KeywordPlan

    def __init__(self, context: AppContext, warning: str, parent: QWidget | None) -> None:
        super().__init__(parent)
        self._context = context
        self.plan: Any = None
        self.warning = wrapped(warning, Size.BODY, role="warn")
        self.warning.setVisible(bool(warning))
        self.note, self.problem = wrapped("", Size.BODY), wrapped("", Size.BODY, role="bad")
        self.go = button("", self._decide, kind="primary")
        self.go.setDefault(True)  # else Enter in a field would press Cancel
        QShortcut("Ctrl+Return", self, self.go.click, autoRepeat=False)  # or no other
        self.buttons = row(None, button(self.tr("Cancel"), self.reject), self.go, spacing=Space.S)
        self.soon = timer(self, _SOON_MS, self.ask)
        self.finished.connect(self._on_finished)

    def make_table(self, first: Column, name: str) -> None:
        """Make the table of what the plan counts: `first` is the column beside the number of photos."""
        columns = first, Column(self.tr("Photos"), lambda pair: count(pair[1]), _COUNT_WIDTH, is_number=True)
        self.counts = ColumnModel(columns, self)
        self.table = table_of(self.counts, columns, name, is_framed=True)

    def make(self) -> Callable[[], Any]:
        """What makes the plan, for a worker thread."""
        raise NotImplementedError

    def show_plan(self) -> None:
        """Show the plan, or that there is none."""
        plan = self.plan
        self.counts.fill(sorted(plan.counts().items()) if plan is not None else [])
        skipped = plan.skipped if plan is not None else ()
        why = f" ({visible(skipped[0].path.name)}: {why_skipped(skipped[0])})" if skipped else ""
        self.note.setText(self.left_alone(len(skipped)) + why)
        self.note.setToolTip(tip(*(f"{file.path}: {why_skipped(file)}" for file in skipped[:12])))
        self.note.setVisible(bool(skipped))
        self.problem.setVisible(bool(self.problem.text()))
        self.go.setEnabled(plan is not None and bool(plan.steps))

    def left_alone(self, number: int) -> str:
        """How many photos the plan leaves as they are, in words."""
        raise NotImplementedError

    @Slot()
    def wait(self) -> None:
        """The plan is not so any more: another one is made once the user rests."""
        self._drop_plan()
        self.soon.start()

    @Slot()
    def ask(self) -> None:
        make = self.make()
        self._drop_plan()
        operation = self._context.background.look_up(lambda job: make())
        operation.success(self._on_plan).failure(self._on_failed)

    def _drop_plan(self) -> None:
        self._context.background.abandon(self._on_plan)
        self.plan = None
        self.go.setEnabled(False)

    def _on_plan(self, plan: object) -> None:
        self.plan = plan
        self.problem.clear()
        self.show_plan()

    def _on_failed(self, failure: WorkFailure) -> None:
        self.problem.setText(failure.message)
        self.show_plan()

    @Slot()
    def _decide(self) -> None:
        self.decided.emit(self.plan)
        self.accept()

    @Slot()
    def _on_finished(self) -> None:
        self._context.background.abandon(self._on_plan)
        self.deleteLater()


class KeywordSheet(PlanSheet):
    """Below which branch the keywords stand, and which ones so many photos would get."""

    def __init__(self, context: AppContext, plan: Callable[..., object], warning: str, parent: QWidget) -> None:
        """`plan` is called with `branch` and `otherwise`."""
        super().__init__(context, warning, parent)
        self._plan = plan
        self.setWindowTitle(self.tr("Write keywords"))
        keyword = Column(self.tr("Keyword"), lambda pair: visible(pair[0]) or self.tr("(taken away)"))
        self.make_table(keyword, self.tr("Keywords and how many photos get them"))
        open_with(self, 560, 520)
        title = set_type(QLabel(self.tr("Write the classes as keywords for other programs")), Size.STRONG, strong=True)
        about = wrapped(
            self.tr("They go into a file beside each photo (.xmp). The photos stay as they are."), Size.BODY
        )
        self.branch = QLineEdit(placeholderText=self.tr("Such as Animals/Birds"))
        self.otherwise = QLineEdit(placeholderText=self.tr("None"))
        fields = ((self.tr("Below the keyword"), self.branch), (self.tr("Unsure, none of these"), self.otherwise))
        for name, field in fields:
            field.setAccessibleName(name)
            field.textChanged.connect(self.wait)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        asked = row(*((column(QLabel(name), field, spacing=Space.XS), 1) for name, field in fields), spacing=Space.M)
        parts = (title, about, self.warning, asked, (self.table, 1), self.note, self.problem, self.buttons)
        column(*parts, spacing=Space.M, margins=SHEET_MARGINS, of=self)
        self.show_plan()
        self.ask()

    def make(self) -> Callable[[], object]:
        return partial(self._plan, branch=self.branch.text(), otherwise=self.otherwise.text())

    def left_alone(self, number: int) -> str:
        return self.tr("Left alone: {n}").format(n=count(number))

    def show_plan(self) -> None:
        super().show_plan()
        text = self.tr("Write for {photos}").format(photos=words.photos(len(self.plan.steps) if self.plan else 0))
        self.go.setText(text if self.go.isEnabled() else self.tr("Write"))


_SIDE, _SOME, _ROW = 72, 6, 28  # pixels of a picture, how many of a folder, and pixels of a row


class SortSheet(PlanSheet):
    """Into which folder photos are sorted, copied or moved, and what would go where."""

    def __init__(
        self,
        context: AppContext,
        answers: Sequence[PhotoAnswer],
        names: Mapping[int, str],
        sources: Sequence[Path],
        warning: str,
        parent: QWidget,
    ) -> None:
        super().__init__(context, warning, parent)
        self.setWindowTitle(self.tr("Sort into folders"))
        folder = Column(self.tr("Folder"), lambda pair: visible(pair[0]))
        self.make_table(folder, self.tr("Folders and how many photos they would get"))
        self._answers, self._names, self._sources = tuple(answers), dict(names), tuple(sources)
        self._target = self._free_folder()
        open_with(self, 560, 620)
        title = set_type(QLabel(self.tr("Sort the photos into a folder for each class")), Size.STRONG, strong=True)
        self.place = ElidedLabel()
        self.choose = button(self.tr("Choose a folder"), self.choose_target)
        self.copy = QRadioButton(self.tr("Copy: the photos stay where they are"))
        self.move_them = QRadioButton(self.tr("Move: can be undone"))
        self.copy.setChecked(True)
        self.move_them.toggled.connect(self.ask)
        self.unsure = QCheckBox()
        self.unsure.setChecked(True)
        self.limit = QSlider(Qt.Orientation.Horizontal)
        self.limit.setRange(0, 100)
        self.limit.setValue(round(100 * self._context.settings.value.unsure_below))
        self.limit.setAccessibleName(self.tr("Unsure below, in per cent"))
        self._show_limit()
        self.limit.valueChanged.connect(self._show_limit)
        self.limit.valueChanged.connect(self.wait)
        self.unsure.toggled.connect(self.limit.setEnabled)
        self.unsure.toggled.connect(self.ask)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.table.verticalHeader().setDefaultSectionSize(_ROW)
        self.table.selectionModel().currentRowChanged.connect(self._show_some)
        source = ThumbnailSource(self._context, _SIDE, read=read_files, parent=self)
        self.some = [Picture(source, None) for _ in range(_SOME)]
        self.about = set_type(ElidedLabel(), Size.CAPTION, role="muted")
        where = row((self.place, 1), self.choose, spacing=Space.S)
        unsure = column(self.unsure, self.limit, spacing=Space.S)  # beside its words the slider had no room
        photos = column(self.about, row(*self.some, None, spacing=Space.XS), spacing=Space.XS)
        parts = (
            title,
            self.warning,
            where,
            self.copy,
            self.move_them,
            unsure,
            (self.table, 1),
            photos,
            self.note,
            self.problem,
        )
        column(*parts, self.buttons, spacing=Space.M, margins=SHEET_MARGINS, of=self)
        self.copy.setFocus()  # Enter copies
        self.show_plan()
        self.ask()

    def _free_folder(self) -> Path:
        """A name beside the photos that nothing has yet."""
        photos = self._sources[0]
        folder = photos.parent if photos.suffix.lower() in PHOTO_SUFFIXES else photos
        first = folder.parent / self.tr("{name} sorted").format(name=folder.name)
        others = (first.with_name(f"{first.name} {number}") for number in itertools.count(2))
        return next(path for path in itertools.chain([first], others) if not os.path.lexists(path))

    @Slot()
    def choose_target(self) -> None:
        title = self.tr("Sort into which folder? Name a new one, or choose an empty one")
        target = forms.export_folder(self, title, self._target)
        if target is not None:
            self._target = target
            self.ask()

    def make(self) -> Callable[[], sort_photos.SortPlan]:
        return partial(
            sort_photos.plan_sort,
            self._answers,
            self._names,
            self._target,
            sources=self._sources,
            move=self.move_them.isChecked(),
            unsure_below=self.limit.value() / 100 if self.unsure.isChecked() else 0.0,
        )

    @Slot()
    def _show_limit(self) -> None:
        below = self.limit.value()
        unsure = sum(answer.is_unsure(below / 100) for answer in self._answers)
        text = self.tr("Unsure ones (below {limit}) into a folder of their own: {n}")
        self.unsure.setText(text.format(limit=percent(below, digits=0), n=count(unsure)))

    @Slot()
    def _show_some(self) -> None:
        """Some photos of the folder that is chosen in the table."""
        place = self.table.currentIndex().row()
        folder = self.counts.rows[place][0] if 0 <= place < self.counts.rowCount() else ""
        steps = self.plan.steps if self.plan is not None else ()
        keys = [step.source for step in steps if step.folder == folder and not step.is_sidecar][:_SOME]
        self.about.setText(self.tr("Some photos of {folder}").format(folder=visible(folder)) if keys else "")
        for picture, key in itertools.zip_longest(self.some, keys):
            picture.show_key(key)
            picture.setAccessibleName(visible(Path(key).name) if key else "")
            picture.setVisible(bool(key))

    def left_alone(self, number: int) -> str:
        text = self.tr("1 photo stays where it is") if number == 1 else self.tr("{n} photos stay where they are")
        return text.format(n=count(number))

    def show_plan(self) -> None:
        target, is_move = self._target, self.move_them.isChecked()
        self.place.setText(visible(str(target)))
        self.place.setToolTip(tip(str(target)))
        place = max(self.table.currentIndex().row(), 0)
        super().show_plan()
        self.table.setCurrentIndex(self.counts.index(min(place, self.counts.rowCount() - 1), 0))
        self._show_some()
        text = self.tr("Move") if is_move else self.tr("Copy")
        if self.go.isEnabled():
            text = self.tr("Move {photos}") if is_move else self.tr("Copy {photos}")
            if self.focusWidget() is self.choose:  # also where the dialog has not given the window back yet
                self.go.setFocus()
        self.go.setText(text.format(photos=words.photos(self.plan.counts().total() if self.plan is not None else 0)))
