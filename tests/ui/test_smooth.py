import gc
import linecache
import sys
import threading

import pytest

from spa_desktop.ui.app import Collector


@pytest.fixture
def collector(background, monkeypatch):
    monkeypatch.setattr("spa_desktop.ui.app.release_encoders", lambda: False)  # that of a test before comes first
    monkeypatch.setattr("spa_desktop.ui.app.wordnet.release", lambda: False)
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


def test_the_source_of_modules_is_not_kept(collector):
    assert linecache.getlines(__file__)
    collector._frozen = 0
    collector._look()
    assert not linecache.cache
