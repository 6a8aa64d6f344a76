"""Explanations of the embedded backbone say which places of a photo spoke; places add up to what is explained."""

import numpy as np
import pytest
from PIL import Image

from spa_desktop import SpaClassifier

pytestmark = pytest.mark.usefixtures("shared_cache")


def test_places_sum_to_the_difference_of_the_scores(gardener, demo_set):
    photo = demo_set.tasks[0].photos("sunflower", "test")[0]
    one, other = gardener.explain(photo, "sunflower", "ladybird"), gardener.explain(photo, "ladybird", "sunflower")
    assert one.places.shape == one.heat.shape
    assert one.places.sum() == pytest.approx(sum(one.shares.values()), abs=1e-3)
    assert np.allclose(one.places, -other.places, atol=1e-4)
    assert one.heat.min() >= 0
    assert one.heat.max() == 1
    assert one.lights.shape == (len(one.phrases), *one.heat.shape)


def test_the_brightest_place_is_on_the_thing(gardener, demo_set):
    """On a photo in eight at the most it is not; by chance it would be on one in four."""
    task, hits = demo_set.tasks[0], []
    for photo, label in zip(*task.labelled("test"), strict=True):
        found = gardener.explain(photo, label)
        with Image.open(demo_set.mask_of(photo)) as mask:
            left, top, right, bottom = map(round, found.crop)
            part = mask.convert("L").crop((left, top, right, bottom))
            cover = np.asarray(part.resize(found.heat.shape[::-1], Image.Resampling.BOX)) / 255
        hits.append(cover.flat[found.heat.argmax()] > 0.2)
    assert np.mean(hits) >= 7 / 8


def test_with_one_class_nothing_is_compared_and_patches_stand_for_places(demo_set):
    task = demo_set.tasks[0]
    alone = SpaClassifier(progress=False, writer=None).fit(task.photos("sunflower"), ["sunflower"] * 8)
    found = alone.explain(task.photos("sunflower", "test")[0])
    assert found.places is None
    assert found.lights is None
    assert np.array_equal(found.heat.ravel(), found.weights)
