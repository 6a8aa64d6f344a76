"""Before a training: what will be learned, from how many photos, with which text, about how long."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from PySide6.QtCore import QModelIndex, QObject, QSize, Qt, Signal, Slot
from PySide6.QtGui import QBrush, QStandardItem, QStandardItemModel
from PySide6.QtWidgets import (
    QButtonGroup,
    QFrame,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QPushButton,
    QSizePolicy,
    QTreeView,
    QVBoxLayout,
    QWidget,
)

from spa_desktop.project.records import ClassRecord, TaskRecord
from spa_desktop.ui.app_state.contents import Contents
from spa_desktop.ui.style.icons import Sign
from spa_desktop.ui.style.theme import Size, Space, class_style, set_type, theme
from spa_desktop.ui.train.stages import rough_time
from spa_desktop.ui.widgets import words
from spa_desktop.ui.widgets.plots import swatch
from spa_desktop.ui.widgets.words import advice_words, count, some_names
from spa_desktop.workbench.overview import Advice
from spa_desktop.workbench.training import learned_as

# What could be learned now, as plain values.

State = Literal["approved", "draft", "missing", "more", "anew"]


@dataclass(frozen=True)
class PendingClass:
    """A class that a training would learn.

    Attributes:
        record: the class.
        train: photos that would be learned.
        test: photos it would be checked on.
        state: of a new class, whether the text that it is learned with was approved, only written, or is missing.
            Of a known class, which needs no text: "more" if it gets more photos, "anew" if the model knows it by
            photos that are gone, and learns it again from those left.
    """

    record: ClassRecord
    train: int
    test: int
    state: State


@dataclass(frozen=True)
class PendingTask:
    """A task with something to learn in it."""

    task: TaskRecord
    classes: tuple[PendingClass, ...]

    @property
    def photos(self) -> int:
        return sum(one.train for one in self.classes)


def pending_tasks(contents: Contents) -> tuple[PendingTask, ...]:
    """The tasks that have something to learn, in the order of learning."""
    found = []
    for task in contents.tasks:
        classes = tuple(_pending(contents, one) for one in contents.to_learn if one.task_id == task.id)
        if classes:
            found.append(PendingTask(task, classes))
    return tuple(found)


def _pending(contents: Contents, record: ClassRecord) -> PendingClass:
    counts = contents.counts[record.id]
    state: State = "missing"
    if (part := learned_as(record, counts)) in ("more", "anew"):
        state = part
    elif record.id in contents.descriptions:
        state = "approved" if contents.is_approved(record.id) else "draft"
    return PendingClass(record, counts.unlearned if state == "more" else counts.train, counts.test, state)


# The tasks that can be learned as a tree: tasks to tick, and their classes below.

TASK_ROLE = Qt.ItemDataRole.UserRole
CLASS_ROLE = Qt.ItemDataRole.UserRole + 1

_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_ROW_HEIGHT = 28


class PlanModel(QStandardItemModel):
    """Columns: name, photos to learn, photos to test, text. Ticks are kept over a refill by the task's id."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.tasks: tuple[PendingTask, ...] = ()

    def fill(self, tasks: Sequence[PendingTask]) -> None:
        """Show these tasks."""
        unticked = {task.task.id for task in self.tasks} - {task.task.id for task in self.chosen()}
        self.clear()
        self.tasks = tuple(tasks)
        self.setHorizontalHeaderLabels([self.tr("Class"), self.tr("To learn"), self.tr("To test"), self.tr("Text")])
        for column in (1, 2):
            self.setHeaderData(column, Qt.Orientation.Horizontal, _RIGHT, Qt.ItemDataRole.TextAlignmentRole)
        for task in tasks:
            name = QStandardItem(task.task.name)
            name.setData(task.task.id, TASK_ROLE)
            name.setCheckable(True)
            ticked = task.task.id not in unticked
            name.setCheckState(Qt.CheckState.Checked if ticked else Qt.CheckState.Unchecked)
            font = name.font()
            font.setBold(True)
            name.setFont(font)
            tests = sum(one.test for one in task.classes)
            for one in task.classes:
                name.appendRow(self._class_row(one))
            self.appendRow(_fixed([name, _number(task.photos), _number(tests), QStandardItem()]))

    def chosen(self) -> tuple[PendingTask, ...]:
        """The tasks that are ticked, in the order of learning."""
        ticked = {
            self.item(row).data(TASK_ROLE)
            for row in range(self.rowCount())
            if self.item(row).checkState() == Qt.CheckState.Checked
        }
        return tuple(task for task in self.tasks if task.task.id in ticked)

    def _class_row(self, one: PendingClass) -> list[QStandardItem]:
        name = QStandardItem(one.record.name)
        name.setIcon(swatch(class_style(one.record.color)))
        name.setData(one.record.id, CLASS_ROLE)
        words: dict[State, tuple[str, str]] = {
            "approved": (self.tr("approved"), "good"),
            "draft": (self.tr("not approved"), "warn"),
            "missing": (self.tr("will be written offline"), "warn"),
            "more": (self.tr("more photos"), "muted"),
            "anew": (self.tr("photos were taken out"), "muted"),
        }
        text, role = words[one.state]
        state = QStandardItem(text)
        state.setForeground(QBrush(theme().color(role)))
        return _fixed([name, _number(one.train), _number(one.test), state])


def _number(value: int) -> QStandardItem:
    item = QStandardItem(count(value))
    item.setTextAlignment(_RIGHT)
    return item


def _fixed(row: list[QStandardItem]) -> list[QStandardItem]:
    for item in row:
        item.setEditable(False)
        item.setSizeHint(QSize(0, _ROW_HEIGHT))
    return row


# What to know about the photos before they are learned: a line for each, with a way to the class that it is about.


class AdviceList(QFrame):
    """A card of lines; hidden when there is nothing to say."""

    class_wanted = Signal(int)  # class id

    def __init__(self, after: QWidget, parent: QWidget | None = None) -> None:
        """Make it empty.

        Args:
            after: what the Tab key leaves for the first line.
            parent: as in Qt.
        """
        super().__init__(parent)
        self._after = after
        self.setProperty("card", True)
        self.advice: tuple[Advice, ...] = ()
        self.buttons: list[QPushButton] = []  # one a line: the way to the photos
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(Space.L, Space.S, Space.S, Space.S)
        self._column.setSpacing(Space.XS)
        self.hide()

    def fill(self, advice: Sequence[Advice]) -> None:
        """Say these."""
        if tuple(advice) != self.advice:
            self.advice = tuple(advice)
            while (item := self._column.takeAt(0)) is not None and (line := item.widget()) is not None:
                line.hide()
                line.deleteLater()
            self.buttons = [self._add_line(one) for one in self.advice]
            # What comes later would be last for the Tab key.
            for before, button in itertools.pairwise((self._after, *self.buttons)):
                self.setTabOrder(before, button)
        self.setVisible(bool(self.advice))

    def _add_line(self, advice: Advice) -> QPushButton:
        """Add a sign, the words, and a button that leads to the photos; give the button."""
        said, about = advice_words(advice), advice.classes[0]
        text = set_type(QLabel(said), Size.BODY)
        text.setWordWrap(True)
        text.setTextFormat(Qt.TextFormat.PlainText)
        text.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        line = QWidget()
        button = QPushButton(self.tr("Go to the photos"))
        button.setProperty("kind", "link")
        button.setAccessibleName(self.tr("Go to the photos of {name}").format(name=about.name) + ". " + said)
        group = QButtonGroup(line)
        group.addButton(button, about.id)
        group.idClicked.connect(self.class_wanted)
        row = QHBoxLayout(line)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(Space.S)
        row.addWidget(Sign("error", "bad") if advice.kind == "no photo" else Sign("warning", "warn"))
        row.addWidget(text, 1)
        row.addWidget(button)
        self._column.addWidget(line)
        return button


_WIDTHS = (88, 88, 192)


class PlanView(QWidget):
    """A summary in words, and the tasks with their classes, of which the person ticks those to learn."""

    changed = Signal()  # another choice of tasks
    review_wanted = Signal(object)  # class id or None: the descriptions are to be looked at

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.model = PlanModel(self)
        self._rates: Mapping[str, float] | None = None
        self._known = 0
        self.summary = set_type(QLabel(), Size.STRONG, strong=True)
        self.texts = set_type(QLabel(), Size.BODY)
        self.memory = set_type(QLabel(), Size.CAPTION, role="muted")
        for label in (self.summary, self.texts, self.memory):
            label.setWordWrap(True)
            label.setTextFormat(Qt.TextFormat.PlainText)
        self.review = QPushButton(self.tr("Look at the descriptions"))
        self.review.setProperty("kind", "link")
        self.review.clicked.connect(self._review)
        card = QFrame()
        card.setProperty("card", True)
        words = QVBoxLayout()
        words.setSpacing(Space.XS)
        for label in (self.summary, self.texts, self.memory):
            words.addWidget(label)
        row = QHBoxLayout(card)
        row.setContentsMargins(Space.L, Space.M, Space.S, Space.M)
        row.addLayout(words, 1)
        row.addWidget(self.review, 0, Qt.AlignmentFlag.AlignVCenter)
        self.advice = AdviceList(after=self.review)
        self.tree = QTreeView()
        self.tree.setObjectName("planTree")
        self.tree.setModel(self.model)
        self.tree.setAccessibleName(self.tr("Tasks to learn, with their classes"))
        self.tree.setEditTriggers(QTreeView.EditTrigger.NoEditTriggers)
        self.tree.setUniformRowHeights(True)
        self.tree.activated.connect(self._on_activated)
        self.model.itemChanged.connect(self._on_ticked)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(Space.L)
        column.addWidget(card)
        column.addWidget(self.advice)
        column.addWidget(self.tree, 1)

    @property
    def chosen(self) -> tuple[PendingTask, ...]:
        """What will be learned, in this order."""
        return self.model.chosen()

    def fill(self, tasks: Sequence[PendingTask], known: int, rates: Mapping[str, float] | None) -> None:
        """Show tasks.

        Args:
            tasks: with something to learn in each.
            known: classes that the model knows already.
            rates: seconds a photo, by stage, as measured here; None if nothing was.
        """
        self._rates, self._known = rates, known
        if tuple(tasks) != self.model.tasks:
            self.model.fill(tasks)
            self._lay_out()
        self._describe()

    def restyle(self) -> None:
        """Take the colours of the theme of now."""
        self.model.fill(self.model.tasks)
        self._lay_out()

    def _lay_out(self) -> None:
        self.tree.expandAll()
        header = self.tree.header()
        header.setStretchLastSection(False)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        for column, width in enumerate(_WIDTHS, start=1):
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.Fixed)
            header.resizeSection(column, width)
        header.setSectionsMovable(False)

    @Slot()
    def _on_ticked(self) -> None:
        self._describe()
        self.changed.emit()

    def _describe(self) -> None:
        chosen = self.chosen
        names: dict[State, list[str]] = defaultdict(list)
        for task in chosen:
            for one in task.classes:
                names[one.state].append(one.record.name)
        drafts, missing, more, again = (names[state] for state in ("draft", "missing", "more", "anew"))
        new = len(names["approved"]) + len(drafts) + len(missing)
        self.review.setVisible(bool(drafts or missing))
        if not chosen:
            self.summary.setText(self.tr("Tick a task to learn it"))
            self.texts.clear()
            self.memory.clear()
            return
        photos = sum(task.photos for task in chosen)
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
        self.texts.setProperty("role", "warn" if drafts or missing else "good")
        self.texts.style().polish(self.texts)

    @Slot(QModelIndex)
    def _on_activated(self, index: QModelIndex) -> None:
        class_id = index.siblingAtColumn(0).data(CLASS_ROLE)
        if class_id is not None:
            self.review_wanted.emit(class_id)

    @Slot()
    def _review(self) -> None:
        waiting = [one.record.id for task in self.chosen for one in task.classes if one.state in ("draft", "missing")]
        self.review_wanted.emit(waiting[0] if waiting else None)
