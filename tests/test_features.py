"""The feature store: every photo is encoded once, and the cache is enough when the photo is gone."""

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from spa_desktop.encoders.photo_stream import inputs_of
from spa_desktop.errors import InputError
from spa_desktop.feature_store import FeatureStore, PhotoRef
from spa_desktop.jobs import Cancelled, Job
from spa_desktop.project.feature_cache import FeatureCache
from spa_desktop.spa.config import VIEWS
from tests.workbench.tiny import TinyEncoder


@pytest.fixture
def photos(tmp_path: Path) -> list[PhotoRef]:
    random = np.random.default_rng(0)
    refs = []
    for i in range(7):
        path = tmp_path / f"{i}.png"
        Image.fromarray(random.integers(0, 255, (8, 8, 3), dtype=np.uint8)).save(path)
        refs.append(PhotoRef.of(path))
    return refs


@pytest.fixture
def encoder() -> TinyEncoder:
    return TinyEncoder()


@pytest.fixture
def cache(tmp_path: Path) -> FeatureCache:
    return FeatureCache(tmp_path / "cache")


def test_features_are_the_encoders(photos, encoder, cache) -> None:
    store = FeatureStore(encoder, cache)
    assert store.ensure(photos) == {}
    images = torch.stack([encoder.preprocess(Image.open(p.path)) for p in photos])
    plain, mirrored = encoder.encode_images(images), encoder.encode_images(images.flip(3))
    middle = encoder.encode_images(torch.stack([inputs_of(encoder, Image.open(p.path))[1] for p in photos]))
    pooled = store.pooled(photos)
    assert pooled.shape == (7, VIEWS, encoder.pooled_width)
    torch.testing.assert_close(pooled[:, 0], plain.pooled)
    torch.testing.assert_close(pooled[:, 1], mirrored.pooled)
    torch.testing.assert_close(pooled[:, 2], middle.pooled)
    one, patches = store.load(photos[4])
    torch.testing.assert_close(one, pooled[4])
    # Kept in eight bits; the mirrored grid is turned back.
    torch.testing.assert_close(patches[0], encoder.project(plain.patches[4]), atol=5e-3, rtol=0)
    turned = mirrored.patches[4].unflatten(0, encoder.grid).flip(1).flatten(0, 1)
    torch.testing.assert_close(patches[1], encoder.project(turned), atol=5e-3, rtol=0)
    torch.testing.assert_close(patches[2], encoder.project(middle.patches[4]), atol=5e-3, rtol=0)


def test_patches_come_in_chunks(photos, encoder, cache) -> None:
    store = FeatureStore(encoder, cache)
    store.ensure(photos)
    chunks = list(store.iter_patches(photos, chunk=3))
    assert [(part.start, part.stop, len(rows)) for part, rows in chunks] == [(0, 3, 3), (3, 6, 3), (6, 7, 1)]
    for part, rows in chunks:
        torch.testing.assert_close(rows, torch.stack([store.load(p)[1] for p in photos[part]]), rtol=0, atol=0)
    assert list(store.iter_patches([])) == []
    assert store.pooled([]).shape == (0, VIEWS, encoder.pooled_width)


def test_photos_may_go_once_encoded(photos, encoder, cache) -> None:
    FeatureStore(encoder, cache).ensure(photos)
    for photo in photos:
        photo.path.unlink()
    store = FeatureStore(encoder, cache)
    assert store.ensure(photos) == {}
    assert store.pooled(photos).shape == (7, VIEWS, encoder.pooled_width)
    assert sum(len(rows) for _, rows in store.iter_patches(photos)) == 7


def test_what_the_cache_lost_is_encoded_again(photos, encoder, cache) -> None:
    store = FeatureStore(encoder, cache)
    store.ensure(photos)
    before = [rows for _, rows in store.iter_patches(photos)]
    cache.clear()
    after = [rows for _, rows in store.iter_patches(photos)]
    torch.testing.assert_close(before, after, rtol=0, atol=0)
    cache.clear()
    torch.testing.assert_close(FeatureStore(encoder, cache).pooled(photos), store.pooled(photos), rtol=0, atol=0)


def test_a_photo_that_changed_is_not_taken_for_what_it_was(photos, encoder, cache) -> None:
    Image.new("RGB", (8, 8), "red").save(photos[3].path)
    store = FeatureStore(encoder, cache)
    ((content, reason),) = store.ensure(photos).items()
    assert content == photos[3].sha256
    assert "3.png is another photo than the one that was added" in reason
    with pytest.raises(InputError, match="another photo"):
        store.pooled(photos)


def test_cancelled_work_is_kept(photos, encoder, cache) -> None:
    job = Job(lambda event: job.cancel() if event.done else None, max_hz=1e6)
    with pytest.raises(Cancelled):
        FeatureStore(encoder, cache).ensure(photos, job)
    done = encoder.encoded
    assert 0 < done < 21
    FeatureStore(encoder, cache).ensure(photos)
    assert encoder.encoded <= 21 + VIEWS * encoder.batch_size
