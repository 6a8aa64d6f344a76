"""The start page's sample project and its three steps."""

from __future__ import annotations

import threading

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QPushButton

from spa_desktop import paths
from spa_desktop.demo import demo_photos
from spa_desktop.jobs import Job
from spa_desktop.ui.shell.start_page import StepPicture, start_picture
from spa_desktop.workbench import Workbench, sample_project
from tests.workbench.tiny import writer_of_six_phrases


@pytest.fixture(autouse=True)
def small(monkeypatch, tmp_path):
    """Two small photos a class to learn from and one to test on, in a folder of the test's own."""
    monkeypatch.setenv("SPA_DESKTOP_DATA_DIR", str(tmp_path / "DATA"))
    monkeypatch.setattr(sample_project, "PHOTOS", 2)
    monkeypatch.setattr(sample_project, "TESTS", 1)
    writer_of_six_phrases(monkeypatch)
    monkeypatch.setattr(demo_photos, "SIZE", 64)
    demo_photos._grid.cache_clear()
    yield
    demo_photos._grid.cache_clear()


@pytest.fixture
def gate(monkeypatch):
    """Holds the making of the sample project until it is set."""
    opened, make = threading.Event(), sample_project.make_sample

    def held(job, **settings):
        while not opened.wait(0.01):
            job.check()
        return make(job, **settings)

    monkeypatch.setattr(sample_project, "make_sample", held)
    yield opened
    opened.set()


def settle(window, qtbot):
    qtbot.waitUntil(lambda: not window.context.background.handles)


def answer(box, text):
    next(button for button in box.buttons() if button.text().replace("&", "") == text).click()


def test_it_is_made_on_first_use_and_opens_to_be_explored(window, qtbot):
    card = window.start.sample
    assert not window.sample.is_made
    assert not card.more.isVisible()
    assert "made on this computer" in card.text.text()
    with qtbot.waitSignal(window.context.project_opened):
        qtbot.mouseClick(card.open, Qt.MouseButton.LeftButton)
        assert not card.open.isEnabled()
        assert "status bar" in card.text.text()
        qtbot.waitUntil(lambda: window.status.shown is not None)
    qtbot.waitUntil(lambda: window.page.name == "explain")
    assert window.context.contents.path == paths.sample_project()
    assert len(window.context.contents.learned_ids) == 8
    assert "try anything" in window.page.message_bar.text
    assert window.context.settings.value.recent == (), "it is no project of the person's own"
    assert window.context.settings.value.projects_folder != str(paths.data_dir())
    settle(window, qtbot)


def test_another_project_that_is_opened_meanwhile_stays_open(window, qtbot, gate, tmp_path):
    with Workbench.create(tmp_path / "Own.spa"):
        pass
    window.sample.open()
    # The person waits for nothing: the project is opened by a worker of its own kind, as from the command line.
    from spa_desktop.ui.app_state.project_opening import open_workbench

    opened = open_workbench(
        tmp_path / "Own.spa", write=True, device="auto", consent=window.context.asker.download_consent
    )
    window.context.adopt(opened)
    gate.set()
    settle(window, qtbot)
    assert window.context.contents.path == tmp_path / "Own.spa"
    assert "sample project is ready" in window.page.message_bar.text
    with qtbot.waitSignal(window.context.project_opened):
        window.page.message_bar._button.click()
    assert window.context.contents.path == paths.sample_project()
    assert window.context.settings.value.recent == (str(tmp_path / "Own.spa"),)
    settle(window, qtbot)


def test_cancelled_by_the_status_bar_it_can_be_made_later(window, qtbot, gate):
    card = window.start.sample
    card.open.click()
    qtbot.waitUntil(lambda: window.status.shown is not None)
    window.status.shown.cancel.click()
    settle(window, qtbot)
    assert card.open.isEnabled()
    assert not window.sample.is_made
    assert window.context.contents is None
    gate.set()
    with qtbot.waitSignal(window.context.project_opened):
        card.open.click()
    settle(window, qtbot)


def test_it_is_deleted_or_made_anew_after_a_question(window, qtbot):
    sample_project.make_sample(Job())
    card = window.start.sample
    card.refresh()
    assert card.more.isVisible()
    card.delete.trigger()
    answer(window.sample.box, "Keep it")
    assert window.sample.is_made
    card.delete.trigger()
    answer(window.sample.box, "Delete it")
    settle(window, qtbot)
    assert not paths.sample_project().parent.exists()
    assert not card.more.isVisible()
    sample_project.make_sample(Job())
    before = paths.sample_project().stat().st_mtime_ns  # a number of a file may be given again
    card.refresh()
    card.anew.trigger()
    with qtbot.waitSignal(window.context.project_opened):
        answer(window.sample.box, "Make it anew")
    assert paths.sample_project().stat().st_mtime_ns != before
    settle(window, qtbot)


def test_where_it_cannot_be_written_the_start_page_says_so(window, qtbot, tmp_path):
    (tmp_path / "DATA").write_text("a file where the folder should be")
    window.start.sample.open.click()
    qtbot.waitUntil(lambda: "cannot be made" in window.start.message_bar.text)
    assert window.start.message_bar.is_error
    assert window.start.sample.open.isEnabled()


def test_the_keyboard_reaches_the_card_and_its_menu(window):
    card = window.start.sample
    assert card.open.focusPolicy() & Qt.FocusPolicy.TabFocus
    assert card.more.focusPolicy() & Qt.FocusPolicy.TabFocus
    assert card.more.accessibleName()
    reached, widget = set(), window.start.new
    for _ in range(200):
        reached.add(widget)
        widget = widget.nextInFocusChain()
    assert {card.open, card.more} <= reached
    assert all(isinstance(button, QPushButton) for button in (window.start.new, card.open))


@pytest.mark.parametrize("name", ["drop", "train-light", "train-dark", "look"])
def test_the_pictures_of_the_steps_are_there_and_small(qapp, name):
    picture = QPixmap(start_picture(name))
    assert not picture.isNull()
    assert picture.size().toTuple() == (432, 232)


def test_the_steps_follow_the_theme(window):
    drop, train, look = window.start.steps.findChildren(StepPicture)
    light = [picture.grab().toImage() for picture in (drop, train, look)]
    window.context.settings.update(appearance="dark")
    assert train.grab().toImage() != light[1]
    assert drop.file == start_picture("drop")
    window.context.settings.update(appearance="light")
