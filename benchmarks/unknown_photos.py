"""What "none of these" keeps and refuses, on real photos: ``python -m benchmarks.unknown_photos FOLDER``.

FOLDER holds data sets in ImageFolder form. Of each set some classes are learned, from some photos each, in one task and
in several. Their test photos are known; those of the other classes of the set are unknown. Printed are the share of
known photos that the threshold keeps, the share of unknown ones that it refuses, and the area under the ROC curve of
several scores, each the mean over random draws of classes. Only the photo as a whole has a say, so only its Gaussians
are learned: minutes, where training each learner would take hours.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from sklearn.metrics import roc_auc_score
from torch import Tensor

from benchmarks.calibration import SETS
from benchmarks.speed.table import markdown
from spa_desktop.bench.bench_run import SEED
from spa_desktop.bench.encoded import EncodedClass, EncodedFolder, read_image_folder
from spa_desktop.console import ConsoleJob
from spa_desktop.encoders.backbones import load_encoder
from spa_desktop.encoders.encoder import ClipEncoder
from spa_desktop.feature_store import FeatureStore
from spa_desktop.project.feature_cache import FeatureCache
from spa_desktop.spa.config import SpaConfig
from spa_desktop.spa.familiarity import COOLED, held_familiarity, scale_of
from spa_desktop.spa.gaussians import Moments
from spa_desktop.spa.leave_one_out import LeaveOneOut
from spa_desktop.spa.memory import ClassMemory, ClassText, Memory

SCORES = ("familiarity", "largest probability", "energy", "Mahalanobis")
DRAWS = {2: 6, 4: 4, 8: 3, 20: 1, 0: 1}  # by the number of classes; 0: all
TASKS = 4
SHOTS = (5, 10, None)
MOST = 10  # test photos of a class


def main() -> None:
    """Learn, score and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.unknown_photos", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--sets", nargs="*", default=SETS)
    arguments = parser.parse_args()
    torch.set_grad_enabled(False)
    encoder = load_encoder("spa-lite")
    store = FeatureStore(encoder, FeatureCache())
    with ConsoleJob() as job:
        for name in arguments.sets:
            classes = EncodedFolder(read_image_folder(arguments.folder / name), store, job).classes
            rows = [
                (name, str(count or len(classes)), str(shots or "all"), *cell(encoder, classes, count, draws, shots))
                for count, draws in DRAWS.items()
                for shots in SHOTS
            ]
            headings = ("kept, one task", "kept, several", "unknown refused", *SCORES)
            print(markdown(("set", "classes", "photos", *headings), rows), end="\n\n", flush=True)


def cell(encoder: ClipEncoder, classes: Sequence[EncodedClass], count: int, draws: int, shots: int | None) -> list[str]:
    """A row: shares in per cent, and areas."""
    random, found = np.random.RandomState(SEED), []
    for _ in range(draws):
        order = [classes[place] for place in random.permutation(len(classes))]
        mine, others = order[: count or len(order)], order[count or len(order) :]
        line = []
        for tasks in (TASKS, 1):
            memory, judge = learned(encoder, mine, shots, tasks)
            known, unknown = (
                scored(judge, torch.cat([one.test_pooled[:MOST] for one in part])) if part else None
                for part in (mine, others)
            )
            scale = scale_of([held_familiarity(one.held, len(mine)) for one in memory.classes])
            threshold = -torch.inf if scale is None else scale.threshold
            line.insert(0, 100 * float((known["familiarity"] >= threshold).double().mean()))
        if unknown is None:
            found.append([*line, *[np.nan] * (1 + len(known))])
            continue
        line.append(100 * float((unknown["familiarity"] < threshold).double().mean()))
        labels = [1] * len(known["familiarity"]) + [0] * len(unknown["familiarity"])
        areas = [roc_auc_score(labels, torch.cat([known[score], unknown[score]]).numpy()) for score in known]
        found.append([*line, *areas])
    means = np.mean(found, axis=0)
    return ["" if np.isnan(one) else f"{one:.1f}" if place < 3 else f"{one:.3f}" for place, one in enumerate(means)]


def learned(
    encoder: ClipEncoder, classes: Sequence[EncodedClass], shots: int | None, tasks: int
) -> tuple[Memory, LeaveOneOut]:
    """What a learner remembers of whole photos after some tasks."""
    config, width = SpaConfig(), encoder.width
    memory = Memory.empty(
        width,
        encoder.dim,
        config,
        rectified=not bool((classes[0].train_pooled[..., :width] < 0).any()),
        texture_width=encoder.texture_width,
        prior=encoder.prior,
    )
    text = ClassText.from_name(torch.zeros(encoder.dim))
    for part in np.array_split(np.arange(len(classes)), min(tasks, len(classes))):
        for place in part:
            for gaussians, rows in memory.rows_of(classes[place].train_pooled[:shots]):
                gaussians.add(gaussians.add_class(), Moments.of(rows))
            memory.classes.append(ClassMemory(classes[place].name, 0, text, text.phrases))
        judge = LeaveOneOut(memory, config)
        for place in part:
            held = judge.held_out(int(place), classes[place].train_pooled[:shots])
            memory.classes[place] = ClassMemory(classes[place].name, 0, text, text.phrases, held)
    return memory, judge


def scored(judge: LeaveOneOut, pooled: Tensor) -> dict[str, Tensor]:
    """Every score ``(n,)`` of photos that were not learned, larger for what is known."""
    evidence, away = judge.seen(judge.features(pooled))
    logits = 3 * COOLED * torch.stack(evidence).sum(dim=0)
    found = judge.familiarity(evidence, away), logits.softmax(dim=1).amax(dim=1), logits.logsumexp(dim=1)
    return dict(zip(SCORES, (*found, -away.amin(dim=1)), strict=True))


if __name__ == "__main__":
    main()
