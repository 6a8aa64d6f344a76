"""The loopback service in its own process, photos to show it, and a writer that asks it."""

import hashlib
import json
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from spa_desktop import keys
from spa_desktop.descriptions.model import DescriptionRequest, Exemplar
from spa_desktop.descriptions.openai.openai_writer import OpenAIWriter
from spa_desktop.descriptions.openai.service import WriterOptions
from spa_desktop.jobs import Job
from spa_desktop.project.folders import add_classes
from spa_desktop.workbench import describing
from spa_desktop.workbench.open_project import OpenProject
from tests.workbench.tiny import draw_classes

KEY = "sk-test-5ecretS3cret5ecretS3cret"


@dataclass(frozen=True)
class Loopback:
    """The running service."""

    port: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    def script(self, endpoint: str, *steps: dict[str, Any]) -> None:
        """What the next requests to "chat" or "models" get; see server.py."""
        self._call("PUT", f"/script/{endpoint}", list(steps))

    def reset(self) -> None:
        self._call("PUT", "/reset", [])

    def log(self) -> list[dict[str, Any]]:
        """The requests so far: endpoint, path, body, headers."""
        log: list[dict[str, Any]] = self._call("GET", "/log", None)
        return log

    def asked(self) -> list[str]:
        return [entry["endpoint"] for entry in self.log()]

    def _call(self, method: str, path: str, body: object) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", data, method=method)
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=10) as reply:
            return json.loads(reply.read())


def wait_for(condition: Callable[[], bool], seconds: float = 60.0) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.01)


def start(*arguments: str) -> tuple[subprocess.Popen[str], int]:
    command = [sys.executable, str(Path(__file__).with_name("server.py")), *arguments]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    return process, int(process.stdout.readline())


@pytest.fixture(scope="session")
def _process() -> Iterator[Loopback]:
    process, port = start()
    yield Loopback(port)
    process.kill()
    process.communicate()


@pytest.fixture
def service(_process: Loopback) -> Loopback:
    _process.reset()
    return _process


@pytest.fixture(autouse=True)
def _key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.setattr(keys, "_session", {})
    monkeypatch.setattr(keys, "_seen", set())
    monkeypatch.setattr("openai._base_client.INITIAL_RETRY_DELAY", 0.05)  # seconds


@pytest.fixture
def request_(tmp_path: Path) -> DescriptionRequest:
    """Three photos of a raccoon, and two others."""
    exemplars = []
    for index in range(3):
        path = tmp_path / f"private-name-{index}.jpg"
        photo = Image.linear_gradient("L").resize((900, 600)).convert("RGB")
        photo.rotate(index * 90).save(path, comment=b"private-name")
        sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
        exemplars.append(Exemplar(path, sha256, lambda: pytest.fail("no features are needed")))
    return DescriptionRequest("raccoon", tuple(exemplars), {"badger": (), "red fox": ()})


@pytest.fixture
def make_writer(service: Loopback) -> Callable[..., OpenAIWriter]:
    def make(**options: Any) -> OpenAIWriter:
        settings = {"base_url": service.url} | options
        return OpenAIWriter(lambda text: len(text.split()) <= 40, WriterOptions.from_settings(settings))

    return make


@pytest.fixture
def bench(path: Path, tmp_path: Path, tiny: list[Any]) -> Iterator[OpenProject]:
    """A project with blue, green and red, not described yet."""
    photos = draw_classes(tmp_path / "photos", ("red", "green", "blue"), train=3, test=1)
    with OpenProject.create(path) as made:
        add_classes(made.project, [photos])
        yield made


@pytest.fixture
def describe(service, bench) -> Callable[..., object]:
    """Has the loopback service describe, one class after the other, with everybody's consent."""

    def call(job: Job | None = None, **settings: object) -> object:
        options = WriterOptions(base_url=service.url, parallel=settings.pop("parallel", 1))
        arguments = {"consent": lambda _: True} | settings
        return describing.describe(bench, "openai", job, options=options, **arguments)

    return call
