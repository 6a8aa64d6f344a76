"""Which wrong labels are named, on real photos: ``python -m benchmarks.wrong_labels FOLDER``.

FOLDER holds data sets in ImageFolder form. Of each set's training photos some are given the label of another class,
drawn at random, and all labels are judged as the app judges them after a training, which chose what to look at by these
labels. Printed are how many of the exchanged labels are named, how many of those named were exchanged, and how many are
named where none was: a set's own wrong labels count as false. Then the same with larger shares. The probability from
which on a label is named (`worth_a_look.WRONG_FROM`) is told with what the other sets would choose: the largest mean F
measure, of the probabilities at which each of them reaches what is asked of each set.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from benchmarks.speed.table import markdown
from benchmarks.truth.figures import ROWS
from spa_desktop.bench.bench_run import SEED
from spa_desktop.bench.encoded import read_image_folder
from spa_desktop.encoders.backbones import load_encoder
from spa_desktop.feature_store import FeatureStore, PhotoRef
from spa_desktop.jobs import Job
from spa_desktop.learning import chosen_views
from spa_desktop.project.feature_cache import FeatureCache
from spa_desktop.spa.config import SpaConfig
from spa_desktop.spa.leave_one_out import LeaveOneOut, judge_labels
from spa_desktop.spa.memory import Memory
from spa_desktop.workbench.worth_a_look import WRONG_FROM

SETS = ("caltech40", "ucmerced21", "grocery40", "flowers51", "birds50", "clothing", "hand_digits", "small7")
SHARE, MORE = 0.05, (0.1, 0.2, 0.3, 0.4, 0.5)
TRIED = (0.3, 0.4, 0.5, 0.6, 0.7)  # of WRONG_FROM


@dataclass(frozen=True)
class Planting:
    """Labels of a set, some of them exchanged."""

    wrong: Tensor  # ``(n,)`` probability of each
    is_planted: Tensor  # ``(n,)`` bool

    def counts(self, least: float = WRONG_FROM) -> tuple[int, int, int]:
        """How many labels are named, how many of these were exchanged, and how many were."""
        named = self.wrong >= least
        return int(named.sum()), int((named & self.is_planted).sum()), int(self.is_planted.sum())


def main() -> None:
    """Exchange, judge and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.wrong_labels", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--sets", nargs="*", default=SETS)
    parser.add_argument("--plantings", type=int, default=5)
    arguments = parser.parse_args()
    torch.set_grad_enabled(False)
    encoder = load_encoder("spa-lite")
    by_set: dict[str, dict[float, list[Planting]]] = {}
    for name in arguments.sets:
        store = FeatureStore(encoder, FeatureCache())
        photos = [[PhotoRef.of(path) for path in some] for some in read_image_folder(arguments.folder / name).train]
        times = {0.0: 1, SHARE: arguments.plantings, **dict.fromkeys(MORE, 1)}
        by_set[name] = {
            share: [planted(store, photos, share, draw) for draw in range(count)] for share, count in times.items()
        }
    print(markdown(*of_sets(by_set)))
    print("\n" + markdown(*of_shares(by_set)))


def planted(store: FeatureStore, by_class: Sequence[Sequence[PhotoRef]], share: float, draw: int) -> Planting:
    """A share of the labels of photos is exchanged, and all are judged."""
    random, photos, sizes = np.random.default_rng([SEED, draw]), [*chain(*by_class)], [len(part) for part in by_class]
    truth = torch.arange(len(sizes)).repeat_interleave(torch.tensor(sizes))
    labels = truth.clone()
    for row in random.permutation(len(labels))[: round(share * len(labels))]:
        labels[row] = (labels[row] + int(random.integers(1, len(sizes)))) % len(sizes)
    encoder, rows_of = store.encoder, [(labels == place).nonzero().flatten() for place in range(len(sizes))]
    learned = [[photos[row] for row in rows.tolist()] for rows in rows_of]
    seen = chosen_views(store, learned, SpaConfig(), Job())
    pooled = [seen.pooled(some, keep=False) for some in learned]
    memory = Memory.for_photos(pooled, encoder.image_projection, SpaConfig(), encoder.prior)
    for place, some in enumerate(pooled):
        memory.add_whole(str(place), some)
    judge = LeaveOneOut(memory, SpaConfig())
    scores, cosines = torch.zeros(2, len(labels), len(sizes))
    for place, (rows, some) in enumerate(zip(rows_of, pooled, strict=True)):
        left_out = judge.scores(str(place), some)
        assert left_out is not None, "each class keeps some of its photos"
        scores[rows], cosines[rows] = left_out, judge.cosines(str(place), some, encoder.image_projection)
    return Planting(judge_labels(scores, labels, cosines)[0], labels != truth)


def shares(plantings: Sequence[Planting], least: float = WRONG_FROM) -> tuple[float, float]:
    """Of the exchanged labels those that are named, and of those named the exchanged ones."""
    named, right, exchanged = np.sum([planting.counts(least) for planting in plantings], axis=0)
    return right / max(exchanged, 1), right / max(named, 1)


def f_measure(plantings: Sequence[Planting], least: float) -> float:
    """The harmonic mean of both."""
    recall, precision = shares(plantings, least)
    return 2 * recall * precision / max(recall + precision, 1e-9)


def is_reached(plantings: Sequence[Planting], least: float) -> bool:
    """Whether both are what is asked of each set."""
    asked = ROWS["labels_named"].least, ROWS["labels_right"].least
    return all(100 * share >= most for share, most in zip(shares(plantings, least), asked, strict=True))


def of_sets(by_set: dict[str, dict[float, list[Planting]]]) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """Headings, and a row for each set, the worst first."""
    rows, at_chosen = [], []
    for name in sorted(by_set, key=lambda name: f_measure(by_set[name][SHARE], WRONG_FROM)):
        others = [one[SHARE] for other, one in by_set.items() if other != name] or [by_set[name][SHARE]]
        reached = [least for least in TRIED if all(is_reached(some, least) for some in others)]
        chosen = max(reached or TRIED, key=lambda least: sum(f_measure(some, least) for some in others))
        ours, left_out = shares(by_set[name][SHARE]), shares(by_set[name][SHARE], chosen)
        at_chosen.append((*ours, *left_out))
        none = by_set[name][0.0][0]
        exchanged = by_set[name][SHARE][0].counts()[2]
        figures = [f"{100 * value:.0f}" for value in (*ours, *left_out)]
        rows.append((name, f"{exchanged} of {len(none.wrong)}", *figures, f"{chosen:g}", str(none.counts()[0])))
    mean = [f"{100 * value:.0f}" for value in np.mean(at_chosen, axis=0)]
    headings = ("set", "exchanged", f"named from {WRONG_FROM:g}, %", "of these exchanged, %")
    others = ("named from what others choose, %", "of these exchanged, %", "what they choose", "named, none exchanged")
    return (*headings, *others), [*rows, ("mean", "", *mean, "", "")]


def of_shares(by_set: dict[str, dict[float, list[Planting]]]) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """Headings, and a row for each share of labels that were exchanged: mean and range over sets."""
    rows = []
    for share in (SHARE, *MORE):
        values = 100 * np.array([shares(plantings[share]) for plantings in by_set.values()])
        cells = [f"{column.mean():.0f} ({column.min():.0f} to {column.max():.0f})" for column in values.T]
        rows.append((f"{100 * share:.0f}", *cells))
    return ("exchanged, %", "named, %", "of these exchanged, %"), rows


if __name__ == "__main__":
    main()
