"""What was left out of an import, file by file, with the reason."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from PySide6.QtCore import Slot
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHeaderView,
    QLabel,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from spa_desktop.project import Skipped
from spa_desktop.ui.plain_text import tip
from spa_desktop.ui.style.theme import Size, Space, set_type
from spa_desktop.ui.widgets.number_words import count
from spa_desktop.visible import visible

_SIZE = (720, 420)
_MOST_ROWS = 1000  # more is no reading; Copy gives all


class SkipReport(QDialog):
    """A table of files and reasons, to read or to copy."""

    def __init__(self, skipped: Sequence[Skipped], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._skipped = tuple(skipped)
        self.setWindowTitle(self.tr("Skipped files"))
        self.resize(*_SIZE)
        reasons = Counter(one.reason for one in skipped).most_common(4)
        summary = ", ".join(f"{count(number)} × {visible(reason)}" for reason, number in reasons)
        self.summary = set_type(QLabel(summary), Size.BODY, role="muted")
        self.summary.setWordWrap(True)
        shown = self._skipped[:_MOST_ROWS]
        self.table = QTableWidget(len(shown), 2)
        self.table.setAccessibleName(self.tr("Skipped files"))
        self.table.setHorizontalHeaderLabels([self.tr("File"), self.tr("Why")])
        self.table.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        self.table.setShowGrid(False)
        self.table.verticalHeader().hide()
        for row, one in enumerate(shown):
            for column, text in enumerate((str(one.path), one.reason)):
                item = QTableWidgetItem(visible(text))
                item.setToolTip(tip(text))
                self.table.setItem(row, column, item)
        header = self.table.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        copy = buttons.addButton(self.tr("Copy"), QDialogButtonBox.ButtonRole.ActionRole)
        copy.clicked.connect(self.copy)
        buttons.rejected.connect(self.reject)
        column_layout = QVBoxLayout(self)
        column_layout.setContentsMargins(Space.XL, Space.XL, Space.XL, Space.L)
        column_layout.setSpacing(Space.M)
        column_layout.addWidget(self.summary)
        column_layout.addWidget(self.table, 1)
        column_layout.addWidget(buttons)

    @Slot()
    def copy(self) -> None:
        """Put all of it on the clipboard, a line a file."""
        lines = [f"{visible(str(one.path))}\t{visible(one.reason)}" for one in self._skipped]
        QGuiApplication.clipboard().setText("\n".join(lines))
