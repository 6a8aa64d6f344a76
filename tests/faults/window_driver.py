"""The window in forks, on the tiny encoder: `python -m tests.faults.window_driver`. See `benchmarks.kills.serve`.

Each command opens the window on a project, as a person would, does one verb by the buttons of its page, and waits until
nothing is at work any more.
"""

import importlib
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QEventLoop, QTimer

from spa_desktop.project import Project
from spa_desktop.ui.app import make_application
from spa_desktop.ui.app_state.context import AppContext
from spa_desktop.ui.preferences import SettingsStore
from spa_desktop.ui.shell.main_window import MainWindow
from spa_desktop.ui.shell.side_bar import PAGE_NAMES
from tests.cli.driver import serve_on_tiny

_PATIENCE = 120.0  # seconds


def act(arguments: list[str]) -> None:
    """Do one verb: `new PROJECT`, `add PROJECT FOLDER --task NAME`, `describe PROJECT`, `train PROJECT`."""
    verb, project = arguments[0], Path(arguments[1])
    if verb == "new":
        Project.create(project).close()
        return
    app = make_application()
    context = AppContext(SettingsStore(project.with_name("settings.json")))
    window = MainWindow(context)
    said: list[str] = []
    context.failure_shown.connect(lambda failure: said.append(failure.details))
    window.show()
    context.open_project(project)
    wait(lambda: context.contents is not None)
    before = context.contents
    if verb == "add":
        window.show_page("classes")
        page = window.page
        page.take_dropped([Path(arguments[2])])
        wait(
            lambda: (
                not context.background.handles and page.adding.sheet is not None and page.adding.sheet.add.isEnabled()
            )
        )
        page.adding.sheet.task.setCurrentText(arguments[4])
        page.adding.sheet.add.click()
    elif verb == "describe":
        window.show_page("descriptions")
        wait(lambda: not context.background.handles)
        window.page.main.click()
    else:
        window.show_page("train")
        wait(lambda: not context.background.handles)
        window.page.train.click()
    wait(lambda: (not context.background.handles and not window.status.isHidden()) or bool(said))
    if said or context.contents == before:
        sys.stderr.write(f"{verb} did nothing: {said or window.page.message_bar.text}\n")
        raise SystemExit(1)
    context.shutdown()
    window.close()
    app.processEvents()


def wait(is_over: Callable[[], object]) -> None:
    """Let the window live until something is so."""
    end = time.monotonic() + _PATIENCE
    while True:
        loop = QEventLoop()
        QTimer.singleShot(10, loop.quit)
        loop.exec()
        if is_over():
            return
        if time.monotonic() > end:
            raise TimeoutError("the window was not ready in time")


if __name__ == "__main__":
    for page in PAGE_NAMES:
        importlib.import_module(f"spa_desktop.ui.{page}.{page}_page")
    serve_on_tiny(act)
