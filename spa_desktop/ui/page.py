"""What every page is: a title, one primary button, a quiet bar for messages, and a body or an empty state."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QStackedWidget, QVBoxLayout, QWidget

from spa_desktop.ui.app_state.contents import Contents
from spa_desktop.ui.app_state.context import AppContext
from spa_desktop.ui.background.work import WorkHandle
from spa_desktop.ui.style.icons import set_icon
from spa_desktop.ui.style.theme import PAGE_MARGIN, Size, Space, set_type
from spa_desktop.ui.widgets.empty_state import EmptyState
from spa_desktop.ui.widgets.message_bar import MessageBar

__all__ = ["EmptyState", "MessageBar", "Page", "primary"]

_HEADER_HEIGHT = 32  # of a button, so that the title stands at the same height on pages without one


def primary(button: QPushButton) -> QPushButton:
    """Make a button the one that stands out."""
    button.setProperty("kind", "primary")
    return button


class Page(QWidget):
    """Base of the seven pages.

    A page builds its widgets into `body`, overrides :meth:`refresh`, and calls :meth:`show_empty` or
    :meth:`show_body` there. It is refreshed only while it is shown: a hidden page catches up when it appears.
    """

    name = ""  # "classes": what :meth:`AppContext.go_to` takes
    icon_name = ""

    shown = Signal()

    def __init__(self, context: AppContext, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.context = context
        self._is_stale = True
        self.title = set_type(QLabel(title), Size.TITLE, strong=True)
        self.title.setTextFormat(Qt.TextFormat.PlainText)
        self.title.setMinimumHeight(_HEADER_HEIGHT)
        self._actions = QHBoxLayout()
        self._actions.setSpacing(Space.S)
        header = QHBoxLayout()
        header.setSpacing(Space.S)
        header.addWidget(self.title)
        header.addStretch(1)
        header.addLayout(self._actions)
        self.message_bar = MessageBar()
        self.body = QWidget()
        self.empty = EmptyState()
        self._stack = QStackedWidget()
        self._stack.addWidget(self.empty)
        self._stack.addWidget(self.body)
        column = QVBoxLayout(self)
        column.setContentsMargins(PAGE_MARGIN, Space.L, PAGE_MARGIN, Space.L)
        column.setSpacing(Space.L)
        column.addLayout(header)
        column.addWidget(self.message_bar)
        column.addWidget(self._stack, 1)
        context.project_opened.connect(self._on_opened)
        context.project_closed.connect(self._on_closed)
        context.project_changed.connect(self._on_changed)
        context.model_changed.connect(self._on_changed)
        context.theme_changed.connect(self._on_theme)

    @property
    def contents(self) -> Contents | None:
        """What the project holds."""
        return self.context.contents

    @property
    def unkept(self) -> str:
        """What would be lost if the project were left now, in a sentence for the person; "" if there is nothing."""
        return ""

    def set_primary(self, text: str, slot: Callable[[], Any], icon_name: str | None = None) -> QPushButton:
        """Make the page's primary button, top right. Gives it, to enable and rename."""
        button = primary(QPushButton(text))
        if icon_name:
            set_icon(button, icon_name, "on_accent")
        button.clicked.connect(slot)
        self._actions.addWidget(button)
        return button

    def add_action(self, text: str, slot: Callable[[], Any], icon_name: str | None = None) -> QPushButton:
        """Make another button, left of the primary one."""
        button = QPushButton(text)
        if icon_name:
            set_icon(button, icon_name)
        button.clicked.connect(slot)
        self.add_to_header(button)
        return button

    def add_to_header(self, widget: QWidget) -> None:
        """Put any widget left of the primary button."""
        last = self._actions.itemAt(self._actions.count() - 1)
        before = last.widget() if last is not None else None
        has_primary = before is not None and before.property("kind") == "primary"
        self._actions.insertWidget(self._actions.count() - int(has_primary), widget)

    def show_empty(
        self,
        icon_name: str,
        sentence: str,
        button_text: str | None = None,
        slot: Callable[[], Any] | None = None,
        hint: str = "",
    ) -> None:
        """Show the empty state in place of the body."""
        self.empty.say(icon_name, sentence, button_text, slot, hint)
        self._stack.setCurrentWidget(self.empty)

    def show_body(self) -> None:
        """Show the body."""
        self._stack.setCurrentWidget(self.body)

    @property
    def is_empty(self) -> bool:
        return self._stack.currentWidget() is self.empty

    def banner(self, text: str, action_text: str | None = None, action: Callable[[], Any] | None = None) -> None:
        """Say something quietly at the top of this page."""
        self.message_bar.say(text, action_text, action)

    def can_cancel(self, handle: WorkHandle) -> bool:
        """Whether the page itself offers to cancel that work now: the status bar offers it otherwise."""
        return False

    def refresh(self) -> None:
        """Draw what `contents` says. Called when it changed, while the page is shown and a project is open."""

    def set_project(self) -> None:
        """Another project was opened, or it was closed: forget what belonged to the one before."""

    def show_item(self, item: object) -> None:
        """Show what :meth:`AppContext.go_to` was given."""

    @Slot()
    def _on_theme(self) -> None:
        # `on_theme` is no slot where a page overrides it, and what is none is called even when the page is gone.
        self.on_theme()

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
        if self._is_stale:
            self.refresh_soon()
        self.shown.emit()

    @Slot()
    def _on_opened(self) -> None:
        self.message_bar.hide()
        self.set_project()
        self.refresh_soon()

    @Slot()
    def _on_closed(self) -> None:
        self.message_bar.hide()
        self.set_project()
        self._is_stale = True

    @Slot()
    def _on_changed(self) -> None:
        self.refresh_soon()
