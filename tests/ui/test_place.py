"""The project's file or folder is moved, deleted or replaced while it is open: what is said, and what works."""

import os
import shutil
from pathlib import Path

import pytest
from PySide6.QtGui import QDesktopServices

from spa_desktop.project import Project
from spa_desktop.ui.shell.main_window import MainWindow
from spa_desktop.workbench.open_project import OpenProject
from tests.ui.conftest import bar_of, open_in, rest

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows does not let an open file be moved or deleted")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    found = tmp_path / "folder"
    found.mkdir()
    return found


@pytest.fixture
def path(folder: Path, make_project) -> Path:
    """A project in a folder of its own."""
    return make_project(name="P").rename(folder / "P.spa")


@pytest.fixture
def window(window, faults, context, qtbot, path: Path):
    """A window with that project. No fault of the app may come up in it."""
    open_in(qtbot, window, path)
    window.show_page("classes")
    rest(qtbot, window)
    return window


def _said(qtbot, window: MainWindow) -> str:
    rest(qtbot, window)
    text = bar_of(window).text
    bar_of(window).hide()
    return text


def _rename(qtbot, window: MainWindow, name: str) -> str:
    """Rename the first class as a person does, and give what is said."""
    model = window.page.tree_model
    task = model.index(0, 0)
    model.setData(model.index(0, 0, task), name)
    return _said(qtbot, window)


def _names(window: MainWindow) -> list[str]:
    return [one.name for one in window.context.contents.classes]


def test_a_file_that_was_moved(window, qtbot, path, folder):
    before = _names(window)
    assert _rename(qtbot, window, "first") == ""
    moved = path.rename(folder / "Q.spa")
    said = f"{path} was moved or deleted while it was open: nothing was saved. Put it back"
    assert _rename(qtbot, window, "second").startswith(said)
    assert _names(window)[0] == "first"
    window.menus._check()
    assert _said(qtbot, window).startswith(said)
    # Opened under its new name, it goes on.
    open_in(qtbot, window, moved)
    assert window.context.is_writable
    assert _names(window) == ["first", *before[1:]]
    window.show_page("classes")
    rest(qtbot, window)
    assert _rename(qtbot, window, "fourth") == ""
    with Project.open(moved) as project:
        assert project.classes()[0].name == "fourth"


def test_a_folder_that_was_moved(window, qtbot, path, folder, monkeypatch):
    shown = []
    monkeypatch.setattr(QDesktopServices, "openUrl", shown.append)
    moved = folder.rename(folder.with_name("elsewhere"))
    said = f"{path} is gone, with its folder or its disk, while it was open: nothing was saved"
    assert _rename(qtbot, window, "first").startswith(said)
    window.menus._show_folder()
    assert _said(qtbot, window).startswith(said)
    assert shown == []
    moved.rename(folder)
    assert _rename(qtbot, window, "first") == ""
    window.menus._show_folder()
    rest(qtbot, window)
    assert [url.toLocalFile() for url in shown] == [str(folder)]


def test_another_project_or_a_backup_was_copied_over_the_file(window, qtbot, path, make_project, tmp_path):
    """It is the same file to the system, so the lock is still held."""
    other, backup = make_project(name="Other"), Path(shutil.copy(path, tmp_path / "backup"))
    with OpenProject.open(other) as bench, bench.project.transaction("rename") as tx:
        tx.rename_class(bench.project.classes()[0].id, "of the other")
    assert _rename(qtbot, window, "first") == ""
    for source in (other, backup):
        shutil.copyfile(source, path)
        for act in (lambda: _rename(qtbot, window, "mine"), window.context.undo.undo):
            assert (act() or _said(qtbot, window)).startswith(f"{path} was replaced by another file while it was open")
            assert path.read_bytes() == source.read_bytes()


def test_a_project_that_is_open_is_not_opened_again_under_another_name(window, qtbot, path, tmp_path):
    link = tmp_path / "link.spa"
    link.symlink_to(path)
    bench = window.context.workbench
    for name in (path, link):
        window.projects.open(name)
        assert _said(qtbot, window) == ""
        assert window.context.workbench is bench
    window.projects.open(tmp_path / "none.spa")
    said = f"There is no project {tmp_path / 'none.spa'}: it was moved, renamed or deleted. Open it where it is now"
    assert _said(qtbot, window) == said
    assert window.context.workbench is bench
