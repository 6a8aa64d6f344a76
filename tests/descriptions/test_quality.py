import re
import time

import pytest

from models.building.seen_glosses import seen_in
from spa_desktop.descriptions.model import MOST_WORDS
from spa_desktop.descriptions.quality import LONGEST_SENTENCE, clip_to_context, complaint, photo_of, review, tidy
from spa_desktop.descriptions.wordnet import clauses_of, full_gloss, lemmas_of_all, seen_of


@pytest.mark.parametrize(
    "text",
    [
        "a photo of a cat",
        "A photo of cats.",
        "the cat",
        "this is an image showing a cat",
        "a typical cat picture",
        "unknown",
        "N/A",
        "I cannot describe this photo",
    ],
)
def test_text_that_says_nothing(text: str) -> None:
    assert complaint(text, "cat") == "says nothing about how it looks"


@pytest.mark.parametrize(
    "text", ["long whiskers", "a cat with a striped tail", "white paws", "cat-like eyes", "é oval"]
)
def test_text_that_says_something(text: str) -> None:
    assert complaint(text, "cat") is None


def test_long_text_is_measured_by_the_encoder_and_by_words() -> None:
    text = "one two three four"
    assert complaint(text, "cat", fits=lambda line: len(line) < 5) == "is longer than the text encoder reads"
    assert complaint("very " * 12 + "long", "cat") == "has more than 12 words"
    assert complaint("very " * 12 + "long", "cat", most_words=None) is None


def test_review_keeps_order_and_says_why() -> None:
    kept, complaints = review(["- Long tail.", "a photo of a cat", "long tails", '"white paws"', ""], "cat")
    assert kept == ["Long tail", "white paws"]
    assert [line.split('" ')[1] for line in complaints] == [
        "says nothing about how it looks",
        "is there twice",
        "is empty",
    ]


def test_tidy_takes_list_marks_off_but_not_hyphens() -> None:
    assert tidy("2) web-footed bird;") == "web-footed bird"
    assert tidy("3 white stripes") == "3 white stripes"


def test_a_sentence_stops_before_it_is_cut() -> None:
    assert clip_to_context("a", ["b", "ccc", "d"], lambda line: len(line) <= 6) == "a, b"


def test_a_text_of_any_length_is_judged_before_it_is_cut_into_tokens():
    def fits(text: str) -> bool:
        assert len(text) <= LONGEST_SENTENCE
        return True

    began = time.process_time()
    for text in ("a" * 10**6, "a, " * 300_000, "aA1" * 300_000, " " * 10**6 + "a"):
        complaint(text, "cat", fits=fits)
        complaint(text, "cat", fits=fits, most_words=None)
    assert complaint("soft " * 100, "cat") == "is too long"
    assert complaint("soft " * 1000, "cat", most_words=None) == "is too long"
    assert time.process_time() - began < 10


def test_letters_that_no_file_can_hold_are_left_out():
    assert tidy("long\ud800 tail\0\x1b[31m") == "long tail [31m"
    assert tidy("\u202eright to left") == "right to left"
    assert (
        tidy("\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645") == "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645"
    )


A = """utensil, ewe, urinal, utility pole, unique cup, one way street, ukulele, u boat, house, honeycomb, hotel, 10,
european hornet, euphonium, union flag, xylophone, used car, crab"""
AN = """hourglass, heirloom tomato, honest man, x ray, urn, uninhabited island, 8 ball, 18 wheeler, unidentified bird,
usher, uncle, onion, utter mess, upright piano, egret, ermine, airplane, Arla milk, umbrella"""


@pytest.mark.parametrize(("article", "names"), [("a", A), ("an", AN)])
def test_the_article_goes_by_the_sound(article: str, names: str) -> None:
    for name in names.replace("\n", " ").split(", "):
        assert photo_of(name.strip()) == f"a photo of {article} {name.strip()}"


def test_phrases_that_differ_in_vowel_signs_are_two() -> None:
    assert review(["काला", "काली", "कील"], "बिल्ली")[0] == ["काला", "काली", "कील"]
    assert complaint("काली", "काला") is None


def test_the_table_that_ships_is_what_is_seen_in_the_glosses() -> None:
    for synset in lemmas_of_all():
        phrases = seen_in(full_gloss(synset))
        assert seen_of(synset) == phrases, "out of date: run python -m models.building.seen_glosses"
        assert all(2 <= len(phrase.split()) <= MOST_WORDS for phrase in phrases), phrases


@pytest.mark.parametrize(
    ("gloss", "phrases"),
    [
        ("the lowest molding of an architectural base or of a baseboard", None),
        ("a train taking passengers to or from a port", None),
        ("a pad worn in baseball by catchers and by football players", None),
        (
            "mostly harmless terrestrial or arboreal or aquatic snakes",
            ["harmless terrestrial or arboreal or aquatic snakes"],
        ),
        ("small wild or domesticated bird of Europe or Asia with webbed feet", ["small bird with webbed feet"]),
        ("a barrier constructed to contain the flow of water or to keep out the sea of the Dutch", []),
        ("a tall leafy European biennial or perennial having pink flowers", ["tall leafy plant having pink flowers"]),
        ("rice and chicken cooked with or without other ingredients", None),
        ("one or more recordings issued together", ["one or more recordings issued together"]),
        ("any of two or three large heavy-bodied lizards", ["large heavy-bodied lizards"]),
        ("a workplace where ships are built or repaired", None),
        ("small rounded bread either plain or sweet", ["small rounded bread"]),
        ("tail is white tipped", []),
    ],
)
def test_what_a_gloss_joins_by_or_is_said_whole_or_not_at_all(gloss: str, phrases: list[str] | None) -> None:
    assert seen_in(gloss) == ([gloss.removeprefix("a ").removeprefix("the ")] if phrases is None else phrases)


def test_no_phrase_that_ships_lost_the_or_between_two_words_of_its_gloss() -> None:
    for synset in lemmas_of_all():
        said = f" {' ; '.join(seen_of(synset))} "
        for clause in clauses_of(full_gloss(synset)):
            for one, other in re.findall(r"(?=\b(\S+),? or (?!more\b)(\S+))", clause):
                assert f" {one} {other} " not in said or f"{one} {other}" in clause, (said, clause)
