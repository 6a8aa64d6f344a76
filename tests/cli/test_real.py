"""The command line as it is installed: processes of its own."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from spa_desktop.project import Project
from tests.conftest import REPOSITORY

Done = subprocess.CompletedProcess[str]


@pytest.fixture
def spa_desktop(tmp_path: Path) -> Callable[..., Done]:
    """Runs `spa-desktop` in a process."""

    def run(*arguments: object, **settings: str) -> Done:
        here = {
            **os.environ,
            "PYTHONPATH": str(REPOSITORY),
            "OMP_NUM_THREADS": "1",
            "SPA_DESKTOP_CACHE_DIR": str(tmp_path / "cache"),
            **settings,
        }
        done = subprocess.run(
            [sys.executable, "-m", "spa_desktop", *map(str, arguments)],
            capture_output=True,
            text=True,
            encoding="utf-8",
            errors="surrogateescape",
            env=here,
            cwd=tmp_path,
            check=False,
        )
        assert "Traceback" not in done.stderr, done.stderr
        return done

    return run


def test_the_app_sets_pillow_up_for_its_own_process():
    code = (
        "import sys, warnings; from spa_desktop.cli import main; sys.argv = ['spa-desktop', '--version']; main();"
        "from PIL import Image; print(Image.core.get_block_size() >> 20);"
        "warnings.warn_explicit('odd', UserWarning, 'x.py', 1, module='PIL.TiffImagePlugin')"
    )
    environment = {name: value for name, value in os.environ.items() if name != "PILLOW_BLOCK_SIZE"}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=True)
    assert (done.stdout.splitlines()[-1], done.stderr) == ("48", "")


def test_a_terminal_that_knows_few_letters(spa_desktop, tmp_path):
    project = tmp_path / "Wölfe 🐺.spa"
    plain = {"PYTHONIOENCODING": "ascii"}
    done = spa_desktop("new", project, **plain)
    assert done.returncode == 0
    assert done.stderr == f"Made {tmp_path}/W\\xf6lfe \\U0001f43a.spa on spa-lite\n"
    done = spa_desktop("info", project, "--json", **plain)
    assert json.loads(done.stdout)["path"] == str(project)


@pytest.mark.skipif(os.name == "nt", reason="pipes of POSIX systems")
def test_a_reader_that_leaves_early(tmp_path):
    Project.create(tmp_path / "a.spa").close()
    command = f"{sys.executable} -m spa_desktop info a.spa --json | true"
    done = subprocess.run(
        ["sh", "-c", command],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
        check=False,
    )
    assert done.stderr == ""
