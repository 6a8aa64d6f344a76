"""The main window. It wires the parts together and does nothing else."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from PySide6.QtCore import (
    QByteArray,
    QEvent,
    QObject,
    QProcess,
    QSettings,
    QStandardPaths,
    Qt,
    QTimer,
    Slot,
)
from PySide6.QtGui import QCloseEvent, QDropEvent, QGuiApplication, QKeyEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QMainWindow,
    QStackedWidget,
    QSystemTrayIcon,
    QWidget,
)

from spa_desktop.ui.app_state.context import AppContext
from spa_desktop.ui.background.work import WorkFailure, WorkHandle
from spa_desktop.ui.corrections.correction_tray import CorrectionTray
from spa_desktop.ui.faults import FaultDialog
from spa_desktop.ui.page import Page
from spa_desktop.ui.plain_text import window_title
from spa_desktop.ui.shell.command_palette import Finder
from spa_desktop.ui.shell.leaving import Leaving
from spa_desktop.ui.shell.menus import Menus
from spa_desktop.ui.shell.project_actions import ProjectActions
from spa_desktop.ui.shell.side_bar import PAGE_NAMES, SideBar, make_page
from spa_desktop.ui.shell.start_page import SampleActions, StartPage
from spa_desktop.ui.shell.status_strip import StatusStrip
from spa_desktop.ui.style.icons import icon
from spa_desktop.ui.widgets.empty_state import Action, DropVeil
from spa_desktop.ui.widgets.forms import column, local_paths, row

if TYPE_CHECKING:
    from spa_desktop.ui.guide.guide_window import GuideWindow

# A notification of the system for long work that ends while another window is in front; none where there is none.

LONG_SECONDS = 10.0  # what ends sooner was not waited for elsewhere
_SHOWN_MS = 15_000


class Notifier(QObject):
    """Follows the background work. The tray has our icon only while a notification is shown."""

    def __init__(self, context: AppContext, parent: QObject) -> None:
        super().__init__(parent)
        self._began: dict[WorkHandle, float] = {}
        self._tray: QSystemTrayIcon | None = None
        context.background.changed.connect(self._on_changed)
        context.background.ended.connect(self._on_ended)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_SHOWN_MS)
        self._timer.timeout.connect(self._clear)

    @Slot(object)
    def _on_changed(self, handle: WorkHandle) -> None:
        if not handle.is_quiet and not handle.is_over:
            self._began.setdefault(handle, time.monotonic())

    @Slot(object)
    def _on_ended(self, handle: WorkHandle) -> None:
        began = self._began.pop(handle, None)
        if began is None or time.monotonic() - began < LONG_SECONDS or self.is_seen():
            return
        texts = {
            "done": self.tr("{title}: done"),
            "failed": self.tr("{title}: failed. The window says why."),
        }
        if handle.state in texts:
            self.notify(texts[handle.state].format(title=handle.title))

    def is_seen(self) -> bool:
        """Whether a window of this app is in front."""
        return QGuiApplication.applicationState() == Qt.ApplicationState.ApplicationActive

    def notify(self, text: str) -> None:
        """Have the system show a line."""
        if QSystemTrayIcon.isSystemTrayAvailable() and QSystemTrayIcon.supportsMessages():
            self._tray = self._tray or QSystemTrayIcon(icon("app"), self)
            self._tray.show()
            self._tray.showMessage("SPA Desktop", text, icon("app"), _SHOWN_MS)
            self._timer.start()
        elif program := QStandardPaths.findExecutable("notify-send"):
            # Of libnotify, which Linux desktops without a tray have. A call over D-Bus would do without it, but PySide
            # has no unsigned numbers for D-Bus, which its interface asks for.
            QProcess.startDetached(program, ["--app-name=SPA Desktop", "--", "SPA Desktop", text])

    @Slot()
    def _clear(self) -> None:
        if self._tray is not None:
            self._tray.hide()


_SIZE = (1180, 760)
_SMALLEST = (900, 600)
_GEOMETRY = "window/geometry"


class MainWindow(QMainWindow):
    """Start page, or side bar and pages; beneath them the status strip."""

    def __init__(self, context: AppContext) -> None:
        super().__init__()
        self.context = context
        self.setWindowTitle("SPA Desktop")
        self.setWindowIcon(icon("app"))
        self.resize(*_SIZE)
        self.setMinimumSize(*_SMALLEST)
        self.leaving = Leaving(context, self, self.unkept)
        self.projects = ProjectActions(context, self, self.leaving.when_free)
        self.sample = SampleActions(context, self, self.projects)
        self.start = StartPage(context, self.projects, self.sample)
        self.side_bar = SideBar(context)
        self.tray = CorrectionTray(context)
        self.status = StatusStrip(context)
        self._pages: dict[str, Page] = {}
        self._is_closing = False
        self._fault: FaultDialog | None = None
        self.guide: GuideWindow | None = None
        self._lay_out()
        self._veil = DropVeil(self._stack)
        self.setAcceptDrops(True)
        self.notifier = Notifier(context, self)
        self.finder = Finder(context, self)
        self.menus = Menus(self, context)
        context.page_requested.connect(self.show_page)
        context.banner_requested.connect(self.banner)
        context.failure_shown.connect(self.show_fault)
        for signal in (context.project_opened, context.project_closed):
            signal.connect(self._show_what_is_open)
        geometry = QSettings().value(_GEOMETRY)
        if isinstance(geometry, QByteArray):
            self.restoreGeometry(geometry)
        # The pages draw on big libraries: they are made once the start page stands.
        self._maker = QTimer(self)
        self._maker.timeout.connect(self._make_next_page)
        self._show_what_is_open()

    @property
    def page(self) -> Page | None:
        """The page that is shown, None on the start page."""
        shown = self._page_stack.currentWidget()
        return shown if self._stack.currentWidget() is self._project and isinstance(shown, Page) else None

    def page_of(self, name: str) -> Page:
        """The page of that name, made now if it was not made yet."""
        if name not in self._pages:
            self._pages[name] = make_page(name, self.context)
            self._page_stack.addWidget(self._pages[name])
        return self._pages[name]

    @Slot()
    def warm_up(self) -> None:
        """Make the pages one by one, while nothing else goes on."""
        self._maker.start(0)

    @Slot(str, object)
    def show_page(self, name: str, item: object = None) -> None:
        """Show a page, and an item on it."""
        page = self.page_of(name)
        self._page_stack.setCurrentWidget(page)
        self.side_bar.select(name)
        self.status.set_page(page)
        if item is not None:
            page.show_item(item)

    @Slot()
    def show_settings(self) -> None:
        """Open the settings."""
        from spa_desktop.ui.settings.settings_dialog import SettingsDialog

        SettingsDialog(self.context, self).open()

    @Slot(str)
    def show_guide(self, name: str = "", anchor: str = "") -> None:
        """Show a page of the guide beside this window: the named one, or that of the page that is shown."""
        from spa_desktop.ui.guide.guide_window import GuideWindow

        if self.guide is None:
            self.guide = GuideWindow(self)
            self.context.theme_changed.connect(self.guide.restyle)
        self.guide.show_page(name or (self.page.name if self.page is not None else "first-model"), anchor)
        self.guide.show()
        self.guide.raise_()
        self.guide.activateWindow()

    @Slot(object)
    def show_fault(self, failure: WorkFailure) -> None:
        """Show a fault of the app, one at a time: the first one matters."""
        if self._fault is None:
            self._fault = FaultDialog(failure, self)
            self._fault.finished.connect(self._on_fault_closed)
            self._fault.open()

    def _lay_out(self) -> None:
        self._page_stack = QStackedWidget()
        self._project = QWidget()
        row(self.side_bar, (self._page_stack, 1), spacing=0, of=self._project)
        self._stack = QStackedWidget()
        self._stack.addWidget(self.start)
        self._stack.addWidget(self._project)
        central = QWidget()
        column((self._stack, 1), self.tray, self.status, spacing=0, of=central)
        self.setCentralWidget(central)

    @Slot(str, object, object, bool)
    def banner(self, text: str, action_text: str = "", action: Action = None, is_error: bool = False) -> None:
        """Say something at the top of what is shown."""
        if self.page is not None:
            self.page.banner(text, action_text, action, is_error=is_error)
        else:
            self.start.message_bar.say(text, action_text, action, is_error=is_error)

    @Slot()
    def go_on(self) -> None:
        """Go to the page of the next step; there, do what its button does."""
        step, page = self.side_bar.step, self.page
        if step is None:
            return
        if page is None or page.name != step.page:
            self.show_page(step.page)
        elif page.primary_button is not None and page.primary_button.isVisible():
            page.primary_button.click()

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.DragLeave:
            self._show_drop("")
            return True
        if isinstance(event, QDropEvent):  # entering and moving are such events too
            self._on_drag(event)
            return True
        return super().event(event)

    # Drops that the page beneath does not take: a project is opened; photos and folders go to the Classes page, or to a
    # new project where none is open.

    def _on_drag(self, event: QDropEvent) -> None:
        """Say what dropping will do; do it once it is dropped."""
        paths = local_paths(event.mimeData().urls())
        project = next((path for path in paths if path.suffix.lower() == ".spa"), None)
        is_start, is_drop = self.context.contents is None, event.type() == QEvent.Type.Drop
        said = ""
        if project is not None:
            said = self.tr("Drop to open the project")
        elif paths and (is_start or self.context.is_writable):
            said = self.tr("Drop to add to the classes")
        self._show_drop("" if is_drop else said)
        if not said:
            event.ignore()
            return
        event.acceptProposedAction()
        if is_drop and project is not None:
            self.projects.open(project)
        elif is_drop and is_start:
            self.projects.new_from_folders(paths)
        elif is_drop:
            self.context.go_to("classes", paths)

    def _show_drop(self, said: str) -> None:
        is_start = self.context.contents is None
        self.start.set_dropping(bool(said) and is_start)
        if said and not is_start:
            self._veil.cover(said)
        else:
            self._veil.hide()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter presses what has the focus: a key that nobody took comes here."""
        button = self.focusWidget()
        is_enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not event.isAutoRepeat()
        if is_enter and isinstance(button, QAbstractButton) and button.isEnabled():
            button.click()
        else:
            super().keyPressEvent(event)

    @Slot()
    def _show_what_is_open(self) -> None:
        contents = self.context.contents
        if contents is None:
            self._stack.setCurrentWidget(self.start)
            self.status.set_page(None)
            self.setWindowTitle("SPA Desktop")
            self.setWindowFilePath("")
            return
        self.setWindowFilePath(str(contents.path))
        self.setWindowTitle(window_title(f"{contents.name} – SPA Desktop"))
        self.start.message_bar.hide()
        self.show_page("classes")
        self._stack.setCurrentWidget(self._project)

    @Slot()
    def _make_next_page(self) -> None:
        unmade = next((name for name in PAGE_NAMES if name not in self._pages), None)
        if unmade is None:
            self._maker.stop()
        else:
            self.page_of(unmade)

    @Slot()
    def _on_fault_closed(self) -> None:
        self._fault = None

    def unkept(self) -> str:
        """What would be lost with the window, in a sentence for the person; "" if there is nothing."""
        return " ".join(filter(None, (page.unkept for page in self._pages.values())))

    def closeEvent(self, event: QCloseEvent) -> None:
        if not self._is_closing:
            event.ignore()
            self.leaving.when_free(self._close_for_good)
            return
        QSettings().setValue(_GEOMETRY, self.saveGeometry())
        super().closeEvent(event)

    def _close_for_good(self) -> None:
        self._is_closing = True
        self.context.asker.refuse_all()
        self.close()
