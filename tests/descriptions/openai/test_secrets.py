"""The key stays where it is, whatever happens; and without consent nothing is connected to."""

from __future__ import annotations

import json
import logging
import socket
import traceback
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import pytest

from spa_desktop.descriptions.consent import question_for
from spa_desktop.descriptions.model import DescriptionRequest
from spa_desktop.descriptions.openai.openai_writer import OpenAIWriter
from spa_desktop.descriptions.openai.service import WriterOptions
from spa_desktop.descriptions.registry import writer_for
from spa_desktop.errors import InputError, SpaError
from spa_desktop.jobs import Job
from spa_desktop.keys import RedactingFilter, save_key
from tests.descriptions.conftest import photo
from tests.descriptions.openai.conftest import Loopback, start
from tests.descriptions.openai.test_failures import OF_ONE_CLASS, OF_THE_SERVICE

ODD_KEY = "plain.looking.Word-77"  # nothing about it looks like a key


def _all_of(error: BaseException) -> Iterator[str]:
    """All that an error report could hold: the error, its relatives, and the local variables on its way."""
    seen: set[int] = set()
    todo: list[BaseException | None] = [error]
    while todo:
        at = todo.pop()
        if at is None or id(at) in seen:
            continue
        seen.add(id(at))
        todo += [at.__cause__, at.__context__]
        yield from (str(at), repr(at), repr(vars(at)))
        yield from traceback.TracebackException.from_exception(at, capture_locals=True).format()


def _report(writer: OpenAIWriter, request: DescriptionRequest) -> list[str]:
    """A failure and what can be seen of it. A frame of its own, as the test's has the key among its variables."""
    try:
        writer.write(request, Job())
    except SpaError as error:
        return [*_all_of(error), repr(vars(writer)), repr(vars(writer.service))]
    pytest.fail("it did not fail")


@pytest.mark.parametrize("key", ["sk-test-5ecretS3cret5ecretS3cret", ODD_KEY])
def test_the_key_is_in_nothing_that_is_produced(
    key, make_writer, service, request_, monkeypatch, caplog, tmp_path, capfd
):
    # An echo of the key in the service's own words is the worst case.
    echoes = {
        "echo 400": {"status": 400, "error": f"bad header Authorization: Bearer {key}"},
        "echo 403": {"status": 403, "error": f"key {key} may not"},
        "echo refusal": {"refuse": f"No, {key}."},
        "echo prose": {"say": f"It is {key}."},
        "echo failed": {"failed": f"no luck with {key}"},
    }
    monkeypatch.delenv("OPENAI_API_KEY")
    save_key(key, service.url)
    caplog.set_level(logging.DEBUG)
    caplog.handler.addFilter(RedactingFilter())
    steps = {name: case[0] for name, case in (OF_ONE_CLASS | OF_THE_SERVICE).items()} | echoes
    produced: list[str] = []
    for step in steps.values():
        service.reset()
        service.script("responses", step)
        service.script("chat", step, step)
        produced += _report(make_writer(), request_)
    service.reset()
    writer = make_writer()
    text = writer.write(request_, Job())
    assert service.log()[0]["headers"]["authorization"] == f"Bearer {key}", "it was used"
    question = question_for(writer, [request_])
    produced += [json.dumps(asdict(text)), repr(question), question.text]
    produced += [
        WriterOptions(base_url=service.url).model_dump_json(),
        *caplog.messages,
        caplog.text,
        *capfd.readouterr(),
    ]
    files = [path.read_bytes().decode("latin-1") for path in tmp_path.rglob("*") if path.is_file()]
    assert len(caplog.messages) > 100, "the SDK's own log was looked through as well"
    assert not [piece for piece in (*produced, *files) if key in piece]
    assert any("[key]" in piece for piece in produced)


@pytest.fixture
def connections(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Attempts to connect, or to look a name up: all of them fail."""
    met: list[object] = []

    def deny(*arguments: object, **_: object) -> None:
        met.append(arguments[1:] or arguments)
        raise OSError("no network in this test")

    for name in ("connect", "connect_ex", "sendto"):
        monkeypatch.setattr(socket.socket, name, deny)
    monkeypatch.setattr(socket, "getaddrinfo", deny)
    return met


def test_offline_and_keep_local_connect_to_nothing(encoder, request_, connections, tmp_path: Path, monkeypatch):
    monkeypatch.setenv("SPA_DESKTOP_CACHE_DIR", str(tmp_path))
    from dataclasses import replace

    seen = replace(request_, exemplars=(photo({1: "spot"}, "a"),), others={"badger": (photo({0: "stripe"}, "b"),)})
    assert writer_for("offline", encoder).write(seen, Job()).sentence
    (tmp_path / "own.json").write_text('{"raccoon": ["ringed tail"]}')
    assert writer_for(str(tmp_path / "own.json"), encoder).write(seen, Job()).texts == ("ringed tail",)
    # Being asked is no reason to connect either.
    writer = writer_for("openai", encoder)
    question = question_for(writer, [request_])
    assert question.cost > 0
    monkeypatch.delenv("OPENAI_API_KEY")
    with pytest.raises(InputError, match="There is no key"):
        writer.write(request_, Job())
    assert connections == []


def test_with_consent_it_would(encoder, request_, connections):
    """So the test above can fail."""
    with pytest.raises(SpaError, match=r"api\.openai\.com cannot be reached \(no network in this test\)"):
        writer_for("openai", encoder).write(request_, Job())
    assert connections


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_neither_key_nor_photos_follow_a_redirect(status, make_writer, service, request_):
    process, port = start()
    other = Loopback(port)
    try:
        step = {"status": status, "raw": "", "headers": {"Location": f"{other.url}/responses"}}
        service.script("responses", step)
        with pytest.raises(SpaError, match="points to another address"):
            make_writer().write(request_, Job())
        assert other.log() == []
    finally:
        process.kill()
        process.communicate()
    assert service.asked() == ["responses"]
