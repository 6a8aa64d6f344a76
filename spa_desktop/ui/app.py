"""Starts the window, and keeps it from stuttering while workers work.

What the start page does not need is imported after it stands, save pyqtgraph (see `plots`). Measured with
benchmarks/ui_latency.py. Python's threads share one lock, and three things keep it from the window: a worker that
computes in Python (5 ms a turn), the loading of torch's libraries (150 ms), and the collection of garbage after the
hundred thousands of objects that torch's modules are made of (150 ms, in whatever thread it happens).
"""

from __future__ import annotations

import contextlib
import ctypes
import faulthandler
import gc
import linecache
import logging
import os
import signal
import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from types import ModuleType

import pyqtgraph  # noqa: F401 - before any thread
from PySide6.QtCore import QCoreApplication, QEvent, QObject, QSettings, Signal, Slot
from PySide6.QtGui import QFileOpenEvent
from PySide6.QtWidgets import QApplication

from spa_desktop.descriptions import wordnet
from spa_desktop.feature_store import release_encoders
from spa_desktop.paths import config_dir
from spa_desktop.ui.app_state.context import AppContext
from spa_desktop.ui.background.work import Background, give_memory_back, is_memory_owed, later, owe_memory
from spa_desktop.ui.faults import FaultCatcher, start_log
from spa_desktop.ui.shell.main_window import MainWindow
from spa_desktop.ui.style.theme import install_language
from spa_desktop.ui.widgets.labels import timer
from spa_desktop.version import __version__

_SWITCH_SECONDS = 0.001  # how long a busy worker keeps the lock; Python's own is 0.005
_LOOK_MS = 1000
_FULL_EVERY = 60  # looks between two full collections, if nothing is at work then
_MOST_YOUNG = 500_000  # objects made since the last collection: so many take about 30 ms, and wait no longer
_MANY_MODULES = 100  # more than a page of the window brings with it, fewer than any large library
_LIBRARIES = ("libc10", "libtorch_cpu", "libtorch_python")
_HEAVY = "torch"


def stay_smooth(background: Background) -> Collector:
    """Set the process up for a window with busy workers. Gives what collects garbage from now on."""
    sys.setswitchinterval(_SWITCH_SECONDS)
    if not any(isinstance(finder, _Preloader) for finder in sys.meta_path):
        sys.meta_path.insert(0, _Preloader())
    return Collector(background)


class Collector(QObject):
    """Collects garbage in the window's thread, where Qt's objects have to die, and while no task is at work.

    Quiet tasks do not count: while Live runs there is always one.
    """

    def __init__(self, background: Background) -> None:
        super().__init__(background)
        self._background = background
        self._looks = 0
        self._modules = self._frozen = 0  # how many there were at the last look, and when they were frozen
        self._timer = timer(self, _LOOK_MS, self._look, is_single=False)
        gc.disable()
        self._timer.start()

    def stop(self) -> None:
        self._timer.stop()
        gc.enable()

    @Slot()
    def _look(self) -> None:
        # Also in the midst of a training, which asks for texts at its beginning.
        if release_encoders() | wordnet.release():
            owe_memory()
            return
        self._looks += 1
        is_importing = len(sys.modules) != self._modules
        self._modules = len(sys.modules)
        is_idle = not is_importing and not self._background.is_busy
        if not is_idle and gc.get_count()[0] <= _MOST_YOUNG:
            return
        if self._modules >= self._frozen + _MANY_MODULES:
            # PySide6 looks into the source of each module that is imported, and Python keeps it: 40 MB.
            linecache.clearcache()
            # Modules stay for good: excluding them from collection makes every later collection short.
            gc.freeze()
            self._frozen = self._modules
        elif is_idle and self._looks >= _FULL_EVERY:
            self._looks = 0
            gc.collect()
        else:
            gc.collect(0)
            if is_idle and (self._looks == 1 or is_memory_owed()):  # 1: after a full one, whose look took long enough
                give_memory_back()


class _Preloader:
    """Finds no module. Before torch is imported it loads torch's libraries, which takes the lock if Python does it.

    A function of the C library that ctypes calls gives the lock back meanwhile; `import` and `ctypes.CDLL` do not.
    """

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if name == _HEAVY and sys.platform != "win32":
            spec = PathFinder.find_spec(name)
            if spec is not None and spec.origin is not None:
                _load(Path(spec.origin).parent / "lib")
        return None


def _load(folder: Path) -> None:
    load = ctypes.CDLL(None).dlopen
    load.restype, load.argtypes = ctypes.c_void_p, [ctypes.c_char_p, ctypes.c_int]
    suffix = ".dylib" if sys.platform == "darwin" else ".so"
    for name in _LIBRARIES:
        library = folder / f"{name}{suffix}"
        if library.exists():
            # What cannot be loaded now is loaded, or complained about, by torch itself.
            load(os.fsencode(library), os.RTLD_NOW | os.RTLD_GLOBAL)


_ARENA_MAX = -8  # M_ARENA_MAX of malloc.h
_INTERRUPTED = 130  # what shells expect after Ctrl+C


class Application(QApplication):
    """Says which file it is asked to open: on macOS a double click is an event, and no argument."""

    file_asked = Signal(str)

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QFileOpenEvent):
            self.file_asked.emit(event.file())
            return True
        return super().event(event)


def make_application() -> QApplication:
    """The one application, named so that its settings and log have a place."""
    if sys.platform == "linux" and hasattr(ctypes.CDLL(None), "mallopt"):
        # Else glibc gives each thread a heap of its own, and what one has freed the others cannot use: 300 MB.
        ctypes.CDLL(None).mallopt(_ARENA_MAX, 1)
    app = QApplication.instance()
    if not isinstance(app, QApplication):
        app = Application(sys.argv[:1])
    QCoreApplication.setOrganizationName("spa-desktop")
    QCoreApplication.setApplicationName("spa-desktop")
    QCoreApplication.setApplicationVersion(__version__)
    if os.environ.get("SPA_DESKTOP_CONFIG_DIR"):  # Qt does not know it, and keeps what a window remembers by itself
        QSettings.setPath(QSettings.Format.NativeFormat, QSettings.Scope.UserScope, str(config_dir()))
    app.setApplicationDisplayName("SPA Desktop")
    app.setDesktopFileName("io.github.spa_desktop.SpaDesktop")  # its menu entry lies in packaging/linux
    return app


class Session(QObject):
    """The window from start to end."""

    def __init__(self) -> None:
        super().__init__()
        self.context = AppContext()
        install_language(self.context.settings.value.language)
        self.window = MainWindow(self.context)
        self.faults = FaultCatcher(self.context)
        self.faults.caught.connect(self.context.failure_shown)

    def interrupt(self, *_: object) -> None:
        """Ctrl+C in the terminal: cancel what is at work, and end without a question. The next one kills."""
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        later(self._leave)

    @Slot(str)
    def open(self, project: str) -> None:
        self.window.projects.open(Path(project))

    @Slot()
    def _leave(self) -> None:
        QCoreApplication.exit(_INTERRUPTED)


def run_window(project: Path | None = None) -> int:
    """Open the window, perhaps with a project, and stay until it is closed.

    Gives the exit code: 130 after Ctrl+C. Where something would not end, the process ends with it at once.
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
        session.open(str(project.expanduser().absolute()))
    if isinstance(app, Application):
        app.file_asked.connect(session.open)
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
