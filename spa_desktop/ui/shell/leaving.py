"""Questions over the window; and leaving a project while something is at work on it, or not kept yet."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtCore import QObject, Qt, Slot
from PySide6.QtWidgets import QAbstractButton, QMessageBox, QWidget

from spa_desktop.ui.app_state.context import AppContext
from spa_desktop.ui.background.work import later

Role = QMessageBox.ButtonRole
# What a button says, its place among the others, and what it does.
Answer = tuple[str, QMessageBox.ButtonRole, Callable[[], Any]]


class Asking(QObject):
    """Asks one question at a time over the window. Enter and Escape give the answer that changes nothing.

    Attributes:
        box: the question that is asked now.
        answers: the buttons of the last question, by what they say, but for the one that changes nothing.
    """

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self.box: QMessageBox | None = None
        self.answers: dict[str, QAbstractButton] = {}
        self._slots: dict[QAbstractButton, Callable[[], Any]] = {}

    def ask(self, title: str, text: str, answers: Sequence[Answer], *, about: str = "", stay: str = "") -> None:
        """Ask. `stay` is the answer that changes nothing, "Cancel" where it has no words."""
        box = self.box = QMessageBox(QMessageBox.Icon.Question, title, text, parent=self._window)
        box.setInformativeText(about)
        box.setTextFormat(Qt.TextFormat.PlainText)
        self.answers = {label: box.addButton(label, role) for label, role, _ in answers}
        self._slots = {self.answers[label]: slot for label, _, slot in answers}
        cancel = QMessageBox.StandardButton.Cancel
        nothing = box.addButton(stay, Role.RejectRole) if stay else box.addButton(cancel)
        box.setDefaultButton(nothing)
        box.setEscapeButton(nothing)
        box.finished.connect(self._on_finished)
        box.open()

    def stay(self) -> None:
        """Hear that nothing is to be done."""

    @Slot(int)
    def _on_finished(self, _: int) -> None:
        box, self.box = self.box, None
        if box is not None:
            slot = self._slots.get(box.clickedButton(), self.stay)
            box.deleteLater()
            slot()


def tell(window: QWidget, icon: QMessageBox.Icon, title: str, text: str) -> None:
    """Show a text over the window until it is closed."""
    box = QMessageBox(icon, title, text, QMessageBox.StandardButton.Close, window)
    box.setTextFormat(Qt.TextFormat.PlainText)
    box.open()


class Leaving(Asking):
    """Calls what it is given once nothing is at work any more, and asks the person first where that takes time."""

    def __init__(self, context: AppContext, window: QWidget, unkept: Callable[[], str]) -> None:
        """Ask before what would be lost is lost.

        Args:
            context: whose work is waited for.
            window: over which the questions stand.
            unkept: says what nobody has kept yet, such as recorded frames; "" if there is nothing.
        """
        super().__init__(window)
        self._context, self._unkept = context, unkept
        self._then: Callable[[], Any] | None = None
        self._asked_for: Callable[[], Any] | None = None
        self._given_up = ""  # what the person said may be lost
        context.background.ended.connect(self._on_ended)

    @property
    def is_waiting(self) -> bool:
        """True while a call is due."""
        return self._then is not None

    def when_free(self, then: Callable[[], Any]) -> None:
        """Call `then` now, or when the work has ended, or never if the person would rather stay."""
        # Fields give their text to the project when they lose the focus.
        field = self._window.focusWidget()
        if field is not None:
            field.clearFocus()
        if self.box is not None:
            self.box.raise_()
            return
        self._asked_for = then
        if text := self._unkept():
            self._ask_to_give_up(text)
        else:
            self._when_work_is_done()

    def _ask_to_give_up(self, text: str) -> None:
        answers = ((self.tr("Leave without them"), Role.DestructiveRole, self._give_up),)
        self.ask(self.tr("Not kept yet"), text, answers, stay=self.tr("Stay here"))

    def _give_up(self) -> None:
        self._given_up = self._unkept()
        self._when_work_is_done()

    def _when_work_is_done(self) -> None:
        background = self._context.background
        if not background.is_busy:
            self._drop_quiet()
            self._wait()
            return
        titles = ", ".join(handle.title for handle in background.handles if not handle.is_quiet)
        self.ask(
            self.tr("Still at work"),
            self.tr("Not finished yet: {titles}").format(titles=titles),
            (
                (self.tr("Wait, then go on"), Role.AcceptRole, self._wait),
                (self.tr("Cancel it"), Role.DestructiveRole, self._cancel),
            ),
            about=self.tr("What was finished before is safe. Wait for the rest, or cancel it and lose only that?"),
            stay=self.tr("Stay here"),
        )

    def stay(self) -> None:
        """Leave nothing, not because of an earlier answer either."""
        self._then = None

    def _wait(self) -> None:
        self._then = self._asked_for
        self._on_ended()

    def _cancel(self) -> None:
        for handle in self._context.background.handles:
            # Edits that wait behind the work were seen to be made: they are short, and are done before leaving.
            if not handle.is_quiet or handle.lane != "write":
                handle.cancel()
        self._wait()

    def _drop_quiet(self) -> None:
        # Thumbnails and the like are wanted no more; edits are short, and are waited for.
        for handle in self._context.background.handles:
            if handle.lane != "write":
                handle.cancel()

    @Slot()
    def _on_ended(self) -> None:
        # Later, not now: those who hear of the same end may start something that has to be waited for too.
        if self._then is not None:
            later(self._go_on)

    @Slot()
    def _go_on(self) -> None:
        if self._then is None or self.box is not None or self._context.background.is_busy:
            return
        self._drop_quiet()
        if not self._context.background.handles:
            then, self._then = self._then, None
            given_up, self._given_up = self._given_up, ""
            if (text := self._unkept()) and text != given_up:  # it came while one waited
                self._asked_for = then
                self._ask_to_give_up(text)
            else:
                then()
