"""The bundle in an empty environment: no Python on the path, nothing of this checkout. ``make bundle-test``."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

BUNDLE = Path(os.environ.get("SPA_DESKTOP_BUNDLE", "build/bundle/spa-desktop")).absolute()


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


def run(home: Path, *arguments: object, code: int = 0, timeout: int = 900) -> str:
    environment = {"PATH": "/nonexistent", "HOME": str(home), "QT_QPA_PLATFORM": "offscreen", "LC_ALL": "C.UTF-8"}
    ran = subprocess.run(
        [BUNDLE / "spa-desktop", *map(str, arguments)],
        capture_output=True,
        text=True,
        cwd=home,
        env=environment,
        timeout=timeout,
    )
    assert ran.returncode == code, ran.stderr[-3000:]
    assert "Traceback" not in ran.stderr
    return ran.stdout


@pytest.fixture(scope="module")
def demo(home: Path) -> dict[str, Any]:
    """The demo, run by the bundle: it describes, learns three tasks, measures."""
    found: dict[str, Any] = json.loads(run(home, "demo", home / "demo", "--json"))
    return found


@pytest.mark.timeout(1200)
def test_the_demo_learns(home: Path, demo: dict[str, Any]) -> None:
    assert demo["last"] > 95
    assert Path(demo["project"]).is_file()
    assert not (home / ".cache" / "Microsoft").exists()  # where ONNX Runtime keeps what it reports


def test_it_classifies(home: Path, demo: dict[str, Any]) -> None:
    photo = next((home / "demo" / "photos" / "animals" / "test" / "flamingo").iterdir())
    (image,) = json.loads(run(home, "classify", demo["project"], photo, "--json"))["images"]
    assert image["top"][0]["class"] == "flamingo"


@pytest.mark.timeout(900)
def test_the_window_opens(home: Path, demo: dict[str, Any]) -> None:
    run(home, "screenshots", demo["project"], home / "shots")
    pictures = list((home / "shots").glob("*.png"))
    assert len(pictures) > 8
    assert all(picture.stat().st_size > 5000 for picture in pictures)


@pytest.mark.timeout(600)
def test_it_exports(home: Path, demo: dict[str, Any]) -> None:
    run(home, "export", demo["project"], home / "export")
    assert (home / "export" / "model.onnx").stat().st_size > 30_000_000


def test_bad_input_is_one_line(home: Path) -> None:
    run(home, "info", home / "missing.spa", code=2)


def test_what_nobody_reads_is_left_out() -> None:
    names = [file.relative_to(BUNDLE).as_posix() for file in BUNDLE.rglob("*") if file.is_file()]
    for part in ("torch/include/", "QtWebEngine", "libQt6Quick", "libQt6Qml.", "nvidia/", "/tests/"):
        assert not [name for name in names if part in name], part
    assert not [name for name in names if name.endswith((".h", ".pyi", ".a", ".cmake"))]


def test_menu_and_file_type_are_installed_for_a_user(home: Path) -> None:
    share = home / "share of mine"
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(home), "XDG_DATA_HOME": str(share)}
    script = BUNDLE / "linux" / "install.sh"
    subprocess.run([script], check=True, env=environment, timeout=60)
    entry = (share / "applications" / "io.github.spa_desktop.SpaDesktop.desktop").read_text(encoding="utf-8")
    assert f'Exec="{BUNDLE / "spa-desktop"}" %f\n' in entry
    assert (share / "mime" / "packages" / "io.github.spa_desktop.SpaDesktop.xml").is_file()
    assert (share / "icons" / "hicolor" / "scalable" / "mimetypes" / "application-x-spa-desktop.svg").is_file()
    subprocess.run([script, "--remove"], check=True, env=environment, timeout=60)
    assert not (share / "applications" / "io.github.spa_desktop.SpaDesktop.desktop").exists()
