"""Whatever stands in a stranger's project: no command and no page reaches anybody unasked, or writes elsewhere."""

import json
from pathlib import Path

import pytest

from spa_desktop.ui.shell.side_bar import PAGE_NAMES
from tests.eavesdropped import HOSTILE, VICTIMS
from tests.test_egress import traced
from tests.workbench.tiny import draw_classes

# One process for all: it takes as long as the rest to import everything and to make the projects.
pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


PROJECTS = ("good.spa", *(f"{name}.spa" for name in (*HOSTILE, "hashes", "links", "versions")))
OUTPUTS = ("overlay", "demo", "new.spa", "lite.spa", "settings.", "hub", "recovered")


def files_of(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def heard(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, str]]:
    """What the window, the commands and those on the embedded backbone said, when nothing was tried or written."""
    folder = tmp_path_factory.mktemp("hostile")
    home = folder / "home"
    for name, looks in (("photos", ("red", "green", "blue")), ("more", ("teal",)), ("fresh", ("violet",))):
        draw_classes(home / name, looks, train=4, test=2 if name == "photos" else 0)
    (home / "own.pt").write_bytes(b"weights")
    (home / "victims").mkdir()
    for name, text in VICTIMS.items():
        (home / "victims" / name).write_text(text)
    # As on a person's computer: nothing keeps the libraries from the network, and there is a key to use.
    settings = {"OPENAI_API_KEY": "sk-test-5ecretS3cret5ecretS3cret", "HF_HOME": str(folder / "app" / "hub")}
    before = files_of(home)
    printed, calls = traced(folder, "-m", "tests.eavesdropped", folder / "work", **settings)
    found = json.loads(printed)
    assert found["tried"] == []
    assert not calls  # None where strace may not be used
    assert files_of(home) == before, "files of the person are not what they were"
    meant = (*PROJECTS, *OUTPUTS)
    assert not [one.name for one in (folder / "work").iterdir() if not one.name.lstrip(".").startswith(meant)]
    said: dict[str, dict[str, str]] = found["said"]
    return said


def test_no_command_connects_for_a_hostile_project(heard: dict[str, dict[str, str]]) -> None:
    said = heard["commands"]
    for line in said.values():
        assert line.startswith(("0 ", "1 spa-desktop: ", "2 spa-desktop: ")), line
    # What leads to the person's own files is refused, or left alone.
    for key, line in said.items():
        if key.startswith(("hashes info", "hashes check", "hashes train", "hashes undo")):
            assert "the hash of a photo is no SHA-256" in line, (key, line)
    # They came as far as the backbone, and ended there.
    for verb in ("classify", "train", "describe"):
        for name in ("download", "texts"):
            lines = [line for key, line in said.items() if key.startswith(f"{name} {verb}")]
            assert all("is not on this computer: agree to its download" in line for line in lines), lines
            assert all("from https://huggingface.co/" in line for line in lines)
        lines = [line for key, line in said.items() if key.startswith(f"repository {verb}")]
        assert all("Unknown backbone 'hf-hub:someone/model'" in line for line in lines), lines
        lines = [line for key, line in said.items() if key.startswith((f"address {verb}", f"tokenizer {verb}"))]
        assert all("was not agreed to on this computer" in line for line in lines), lines
    assert said["bench"].startswith("2 ")
    assert said["backbones"].startswith("0 ")


def test_no_page_connects_for_a_hostile_project(heard: dict[str, dict[str, str]]) -> None:
    said = heard["window"]
    assert sum(line == "shown" for line in said.values()) == 6 * len(PAGE_NAMES)
    assert "the hash of a photo is no SHA-256" in said["hashes start"]
    assert "links.spa" in said["links start"]
    asked = [key for key in said if key.startswith("asked: ")]
    assert any(
        "ViT-B-16/laion400m_e32 (599 MB) will be downloaded from https://huggingface.co/" in key for key in asked
    )
    assert any("names a file as its backbone" in key for key in asked), asked
    assert all(
        "will be downloaded from https://huggingface.co/" in key or "names a file as its backbone" in key
        for key in asked
    ), asked


def test_nor_does_the_embedded_backbone(heard: dict[str, dict[str, str]]) -> None:
    for key, line in heard["embedded"].items():
        expected = "2 spa-desktop: Not agreed to yet" if "openai" in key else "0 "
        assert line.startswith(expected), (key, line)
