"""All that parses bytes of others with code of ours, as functions of bytes for a fuzzer: `benchmarks.faults_fuzz`.

A target gives nothing back. It may refuse in one line, as the app does; any other exception is what is looked for. What
takes longer than the app may take is told by whoever runs it.
"""

import functools
import json
import random
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from spa_desktop.descriptions.model import TokenUse
from spa_desktop.descriptions.quality import LONGEST_SENTENCE, one_line
from spa_desktop.errors import SpaError


@dataclass(frozen=True)
class Target:
    """Something to be fed with bytes.

    Attributes:
        feed: takes the bytes.
        seeds: makes whole inputs to begin with.
        modules: what is instrumented, where the fuzzer watches which lines are reached.
    """

    feed: Callable[[bytes], None]
    seeds: Callable[[], list[bytes]]
    modules: tuple[str, ...]


def _one_line(error: BaseException) -> None:
    text = str(error)
    assert "\n" not in text, text[:300]
    assert len(text) < 3000, len(text)


def _shown(line: str) -> None:
    assert line.isprintable(), line[:300]
    assert len(line) < 1000, len(line)


def _is_sound(text: str) -> bool:
    """Whether a line can be shown and stored."""
    return text == one_line(text) and len(text) <= LONGEST_SENTENCE and text.encode() is not None


# Answers of services


def read_service_answer(content: bytes) -> None:
    from spa_desktop.descriptions.openai.openai_writer import OpenAIWriter
    from spa_desktop.descriptions.openai.service import NotSpoken, ServiceError, WriterOptions, quote, read_reply

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


def _answers() -> list[bytes]:
    said = json.dumps(
        {"phrases": ["ringed tail", "black mask over the eyes", "grey fur", "small paws"], "sentence": "A."}
    )
    prose = "Here you are:\n- ringed tail\n- black mask over the eyes\n1. grey fur\n2) small round ears"
    found = []
    for text in (said, prose, f"```json\n{said}\n```", "I cannot help with that.", said[:40]):
        choice = {"message": {"content": text}, "finish_reason": "stop"}
        usage = {"prompt_tokens": 10, "completion_tokens": 5}
        found.append(json.dumps({"choices": [choice], "usage": usage}).encode())
    found.append(json.dumps({"error": {"message": "no", "code": "insufficient_quota", "type": "x"}}).encode())
    found.append(json.dumps({"choices": [{"message": {"content": said[:9]}, "finish_reason": "length"}]}).encode())
    return found


_SUFFIXES = (".json", ".csv", ".tsv", ".txt")


def read_description_file(content: bytes) -> None:
    from spa_desktop.descriptions.file_writer import FileWriter
    from spa_desktop.descriptions.model import DescriptionRequest
    from spa_desktop.jobs import Job

    path = _scratch() / f"cat{_SUFFIXES[content[0] % 4] if content else '.txt'}"
    path.write_bytes(content[1:])
    try:
        found = FileWriter(path, lambda text: len(text.split()) < 40).write(
            DescriptionRequest("cat", (), {"dog": ()}), Job()
        )
    except SpaError as error:
        _shown(str(error))
        return
    assert 1 <= len(found.phrases) <= 8
    assert all(map(_is_sound, (*found.texts, found.sentence)))


def _description_files() -> list[bytes]:
    ours = {
        "classes": {"cat": {"phrases": ["long tail", "pointed ears"], "sentence": "A cat."}, "dog": {"phrases": ["a"]}}
    }
    pairs = {"cat": {"dog": ["pointed ears"], "cow": ["long tail"]}, "dog": ["wet nose"]}
    spaces = {"cat": ["a" + " " * 300 + "tail", "\u3000" * 40 + "x"]}
    table = 'class,phrase\ncat,long tail\ncat,"pointed, ears"\nDOGS,wet nose\n'
    return [
        *(b"\0" + json.dumps(one).encode() for one in (ours, pairs, spaces, ours["classes"])),
        b"\1" + table.encode(),
        b"\2" + table.replace(",", "\t").encode(),
        b"\3" + b"photo-1.jpg\ta long tail with rings\nphoto-2.jpg\tpointed ears\n",
        b"\3" + "photo\t\u00fc\u4e2d\n".encode(),
    ]


def read_consents(content: bytes) -> None:
    from spa_desktop.descriptions.consent import ProjectFile, agreed_contents, consent_path

    path = consent_path()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    path.chmod(0o600)
    assert agreed_contents(ProjectFile("", "/a.spa", 1, 1), "https://api.openai.com/v1") is None


def _documents(content: bytes) -> None:
    from spa_desktop.project import documents
    from spa_desktop.project.records import PHRASES

    kinds = (PHRASES, documents.CLASS_IDS, documents.PROBABILITIES, documents.STAGE, documents.BEFORE)
    kinds = (*kinds, documents.OBJECT, documents.ANY)
    text = content[1:].decode(errors="replace")
    try:
        value = documents.from_json(kinds[content[0] % len(kinds)] if content else documents.ANY, text)
    except ValueError as error:
        _one_line(error)
        return
    if content and content[0] % len(kinds) > 4 and not documents.looks_like_key(json.dumps(value)):
        documents.to_json(value)


def _document_seeds() -> list[bytes]:
    whole = (
        '[{"text": "large wings", "provenance": "offline", "support": [{"photo_id": 1, "patch": 3}]}]',
        "[1, 2, 3]",
        "[0.5, 1]",
        '{"tasks": {"1": [5, 6]}, "classes": {"1": [5, 6]}, "zero_shot": 0.5, "slda": null}',
        '{"classes": {"1": "new"}, "tasks": {"1": "new"}, "photos": [1]}',
        '{"patches": 8}',
        '{"a": [1, null, true, "x", 1e300, {"b": []}]}',
    )
    return [bytes([number]) + text.encode() for number, text in enumerate(whole)]


def _names(content: bytes) -> None:
    from spa_desktop.project.class_names import clean_name, may_be_stored
    from spa_desktop.visible import visible

    text = content.decode("utf-8", "surrogateescape")
    visible(text).encode()
    try:
        name = clean_name(text)
    except SpaError as error:
        visible(str(error)).encode()
        return
    assert clean_name(name) == name
    assert may_be_stored(name)


# What was learned


def _learner(content: bytes) -> None:
    from spa_desktop.spa.learner_format import is_outdated, read_notes, validate

    is_outdated(content)
    for read in (read_notes, validate):
        try:
            read(content)
        except SpaError as error:
            _one_line(error)


def _learner_description(content: bytes) -> None:
    """Any JSON as the description of tensors that are whole, with the digest that fits."""
    import numpy as np

    from spa_desktop.spa.learner_format import digest, validate
    from tests.spa.learner_bytes import put_together, taken_apart

    if not _arrays:
        _arrays.update(taken_apart(_learned()[0])[1])
    text = content.decode(errors="replace")
    try:
        about = json.loads(text)
        text = json.dumps({**about, "digest": digest(about, _arrays)})
    except (ValueError, TypeError, RecursionError, KeyError):
        pass  # no object: as it is
    try:
        data = validate(put_together(text, _arrays))
    except SpaError as error:
        _one_line(error)
        return
    assert all(np.isfinite(array).all() for array in data.arrays.values() if array.dtype.kind == "f")


def _learner_descriptions() -> list[bytes]:
    from tests.spa.learner_bytes import taken_apart

    return [json.dumps(taken_apart(blob)[0]).encode() for blob in _learned()]


_arrays: dict[str, Any] = {}


@functools.cache
def _learned() -> list[bytes]:
    """A small learner."""
    from spa_desktop.encoders import backbones
    from spa_desktop.project import Project
    from spa_desktop.workbench import Workbench
    from tests.workbench.tiny import draw_classes, load_tiny

    real, backbones.load_encoder = backbones.load_encoder, load_tiny()  # type: ignore[assignment]
    try:
        with tempfile.TemporaryDirectory() as name:
            path = Path(name, "a.spa")
            with Workbench.create(path) as bench:
                bench.add([draw_classes(Path(name, "photos"), ("red", "green"), train=3, test=0)])
                bench.train()
            with Project.open(path) as project:
                state = project.learner()
                assert state is not None
                return [state.blob]
    finally:
        backbones.load_encoder = real


# Photos


def _plain_photo(content: bytes) -> None:
    from spa_desktop.photos.decoding import BROKEN, Refusal, decode, format_of, reason_of

    if name := format_of(content[:64]):
        try:
            decode(content, name, 64, is_plain_wanted=True)
        except (Refusal, MemoryError, *BROKEN) as error:
            assert reason_of(error).isprintable()  # noqa: PT017 - whether it refuses is another test's


def _photos() -> list[bytes]:
    from tests.photos.mutations import whole_photos

    return list(whole_photos().values())


_PROJECT, _DESCRIPTIONS, _PHOTOS = "spa_desktop.project", "spa_desktop.descriptions", "spa_desktop.photos"
TARGETS: dict[str, Target] = {
    "answers": Target(read_service_answer, _answers, (_DESCRIPTIONS,)),
    "description files": Target(read_description_file, _description_files, (_DESCRIPTIONS,)),
    "consents": Target(read_consents, lambda: [b'{"agreements": []}', b"[]"], (_DESCRIPTIONS,)),
    "documents": Target(_documents, _document_seeds, (_PROJECT,)),
    "names": Target(_names, lambda: [b"Salt & pepper", "cafe\u0301 \u202e\u2066x\x1b[2J".encode()], (_PROJECT,)),
    "learner state": Target(_learner, _learned, ("spa_desktop.spa.learner_format",)),
    "learner description": Target(
        _learner_description, _learner_descriptions, ("spa_desktop.spa.learner_format", "spa_desktop.spa.config")
    ),
    "plain photos": Target(_plain_photo, _photos, (_PHOTOS,)),
}

_folder: list[tempfile.TemporaryDirectory[str]] = []


def _scratch() -> Path:
    if not _folder:
        _folder.append(tempfile.TemporaryDirectory())
    return Path(_folder[0].name)


def mutations(seeds: list[bytes], count: int, seed: int) -> Iterator[bytes]:
    """So many inputs made from whole ones: the same for the same seed. For where there is no fuzzer that learns."""
    from tests.photos.mutations import broken

    chance = random.Random(seed)
    for number in range(count):
        yield broken(seeds[number % len(seeds)], seeds, chance)
