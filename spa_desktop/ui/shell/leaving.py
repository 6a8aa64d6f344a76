"""Leaving a project while something is at work on it, or not kept yet: wait, cancel, give up, or stay."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, Qt, Slot
from PySide6.QtWidgets import QAbstractButton, QMessageBox, QWidget

from spa_desktop.ui.app_state.context import AppContext
from spa_desktop.ui.later import later


class Leaving(QObject):
    """Calls what it is given once nothing is at work any more, and asks the person first where that takes time."""

    def __init__(self, context: AppContext, window: QWidget, unkept: Callable[[], str]) -> None:
        """Ask before what would be lost is lost.

        Args:
            context: whose work is waited for.
            window: over which the questions stand.
            unkept: says what nobody has kept yet, such as recorded frames; "" if there is nothing.
        """
        super().__init__(window)
        self._context, self._window, self._unkept = context, window, unkept
        self._then: Callable[[], Any] | None = None
        self._given_up = ""  # what the person said may be lost
        self.box: QMessageBox | None = None
        context.background.ended.connect(self._on_ended)

    @property
    def is_waiting(self) -> bool:
        """True while a call is due."""
        return self._then is not None

    def when_free(self, then: Callable[[], Any]) -> None:
        """Call `then` now, or when the work has ended, or never if the person would rather stay."""
        self._hand_over_what_is_typed()
        if self.box is not None:
            self.box.raise_()
        elif text := self._unkept():
            self._ask_to_give_up(text, then)
        else:
            self._when_work_is_done(then)

    def _ask_to_give_up(self, text: str, then: Callable[[], Any]) -> None:
        self.box = QMessageBox(QMessageBox.Icon.Question, self.tr("Not kept yet"), text, parent=self._window)
        self._give_up = self.box.addButton(self.tr("Leave without them"), QMessageBox.ButtonRole.DestructiveRole)
        self._show_box(then, self._on_given_up)

    @Slot(int)
    def _on_given_up(self, _: int) -> None:
        if self._clicked() is self._give_up:
            self._given_up = self._unkept()
            self._when_work_is_done(self._asked_for)
        else:
            self._then = None

    def _when_work_is_done(self, then: Callable[[], Any]) -> None:
        background = self._context.background
        if not background.is_busy:
            self._then = then
            self._drop_quiet()
            self._on_ended()
            return
        titles = ", ".join(handle.title for handle in background.handles if not handle.is_quiet)
        self.box = QMessageBox(
            QMessageBox.Icon.Question,
            self.tr("Still at work"),
            self.tr("Not finished yet: {titles}").format(titles=titles),
            parent=self._window,
        )
        self.box.setInformativeText(
            self.tr("What was finished before is safe. Wait for the rest, or cancel it and lose only that?")
        )
        self._wait = self.box.addButton(self.tr("Wait, then go on"), QMessageBox.ButtonRole.AcceptRole)
        self._cancel = self.box.addButton(self.tr("Cancel it"), QMessageBox.ButtonRole.DestructiveRole)
        self._show_box(then, self._on_answer)

    def _show_box(self, then: Callable[[], Any], on_finished: Callable[[int], None]) -> None:
        assert self.box is not None
        self.box.setTextFormat(Qt.TextFormat.PlainText)
        stay = self.box.addButton(self.tr("Stay here"), QMessageBox.ButtonRole.RejectRole)
        self.box.setDefaultButton(stay)
        self.box.setEscapeButton(stay)
        self._asked_for = then
        self.box.finished.connect(on_finished)
        self.box.open()

    def _clicked(self) -> QAbstractButton | None:
        """What the box was answered with; it is gone then."""
        box, self.box = self.box, None
        if box is None:
            return None
        clicked = box.clickedButton()
        box.deleteLater()
        return clicked

    @Slot(int)
    def _on_answer(self, _: int) -> None:
        clicked = self._clicked()
        if clicked not in (self._wait, self._cancel):
            self._then = None  # who stays does not leave because of an earlier answer either
            return
        self._then = self._asked_for
        if clicked is self._cancel:
            for handle in self._context.background.handles:
                # Edits that wait behind the work were seen to be made: they are short, and are done before leaving.
                if not handle.is_quiet or handle.lane != "write":
                    handle.cancel()
        self._on_ended()

    def _hand_over_what_is_typed(self) -> None:
        """Fields give their text to the project when they lose the focus."""
        field = self._window.focusWidget()
        if field is not None:
            field.clearFocus()

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
                self._ask_to_give_up(text, then)
            else:
                then()
