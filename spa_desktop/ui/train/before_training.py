"""Before a training: what will be learned, from how many photos, with which text, about how long."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from PySide6.QtCore import QModelIndex, QObject, QSize, Qt, Signal, Slot
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QFrame, QHeaderView, QLabel, QPushButton, QSizePolicy, QTreeView, QWidget

from spa_desktop.project.records import ClassRecord
from spa_desktop.ui.app_state.contents import Contents
from spa_desktop.ui.app_state.context import AppContext
from spa_desktop.ui.corrections.worth_a_look import Picked
from spa_desktop.ui.style.icons import Sign
from spa_desktop.ui.style.theme import Size, Space, set_type
from spa_desktop.ui.train.stages import rough_time
from spa_desktop.ui.widgets import words
from spa_desktop.ui.widgets.class_list import ClassListModel, ClassNode, TaskNode
from spa_desktop.ui.widgets.forms import card, column, row
from spa_desktop.ui.widgets.labels import button, slot, wrapped
from spa_desktop.ui.widgets.tables import Column, Index
from spa_desktop.ui.widgets.words import advice_words, count, some_names
from spa_desktop.workbench.overview import Advice
from spa_desktop.workbench.training import learned_as

# What could be learned now: tasks to tick, and their classes below.


def pending_tasks(contents: Contents) -> tuple[TaskNode, ...]:
    """The tasks that have something to learn, in the order of learning, with the photos that would be learned."""
    found = []
    for task in contents.tasks:
        classes = tuple(_pending(contents, one) for one in contents.to_learn if one.task_id == task.id)
        if classes:
            found.append(TaskNode(task, classes))
    return tuple(found)


def _pending(contents: Contents, record: ClassRecord) -> ClassNode:
    """A class that a training would learn.

    Its state is of a new class, whether the text that it is learned with was approved, only written ("draft"), or is
    missing. Of a known class, which needs no text: "more" if it gets more photos, "anew" if the model knows it by
    photos that are gone, and learns it again from those left.
    """
    counts, state = contents.counts[record.id], "missing"
    if (part := learned_as(record, counts)) == "more":
        counts, state = replace(counts, train=counts.unlearned), part
    elif part == "anew":
        state = part
    elif record.id in contents.descriptions:
        state = "approved" if contents.is_approved(record.id) else "draft"
    return ClassNode(record, counts, state)


_ROW_HEIGHT, _LEAST_ROWS = 28, 6


class PlanModel(ClassListModel):
    """Columns: name, photos to learn, photos to test, text. Ticks are kept over a refill by the task's id."""

    ticked = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._unticked: set[int] = set()
        self.states = {
            "approved": (self.tr("approved"), "muted"),
            "draft": (self.tr("not approved"), "muted"),
            "missing": (self.tr("will be written offline"), "muted"),
            "more": (self.tr("more photos"), "muted"),
            "anew": (self.tr("photos were taken out"), "muted"),
        }
        self.columns = (
            Column(
                self.tr("Class"),
                lambda node: node.name,
                color=lambda node: node.record.color if isinstance(node, ClassNode) else None,
            ),
            Column(self.tr("To learn"), lambda node: count(node.counts.train), 88, is_number=True),
            Column(self.tr("To test"), lambda node: count(node.counts.test), 88, is_number=True),
            Column(self.tr("Text"), lambda node: self.state(node)[0], 192, role=lambda node: self.state(node)[1]),
        )

    def fill(self, tasks: Sequence[TaskNode]) -> bool:
        """Show these tasks. Gives True if rows came, went or changed places."""
        self._unticked &= {task.id for task in tasks}
        return self.show(tasks)

    @property
    def chosen(self) -> tuple[TaskNode, ...]:
        """The tasks that are ticked, in the order of learning."""
        return tuple(node for node in self.rows if isinstance(node, TaskNode) and node.id not in self._unticked)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        node = self.node(index)
        if role == Qt.ItemDataRole.SizeHintRole:
            return QSize(0, _ROW_HEIGHT)
        if isinstance(node, TaskNode) and index.column() == 0:
            if role == Qt.ItemDataRole.CheckStateRole:
                return Qt.CheckState.Unchecked if node.id in self._unticked else Qt.CheckState.Checked
            if role == Qt.ItemDataRole.FontRole:
                font = QFont()
                font.setBold(True)
                return font
        return super().data(index, role)

    def setData(self, index: Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        node = self.node(index)
        if role != Qt.ItemDataRole.CheckStateRole or not isinstance(node, TaskNode):
            return False
        (self._unticked.discard if Qt.CheckState(value) == Qt.CheckState.Checked else self._unticked.add)(node.id)
        self.dataChanged.emit(index, index)
        self.ticked.emit()
        return True

    def flags(self, index: Index) -> Qt.ItemFlag:
        flags = super().flags(index)
        is_task = index.column() == 0 and isinstance(self.node(index), TaskNode)
        return flags | Qt.ItemFlag.ItemIsUserCheckable if is_task else flags


# What to know about the photos before they are learned: a line for each, with a way to the class that it is about.


class AdviceList(QFrame):
    """A card of lines; hidden when there is nothing to say."""

    def __init__(self, context: AppContext, after: QWidget) -> None:
        """Make it empty; `after` is what the Tab key leaves for the first line."""
        super().__init__()
        self._context, self._after = context, after
        self.setProperty("card", True)
        self.advice: tuple[Advice, ...] = ()
        self.doubted: Picked | None = None
        self.buttons: list[QPushButton] = []  # one a line: the way to the photos
        self._column = column(spacing=Space.XS, margins=(Space.L, Space.S, Space.S, Space.S), of=self)
        self.hide()

    def fill(self, advice: Sequence[Advice], doubted: Picked | None = None) -> None:
        """Say these, and before them which photos probably belong to another class."""
        if (tuple(advice), doubted) != (self.advice, self.doubted):
            self.advice, self.doubted = tuple(advice), doubted
            while (item := self._column.takeAt(0)) is not None and (line := item.widget()) is not None:
                line.hide()
                line.deleteLater()
            self.buttons = []
            if doubted is not None:
                self._add_line(Sign("warning", "warn"), doubted.sentence, self.tr("Look"), doubted)
            for one in self.advice:
                about = one.classes[0]
                self._add_line(
                    Sign("error", "bad") if one.kind == "no photo" else Sign("warning", "warn"),
                    advice_words(one),
                    self.tr("Go to the photos"),
                    about.id,
                    self.tr("Go to the photos of {name}").format(name=about.name),
                )
            # What comes later would be last for the Tab key.
            for before, after in itertools.pairwise((self._after, *self.buttons)):
                self.setTabOrder(before, after)
        self.setVisible(bool(self.buttons))

    def _add_line(self, sign: Sign, said: str, text: str, photos: int | Picked, name: str = "") -> None:
        """Add a sign, the words, and a button that leads to the photos: of a class, or these."""
        words = wrapped(said, Size.BODY, role="text")
        words.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        see = slot(self, self._context.go_to, "classes", photos)
        line, link = QWidget(), button(text, see, kind="link", name=f"{name or text}. {said}")
        row(sign, (words, 1), link, spacing=Space.S, of=line)
        self._column.addWidget(line)
        self.buttons.append(link)


class PlanView(QWidget):
    """A summary in words, and the tasks with their classes, of which the person ticks those to learn."""

    changed = Signal()  # another choice of tasks

    def __init__(self, context: AppContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self.model = PlanModel(self)
        self._rates: Mapping[str, float] | None = None
        self._known = 0
        self.summary = set_type(QLabel(), Size.STRONG, strong=True)
        self.texts = set_type(QLabel(), Size.BODY, role="muted")
        self.memory = set_type(QLabel(), Size.CAPTION, role="muted")
        for label in (self.summary, self.texts, self.memory):
            label.setWordWrap(True)
        self.review = button(self.tr("Look at the descriptions"), self._review, kind="link")
        ground = card()
        texts = column(self.summary, self.texts, self.memory, spacing=Space.XS)
        row(
            (texts, 1),
            (self.review, 0, Qt.AlignmentFlag.AlignVCenter),
            spacing=Space.S,
            margins=(Space.L, Space.M, Space.S, Space.M),
            of=ground,
        )
        self.advice = AdviceList(context, after=self.review)
        self.tree = QTreeView(uniformRowHeights=True)
        self.tree.setObjectName("planTree")
        self.tree.setModel(self.model)
        self.tree.setAccessibleName(self.tr("Tasks to learn, with their classes"))
        self.tree.setEditTriggers(QTreeView.EditTrigger.NoEditTriggers)
        self.tree.activated.connect(self._on_activated)
        self.model.ticked.connect(self._on_ticked)
        header = self.tree.header()
        header.setStretchLastSection(False)
        header.setSectionsMovable(False)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        for place, one in enumerate(self.model.columns[1:], start=1):
            header.setSectionResizeMode(place, QHeaderView.ResizeMode.Fixed)
            header.resizeSection(place, one.width)
        column(ground, self.advice, (self.tree, 1), None, spacing=Space.L, of=self)

    @property
    def chosen(self) -> tuple[TaskNode, ...]:
        """What will be learned, in this order."""
        return self.model.chosen

    def fill(self, tasks: Sequence[TaskNode], known: int, rates: Mapping[str, float] | None) -> None:
        """Show tasks, told the number of classes that are known already, and the rates of :func:`expected_seconds`."""
        self._rates, self._known = rates, known
        if self.model.fill(tasks):
            self.tree.expandAll()
            rows = sum(1 + len(one.classes) for one in tasks)
            header = self.tree.header().sizeHint().height() + 2 * self.tree.frameWidth()
            self.tree.setMaximumHeight(header + _ROW_HEIGHT * rows)
            self.tree.setMinimumHeight(header + _ROW_HEIGHT * min(rows, _LEAST_ROWS))
        self._describe()

    @Slot()
    def _on_ticked(self) -> None:
        self._describe()
        self.changed.emit()

    def _describe(self) -> None:
        chosen = self.chosen
        names: dict[str, list[str]] = defaultdict(list)
        for task in chosen:
            for one in task.classes:
                names[one.state].append(one.name)
        drafts, missing, more, again = (names[state] for state in ("draft", "missing", "more", "anew"))
        new = len(names["approved"]) + len(drafts) + len(missing)
        self.review.setVisible(bool(drafts or missing))
        if not chosen:
            self.summary.setText(self.tr("Tick a task to learn it"))
            self.texts.clear()
            self.memory.clear()
            return
        photos = sum(task.counts.train for task in chosen)
        parts = []
        if new:
            parts.append(self.tr("one new class") if new == 1 else self.tr("{n} new classes").format(n=count(new)))
        if more:
            parts.append(self.tr("more photos of {names}").format(names=some_names(more)))
        if again:
            parts.append(self.tr("{names} again, without the photos that are gone").format(names=some_names(again)))
        what = self.tr(" and ").join(parts)
        self.summary.setText(
            self.tr("Learns {what} from {photos}, {time}").format(
                what=what, photos=words.photos(photos), time=rough_time(photos, self._rates)
            )
        )
        if not self._known:
            memory = self.tr("What is learned is checked on the test photos, which are never learned from.")
        elif again:
            memory = self.tr("It keeps what it knows of the other classes, and needs none of their photos.")
        else:
            memory = self.tr("It keeps what it knows (classes: {n}), and needs none of the old photos.")
        self.memory.setText(memory.format(n=count(self._known)))
        lines = []
        if drafts:
            lines.append(self.tr("Text not approved yet: {names}").format(names=some_names(drafts)))
        if missing:
            lines.append(self.tr("No text yet, written offline first: {names}").format(names=some_names(missing)))
        if new and not lines:  # known classes need none
            lines.append(self.tr("All texts are approved"))
        self.texts.setText("\n".join(lines))

    @Slot(QModelIndex)
    def _on_activated(self, index: QModelIndex) -> None:
        node = self.model.node(index)
        if isinstance(node, ClassNode):
            self._context.go_to("descriptions", node.id)

    @Slot()
    def _review(self) -> None:
        waiting = [one.id for task in self.chosen for one in task.classes if one.state in ("draft", "missing")]
        self._context.go_to("descriptions", waiting[0])  # the link is seen where there is one
