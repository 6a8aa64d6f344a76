"""The command line as it is installed: processes of its own, the embedded backbone, demo photos."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from spa_desktop.demo import DemoSet
from spa_desktop.encoders import backbones
from spa_desktop.project import Project
from tests.conftest import drawn_before

REPOSITORY = Path(__file__).resolve().parents[2]
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


@pytest.mark.slow
def test_from_new_to_classify_and_on_without_the_photos(
    spa_desktop, run, load_encoder, demo_set: DemoSet, tmp_path, monkeypatch
):
    """The first training and the answers come from processes of their own, the rest from this one, which has torch."""
    monkeypatch.setattr(backbones, "load_encoder", load_encoder)
    first, second = tasks = drawn_before(demo_set, 4)(tmp_path / "drawn").tasks
    photos = tmp_path / "photos"
    for task in tasks:
        for split in ("train", "test"):
            for name in task.classes[-2:]:
                shutil.copytree(task.class_folder(name, split), photos / task.name / split / name)
    project = tmp_path / "Garden.spa"
    assert run("new", project).code == 0
    assert run("add", project, photos / first.name, "--task", first.name).code == 0
    done = spa_desktop("train", project)
    assert done.returncode == 0
    assert "Not described yet, so described offline now" in done.stderr
    found = run("evaluate", project, "--json").json
    assert found["tasks"] == ["garden"]
    assert found["last"] >= 80.0

    # Learned; the photos are of no use any more.
    shutil.rmtree(photos / first.name)
    shutil.rmtree(tmp_path / "cache")
    assert run("evaluate", project, "--json").json == found
    probe = shutil.copy(demo_set.tasks[0].photos("strawberry", "test")[0], tmp_path / "probe.jpg")
    done = spa_desktop("classify", project, probe, "--json", "--overlay", tmp_path / "overlays")
    [image] = json.loads(done.stdout)["images"]
    assert image["top"][0]["class"] == "strawberry"
    assert image["patches"]["grid"] == [9, 9]
    assert len(image["patches"]["weights"]) == 81
    assert [file.name for file in (tmp_path / "overlays").iterdir()] == ["probe-1.png"]

    assert run("add", project, photos / second.name, "--task", second.name).code == 0
    assert run("train", project).code == 0
    after = run("evaluate", project, "--json").json
    assert after["tasks"] == ["garden", "indoors"]
    assert after["accuracy_matrix"][0] == [found["last"], None]
    assert sum(map(sum, after["confusion"])) == 4 * 4
    assert after["last"] >= 80.0
    assert run("check", project, "--json").json["whole"] is True


def test_errors_and_exit_codes_of_a_process(spa_desktop, tmp_path):
    done = spa_desktop("info", tmp_path / "gone.spa", "--json")
    assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (2, "", 1)
    done = spa_desktop("--version")
    assert (done.returncode, done.stderr) == (0, "")


def test_a_terminal_that_knows_few_letters(spa_desktop, tmp_path):
    project = tmp_path / "Wölfe 🐺.spa"
    plain = {"PYTHONIOENCODING": "ascii"}
    done = spa_desktop("new", project, **plain)
    assert done.returncode == 0
    assert done.stderr == f"Made {tmp_path}/W\\xf6lfe \\U0001f43a.spa on spa-lite\n"
    done = spa_desktop("info", project, "--json", **plain)
    assert json.loads(done.stdout)["path"] == str(project)
    assert spa_desktop("info", project, **plain).returncode == 0


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
