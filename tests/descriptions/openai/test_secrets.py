"""The key stays where it is, whatever happens; and without consent nothing is connected to."""

import json
import logging
import socket
import traceback
from collections.abc import Iterator
from dataclasses import asdict, replace

import pytest

from spa_desktop.descriptions.consent import question_for
from spa_desktop.descriptions.model import DescriptionRequest
from spa_desktop.descriptions.openai.openai_writer import OpenAIWriter
from spa_desktop.descriptions.openai.service import WriterOptions
from spa_desktop.errors import SpaError
from spa_desktop.jobs import Job
from spa_desktop.keys import guard_output, save_key
from tests.descriptions.openai.test_failures import OF_ONE_CLASS, OF_THE_SERVICE
from tests.test_keys import hooks_kept  # noqa: F401 - a fixture

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


@pytest.mark.usefixtures("hooks_kept")
def test_the_key_is_in_nothing_that_is_produced(make_writer, service, request_, monkeypatch, caplog, tmp_path, capfd):
    key = ODD_KEY
    # An echo of the key in the service's own words is the worst case.
    echoes = {
        "echo 400": {"status": 400, "error": f"bad header Authorization: Bearer {key}"},
        "echo 403": {"status": 403, "error": f"key {key} may not"},
        "echo refusal": {"refuse": f"No, {key}."},
        "echo prose": {"say": f"It is {key}."},
    }
    request_ = replace(request_, exemplars=request_.exemplars[:1])
    monkeypatch.delenv("OPENAI_API_KEY")
    save_key(key, service.url)
    caplog.set_level(logging.DEBUG)
    guard_output()
    steps = {name: case[0] for name, case in (OF_ONE_CLASS | OF_THE_SERVICE).items()} | echoes
    produced: list[str] = []
    for step in steps.values():
        service.reset()
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


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_neither_key_nor_photos_follow_a_redirect(status, make_writer, service, request_):
    with socket.create_server(("127.0.0.1", 0)) as other:
        other.setblocking(False)
        target = f"http://127.0.0.1:{other.getsockname()[1]}/v1/chat/completions"
        service.script("chat", {"status": status, "raw": "", "headers": {"Location": target}})
        with pytest.raises(SpaError, match="points to another address"):
            make_writer().write(request_, Job())
        with pytest.raises(BlockingIOError):
            other.accept()
    assert service.asked() == ["chat"]
