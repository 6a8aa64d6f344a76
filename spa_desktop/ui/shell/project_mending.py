"""Brings an earlier version of a project back, and saves what is whole of a damaged one: asks, works, opens it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Qt, Signal, Slot
from PySide6.QtWidgets import QMessageBox, QWidget

from spa_desktop.errors import InputError
from spa_desktop.jobs import Job
from spa_desktop.ui.app_state.context import AppContext
from spa_desktop.ui.app_state.project_opening import Opened, open_workbench
from spa_desktop.ui.background.work import WorkFailure
from spa_desktop.ui.shell.earlier_versions import EarlierVersions, when_of
from spa_desktop.ui.widgets import file_dialogs
from spa_desktop.visible import visible, visible_lines


class ProjectMending(QObject):
    """Offers the earlier versions of a project, and does what the person chooses."""

    said = Signal(str, object, object)  # text, text of an action or None, the action or None

    def __init__(self, context: AppContext, window: QWidget, when_free: Callable[[Callable[[], Any]], None]) -> None:
        """Make ready; the arguments are those of `ProjectActions`."""
        super().__init__(window)
        self._context, self._window, self._when_free = context, window, when_free
        self._path: Path | None = None
        self._version: dict[str, Any] = {}
        self._lines: list[str] = []
        self.dialog: EarlierVersions | None = None
        self.box: QMessageBox | None = None

    @Slot()
    def offer_for_open(self) -> None:
        """Offer the versions of the project that is open."""
        if self._context.contents is not None:
            self.offer(self._context.contents.path)

    def offer(self, path: Path) -> None:
        """Offer the versions of a project, whether it can be opened or not."""
        self._path = path
        self.dialog = EarlierVersions(self._context, path, self._window)
        self.dialog.restore_wanted.connect(self._ask)
        self.dialog.recover_wanted.connect(self._choose_new)
        self.dialog.open()

    @Slot(object)
    def _ask(self, version: dict[str, Any]) -> None:
        assert self._path is not None
        self._version = version
        text = self.tr("{name} becomes what it was on {when}.").format(
            name=visible(self._path.name), when=when_of(version)
        )
        self.box = QMessageBox(
            QMessageBox.Icon.Question, self.tr("Bring this version back?"), text, parent=self._window
        )
        self.box.setInformativeText(self.tr("What is there now is kept as a version, and can be brought back as well."))
        self.box.setTextFormat(Qt.TextFormat.PlainText)
        self._yes = self.box.addButton(self.tr("Bring back"), QMessageBox.ButtonRole.AcceptRole)
        stay = self.box.addButton(QMessageBox.StandardButton.Cancel)
        self.box.setDefaultButton(stay)
        self.box.setEscapeButton(stay)
        self.box.finished.connect(self._on_asked)
        self.box.open()

    @Slot(int)
    def _on_asked(self, _: int) -> None:
        box, self.box = self.box, None
        if box is None:
            return
        is_yes = box.clickedButton() is self._yes
        box.deleteLater()
        if is_yes:
            self._when_free(self._restore)

    @Slot()
    def _choose_new(self) -> None:
        assert self._path is not None
        start = self._path.with_name(self.tr("{name} recovered").format(name=self._path.stem) + ".spa")
        new = file_dialogs.new_project(self._window, start)
        if new is not None:
            self._when_free(partial(self._recover, new))

    def _restore(self) -> None:
        path, version = self._path, self._version
        assert path is not None
        self._let_go(path)
        device, consent = self._context.settings.value.device, self._context.asker.download_consent
        gone = self.tr("That version is not kept any more: choose another")

        def work(job: Job) -> Opened:
            from spa_desktop.workbench.recovery import restore_project, versions

            # They may have been numbered anew meanwhile.
            number = next((one["number"] for one in versions(path) if one["path"] == version["path"]), None)
            if number is None:
                raise InputError(gone)
            restore_project(path, number)
            return open_workbench(path, write=True, device=device, consent=consent)

        self._context.background.start(
            self.tr("Bringing an earlier version back"), work, done=self._on_restored, failed=self._on_failed
        )

    def _recover(self, new: Path) -> None:
        path = self._path
        assert path is not None
        self._let_go(path)
        device, consent = self._context.settings.value.device, self._context.asker.download_consent

        def work(job: Job) -> tuple[list[str], Opened]:
            from spa_desktop.workbench.recovery import recover_project

            lines = recover_project(path, new, job)
            return lines, open_workbench(new, write=True, device=device, consent=consent)

        self._context.background.start(
            self.tr("Saving what is whole"), work, done=self._on_recovered, failed=self._on_failed
        )

    def _let_go(self, path: Path) -> None:
        """Close the project if it is the open one: nobody else may write to it now."""
        place = self._context.place
        if place is not None and place.path == path:
            self._context.close_project()

    @Slot(object)
    def _on_restored(self, opened: Opened) -> None:
        self._context.adopt(*opened)
        text = self.tr("The version of {when} is back. What was there before is kept as a version.")
        self.said.emit(text.format(when=when_of(self._version)), self.tr("Earlier versions..."), self.offer_for_open)

    @Slot(object)
    def _on_recovered(self, found: tuple[list[str], Opened]) -> None:
        self._lines, opened = found
        self._context.adopt(*opened)
        assert self._path is not None
        text = self.tr("What is whole of {old} was saved in {new}, which is open now. {old} stays as it is.")
        text = text.format(old=visible(self._path.name), new=visible(opened[1].path.name))
        self.said.emit(text, self.tr("What was saved"), self.show_lines)

    @Slot()
    def show_lines(self) -> None:
        """Show what was saved and lost, table by table."""
        box = QMessageBox(
            QMessageBox.Icon.Information,
            self.tr("What was saved"),
            visible_lines("\n".join(self._lines)),
            QMessageBox.StandardButton.Close,
            self._window,
        )
        box.setTextFormat(Qt.TextFormat.PlainText)
        box.open()

    @Slot(object)
    def _on_failed(self, failure: WorkFailure) -> None:
        if not failure.is_expected:
            self._context.show_failure(failure)
        elif self._path is not None:
            self.said.emit(failure.message, self.tr("Earlier versions..."), partial(self.offer, self._path))
