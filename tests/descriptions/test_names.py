from __future__ import annotations

import pytest

from spa_desktop.descriptions.wordnet import key, match, plain, words


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Motorbikes", "motorbike"),
        ("red_bell_pepper", "Red Bell-Pepper"),
        ("soccer ball", "soccerball"),
        ("café", "Cafe"),
        ("strawberries", "strawberry"),
        ("cre\u0300me_bru\u0302le\u0301e", "Crème brûlée"),
        ("קָפֶה", "קפה"),  # Hebrew with and without vowel points
    ],
)
def test_spellings_of_one_name_share_a_key(one: str, other: str) -> None:
    assert key(one) == key(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("glass", "glas"),
        ("bus", "bu"),
        ("chair", "windsor chair"),
        ("日本", "中国"),
        ("काला", "कील"),  # black, nail: they differ in vowels
        ("かき", "かぎ"),  # persimmon, key
        ("เสือ", "เสื้อ"),  # tiger, shirt
    ],
)
def test_different_names_keep_different_keys(one: str, other: str) -> None:
    assert key(one) != key(other)


def test_an_exact_name_wins_over_a_forgiving_one() -> None:
    assert match(["cats", "Dog", "bird"], ["cat", "cats", "dog"]) == {"cats": "cats", "Dog": "dog"}


def test_a_name_that_two_classes_share_is_not_guessed() -> None:
    assert match(["CAT"], ["cat", "cats"]) == {}


def test_words_run_together_are_split_only_into_known_ones() -> None:
    known = {"mobile", "home", "park", "tennis", "court"}
    assert words("mobilehomepark", known) == ["mobile", "home", "park"]
    assert words("tenniscourtish", known) == ["tenniscourtish"]
    assert plain("TennisCourt_2") == "tennis court 2"


def test_a_name_without_letters_is_kept() -> None:
    assert plain("日本_1") == "日本 1"
    assert plain("!!") == "!!"


@pytest.mark.parametrize("name", ["बिल्ली", "แมวน้ำ", "புலி", "crème brûlée", "نیم\u200cروز"])
def test_signs_that_follow_a_letter_do_not_part_a_word(name: str) -> None:
    assert plain(name) == name
    assert words(f"{name}_{name}") == [*name.split(), *name.split()]


def test_accents_written_apart_are_put_together() -> None:
    assert plain("Cre\u0300me_Bru\u0302le\u0301e") == "crème brûlée"
    assert words("\u2764\ufe0f \u0301") == []
