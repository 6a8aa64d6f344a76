import base64
import io
import json
import threading
from dataclasses import replace

import pytest
from PIL import Image

from spa_desktop.descriptions.model import cache_key
from spa_desktop.descriptions.openai.service import ServiceError
from spa_desktop.errors import InputError
from spa_desktop.jobs import Cancelled, Job
from spa_desktop.keys import save_key
from tests.descriptions.openai.conftest import wait_for
from tests.descriptions.openai.server import PHRASES


def test_the_request_is_as_agreed(make_writer, service, request_, monkeypatch):
    monkeypatch.setenv("OPENAI_ADMIN_KEY", "sk-admin-1")
    make_writer(effort="minimal").write(request_, Job())
    make_writer(effort=None).write(request_, Job())
    sent, without = service.log()
    assert "reasoning_effort" not in without["body"]
    body = sent["body"]
    assert (sent["path"], body["model"], body["store"]) == ("/v1/chat/completions", "gpt-5", False)
    assert body["reasoning_effort"] == "minimal"
    assert body["max_completion_tokens"] == 8000
    assert body["response_format"]["type"] == "json_schema"
    schema = body["response_format"]["json_schema"]
    assert schema["strict"] is True
    assert schema["schema"]["required"] == ["phrases", "sentence"]
    assert (schema["schema"]["properties"]["phrases"]["minItems"], schema["schema"]["additionalProperties"]) == (
        4,
        False,
    )
    _, message = body["messages"]
    words = message["content"][0]["text"]
    assert "raccoon" in words
    assert "badger, red fox" in words
    assert "private-name" not in json.dumps(body)
    images = message["content"][1:]
    assert [(image["type"], image["image_url"]["detail"]) for image in images] == [("image_url", "low")] * 3
    for image in images:
        kind, _, data = image["image_url"]["url"].partition(",")
        assert kind == "data:image/jpeg;base64"
        content = base64.b64decode(data)
        assert b"private-name" not in content
        with Image.open(io.BytesIO(content)) as photo:
            assert (photo.format, max(photo.size)) == ("JPEG", 512)
    assert sent["headers"]["authorization"].startswith("Bearer sk-test-")
    assert "sk-admin-1" not in json.dumps(sent)


# Other servers ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "miss",
    [
        {"error": "response_format is not supported", "status": 400},
        {"error": "unknown field: store", "status": 422},
        {"raw": '{"error":"Unexpected field: response_format"}', "headers": {}},
    ],
    ids=["400", "422", "200 with an error, as LM Studio does"],
)
def test_without_schemas_plain_words_are_read(make_writer, service, request_, miss):
    said = "Sure! The class shows:\n" + "\n".join(f"{n}. {phrase}." for n, phrase in enumerate(PHRASES, 1))
    service.script("chat", miss, {"say": said}, {"say": said})
    writer = make_writer(model="llava")
    first, second = writer.write(request_, Job()), writer.write(request_, Job())
    assert first.texts == second.texts == tuple(PHRASES)
    assert first.cost is None
    assert service.asked() == ["chat"] * 3, "what it understood is remembered"
    for entry in service.log()[1:]:
        body = entry["body"]
        assert set(body) == {"model", "messages"}
        assert [part["type"] for part in body["messages"][1]["content"]] == ["text", *["image_url"] * 3]
        assert '{"phrases"' in body["messages"][1]["content"][0]["text"]


def test_a_model_that_takes_no_effort_is_asked_without(make_writer, service, request_):
    problem = {"error": "Unsupported parameter", "status": 400, "param": "reasoning_effort"}
    service.script("chat", problem)
    writer = make_writer(model="gpt-4o")
    writer.write(request_, Job())
    writer.write(request_, Job())
    assert service.asked() == ["chat"] * 3
    assert ["reasoning_effort" in entry["body"] for entry in service.log()] == [True, False, False]


def test_a_server_on_this_computer_needs_no_key(make_writer, service, request_, monkeypatch):
    monkeypatch.delenv("OPENAI_API_KEY")
    assert make_writer().write(request_, Job()).texts == tuple(PHRASES)
    save_key("ollama-secret", service.url)
    make_writer().write(request_, Job())
    assert [entry["headers"]["authorization"] for entry in service.log()] == ["Bearer none", "Bearer ollama-secret"]


def test_a_proxy_is_not_asked_for_what_is_on_this_computer(make_writer, service, request_, monkeypatch):
    for name in ("http_proxy", "all_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    make_writer().write(request_, Job())
    assert service.asked() == ["chat"]


# Text that is not as it should be -----------------------------------------------------------------------------------


def test_useless_phrases_are_left_out_with_a_note(make_writer, service, request_):
    service.script("chat", {"say": ["a photo of a raccoon", PHRASES[0].upper(), *PHRASES]})
    text = make_writer().write(request_, Job())
    assert text.texts == (PHRASES[0].upper(), *PHRASES[1:])
    assert [note.split('"')[1] for note in text.notes] == ["a photo of a raccoon", PHRASES[0]]


def test_a_phrase_that_is_too_long_is_cut_where_a_new_thing_begins(make_writer, service, request_):
    long = "bushy tail with seven black rings, which curls over the back when the animal walks along a branch at night"
    endless = "extraordinarily " * 13 + "fluffy"
    service.script("chat", {"say": [long, endless, *PHRASES]})
    text = make_writer().write(request_, Job())
    assert text.texts == ("bushy tail with seven black rings", *PHRASES)
    shortened, left_out = text.notes
    assert shortened.startswith('Shortened: "bushy tail with seven')
    assert left_out.startswith('Left out: "extraordinarily')


# Photos -------------------------------------------------------------------------------------------------------------


def test_a_photo_that_is_gone_is_noted(make_writer, service, request_):
    request_.exemplars[1].path.unlink()
    text = make_writer().write(request_, Job())
    assert "1 of 3 photos could not be shown" in text.notes[0]
    for exemplar in request_.exemplars:
        exemplar.path.unlink(missing_ok=True)
    with pytest.raises(InputError, match="no photo of"):
        make_writer().write(request_, Job())
    assert service.asked() == ["chat"]


# Keys, cost, cache, cancelling --------------------------------------------------------------------------------------


def test_cost_is_estimated_before_anything_is_sent(make_writer, service, request_):
    writer = make_writer()
    cost, answer = writer.estimate_cost(request_), writer.prices.guess("gpt-5", photos=0, characters=0, effort="low")
    assert 3 * 70 * 1.25 < cost * 1e6 - answer.output * 10 < (3 * 70 + 1000) * 1.25
    assert writer.estimate_cost(replace(request_, exemplars=request_.exemplars[:1])) < cost
    assert make_writer(effort="high").estimate_cost(request_) > cost
    assert make_writer(model="llava").estimate_cost(request_) is None
    assert make_writer(model="gpt-5-2025-08-07").estimate_cost(request_) == cost
    assert service.asked() == []


def test_model_and_effort_are_part_of_the_cache_key(make_writer, request_):
    found = {cache_key(make_writer(**o), request_) for o in ({}, {"model": "gpt-5-mini"}, {"effort": "high"})}
    assert len(found) == 3
    assert cache_key(make_writer(), request_) in found
    shown_anew = replace(request_, others=dict.fromkeys(request_.others, request_.exemplars))
    assert cache_key(make_writer(), shown_anew) == cache_key(make_writer(), request_), "it would be paid again"


def test_models_are_listed(make_writer, service):
    assert make_writer().service.list_models() == ["gpt-4o", "gpt-5", "gpt-5-mini"]
    service.script("models", {"error": "no", "status": 401}, {"raw": "[]"})
    with pytest.raises(ServiceError, match="does not accept the key"):
        make_writer().service.list_models()
    with pytest.raises(ServiceError, match="check the address"):
        make_writer().service.list_models()


def cancel_once_asked(service, job: Job) -> None:
    """Cancel from another thread, once the request has arrived."""

    def wait() -> None:
        wait_for(service.asked)
        job.cancel()

    threading.Thread(target=wait, daemon=True).start()


def test_nothing_is_sent_again_after_cancelling(make_writer, service, request_):
    service.script("chat", {"error": "busy", "status": 503, "headers": {"Retry-After": "3"}})
    job = Job()
    cancel_once_asked(service, job)
    with pytest.raises(Cancelled):
        make_writer().write(request_, job)
    assert service.asked() == ["chat"]
