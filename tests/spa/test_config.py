"""Settings are looked at, one by one: they may be a stranger's."""

from dataclasses import asdict, fields, replace

import pytest

from spa_desktop.spa.config import _BOUNDS, EVIDENCE, SpaConfig

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


@pytest.mark.parametrize(
    "value",
    [float("nan"), float("inf"), -float("inf"), "1", None, True, False, [1], 10**400, 1 + 0j],
    ids=lambda value: repr(value)[:8],
)
@pytest.mark.parametrize("field", NUMBERS, ids=lambda field: field.name)
def test_what_is_no_number_is_refused(field, value):
    with pytest.raises(ValueError, match=f"{field.name} is "):
        SpaConfig(**{field.name: value})


@pytest.mark.parametrize("field", [field for field in NUMBERS if field.type == "int"], ids=lambda field: field.name)
def test_a_fraction_is_no_whole_number(field):
    with pytest.raises(ValueError, match=f"{field.name} is .*: give a whole number"):
        SpaConfig(**{field.name: float(_BOUNDS[field.name][0]) + 0.5})


@pytest.mark.parametrize("value", [1, 0, "yes", None, 1.0], ids=repr)
@pytest.mark.parametrize("field", SWITCHES, ids=lambda field: field.name)
def test_a_switch_is_true_or_false(field, value):
    with pytest.raises(ValueError, match=f"{field.name} is .*: give True or False"):
        SpaConfig(**{field.name: value})


def test_a_changed_copy_is_looked_at_as_well():
    assert replace(SpaConfig(), patches=3).patches == 3
    with pytest.raises(ValueError, match="patches"):
        replace(SpaConfig(), patches=0)


def test_the_kinds_of_evidence_are_named_once_each():
    assert len(EVIDENCE) == len(set(EVIDENCE)) == 5
