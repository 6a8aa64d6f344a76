"""The command line as it is installed: processes of its own, the embedded backbone, demo photos."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from spa_desktop.demo import DemoTask
from spa_desktop.encoders import backbones
from spa_desktop.project import Project
from spa_desktop.spa.config import NONE_OF_THESE
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


@pytest.mark.slow
def test_from_new_to_classify_and_on_without_the_photos(
    spa_desktop, run, load_encoder, demo_set: tuple[DemoTask, ...], cache_of_all, tmp_path, monkeypatch
):
    """The answers come from a process of its own, the rest from this one, which has torch."""
    monkeypatch.setattr(backbones, "load_encoder", load_encoder)
    animals, indoors = demo_set
    photos = shutil.copytree(animals.folder, tmp_path / "photos", ignore=shutil.ignore_patterns("*-0[5-9].jpg"))
    project = tmp_path / "Animals.spa"
    assert run("new", project).code == 0
    assert run("add", project, photos, "--task", "animals").code == 0
    with monkeypatch.context() as patch:
        patch.setenv("SPA_DESKTOP_CACHE_DIR", str(cache_of_all))
        done = run("train", project)
    assert done.code == 0
    assert "Not described yet, so described offline now" in done.err
    found = run("evaluate", project, "--json").json
    assert found["tasks"] == ["animals"]
    assert found["last"] >= 80.0

    # Learned; neither the photos nor the cache, which this process and the next have none of, are of use any more.
    shutil.rmtree(photos)
    assert run("evaluate", project, "--json").json == found
    probes = [animals.photos("flamingo", "test")[0], indoors.photos("grand piano", "test")[0]]
    done = spa_desktop("classify", project, *probes, "--json", "--explain", "--overlay", tmp_path / "overlays")
    known, strange = json.loads(done.stdout)["images"]
    assert known["top"][0]["class"] == "flamingo"
    assert (known["answer"], known["rejected"]) == ("flamingo", False)
    assert (strange["answer"], strange["rejected"]) == (NONE_OF_THESE, True)
    assert 0 <= strange["known"] < 0.5 <= known["known"] <= 1
    assert known["patches"]["grid"] == [9, 9]
    assert len(known["patches"]["weights"]) == 81
    assert len(list((tmp_path / "overlays").iterdir())) == 2
    assert run("check", project, "--json").json["whole"] is True


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
