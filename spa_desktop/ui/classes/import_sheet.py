"""The sheet that shows what will be added before it is: folders, names, counts, task, held-out share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QPushButton,
    QSpinBox,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from spa_desktop.errors import InputError
from spa_desktop.project import FoundClasses, Skipped, clean_name
from spa_desktop.project.class_names import next_task_name
from spa_desktop.ui.app_state.context import AppContext
from spa_desktop.ui.background.work import WorkFailure
from spa_desktop.ui.classes.folder_finding import find
from spa_desktop.ui.classes.found_folders_model import FOLDER, NAME, NOTE, PHOTOS, TESTS, FoundModel
from spa_desktop.ui.classes.skip_report import SkipReport
from spa_desktop.ui.page import primary
from spa_desktop.ui.style.theme import Size, Space, set_type
from spa_desktop.ui.widgets import plural_words
from spa_desktop.ui.widgets.number_words import count

_SIZE = (860, 520)
_ROW = 32
_WIDTHS = {NAME: 184, PHOTOS: 76, TESTS: 76, NOTE: 200}


@dataclass(frozen=True)
class Addition:
    """What the person decided.

    Attributes:
        found: the classes, with the names they will get.
        task: where new classes go; None if there are none.
        top_up: some photos go to classes that the project has.
        test_share: 0 to 1.
    """

    found: FoundClasses
    task: str | None
    top_up: bool
    test_share: float


class AddSheet(QDialog):
    """Looks into the folders in the background, shows what is there, and says what was decided."""

    decided = Signal(object)  # Addition

    def __init__(
        self, context: AppContext, paths: Sequence[Path], class_name: str | None = None, parent: QWidget | None = None
    ) -> None:
        """Open with `open()`.

        Args:
            context: with a project.
            paths: folders, or photos that go to the class `class_name`.
            class_name: see `paths`; None gives photos a class named after their folder.
            parent: as always.
        """
        super().__init__(parent)
        self._context = context
        self._skipped: tuple[Skipped, ...] = ()
        self.setWindowTitle(self.tr("Add photos"))
        self.resize(*_SIZE)
        self.model = FoundModel(self)
        self._build()
        self.model.dataChanged.connect(self._refresh)
        self.state.setText(self.tr("Looking into the folders..."))
        chosen = list(paths)
        self._handle = context.background.start(
            self.tr("Looking into the folders"),
            lambda job: find(chosen, class_name, job),
            done=self._on_found,
            failed=self._on_failed,
            lane="read",
            is_quiet=True,
        )
        self.finished.connect(self._on_finished)

    def _build(self) -> None:
        self.title = set_type(QLabel(self.tr("What will be added")), Size.STRONG, strong=True)
        self.state = set_type(QLabel(), Size.BODY, role="muted")
        self.state.setWordWrap(True)
        self.state.setTextFormat(Qt.TextFormat.PlainText)
        self.skips = QPushButton()
        self.skips.setProperty("kind", "link")
        self.skips.clicked.connect(self._show_skips)
        self.skips.hide()
        self.table = QTableView()
        self.table.setModel(self.model)
        self.table.setAccessibleName(self.tr("Folders that were found"))
        self.table.setShowGrid(False)
        self.table.setWordWrap(False)
        self.table.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.table.verticalHeader().hide()
        self.table.verticalHeader().setDefaultSectionSize(_ROW)
        self.table.setSelectionBehavior(QTableView.SelectionBehavior.SelectRows)
        self.table.setTabKeyNavigation(False)
        for column, width in _WIDTHS.items():
            self.table.setColumnWidth(column, width)
        self.table.horizontalHeader().setSectionResizeMode(FOLDER, QHeaderView.ResizeMode.Stretch)
        self.table.horizontalHeader().setHighlightSections(False)
        self.task = QComboBox()
        self.task.setEditable(True)
        self.task.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.task.setAccessibleName(self.tr("Task of the new classes"))
        self.task.setMinimumWidth(200)
        self.task.currentTextChanged.connect(self._refresh)
        self.share = QSpinBox()
        self.share.setRange(0, 50)
        self.share.setSuffix(" %")
        self.share.setValue(round(100 * self._context.settings.value.test_share))
        self.share.setAccessibleName(self.tr("Photos held out for testing"))
        self.share.valueChanged.connect(self._on_share)
        self.problem = set_type(QLabel(), Size.BODY, role="bad")
        self.problem.setWordWrap(True)
        self.add = primary(QPushButton(self.tr("Add")))
        self.add.setDefault(True)
        self.add.clicked.connect(self._decide)
        self.cancel = QPushButton(self.tr("Cancel"))
        self.cancel.clicked.connect(self.reject)
        top = QHBoxLayout()
        top.addWidget(self.state, 1)
        top.addWidget(self.skips)
        options = QHBoxLayout()
        options.setSpacing(Space.S)
        for label, field in ((self.tr("Task"), self.task), (self.tr("Held out for testing"), self.share)):
            options.addWidget(QLabel(label))
            options.addWidget(field)
            options.addSpacing(Space.L)
        options.addStretch(1)
        buttons = QHBoxLayout()
        buttons.setSpacing(Space.S)
        buttons.addWidget(self.problem, 1)
        buttons.addWidget(self.cancel)
        buttons.addWidget(self.add)
        column_layout = QVBoxLayout(self)
        column_layout.setContentsMargins(Space.XL, Space.XL, Space.XL, Space.L)
        column_layout.setSpacing(Space.M)
        column_layout.addWidget(self.title)
        column_layout.addLayout(top)
        column_layout.addWidget(self.table, 1)
        column_layout.addLayout(options)
        column_layout.addLayout(buttons)
        self._fill_tasks()
        for widget in (self.add, self.task, self.share):
            widget.setEnabled(False)

    def _fill_tasks(self) -> None:
        contents = self._context.contents
        tasks = contents.tasks if contents else ()
        free = [task.name for task in tasks if task.state == "new"]
        new = next_task_name({task.name for task in tasks})
        # As the engine does by itself: the last task, if it is not trained yet.
        if tasks and tasks[-1].state == "new":
            free.remove(tasks[-1].name)
            free.insert(0, tasks[-1].name)
            free.append(new)
        else:
            free.insert(0, new)
        self.task.addItems(free)
        self.task.setCurrentIndex(0)

    @Slot(object)
    def _on_found(self, found: FoundClasses) -> None:
        contents = self._context.contents
        known = frozenset(contents.stored_names.values()) if contents else frozenset()
        self._skipped = found.skipped
        self.model.fill(found.classes, known, self.share.value() / 100)
        self.skips.setText(self.tr("{n} skipped · Show").format(n=count(len(found.skipped))))
        self.skips.setVisible(bool(found.skipped))
        self._refresh()
        self.add.setFocus()

    @Slot(object)
    def _on_failed(self, failure: WorkFailure) -> None:
        self.state.setText("")
        self.problem.setText(failure.message)

    @Slot()
    def _refresh(self) -> None:
        rows = self.model.wanted
        if not self.model.rows:
            return
        photos = sum(len(row.found.files) for row in rows)
        classes = plural_words.classes(len(rows))
        self.state.setText(self.tr("{classes}, {photos}").format(classes=classes, photos=plural_words.photos(photos)))
        self.task.setEnabled(self.model.adds_classes)
        self.task.setToolTip("" if self.model.adds_classes else self.tr("These classes have their task already"))
        self.share.setEnabled(self.model.is_share_used)
        self.share.setToolTip(
            self.tr("These photos are not learned from: they show how good the model is")
            if self.model.is_share_used
            else self.tr("The folders named train and test say which photos are held out")
        )
        problem = self.model.problem() or self._task_problem()
        self.problem.setText(problem)
        self.add.setEnabled(not problem)
        self.add.setText(
            self.tr("Add {photos}").format(photos=plural_words.photos(photos)) if photos else self.tr("Add")
        )

    def _task_problem(self) -> str:
        if not self.model.adds_classes:
            return ""
        try:
            name = clean_name(self.task.currentText())
        except InputError:
            return self.tr("Give the task a name")
        contents = self._context.contents
        if contents and any(task.name == name and task.state == "trained" for task in contents.tasks):
            return self.tr("{name} is trained already: choose another task").format(name=name)
        return ""

    @Slot(int)
    def _on_share(self, value: int) -> None:
        self.model.set_share(value / 100)

    @Slot()
    def _show_skips(self) -> None:
        SkipReport(self._skipped, self).open()

    @Slot()
    def _decide(self) -> None:
        task = clean_name(self.task.currentText()) if self.model.adds_classes else None
        found = self.model.chosen(self._skipped)
        self.decided.emit(Addition(found, task, self.model.tops_up, self.share.value() / 100))
        self.accept()

    @Slot()
    def _on_finished(self) -> None:
        self._handle.cancel()
        self.deleteLater()
