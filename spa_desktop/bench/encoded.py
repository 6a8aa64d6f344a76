"""A data set with its features: what the tasks of a run are cut from."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from spa_desktop.bench.baselines import Photos, TaskData
from spa_desktop.errors import InputError
from spa_desktop.feature_store import FeatureStore, PhotoRef
from spa_desktop.jobs import Job, Stage
from spa_desktop.project.folders import PHOTO_SUFFIXES

# Any data set in ImageFolder form, and the order in which its classes come.


@dataclass(frozen=True)
class ImageFolder:
    """Photos by class. `train[i]` and `test[i]` belong to `classes[i]`; classes and photos are sorted by name."""

    name: str
    classes: tuple[str, ...]
    train: tuple[tuple[Path, ...], ...]
    test: tuple[tuple[Path, ...], ...]


def read_image_folder(folder: str | os.PathLike[str], *, shots: int | None = None) -> ImageFolder:
    """Read `folder/train/CLASS/...` and `folder/test/CLASS/...`, with `shots` the first so many photos of each class.

    The folder's name is the data set's name. Photos go by file name; a class with fewer training photos than `shots`
    keeps all. Raises InputError if a folder is missing or empty, or if train and test do not hold the same classes.
    """
    root = Path(folder)
    if shots is not None and shots < 1:
        raise InputError(f"--shots must be at least 1, not {shots}")
    if not root.is_dir():
        raise InputError(f"There is no folder {root}. Give one that holds train/CLASS and test/CLASS")
    train, test = _split(root, "train"), _split(root, "test")
    for here, there, part in ((train, test, "test"), (test, train, "train")):
        if missing := sorted(here.keys() - there.keys()):
            more = f" and {len(missing) - 3} more" if len(missing) > 3 else ""
            raise InputError(
                f"{root / part} has no photos of {', '.join(missing[:3])}{more}. Each class needs photos in both"
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

    The increment n is classes a task; the last task has what is left. The base m is classes of the first; 0: as many as
    any other. Raises InputError if the numbers do not fit the data set.
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
    split: dict[str, tuple[Path, ...]] = {}
    for child in sorted(folder.iterdir()):
        if child.is_dir() and not child.name.startswith("."):
            # os.walk does not follow links to folders, so that a link to a parent cannot loop.
            files = [Path(at) / name for at, _, names in os.walk(child) for name in names if not name.startswith(".")]
            if photos := tuple(sorted(p for p in files if p.suffix.lower() in PHOTO_SUFFIXES)):
                split[child.name] = photos
    if not split:
        raise InputError(f"{folder} holds no class folder with photos in it")
    return split


@dataclass(frozen=True)
class EncodedClass:
    """One class: its photos for training and for testing, with their pooled features (n, V, W + T)."""

    name: str
    train: tuple[PhotoRef, ...]
    test: tuple[PhotoRef, ...]
    train_pooled: Tensor
    test_pooled: Tensor


class EncodedFolder:
    """All photos of a data set, encoded. Pooled features are in memory, patches are read from the cache in passes."""

    def __init__(self, data: ImageFolder, store: FeatureStore, job: Job) -> None:
        """Encode what the cache does not have.

        Photos that cannot be read are left out, and said so. Raises InputError if no photo of a class can be used;
        Cancelled if the job was cancelled.
        """
        self._store = store
        job.stage(Stage.READ, total=sum(map(len, (*data.train, *data.test))))
        train = [_hashed(paths, job) for paths in data.train]
        test = [_hashed(paths, job) for paths in data.test]
        faults = store.ensure([photo for photos in (*train, *test) for photo in photos], job)
        for reason in faults.values():
            job.message(f"Left out: {reason}")
        classes = []
        for name, *parts in zip(data.classes, train, test, strict=True):
            readable = [tuple(photo for photo in photos if photo.sha256 not in faults) for photos in parts]
            for photos, part in zip(readable, ("train", "test"), strict=True):
                if not photos:
                    raise InputError(f"No photo of {name} in {data.name}/{part} can be read. Put others there")
            classes.append(
                EncodedClass(name, readable[0], readable[1], store.pooled(readable[0]), store.pooled(readable[1]))
            )
        self.classes = tuple(classes)

    def task(self, classes: Sequence[int]) -> TaskData:
        """The training photos of some classes."""
        chosen = [self.classes[i] for i in classes]
        refs = [photo for c in chosen for photo in c.train]
        labels = torch.repeat_interleave(torch.arange(len(chosen)), torch.tensor([len(c.train) for c in chosen]))
        return TaskData(
            pooled=torch.cat([c.train_pooled for c in chosen]),
            patches=lambda: self._store.iter_patches(refs),
            labels=labels,
            class_names=tuple(c.name for c in chosen),
            encoder=self._store.encoder,
        )

    def test(self, classes: Sequence[int]) -> tuple[Photos, Tensor]:
        """The test photos of some classes, and the place of each photo's class among them (n,)."""
        chosen = [self.classes[i] for i in classes]
        refs = [photo for c in chosen for photo in c.test]
        photos = Photos(torch.cat([c.test_pooled for c in chosen]), lambda: self._store.iter_patches(refs))
        return photos, torch.repeat_interleave(torch.arange(len(chosen)), torch.tensor([len(c.test) for c in chosen]))


def _hashed(paths: Sequence[Path], job: Job) -> list[PhotoRef]:
    refs = []
    for path in paths:
        refs.append(PhotoRef.of(path))
        job.advance()
    return refs
