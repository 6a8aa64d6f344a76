"""What the tests of the window share: one application, own settings, nothing left behind."""

from __future__ import annotations

import gc
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QSettings, QStandardPaths
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from spa_desktop.demo import DemoSet
from spa_desktop.ui.app_state.context import AppContext
from spa_desktop.ui.background import work
from spa_desktop.ui.background.work import running_threads
from spa_desktop.ui.preferences import SettingsStore
from spa_desktop.ui.shell.main_window import MainWindow
from spa_desktop.ui.widgets import labels

MakeProject = Callable[..., Path]
WAIT_MS = 200_000  # for what a worker does, a training too, where the machine is busy: a test may take 300 s
for _wait in (QtBot.waitUntil, QtBot.waitSignal, QtBot.waitActive, QtBot.waitExposed):
    _wait.__kwdefaults__["timeout"] = WAIT_MS  # not the five seconds of pytest-qt


@pytest.fixture(scope="session", autouse=True)
def _test_mode(qapp: QApplication, tmp_path_factory: pytest.TempPathFactory) -> None:
    work.PATIENCE_MS = WAIT_MS
    QStandardPaths.setTestModeEnabled(True)
    QCoreApplication.setOrganizationName("spa-desktop-tests")
    QSettings.setDefaultFormat(QSettings.Format.IniFormat)
    QSettings.setPath(QSettings.Format.IniFormat, QSettings.Scope.UserScope, str(tmp_path_factory.mktemp("qsettings")))


@pytest.fixture(autouse=True)
def _garbage_of_the_window_is_collected_in_its_thread() -> Iterator[None]:
    """As in the app: Python would collect in whatever thread needs memory, and widgets must not end in a worker."""
    gc.disable()
    yield
    gc.collect(0)
    gc.enable()


@pytest.fixture(autouse=True)
def _no_worker_left_behind(qapp: QApplication) -> Iterator[None]:
    """A worker thread that outlives its test would abort the process when it is collected."""
    before = set(map(id, running_threads()))
    yield
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    left = [thread.objectName() for thread in running_threads() if id(thread) not in before]
    assert not left, f"the test left worker threads running: {left}"


@pytest.fixture(autouse=True)
def _hands_of_a_test(monkeypatch: pytest.MonkeyPatch) -> None:
    """A test means each click, however fast it is: no button is deaf to it."""
    monkeypatch.setattr(labels, "DEAF_SECONDS", 0.0)


@pytest.fixture
def context(qapp: QApplication, tmp_path: Path) -> Iterator[AppContext]:
    """A context without a project. It is shut down after the test."""
    found = AppContext(SettingsStore(tmp_path / "settings.json"))
    found.settings.update(appearance="light", projects_folder=str(tmp_path))
    yield found
    assert found.shutdown(), "a worker did not end in time"


@pytest.fixture
def faults(context: AppContext, window: MainWindow) -> Iterator[list[str]]:
    """The faults of the app, which are not shown. There may be none at the end of the test."""
    found: list[str] = []
    context.failure_shown.disconnect()
    context.failure_shown.connect(lambda failure: found.append(failure.details))
    yield found
    assert found == []


@pytest.fixture(scope="session")
def made_projects(demo_set: DemoSet, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Projects made once, to copy from. Keys are the arguments of `make_project`."""
    return {}


@pytest.fixture
def make_project(
    demo_set: DemoSet, tmp_path: Path, made_projects: dict[str, Path], tmp_path_factory: pytest.TempPathFactory
) -> MakeProject:
    """``make_project(tasks=1, described=False, trained=False, name="Test")`` gives a project file of one's own.

    Its classes are the demo's; `trained` trains all of its tasks with the real engine, once for all tests.
    """

    def make(*, tasks: int = 1, described: bool = False, trained: bool = False, name: str = "Test") -> Path:
        from spa_desktop.workbench import Workbench

        key = f"{tasks} {described} {trained}"
        if key not in made_projects:
            path = tmp_path_factory.mktemp("project") / "made.spa"
            with Workbench.create(path) as bench:
                for task in demo_set.tasks[:tasks]:
                    bench.add([task.folder], task=task.name)
                    if described or trained:
                        bench.describe("offline", task=task.name)
                    if trained:
                        bench.train(task=task.name)
            made_projects[key] = path
        own = tmp_path / f"{name}.spa"
        own.write_bytes(made_projects[key].read_bytes())
        return own

    return make


@pytest.fixture
def open_project(context: AppContext, qtbot) -> Callable[[Path], AppContext]:
    """``open_project(path)`` opens a project in `context` and waits until it is open."""

    def open_(path: Path) -> AppContext:
        with qtbot.waitSignal(context.project_opened):
            context.open_project(path)
        return context

    return open_


@pytest.fixture
def settle(context: AppContext, qtbot: QtBot) -> Callable[[], None]:
    """``settle()`` waits until nothing is at work."""
    return lambda: qtbot.waitUntil(lambda: not context.background.handles)


@pytest.fixture
def window(context: AppContext, qtbot: QtBot) -> Iterator[MainWindow]:
    """The app's window. What is at work after the test is cancelled, and the project is closed."""
    # Not given to qtbot, which would delete it while its workers are still on their way.
    found = MainWindow(context)
    with qtbot.waitActive(found):
        found.show()
    yield found
    for handle in context.background.handles:
        handle.cancel()
    qtbot.waitUntil(lambda: not context.background.handles)
    context.close_project()
    found.hide()
    found.deleteLater()
    QCoreApplication.sendPostedEvents(found, QEvent.Type.DeferredDelete)


@pytest.fixture
def project_context(open_project: Callable[[Path], AppContext], make_project: MakeProject) -> AppContext:
    """A context with a project of one task that is not trained."""
    return open_project(make_project())


@pytest.fixture
def seeing(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """``seeing.clear()`` keeps the model from looking at photos and frames, ``seeing.set()`` lets it."""
    from spa_desktop.workbench import Recognizer

    found, see = threading.Event(), Recognizer.see
    found.set()

    def waiting(self, photo, **settings):  # type: ignore[no-untyped-def]
        assert found.wait(WAIT_MS / 1000)
        return see(self, photo, **settings)

    monkeypatch.setattr(Recognizer, "see", waiting)
    yield found
    found.set()
