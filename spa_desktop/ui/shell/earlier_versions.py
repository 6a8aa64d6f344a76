"""The versions of a project that are kept beside it: one can be brought back, or what is whole be saved elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import QDateTime, QLocale, Qt, Signal, Slot
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from spa_desktop.ui.app_state.context import AppContext
from spa_desktop.ui.background.work import WorkFailure
from spa_desktop.ui.page import primary
from spa_desktop.ui.plain_text import tip
from spa_desktop.ui.style.theme import Size, Space, set_type
from spa_desktop.visible import visible

_SIZE = (620, 380)
_MEGABYTE = 1_000_000


class EarlierVersions(QDialog):
    """A list of versions. It changes nothing itself: it tells what the person wants."""

    restore_wanted = Signal(object)  # a version, as `spa_desktop.workbench.recovery.versions` gives it
    recover_wanted = Signal()

    def __init__(self, context: AppContext, path: Path, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("Earlier versions"))
        self.resize(*_SIZE)
        self._versions: Sequence[dict[str, Any]] = ()
        name = visible(path.name)
        about = set_type(
            QLabel(
                self.tr(
                    "The last versions of {name} are kept beside it: before it is changed, and before each training. "
                    "When one is brought back, what is there now is kept as a version too."
                ).format(name=name)
            ),
            Size.BODY,
            role="muted",
        )
        about.setWordWrap(True)
        about.setToolTip(tip(str(path)))
        self._none = self.tr("No earlier version of {name} is kept.").format(name=name)
        self.note = set_type(QLabel(self.tr("Looking...")), Size.BODY)
        self.note.setWordWrap(True)
        self.table = QTableWidget(0, 3)
        self.table.setAccessibleName(self.tr("Earlier versions"))
        self.table.setHorizontalHeaderLabels([self.tr("Kept on"), self.tr("What happened next"), self.tr("Size")])
        self.table.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        self.table.setSelectionBehavior(QTableWidget.SelectionBehavior.SelectRows)
        self.table.setSelectionMode(QTableWidget.SelectionMode.SingleSelection)
        self.table.setShowGrid(False)
        self.table.setTabKeyNavigation(False)
        self.table.verticalHeader().hide()
        header = self.table.horizontalHeader()
        header.setHighlightSections(False)
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(1, QHeaderView.ResizeMode.Stretch)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        self.table.hide()
        self.recover = QPushButton(self.tr("Recover what is whole..."))
        self.recover.setToolTip(
            tip(self.tr("Reads a damaged file piece by piece, and saves what is whole in a new one"))
        )
        self.restore = primary(QPushButton(self.tr("Bring back...")))
        self.restore.setEnabled(False)
        close = QPushButton(self.tr("Close"))
        self.recover.clicked.connect(self._recover)
        self.restore.clicked.connect(self._restore)
        close.clicked.connect(self.reject)
        self.table.itemSelectionChanged.connect(self._show_buttons)
        self.table.itemActivated.connect(self._restore)
        buttons = QHBoxLayout()
        buttons.setSpacing(Space.S)
        buttons.addWidget(self.recover)
        buttons.addStretch(1)
        buttons.addWidget(close)
        buttons.addWidget(self.restore)
        column = QVBoxLayout(self)
        column.setContentsMargins(Space.XL, Space.XL, Space.XL, Space.L)
        column.setSpacing(Space.L)
        column.addWidget(about)
        column.addWidget(self.note, 1, Qt.AlignmentFlag.AlignTop)
        column.addWidget(self.table, 1)
        column.addLayout(buttons)
        context.background.start(
            "", lambda job: _versions_of(path), done=self._on_found, failed=self._on_failed, lane="read", is_quiet=True
        )

    @Slot(object)
    def _on_found(self, versions: Sequence[dict[str, Any]]) -> None:
        self._versions = versions
        self.note.setText(self._none)
        self.note.setVisible(not versions)
        self.table.setVisible(bool(versions))
        self.table.setRowCount(len(versions))
        for row, one in enumerate(versions):
            for column, text in enumerate((when_of(one), self._why(one["why"]), size_of(one["size"]))):
                self.table.setItem(row, column, QTableWidgetItem(text))
        if versions:
            self.table.selectRow(0)
            self.table.setFocus()

    @Slot(object)
    def _on_failed(self, failure: WorkFailure) -> None:
        self.note.setText(visible(failure.message))

    @Slot()
    def _show_buttons(self) -> None:
        self.restore.setEnabled(self._chosen() is not None)

    @Slot()
    def _restore(self) -> None:
        chosen = self._chosen()
        if chosen is not None:
            self.restore_wanted.emit(chosen)
            self.accept()

    @Slot()
    def _recover(self) -> None:
        self.recover_wanted.emit()
        self.accept()

    def _chosen(self) -> dict[str, Any] | None:
        rows = self.table.selectionModel().selectedRows()
        return self._versions[rows[0].row()] if rows else None

    def _why(self, why: str) -> str:
        words = {
            "before changes": self.tr("the project was changed"),
            "before training": self.tr("a task was learned"),
            "before restore": self.tr("another version was brought back"),
            "before rollback": self.tr("unfinished work was rolled back"),
        }
        return words.get(why, visible(why))


def when_of(version: dict[str, Any]) -> str:
    """When a version was kept, in the person's own time."""
    moment = QDateTime.fromString(version["created"], Qt.DateFormat.ISODate).toLocalTime()
    return QLocale().toString(moment, QLocale.FormatType.ShortFormat)


def size_of(number: int) -> str:
    """Bytes, as a person reads them."""
    return QLocale().formattedDataSize(number, 1 if number >= _MEGABYTE else 0, QLocale.DataSizeFormat.DataSizeSIFormat)


def _versions_of(path: Path) -> list[dict[str, Any]]:
    from spa_desktop.workbench.recovery import versions

    return versions(path)
