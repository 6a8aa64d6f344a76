"""Phrases are lit where the plan, the score and the pixels agree."""

import numpy as np
import pytest
from PIL import Image

from spa_desktop.recognizer import colours_named, phrase_lights, pixels_of

SIDE = 6


@pytest.fixture
def photo() -> Image.Image:
    """The left third is red, the middle green, the right white."""
    pixels = np.zeros((60, 60, 3), np.uint8)
    pixels[:, :20], pixels[:, 20:40], pixels[:, 40:] = (210, 20, 20), (20, 150, 40), (255, 255, 255)
    return Image.fromarray(pixels)


def lights(photo, phrases, *, places=None, plan=None):
    """Patches 3 x 3, all selected and shared out evenly unless said otherwise."""
    plan = np.full((9, len(phrases)), 1 / 9, np.float32) if plan is None else plan
    places = np.ones((SIDE, SIDE), np.float32) if places is None else places
    return phrase_lights(phrases, plan, np.arange(9), (3, 3), places, pixels_of(photo, (0, 0, 60, 60), SIDE))


def test_a_phrase_with_colours_is_lit_where_they_are(photo):
    red, both, none = lights(photo, ["mostly red", "green leaves with red dots", "round fruit"])
    assert (red[:, :2] > 0.9).all()
    assert not red[:, 2:].any()
    assert (both[:, :4] > 0.9).all()
    assert not both[:, 4:].any()
    assert (none > 0.9).all()


def test_it_is_lit_where_the_photo_speaks_for_the_class(photo):
    places = np.full((SIDE, SIDE), -1.0, np.float32)
    places[0, 0], places[5, 1] = 2.0, 1.0
    (red,) = lights(photo, ["red cap"], places=places)
    assert red[0, 0] == 1.0
    assert red[5, 1] == pytest.approx(0.5)
    assert np.count_nonzero(red) == 2


def test_it_is_lit_where_the_plan_has_patches_of_it(photo):
    plan = np.zeros((9, 2), np.float32)
    plan[0, 0] = plan[8, 1] = 1 / 9
    first, second = lights(photo, ["a stem", "a cap"], plan=plan)
    assert first.argmax() == 0
    assert second.argmax() == SIDE * SIDE - 1
    assert not first[3:, 3:].any()


def test_a_background_is_lit_where_nothing_speaks_for_the_class(photo):
    places = np.zeros((SIDE, SIDE), np.float32)
    places[2, 5] = 1.0
    (white,) = lights(photo, ["plain white background"], places=places)
    assert white[2, 5] == 0
    assert white[0, 5] == 1
    assert not white[:, :4].any()


@pytest.mark.parametrize(
    ("phrase", "named"),
    [
        ("Black-and-white stripes", ["black", "white"]),
        ("gray fur", ["grey"]),
        ("stripes (red, white); «brown»-and-blue", ["red", "white", "brown", "blue"]),
        ("redwood, greyhound, tanned and whitewashed", []),
    ],
)
def test_colours_that_are_named(phrase, named):
    assert colours_named(phrase) == named
