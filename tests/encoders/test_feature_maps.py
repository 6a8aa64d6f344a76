"""What columns of a pooled feature add is shared out among the places that they come from, and nothing is lost."""

import numpy as np
import pytest
import torch
from PIL import Image, ImageDraw

from spa_desktop.encoders.features import SIDE
from spa_desktop.encoders.photo_stream import encode_closely, encode_views, inputs_of


def disc(x: float, y: float, size: tuple[int, int] = (320, 320)) -> Image.Image:
    """A striped disc, an eighth of the photo wide, on plain grey."""
    photo = Image.new("RGB", size, (120, 120, 120))
    pen, (width, height), radius = ImageDraw.Draw(photo), size, min(size) / 10
    box = (x * width - radius, y * height - radius, x * width + radius, y * height + radius)
    pen.ellipse(box, (200, 30, 30))
    for line in range(int(box[0]) + 6, int(box[2]), 12):
        pen.line((line, box[1] + radius / 2, line, box[3] - radius / 2), (250, 250, 250), 4)
    return photo


def looked_at(encoder, photo: Image.Image, views: int = 3):
    pooled, patches, maps = encode_closely(encoder, inputs_of(encoder, photo, views)[None], views)
    return pooled[0], patches[0], maps[0]


def test_looked_at_closely_the_features_are_the_same(lite):
    inputs = torch.stack([inputs_of(lite, disc(0.3, 0.4)), inputs_of(lite, disc(0.6, 0.6))])
    pooled, patches, maps = encode_closely(lite, inputs)
    assert [len(maps), *maps[0].last.shape] == [2, 3, 81, 1280]
    assert all(
        torch.equal(one, other) for one, other in zip((pooled, patches), encode_views(lite, inputs), strict=True)
    )


def test_the_maps_are_those_that_the_pooled_feature_is_made_of(lite, lite_by_torch):
    found = [looked_at(encoder, disc(0.4, 0.4), views=1) for encoder in (lite, lite_by_torch)]
    for pooled, _, maps in found:
        means = [maps.last.mean(1), maps.middle.relu().mean(1), (-maps.middle).relu().mean(1)]
        assert torch.allclose(torch.cat(means, dim=-1), pooled[:, :1696], atol=1e-4)
    for name in ("last", "middle", "cells"):
        assert torch.allclose(*(getattr(maps, name) for _, _, maps in found), atol=2e-3)


@pytest.mark.parametrize(("views", "start", "end"), [(3, 0, 1696), (1, 0, 1696), (3, 1696, 2516)])
def test_what_columns_add_is_shared_out_whole(lite, views, start, end):
    """By means exactly; by moments all but that of moments near zero."""
    pooled, patches, maps = looked_at(lite, disc(0.5, 0.5), views)
    columns = torch.zeros_like(pooled)
    columns[:, start:end] = pooled[:, start:end].abs() * 0.1
    found = maps.shared_out(columns, patches.new_zeros(patches.shape[:2]))
    assert found.shape == (SIDE, SIDE)
    share = float(found.sum() / columns.sum())
    assert share == pytest.approx(1.0, abs=1e-3) if end == 1696 else 0.7 < share <= 1.0


def test_what_patches_add_stays_where_they_are(lite):
    _, patches, maps = looked_at(lite, disc(0.5, 0.5))
    added = patches.new_zeros(patches.shape[:2])
    added[:2, 0] = 1.0  # the upper left one, in the mirrored twin turned back
    found = maps.shared_out(patches.new_zeros(len(patches), 2516), added)
    assert float(found.sum()) == pytest.approx(2.0, abs=1e-4)
    assert float(found[:5, :5].sum()) == pytest.approx(2.0, abs=1e-4)


@pytest.mark.parametrize(
    ("place", "size"), [((0.3, 0.3), (320, 320)), ((0.7, 0.4), (420, 300)), ((0.5, 0.72), (300, 420))]
)
def test_columns_point_at_the_thing_that_they_see(lite, place, size):
    """What a photo has more of than the bare ground lies where the thing is, in all views alike."""
    pooled, patches, maps = looked_at(lite, disc(*place, size))
    bare = looked_at(lite, Image.new("RGB", size, (120, 120, 120)))[0]
    columns = (pooled - bare).clamp_min(0)
    found = maps.shared_out(columns, patches.new_zeros(patches.shape[:2])).numpy()
    row, column = np.unravel_index(found.argmax(), found.shape)
    left, top, right, bottom = lite.crop_box(size)
    x = (left + (column + 0.5) * (right - left) / SIDE) / size[0]
    y = (top + (row + 0.5) * (bottom - top) / SIDE) / size[1]
    assert abs(x - place[0]) * size[0] < 0.15 * min(size)
    assert abs(y - place[1]) * size[1] < 0.15 * min(size)


def test_a_photo_that_shows_nothing_is_shared_out_without_a_fault(lite):
    pooled, patches, maps = looked_at(lite, Image.new("RGB", (300, 300)))
    found = maps.shared_out(torch.ones_like(pooled), patches.new_zeros(patches.shape[:2]))
    assert bool(found.isfinite().all())


def test_other_towers_do_not_tell(vit):
    assert not vit.has_maps
    inputs = torch.zeros(1, 1, 3, vit.input_size, vit.input_size)
    assert encode_closely(vit, inputs, 1)[2] == ()
