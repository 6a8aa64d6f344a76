"""Photos broken at random: each opens, or is refused in one line. `python -m benchmarks.faults` breaks more."""

from tests.photos.faults import broken_photos, ends_of, is_fine
from tests.photos.mutations import mutated, whole_photos


def test_broken_photos(tmp_path):
    ended = list(broken_photos(120, 0, tmp_path))
    assert [one for one in ended if not is_fine(one)] == []
    assert {one.how for one in ended} == {"opened", "refused"}


def test_whole_photos_open(tmp_path):
    assert [one for one in ends_of(whole_photos(), tmp_path) if one.how != "opened"] == []


def test_a_number_gives_the_same_photo_always():
    assert mutated(7) == mutated(7)
    assert len({mutated(number)[1] for number in range(40)}) > 35
