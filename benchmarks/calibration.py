"""Whether probabilities hold, on real photos: ``python -m benchmarks.calibration FOLDER``.

FOLDER holds five data sets, each in ImageFolder form. For each and each number of photos a class, classes are learned:
all of them at once, in four tasks, or a few of them. Printed are accuracy and expected calibration error (15 bins of
equal width of the first answer's probability) on test photos, in per cent, and in brackets what the error would be by
chance, were each probability true. `--draws` draws photos and class orders anew so many times, and of few classes up to
three groups are learned: the photos of all of these are pooled.

`--choose` does it on training photos that were not learned, and prints the constants of the prior of the temperature
(`spa/training.py`), over all sets and with each left out. `--left-out` learns each set with the constants that were
chosen without it, so that what is printed was not chosen on it.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Iterator, Sequence
from pathlib import Path

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
from spa_desktop.spa.config import VIEWS
from spa_desktop.spa.gaussians import PRIOR_FEATURES
from spa_desktop.spa.memory import DEFAULT_WEIGHTS, Memory

SETS = (*INCREMENTS, *FINE)
ALL = 0  # of photos, and of classes
# Tasks and classes of each row.
ROWS = {"all": ((1, ALL),), "tasks": ((4, ALL),), "few": ((1, 5), (1, 10), (1, 20))}
CHOSEN_ON = ((1, ALL), (1, 10), (1, 20))  # of fewer classes with one photo alone
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
    chosen: dict[tuple[str, int, int], float] = {}
    rows = [(tasks, count) for name in arguments.rows for tasks, count in ROWS[name]]
    if arguments.choose:
        rows, arguments.shots = list(CHOSEN_ON), [shots for shots in arguments.shots if shots]
    table: dict[tuple[int, int, int], list[str]] = {}
    errors: dict[str, dict[str, float]] = {}
    for name in arguments.sets:
        if arguments.left_out is not None:
            found = torch.load(arguments.left_out)
            training.SCALE_PRIOR = constants({key: value for key, value in found.items() if key[0] != name})
        data = EncodedFolder(read_image_folder(arguments.folder / name), store, Job())
        for tasks, count in rows:
            for shots in arguments.shots[:1] if arguments.choose and count else arguments.shots:
                parts, best = [], []
                for learned, checks in learners(data, store, arguments, tasks=tasks, count=count, shots=shots):
                    evidence, labels = judged(learned, store, checks)
                    assert learned.learner.memory is not None, "classes were learned"
                    parts.append((evidence @ learned.learner.memory.weights, labels))
                    if arguments.choose:
                        best.append(best_log_scale(evidence, labels, learned.learner.memory))
                scores, truth = (torch.cat(values) for values in zip(*parts, strict=True))
                right = (scores.argmax(dim=1) == truth).double().mean()
                error = metrics.calibration_error(scores.numpy(), truth.numpy())
                by_chance = chance_error(scores)
                cell = f"{100 * right:.1f} / {100 * error:.1f} ({100 * by_chance:.1f})"
                table.setdefault((tasks, count, shots), []).append(cell)
                if (tasks, count) == (1, ALL):
                    errors.setdefault(f"ece_{shots}", {})[name] = 100 * error
                    errors.setdefault(f"chance_{shots}", {})[name] = 100 * by_chance
                print(name, (tasks, count, shots), cell, flush=True)
                if arguments.choose:
                    chosen[name, shots, count or len(data.classes)] = sum(best) / len(best)
    lines = [(shots or "all", count or "all", tasks, *cells) for (tasks, count, shots), cells in table.items()]
    print(markdown(("photos", "classes", "tasks", *arguments.sets), [tuple(map(str, line)) for line in lines]))
    if arguments.left_out is not None:
        figures.keep("calibration --left-out", {row: found for row, found in errors.items() if row in figures.ROWS})
    if arguments.choose:
        arguments.out.parent.mkdir(parents=True, exist_ok=True)
        torch.save(chosen, arguments.out)
        print("over all sets:", constants(chosen))
        for name in arguments.sets:
            print(f"without {name}:", constants({key: value for key, value in chosen.items() if key[0] != name}))


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
                [list(part[later]) for part in photos] if arguments.choose else [list(c.test) for c in classes],
            )


def drawn(part: EncodedClass, draw: int) -> tuple[PhotoRef, ...]:
    """The training photos of a class in an order that is drawn."""
    generator = torch.Generator().manual_seed(1000 * draw + sum(map(ord, part.name)))
    return tuple(part.train[place] for place in torch.randperm(len(part.train), generator=generator))


def judged(method: Spa, store: FeatureStore, checks: Sequence[Sequence[PhotoRef]]) -> tuple[Tensor, Tensor]:
    """Evidence ``(n, C, 4)`` and labels ``(n,)`` of photos by class."""
    refs = [photo for photos in checks for photo in photos]
    truth = torch.repeat_interleave(torch.arange(len(checks)), torch.tensor([len(photos) for photos in checks]))
    pooled = store.pooled(refs)
    parts = [method.learner.score(pooled[part], patches).weighable for part, patches in store.iter_patches(refs)]
    return torch.cat(parts), truth


def chance_error(scores: Tensor, times: int = 20) -> float:
    """The calibration error that labels drawn by the very probabilities would have, in the mean."""
    generator, likely = torch.Generator().manual_seed(SEED), scores.double().softmax(dim=1)
    drawn = [torch.multinomial(likely, 1, generator=generator)[:, 0].numpy() for _ in range(times)]
    return sum(metrics.calibration_error(scores.numpy(), labels) for labels in drawn) / times


def best_log_scale(evidence: Tensor, truth: Tensor, memory: Memory) -> float:
    """The log of the scale under which the labels are most likely; the text has its own where nothing was held out."""

    def loss(step: float) -> float:
        return float(cross_entropy(evidence @ training.rescaled(memory, step), truth))

    found = float((memory.weights[-1] / DEFAULT_WEIGHTS[-1]).log())
    return found + min(torch.linspace(-2, 3, 251).tolist(), key=loss)


def constants(found: dict[tuple[str, int, int], float]) -> tuple[float, float, float]:
    """The least-squares constants of the prior, of log-scales by set, photos of a class, and classes."""
    features = [(shots, classes * (VIEWS * shots - 1)) for _, shots, classes in found]
    rows = torch.tensor([[1.0, -1.0 / shots, -PRIOR_FEATURES / (PRIOR_FEATURES + own)] for shots, own in features])
    wanted = torch.tensor(list(found.values()))
    most, drop, by_prior = torch.linalg.lstsq(rows, wanted[:, None]).solution.flatten().tolist()
    return round(most, 3), round(drop, 3), round(by_prior, 3)


def task_data(
    store: FeatureStore, encoder: ClipEncoder, photos: list[tuple[PhotoRef, ...]], names: tuple[str, ...]
) -> TaskData:
    """A task of photos by class."""
    refs = [photo for mine in photos for photo in mine]
    labels = torch.repeat_interleave(torch.arange(len(photos)), torch.tensor([len(mine) for mine in photos]))
    return TaskData(store.pooled(refs), lambda: store.iter_patches(refs), labels, names, encoder)


if __name__ == "__main__":
    main()
