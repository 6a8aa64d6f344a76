"""The classes and how far their text is, as a list."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, QSize, Qt, Signal, Slot
from PySide6.QtGui import QFont, QFontMetrics, QPainter
from PySide6.QtWidgets import QAbstractItemView, QListView, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from spa_desktop.project.records import ClassRecord
from spa_desktop.ui.app_state.contents import Contents
from spa_desktop.ui.plain_text import tip
from spa_desktop.ui.style.theme import Size, Space, class_style, theme
from spa_desktop.ui.widgets.labels import paint_row_ground
from spa_desktop.ui.widgets.plots import swatch

Index = QModelIndex | QPersistentModelIndex
ROW_ROLE = Qt.ItemDataRole.UserRole
_ROLES = {"none": "muted", "writing": "accent", "draft": "warn", "approved": "good"}
_ROW_HEIGHT = 32
_SIGN = 12


@dataclass(frozen=True)
class ClassRow:
    """A class and the state of its text: "none", "writing", "draft" or "approved"."""

    record: ClassRecord
    state: str


class DescribedModel(QAbstractListModel):
    """One row a class."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.rows: tuple[ClassRow, ...] = ()

    def fill(self, contents: Contents | None, writing: Collection[int]) -> bool:
        """Show the classes; those in `writing` are being described. Gives True if rows came or went."""
        rows = tuple(ClassRow(one, _state(contents, one.id, writing)) for one in contents.classes) if contents else ()
        if [row.record.id for row in rows] != [row.record.id for row in self.rows]:
            self.beginResetModel()
            self.rows = rows
            self.endResetModel()
            return True
        self.rows = rows
        if rows:
            self.dataChanged.emit(self.index(0), self.index(len(rows) - 1))
        return False

    def row_of(self, class_id: int | None) -> int | None:
        """Where a class stands."""
        return next((row for row, one in enumerate(self.rows) if one.record.id == class_id), None)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        return 0 if parent.isValid() else len(self.rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        row = self.rows[index.row()]
        if role == ROW_ROLE:
            return row
        if role == Qt.ItemDataRole.DisplayRole:
            return row.record.name
        if role == Qt.ItemDataRole.ToolTipRole:
            return tip(row.record.name)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{row.record.name}, {self.state_text(row.state)}"
        return None

    def state_text(self, state: str) -> str:
        """The state in words."""
        return {
            "none": self.tr("no text yet"),
            "writing": self.tr("writing..."),
            "draft": self.tr("to approve"),
            "approved": self.tr("approved"),
        }[state]


def state_role(state: str) -> str:
    """The role of the colour of a state."""
    return _ROLES[state]


class DescribedView(QListView):
    """The list of classes. Emits the class that is chosen, and keeps it over a refill."""

    chosen = Signal(object)  # id of a class, or None
    picked = Signal(int)  # class id: the person chose it, or somebody asked for it

    def __init__(self, model: DescribedModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self._wanted: int | None = None
        self._is_restoring = False
        self.setModel(model)
        self.setItemDelegate(_Delegate(model, self))
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setMinimumWidth(240)
        self.setAccessibleName(self.tr("Classes"))
        self.selectionModel().currentChanged.connect(self._on_current)

    @property
    def class_id(self) -> int | None:
        """The class that is chosen."""
        index = self.currentIndex()
        return self._model.rows[index.row()].record.id if index.isValid() else None

    def choose(self, class_id: int | None) -> None:
        """Choose a class now, or as soon as it is there."""
        self._wanted = class_id
        self.restore()
        if class_id is not None:
            self.picked.emit(class_id)

    def restore(self) -> None:
        """Choose again what was chosen, else the first class."""
        row = self._model.row_of(self._wanted)
        index = self._model.index(row if row is not None else 0)
        if index.isValid():
            self._is_restoring = True
            self.setCurrentIndex(index)
            self._is_restoring = False
        else:
            self.chosen.emit(None)

    @Slot(QModelIndex, QModelIndex)
    def _on_current(self, current: QModelIndex, _: QModelIndex) -> None:
        if current.isValid():
            self._wanted = self._model.rows[current.row()].record.id
            if not self._is_restoring:
                self.picked.emit(self._wanted)
            self.chosen.emit(self._wanted)


class _Delegate(QStyledItemDelegate):
    def __init__(self, model: DescribedModel, parent: QWidget) -> None:
        super().__init__(parent)
        self._model = model

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        row: ClassRow = index.data(ROW_ROLE)
        caption = QFont(option.font)
        caption.setPixelSize(int(Size.CAPTION))
        state = QFontMetrics(caption).horizontalAdvance(self._model.state_text(row.state))
        name = QFontMetrics(option.font).horizontalAdvance(row.record.name)
        return QSize(_SIGN + name + state + 2 * Space.S + 2 * Space.M + Space.S, _ROW_HEIGHT)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        row: ClassRow = index.data(ROW_ROLE)
        colors = theme()
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        paint_row_ground(painter, option)
        rest = option.rect.adjusted(Space.M, 0, -Space.M, 0)
        place = rest.adjusted(0, (_ROW_HEIGHT - _SIGN) // 2, 0, 0)
        place.setSize(QSize(_SIGN, _SIGN))
        swatch(class_style(row.record.color), _SIGN).paint(painter, place)
        rest.setLeft(rest.left() + _SIGN + Space.S)
        caption = QFont(option.font)
        caption.setPixelSize(int(Size.CAPTION))
        state = self._model.state_text(row.state)
        painter.setFont(caption)
        painter.setPen(colors.color(_ROLES[row.state]))
        painter.drawText(rest, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, state)
        rest.setRight(rest.right() - QFontMetrics(caption).horizontalAdvance(state) - Space.S)
        painter.setFont(option.font)
        painter.setPen(colors.color("text"))
        name = QFontMetrics(option.font).elidedText(row.record.name, Qt.TextElideMode.ElideRight, rest.width())
        painter.drawText(rest, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, name)
        painter.restore()


def _state(contents: Contents, class_id: int, writing: Collection[int]) -> str:
    if class_id in writing:
        return "writing"
    if class_id not in contents.descriptions:
        return "none"
    return "approved" if contents.is_approved(class_id) else "draft"
