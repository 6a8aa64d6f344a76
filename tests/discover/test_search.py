"""Photos are found by words, and words that fit nothing are told from those that do."""

import pytest
import torch
from torch.nn.functional import normalize

from spa_desktop.discover.search import PhotoSearch, joint_features
from spa_desktop.errors import InputError
from spa_desktop.feature_store import FeatureStore, MemoryCache, PhotoRef
from spa_desktop.jobs import Job
from tests.workbench.tiny import TinyEncoder, draw_photo


@pytest.fixture
def encoder() -> TinyEncoder:
    return TinyEncoder()


def photos_of(encoder, *words: str, noise: float = 0.3) -> torch.Tensor:
    """Photos that lie near to words."""
    random = torch.Generator().manual_seed(0)
    return normalize(encoder.encode_texts(words).sentence + noise * torch.randn(len(words), 16, generator=random) / 4)


def test_the_photos_that_are_nearest_to_the_words_come_first(encoder):
    search = PhotoSearch(encoder, photos_of(encoder, "red barn", "blue boat", "red barn", "green hill"))
    found = search.find("  red   barn ")
    assert set(found.order[:2]) == {0, 2}
    assert found.similarity.shape == (4,)
    assert found.similarity[found.order[0]] == found.similarity.max()


@pytest.mark.parametrize("copies", [1, 3, 40])
def test_words_fit_where_a_photo_shows_them_however_many_there_are(encoder, copies):
    search = PhotoSearch(encoder, photos_of(encoder, *["sour cream"] * copies, *["parking lot"] * copies))
    assert search.find("sour cream").fits
    assert search.find("parking lot").fits
    absent = [f"absent{number} word{number}" for number in range(40)]
    told = [not search.find(words).fits for words in absent]
    assert sum(told) >= 28, "most of what is not there is told"


def test_no_words_and_too_many_words_are_said_so(encoder):
    search = PhotoSearch(encoder, photos_of(encoder, "red barn"))
    with pytest.raises(InputError, match="no words"):
        search.find("  ")
    with pytest.raises(InputError, match="use fewer"):
        search.find("word " * 100)


def test_photos_are_encoded_once_and_those_that_cannot_be_read_are_left_out(encoder, tmp_path):
    files = [draw_photo(tmp_path / f"{look}.png", look, 1) for look in ("red", "blue")]
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"no photo")
    refs, cache = [PhotoRef.of(file) for file in (*files, broken)], MemoryCache()
    said: list[str] = []
    found = joint_features(FeatureStore(encoder, cache), refs, Job(lambda event: said.append(event.message or "")))
    assert list(found) == [ref.sha256 for ref in refs[:2]]
    assert any("broken.png" in line for line in said)
    files[0].unlink()
    encoded = encoder.encoded
    again = joint_features(FeatureStore(encoder, cache), refs[:2], Job())
    assert encoder.encoded == encoded, "also where the file is gone"
    assert torch.equal(again[refs[0].sha256], found[refs[0].sha256])
