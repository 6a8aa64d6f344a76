"""What is no plain JPEG or PNG is decoded in a process of its own: limited, kept, and replaced when it dies."""

import os
import select
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from spa_desktop.photos import opening
from spa_desktop.photos.decoding import PLAIN_MEMORY, decode, format_of
from spa_desktop.photos.opening import PhotoError, open_photo
from tests.photos.bombs import BOMBS
from tests.photos.mutations import whole_photos
from tests.photos.pieces import flat, heif, saved

BOMB = {name: make for name, _, make in BOMBS}


def process() -> subprocess.Popen[bytes]:
    assert opening._decoder._process is not None
    return opening._decoder._process


@pytest.fixture
def webp(tmp_path) -> Path:
    file = tmp_path / "a.webp"
    file.write_bytes(saved(flat(40, 30), "WEBP"))
    return file


@pytest.mark.parametrize("name", sorted(whole_photos()))
def test_only_plain_photos_are_decoded_here(name):
    content = whole_photos()[name]
    found = decode(content, format_of(content[:64]), None, is_plain_wanted=True)
    assert (found is not None) == name.endswith((".jpg", ".png", ".mpo"))


@pytest.mark.parametrize("name", ["scans.jpg", "ended-early-200.jpg", "coefficients.jpg"])
def test_a_jpeg_or_png_that_takes_much_is_not_plain(name):
    content = BOMB[name]()
    assert decode(content, format_of(content[:64]), None, is_plain_wanted=True) is None
    assert PLAIN_MEMORY < 200_000_000


def test_one_process_serves_all_threads(tmp_path, webp):
    open_photo(webp)
    first = process().pid
    with ThreadPoolExecutor(4) as pool:
        sizes = list(pool.map(lambda _: open_photo(webp).size, range(8)))
    assert sizes == [(40, 30)] * 8
    assert process().pid == first


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such signals")
def test_a_process_that_dies_costs_one_photo(webp, monkeypatch):
    open_photo(webp)
    first = process()
    os.kill(first.pid, signal.SIGSTOP)  # it holds the photo for ever
    monkeypatch.setattr(opening, "MAX_WAIT", 0.1)
    with pytest.raises(PhotoError, match="takes too much time or memory to open"):
        open_photo(webp)
    monkeypatch.undo()
    assert first.wait() == -signal.SIGKILL
    assert open_photo(webp).size == (40, 30)
    assert process().pid != first.pid


@pytest.mark.skipif(sys.platform != "linux", reason="the system limits computing and memory on Linux")
def test_what_takes_too_much_ends(tmp_path, webp):
    """Too much memory; what computes for too long is among the bombs."""
    (tmp_path / "bomb.webp").write_bytes(BOMB["canvas-200.webp"]())
    with pytest.raises(PhotoError, match="takes too much"):
        open_photo(tmp_path / "bomb.webp", at_least=448)
    assert open_photo(webp).size == (40, 30)


def test_the_process_ends_with_the_one_that_wanted_it(webp):
    code = (
        "import sys\nfrom spa_desktop.photos import opening\nopening.open_photo(sys.argv[1])\n"
        "print(opening._decoder._process.pid, flush=True)\nsys.stdin.read()"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", code, str(webp)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    watched = os.pidfd_open(child)
    parent.kill()
    parent.communicate()
    # A descriptor of a process is readable when it has ended.
    assert select.select([watched], [], [], 30)[0]
    os.close(watched)


def test_photos_of_telephones(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6
    pixels = np.zeros((60, 80, 3), np.uint8)
    pixels[:, :40] = (220, 30, 40)
    (tmp_path / "phone.heic").write_bytes(heif(Image.fromarray(pixels), exif=exif.tobytes()))
    photo = open_photo(tmp_path / "phone.heic")
    assert photo.size == (60, 80)
    assert np.abs(np.asarray(photo)[10, 30].astype(int) - (220, 30, 40)).max() < 12, "its left side is up"
