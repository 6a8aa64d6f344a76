"""What goes wrong in the world outside: a line says what and what to do, the project is intact, and work goes on."""

import contextlib
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication, QInputDialog, QMessageBox

from spa_desktop.ui.faults import FaultDialog
from spa_desktop.ui.live import sources
from spa_desktop.ui.live.sources import Camera, CameraSource
from spa_desktop.ui.settings.settings_dialog import SettingsDialog
from spa_desktop.ui.widgets import forms
from spa_desktop.ui.widgets.class_list import ClassNode
from spa_desktop.workbench import recognition, training
from tests.ui.conftest import questions
from tests.ui.story.conftest import Learned, open_by_drop
from tests.ui.story.person import CTRL, Person


@contextlib.contextmanager
def read_only(folder: Path) -> Iterator[None]:
    """While it lasts, nothing can be written in a folder: as on a disk that is mounted so, and for anybody."""
    if os.name == "nt":
        pytest.skip("Windows has no read-only folders")
    if os.getuid() != 0:
        folder.chmod(0o555)
        try:
            yield
        finally:
            folder.chmod(0o755)
        return
    if subprocess.run(["mount", "--bind", folder, folder], capture_output=True).returncode:
        pytest.skip("a read-only disk cannot be mounted here")
    try:
        subprocess.run(["mount", "-o", "remount,bind,ro", folder], check=True)
        yield
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


def assert_intact(person: Person) -> None:
    """The file is intact, and the window still does what it is asked."""
    person.rest()
    assert recognition.check(person.context.workbench).is_valid
    person.press(Qt.Key.Key_2, CTRL)
    assert person.page.name == "classes"


# Photos that go away


def test_a_folder_that_goes_away_before_it_is_added(person, learned: Learned, tmp_path):
    folder = Path(shutil.copytree(learned.photos / "2" / "train" / "amber", tmp_path / "amber"))
    before = learned.path.read_bytes()
    assert person.drop(person.page, [folder])
    person.rest()
    shutil.rmtree(folder)
    person.click(person.page.adding.sheet.add)
    person.rest()
    assert "amber" in person.message
    assert [one.name for one in person.context.contents.classes] == ["blue", "green", "red"]
    assert learned.path.read_bytes() == before
    assert_intact(person)


def test_what_was_learned_outlives_its_photos(sit, learned: Learned, tmp_path):
    """Pictures, results and the model are in the project; only looking at such a photo large is not possible."""
    photos = learned.photos.rename(tmp_path / "moved")
    person = open_by_drop(sit(), learned)
    page = person.page
    page.photos.viewport().grab()
    person.wait(lambda: all(page.source.picture(photo.id) is not None for photo in page.photo_model.photos))
    page = person.go_to("results")
    person.wait(lambda: page.report is not None)
    assert len(page.report.photos) == 9
    page = person.go_to("explain")
    person.wait(lambda: "is missing" in page.canvas.message)
    other = photos / "1" / "test" / "red" / "red-7.png"
    assert person.drop(page, [other])
    person.wait(lambda: page.shown_answer is not None)
    assert page.answers.bars.buttons[0].bar.name == "red"
    page = person.go_to("live")
    assert person.drop(page, [photos / "1" / "test"])
    person.wait(lambda: page.newest.answers > 0)
    shutil.rmtree(photos)
    page.source._timer.setInterval(1)  # the next photo, and the next, until none is left
    person.wait(lambda: page.is_empty and page.problem is not None)
    assert page.problem.advice
    assert_intact(person)


# A disk that cannot be written


@pytest.fixture
def on_disk(learned: Learned, tmp_path: Path) -> Learned:
    """The project in a folder of its own."""
    (tmp_path / "disk").mkdir()
    return Learned(Path(shutil.move(learned.path, tmp_path / "disk" / "Colours.spa")), learned.photos)


def test_a_project_on_a_read_only_disk_can_be_looked_at(sit, on_disk: Learned):
    before, person = on_disk.path.read_bytes(), sit()
    with read_only(on_disk.path.parent):
        assert person.drop(person.window.start, [on_disk.path])
        bar = person.window.start.message_bar
        person.wait(lambda: "cannot be written" in bar.text)
        person.click(bar._button)
        person.wait(lambda: person.context.contents is not None)
        person.rest()
        assert "open for reading only" in person.window.status._engine.text()
        page = person.page
        assert not person.drop(page, [on_disk.photos / "2"])
        page.tree.choose(ClassNode, person.context.contents.classes[0].id)
        person.rest()
        assert not any(one.isEnabled() for one in (page.add, page.tree_actions.delete, page.tree_actions.rename))
        page = person.go_to("descriptions")
        person.rest()
        editor = page.editor
        person.click(page.more)
        assert editor.sentence.isReadOnly()
        assert not editor.approve.isVisible()
        assert not editor.phrase_model.flags(editor.phrase_model.index(0)) & Qt.ItemFlag.ItemIsEditable
        before_keys = [phrase.text for phrase in editor.phrase_model.phrases]
        person.focus(editor.phrases)
        editor.phrases.setCurrentIndex(editor.phrase_model.index(0))
        for key in (Qt.Key.Key_Insert, Qt.Key.Key_Delete):
            person.press(key)
            person.rest()
            assert page.findChild(QInputDialog) is None, "what is typed there would be lost"
            assert [phrase.text for phrase in editor.phrase_model.phrases] == before_keys
        page = person.go_to("train")
        assert not page.train.isEnabled()
        assert not page.undo.isVisible()
        dialog = SettingsDialog(person.context, person.window)
        assert not dialog.method.patches.isEnabled()
        assert not dialog.method.reset.isEnabled()
        dialog.deleteLater()
        page = person.go_to("results")
        person.wait(lambda: page.report is not None)
        page = person.go_to("explain")
        person.wait(lambda: page.shown_answer is not None)
        assert_intact(person)
        person.context.close_project()
    assert on_disk.path.read_bytes() == before
    assert [file.name for file in on_disk.path.parent.iterdir()] == ["Colours.spa"]


def test_a_disk_that_turns_read_only_while_the_project_is_open(sit, on_disk: Learned):
    person = open_by_drop(sit(), on_disk)
    page = person.page
    assert person.drop(page, [on_disk.photos / "2"])
    person.rest()
    person.click(page.adding.sheet.add)
    person.rest()
    before = on_disk.path.read_bytes()
    red = next(one for one in page.tree_model.tasks[0].classes if one.name == "red")
    with read_only(on_disk.path.parent):
        page.tree_model.setData(page.tree_model.index_of((ClassNode, red.id)), "crimson")
        person.rest()
        assert str(on_disk.path) in person.message
        assert "cannot be written" in person.message
        assert [one.name for one in page.tree_model.tasks[0].classes] == ["blue", "green", "red"]
        page = person.go_to("train")
        person.click(page.train)
        person.rest()
        assert person.message.startswith("Not learned: ")
        assert "cannot be written" in person.message
        assert page.plan.isVisible()
    assert on_disk.path.read_bytes() == before
    assert_intact(person)
    page = person.go_to("train")
    person.click(page.train)
    person.rest()
    assert len(person.context.contents.learned_ids) == 5, "it works again as soon as the disk does"


def test_a_new_project_on_a_read_only_disk(sit, tmp_path, monkeypatch):
    (tmp_path / "disk").mkdir()
    monkeypatch.setattr(forms, "new_project", lambda parent, start: tmp_path / "disk" / "New.spa")
    person = sit()
    with read_only(tmp_path / "disk"):
        person.click(person.window.start.new)
        person.wait(lambda: "cannot be written" in person.window.start.message_bar.text)
    assert person.context.contents is None
    assert list((tmp_path / "disk").iterdir()) == []


# A writer that is down


def ask_openai(person: Person, address: str) -> None:
    """Choose the service, and say yes to sending the photos."""
    person.context.settings.update(writer="openai", address=address, model="gpt-5")
    page = person.go_to("descriptions")
    person.click(page.write)


def say_yes(person: Person) -> None:
    box = the_question(person)
    person.click(next(one for one in box.buttons() if one.text() == "Send"))


def the_question(person: Person) -> QMessageBox:
    person.wait(questions)
    return questions()[0]


def test_a_question_is_taken_back_when_its_work_is_cancelled(sit, with_second_task: Learned, service):
    person = open_by_drop(sit(), with_second_task)
    ask_openai(person, service.url)
    assert the_question(person)
    person.window.status.shown.handle.cancel()
    person.rest()
    person.wait(lambda: not questions())
    assert service.asked() == []
    assert person.page.write.text() == "Write 2 missing"
    assert len(person.context.contents.descriptions) == 3
    assert_intact(person)
    person.context.settings.update(writer="offline")
    person.click(person.go_to("descriptions").write)
    person.rest()
    assert len(person.context.contents.descriptions) == 5, "the offline writer is always there"


# Faults of the app


def test_a_fault_in_the_middle_of_a_training(sit, with_second_task: Learned, monkeypatch):
    learned = with_second_task
    person = open_by_drop(sit(), learned)
    page = person.go_to("descriptions")
    person.click(page.write)
    person.rest()
    before = learned.path.read_bytes()

    def broken(*arguments: object) -> None:
        raise ZeroDivisionError("a tensor of nothing")

    page = person.go_to("train")
    with monkeypatch.context() as patch:
        patch.setattr(training, "score", broken)
        person.click(page.train)
        person.wait(lambda: person.window.findChild(FaultDialog) is not None)
    dialog = person.window.findChild(FaultDialog)
    person.click(dialog.copy)
    copied = QApplication.clipboard().text()
    assert "ZeroDivisionError: a tensor of nothing" in copied
    assert "in broken" in copied
    dialog.accept()
    person.wait(lambda: person.window.findChild(FaultDialog) is None)
    assert person.message == "Not learned. The model is as it was."
    assert learned.path.read_bytes() == before
    assert_intact(person)
    page = person.go_to("train")
    person.click(page.train)
    person.rest()
    assert len(person.context.contents.learned_ids) == 5, "the next try works"


# Cameras


def test_a_camera_that_is_unplugged_while_it_films(sit, learned: Learned, monkeypatch, all_are_known):
    """The page is not dead afterwards: it says what happened, and films again once the camera is back."""
    plugged_in = [Camera(b"7", "Desk cam")]
    monkeypatch.setattr(sources, "cameras", lambda: plugged_in)
    monkeypatch.setattr(CameraSource, "_open", lambda self: None)
    person = open_by_drop(sit(), learned)
    page = person.go_to("live")
    person.click(page.start_button)
    source = page.source
    assert isinstance(source, CameraSource)
    red = learned.photos / "1" / "test" / "red" / "red-7.png"
    source.frame_came.emit(QImage(str(red)))
    person.wait(lambda: page.panel.verdict.text() == "red")
    plugged_in.clear()
    source._on_devices()
    assert page.is_empty
    assert page.source is None
    assert page.empty.button.text() == "Try again"
    person.click(page.empty.button)
    assert page.problem.reason == "No camera was found."
    plugged_in.append(Camera(b"8", "Other cam"))
    person.click(page.empty.button)
    assert not page.is_empty
    assert page.stage.source.text() == "Other cam"
    page.source.frame_came.emit(QImage(str(red)))
    person.wait(lambda: page.newest.answers >= 2)
    person.click(page.start_button)
    assert_intact(person)
