"""What keeps the window from stuttering while workers work, beyond doing the work elsewhere.

Measured with benchmarks/ui_latency.py. Python's threads share one lock, and three things keep it from the window:
a worker that computes in Python (5 ms a turn), the loading of torch's libraries (150 ms), and the collection of garbage
after the hundred thousands of objects that torch's modules are made of (150 ms, in whatever thread it happens).
"""

from __future__ import annotations

import ctypes
import gc
import os
import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from types import ModuleType

from PySide6.QtCore import QObject, QTimer, Slot

from spa_desktop.ui.background.work import Background

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
        self._timer = QTimer(self)
        self._timer.setInterval(_LOOK_MS)
        self._timer.timeout.connect(self._look)
        gc.disable()
        self._timer.start()

    def stop(self) -> None:
        """Leave it to Python again."""
        self._timer.stop()
        gc.enable()

    @Slot()
    def _look(self) -> None:
        self._looks += 1
        is_importing = len(sys.modules) != self._modules
        self._modules = len(sys.modules)
        is_idle = not is_importing and not self._background.is_busy
        if not is_idle and gc.get_count()[0] <= _MOST_YOUNG:
            return
        if self._modules >= self._frozen + _MANY_MODULES:
            # Modules stay for good: excluding them from collection makes every later collection short.
            gc.freeze()
            self._frozen = self._modules
        elif is_idle and self._looks >= _FULL_EVERY:
            self._looks = 0
            gc.collect()
        else:
            gc.collect(0)


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
