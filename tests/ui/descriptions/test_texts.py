"""Changes of a description as plain functions."""

from dataclasses import replace

import pytest

from spa_desktop.errors import InputError
from spa_desktop.project.records import Description, Phrase, Support
from spa_desktop.ui.descriptions.phrase_editor import with_moved_phrase, with_new_phrase, with_phrase

OLD = Description(
    7,
    (Phrase("red cap", "offline", (Support(3, 12),)), Phrase("white dots", "gpt")),
    "a mushroom",
    "offline",
    created="x",
)


def test_a_new_phrase_shows_in_a_sentence_that_quotes_the_others():
    quoting = replace(OLD, sentence="a photo of a mushroom, red cap, white dots.")
    assert with_new_phrase("gills")(quoting).sentence == "a photo of a mushroom, red cap, white dots, gills."
    new = with_new_phrase("gills")(OLD)
    assert new.sentence == "a mushroom", "a sentence of one's own stays"
    assert new.created == "", "the time is noted when it is stored"
    bare = replace(OLD, phrases=(), sentence="a photo of a mushroom")
    assert with_new_phrase("gills")(bare).sentence == "a photo of a mushroom, gills"


def test_a_text_that_changed_meanwhile_is_not_touched():
    for change in (with_phrase(0, "other", "new"), with_phrase(5, "x", ""), with_moved_phrase(1, 0, "x")):
        with pytest.raises(InputError, match="meanwhile"):
            change(OLD)


@pytest.mark.parametrize(
    ("sentence", "row", "text", "new"),
    [
        ("a toadstool, red cap, white dots", 0, "scarlet cap", "a toadstool, scarlet cap, white dots"),
        ("a toadstool, red cap, white dots", 1, "", "a toadstool, red cap"),
        ("Toadstool, Red cap, white dots.", 1, "pale dots", "Toadstool, Red cap, pale dots."),
        ("Toadstool, Red cap, white dots.", 1, "", "Toadstool, Red cap."),
        ("It has a red cap and dots", 0, "scarlet cap", "It has a red cap and dots"),
        ("It has a red cap and dots", 0, "", "It has a red cap and dots"),
    ],
)
def test_the_sentence_quotes_a_phrase_as_it_was_edited(sentence, row, text, new):
    quoting = replace(OLD, sentence=sentence)
    assert with_phrase(row, quoting.phrases[row].text, text)(quoting).sentence == new
