"""Starts the window. What the start page does not need is imported after it stands."""

from __future__ import annotations

import contextlib
import faulthandler
import os
import signal
import sys
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QTimer
from PySide6.QtWidgets import QApplication

from spa_desktop import __version__
from spa_desktop.ui.context import AppContext
from spa_desktop.ui.faults import FaultCatcher
from spa_desktop.ui.language import install_language
from spa_desktop.ui.logs import start_log
from spa_desktop.ui.main_window import MainWindow, open_at_start

_SWITCH_SECONDS = 0.001  # how long a busy worker may keep the interpreter from the window; Python's own is 0.005


def make_application() -> QApplication:
    """The one application, named so that its settings and log have a place."""
    app = QApplication.instance()
    if not isinstance(app, QApplication):
        app = QApplication(sys.argv[:1])
    QCoreApplication.setOrganizationName("spa-desktop")
    QCoreApplication.setApplicationName("spa-desktop")
    QCoreApplication.setApplicationVersion(__version__)
    app.setApplicationDisplayName("SPA Desktop")
    app.setDesktopFileName("spa-desktop")
    return app


class Session:
    """The window from start to end, made anew when the language changes."""

    def __init__(self) -> None:
        self.context = AppContext()
        install_language(self.context.settings.value.language)
        self.window = MainWindow(self.context)
        self.faults = FaultCatcher(self.context)
        self.faults.caught.connect(self.context.failure_shown)


def run_window(project: Path | None = None) -> int:
    """Open the window and stay until it is closed.

    Args:
        project: opened at once.

    Returns:
        the exit code.
    """
    with contextlib.suppress(OSError, ValueError, RuntimeError):  # no stderr under pythonw
        faulthandler.enable()
    sys.setswitchinterval(_SWITCH_SECONDS)
    # Multimedia backends narrate: what matters comes as errors of the camera.
    os.environ.setdefault("QT_LOGGING_RULES", "qt.multimedia.*=false")
    app = make_application()
    start_log()
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    session = Session()
    session.faults.install()
    session.window.show()
    if project is not None:
        open_at_start(session.window, project)
    QTimer.singleShot(0, session.window, session.window.warm_up)
    try:
        return app.exec()
    finally:
        session.context.shutdown()
        session.faults.uninstall()
