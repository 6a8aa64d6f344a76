"""Under strace nothing is sent, looked up, or written outside of the app's folders: by no library either. Linux alone.

Python's audit hooks see Python: what a library in C++ does in threads of its own passes them by. Some libraries send
only after half a minute: ``make egress`` has the verbs go on, and then the window live, for longer than a minute each.
Without it the window does two things alone, as `test_nothing_goes_out.py` traces every verb.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY
from tests.workbench.tiny import draw_classes

SECONDS = float(os.environ.get("EGRESS_SECONDS", "0"))
CALLS = "connect,sendto,sendmsg,sendmmsg,/^(open|creat|mkdir|rmdir|rename|link|symlink|unlink|truncate|f?chmod|utime)"
NEAR = re.compile(r'sa_family=AF_(UNIX|NETLINK|UNSPEC)\b|inet_addr\("127\.|"::1"|"::ffff:127\.')
LOOK_UP = re.compile(r'"/etc/(hosts|resolv\.conf)"|io\.systemd\.Resolve')
OPENED_TO_WRITE = re.compile(r"\bO_(?:WRONLY|RDWR|CREAT)\b.* = \d+<(/.*)>$")
NAMED = re.compile(r'(?:<(/[^<>]*)>, )?"((?:[^"\\]|\\.)*)"')

# Verbs, some once, others again and again until the time is over, and then the window as long.
APP = """
import json, sys, time
from spa_desktop import cli
seconds, once, again = map(json.loads, sys.argv[1:])
end = time.monotonic() + seconds
while once or time.monotonic() < end:
    for verb in once or again:
        sys.argv = ["spa-desktop", *verb]
        cli.main()
    once = []
from benchmarks import long_life
folders = long_life.photo_folders
long_life.photo_folders = lambda folder, **_: folders(folder, is_tiny=True)  # the demo's take as long as the rest
long_life.live(seconds / 60, 134, 2, is_tiny=False, projects=1)  # learns, and opens the settings
"""


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
        (False, 'mkdirat(8</a/home>, "x", 0777) = 0'),
        (False, 'unlinkat(AT_FDCWD</a/run>, "/a/home/x", 0) = 0'),
        (True, 'connect(3<socket:[1]>, {sa_family=AF_INET6, inet_pton(AF_INET6, "::1", &sin6_addr)}, 28) = 0'),
        (True, 'connect(4<socket:[1]>, {sa_family=AF_UNIX, sun_path="/run/dbus/system_bus_socket"}, 110) = 0'),
        (True, 'openat(AT_FDCWD</a/run>, "/etc/passwd", O_RDONLY|O_CLOEXEC) = 4</etc/passwd>'),
        (True, 'mkdir("/a/home/x", 0777) = -1 EEXIST (File exists)'),
        (True, 'rename("/a/run/x.part", "/a/run/x") = 0'),
        (True, 'symlink("/a/home/x", "/a/run/link") = 0'),
        (False, 'symlink("/a/run/x", "/a/home/link") = 0'),
    ],
)
def test_what_counts(is_meant: bool, line: str) -> None:
    assert (_goes_out(line) or _writes_elsewhere(line, ("/a/run/",))) is not is_meant


@pytest.mark.slow
def test_neither_commands_nor_the_window_send_or_write_elsewhere(tmp_path: Path) -> None:
    draw_classes(tmp_path / "work" / "photos", ("red", "green", "blue"), train=3, test=1)
    make = [["new", "it.spa"], ["add", "it.spa", "photos"]]
    use = [["train", "it.spa"], ["classify", "it.spa", "photos", "--jsonl", "answers.jsonl"]]
    once = make + use if SECONDS else []
    again = [["undo", "it.spa"], *use]
    _, calls = traced(tmp_path, "-c", APP, SECONDS, json.dumps(once), json.dumps(again))
    if calls is None:
        pytest.skip("needs strace, and the right to use it")
    assert calls == []
