"""Recording a burst, looking it through, and saying which class it is: it waits with the corrections."""

import os
import threading
from datetime import datetime
from functools import partial

import pytest
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtTest import QSignalSpy

from spa_desktop.errors import InputError
from spa_desktop.jobs import Cancelled, Job
from spa_desktop.ui.corrections.correction_card import keep_frame
from spa_desktop.ui.live import recording_tray
from spa_desktop.ui.live.live_page import LivePage
from spa_desktop.ui.live.recording_tray import MOST, Burst, correct_frames, frames_folder
from spa_desktop.ui.photo.colour_maps import to_qimage
from spa_desktop.workbench import correction_learning, corrections
from tests.ui.conftest import WAIT_MS, named
from tests.ui.live.films import HandSource
from tests.ui.mouse import click_item
from tests.workbench.tiny import draw_photo

WHEN = datetime(2026, 3, 4, 5, 6, 7, 8)


@pytest.fixture
def frames(tmp_path):
    """Ten different frames of something teal."""
    return [to_qimage(Image.open(draw_photo(tmp_path / "teal" / f"{n}.png", "teal", 900 + n))) for n in range(10)]


@pytest.fixture
def page(open_colours, show_page, qtbot, monkeypatch) -> LivePage:
    monkeypatch.setattr(recording_tray, "_GAP_SECONDS", 0.0)
    open_colours(tasks=1, trained=1)
    found = show_page(LivePage)
    found.start(HandSource())
    yield found
    found.stop()
    qtbot.waitUntil(lambda: not found.context.background.operations)


def record(page: LivePage, qtbot, frames) -> None:
    """Hold the button while frames come."""
    page.source.frame_came.emit(frames[0])
    qtbot.mousePress(page.recorder.hold, Qt.MouseButton.LeftButton)
    for frame in frames[1:]:
        page.source.frame_came.emit(frame)
    qtbot.mouseRelease(page.recorder.hold, Qt.MouseButton.LeftButton)


def test_a_project_that_is_read_only_records_nothing(context, make_colours, show_page, qtbot):
    with qtbot.waitSignal(context.project_opened):
        context.open_project(make_colours(tasks=1, trained=1), write=False)
    assert not show_page(LivePage).recorder.hold.isEnabled()


def test_frames_are_recorded_while_the_button_is_held_and_what_is_discarded_can_be_brought_back(
    page, qtbot, frames, context, monkeypatch
):
    said, burst = QSignalSpy(context.banner_requested), page.recorder.burst
    record(page, qtbot, frames[:8])
    page.source.frame_came.emit(frames[8])
    assert burst.frames == frames[:8]
    assert page.recorder.hold.number == 8
    qtbot.keyPress(page.recorder.hold, Qt.Key.Key_Space)
    for frame in (frames[9], frames[0]):
        page.source.frame_came.emit(frame)
    qtbot.keyRelease(page.recorder.hold, Qt.Key.Key_Space)
    assert burst.frames == frames, "the one that stood still, the next, and none twice"
    qtbot.mouseClick(page.recorder.discard, Qt.MouseButton.LeftButton)
    assert burst.rowCount() == 0
    assert not page.recorder.frames.isVisible()
    said.at(0)[2]()
    assert burst.frames == frames
    page.recorder.discard.click()
    monkeypatch.setattr(recording_tray, "_GAP_SECONDS", 3600.0)
    record(page, qtbot, frames)
    assert burst.rowCount() <= 1, "frames that are too close are left out"


def test_frames_that_are_ticked_wait_with_the_corrections_and_make_a_new_class(settle, page, qtbot, frames, context):
    said, recorder = QSignalSpy(context.banner_requested), page.recorder
    record(page, qtbot, frames)
    assert not recorder.add.isEnabled()
    recorder.class_name.setText("tea pot")
    click_item(qtbot, recorder.frames, recorder.burst.index(0))
    recorder.frames.setCurrentIndex(recorder.burst.index(1))
    qtbot.keyClick(recorder.frames, Qt.Key.Key_Space)
    assert recorder.add.text() == "Add 8 frames"
    qtbot.mouseClick(recorder.add, Qt.MouseButton.LeftButton)
    settle()
    assert [one.class_name for one in context.contents.corrections] == ["tea pot"] * 8
    assert recorder.burst.rowCount() == 0
    assert [said.at(row)[0] for row in range(said.count())] == ["Waiting to be learned: 8 frames."]
    folder = context.contents.path.with_name("Colours frames") / "tea pot"
    assert len(list(folder.glob("*.jpg"))) == 8
    context.run("", lambda bench, job: correction_learning.learn_corrections(bench, job))
    settle()
    made = named(context, "tea pot")
    assert made.id in context.contents.learned_ids
    assert (context.contents.counts[made.id].train, context.contents.counts[made.id].test) == (8, 0)


def test_what_cannot_be_added_comes_back_to_the_tray(settle, page, qtbot, frames, context):
    context.contents.path.with_name("Colours frames").write_text("a file where the folder should be")
    said = QSignalSpy(context.banner_requested)
    record(page, qtbot, frames)
    page.recorder.class_name.setText("tea pot")
    qtbot.mouseClick(page.recorder.add, Qt.MouseButton.LeftButton)
    assert page.recorder.burst.rowCount() == 0
    settle()
    assert page.recorder.burst.frames == frames
    assert "cannot be written" in said.at(0)[0]
    assert context.contents.corrections == ()


def test_a_burst_has_an_end_and_one_that_comes_back_pushes_no_frame_out(qtmodeltester):
    burst = Burst()
    frames = [to_qimage(Image.new("RGB", (8, 8), (number, 0, 0))) for number in range(MOST + 5)]
    for frame in frames:
        burst.record(frame)
    assert burst.frames == frames[:MOST]
    assert burst.is_full
    burst.restore(frames)
    assert burst.frames == frames
    qtmodeltester.check(burst)


@pytest.mark.skipif(os.name == "nt", reason="links need rights there")
def test_frames_replace_no_file_and_go_through_no_link(open_colours, frames, context, tmp_path):
    open_colours(tasks=1)
    bench, mine = context.workbench, tmp_path / "mine"
    mine.mkdir()
    folder = frames_folder(context.contents.path, "teal")
    folder.mkdir(parents=True)
    (folder / f"frame-{WHEN:%Y%m%d-%H%M%S-%f}-003.jpg").write_text("mine")
    with pytest.raises(InputError, match="it is there"):
        correct_frames(bench, Job(), frames, "teal", when=WHEN)
    assert [file.read_text() for file in folder.iterdir()] == ["mine"]
    (folder.parent / "lamp").symlink_to(mine, target_is_directory=True)
    with pytest.raises(InputError, match="is a link"):
        correct_frames(bench, Job(), frames, "lamp", when=WHEN)
    folder.parent.rename(tmp_path / "frames of before")
    folder.parent.symlink_to(mine, target_is_directory=True)
    for write in (
        lambda: correct_frames(bench, Job(), frames, "teal", when=WHEN),
        lambda: keep_frame(context.contents.path, frames[0], WHEN),
    ):
        with pytest.raises(InputError, match="is a link"):
            write()
    assert list(mine.iterdir()) == []


def test_a_name_that_is_no_name_or_cancelling_leaves_nothing_behind(open_colours, frames, context, monkeypatch):
    open_colours(tasks=1)

    def correct_and_cancel(*args, **how):
        noted.append(correct(*args, **how))
        job.cancel()

    job, noted, bench = Job(), [], context.workbench
    correct = partial(corrections.correct, bench)
    monkeypatch.setattr(corrections, "correct", lambda _, *args, **how: correct_and_cancel(*args, **how))
    with pytest.raises(Cancelled):
        correct_frames(bench, job, frames, "teal", when=WHEN)
    assert len(noted) == 1
    assert bench.project.corrections() == []
    for name in ("", "   ", "x" * 256):
        with pytest.raises(InputError):
            correct_frames(context.workbench, Job(), frames, name, when=WHEN)
    assert not context.contents.path.with_name("Colours frames").exists()


def test_frames_of_several_things_go_to_be_sorted(settle, page, qtbot, frames, context):
    """They are written beside the project, and no class is asked for."""
    asked = QSignalSpy(context.page_requested)
    record(page, qtbot, frames)
    page.recorder.sort.click()
    settle()
    name, files = asked.at(0)
    assert name == "sort"
    assert len(files) == len(frames)
    assert all(file.parent == frames_folder(context.contents.path, "unsorted") and file.is_file() for file in files)
    assert page.recorder.burst.rowCount() == 0


def test_of_two_bursts_that_wait_the_one_that_was_not_added_comes_back(settle, page, qtbot, frames, context):
    """Both wait until a training is over, and one is cancelled."""
    goes_on = threading.Event()
    context.run("Training", lambda bench, job: goes_on.wait(WAIT_MS / 1000))
    for some, name in ((frames[:4], "teal"), (frames[4:], "lamp")):
        record(page, qtbot, some)
        page.recorder.class_name.setText(name)
        qtbot.mouseClick(page.recorder.add, Qt.MouseButton.LeftButton)
    assert page.recorder.burst.frames == []
    next(one for one in context.background.operations if one.title == "Adding frames to teal").cancel()
    goes_on.set()
    settle()
    assert page.recorder.burst.frames == frames[:4]
    assert {one.class_name for one in context.contents.corrections} == {"lamp"}
