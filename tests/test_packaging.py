"""The wheel: built, installed into an empty environment, and used from a folder that knows nothing of the checkout."""

import os
import re
import shutil
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

from spa_desktop import paths
from spa_desktop.version import __version__

REPOSITORY = Path(__file__).resolve().parent.parent
HOME = "https://example.org/owner/name"
BIN, EXE = ("Scripts", ".exe") if os.name == "nt" else ("bin", "")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from a copy of what is packed: building must not write into the checkout."""
    source, out = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheel")
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(REPOSITORY / name, source)
    for name in ("spa_desktop", "resources", "models", "docs/guide", "packaging"):
        shutil.copytree(REPOSITORY / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
    _run([sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", out, source], out)
    (built,) = out.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A new environment with the wheel alone in it; what it depends on is lent by this environment."""
    folder = tmp_path_factory.mktemp("installed") / "venv"
    venv.create(folder)
    python = folder / BIN / f"python{EXE}"
    pip = [sys.executable, "-m", "pip", "--python", python]
    _run([*pip, "install", "--quiet", "--no-compile", "--no-deps", "--no-index", wheel], folder)
    site = _run([python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"], folder).strip()
    # A .pth would also carry this environment's own .pth, and with it the checkout: plain paths do not.
    (Path(site) / "lent.pth").write_text("\n".join({sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}))
    return folder


def _run(command: list[str | Path], folder: Path) -> str:
    clean = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")} | {
        "SPA_DESKTOP_HOME": HOME
    }
    done = subprocess.run(command, cwd=folder, env=clean, capture_output=True, text=True, timeout=250, check=False)
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def test_links_of_the_readme_are_whole_where_an_index_shows_it(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as packed:
        metadata = packed.read(f"spa_desktop-{__version__}.dist-info/METADATA").decode()
    assert f"Project-URL: Homepage, {HOME}\n" in metadata
    assert f"]({HOME}/raw/v{__version__}/docs/screenshots/" in metadata
    links = re.findall(r"\]\(([^)]*)\)", metadata)
    assert len(links) > 20
    assert [link for link in links if not link.startswith(("https://", "#"))] == []


def _files(folder: Path) -> list[str]:
    return sorted(
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    )


def test_the_wheel_is_named_after_the_version_and_carries_the_licences_of_what_is_in_it(wheel: Path) -> None:
    assert wheel.name == f"spa_desktop-{__version__}-py3-none-any.whl"
    with zipfile.ZipFile(wheel) as packed:
        about = f"spa_desktop-{__version__}.dist-info"
        metadata = packed.read(f"{about}/METADATA").decode()
        assert "License-Expression: MIT AND LicenseRef-WordNet-3.0 AND CC-BY-4.0\n" in metadata
        for name, words in (
            ("LICENSE", "MIT License"),
            ("resources/wordnet/LICENSE", "Princeton University"),
            ("resources/photos/README.md", "CC BY 4.0"),
        ):
            assert f"License-File: {name}\n" in metadata
            assert words in packed.read(f"{about}/licenses/{name}").decode()


@pytest.mark.parametrize(("name", "place"), [("resources", "resources"), ("models", "models"), ("guide", "docs/guide")])
def test_an_installed_app_finds_what_ships_with_it(name: str, place: str, installed: Path, tmp_path: Path) -> None:
    code = f"import spa_desktop, spa_desktop.paths as p; print(spa_desktop.__file__); print(p.{name}_dir())"
    module, folder = _run([installed / BIN / f"python{EXE}", "-c", code], tmp_path).splitlines()
    assert Path(module).is_relative_to(installed)
    assert Path(folder).is_relative_to(installed)
    # How models are made is for those who have the checkout.
    shipped = [file for file in _files(REPOSITORY / place) if not file.startswith("building/")]
    assert _files(Path(folder)) == shipped != []


def test_a_checkout_finds_what_ships_with_it() -> None:
    assert paths.resources_dir() == REPOSITORY / "resources"
    assert paths.models_dir() == REPOSITORY / "models"
    assert paths.guide_dir() == REPOSITORY / "docs" / "guide"


def test_the_console_script_helps(installed: Path, tmp_path: Path) -> None:
    script = installed / BIN / f"spa-desktop{EXE}"
    assert script.is_file()
    assert "Usage" in _run([script, "--help"], tmp_path)
    assert "Usage" in _run([installed / BIN / f"python{EXE}", "-m", "spa_desktop", "--help"], tmp_path)


@pytest.mark.parametrize("kind", ["cache", "data", "config"])
def test_user_folders_can_be_moved(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ask = getattr(paths, f"{kind}_dir")
    monkeypatch.setenv(f"SPA_DESKTOP_{kind.upper()}_DIR", str(tmp_path / "mine"))
    assert ask() == tmp_path / "mine"
    monkeypatch.setenv(f"SPA_DESKTOP_{kind.upper()}_DIR", "")
    assert ask().is_absolute()
    assert ask() != tmp_path / "mine"
    assert not (tmp_path / "mine").exists(), "asking for a folder must not make it"
