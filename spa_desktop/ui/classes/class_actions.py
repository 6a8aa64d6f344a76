"""The actions of the Classes page: one object each for menus, keys and buttons."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtCore import QObject, Qt, Slot
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu, QWidget

from spa_desktop.project.records import ClassRecord, PhotoRecord
from spa_desktop.ui.app_state.context import AppContext
from spa_desktop.ui.classes.class_edits import ClassEdits, can_shift
from spa_desktop.ui.classes.tree_model import ClassNode, TaskNode
from spa_desktop.ui.classes.tree_view import ClassTreeView
from spa_desktop.ui.plain_text import caption
from spa_desktop.ui.style.icons import icon
from spa_desktop.ui.style.theme import class_style, theme
from spa_desktop.ui.thumbnails.photo_view import PhotoView
from spa_desktop.ui.widgets.plots import swatch

Keys = QKeySequence.StandardKey | QKeySequence | str | None


def _action(owner: QWidget, text: str, slot: Callable[..., Any], icon_name: str, keys: Keys = None) -> QAction:
    action = QAction(icon(icon_name), text, owner)
    if keys is not None:
        action.setShortcut(QKeySequence(keys))
        # The same key means something else for a class than for a photo: it belongs to the list that has the focus.
        action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
    action.triggered.connect(slot)
    owner.addAction(action)
    return action


class _TargetMenu(QMenu):
    """A menu of classes or tasks, each an action whose data is an id. It is filled for one slot."""

    _filled: tuple[object, str] | None = None

    def fill(self, targets: Sequence[tuple[int, str, int | None]], slot: Callable[..., Any]) -> None:
        wanted = (tuple(targets), theme().name)
        if self._filled == wanted:  # every verb leads here, and most change nothing of it
            return
        self._filled = wanted
        self.clear()
        for key, name, color in targets:
            action = self.addAction(caption(name))
            if color is not None:
                action.setIcon(swatch(class_style(color)))
            action.setData(key)
            action.triggered.connect(slot)
        self.menuAction().setEnabled(bool(targets))


class TreeActions(QObject):
    """What can be done with a class or a task."""

    def __init__(self, context: AppContext, edits: ClassEdits, view: ClassTreeView) -> None:
        super().__init__(view)
        self._context, self._edits, self._view = context, edits, view
        self.rename = _action(view, self.tr("Rename"), self._rename, "edit", "F2")
        # Editing by key is the view's own doing; the shortcut would make it ambiguous.
        self.rename.setShortcut(QKeySequence())
        self.describe = _action(view, self.tr("Show the description"), self._describe, "descriptions")
        self.merge = _TargetMenu(self.tr("Merge into"), view)
        self.move = _TargetMenu(self.tr("Move to task"), view)
        for menu, name in ((self.merge, "merge"), (self.move, "move")):
            menu.setIcon(icon(name))
            view.addAction(menu.menuAction())
        self.up = _action(view, self.tr("Learn earlier"), self._up, "up", "Alt+Up")
        self.down = _action(view, self.tr("Learn later"), self._down, "down", "Alt+Down")
        self.add_task = _action(view, self.tr("Add a task"), edits.add_task, "task", "Ctrl+Shift+N")
        self.delete = _action(view, self.tr("Delete"), self._delete, "delete", QKeySequence.StandardKey.Delete)

    def menu(self, parent: QWidget) -> QMenu:
        """The same as a menu for a button."""
        menu = QMenu(parent)
        menu.addActions(self._view.actions())
        return menu

    def refresh(self) -> None:
        """Enable what can be done with what is chosen."""
        contents, node = self._context.contents, self._view.node
        may = self._context.is_writable and contents is not None
        record = node.record if isinstance(node, ClassNode) else None
        task = node.task if isinstance(node, TaskNode) else None
        is_fixed = record is not None and record.state in ("trained", "stale")
        others = [one for one in contents.classes if record and one.id != record.id] if contents and may else []
        self.merge.fill([(one.id, one.name, one.color) for one in others], self._merge)
        tasks = [one for one in contents.tasks if one.state == "new"] if contents and may and record else []
        free = [] if is_fixed else [(one.id, one.name, None) for one in tasks if record and one.id != record.task_id]
        self.move.fill(free, self._move)
        self.rename.setEnabled(may and node is not None)
        self.describe.setEnabled(record is not None)
        self.describe.setVisible(record is not None)
        all_tasks = contents.tasks if contents else ()
        for action, step in ((self.up, -1), (self.down, 1)):
            action.setVisible(task is not None)
            action.setEnabled(may and task is not None and can_shift(all_tasks, task, step))
        for menu in (self.merge, self.move):
            menu.menuAction().setVisible(record is not None)
        self.add_task.setEnabled(may)
        self.delete.setEnabled(may and (record is not None or (isinstance(node, TaskNode) and not node.classes)))

    @Slot()
    def _rename(self) -> None:
        self._view.setFocus()
        self._view.edit(self._view.currentIndex())

    @Slot()
    def _describe(self) -> None:
        if isinstance(self._view.node, ClassNode):
            self._context.go_to("descriptions", self._view.node.id)

    @Slot()
    def _merge(self) -> None:
        contents, record = self._context.contents, self._record
        target = contents.class_(_data(self)) if contents else None
        if record is not None and target is not None:
            self._view.choose(ClassNode, target.id)
            self._edits.merge(record, target)

    @Slot()
    def _move(self) -> None:
        if self._record is not None:
            self._edits.move_class(self._record.id, _data(self))

    @Slot()
    def _up(self) -> None:
        self._shift(-1)

    @Slot()
    def _down(self) -> None:
        self._shift(1)

    def _shift(self, step: int) -> None:
        if isinstance(self._view.node, TaskNode):
            self._edits.shift_task(self._view.node.task, step)

    @Slot()
    def _delete(self) -> None:
        node = self._view.node
        self.delete.setEnabled(False)  # until the tree is another: a key pressed twice must not delete twice
        if isinstance(node, ClassNode):
            self._edits.delete_class(node.record)
        elif isinstance(node, TaskNode):
            self._edits.delete_task(node.task)

    @property
    def _record(self) -> ClassRecord | None:
        return self._view.node.record if isinstance(self._view.node, ClassNode) else None


class PhotoActions(QObject):
    """What can be done with the photos that are selected."""

    def __init__(self, context: AppContext, edits: ClassEdits, view: PhotoView) -> None:
        super().__init__(view)
        self._context, self._edits, self._view = context, edits, view
        self.explain = _action(view, self.tr("Explain this photo"), self._explain, "explain", "E")
        self.move = _TargetMenu(self.tr("Move to class"), view)
        self.move.setIcon(icon("move"))
        view.addAction(self.move.menuAction())
        self.aside = _action(view, self.tr("Set aside"), self._set_aside, "set-aside", "S")
        self.split = _action(view, self.tr("Test with these"), self._split, "check", "T")
        self.exemplar = _action(view, self.tr("Make an exemplar"), self._exemplar, "star", "X")
        self.all = _action(view, self.tr("Select all"), view.selectAll, "grid", QKeySequence.StandardKey.SelectAll)
        self.delete = _action(
            view, self.tr("Remove from the project"), self._delete, "delete", QKeySequence.StandardKey.Delete
        )
        self._shown: tuple[PhotoRecord, ...] = ()

    def menu(self, parent: QWidget) -> QMenu:
        """The same as a menu for a button."""
        menu = QMenu(parent)
        menu.addActions(self._view.actions())
        return menu

    def refresh(self, shown: tuple[PhotoRecord, ...]) -> None:
        """Enable what can be done with what is selected of the photos shown."""
        contents, photos = self._context.contents, self._view.selected
        self._shown = shown
        may = self._context.is_writable and contents is not None and bool(photos)
        owners = {photo.class_id for photo in photos}
        others = [one for one in contents.classes if {one.id} != owners] if contents and may else []
        self.move.fill([(one.id, one.name, one.color) for one in others], self._move)
        all_aside = bool(photos) and all(photo.is_set_aside for photo in photos)
        all_test = bool(photos) and all(photo.split == "test" for photo in photos)
        self.aside.setText(self.tr("Use again") if all_aside else self.tr("Set aside"))
        self.split.setText(self.tr("Learn from these") if all_test else self.tr("Test with these"))
        chosen = [photo for photo in photos if photo.exemplar is not None]
        is_taken = bool(photos) and len(chosen) == len(photos)
        self.exemplar.setText(self.tr("No exemplar any more") if is_taken else self.tr("Make an exemplar"))
        for action in (self.aside, self.split, self.delete):
            action.setEnabled(may)
        fit = len(owners) == 1 and all(photo.split == "train" and not photo.is_set_aside for photo in photos)
        self.exemplar.setEnabled(may and fit)
        self.explain.setEnabled(len(photos) == 1 and contents is not None and contents.learner is not None)

    @property
    def _ids(self) -> list[int]:
        return [photo.id for photo in self._view.selected]

    @Slot()
    def _explain(self) -> None:
        if len(self._ids) == 1:
            self._context.go_to("explain", self._ids[0])

    @Slot()
    def _move(self) -> None:
        target = _data(self)
        self._edits.move_photos([photo.id for photo in self._view.selected if photo.class_id != target], target)

    @Slot()
    def _set_aside(self) -> None:
        self._edits.set_aside(self._ids, not all(photo.is_set_aside for photo in self._view.selected))

    @Slot()
    def _split(self) -> None:
        all_test = all(photo.split == "test" for photo in self._view.selected)
        self._edits.set_split(self._ids, "train" if all_test else "test")

    @Slot()
    def _exemplar(self) -> None:
        photos = self._view.selected
        class_id, ids = photos[0].class_id, {photo.id for photo in photos}
        own = [photo for photo in self._shown if photo.class_id == class_id and photo.exemplar is not None]
        before = [photo.id for photo in sorted(own, key=lambda photo: photo.exemplar or 0)]
        if ids <= set(before):
            self._edits.set_exemplars(class_id, [key for key in before if key not in ids])
        else:
            self._edits.set_exemplars(class_id, [*before, *(photo.id for photo in photos if photo.id not in before)])

    @Slot()
    def _delete(self) -> None:
        ids = self._ids
        self._view.clearSelection()  # a key that is pressed twice must not delete twice
        self._edits.delete_photos(ids)


def _data(receiver: QObject) -> int:
    action = receiver.sender()
    assert isinstance(action, QAction), "only actions are connected"
    return int(action.data())
