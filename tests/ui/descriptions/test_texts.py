"""Changes of a description as plain functions."""

from __future__ import annotations

from dataclasses import replace

import pytest

from spa_desktop.errors import InputError
from spa_desktop.project.records import Description, Phrase, Support
from spa_desktop.ui.descriptions import phrase_editor

OLD = Description(
    7,
    (Phrase("red cap", "offline", (Support(3, 12),)), Phrase("white dots", "gpt")),
    "a mushroom",
    "offline",
    created="x",
)


def words(description: Description) -> list[str]:
    return [phrase.text for phrase in description.phrases]


def test_a_changed_phrase_is_the_persons_and_the_others_stay():
    new = phrase_editor.with_phrase(0, "red cap", "scarlet cap")(OLD)
    assert new.phrases == (Phrase("scarlet cap", "edited"), Phrase("white dots", "gpt"))
    assert new.created == "", "the time is noted when it is stored"
    assert words(OLD) == ["red cap", "white dots"]


def test_adding_moving_and_deleting():
    assert words(phrase_editor.with_new_phrase("gills")(OLD)) == ["red cap", "white dots", "gills"]
    assert words(phrase_editor.with_moved_phrase(0, 1, "red cap")(OLD)) == ["white dots", "red cap"]
    assert words(phrase_editor.with_phrase(0, "red cap", "")(OLD)) == ["white dots"]


def test_a_text_that_changed_meanwhile_is_not_touched():
    for change in (
        phrase_editor.with_phrase(0, "other", "new"),
        phrase_editor.with_phrase(5, "x", ""),
        phrase_editor.with_moved_phrase(1, 0, "x"),
    ):
        with pytest.raises(InputError, match="meanwhile"):
            change(OLD)


def test_a_description_keeps_one_phrase_and_says_nothing_twice():
    with pytest.raises(InputError, match="one phrase"):
        phrase_editor.with_phrase(0, "white dots", "")(phrase_editor.with_phrase(0, "red cap", "")(OLD))
    with pytest.raises(InputError, match="already"):
        phrase_editor.with_new_phrase("Red CAP")(OLD)


def test_the_same_words_are_the_same_whoever_wrote_them():
    assert phrase_editor.same_words(OLD, phrase_editor.with_sentence("a mushroom")(OLD))
    assert not phrase_editor.same_words(OLD, phrase_editor.with_sentence("a fungus")(OLD))
    assert not phrase_editor.same_words(OLD, None)
    assert phrase_editor.same_words(None, None)


def test_text_is_stored_as_one_line_of_bounded_length():
    assert phrase_editor.cleaned("  red \n cap ") == "red cap"
    assert len(phrase_editor.cleaned("word " * 100)) <= phrase_editor.MOST_LETTERS


QUOTING = Description(
    7,
    (Phrase("red cap", "offline"), Phrase("white dots", "offline")),
    "a photo of a toadstool, red cap, white dots",
    "offline",
)


def test_the_sentence_quotes_a_phrase_as_it_was_edited():
    assert phrase_editor.with_phrase(0, "red cap", "scarlet cap")(QUOTING).sentence == (
        "a photo of a toadstool, scarlet cap, white dots"
    )
    assert phrase_editor.with_phrase(1, "white dots", "")(QUOTING).sentence == "a photo of a toadstool, red cap"
    with_stop = replace(QUOTING, sentence="Toadstool, Red cap, white dots.")
    assert (
        phrase_editor.with_phrase(1, "white dots", "pale dots")(with_stop).sentence == "Toadstool, Red cap, pale dots."
    )
    assert phrase_editor.with_phrase(1, "white dots", "")(with_stop).sentence == "Toadstool, Red cap."


def test_a_sentence_that_quotes_nothing_of_a_phrase_stays():
    other = replace(QUOTING, sentence="A mushroom that has a red cap and dots")
    assert phrase_editor.with_phrase(0, "red cap", "scarlet cap")(other).sentence == other.sentence
    assert phrase_editor.with_phrase(0, "red cap", "")(other).sentence == other.sentence
