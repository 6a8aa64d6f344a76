"""A full disk: one line that says so, and the project as it was; with space again, everything goes on."""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of one megabyte."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(folder)]
    if shutil.which("mount") is None or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("only a superuser may mount a small file system")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def fill(folder: Path) -> Path:
    """Write until nothing more fits."""
    file = folder / "ballast"
    with file.open("wb", buffering=0) as stream:
        for size in (4096, 1):
            try:
                while True:
                    stream.write(bytes(size))
            except OSError:
                continue
    assert shutil.disk_usage(folder).free == 0
    return file


def test_no_space_on_the_disk(run, photos, small_disk, tmp_path):
    path = small_disk / "Colours.spa"
    ballast = fill(small_disk)
    ran = run("new", path)
    assert ran.code == 2
    assert len(ran.err.splitlines()) == 1
    ballast.unlink()
    assert list(small_disk.iterdir()) == []
    assert run("new", path).code == 0
    for verb, *more in (("add", photos / "1"), ("describe",), ("train",)):
        before = path.read_bytes()
        ballast = fill(small_disk)
        ran = run(verb, path, *more)
        assert (ran.code, ran.out) == (2, ""), verb
        assert ran.err.splitlines()[-1].startswith("spa-desktop: "), verb
        assert str(path) in ran.err.splitlines()[-1]
        ballast.unlink()
        assert path.read_bytes() == before, verb
        assert run("check", path).code == 0
        assert run(verb, path, *more).code == 0
    assert run("evaluate", path, "--json").json["last"] == 100.0
