"""What a person can change on the Classes page. Each is one step that can be undone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal, Slot

from spa_desktop.jobs import Job
from spa_desktop.project import Transaction
from spa_desktop.project.class_names import next_task_name
from spa_desktop.project.records import ClassRecord, Split, TaskRecord
from spa_desktop.ui.app_state.context import AppContext
from spa_desktop.ui.classes.tree_model import Node, TaskNode
from spa_desktop.ui.widgets import plural_words

if TYPE_CHECKING:
    from spa_desktop.workbench import Workbench


class ClassEdits(QObject):
    """Changes the project by way of the context, and says what became of it where that is not plain to see."""

    said = Signal(str)  # a line about something that can be undone

    def __init__(self, context: AppContext, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._context = context

    @Slot(object, str)
    def rename(self, node: Node, name: str) -> None:
        """Give a class or task another name. What was learned stays valid."""
        summary = self.tr("{old} to {new}").format(old=node.name, new=name)
        is_task = isinstance(node, TaskNode)

        def write(tx: Transaction) -> None:
            (tx.rename_task if is_task else tx.rename_class)(node.id, name)

        self._edit(self.tr("rename"), summary, write)

    def add_task(self) -> None:
        """Add an empty task after all others."""
        contents = self._context.contents
        assert contents is not None, "the page is not shown without a project"
        name = next_task_name({task.name for task in contents.tasks})
        self._edit(self.tr("add task"), name, lambda tx: tx.add_task(name))

    def delete_task(self, task: TaskRecord) -> None:
        """Delete an empty task."""
        self._edit(self.tr("delete task"), task.name, lambda tx: tx.delete_task(task.id))

    def shift_task(self, task: TaskRecord, step: int) -> None:
        """Move a task that is not trained up (-1) or down (1) among its like."""
        contents = self._context.contents
        assert contents is not None, "the page is not shown without a project"
        ids = [one.id for one in contents.tasks]
        place = ids.index(task.id)
        if not can_shift(contents.tasks, task, step):
            return
        ids[place], ids[place + step] = ids[place + step], ids[place]
        self._edit(self.tr("move task"), task.name, lambda tx: tx.reorder_tasks(ids))

    def move_class(self, class_id: int, task_id: int) -> None:
        """Put a class that is not trained into another task that is not trained."""
        record, task = self._class(class_id), self._task(task_id)
        if record.task_id != task_id:
            summary = self.tr("{name} to {task}").format(name=record.name, task=task.name)
            self._edit(self.tr("move class"), summary, lambda tx: tx.move_class(class_id, task_id))

    def merge(self, source: ClassRecord, target: ClassRecord) -> None:
        """Make one class of two, with what was learned of both."""
        summary = self.tr("{name} into {other}").format(name=source.name, other=target.name)
        said = self.tr("{name} was merged into {other}.").format(name=source.name, other=target.name)
        anew = self.tr("Photos that it has not learned are learned with the next training.")
        was_learned = source.id in self._learned or target.id in self._learned

        def work(bench: Workbench, job: Job) -> str:
            is_done = bench.merge_classes(source.id, target.id, job)
            return said if is_done or not was_learned else f"{said} {anew}"

        title = self.tr("Merging {what}").format(what=summary)
        self._wait_said()
        self._context.run(title, work, done=self._on_done, is_quiet=not was_learned)

    def delete_class(self, record: ClassRecord) -> None:
        """Delete a class, its photos' records, and what was learned of it. Photo files are never touched."""
        said = self.tr("{name} was deleted. Its photo files were not touched.").format(name=record.name)
        if record.id not in self._learned:
            self._edit(self.tr("delete class"), record.name, lambda tx: tx.delete_class(record.id), said=said)
            return

        def work(bench: Workbench, job: Job) -> str:
            bench.forget_class(record.id)
            return said

        title = self.tr("Forgetting {name}").format(name=record.name)
        self._context.run(title, work, done=self._on_done)

    def move_photos(self, photo_ids: Sequence[int], class_id: int) -> None:
        """Put photos into another class."""
        ids, target = list(photo_ids), self._class(class_id)
        summary = self.tr("{n} to {name}").format(n=plural_words.photos(len(ids)), name=target.name)
        said = self.tr("Moved {what}.").format(what=summary)
        self._edit(self.tr("move"), summary, lambda tx: tx.move_photos(ids, class_id), said=said)

    def set_aside(self, photo_ids: Sequence[int], is_set_aside: bool) -> None:
        """Keep photos without using them, or use them again."""
        ids = list(photo_ids)
        verb = self.tr("set aside") if is_set_aside else self.tr("use again")
        self._edit(verb, plural_words.photos(len(ids)), lambda tx: tx.set_aside(ids, is_set_aside))

    def set_split(self, photo_ids: Sequence[int], split: Split) -> None:
        """Learn from photos, or test with them."""
        ids = list(photo_ids)
        verb = self.tr("test with") if split == "test" else self.tr("learn from")
        self._edit(verb, plural_words.photos(len(ids)), lambda tx: tx.set_split(ids, split))

    def delete_photos(self, photo_ids: Sequence[int]) -> None:
        """Take photos out of the project. Their files are never touched."""
        ids = list(photo_ids)
        said = self.tr("Removed {what}. The files were not touched.").format(what=plural_words.photos(len(ids)))
        self._edit(self.tr("remove"), plural_words.photos(len(ids)), lambda tx: tx.delete_photos(ids), said=said)

    def set_exemplars(self, class_id: int, photo_ids: Sequence[int]) -> None:
        """Choose the photos that show a class to whoever describes it."""
        ids = list(photo_ids)
        name = self._class(class_id).name
        self._edit(self.tr("choose exemplars of"), name, lambda tx: tx.set_exemplars(class_id, ids))

    @property
    def _learned(self) -> frozenset[int]:
        return self._context.contents.learned_ids if self._context.contents else frozenset()

    def _class(self, class_id: int) -> ClassRecord:
        record = self._context.contents.class_(class_id) if self._context.contents else None
        assert record is not None, "only classes that are shown can be chosen"
        return record

    def _task(self, task_id: int) -> TaskRecord:
        record = self._context.contents.task(task_id) if self._context.contents else None
        assert record is not None, "only tasks that are shown can be chosen"
        return record

    def _edit(self, verb: str, summary: str, write: Callable[[Transaction], Any], *, said: str = "") -> None:
        """Edit, and then say so. Several edits may wait: the line goes with its own."""

        def work(tx: Transaction) -> str:
            write(tx)
            return said

        self._wait_said()
        self._context.edit(verb, summary, work, done=self._on_done if said else None)

    def _wait_said(self) -> None:
        """One thing after the other: what is learned just now must not change meanwhile."""
        busy = next((one for one in self._context.background.handles if one.lane == "write" and not one.is_quiet), None)
        if busy is not None:
            self._context.banner(self.tr("This is done as soon as this is over: {title}").format(title=busy.title))

    @Slot(object)
    def _on_done(self, line: str) -> None:
        self.said.emit(line)


def can_shift(tasks: Sequence[TaskRecord], task: TaskRecord, step: int) -> bool:
    """Whether a task may change places with the one before (-1) or after it (1): trained tasks keep theirs."""
    ids = [one.id for one in tasks]
    place = ids.index(task.id) + step if task.id in ids else -1
    return task.state == "new" and 0 <= place < len(tasks) and tasks[place].state == "new"
