import os
import subprocess
import sys
from types import SimpleNamespace

import pytest
from PySide6.QtGui import QImage
from typer.testing import CliRunner

from spa_desktop.cli import app as cli
from spa_desktop.errors import InputError
from spa_desktop.plain_files import write_png
from spa_desktop.ui import app, screenshots
from spa_desktop.ui.photo.colour_maps import file_content
from spa_desktop.ui.screenshots import take_screenshots
from spa_desktop.ui.shell import side_bar
from spa_desktop.ui.shell.side_bar import PAGE_NAMES
from spa_desktop.ui.style.theme import install_language

# `python -m spa_desktop.ui.screenshots`, but it waits less for what moves on a page.
_QUICKLY = """
import runpy
from PySide6.QtCore import QTimer
after = QTimer.singleShot
QTimer.singleShot = lambda milliseconds, slot: after(min(milliseconds, 20), slot)
runpy.run_module("spa_desktop.ui.screenshots", run_name="__main__", alter_sys=True)
"""


def test_no_project_no_pictures(tmp_path):
    with pytest.raises(InputError, match="no project"):
        take_screenshots(tmp_path / "none.spa", tmp_path / "pictures")


def test_no_key_is_handed_to_another_process(tmp_path, monkeypatch):
    """The second process takes pictures only: it has no use for what the first was started with."""
    started = []
    monkeypatch.setenv("OPENAI_API_KEY", "sk-test-5ecretS3cret5ecretS3cret")
    monkeypatch.setattr(screenshots, "_Photographer", lambda *_: SimpleNamespace(take_all=list))
    monkeypatch.setattr(subprocess, "run", lambda command, env, check: started.append((command, env)))
    (tmp_path / "a.spa").touch()
    take_screenshots(tmp_path / "a.spa", tmp_path / "pictures")
    ((command, environment),) = started
    assert command[:3] == [sys.executable, "-m", "spa_desktop.ui.screenshots"]
    assert environment["QT_SCALE_FACTOR"] == "2"
    assert environment["HOME"]
    assert "5ecretS3cret" not in f"{command} {environment}"


def test_every_page_is_taken_and_the_project_is_left_alone(make_project, tmp_path):
    project, folder = make_project(name="Taken"), tmp_path / "pictures"
    before = project.read_bytes()
    # In a process of its own: an application can be set up only once. At 200 %, which takes only the filled pages.
    command = [sys.executable, "-c", _QUICKLY, str(project), str(folder)]
    environment = {**os.environ, "QT_SCALE_FACTOR": "2", "QT_QPA_PLATFORM": "offscreen"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=240)
    assert done.returncode == 0, done.stderr
    taken = {path.stem: QImage(str(path)) for path in folder.iterdir()}
    assert set(taken) == {f"{name}-filled-200-light" for name in PAGE_NAMES}
    assert all(image.width() == 2 * 1180 for image in taken.values())
    assert project.read_bytes() == before


def test_pages_are_taken_at_the_widths_that_are_asked_for(make_project, tmp_path, qapp, monkeypatch):
    """A picture that the app has taken is taken anew; something else in the place of the last one is kept."""
    project, folder, widths = make_project(name="Wide"), tmp_path / "pictures", (900, 960)
    folder.mkdir()
    write_png(folder / f"{PAGE_NAMES[0]}-960-light.png", file_content(QImage(8, 8, QImage.Format.Format_RGB32), "PNG"))
    mine = folder / "start-960-light.png"
    mine.write_text("mine")
    monkeypatch.setattr(app, "make_application", lambda: qapp)
    monkeypatch.setattr(screenshots, "_SETTLE_MS", 20)
    monkeypatch.setattr(side_bar, "PAGE_NAMES", PAGE_NAMES[:3])
    asked = [part for width in widths for part in ("--width", str(width))]
    done = CliRunner().invoke(cli, ["screenshots", str(project), str(folder), *asked])
    install_language("en")
    assert f"{mine} cannot be written: it is there, and was not made by this app" in str(done.exception)
    assert mine.read_text() == "mine"
    taken = {path.stem: QImage(str(path)) for path in folder.iterdir()}
    assert set(taken) == {f"{name}-{width}-light" for name in (*PAGE_NAMES[:3], "start") for width in widths}
    assert {image.width() for stem, image in taken.items() if "-960-" in stem and stem != mine.stem} == {960}


@pytest.mark.parametrize("width", [0, 99999])
def test_a_width_that_makes_no_sense_is_refused(tmp_path, width):
    (tmp_path / "a.spa").touch()
    with pytest.raises(InputError, match="no width"):
        take_screenshots(tmp_path / "a.spa", tmp_path / "pictures", widths=[width])
