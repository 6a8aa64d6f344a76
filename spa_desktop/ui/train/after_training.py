"""After a training: what it knows now, and what the old classes lost."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QHeaderView, QLabel, QTableView, QVBoxLayout, QWidget

from spa_desktop.ui.app_state.contents import shown_name
from spa_desktop.ui.style.theme import Size, Space, class_style, set_type, theme
from spa_desktop.ui.widgets import plural_words
from spa_desktop.ui.widgets.number_words import LITTLE, count, duration, percent, points, points_role
from spa_desktop.ui.widgets.plots import swatch
from spa_desktop.ui.widgets.what_is_this import WhatIsThis
from spa_desktop.workbench.task_outcome import ClassChange, Outcome

_Index = QModelIndex | QPersistentModelIndex


class ChangeModel(QAbstractTableModel):
    """What the classes that were known before lost or won, in points."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.changes: Sequence[ClassChange] = ()

    def fill(self, changes: Sequence[ClassChange]) -> None:
        self.beginResetModel()
        self.changes = changes
        self.endResetModel()

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own default
        return 0 if parent.isValid() else len(self.changes)

    def columnCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else 5

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            names = (
                self.tr("Old class"),
                self.tr("Test photos"),
                self.tr("Before"),
                self.tr("Now"),
                self.tr("Forgotten, points"),
            )
            return names[section]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _alignment(section)
        return None

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        change, column = self.changes[index.row()], index.column()
        if role == Qt.ItemDataRole.DisplayRole:
            cells = (
                shown_name(change.name),
                count(change.photos),
                percent(change.before),
                percent(change.after),
                points(change.lost),
            )
            return cells[column]
        if role == Qt.ItemDataRole.DecorationRole and column == 0:
            return swatch(class_style(change.color))
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _alignment(column)
        if role == Qt.ItemDataRole.ForegroundRole and column == 4 and change.lost is not None:
            return theme().color(points_role(change.lost))
        return None


def _alignment(column: int) -> Qt.AlignmentFlag:
    side = Qt.AlignmentFlag.AlignLeft if column == 0 else Qt.AlignmentFlag.AlignRight
    return side | Qt.AlignmentFlag.AlignVCenter


class OutcomeView(QWidget):
    """The new accuracy large, in words what it took, and the old classes in a table."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.figure = set_type(QLabel(), Size.FIGURE, strong=True)
        self.figure.setToolTip(self.tr("Test photos answered right, of all test photos of the classes it knows"))
        self.headline = set_type(QLabel(), Size.STRONG, strong=True)
        self.details = set_type(QLabel(), Size.BODY, role="muted")
        self.forgotten = set_type(QLabel(), Size.BODY)
        self.earlier = set_type(QLabel(), Size.CAPTION, role="muted")
        for label in (self.headline, self.details, self.forgotten, self.earlier):
            label.setWordWrap(True)
            label.setTextFormat(Qt.TextFormat.PlainText)
        card = QFrame()
        card.setProperty("card", True)
        words = QVBoxLayout()
        words.setSpacing(Space.XS)
        for label in (self.headline, self.details, self.forgotten, self.earlier):
            words.addWidget(label)
        row = QHBoxLayout(card)
        row.setContentsMargins(Space.L, Space.L, Space.L, Space.L)
        row.setSpacing(Space.XL)
        row.addWidget(self.figure, 0, Qt.AlignmentFlag.AlignVCenter)
        row.addLayout(words, 1)
        row.addWidget(WhatIsThis("accuracy after"), 0, Qt.AlignmentFlag.AlignTop)
        self.model = ChangeModel(self)
        self.table = QTableView()
        self.table.setModel(self.model)
        self.table.setAccessibleName(self.tr("What was forgotten of the old classes"))
        self.table.setSelectionBehavior(QTableView.SelectionBehavior.SelectRows)
        self.table.setShowGrid(False)
        self.table.setTabKeyNavigation(False)
        self.table.verticalHeader().hide()
        header = self.table.horizontalHeader()
        header.setHighlightSections(False)
        header.setMinimumSectionSize(104)
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(Space.L)
        column.addWidget(card)
        column.addWidget(self.table, 1)
        column.addStretch(0)

    def show_outcome(self, outcome: Outcome, earlier: Sequence[Outcome] = ()) -> None:
        """Show what came of a training, and in a line what those before it in the queue gave."""
        self.figure.setText(percent(outcome.accuracy))
        learned = (
            (outcome.learned, self.tr("Learned {names}")),
            (outcome.topped_up, self.tr("More photos of {names}")),
            (outcome.again, self.tr("Learned again: {names}")),
        )
        said = [words.format(names=", ".join(map(shown_name, names))) for names, words in learned if names]
        self.headline.setText(". ".join(said))
        parts = []
        if outcome.accuracy is None:
            parts.append(self.tr("There are no test photos, so nothing could be checked."))
        else:
            one, more = self.tr("right on 1 test photo"), self.tr("right on {n} test photos")
            parts.append(one if outcome.tests == 1 else more.format(n=count(outcome.tests)))
            if outcome.accuracy_new is not None and outcome.changes:
                parts.append(self.tr("new classes {share}").format(share=percent(outcome.accuracy_new)))
        parts.append(
            self.tr("{photos} in {time}").format(
                photos=plural_words.photos(outcome.photos), time=duration(outcome.seconds)
            )
        )
        self.details.setText(" · ".join(parts))
        self._say_forgotten(outcome.changes)
        self.earlier.setText(
            self.tr("Before it: {tasks}").format(
                tasks=", ".join(f"{one.task} {percent(one.accuracy)}" for one in earlier)
            )
        )
        self.earlier.setVisible(bool(earlier))
        self.model.fill(outcome.changes)
        self.table.setVisible(bool(outcome.changes))

    def _say_forgotten(self, changes: Sequence[ClassChange]) -> None:
        worse = [one for one in changes if one.lost is not None and one.lost >= LITTLE]
        if not changes:
            text, role = "", "text"
        elif not worse:
            text, role = self.tr("Nothing of the old classes was forgotten."), "good"
        else:
            text = self.tr(
                "Something was forgotten of {n} of {all} old classes; most of {name}: {points} points."
            ).format(
                n=len(worse),
                all=len(changes),
                name=shown_name(worse[0].name),
                points=points(worse[0].lost),
            )
            role = "warn"
        self.forgotten.setText(text)
        self.forgotten.setVisible(bool(text))
        self.forgotten.setProperty("role", role)
        self.forgotten.style().polish(self.forgotten)
