"""A notification of the system for long work that ends while another window is in front; none where there is none."""

from __future__ import annotations

import time

from PySide6.QtCore import QObject, QProcess, QStandardPaths, Qt, QTimer, Slot
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QSystemTrayIcon

from spa_desktop.ui.app_state.context import AppContext
from spa_desktop.ui.background.work import WorkHandle
from spa_desktop.ui.style.icons import icon

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
        else:
            notify_by_program(text)

    @Slot()
    def _clear(self) -> None:
        if self._tray is not None:
            self._tray.hide()


def notify_by_program(text: str) -> bool:
    """Have `notify-send` of libnotify, which Linux desktops without a tray have, show a line. False if it is not there.

    A call over D-Bus would do without it, but PySide has no unsigned numbers for D-Bus, which its interface asks for.
    """
    program = QStandardPaths.findExecutable("notify-send")
    return bool(program) and QProcess.startDetached(program, ["--app-name=SPA Desktop", "--", "SPA Desktop", text])[0]
