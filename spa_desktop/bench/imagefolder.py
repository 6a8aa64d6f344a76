"""Any data set in ImageFolder form, and the order in which its classes come."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from spa_desktop.errors import InputError

SUFFIXES = frozenset({".bmp", ".gif", ".jfif", ".jpeg", ".jpg", ".png", ".ppm", ".tif", ".tiff", ".webp"})


@dataclass(frozen=True)
class ImageFolder:
    """Photos by class. `train[i]` and `test[i]` belong to `classes[i]`; classes and photos are sorted by name."""

    name: str
    classes: tuple[str, ...]
    train: tuple[tuple[Path, ...], ...]
    test: tuple[tuple[Path, ...], ...]


def read_image_folder(folder: str | os.PathLike[str], *, shots: int | None = None) -> ImageFolder:
    """Read `folder/train/CLASS/...` and `folder/test/CLASS/...`.

    Args:
        folder: the data set. Its name is the data set's name.
        shots: keep only the first so many training photos of each class, by file name. A class with fewer keeps all.

    Raises:
        InputError: if a folder is missing or empty, or if train and test do not hold the same classes.
    """
    root = Path(folder)
    if shots is not None and shots < 1:
        raise InputError(f"--shots must be at least 1, not {shots}")
    if not root.exists():
        raise InputError(f"No such folder: {root}. Give a folder that holds train/CLASS and test/CLASS")
    if not root.is_dir():
        raise InputError(f"{root} is not a folder. Give a folder that holds train/CLASS and test/CLASS")
    train, test = _split(root, "train"), _split(root, "test")
    for here, there, part in ((train, test, "test"), (test, train, "train")):
        if missing := sorted(here.keys() - there.keys()):
            raise InputError(
                f"{root / part} has no photos of {_some(missing)}. Each class needs photos in train and test"
            )
    names = tuple(sorted(train))
    return ImageFolder(
        name=root.resolve().name,
        classes=names,
        train=tuple(train[name][:shots] for name in names),
        test=tuple(test[name] for name in names),
    )


def class_order(seed: int, classes: int) -> tuple[int, ...]:
    """The order of learning: the field's permutation of the sorted class names (seed 1993 is the usual one)."""
    if not 0 <= seed < 2**32:
        raise InputError(f"--seed must be from 0 to {2**32 - 1}, not {seed}")
    return tuple(int(i) for i in np.random.RandomState(seed).permutation(classes))


def split_tasks(classes: int, *, increment: int, base: int = 0) -> tuple[range, ...]:
    """Positions in the class order that each task brings: "B-m Inc-n" of the literature.

    Args:
        classes: number of classes.
        increment: classes a task (n). The last task has what is left.
        base: classes of the first task (m); 0 means as many as any other task.

    Raises:
        InputError: if the numbers do not fit the data set.
    """
    if not 1 <= increment <= classes:
        raise InputError(f"--increment must be from 1 to {classes}, the number of classes, not {increment}")
    if not 0 <= base <= classes:
        raise InputError(f"--base must be from 0 to {classes}, the number of classes, not {base}")
    starts = [0, *range(base or increment, classes, increment)]
    return tuple(range(a, b) for a, b in zip(starts, [*starts[1:], classes], strict=True))


def _split(root: Path, part: str) -> dict[str, tuple[Path, ...]]:
    """Photos of each class folder; empty class folders are left out."""
    folder = root / part
    if not folder.is_dir():
        raise InputError(f"{root} has no folder {part}/. Give a folder that holds train/CLASS and test/CLASS")
    found: dict[str, tuple[Path, ...]] = {}
    for child in sorted(folder.iterdir()):
        if child.is_dir() and not child.name.startswith(".") and (photos := _photos(child)):
            found[child.name] = photos
    if not found:
        raise InputError(f"{folder} holds no class folder with photos in it")
    return found


def _photos(folder: Path) -> tuple[Path, ...]:
    # os.walk does not follow links to folders, so that a link to a parent cannot loop.
    paths = [Path(at) / name for at, _, names in os.walk(folder) for name in names if not name.startswith(".")]
    return tuple(sorted(p for p in paths if p.suffix.lower() in SUFFIXES))


def _some(names: list[str]) -> str:
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
