"""Tasks and their classes as a tree, and what the user can do with them and with their photos."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

from PySide6.QtCore import QByteArray, QMimeData, QModelIndex, QObject, Qt, Signal, Slot
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QApplication, QLineEdit, QMenu, QWidget, QWidgetAction

from spa_desktop.jobs import Job
from spa_desktop.project import Transaction
from spa_desktop.project.class_names import next_task_name
from spa_desktop.project.records import ClassRecord, Split, TaskRecord
from spa_desktop.ui.app_state.contents import Contents
from spa_desktop.ui.app_state.context import AppContext
from spa_desktop.ui.background.work import WorkFailure
from spa_desktop.ui.plain_text import caption, tip
from spa_desktop.ui.style.icons import icon
from spa_desktop.ui.style.theme import class_style, theme
from spa_desktop.ui.thumbnails.photo_model import CLASS_MIME, PHOTOS_MIME
from spa_desktop.ui.thumbnails.photo_view import PhotoGrid
from spa_desktop.ui.widgets import words
from spa_desktop.ui.widgets.class_list import ClassListModel, ClassListView, ClassNode, Node, TaskNode
from spa_desktop.ui.widgets.forms import SearchField, has_words
from spa_desktop.ui.widgets.labels import slot
from spa_desktop.ui.widgets.plots import swatch
from spa_desktop.ui.widgets.tables import Index
from spa_desktop.workbench import class_changes, corrections

if TYPE_CHECKING:
    from spa_desktop.workbench.open_project import OpenProject

ClassOrder = Literal["learning", "name", "newest", "photos"]
"""Classes within their tasks: as they were added, by name, the newest first, those with most photos first."""


class ClassTreeModel(ClassListModel):
    """It never changes by itself: it says what the user wants, and is filled anew when that was done."""

    rename_wanted = Signal(object, str)  # Node, its new name
    photos_dropped = Signal(object, int)  # ids of photos, id of the class they go to
    class_dropped = Signal(int, int)  # id of a class, id of the task it goes to

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._words = ""
        self._order: ClassOrder = "learning"
        self._is_writable = False
        # What is learned is as it should be, and before the first training all are new: neither is said.
        self._differing = {
            "new": (self.tr("new"), "muted"),
            "described": (self.tr("described"), "muted"),
            "stale": (self.tr("changed"), "warn"),
        }

    @property
    def tasks(self) -> tuple[TaskNode, ...]:
        return tuple(node for node in self.rows if isinstance(node, TaskNode))

    def fill(self, contents: Contents | None) -> bool:
        """Show what the project holds. Gives True if rows came, went or changed places."""
        tasks = [self._sifted(task, contents) for task in contents.tasks] if contents is not None else []
        self._is_writable = contents is not None and contents.is_writable
        self.states = self._differing if contents is not None and contents.learned_ids else {}
        return self.show([task for task in tasks if task.classes or not self._words.strip()])

    def sift(self, words: str, order: ClassOrder) -> None:
        """Show only classes with these words in their names, in this order. `fill` applies it."""
        self._words, self._order = words, order

    def _sifted(self, task: TaskRecord, contents: Contents) -> TaskNode:
        nodes = [ClassNode(class_, contents.counts[class_.id], class_.state) for class_ in contents.classes_of(task.id)]
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
        nodes = [node for node in map(self.node, indexes) if node is not None]
        data.setData(CLASS_MIME, QByteArray(str(nodes[0].id).encode()))
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
            self.photos_dropped.emit(list(map(int, bytes(data.data(PHOTOS_MIME).data()).split())), node.id)
        else:
            self.class_dropped.emit(int(bytes(data.data(CLASS_MIME).data())), node.id)
        # False: the model changes when the project did, so the view has nothing to take away.
        return False


class Edits(QObject):
    """Changes the project, each time one step of undo, and says what became of it where that is not plain to see."""

    said = Signal(str)  # a line about something that can be undone

    def __init__(self, context: AppContext, view: QWidget) -> None:
        super().__init__(view)
        self._context = context

    def _class(self, class_id: int) -> ClassRecord:
        record = self._context.opened.class_(class_id)
        assert record is not None, "only classes that are shown can be chosen"
        return record

    def _edit(self, verb: str, summary: str, write: Callable[[Transaction], Any], *, said: str = "") -> None:
        """Edit, and then say so. Several edits may wait: the line goes with its own."""

        def work(tx: Transaction) -> str:
            write(tx)
            return said

        self._wait_said()
        self._context.edit(verb, summary, work).success(self._on_done)

    def _wait_said(self) -> None:
        """One thing after the other: what is learned just now must not change meanwhile."""
        writing = [work.title for work in self._context.background.operations if work.lane == "write" and work.title]
        if writing:
            self._context.banner(self.tr("This is done as soon as this is over: {title}").format(title=writing[0]))

    def _on_done(self, line: str) -> None:
        if line:
            self.said.emit(line)


_FEW_TARGETS = 9  # are read at a glance

Keys = QKeySequence.StandardKey | QKeySequence | str | None


def _action(owner: QWidget, text: str, done: Callable[..., Any], icon_name: str, keys: Keys = None) -> QAction:
    action = owner.addAction(icon(icon_name), text, done)
    if keys is not None:
        action.setShortcut(QKeySequence(keys))
        # The same key means something else for a class than for a photo: it belongs to the list that has the focus.
        action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
    return action


class _TargetMenu(QMenu):
    """A menu of classes or tasks, each an action whose data is an id; many have a search above them."""

    _filled: tuple[object, str] | None = None
    _without: int | None = None  # the id of one that is not offered

    def __init__(self, text: str, icon_name: str, owner: QWidget, slot: Callable[[QAction], None]) -> None:
        super().__init__(text, owner, icon=icon(icon_name))
        self.search = SearchField(self.tr("Search"))
        self._searching = QWidgetAction(self)
        self._searching.setDefaultWidget(self.search)
        self.search.textChanged.connect(self._sift)
        self.search.returnPressed.connect(self._take)
        self.aboutToShow.connect(self.search.forget)
        self.aboutToShow.connect(self.search.setFocus)
        self._slot = slot
        self.triggered.connect(self._on_triggered)
        owner.addAction(self.menuAction())

    @property
    def targets(self) -> list[QAction]:
        offered = [action for action in self.actions() if action is not self._searching]
        return [action for action in offered if action.data() != self._without]

    def fill(self, targets: Sequence[tuple[int, str, int | None]], without: int | None = None) -> None:
        """Offer these as id, name and colour, but not the one `without`, which is another with each class chosen."""
        wanted = (tuple(targets), theme().name)
        if self._filled != wanted:  # every verb leads here, and most change nothing of it
            self._filled = wanted
            self.removeAction(self._searching)
            self.clear()
            if len(targets) > _FEW_TARGETS:
                self.addAction(self._searching)
            for key, name, color in targets:
                action = self.addAction(caption(name))
                if color is not None:
                    action.setIcon(swatch(class_style(color)))
                action.setData(key)
        self._without = without
        for action in self.actions():
            action.setVisible(without is None or action.data() != without)
        self.menuAction().setEnabled(bool(self.targets))

    @Slot(QAction)
    def _on_triggered(self, action: QAction) -> None:
        if action is not self._searching:  # Enter in the search is heard by the menu as well
            self._slot(action)

    @Slot(str)
    def _sift(self, words: str) -> None:
        for action in self.targets:
            action.setVisible(has_words(words, action.text().replace("&&", "&")))

    @Slot()
    def _take(self) -> None:
        """Enter: the one that is left."""
        left = [action for action in self.targets if action.isVisible()]
        if len(left) == 1:
            for topLevelWidget in QApplication.topLevelWidgets():
                if isinstance(topLevelWidget, QMenu):  # this one, and those that it was opened from
                    topLevelWidget.close()
            left[0].trigger()


def menu_of(view: QWidget, parent: QWidget) -> QMenu:
    """The actions of a view as a menu for a button."""
    menu = QMenu(parent, toolTipsVisible=True)
    menu.addActions(view.actions())
    return menu


class TreeActions(Edits):
    """What can be done with a class or a task."""

    refused = Signal(str)  # why a name could not be given

    def __init__(self, context: AppContext, view: ClassListView) -> None:
        super().__init__(context, view)
        self._view = view
        self.rename = _action(view, self.tr("Rename"), self._rename, "edit")  # by F2 the view does it
        self.describe = _action(view, self.tr("Show the description"), self._describe, "descriptions")
        self.merge = _TargetMenu(self.tr("Merge into"), "merge", view, self._merge)
        self.move = _TargetMenu(self.tr("Move to task"), "move", view, self._move)
        self.up = _action(view, self.tr("Learn earlier"), slot(self, self._shift, -1), "up", "Alt+Up")
        self.down = _action(view, self.tr("Learn later"), slot(self, self._shift, 1), "down", "Alt+Down")
        self.add_task = _action(view, self.tr("Add a task"), self._add_task, "task", "Ctrl+Shift+N")
        self.delete = _action(view, self.tr("Delete"), self._delete, "delete", QKeySequence.StandardKey.Delete)

    def refresh(self) -> None:
        contents, node = self._context.contents, self._view.node
        record = node.record if isinstance(node, ClassNode) else None
        task = node.task if isinstance(node, TaskNode) else None
        may = self._context.is_writable
        classes, tasks = (contents.classes, contents.tasks) if contents and may else ((), ())
        self.merge.fill(
            [(class_.id, class_.name, class_.color) for class_ in classes if record], record.id if record else None
        )
        can_move = record is not None and record.state not in ("trained", "stale")
        free = [other for other in tasks if can_move and other.state == "new" and record and other.id != record.task_id]
        self.move.fill([(other.id, other.name, None) for other in free])
        self.rename.setEnabled(may and node is not None)
        name = node.name if node is not None else ""
        named = ((self.rename, self.tr("Rename {name}")), (self.delete, self.tr("Delete {name}")))
        of_menus = (
            (self.merge.menuAction(), self.tr("Merge {name} into")),
            (self.move.menuAction(), self.tr("Move {name} to task")),
        )
        for action, text in (*named, *of_menus):
            action.setToolTip(text.format(name=name))  # by which the palette offers it: the class is not seen there
        for action in (self.describe, self.merge.menuAction(), self.move.menuAction()):
            action.setVisible(record is not None)
        for action, step in ((self.up, -1), (self.down, 1)):
            why = self._why_in_place(step)
            action.setVisible(task is not None)
            action.setEnabled(may and task is not None and not why)
            action.setToolTip(why)
        self.add_task.setEnabled(may)
        self.delete.setEnabled(may and (record is not None or (isinstance(node, TaskNode) and not node.classes)))

    @Slot()
    def _rename(self) -> None:
        self._view.setFocus()
        self._view.edit(self._view.currentIndex())

    @Slot(object, str)
    def rename_node(self, node: Node, name: str) -> None:
        """Give a class or task another name. The model stays valid."""
        if not self._context.is_writable:  # a name that was being typed when the project was closed
            return
        is_task = isinstance(node, TaskNode)

        def write(tx: Transaction) -> None:
            (tx.rename_task if is_task else tx.rename_class)(node.id, name)

        self._wait_said()
        summary = self.tr("{old} to {new}").format(old=node.name, new=name)
        self._context.edit(self.tr("rename"), summary, write).failure(partial(self._on_not_renamed, node, name))

    def _on_not_renamed(self, node: Node, name: str, failure: WorkFailure) -> None:
        """Say why; what was typed is still there to be changed, unless somebody went on to something else."""
        self.refused.emit(failure.message)
        if self._view.hasFocus() and self._view.node == node:
            self._view.edit(self._view.currentIndex())
            if isinstance(field := QApplication.focusWidget(), QLineEdit):
                field.setText(name)

    @Slot()
    def _describe(self) -> None:
        self._context.go_to("descriptions", self._view.class_id)

    @Slot(QAction)
    def _merge(self, action: QAction) -> None:
        if not isinstance(self._view.node, ClassNode):
            return
        source, target = self._view.node.record, self._class(action.data())
        summary = self.tr("{name} into {other}").format(name=source.name, other=target.name)
        said = self.tr("{name} was merged into {other}.").format(name=source.name, other=target.name)
        anew = self.tr("Photos that it has not learned are learned with the next training.")
        was_learned = bool({source.id, target.id} & self._context.opened.learned_ids)

        def work(bench: OpenProject, job: Job) -> str:
            is_done = class_changes.merge_classes(bench, source.id, target.id, job)
            return said if is_done or not was_learned else f"{said} {anew}"

        self._view.choose(ClassNode, target.id)
        self._wait_said()
        title = self.tr("Merging {what}").format(what=summary) if was_learned else ""
        self._context.run(title, work).success(self._on_done)

    @Slot(QAction)
    def _move(self, action: QAction) -> None:
        if self._view.class_id is not None:
            self.move_class(self._view.class_id, action.data())

    @Slot(int, int)
    def move_class(self, class_id: int, task_id: int) -> None:
        record, task = self._class(class_id), self._context.opened.task(task_id)
        if task is not None and record.task_id != task_id:
            summary = self.tr("{name} to {task}").format(name=record.name, task=task.name)
            self._edit(self.tr("move class"), summary, lambda tx: tx.move_class(class_id, task_id))

    @Slot()
    def _add_task(self) -> None:
        name = next_task_name({task.name for task in self._context.opened.tasks})
        self._wait_said()
        self._context.edit(self.tr("add task"), name, lambda tx: tx.add_task(name).id).success(self._on_task_added)

    def _on_task_added(self, task_id: int) -> None:
        self._view.choose(TaskNode, task_id)
        self._rename()

    def _shift(self, step: int) -> None:
        """Move a task that is not trained up (-1) or down (1) among its like: trained tasks keep their places."""
        node = self._view.node
        if not isinstance(node, TaskNode) or self._why_in_place(step):
            return
        ids = [task.id for task in self._context.opened.tasks]
        place = ids.index(node.id)
        ids[place], ids[place + step] = ids[place + step], ids[place]
        self._edit(self.tr("move task"), node.name, lambda tx: tx.reorder_tasks(ids))

    def _why_in_place(self, step: int) -> str:
        """Why the chosen task cannot change places with the one above (-1) or below (1); "" if it can."""
        node, contents = self._view.node, self._context.contents
        ids = [task.id for task in contents.tasks if task.state == "new"] if contents is not None else []
        if not isinstance(node, TaskNode) or (node.id in ids and node.id != ids[0 if step < 0 else -1]):
            return ""
        above, below = self.tr("there is none above {name}"), self.tr("there is none below {name}")
        why = self.tr("{name} is learned") if node.id not in ids else above if step < 0 else below
        text = self.tr("Only tasks that are not learned yet change places: {why}")
        return text.format(why=why.format(name=node.name))

    @Slot()
    def _delete(self) -> None:
        """Delete an empty task; or a class, its photos' records, and what the model has of it. No file is touched."""
        node = self._view.node
        self.delete.setEnabled(False)  # until the tree is another: a key pressed twice must not delete twice
        if isinstance(node, TaskNode):
            self._edit(self.tr("delete task"), node.name, lambda tx: tx.delete_task(node.id))
        elif isinstance(node, ClassNode):
            said = self.tr("{name} was deleted. Its photo files were not touched.").format(name=node.name)

            def work(bench: OpenProject, job: Job) -> str:  # it may be learned by the time that this is done
                class_changes.forget_class(bench, node.id, job)
                return said

            self._wait_said()
            is_learned = node.id in self._context.opened.learned_ids
            title = self.tr("Forgetting {name}").format(name=node.name) if is_learned else ""
            self._context.run(title, work).success(self._on_done)


class PhotoActions(Edits):
    """What can be done with the photos that are selected. A letter alone looks for a name, and changes nothing."""

    def __init__(self, context: AppContext, view: PhotoGrid) -> None:
        super().__init__(context, view)
        self._view = view
        self.explain = _action(view, self.tr("Explain this photo"), self._explain, "explain", "Ctrl+Shift+E")
        self.confirm = _action(view, self.tr("Its label is right"), self._confirm, "check", "Ctrl+Shift+L")
        self.confirm.setVisible(False)  # it is asked of photos whose label may be wrong
        self.fits = _action(view, "", slot(self, self._move_each), "move", "Ctrl+Shift+M")
        self.fits.setVisible(False)  # likewise
        self.proposed: Mapping[int, int] = {}  # the class that fits better, by photos whose label may be wrong
        self.move = _TargetMenu(self.tr("Move to class"), "move", view, self._move)
        self.aside = _action(view, self.tr("Set aside"), self._set_aside, "set-aside", "Ctrl+Shift+S")
        self.split = _action(view, self.tr("Test with these"), self._split, "check", "Ctrl+Shift+T")
        self.exemplar = _action(view, self.tr("Make an exemplar"), self._exemplar, "star", "Ctrl+Shift+X")
        keys = QKeySequence.StandardKey
        self.all = _action(view, self.tr("Select all"), view.selectAll, "grid", keys.SelectAll)
        self.delete = _action(view, self.tr("Remove from the project"), self._delete, "delete", keys.Delete)

    def refresh(self) -> None:
        contents, photos = self._context.contents, self._view.selected
        may = self._context.is_writable and bool(photos)
        owners = {photo.class_id for photo in photos}
        others = [class_ for class_ in contents.classes if {class_.id} != owners] if contents and may else []
        self.move.fill([(class_.id, class_.name, class_.color) for class_ in others])
        targets = self._targets
        names = [class_.name for class_ in others if class_.id in targets.values()]
        fits = self.tr("Move to {name}").format(name=words.some_names(names))
        self.fits.setText(caption(fits if names else self.tr("Move each to the class that fits better")))
        self.fits.setEnabled(self._context.is_writable and bool(names or (targets and not photos)))
        self._are_aside = may and all(photo.is_set_aside for photo in photos)
        self._are_tests = may and all(photo.split == "test" for photo in photos)
        self._are_exemplars = may and all(photo.exemplar is not None for photo in photos)
        self.aside.setText(self.tr("Use again") if self._are_aside else self.tr("Set aside"))
        self.split.setText(self.tr("Learn from these") if self._are_tests else self.tr("Test with these"))
        exemplars = self.tr("No exemplar any more") if self._are_exemplars else self.tr("Make an exemplar")
        self.exemplar.setText(exemplars)
        for action in (self.confirm, self.aside, self.split, self.delete):
            action.setEnabled(may)
        fit = len(owners) == 1 and all(photo.split == "train" and not photo.is_set_aside for photo in photos)
        self.exemplar.setEnabled(may and fit)
        self.explain.setEnabled(len(photos) == 1 and contents is not None and contents.learner is not None)

    @property
    def _ids(self) -> list[int]:
        return [photo.id for photo in self._view.selected]

    @property
    def _targets(self) -> dict[int, int]:
        """The classes that fit better, by the photos that are selected; by all where none is."""
        return {key: self.proposed[key] for key in self._ids or self.proposed if key in self.proposed}

    @Slot()
    def _explain(self) -> None:
        self._context.go_to("explain", self._ids[0])

    @Slot()
    def _confirm(self) -> None:
        labels = {photo.id: photo.class_id for photo in self._view.selected}

        def work(bench: OpenProject, job: Job) -> None:
            # Settings are not undone: joined to the verb before, this makes no step of undo that would do nothing.
            with bench.project.transaction("confirm", words.photos(len(labels)), undo="with_previous") as tx:
                corrections.confirm(bench.project, tx, labels)

        self._wait_said()
        self._context.run("", work)

    @Slot(QAction)
    def _move(self, action: QAction) -> None:
        target = action.data()
        self.move_photos([photo.id for photo in self._view.selected if photo.class_id != target], target)

    def move_photos(self, photo_ids: Sequence[int], class_id: int) -> None:
        self._move_each(dict.fromkeys(photo_ids, class_id))

    def _move_each(self, targets: Mapping[int, int] | None = None) -> None:
        """Move photos to classes, by their numbers: where none are given, each to the class that fits better."""
        targets = self._targets if targets is None else targets
        names = [self._class(key).name for key in dict.fromkeys(targets.values())]
        photos, name = words.photos(len(targets)), words.some_names(names)
        summary = self.tr("{n} to {name}").format(n=photos, name=name)
        said = self.tr("Moved {what}.").format(what=summary)
        bench = self._context.workbench

        def write(tx: Transaction) -> None:
            for class_id in dict.fromkeys(targets.values()):
                tx.move_photos([key for key, target in targets.items() if target == class_id], class_id)
            if bench is not None:  # the user has just said what they are
                corrections.confirm(bench.project, tx, targets)

        self._edit(self.tr("move"), summary, write, said=said)

    @Slot()
    def _set_aside(self) -> None:
        ids, is_back = self._ids, self._are_aside
        verb = self.tr("use again") if is_back else self.tr("set aside")
        said = self.tr("{photos} used again.") if is_back else self.tr("{photos} set aside.")
        photos = words.photos(len(ids))
        self._edit(verb, photos, lambda tx: tx.set_aside(ids, not is_back), said=said.format(photos=photos))

    @Slot()
    def _split(self) -> None:
        ids, is_back = self._ids, self._are_tests
        verb = self.tr("learn from") if is_back else self.tr("test with")
        said = self.tr("{photos} to learn from.") if is_back else self.tr("{photos} only tested with.")
        split: Split = "train" if is_back else "test"
        photos = words.photos(len(ids))
        self._edit(verb, photos, lambda tx: tx.set_split(ids, split), said=said.format(photos=photos))

    @Slot()
    def _exemplar(self) -> None:
        """Have photos show their class to whoever describes it, after those that do, or not any more."""
        ids, is_back, record = self._ids, self._are_exemplars, self._class(self._view.selected[0].class_id)

        def change(before: list[int]) -> list[int]:
            return [key for key in before if key not in ids] if is_back else list(dict.fromkeys([*before, *ids]))

        said = self.tr("Exemplars of {name} were changed.").format(name=record.name)
        verb = self.tr("choose exemplars of")
        self._edit(verb, record.name, lambda tx: tx.change_exemplars(record.id, change), said=said)

    @Slot()
    def _delete(self) -> None:
        """Take photos out of the project. Their files are never touched."""
        ids, photos = self._ids, words.photos(len(self._ids))
        self._view.clearSelection()  # a key that is pressed twice must not delete twice
        said = self.tr("Removed {what}. The files were not touched.").format(what=photos)
        self._edit(self.tr("remove"), photos, lambda tx: tx.delete_photos(ids), said=said)
