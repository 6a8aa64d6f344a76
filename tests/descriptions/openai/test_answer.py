from __future__ import annotations

import pytest

from spa_desktop.descriptions.openai.answer import Said, declines, is_broken_off, read_answer


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"phrases": ["a b", "c d"], "sentence": "e"}', Said(("a b", "c d"), "e")),
        ('{"Sentence": "e", "Phrases": ["a b"]}', Said(("a b",), "e")),
        ('In brackets [sic]: {"phrases": ["a b"]} and {"phrases": ["x"]}', Said(("a b",))),
        ('{"phrases": [], "details": ["a b", 3]}', Said(("a b",))),
        ("- a b\n2) c d\n\nSentence: It is so.", Said(("a b", "c d"), "It is so.")),
        ('{"phrases": ["a b", "c d"], "sent', None),
        ('{"phrases": "a b"}', None),
        ("It is grey.", None),
        ("<think>- a b\n- c d", None),
        ("[" * 100_000, None),
        ("", None),
    ],
)
def test_phrases_are_found_where_there_are_any(text, said):
    assert read_answer(text) == said


def test_what_breaks_off_and_what_declines():
    assert [is_broken_off(text) for text in ('{"a": ', "```json\n[1,", "{}", "grey", "")] == [
        True,
        True,
        False,
        False,
        False,
    ]
    assert [declines(text) for text in ("Sorry, no.", "I’m unable to", "I cannot", "grey", "sorrel coat")] == [
        True,
        True,
        True,
        False,
        False,
    ]
