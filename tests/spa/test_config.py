"""Settings are looked at, one by one: they may be a stranger's."""

from dataclasses import asdict, replace

import pytest
from pydantic import TypeAdapter

from spa_desktop.spa.config import SpaConfig

SETTINGS = TypeAdapter(SpaConfig).json_schema()["properties"]
NUMBERS = {name: one for name, one in SETTINGS.items() if one["type"] != "boolean"}
SWITCHES = [name for name in SETTINGS if name not in NUMBERS]


@pytest.mark.parametrize("name", NUMBERS)
def test_bounds_are_allowed_and_what_lies_beyond_is_not(name):
    """Covariances stay regular, ridges and widths positive, shares between nothing and all."""
    kind = int if NUMBERS[name]["type"] == "integer" else float
    low, high = kind(NUMBERS[name]["minimum"]), kind(NUMBERS[name]["maximum"])
    assert low <= getattr(SpaConfig(), name) <= high
    assert low >= (-1 if name == "dustbin_similarity" else 0)
    assert "shrinkage" not in name or 0 < low < high <= 1
    for bound, step in ((low, -1), (high, 1)):
        assert asdict(SpaConfig(**{name: bound}))[name] == bound
        with pytest.raises(ValueError, match=name):
            SpaConfig(**{name: bound + step * (1 if kind is int else 1e-4)})


@pytest.mark.parametrize(
    "value",
    [float("nan"), float("inf"), -float("inf"), "1", None, True, False, [1], 10**400, 1 + 0j],
    ids=lambda value: repr(value)[:8],
)
def test_what_is_no_number_is_refused(value):
    for name in NUMBERS:
        with pytest.raises(ValueError, match=name):
            SpaConfig(**{name: value})


def test_a_fraction_is_no_whole_number_and_a_switch_is_true_or_false():
    wrong = {name: 1.5 for name, one in NUMBERS.items() if one["type"] == "integer"} | dict.fromkeys(SWITCHES, 1)
    for name, value in wrong.items():
        with pytest.raises(ValueError, match=name):
            SpaConfig(**{name: value})


def test_a_changed_copy_is_looked_at_as_well():
    assert replace(SpaConfig(), patches=3).patches == 3
    with pytest.raises(ValueError, match="patches"):
        replace(SpaConfig(), patches=0)
