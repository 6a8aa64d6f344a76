"""What the tests of the window share: one application, own settings, nothing left behind."""

import gc
import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QSettings, QSize, QStandardPaths
from PySide6.QtGui import QAccessible, QAccessibleInterface, QScreen
from PySide6.QtWidgets import QApplication, QComboBox, QLineEdit, QMessageBox, QWidget
from pytestqt.qtbot import QtBot

from spa_desktop.encoders import backbones
from spa_desktop.jobs import Job, Stage
from spa_desktop.project import Transaction
from spa_desktop.project.folders import add_classes
from spa_desktop.project.records import ClassRecord
from spa_desktop.spa.learner import SpaLearner
from spa_desktop.ui.app_state.context import AppContext
from spa_desktop.ui.background import work
from spa_desktop.ui.background.work import Background
from spa_desktop.ui.page import Page
from spa_desktop.ui.preferences import SettingsStore
from spa_desktop.ui.shell.main_window import MainWindow
from spa_desktop.ui.widgets import labels
from spa_desktop.ui.widgets.empty_state import MessageBar
from spa_desktop.workbench import describing, training
from spa_desktop.workbench.open_project import OpenProject
from tests.conftest import MadeOnce
from tests.workbench.tiny import draw_classes, load_tiny

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


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol() -> Iterator[None]:
    """Collect the window's garbage in its thread, as the app does: widgets must not end in a worker.

    Python would collect in whatever thread makes an object. Here that is off from the first fixture of a test to the
    last, so what the test made is still young after it, and all that it leaves is found among the youngest.
    """
    gc.disable()
    try:
        return (yield)
    finally:
        gc.collect(0)
        gc.enable()


@pytest.fixture(autouse=True)
def _no_worker_left_behind(qapp: QApplication) -> Iterator[None]:
    """A worker thread that outlives its test would keep what it works on, and calls into what is gone."""
    before = workers()
    yield
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    left = workers() - before
    assert not left, f"the test left worker threads running: {left}"


def workers() -> set[threading.Thread]:
    """The threads of lanes that run now."""
    return {one for one in threading.enumerate() if one.name.partition("_")[0] in work._THREADS}


@pytest.fixture(autouse=True)
def _hands_of_a_test(monkeypatch: pytest.MonkeyPatch) -> None:
    """A test means each click and key, however fast it is: nothing is deaf to it."""
    monkeypatch.setattr(labels, "DEAF_SECONDS", 0.0)


@pytest.fixture(autouse=True)
def _usual_screen(monkeypatch: pytest.MonkeyPatch) -> None:
    """Windows open as on a usual screen: that of the offscreen platform has 800 x 800 points."""
    monkeypatch.setattr(QScreen, "availableSize", lambda _: QSize(1920, 1040))


@pytest.fixture
def background(qapp: QApplication) -> Iterator[Background]:
    """Threads to work in, without a window."""
    found = Background()
    yield found
    assert found.shutdown()


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


@pytest.fixture(autouse=True)
def tiny(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Every backbone is a tiny one, the settings know no other, and the cache is the test's own."""
    monkeypatch.setattr(backbones, "load_encoder", load_tiny())
    monkeypatch.setattr(backbones, "list_backbones", list)  # it would import OpenCLIP
    monkeypatch.setenv("SPA_DESKTOP_CACHE_DIR", str(tmp_path / "cache"))


@pytest.fixture
def all_are_known(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether a drawn photo is familiar enough is another test's business: here each one is of a class."""
    monkeypatch.setattr(SpaLearner, "known_scale", lambda *_: None)


@pytest.fixture(scope="session")
def once_made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project of four classes. Copy it before use: see `make_project`."""
    folder = tmp_path_factory.mktemp("project")
    with OpenProject.create(folder / "made.spa") as bench:
        add_classes(
            bench.project, [draw_classes(folder / "photos", ("red", "green", "blue", "amber"), train=3, test=1)]
        )
    return folder / "made.spa"


@pytest.fixture
def make_project(once_made: Path, tmp_path: Path) -> MakeProject:
    """``make_project(name="Test")`` gives a project file of one's own; nothing is described or learned in it."""
    return lambda name="Test": Path(shutil.copy(once_made, tmp_path / f"{name}.spa"))


@pytest.fixture
def make_colours(photos: Path, tmp_path: Path, made_once: MadeOnce) -> MakeProject:
    """``make_colours(tasks=2, trained=1)``: a project file with so many tasks, the first of which are learned."""

    def make_(*, tasks: int = 2, trained: int = 0, described: int | None = None) -> Path:
        def make(path: Path) -> None:
            with OpenProject.create(path) as bench:
                for number in range(1, tasks + 1):
                    name = f"Task {number}"
                    add_classes(bench.project, [path.parent / "photos" / str(number)], task=name)
                    if number <= (tasks if described is None else described):
                        describing.describe(bench, task=name)
                    if number <= trained:
                        training.train(bench, task=name)

        return made_once(("colours", tasks, trained, described), tmp_path / "Colours.spa", make)

    return make_


@pytest.fixture
def open_project(context: AppContext, qtbot) -> Callable[[Path], AppContext]:
    """``open_project(path)`` opens a project in `context` and waits until it is open."""

    def open_(path: Path) -> AppContext:
        with qtbot.waitSignal(context.project_opened):
            context.open_project(path)
        return context

    return open_


@pytest.fixture
def open_colours(
    open_project: Callable[[Path], AppContext], make_colours: Callable[..., Path]
) -> Callable[..., AppContext]:
    """``open_colours(tasks=2, trained=1)`` opens such a project."""
    return lambda **which: open_project(make_colours(**which))


def named(context: AppContext, name: str) -> ClassRecord:
    """A class of the open project."""
    return next(one for one in context.contents.classes if one.name == name)


@pytest.fixture
def edit(context: AppContext, qtbot: QtBot) -> Callable[[Callable[[Transaction], object]], None]:
    """``edit(lambda tx: ...)`` edits the project, and waits until that is shown."""

    def edit_(change: Callable[[Transaction], object]) -> None:
        with qtbot.waitSignal(context.project_changed):
            context.edit("edit", "x", change)

    return edit_


@pytest.fixture
def learn_more(context: AppContext, qtbot: QtBot) -> Callable[[], None]:
    """``learn_more()`` learns the next task, or the last one again, and waits until the model of then is there."""

    def learn() -> None:
        with qtbot.waitSignal(context.model_changed):
            context.run("Training", lambda bench, job: training.train(bench, job))

    return learn


@pytest.fixture
def show_page(context: AppContext, qtbot: QtBot) -> Callable[..., Page]:
    """``show_page(TrainPage)`` makes a page in the context and shows it."""

    def show(kind: type[Page], width: int = 980) -> Page:
        page = kind(context)
        page.resize(width, 700)
        qtbot.addWidget(page)
        with qtbot.waitActive(page):
            page.show()
        return page

    return show


@pytest.fixture
def settle(context: AppContext, qtbot: QtBot) -> Callable[[], None]:
    """``settle()`` waits until nothing is at work."""
    return lambda: qtbot.waitUntil(lambda: not context.background.operations)


@pytest.fixture
def finish(settle: Callable[[], None]) -> Callable[[Callable[[], object]], None]:
    """``finish(button.click)`` does it, and waits until nothing is at work."""

    def finish_(verb: Callable[[], object]) -> None:
        verb()
        settle()

    return finish_


@pytest.fixture
def window(context: AppContext, qtbot: QtBot) -> Iterator[MainWindow]:
    """The app's window. What is at work after the test is cancelled, and the project is closed."""
    # Not given to qtbot, which would delete it while its workers are still on their way.
    found = MainWindow(context)
    with qtbot.waitActive(found):
        found.show()
    yield found
    for handle in context.background.operations:
        handle.cancel()
    qtbot.waitUntil(lambda: not context.background.operations)
    context.close_project()
    found.hide()
    found.deleteLater()
    QCoreApplication.sendPostedEvents(found, QEvent.Type.DeferredDelete)


@pytest.fixture
def project_window(window: MainWindow, make_project: MakeProject, qtbot: QtBot) -> MainWindow:
    """The window with the project Garden, which has four classes. Nothing is at work."""
    open_in(qtbot, window, make_project("Garden"))
    return window


@pytest.fixture
def seeing(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """``seeing.clear()`` keeps the model from looking at photos and frames, ``seeing.set()`` lets it."""
    from spa_desktop.recognizer import Recognizer

    found, see = threading.Event(), Recognizer.see
    found.set()

    def waiting(self, photo, **settings):  # type: ignore[no-untyped-def]
        assert found.wait(WAIT_MS / 1000)
        return see(self, photo, **settings)

    monkeypatch.setattr(Recognizer, "see", waiting)
    yield found
    found.set()


def open_in(qtbot: QtBot, window: MainWindow, project: Path) -> None:
    """Open a project in the window, and wait until nothing is at work."""
    with qtbot.waitSignal(window.context.project_opened):
        window.projects.open(project)
    rest(qtbot, window)


def rest(qtbot: QtBot, window: MainWindow) -> None:
    """Wait until nothing is at work in the window, and nobody is asked whether to leave."""
    qtbot.waitUntil(lambda: not window.context.background.operations and not window.leaving._then)


def questions() -> list[QMessageBox]:
    """What the person is asked just now."""
    return [one for one in QApplication.topLevelWidgets() if isinstance(one, QMessageBox) and one.isVisible()]


def bar_of(window: MainWindow) -> MessageBar:
    """The bar with the message that is in sight."""
    return window.page.message_bar if window.page is not None else window.start.message_bar


def block(context: AppContext, title: str) -> threading.Event:
    """Work that lasts until the event is set, or it is cancelled."""
    may_end = threading.Event()

    def wait(job: Job) -> None:
        job.stage(title, total=10)
        while not may_end.wait(0.01):
            job.check()

    context.background.start(title, wait)
    return may_end


def choose(box: QComboBox, value: str) -> None:
    """Choose from a list as a person does, who sets off `activated`."""
    box.setCurrentIndex(box.findData(value))
    box.activated.emit(box.currentIndex())


class Gate:
    """Holds a worker at a stage, or at a later step of it, so that the person has time to press the button."""

    def __init__(self, stage: str, step: int) -> None:
        self._stage, self._step = stage, step
        self.reached, self._open = threading.Event(), threading.Event()

    def hold(self, job: Job) -> None:
        if job._stage == self._stage and job._done == self._step and not self.reached.is_set():
            self.reached.set()
            assert self._open.wait(WAIT_MS / 1000)

    def open(self) -> None:
        self._open.set()


@pytest.fixture
def hold(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Gate]]:
    """``hold("Encoding photos")`` holds the next work where that stage begins; `step=3`, after three of its steps."""
    gates: list[Gate] = []
    stage, advance = Job.stage, Job.advance

    def held_stage(job: Job, name: Stage, total: int | None = None, **settings: str) -> None:
        stage(job, name, total, **settings)
        for gate in gates:
            gate.hold(job)

    def held_advance(job: Job, count: int = 1, **settings: object) -> None:
        advance(job, count, **settings)
        for gate in gates:
            gate.hold(job)

    monkeypatch.setattr(Job, "stage", held_stage)
    monkeypatch.setattr(Job, "advance", held_advance)

    def make(name: str, step: int = 0) -> Gate:
        gates.append(Gate(name, step))
        return gates[-1]

    yield make
    for gate in gates:
        gate.open()


_ROWS = {QAccessible.Role.List, QAccessible.Role.Table, QAccessible.Role.Tree}  # their cells are what the model says
_CONTROLS = _ROWS | {
    QAccessible.Role.Button,
    QAccessible.Role.ButtonMenu,
    QAccessible.Role.CheckBox,
    QAccessible.Role.ComboBox,
    QAccessible.Role.EditableText,
    QAccessible.Role.RadioButton,
    QAccessible.Role.Slider,
    QAccessible.Role.SpinBox,
}


def nameless(root: QWidget) -> list[str]:
    """Visible controls and pages of which a screen reader has no name, or no role where the keyboard reaches them."""

    def walk(item: QAccessibleInterface | None) -> Iterator[QAccessibleInterface]:
        if item is not None and item.isValid() and not item.state().invisible:
            yield item
            is_row = item.role() in _ROWS
            for place in range(0 if is_row else item.childCount()):
                yield from walk(item.child(place))
            for editor in item.object().findChildren(QLineEdit) if is_row else ():
                yield QAccessible.queryAccessibleInterface(editor)

    found = []
    for item in walk(QAccessible.queryAccessibleInterface(root)):
        name, value = (item.text(text).strip() for text in (QAccessible.Text.Name, QAccessible.Text.Value))
        if item.role() == QAccessible.Role.ComboBox and name == value:  # on Linux Qt says the value twice
            name = item.text(QAccessible.Text.Description) or (
                item.relations(QAccessible.RelationFlag.Label) and "label"
            )
        is_reached = item.state().focusable
        is_named = bool(name) or not (is_reached or item.role() in _CONTROLS or isinstance(item.object(), Page))
        if not is_named or (is_reached and item.role() == QAccessible.Role.Client):
            found.append(f"{item.role().name} {type(item.object()).__name__} {value}")
    return found
