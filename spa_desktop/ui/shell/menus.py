"""The menus and their shortcuts."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QUrl, Slot
from PySide6.QtGui import QAction, QActionGroup, QDesktopServices, QKeySequence
from PySide6.QtWidgets import QMenu, QMessageBox

from spa_desktop.ui.app_state.context import AppContext
from spa_desktop.ui.faults import log_file
from spa_desktop.ui.plain_text import caption, tip
from spa_desktop.ui.shell.leaving import tell
from spa_desktop.ui.shell.side_bar import PAGE_NAMES, page_title
from spa_desktop.ui.widgets import forms, words
from spa_desktop.version import __version__
from spa_desktop.visible import visible

if TYPE_CHECKING:
    from spa_desktop.workbench import MovedPhotos


class Menus(QObject):
    """Builds the menu bar and keeps it right."""

    def __init__(self, window: Any, context: AppContext) -> None:
        """Fill the menu bar of a `MainWindow`, which makes this object and so cannot be imported here."""
        super().__init__(window)
        self._window, self._context, self._projects = window, context, window.projects
        self._of_project: list[QAction] = []
        self._file()
        self._edit()
        self._project()
        self._view()
        self._help()
        of_project = (context.project_opened, context.project_closed, context.project_changed)
        of_others = (context.background.changed, context.background.ended, context.settings.changed)
        for signal in (*of_project, *of_others):
            signal.connect(self.refresh)
        self.refresh()

    def _add(
        self,
        menu: QMenu,
        text: str,
        slot: Callable[..., Any],
        keys: QKeySequence | QKeySequence.StandardKey | str | None = None,
        *,
        needs_project: bool = False,
    ) -> QAction:
        action = QAction(text, self._window)
        if isinstance(keys, QKeySequence.StandardKey):
            action.setShortcuts(keys)
        elif keys is not None:
            action.setShortcut(keys)
        action.triggered.connect(slot)
        menu.addAction(action)
        if needs_project:
            self._of_project.append(action)
        return action

    def _file(self) -> None:
        menu = self._window.menuBar().addMenu(self.tr("&File"))
        keys = QKeySequence.StandardKey
        self._add(menu, self.tr("&New project..."), self._projects.new, keys.New)
        self._add(menu, self.tr("&Open..."), self._projects.open_dialog, keys.Open)
        self._recent = menu.addMenu(self.tr("Open &recent"))
        self._add(menu, self.tr("Try the &demo"), self._projects.demo)
        self._add(menu, self.tr("Open the sam&ple project"), self._window.sample.open)
        menu.addSeparator()
        self._add(menu, self.tr("&Close project"), self._projects.close, "Ctrl+W", needs_project=True)
        menu.addSeparator()
        settings = self._add(menu, self.tr("&Settings..."), self._window.show_settings, "Ctrl+,")
        settings.setMenuRole(QAction.MenuRole.PreferencesRole)
        leave = self._add(menu, self.tr("&Quit"), self._window.close, "Ctrl+Q")
        leave.setMenuRole(QAction.MenuRole.QuitRole)

    def _edit(self) -> None:
        menu = self._window.menuBar().addMenu(self.tr("&Edit"))
        self.undo = self._add(menu, self.tr("&Undo"), self._context.undo.undo, QKeySequence.StandardKey.Undo)
        self.redo = self._add(menu, self.tr("&Redo"), self._context.undo.redo, QKeySequence.StandardKey.Redo)
        menu.addSeparator()
        find = self._window.finder.show_search
        self._add(menu, self.tr("&Find..."), find, QKeySequence.StandardKey.Find, needs_project=True)
        self._add(menu, self.tr("C&ommands..."), self._window.finder.show_commands, "Ctrl+K")

    def _project(self) -> None:
        menu = self._window.menuBar().addMenu(self.tr("&Project"))
        self._add(menu, self.tr("&Next step"), self._window.go_on, "Ctrl+Return", needs_project=True)
        self._add(menu, self.tr("&Check the file"), self._check, needs_project=True)
        versions = self._projects.versions.offer_for_open
        self._add(menu, self.tr("&Earlier versions..."), versions, needs_project=True)
        self.find_photos = self._add(menu, self.tr("Find &moved photos..."), self._find_photos)
        self.forget = self._add(menu, self.tr("&Forget what was learned"), self._forget)
        self._add(menu, self.tr("Show in &folder"), self._show_folder, needs_project=True)

    def _view(self) -> None:
        menu = self._window.menuBar().addMenu(self.tr("&View"))
        for number, name in enumerate(PAGE_NAMES, start=1):
            action = self._add(menu, page_title(name), self._go_to_page, f"Ctrl+{number}", needs_project=True)
            action.setData(name)
        menu.addSeparator()
        self.appearances = QActionGroup(self)
        labels = {"system": self.tr("Like the system"), "light": self.tr("Light"), "dark": self.tr("Dark")}
        for appearance, label in labels.items():
            action = self._add(menu, label, self._set_appearance)
            action.setCheckable(True)
            action.setData(appearance)
            self.appearances.addAction(action)

    def _help(self) -> None:
        menu = self._window.menuBar().addMenu(self.tr("&Help"))
        self._add(menu, self.tr("&Guide"), self._show_guide, "F1").setData("")  # of the page that is shown
        self._add(menu, self.tr("&Shortcuts"), self._show_guide).setData("shortcuts")
        self._add(menu, self.tr("&What the words mean"), self._show_guide).setData("glossary")
        menu.addSeparator()
        self._add(menu, self.tr("Show the &log"), self._show_log)
        about = self._add(menu, self.tr("&About SPA Desktop"), self._about)
        about.setMenuRole(QAction.MenuRole.AboutRole)

    @Slot()
    def refresh(self) -> None:
        """Enable what can be done now."""
        contents = self._context.contents
        is_open = contents is not None
        for action in self._of_project:
            action.setEnabled(is_open)
        self.find_photos.setEnabled(contents is not None and contents.is_writable)
        self.forget.setEnabled(contents is not None and contents.is_writable and contents.learner is not None)
        # While a verb runs, undo would only wait behind it and then take that verb back.
        is_free = not any(one.lane == "write" and not one.is_quiet for one in self._context.background.handles)
        undo, redo = self._context.undo.undo_text, self._context.undo.redo_text
        self.undo.setEnabled(bool(undo) and is_free)
        self.redo.setEnabled(bool(redo) and is_free)
        self.undo.setText(self.tr("&Undo {what}").format(what=caption(undo)).rstrip())
        self.redo.setText(self.tr("&Redo {what}").format(what=caption(redo)).rstrip())
        for action in self.appearances.actions():
            action.setChecked(action.data() == self._context.settings.value.appearance)
        self._fill_recent()

    def _fill_recent(self) -> None:
        recent = self._context.settings.value.recent
        if [action.data() for action in self._recent.actions()] == list(recent):
            return
        self._recent.clear()
        for name in recent:
            action = self._recent.addAction(caption(Path(name).stem))
            action.setData(name)
            action.setToolTip(tip(name))
            action.triggered.connect(self._open_recent)
        self._recent.setEnabled(bool(recent))

    @Slot()
    def _open_recent(self) -> None:
        self._projects.open(Path(_sender(self).data()))

    @Slot()
    def _go_to_page(self) -> None:
        self._context.go_to(_sender(self).data())

    @Slot()
    def _set_appearance(self) -> None:
        self._context.settings.update(appearance=_sender(self).data())

    @Slot()
    def _check(self) -> None:
        place = self._context.place
        self._context.read(
            lambda bench, job: (bench.check(job), place.fault() if place else ""),
            title=self.tr("Checking the file"),
            done=self._on_checked,
            is_quiet=False,
        )

    def _on_checked(self, found: tuple[Any, str]) -> None:
        report, fault = found
        if fault:
            self._context.banner(fault, is_error=True)
        elif report.is_valid:
            self._context.banner(self.tr("The file is valid: every record and checksum was read."))
        else:
            text = self.tr("The file is damaged: {problem}").format(problem=report.problems[0])
            self._context.banner(
                text, self.tr("Earlier versions..."), self._projects.versions.offer_for_open, is_error=True
            )

    @Slot()
    def _find_photos(self) -> None:
        """Ask for a folder, and look for photos that were moved or renamed there and in all folders below."""
        folder = forms.choose_folder(self._window, self.tr("In which folder are the photos now?"))
        if folder is not None and self._context.contents is not None:
            self._context.run(
                self.tr("Looking for photos"),
                lambda bench, job: bench.find_moved_photos([folder], job),
                done=self._on_photos_found,
            )

    def _on_photos_found(self, done: MovedPhotos) -> None:
        left = len(done.missing)
        found = self.tr("Found: {photos}.").format(photos=words.photos(done.found))
        if left:
            still = self.tr("Still missing: {photos}, such as {path}.")
            still = still.format(photos=words.photos(left), path=visible(done.missing[0].path))
            self._context.banner(f"{found} {still}", self.tr("Look elsewhere"), self._find_photos)
        else:
            self._context.banner(found if done.found else self.tr("All photos are where they were."))

    @Slot()
    def _forget(self) -> None:
        self._context.run(
            self.tr("Forgetting what was learned"), lambda bench, job: bench.forget_all(), done=self._on_forgotten
        )

    def _on_forgotten(self, _: None) -> None:
        text = self.tr("What was learned is forgotten. Photos and texts stay, to be learned anew.")
        self._context.banner(text, self.tr("Undo"), self._context.undo.undo)

    @Slot()
    def _show_folder(self) -> None:
        place = self._context.place
        if place is not None:
            self._context.read(lambda bench, job: (place.path.parent, place.fault()), done=self._on_folder)

    def _on_folder(self, found: tuple[Path, str]) -> None:
        folder, fault = found
        if fault:
            self._context.banner(fault, is_error=True)
        else:
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder)))

    @Slot()
    def _show_guide(self) -> None:
        self._window.show_guide(_sender(self).data())

    @Slot()
    def _show_log(self) -> None:
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(log_file())))

    @Slot()
    def _about(self) -> None:
        text = self.tr(
            "SPA Desktop {version}\n\n"
            "Teaches an image classifier class by class, on this computer, without starting over."
        )
        title = self.tr("About SPA Desktop")
        tell(self._window, QMessageBox.Icon.NoIcon, title, text.format(version=__version__))


def _sender(receiver: QObject) -> QAction:
    action = receiver.sender()
    assert isinstance(action, QAction), "only actions are connected"
    return action
