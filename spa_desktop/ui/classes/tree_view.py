"""Tasks and classes as a tree: the sign of each class, its name, its photos, its state."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize, Qt, Signal, Slot
from PySide6.QtGui import QFont, QFontMetrics, QPainter
from PySide6.QtWidgets import QAbstractItemView, QStyledItemDelegate, QStyleOptionViewItem, QTreeView, QWidget

from spa_desktop.ui.classes.tree_model import NODE_ROLE, ClassNode, ClassTreeModel, Node, TaskNode
from spa_desktop.ui.style.theme import Size, Space, class_style, state_color, theme
from spa_desktop.ui.widgets.content_height import fit_height
from spa_desktop.ui.widgets.plots import swatch
from spa_desktop.ui.widgets.row_ground import paint_row_ground

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
