"""The phrases of one or two classes as an item model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from spa_desktop.ui.plain_text import tip
from spa_desktop.ui.widgets.number_words import percent

_NOWHERE = QModelIndex()
RowRole = Qt.ItemDataRole.UserRole  # the Row
ShareRole = Qt.ItemDataRole.UserRole + 1  # float 0 to 1, or None


@dataclass(frozen=True)
class Row:
    """A line of the list.

    Attributes:
        text: what it says.
        color: number of the class's hue.
        side: 0 for the class that is explained, 1 for the one it is compared with.
        phrase: which phrase of that class, None for the line with the class's name.
    """

    text: str
    color: int
    side: int
    phrase: int | None


class PhraseModel(QAbstractListModel):
    """Lines: the name of a class, then its phrases, then perhaps those of a second class."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows: list[Row] = []
        self._shares: dict[tuple[int, int], float] = {}

    def show_rows(self, rows: Sequence[Row]) -> None:
        """Show other lines."""
        self.beginResetModel()
        self._rows, self._shares = list(rows), {}
        self.endResetModel()

    def show_shares(self, shares: Sequence[Sequence[float] | None]) -> None:
        """Show how a patch's mass is shared out, by side; None where it is not used. Empty takes the shares away."""
        self._shares = {
            (side, phrase): share for side, of_side in enumerate(shares) for phrase, share in enumerate(of_side or ())
        }
        if self._rows:
            self.dataChanged.emit(self.index(0), self.index(len(self._rows) - 1), [ShareRole])

    def row(self, index: QModelIndex | QPersistentModelIndex) -> Row | None:
        """The line at an index."""
        return self._rows[index.row()] if index.isValid() else None

    def rowCount(self, parent: QModelIndex | QPersistentModelIndex = _NOWHERE) -> int:
        return 0 if parent.isValid() else len(self._rows)

    def flags(self, index: QModelIndex | QPersistentModelIndex) -> Qt.ItemFlag:
        row = self.row(index)
        if row is None or row.phrase is None:
            return Qt.ItemFlag.NoItemFlags
        return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemNeverHasChildren

    def data(self, index: QModelIndex | QPersistentModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        row = self.row(index)
        if row is None:
            return None
        share = None if row.phrase is None else self._shares.get((row.side, row.phrase))
        if role == Qt.ItemDataRole.DisplayRole:
            return row.text
        if role == Qt.ItemDataRole.ToolTipRole:
            return tip(row.text)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return row.text if share is None else f"{row.text}, {percent(100 * share)}"
        if role == RowRole:
            return row
        return share if role == ShareRole else None
