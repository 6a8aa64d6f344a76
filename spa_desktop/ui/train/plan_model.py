"""The tasks that can be learned as a tree: tasks to tick, and their classes below."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QObject, QSize, Qt
from PySide6.QtGui import QBrush, QStandardItem, QStandardItemModel

from spa_desktop.ui.style.theme import class_style, theme
from spa_desktop.ui.train.training_plan import PendingClass, PendingTask
from spa_desktop.ui.widgets.number_words import count
from spa_desktop.ui.widgets.plots import swatch

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

    def forget(self) -> None:
        """Show no tasks, and keep no ticks."""
        self.clear()
        self.tasks = ()

    def chosen(self) -> tuple[PendingTask, ...]:
        """The tasks that are ticked, in the order of learning."""
        ticked = {
            self.item(row).data(TASK_ROLE)
            for row in range(self.rowCount())
            if self.item(row).checkState() == Qt.CheckState.Checked
        }
        return tuple(task for task in self.tasks if task.task.id in ticked)

    def restyle(self) -> None:
        """Take the colours of the theme of now."""
        self.fill(self.tasks)

    def _class_row(self, one: PendingClass) -> list[QStandardItem]:
        name = QStandardItem(one.record.name)
        name.setIcon(swatch(class_style(one.record.color)))
        name.setData(one.record.id, CLASS_ROLE)
        words: dict[str, tuple[str, str]] = {
            "approved": (self.tr("approved"), "good"),
            "draft": (self.tr("not approved"), "warn"),
            "missing": (self.tr("will be written offline"), "warn"),
        }
        words |= {"more": (self.tr("more photos"), "muted"), "again": (self.tr("photos were taken out"), "muted")}
        text, role = words["more" if one.is_top_up else "again" if one.is_again else one.text]
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
