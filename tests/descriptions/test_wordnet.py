import pytest

from spa_desktop.descriptions import wordnet
from spa_desktop.descriptions.wordnet import senses


@pytest.mark.parametrize("name", ["dalmatian", "Dalmatian", "dalmatians", "DALMATIAN_"])
def test_a_noun_is_known_however_it_is_written(name: str) -> None:
    (sense,) = senses(name)
    assert sense.gloss == "a large breed having a smooth white coat with black or brown spots"
    assert sense.coverage == 1


@pytest.mark.parametrize(
    ("name", "noun"),
    [
        ("red_headed_woodpecker", "redheaded woodpecker"),
        ("colts_foot", "coltsfoot"),
        ("Fox-Gloves", "foxglove"),
        ("love_in_the_mist", "love in a mist"),
        ("clark_nutcracker", "clark s nutcracker"),
    ],
)
def test_a_noun_is_known_apart_joined_and_without_its_possessive(name: str, noun: str) -> None:
    best = senses(name)[0]
    assert (best.noun, best.coverage) == (noun, 1)


def test_a_noun_of_many_meanings_gives_them_all() -> None:
    glosses = {sense.gloss.split(" ")[0] for sense in senses("kiwi")}
    assert {"nocturnal", "fuzzy", "climbing"} <= glosses


def test_the_noun_inside_a_name_is_found_with_its_share() -> None:
    best = senses("red_bell_pepper")[0]
    assert (best.noun, round(best.coverage, 2)) == ("bell pepper", 0.67)
    assert senses("storagetanks")[0].noun == "storage tank"


def test_an_unknown_name_has_no_meaning() -> None:
    assert senses("zzyzx") == []
    assert senses("") == []
    assert senses("日本") == []


def test_tables_that_nobody_asks_for_are_let_go_of_and_read_again(monkeypatch):
    before = senses("robin")
    assert not wordnet.release(), "they were read just now"
    monkeypatch.setattr(wordnet, "_KEPT_SECONDS", -1)
    assert wordnet.release()
    assert not wordnet._index.cache_info().currsize
    assert not wordnet.release(), "there is nothing any more"
    assert senses("robin") == before
