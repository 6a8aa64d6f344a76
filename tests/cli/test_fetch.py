"""A backbone is fetched by one command, from a hub that is served here."""

from __future__ import annotations

import functools
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest
from huggingface_hub import constants

from spa_desktop import SpaClassifier
from spa_desktop.encoders import download
from spa_desktop.errors import InputError
from tests.cli.conftest import Run, call

PAIR, FILE = (
    "ViT-B-16/laion400m_e32",
    "/timm/vit_base_patch16_clip_224.laion400m_e32/resolve/main/open_clip_model.safetensors",
)
WEIGHTS = bytes(range(256)) * 160_000  # nobody loads them here; the client writes 10 MB at a time


class Hub(ThreadingHTTPServer):
    """Serves one file as the Hugging Face hub does; `cut` ends a connection after so many bytes."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answers)
        self.cut: int | None = None
        self.asked: list[tuple[str, str]] = []  # method, and where the answer was to begin


class _Answers(BaseHTTPRequestHandler):
    server: Hub

    def do_HEAD(self) -> None:
        self._answer(is_whole=False)

    def do_GET(self) -> None:
        self._answer(is_whole=True)

    def _answer(self, *, is_whole: bool) -> None:
        if self.path != FILE:
            self.send_error(404)
            return
        start = int((self.headers.get("Range") or "bytes=0-").removeprefix("bytes=").split("-")[0])
        self.server.asked.append((self.command, str(start)))
        self.send_response(206 if start else 200)
        self.send_header("Content-Length", str(len(WEIGHTS) - start))
        self.send_header("ETag", '"' + "a" * 64 + '"')
        self.send_header("X-Repo-Commit", "b" * 40)
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(WEIGHTS) - 1}/{len(WEIGHTS)}")
        self.end_headers()
        if is_whole:
            self.wfile.write(WEIGHTS[start : None if self.server.cut is None else start + self.server.cut])
            self.close_connection = True

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def hub() -> Iterator[Hub]:
    with Hub() as served:
        thread = threading.Thread(target=served.serve_forever)
        thread.start()
        yield served
        served.shutdown()
        thread.join()


@pytest.fixture
def run(hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Run:
    """In this process, whose hub is the one that is served, and its cache empty."""
    there = f"http://127.0.0.1:{hub.server_address[1]}"
    monkeypatch.setattr(constants, "ENDPOINT", there)
    monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", there + "/{repo_id}/resolve/{revision}/{filename}")
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setattr(download, "IS_FORBIDDEN", False)
    return functools.partial(call, monkeypatch, capfd)


def fetched(folder: Path) -> list[bytes]:
    return [path.read_bytes() for path in folder.rglob("open_clip_model.safetensors")]


def test_a_backbone_is_fetched_with_yes_and_a_cut_download_goes_on(hub, run, tmp_path):
    refused = run("backbones", "--fetch", PAIR)
    assert (refused.code, hub.asked) == (2, [])
    assert refused.err.splitlines()[-1].endswith(
        f"fetch it with `spa-desktop backbones --fetch {PAIR} --yes`, or use spa-lite"
    )

    hub.cut = 3 * len(WEIGHTS) // 4
    cut = run("backbones", "--fetch", PAIR, "--yes")
    if cut.code:  # the client may go on by itself
        assert "it goes on where it stopped" in cut.err.splitlines()[-1]
        hub.cut = None
        cut = run("backbones", "--fetch", PAIR, "--yes")
    assert (cut.code, fetched(tmp_path)) == (0, [WEIGHTS]), cut.err
    assert max(int(start) for method, start in hub.asked if method == "GET") > 0
    hub.asked.clear()
    assert (run("backbones", "--fetch", PAIR).code, hub.asked) == (0, []), "it is here"


@pytest.mark.usefixtures("run")
def test_python_downloads_what_it_is_told_to(hub):
    """What is served here is no checkpoint: it is refused, once it is there."""
    with pytest.raises(InputError, match=r"is no checkpoint of ViT-B-16"):
        SpaClassifier(PAIR, download=True, progress=False).fit(np.zeros((2, 32, 32, 3), "uint8"), ["a", "b"])
    assert hub.asked
