"""What every page is: a title, one primary button, a quiet bar for messages, and a body or an empty state."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import QCoreApplication, QEvent, QObject, QSize, Qt, QUrl, Slot
from PySide6.QtGui import QDropEvent, QKeyEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QAbstractButton, QFrame, QLabel, QPushButton, QScrollArea, QStackedWidget, QWidget

from spa_desktop.jobs import Job
from spa_desktop.ui.app_state.contents import Contents
from spa_desktop.ui.app_state.context import AppContext
from spa_desktop.ui.background.work import Operation
from spa_desktop.ui.lightbox.photo_lightbox import AsLarge, Lightbox
from spa_desktop.ui.style.theme import PAGE_MARGIN, Size, Space, set_type
from spa_desktop.ui.thumbnails.photo_model import LargePhoto
from spa_desktop.ui.widgets import words
from spa_desktop.ui.widgets.empty_state import Action, EmptyState, MessageBar
from spa_desktop.ui.widgets.figure_texts import WhatIsThis
from spa_desktop.ui.widgets.forms import column, keep_place, row
from spa_desktop.ui.widgets.labels import button, can_focus

_HEADER_HEIGHT = 32  # of a button, so that the title stands at the same height on pages without one


@dataclass(frozen=True)
class NextStep:
    """Where the project stands and what comes next."""

    standing: str  # one short line, such as "Task 2: 3 classes to learn"
    action: str  # what to do, as a button says it
    page: str  # the name of the page where it is done


def next_step(contents: Contents, shown: str) -> NextStep:
    """The step that brings the project on; `shown` is the name of the page that is shown."""
    translate = QCoreApplication.translate
    classes, to_learn = contents.classes, contents.to_learn
    if not classes and contents.to_sort:
        waiting = translate("next_step", "Photos to sort")  # how many of them have a name the page says
        return NextStep(waiting, translate("next_step", "Sort photos"), "sort")
    if not classes:
        nothing = translate("next_step", "No classes yet")
        if shown == "sort":  # whose photos may be on their way: it offers no other way while one is there
            return NextStep(nothing, translate("next_step", "Sort photos"), "sort")
        return NextStep(nothing, translate("next_step", "Add folders of photos"), "classes")
    if not to_learn:
        evaluated = translate("next_step", "{classes} learned").format(classes=words.classes(len(contents.learned_ids)))
        tested = contents.trainings[-1].notes if contents.trainings else None
        if shown in ("results", "use") or (tested is not None and tested.right == tested.tests):
            return NextStep(evaluated, translate("next_step", "Use it"), "use")
        return NextStep(evaluated, translate("next_step", "See its mistakes"), "results")
    first = next((item for item in to_learn if contents.learned_as(item) == "new"), to_learn[0])
    task = contents.task(first.task_id)
    name = task.name if task else ""
    pending = [item for item in to_learn if task and item.task_id == task.id]
    parts = {item.id: contents.learned_as(item) for item in pending}
    new = [item for item in pending if parts[item.id] == "new"]
    if not new:
        said = {
            "more": translate("next_step", "{name}: new photos"),
            "anew": translate("next_step", "{name}: photos were taken out"),
            "reworded": translate("next_step", "{name}: texts changed"),
        }
        standing = next(text for part, text in said.items() if part in parts.values()).format(name=name)
        return NextStep(standing, translate("next_step", "Train"), "train")
    standing = translate("next_step", "{name}: {classes} to learn").format(name=name, classes=words.classes(len(new)))
    return NextStep(standing, translate("next_step", "Train"), "train")


_MOST_PASSED = 5  # the page itself and question marks, before what takes the focus
_SAMPLE = 100  # files of very many, spread over all that are dragged


class DropVeil(QFrame):
    """Lies over a widget while files are dragged over it, and says what dropping them does. A worker reads the drop."""

    def __init__(
        self,
        parent: QWidget,
        context: AppContext,
        says: Callable[[list[Path]], str],
        read: Callable[[list[Path], Job], Any],
        take: Callable[[Any], Any],
    ) -> None:
        """Watch what is dragged over a widget that accepts drops.

        `says` gives "" for files that are not taken; of very many it gets some. `read` gets the paths of all of them,
        in a worker, and `take`, a slot, what that gives.
        """
        super().__init__(parent)
        self._under, self._context, self._says, self._read, self._take = parent, context, says, read, take
        self._urls: list[QUrl] = []  # that are dragged over it now
        self.setObjectName("dropZone")
        self.setProperty("dropping", True)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.label = set_type(QLabel(), Size.TITLE, strong=True)
        column((self.label, 0, Qt.AlignmentFlag.AlignCenter), spacing=0, of=self)
        self.hide()
        parent.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.DragLeave:
            self.hide()
            self._urls = []
        if not isinstance(event, QDropEvent):  # entering and moving are such events too
            return False
        if event.type() == QEvent.Type.DragEnter:
            self._urls = event.mimeData().urls()  # once: it takes long where there are many
        urls, is_drop = self._urls, event.type() == QEvent.Type.Drop
        said = self._says(_local_paths(urls[:: 1 + len(urls) // _SAMPLE]))
        if said:
            event.acceptProposedAction()
        else:
            event.ignore()
        if said and not is_drop:
            self.label.setText(said)
            self.setGeometry(self._under.rect().adjusted(Space.S, Space.S, -Space.S, -Space.S))
            self.raise_()
            self.show()
        else:
            self.hide()
            self._urls = []
        if said and is_drop:
            work = self._context.background.look_up(partial(self._read_urls, urls)).success(self._take)
            work.project = self._context.workbench
        return True

    def _read_urls(self, urls: list[QUrl], job: Job) -> Any:
        paths = _local_paths(urls)
        urls.clear()  # here: to let go of very many takes long too
        return self._read(paths, job)


def _local_paths(urls: list[QUrl]) -> list[Path]:
    return [Path(url.toLocalFile()) for url in urls if url.isLocalFile()]


class _Room(QScrollArea):
    """As large as there is room, and never so low that widgets would lie over each other: then it scrolls."""

    def __init__(self, body: QWidget) -> None:
        super().__init__()
        self._body = body
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setWidget(body)  # which watches its events
        for ground in (self.viewport(), body):
            ground.setAutoFillBackground(False)

    def minimumSizeHint(self) -> QSize:
        return QSize(0, 0)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        event.ignore()  # the keys are the page's

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.fit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.LayoutRequest:
            self.fit()
        return super().eventFilter(watched, event)

    def fit(self) -> None:
        layout, room = self._body.layout(), self.viewport().size()
        # Texts that break into lines need more than the least; heightForWidth is what widgets would like to have.
        least = 0
        if layout is not None:
            least = max(layout.minimumSize().height(), layout.totalMinimumHeightForWidth(room.width()))
        self._body.resize(room.width(), max(room.height(), least))


class Page(QWidget):
    """Base of the eight pages.

    A page builds its widgets into `body`, overrides :meth:`refresh`, and calls `empty.say` or :meth:`show_body`
    there. It is refreshed only while it is shown: a hidden page catches up when it appears.
    """

    name = ""  # "classes": what :meth:`AppContext.go_to` takes
    is_zone = False  # with nothing to show it is a large zone to drop photos on
    scrolls = False  # where the window is lower than what its body needs

    def __init__(self, context: AppContext, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.context = context
        self._is_stale = True
        self.primary_button: QPushButton | None = None
        self._started_at: QWidget | None = None  # had the focus when what it started took it out of sight
        self._told_of: int | None = None  # the change that was the last one when a message was shown
        self._undoes = False  # the action of the message is to undo what was done last
        self._is_of_last = False  # that message is old once something else is done, or it is undone
        self.lightbox: Lightbox | None = None
        self.openers: dict[QWidget, QPushButton] = {}  # by part of the page, the switch that shows it
        self.setAccessibleName(title)  # it has the focus where a button that had it is gone
        self.title = set_type(QLabel(title), Size.TITLE, strong=True)
        self.title.setMinimumHeight(_HEADER_HEIGHT)
        self._actions, self._primary = row(spacing=Space.S), row(spacing=0)
        header = row(self.title, None, self._actions, self._primary, spacing=Space.S)
        self.message_bar = MessageBar()
        self.body = QWidget()
        self.empty = EmptyState(is_zone=self.is_zone)
        self.veil = DropVeil(self, context, self._drop_says, self._read_drop, self._on_drop_read)
        self._stack = QStackedWidget()
        self._room = _Room(self.body) if self.scrolls else self.body
        self._stack.addWidget(self.empty)
        self._stack.addWidget(self._room)
        margins = (PAGE_MARGIN, Space.L, PAGE_MARGIN, Space.L)
        column(header, self.message_bar, (self._stack, 1), spacing=Space.L, margins=margins, of=self)
        self._knows_project = context.contents is not None
        for signal in (context.project_opened, context.project_closed):
            signal.connect(self._on_project)
        for signal in (context.project_changed, context.model_changed):
            signal.connect(self._on_changed)
        context.undo.changed.connect(self._on_act)
        context.theme.changed.connect(self._on_theme)

    @property
    def contents(self) -> Contents | None:
        return self.context.contents

    @property
    def unkept(self) -> str:
        """What would be lost if the project were left now, in a sentence for the user; "" if there is nothing."""
        return ""

    def set_primary(self, text: str, slot: Callable[[], Any], icon_name: str = "") -> QPushButton:
        """Make the page's primary button, top right. Gives it, to enable and rename."""
        made = button(text, slot, picture=icon_name, kind="primary", is_steady=True)
        self.primary_button = made
        self._primary.addWidget(made)
        return made

    def add_action(self, text: str, slot: Callable[[], Any], icon_name: str = "") -> QPushButton:
        made = button(text, slot, picture=icon_name, is_steady=True)
        self.add_to_header(made)
        return made

    def add_to_header(self, widget: QWidget) -> None:
        self._actions.addWidget(widget)

    def show_body(self) -> None:
        self._stack.setCurrentWidget(self._room)

    def scroll_to(self, part: QWidget) -> None:
        """Have a part of the body, of a page that scrolls, begin at the top of what is seen."""
        layout = self.body.layout()
        if layout is not None and isinstance(self._room, _Room):
            self._room.fit()  # it may have been shown just now
            layout.activate()
            self._room.verticalScrollBar().setValue(part.y())

    @property
    def is_empty(self) -> bool:
        return self._stack.currentWidget() is self.empty

    def banner(
        self,
        text: str,
        action_text: str = "",
        action: Action = None,
        *,
        is_error: bool = False,
        is_of_last: bool = False,
    ) -> None:
        """Say something quietly at the top of this page.

        It stays until the next change where it offers nothing but its undo, or `is_of_last`: it says what was done
        last. Where the action is the undo of the context, it undoes what was done last by now, and nothing else.
        """
        self._undoes = undoes = action is not None and action == self.context.undo.undo
        self._told_of, self._is_of_last = self._last_change(), is_of_last or undoes or (action is None and not is_error)
        self.message_bar.say(text, action_text, self._undo_told if undoes else action, is_error=is_error)

    @property
    def can_take_drops(self) -> bool:
        """Whether the page takes files and folders now, if it accepts drops."""
        return True

    def takes(self, path: Path) -> bool:
        """Whether a file or folder that is dropped is one for this page. For worker threads too."""
        return False

    def take_dropped(self, paths: list[Path]) -> None:
        """Do with them what the page does."""

    def _drop_says(self, paths: list[Path]) -> str:
        return self.tr("Drop here") if self.can_take_drops and any(map(self.takes, paths)) else ""

    def _read_drop(self, dropped: list[Path], job: Job) -> list[Path]:
        """The files and folders among them that the page takes."""
        paths = list[Path]()
        for path in dropped:
            job.check()  # a slow disk may take long to say what each is
            if self.takes(path):
                paths.append(path)
        return paths

    def _on_drop_read(self, paths: list[Path]) -> None:
        if paths:
            keep_place(paths)
            self.take_dropped(paths)

    def enlarge(
        self,
        photos: Sequence[Any],
        place: int,
        moved: Callable[[LargePhoto], Any] | None = None,
        as_large: AsLarge = lambda photo: photo,
    ) -> None:
        """Show photos over the whole window, from that place on; `moved`, a slot, gets each one gone to."""
        if not photos or self.contents is None:
            return
        self.lightbox = Lightbox(self.context, photos, place, as_large, self)
        self.lightbox.finished.connect(self._on_lightbox_closed)
        if moved is not None:
            self.lightbox.moved.connect(moved)
        self.lightbox.open()

    @Slot()
    def _on_lightbox_closed(self) -> None:
        self.lightbox = None

    def undoes_last(self, holder: QWidget) -> bool:
        """Whether a button does the same as Undo of the menu."""
        return self._undoes and holder.parentWidget() is self.message_bar

    @Slot()
    def _undo_told(self) -> None:
        if self._told_of is not None:
            self.context.undo.undo_change(self._told_of)

    def _last_change(self) -> int | None:
        return self.contents.undo[0].id if self.contents is not None and self.contents.undo else None

    @contextlib.contextmanager
    def keeping_focus(self) -> Iterator[None]:
        """Change buttons without the focus wandering to another one.

        Where the button that has it goes out of sight or cannot be pressed any more, the page keeps it, and gives it
        back when the button returns: who pressed Train by key does not find Cancel beneath the finger.
        """
        before = self.window().focusWidget()  # also while a dialog is open over it
        yield
        if isinstance(before, QAbstractButton) and self.isAncestorOf(before) and not can_focus(before):
            self._started_at = before
            self.setFocus()
        elif self._started_at is not None and before is self and can_focus(self._started_at):
            self._started_at.setFocus()
            self._started_at = None

    def take_focus(self) -> None:
        """Give the focus to what had it on this page before, else to the first in line that does something."""
        before = self.focusWidget()
        (before if can_focus(before) else self).setFocus()
        for _ in range(_MOST_PASSED):
            focus = self.window().focusWidget()
            if focus is self or isinstance(focus, WhatIsThis):
                self.focusNextChild()
        if not self.isAncestorOf(self.window().focusWidget()):
            self.setFocus()

    def can_cancel(self, handle: Operation[Any]) -> bool:
        """Whether the page itself offers to cancel that work now: the status bar offers it otherwise."""
        return False

    def refresh(self) -> None:
        """Draw what `contents` says. Called when it changed, while the page is shown and a project is open."""

    def set_project(self) -> None:
        """Another project was opened, or it was closed: forget what belonged to the one before."""

    def show_item(self, item: object) -> None:
        """Show what :meth:`AppContext.go_to` was given."""

    def take_class(self, class_id: int) -> None:
        """Show the class that was chosen last, maybe on another page. Called when the page appears."""

    @Slot()
    def _on_theme(self) -> None:
        self.on_theme()  # no slot where a page overrides it: it would be called even when the page is gone

    def on_theme(self) -> None:
        """Draw anew what does not follow palette and style sheet by itself."""

    def refresh_soon(self) -> None:
        """Refresh now if the page is shown, else when it appears."""
        self._is_stale = True
        if self.isVisible() and self.contents is not None:
            self._is_stale = False
            self.refresh()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if not self._knows_project:
            return  # the window shows the page before the page hears that a project is open
        if self._is_stale:
            self.refresh_soon()
        self._take_chosen()

    def _take_chosen(self) -> None:
        chosen = self.context.class_id
        if chosen is not None and self.contents is not None and self.contents.class_(chosen) is not None:
            self.take_class(chosen)

    @Slot()
    def _on_project(self) -> None:
        self._knows_project = self.contents is not None
        self.message_bar.hide()
        self.set_project()
        self.refresh_soon()
        if self.isVisible():
            self._take_chosen()

    @Slot()
    def _on_changed(self) -> None:
        self._on_act(self._last_change() != self._told_of)
        self.refresh_soon()

    @Slot(bool)
    def _on_act(self, is_other: bool) -> None:
        """What was said of the last act is old, once there is another or it was taken back."""
        if is_other and self._is_of_last:
            self._is_of_last = False
            self.message_bar.hide()
