import pytest

from spa_desktop.descriptions.wordnet import key, match, plain, words


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        ("Motorbikes", "motorbike", True),
        ("red_bell_pepper", "Red Bell-Pepper", True),
        ("soccer ball", "soccerball", True),
        ("café", "Cafe", True),
        ("strawberries", "strawberry", True),
        ("cre\u0300me_bru\u0302le\u0301e", "Crème brûlée", True),
        ("קָפֶה", "קפה", True),  # Hebrew with and without vowel points
        ("glass", "glas", False),
        ("bus", "bu", False),
        ("chair", "windsor chair", False),
        ("日本", "中国", False),
        ("काला", "कील", False),  # black, nail: they differ in vowels
        ("かき", "かぎ", False),  # persimmon, key
        ("เสือ", "เสื้อ", False),  # tiger, shirt
    ],
)
def test_spellings_of_one_name_share_a_key_and_different_names_do_not(one: str, other: str, is_same: bool) -> None:
    assert (key(one) == key(other)) is is_same


def test_an_exact_name_wins_over_a_forgiving_one_and_none_is_guessed() -> None:
    assert match(["cats", "Dog", "bird"], ["cat", "cats", "dog"]) == {"cats": "cats", "Dog": "dog"}
    assert match(["CAT"], ["cat", "cats"]) == {}


def test_words_run_together_are_split_only_into_known_ones() -> None:
    known = {"mobile", "home", "park", "tennis", "court"}
    assert words("mobilehomepark", known) == ["mobile", "home", "park"]
    assert words("tenniscourtish", known) == ["tenniscourtish"]
    assert plain("TennisCourt_2") == "tennis court 2"
    assert plain("日本_1") == "日本 1"
    assert plain("!!") == "!!"


@pytest.mark.parametrize("name", ["बिल्ली", "แมวน้ำ", "புலி", "crème brûlée", "نیم\u200cروز"])
def test_signs_that_follow_a_letter_do_not_part_a_word(name: str) -> None:
    assert plain(name) == name
    assert words(f"{name}_{name}") == [*name.split(), *name.split()]


def test_accents_written_apart_are_put_together() -> None:
    assert plain("Cre\u0300me_Bru\u0302le\u0301e") == "crème brûlée"
    assert words("\u2764\ufe0f \u0301") == []
