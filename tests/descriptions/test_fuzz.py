"""Whatever a service answers or a file holds: a description, or one line that says why not.

`HYPOTHESIS_PROFILE=long` looks for minutes.
"""

from __future__ import annotations

import json

from hypothesis import example, given
from hypothesis import strategies as st

from tests.faults import parsers

# Letters that mean something somewhere, among all others.
TEXT = st.text(st.one_of(st.characters(), st.sampled_from('{}[]"\\:,.;<>/`-*\n\r\t \0\x1b\u2028\u202e')), max_size=200)
WORDS = st.lists(st.sampled_from(["long", "tail", "red", "a", "the", "photo", "with", "and", "x" * 40]), max_size=30)
PHRASE = st.one_of(TEXT, WORDS.map(" ".join))
KEYS = st.sampled_from(
    (
        *("phrases", "sentence", "Phrases", "classes", "type", "content", "text", "choices", "message", "error"),
        *("code", "usage", "prompt_tokens", "completion_tokens", "refusal", "finish_reason"),
    )
)
JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), PHRASE),
    lambda inner: st.one_of(st.lists(inner, max_size=8), st.dictionaries(st.one_of(PHRASE, KEYS), inner, max_size=6)),
    max_leaves=30,
)
BYTES = st.one_of(JSON.map(json.dumps).map(str.encode), st.binary(max_size=300))


def with_text(said: str) -> str:
    """A good answer, but for its text and its counts."""
    return json.dumps(
        {
            "choices": [{"message": {"content": said}}],
            "usage": {"prompt_tokens": 10**30, "completion_tokens": -1},
        }
    )


SAID = st.one_of(
    JSON.map(json.dumps), TEXT, st.lists(PHRASE, max_size=10).map(lambda some: json.dumps({"phrases": some}))
)
ANSWERS = st.one_of(
    SAID.map(with_text).map(str.encode),
    TEXT.map(lambda text: text.encode("utf-8", "surrogatepass")),
    BYTES,
)


@given(ANSWERS)
@example(b'{"choices": 1e999}')
@example(b'{"choices": [' + b"9" * 5000 + b"]}")
def test_any_answer_is_a_description_or_one_line(content: bytes) -> None:
    parsers.read_service_answer(content)


FILES = st.one_of(
    JSON.map(json.dumps),
    TEXT,
    st.dictionaries(st.sampled_from(["cat", "Cats", "dog", "\ud800"]), JSON, max_size=3).map(json.dumps),
    st.lists(st.tuples(st.sampled_from(["cat", '"cat', "c\0"]), PHRASE)).map(
        lambda rows: "\n".join(f"{name},{text}" for name, text in rows)
    ),
)


@given(st.integers(0, 3), FILES)
@example(1, "\x08,0")
def test_any_file_is_read_or_refused_in_one_line(suffix: int, text: str) -> None:
    parsers.read_description_file(bytes([suffix]) + text.encode("utf-8", "surrogatepass"))


@given(BYTES)
def test_no_consent_comes_out_of_any_file(content: bytes) -> None:
    parsers.read_consents(content)
