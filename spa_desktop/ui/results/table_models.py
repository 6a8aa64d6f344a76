"""Item models of the Results page: confusions, accuracy matrix, classes."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from spa_desktop.ui.plain_text import tip
from spa_desktop.ui.results.results_report import Report
from spa_desktop.ui.style.theme import class_style, theme
from spa_desktop.ui.widgets.plots import swatch
from spa_desktop.ui.widgets.words import count, percent, points, points_role

HEAT_ROLE = Qt.ItemDataRole.UserRole  # (share 0..1, name of a colour's role)
SORT_ROLE = Qt.ItemDataRole.UserRole + 1

_Index = QModelIndex | QPersistentModelIndex


class ReportModel(QAbstractTableModel):
    """A table of a report."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.report: Report | None = None

    def fill(self, report: Report | None) -> None:
        """Show another report."""
        self.beginResetModel()
        self.report = report
        self.endResetModel()


class ConfusionModel(ReportModel):
    """Row: what a photo is; column: what it was taken for."""

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own default
        return len(self.report.classes) if self.report and not parent.isValid() else 0

    def columnCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008
        return self.rowCount(parent)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if self.report is None or section >= len(self.report.classes):
            return None
        one = self.report.classes[section]
        if role == Qt.ItemDataRole.DisplayRole:
            return one.name
        if role == Qt.ItemDataRole.ToolTipRole:
            return tip(one.name)
        if role == Qt.ItemDataRole.DecorationRole and orientation == Qt.Orientation.Vertical:
            return swatch(class_style(one.color))
        return None

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if self.report is None or not index.isValid():
            return None
        row, column = index.row(), index.column()
        value = self.report.confusion[row][column]
        if role == Qt.ItemDataRole.DisplayRole:
            return str(value) if value else ""
        if role == HEAT_ROLE:
            total = sum(self.report.confusion[row])
            return (value / total if total else 0.0), ("accent" if row == column else "bad")
        if role in (Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleTextRole):
            names = self.report.classes
            text = self.tr("Photos of {truth}, taken for {answer}: {n}")
            if row == column:
                text = self.tr("Photos of {truth}, answered right: {n}")
            text = text.format(n=value, truth=names[row].name, answer=names[column].name)
            return tip(text) if role == Qt.ItemDataRole.ToolTipRole else text
        return None


class MatrixModel(ReportModel):
    """Row: after which task; column: accuracy on which task."""

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own default
        return len(self.report.tasks) if self.report and not parent.isValid() else 0

    def columnCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008
        return self.rowCount(parent)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if self.report is None or section >= len(self.report.tasks):
            return None
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            name = self.report.tasks[section]
            if orientation == Qt.Orientation.Vertical:
                name = self.tr("after {task}").format(task=name)
            return tip(name) if role == Qt.ItemDataRole.ToolTipRole else name
        return None

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if self.report is None or not index.isValid():
            return None
        row, column = index.row(), index.column()
        value = self.report.matrix[row][column]
        if role == Qt.ItemDataRole.DisplayRole:
            return "" if value is None else f"{value:.1f}"
        if role == HEAT_ROLE:
            # Accuracies are mostly high: the square spreads the upper end.
            return (0.0 if value is None else (value / 100) ** 2), "accent"
        if role in (Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleTextRole) and value is not None:
            tasks = self.report.tasks
            text = self.tr("After {stage}: {share} of the test photos of {task} are right").format(
                stage=tasks[row], share=percent(value), task=tasks[column]
            )
            return tip(text) if role == Qt.ItemDataRole.ToolTipRole else text
        return None


class ClassTableModel(ReportModel):
    """One row a class; sorts by `SORT_ROLE`."""

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own default
        return len(self.report.classes) if self.report and not parent.isValid() else 0

    def columnCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else 5

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation != Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            names = (self.tr("Class"), self.tr("Task"), self.tr("Photos"), self.tr("Accuracy"), self.tr("Forgotten"))
            return names[section]
        if role == Qt.ItemDataRole.ToolTipRole:
            hints = {
                2: self.tr("Photos learned from + photos checked on"),
                3: self.tr("Test photos of the class that were answered right"),
                4: self.tr(
                    "Points: accuracy right after it was learned, less what it is now. Below zero it became better."
                ),
            }
            return tip(hints[section]) if section in hints else None
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _alignment(section)
        return None

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if self.report is None or not index.isValid():
            return None
        one, column = self.report.classes[index.row()], index.column()
        if role == Qt.ItemDataRole.DisplayRole:
            photos = f"{count(one.train)} + {count(one.test)}"
            return (one.name, one.task, photos, percent(one.accuracy), points(one.lost))[column]
        if role == SORT_ROLE:
            nothing = float("-inf")
            accuracy = nothing if one.accuracy is None else one.accuracy
            lost = nothing if one.lost is None else one.lost
            return (one.name.casefold(), one.task.casefold(), one.train + one.test, accuracy, lost)[column]
        if role == Qt.ItemDataRole.DecorationRole and column == 0:
            return swatch(class_style(one.color))
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _alignment(column)
        if role == Qt.ItemDataRole.ForegroundRole and column == 4 and one.lost is not None:
            return theme().color(points_role(one.lost))
        return None


def _alignment(column: int) -> Qt.AlignmentFlag:
    side = Qt.AlignmentFlag.AlignLeft if column < 2 else Qt.AlignmentFlag.AlignRight
    return side | Qt.AlignmentFlag.AlignVCenter
