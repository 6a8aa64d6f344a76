"""Photos pass by while a training looks at them, and what it picked is drawn where it lies."""

import pytest
from PySide6.QtCore import QRectF

from spa_desktop.jobs import JobEvent, SeenPhoto, Stage
from spa_desktop.project.documents import PickedPatches, StageTime
from spa_desktop.ui.thumbnails.photo_view import Picture
from spa_desktop.ui.train.past_trainings import seconds_by_stage
from spa_desktop.ui.train.training_view import PhotoFlow, patch_rect


@pytest.mark.parametrize(("patch", "box"), [(0, (10, 20, 20, 10)), (5, (50, 30, 20, 10)), (8, (50, 40, 20, 10))])
def test_a_patch_lies_in_the_part_that_the_grid_covers(patch, box):
    picked = PickedPatches(1, (3, 3), (patch,), (0.1, 0.2, 0.6, 0.3))
    assert patch_rect(patch, picked, QRectF(0, 0, 100, 100)).getRect() == pytest.approx(box)


def test_seconds_go_to_the_five_stages():
    kept = (("LOAD", 1.0), ("ENCODE", 2.0), ("WAIT", 4.0), ("PROJECT", 8.0), ("NEW", 16.0))
    assert seconds_by_stage([StageTime(*one) for one in kept]) == {"encode": 7.0, "learn": 24.0}


def test_photos_that_were_encoded_before_are_not_said_to_be_learned(context, qtbot):
    """Test photos pass by as well."""
    flow = PhotoFlow(context, is_row=False)
    qtbot.addWidget(flow)
    flow.show_event(JobEvent(Stage.TEST, 1, 2, None, photo=SeenPhoto("0" * 64, is_encoded_now=False)))
    assert flow.caption.text() == "Encoded before"


def test_of_two_photos_with_picked_patches_no_third_square_stays_empty(context, qtbot):
    flow = PhotoFlow(context, is_row=False)
    qtbot.addWidget(flow)
    flow.show()
    size = flow.picks.sizeHint()
    flow.show_picked([PickedPatches(photo, (3, 3), (1,), (0.0, 0.0, 1.0, 1.0)) for photo in (1, 2)])
    assert sum(picture.isVisible() for picture in flow.picks.findChildren(Picture)) == 2
    assert flow.picks.sizeHint() == size, "what is beside them stays where it is"
