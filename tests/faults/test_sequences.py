"""A few sequences of verbs; ``python -m benchmarks.faults --only sequences`` does a thousand."""

from __future__ import annotations

from tests.faults.sequences import run


def test_verbs_in_any_order_leave_what_the_model_says() -> None:
    done, refused = run(6, steps=12)
    assert done["sequences"] >= 6
    assert done["train"] >= 3
    assert sum(done.values()) + sum(refused.values()) > 45
