"""Names, phrases and paths in the window are text: no mark-up, no file opened, no control character."""

import os
import shutil
import sqlite3
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QDialog, QMessageBox, QToolTip

from spa_desktop.encoders import backbones
from spa_desktop.project import Project, Skipped
from spa_desktop.project.folders import add_classes
from spa_desktop.ui.corrections.correction_tray import CorrectionTray
from spa_desktop.ui.plain_text import traceback_text
from spa_desktop.ui.settings.settings_dialog import SettingsDialog
from spa_desktop.ui.shell.side_bar import PAGE_NAMES
from spa_desktop.ui.train.past_trainings import TaskClock
from spa_desktop.ui.widgets.tables import SkipReport
from spa_desktop.workbench import describing, training
from spa_desktop.workbench.open_project import OpenProject
from tests.hostile import UNSAFE, markup, rename, retell
from tests.ui.conftest import rest
from tests.ui.drawn_text import Walk
from tests.workbench.tiny import draw_classes, draw_photo, load_tiny

pytestmark = pytest.mark.skipif(os.name == "nt", reason="file names of POSIX systems")

FILE = Path("/nowhere/file")
TEXTS = markup(FILE)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project that learned five classes in two tasks, and knows a sixth; whatever has a name has a hostile one."""
    folder = tmp_path_factory.mktemp("made")
    project = folder / "made.spa"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(backbones, "load_encoder", load_tiny())
        patch.setenv("SPA_DESKTOP_CACHE_DIR", str(folder / "cache"))
        with OpenProject.create(project) as bench:
            for number, looks in enumerate((("red", "green", "blue"), ("amber", "violet"), ("teal",)), start=1):
                draw_classes(folder / "photos" / str(number), looks)
                add_classes(bench.project, [folder / "photos" / str(number)], task=f"Task {number}")
                describing.describe(bench, task=f"Task {number}")
                if number < 3:
                    training.train(bench, task=f"Task {number}")
    rename(project, TEXTS, TEXTS[0] + " task")
    retell(project, TEXTS)
    with Project.open(project, write=True) as opened, opened.transaction("correct") as tx:
        first, second = (photo.id for photo in opened.photos(split="train")[:2])
        tx.put_correction(first, "class", class_id=2, predicted=1)
        tx.put_correction(second, "class", class_id=5)
        tx.put_correction(FILE, "class", class_name="new", sha256="0" * 64)
    with sqlite3.connect(project) as connection:
        connection.execute("UPDATE corrections SET class_name = ? WHERE path IS NOT NULL", (TEXTS[0],))
    connection.close()
    return project


@pytest.fixture
def hostile(made: Path, tmp_path: Path) -> Path:
    """The same, as a file of one's own, whose name is hostile too."""
    return Path(shutil.copy(made, tmp_path / "<i>P & [*]\n\x1b\u202e.spa"))


@pytest.fixture
def window(window, open_project, hostile: Path):
    """A window with that project."""
    open_project(hostile)
    return window


def _look(window) -> Walk:
    walk = Walk()
    walk.look(window)
    assert walk.problems == []
    return walk


@pytest.mark.parametrize("name", [name for name in PAGE_NAMES if name != "live"])
def test_every_page_shows_names_as_text(window, qtbot, name):
    window.show_page(name)
    rest(qtbot, window)
    assert len(window.findChild(CorrectionTray).items) == 3
    walk = _look(window)
    assert any(f"<img src='file:{FILE}'>" in text for text in walk.texts)
    if name == "descriptions":
        page = window.page
        for row in range(page.model.rowCount()):
            page.classes.setCurrentIndex(page.model.index(row, 0))
            rest(qtbot, window)
            page.editor.before.show_texts(page.editor.description, page.editor.description, is_writable=True)
            page.editor.compare.setChecked(True)
            _look(window.page)
    if name == "classes":
        for row in range(3):
            window.page.tree.setCurrentIndex(window.page.tree_model.index(row, 0))
            rest(qtbot, window)
            _look(window.page)
    if name == "results":
        curves = window.page.parts.curves
        assert any("<img" in text for text in curves.curves)
        QGuiApplication.clipboard().clear()
        window.page.copy.click()
        assert UNSAFE.search(QGuiApplication.clipboard().text().replace("\t", "")) is None
        for row in range(3):
            window.page.parts.confusions.table.selectRow(row)
            rest(qtbot, window)
            _look(window.page)


def test_the_live_page_shows_names_as_text(window, qtbot, tmp_path):
    photo = tmp_path / "<b>photo<b> & \n\x1b\u202e\x85.png"
    shutil.copy(draw_photo(tmp_path / "probe.png", "red", 40), photo)
    window.show_page("live")
    page = window.page
    page.show_path(photo)
    qtbot.waitUntil(lambda: page.newest.answers > 0)
    walk = _look(window)
    assert any("<b>photo<b> & " in text for text in walk.texts)
    assert any(f"<img src='file:{FILE}'>" in text for text in walk.texts)
    window.show_page("explain")
    rest(qtbot, window)
    window.page.show_item(photo)
    rest(qtbot, window)
    assert "<b>photo<b> & " in window.page.viewer.caption.text()
    _look(window)


def test_what_is_said_is_text(window, qtbot, context):
    for text in TEXTS:
        context.banner(text, "Undo", context.undo.undo)
        _look(window.page.message_bar)
    window.page.empty.say("photos", TEXTS[0], hint=TEXTS[2])
    _look(window.page.empty)
    window.show_page("train")
    window.page.run.begin(TEXTS[0], TaskClock({}))
    _look(window)
    rest(qtbot, window)


def test_the_start_page_shows_paths_as_text(window, qtbot, hostile, context):
    context.close_project()
    context.settings.add_recent(hostile.with_name(f"gone <b>{os.fsdecode(bytes([255]))}\n.spa"))
    window.start.refresh()
    rest(qtbot, window)
    walk = _look(window)
    assert any(r"<i>P & [*]\n\x1b\u202e" in text for text in walk.texts)
    assert any(r"gone <b>\udcff\n" in text for text in walk.texts)


def test_dialogs_show_names_as_text(window, qtbot, hostile, tmp_path, context):
    folder = tmp_path / "photos" / "<b>4 & \n\x1b\u202e"
    (folder / "<i>grey\n\x07").mkdir(parents=True)
    shutil.copy(draw_photo(tmp_path / "probe.png", "red", 50), folder / "<i>grey\n\x07" / "a\n<b>.png")
    (folder / "<i>grey\n\x07" / "b\x1b.txt").write_text("no photo")
    window.show_page("classes")
    window.page.take_dropped([folder])
    rest(qtbot, window)
    report = SkipReport([Skipped(Path(f"/x/{text}".replace("\x00", "")), text) for text in TEXTS], window)
    report.open()
    report.copy()
    window.show_page("descriptions")
    rest(qtbot, window)
    page = window.page
    strip = page.editor.strip
    page.swapping.start(strip.photos[0], strip.photos)
    settings = SettingsDialog(context, window)
    settings.open()
    window.projects.versions.offer_for_open()
    rest(qtbot, window)
    for dialog in window.findChildren(QDialog):
        _look(dialog)
        dialog.reject()
    rest(qtbot, window)


def test_questions_are_text(window, qtbot, context):
    text = TEXTS[0]
    window.leaving._unkept = lambda: text  # such as recorded frames
    window.leaving.when_free(pytest.fail)
    qtbot.waitUntil(lambda: window.leaving.box is not None)
    boxes = window.findChildren(QMessageBox)
    assert len(boxes) == 1
    assert boxes[0].icon() == QMessageBox.Icon.NoIcon, "none of the platform's pictures"
    _look(boxes[0])
    boxes[0].reject()


def test_a_tooltip_draws_no_mark_up(context):
    QToolTip.showText(QPoint(), "<b>b</b>")
    (tip,) = (top for top in QApplication.topLevelWidgets() if top.metaObject().className() == "QTipLabel")
    tip.grab()  # as if it were painted
    assert tip.textFormat() == Qt.TextFormat.PlainText
    QToolTip.hideText()


def test_a_message_of_several_lines_forges_no_line_of_a_traceback():
    try:
        try:
            raise ValueError("a\nTraceback (most recent call last):\n  File 'forged'\x1b")
        except ValueError as error:
            raise RuntimeError("b\r\n\x1b[2J") from error
    except RuntimeError as error:
        lines = traceback_text(error).split("\n")
    assert lines.count("Traceback (most recent call last):") == 2
    assert r"ValueError: a\nTraceback (most recent call last):\n  File 'forged'\x1b" in lines
    assert r"RuntimeError: b\r\n\x1b[2J" in lines
    assert not any(line.startswith("  File 'forged'") for line in lines)
