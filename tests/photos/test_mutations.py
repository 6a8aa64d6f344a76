"""Photos broken at random: each opens, or is refused in one line. `python -m tests.photos.faults 5000` breaks more."""

from __future__ import annotations

from tests.photos.faults import broken_photos, is_fine
from tests.photos.mutations import mutated, whole_photos
from tests.photos.watched import watch


def test_broken_photos(tmp_path):
    ended = list(broken_photos(120, 0, tmp_path))
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
