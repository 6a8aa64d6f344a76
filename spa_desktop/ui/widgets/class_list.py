"""Tasks and classes as a list: its model, its view, and how a row is drawn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QAbstractItemModel, QModelIndex, QObject, QRect, QSize, Qt, Signal, Slot
from PySide6.QtGui import QFont, QFontMetrics, QPainter, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QSplitter,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTreeView,
    QWidget,
)

from spa_desktop.project.records import ClassRecord, PhotoCounts, TaskRecord
from spa_desktop.ui.style.theme import Size, Space, class_style, font_of, theme
from spa_desktop.ui.widgets.labels import fit_height, paint_row_ground
from spa_desktop.ui.widgets.plots import swatch
from spa_desktop.ui.widgets.tables import Column, Index, header_data

NODE_ROLE = Qt.ItemDataRole.UserRole


@dataclass(frozen=True)
class ClassNode:
    """A class."""

    record: ClassRecord
    counts: PhotoCounts  # in a plan, those that would be learned
    state: str  # a key for the words of the model

    @property
    def id(self) -> int:
        return self.record.id

    @property
    def name(self) -> str:
        return self.record.name


@dataclass(frozen=True)
class TaskNode:
    """A task and the classes in it."""

    task: TaskRecord
    classes: tuple[ClassNode, ...]

    @property
    def id(self) -> int:
        return self.task.id

    @property
    def name(self) -> str:
        return self.task.name

    @property
    def counts(self) -> PhotoCounts:
        counts = [class_.counts for class_ in self.classes]
        return PhotoCounts(*(sum(getattr(count, name) for count in counts) for name in ("train", "test", "set_aside")))


Node = TaskNode | ClassNode


class ClassListModel(QAbstractItemModel):
    """Tasks with their classes beneath them, or classes alone. Other models say what a row shows."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.rows: tuple[Node, ...] = ()
        # What they show; a list of one column is drawn by `ClassListView`.
        self.columns: Sequence[Column] = (Column("", lambda node: node.name),)
        self.states: Mapping[str, tuple[str, str]] = {}  # words for the state of a class, and the role of their colour
        self.has_states = False  # a state is said of some row

    def show(self, rows: Sequence[Node]) -> bool:
        """Show these. Gives True if rows came, went or changed places."""
        has_changed = _shape(rows) != _shape(self.rows)
        if has_changed:
            self.beginResetModel()
        self.rows = tuple(rows)
        self.has_states = any(self.state(node)[0] for row in rows for node in (row, *getattr(row, "classes", ())))
        if has_changed:
            self.endResetModel()
            return True
        self.tell_changed()
        return False

    def tell_changed(self) -> None:
        """Say that all rows may show something else."""
        last = len(self.columns) - 1
        for row, node in enumerate(self.rows):
            parent = self.index(row, 0)
            self.dataChanged.emit(parent, self.index(row, last))
            if isinstance(node, TaskNode) and node.classes:
                self.dataChanged.emit(self.index(0, 0, parent), self.index(len(node.classes) - 1, last, parent))

    @property
    def class_ids(self) -> list[int]:
        nodes = (node.classes if isinstance(node, TaskNode) else (node,) for node in self.rows)
        return [class_.id for classes in nodes for class_ in classes]

    def node(self, index: Index) -> Node | None:
        if not index.isValid():
            return None
        if index.internalId() == 0:
            return self.rows[index.row()]
        task = self.rows[index.internalId() - 1]
        assert isinstance(task, TaskNode), "only tasks have rows beneath them"
        return task.classes[index.row()]

    def index_of(self, wanted: tuple[type, int] | None) -> QModelIndex:
        """The index of a class or task by kind and id."""
        for row, node in enumerate(self.rows):
            if wanted == (type(node), node.id):
                return self.index(row, 0)
            for place, class_ in enumerate(node.classes if isinstance(node, TaskNode) else ()):
                if wanted == (ClassNode, class_.id):
                    return self.index(place, 0, self.index(row, 0))
        return QModelIndex()

    def state(self, node: Node) -> tuple[str, str]:
        """The state in words, and the role of their colour."""
        return self.states.get(node.state, ("", "muted")) if isinstance(node, ClassNode) else ("", "muted")

    def counts_text(self, node: Node) -> str:
        """How many there are, in figures; "" where that is not shown."""
        return ""

    def index(self, row: int, column: int, parent: Index = QModelIndex()) -> QModelIndex:  # noqa: B008 - Qt's signature
        if not self.hasIndex(row, column, parent):
            return QModelIndex()
        # A class's index holds the row of its task, counted from 1; what stands alone holds 0.
        return self.createIndex(row, column, parent.row() + 1 if parent.isValid() else 0)

    def parent(self, index: Index | None = None) -> Any:
        if index is None:
            return QObject.parent(self)
        if not index.isValid() or index.internalId() == 0:
            return QModelIndex()
        return self.createIndex(index.internalId() - 1, 0, 0)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        if not parent.isValid():
            return len(self.rows)
        node = self.node(parent)
        return len(node.classes) if isinstance(node, TaskNode) and parent.column() == 0 else 0

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        return len(self.columns)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        return header_data(self.columns, section, orientation, role)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        node = self.node(index)
        if node is None or role == NODE_ROLE:
            return node
        if role == Qt.ItemDataRole.AccessibleTextRole and len(self.columns) == 1:
            return ", ".join(filter(None, (node.name, self.state(node)[0], self.counts_text(node))))
        return self.columns[index.column()].data(node, role)


def _shape(rows: Sequence[Node]) -> list[tuple[type, int, list[int]]]:
    return [(type(row), row.id, [each.id for each in row.classes] if isinstance(row, TaskNode) else []) for row in rows]


_ROW, _TASK_ROW = 32, 36
_SIGN = 12
_STATE_WIDTH = 68  # where counts stand before it, which are to stand beneath each other
_INDENT = 20


class _Delegate(QStyledItemDelegate):
    """Paints a row: sign, name, counts, state."""

    def __init__(self, model: ClassListModel, parent: QWidget) -> None:
        super().__init__(parent)
        self._model = model

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        node: Node = index.data(NODE_ROLE)
        name, small = _fonts(option, node)
        counts, width = self._measured(node, QFontMetrics(small))
        if isinstance(node, ClassNode):
            width += _SIGN + Space.S
        if counts:
            width += QFontMetrics(small).horizontalAdvance(counts) + Space.S
        width += _left(node, index) + QFontMetrics(name).horizontalAdvance(node.name) + Space.M + Space.S
        return QSize(width, _TASK_ROW if isinstance(node, TaskNode) else _ROW)

    def _measured(self, node: Node, metrics: QFontMetrics) -> tuple[str, int]:
        """The counts that are drawn, and the width of the state."""
        counts = self._model.counts_text(node) if isinstance(node, ClassNode) else ""
        state = metrics.horizontalAdvance(self._model.state(node)[0])
        if counts:
            return counts, _STATE_WIDTH if self._model.has_states else 0
        return counts, state + (Space.XS if isinstance(node, TaskNode) else Space.S)

    def setEditorData(self, editor: QWidget, index: Index) -> None:
        editor.setAccessibleName(index.data(NODE_ROLE).name)
        super().setEditorData(editor, index)

    def updateEditorGeometry(self, editor: QWidget, option: QStyleOptionViewItem, index: Index) -> None:
        editor.setGeometry(option.rect.adjusted(0, 1, -1, -1))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        node: Node = index.data(NODE_ROLE)
        painter.save()
        # The ground goes over the whole row: the style leaves out what is left of a class.
        paint_row_ground(painter, option, QRect(0, option.rect.top(), option.rect.right() + 1, option.rect.height()))
        rest = option.rect.adjusted(_left(node, index), 0, -Space.M, 0)
        name, small = _fonts(option, node)
        if isinstance(node, ClassNode):
            sign = swatch(class_style(node.record.color))
            sign.paint(painter, QRect(rest.left(), rest.center().y() - _SIGN // 2 + 1, _SIGN, _SIGN))
            rest.setLeft(rest.left() + _SIGN + Space.S)
        counts, width = self._measured(node, QFontMetrics(small))
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        painter.setFont(small)
        state, role = self._model.state(node)
        painter.setPen(theme().color(role))
        place = QRect(rest.right() - width, rest.top(), width, rest.height())
        painter.drawText(place, right, state)
        rest.setRight(rest.right() - width)
        if counts:
            painter.setPen(theme().color("muted"))
            painter.drawText(rest, right, counts)
            rest.setRight(rest.right() - QFontMetrics(small).horizontalAdvance(counts) - Space.S)
        painter.setFont(name)
        painter.setPen(theme().color("text"))
        text = QFontMetrics(name).elidedText(node.name, Qt.TextElideMode.ElideRight, rest.width())
        painter.drawText(rest, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, text)
        painter.restore()


def _fonts(option: QStyleOptionViewItem, node: Node) -> tuple[QFont, QFont]:
    """Of the name, and of what stands at the right."""
    return font_of(option.font, Size.BODY, strong=isinstance(node, TaskNode)), font_of(option.font, Size.CAPTION)


def _left(node: Node, index: Index) -> int:
    """Room at the left: classes without a task above them are not indented."""
    return Space.M if isinstance(node, ClassNode) and not index.parent().isValid() else Space.S


class ClassListView(QTreeView):
    """Keeps what is chosen over a refill."""

    chosen = Signal(object)  # Node or None
    picked = Signal(int)  # class id: the user chose it, or somebody asked for it

    def __init__(self, model: ClassListModel, name: str, least: int) -> None:
        """Show a model of one column, `least` pixels wide; `name` is for screen readers."""
        super().__init__(indentation=_INDENT, rootIsDecorated=False, headerHidden=True, expandsOnDoubleClick=False)
        self._model = model
        self._wanted: tuple[type, int] | None = None
        self._order: list[int] = []  # the classes as they were listed last
        self._is_restoring = self._is_left = False
        self.setModel(model)
        self.setItemDelegate(_Delegate(model, self))
        self.setObjectName("classTree")
        self.setEditTriggers(QAbstractItemView.EditTrigger.EditKeyPressed | QAbstractItemView.EditTrigger.DoubleClicked)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName(name)
        self.setMinimumWidth(least)
        self.selectionModel().currentChanged.connect(self._on_current)

    @property
    def node(self) -> Node | None:
        return self._model.node(self.currentIndex())

    @property
    def class_id(self) -> int | None:
        return self.node.id if isinstance(self.node, ClassNode) else None

    def choose(self, kind: type, key: int) -> None:
        """Choose a class or task, now or as soon as it is there."""
        self._wanted, self._is_left = (kind, key), False
        self._restore()
        if kind is ClassNode:
            self.picked.emit(key)

    def forget(self) -> None:
        """Another project: nothing is chosen."""
        self._wanted, self._is_left, self._order = None, False, []

    def leave(self) -> None:
        """Nothing is chosen until the user chooses."""
        self._is_left = True
        self.setCurrentIndex(QModelIndex())
        self.clearSelection()

    def come_back(self) -> None:
        """What was chosen before :meth:`leave` is chosen again."""
        self._is_left = False
        self._restore()

    def filled(self, *, has_changed: bool) -> None:
        if has_changed:
            self.expandAll()
            fit_height(self, _ROW)
            if not self._is_left:
                self._restore()
            self._order = self._model.class_ids

    def drawBranches(self, painter: QPainter, rect: QRect, index: Index) -> None:
        """Draw nothing: tasks are headings, and their classes are always in sight."""

    def _restore(self) -> None:
        index = self._model.index_of(self._wanted)
        if not index.isValid():
            neighbour = self._neighbour()
            index = self._model.index(0, 0) if neighbour is None else self._model.index_of((ClassNode, neighbour))
        if index.isValid():
            self._is_restoring = True
            self.setCurrentIndex(index)
            self._is_restoring = False
            self.scrollTo(index)
        else:
            self.chosen.emit(None)

    def _neighbour(self) -> int | None:
        """The class to choose when what was chosen is gone: the one below it, else the one above, else the first."""
        listed = self._model.class_ids
        kind, key = self._wanted or (None, 0)
        if kind is ClassNode and key in self._order:
            place, left = self._order.index(key), set(listed)
            for near in (*self._order[place + 1 :], *reversed(self._order[:place])):
                if near in left:
                    return near
        return listed[0] if listed else None

    @Slot(QModelIndex, QModelIndex)
    def _on_current(self, current: QModelIndex, _: QModelIndex) -> None:
        node = self._model.node(current)
        if node is not None:
            self._wanted, self._is_left = (type(node), node.id), False
            if isinstance(node, ClassNode) and not self._is_restoring:
                self.picked.emit(node.id)
            self.chosen.emit(node)


_MOST = 0.36  # of the splitter's width


class ListSplitter(QSplitter):
    """A list and the rest; the list is as wide as its longest row wants, until the user moves the splitter."""

    def __init__(self, left: QWidget, right: QWidget, view: QAbstractItemView, least: int) -> None:
        """Put `left`, which is the list `view` or holds it, beside `right`; it gets `least` pixels at least."""
        super().__init__(Qt.Orientation.Horizontal, childrenCollapsible=False)
        self._view, self._least, self._is_moved = view, least, False
        self.addWidget(left)
        self.addWidget(right)
        self.setStretchFactor(1, 1)
        self.setSizes([least, 3 * least])
        self.splitterMoved.connect(self._on_moved)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.share()

    def share(self) -> None:
        """The rows, or the room, are others."""
        room = self.width() - self.handleWidth()
        if self._is_moved or room <= 2 * self._least:
            return
        bar = self._view.verticalScrollBar().sizeHint().width()
        wanted = self._view.sizeHintForColumn(0) + bar + 2 * self._view.frameWidth()
        width = max(min(wanted, round(_MOST * room)), self._least)
        self.setSizes([width, room - width])

    @Slot()
    def _on_moved(self) -> None:
        self._is_moved = True
