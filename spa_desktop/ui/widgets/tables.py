"""Tables that are described by their columns: titles, texts, order, alignment, colours and widths."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QAbstractItemModel, QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtWidgets import QFrame, QHeaderView, QTableView

from spa_desktop.ui.plain_text import tip
from spa_desktop.ui.style.theme import class_style, theme
from spa_desktop.ui.widgets.plots import swatch

SORT_ROLE = Qt.ItemDataRole.UserRole + 1

Index = QModelIndex | QPersistentModelIndex
_OfRow = Callable[[Any], Any]


@dataclass(frozen=True)
class Column:
    """What one column says of a row. The functions get the row as it was given to the model.

    Attributes:
        title: in the header.
        text: of a row's cell.
        width: in pixels; 0 of the column that takes what the others leave.
        is_number: it stands at the right.
        hint: tooltip of the header.
        order: what a row is sorted by.
        color: number of the class whose marker stands before the text; None for no marker.
        role: name of the text's colour in the theme; None for the usual one.
        tip: tooltip of a cell, "" for none.
    """

    title: str
    text: _OfRow
    width: int = 0
    is_number: bool = False
    hint: str = ""
    order: _OfRow | None = None
    color: _OfRow | None = None
    role: _OfRow | None = None
    tip: _OfRow | None = None

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
        """Show other rows."""
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


def table_of(model: QAbstractItemModel, columns: Sequence[Column], name: str, *, is_framed: bool = False) -> QTableView:
    """A table, as wide as its columns say.

    Args:
        model: with these columns, or one that sorts it.
        columns: for their widths.
        name: for screen readers.
        is_framed: it has a frame of its own; one on a card has none.
    """
    table = QTableView(showGrid=False, wordWrap=False)
    table.setModel(model)
    table.setAccessibleName(name)
    table.setSelectionBehavior(QTableView.SelectionBehavior.SelectRows)
    table.setTextElideMode(Qt.TextElideMode.ElideMiddle)
    table.setTabKeyNavigation(False)
    if not is_framed:
        table.setFrameShape(QFrame.Shape.NoFrame)
        table.setStyleSheet("QTableView { border: none; }")
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
