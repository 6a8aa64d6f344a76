"""Whatever stands in a stranger's project: no command and no page reaches anybody unasked, or writes elsewhere.

Python's audit hooks see Python; what a library in C++ does in threads of its own passes them by, so strace looks as
well, where it may be used (Linux). Some libraries send only after half a minute: for ``make egress`` verbs go on, and
then the window lives, for longer than a minute each.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from spa_desktop.ui.shell.side_bar import PAGE_NAMES
from tests.conftest import REPOSITORY
from tests.eavesdropped import HOSTILE, VICTIMS
from tests.workbench.tiny import draw_classes

# One process for all: it takes as long as the rest to import everything and to make the projects.
pytestmark = [pytest.mark.slow, pytest.mark.timeout(1200)]

CALLS = "connect,sendto,sendmsg,sendmmsg,/^(open|creat|mkdir|rmdir|rename|link|symlink|unlink|truncate|f?chmod|utime)"
NEAR = re.compile(r'sa_family=AF_(UNIX|NETLINK|UNSPEC)\b|inet_addr\("127\.|"::1"|"::ffff:127\.')
LOOK_UP = re.compile(r'"/etc/(hosts|resolv\.conf)"|io\.systemd\.Resolve')
OPENED_TO_WRITE = re.compile(r"\bO_(?:WRONLY|RDWR|CREAT)\b.* = \d+<(/.*)>$")
NAMED = re.compile(r'(?:<(/[^<>]*)>, )?"((?:[^"\\]|\\.)*)"')

PROJECTS = ("good.spa", *(f"{name}.spa" for name in (*HOSTILE, "hashes", "links", "versions")))
OUTPUTS = ("overlay", "demo", "answers.jsonl", "new.spa", "lite.spa", "settings.", "hub", "recovered")


def traced(folder: Path, *arguments: object, **settings: str) -> tuple[str, list[str] | None]:
    """Run Python, and give what it printed, and the system calls that should not have been.

    It runs in FOLDER/work as on a person's computer, whose home is FOLDER/home; all of the app's own is in FOLDER/app.
    Where strace may not be used, no call is known: None.
    """
    strace, work, own = shutil.which("strace"), folder / "work", folder / "app"
    can_trace = strace and not subprocess.run([strace, "-o", os.devnull, "true"], capture_output=True).returncode
    for place in (folder / "traces", work, own / "tmp", folder / "home"):
        place.mkdir(parents=True, exist_ok=True)
    # Nothing of the tests' own environment: libraries are silent where they find that they are being tested.
    environment = {f"SPA_DESKTOP_{kind}_DIR": str(own / kind) for kind in ("CACHE", "DATA", "CONFIG", "STATE")}
    environment |= {"PATH": os.environ["PATH"], "TMPDIR": str(own / "tmp")}
    environment |= dict.fromkeys(("HOME", "USERPROFILE"), str(folder / "home"))
    environment |= {name: os.environ[name] for name in ("SYSTEMROOT", "PYTHON_KEYRING_BACKEND") if name in os.environ}
    environment |= {"PYTHONPATH": str(REPOSITORY), "PYTHONDONTWRITEBYTECODE": "1", "QT_QPA_PLATFORM": "offscreen"}
    calls = folder / "traces" / "calls"
    options = ["-ff", "-qq", "-y", "-s", "4096", "--seccomp-bpf", "-e", f"trace={CALLS}", "-o", calls]
    ran = subprocess.run(
        [*([strace, *options] if can_trace else []), sys.executable, *map(str, arguments)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        cwd=work,
        env=environment | {"OMP_NUM_THREADS": "1", "LC_ALL": "C.UTF-8"} | settings,
        timeout=900,
    )
    assert ran.returncode == 0, ran.stderr[-3000:]
    assert "Traceback" not in ran.stderr
    if not can_trace:
        return ran.stdout, None
    lines = [line for file in sorted((folder / "traces").iterdir()) for line in file.read_text("utf-8").splitlines()]
    assert any("/onnxruntime/capi/" in line for line in lines), "ONNX Runtime was not loaded, or nothing was traced"
    meant = tuple(f"{place}/" for place in (own, work, "/dev", "/proc"))
    return ran.stdout, [line for line in lines if _goes_out(line) or _writes_elsewhere(line, meant)]


def _goes_out(line: str) -> bool:
    return bool(LOOK_UP.search(line)) or ("sa_family=" in line and not NEAR.search(line))


def _writes_elsewhere(line: str, meant: tuple[str, ...]) -> bool:
    if line.startswith("open"):
        opened = OPENED_TO_WRITE.search(line)  # strace says where it really is, whatever links led there
        return opened is not None and not opened[1].startswith(meant)
    if line.startswith(("connect", "send")) or not line.endswith(" = 0"):
        return False
    places = [Path(base, name) for base, name in NAMED.findall(line)]
    places = places[-1:] if line.startswith("symlink") else places  # where a link leads is not written to
    return any(place.is_absolute() and not str(place).startswith(meant) for place in places)


@pytest.mark.parametrize(
    ("is_meant", "line"),
    [
        (
            False,
            'connect(13<socket:[1]>, {sa_family=AF_INET, sin_port=htons(53), sin_addr=inet_addr("8.8.8.8")}, 16) = 0',
        ),
        (False, 'openat(AT_FDCWD</a/run>, "/etc/resolv.conf", O_RDONLY|O_CLOEXEC) = 4</etc/resolv.conf>'),
        (False, 'openat(AT_FDCWD</a/run>, "link", O_RDWR|O_CREAT, 0600) = 5</a/home/x>'),
        (False, 'unlinkat(AT_FDCWD</a/run>, "/a/home/x", 0) = 0'),
        (True, 'connect(4<socket:[1]>, {sa_family=AF_UNIX, sun_path="/run/dbus/system_bus_socket"}, 110) = 0'),
        (True, 'rename("/a/run/x.part", "/a/run/x") = 0'),
    ],
)
def test_what_would_be_found_in_a_trace(is_meant: bool, line: str) -> None:
    """A trace in which nothing is ever found would say the same as one of an app that does nothing."""
    assert (_goes_out(line) or _writes_elsewhere(line, ("/a/run/",))) is not is_meant


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
    settings["EGRESS_SECONDS"] = os.environ.get("EGRESS_SECONDS", "0")
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
            assert "sha256 of photos 1 is out of bounds" in line, (key, line)
    # They came as far as the backbone, and ended there.
    for verb in ("classify", "train", "describe"):
        for name in ("download", "texts", "repository"):
            lines = [line for key, line in said.items() if key.startswith(f"{name} {verb}")]
            assert all("is not on this computer, and comes from https://" in line for line in lines), lines
        lines = [line for key, line in said.items() if key.startswith((f"address {verb}", f"tokenizer {verb}"))]
        assert all("was not agreed to on this computer" in line for line in lines), lines
    assert said["bench"].startswith("2 ")
    assert said["backbones"].startswith("0 ")


def test_no_page_connects_for_a_hostile_project(heard: dict[str, dict[str, str]]) -> None:
    said = heard["window"]
    assert sum(line == "shown" for line in said.values()) == 6 * len(PAGE_NAMES)
    assert "sha256 of photos 1 is out of bounds" in said["hashes start"]
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
