"""Demo photos that the app draws itself: textured things in cluttered places, with a mask of where each thing is.

The photos belong to nobody, need no network, and are the same for the same seed. Eight classes stand in two tasks; the
places, the light and the clutter are shared by all classes, so that only the thing tells a class.
"""

from __future__ import annotations

import functools
import io
import math
import os
import zlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from spa_desktop import jobs
from spa_desktop.demo import scenes
from spa_desktop.demo.painter import Colour, Map, Paint, Stage, blur, hsv, noise
from spa_desktop.demo.scenes import random_place
from spa_desktop.errors import InputError, SpaError
from spa_desktop.plain_files import read_plain_file, write_output

SIZE = 320  # pixels along a side
SPLITS = ("train", "test")


@dataclass(frozen=True)
class _Thing:
    name: str
    paint: Callable[[Stage], Paint]
    lean: float  # how far it leans from upright, in radians either way; pi lies as it fell


_TASKS: dict[str, tuple[_Thing, ...]] = {
    "garden": (
        _Thing("fly agaric", scenes.fly_agaric, 0.35),
        _Thing("ladybird", scenes.ladybird, math.pi),
        _Thing("strawberry", scenes.strawberry, math.pi),
        _Thing("sunflower", scenes.sunflower, 0.6),
    ),
    "indoors": (
        _Thing("basketball", scenes.basketball, math.pi),
        _Thing("polka-dot mug", scenes.polka_dot_mug, 0.25),
        _Thing("soccer ball", scenes.soccer_ball, math.pi),
        _Thing("zebra-striped vase", scenes.zebra_striped_vase, 0.25),
    ),
}


@dataclass(frozen=True)
class DemoTask:
    """Classes that are learned together. `folder` holds `train/CLASS/*.jpg` and `test/CLASS/*.jpg`."""

    name: str
    folder: Path
    classes: tuple[str, ...]

    def class_folder(self, name: str, split: str = "train") -> Path:
        return self.folder / split / name

    def photos(self, name: str, split: str = "train") -> list[Path]:
        return sorted(self.class_folder(name, split).glob("*.jpg"))

    def labelled(self, split: str = "train") -> tuple[list[Path], list[str]]:
        """All photos of a split, and the class of each."""
        pairs = [(photo, name) for name in self.classes for photo in self.photos(name, split)]
        return [photo for photo, _ in pairs], [name for _, name in pairs]


@dataclass(frozen=True)
class DemoSet:
    """The drawn photos: `photos/TASK/SPLIT/CLASS/*.jpg` under `folder`, and masks in a like tree under `masks`."""

    folder: Path
    tasks: tuple[DemoTask, ...]

    def mask_of(self, photo: Path) -> Path:
        """The greyscale PNG as large as the photo, white where the thing is.

        Raises ValueError: the photo is not one of this set.
        """
        return (self.folder / "masks" / photo.relative_to(self.folder / "photos")).with_suffix(".png")

    def parts_folder(self, photo: Path) -> Path:
        """Where the masks of a photo's parts are, if they were drawn: `NAME PART.png`."""
        return (self.folder / "parts" / photo.relative_to(self.folder / "photos")).parent

    def parts_of(self, photo: Path) -> dict[str, Path]:
        """The greyscale PNG of each part of the thing, by the part's name."""
        found = sorted(self.parts_folder(photo).glob(f"{photo.stem} *.png"))
        return {file.stem.removeprefix(f"{photo.stem} "): file for file in found}


def draw_demo(
    folder: str | os.PathLike[str],
    *,
    photos_per_class: int = 24,
    test_per_class: int = 10,
    seed: int = 0,
    with_parts: bool = False,
    job: jobs.Job | None = None,
) -> DemoSet:
    """Draw the demo photos and their masks into `folder`, which is made. A photo depends on its name and `seed` alone.

    What was drawn there before stays. `with_parts` writes masks of the things' parts too, for measurements.

    Raises InputError: a count is negative, `folder` is a file, or holds photos that are not drawn here, or anything
    else under the name of one; SpaError: the photos cannot be written; Cancelled: the job was cancelled; the photos
    drawn so far stay.
    """
    if photos_per_class < 1 or test_per_class < 0:
        raise InputError("The demo needs at least one photo a class to learn from, and no fewer than none to test on")
    folder = Path(folder)
    if folder.exists() and not folder.is_dir():
        raise InputError(f"{folder} is a file: name a folder for the demo photos")
    job = job or jobs.Job()
    tasks = tuple(
        DemoTask(name, folder / "photos" / name, tuple(thing.name for thing in things))
        for name, things in _TASKS.items()
    )
    demo = DemoSet(folder, tasks)
    work = [
        (thing, task.class_folder(thing.name, split) / f"{thing.name.replace(' ', '-')}-{index:03d}.jpg")
        for task in tasks
        for thing in _TASKS[task.name]
        for split, count in zip(SPLITS, (photos_per_class, test_per_class), strict=True)
        for index in range(count)
    ]

    if strangers := {*(folder / "photos").rglob("*.jpg")} - {path for _, path in work}:
        raise _in_the_way(min(strangers))

    def draw(item: tuple[_Thing, Path]) -> None:
        job.check()
        thing, path = item
        _write(
            thing,
            path,
            demo.mask_of(path),
            demo.parts_folder(path) if with_parts else None,
            np.random.default_rng([seed, zlib.crc32(path.relative_to(folder).as_posix().encode())]),
        )

    job.stage(jobs.Stage.DRAW, total=len(work))
    try:
        for path in {path.parent for _, path in work}:
            path.mkdir(parents=True, exist_ok=True)
            demo.mask_of(path / "any").parent.mkdir(parents=True, exist_ok=True)
            if with_parts:
                demo.parts_folder(path / "any").mkdir(parents=True, exist_ok=True)
        with ThreadPoolExecutor(max_workers=min(4, os.cpu_count() or 1)) as threads:
            for _ in threads.map(draw, work):
                job.advance()
    except OSError as error:
        raise SpaError(f"The demo photos cannot be written to {folder}: {error.strerror or error}") from error
    return demo


def _write(thing: _Thing, path: Path, mask_path: Path, parts_path: Path | None, rng: np.random.Generator) -> None:
    photo, mask, parts = _take(thing, rng)
    quality = int(rng.integers(72, 94))
    _save(photo, path, quality=quality)
    _save(_picture(mask), mask_path, compress_level=1)
    if parts_path is not None:
        for part, cover in parts.items():
            _save(_picture(cover), parts_path / f"{path.stem} {part}.png", compress_level=1)


def _save(picture: Image.Image, path: Path, **options: int) -> None:
    content = io.BytesIO()
    picture.save(content, "JPEG" if path.suffix == ".jpg" else "PNG", **options)
    drawn = content.getvalue()
    if not os.path.lexists(path):
        write_output(path, drawn, replaces=None, is_synced=False)
    elif not _holds(path, drawn):
        raise _in_the_way(path)


def _holds(path: Path, content: bytes) -> bool:
    with suppress(OSError):
        return read_plain_file(path, len(content)) == content
    return False


def _in_the_way(path: Path) -> InputError:
    return InputError(f"{path} is no photo or mask as the demo draws it: move it away, or give the demo another folder")


def _take(thing: _Thing, rng: np.random.Generator) -> tuple[Image.Image, Map, dict[str, Map]]:
    """A photo and where the thing and its parts are in it, `(S, S)` each."""
    light = rng.normal(size=2)
    light = np.array([*(light / np.linalg.norm(light) * rng.uniform(0.3, 1.1)), 1.0])
    if light[1] > 0.2:  # light from below looks wrong on a table
        light[1] *= -1.0
    light = light / np.linalg.norm(light)
    place = random_place(rng, SIZE)
    painted = thing.paint(_stage(rng, thing.lean, light))
    cover = painted.cover
    reach = rng.uniform(0.02, 0.07) * SIZE
    behind = np.roll(cover, (round(-light[1] * reach), round(-light[0] * reach)), axis=(0, 1))
    shadow = blur(behind, rng.uniform(4.0, 12.0))
    photo = place * (1.0 - np.float32(rng.uniform(0.35, 0.7)) * shadow)[..., None]
    photo = photo + (painted.colour - photo) * cover[..., None]
    if rng.random() < 0.35:
        photo, cover = _overlap(rng, photo, cover)
    parts = {part: np.minimum(mine, cover) for part, mine in painted.parts.items()}
    return _develop(rng, photo), cover, parts


def _stage(rng: np.random.Generator, lean: float, light: NDArray[np.float64]) -> Stage:
    half = rng.uniform(0.19, 0.44) * SIZE
    room = max(0.5 - 0.8 * half / SIZE, 0.06) * SIZE
    x, y = SIZE / 2 + rng.uniform(-room, room, size=2)
    angle = rng.uniform(-lean, lean)
    wide = rng.uniform(0.92, 1.08)
    mirrored = float(rng.choice([-1.0, 1.0]))
    rows, columns = _grid()
    cos, sin = math.cos(angle), math.sin(angle)
    dx, dy = (columns - np.float32(x)) / np.float32(half), (rows - np.float32(y)) / np.float32(half)
    u: Map = dx * np.float32(cos * mirrored * wide) + dy * np.float32(sin * mirrored * wide)
    v: Map = dy * np.float32(cos / wide) - dx * np.float32(sin / wide)
    local = ((cos * light[0] + sin * light[1]) * mirrored, cos * light[1] - sin * light[0], light[2])
    return Stage(rng, u, v, 1.0 / half, np.array(local, np.float32))


@functools.cache
def _grid() -> tuple[Map, Map]:
    rows, columns = np.mgrid[0:SIZE, 0:SIZE].astype(np.float32)
    return rows, columns


def _overlap(rng: np.random.Generator, photo: Colour, cover: Map) -> tuple[Colour, Map]:
    """A blade or a twig across the thing's edge, out of focus."""
    rows, columns = _grid()
    edge = np.argwhere((cover > 0.3) & (cover < 0.9))
    if not len(edge):
        return photo, cover
    y, x = edge[int(rng.integers(len(edge)))]
    angle, curve = rng.uniform(0, math.pi), rng.normal(0.0, 0.002)
    along = (columns - x) * np.float32(math.cos(angle)) + (rows - y) * np.float32(math.sin(angle))
    across = (rows - y) * np.float32(math.cos(angle)) - (columns - x) * np.float32(math.sin(angle))
    gap = np.abs(across - np.float32(curve) * along * along)
    blade = np.clip((np.float32(rng.uniform(3.0, 11.0)) - gap) / np.float32(rng.uniform(1.5, 6.0)), 0.0, 1.0)
    colour = hsv(rng.uniform(0.06, 0.36), rng.uniform(0.2, 0.8), rng.uniform(0.15, 0.7))
    shaded = colour * (np.float32(0.7) + np.float32(0.6) * noise(rng, SIZE, 12, octaves=2))[..., None]
    return photo + (shaded - photo) * blade[..., None], cover * (1.0 - blade)


def _develop(rng: np.random.Generator, photo: Colour) -> Image.Image:
    """What a camera adds: vignette, exposure, colour of the light, gamma, blur, noise."""
    rows, columns = np.ogrid[-1 : 1 : SIZE * 1j, -1 : 1 : SIZE * 1j]
    vignette = 1.0 - rng.uniform(0.0, 0.3) * (rows * rows + columns * columns) / 2
    picture = _picture(photo * vignette.astype(np.float32)[..., None])
    warmth, gamma = rng.normal(0.0, 0.07), rng.uniform(0.8, 1.2)
    gains = rng.uniform(0.72, 1.2) * np.array([1.0 + warmth, 1.0, 1.0 - warmth])
    table = np.clip(gains[:, None] * np.arange(256) / 255.0, 0.0, 1.0) ** gamma * 255.0
    picture = picture.point([round(entry) for entry in table.ravel()])
    picture = picture.filter(
        ImageFilter.GaussianBlur(float(rng.choice([0.0, 0.6, 1.0, 1.6], p=[0.35, 0.35, 0.2, 0.1])))
    )
    grain = rng.standard_normal((SIZE, SIZE, 1), dtype=np.float32) * np.float32(rng.uniform(0.003, 0.025))
    return _picture(np.asarray(picture, np.float32) / 255.0 + grain)


def _picture(values: Colour | Map) -> Image.Image:
    return Image.fromarray((np.clip(values, 0.0, 1.0) * 255.0 + 0.5).astype(np.uint8))
