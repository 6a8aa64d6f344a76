from __future__ import annotations

import gc
import subprocess
import sys
import threading
import time

import pytest

from spa_desktop.ui import app
from spa_desktop.ui.app import Collector
from spa_desktop.ui.background import work
from tests.ui.conftest import WAIT_MS

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


@pytest.mark.parametrize("most", [app._MOST_YOUNG, 0])
def test_garbage_waits_for_the_end_of_work_unless_it_grows_without_bounds(
    collector, background, qtbot, monkeypatch, most
):
    monkeypatch.setattr(app, "_MOST_YOUNG", most)
    gone: list[threading.Thread] = []
    may_end = threading.Event()
    background.start("", lambda job: may_end.wait(WAIT_MS / 1000))
    Knot(gone)
    collector._look()
    assert len(gone) == (most == 0)
    may_end.set()
    qtbot.waitUntil(lambda: not background.handles)
    collector._look()
    assert len(gone) == 1


@pytest.mark.parametrize("is_quiet", [True, False])
def test_old_garbage_goes_while_frames_are_looked_at_and_after_a_training(collector, background, qtbot, is_quiet):
    gone: list[threading.Thread] = []
    may_end = threading.Event()
    knot = Knot(gone)
    gc.collect()  # the knot is old now
    background.start("", lambda job: may_end.wait(WAIT_MS / 1000), lane="live", is_quiet=is_quiet)
    del knot
    for _ in range(app._FULL_EVERY + 1):
        collector._look()
    assert len(gone) == is_quiet
    may_end.set()
    qtbot.waitUntil(lambda: not background.handles)
    collector._look()
    assert len(gone) == 1


def test_memory_goes_back_when_the_last_task_has_been_over_for_a_while(collector, background, qtbot, monkeypatch):
    given: list[str] = []
    monkeypatch.setattr(app, "give_memory_back", lambda: given.append("all"))
    monkeypatch.setattr(work, "_KEPT_SECONDS", 1e9)  # no worker does it
    background.look_up(lambda job: None)
    qtbot.waitUntil(lambda: not background.handles)
    monkeypatch.setattr(work, "_QUIET_SECONDS", 1e9)
    collector._look()  # the first look gives back what there is
    given.clear()
    collector._look()
    assert not given, "another task may follow"
    monkeypatch.setattr(work, "_QUIET_SECONDS", -1)
    collector._look()
    assert given


def test_encoders_let_go_while_a_training_goes_on(collector, background, qtbot, monkeypatch):
    may_end, asked = threading.Event(), []
    monkeypatch.setattr(app, "rest_encoders", lambda: asked.append("rest"))
    background.start("Training", lambda job: may_end.wait(WAIT_MS / 1000))
    collector._look()
    may_end.set()
    qtbot.waitUntil(lambda: not background.handles)
    assert asked


def test_what_an_encoder_let_go_of_goes_back_though_no_task_ended_since(collector, monkeypatch):
    given: list[str] = []
    monkeypatch.setattr(app, "give_memory_back", lambda: given.append("all"))
    monkeypatch.setattr(work, "_given_back", time.monotonic())
    monkeypatch.setattr(work, "_ended", 0.0)
    monkeypatch.setattr(work, "_QUIET_SECONDS", -1)
    collector._look()  # the first look gives back what there is
    given.clear()
    collector._look()
    assert not given, "nothing was left behind"
    monkeypatch.setattr(app, "rest_encoders", iter([True, False]).__next__)
    collector._look()
    collector._look()
    assert given


def test_modules_are_frozen_once_they_are_all_there(collector, monkeypatch):
    before = gc.get_freeze_count()
    for number in range(app._MANY_MODULES):
        monkeypatch.setitem(sys.modules, f"library.part_{number}", sys)
    collector._look()
    assert gc.get_freeze_count() <= before, "they have just come"  # what is frozen may still be freed
    collector._look()
    frozen = gc.get_freeze_count()
    assert frozen > before
    collector._look()
    assert gc.get_freeze_count() <= frozen


def test_with_the_pages_come_neither_torch_nor_cameras_nor_the_source_of_modules():
    done = subprocess.run([sys.executable, "-c", _CHECK], capture_output=True, text=True)
    assert (done.returncode, done.stdout.strip()) == (0, ""), done.stderr
