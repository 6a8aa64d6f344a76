"""Tasks and their classes on the Classes page: searched, ordered, renamed, and where something is dropped."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal

from PySide6.QtCore import QByteArray, QMimeData, QModelIndex, QObject, Qt, Signal

from spa_desktop.project.records import TaskRecord
from spa_desktop.ui.app_state.contents import Contents
from spa_desktop.ui.plain_text import tip
from spa_desktop.ui.thumbnails.photo_model import CLASS_MIME, PHOTOS_MIME, dragged_photos
from spa_desktop.ui.widgets import words
from spa_desktop.ui.widgets.class_list import ClassListModel, ClassNode, Index, Node, TaskNode
from spa_desktop.ui.widgets.forms import has_words

ClassOrder = Literal["learning", "name", "newest", "photos"]
"""Classes within their tasks: as they were added, by name, the newest first, those with most photos first."""


class ClassTreeModel(ClassListModel):
    """It never changes by itself: it says what the person wants, and is filled anew when that was done."""

    rename_wanted = Signal(object, str)  # Node, its new name
    photos_dropped = Signal(object, int)  # ids of photos, id of the class they go to
    class_dropped = Signal(int, int)  # id of a class, id of the task it goes to

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._words = ""
        self._order: ClassOrder = "learning"
        self._is_writable = False

    @property
    def tasks(self) -> tuple[TaskNode, ...]:
        return tuple(node for node in self.rows if isinstance(node, TaskNode))

    def fill(self, contents: Contents | None) -> bool:
        """Show what the project holds. Gives True if rows came, went or changed places."""
        tasks = [self._sifted(task, contents) for task in contents.tasks] if contents is not None else []
        self._is_writable = contents is not None and contents.is_writable
        return self.show([task for task in tasks if task.classes or not self._words.strip()])

    def sift(self, words: str, order: ClassOrder) -> None:
        """Show only classes with these words in their names, in this order. `fill` applies it."""
        self._words, self._order = words, order

    def _sifted(self, task: TaskRecord, contents: Contents) -> TaskNode:
        nodes = [ClassNode(one, contents.counts[one.id], one.state) for one in contents.classes_of(task.id)]
        if not has_words(self._words, task.name):  # the name of a task finds all of its classes
            nodes = [node for node in nodes if has_words(self._words, node.name)]
        if self._order == "name":
            nodes.sort(key=lambda node: node.name.casefold())
        elif self._order == "newest":
            nodes.sort(key=lambda node: -node.id)
        elif self._order == "photos":
            nodes.sort(key=lambda node: -(node.counts.train + node.counts.test))
        return TaskNode(task, tuple(nodes))

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        node = self.node(index)
        if role == Qt.ItemDataRole.EditRole and node is not None:
            return node.name
        if role == Qt.ItemDataRole.ToolTipRole and isinstance(node, ClassNode):
            text = self.tr("{name}: {train} to learn, {test} to test")
            return tip(text.format(name=node.name, train=words.photos(node.counts.train), test=node.counts.test))
        return super().data(index, role)

    def state_text(self, node: Node) -> str:
        if isinstance(node, TaskNode):
            return self.tr("trained") if node.task.state == "trained" else self.tr("not yet trained")
        words = {
            "new": self.tr("new"),
            "described": self.tr("described"),
            "trained": self.tr("trained"),
            "stale": self.tr("stale"),
        }
        return words[node.state]

    def state_role(self, node: Node) -> str:
        state = node.task.state if isinstance(node, TaskNode) else node.state
        return {"described": "accent", "trained": "good", "stale": "warn"}.get(state, "muted")

    def counts_text(self, node: Node) -> str:
        """Photos to learn and to test of a class; the number of classes of a task."""
        if isinstance(node, TaskNode):
            return words.classes(len(node.classes))
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
        if isinstance(node, ClassNode) and node.state in ("new", "described"):
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
