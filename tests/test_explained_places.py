"""Explanations of the embedded backbone say which places of a photo spoke; places add up to what is explained."""

from itertools import cycle

import numpy as np
import pytest
from PIL import Image

from spa_desktop import SpaClassifier

pytestmark = pytest.mark.usefixtures("shared_cache")


def test_places_sum_to_the_difference_of_the_scores(animal_model, demo_set):
    photo = demo_set[0].photos("rhino", "test")[0]
    one, other = animal_model.explain(photo, "rhino", "flamingo"), animal_model.explain(photo, "flamingo", "rhino")
    assert one.places.shape == one.heat.shape
    assert one.places.sum() == pytest.approx(sum(one.shares.values()), abs=1e-3)
    assert np.allclose(one.places, -other.places, atol=1e-4)
    assert one.heat.min() >= 0
    assert one.heat.max() == 1
    assert one.lights.shape == (len(one.phrases), *one.heat.shape)


def test_the_brightest_place_is_on_the_thing(animal_model, demo_set):
    """Four photos put together, one of an animal: missed on one in eight at the most, by chance on three in four."""
    animals, indoors = demo_set
    others, hits = cycle(indoors.labelled("test")[0]), []
    for place, (photo, label) in enumerate(zip(*animals.labelled("test"), strict=True)):
        sheet = Image.new("RGB", (480, 480))
        for quarter in range(4):
            with Image.open(photo if quarter == place % 4 else next(others)) as picture:
                sheet.paste(picture.resize((240, 240)), (240 * (quarter % 2), 240 * (quarter // 2)))
        heat = animal_model.explain(sheet, label).heat
        row, column = np.unravel_index(heat.argmax(), heat.shape)
        hits.append((2 * row // heat.shape[0], 2 * column // heat.shape[1]) == divmod(place % 4, 2))
    assert np.mean(hits) >= 7 / 8


def test_with_one_class_nothing_is_compared_and_patches_stand_for_places(demo_set):
    task = demo_set[0]
    alone = SpaClassifier(progress=False, writer=None).fit(task.photos("rhino"), ["rhino"] * 10)
    found = alone.explain(task.photos("rhino", "test")[0])
    assert found.places is None
    assert found.lights is None
    assert np.array_equal(found.heat.ravel(), found.weights)
