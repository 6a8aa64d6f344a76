"""Settings are looked at, one by one: they may be a stranger's."""

from dataclasses import asdict, fields

import pytest

from spa_desktop.spa.config import _BOUNDS, SpaConfig

NUMBERS = [field for field in fields(SpaConfig) if field.type != "bool"]
SWITCHES = [field for field in fields(SpaConfig) if field.type == "bool"]


def test_every_number_has_bounds_and_the_methods_own_lies_within():
    assert {field.name for field in NUMBERS} == set(_BOUNDS)
    for field in NUMBERS:
        low, high = _BOUNDS[field.name]
        assert low <= field.default <= high


def test_bounds_leave_nothing_that_divides_by_nothing_or_takes_it_backwards():
    """Covariances stay regular, ridges and widths positive, shares between nothing and all."""
    for name, (low, high) in _BOUNDS.items():
        assert low >= (-1 if name == "dustbin_similarity" else 0), name
        if "shrinkage" in name:
            assert 0 < low < high <= 1, name
    for name in ("epsilon", "text_ridge", "ridge", "logit_scale", "patches", "tokens", "text_rank", "kept_photos"):
        assert _BOUNDS[name][0] > 0, name
    assert _BOUNDS["folds"][0] >= 2


@pytest.mark.parametrize("field", NUMBERS, ids=lambda field: field.name)
def test_bounds_are_allowed_and_what_lies_beyond_is_not(field):
    is_valid = field.type == "int"
    for bound, step in zip(_BOUNDS[field.name], (-1, 1), strict=True):
        bound = int(bound) if is_valid else float(bound)
        assert asdict(SpaConfig(**{field.name: bound}))[field.name] == bound
        beyond = bound + step * (1 if is_valid else 1e-4)
        with pytest.raises(ValueError, match=f"{field.name} is .*: give a (whole )?number from"):
            SpaConfig(**{field.name: beyond})


@pytest.mark.parametrize("field", NUMBERS, ids=lambda field: field.name)
def test_what_is_no_number_is_refused(field):
    for value in (float("nan"), float("inf"), -float("inf"), "1", None, True, False, [1], 10**400, 1 + 0j):
        with pytest.raises(ValueError, match=f"{field.name} is "):
            SpaConfig(**{field.name: value})
    if field.type == "int":
        with pytest.raises(ValueError, match=f"{field.name} is .*: give a whole number"):
            SpaConfig(**{field.name: float(_BOUNDS[field.name][0]) + 0.5})


@pytest.mark.parametrize("value", [1, 0, "yes", None, 1.0], ids=repr)
@pytest.mark.parametrize("field", SWITCHES, ids=lambda field: field.name)
def test_a_switch_is_true_or_false(field, value):
    with pytest.raises(ValueError, match=f"{field.name} is .*: give True or False"):
        SpaConfig(**{field.name: value})
