"""What comes from outside of the window: Ctrl+C in its terminal, and on macOS the file to open."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, Slot
from PySide6.QtGui import QFileOpenEvent

from spa_desktop.jobs import Job, JobEvent, Stage
from spa_desktop.ui import app
from spa_desktop.ui.background import work
from spa_desktop.ui.background.work import WorkFailure, later
from spa_desktop.workbench import recognition, training
from spa_desktop.workbench.open_project import OpenProject
from tests.conftest import REPOSITORY

WAIT_SECONDS = 200  # as in conftest, which the child does without: it imports torch


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def train(bench: OpenProject, job: Job) -> None:
    """A training that stays at one step until it is cancelled. Torch, whose libraries were loaded ahead, works."""
    assert "torch" not in sys.modules
    from spa_desktop.encoders import backbones
    from tests.workbench.tiny import load_tiny

    backbones.load_encoder = load_tiny()  # type: ignore[assignment]

    def follow(event: JobEvent) -> None:
        if event.stage == Stage.ENCODE:
            say("at work")
            while not job.is_cancelled:
                time.sleep(0.01)

    with job.followed_by(follow):
        training.train(bench, job)


def never_end(bench: OpenProject, job: Job) -> None:
    say("at work")
    while True:
        time.sleep(1)


class Busy(app.Session):
    """Begins to work as soon as the project is open."""

    function: Callable[[OpenProject, Job], None]

    def __init__(self) -> None:
        super().__init__()
        self.context.project_opened.connect(self._begin)

    @Slot()
    def _begin(self) -> None:
        self.context.run("Working", self.function).failure(self._on_failed)

    @Slot(object)
    def _on_failed(self, failure: WorkFailure) -> None:
        say(failure.details)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such signal for one process")
def child_of(folder: Path, what: str, project: Path) -> tuple[list[str], dict[str, str]]:
    """Command and environment of a window that is all in a folder."""
    folders = {f"SPA_DESKTOP_{name}_DIR": str(folder / name) for name in ("CONFIG", "CACHE", "DATA")}
    environment = {**os.environ, **folders, "XDG_STATE_HOME": str(folder), "PYTHONPATH": str(REPOSITORY)}
    return [sys.executable, "-m", "tests.ui.test_interrupt", what, str(project)], environment


@pytest.mark.parametrize("function", [train, never_end])
def test_ctrl_c_ends_the_window_and_what_is_at_work(function, tmp_path, make_colours):
    project = make_colours(tasks=1)
    before = project.read_bytes()
    command, environment = child_of(tmp_path, function.__name__, project)
    with (tmp_path / "said").open("w+") as said:
        child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=said, env=environment, text=True)
        try:
            assert child.stdout.readline() == "at work\n", (tmp_path / "said").read_text()
            child.send_signal(signal.SIGINT)
            assert child.wait(WAIT_SECONDS) == 130, (tmp_path / "said").read_text()
        finally:
            child.kill()
            child.stdout.close()
    assert (tmp_path / "said").read_text() == ""
    with OpenProject.open(project, write=True) as bench:
        assert recognition.check(bench).is_valid
    assert project.read_bytes() == before


class Asked(app.Session):
    """Is asked for a project while the window stands, and ends when it is open."""

    def __init__(self) -> None:
        super().__init__()
        self.context.project_opened.connect(self._opened)
        later(self._ask)

    @Slot()
    def _ask(self) -> None:
        QCoreApplication.sendEvent(QCoreApplication.instance(), QFileOpenEvent(sys.argv[2]))

    @Slot()
    def _opened(self) -> None:
        say(str(self.context.contents.path))
        QCoreApplication.exit(0)


def test_a_project_that_macos_hands_over_is_opened(tmp_path, make_colours):
    project = make_colours(tasks=1)
    command, environment = child_of(tmp_path, "asked", project)
    done = subprocess.run(command, capture_output=True, env=environment, text=True, timeout=WAIT_SECONDS)
    assert (done.returncode, done.stdout) == (0, f"{project}\n"), done.stderr


if __name__ == "__main__":
    if sys.argv[1] == "asked":
        app.Session = Asked  # type: ignore[misc]
        sys.exit(app.run_window())
    Busy.function = staticmethod(globals()[sys.argv[1]])
    app.Session = Busy  # type: ignore[misc]
    work.PATIENCE_MS = 100 if Busy.function is never_end else 60_000
    sys.exit(app.run_window(Path(sys.argv[2])))
