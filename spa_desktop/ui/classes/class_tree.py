"""Tasks and their classes as a tree: its model, its view, and how a row is drawn."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

from PySide6.QtCore import (
    QAbstractItemModel,
    QByteArray,
    QMimeData,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QRect,
    QSize,
    Qt,
    Signal,
    Slot,
)
from PySide6.QtGui import QFont, QFontMetrics, QPainter
from PySide6.QtWidgets import QAbstractItemView, QStyledItemDelegate, QStyleOptionViewItem, QTreeView, QWidget

from spa_desktop.project.records import ClassRecord, PhotoCounts, TaskRecord
from spa_desktop.ui.app_state.contents import Contents
from spa_desktop.ui.plain_text import tip
from spa_desktop.ui.style.theme import Size, Space, class_style, state_color, theme
from spa_desktop.ui.thumbnails.photo_model import PHOTOS_MIME, dragged_photos
from spa_desktop.ui.widgets import words
from spa_desktop.ui.widgets.forms import has_words
from spa_desktop.ui.widgets.labels import fit_height, paint_row_ground
from spa_desktop.ui.widgets.plots import swatch

# Tasks and their classes as a tree model, drawn from the contents of the project.

Index = QModelIndex | QPersistentModelIndex
NODE_ROLE = Qt.ItemDataRole.UserRole
CLASS_MIME = "application/x-spa-desktop-class"
ClassOrder = Literal["learning", "name", "newest", "photos"]
"""Classes within their tasks: as they were added, by name, the newest first, those with most photos first."""


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


@dataclass(frozen=True)
class ClassNode:
    """A class and its photos, counted."""

    record: ClassRecord
    counts: PhotoCounts

    @property
    def id(self) -> int:
        return self.record.id

    @property
    def name(self) -> str:
        return self.record.name


Node = TaskNode | ClassNode


class ClassTreeModel(QAbstractItemModel):
    """Two levels. It never changes by itself: it says what the person wants, and is filled anew when that was done."""

    rename_wanted = Signal(object, str)  # Node, its new name
    photos_dropped = Signal(object, int)  # ids of photos, id of the class they go to
    class_dropped = Signal(int, int)  # id of a class, id of the task it goes to

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.tasks: tuple[TaskNode, ...] = ()
        self._words = ""
        self._order: ClassOrder = "learning"
        self._is_writable = False

    def fill(self, contents: Contents | None) -> bool:
        """Show what the project holds. Gives True if rows came, went or changed places."""
        tasks: tuple[TaskNode, ...] = ()
        if contents is not None:
            tasks = tuple(self._sifted(task, contents) for task in contents.tasks)
            if self._words.strip():
                tasks = tuple(task for task in tasks if task.classes)
        self._is_writable = contents is not None and contents.is_writable
        if _shape(tasks) != _shape(self.tasks):
            self.beginResetModel()
            self.tasks = tasks
            self.endResetModel()
            return True
        self.tasks = tasks
        for row, task in enumerate(tasks):
            parent = self.index(row, 0)
            self.dataChanged.emit(parent, parent)
            if task.classes:
                self.dataChanged.emit(self.index(0, 0, parent), self.index(len(task.classes) - 1, 0, parent))
        return False

    def sift(self, words: str, order: ClassOrder) -> None:
        """Show only classes with these words in their names, in this order. `fill` applies it."""
        self._words, self._order = words, order

    def _sifted(self, task: TaskRecord, contents: Contents) -> TaskNode:
        nodes = [ClassNode(one, contents.counts[one.id]) for one in contents.classes_of(task.id)]
        if not has_words(self._words, task.name):  # the name of a task finds all of its classes
            nodes = [node for node in nodes if has_words(self._words, node.name)]
        if self._order == "name":
            nodes.sort(key=lambda node: node.name.casefold())
        elif self._order == "newest":
            nodes.sort(key=lambda node: -node.id)
        elif self._order == "photos":
            nodes.sort(key=lambda node: -(node.counts.train + node.counts.test))
        return TaskNode(task, tuple(nodes))

    def node(self, index: Index) -> Node | None:
        """What stands at an index."""
        if not index.isValid():
            return None
        if index.internalId() == 0:
            return self.tasks[index.row()]
        return self.tasks[index.internalId() - 1].classes[index.row()]

    def index_of(self, node: tuple[type, int] | None) -> QModelIndex:
        """The index of a class or task by kind and id."""
        for row, task in enumerate(self.tasks):
            if node == (TaskNode, task.id):
                return self.index(row, 0)
            for place, one in enumerate(task.classes):
                if node == (ClassNode, one.id):
                    return self.index(place, 0, self.index(row, 0))
        return QModelIndex()

    def index(self, row: int, column: int, parent: Index = QModelIndex()) -> QModelIndex:  # noqa: B008 - Qt's signature
        if not self.hasIndex(row, column, parent):
            return QModelIndex()
        # A class's index holds the row of its task, counted from 1; a task's holds 0.
        return self.createIndex(row, column, parent.row() + 1 if parent.isValid() else 0)

    def parent(self, index: Index | None = None) -> Any:
        if index is None:
            return QObject.parent(self)
        if not index.isValid() or index.internalId() == 0:
            return QModelIndex()
        return self.createIndex(index.internalId() - 1, 0, 0)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        node = self.node(parent)
        if node is None:
            return len(self.tasks)
        return len(node.classes) if isinstance(node, TaskNode) else 0

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        return 1

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        node = self.node(index)
        if node is None:
            return None
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.EditRole):
            return node.name
        if role == NODE_ROLE:
            return node
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{node.name}, {self.state_text(node)}, {self.counts_text(node)}"
        if role == Qt.ItemDataRole.ToolTipRole and isinstance(node, ClassNode):
            text = self.tr("{name}: {train} to learn, {test} to test")
            return tip(text.format(name=node.name, train=words.photos(node.counts.train), test=node.counts.test))
        return None

    def state_text(self, node: Node) -> str:
        """The state in a word."""
        if isinstance(node, TaskNode):
            return self.tr("trained") if node.task.state == "trained" else self.tr("not yet trained")
        words = {
            "new": self.tr("new"),
            "described": self.tr("described"),
            "trained": self.tr("trained"),
            "stale": self.tr("stale"),
        }
        return words[node.record.state]

    def counts_text(self, node: Node) -> str:
        """Photos to learn and to test of a class; the number of classes of a task."""
        if isinstance(node, TaskNode):
            number = len(node.classes)
            return words.classes(number)
        return f"{node.counts.train} + {node.counts.test}"

    def setData(self, index: Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        node = self.node(index)
        name = " ".join(str(value).split())
        if node is not None and role == Qt.ItemDataRole.EditRole and name and name != node.name:
            self.rename_wanted.emit(node, name)
        return False

    def flags(self, index: Index) -> Qt.ItemFlag:
        flags = super().flags(index)
        node = self.node(index)
        if node is None or not self._is_writable:
            return flags
        flags |= Qt.ItemFlag.ItemIsEditable | Qt.ItemFlag.ItemIsDropEnabled
        if isinstance(node, ClassNode) and node.record.state in ("new", "described"):
            flags |= Qt.ItemFlag.ItemIsDragEnabled
        return flags

    def supportedDropActions(self) -> Qt.DropAction:
        return Qt.DropAction.MoveAction | Qt.DropAction.CopyAction

    def mimeTypes(self) -> list[str]:
        return [CLASS_MIME, PHOTOS_MIME]

    def mimeData(self, indexes: Iterable[QModelIndex]) -> QMimeData:
        data = QMimeData()
        nodes = [self.node(index) for index in indexes]
        data.setData(CLASS_MIME, QByteArray(str(next(node.id for node in nodes if node is not None)).encode()))
        return data

    def canDropMimeData(self, data: QMimeData, action: Qt.DropAction, row: int, column: int, parent: Index) -> bool:
        node = self.node(parent)
        if data.hasFormat(PHOTOS_MIME):
            return isinstance(node, ClassNode)
        return data.hasFormat(CLASS_MIME) and isinstance(node, TaskNode) and node.task.state == "new"

    def dropMimeData(self, data: QMimeData, action: Qt.DropAction, row: int, column: int, parent: Index) -> bool:
        node = self.node(parent)
        if node is None or not self.canDropMimeData(data, action, row, column, parent):
            return False
        if isinstance(node, ClassNode):
            self.photos_dropped.emit(dragged_photos(data), node.id)
        else:
            self.class_dropped.emit(int(bytes(data.data(CLASS_MIME).data())), node.id)
        # False: the model changes when the project did, so the view has nothing to take away.
        return False


def _shape(tasks: tuple[TaskNode, ...]) -> list[tuple[int, list[int]]]:
    return [(task.id, [one.id for one in task.classes]) for task in tasks]


# Tasks and classes as a tree: the sign of each class, its name, its photos, its state.

_ROW, _TASK_ROW = 32, 36
_SIGN = 12
_STATE_WIDTH = 68
_INDENT = 20


class NodeDelegate(QStyledItemDelegate):
    """Paints a row: sign, name, counts, state."""

    def __init__(self, model: ClassTreeModel, parent: QWidget) -> None:
        super().__init__(parent)
        self._model = model

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        node: Node = index.data(NODE_ROLE)
        font, caption = QFont(option.font), QFont(option.font)
        caption.setPixelSize(int(Size.CAPTION))
        words = QFontMetrics(caption)
        if isinstance(node, TaskNode):
            font.setWeight(QFont.Weight.DemiBold)
            width = words.horizontalAdvance(self._model.state_text(node)) + Space.XS
        else:
            width = _SIGN + Space.S + words.horizontalAdvance(self._model.counts_text(node)) + Space.S + _STATE_WIDTH
        width += QFontMetrics(font).horizontalAdvance(node.name) + Space.S + Space.M + Space.S
        return QSize(width, _TASK_ROW if isinstance(node, TaskNode) else _ROW)

    def updateEditorGeometry(
        self, editor: QWidget, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        editor.setGeometry(option.rect.adjusted(0, 1, -1, -1))

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        node: Node = index.data(NODE_ROLE)
        colors = theme()
        painter.save()
        self._background(painter, option)
        rest = option.rect.adjusted(Space.S, 0, -Space.M, 0)
        caption = QFont(option.font)
        caption.setPixelSize(int(Size.CAPTION))
        name = QFont(option.font)
        counts, state = self._model.counts_text(node), self._model.state_text(node)
        if isinstance(node, ClassNode):
            sign = swatch(class_style(node.record.color), _SIGN)
            sign.paint(painter, QRect(rest.left(), rest.center().y() - _SIGN // 2 + 1, _SIGN, _SIGN))
            rest.setLeft(rest.left() + _SIGN + Space.S)
            kind, width = node.record.state, _STATE_WIDTH
        else:
            name.setWeight(QFont.Weight.DemiBold)
            kind = "trained" if node.task.state == "trained" else "new"
            width = QFontMetrics(caption).horizontalAdvance(state) + Space.XS
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        painter.setFont(caption)
        painter.setPen(state_color(kind))
        painter.drawText(QRect(rest.right() - width, rest.top(), width, rest.height()), right, state)
        rest.setRight(rest.right() - width)
        if isinstance(node, ClassNode):
            painter.setPen(colors.color("muted"))
            painter.drawText(rest, right, counts)
            rest.setRight(rest.right() - QFontMetrics(caption).horizontalAdvance(counts) - Space.S)
        painter.setFont(name)
        painter.setPen(colors.color("text"))
        text = QFontMetrics(name).elidedText(node.name, Qt.TextElideMode.ElideRight, rest.width())
        painter.drawText(rest, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, text)
        painter.restore()

    def _background(self, painter: QPainter, option: QStyleOptionViewItem) -> None:
        """Paint what is chosen or pointed at, over the whole row: the style leaves out what is left of it."""
        paint_row_ground(painter, option, QRect(0, option.rect.top(), option.rect.right() + 1, option.rect.height()))


class ClassTreeView(QTreeView):
    """Keeps what is chosen over a refill."""

    chosen = Signal(object)  # Node or None
    picked = Signal(int)  # class id: the person chose it, or somebody asked for it

    def __init__(self, model: ClassTreeModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self._wanted: tuple[type, int] | None = None
        self._order: list[int] = []  # the classes as they were listed last
        self._is_restoring = self._is_left = False
        self.setModel(model)
        self.setItemDelegate(NodeDelegate(model, self))
        self.setObjectName("classTree")
        self.setHeaderHidden(True)
        self.setIndentation(_INDENT)
        self.setRootIsDecorated(False)
        self.setExpandsOnDoubleClick(False)
        self.setEditTriggers(QAbstractItemView.EditTrigger.EditKeyPressed | QAbstractItemView.EditTrigger.DoubleClicked)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setDragDropMode(QAbstractItemView.DragDropMode.DragDrop)
        self.setDropIndicatorShown(True)
        self.setAccessibleName(self.tr("Tasks and classes"))
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setMinimumWidth(260)
        self.selectionModel().currentChanged.connect(self._on_current)

    @property
    def node(self) -> Node | None:
        """What is chosen."""
        return self._model.node(self.currentIndex())

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
        """Nothing is chosen until the person chooses: other photos are shown than those of a class."""
        self._is_left = True
        self.setCurrentIndex(QModelIndex())
        self.clearSelection()

    def filled(self, *, has_changed: bool) -> None:
        """The model was filled."""
        if has_changed:
            self.expandAll()
            fit_height(self, _ROW)
            if not self._is_left:
                self._restore()
            self._order = self._listed()

    def drawBranches(self, painter: QPainter, rect: QRect, index: QModelIndex | QPersistentModelIndex) -> None:
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

    def _listed(self) -> list[int]:
        return [one.id for task in self._model.tasks for one in task.classes]

    def _neighbour(self) -> int | None:
        """The class to choose when what was chosen is gone: the one below it, else the one above, else the first."""
        listed = self._listed()
        kind, key = self._wanted or (None, 0)
        if kind is ClassNode and key in self._order:
            place = self._order.index(key)
            left = set(listed)
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
