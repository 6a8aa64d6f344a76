"""Starts the window. What the start page does not need is imported after it stands, save pyqtgraph (see `plots`)."""

from __future__ import annotations

import contextlib
import faulthandler
import logging
import os
import signal
import sys
from pathlib import Path

import pyqtgraph  # noqa: F401 - before any thread
from PySide6.QtCore import QCoreApplication, QObject, QSettings, Slot
from PySide6.QtWidgets import QApplication

from spa_desktop.paths import config_dir
from spa_desktop.ui.app_state.context import AppContext
from spa_desktop.ui.background.responsiveness import stay_smooth
from spa_desktop.ui.background.work import later
from spa_desktop.ui.faults import FaultCatcher, start_log
from spa_desktop.ui.shell.main_window import MainWindow
from spa_desktop.ui.style.theme import install_language
from spa_desktop.version import __version__

_INTERRUPTED = 130  # what shells expect after Ctrl+C


def make_application() -> QApplication:
    """The one application, named so that its settings and log have a place."""
    app = QApplication.instance()
    if not isinstance(app, QApplication):
        app = QApplication(sys.argv[:1])
    QCoreApplication.setOrganizationName("spa-desktop")
    QCoreApplication.setApplicationName("spa-desktop")
    QCoreApplication.setApplicationVersion(__version__)
    if os.environ.get("SPA_DESKTOP_CONFIG_DIR"):  # Qt does not know it, and keeps what a window remembers by itself
        QSettings.setPath(QSettings.Format.NativeFormat, QSettings.Scope.UserScope, str(config_dir()))
    app.setApplicationDisplayName("SPA Desktop")
    app.setDesktopFileName("spa-desktop")
    return app


class Session(QObject):
    """The window from start to end; it is made anew when the language changes."""

    def __init__(self) -> None:
        super().__init__()
        self.context = AppContext()
        self._language = self.context.settings.value.language
        install_language(self._language)
        self.window = MainWindow(self.context)
        self.faults = FaultCatcher(self.context)
        self.faults.caught.connect(self.context.failure_shown)
        self.context.settings.changed.connect(self._speak_soon)
        self.context.background.ended.connect(self._speak_soon)

    def interrupt(self, *_: object) -> None:
        """Ctrl+C in the terminal: cancel what is at work, and end without a question. The next one kills."""
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        later(self._leave)

    @Slot()
    def _leave(self) -> None:
        QCoreApplication.exit(_INTERRUPTED)

    @Slot()
    def _speak_soon(self) -> None:
        if self.context.settings.value.language != self._language:
            later(self._speak)

    @Slot()
    def _speak(self) -> None:
        wanted = self.context.settings.value.language
        if wanted == self._language or self.context.background.is_busy or self.window.unkept():
            return
        self._language = wanted
        install_language(wanted)
        old, page = self.window, self.window.page
        self.window = MainWindow(self.context)
        self.window.restoreGeometry(old.saveGeometry())
        if page is not None:
            self.window.show_page(page.name)
        self.window.show()
        old.hide()
        old.deleteLater()
        later(self.window.warm_up)


def run_window(project: Path | None = None) -> int:
    """Open the window and stay until it is closed.

    Args:
        project: opened at once.

    Returns:
        the exit code: 130 after Ctrl+C. Where something would not end, the process ends with it at once.
    """
    with contextlib.suppress(OSError, ValueError, RuntimeError):  # no stderr under pythonw
        faulthandler.enable()
    # Multimedia backends narrate: what matters comes as errors of the camera.
    os.environ.setdefault("QT_LOGGING_RULES", "qt.multimedia.*=false")
    app = make_application()
    start_log()
    session = Session()
    # Python calls it as soon as Qt calls Python, and the collector is called every second.
    before = signal.signal(signal.SIGINT, session.interrupt)
    session.faults.install()
    collector = stay_smooth(session.context.background)
    session.window.show()
    if project is not None:
        session.window.projects.open(project.expanduser().absolute())
    later(session.window.warm_up)
    code = app.exec()
    session.window.hide()  # it answers no more
    if not session.context.shutdown():
        logging.shutdown()
        os._exit(code)  # verbs are transactions: what was stored is intact
    collector.stop()
    session.faults.uninstall()
    signal.signal(signal.SIGINT, before)
    return code
