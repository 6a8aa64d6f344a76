"""A question, "keep local" and a file connect to nothing: `tests/test_nothing_goes_out.py` has all other commands."""

import json
import socket

import pytest

from tests.cli.conftest import path, run  # noqa: F401 - fixtures


@pytest.fixture
def denied(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Sockets that were wanted: nobody gets any."""
    wanted: list[object] = []

    class Denied:
        def __init__(self, *arguments: object, **_: object) -> None:
            wanted.append(arguments)
            raise OSError("no network in this test")

    def deny(*arguments: object, **_: object) -> None:
        wanted.append(arguments)
        raise OSError("no network in this test")

    monkeypatch.setattr(socket, "socket", Denied)
    for name in ("create_connection", "getaddrinfo", "gethostbyname", "socketpair"):
        monkeypatch.setattr(socket, name, deny)
    return wanted


def test_neither_question_nor_keep_local_connects(run, path, photos, denied, tmp_path, monkeypatch):  # noqa: F811
    monkeypatch.setenv("OPENAI_API_KEY", "sk-test-5ecretS3cret5ecretS3cret")
    own = tmp_path / "own.json"
    own.write_text(json.dumps({name: ["even stripes", "warm tone"] for name in ("red", "green", "blue")}))
    run("new", path)
    run("add", path, photos / "1")
    ran = run("describe", path, "--provider", "openai")
    assert "Not agreed to yet" in ran.err.splitlines()[-1]
    for extra in (("--keep-local",), (), ("--yes",)):
        ran = run("describe", path, "--provider", "openai", *extra)
        assert ran.code == 2
        assert "keeps its photos on this computer" in ran.err.splitlines()[-1]
    assert run("describe", path, "--provider", own).code == 0
    assert denied == []


def test_a_person_who_agrees_does_connect(run, path, photos, denied, monkeypatch):  # noqa: F811
    """So the test above can fail."""
    monkeypatch.setenv("OPENAI_API_KEY", "sk-test-5ecretS3cret5ecretS3cret")
    run("new", path)
    run("add", path, photos / "1")
    ran = run("describe", path, "--provider", "openai", "--yes")
    assert ran.code == 1
    assert "api.openai.com cannot be reached (no network in this test)" in ran.err.splitlines()[-1]
    assert denied
