"""What the palettes offer: every action of menus and of the page that is shown; classes, tasks, texts and photos."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QObject, Qt, Slot
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMainWindow, QMenu, QPushButton, QWidget

from spa_desktop.ui.app_state.context import AppContext
from spa_desktop.ui.background.work import WorkHandle
from spa_desktop.ui.page import Page
from spa_desktop.ui.shell.command_palette import Entry, Palette
from spa_desktop.ui.style.icons import icon
from spa_desktop.ui.style.theme import class_style
from spa_desktop.ui.widgets.plots import swatch
from spa_desktop.visible import visible

if TYPE_CHECKING:
    from spa_desktop.jobs import Job
    from spa_desktop.workbench import Workbench


def plain(text: str) -> str:
    """The text of an action without its mnemonic."""
    return text.replace("&&", "\0").replace("&", "").replace("\0", "&").rstrip(".").strip()


def command_entries(window: QMainWindow, page: Page | None) -> list[Entry]:
    """All that can be done now. What the page offers comes first."""
    found: dict[str, Entry] = {}
    opening = {menu.menuAction() for menu in window.menuBar().findChildren(QMenu)}
    if page is not None:
        for button in page.findChildren(QPushButton):
            if button.isVisible() and button.isEnabled() and button.text() and button.menu() is None:
                text = plain(button.text())
                found.setdefault(text, Entry(text, button.click, page.title.text(), button.icon()))
        for action in _own_actions(page):
            _put(found, action, page.title.text())
    for menu in window.menuBar().findChildren(QMenu):
        for action in menu.actions():
            if action not in opening:
                _put(found, action, plain(menu.title()))
    return list(found.values())


def _put(found: dict[str, Entry], action: QAction, place: str) -> None:
    text = plain(action.text())
    if action.isSeparator() or not text or not action.isEnabled() or not action.isVisible():
        return
    keys = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
    found.setdefault(text, Entry(text, action.trigger, keys or place, action.icon()))


def _own_actions(page: Page) -> Iterator[QAction]:
    # Actions that only open a menu are not among them. (QAction.menu() is not asked: PySide deletes what it gives.)
    opening = {menu.menuAction() for menu in page.findChildren(QMenu)}
    for widget in page.findChildren(QWidget):
        if widget.isVisible() and widget.contextMenuPolicy() == Qt.ContextMenuPolicy.ActionsContextMenu:
            yield from (action for action in widget.actions() if action not in opening)


class Finder(QObject):
    """Opens the palettes over the window."""

    def __init__(self, context: AppContext, window: QMainWindow) -> None:
        super().__init__(window)
        self._context, self._window = context, window
        self.palette: Palette | None = None
        self._looking: WorkHandle | None = None  # for photos, to offer in the palette that is open

    def show_commands(self, page: Page | None) -> None:
        """Ctrl+K."""
        self._open(self.tr("Commands"), self.tr("What do you want to do?"), command_entries(self._window, page))

    @Slot()
    def show_search(self) -> None:
        """Ctrl+F."""
        entries = self._known_entries()
        self._open(self.tr("Find"), self.tr("A class, a task, a phrase or a photo"), entries)
        if self._context.workbench is not None:
            self._looking = self._context.read(_photo_names, done=self._on_photos)

    def _open(self, title: str, placeholder: str, entries: list[Entry]) -> None:
        if self._looking is not None:
            self._looking.abandon()
        self.palette = Palette(title, placeholder, entries, self._window)
        self.palette.destroyed.connect(self._on_gone)
        self.palette.show()

    @Slot()
    def _on_gone(self) -> None:
        self.palette = None

    def _known_entries(self) -> list[Entry]:
        contents = self._context.contents
        if contents is None:
            return []
        go = self._context.go_to
        found = []
        tasks, names = {one.id: one.name for one in contents.tasks}, {one.id: one.name for one in contents.classes}
        for one in contents.classes:
            sign = swatch(class_style(one.color))
            found.append(Entry(one.name, partial(go, "classes", one.id), tasks.get(one.task_id, ""), sign))
        sign = icon("descriptions")
        for class_id, text in contents.descriptions.items():
            for phrase in text.phrases:
                hint = names.get(class_id, "")
                found.append(Entry(phrase.text, partial(go, "descriptions", class_id), hint, sign))
        for task in contents.tasks:
            classes = contents.classes_of(task.id)
            if classes:
                hint = QCoreApplication.translate("palette", "task")
                found.append(Entry(task.name, partial(go, "classes", classes[0].id), hint, icon("task")))
        return found

    @Slot(object)
    def _on_photos(self, photos: list[tuple[int, str, int]]) -> None:
        contents = self._context.contents
        if self.palette is None or contents is None:
            return
        # What was learned can be explained; else the photo's class is the place to see it.
        is_learned = contents.learner is not None
        names = {one.id: one.name for one in contents.classes}
        go, sign = self._context.go_to, icon("photo")
        self.palette.add_entries(
            [
                Entry(name, partial(go, *(("explain", key) if is_learned else ("classes", owner))), names[owner], sign)
                for key, name, owner in photos
                if owner in names
            ]
        )


def _photo_names(bench: Workbench, job: Job) -> list[tuple[int, str, int]]:
    return [(photo.id, visible(photo.name), photo.class_id) for photo in bench.project.photos()]
