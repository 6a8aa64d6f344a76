"""Whatever a service answers or a file holds: a description, or one line that says why not.

`HYPOTHESIS_PROFILE=long` looks for minutes.
"""

import json
import tempfile
from pathlib import Path

from hypothesis import example, given
from hypothesis import strategies as st

from spa_desktop.descriptions.file_writer import SUFFIXES, FileWriter
from spa_desktop.descriptions.model import DescriptionRequest, TokenUse
from spa_desktop.descriptions.openai.openai_writer import OpenAIWriter
from spa_desktop.descriptions.openai.service import NotSpoken, ServiceError, WriterOptions, quote, read_reply
from spa_desktop.descriptions.quality import LONGEST_SENTENCE, one_line
from spa_desktop.errors import SpaError
from spa_desktop.jobs import Job


def _shown(line: str) -> None:
    assert line.isprintable(), line[:300]
    assert len(line) < 1000, len(line)


def _is_sound(text: str) -> bool:
    """Whether a line can be shown and stored."""
    return text == one_line(text) and len(text) <= LONGEST_SENTENCE and text.encode() is not None


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
        {"choices": [{"message": {"content": said}}], "usage": {"prompt_tokens": 10**30, "completion_tokens": -1}}
    )


SAID = st.one_of(
    JSON.map(json.dumps), TEXT, st.lists(PHRASE, max_size=10).map(lambda some: json.dumps({"phrases": some}))
)
ANSWERS = st.one_of(
    SAID.map(with_text).map(str.encode), TEXT.map(lambda text: text.encode("utf-8", "surrogatepass")), BYTES
)


@given(ANSWERS)
@example(b'{"choices": 1e999}')
@example(b'{"choices": [' + b"9" * 5000 + b"]}")
def test_any_answer_is_a_description_or_one_line(content: bytes) -> None:
    try:
        reply = read_reply(content)
    except NotSpoken as error:
        _shown(quote(str(error)))
        return
    assert reply.tokens is None or TokenUse.counted(reply.tokens.input, reply.tokens.output) == reply.tokens
    try:
        writer = OpenAIWriter(lambda text: len(text.split()) < 40, WriterOptions())
        phrases, sentence, notes = writer._judge("raccoon", reply)
    except ServiceError as error:
        _shown(str(error))
        return
    assert 4 <= len(phrases) <= 8
    assert len(notes) <= 200
    assert all(_is_sound(text) for text in (*phrases, sentence))


FILES = st.one_of(
    JSON.map(json.dumps),
    TEXT,
    st.dictionaries(st.sampled_from(["cat", "Cats", "dog", "\ud800"]), JSON, max_size=3).map(json.dumps),
    st.lists(st.tuples(st.sampled_from(["cat", '"cat', "c\0"]), PHRASE)).map(
        lambda rows: "\n".join(f"{name},{text}" for name, text in rows)
    ),
)


@given(st.sampled_from(SUFFIXES), FILES)
@example(".csv", "\x08,0")
def test_any_file_is_read_or_refused_in_one_line(suffix: str, text: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, f"cat{suffix}")
        path.write_bytes(text.encode("utf-8", "surrogatepass"))
        try:
            writer = FileWriter(path, lambda text: len(text.split()) < 40)
            found = writer.write(DescriptionRequest("cat", (), {"dog": ()}), Job())
        except SpaError as error:
            _shown(str(error))
            return
    assert 1 <= len(found.phrases) <= 8
    assert all(map(_is_sound, (*found.texts, found.sentence)))
