"""Whether probabilities hold, on real photos: ``python -m benchmarks.calibration FOLDER``.

FOLDER holds caltech40, ucmerced21 and grocery40, each in ImageFolder form. One learner learns the classes of all of
them, task by task, from five photos each: 101 classes. Printed is the expected calibration error over 15 bins of the
first answer's probability, on test photos, or with `--training` on training photos that were not learned.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import torch

from benchmarks.accuracy import FEW, INCREMENTS
from spa_desktop import metrics
from spa_desktop.bench.baselines import Photos, TaskData
from spa_desktop.bench.bench_run import SEED
from spa_desktop.bench.encoded import EncodedFolder, class_order, read_image_folder, split_tasks
from spa_desktop.bench.methods import METHODS
from spa_desktop.console import ConsoleJob
from spa_desktop.encoders.backbones import load_encoder
from spa_desktop.encoders.encoder import ClipEncoder
from spa_desktop.feature_store import FeatureStore, PhotoRef
from spa_desktop.jobs import Stage
from spa_desktop.project.feature_cache import FeatureCache

CHECKED = 8  # training photos of a class to measure with


def main() -> None:
    """Learn, score and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.calibration", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument(
        "--method", default="spa-no-descriptions", help="spa writes descriptions first, which takes long"
    )
    parser.add_argument("--shots", type=int, default=FEW)
    parser.add_argument("--training", action="store_true", help="measure on training photos that were not learned")
    parser.add_argument("--out", type=Path, help="keep scores and labels here")
    arguments = parser.parse_args()
    torch.set_grad_enabled(False)
    encoder = load_encoder("spa-lite")
    store = FeatureStore(encoder, FeatureCache())
    with ConsoleJob() as job:
        method = METHODS[arguments.method].make(SEED)
        checks: list[list[PhotoRef]] = []
        for name, increment in INCREMENTS.items():
            encoded = EncodedFolder(read_image_folder(arguments.folder / name), store, job)
            order = class_order(SEED, len(encoded.classes))
            classes = [encoded.classes[place] for place in order]
            tasks = split_tasks(len(order), increment=increment)
            job.stage(Stage.BENCH, total=len(tasks), detail=name)
            for task in tasks:
                parts = [classes[place] for place in task]
                photos = [part.train[: arguments.shots] for part in parts]
                method.learn(task_data(store, encoder, photos, tuple(part.name for part in parts)))
                job.advance()
            later = slice(arguments.shots, arguments.shots + CHECKED)
            checks += [list(part.train[later] if arguments.training else part.test) for part in classes]
        refs = [photo for photos in checks for photo in photos]
        truth = torch.repeat_interleave(torch.arange(len(checks)), torch.tensor([len(photos) for photos in checks]))
        scores = method.predict(Photos(store.pooled(refs), lambda: store.iter_patches(refs)))
    if arguments.out is not None:
        torch.save({"scores": scores, "truth": truth}, arguments.out)
    probability = scores.double().softmax(dim=1)
    right = (scores.argmax(dim=1) == truth).double()
    error = metrics.calibration_error(scores.numpy(), truth.numpy())
    print(f"{len(truth):,} photos, {scores.shape[1]} classes, {arguments.shots} photos a class, {arguments.method}:")
    print(
        f"accuracy {100 * right.mean():.1f} %, mean probability {100 * probability.amax(dim=1).mean():.1f} %, ", end=""
    )
    print(f"calibration error {100 * error:.1f} %")


def task_data(
    store: FeatureStore, encoder: ClipEncoder, photos: list[tuple[PhotoRef, ...]], names: tuple[str, ...]
) -> TaskData:
    """A task of photos by class."""
    refs = [photo for mine in photos for photo in mine]
    labels = torch.repeat_interleave(torch.arange(len(photos)), torch.tensor([len(mine) for mine in photos]))
    return TaskData(store.pooled(refs), lambda: store.iter_patches(refs), labels, names, encoder)


if __name__ == "__main__":
    main()
