import re
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest
import shiboken6
from PySide6.QtCore import QCoreApplication, QEvent, QLocale, Qt
from PySide6.QtGui import QColor, QImage

import spa_desktop.ui
from spa_desktop import paths
from spa_desktop.ui.app import Session
from spa_desktop.ui.live.sources import Camera, CameraSource
from spa_desktop.ui.style.theme import install_language
from spa_desktop.ui.widgets import forms
from spa_desktop.ui.widgets.words import duration, time_left
from tests.ui.mouse import click_item
from tests.workbench.tiny import draw_photo

SOURCES = sorted((paths.resources_dir() / "translations").glob("*.ts"))


@pytest.fixture(autouse=True)
def _english_again():
    yield
    install_language("en")
    QLocale.setDefault(QLocale("en"))


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.stem)
def test_every_text_is_translated_and_fills_in_the_same_fields(source):
    for message in ElementTree.parse(source).getroot().iter("message"):
        english, translated = message.findtext("source", ""), message.findtext("translation", "")
        is_done = message.find("translation").get("type") != "unfinished" and translated.strip()
        assert is_done, f"run scripts/update_translations.sh and translate {english!r}"
        assert set(re.findall(r"{\w+}", english)) == set(re.findall(r"{\w+}", translated)), english


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.stem)
def test_the_texts_are_those_of_the_window(source, tmp_path):
    """Every text that the window has is in the file, so that none is left out in silence."""
    lupdate = Path(sys.executable).with_name("pyside6-lupdate")
    if not lupdate.exists():
        pytest.skip("PySide6's tools are not beside this Python")
    fresh = tmp_path / source.name
    fresh.write_bytes(source.read_bytes())
    files = sorted(map(str, Path(spa_desktop.__file__).parent.rglob("*.py")))
    command = [str(lupdate), "-silent", "-no-obsolete", "-locations", "none", *files, "-ts", str(fresh)]
    subprocess.run(command, check=True, capture_output=True)

    def texts(path):
        return {
            (context.findtext("name"), message.findtext("source"))
            for context in ElementTree.parse(path).getroot().iter("context")
            for message in context.iter("message")
        }

    assert texts(fresh) - texts(source) == set(), "run scripts/update_translations.sh"


def test_chinese_is_spoken_where_it_is_asked_for(qapp):
    install_language("zh_CN")
    assert (duration(18), time_left(18)) == ("18 秒", "剩余 18 秒")
    install_language("en")
    assert time_left(18) == "18 s left"


@pytest.fixture
def session(qapp, qtbot, make_project, tmp_path, monkeypatch):
    """The app in English, with a project."""
    monkeypatch.setenv("SPA_DESKTOP_CONFIG_DIR", str(tmp_path / "config"))
    found = Session()
    found.context.settings.update(language="en")
    found.window.show()
    with qtbot.waitSignal(found.context.project_opened):
        found.context.open_project(make_project())
    yield found
    found.context.shutdown()
    found.window.hide()
    found.window.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def test_another_language_is_spoken_at_once_and_the_page_and_recorded_frames_stay(session, qtbot):
    session.window.show_page("results")
    burst, before = session.window.page_of("live").recorder.burst, session.window
    frame = QImage(32, 24, QImage.Format.Format_RGB32)
    frame.fill(QColor(200, 0, 0))
    burst.record(frame)
    session.context.settings.update(language="zh_CN")
    qtbot.waitUntil(lambda: session.window is not before)
    assert session.window.page_of("live").recorder.burst.frames == [frame]
    assert session.window.unkept() == "有一帧录制的画面还没有加入任何类别。"
    assert session.window.page.name == "results"
    assert session.window.page.title.text() == "结果"
    assert session.window.side_bar.button("classes").accessibleName() == "类别"
    # The window that is gone does not follow the theme any more: what would be raised there fails this test.
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    assert not shiboken6.isValid(before)
    for appearance in ("dark", "light"):
        session.context.settings.update(appearance=appearance)


def test_no_camera_films_for_a_page_that_nobody_sees_in_another_language(session, qtbot, monkeypatch):
    before, filmed = session.window, []
    monkeypatch.setattr(CameraSource, "start", lambda self: filmed.append(session.window.page.name))
    before.show_page("live")
    before.page.start(CameraSource(Camera(b"7", "Desk cam")))
    before.show_page("results")
    session.context.settings.update(language="zh_CN")
    qtbot.waitUntil(lambda: session.window is not before)
    assert filmed == ["live"]
    session.window.show_page("live")
    assert filmed == ["live", "live"]


def test_what_a_person_said_of_photos_stays_said_and_saved_in_another_language(
    session, make_colours, qtbot, tmp_path, monkeypatch
):
    context = session.context
    with qtbot.waitSignal(context.project_opened):
        context.open_project(make_colours(tasks=1, trained=1))
    for look in ("blue", "green", "red"):
        draw_photo(tmp_path / "album" / f"{look}.png", look, 501)
    session.window.show_page("use", tmp_path / "album")
    use = session.window.page
    qtbot.waitUntil(lambda: not use.work.is_running and not context.background.handles)
    for said, key in enumerate((Qt.Key.Key_Delete, Qt.Key.Key_0), start=1):
        use.activateWindow()
        click_item(qtbot, use.grid, use.model.index(0))
        qtbot.waitUntil(lambda: use.card.isVisible() and use.grid.hasFocus())
        qtbot.keyClick(use.grid, key)
        qtbot.waitUntil(lambda said=said: len(use.model.said) == said)
    shown, place = use.model.photos, use.line.place.text()
    assert len(shown) == 2
    assert use.unkept
    for language in ("zh_CN", "en"):  # first with what is in no table, then with what is in one
        before = session.window
        context.settings.update(language=language)
        qtbot.waitUntil(lambda before=before: session.window is not before)
        use = session.window.page
        assert use.model.photos == shown
        assert use.model.look(shown[0]).marks == (use.model.tr("corrected"),)
        assert use.line.place.text() == place
        if language == "zh_CN":
            assert "2" in use.unkept
            monkeypatch.setattr(forms, "save_file", lambda *_: tmp_path / "saved.csv")
            use.save_csv.click()
            qtbot.waitUntil(lambda use=use: not use.unkept and not context.background.handles)
    assert use.unkept == ""
    use.activateWindow()
    use.grid.setFocus()
    qtbot.keyClick(use.grid, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert len(use.model.said) == 1, "what was said last is still what Ctrl+Z takes back"


def test_every_call_of_translate_has_a_name_that_is_collected():
    """lupdate knows `tr` and `translate`; a text behind another name would stay English in silence."""
    other = re.compile(r"\b(?!translate\b)\w+ = QCoreApplication\.translate$", re.MULTILINE)
    for file in Path(spa_desktop.ui.__file__).parent.rglob("*.py"):
        assert not other.search(file.read_text(encoding="utf-8")), file
