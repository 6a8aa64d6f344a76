"""Earlier versions in the window: one is brought back, and what is intact of a damaged project is saved."""

import shutil
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMessageBox

from spa_desktop.project import Project
from spa_desktop.project.versions import folder_of, versions_of
from spa_desktop.ui.widgets import forms
from tests.faults.project import make_project as make_structures
from tests.ui.conftest import bar_of, open_in, questions, rest


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Path:
    """The folder of a project that was changed twice: two versions are kept; in the older a class has another name."""
    path = make_structures(tmp_path_factory.mktemp("moths") / "Moths.spa")
    shutil.rmtree(folder_of(path), ignore_errors=True)
    for name in ("first", "second"):
        with Project.open(path, write=True) as project:
            project.keep_version("before training")
            with project.transaction("rename", name) as tx:
                tx.rename_class(1, name)
    assert next(item.why for item in versions_of(path)) == "before training"
    return path.parent


@pytest.fixture
def path(made: Path, tmp_path: Path) -> Path:
    """One of one's own."""
    return shutil.copytree(made, tmp_path, dirs_exist_ok=True) / "Moths.spa"


@pytest.fixture(autouse=True)
def _no_faults(faults) -> None:
    """No fault of the app may come up."""


def click(qtbot, widget) -> None:
    assert widget.isVisible()
    assert widget.isEnabled()
    qtbot.mouseClick(widget, Qt.MouseButton.LeftButton)


def offered(qtbot, window):
    """The dialog, with its list."""
    dialog = window.projects.versions.dialog
    qtbot.waitUntil(dialog.isVisible)
    rest(qtbot, window)
    return dialog


def bring_back(qtbot, window) -> None:
    """Say yes to the question, and wait until the project is open again."""
    with qtbot.waitSignal(window.context.project_opened):
        click(qtbot, window.projects.versions.answers["Bring back"])
    rest(qtbot, window)


def first_name(window) -> str:
    return window.context.contents.classes[0].name


def names(path: Path) -> list[str]:
    with Project.open(path) as project:
        assert project.check().problems == ()
        return [record.name for record in project.classes()]


def test_a_version_is_brought_back_and_the_present_one_kept(window, qtbot, path):
    open_in(qtbot, window, path)
    action = next(one for one in window.menus._of_project if one.text() == "&Earlier versions...")
    action.trigger()
    dialog = offered(qtbot, window)
    assert len(dialog.model.rows) == 2
    assert [dialog.model.index(row, 1).data() for row in range(2)] == ["a task was learned"] * 2
    qtbot.keyClick(dialog.table, Qt.Key.Key_Return)
    box = window.projects.versions.box
    # Whoever presses Enter without reading has lost nothing.
    no = box.button(QMessageBox.StandardButton.Cancel)
    assert box.defaultButton() is no
    before = path.read_bytes()
    click(qtbot, no)
    rest(qtbot, window)
    assert window.context.contents is not None
    assert path.read_bytes() == before
    assert dialog.isVisible(), "another version can be chosen"
    click(qtbot, dialog.restore)
    bring_back(qtbot, window)
    assert first_name(window) == "first"
    assert not bar_of(window).is_error
    # And back again, by what the message offers.
    click(qtbot, bar_of(window)._button)
    dialog = offered(qtbot, window)
    assert dialog.model.index(0, 1).data() == "another version was brought back"
    click(qtbot, dialog.restore)
    bring_back(qtbot, window)
    assert first_name(window) == "second"


def test_a_damaged_project_offers_its_versions(window, qtbot, path):
    path.write_bytes(path.read_bytes()[:100] + b"\xff" * 9000 + path.read_bytes()[9100:])
    window.projects.open(path)
    qtbot.waitUntil(lambda: bar_of(window).text != "")
    assert bar_of(window)._button.text() == "Earlier versions..."
    click(qtbot, bar_of(window)._button)
    dialog = offered(qtbot, window)
    click(qtbot, dialog.restore)
    bring_back(qtbot, window)
    assert first_name(window) == "first"
    window.context.close_project()
    assert names(path)[0] == "first"


def test_what_is_intact_of_a_damaged_project_is_saved(window, qtbot, path, monkeypatch):
    shutil.rmtree(folder_of(path))
    data = bytearray(path.read_bytes())
    data[8192 * 6 : 8192 * 7] = b"\xff" * 8192
    path.write_bytes(data)
    before, new = path.read_bytes(), path.with_name("Moths recovered.spa")
    asked = []
    monkeypatch.setattr(forms, "new_project", lambda parent, start: asked.append(start) or new)
    window.projects.versions.offer(path)
    dialog = offered(qtbot, window)
    assert dialog.note.isVisible()
    assert not dialog.table.isVisible()
    assert not dialog.restore.isEnabled()
    with qtbot.waitSignal(window.context.project_opened):
        click(qtbot, dialog.recover)
    rest(qtbot, window)
    assert asked == [new]
    assert window.context.contents.path == new
    assert "What could be read of Moths.spa was saved in Moths recovered.spa" in bar_of(window).text
    click(qtbot, bar_of(window)._button)
    (box,) = questions()
    assert "classes: " in box.text()
    box.reject()
    assert path.read_bytes() == before
    window.context.close_project()
    assert names(new)


def test_what_cannot_be_done_is_said(window, qtbot, path, monkeypatch):
    """The version is gone, another program writes to the project, the new file is there already."""
    open_in(qtbot, window, path)
    versions = window.projects.versions
    versions.offer_for_open()
    dialog = offered(qtbot, window)
    shutil.rmtree(folder_of(path))
    click(qtbot, dialog.restore)
    click(qtbot, versions.answers["Bring back"])
    qtbot.waitUntil(lambda: bar_of(window).text == "That version is not kept any more: choose another")
    rest(qtbot, window)
    monkeypatch.setattr(forms, "new_project", lambda parent, start: path)
    click(qtbot, bar_of(window)._button)
    click(qtbot, offered(qtbot, window).recover)
    qtbot.waitUntil(lambda: "exists already" in bar_of(window).text)
    assert names(path)[0] == "second"


def test_a_project_that_never_was_one_offers_nothing(window, qtbot, tmp_path):
    file = tmp_path / "notes.spa"
    file.write_text("not a project")
    window.projects.open(file)
    qtbot.waitUntil(lambda: "is not a project" in bar_of(window).text)
    assert not bar_of(window)._button.isVisible()
