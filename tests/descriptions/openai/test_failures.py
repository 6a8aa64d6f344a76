"""Each thing that can go wrong with a service, over real HTTP: its own line, and no request in vain."""

import shutil
import subprocess
from pathlib import Path

import pytest

from spa_desktop.descriptions.model import DescriptionRequest
from spa_desktop.descriptions.openai.openai_writer import OpenAIWriter
from spa_desktop.descriptions.openai.service import ServiceError
from spa_desktop.errors import InputError
from spa_desktop.jobs import Job
from tests.descriptions.openai.conftest import start

ONCE = {"x-should-retry": "false"}  # what the SDK would repeat is repeated in tests of its own

BROKEN = '{"phrases": ["grey fur", "black ma'
USELESS = ["a photo of a raccoon", "raccoon", "nice", "grey fur"]
OF_ONE_CLASS = {
    "refusal": ({"refuse": "I'm sorry, I can't."}, "refusal", 'declines to describe "raccoon" (I\'m sorry'),
    "content filter": ({"filtered": True}, "refusal", "content filter"),
    "truncated": ({"cut": BROKEN}, "truncated", 'for "raccoon" was cut off after 120 tokens'),
    "only thought": ({"cut": ""}, "truncated", "was cut off after 120 tokens"),
    "empty": ({"say": ""}, "useless", 'answer for "raccoon" is empty'),
    "useless": ({"say": USELESS}, "useless", "gave 1 useful phrases"),
    "prose": ({"say": "The animal is grey all over. It has a mask."}, "garbage", "holds no phrases (The animal is"),
}


def failed(writer: OpenAIWriter, request: DescriptionRequest, kind: str, said: str) -> ServiceError:
    with pytest.raises(ServiceError) as caught:
        writer.write(request, Job())
    error = caught.value
    assert error.kind == kind
    assert said in str(error)
    assert "\n" not in str(error)
    assert error.exit_code == 1
    # Nothing of the SDK hangs on it: a request carries the key.
    assert (error.__cause__, error.__context__) == (None, None)
    return error


@pytest.mark.parametrize("case", OF_ONE_CLASS)
def test_an_answer_that_is_of_no_use(case, make_writer, service, request_):
    step, kind, said = OF_ONE_CLASS[case]
    service.script("chat", step)
    writer = make_writer()
    failed(writer, request_, kind, said)
    assert service.asked() == ["chat"]
    assert len(writer.write(request_, Job()).phrases) == 4, "another class is not to suffer"


INVALID = {"status": 401, "error": "Incorrect API key provided: sk-test-****S3cret", "code": "invalid_api_key"}
NO_MODEL = {"status": 404, "error": "The model `gpt-5` does not exist", "code": "model_not_found"}
NO_CHAT = {"status": 404, "error": "This model is only supported in v1/responses and not in v1/chat/completions."}
NO_CREDIT = {"status": 429, "error": "You exceeded your current quota", "code": "insufficient_quota"}
LONG = {"status": 429, "error": "slow", "headers": {"Retry-After": "150"}}
ELSEWHERE = {"status": 307, "raw": "", "headers": {"Location": "http://127.0.0.1:9/v1/chat/completions"}}
OTHER = "something else than a description: check the address"
OF_THE_SERVICE = {
    "401": (INVALID, "bad-key", "does not accept the key (401): correct OPENAI_API_KEY"),
    "403": ({"status": 403, "error": "Country not supported"}, "forbidden", 'use "gpt-5" (403): Country not supported'),
    "404 model": (NO_MODEL, "no-model", 'cannot describe with "gpt-5" (404): The model `gpt-5` does not exist'),
    "404 model, Responses": (NO_CHAT, "no-model", 'cannot describe with "gpt-5" (404): This model is only supported'),
    "quota": (NO_CREDIT, "quota", "no credit left (insufficient_quota)"),
    "quota by type": ({"status": 429, "error": "quota", "type": "insufficient_quota"}, "quota", "no credit left"),
    "429, wait long": (LONG, "busy", "try again later, with fewer parallel requests"),
    "429": ({"status": 429, "error": "slow", "headers": ONCE}, "busy", "(429): try again later"),
    "500": ({"status": 500, "error": "oops", "headers": ONCE}, "server", "has trouble of its own (500)"),
    "redirect": (ELSEWHERE, "redirected", "points to another address (307)"),
    "a page": ({"raw": "<html>Please log in</html>"}, "garbage", OTHER),
    "json list": ({"raw": "[1]", "headers": {}}, "garbage", OTHER),
}


@pytest.mark.parametrize("case", OF_THE_SERVICE)
def test_a_service_that_does_not_answer_well(case, make_writer, service, request_):
    step, kind, said = OF_THE_SERVICE[case]
    service.script("chat", step)
    writer = make_writer()
    error = failed(writer, request_, kind, said)
    assert service.asked() == ["chat"]
    if error.ends_all:
        assert str(failed(writer, request_, kind, said)) == str(error)
        assert service.asked() == ["chat"], "the next class is not sent in vain"


@pytest.mark.parametrize(("status", "kind"), [(404, "no-endpoint"), (400, "rejected")])
def test_a_server_that_understands_nothing(make_writer, service, request_, status, kind):
    step = {"status": status, "error": "no images, please"}
    service.script("chat", step, step)
    said = "end in /v1" if status == 404 else "rejects the request (400): no images, please"
    failed(make_writer(), request_, kind, said)
    assert service.asked() == ["chat", "chat"]


def test_passing_trouble_is_waited_out(make_writer, service, request_):
    service.script(
        "chat", {"status": 500, "error": "oops"}, {"status": 429, "error": "slow", "headers": {"Retry-After": "0.2"}}
    )
    assert len(make_writer().write(request_, Job()).phrases) == 4
    assert service.asked() == ["chat"] * 3


def test_a_connection_that_breaks(make_writer, service, request_):
    service.script("chat", *[{"hang_up": True}] * 9)
    failed(make_writer(), request_, "unreachable", "cannot be reached (Server disconnected")


def test_time_out(make_writer, service, request_):
    service.script("chat", *[{"delay": 2}] * 3)
    failed(make_writer(timeout=0.2), request_, "timeout", "did not answer in time")


@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [
        ("SSL_CERT_FILE", "/nowhere.pem", "No such file"),
        ("HTTPS_PROXY", "gopher://me:hush@proxy", "Unknown scheme"),
        ("HTTPS_PROXY", "http://me:hush@127.0.0.1:none", "Invalid port"),
        ("ALL_PROXY", "socks5://proxy:1", "SOCKS"),
    ],
)
def test_settings_of_the_computer_that_are_of_no_use(make_writer, request_, monkeypatch, variable, value, said):
    monkeypatch.setenv(variable, value)
    with pytest.raises(InputError, match="check the variables SSL_CERT_FILE, HTTPS_PROXY") as caught:
        make_writer(base_url="https://nowhere.invalid/v1").write(request_, Job())
    assert said in str(caught.value)
    assert "hush" not in str(caught.value)


def test_a_certificate_that_is_not_trusted(make_writer, request_, tmp_path: Path):
    tool = shutil.which("openssl")
    if tool is None:
        pytest.skip("needs openssl to make a certificate")
    key, certificate = str(tmp_path / "key.pem"), str(tmp_path / "certificate.pem")
    made = f"{tool} req -x509 -newkey rsa:2048 -nodes -subj /CN=localhost -keyout {key} -out {certificate}".split()
    subprocess.run(made, check=True, capture_output=True)
    process, port = start(certificate, key)
    try:
        failed(make_writer(base_url=f"https://127.0.0.1:{port}/v1"), request_, "untrusted", "is not trusted")
    finally:
        process.kill()
        process.communicate()
