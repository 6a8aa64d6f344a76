"""What a label is worth, in which order photos are labelled: ``python -m benchmarks.useful FOLDER``.

FOLDER holds five data sets, each in ImageFolder form. Of the training photos nothing is known at first; ten at a time
are labelled. After each ten the class means of global features that were whitened by the covariance prior answer the
test photos: what the method's Gaussians begin with, without the minutes that learning a task takes. Printed is how many
labels it takes to 95 % of the accuracy with all of them, by the mean of three rounds, and that against random order.
The order that is best on the other sets is named for each set.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.cluster import KMeans, kmeans_plusplus
from sklearn.metrics import pairwise_distances, pairwise_distances_argmin_min

from benchmarks.accuracy import FINE, INCREMENTS
from benchmarks.speed.table import markdown
from spa_desktop.bench.bench_run import SEED
from spa_desktop.console import ConsoleJob
from spa_desktop.discover.search import joint_of
from spa_desktop.discover.useful import doubt_of, most_useful
from spa_desktop.encoders.backbones import load_encoder
from spa_desktop.feature_store import FeatureStore, PhotoRef
from spa_desktop.project.feature_cache import FeatureCache
from spa_desktop.spa.gaussians import gaussian_space

AT_A_TIME, GOAL, ROUNDS = 10, 0.95, 3
WIDTH = 256  # directions of the whitened features that are kept
TEMPERATURE = 8.0  # of log-densities in so many directions
MOST_CLUSTERS, NEIGHBOURS = 200, 20
Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Set:
    """The photos of a data set: whitened features and labels, to learn and to test; to learn, the joint space too."""

    learn: Floats
    joint: Floats
    labels: NDArray[np.int64]
    test: Floats
    test_labels: NDArray[np.int64]


@dataclass(frozen=True)
class Moment:
    """What an order knows when it is asked: the set, what is labelled and what is not, probabilities of the latter."""

    data: Set
    labelled: NDArray[np.int64]
    left: NDArray[np.int64]
    probabilities: Floats | None
    random: np.random.RandomState

    @property
    def confidence(self) -> Floats:
        """One minus the largest probability: least confidence."""
        return np.ones(len(self.left), np.float32) if self.probabilities is None else 1 - self.probabilities.max(axis=1)

    @property
    def nearness(self) -> Floats:
        """One minus the margin of the two most probable classes: the app's doubt."""
        return np.ones(len(self.left), np.float32) if self.probabilities is None else doubt_of(self.probabilities)

    @property
    def entropy(self) -> Floats:
        if self.probabilities is None:
            return np.ones(len(self.left), np.float32)
        bits = -(self.probabilities * np.log(np.maximum(self.probabilities, 1e-12))).sum(axis=1)
        share: Floats = bits / np.log(max(self.probabilities.shape[1], 2))
        return share


def _random(now: Moment) -> Sequence[int]:
    return now.random.permutation(len(now.left))


def _margin(now: Moment) -> Sequence[int]:
    return _random(now) if now.probabilities is None else np.argsort(-now.nearness)


def _confidence(now: Moment) -> Sequence[int]:
    return _random(now) if now.probabilities is None else np.argsort(-now.confidence)


def _entropy(now: Moment) -> Sequence[int]:
    """Shannon (1948), as in Lewis and Gale (1994)."""
    return _random(now) if now.probabilities is None else np.argsort(-now.entropy)


def _coreset(now: Moment) -> Sequence[int]:
    """The farthest from all that is labelled (Sener and Savarese 2018)."""
    points, chosen = now.data.learn[now.left], []
    distance = np.full(len(points), np.inf)
    if len(now.labelled):
        distance = pairwise_distances_argmin_min(points, now.data.learn[now.labelled])[1]
    for _ in range(min(AT_A_TIME, len(points))):
        chosen.append(int(distance.argmax()))
        distance = np.minimum(distance, np.linalg.norm(points - points[chosen[-1]], axis=1))
    return chosen


def _typiclust(now: Moment) -> Sequence[int]:
    """The most typical photo of each cluster without a label, the largest first (Hacohen et al. 2022)."""
    points = now.data.learn
    count = min(len(now.labelled) + AT_A_TIME, MOST_CLUSTERS)
    clusters = KMeans(count, n_init=1, max_iter=20, random_state=0).fit_predict(points)
    has = np.bincount(clusters[now.labelled], minlength=count)
    size, places, chosen = np.bincount(clusters, minlength=count), {int(one): n for n, one in enumerate(now.left)}, []
    for cluster in np.lexsort((-size, has)):
        members = np.flatnonzero(clusters == cluster)
        free = [int(one) for one in members if int(one) in places]
        if free:
            near = np.sort(pairwise_distances(points[free], points[members]), axis=1)[:, :NEIGHBOURS]
            chosen.append(places[free[int(near.mean(axis=1).argmin())]])
    return chosen


def _badge(now: Moment) -> Sequence[int]:
    """Far from each other where it is unsure, by k-means++ on features scaled by doubt (after Ash et al. 2020)."""
    scaled = now.data.learn[now.left] * now.confidence[:, None]
    return kmeans_plusplus(scaled, min(AT_A_TIME, len(scaled)), random_state=now.random)[1]


def _joint_badge(now: Moment) -> Sequence[int]:
    scaled = now.data.joint[now.left] * now.confidence[:, None]
    return kmeans_plusplus(scaled, min(AT_A_TIME, len(scaled)), random_state=now.random)[1]


def _typical(now: Moment) -> Sequence[int]:
    """The app's order without doubt."""
    return most_useful(now.data.joint[now.left], np.ones(len(now.left), np.float32), AT_A_TIME)


ORDERS: dict[str, Callable[[Moment], Sequence[int]]] = {
    "random": _random,
    "margin": _margin,
    "confidence": _confidence,
    "entropy": _entropy,
    "coreset": _coreset,
    "typiclust": _typiclust,
    "badge": _badge,
    "badge, joint": _joint_badge,
    "typical": _typical,
    "useful by entropy": lambda now: most_useful(now.data.joint[now.left], now.entropy, AT_A_TIME),
    "useful by confidence": lambda now: most_useful(now.data.joint[now.left], now.confidence, AT_A_TIME),
    "useful": lambda now: most_useful(now.data.joint[now.left], now.nearness, AT_A_TIME),
}
BY_CHANCE = ("random", "margin", "confidence", "entropy", "badge", "badge, joint")  # the others begin without it


def main() -> None:
    """Label and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.useful", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--sets", nargs="*", default=[*INCREMENTS, *FINE])
    parser.add_argument("--orders", nargs="*", default=[*ORDERS])
    parser.add_argument("--draws", type=int, default=3, help="of what is left to chance")
    parser.add_argument("--choose", action="store_true", help="by training photos alone")
    arguments = parser.parse_args()
    store = FeatureStore(load_encoder("spa-lite"), FeatureCache())
    needed: dict[str, dict[str, float]] = {name: {} for name in arguments.orders}
    for name in arguments.sets:
        splits = range(arguments.draws) if arguments.choose else [None]
        data = [_read(store, arguments.folder / name, split) for split in splits]
        for order in needed:
            draws = arguments.draws if order in BY_CHANCE or arguments.choose else 1
            labels = [_labels_needed(data[n % len(data)], ORDERS[order], n) for n in range(draws)]
            needed[order][name] = float(np.mean(labels))
            print(f"{name}, {order}: {needed[order][name]:.0f}", flush=True)
    rows = []
    for order, found in needed.items():
        shares = [found[name] / needed["random"][name] for name in arguments.sets]
        cells = [f"{found[name]:.0f} ({share:.2f})" for name, share in zip(arguments.sets, shares, strict=True)]
        rows.append((order, *cells, f"{np.mean(shares):.2f}"))
    print(markdown(("order", *arguments.sets, "mean of the shares"), rows))
    for name in arguments.sets:
        others = [other for other in arguments.sets if other != name]
        best = min(needed, key=lambda one: np.mean([needed[one][other] / needed["random"][other] for other in others]))
        print(f"best but on {name}: {best}, on {name} {needed[best][name] / needed['random'][name]:.2f}")


def _read(store: FeatureStore, folder: Path, split: int | None) -> Set:
    width = store.encoder.width
    prior = store.encoder.prior["globals"].double()
    prior.diagonal().add_(0.02 * prior.diagonal().mean())
    values, directions = torch.linalg.eigh(prior)
    whitening = (directions / values.sqrt()).float()
    files = {part: sorted((folder / part).glob("*/*.jpg")) for part in ("train", "test")}
    names = sorted({file.parent.name for file in files["train"]})
    if split is not None:
        random = np.random.RandomState(SEED + split)
        every = [random.permutation([file for file in files["train"] if file.parent.name == name]) for name in names]
        files = {
            "train": [file for some in every for file in some[len(some) // 3 :]],
            "test": [file for some in every for file in some[: len(some) // 3]],
        }
    labels = {part: np.array([names.index(file.parent.name) for file in found]) for part, found in files.items()}
    whole: dict[str, list[torch.Tensor]] = {"train": [], "test": []}
    joint = []
    with ConsoleJob() as job:
        for part, found in files.items():
            refs = [PhotoRef.of(file) for file in found]
            store.ensure([ref for ref in refs if not store.has_pooled(ref)], job)
            for start in range(0, len(refs), 256):
                pooled = store.pooled(refs[start : start + 256], keep=False)
                whole[part].append(gaussian_space(pooled[:, 0, :width], rectified=True) @ whitening)
                joint += [joint_of(store.encoder, pooled)] if part == "train" else []
    learn, test = (torch.cat(whole[part]) for part in ("train", "test"))
    middle = learn.mean(dim=0)
    leading = torch.linalg.svd(learn - middle, full_matrices=False).Vh[:WIDTH].T
    parts = (((one - middle) @ leading).numpy() for one in (learn, test))
    learned, tested = parts
    return Set(learned, torch.cat(joint).numpy(), labels["train"], tested, labels["test"])


def _labels_needed(data: Set, order: Callable[[Moment], Sequence[int]], seed: int) -> float:
    random = np.random.RandomState(seed)
    left, labelled = np.arange(len(data.labels)), np.empty(0, np.int64)
    goal = GOAL * _accuracy(data, left)
    counts, accuracies, probabilities = [0], [0.0], None
    while len(left):
        chosen = list(order(Moment(data, labelled, left, probabilities, random)))[:AT_A_TIME]
        labelled, left = np.concatenate([labelled, left[chosen]]), np.delete(left, chosen)
        counts.append(len(labelled))
        accuracies.append(_accuracy(data, labelled))
        if len(counts) > ROUNDS + 1:
            before, now = np.mean(accuracies[-ROUNDS - 1 : -1]), np.mean(accuracies[-ROUNDS:])
            if now >= goal:  # between the middles of the two windows
                share = 0.0 if now == before else float(np.clip((goal - before) / (now - before), 0, 1))
                return counts[-3] + share * (counts[-2] - counts[-3])
        probabilities = _answers(data, labelled, data.learn[left])[1]
    return float(counts[-1])


def _answers(data: Set, labelled: NDArray[np.int64], points: Floats) -> tuple[NDArray[np.int64], Floats]:
    """The class of each point, and probabilities."""
    known, place = np.unique(data.labels[labelled], return_inverse=True)
    hot = np.eye(len(known), dtype=np.float32)[place]
    means = hot.T @ data.learn[labelled] / hot.sum(axis=0)[:, None]
    scores = points @ means.T - np.square(means).sum(axis=1) / 2
    shares = torch.softmax(torch.from_numpy(scores / TEMPERATURE), dim=1).numpy()
    return known[scores.argmax(axis=1)], shares


def _accuracy(data: Set, labelled: NDArray[np.int64]) -> float:
    return float(np.mean(_answers(data, labelled, data.test)[0] == data.test_labels))


if __name__ == "__main__":
    main()
