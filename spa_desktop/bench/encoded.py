"""A data set with its features: what the tasks of a run are cut from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from spa_desktop.bench.imagefolder import ImageFolder
from spa_desktop.bench.incremental_method import Photos, TaskData
from spa_desktop.errors import InputError
from spa_desktop.feature_store import FeatureStore, PhotoRef
from spa_desktop.jobs import Job, Stage


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

        Photos that cannot be read are left out, and said so.

        Raises:
            InputError: if no photo of a class can be used.
            Cancelled: if the job was cancelled.
        """
        self._store = store
        job.stage(Stage.READ, total=sum(map(len, (*data.train, *data.test))))
        train = [_hashed(paths, job) for paths in data.train]
        test = [_hashed(paths, job) for paths in data.test]
        faults = store.ensure([photo for photos in (*train, *test) for photo in photos], job)
        bad = {fault.photo for fault in faults}
        for fault in faults:
            job.message(f"Left out: {fault.reason}")
        classes = []
        for name, *parts in zip(data.classes, train, test, strict=True):
            kept = [tuple(photo for photo in photos if photo not in bad) for photos in parts]
            for photos, part in zip(kept, ("train", "test"), strict=True):
                if not photos:
                    raise InputError(f"No photo of {name} in {data.name}/{part} can be read. Put others there")
            classes.append(EncodedClass(name, kept[0], kept[1], store.pooled(kept[0]), store.pooled(kept[1])))
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
