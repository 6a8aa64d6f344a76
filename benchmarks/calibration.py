"""Whether probabilities hold, on real photos: ``python -m benchmarks.calibration FOLDER``.

FOLDER holds eight data sets, each in ImageFolder form. For each and each number of photos a class, classes are learned:
all of them at once, in ten tasks, or a few of them. Printed are accuracy and expected calibration error (15 bins of
equal width of the first answer's probability) on test photos, in per cent, and in brackets what the error would be by
chance, were each probability true; first the error of the worst set, and the mean. `--draws` draws photos and class
orders anew so many times, and of few classes up to three groups are learned: the photos of all of these are pooled.

`--choose` learns one photo a class, of which nothing can be held out, and is checked on training photos that were not
learned. It prints the constant of the prior of the temperature (`spa/training.py`) under which these are most likely,
over all sets and with each left out. `--left-out` learns each set with the constant that was chosen without it, so that
what is printed was not chosen on it.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from statistics import fmean

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from benchmarks.accuracy import FINE, INCREMENTS
from benchmarks.speed.table import markdown
from benchmarks.truth import figures
from spa_desktop import metrics
from spa_desktop.bench.baselines import TaskData
from spa_desktop.bench.bench_run import SEED
from spa_desktop.bench.encoded import EncodedClass, EncodedFolder, class_order, read_image_folder
from spa_desktop.bench.methods import METHODS, Spa
from spa_desktop.encoders.backbones import load_encoder
from spa_desktop.encoders.encoder import ClipEncoder
from spa_desktop.feature_store import FeatureStore, PhotoRef
from spa_desktop.jobs import Job
from spa_desktop.project.feature_cache import FeatureCache
from spa_desktop.spa import training
from spa_desktop.spa.memory import Memory

SETS = (*INCREMENTS, *FINE, "clothing", "hand_digits", "small7")
ALL = 0  # of photos, and of classes
# Tasks and classes of each row.
ROWS = {"all": ((1, ALL),), "tasks": ((10, ALL),), "few": ((1, 2), (1, 3), (1, 6), (1, 10))}
# Of few classes as well: hard sets have few, and a constant that is chosen on whole sets would tell hard ones by that.
CHOSEN_ON = ((1, ALL), (10, ALL), (1, 3), (1, 6), (1, 10))
TRIED = torch.linspace(0, 3, 61)
GROUPS = 3  # of few classes
CHECKED = 8  # training photos of a class to choose on


def main() -> None:
    """Learn, score and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.calibration", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--method", default="spa-no-descriptions", help="spa writes descriptions first: it takes long")
    parser.add_argument("--sets", nargs="*", default=SETS)
    parser.add_argument("--shots", type=int, nargs="*", default=[1, 2, 3, 5, 10, ALL], help="0 means all photos")
    parser.add_argument("--rows", nargs="*", choices=ROWS, default=list(ROWS))
    parser.add_argument("--draws", type=int, default=1)
    parser.add_argument("--choose", action="store_true")
    parser.add_argument("--left-out", type=Path, metavar="FILE", help="what --choose wrote")
    parser.add_argument("--out", type=Path, default=Path("build/bench/temperature.pt"), help="where --choose writes")
    arguments = parser.parse_args()
    torch.set_grad_enabled(False)
    encoder = load_encoder("spa-lite")
    store = FeatureStore(encoder, FeatureCache())
    losses: dict[tuple[str, int, int], Tensor] = {}
    rows = [(tasks, count) for name in arguments.rows for tasks, count in ROWS[name]]
    if arguments.choose:
        rows, arguments.shots = list(CHOSEN_ON), [1]
    table: dict[tuple[int, int, int], dict[str, tuple[float, float, float]]] = {}
    for name in arguments.sets:
        if arguments.left_out is not None:
            found = torch.load(arguments.left_out)
            training.SCALE_PRIOR = constant(found, without=name)
        data = EncodedFolder(read_image_folder(arguments.folder / name), store, Job())
        for tasks, count in rows:
            if count > len(data.classes):
                continue
            for shots in arguments.shots:
                parts, of_tried = [], []
                for learned, checks in learners(data, store, arguments, tasks=tasks, count=count, shots=shots):
                    evidence, by_names, labels = judged(learned, store, checks)
                    memory = learned.learner.memory
                    assert memory is not None, "classes were learned"
                    parts.append((evidence @ memory.weights + by_names, labels))
                    if arguments.choose:
                        of_tried.append(losses_of_tried(evidence, by_names, labels, memory))
                cell = judge_answers(parts)
                table.setdefault((tasks, count, shots), {})[name] = cell
                print(name, (tasks, count, shots), written(cell), flush=True)
                if arguments.choose:
                    losses[name, tasks, count] = torch.stack(of_tried).mean(dim=0)
    lines = []
    for (tasks, count, shots), cells in table.items():
        errors = [error for _, error, _ in cells.values()]
        ends = (f"{max(errors):.1f}", f"{fmean(errors):.1f}")
        of_sets = (written(cells[name]) if name in cells else "" for name in arguments.sets)
        lines.append((str(shots or "all"), str(count or "all"), str(tasks), *ends, *of_sets))
    print(markdown(("photos", "classes", "tasks", "worst", "mean", *arguments.sets), lines))
    if arguments.left_out is not None:
        figures.keep("calibration --left-out", of_all_classes(table))
    if arguments.choose:
        arguments.out.parent.mkdir(parents=True, exist_ok=True)
        torch.save(losses, arguments.out)
        print("over all sets:", constant(losses))
        for name in arguments.sets:
            print(f"without {name}:", constant(losses, without=name))


def judge_answers(parts: Sequence[tuple[Tensor, Tensor]]) -> tuple[float, float, float]:
    """Accuracy, calibration error, and that by chance, in per cent, of scores ``(n, C)`` and labels ``(n,)`` pooled."""
    scores, truth = (torch.cat(values) for values in zip(*parts, strict=True))
    right = float((scores.argmax(dim=1) == truth).double().mean())
    return 100 * right, 100 * metrics.calibration_error(scores.numpy(), truth.numpy()), 100 * chance_error(scores)


def written(cell: tuple[float, float, float]) -> str:
    """What :func:`judge_answers` found."""
    return "{:.1f} / {:.1f} ({:.1f})".format(*cell)


def of_all_classes(
    table: Mapping[tuple[int, int, int], Mapping[str, tuple[float, float, float]]],
) -> dict[str, dict[str, float]]:
    """The figures of the rows of all classes at once, by row and set."""
    found = {}
    for (tasks, count, shots), cells in table.items():
        if (tasks, count) == (1, ALL):
            found[f"ece_{shots}"] = figures.with_mean({name: cell[1] for name, cell in cells.items()})
            found[f"chance_{shots}"] = figures.with_mean({name: cell[2] for name, cell in cells.items()})
    return {row: cells for row, cells in found.items() if row in figures.ROWS}


def learners(
    data: EncodedFolder, store: FeatureStore, arguments: argparse.Namespace, *, tasks: int, count: int, shots: int
) -> Iterator[tuple[Spa, list[tuple[PhotoRef, ...]]]]:
    """Learners of a cell, each with photos of its classes to check it on."""
    for draw in range(arguments.draws):
        order = [data.classes[place] for place in class_order(SEED + draw, len(data.classes))]
        size = count or len(order)
        for start in range(0, len(order) - size + 1, size)[:GROUPS]:
            classes = order[start : start + size]
            photos = [drawn(part, draw) for part in classes]
            method = METHODS[arguments.method].make(SEED)
            assert isinstance(method, Spa), "calibration is the learner's"
            step = math.ceil(size / tasks)
            for first in range(0, size, step):
                names = tuple(part.name for part in classes[first : first + step])
                learned = [part[: shots or len(part)] for part in photos[first : first + step]]
                method.learn(task_data(store, store.encoder, learned, names))
            later = slice(shots, shots + CHECKED)
            yield (
                method,
                [part[later] for part in photos] if arguments.choose else [c.test for c in classes],
            )


def drawn(part: EncodedClass, draw: int) -> tuple[PhotoRef, ...]:
    """The training photos of a class in an order that is drawn."""
    generator = torch.Generator().manual_seed(1000 * draw + sum(map(ord, part.name)))
    return tuple(part.train[place] for place in torch.randperm(len(part.train), generator=generator))


def judged(method: Spa, store: FeatureStore, checks: Sequence[Sequence[PhotoRef]]) -> tuple[Tensor, Tensor, Tensor]:
    """Evidence without names ``(n, C, 4)``, scores by names ``(n, C)``, and labels ``(n,)`` of photos by class."""
    refs = [photo for photos in checks for photo in photos]
    truth = torch.repeat_interleave(torch.arange(len(checks)), torch.tensor([len(photos) for photos in checks]))
    pooled, scorer, memory = store.pooled(refs), method.learner.scorer, method.learner.memory
    assert memory is not None, "classes were learned"
    parts = [method.learner.score(pooled[part], patches).weighable for part, patches in store.iter_patches(refs)]
    evidence = torch.cat(parts)
    by_names = scorer.zero_shot * (store.encoder.project(pooled) @ memory.names().T).mean(dim=1)
    evidence[..., 0] -= by_names
    return evidence, by_names * scorer.weights[0], truth


def chance_error(scores: Tensor, times: int = 20) -> float:
    """The calibration error that labels drawn by the very probabilities would have, in the mean."""
    generator, likely = torch.Generator().manual_seed(SEED), scores.double().softmax(dim=1)
    drawn = [torch.multinomial(likely, 1, generator=generator)[:, 0].numpy() for _ in range(times)]
    return sum(metrics.calibration_error(scores.numpy(), labels) for labels in drawn) / times


def losses_of_tried(evidence: Tensor, by_names: Tensor, truth: Tensor, memory: Memory) -> Tensor:
    """The cross-entropy of labels ``(n,)`` under each of the constants that are tried."""
    share = -training.log_scale(memory.globals.counts) / training.SCALE_PRIOR
    factors = ((training.SCALE_PRIOR - TRIED) * share).exp()
    return torch.stack([cross_entropy(evidence @ (memory.weights * one) + by_names, truth) for one in factors])


def constant(losses: Mapping[tuple[str, int, int], Tensor], without: str = "") -> float:
    """The constant of least loss in the mean of cells, or of those of the other sets."""
    kept = [values for (name, *_), values in losses.items() if name != without]
    return round(float(TRIED[torch.stack(kept).mean(dim=0).argmin()]), 2)


def task_data(
    store: FeatureStore, encoder: ClipEncoder, photos: list[tuple[PhotoRef, ...]], names: tuple[str, ...]
) -> TaskData:
    """A task of photos by class."""
    refs = [photo for mine in photos for photo in mine]
    labels = torch.repeat_interleave(torch.arange(len(photos)), torch.tensor([len(mine) for mine in photos]))
    return TaskData(store.pooled(refs), lambda: store.iter_patches(refs), labels, names, encoder)


if __name__ == "__main__":
    main()
