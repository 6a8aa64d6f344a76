"""A frame that a user sets takes the place of the square that the model finds."""

import pytest
import torch
from PIL import ImageOps

from spa_desktop.encoders.photo_stream import THING, encode_closely, framed_box, inputs_of, square_of
from spa_desktop.feature_store import FeatureStore, MemoryCache, PhotoRef
from tests.encoders.test_feature_maps import disc

FRAME = (0.1, 0.2, 0.3, 0.6)


@pytest.mark.parametrize(
    ("frame", "pixels"),
    [
        (FRAME, (24, 60, 144, 180)),  # of 84 x 120 pixels the longer side counts, around the same middle
        ((0.0, 0.9, 0.1, 1.0), (0, 258, 42, 300)),  # it is moved into the photo
        ((0.5, 0.4, 1.0, 0.5), (210, 30, 420, 240)),
        ((0.0, 0.0, 1.0, 0.1), (60, 0, 360, 300)),  # longer than the photo is high: what is left out is at the ends
    ],
)
def test_the_square_is_the_smallest_around_the_frame(lite, frame, pixels):
    photo = disc(0.3, 0.4, (420, 300))
    box = framed_box(lite, photo.size, frame)
    expected = lite.preprocess(photo.crop(pixels))
    assert torch.equal(square_of(lite, photo, box), expected)


def test_the_last_two_views_are_of_the_frame(lite):
    photo = disc(0.3, 0.4, (420, 300))
    inputs = torch.stack([inputs_of(lite, each, THING) for each in (photo, ImageOps.flip(photo))])
    pooled, _, maps = encode_closely(lite, inputs, THING, [photo, ImageOps.flip(photo)], [FRAME, None])
    plain, _, _ = encode_closely(lite, inputs, THING, [photo, ImageOps.flip(photo)])
    same = [
        [bool(torch.equal(*views)) for views in zip(*pair, strict=True)] for pair in zip(pooled, plain, strict=True)
    ]
    assert same == [[True, True, False, False], [True] * 4]
    assert maps[0].boxes[2] == framed_box(lite, photo.size, FRAME)


def test_framed_features_lie_beside_those_of_the_same_photo(lite, tmp_path):
    disc(0.3, 0.4, (420, 300)).save(tmp_path / "a.png")
    plain = PhotoRef.of(tmp_path / "a.png")
    framed = PhotoRef(plain.path, plain.sha256, frame=FRAME)
    store = FeatureStore(lite, MemoryCache(), views=THING)
    assert store.ensure([plain, framed]) == {}
    pooled = store.pooled([plain, framed])
    assert torch.equal(pooled[0, :2], pooled[1, :2])
    assert not torch.equal(pooled[0, 2:], pooled[1, 2:])
    assert framed != plain
    whole = FeatureStore(lite, MemoryCache())
    assert whole.ensure([framed]) == {}
    assert whole.has(plain), "a model that looks at the whole photo has no use for frames"


def test_a_cluster_keeps_framed_features_apart_too(lite, tmp_path, monkeypatch):
    class Here:  # a cluster that is this process
        def __init__(self, cluster):
            pass

        def __enter__(self):
            return self

        def __exit__(self, *_):
            pass

        def map(self, work, recipe, shards, job):
            return enumerate(work(recipe, shard) for shard in shards)

    monkeypatch.setattr("spa_desktop.ray_cluster.Spread", Here)
    disc(0.3, 0.4, (420, 300)).save(tmp_path / "a.png")
    plain = PhotoRef.of(tmp_path / "a.png")
    framed = PhotoRef(plain.path, plain.sha256, frame=FRAME)
    store = FeatureStore(lite, MemoryCache(), views=THING)
    assert store.ensure([framed], cluster=object()) == {}
    assert store.has(framed)
    assert not store.has(plain)
