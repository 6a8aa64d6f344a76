"""A few sequences of verbs; ``python -m benchmarks.faults --only sequences`` does a thousand."""

import os

import pytest

from tests.faults.sequences import run

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="a second program is a fork")


def test_verbs_in_any_order() -> None:
    done, refused = run(6, steps=12)
    assert done["sequences"] >= 6
    assert done["train"] >= 3
    assert sum(done.values()) + sum(refused.values()) > 45
