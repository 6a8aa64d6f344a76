"""predict.py where nothing but its three packages is installed."""

from __future__ import annotations

import importlib.metadata
import json
import os
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

from spa_desktop import SpaClassifier
from tests.conftest import REPOSITORY

PACKAGES = ("numpy", "Pillow", "onnxruntime")


@pytest.fixture(scope="module")
def wheels() -> Path:
    """Their wheels and those that they need, from the package index, kept under build/."""
    wanted = [f"{name}=={importlib.metadata.version(name)}" for name in PACKAGES]
    folder = REPOSITORY / "build" / "wheels" / "-".join(part.replace("==", "") for part in wanted)
    if not (folder / "whole").exists():
        command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "download", "--quiet", "--dest", folder]
        try:
            subprocess.run([*command, "--only-binary", ":all:", *wanted], check=True, timeout=280)
        except subprocess.SubprocessError as error:
            pytest.skip(f"needs wheels from a package index, which does not answer: {error}")
        (folder / "whole").touch()
    return folder


@pytest.mark.slow
def test_it_answers_as_the_app_does(
    exported: Path, learned: SpaClassifier, test_photos: list[Path], wheels: Path, tmp_path: Path
) -> None:
    home = tmp_path / "venv"
    venv.create(home, with_pip=False, symlinks=True)
    python = home / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    packages = sysconfig.get_path("purelib", "venv", {"base": str(home)})
    for wheel in wheels.glob("*.whl"):  # as pip does it, in a tenth of the time
        zipfile.ZipFile(wheel).extractall(packages)
    environment = {"PATH": os.defpath, "HOME": str(tmp_path)}
    photos = test_photos[::6]
    ran = subprocess.run(
        [python, exported / "predict.py", "--json", *photos],
        capture_output=True,
        text=True,
        env=environment,
        timeout=120,
    )
    assert ran.returncode == 0, ran.stderr
    images = json.loads(ran.stdout)["images"]
    assert [image["top"][0]["class"] for image in images] == learned.predict(photos).tolist()
    shown = subprocess.run(
        [python, "-c", "import sys; print([p for p in sys.path if 'packages' in p]); import torch"],
        capture_output=True,
        text=True,
        env=environment,
        timeout=60,
    )
    assert "No module named 'torch'" in shown.stderr, shown.stdout
