"""The start page's sample project and its three steps."""

import shutil
import threading

import pytest
from PySide6.QtCore import Qt

from spa_desktop import demo, paths
from spa_desktop.encoders import backbones
from spa_desktop.jobs import Job
from spa_desktop.ui.shell.start_page import RecentRow
from spa_desktop.workbench import sample_project
from spa_desktop.workbench.open_project import OpenProject
from tests.workbench.tiny import few_demo_photos, load_tiny, writer_of_six_phrases


@pytest.fixture(scope="module", autouse=True)
def few(tmp_path_factory):
    """One task, with two photos a class to learn from and two to test on."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(demo, "PHOTOS", few_demo_photos(tmp_path_factory.mktemp("few") / "photos", 2, tasks=1))
        writer_of_six_phrases(patch)
        yield


@pytest.fixture(scope="module")
def made(few, tmp_path_factory):
    """The folder of a sample project."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SPA_DESKTOP_DATA_DIR", str(tmp_path_factory.mktemp("sample")))
        patch.setattr(backbones, "load_encoder", load_tiny())
        return sample_project.make_sample(Job()).parent


@pytest.fixture(autouse=True)
def _own_folder(monkeypatch, tmp_path):
    monkeypatch.setenv("SPA_DESKTOP_DATA_DIR", str(tmp_path / "DATA"))


@pytest.fixture
def make(made, monkeypatch):
    """``make()`` makes the sample project, by copying one; so does the app."""

    def copy(*_, **__):
        shutil.copytree(made, paths.sample_project().parent, copy_function=shutil.copy)  # with times of its own
        return paths.sample_project()

    monkeypatch.setattr(sample_project, "make_sample", copy)
    return copy


@pytest.fixture
def gate(make, monkeypatch):
    """Holds the making of the sample project until it is set."""
    opened = threading.Event()

    def held(job, **settings):
        while not opened.wait(0.01):
            job.check()
        return make(job, **settings)

    monkeypatch.setattr(sample_project, "make_sample", held)
    yield opened
    opened.set()


def answer(box, text):
    next(button for button in box.buttons() if button.text().replace("&", "") == text).click()


def test_it_is_made_on_first_use_opens_to_be_explored_and_is_back_at_once(window, qtbot, settle, monkeypatch):
    card = window.start.sample
    assert not window.sample.is_made
    assert not card.more.isVisible()
    with qtbot.waitSignal(window.context.project_opened):
        qtbot.mouseClick(card.open, Qt.MouseButton.LeftButton)
        assert not card.open.isEnabled()
        qtbot.waitUntil(lambda: window.status.shown is not None)
        qtbot.waitUntil(lambda: card.text.text().endswith(" left"))  # it says what it is at, and for how long
        assert window.status.shown.handle.overall[0] > 0
        assert window.status.shown._text.text().startswith("Making the sample project: "), "of what the stage is one"
    qtbot.waitUntil(lambda: window.page.name == "explain")
    assert window.context.contents.path == paths.sample_project()
    assert len(window.context.contents.learned_ids) == 4
    assert window.context.settings.value.recent == (), "it is no project of the person's own"
    settle()
    window.context.close_project()
    monkeypatch.setattr(sample_project.training, "train", lambda *_, **__: pytest.fail("a copy of it is kept"))
    card.delete.trigger()
    answer(window.sample.box, "Delete it")
    settle()
    assert not window.sample.is_made
    with qtbot.waitSignal(window.context.project_opened):
        card.open.click()
    settle()
    assert len(window.context.contents.learned_ids) == 4


@pytest.mark.parametrize("ends", ["by itself", "asked for", "another is opened", "opened, and asked for"])
def test_it_is_made_before_it_is_asked_for_and_gives_way(window, qtbot, gate, settle, tmp_path, monkeypatch, ends):
    monkeypatch.setattr(sample_project, "_copy_path", lambda: tmp_path / "none")
    card = window.start.sample
    window.warm_up()
    qtbot.waitUntil(lambda: window.sample.is_busy)
    assert not window.context.background.is_busy, "the status bar and who quits hear nothing of it"
    if "opened" in ends:
        OpenProject.create(tmp_path / "Own.spa").close()
        window.context.adopt(window.context.open_workbench(tmp_path / "Own.spa"))
    if "asked for" in ends:
        card.open.click()
        assert window.context.background.is_busy
        assert not card.open.isEnabled()
    if ends == "another is opened":
        qtbot.waitUntil(lambda: not window.sample.is_busy)
        assert not window.sample.is_made
    gate.set()
    settle()
    assert window.sample.is_made == (ends != "another is opened")
    if ends == "asked for":
        assert window.context.contents.path == paths.sample_project()
    elif ends == "by itself":
        assert window.context.contents is None
        assert card.more.isVisible()
        with qtbot.waitSignal(window.context.project_opened):
            card.open.click()
    elif ends == "opened, and asked for":
        assert window.context.contents.path == tmp_path / "Own.spa"
        with qtbot.waitSignal(window.context.project_opened):
            window.page.message_bar._button.click()
        assert window.context.contents.path == paths.sample_project()
        assert window.context.settings.value.recent == (str(tmp_path / "Own.spa"),)
    settle()


def test_a_recent_project_opens_at_once_while_the_sample_loads_its_backbone(
    window, qtbot, make, settle, tmp_path, monkeypatch
):
    loaded = threading.Event()
    # Nothing stops it while it loads.
    monkeypatch.setattr(sample_project, "make_ahead", lambda job, **_: loaded.wait() and job.check())
    OpenProject.create(tmp_path / "Own.spa").close()
    window.context.settings.add_recent(tmp_path / "Own.spa")
    window.start.refresh()
    window.warm_up()
    qtbot.waitUntil(lambda: window.sample.is_busy and bool(window.start.findChildren(RecentRow)))
    try:
        with qtbot.waitSignal(window.context.project_opened, timeout=20_000):
            window.start.findChildren(RecentRow)[-1].setFocus()
            qtbot.keyClick(window.focusWidget(), Qt.Key.Key_Return)
        assert window.context.contents.path == tmp_path / "Own.spa"
        assert window.sample.is_busy
    finally:
        loaded.set()
    settle()
    assert not window.sample.is_busy


def test_it_is_deleted_or_made_anew_after_a_question(window, qtbot, make, settle):
    make()
    card = window.start.sample
    card.refresh()
    assert card.more.isVisible()
    card.delete.trigger()
    answer(window.sample.box, "Keep it")
    assert window.sample.is_made
    card.delete.trigger()
    answer(window.sample.box, "Delete it")
    settle()
    assert not paths.sample_project().parent.exists()
    assert not card.more.isVisible()
    make()
    before = paths.sample_project().stat().st_mtime_ns  # a number of a file may be given again
    card.refresh()
    card.anew.trigger()
    with qtbot.waitSignal(window.context.project_opened):
        answer(window.sample.box, "Make it anew")
    assert paths.sample_project().stat().st_mtime_ns != before
    settle()
