"""Edits of descriptions: shown at once, stored in the order they were made, each undoable."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from spa_desktop.errors import SpaError
from spa_desktop.project import Waiting
from spa_desktop.project.records import Description
from spa_desktop.ui.app_state.context import AppContext
from spa_desktop.ui.background.work import WorkFailure
from spa_desktop.ui.descriptions.text_edits import Change
from spa_desktop.ui.widgets import plural_words

if TYPE_CHECKING:
    from spa_desktop.jobs import Job
    from spa_desktop.workbench import Workbench


class DescriptionEdits(QObject):
    """Changes texts. An edit starts from the text that the file holds when its turn comes, not from what is shown."""

    changed = Signal()
    said = Signal(str)

    def __init__(self, context: AppContext, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._pending: list[int] = []
        self._shown: dict[int, Description] = {}

    def shown(self, class_id: int) -> Description | None:
        """The text of a class with the edits that are not stored yet."""
        contents = self._context.contents
        stored = contents.descriptions.get(class_id) if contents else None
        return self._shown.get(class_id, stored)

    def change(self, class_id: int, verb: str, change: Change) -> None:
        """Change the text of a class."""
        contents = self._context.contents
        record = contents.class_(class_id) if contents else None
        text = self.shown(class_id)
        if record is None or text is None:
            return
        try:
            self._shown[class_id] = change(text)
        except SpaError as error:
            self.said.emit(str(error))
            return
        self._pending.append(class_id)

        def work(bench: Workbench, job: Job) -> None:
            stored = bench.project.description(class_id)
            if stored is not None:
                with bench.project.transaction(verb, record.name, waiting=Waiting(job=job)) as tx:
                    tx.put_description(change(stored))

        self._context.run(
            f"{verb} {record.name}",
            work,
            done=self._on_done,
            failed=self._on_failed,
            cancelled=self._on_cancelled,
            is_quiet=True,
        )
        self.changed.emit()

    def replace(self, class_id: int, description: Description) -> None:
        """Put another text, such as the one before, in place of what is there."""
        new = replace(description, created="", is_approved=False)
        self.change(class_id, self.tr("change the text of"), lambda _: new)

    def approve(self, class_ids: list[int], is_approved: bool) -> None:
        """Approve texts, or take that back."""
        contents = self._context.contents
        assert contents is not None, "the page is not shown without a project"
        first = contents.class_(class_ids[0])
        name = first.name if first and len(class_ids) == 1 else plural_words.texts(len(class_ids))
        verb = self.tr("approve") if is_approved else self.tr("take back the approval of")
        self._context.edit(verb, name, lambda tx: tx.approve_descriptions(class_ids, is_approved))

    def forget(self) -> None:
        """Another project."""
        self._pending.clear()
        self._shown.clear()

    @Slot(object)
    def _on_done(self, _: object) -> None:
        # Edits are stored one after the other, so the one that was made first is the one that is done.
        if self._pending:
            class_id = self._pending.pop(0)
            if class_id not in self._pending:
                self._shown.pop(class_id, None)
        self.changed.emit()

    @Slot()
    def _on_cancelled(self) -> None:
        self._on_done(None)

    @Slot(object)
    def _on_failed(self, failure: WorkFailure) -> None:
        self._on_done(None)
        self._context.show_failure(failure)
