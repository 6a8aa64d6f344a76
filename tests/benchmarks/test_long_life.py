"""What a long life is judged by. The life itself takes minutes: `python -m benchmarks.long_life --minutes 1 --tiny`."""

import pytest

from benchmarks.long_life import Counted, verdicts


def judged(last: Counted, late: list[float] | None = None) -> dict[str, str]:
    """The verdicts on a life that ends so. Before, all was as it should be; the beginning does not count."""
    flat = [Counted(10.0 * step, 800.0, 7, 12, 0, 600) for step in range(4, 10)]
    lines = verdicts([Counted(1, 300.0, 2, 5, 0, 100), *flat, last, last, last], late or [1.0] * 100)
    return {name: met for name, _, _, met in lines}


def test_flat_is_flat():
    assert set(judged(Counted(100, 830.0, 7, 12, 0, 605)).values()) == {"yes"}


@pytest.mark.parametrize(
    ("what", "last"),
    [
        ("memory", Counted(100, 850.0, 7, 12, 0, 600)),
        ("threads", Counted(100, 800.0, 8, 12, 0, 600)),
        ("files", Counted(100, 800.0, 7, 13, 0, 600)),
        ("temporary", Counted(100, 800.0, 7, 12, 1, 600)),
        ("widgets", Counted(100, 800.0, 7, 12, 0, 700)),
    ],
)
def test_growth_is_told(what, last):
    assert [name for name, met in judged(last).items() if met == "no"] == [what]


def test_late_ticks_are_told():
    assert judged(Counted(100, 800.0, 7, 12, 0, 600), [1.0] * 95 + [50.0] * 5)["ticks"] == "no"
