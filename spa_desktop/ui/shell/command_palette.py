"""Ctrl+K and Ctrl+F: one line to type in, and beneath it what fits, to be done or gone to with Enter."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, QPoint, QSize, Qt, Slot
from PySide6.QtGui import QIcon, QKeyEvent, QPainter
from PySide6.QtWidgets import (
    QDialog,
    QLabel,
    QLineEdit,
    QListView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from spa_desktop.ui.shell.fuzzy_matching import best
from spa_desktop.ui.style.theme import ICON, Size, Space, set_type, theme
from spa_desktop.ui.widgets.row_ground import paint_row_ground

_WIDTH, _HEIGHT, _ROW, _TOP = 560, 400, 32, 72
_MOST = 60
_HINT = Qt.ItemDataRole.UserRole
_PASSED_ON = (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown)

_Index = QModelIndex | QPersistentModelIndex


class Entry(NamedTuple):  # there may be ten thousand: a frozen dataclass takes three times as long to make
    """Something to do or to go to.

    Attributes:
        text: what it is, and what is searched.
        do: does it.
        hint: its keys, or where it is.
        icon: before it.
    """

    text: str
    do: Callable[[], Any]
    hint: str = ""
    icon: QIcon | None = None


class _EntryModel(QAbstractListModel):
    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.entries: list[Entry] = []

    def fill(self, entries: list[Entry]) -> None:
        self.beginResetModel()
        self.entries = entries
        self.endResetModel()

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own default
        return 0 if parent.isValid() else len(self.entries)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        entry = self.entries[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return entry.text
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{entry.text}, {entry.hint}" if entry.hint else entry.text
        if role == Qt.ItemDataRole.DecorationRole:
            return entry.icon
        return entry.hint if role == _HINT else None


class _EntryDelegate(QStyledItemDelegate):
    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        return QSize(0, _ROW)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        painter.save()
        paint_row_ground(painter, option)
        box = option.rect.adjusted(Space.M, 0, -Space.M, 0)
        entry_icon = index.data(Qt.ItemDataRole.DecorationRole)
        if isinstance(entry_icon, QIcon) and not entry_icon.isNull():
            entry_icon.paint(painter, box.left(), box.center().y() - ICON // 2 + 1, ICON, ICON)
        box.setLeft(box.left() + ICON + Space.S)
        hint = index.data(_HINT) or ""
        painter.setPen(theme().color("muted"))
        painter.drawText(box, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, hint)
        box.setRight(box.right() - painter.fontMetrics().horizontalAdvance(hint) - Space.M)
        painter.setPen(theme().color("text"))
        text = painter.fontMetrics().elidedText(index.data(), Qt.TextElideMode.ElideMiddle, box.width())
        painter.drawText(box, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, text)
        painter.restore()


class Palette(QDialog):
    """Lies over the upper part of the window until something is chosen, Escape is pressed, or one clicks beside it."""

    def __init__(self, title: str, placeholder: str, entries: Sequence[Entry], parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(title)
        self.setObjectName("palette")
        self._entries = list(entries)
        self.line = QLineEdit()
        self.line.setPlaceholderText(placeholder)
        self.line.setAccessibleName(title)
        self.line.setClearButtonEnabled(True)
        self.model = _EntryModel(self)
        self.view = QListView()
        self.view.setModel(self.model)
        self.view.setItemDelegate(_EntryDelegate(self.view))
        self.view.setUniformItemSizes(True)
        self.view.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.view.setAccessibleName(title)
        self.view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.nothing = set_type(QLabel(self.tr("Nothing fits")), Size.BODY, role="muted")
        column = QVBoxLayout(self)
        column.setContentsMargins(Space.S, Space.S, Space.S, Space.S)
        column.setSpacing(Space.S)
        for widget in (self.line, self.view, self.nothing):
            column.addWidget(widget)
        self.line.textChanged.connect(self._show_fitting)
        self.view.clicked.connect(self._on_clicked)
        self._show_fitting("")
        width = min(_WIDTH, parent.width() - 2 * Space.XL)
        self.resize(width, min(_HEIGHT, parent.height() - _TOP - Space.XL))
        self.move(parent.mapToGlobal(QPoint((parent.width() - width) // 2, _TOP)))
        self.line.setFocus()

    def add_entries(self, entries: Sequence[Entry]) -> None:
        """Offer more, which a worker had to look up. Where somebody went down the list meanwhile, they stay there."""
        row = self.view.currentIndex().row()
        chosen = self.model.entries[row] if row > 0 else None
        self._entries += entries
        self._show_fitting(self.line.text())
        if chosen is not None and chosen in self.model.entries:
            self.view.setCurrentIndex(self.model.index(self.model.entries.index(chosen)))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._choose(self.view.currentIndex())
        elif event.key() in _PASSED_ON:
            self.view.keyPressEvent(event)
        else:
            super().keyPressEvent(event)

    @Slot(str)
    def _show_fitting(self, typed: str) -> None:
        fitting = best(typed, ((entry.text, entry) for entry in self._entries), _MOST)
        self.model.fill(fitting)
        self.view.setCurrentIndex(self.model.index(0))
        self.view.setVisible(bool(fitting))
        self.nothing.setVisible(not fitting)

    @Slot(QModelIndex)
    def _on_clicked(self, index: QModelIndex) -> None:
        self._choose(index)

    def _choose(self, index: QModelIndex) -> None:
        if not index.isValid():
            return
        entry = self.model.entries[index.row()]
        self.close()
        entry.do()
