"""What to label next: doubtful, typical of many, and far from each other."""

import numpy as np
import pytest

from spa_desktop.discover.useful import doubt_of, most_useful


@pytest.fixture
def clouds() -> np.ndarray:
    """Three clouds of 40, 30 and 20 photos, and four that are like nothing."""
    random = np.random.default_rng(0)
    middles, sizes = np.eye(8)[:3] * 6, (40, 30, 20)
    parts = [middle + random.normal(0, 0.5, (size, 8)) for middle, size in zip(middles, sizes, strict=True)]
    outliers = np.eye(8)[3:7] * 30
    return np.concatenate([*parts, outliers]).astype(np.float32)


def test_with_nothing_learned_each_cloud_comes_before_an_outlier(clouds):
    chosen = most_useful(clouds, np.ones(len(clouds), np.float32), 3)
    assert [0 if one < 40 else 1 if one < 70 else 2 for one in chosen] == [0, 1, 2], "the largest first"
    for one, (first, last) in zip(chosen, ((0, 40), (40, 70), (70, 90)), strict=True):
        middle = clouds[first:last].mean(axis=0)
        distance = np.linalg.norm(clouds - middle, axis=1)
        assert distance[one] < np.median(distance[first:last]), "it is typical"


def test_what_is_doubted_comes_first(clouds):
    doubt = np.full(len(clouds), 0.01, np.float32)
    doubt[70:90] = 0.9
    assert all(70 <= one < 90 for one in most_useful(clouds, doubt, 3))


def test_copies_are_not_asked_for_one_after_the_other():
    random = np.random.default_rng(1)
    copies = np.concatenate([np.zeros((30, 4)), random.normal(5, 1, (30, 4))]).astype(np.float32)
    chosen = most_useful(copies, np.ones(60, np.float32), 5)
    assert sum(one < 30 for one in chosen) == 1
    assert len(set(chosen)) == 5


def test_what_resembles_a_labelled_photo_is_not_asked_again(clouds):
    chosen = most_useful(clouds, np.ones(len(clouds), np.float32), 2, labelled=clouds[:3])
    assert [0 if one < 40 else 1 if one < 70 else 2 for one in chosen] == [1, 2]


def test_doubt_is_the_margin_also_where_only_the_best_classes_are_known():
    whole = np.array([[0.5, 0.3, 0.1, 0.1], [0.01, 0.01, 0.01, 0.97], [0.25] * 4])
    assert np.allclose(doubt_of(whole), [0.8, 0.04, 1.0], atol=1e-6)
    assert np.allclose(doubt_of(-np.sort(-whole)[:, :2]), doubt_of(whole), atol=1e-6)
    assert doubt_of(np.ones((2, 1))).tolist() == [0, 0]
