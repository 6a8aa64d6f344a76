"""One budget of memory for all threads, and estimates that are no less than what decoding takes."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from PIL import Image

from spa_desktop.photos.memory_budget import MemoryBudget
from spa_desktop.photos.memory_demand import demand_of
from spa_desktop.photos.photo_kinds import kind_of
from tests.photos.bombs import BOMBS
from tests.photos.pieces import flat, saved
from tests.photos.watched import watch

# Those that open and take most.
HEAVY = (
    "flat-49.png",
    "rgba-16.png",
    "codes-49.gif",
    "runs.tga",
    "turned-49.tif",
    "flat-25.webp",
    "groups.webp",
    "ended-early-200.jpg",
)


def test_a_budget_is_never_exceeded():
    budget = MemoryBudget(10)
    lock, held, most = threading.Lock(), [0], [0]

    def work(amount):
        with budget.lend(amount):
            with lock:
                held[0] += amount
                most[0] = max(most[0], held[0])
            time.sleep(0.001)
            with lock:
                held[0] -= amount

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, [1, 3, 10, 2, 7, 5, 4, 10, 6, 1] * 10))
    assert most[0] == 10
    assert budget.lent == 0
    with pytest.raises(ValueError, match="more than the budget"), budget.lend(11):
        pass


def test_a_large_one_is_not_passed_by_small_ones():
    budget = MemoryBudget(10)
    order = []
    large_waits = threading.Event()

    def large():
        large_waits.set()
        with budget.lend(10):
            order.append("large")

    def small():
        with budget.lend(1):
            order.append("small")

    with budget.lend(5):
        first = threading.Thread(target=large)
        first.start()
        large_waits.wait(60)
        deadline = time.monotonic() + 60
        while not budget._waiting and time.monotonic() < deadline:
            time.sleep(0.001)
        second = threading.Thread(target=small)
        second.start()
        while len(budget._waiting) < 2 and time.monotonic() < deadline:
            time.sleep(0.001)
    first.join()
    second.join()
    assert order == ["large", "small"]


def test_what_fails_gives_its_share_back():
    budget = MemoryBudget(10)
    with pytest.raises(KeyError), budget.lend(10):
        raise KeyError
    with budget.lend(10):
        assert budget.lent == 10


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
def test_decoding_takes_no_more_than_was_asked_for(tmp_path):
    noise = Image.fromarray(np.random.default_rng(0).integers(0, 256, (1500, 1600, 4), np.uint8))
    rgb = noise.convert("RGB")
    heavy = {name: make() for name, _, make in BOMBS if name in HEAVY}
    files = heavy | {
        "noise.jpg": saved(rgb, "JPEG"),
        "scans.jpg": saved(flat(5000, 3000), "JPEG", progressive=True, subsampling=0),
        "noise.png": saved(noise, "PNG", compress_level=1),
        "noise.webp": saved(noise, "WEBP", lossless=True, quality=0, method=0),
        "lossy.webp": saved(flat(3000, 3000), "WEBP", method=0),
        "noise.avif": saved(flat(3000, 2000, "RGBA"), "AVIF", speed=10),
        "full.avif": saved(flat(3000, 2000), "AVIF", speed=10, subsampling="4:4:4"),
        "noise.jp2": saved(rgb.resize((700, 700)), "JPEG2000"),
        "flat.jp2": saved(flat(2500, 2500, "RGBA"), "JPEG2000"),
        "turned.tif": saved(flat(3000, 2500), "TIFF", compression="tiff_lzw", exif=_turned()),
        "raw.bmp": saved(flat(3000, 2500), "BMP"),
    }
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    for one in watch([tmp_path / name for name in files]):
        content = files[one.path.name]
        size = _size(tmp_path / one.path.name)
        asked = demand_of(kind_of(content[:64], one.path.suffix), content)
        # Beside it: the content, the result, strips, and what the process itself takes more for the first of a kind.
        allowed = asked.of(size) + asked.perhaps + len(content) + 4 * min(size[0] * size[1], 12_000_000) + 40_000_000
        assert one.how == "opened", one
        assert one.memory * 1_000_000 < allowed, (one, asked)


def _turned() -> Image.Exif:
    exif = Image.Exif()
    exif[0x0112] = 6
    return exif


def _size(path) -> tuple[int, int]:
    with Image.open(path) as photo:
        photo.draft(None, (448, 448))
        return photo.size


_READ = """
import sys
from pathlib import Path
from PIL import Image
from spa_desktop.project import find_classes, read_photos
from spa_desktop.project import folder_scan
folder_scan._THREADS = 4
Image.init()
def peak():
    return int(Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0]) // 1000
before = peak()
with read_photos(find_classes([sys.argv[1]])) as found:
    print(len(found.classes[0].photos), len(found.skipped), peak() - before)
"""


def test_many_heavy_photos_at_once_stay_below_a_gigabyte(tmp_path):
    folder = tmp_path / "class"
    folder.mkdir()
    heavy = {name: make() for name, _, make in BOMBS if name in HEAVY}
    for index in range(2):
        for name, content in heavy.items():
            (folder / f"{index}-{name}").write_bytes(content)
    with (folder / "raw.ppm").open("wb") as raw:
        raw.write(b"P6 9000 9000 255\n")
        raw.truncate(17 + 9000 * 9000 * 3)
    done = subprocess.run([sys.executable, "-c", _READ, str(folder)], capture_output=True, text=True, timeout=200)
    assert done.returncode == 0, done.stderr
    read, skipped, megabytes = map(int, done.stdout.split())
    assert (read, skipped) == (len(HEAVY) + 1, len(HEAVY))  # the second copies are told
    assert megabytes < 1000
