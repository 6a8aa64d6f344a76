"""Photos broken at random: each opens, or is refused in one line. `python -m benchmarks.faults` breaks more."""

import sys

import pytest

from tests.photos.faults import broken_photos, is_fine


@pytest.mark.skipif(sys.platform != "linux", reason="memory is read from /proc")
def test_broken_photos(tmp_path):
    ended = list(broken_photos(120, 0, tmp_path))
    assert [one for one in ended if not is_fine(one)] == []
    assert {one.how for one in ended} == {"opened", "refused"}
