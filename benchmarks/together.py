"""Photos of a folder answered together, on real photos: ``python -m benchmarks.together FOLDER``.

FOLDER holds eight data sets in ImageFolder form. Classes are learned from some photos each; then folders of photos
without names are answered photo by photo, and together. Kinds of folder: as many photos of each class; shares of the
classes drawn from a flat Dirichlet distribution, half of the photos in all; the first where half of its classes were
never learned; and both; photos of one class alone, for each class; and 64 photos at most of 1 to 4, 2 to 10 and 5 to 25
classes, five of each, which is the published form (Zanella et al., 2025, "Realistic test-time adaptation"). Printed is
what answering together adds to the accuracy among the classes learned, of the folder's photos that belong to one: mean
over folders, the kind with the worst set first, and the worst single folder. Then the same of each way to do so, and
what "none of these" keeps and refuses, and the calibration error, alone and together.

Every finished draw is kept in `--out`, and a run goes on where an earlier one was stopped. `--train` takes training
photos that were not learned instead of test photos: what was chosen was chosen on these.
"""

from __future__ import annotations

import argparse
import itertools
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import torch
from sklearn.semi_supervised import LabelSpreading
from torch import Tensor
from torch.nn.functional import normalize

from benchmarks.calibration import drawn, task_data
from benchmarks.few_photos import SETS
from benchmarks.speed.table import markdown
from spa_desktop import metrics
from spa_desktop.bench.bench_run import SEED, ResultStore, photos_digest
from spa_desktop.bench.encoded import EncodedFolder, class_order, read_image_folder
from spa_desktop.bench.methods import METHODS, Spa
from spa_desktop.discover.together import CHOSEN, Looks, answer_together
from spa_desktop.encoders.backbones import load_encoder
from spa_desktop.feature_store import FeatureStore
from spa_desktop.jobs import Job
from spa_desktop.project.feature_cache import FeatureCache
from spa_desktop.spa.learner import SpaLearner

PRESENT = {"1 to 4 classes": (1, 4), "2 to 10 classes": (2, 10), "5 to 25 classes": (5, 25)}
KINDS = ("balanced", "unbalanced", "half unknown", "both", "one class", *PRESENT)
MOST = 15  # photos of a class in a folder
FOLDERS, PHOTOS = 5, 64  # with some of the classes: how many, and how many photos at most
Values = dict[str, float]


def main() -> None:
    """Learn, answer and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.together", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--method", default="spa-no-descriptions", help="spa writes descriptions first: it takes long")
    parser.add_argument("--sets", nargs="*", default=SETS)
    parser.add_argument("--shots", type=int, nargs="*", default=[1])
    parser.add_argument("--draws", type=int, default=3)
    parser.add_argument("--train", action="store_true")
    parser.add_argument("--out", type=Path, default=Path("build/bench/together"), help="for finished results")
    arguments = parser.parse_args()
    torch.set_grad_enabled(False)
    store = FeatureStore(load_encoder("spa-lite"), FeatureCache())
    results, method = ResultStore(arguments.out), arguments.method
    shared = {
        "encoder": store.encoder.fingerprint,
        "method": method,
        "settings": f"{METHODS[method].settings} {CHOSEN}",
    }
    found: dict[tuple[str, int, str, str], list[float]] = defaultdict(list)
    for name in arguments.sets:
        data = EncodedFolder(read_image_folder(arguments.folder / name), store, Job())
        for draw, shots, has_unknown in itertools.product(range(arguments.draws), arguments.shots, (False, True)):
            key = {**shared, "photos": photos_digest(data), "shots": shots, "draw": draw}
            key |= {"has_unknown": has_unknown, "is_train": arguments.train}
            result = results.get(key)
            if result is None:
                result = {"folders": answered(method, data, store, shots, draw, has_unknown, arguments.train)}
                results.put(key, result)
            for kind, values in result["folders"]:
                for what, value in values.items():
                    found[name, shots, kind, what].append(value)
            print(name, shots, draw, "half unknown" if has_unknown else "all known", flush=True)
    print(f"\nGain, and of the worst folder\n\n{_gains(found, arguments.sets, arguments.shots)}")
    mean = {key: sum(values) / len(values) for key, values in found.items()}
    for what in dict.fromkeys(key[-1] for key in mean):
        print(f"\n{what}\n\n{_table(mean, what, arguments.sets, arguments.shots)}", flush=True)


def answered(
    name: str, data: EncodedFolder, store: FeatureStore, shots: int, draw: int, has_unknown: bool, is_train: bool
) -> list[tuple[str, Values]]:
    """Learn all classes, or half of them, and answer each folder: its kind, and what was measured."""
    order = [data.classes[place] for place in class_order(SEED + draw, len(data.classes))]
    known = len(order) // 2 if has_unknown else len(order)
    photos = [drawn(part, draw) for part in order]
    method = METHODS[name].make(SEED)
    assert isinstance(method, Spa), "only the learner answers together"
    names = tuple(part.name for part in order[:known])
    method.learn(task_data(store, store.encoder, [part[:shots] for part in photos[:known]], names))
    asked = [(part[shots:] if is_train else own.test)[:MOST] for part, own in zip(photos, order, strict=True)]
    refs = [photo for part in asked for photo in part]
    truth = torch.repeat_interleave(torch.arange(len(asked)), torch.tensor([len(part) for part in asked]))
    pooled, learner = store.pooled(refs), method.learner
    looks = Looks.joined([Looks.of(learner.score(pooled[at], patches)) for at, patches in store.iter_patches(refs)])
    return [
        (kind, measured(learner, Looks(*(part[rows] for part in vars(looks).values())), truth[rows], known))
        for kind, rows in folders(truth, known, SEED + draw)
    ]


def folders(truth: Tensor, known: int, seed: int) -> Iterator[tuple[str, Tensor]]:
    """Kinds of folder, and rows of photos of each; `known` classes of the truth ``(n,)`` were learned."""
    classes = int(truth.max()) + 1
    half = 2 * (known < classes)
    yield KINDS[half], torch.arange(len(truth))
    yield KINDS[half + 1], unevenly(truth, seed)
    if not half:
        for place in range(classes):
            yield "one class", (truth == place).nonzero().flatten()
        random = np.random.default_rng(seed)
        for (kind, (least, most)), _ in itertools.product(PRESENT.items(), range(FOLDERS)):
            some = random.permutation(classes)[: random.integers(least, most + 1)]
            rows = np.flatnonzero(np.isin(truth.numpy(), some))
            yield kind, torch.from_numpy(np.sort(random.permutation(rows)[:PHOTOS]))


def unevenly(truth: Tensor, seed: int) -> Tensor:
    """Rows of half of the photos, with shares of the classes from a flat Dirichlet distribution."""
    generator = torch.Generator().manual_seed(seed)
    classes = int(truth.max()) + 1
    shares = -torch.rand(classes, generator=generator).clamp_min(1e-9).log()
    wanted = (shares / shares.sum() * len(truth) / 2).round().long()
    rows = [(truth == place).nonzero().flatten() for place in range(classes)]
    some = [own[torch.randperm(len(own), generator=generator)[:count]] for own, count in zip(rows, wanted, strict=True)]
    return torch.cat(some).sort().values


def measured(learner: SpaLearner, looks: Looks, truth: Tensor, known: int) -> Values:
    """Accuracy alone and what is added to it, in per cent, and what becomes of "none of these"."""
    mine = truth < known
    together = answer_together(learner, looks)

    def accuracy(scores: Tensor) -> float:
        return 100 * float((scores.argmax(dim=1) == truth)[mine].double().mean())

    def error(probabilities: Tensor) -> float:
        return 100 * float(metrics.calibration_error(probabilities[mine].log().numpy(), truth[mine].numpy()))

    alone = accuracy(looks.scores)
    heads = {name: accuracy(head(learner, looks)) - alone for name, head in HEADS.items()}
    found = {"alone": alone, **heads}
    found |= {"calibration error, alone": error(looks.scores.softmax(dim=1))}
    found |= {"calibration error, together": error(together.probabilities)}
    if (scale := learner.known_scale()) is not None:
        for name, familiarity in (("alone", looks.familiarity), ("together", together.familiarity)):
            found[f"known photos kept, {name}"] = 100 * float((familiarity[mine] >= scale.threshold).double().mean())
            if not mine.all():
                refused = (familiarity[~mine] < scale.threshold).double().mean()
                found[f"unknown photos refused, {name}"] = 100 * float(refused)
    return found


def _gains(
    found: Mapping[tuple[str, int, str, str], Sequence[float]], sets: Sequence[str], shots: Sequence[int]
) -> str:
    rows = []
    for kind, count in itertools.product(KINDS, shots):
        gains = [found[name, count, kind, "spa+folder"] for name in sets]
        means = [sum(some) / len(some) for some in gains]
        cells = [f"{mean:+.1f} ({min(some):+.1f})" for mean, some in zip(means, gains, strict=True)]
        mean, worst = sum(means) / len(means), min(map(min, gains))
        ends = (f"{min(means):+.1f}", f"{mean:+.1f} ({worst:+.1f})")
        rows.append((min(means), (kind, str(count), *ends, *cells)))
    headings = ("folder", "photos a class", "worst set", "mean of sets (worst folder)", *sets)
    return markdown(headings, [row for _, row in sorted(rows)])


def _table(
    mean: Mapping[tuple[str, int, str, str], float], what: str, sets: Sequence[str], shots: Sequence[int]
) -> str:
    rows = []
    for kind, count in itertools.product(KINDS, shots):
        cells = [mean[name, count, kind, what] for name in sets if (name, count, kind, what) in mean]
        if cells:
            form = "+.1f" if what in HEADS else ".1f"
            rows.append((kind, str(count), *(format(cell, form) for cell in (*cells, sum(cells) / len(cells)))))
    return markdown(("folder", "photos a class", *sets, "mean"), rows)


# Heads that answer photos together, from unit features (n, D) and unit class means (C, D).

# Chosen on training photos of five data sets, as what was best on the mean of all: ADR 35.
SPREAD_NEIGHBOURS, SPREAD_ALPHA = 10, 0.5
SHOT_NEIGHBOURS, SHOT_SMOOTHING, SHOT_SCALE, SHOT_ROUNDS = 5, 1.0, 20.0, 20


def label_spreading(photos: Tensor, means: Tensor) -> Tensor:
    """scikit-learn's LabelSpreading over nearest neighbours (Zhou et al. 2004): (n, C)."""
    rows = torch.cat([means, photos]).numpy()
    labels = np.r_[np.arange(len(means)), np.full(len(photos), -1)]
    near = min(SPREAD_NEIGHBOURS, len(rows) - 1)
    head = LabelSpreading(kernel="knn", n_neighbors=near, alpha=SPREAD_ALPHA, max_iter=100)
    found = torch.from_numpy(head.fit(rows, labels).label_distributions_[len(means) :]).float()
    # Who is connected with no class is given to the nearest.
    return found + 1e-6 * (photos @ means.T)


def laplacian_shot(photos: Tensor, means: Tensor) -> Tensor:
    """LaplacianShot (Ziko et al. 2020) with its rectified prototypes: (n, C).

    The bound is minimised by Y = softmax(-a + smoothing * W Y), a being squared distances to the class means and W
    joining nearest neighbours.
    """
    moved = photos + (means.mean(dim=0) - photos.mean(dim=0))  # the paper's cross-domain shift
    nearest = (SHOT_SCALE * moved @ means.T).softmax(dim=-1)
    means = normalize(means + nearest.T @ moved, dim=-1)
    away = SHOT_SCALE * torch.cdist(normalize(moved, dim=-1), means).square()
    cosine = photos @ photos.T
    cosine.fill_diagonal_(-1)
    near = min(SHOT_NEIGHBOURS, len(photos) - 1)
    joined = torch.zeros_like(cosine).scatter_(1, cosine.topk(near, dim=-1).indices, 1.0)
    found = (-away).softmax(dim=-1)
    for _ in range(SHOT_ROUNDS):
        found = (SHOT_SMOOTHING * joined @ found - away).softmax(dim=-1)
    return found


def _on_features(head: Callable[[Tensor, Tensor], Tensor]) -> Callable[[SpaLearner, Looks], Tensor]:
    return lambda learner, looks: head(normalize(looks.whole), normalize(learner.scorer.whole_means))


HEADS: dict[str, Callable[[SpaLearner, Looks], Tensor]] = {
    "spa+folder": lambda learner, looks: answer_together(learner, looks).probabilities,
    "label-spreading": _on_features(label_spreading),
    "laplacian-shot": _on_features(laplacian_shot),
}


if __name__ == "__main__":
    main()
