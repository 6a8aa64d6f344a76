"""Photos made to take memory or time: each opens as usual or is refused in one line, soon and within the memory."""

import sys

import pytest

from tests.photos.bombs import BOMBS
from tests.photos.faults import ends_of, is_fine
from tests.photos.watched import Ended

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="memory is read from /proc")


@pytest.fixture(scope="module")
def ended(tmp_path_factory) -> dict[str, Ended]:
    made = {name: make() for name, _, make in BOMBS}
    return {one.path.name: one for one in ends_of(made, tmp_path_factory.mktemp("bombs"))}


@pytest.mark.parametrize(("name", "reason"), [(name, reason) for name, reason, _ in BOMBS], ids=[b[0] for b in BOMBS])
def test_a_bomb(ended, name, reason):
    one = ended[name]
    assert is_fine(one), one
    assert one.how == ("opened" if reason is None else "refused"), one
    assert reason is None or reason in one.text
