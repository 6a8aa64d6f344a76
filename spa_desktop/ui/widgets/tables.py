"""Tables that are described by their columns: titles, texts, order, alignment, colours and widths."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import (
    QAbstractItemModel,
    QAbstractTableModel,
    QCoreApplication,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    Slot,
)
from PySide6.QtGui import QGuiApplication, QPalette
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHeaderView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from spa_desktop.errors import without_path
from spa_desktop.project import Skipped
from spa_desktop.project.records import ClassRecord
from spa_desktop.ui.plain_text import reason_text, tip
from spa_desktop.ui.style.theme import SHEET_MARGINS, Size, Space, class_style, theme
from spa_desktop.ui.widgets import forms, words
from spa_desktop.ui.widgets.labels import wrapped
from spa_desktop.ui.widgets.plots import swatch
from spa_desktop.ui.widgets.words import count, listed
from spa_desktop.visible import visible
from spa_desktop.workbench.evaluating import ClassOfTwo, Comparison

SORT_ROLE = Qt.ItemDataRole.UserRole + 1

Index = QModelIndex | QPersistentModelIndex
_OfRow = Callable[[Any], Any]


@dataclass(frozen=True)
class Column:
    """What one column says of a row. The functions get the row as it was given to the model."""

    title: str  # in the header
    text: _OfRow  # of a row's cell
    width: int = 0  # in pixels; 0 of the column that takes what the others leave
    is_number: bool = False  # it stands at the right
    hint: str = ""  # tooltip of the header
    order: _OfRow | None = None  # what a row is sorted by
    color: _OfRow | None = None  # number of the class whose marker stands before the text; None for no marker
    role: _OfRow | None = None  # name of the text's colour in the theme; None for the usual one
    tip: _OfRow | None = None  # tooltip of a cell, "" for none

    def data(self, row: Any, role: int) -> Any:
        """What Qt asks of a row's cell."""
        if role == Qt.ItemDataRole.DisplayRole:
            return self.text(row)
        if role == SORT_ROLE and self.order:
            return self.order(row)
        if role == Qt.ItemDataRole.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignRight if self.is_number else Qt.AlignmentFlag.AlignLeft
            return side | Qt.AlignmentFlag.AlignVCenter
        if role == Qt.ItemDataRole.DecorationRole and self.color and (number := self.color(row)) is not None:
            return swatch(class_style(number))
        if role == Qt.ItemDataRole.ForegroundRole and self.role and (name := self.role(row)):
            return theme().color(name)
        if role == Qt.ItemDataRole.ToolTipRole and self.tip:
            return tip(self.tip(row)) or None
        return None


def header_data(columns: Sequence[Column], section: int, orientation: Qt.Orientation, role: int) -> Any:
    """What Qt asks of the header over columns."""
    if orientation != Qt.Orientation.Horizontal:
        return None
    column = columns[section]
    if role == Qt.ItemDataRole.ToolTipRole:
        return tip(column.hint) or None
    if role == Qt.ItemDataRole.DisplayRole:
        return column.title
    return column.data(None, role) if role == Qt.ItemDataRole.TextAlignmentRole else None


class ColumnModel(QAbstractTableModel):
    """Rows that columns describe."""

    def __init__(self, columns: Sequence[Column], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.columns = columns
        self.rows: Sequence[Any] = ()

    def fill(self, rows: Sequence[Any]) -> None:
        self.beginResetModel()
        self.rows = rows
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own default
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.columns)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        return header_data(self.columns, section, orientation, role)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        return self.columns[index.column()].data(self.rows[index.row()], role) if index.isValid() else None


class _Cells(QStyledItemDelegate):
    """Cells whose texts are grey in a table that is disabled, whatever colour their column gives them."""

    def initStyleOption(self, option: QStyleOptionViewItem, index: Index) -> None:
        super().initStyleOption(option, index)
        if not option.state & QStyle.StateFlag.State_Enabled:
            option.palette.setColor(QPalette.ColorRole.Text, theme().color("faint"))


def table_of(model: QAbstractItemModel, columns: Sequence[Column], name: str, *, is_framed: bool = False) -> QTableView:
    """A table as wide as its columns say, of their model or one that sorts it; on a card it has no frame of its own."""
    table = QTableView(showGrid=False, wordWrap=False)
    table.setModel(model)
    table.setItemDelegate(_Cells(table))
    table.setAccessibleName(name)
    table.setSelectionBehavior(QTableView.SelectionBehavior.SelectRows)
    table.setTextElideMode(Qt.TextElideMode.ElideMiddle)
    table.setTabKeyNavigation(False)
    if not is_framed:
        table.setProperty("kind", "bare")
    table.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    table.verticalHeader().hide()
    header = table.horizontalHeader()
    header.setHighlightSections(False)
    for place, column in enumerate(columns):
        header.setSectionResizeMode(
            place, QHeaderView.ResizeMode.Fixed if column.width else QHeaderView.ResizeMode.Stretch
        )
        if column.width:
            header.resizeSection(place, column.width)
    return table


Change = tuple[ClassOfTwo, ClassRecord]


def by_loss(comparison: Comparison, find_class: Callable[[int], ClassRecord | None]) -> list[Change]:
    """What lost most first, then what one of the two did not know, then what won most; what stayed comes last."""

    def order(row: Change) -> float:
        points = row[0].difference
        return 0.0 if points is None else points if points < 0 else 1000.0 - points

    rows = ((class_, record) for class_ in comparison.classes if (record := find_class(class_.class_id)) is not None)
    return sorted(rows, key=order)


def table_of_changes(first: str, second: str, name: str, parent: QWidget) -> tuple[ColumnModel, QTableView]:
    """A table of :data:`Change`, and its model: class, both states by their names, range of the second, difference."""
    translate = QCoreApplication.translate

    def about(place: int) -> _OfRow:
        unknown = translate("CompareView", "The class was not known then")
        return lambda row: words.about_range(row[0].accuracies[place]) or unknown

    def range_of(row: Change) -> str:
        return words.range_of(row[0].accuracies[1]) if row[0].second is not None else ""

    columns = (
        Column(translate("CompareView", "Class"), lambda row: row[1].name, color=lambda row: row[1].color),
        Column(first, lambda row: words.counted(row[0].accuracies[0]), 84, is_number=True, tip=about(0)),
        Column(second, lambda row: words.counted(row[0].accuracies[1]), 84, is_number=True, tip=about(1)),
        Column(translate("CompareView", "Range"), range_of, 96, is_number=True, tip=about(1), role=lambda _: "muted"),
        Column(
            translate("CompareView", "Difference"),
            lambda row: words.difference(row[0].difference, row[0].photos),
            100,
            is_number=True,
            role=lambda row: None if row[0].difference is None else words.points_role(-row[0].difference),
        ),
    )
    model = ColumnModel(columns, parent)
    return model, table_of(model, columns, name)


_REPORT_SIZE = (840, 420)
_FILE_WIDTH = 200
_MOST_ROWS = 1000  # more is no reading; Copy gives all


class SkipReport(QDialog):
    """What was left out of an import or of a pile: a table of files and reasons, to read or to copy."""

    def __init__(self, skipped: Sequence[Skipped], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        alike = partial(why_skipped, why="", name=self.tr("another one"))
        reasons = Counter(map(alike, skipped)).most_common()
        order = {reason: place for place, (reason, _) in enumerate(reasons)}
        # Names of one reason stand together.
        self._skipped = tuple(sorted(skipped, key=lambda file: order[alike(file)]))
        self.setWindowTitle(self.tr("Skipped files"))
        self.resize(*_REPORT_SIZE)
        summary = listed(f"{count(number)} × {reason}" for reason, number in reasons[:4])
        self.summary = wrapped(summary, Size.BODY)
        path = lambda file: visible(str(file.path))  # noqa: E731
        name = lambda file: visible(str(Path(*file.path.parts[-2:])))  # noqa: E731
        columns = (
            Column(self.tr("File"), name, _FILE_WIDTH, tip=path),
            Column(self.tr("Why"), partial(why_skipped, why=""), tip=why_skipped),
        )
        self.model = ColumnModel(columns, self)
        self.model.fill(self._skipped[:_MOST_ROWS])
        table = table_of(self.model, columns, self.tr("Skipped files"), is_framed=True)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        copy = buttons.addButton(self.tr("Copy"), QDialogButtonBox.ButtonRole.ActionRole)
        copy.clicked.connect(self.copy)
        buttons.rejected.connect(self.reject)
        forms.column(self.summary, (table, 1), buttons, spacing=Space.M, margins=SHEET_MARGINS, of=self)

    @Slot()
    def copy(self) -> None:
        """Put all of it on the clipboard, a line a file."""
        lines = [f"{visible(str(file.path))}\t{why_skipped(file)}" for file in self._skipped]
        QGuiApplication.clipboard().setText("\n".join(lines))


def why_skipped(file: Skipped, **fields: str) -> str:
    """Why, in the window's language, to stand behind the file's name; with `fields` in place of those of the reason."""
    it = QCoreApplication.translate("errors", "it")
    return reason_text(without_path(file.reason, file.path, **{"path": it, **fields}))
