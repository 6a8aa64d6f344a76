"""New, open, demo, close: what leads from one project to another, or to none."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QStandardPaths, Signal, Slot
from PySide6.QtWidgets import QWidget

from spa_desktop.errors import InputError
from spa_desktop.jobs import Job
from spa_desktop.ui.app_state.context import AppContext
from spa_desktop.ui.app_state.project_opening import Opened, create_workbench, open_workbench
from spa_desktop.ui.app_state.project_place import Relation
from spa_desktop.ui.background.work import WorkFailure
from spa_desktop.ui.later import later
from spa_desktop.ui.shell.project_mending import ProjectMending
from spa_desktop.ui.widgets import file_dialogs

_DEMO_PHOTOS, _DEMO_TESTS = 16, 8  # a class: enough to learn from, and soon drawn


class ProjectActions(QObject):
    """Does what start page and File menu offer."""

    refused = Signal(str, object, object)  # text, text of an action or None, the action or None

    def __init__(self, context: AppContext, window: QWidget, when_free: Callable[[Callable[[], Any]], None]) -> None:
        """Make ready.

        Args:
            context: to open projects in.
            window: the parent of dialogs.
            when_free: calls what it is given once no work is left that needs the open project; may ask the person.
        """
        super().__init__(window)
        self._context, self._window, self._when_free = context, window, when_free
        self._folders: list[Path] = []
        self._wanted: Path | None = None  # is being opened
        self.mending = ProjectMending(context, window, when_free)
        self.mending.said.connect(self.refused)
        context.project_opened.connect(self._hand_over_folders)
        context.demo_wanted.connect(self.demo)

    def projects_folder(self) -> Path:
        """Where new projects go unless the person says otherwise."""
        chosen = self._context.settings.value.projects_folder
        documents = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation)
        return Path(chosen or documents or Path.home())

    @Slot()
    def new(self) -> None:
        """Ask for a name and make a project."""
        self._new(self.tr("My photos"), [])

    @Slot(object)
    def new_from_folders(self, folders: list[Path]) -> None:
        """Make a project for folders that were dropped, and offer to add them."""
        self._new(folders[0].name, folders)

    @Slot()
    def open_dialog(self) -> None:
        """Ask for a project and open it."""
        path = file_dialogs.choose_project(self._window, self.projects_folder())
        if path is not None:
            self.open(path)

    @Slot(object)
    def open(self, path: Path) -> None:
        """Open a project in place of the one that is open, unless it is the same."""
        self._folders = []
        place = self._context.place
        if place is None:
            self._when_free(lambda: self._open(path))
            return
        self._context.background.start(
            "",
            lambda job: (path, place.compare(path)),
            done=self._on_compared,
            failed=self._on_failed,
            lane="read",
            is_quiet=True,
        )

    @Slot(object)
    def _on_compared(self, found: tuple[Path, Relation]) -> None:
        path, relation = found
        if relation != "open":
            self._when_free(lambda: self._open(path, is_lost=relation == "lost"))

    @Slot()
    def demo(self) -> None:
        """Draw the demo photos, and open a project with them; if that was done before, open it again."""
        folder = self._demo_folder()
        project = folder / "Demo.spa"
        if project.exists():
            self.open(project)
        else:
            self._when_free(lambda: self._make_demo(folder, project))

    @Slot()
    def close(self) -> None:
        """Close the project and show the start page."""
        self._when_free(self._context.close_project)

    def _demo_folder(self) -> Path:
        return self.projects_folder() / "SPA Desktop demo"

    def _new(self, name: str, folders: list[Path]) -> None:
        folder = self.projects_folder()
        path = file_dialogs.new_project(self._window, _free_name(folder, name))
        if path is None:
            return
        if path.exists():
            # The system's dialog may have offered to replace it. Nobody loses a project by a click.
            text = self.tr("There is a {name} in {folder} already, and it was not replaced.")
            text = text.format(name=path.name, folder=path.parent)
            self.refused.emit(text, self.tr("Open it"), partial(self.open, path))
            return
        self._folders = folders
        self._when_free(lambda: self._create(path))

    def _create(self, path: Path) -> None:
        self._leave_name(path)
        self._context.settings.update(projects_folder=str(path.parent))
        self._context.create_project(path, failed=self._on_failed)

    def _open(self, path: Path, *, is_lost: bool = False) -> None:
        self._wanted = path
        if is_lost:
            # Its lock would keep us out.
            self._context.close_project()
        self._context.open_project(path, failed=self._on_open_failed)

    def _leave_name(self, path: Path) -> None:
        """Close the open project if it had the name that a new one gets: it is not there any more, but its lock is."""
        if self._context.place is not None and self._context.place.path == path:
            self._context.close_project()

    @Slot(object)
    def _on_open_failed(self, failure: WorkFailure) -> None:
        from spa_desktop.project import ProjectBusy, ProjectReadOnly

        # A busy or locked project can still be looked at.
        if failure.kind in (ProjectBusy.__name__, ProjectReadOnly.__name__) and self._wanted is not None:
            self.refused.emit(
                failure.message, self.tr("Open for reading"), partial(self._open_for_reading, self._wanted)
            )
        elif failure.is_expected and self._wanted is not None:
            path = self._wanted
            self._context.background.start(
                "",
                lambda job: (path, failure, _can_be_mended(path, failure)),
                done=self._on_mendable,
                failed=self._on_failed,
                lane="read",
                is_quiet=True,
            )
        else:
            self._on_failed(failure)

    @Slot(object)
    def _on_mendable(self, found: tuple[Path, WorkFailure, bool]) -> None:
        path, failure, is_mendable = found
        self._folders = []
        if is_mendable:
            self.refused.emit(failure.message, self.tr("Earlier versions..."), partial(self.mending.offer, path))
        else:
            self._on_failed(failure)

    def _open_for_reading(self, path: Path) -> None:
        self._when_free(lambda: self._context.open_project(path, write=False, failed=self._on_failed))

    @Slot(object)
    def _on_failed(self, failure: WorkFailure) -> None:
        self._folders = []
        if failure.is_expected:
            self.refused.emit(failure.message, None, None)
        else:
            self._context.show_failure(failure)

    def _make_demo(self, folder: Path, project: Path) -> None:
        self._leave_name(project)
        device, consent = self._context.settings.value.device, self._context.asker.download_consent
        cannot = self.tr(
            "The demo cannot be made in {folder} ({reason}). "
            "Make a new project in a folder where you may write: the demo goes beside it then."
        )

        def work(job: Job) -> Opened:
            from spa_desktop.demo import draw_demo
            from spa_desktop.workbench import DEFAULT_BACKBONE

            try:
                folder.mkdir(parents=True, exist_ok=True)
                drawn = draw_demo(folder, photos_per_class=_DEMO_PHOTOS, test_per_class=_DEMO_TESTS, job=job)
                # Built in a folder of its own, so that a cancelled demo leaves no half project behind.
                with tempfile.TemporaryDirectory(dir=folder, prefix=".") as making:
                    unfinished = Path(making) / project.name
                    bench, _ = create_workbench(unfinished, backbone=DEFAULT_BACKBONE, device=device, consent=consent)
                    with bench:
                        for task in drawn.tasks:
                            bench.add([task.folder], job, task=task.name)
                    unfinished.replace(project)
            except OSError as error:
                raise InputError(cannot.format(folder=folder, reason=error.strerror or error)) from error
            return open_workbench(project, write=True, device=device, consent=consent)

        self._context.background.start(
            self.tr("Drawing the demo photos"), work, done=self._on_demo, failed=self._on_failed
        )

    @Slot(object)
    def _on_demo(self, opened: Opened) -> None:
        self._context.adopt(*opened)

    @Slot()
    def _hand_over_folders(self) -> None:
        # Later: first every page hears that another project is open.
        later(self._offer_folders)

    @Slot()
    def _offer_folders(self) -> None:
        folders, self._folders = self._folders, []
        if folders:
            self._context.go_to("classes", folders)


def _can_be_mended(path: Path, failure: WorkFailure) -> bool:
    """Whether there is something to bring back or to save. For worker threads."""
    from spa_desktop.project import ProjectDamaged
    from spa_desktop.workbench.recovery import versions

    return failure.kind == ProjectDamaged.__name__ or bool(versions(path))


def _free_name(folder: Path, name: str) -> Path:
    path, number = folder / f"{name}.spa", 2
    while path.exists():
        path, number = folder / f"{name} {number}.spa", number + 1
    return path
