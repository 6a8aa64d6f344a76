"""Photos broken at random: each opens, or is refused in one line. SPA_DESKTOP_PHOTO_FAULTS=5000 breaks more of them."""

from __future__ import annotations

import os

import pytest

from tests.photos.faults import broken_photos, is_fine
from tests.photos.mutations import mutated, whole_photos
from tests.photos.watched import watch


@pytest.mark.timeout(3600)
def test_broken_photos(tmp_path):
    count = int(os.environ.get("SPA_DESKTOP_PHOTO_FAULTS", "200"))
    ended = list(broken_photos(count, 0, tmp_path))
    assert [one for one in ended if not is_fine(one)] == []
    assert {one.how for one in ended} == {"opened", "refused"}


def test_whole_photos_open(tmp_path):
    paths = []
    for name, content in whole_photos().items():
        paths.append(tmp_path / name)
        paths[-1].write_bytes(content)
    assert {one.path.name: (one.how, one.text) for one in watch(paths) if one.how != "opened"} == {}


def test_a_number_gives_the_same_photo_always():
    assert mutated(7) == mutated(7)
    assert len({mutated(number)[1] for number in range(40)}) > 35
