"""Photos made to take memory or time: each opens as usual or is refused in one line, soon and within the memory."""

from __future__ import annotations

import pytest

from tests.photos.bombs import BOMBS
from tests.photos.faults import is_fine
from tests.photos.watched import Ended, watch


@pytest.fixture(scope="module")
def ended(tmp_path_factory) -> dict[str, Ended]:
    folder = tmp_path_factory.mktemp("bombs")
    for name, _, make in BOMBS:
        (folder / name).write_bytes(make())
    return {one.path.name: one for one in watch([folder / name for name, _, _ in BOMBS], patience=200)}


@pytest.mark.parametrize(("name", "reason"), [(name, reason) for name, reason, _ in BOMBS], ids=[b[0] for b in BOMBS])
def test_a_bomb(ended, name, reason):
    one = ended[name]
    assert is_fine(one), one
    assert one.memory < 450, one
    if reason is None:
        assert one.how == "opened", one
    else:
        assert one.how == "refused", one
        assert reason in one.text
