"""Results > Export > Model: what was learned as a folder for other programs and browsers."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot

from spa_desktop.jobs import Job
from spa_desktop.ui.app_state.context import AppContext
from spa_desktop.ui.page import Page
from spa_desktop.ui.widgets import file_dialogs

if TYPE_CHECKING:
    from spa_desktop.workbench import Workbench


class ModelExport(QObject):
    """Asks for a place, and writes the export there in the background."""

    def __init__(self, context: AppContext, page: Page) -> None:
        super().__init__(page)
        self._context, self._page = context, page

    @Slot()
    def save(self) -> None:
        """Export; the web page takes its runtime from a public address."""
        self._save(is_offline=False)

    @Slot()
    def save_offline(self) -> None:
        """Export; the web page's runtime is put beside it, downloaded where this computer does not have it."""
        self._save(is_offline=True)

    def _save(self, *, is_offline: bool) -> None:
        contents = self._page.contents
        if contents is None:
            return
        start = contents.path.with_name(self.tr("{project} export").format(project=contents.name))
        folder = file_dialogs.new_folder(self._page, self.tr("Export the model into a new folder"), start)
        if folder is None:
            return

        def work(bench: Workbench, job: Job) -> Path:
            from spa_desktop.export.browser_runtime import fetch_runtime
            from spa_desktop.export.classifier_folder import check_target
            from spa_desktop.export.project_export import export_project

            check_target(folder, replaces=False)
            runtime = fetch_runtime(job) if is_offline else None
            return export_project(bench, folder, job, runtime=runtime)

        self._context.read(work, title=self.tr("Exporting the model"), done=self._on_saved, is_quiet=False)

    @Slot(object)
    def _on_saved(self, folder: Path) -> None:
        self._page.banner(self.tr("The model was exported to {folder}").format(folder=folder))
