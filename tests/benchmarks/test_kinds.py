"""What is true of a class, by WordNet, and which nouns are the class itself."""

import pytest

from benchmarks.truth.kinds import Case
from spa_desktop.descriptions.wordnet import name_of

ROBIN, SUNFLOWER, FLOWER = "n01558993", "n11978713", "n11669921"


@pytest.mark.parametrize(
    ("kind", "is_true"), [("robin", True), ("bird", True), ("beak", False), ("bird of prey", False), ("wheel", False)]
)
def test_a_kind_is_true_if_it_is_the_thing_or_above_it(kind, is_true):
    assert Case("birds", "robin", (), (ROBIN,)).is_true(kind) == is_true


def test_what_is_true_of_one_of_several_meanings_is_true():
    case = Case("flowers", "sunflower", (), (SUNFLOWER, FLOWER))
    assert case.is_true("flower")
    assert case.is_true("plant")


def test_own_nouns_are_the_thing_and_its_kinds_and_not_every_flower():
    assert set(map(name_of, Case("birds", "robin", (), (ROBIN,)).own_nouns)) == {"robin"}
    own = set(map(name_of, Case("animals", "terrier", (), ("n02092468",)).own_nouns))
    assert {"Norfolk terrier", "Airedale"} <= own
    assert "dalmatian" not in own
    assert "daisy" not in set(map(name_of, Case("flowers", "sunflower", (), (SUNFLOWER, FLOWER)).own_nouns))
