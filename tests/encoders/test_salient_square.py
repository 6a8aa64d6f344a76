"""The square of a photo that shows the thing, found by the lengths of its patches."""

import pytest
import torch

from spa_desktop.encoders.features import salient_boxes
from spa_desktop.encoders.photo_stream import THING, encode_closely, encode_views, inputs_of
from spa_desktop.feature_store import FeatureStore, MemoryCache, PhotoRef
from tests.encoders.test_feature_maps import disc

GRID = (9, 9)


@pytest.mark.parametrize(
    ("top", "left", "box"),
    [
        (3, 2, (1.3 / 9, 2.3 / 9, 6.7 / 9, 7.7 / 9)),  # four patches a side, grown by 1.35 around its middle
        (0, 0, (0, 0, 0.6, 0.6)),  # in a corner it grows away from the edges
        (5, 5, (0.4, 0.4, 1, 1)),
    ],
)
def test_the_square_lies_around_the_longest_patches(top: int, left: int, box: tuple[float, ...]) -> None:
    patches = torch.full((3, *GRID, 4), 0.5)
    patches[1, top : top + 4, left : left + 4] = -2  # length, not sign
    boxes = salient_boxes(patches.flatten(1, 2), GRID)
    torch.testing.assert_close(boxes[1], torch.tensor(box))


def looked_at(lite, photo):
    return encode_closely(lite, inputs_of(lite, photo, THING)[None], THING, [photo])


def test_the_views_are_the_photo_its_middle_the_square_and_that_mirrored(lite):
    photo = disc(0.3, 0.4, (420, 300))
    pooled, patches, _ = looked_at(lite, photo)
    three = encode_views(lite, inputs_of(lite, photo)[None])
    left, top, right, bottom = salient_boxes(three[1][:, 0], lite.grid)[0].tolist()
    square = photo.crop((round(60 + 300 * left), round(300 * top), round(60 + 300 * right), round(300 * bottom)))
    assert square.width == square.height < 300
    alone = encode_views(lite, inputs_of(lite, square, 2)[None], 2)
    for found, whole, of_square in zip((pooled, patches), three, alone, strict=True):
        expected = torch.cat([whole[:, [0, 2]], of_square], dim=1)
        torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-5)


def test_all_places_of_the_thing_add_up_on_the_photo(lite):
    pooled, patches, maps = looked_at(lite, disc(0.7, 0.3))
    columns = torch.zeros_like(pooled[0])
    columns[:, :1696] = pooled[0, :, :1696].abs() * 0.1
    found = maps[0].shared_out(columns, torch.ones(patches.shape[1:3]))
    assert float(found.sum()) == pytest.approx(float(columns.sum()) + 4 * 81, rel=1e-3)
    only = torch.zeros_like(columns)
    only[2:] = columns[2:]
    found = maps[0].shared_out(only, torch.zeros(patches.shape[1:3]))
    left, top, right, bottom = (round(26 * at) for at in maps[0].boxes[2])
    beside = found.clone()
    beside[max(top - 1, 0) : bottom + 1, max(left - 1, 0) : right + 1] = 0
    assert not beside.any()


def test_what_three_views_told_is_not_encoded_again(lite, tmp_path, monkeypatch):
    refs = []
    for place in range(3):
        disc(0.3 + place / 6, 0.4, (420, 300)).save(tmp_path / f"{place}.png")
        refs.append(PhotoRef.of(tmp_path / f"{place}.png"))
    fresh = FeatureStore(lite, MemoryCache(), views=THING)
    fresh.ensure(refs)
    three = FeatureStore(lite, MemoryCache())
    three.ensure(refs[1:])  # the first is not known in three views
    encoded, real = [], lite.encode_images
    monkeypatch.setattr(lite, "encode_images", lambda images, **how: encoded.append(len(images)) or real(images, **how))
    store = three.seeing(THING)
    assert store.ensure(refs) == {}
    assert sum(encoded) == 4 + 2 + 2
    torch.testing.assert_close(store.pooled(refs), fresh.pooled(refs), rtol=1e-4, atol=1e-5)
    for ref in refs:
        torch.testing.assert_close(store.load(ref)[1], fresh.load(ref)[1], rtol=0, atol=2e-2)
    assert store.fingerprint != three.fingerprint
