"""Pictures of every page: light and dark, empty, filled and busy. Taken offscreen, of a copy of the project.

The window uses the system's language, as it does for who starts it; QT_SCALE_FACTOR=2 gives pictures at 200 %.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QEventLoop, QTimer
from PySide6.QtWidgets import QWidget

from spa_desktop.errors import InputError, SpaError
from spa_desktop.plain_files import write_png
from spa_desktop.ui import app
from spa_desktop.ui.app_state.context import AppContext
from spa_desktop.ui.live.live_page import LivePage
from spa_desktop.ui.photo.colour_maps import file_content
from spa_desktop.ui.preferences import SettingsStore
from spa_desktop.ui.settings.settings_dialog import SettingsDialog
from spa_desktop.ui.shell.main_window import MainWindow
from spa_desktop.ui.shell.side_bar import PAGE_NAMES
from spa_desktop.ui.style.theme import install_language
from spa_desktop.ui.train.train_page import TrainPage
from spa_desktop.ui.use.use_page import UsePage
from spa_desktop.workbench import class_changes

_WIDTH, _HEIGHT = 1180, 760
WIDTHS = (640, 4096)  # the narrowest and the widest window that pictures are taken of
_LOWEST, _RATIO = 720, 9 / 16  # height of a window of another width, at least and by its width
_THEMES = ("light", "dark")
_WAIT_SECONDS = 180.0
_SETTLE_MS = 250
_MOST_RECOGNISED = 40


def take_screenshots(project: Path, folder: Path, *, widths: Sequence[int] = ()) -> list[Path]:
    """Write every page of the window as a PNG into a folder, which is made if it is not there.

    The project, best one that learned something, is not changed. With `widths` of the window, in pixels, the filled
    pages alone are taken, once for each, in light. Raises InputError if there is no such project, the folder cannot be
    made, a width makes no sense, or something else than an earlier picture is in the place of one; SpaError if the
    project does not open in time, or a picture cannot be written.
    """
    if not project.is_file():
        raise InputError(f"There is no project {project}: check the name")
    for width in widths:
        if not WIDTHS[0] <= width <= WIDTHS[1]:
            raise InputError(f"{width} is no width for the window: give one from {WIDTHS[0]} to {WIDTHS[1]}")
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    with tempfile.TemporaryDirectory(prefix="spa-desktop-") as own:
        copy = Path(own) / project.name
        shutil.copyfile(project, copy)
        return _Photographer(copy, folder).take(widths)


class _Photographer:
    def __init__(self, project: Path, folder: Path) -> None:
        self._app = app.make_application()
        install_language("system")
        self._project, self._folder = project, folder
        self.context = AppContext(SettingsStore(project.with_name("settings.json")))
        self.context.asker.refuse_all()  # nobody is there to be asked
        self.window = MainWindow(self.context)
        self.window.resize(_WIDTH, _HEIGHT)
        self.window.show()
        self._taken: list[Path] = []

    def take(self, widths: Sequence[int]) -> list[Path]:
        try:
            if not widths:
                self._empty()
            self._open(self._project)
            for width in widths:
                self._resize(width)
                self._each_page(f"{width}", themes=("light",))
            if not widths:
                self._each_page("filled", themes=_THEMES)
                self._dialogs()
                self._busy()
            self.context.close_project()
            self.window.start.refresh()
            for width in widths:
                self._resize(width)
                self._save(f"start-{width}", "light", self.window)
            if not widths:
                self._both_themes("start-filled", self.window)
            return self._taken
        finally:
            self.context.shutdown()
            self.window.deleteLater()

    def _resize(self, width: int) -> None:
        self.window.resize(width, max(_LOWEST, round(width * _RATIO)))

    def _empty(self) -> None:
        self._both_themes("start-empty", self.window)
        path = self._project.with_name("Empty.spa")
        self.context.create_project(path)
        self._wait(lambda: self.context.contents is not None)
        self._each_page("empty", themes=_THEMES)
        self.context.close_project()
        self.context.settings.remove_recent(str(path))

    def _open(self, path: Path) -> None:
        self.context.open_project(path)
        self._wait(lambda: self.context.contents is not None and self.context.contents.path.name == path.name)

    def _each_page(self, state: str, themes: tuple[str, ...]) -> None:
        for theme in themes:
            self.context.settings.update(appearance=theme)
            for name in PAGE_NAMES:
                self.window.show_page(name)
                if name == "live":
                    self._point_at_a_photo()
                if name == "use":
                    self._recognise_test_photos()
                self._save(f"{name}-{state}", theme, self.window)

    def _point_at_a_photo(self) -> None:
        """Have the Live page look at a test photo of the project, if something was learned and the photo is there."""
        page, files = self.window.page, self._test_photos()
        assert isinstance(page, LivePage), "it was just shown"
        if files:
            page.show_path(files[0])
            page.stage.overlay.setChecked(True)
            self._wait(lambda: page.canvas.overlay is not None)

    def _recognise_test_photos(self) -> None:
        """Have the Use page recognise test photos of the project, if something was learned and they are there."""
        page, files = self.window.page, self._test_photos()[:_MOST_RECOGNISED]
        assert isinstance(page, UsePage), "it was just shown"
        if files:
            page.start(files)
            self._wait(lambda: len(page.model.all_photos) == len(files) and not page.work.is_running)

    def _test_photos(self) -> list[Path]:
        bench, contents = self.context.workbench, self.context.contents
        assert bench is not None, "a project is open"
        photos = bench.project.photos(split="test") if contents is not None and contents.learner else []
        return [path for photo in photos if (path := Path(photo.path)).is_file()]

    def _both_themes(self, name: str, widget: QWidget) -> None:
        for theme in _THEMES:
            self.context.settings.update(appearance=theme)
            self._save(name, theme, widget)

    def _dialogs(self) -> None:
        self.context.settings.update(writer="openai")
        dialog = SettingsDialog(self.context, self.window)
        dialog.open()
        self._both_themes("settings", dialog)
        dialog.method.fold.button.setChecked(True)
        self._both_themes("settings-advanced", dialog)
        dialog.accept()
        self.context.settings.update(writer="offline")
        self.window.show_guide("results")
        assert self.window.guide is not None, "it was just shown"
        self._both_themes("guide", self.window.guide)
        self.window.guide.close()

    def _busy(self) -> None:
        """Real work: the last task is learned once more, and cancelled when the pictures are taken."""
        contents = self.context.contents
        if contents is None or (contents.undoable_training is None and not contents.to_learn):
            return
        busy = self.context.background
        for theme in _THEMES:
            self.context.settings.update(appearance=theme)
            if self.context.contents is not None and not self.context.contents.to_learn:
                self.context.run("", lambda bench, job: class_changes.undo_training(bench))
                self._wait(lambda: self.context.contents is not None and bool(self.context.contents.to_learn))
            self.window.show_page("train")
            train = self.window.page
            assert isinstance(train, TrainPage), "it was just shown"
            self._save("train-before", theme, self.window)
            train.start()
            self._wait(lambda: not busy.is_busy or any(work.event and work.event.values for work in busy.operations))
            self._grab("train-busy", theme, self.window)
            for handle in busy.operations:
                handle.cancel()
            self._wait(lambda: not busy.operations)

    def _save(self, name: str, theme: str, widget: QWidget) -> None:
        for _ in range(3):  # what was found asks for pictures, or for what is worth a look, and that for pictures
            self._wait(lambda: not self.context.background.operations)
            _breathe(_SETTLE_MS)
        self._grab(name, theme, widget)

    def _grab(self, name: str, theme: str, widget: QWidget) -> None:
        _breathe(_SETTLE_MS)
        path = self._folder / f"{name}-{theme}.png"
        write_png(path, file_content(widget.grab().toImage(), "PNG"))
        self._taken.append(path)

    def _wait(self, is_ready: Callable[[], bool]) -> None:
        deadline = time.monotonic() + _WAIT_SECONDS
        while not is_ready():
            if time.monotonic() > deadline:
                raise SpaError("A page was not ready in time: its picture could not be taken")
            _breathe(20)


def _breathe(milliseconds: int) -> None:
    # QTest.qWait would keep Python's lock, and workers would get nowhere meanwhile.
    loop = QEventLoop()
    QTimer.singleShot(milliseconds, loop.quit)
    loop.exec()
