"""Item models of the Results page: confusions, accuracy matrix, classes."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from spa_desktop.ui.plain_text import tip
from spa_desktop.ui.results.results_report import Report
from spa_desktop.ui.style.theme import class_style
from spa_desktop.ui.widgets.plots import swatch
from spa_desktop.ui.widgets.words import percent

HEAT_ROLE = Qt.ItemDataRole.UserRole  # (share 0..1, name of a colour's role)

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
