"""With no key, no network, or "keep local", everything works, and nothing tries to connect."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import path, photos, run  # noqa: F401 - fixtures
from tests.conftest import REPOSITORY
from tests.workbench.tiny import draw_photo

# Runs in a process of its own, where no library has been imported before.
_LOOP = """
import sys, threading

met = []
def deny(event, arguments):
    if event.startswith("socket."):
        met.append((event, threading.current_thread().name))
        raise OSError(f"no network in this test: {event}")
sys.addaudithook(deny)

from pathlib import Path
from spa_desktop.demo import draw_demo
from spa_desktop.errors import InputError
from spa_desktop.workbench import Workbench

folder = Path(sys.argv[1])
demo = draw_demo(folder / "demo", photos_per_class=3, test_per_class=1)
with Workbench.create(folder / "Demo.spa") as bench:
    for task in demo.tasks[:2]:
        bench.add([task.folder], task=task.name)
        bench.describe(task=task.name)
        bench.train(task=task.name)
    print(sorted({one["provenance"] for one in bench.info()["classes"]}), bench.evaluate()["last"])
    assert bench.check().is_whole
assert met == [], met
import socket
try:
    socket.create_connection(("127.0.0.1", 9))
except OSError as error:
    assert "no network in this test" in str(error), error
else:
    raise AssertionError("the test denies nothing")
"""


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


def test_the_whole_offline_loop_connects_to_nothing(run, path, photos, denied, tmp_path, monkeypatch):  # noqa: F811
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    own = tmp_path / "own.json"
    own.write_text(json.dumps({"amber": ["even stripes", "warm tone"], "violet": ["even stripes", "cold tone"]}))
    probe = draw_photo(tmp_path / "probe.png", "red", 50)
    for arguments in (
        ("new", path),
        ("add", path, photos / "1"),
        ("describe", path),
        ("train", path),
        ("add", path, photos / "2"),
        ("describe", path, "--provider", own),
        ("train", path),
        ("evaluate", path, "--json"),
        ("classify", path, probe, "--json"),
        ("info", path, "--json"),
        ("check", path),
        ("undo", path),
        ("backbones", "--json"),
    ):
        ran = run(*arguments)
        assert ran.code == 0, ran.err
    assert denied == []


@pytest.mark.parametrize("key", [None, "sk-test-5ecretS3cret5ecretS3cret"])
def test_keep_local_holds_whoever_is_asked_for(run, path, photos, denied, monkeypatch, key):  # noqa: F811
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    if key:
        monkeypatch.setenv("OPENAI_API_KEY", key)
    run("new", path)
    run("add", path, photos / "1")
    for extra in (("--keep-local",), (), ("--yes",)):
        ran = run("describe", path, "--provider", "openai", *extra)
        assert ran.code == 2
        assert "keeps its photos on this computer" in ran.err.splitlines()[-1]
    assert run("describe", path).code == 0
    assert run("train", path).code == 0
    assert denied == []


def test_a_person_who_agrees_does_connect(run, path, photos, denied, monkeypatch):  # noqa: F811
    """So the tests above can fail."""
    monkeypatch.setenv("OPENAI_API_KEY", "sk-test-5ecretS3cret5ecretS3cret")
    run("new", path)
    run("add", path, photos / "1")
    ran = run("describe", path, "--provider", "openai", "--yes")
    assert ran.code == 1
    assert "api.openai.com cannot be reached (no network in this test)" in ran.err.splitlines()[-1]
    assert denied


@pytest.mark.slow
def test_the_embedded_backbone_connects_to_nothing_either(tmp_path: Path):
    environment = {name: value for name, value in os.environ.items() if name not in ("HF_HUB_OFFLINE",)}
    ran = subprocess.run(
        [sys.executable, "-c", _LOOP, str(tmp_path)],
        capture_output=True,
        text=True,
        cwd=REPOSITORY,
        env=environment,
        timeout=600,
    )
    assert ran.returncode == 0, ran.stderr[-2000:]
    assert ran.stdout.startswith("['offline']")
