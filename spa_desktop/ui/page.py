"""What every page is: a title, one primary button, a quiet bar for messages, and a body or an empty state."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QEvent, Qt, Signal, Slot
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from spa_desktop.ui.contents import Contents
from spa_desktop.ui.context import AppContext
from spa_desktop.ui.icons import icon, icon_pixmap, set_icon
from spa_desktop.ui.theme import PAGE_MARGIN, Size, Space, set_type

_EMPTY_WIDTH = 440
_HEADER_HEIGHT = 32  # of a button, so that the title stands at the same height on pages without one


def primary(button: QPushButton) -> QPushButton:
    """Make a button the one that stands out."""
    button.setProperty("kind", "primary")
    return button


class MessageBar(QFrame):
    """One line and at most one action, until it is closed or replaced."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("messageBar")
        self._action: Callable[[], Any] | None = None
        self._text = QLabel()
        self._text.setWordWrap(True)
        self._text.setTextFormat(Qt.TextFormat.PlainText)
        self._text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._button = QPushButton()
        self._button.setProperty("kind", "link")
        self._button.clicked.connect(self._act)
        self._button.hide()
        close = QToolButton()
        close.setIcon(icon("close", "muted"))
        close.setAccessibleName(self.tr("Close this message"))
        close.setToolTip(close.accessibleName())
        close.setAutoRaise(True)
        close.clicked.connect(self.hide)
        row = QHBoxLayout(self)
        row.setContentsMargins(Space.M, Space.XS, Space.XS, Space.XS)
        row.setSpacing(Space.S)
        row.addWidget(self._text, 1)
        row.addWidget(self._button)
        row.addWidget(close)
        self.hide()

    @property
    def text(self) -> str:
        """What it says now, empty when it is hidden."""
        return self._text.text() if not self.isHidden() else ""

    def say(self, text: str, action_text: str | None = None, action: Callable[[], Any] | None = None) -> None:
        """Show a message in place of the one before."""
        self._text.setText(text)
        self._text.setAccessibleName(text)
        self._action = action
        self._button.setText(action_text or "")
        self._button.setVisible(bool(action_text and action))
        self.show()

    @Slot()
    def _act(self) -> None:
        action = self._action
        self.hide()
        if action is not None:
            action()


class EmptyState(QWidget):
    """A drawn icon, one sentence, and at most one button: what to do when a page has nothing to show."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._icon_name = "photos"
        self._picture = QLabel(alignment=Qt.AlignmentFlag.AlignCenter)
        self._sentence = set_type(QLabel(alignment=Qt.AlignmentFlag.AlignCenter), Size.STRONG)
        self._hint = set_type(QLabel(alignment=Qt.AlignmentFlag.AlignCenter), Size.BODY, role="muted")
        # In a column of fixed width between stretches: a wrapped label that a layout aligns gets too little height.
        texts = QWidget()
        texts.setFixedWidth(_EMPTY_WIDTH)
        lines = QVBoxLayout(texts)
        lines.setContentsMargins(0, 0, 0, 0)
        lines.setSpacing(Space.S)
        for label in (self._sentence, self._hint):
            label.setWordWrap(True)
            lines.addWidget(label)
        self.button = QPushButton()
        self._slot: Callable[[], Any] | None = None
        self.button.clicked.connect(self._act)
        self.button.hide()
        column = QVBoxLayout(self)
        column.setSpacing(Space.M)
        column.addStretch(2)
        middle = QHBoxLayout()
        middle.addStretch(1)
        middle.addWidget(texts)
        middle.addStretch(1)
        column.addWidget(self._picture)
        column.addLayout(middle)
        column.addWidget(self.button, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(3)

    def say(
        self,
        icon_name: str,
        sentence: str,
        button_text: str | None = None,
        slot: Callable[[], Any] | None = None,
        hint: str = "",
    ) -> None:
        """Fill it."""
        self._icon_name, self._slot = icon_name, slot
        self._sentence.setText(sentence)
        self._hint.setText(hint)
        self._hint.setVisible(bool(hint))
        self.button.setText(button_text or "")
        self.button.setVisible(bool(button_text))
        self._draw()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.PaletteChange:
            self._draw()
        super().changeEvent(event)

    def _draw(self) -> None:
        self._picture.setPixmap(icon_pixmap(self._icon_name, "faint", 64, self.devicePixelRatioF()))

    @Slot()
    def _act(self) -> None:
        if self._slot is not None:
            self._slot()


class Page(QWidget):
    """Base of the six pages.

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
        context.theme_changed.connect(self.on_theme)

    @property
    def contents(self) -> Contents | None:
        """What the project holds."""
        return self.context.contents

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

    def refresh(self) -> None:
        """Draw what `contents` says. Called when it changed, while the page is shown and a project is open."""

    def set_project(self) -> None:
        """Another project was opened, or it was closed: forget what belonged to the one before."""

    def show_item(self, item: object) -> None:
        """Show what :meth:`AppContext.go_to` was given."""

    @Slot()
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
