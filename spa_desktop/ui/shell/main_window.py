"""The main window, which wires the parts together, and the strip at its bottom: what goes on in the background."""

from __future__ import annotations

import importlib
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import (
    QByteArray,
    QEvent,
    QObject,
    QPoint,
    QProcess,
    QRectF,
    QSettings,
    QStandardPaths,
    Qt,
    Slot,
)
from PySide6.QtGui import QCloseEvent, QContextMenuEvent, QGuiApplication, QKeyEvent
from PySide6.QtWidgets import (
    QApplication,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QMainWindow,
    QProgressBar,
    QSizePolicy,
    QStackedWidget,
    QSystemTrayIcon,
    QWidget,
)

from spa_desktop.ui.app_state.context import AppContext
from spa_desktop.ui.background.work import Operation, WorkFailure, later, stage_words
from spa_desktop.ui.corrections.correction_tray import CorrectionTray
from spa_desktop.ui.faults import FaultDialog
from spa_desktop.ui.page import DropVeil, Page
from spa_desktop.ui.plain_text import tip, window_title
from spa_desktop.ui.shell.menus import Finder, Menus
from spa_desktop.ui.shell.project_actions import Leaving, ProjectActions
from spa_desktop.ui.shell.side_bar import PAGE_NAMES, SideBar, make_page, module_of_page
from spa_desktop.ui.shell.start_page import SampleActions, StartPage
from spa_desktop.ui.style.icons import icon
from spa_desktop.ui.style.theme import Size, Space, set_type
from spa_desktop.ui.widgets.empty_state import Action
from spa_desktop.ui.widgets.forms import column, keep_place, row
from spa_desktop.ui.widgets.labels import (
    ElidedLabel,
    announce,
    button,
    can_focus,
    keeps_focus,
    open_with,
    press_focused,
    scroll_to_focus,
    slot,
    timer,
)
from spa_desktop.ui.widgets.words import count, device_name, devices_of_training, time_left
from spa_desktop.visible import visible
from spa_desktop.workbench import recognition
from spa_desktop.workbench.open_project import EMBEDDED

if TYPE_CHECKING:
    from spa_desktop.jobs import Job
    from spa_desktop.ui.guide.guide_window import GuideWindow

_HEIGHT = 36
_WENT_BACK_MS = 8000  # what was undone stands so long
_LIST_WIDTH = 560
_WHOLE = 1000  # of a bar


class WorkRow(QWidget):
    """One task: its name, count, bar, time left, and Cancel."""

    def __init__(self, handle: Operation[Any], *, is_in_list: bool = False) -> None:
        super().__init__()
        self.handle = handle
        self._text = set_type(ElidedLabel(), Size.CAPTION)
        if not is_in_list:  # as wide as its text where there is room
            self._text.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        self._bar = QProgressBar(textVisible=False)
        self._bar.setFixedWidth(160)
        self._left = set_type(QLabel(), Size.CAPTION, role="muted")
        self._left.setMinimumWidth(72)
        self.cancel = button(self.tr("Cancel"), slot(self, handle.cancel), kind="small", is_steady=True)
        # Nothing moves when the page that is shown has a Cancel of its own for this.
        policy = self.cancel.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        self.cancel.setSizePolicy(policy)
        row((self._text, int(is_in_list)), self._bar, self._left, self.cancel, spacing=Space.M, of=self)
        self.show_state()

    def show_state(self) -> None:
        handle, event = self.handle, self.handle.event
        stage = stage_words(event.stage) if event and event.stage else handle.title
        total = event.total if event else None
        share, left = handle.overall or (0.0, event.seconds_left if event else None)
        if handle.is_cancelling:
            text = self.tr("Cancelling: {title}").format(title=handle.title)
        elif handle.state == "waiting":
            text = self.tr("{title} (waiting)").format(title=handle.title)
        else:
            text = stage
            if event and total:
                text = self.tr("{stage} {done} of {total}").format(
                    stage=stage, done=count(min(event.done, total)), total=count(total)
                )
            if stage != handle.title:  # photos are encoded for one thing or another
                text = self.tr("{title}: {step}").format(title=handle.title, step=text)
        self._text.setText(text)
        self._text.setToolTip(tip(handle.title))
        self._bar.setAccessibleName(stage)
        self._bar.setVisible(handle.state != "waiting")
        # A bar without an end would move by itself; a still one is calmer, and the words say what goes on.
        if handle.overall or not (event and total):
            done, total = round(_WHOLE * share), _WHOLE
        else:
            done = min(event.done, total)
        self._bar.setRange(0, total)
        self._bar.setValue(done)
        self._left.setText(time_left(left))
        self.cancel.setEnabled(not handle.is_cancelling)
        self.cancel.setAccessibleName(self.tr("Cancel: {title}").format(title=handle.title))


class StatusStrip(QWidget):
    """Backbone and device at the left, work at the right. Several tasks fold into the first one and a list."""

    def __init__(self, context: AppContext) -> None:
        super().__init__()
        self._context = context
        self.setObjectName("statusStrip")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFixedHeight(_HEIGHT)
        self._engine = set_type(QLabel(), Size.CAPTION, role="muted")
        self.went_back = set_type(ElidedLabel(), Size.CAPTION, role="muted")  # not every page shows what was undone
        self._forgets = timer(self, _WENT_BACK_MS, self.went_back.clear)
        context.undo.went_back.connect(self._say_went_back)
        self.others = button("", self._open_list, kind="small")
        self.leaving, self.stay = set_type(QLabel(), Size.CAPTION), button(self.tr("Keep open"), kind="small")
        self._place = QHBoxLayout()
        parts = self._engine, (self.went_back, 1), self.leaving, self.stay, self._place, self.others
        row(*parts, spacing=Space.M, margins=(Space.M, 0, Space.M, 0), of=self)
        self.show_leaving("")
        self.shown: WorkRow | None = None  # the row of the task that is shown; None when nothing goes on
        self._list = _WorkList(self)
        self._page: Page | None = None
        context.background.changed.connect(self._on_changed)
        context.background.ended.connect(self._on_changed)
        # Once the encoder is loaded, the device is known.
        context.background.ended.connect(self._show_engine)
        projects = (context.project_opened, context.project_changed, context.project_closed)
        for signal in (*projects, context.settings.changed):
            signal.connect(self._show_engine)
        self._show_engine()
        self._on_changed()

    def set_page(self, page: Page | None) -> None:
        """Another page is shown: what it can cancel itself has no second Cancel here."""
        self._page = page
        self._on_changed()

    @Slot(str)
    def show_leaving(self, text: str) -> None:
        """Say what happens once the work has ended, with a button against it; "" for nothing."""
        self.leaving.setText(text)
        for part in (self.leaving, self.stay):
            part.setVisible(bool(text))

    @Slot(str, bool)
    def _say_went_back(self, what: str, is_redo: bool) -> None:
        text = (self.tr("Done again: {what}") if is_redo else self.tr("Undone: {what}")).format(what=visible(what))
        self.went_back.setText(text)
        announce(self, text)
        self._forgets.start()

    @Slot()
    def _show_engine(self) -> None:
        contents, bench = self._context.contents, self._context.workbench
        if contents is None or bench is None:
            self._engine.clear()
            self._engine.setToolTip("")
            return
        parts = [visible(contents.meta.backbone), device_name(bench.device)]
        if not contents.is_writable:
            parts.append(self.tr("open for reading only"))
        self._engine.setText(" · ".join(part for part in parts if part))
        devices = devices_of_training(contents.learner.meta) if contents.learner else ""
        self._engine.setToolTip(self.tr("Last training: {devices}").format(devices=visible(devices)) if devices else "")

    @Slot()
    def _on_changed(self) -> None:
        handles = self._handles
        first = next((handle for handle in handles if handle.state == "running"), handles[0] if handles else None)
        if self.shown is not None and self.shown.handle is not first:
            self.shown.hide()
            self.shown.deleteLater()
            self.shown = None
        if first is not None and self.shown is None:
            self.shown = WorkRow(first)
            self._place.addWidget(self.shown)
            # The page that began it knows its handle after this, and whether it has a Cancel of its own.
            later(self._on_changed)
        if self.shown is not None:
            self.shown.show_state()
            self.shown.cancel.setVisible(self._page is None or not self._page.can_cancel(self.shown.handle))
        others = len(handles) - 1
        self.others.setVisible(others > 0)
        self.others.setText(self.tr("and {n} more").format(n=others))
        if self._list.isVisible():
            self._list.show_handles(handles)

    @property
    def _handles(self) -> list[Operation[Any]]:
        return [handle for handle in self._context.background.operations if not handle.is_quiet]

    @Slot()
    def _open_list(self) -> None:
        self._list.show_handles(self._handles)
        self._list.show()


class _WorkList(QFrame):
    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setProperty("card", True)
        self._strip = parent
        self._rows: dict[Operation[Any], WorkRow] = {}
        self._column = column(spacing=Space.S, margins=(Space.M, Space.M, Space.M, Space.M), of=self)

    def show_handles(self, handles: list[Operation[Any]]) -> None:
        for handle in [operation for operation in self._rows if operation not in handles]:
            ended = self._rows.pop(handle)
            self._column.removeWidget(ended)
            ended.deleteLater()
        for handle in handles:
            if handle not in self._rows:
                self._rows[handle] = WorkRow(handle, is_in_list=True)
                self._column.addWidget(self._rows[handle])
            self._rows[handle].show_state()
        if not handles:
            self.close()
            return
        # Right above the strip, and within the window, however many there are.
        self.ensurePolished()
        self._column.activate()
        self.resize(min(_LIST_WIDTH, self._strip.width() - 2 * Space.M), self._column.sizeHint().height())
        corner = QPoint(self._strip.width() - Space.M - self.width(), -Space.XS - self.height())
        self.move(self._strip.mapToGlobal(corner))


LONG_SECONDS = 10.0  # what ends sooner was not waited for elsewhere
_SHOWN_MS = 15_000


class Notifier(QObject):
    """Notifies of long work that ends while another window is in front. The tray has our icon only meanwhile."""

    def __init__(self, context: AppContext, parent: QObject) -> None:
        super().__init__(parent)
        self._tray: QSystemTrayIcon | None = None
        context.background.ended.connect(self._on_ended)
        self._timer = timer(self, _SHOWN_MS, self._clear)

    @Slot(object)
    def _on_ended(self, handle: Operation[Any]) -> None:
        if handle.is_quiet or time.monotonic() - handle.began < LONG_SECONDS or self.is_seen():
            return
        texts = {"done": self.tr("{title}: done"), "failed": self.tr("{title}: failed. The window says why.")}
        if handle.state in texts:
            self.notify(texts[handle.state].format(title=handle.title))

    def is_seen(self) -> bool:
        """Whether a window of this app is in front."""
        return QGuiApplication.applicationState() == Qt.ApplicationState.ApplicationActive

    def notify(self, text: str) -> None:
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
_SMALLEST = (900, 500)  # a screen of 1920 x 1080 at 200 %, less a task bar
_GEOMETRY = "window/geometry"

_LOAD_AFTER_MS = 2000  # what the user sees of a project comes first


class MainWindow(QMainWindow):
    """Start page, or side bar and pages; beneath them the status strip."""

    def __init__(self, context: AppContext) -> None:
        super().__init__()
        self.context = context
        self.setWindowTitle("SPA Desktop")
        self.setWindowIcon(icon("app"))
        self.setMinimumSize(*_SMALLEST)
        open_with(self, *_SIZE)
        self.leaving = Leaving(context, self, self.unkept)
        self.projects = ProjectActions(context, self, self.leaving.when_free)
        self.sample = SampleActions(context, self, self.projects)
        self.start = StartPage(context, self.projects, self.sample)
        self.side_bar = SideBar(context)
        self.tray = CorrectionTray(context)
        self.status = StatusStrip(context)
        self.leaving.waits.connect(self.status.show_leaving)
        self.status.stay.clicked.connect(self.leaving.stay)
        self._pages: dict[str, Page] = {}
        self._is_closing = False
        self.guide: GuideWindow | None = None
        self._lay_out()
        self._veil = DropVeil(self._stack, context, self._drop_says, _read_drop, self._on_drop_read)
        self._stack.setAcceptDrops(True)
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
        self._maker = timer(self, 0, self._make_next_page, is_single=False)
        self._loader = timer(self, _LOAD_AFTER_MS, self._load_model)
        self._show_what_is_open()

    @property
    def page(self) -> Page | None:
        """The page that is shown, None on the start page."""
        shown = self._page_stack.currentWidget()
        return shown if self._stack.currentWidget() is self._project and isinstance(shown, Page) else None

    def page_of(self, name: str) -> Page:
        """The page of that name, made now if it was not made yet."""
        if name not in self._pages:
            page = self._pages[name] = make_page(name, self.context)
            last = QWidget(page, visible=False, focusPolicy=Qt.FocusPolicy.TabFocus)
            self._page_stack.addWidget(page)
            self.setTabOrder(last, self.tray.learn)  # it stands beneath the page
        return self._pages[name]

    @Slot()
    def warm_up(self) -> None:
        """Make the pages one by one, while nothing else goes on; then make the sample, or load what answers."""
        self._maker.start()

    @Slot(str, object)
    def show_page(self, name: str, item: object = None) -> None:
        page = self.page_of(name)
        if page is not self._page_stack.currentWidget():
            self.tray.put_away()
            self.setFocus()  # else Qt gives it to the first in line of the new page
        self._page_stack.setCurrentWidget(page)
        self.side_bar.select(name)
        self.status.set_page(page)
        if self.context.contents is not None:  # at once: the computer may go off
            self.context.settings.keep_page(self.context.contents.path, name)
        if page.isVisible() and not page.isAncestorOf(self.focusWidget()):
            page.take_focus()
        if item is not None:
            page.show_item(item)

    @Slot()
    def show_settings(self, name: str = "") -> None:
        """Show the settings, at the field of that name."""
        from spa_desktop.ui.settings.settings_dialog import SettingsDialog

        SettingsDialog(self.context, self).show_at(name)

    @Slot(str)
    def show_guide(self, name: str = "", anchor: str = "") -> None:
        """Show a page of the guide beside this window: the named one, or that of the page that is shown."""
        from spa_desktop.ui.guide.guide_window import GuideWindow

        if self.guide is None:
            self.guide = GuideWindow(self)
            self.context.theme.changed.connect(self.guide.restyle)
        self.guide.show_page(name or (self.page.name if self.page is not None else "first-model"), anchor)
        self.guide.show()
        self.guide.raise_()
        self.guide.activateWindow()

    @Slot(object)
    def show_fault(self, failure: WorkFailure) -> None:
        """Show a fault of the app, one at a time: the first one matters."""
        if self.findChild(FaultDialog) is None:
            FaultDialog(failure, self).open()

    def _lay_out(self) -> None:
        self._page_stack = QStackedWidget()
        self._project = QWidget()
        shown = column((self._page_stack, 1), self.tray, spacing=0)  # the side bar needs the height of a small window
        row(self.side_bar, (shown, 1), spacing=0, of=self._project)
        self._stack = QStackedWidget()
        self._stack.addWidget(self.start)
        self._stack.addWidget(self._project)
        central = QWidget()
        column((self._stack, 1), self.status, spacing=0, of=central)
        self.setCentralWidget(central)

    @Slot(str, object, object, bool)
    def banner(self, text: str, action_text: str = "", action: Action = None, is_error: bool = False) -> None:
        if self.page is not None:
            self.page.banner(text, action_text, action, is_error=is_error)
        else:
            self.start.message_bar.say(text, action_text, action, is_error=is_error)
            self.start.refresh()  # a project that did not open after all ended what looked at the recent ones

    @Slot()
    def go_on(self) -> None:
        """Do what the blue button of the page does; where it has none to press, go to the page of the next step.

        A field gives what is typed in it first: a group that is named so is learned too.
        """
        if self.page is not None and isinstance(self.focusWidget(), QLineEdit):
            self.page.setFocus()
            later(self._press_next)
        else:
            self._press_next()

    @Slot()
    def _press_next(self) -> None:
        step, blue, page = self.side_bar.step, None, self.page
        if page is not None:
            blue = page.empty.button if page.is_empty and page.is_zone else page.primary_button
        if blue is not None and blue.isVisible() and blue.isEnabled():
            blue.click()
        elif step is not None:
            self.show_page(step.page)

    # Drops that the page beneath does not take: a project is opened; photos and folders go to the page Classes where
    # folders name them, else to Sort, in a new project where none is open.

    def _drop_says(self, paths: list[Path]) -> str:
        if _project_among(paths) is not None:
            return self.tr("Drop to open the project")
        is_taken = paths and (self.context.contents is None or self.context.is_writable)
        return self.tr("Drop to add") if is_taken else ""

    def _on_drop_read(self, found: tuple[list[Path], Path | None]) -> None:
        paths, project = found
        keep_place(paths if project is None else [])
        if project is not None:
            self.projects.open(project)
        elif self.context.contents is None:
            self.projects.new_from_folders(paths)
        else:
            self.projects.sort_or_add(paths)

    def focusNextPrevChild(self, is_next: bool) -> bool:
        is_found = keeps_focus(self, self.page) or super().focusNextPrevChild(is_next)
        scroll_to_focus(self)
        return is_found

    def changeEvent(self, event: QEvent) -> None:
        """Back from a dialog. Where what had the focus is gone, Qt would give it to the first in line: the side bar."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.ActivationChange and self.page is not None and not can_focus(self.focusWidget()):
            self.page.setFocus()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter presses what has the focus, Shift+F10 opens its menu: a key that nobody took comes here."""
        focused = self.focusWidget()
        if press_focused(self, event):
            return
        if event.key() == Qt.Key.Key_F10 and event.modifiers() == Qt.KeyboardModifier.ShiftModifier and focused:
            # Qt itself does so on Windows alone.
            at = QRectF(focused.inputMethodQuery(Qt.InputMethodQuery.ImCursorRectangle)).center().toPoint()
            reason = QContextMenuEvent.Reason.Keyboard
            QApplication.sendEvent(focused, QContextMenuEvent(reason, at, focused.mapToGlobal(at)))
        else:
            super().keyPressEvent(event)

    @Slot()
    def _show_what_is_open(self) -> None:
        contents = self.context.contents
        if contents is None:
            self._stack.setCurrentWidget(self.start)
            self.start.choose.setFocus()  # else Enter would do nothing until Tab is pressed
            self.status.set_page(None)
            self.setWindowTitle("SPA Desktop")
            self.setWindowFilePath("")
            return
        self.setWindowFilePath(str(contents.path))
        self.setWindowTitle(window_title(f"{contents.name} – SPA Desktop"))
        self.start.message_bar.hide()
        left = self.context.settings.value.pages.get(str(contents.path))
        name = left if left in PAGE_NAMES else "classes"
        self.show_page(name)
        self._stack.setCurrentWidget(self._project)
        self.side_bar.buttons[name].setFocus()  # else the first of its buttons gets it

    @Slot()
    def _make_next_page(self) -> None:
        unmade = next((name for name in PAGE_NAMES if name not in self._pages), None)
        if unmade is None:
            self._maker.stop()
            self.context.project_opened.connect(self._loader.start)
            self._loader.start()
            self.sample.prepare()
        elif module_of_page(unmade) not in sys.modules:  # a turn of its own: each takes up to 50 ms
            importlib.import_module(module_of_page(unmade))
        else:
            self.page_of(unmade)

    @Slot()
    def _load_model(self) -> None:
        """Before the user asks it: torch and the backbone take seconds. A backbone that may ask something waits."""
        contents = self.context.contents
        if contents is not None and contents.learner is not None and contents.meta.backbone in EMBEDDED:
            self.context.read(recognition.recognizer, lane="live").hush()  # who asks is told why

    def unkept(self) -> str:
        """What would be lost with the window, in a sentence for the user; "" if there is nothing."""
        return " ".join(filter(None, (page.unkept for page in self._pages.values())))

    def closeEvent(self, event: QCloseEvent) -> None:
        if not self._is_closing:
            event.ignore()
            self.leaving.when_free(self._close_for_good, is_quit=True)
            return
        QSettings().setValue(_GEOMETRY, self.saveGeometry())
        super().closeEvent(event)

    def _close_for_good(self) -> None:
        self._is_closing = True
        self.context.asker.refuse_all()
        self.close()


def _read_drop(paths: list[Path], job: Job) -> tuple[list[Path], Path | None]:
    """What was dropped, and the project among it."""
    return paths, _project_among(paths)


def _project_among(paths: list[Path]) -> Path | None:
    return next((path for path in paths if path.suffix.lower() == ".spa"), None)
