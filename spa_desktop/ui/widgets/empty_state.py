"""What stands in the middle of a page that has nothing to show."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QHideEvent
from PySide6.QtWidgets import QFrame, QLabel, QSizePolicy, QStackedWidget, QWidget

from spa_desktop.ui.style.icons import Sign
from spa_desktop.ui.style.theme import Size, Space, set_role, set_type
from spa_desktop.ui.widgets.forms import column, row
from spa_desktop.ui.widgets.labels import announce, button, say, tool_button, wrapped
from spa_desktop.visible import visible

Action = Callable[[], Any] | None  # what a button of a message does


class MessageBar(QFrame):
    """The quiet bar at the top of a page: one line and at most one action, until it is closed or replaced."""

    gone = Signal(str)  # what it said, once it is out of sight: also with its page

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("messageBar")
        self._action: Action = None
        self.is_error = False  # it says that something went wrong
        self._text = QLabel(wordWrap=True, textInteractionFlags=Qt.TextInteractionFlag.TextSelectableByMouse)
        # A name without blanks cannot be broken into lines, and must not widen the page.
        self._text.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._sign = Sign("error", "bad")
        self._sign.hide()
        self._button = button("", self._act, kind="link", is_steady=True)
        self._button.hide()
        close = tool_button("close", self.tr("Close this message"), self.hide, role="muted")
        close.setAutoRaise(True)
        parts = (self._sign, (self._text, 1), self._button, close)
        row(*parts, spacing=Space.S, margins=(Space.M, Space.XS, Space.XS, Space.XS), of=self)
        self.hide()

    @property
    def text(self) -> str:
        """What it says now, empty when it is hidden."""
        return self._text.text() if not self.isHidden() else ""

    def say(self, text: str, action_text: str = "", action: Action = None, *, is_error: bool = False) -> None:
        """Show a message in place of the one before. One that tells of an error has a sign, and is framed in red."""
        text, self.is_error = visible(text), is_error
        self._text.setText(text)
        self._text.setAccessibleName(self.tr("Error: {text}").format(text=text) if is_error else text)
        set_role(self, "error" if is_error else "", "kind")
        self._sign.setVisible(is_error)
        self._action = action
        say(self._button, action_text if action else "")
        self.show()
        announce(self, self._text.accessibleName())

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        if not event.spontaneous():  # a window that is made small shows it again
            self.gone.emit(self._text.text())

    @Slot()
    def _act(self) -> None:
        action = self._action
        self.hide()
        if action is not None:
            action()


_EMPTY_WIDTH = 520


class EmptyState(QFrame):
    """A drawn icon, one sentence, and at most one button and a link: what to do when a page has nothing to show.

    Where photos are added, it is a large zone to drop them on.
    """

    def __init__(self, *, is_zone: bool = False) -> None:
        super().__init__()
        self.setObjectName("dropZone" if is_zone else "")
        self._picture = Sign("photos", "faint", 64)
        self._picture.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._sentence, self._hint = wrapped(), wrapped("", Size.BODY)
        set_type(self._sentence, Size.TITLE if is_zone else Size.STRONG, strong=is_zone)
        for label in (self._sentence, self._hint):
            label.setAlignment(Qt.AlignmentFlag.AlignCenter)
        # In a column of fixed width between stretches: a wrapped label that a layout aligns gets too little height.
        texts = QWidget()
        texts.setFixedWidth(_EMPTY_WIDTH)
        column(self._sentence, self._hint, spacing=Space.S, of=texts)
        self._slot: Action = None
        self._linked: Action = None
        look = {"picture": "add", "kind": "primary"} if is_zone else {}
        self.button = button("", self._act, is_steady=True, **look)
        self.link = button("", self._follow, kind="link")
        self.button.hide()
        self.link.hide()
        middle = Qt.AlignmentFlag.AlignHCenter
        parts = (self._picture, row(None, texts, None, spacing=-1), (self.button, 0, middle), (self.link, 0, middle))
        column(None, None, *parts, None, None, None, spacing=Space.M, of=self)  # a little above the middle

    def say(
        self,
        icon_name: str,
        sentence: str,
        button_text: str = "",
        slot: Action = None,
        hint: str = "",
        link: tuple[str, Action] = ("", None),
    ) -> None:
        """Say so, in place of what the stack shows that it is in. `hint` stands beneath the sentence."""
        self._slot, self._linked = slot, link[1]
        self._picture.show_icon(icon_name, "faint")
        self._sentence.setText(visible(sentence))
        say(self._hint, visible(hint))
        say(self.button, button_text)
        say(self.link, link[0])
        if isinstance(stack := self.parentWidget(), QStackedWidget):
            stack.setCurrentWidget(self)

    @Slot()
    def _act(self) -> None:
        if self._slot is not None:
            self._slot()

    @Slot()
    def _follow(self) -> None:
        if self._linked is not None:
            self._linked()
