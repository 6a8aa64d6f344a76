"""The sample project: made in the background when it is first wanted, opened, made anew, deleted."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QWidget

from spa_desktop import paths
from spa_desktop.jobs import Job
from spa_desktop.ui.app_state.context import AppContext
from spa_desktop.ui.background.work import WorkFailure, WorkHandle
from spa_desktop.ui.shell.leaving import Asking, Role
from spa_desktop.ui.shell.project_actions import ProjectActions


class SampleActions(Asking):
    """Does what the card of the sample project and the File menu offer."""

    changed = Signal()  # whether it is there, or at work

    def __init__(self, context: AppContext, window: QWidget, projects: ProjectActions) -> None:
        super().__init__(window)
        self._context, self._projects = context, projects
        self._handle: WorkHandle | None = None

    @property
    def is_busy(self) -> bool:
        """It is being made or deleted."""
        return self._handle is not None and not self._handle.is_over

    @property
    def is_made(self) -> bool:
        """It is there, to be opened at once."""
        return paths.sample_project().exists()

    @Slot()
    def open(self) -> None:
        """Open it; make it first, if it is not there."""
        if self.is_busy:
            return
        if self.is_made:
            self._projects.open(paths.sample_project(), self._show_it)
            return
        device, consent = self._context.settings.value.device, self._context.asker.download_consent

        def work(job: Job) -> Path:
            from spa_desktop.workbench.sample_project import make_sample

            return make_sample(job, device=device, consent=consent)

        self._start(self.tr("Making the sample project"), work, self._on_made)

    @Slot()
    def make_anew(self) -> None:
        """Ask, then delete it and make it once more."""
        self._ask_to_delete(
            self.tr("Make the sample project anew?"),
            self.tr("What you changed in it is lost."),
            self.tr("Make it anew"),
            then=self.open,
        )

    @Slot()
    def delete(self) -> None:
        """Ask, then delete it with its photos."""
        self._ask_to_delete(
            self.tr("Delete the sample project?"),
            self.tr("It is deleted with the photos that were drawn for it. It can be made again."),
            self.tr("Delete it"),
        )

    def _ask_to_delete(self, question: str, about: str, yes: str, then: Callable[[], Any] | None = None) -> None:
        if not self.is_busy and self.box is None:
            done = partial(self._on_deleted, then)
            delete = partial(self._start, self.tr("Deleting the sample project"), _delete, done)
            answers = ((yes, Role.DestructiveRole, delete),)
            self.ask(self.tr("Sample project"), question, answers, about=about, stay=self.tr("Keep it"))

    def _start(self, title: str, work: Callable[[Job], Any], done: Callable[[Any], Any]) -> None:
        self._handle = self._context.background.start(
            title, work, done=done, failed=self._on_failed, cancelled=self._on_over
        )
        self.changed.emit()

    @Slot(object)
    def _on_made(self, path: Path) -> None:
        self._on_over()
        if self._context.contents is None:
            self.open()
        else:
            # The person went on to something else meanwhile.
            self._context.banner(self.tr("The sample project is ready"), self.tr("Open it"), self.open)

    def _on_deleted(self, then: Callable[[], Any] | None, _: None) -> None:
        self._on_over()
        if then is not None:
            then()

    @Slot(object)
    def _on_failed(self, failure: WorkFailure) -> None:
        self._on_over()
        self._context.show_failure(failure)

    @Slot()
    def _on_over(self) -> None:
        self._handle = None
        self.changed.emit()

    def _show_it(self) -> None:
        contents = self._context.contents
        if contents is None or contents.path != paths.sample_project():
            return  # the person stayed where they were, and opened something else later
        self._context.go_to("explain")
        self._context.banner(
            self.tr("This is the sample project: try anything in it. The start page can make it anew.")
        )


def _delete(job: Job) -> None:
    from spa_desktop.workbench.sample_project import delete_sample

    delete_sample()
