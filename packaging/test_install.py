"""README's lines of installation, each in an empty home: the program runs, and is as large as its line says.

``make install-test`` (PYTHON=python3.13 for another one). It downloads several gigabytes.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parent.parent
PYTHON = os.environ.get("SPA_DESKTOP_PYTHON", sys.executable)
# `pip install .   # the command line and Python: 1.8 GB`
_LINE = re.compile(r"^((?:pip|uv tool|pipx) install .*?) +#.*?([\d.]+) GB", re.MULTILINE)
LINES = _LINE.findall((REPOSITORY / "README.md").read_text(encoding="utf-8"))
CUDA = 4.6  # GB more, where plain torch brings CUDA's libraries; README says so


def run(*command: object, home: Path, within: int = 900) -> str:
    path = os.pathsep.join([str(home / "venv/bin"), str(home / ".local/bin"), "/usr/local/bin", "/usr/bin", "/bin"])
    environment = {"HOME": str(home), "PATH": path, "QT_QPA_PLATFORM": "offscreen", "LC_ALL": "C.UTF-8"}
    network = re.compile("PIP_|UV_|SSL_|https?_proxy", re.IGNORECASE)  # how this computer reaches the index
    environment |= {name: value for name, value in os.environ.items() if network.match(name)}
    done = subprocess.run(
        [str(word) for word in command], cwd=home, env=environment, capture_output=True, text=True, timeout=within
    )
    assert done.returncode == 0, f"{command}\n{done.stdout[-2000:]}\n{done.stderr[-3000:]}"
    return done.stdout


def test_readme_has_lines_with_their_sizes() -> None:
    assert {line.split()[0] for line, _ in LINES} >= {"pip", "uv"}


@pytest.mark.timeout(3000)
@pytest.mark.parametrize(("line", "size"), LINES, ids=[line for line, _ in LINES])
def test_a_line_of_the_readme(line: str, size: str, tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    run("git", "clone", "--quiet", REPOSITORY, home / "source", home=home)
    run(PYTHON, "-m", "venv", home / "venv", home=home)
    before = _size(home)
    if line.startswith("uv"):
        run("pip", "install", "--quiet", "uv", home=home)
        line += f" --python {home}/venv/bin/python"
    run("bash", "-c", f"cd source && {line}", home=home)
    shutil.rmtree(home / ".cache", ignore_errors=True)
    gigabytes = (_size(home) - before) / 1e9
    _use(home, has_window="window" in line)
    has_cuda = any((home).glob("**/site-packages/nvidia"))
    expected = float(size) + (CUDA if has_cuda else 0)
    print(f"{line}: {gigabytes:.2f} GB, README says {expected:.1f} ({'with' if has_cuda else 'without'} CUDA)")
    assert gigabytes == pytest.approx(expected, rel=0.1)


def _size(folder: Path) -> int:
    return int(subprocess.check_output(["du", "-s", "--block-size=1", folder], text=True).split()[0])


def _use(home: Path, has_window: bool) -> None:
    assert re.match(r"\d+\.\d+\.\d+$", run("spa-desktop", "--version", home=home))
    assert "spa-lite" in run("spa-desktop", "backbones", home=home)
    shown = json.loads(run("spa-desktop", "demo", home / "demo", "--json", home=home))
    assert shown["last"] > 95
    if has_window:
        run("spa-desktop", "screenshots", shown["project"], home / "pictures", home=home)
        assert len(list((home / "pictures").glob("*.png"))) > 8
    shutil.rmtree(home / "demo")
