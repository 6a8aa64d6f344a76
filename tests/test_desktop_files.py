"""The desktop file and the type of `.spa` files, as the menus and file managers of Linux read them."""

import configparser
import os
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from spa_desktop.project.migrations import APPLICATION_ID
from tests.conftest import REPOSITORY

ID = "io.github.spa_desktop.SpaDesktop"
LINUX = REPOSITORY / "packaging" / "linux"
NAMESPACE = {"m": "http://www.freedesktop.org/standards/shared-mime-info"}


def test_the_type_is_known_by_name_and_by_content() -> None:
    (kind,) = ET.parse(LINUX / f"{ID}.xml").getroot().findall("m:mime-type", NAMESPACE)
    glob, match = kind.find("m:glob", NAMESPACE), kind.find(".//m:match/m:match", NAMESPACE)
    assert glob is not None
    assert glob.get("pattern") == "*.spa"
    assert match is not None
    assert (match.get("offset"), int(match.get("value", "0"), 16)) == ("68", APPLICATION_ID)
    entry = configparser.RawConfigParser(strict=True)
    entry.optionxform = str  # type: ignore[assignment,method-assign]
    entry.read(LINUX / f"{ID}.desktop", encoding="utf-8")
    assert entry["Desktop Entry"]["MimeType"] == f"{kind.get('type')};"


@pytest.mark.skipif(os.name != "posix" or shutil.which("bash") is None, reason="a script for Linux")
def test_it_is_installed_for_a_user_and_taken_out_again(tmp_path: Path) -> None:
    folder = tmp_path / "pack"
    shutil.copytree(LINUX, folder)
    shutil.copy(REPOSITORY / "resources" / "icons" / "app.svg", folder / f"{ID}.svg")
    program = tmp_path / "100% of $mine" / "spa-desktop"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    share = tmp_path / "share"
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "XDG_DATA_HOME": str(share)}
    subprocess.run(["bash", folder / "install.sh", program], check=True, env=environment, timeout=60)
    lines = (share / "applications" / f"{ID}.desktop").read_text(encoding="utf-8").splitlines()
    written = str(program).replace("%", "%%").replace("$", "\\\\$")
    assert f'Exec="{written}" %f' in lines
    thumbnailer = (share / "thumbnailers" / f"{ID}.thumbnailer").read_text(encoding="utf-8").splitlines()
    assert {f'Exec="{written}" thumbnail %i %o --size %s', f"TryExec={program}"} <= set(thumbnailer)
    if shutil.which("xdg-mime") and shutil.which("update-mime-database"):
        found = (share / "mime" / "globs2").read_text(encoding="utf-8")
        assert "60:application/x-spa-desktop:*.spa" in found
    subprocess.run(["bash", folder / "install.sh", "--remove"], check=True, env=environment, timeout=60)
    assert not list(share.rglob(f"{ID}*"))


@pytest.mark.skipif(shutil.which("dpkg-deb") is None, reason="makes a Debian package")
def test_a_debian_package_has_the_bundle_its_menu_entry_and_what_it_needs(tmp_path: Path) -> None:
    bundle = tmp_path / "bundle"
    shutil.copytree(LINUX, bundle / "linux")
    shutil.copy(REPOSITORY / "resources" / "icons" / "app.svg", bundle / "linux" / f"{ID}.svg")
    shutil.copy(REPOSITORY / "LICENSE", bundle)
    (bundle / "linux" / "spa-desktop.1").write_text(".TH spa-desktop 1\n")
    (bundle / "spa-desktop").write_text("#!/bin/sh\necho it runs\n")
    (bundle / "spa-desktop").chmod(0o755)
    package, root = tmp_path / "spa-desktop.deb", tmp_path / "root"
    subprocess.run([LINUX / "deb.sh", bundle, "0.1.0", package, "libegl1", "libgl1"], check=True, timeout=60)
    subprocess.run(["dpkg-deb", "-x", package, root], check=True, timeout=60)
    asked = subprocess.run(
        ["dpkg-deb", "-f", package, "Version", "Depends"], capture_output=True, text=True, check=True
    )
    assert asked.stdout.splitlines() == ["Version: 0.1.0", "Depends: libegl1, libgl1"]
    assert (root / "usr/bin/spa-desktop").readlink() == Path("/opt/spa-desktop/spa-desktop")
    assert subprocess.check_output([root / "opt/spa-desktop/spa-desktop"], text=True) == "it runs\n"
    assert (root / f"usr/share/applications/{ID}.desktop").read_text("utf-8").count("Exec=spa-desktop %f") == 1
    assert (root / f"usr/share/mime/packages/{ID}.xml").is_file()
    assert (root / "usr/share/man/man1/spa-desktop.1.gz").is_file()


@pytest.mark.skipif(shutil.which("bash") is None, reason="a script for Linux")
def test_an_appimage_is_laid_out_on_a_disk_without_hard_links(tmp_path: Path) -> None:
    bundle, programs = tmp_path / "bundle", tmp_path / "programs"
    shutil.copytree(LINUX, bundle / "linux")
    (bundle / "linux" / f"{ID}.svg").touch()
    (bundle / "spa-desktop").write_text("#!/bin/sh\necho it runs\n")
    (bundle / "spa-desktop").chmod(0o755)
    programs.mkdir()
    (programs / "cp").write_text('#!/bin/sh\n[ "$1" != -rl ] || { mkdir "$3"; exit 1; }\nexec /bin/cp "$@"\n')
    (programs / "cp").chmod(0o755)
    environment = {"PATH": f"{programs}:/usr/bin:/bin"}
    subprocess.run([LINUX / "appimage.sh", bundle, tmp_path / "it.AppImage"], env=environment, check=False, timeout=60)
    assert subprocess.check_output([tmp_path / "it.AppDir" / "AppRun"], text=True) == "it runs\n"


@pytest.mark.skipif(shutil.which("make") is None or shutil.which("git") is None, reason="asks make")
@pytest.mark.parametrize(
    ("origin", "home"),
    [
        ("https://me:token@example.org/owner/name.git", "https://example.org/owner/name"),
        ("https://example.org/owner/name/", "https://example.org/owner/name"),
        ("git@example.org:owner/name.git", ""),
    ],
)
def test_packages_name_the_address_of_a_clone_without_its_token(tmp_path: Path, origin: str, home: str) -> None:
    shutil.copy(REPOSITORY / "Makefile", tmp_path)
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    subprocess.run(["git", "-C", tmp_path, "remote", "add", "origin", origin], check=True)
    (tmp_path / "ask.mk").write_text("include Makefile\nask:\n\t@echo [$(HOME_URL)]\n")
    clean = {key: value for key, value in os.environ.items() if key not in ("HOME_URL", "MAKEFLAGS")}
    said = subprocess.check_output(["make", "-s", "-C", tmp_path, "-f", "ask.mk", "ask"], text=True, env=clean)
    assert said.splitlines()[-1] == f"[{home}]"


@pytest.mark.skipif(shutil.which("bash") is None or shutil.which("git") is None, reason="a script for Linux")
def test_a_bundle_of_an_earlier_commit_is_not_released(tmp_path: Path) -> None:
    for name in ("packaging/release.sh", "spa_desktop/version.py"):
        (tmp_path / name).parent.mkdir()
        shutil.copy(REPOSITORY / name, tmp_path / name)
    (tmp_path / ".gitignore").write_text("build\n")
    git = ["git", "-C", tmp_path, "-c", "user.name=a", "-c", "user.email=a@example.org"]
    for words in (["init", "-q"], ["add", "."], ["commit", "-qm", "all"]):
        subprocess.run([*git, *words], check=True)
    (tmp_path / "build").mkdir()
    (tmp_path / "build" / "spa-desktop.deb").touch()
    os.utime(tmp_path / "build" / "spa-desktop.deb", (0, 0))
    command = ["bash", tmp_path / "packaging" / "release.sh", "https://example.org/o/n", sys.executable]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=60)
    why = "build/spa-desktop.deb is older than this commit: make it anew, or remove it\n"
    assert (ran.returncode, ran.stderr) == (2, why)


@pytest.mark.skipif(shutil.which("bash") is None, reason="a script for Linux")
def test_the_store_s_description_gets_the_addresses_of_a_cut_version(tmp_path: Path) -> None:
    checkout = tmp_path / "checkout"
    (checkout / "spa_desktop").mkdir(parents=True)
    shutil.copytree(LINUX, checkout / "packaging" / "linux")
    (checkout / "spa_desktop" / "version.py").write_text('__version__ = "1.2.3"\n')
    command = ["bash", checkout / "packaging" / "linux" / "metainfo.sh", "https://example.org/o/n/"]
    (checkout / "CHANGELOG.md").write_text("## [Unreleased]\n")
    refused = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert (refused.returncode, refused.stdout) == (2, "")
    assert "CHANGELOG.md" in refused.stderr
    (checkout / "CHANGELOG.md").write_text("## [1.2.3] - 2026-12-01\n")
    filled = tmp_path / f"{ID}.metainfo.xml"
    filled.write_bytes(subprocess.check_output(command, timeout=60))
    component = ET.parse(filled).getroot()
    assert component.findtext("url[@type='homepage']") == "https://example.org/o/n"
    pictures = [image.text or "" for image in component.iter("image")]
    assert {picture.split("/raw/v1.2.3/")[0] for picture in pictures} == {"https://example.org/o/n"}
    assert all((REPOSITORY / picture.split("/raw/v1.2.3/")[1]).is_file() for picture in pictures)
    assert component.find("releases/release").attrib == {"version": "1.2.3", "date": "2026-12-01"}
    if shutil.which("appstreamcli"):
        subprocess.run(["appstreamcli", "validate", "--no-net", filled], check=True, timeout=60)
