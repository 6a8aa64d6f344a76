"""A backbone is fetched by one command, from a hub that is served here."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.hub import Hub

PAIR = "ViT-B-16/laion400m_e32"
FILE = ("timm/vit_base_patch16_clip_224.laion400m_e32", "open_clip_model.safetensors")
WEIGHTS = bytes(range(256)) * 160_000  # nobody loads them here; the client writes 10 MB at a time


@pytest.fixture
def start(hub: Hub, tmp_path: Path):
    """Starts Python with arguments, on a computer whose hub this is."""
    hub.files[FILE] = WEIGHTS

    def begin(*arguments: str) -> subprocess.Popen[str]:
        home = {"HF_HOME": str(tmp_path / "hub"), "HF_ENDPOINT": hub.address}
        settings = {key: text for key, text in os.environ.items() if not key.startswith("HF_")} | home
        pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        return subprocess.Popen([sys.executable, *arguments], env=settings, text=True, **pipes)

    return begin


@pytest.fixture
def run(start):
    def command(*arguments: str) -> subprocess.CompletedProcess[str]:
        ran = start("-m", "spa_desktop", *arguments)
        out, err = ran.communicate(timeout=240)
        return subprocess.CompletedProcess(arguments, ran.returncode, out, err)

    return command


def fetched(folder: Path) -> list[bytes]:
    return [path.read_bytes() for path in folder.rglob("open_clip_model.safetensors")]


def test_a_backbone_is_fetched_with_yes_and_goes_on_after_a_kill(hub, run, start, tmp_path):
    refused = run("backbones", "--fetch", PAIR)
    assert (refused.returncode, hub.asked) == (2, [])
    assert refused.stderr.splitlines()[-1].endswith(
        f"fetch it with `spa-desktop backbones --fetch {PAIR} --yes`, or use spa-lite"
    )

    hub.cut = 3 * len(WEIGHTS) // 4
    killed = start("-m", "spa_desktop", "backbones", "--fetch", PAIR, "--yes")
    while not any(path.stat().st_size for path in (tmp_path / "hub").rglob("*.incomplete")):
        time.sleep(0.05)
        assert killed.poll() is None
    killed.kill()
    killed.communicate()
    hub.asked.clear()
    ran = run("backbones", "--fetch", PAIR, "--yes")
    assert (ran.returncode, fetched(tmp_path)) == (0, [WEIGHTS]), ran.stderr
    assert min(start for method, _, start in hub.asked if method == "GET") > 0
    hub.asked.clear()
    assert (run("backbones", "--fetch", PAIR).returncode, hub.asked) == (0, []), "it is here"


@pytest.mark.parametrize("name", ["spa-lite", "ViT-B-16:/nowhere/weights.pt"])
def test_what_is_not_on_the_hub_is_not_asked_for(name, hub, run):
    ran = run("backbones", "--fetch", name, "--yes")
    assert (ran.returncode, hub.asked) == ((0, []) if name == "spa-lite" else (2, []))


def test_one_thing_is_done_at_a_time(hub, run):
    ran = run("backbones", "--fetch", "spa-lite", "--measure", "spa-lite")
    assert (ran.returncode, ran.stderr.splitlines()[-1].partition("Give one of")[1]) == (2, "Give one of")


def test_python_downloads_what_it_is_told_to(hub, start):
    """What is served here is no checkpoint: it is refused, once it is there."""
    code = (
        "import numpy as np; from spa_desktop import SpaClassifier\n"
        f"SpaClassifier({PAIR!r}, download=True).fit(np.zeros((2, 32, 32, 3), 'uint8'), ['a', 'b'])"
    )
    _, err = start("-c", code).communicate(timeout=240)
    assert "is no checkpoint of ViT-B-16" in err.splitlines()[-1]
    assert hub.asked
