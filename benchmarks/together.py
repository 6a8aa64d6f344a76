"""Photos of a folder answered together, on real photos: ``python -m benchmarks.together FOLDER``.

FOLDER holds data sets in ImageFolder form. Classes are learned from one, two and five photos each; then a folder of
photos without names is answered photo by photo, and together. Four kinds of folder: as many photos of each class;
shares of the classes drawn from a flat Dirichlet distribution, half of the photos in all; the first where half of its
classes were never learned; and both. Printed is the accuracy among the classes learned, of the folder's photos that
belong to one, mean over draws of classes and photos: of each photo alone, and what each way to answer together adds.
Beside it what "none of these" keeps and refuses, and the calibration error, alone and together.

`--train` takes training photos that were not learned instead of test photos: what was chosen was chosen on these.
"""

from __future__ import annotations

import argparse
import itertools
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
import torch
from sklearn.semi_supervised import LabelSpreading
from torch import Tensor
from torch.nn.functional import normalize

from benchmarks.accuracy import FINE, INCREMENTS
from benchmarks.calibration import drawn, task_data
from benchmarks.speed.table import markdown
from spa_desktop import metrics
from spa_desktop.bench.bench_run import SEED
from spa_desktop.bench.encoded import EncodedFolder, class_order, read_image_folder
from spa_desktop.bench.methods import METHODS, Spa
from spa_desktop.discover.together import Looks, answer_together
from spa_desktop.encoders.backbones import load_encoder
from spa_desktop.feature_store import FeatureStore
from spa_desktop.jobs import Job
from spa_desktop.project.feature_cache import FeatureCache
from spa_desktop.spa.learner import SpaLearner

SETS = (*INCREMENTS, *FINE)
KINDS = ("balanced", "unbalanced", "half unknown", "both")
MOST = 15  # photos of a class in a folder


def main() -> None:
    """Learn, answer and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.together", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--method", default="spa-no-descriptions", help="spa writes descriptions first: it takes long")
    parser.add_argument("--sets", nargs="*", default=SETS)
    parser.add_argument("--shots", type=int, nargs="*", default=[1, 2, 5])
    parser.add_argument("--draws", type=int, default=3)
    parser.add_argument("--train", action="store_true")
    arguments = parser.parse_args()
    torch.set_grad_enabled(False)
    encoder = load_encoder("spa-lite")
    store = FeatureStore(encoder, FeatureCache())
    found: dict[tuple[str, int, str, str], list[float]] = defaultdict(list)
    for name in arguments.sets:
        data = EncodedFolder(read_image_folder(arguments.folder / name), store, Job())
        for shots, draw, has_unknown in itertools.product(arguments.shots, range(arguments.draws), (False, True)):
            order = [data.classes[place] for place in class_order(SEED + draw, len(data.classes))]
            known = len(order) // 2 if has_unknown else len(order)
            photos = [drawn(part, draw) for part in order]
            method = METHODS[arguments.method].make(SEED)
            assert isinstance(method, Spa), "only the learner answers together"
            names = tuple(part.name for part in order[:known])
            method.learn(task_data(store, encoder, [part[:shots] for part in photos[:known]], names))
            folder = [
                (part[shots:] if arguments.train else own.test)[:MOST] for part, own in zip(photos, order, strict=True)
            ]
            refs = [photo for part in folder for photo in part]
            truth = torch.repeat_interleave(torch.arange(len(folder)), torch.tensor([len(part) for part in folder]))
            pooled = store.pooled(refs)
            learner, passes = method.learner, store.iter_patches(refs)
            looks = Looks.joined([Looks.of(learner.score(pooled[at], patches)) for at, patches in passes])
            for uneven in (False, True):
                rows = unevenly(truth, SEED + draw) if uneven else torch.arange(len(truth))
                kind = KINDS[2 * has_unknown + uneven]
                mine = Looks(*(part[rows] for part in vars(looks).values()))
                values = measured(method, mine, truth[rows], known)
                print(name, shots, draw, kind, {what: round(value, 1) for what, value in values.items()}, flush=True)
                for what, value in values.items():
                    found[name, shots, kind, what].append(value)
    mean = {key: sum(values) / len(values) for key, values in found.items()}
    for what in dict.fromkeys(key[-1] for key in mean):
        print(f"\n{what}\n\n{_table(mean, what, arguments.sets, arguments.shots)}", flush=True)


def unevenly(truth: Tensor, seed: int) -> Tensor:
    """Rows of half of the photos, with shares of the classes from a flat Dirichlet distribution."""
    generator = torch.Generator().manual_seed(seed)
    classes = int(truth.max()) + 1
    shares = -torch.rand(classes, generator=generator).clamp_min(1e-9).log()
    wanted = (shares / shares.sum() * len(truth) / 2).round().long()
    rows = [(truth == place).nonzero().flatten() for place in range(classes)]
    some = [own[torch.randperm(len(own), generator=generator)[:count]] for own, count in zip(rows, wanted, strict=True)]
    return torch.cat(some).sort().values


def measured(method: Spa, looks: Looks, truth: Tensor, known: int) -> dict[str, float]:
    """Accuracy alone and what is added to it, in per cent, and what becomes of "none of these"."""
    mine, learner = truth < known, method.learner
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
