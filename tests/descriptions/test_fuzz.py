"""Whatever a service answers or a file holds: a description, or one line that says why not.

`HYPOTHESIS_PROFILE=long` looks for minutes.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from spa_desktop.descriptions.consent import ProjectFile, consent_path, kept_consent
from spa_desktop.descriptions.file_writer import FileWriter
from spa_desktop.descriptions.model import ClassDescription, DescriptionRequest, TokenUse
from spa_desktop.descriptions.openai.openai_writer import OpenAIWriter, declines, is_broken_off, read_answer
from spa_desktop.descriptions.openai.service import (
    NotSpoken,
    Prompt,
    Reply,
    WriterOptions,
    _chat_reply,
    responses,
)
from spa_desktop.descriptions.openai.service_failures import ServiceError, quote
from spa_desktop.descriptions.quality import LONGEST_SENTENCE, one_line, review, tidy
from spa_desktop.errors import InputError
from spa_desktop.jobs import Job

# Letters that mean something somewhere, among all others.
TEXT = st.text(st.one_of(st.characters(), st.sampled_from('{}[]"\\:,.;<>/`-*\n\r\t \0\x1b\u2028\u202e')), max_size=200)
WORDS = st.lists(st.sampled_from(["long", "tail", "red", "a", "the", "photo", "with", "and", "x" * 40]), max_size=30)
PHRASE = st.one_of(TEXT, WORDS.map(" ".join))
KEYS = st.sampled_from(
    (
        *("phrases", "sentence", "Phrases", "classes", "output", "type", "content", "text", "choices", "message"),
        *("error", "code", "usage", "input_tokens", "output_tokens", "refusal", "incomplete_details", "reason"),
    )
)
JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), PHRASE),
    lambda inner: st.one_of(st.lists(inner, max_size=8), st.dictionaries(st.one_of(PHRASE, KEYS), inner, max_size=6)),
    max_leaves=30,
)
BYTES = st.one_of(JSON.map(json.dumps).map(str.encode), st.binary(max_size=300))
PROMPT = Prompt("", "", (), "")


def sound(lines: Iterable[str]) -> bool:
    """Whether lines can be shown and stored."""
    return all(line == one_line(line) and len(line) <= LONGEST_SENTENCE and line.encode() is not None for line in lines)


def with_text(said: str) -> str:
    """A good answer in both formats, but for its text and its counts."""
    return json.dumps(
        {
            "status": "completed",
            "output": [{"type": "message", "content": [{"type": "output_text", "text": said}]}],
            "choices": [{"message": {"content": said}}],
            "usage": {"input_tokens": 10**30, "output_tokens": -1},
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


class OneAnswer:
    """A client that has one answer to everything."""

    def __init__(self, content: bytes) -> None:
        self.content = content
        self.http_response = self.with_raw_response = self.responses = self

    def parse(self, **_: Any) -> OneAnswer:
        return self


def reply_or_line(read: Callable[[], Reply]) -> Reply | str:
    try:
        return read()
    except NotSpoken as error:
        return quote(error.said)


def verdict_or_line(reply: Reply) -> tuple[tuple[str, ...], str, list[str]] | str:
    try:
        return OpenAIWriter(lambda text: len(text.split()) < 40, WriterOptions())._judge("raccoon", reply)
    except ServiceError as error:
        return str(error)


@given(ANSWERS)
@example(b'{"output": 1e999}')
@example(b'{"output": [' + b"9" * 5000 + b"]}")
def test_any_answer_is_a_description_or_one_line(content: bytes) -> None:
    readers: tuple[Callable[[], Reply], ...] = (
        lambda: responses(OneAnswer(content), PROMPT, "m", None),  # type: ignore[arg-type]
        lambda: _chat_reply(content),
    )
    for read in readers:
        reply = reply_or_line(read)
        if isinstance(reply, str):
            assert sound([reply])
            continue
        assert reply.tokens is None or TokenUse.counted(reply.tokens.input, reply.tokens.output) == reply.tokens
        verdict = verdict_or_line(reply)
        if isinstance(verdict, str):
            assert sound([verdict])
            continue
        phrases, sentence, notes = verdict
        assert 4 <= len(phrases) <= 8
        assert sound([*phrases, sentence])
        assert len(notes) <= 200


@given(TEXT)
def test_any_text_is_read(text: str) -> None:
    said = read_answer(text)
    assert said is None or said.phrases
    is_broken_off(text)
    declines(text)
    assert sound([tidy(text), *review([text, text], "cat").kept])


FILES = st.one_of(
    JSON.map(json.dumps),
    TEXT,
    st.dictionaries(st.sampled_from(["cat", "Cats", "dog", "\ud800"]), JSON, max_size=3).map(json.dumps),
    st.lists(st.tuples(st.sampled_from(["cat", '"cat', "c\0"]), PHRASE)).map(
        lambda rows: "\n".join(f"{name},{text}" for name, text in rows)
    ),
)


def read_or_line(path: Path) -> ClassDescription | str:
    try:
        writer = FileWriter(path, lambda text: len(text.split()) < 40)
        return writer.write(DescriptionRequest("cat", (), {"dog": ()}), Job())
    except InputError as error:
        return str(error)


@given(st.sampled_from([".json", ".csv", ".tsv", ".txt"]), FILES)
@example(".csv", "\x08,0")
def test_any_file_is_read_or_refused_in_one_line(
    tmp_path_factory: pytest.TempPathFactory, suffix: str, text: str
) -> None:
    path = tmp_path_factory.getbasetemp() / f"cat{suffix}"
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    found = read_or_line(path)
    if isinstance(found, str):
        assert found.isprintable()
        assert len(found) < 1000
        return
    assert 1 <= len(found.phrases) <= 8
    assert sound([*found.texts, found.sentence])


@given(BYTES)
def test_no_consent_comes_out_of_any_file(content: bytes) -> None:
    path = consent_path()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    path.chmod(0o600)
    assert kept_consent(ProjectFile("", "/a.spa", 1, 1), "https://api.openai.com/v1") is None
    path.unlink()
