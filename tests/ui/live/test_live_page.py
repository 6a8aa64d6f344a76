"""The Live page as a person drives it, on a small encoder and a project that learned three colours."""

import sys
import threading
import wave
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QPoint, QRect, QRectF, Qt
from PySide6.QtGui import QImage, QPainter
from PySide6.QtTest import QSignalSpy
from PySide6.QtWidgets import QLabel, QWidget

from spa_desktop.recognizer import Recognizer
from spa_desktop.spa.learner import SpaLearner
from spa_desktop.ui.live import live_page, sources
from spa_desktop.ui.live.live_page import LivePage
from spa_desktop.ui.live.sources import Camera, CameraSource, Problem
from spa_desktop.ui.widgets.figure_texts import WhatIsThis
from spa_desktop.ui.widgets.probability_bars import ROW_HEIGHT, Bar, paint_bar
from spa_desktop.ui.widgets.words import LEAST_SHARE
from spa_desktop.workbench import recognition
from spa_desktop.workbench.open_project import OpenProject
from tests.ui.conftest import named, nameless
from tests.ui.live.films import HandSource, write_film
from tests.workbench.tiny import draw_photo


@pytest.fixture
def page(open_colours, show_page, qtbot, monkeypatch) -> LivePage:
    monkeypatch.setattr(live_page, "_STILL_MS", 3_600_000)  # a picture stays when a test says so
    open_colours(tasks=1, trained=1)
    found = show_page(LivePage)
    yield found
    found.stop()
    qtbot.waitUntil(lambda: not found.context.background.operations)


@pytest.fixture
def hand(page) -> HandSource:
    """A source that is on."""
    source = HandSource()
    page.start(source)
    return source


@pytest.fixture
def red(tmp_path) -> Path:
    return draw_photo(tmp_path / "new" / "red.png", "red", 501)


@pytest.fixture
def no_multimedia(monkeypatch):
    """As on a bare system: QtMultimedia cannot find libpulse."""
    monkeypatch.delitem(sys.modules, "PySide6.QtMultimedia", raising=False)

    def refuse(name, *rest):
        raise ImportError("libpulse.so.0: cannot open shared object file: No such file or directory")

    monkeypatch.setattr(sources.importlib, "import_module", refuse)


def wait_answers(qtbot, page: LivePage, count: int = 1) -> None:
    qtbot.waitUntil(lambda: page.newest.answers >= count and not page.newest.is_busy)


def best_of(page: LivePage) -> Bar:
    return max(page.panel.bars.bars, key=lambda bar: bar.probability)


def give(hand: HandSource, photo, page: LivePage, qtbot) -> None:
    """Give a frame, and wait for its answer."""
    before = page.newest.answers
    hand.give(photo)
    wait_answers(qtbot, page, before + 1)


@pytest.mark.parametrize("probability", [0.0, 0.5])
def test_the_name_of_a_class_has_all_the_room(qapp, probability):
    def draw(width):
        image = QImage(width, ROW_HEIGHT, QImage.Format.Format_RGB32)
        image.fill(Qt.GlobalColor.white)
        painter = QPainter(image)
        paint_bar(painter, QRectF(image.rect()), Bar(1, "newspapers", 0, probability), is_live=True)
        painter.end()
        return image.copy(0, 0, 120, ROW_HEIGHT if not probability else ROW_HEIGHT // 2)  # the figure is beneath

    assert draw(128) == draw(400)


def test_a_system_without_multimedia_names_what_to_install_and_shows_photos(page, qtbot, no_multimedia, tmp_path, red):
    (tmp_path / "film.mp4").write_bytes(b"x")
    for start in (page.start_button.click, lambda: page.show_path(tmp_path / "film.mp4")):
        start()
        assert page.is_empty
        assert "libpulse0" in page.problem.advice
    page.show_path(red)
    wait_answers(qtbot, page)
    assert page.panel.verdict.text() == "red"


def test_a_camera_that_is_unplugged_or_busy_says_so(page, monkeypatch):
    source = CameraSource(Camera(b"7", "Desk cam"))
    page.start(source)
    assert page.is_empty  # the system has no camera of that name
    assert page.problem.reason == "Desk cam was unplugged."
    busy = CameraSource(Camera(b"7", "Desk cam"))
    monkeypatch.setattr(CameraSource, "_open", lambda self: None)
    page.start(busy)
    assert page.stage.mirror.isChecked()
    busy._on_error(None, "Device or resource busy")
    assert "Device or resource busy" in page.problem.reason
    assert "Another program" in page.problem.advice


def test_a_frame_is_recognised_with_latency(page, hand, qtbot, red, tmp_path, monkeypatch, context):
    monkeypatch.setattr(live_page, "_SPAN", 3600.0)  # a frame may take longer than that where the machine is busy
    for _ in range(3):
        give(hand, red, page, qtbot)
    assert not page.is_empty
    assert page.panel.verdict.text() == "red"
    rows = [bar.name for bar in page.panel.bars.bars]
    assert rows[0] == "red"
    assert " ms · " in page.panel.speed.text()
    assert "frames a second" in page.panel.speed.text()
    give(hand, draw_photo(tmp_path / "new" / "blue.png", "blue", 502), page, qtbot)
    best = best_of(page)
    assert best.name == "blue"
    assert [bar.name for bar in page.panel.bars.bars][: len(rows)] == rows, "a class stays in its row"

    def has_come() -> bool:
        now = {bar.name: bar.probability for bar in page.panel.bars._now()}
        return now[best.name] == pytest.approx(best.probability)

    qtbot.waitUntil(has_come)  # they glide to the new answer
    frame = hand.give(red)
    page.recorder.burst.record(frame)
    assert nameless(page) == []
    asked = QSignalSpy(context.page_requested)
    page.stage.explain.click()
    assert [asked.at(row) for row in range(asked.count())] == [["explain", frame]]
    wait_answers(qtbot, page)


def test_below_the_threshold_it_is_unsure(page, hand, qtbot, red, all_are_known):
    for below, verdict, role in ((1.0, "unsure", "muted"), (0.0, "red", "text")):
        page.context.settings.update(unsure_below=below)
        give(hand, red, page, qtbot)
        assert (page.panel.verdict.text(), page.panel.verdict.property("role")) == (verdict, role)


def test_overlay_freeze_and_mirror(page, hand, qtbot, red, tmp_path, monkeypatch):
    monkeypatch.setattr(live_page, "_SPAN", 3600.0)  # as above
    looks, see, explained, explain = [], Recognizer.see, [], SpaLearner.explain
    monkeypatch.setattr(Recognizer, "see", lambda self, photo, closely, **_: looks.append(closely) or see(self, photo))

    def noted(learner, *about, **row):
        explained.append(threading.current_thread())
        return explain(learner, *about, **row)

    monkeypatch.setattr(SpaLearner, "explain", noted)
    give(hand, red, page, qtbot)
    assert page.canvas.overlay is None
    assert not explained, "nobody looks at reasons"
    page.stage.overlay.click()
    wait_answers(qtbot, page, 2)
    assert page.canvas.overlay is not None
    assert looks == [False, True], "which places spoke is found when they are shown"
    assert explained
    assert threading.main_thread() not in explained
    page.stage.mirror.click()
    assert page.canvas.placement().is_mirrored
    assert "frames a second" in page.panel.speed.text()
    page.stage.freeze.click()
    wait_answers(qtbot, page, 3)
    assert "frames a second" not in page.panel.speed.text(), "no frame comes"
    shown = page.canvas.photo.cacheKey()
    hand.give(draw_photo(tmp_path / "new" / "blue.png", "blue", 503))
    assert page.canvas.photo.cacheKey() == shown
    page.stage.freeze.click()
    give(hand, draw_photo(tmp_path / "new" / "blue.png", "blue", 503), page, qtbot)
    assert page.panel.verdict.text() == "blue"


def answer_elsewhere(page: LivePage, photo) -> dict[str, float]:
    """What every other page says of a photo: a file, or a picture in memory."""
    with OpenProject.open(page.context.opened.path, write=False) as project:
        recognizer = recognition.recognizer(project)
        found = recognizer.recognize(recognizer.open(photo) if isinstance(photo, Path) else photo)
    return {answer.name: answer.probability for answer in found.top if answer.probability >= LEAST_SHARE}


def shown(page: LivePage) -> dict[str, float]:
    bars = (bar for bar in page.panel.bars.bars if bar.probability >= LEAST_SHARE)
    return {bar.name: pytest.approx(bar.probability, abs=1e-5) for bar in bars}


@pytest.mark.parametrize("way", ["a file", "frozen", "it stays"])
def test_what_stands_still_is_answered_as_on_every_page(page, hand, qtbot, tmp_path, way):
    # Unlike in its middle, so that one view differs from three; and larger than the screen needs.
    pixels = np.random.default_rng(3).integers(0, 255, (64, 96, 3), dtype=np.uint8)
    pixels[16:48, 24:72] = (30, 40, 200)
    picture = Image.fromarray(pixels).resize((2400, 1600))
    file = tmp_path / "new" / "photo.jpg"
    file.parent.mkdir(exist_ok=True)
    picture.save(file)
    if way == "a file":
        page.show_path(file)
        wait_answers(qtbot, page)
        elsewhere = answer_elsewhere(page, file)
    else:
        give(hand, picture, page, qtbot)
        assert page.panel.look.isVisible()
        elsewhere = answer_elsewhere(page, picture)
        assert elsewhere != shown(page), "one view tells the same"
        frame = page._frame
        if way == "frozen":
            page.stage.freeze.click()
            qtbot.waitUntil(page.card.isVisible)
        else:
            page._still.setInterval(1)
            wait_answers(qtbot, page, 2)
            noise = np.random.default_rng(4).integers(-5, 6, (1600, 2400, 1))
            hand.give(Image.fromarray((np.asarray(picture) + noise).clip(0, 255).astype(np.uint8)))
            assert not page.newest.is_busy, "a camera's noise is no other picture"
    assert elsewhere == shown(page)
    assert not page.panel.look.isVisible()
    asked = QSignalSpy(page.context.page_requested)
    page.stage.explain.click()
    assert asked.at(0) == ["explain", file if way == "a file" else frame]
    if way == "it stays":
        page._still.setInterval(3_600_000)
        pixels = np.asarray(picture).copy()
        pixels[800:960, 1200:1440] = (220, 30, 30)  # a hundredth of it
        give(hand, Image.fromarray(pixels), page, qtbot)
        assert page.panel.look.isVisible(), "something else is in it"


def test_a_folder_is_stepped_through_and_held_and_a_broken_photo_is_stepped_over_both_ways(page, qtbot, tmp_path):
    folder, stage = tmp_path / "album", page.stage
    for look in ("blue", "green", "red"):
        draw_photo(folder / f"{look}.png", look, 501)
    (folder / "broken.png").write_bytes(b"not a photo")

    def wait(text: str) -> None:
        qtbot.waitUntil(lambda: stage.source.text() == text)

    page.show_path(folder)
    page.source._timer.setInterval(3_600_000)  # it goes on by hand
    wait("blue.png, 1 of 4 in album")
    stage.forth.click()
    wait("green.png, 3 of 4 in album")
    assert stage.hold.isChecked(), "who steps wants to look"
    qtbot.waitUntil(lambda: page.panel.verdict.text() == "green")
    assert page.panel.bars.bars[0].name == "green", "another photo is compared with none before"
    assert not page.source._timer.isActive()
    qtbot.keyClick(page, Qt.Key.Key_Left)
    wait("blue.png, 1 of 4 in album")
    stage.back.click()
    wait("red.png, 4 of 4 in album")
    page.source._timer.setInterval(1)
    stage.hold.click()
    said = set()
    qtbot.waitUntil(lambda: said.add(page.panel.verdict.text()) or {"red", "green", "blue"} <= said)
    page.show_path(folder / "red.png")
    wait("red.png")
    assert not stage.forth.isVisible()
    assert not stage.hold.isChecked()
    (tmp_path / "nothing").mkdir()
    page.show_path(tmp_path / "nothing")
    qtbot.waitUntil(lambda: page.is_empty)
    assert "no photo" in page.problem.reason


def test_a_video_runs_through(page, qtbot, tmp_path, capfd):
    pytest.importorskip("PySide6.QtMultimedia", exc_type=ImportError)
    photo = Image.open(draw_photo(tmp_path / "new" / "green.png", "green", 9)).resize((96, 64))
    page.show_path(write_film(tmp_path / "film.avi", [photo] * 25))
    qtbot.waitUntil(lambda: page.panel.verdict.text() == "green")
    assert (page.canvas.photo.width(), page.canvas.photo.height()) == (96, 64)
    assert page.stage.source.text() == "film.avi"
    assert " @ 0x" not in capfd.readouterr().err, "FFmpeg writes nothing to the terminal"
    qtbot.waitUntil(page.stage.seek.isVisible)
    page.show_path(tmp_path / "new" / "green.png")
    assert not page.stage.seek.isVisible()


def test_a_video_that_cannot_be_played_or_is_gone_says_so(page, qtbot, tmp_path):
    pytest.importorskip("PySide6.QtMultimedia", exc_type=ImportError)
    page.show_path(tmp_path / "gone.mp4")
    assert "gone.mp4 is missing" in page.problem.reason
    (tmp_path / "broken.mp4").write_bytes(b"no film" * 100)
    with wave.open(str(tmp_path / "sound.mp4"), "wb") as sound:
        sound.setparams((1, 2, 8000, 0, "NONE", ""))
        sound.writeframes(bytes(16_000))
    for name, why in (("broken", "broken.mp4 cannot be played: "), ("sound", "there are no pictures in it")):
        page.show_path(tmp_path / f"{name}.mp4")
        qtbot.waitUntil(lambda: page.is_empty)
        assert why in page.problem.reason


def test_a_hidden_page_films_nothing_and_leaving_the_project_ends_the_source(page, hand, seeing, qtbot, red, context):
    seeing.clear()
    for _ in range(2):
        hand.give(red)
    assert page.newest.has_newer
    page.hide()
    assert not page.newest.has_newer, "nobody sees the answer"
    seeing.set()
    assert not hand.is_running
    page.show()
    assert hand.is_running
    give(hand, red, page, qtbot)
    page.recorder.burst.record(QImage(str(red)))
    context.close_project()
    assert not hand.is_running
    assert page.source is None
    assert page.unkept == "", "frames are for no other project"


def test_a_frozen_frame_is_corrected_and_kept(page, hand, red, qtbot):
    context = page.context
    give(hand, red, page, qtbot)
    assert not page.card.isVisible()
    page.stage.freeze.setChecked(True)
    qtbot.waitUntil(lambda: page.card.isVisible())
    qtbot.keyClick(page.canvas, Qt.Key.Key_0)
    assert page.card.state.text() == "You said: none of these. Nothing is learned of it."
    qtbot.keyClick(page.canvas, Qt.Key.Key_Delete)
    assert not page.stage.freeze.isChecked()  # there is nothing to keep the frame for
    page.stage.freeze.setChecked(True)
    qtbot.waitUntil(lambda: page.card.isVisible())
    assert context.contents.corrections == ()
    page.card.field.setFocus()
    qtbot.keyClicks(page.card.field, "blue")
    qtbot.keyClick(page.card.field, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: bool(context.contents.corrections))
    (correction,) = context.contents.corrections
    assert correction.class_id == named(context, "blue").id
    file = Path(correction.path)
    assert file.parent == context.contents.path.with_name(f"{context.contents.path.stem} frames") / "corrected"
    assert Image.open(file).size == Image.open(red).size
    qtbot.waitUntil(lambda: "blue" in page.card.state.text())
    for name in ("green", "blue"):
        page.card.field.given.emit(named(context, name).id)
        qtbot.waitUntil(lambda name=name: name in page.card.state.text())
        (correction,) = context.contents.corrections
        assert correction.path == str(file), "the same frame is one photo to learn"
    assert list(file.parent.iterdir()) == [file]
    page.canvas.setFocus()
    qtbot.keyClick(page.canvas, Qt.Key.Key_0)
    qtbot.waitUntil(lambda: context.contents.corrections == ())
    assert page.card.state.text() == "You said: none of these. Nothing is learned of it."
    context.undo.undo()
    qtbot.waitUntil(lambda: "blue" in page.card.state.text())
    assert context.contents.corrections == (correction,)
    page.stage.freeze.setChecked(False)
    assert not page.card.isVisible()


def crosses_no_edge(page: LivePage, tool: QWidget) -> bool:
    """Whether it lies within what is seen of the photo, or beside it."""
    place, picture = QRect(tool.mapTo(page.canvas, QPoint(0, 0)), tool.size()), page.canvas.placement().target
    return picture.toAlignedRect().contains(place) or not picture.toAlignedRect().intersects(place)


@pytest.mark.parametrize("shape", [(640, 480), (480, 640), (1600, 500), (450, 1200)])
def test_tools_cross_no_edge_of_the_picture(page, qtbot, red, shape):
    Image.open(red).resize(shape).save(red)
    page.show_path(red)
    qtbot.waitUntil(lambda: page.card.shown is not None)
    for size in ((816, 660), (692, 430), (972, 660), (1600, 900)):
        page.resize(*size)
        for tool in (page.panel, page.stage.overlay, page.stage.explain):
            qtbot.waitUntil(lambda tool=tool: crosses_no_edge(page, tool), timeout=5000)


def test_the_button_to_record_covers_nothing_and_a_photo_that_stands_has_none(page, hand, qtbot, red):
    give(hand, red, page, qtbot)
    hold = page.recorder.hold
    place = QRect(hold.mapTo(page, QPoint(0, 0)), hold.size())
    assert hold.isVisible()
    assert not place.intersects(QRect(page.canvas.mapTo(page, QPoint(0, 0)), page.canvas.size()))
    assert page.start_button.text() == "Stop"
    page.show_path(red)
    qtbot.waitUntil(lambda: page.card.shown is not None)
    assert not hold.isVisible(), "the card takes what it is"
    assert page.start_button.text() == "Close photo"
    qtbot.mouseClick(page.start_button, Qt.MouseButton.LeftButton)
    assert page.is_empty
    assert page.start_button.text() == "Start camera"


def test_no_answer_is_promised_before_anything_is_learned(open_colours, show_page, context, qtbot, red):
    open_colours(tasks=1, trained=0)
    page, asked = show_page(LivePage), QSignalSpy(context.page_requested)
    assert page.is_empty
    assert {label.text() for label in page.empty.findChildren(QLabel)} >= {"Nothing is learned yet"}
    assert not any("Point a camera" in label.text() for label in page.empty.findChildren(QLabel))
    qtbot.mouseClick(page.empty.button, Qt.MouseButton.LeftButton)
    assert asked.at(0)[0] == "train"
    page.show_path(red)
    qtbot.waitUntil(lambda: page.start_button.text() == "Close photo")
    assert page.panel.verdict.text() == "Nothing is learned yet"
    assert page.recorder.hold.isVisible(), "it can be recorded for a class"
    page.stop()


def test_a_photo_that_stays_is_corrected_at_once_in_one_field(page, qtbot, red, tmp_path):
    page.show_path(red)
    qtbot.waitUntil(lambda: page.card.shown is not None)
    assert not page.recorder.class_name.isVisible(), "it is asked for once"
    assert page.card.state.text() == "The number keys choose.", "there is no next photo"
    qtbot.keyClick(page.canvas, Qt.Key.Key_2)
    qtbot.waitUntil(lambda: bool(page.context.contents.corrections))
    assert page.context.contents.corrections[0].path == str(red)
    draw_photo(red.parent / "other.png", "blue", 502)
    page.show_path(red.parent)
    qtbot.waitUntil(lambda: page.stage.walk[0].isVisible() and page.newest.answers > 1)
    assert page.card.isHidden(), "the next photo comes soon"
    assert page.recorder.class_name.isVisible()
    said = set()
    page.canvas.setFocus()
    enter = [partial(qtbot.keyClick, widget, Qt.Key.Key_Return) for widget in (page.canvas, page.card.field)]
    for go_on in (page.stage.forth.click, *enter):
        photo = page._photo
        go_on()
        qtbot.waitUntil(lambda photo=photo: page.card.shown is not None and page.card.shown.photo not in (None, photo))
        assert page.card.shown.photo == page._photo
        said.add(page.card.state.text())
    assert "The number keys choose, Enter goes on to the next photo." in said


def test_a_source_that_was_left_changes_nothing(page, hand, seeing, qtbot, red):
    give(hand, red, page, qtbot)
    seeing.clear()
    hand.give(red)
    other = HandSource()
    page.start(other)
    hand.named.emit("left.png")
    hand.give(red)
    hand.failed.emit(Problem("It is gone.", ""))
    assert page.source is other
    assert page.problem is None
    assert page.canvas.photo.isNull()
    assert not [one for one in page.panel.findChildren(WhatIsThis) if one.isVisible()], "there is no figure to explain"
    assert page.stage.source.text() == "by hand"
    assert (page.panel.verdict.text(), page.panel.bars.bars, page.panel.speed.text()) == ("", [], "")
    seeing.set()
    wait_answers(qtbot, page, 2)
    assert (page.panel.verdict.text(), page.panel.bars.bars) == ("", [])


def test_a_frozen_video_shows_the_place_that_is_clicked_and_stays_there(page, qtbot, tmp_path):
    pytest.importorskip("PySide6.QtMultimedia", exc_type=ImportError)
    films = [Image.new("RGB", (96, 64), colour) for colour in ("red", "blue")]
    page.show_path(write_film(tmp_path / "film.avi", [films[0]] * 60 + [films[1]] * 60))
    seek, player = page.stage.seek, page.source._player
    qtbot.waitUntil(lambda: seek.isVisible() and seek.maximum() > 100)
    page.stage.freeze.click()
    qtbot.waitUntil(lambda: page.card.shown is not None)
    qtbot.mouseClick(seek, Qt.MouseButton.LeftButton, pos=QPoint(seek.width() * 3 // 4, seek.height() // 2))
    qtbot.waitUntil(lambda: not page._frame.isNull() and page._frame.pixelColor(48, 32).blue() > 200)
    qtbot.waitUntil(lambda: page.card.shown is not None)
    assert page.stage.freeze.isChecked()
    assert not player.isPlaying()
    assert page.card.shown.photo.pixelColor(48, 32).blue() > 200, "what is corrected is what is seen"


def test_cancelled_work_stops_the_source_so_that_the_threads_come_free(page, hand, seeing, qtbot, red):
    seeing.clear()
    hand.give(red)
    for handle in page.context.background.operations:
        handle.cancel()
    seeing.set()
    qtbot.waitUntil(lambda: page.source is None and not page.context.background.operations)
    assert not hand.is_running
