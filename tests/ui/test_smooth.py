from __future__ import annotations

import gc
import subprocess
import sys
import threading

import pytest

from spa_desktop.ui.app import Collector

_CHECK = """
import linecache, sys
import spa_desktop.ui.explain.explain_page, spa_desktop.ui.live.live_page
print(*{"torch", "PySide6.QtMultimedia"} & sys.modules.keys())
print(*list(linecache.cache)[20:])  # of some hundred modules
"""


@pytest.fixture
def collector(background):
    gc.freeze()  # only what a test makes is looked through
    found = Collector(background)
    found._modules = found._frozen = len(sys.modules)
    yield found
    found.stop()
    assert gc.isenabled()


class Knot:
    """Refers to itself, so that only the collector can take it."""

    def __init__(self, gone: list[threading.Thread]) -> None:
        self.me, self._gone = self, gone

    def __del__(self) -> None:
        self._gone.append(threading.current_thread())


def test_garbage_goes_in_the_thread_of_the_window(collector):
    gone: list[threading.Thread] = []
    worker = threading.Thread(target=lambda: [Knot(gone) for _ in range(5000)])
    worker.start()
    worker.join()
    assert not gone
    collector._look()
    assert len(gone) == 5000
    assert set(gone) == {threading.main_thread()}


def test_with_the_pages_come_neither_torch_nor_cameras_nor_the_source_of_modules():
    done = subprocess.run([sys.executable, "-c", _CHECK], capture_output=True, text=True)
    assert (done.returncode, done.stdout.strip()) == (0, ""), done.stderr
