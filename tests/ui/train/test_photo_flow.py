"""Photos pass by while a training looks at them, and what it picked is drawn where it lies."""

import pytest
from PySide6.QtCore import QPoint, QRectF, Qt
from PySide6.QtTest import QSignalSpy

from spa_desktop.jobs import JobEvent, SeenPhoto, Stage
from spa_desktop.project.documents import PickedPatches, StageTime
from spa_desktop.ui.train.past_trainings import seconds_by_stage
from spa_desktop.ui.train.train_page import TrainPage
from spa_desktop.ui.train.training_view import SIDE, PassingPhotos, PhotoFlow, patch_rect
from tests.ui.mouse import click_item


def shown(qtbot, widget):
    qtbot.addWidget(widget)
    with qtbot.waitExposed(widget):
        widget.show()
    return widget


def photos_of(context):
    return context.workbench.project.photos()


def test_of_a_flood_of_photos_a_handful_pass_and_the_last_one_does(qtbot, open_colours):
    context = open_colours(tasks=1)
    passing = shown(qtbot, PassingPhotos(context))
    hashes = [photo.sha256 for photo in photos_of(context)]
    for sha256 in hashes:
        passing.show_photo(sha256)
    qtbot.waitUntil(lambda: passing.photos == [hashes[-1], hashes[0]])
    middle = QPoint(SIDE // 2, SIDE // 2)
    qtbot.waitUntil(lambda: passing.grab().toImage().pixelColor(middle).saturation() > 60)  # a coloured photo


def test_what_was_learned_fills_the_row(qtbot, open_colours):
    """Two photos, and beside them room for nearly another one, looked like two photos in all."""
    passing = shown(qtbot, PassingPhotos(open_colours(tasks=1)))
    passing.resize(3 * SIDE - 20, SIDE)
    passing.show_kept([photo.sha256 for photo in photos_of(passing._source._context)])
    last = QPoint(passing.width() - SIDE // 2, SIDE // 3)
    qtbot.waitUntil(lambda: passing.grab().toImage().pixelColor(last).saturation() > 60)


def test_what_was_not_picked_is_dark(qtbot, open_colours):
    context = open_colours(tasks=1)
    flow = shown(qtbot, PhotoFlow(context))
    photo = photos_of(context)[0]
    flow.show_picked([PickedPatches(photo.id, (3, 3), (4,), (0.0, 0.0, 1.0, 1.0))])
    flow.picks.grab()
    with qtbot.waitSignal(flow._source.loaded):
        flow.picks.update()
    picture = flow.picks.grab().toImage()
    middle, corner = picture.pixelColor(SIDE // 2, SIDE // 2), picture.pixelColor(SIDE // 6, SIDE // 6)
    assert middle.value() > 1.5 * corner.value()
    flow.show_kept("3 photos", ())
    assert not flow.picks.isVisible(), "corrections pick none"
    flow.clear()
    assert flow.picks.isVisible()


@pytest.mark.parametrize(("patch", "box"), [(0, (10, 20, 20, 10)), (5, (50, 30, 20, 10)), (8, (50, 40, 20, 10))])
def test_a_patch_lies_in_the_part_that_the_grid_covers(patch, box):
    picked = PickedPatches(1, (3, 3), (patch,), (0.1, 0.2, 0.6, 0.3))
    assert patch_rect(patch, picked, QRectF(0, 0, 100, 100)).getRect() == pytest.approx(box)


def test_seconds_go_to_the_five_stages():
    kept = (("LOAD", 1.0), ("ENCODE", 2.0), ("WAIT", 4.0), ("PROJECT", 8.0), ("NEW", 16.0))
    assert seconds_by_stage([StageTime(*one) for one in kept]) == {"encode": 7.0, "learn": 24.0}


def test_a_training_shows_photos_patches_curve_and_keeps_them(qtbot, open_colours, show_page):
    context = open_colours(tasks=2, trained=1)
    page = show_page(TrainPage)
    qtbot.mouseClick(page.train, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not page.queue)
    qtbot.waitUntil(lambda: not context.background.handles)
    newest, oldest = page.history.model.rows
    assert page.run.flow.picked == newest.records[0].notes.picked, "what was seen is what is kept"
    # What the training before this start kept as well.
    click_item(qtbot, page.history.table, page.history.model.index(1, 0))
    past, record = page.past, oldest.records[0]
    assert past.isVisible()
    assert past.record == record
    assert oldest.name in past.headline.text()
    assert past.plot.points == [(one.step, one.loss, one.accuracy) for one in record.notes.curve]
    assert [one.photo_id for one in past.flow.picked] == [one.photo_id for one in record.notes.picked]
    assert len(record.notes.picked) == 3
    qtbot.waitUntil(lambda: bool(past.flow.passing.photos))
    asked = QSignalSpy(context.page_requested)
    qtbot.mouseClick(past.results, Qt.MouseButton.LeftButton)
    assert asked.at(0) == ["results", oldest.task_id]
    click_item(qtbot, page.history.table, page.history.model.index(0, 0))
    assert not page.plan.isVisible()
    assert newest.name in past.headline.text(), "the last one is shown while there is nothing to learn"
    assert newest.seconds == newest.records[0].notes.seconds
    qtbot.waitUntil(lambda: not context.background.handles)


def test_a_step_that_looked_at_no_photo_changes_nothing(qtbot, open_colours):
    flow = shown(qtbot, PhotoFlow(open_colours(tasks=1)))
    before = flow.caption.text()
    flow.show_event(JobEvent(Stage.ENCODE, 1, 9, None))
    assert flow.caption.text() == before
    flow.show_event(JobEvent(Stage.ENCODE, 4, 9, None, photo=SeenPhoto("f" * 64)))
    assert flow.caption.text() == "Encoded 4 of 9 photos that were not encoded yet"
    qtbot.waitUntil(lambda: not flow.passing._source._handle)
