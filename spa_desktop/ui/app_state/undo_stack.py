"""The undo stack of the window, kept the same as the project's own list of changes."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QCoreApplication, QObject, Slot
from PySide6.QtGui import QUndoCommand, QUndoStack

from spa_desktop.jobs import Job
from spa_desktop.project.row_undo import Change
from spa_desktop.ui.background.work import WorkFailure

if TYPE_CHECKING:
    from spa_desktop.ui.app_state.contents import Contents
    from spa_desktop.workbench import Workbench


class UndoMirror(QObject):
    """Owns the stack. The project decides what can be undone; after each verb the stack is made to say the same."""

    def __init__(self, run: Callable[..., Any], failed: Callable[[WorkFailure], Any], parent: QObject) -> None:
        """Make an empty stack.

        Args:
            run: does a verb in the background, as ``AppContext.run``.
            failed: is told of an undo or redo that did not work.
            parent: owns it.
        """
        super().__init__(parent)
        self._run, self._failed = run, failed
        self._contents: Contents | None = None
        self.stack = QUndoStack(self)
        self.is_syncing = False
        self._shown: tuple[list[tuple[str, str]], int] = ([], 0)

    def sync(self, contents: Contents) -> None:
        """Make the stack say what the project says."""
        self._contents = contents
        done = [_key(change) for change in reversed(contents.undo)]
        shown = (done + [_key(change) for change in contents.redo], len(done))
        if shown == self._shown and self.stack.index() == shown[1]:
            return
        self.is_syncing = True
        if shown[0] != self._shown[0]:
            self.stack.clear()
            for verb, summary in shown[0]:
                self.stack.push(_Step(self, _text(verb, summary)))
        self.stack.setIndex(shown[1])
        self.is_syncing = False
        self._shown = shown

    def clear(self) -> None:
        """Forget everything: the project was closed."""
        self.stack.clear()
        self._shown, self._contents = ([], 0), None

    def step(self, *, is_redo: bool) -> None:
        """Undo or redo one verb in the project."""
        if self.is_syncing:
            return

        def work(bench: Workbench, job: Job) -> Change | None:
            return bench.project.redo() if is_redo else bench.project.undo()

        title = self.tr("Redo") if is_redo else self.tr("Undo")
        self._run(title, work, failed=self._on_failed, is_quiet=True)

    @Slot(object)
    def _on_failed(self, failure: WorkFailure) -> None:
        if self._contents is not None:
            self.sync(self._contents)
        self._failed(failure)


class _Step(QUndoCommand):
    def __init__(self, mirror: UndoMirror, text: str) -> None:
        super().__init__(text)
        self._mirror = mirror

    def undo(self) -> None:
        self._mirror.step(is_redo=False)

    def redo(self) -> None:
        self._mirror.step(is_redo=True)


def _key(change: Change) -> tuple[str, str]:
    return change.verb, change.summary


def _text(verb: str, summary: str) -> str:
    translate = QCoreApplication.translate
    # What the engine calls its verbs. Edits of the window come in the person's language already.
    words = {
        "add": translate("undo", "add"),
        "top up": translate("undo", "top up"),
        "describe": translate("undo", "describe"),
        "train": translate("undo", "train"),
        "undo training": translate("undo", "taking back the training of"),
        "delete class": translate("undo", "delete class"),
        "merge": translate("undo", "merge"),
        "forget": translate("undo", "forget"),
        "find photos": translate("undo", "find"),
        "correct": translate("undo", "correct"),
        "drop correction": translate("undo", "take back the correction of"),
        "learn corrections": translate("undo", "learn the corrections of"),
    }
    text = f"{words.get(verb, verb)} {summary}".strip()
    return text if len(text) <= 60 else text[:57] + "..."
