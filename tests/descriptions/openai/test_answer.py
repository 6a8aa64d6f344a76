import json
import time

import pytest

from spa_desktop.descriptions.openai.openai_writer import read_answer
from spa_desktop.descriptions.quality import Said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"phrases": ["a b", "c d"], "sentence": "e"}', Said(("a b", "c d"), "e")),
        ('```json\n{"phrases": ["a b"]}\n```', Said(("a b",))),
        ('<think>Hm [a] {...</think>Here:\n{"phrases": ["a b"]}\nAnything else?', Said(("a b",))),
        ('["a b", "c d"]', Said(("a b", "c d"))),
        ("- **a b**", Said(("**a b**",))),
        ('{"Sentence": "e", "Phrases": ["a b"]}', Said(("a b",), "e")),
        ('In brackets [sic]: {"phrases": ["a b"]} and {"phrases": ["x"]}', Said(("a b",))),
        ('Of {name}, as {a: 1} asks: {"phrases": ["a b"]}', Said(("a b",))),
        ('{"phrases": [], "details": ["a b", 3]}', Said(("a b",))),
        ('{"cat": {"phrases": ["a b", "c d"], "sentence": "e"}}', Said(("a b", "c d"), "e")),
        ('{"cat": {"cat": {"phrases": ["a b"]}}}', None),
        ("- a b\n2) c d\n\nSentence: It is so.", Said(("a b", "c d"), "It is so.")),
        ('{"phrases": ["a b", "c d"], "sent', None),
        ("It is grey.", None),
        ("<think>- a b\n- c d", None),
        ("", None),
    ],
)
def test_phrases_are_found_where_there_are_any(text, said):
    assert read_answer(text) == said


ODD = {
    "thoughts": "<think>" * 150_000,
    "brackets": "[" * 1_000_000,
    "objects": "{" * 1_000_000,
    "colons": "sentence" + ":" * 1_000_000,
    "list marks": "- " * 500_000,
    "many phrases": json.dumps({"phrases": ["long tail"] * 100_000}),
    "a long phrase": json.dumps({"phrases": ["a," * 500_000]}),
    "many names": json.dumps({f"name {number}": ["a b"] for number in range(50_000)}),
    "many lines": "- long tail\n" * 100_000,
    "a long sentence": '{"phrases": ["a b"], "sentence": "' + "a " * 50_000 + '"}',
}


@pytest.mark.parametrize("case", ODD)
def test_no_text_takes_long_or_gives_much(case):
    began = time.process_time()
    said = read_answer(ODD[case])
    assert time.process_time() - began < 2.0
    if said is not None:
        assert len(said.phrases) <= 64
        assert all(len(phrase) <= 300 for phrase in said.phrases)
        assert len(said.sentence) <= 2000
