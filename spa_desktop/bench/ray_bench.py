"""The bench on a Ray cluster: each (data set, shots, seed, method) is a piece of work of its own.

Workers read features from the cache where they share one, and encode what it does not have. Each computes on
one thread, so accuracies are the same bits as those of a serial run with OMP_NUM_THREADS=1; times are those of a core.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from spa_desktop.bench.encoded import EncodedFolder
from spa_desktop.bench.imagefolder import class_order, read_image_folder, split_tasks
from spa_desktop.bench.methods import METHODS
from spa_desktop.errors import InputError
from spa_desktop.feature_store import FeatureStore
from spa_desktop.jobs import Job
from spa_desktop.project.feature_cache import FeatureCache
from spa_desktop.ray_cluster import Cluster, Spread

_read: dict[BenchSet, EncodedFolder] = {}  # of this worker: the data set that it worked on last

Run = Callable[..., dict[str, Any]]


@dataclass(frozen=True)
class BenchSet:
    """A data set as a worker reads it.

    Attributes:
        folder: of the data set; the same path on each machine.
        shots: training photos a class.
        increment: classes a task.
        base: classes of the first task.
        backbone: name of the encoder.
        fingerprint: that the encoder must have.
        cache: folder of the feature cache.
        load: gives the encoder of a name.
        run: runs one method: :func:`spa_desktop.bench.bench_run.run_method`.
    """

    folder: Path
    shots: int | None
    increment: int
    base: int
    backbone: str
    fingerprint: str
    cache: Path
    load: Callable[..., Any]
    run: Run


def run_on_cluster(
    data: BenchSet, pieces: Sequence[tuple[int, str]], cluster: Cluster, job: Job
) -> Iterator[tuple[int, dict[str, Any]]]:
    """Results of pieces (seed, name of the method), each with its place, in the order in which they are done.

    Raises:
        SpaError: if the cluster fails.
        Cancelled: if the job was cancelled.
    """
    with Spread(cluster) as spread:
        yield from spread.map(_run_piece, data, pieces, job)


def _run_piece(data: BenchSet, piece: tuple[int, str]) -> dict[str, Any]:
    seed, name = piece
    if data not in _read:
        _read.clear()
        encoder = data.load(data.backbone, device="cpu")
        if encoder.fingerprint != data.fingerprint:
            raise InputError(f"A worker has other weights of {data.backbone}: install the same version there")
        photos = read_image_folder(data.folder, shots=data.shots)
        _read[data] = EncodedFolder(photos, FeatureStore(encoder, FeatureCache(data.cache)), Job())
    encoded = _read[data]
    count = len(encoded.classes)
    tasks = split_tasks(count, increment=data.increment, base=data.base)
    return data.run(METHODS[name], encoded, class_order(seed, count), tasks, seed, Job())
