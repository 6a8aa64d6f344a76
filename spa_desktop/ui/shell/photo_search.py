"""Finds photos of the project that were moved or renamed: asks where, looks, and says what it found."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot
from PySide6.QtWidgets import QWidget

from spa_desktop.ui.app_state.context import AppContext
from spa_desktop.ui.widgets import file_dialogs, plural_words
from spa_desktop.visible import visible

if TYPE_CHECKING:
    from spa_desktop.workbench import MovedPhotos


class PhotoSearch(QObject):
    """What is behind "Find moved photos"."""

    def __init__(self, context: AppContext, window: QWidget) -> None:
        """Make ready to ask in `window`."""
        super().__init__(window)
        self._context, self._window = context, window

    @Slot()
    def ask(self) -> None:
        """Ask for a folder, and look there and in all folders below."""
        folder = file_dialogs.choose_folder(self._window, self.tr("In which folder are the photos now?"))
        if folder is not None and self._context.contents is not None:
            self._context.run(
                self.tr("Looking for photos"),
                lambda bench, job: bench.find_moved_photos([folder], job),
                done=self._on_found,
            )

    @Slot(object)
    def _on_found(self, done: MovedPhotos) -> None:
        left = len(done.missing)
        if not done.found and not left:
            self._context.banner(self.tr("All photos are where they were."))
            return
        found = self.tr("Found: {photos}.").format(photos=plural_words.photos(done.found))
        if not left:
            self._context.banner(found)
            return
        still = self.tr("Still missing: {photos}, such as {path}.")
        still = still.format(photos=plural_words.photos(left), path=visible(done.missing[0].path))
        self._context.banner(f"{found} {still}", self.tr("Look elsewhere"), self.ask)
