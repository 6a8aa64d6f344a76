"""The bench: methods learn a data set task by task, on the same cached features."""

from __future__ import annotations

import hashlib
import json
import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from spa_desktop import metrics
from spa_desktop.bench.encoded import EncodedFolder, ImageFolder, class_order, read_image_folder, split_tasks
from spa_desktop.bench.methods import METHODS, Method, choose_methods
from spa_desktop.bench.result_table import summarize
from spa_desktop.encoders import backbones
from spa_desktop.encoders.encoder import ClipEncoder
from spa_desktop.errors import InputError, SpaError
from spa_desktop.feature_store import FeatureStore, encoder_of_worker
from spa_desktop.jobs import Job, Stage
from spa_desktop.paths import cache_dir
from spa_desktop.plain_files import check_output, reason_of, write_output, write_own_file
from spa_desktop.project.feature_cache import FeatureCache
from spa_desktop.ray_cluster import Cluster, Spread
from spa_desktop.version import JSON_FORMAT, __version__

# Finished results of the bench, one small file each, so that an interrupted run can be taken up again.

Json = dict[str, Any]
EARLIER_RESULT = re.compile(rb'\{\n "dataset": "[^\n]*",\n "backbone": ')


class ResultStore:
    """Results by everything that they depend on: encoder, photos, protocol, method and its settings."""

    def __init__(self, root: Path | None = None) -> None:
        self.root = root if root is not None else cache_dir() / "bench"

    def get(self, key: Mapping[str, object]) -> Json | None:
        """The result kept under a key, or None. A broken file counts as none."""
        try:
            document = json.loads(self._path(key).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        return document.get("result") if isinstance(document, dict) else None

    def put(self, key: Mapping[str, object], result: Json) -> None:
        """Keep a result. Raises SpaError if the disk does not take it."""
        write_json(self._path(key), {"key": dict(key), "result": result})

    def _path(self, key: Mapping[str, object]) -> Path:
        digest = hashlib.sha256(json.dumps(key, sort_keys=True).encode()).hexdigest()
        return self.root / f"{digest[:32]}.json"


def write_json(path: Path, value: Json) -> None:
    """Write a file that is there completely or not at all. Raises SpaError if it cannot be written."""
    try:
        write_own_file(path, to_bytes(value))
    except OSError as error:
        raise SpaError(f"{path} cannot be written: {reason_of(error)}") from None


def to_bytes(value: Json) -> bytes:
    """A result as the content of a JSON file."""
    return json.dumps(value, indent=1, allow_nan=False).encode()


# The bench on a Ray cluster: each (data set, shots, seed, method) is a piece of work of its own. Workers read features
# from the cache where they share one, and encode what it does not have. Each computes on one thread, so accuracies are
# the same bits as those of a serial run with OMP_NUM_THREADS=1; times are those of a core.

_read: dict[BenchSet, EncodedFolder] = {}  # of this worker: the data set that it worked on last


@dataclass(frozen=True)
class BenchSet:
    """A data set as a worker reads it, and its protocol and encoder."""

    folder: Path  # the same path on each machine
    shots: int | None
    increment: int
    base: int
    backbone: str
    fingerprint: str  # that the encoder must have
    cache: Path
    load: Callable[..., Any]  # gives the encoder of a name


def _run_piece(data: BenchSet, piece: tuple[int, str]) -> dict[str, Any]:
    seed, name = piece
    if data not in _read:
        _read.clear()
        encoder = encoder_of_worker(data.backbone, data.fingerprint, data.load)
        photos = read_image_folder(data.folder, shots=data.shots)
        _read[data] = EncodedFolder(photos, FeatureStore(encoder, FeatureCache(data.cache)), Job())
    encoded = _read[data]
    count = len(encoded.classes)
    tasks = split_tasks(count, increment=data.increment, base=data.base)
    return run_method(METHODS[name], encoded, class_order(seed, count), tasks, seed, Job())


SEED = 1993
# Part of what finished results are known by: to be raised when a run is to measure something else.
_MEASURES = 3


def run_bench(
    folder: str | Path | ImageFolder,
    *,
    encoder: Callable[[], ClipEncoder],
    increment: int,
    base: int = 0,
    seeds: Sequence[int] = (SEED,),
    shots: int | None = None,
    methods: Sequence[str] | None = None,
    resume: bool = False,
    out: str | Path | None = None,
    job: Job | None = None,
    cache: FeatureCache | None = None,
    results: ResultStore | None = None,
    cluster: Cluster | None = None,
) -> dict[str, Any]:
    """Run methods on a data set: a folder that holds `train/CLASS` and `test/CLASS`, or an ImageFolder as it is.

    Every finished (seed, method) is kept, so that `resume` goes on where a run was interrupted: it takes finished
    results of the same photos, encoder, protocol and settings. The encoder is loaded once the rest of the input is
    known to be good. `increment` is classes a task, `base` those of the first, 0 for as many; `shots` training photos a
    class, the first by file name, None for all. Seeds are of class orders, and of methods that draw. `out` is a JSON
    file, which is new or an earlier one. A cluster runs seeds and methods beside each other, each on one core; an
    ImageFolder is run here.

    For one seed it gives `{"dataset", "backbone", "seed", "increment", "base", "shots", "class_order", "methods"}`,
    where each method has `"curve"`, `"average"`, `"last"` (and the like `"counted"`), `"forgetting"`,
    `"accuracy_matrix"` (null where a task is not yet seen) and `"ece"` after the last task (null where scores are no
    probabilities), all in per cent, `"train_seconds"` of all tasks, and `"predict_ms_per_image"` over all classes, from
    the cached features. For several seeds `{"dataset", ..., "seeds", "runs", "summary", "paired"}`: see
    :func:`~spa_desktop.bench.result_table.summarize`.

    Raises InputError if the data set, a name or a number is wrong, or something else is where `out` goes; SpaError if
    `out` cannot be written; Cancelled if the job was cancelled.
    """
    job, results = job or Job(), results or ResultStore()
    if not seeds:
        raise InputError("Give at least one seed")
    if out is not None:
        check_output(Path(out), EARLIER_RESULT)
    chosen = choose_methods(methods)
    data = folder if isinstance(folder, ImageFolder) else read_image_folder(folder, shots=shots)
    protocol = {"increment": increment, "base": base, "shots": shots}  # "B-m Inc-n": base m and increment n
    tasks = split_tasks(len(data.classes), increment=increment, base=base)
    orders = {seed: class_order(seed, len(data.classes)) for seed in seeds}
    if few := [name for name, photos in zip(data.classes, data.train, strict=True) if len(photos) < (shots or 0)]:
        job.message(f"{len(few)} classes have fewer than {shots} training photos, {few[0]} for one")

    loaded = encoder()
    if not loaded.has_texts and not methods:
        chosen = tuple(method for method in chosen if method.name != "zero-shot")  # which goes by words alone
    cache = cache or FeatureCache(on_message=job.message)
    store = FeatureStore(loaded, cache)
    encoded = EncodedFolder(data, store, job)
    photos = photos_digest(encoded)
    shared = {"encoder": loaded.fingerprint, "photos": photos, "version": __version__, "measures": _MEASURES}
    shared |= protocol
    pieces = [(seed, method) for seed in orders for method in chosen]
    keys = [{**shared, "seed": seed, "method": method.name, "settings": method.settings} for seed, method in pieces]
    found = [results.get(key) if resume else None for key in keys]
    todo = [place for place, result in enumerate(found) if result is None]
    if cluster is not None and todo and not isinstance(folder, ImageFolder):
        job.stage(Stage.BENCH, total=len(todo), detail=data.name)
        away = BenchSet(
            Path(folder).resolve(), shots, increment, base, loaded.name, loaded.fingerprint, cache.root,
            backbones.load_encoder,
        )  # fmt: skip
        names = [(pieces[place][0], pieces[place][1].name) for place in todo]
        with Spread(cluster) as spread:
            for number, piece in spread.map(_run_piece, away, names, job):
                found[todo[number]] = piece
                results.put(keys[todo[number]], piece)
                job.advance(detail=f"seed {names[number][0]}: {names[number][1]}")
    else:
        for place in todo:
            seed, method = pieces[place]
            job.stage(Stage.BENCH, total=len(tasks), detail=f"{data.name}, seed {seed}: {method.name}")
            found[place] = new = run_method(method, encoded, orders[seed], tasks, seed, job)
            results.put(keys[place], new)
    runs = []
    for seed, order in orders.items():
        methods_of_seed = {method.name: result for (s, method), result in zip(pieces, found, strict=True) if s == seed}
        run = {"dataset": data.name, "backbone": loaded.name, "seed": seed, **protocol}
        runs.append(run | {"class_order": [data.classes[i] for i in order], "methods": methods_of_seed})
    result = {**(runs[0] if len(runs) == 1 else summarize(runs)), "format": JSON_FORMAT}
    if out is not None:
        write_output(Path(out), to_bytes(result), replaces=EARLIER_RESULT)
    return result


def run_method(
    method: Method, encoded: EncodedFolder, order: Sequence[int], tasks: Sequence[range], seed: int, job: Job
) -> dict[str, Any]:
    """One method over all tasks of one class order. The job advances by one a task."""
    torch.manual_seed(seed)
    learner = method.make(seed)
    truth = encoded.test(order)[1].numpy()
    task_of_class = np.repeat(np.arange(len(tasks)), [len(task) for task in tasks])
    train_seconds, predictions, per_photo = 0.0, [], 0.0
    for task in tasks:
        job.check()
        started = time.perf_counter()
        learner.learn(encoded.task([order[i] for i in task]))
        train_seconds += time.perf_counter() - started
        photos, _ = encoded.test(order[: task.stop])
        started = time.perf_counter()
        with torch.no_grad():
            scores = learner.predict(photos)
        per_photo = (time.perf_counter() - started) / len(photos.pooled)
        guesses = np.full(len(truth), -1)
        # Test photos come class by class, so those of the classes seen are the first.
        guesses[: len(photos.pooled)] = scores.argmax(1).numpy()
        predictions.append(guesses)
        job.advance(detail=method.name)
    matrix = metrics.accuracy_matrix(predictions, truth, task_of_class)
    curve = metrics.curve(matrix, metrics.photos_per_task(truth, task_of_class))
    return {
        "curve": [_percent(value) for value in curve],
        "average": _percent(float(np.nanmean(curve))),
        "last": _percent(curve[-1]),
        "counted": metrics.Accuracy(int((predictions[-1] == truth).sum()), len(truth)).to_json(),
        "forgetting": _percent(metrics.forgetting(matrix)),
        "ece": _percent(metrics.calibration_error(scores.numpy(), truth)) if method.has_probabilities else None,
        "accuracy_matrix": [[None if np.isnan(value) else _percent(value) for value in row] for row in matrix],
        "train_seconds": round(train_seconds, 3),
        "predict_ms_per_image": round(1000 * per_photo, 4),
    }


def photos_digest(encoded: EncodedFolder) -> str:
    """Changes with any photo, its class or its side of the split."""
    content = [[c.name, [p.sha256 for p in c.train], [p.sha256 for p in c.test]] for c in encoded.classes]
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()


def _percent(share: float) -> float:
    return round(100 * float(share), 4)
