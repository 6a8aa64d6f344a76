"""Classes found in piles of photos without names, on real photos: ``python -m benchmarks.discover FOLDER``.

FOLDER holds data sets in ImageFolder form. Of each set the test photos are a pile, of which nothing is known, or half
of the classes, learned from training photos. Printed is, mean over random draws:

- classes found: those of which some group holds five photos or more and is pure (four fifths of one class or more);
- the share of groups of five or more that are pure, and the share of photos of unknown classes in a pure group of
  theirs;
- clustering accuracy: the share of photos right under the best one-to-one assignment of groups to classes (Hungarian),
  beside k-means and GCD's semi-supervised k-means (Vaze et al. 2022), both given the true number of classes. As these
  place every photo, a left-over photo counts here with the group that it is most like, and groups that are said to be
  of one known class count as one;
- the keys that a simulated person presses to sort a pile right.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment
from sklearn.cluster import KMeans, kmeans_plusplus

from benchmarks.speed.table import markdown
from spa_desktop.bench.bench_run import SEED
from spa_desktop.bench.encoded import EncodedFolder, read_image_folder
from spa_desktop.console import ConsoleJob
from spa_desktop.discover.grouping import Compared, Floats, Ints, Known, Space
from spa_desktop.discover.pile import Pile
from spa_desktop.encoders.backbones import load_encoder
from spa_desktop.encoders.encoder import ClipEncoder
from spa_desktop.feature_store import FeatureStore
from spa_desktop.project.feature_cache import FeatureCache
from spa_desktop.spa.config import SpaConfig
from spa_desktop.spa.gaussians import Moments
from spa_desktop.spa.memory import Memory

SETS = ("caltech40", "grocery40", "ucmerced21", "flowers51", "birds50")
PURE, ENOUGH = 0.8, 5
STARTS = 5  # of k-means, of which the best is kept
# By the set's photos: as many of a class as of a test class.
_EACH = {"flowers51": 10, "birds50": 10}


def main() -> None:
    """Group, sort, measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.discover", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--sets", nargs="*", default=SETS)
    parser.add_argument("--draws", type=int, default=10)
    parser.add_argument("--parts", nargs="*", default=["nothing", "half", "keys"])
    parser.add_argument("--training-photos", action="store_true", help="piles of training photos: what choices go by")
    arguments = parser.parse_args()
    torch.set_grad_enabled(False)
    encoder = load_encoder("spa-lite")
    tables: dict[str, list[tuple[str, ...]]] = {part: [] for part in arguments.parts}
    for name in arguments.sets:
        data = DataSet.read(encoder, arguments.folder / name, on_training=arguments.training_photos)
        for part in set(arguments.parts) & MEASURED.keys():
            found = [MEASURED[part](data, draw) for draw in range(arguments.draws)]
            means = {key: float(np.mean([one[key] for one in found])) for key in found[0]}
            print(name, part, {key: round(value, 3) for key, value in means.items()}, flush=True)
            tables[part].append((name, *(f"{means[key]:.{0 if means[key] > 9.99 else 2}f}" for key in means)))
            HEADINGS[part] = ("set", *means)
    for part, rows in tables.items():
        if rows:
            print(f"\n{part}\n\n{markdown(HEADINGS[part], rows)}", flush=True)


@dataclass(frozen=True)
class DataSet:
    """A set as features: of a pile, and of the training photos that known classes are learned from.

    Attributes:
        rows: ``(n, d)`` of the photos of piles, where nothing is known.
        labels: ``(n,)``.
        pooled: ``(n, V, W + T)``.
        train: of each class ``(m, V, W + T)``; empty where what is not in a pile is learned from.
        each: photos of a class in a pile.
    """

    encoder: ClipEncoder
    rows: Floats
    labels: Ints
    pooled: torch.Tensor
    train: tuple[torch.Tensor, ...]
    each: int

    @classmethod
    def read(cls, encoder: ClipEncoder, folder: Path, *, on_training: bool) -> DataSet:
        """With `on_training`, piles are of training photos, and known classes learn from those that are in no pile."""
        with ConsoleJob() as job:
            classes = EncodedFolder(read_image_folder(folder), FeatureStore(encoder, FeatureCache()), job).classes
        piles = [one.train_pooled if on_training else one.test_pooled for one in classes]
        train = [] if on_training else [one.train_pooled for one in classes]
        pooled = torch.cat(piles)
        labels = np.repeat(np.arange(len(classes)), [len(one) for one in piles])
        memory = Memory.for_photos([pooled], encoder.image_projection, SpaConfig(), encoder.prior)
        rows = Space(memory, SpaConfig()).rows(pooled)
        return cls(encoder, rows, labels, pooled, tuple(train), _EACH.get(folder.name, 15))

    def drawn(self, draw: int) -> Ints:
        """Photos of a pile in random order."""
        random = np.random.RandomState(SEED + draw)
        places = [random.permutation(np.flatnonzero(self.labels == one))[: self.each] for one in np.unique(self.labels)]
        return random.permutation(np.concatenate(places))

    def halves(self, draw: int) -> tuple[Ints, Ints]:
        """Known and unknown classes."""
        order = np.random.RandomState(SEED + draw).permutation(len(np.unique(self.labels)))
        return order[: len(order) // 2], order[len(order) // 2 :]

    def taught(self, place: int, drawn: Ints) -> torch.Tensor:
        """The photos that a class is learned from, beside a pile."""
        if self.train:
            return self.train[place]
        return self.pooled[torch.from_numpy(np.setdiff1d(np.flatnonzero(self.labels == place), drawn))]

    def learned(self, taught: Mapping[int, torch.Tensor]) -> tuple[Space, Known]:
        """What a learner remembers of whole photos of some classes, ``(m, V, W + T)`` each."""
        encoder, config = self.encoder, SpaConfig()
        memory = Memory.for_photos([self.pooled], encoder.image_projection, config, encoder.prior)
        for photos in taught.values():
            for gaussians, rows in memory.rows_of(photos):
                gaussians.add(gaussians.add_class(), Moments.of(rows))
        space = Space(memory, config)
        return space, space.known(list(map(str, taught)))


def from_nothing(data: DataSet, draw: int) -> dict[str, float]:
    """A pile of which nothing is known."""
    drawn = data.drawn(draw)
    truth, rows = data.labels[drawn], data.rows[drawn]
    labels = grouped(Pile(_keys(drawn), rows))
    count = len(np.unique(truth))
    plain = KMeans(count, n_init=STARTS, random_state=draw).fit_predict(_unit(rows))
    seen = Compared(rows, Known.nothing(rows.shape[1])).rows
    return {
        **found(labels, truth, np.unique(truth)),
        "accuracy": hungarian(placed(labels, seen), truth),
        "k-means": hungarian(plain, truth),
        "k-means, our rows": hungarian(KMeans(count, n_init=STARTS, random_state=draw).fit_predict(seen), truth),
    }


def beside_half(data: DataSet, draw: int) -> dict[str, float]:
    """A pile of photos of all classes, of which half are known."""
    drawn, (known, unknown) = data.drawn(draw), data.halves(draw)
    taught = {place: data.taught(place, drawn) for place in known.tolist()}
    truth, (space, classes) = data.labels[drawn], data.learned(taught)
    rows = space.rows(data.pooled[torch.from_numpy(drawn)])
    pile = Pile(_keys(drawn), rows, classes)
    labels = grouped(pile)
    result = found(labels, truth, unknown)
    is_known, count = np.isin(truth, known), len(known) + len(unknown)
    given = np.repeat(known, [len(photos) for photos in taught.values()])
    kept = space.rows(torch.cat([*taught.values()]))
    plain, kept = np.split(_unit(np.concatenate([rows, kept])), [len(drawn)])
    cells = {
        "": placed(of_class(pile, labels), Compared(rows, classes).rows),
        " k-means": KMeans(count, n_init=STARTS, random_state=draw).fit_predict(plain),
        " GCD": semi_supervised(plain, kept, given, count, draw),
    }
    for name, labelled in cells.items():
        right = _right(labelled, truth)
        result |= {f"known{name}": float(right[is_known].mean()), f"new{name}": float(right[~is_known].mean())}
    return result


def keys_to_sort(data: DataSet, draw: int) -> dict[str, float]:
    """A pile sorted by a person who knows every photo; by hand a photo is a key."""
    drawn = data.drawn(draw)
    pile, truth = (
        Pile(_keys(drawn), data.rows[drawn]),
        dict(zip(_keys(drawn), data.labels[drawn].tolist(), strict=True)),
    )
    pile.regroup()
    keys = Counter(sort(pile, truth))
    wrong = sum(truth[photo] != int(one.name) for one in pile.groups for photo in one.photos)
    assert wrong == len(pile.left) == 0, "it is sorted right"
    return {"photos": len(drawn), "keys": keys.total(), **{act: keys[act] for act in ACTS}}


ACTS = ("name", "out", "split", "by hand")


def sort(pile: Pile, truth: dict[str, int]) -> Iterator[str]:
    """The acts of a person, each a key: what a group is, what does not belong to it, a group in two, one photo."""
    hopeless: set[int] = set()
    while True:
        open_groups = [one for one in pile.groups if not one.name and one.id not in hopeless]
        if not open_groups:
            break
        one = max(open_groups, key=lambda group: len(group.photos))
        (kind, most), *_ = Counter(truth[photo] for photo in one.photos).most_common(1)
        wrong = [look for look in one.looks if truth[look[0]] != kind]
        if len(wrong) > 2 and len(wrong) > _keys_split(pile, one.id, truth):
            pile.split(one.id)
            yield "split"
            continue
        if most < 2 and len(one.looks) > 1:
            hopeless.add(one.id)
            continue
        for look in wrong:
            pile.move(look, None)
            yield "out"
        pile.name([one.id], str(kind))
        yield "name"
        pile.regroup()
    for photo in [*pile.left, *(photo for one in pile.groups if not one.name for photo in one.photos)]:
        pile.gather([photo], str(truth[photo]))
        yield "by hand"


def _keys_split(pile: Pile, id: int, truth: dict[str, int]) -> int:
    """What a split costs with all that is to be done after it."""
    parts = [Counter(truth[photo] for photo in part) for part in pile.propose_split(id)]
    return sum(part.total() - part.most_common(1)[0][1] for part in parts) + len(parts)


MEASURED = {"nothing": from_nothing, "half": beside_half, "keys": keys_to_sort}
HEADINGS: dict[str, tuple[str, ...]] = {}


def grouped(pile: Pile) -> Ints:
    """The group of each photo of a pile, -1 where it is left over."""
    pile.regroup()
    labels, row = np.full(len(pile.photos), -1, np.int64), {key: place for place, key in enumerate(pile.photos)}
    for one in pile.groups:
        labels[[row[photo] for photo in one.photos]] = one.id
    return labels


def of_class(pile: Pile, labels: Ints) -> Ints:
    """The same, groups that are said to be of one known class as one."""
    like = {one.id: one.like for one in pile.groups}
    first = {name: id for id, name in reversed(like.items()) if name}
    return np.array([first.get(like.get(label, ""), label) for label in labels.tolist()])


def found(labels: Ints, truth: Ints, classes: Ints) -> dict[str, float]:
    """What is found of some classes."""
    groups = [np.flatnonzero(labels == one) for one in np.unique(labels[labels >= 0])]
    groups = [rows for rows in groups if len(rows) >= ENOUGH]
    pure, held, seen = 0, 0, set()
    for rows in groups:
        (kind, most), *_ = Counter(truth[rows].tolist()).most_common(1)
        if most >= PURE * len(rows):
            pure += 1
            if kind in classes:
                seen.add(kind)
                held += most
    photos = int(np.isin(truth, classes).sum())
    return {"classes": len(classes), "found": len(seen), "pure": pure / max(len(groups), 1), "in pure": held / photos}


def placed(labels: Ints, rows: Floats) -> Ints:
    """Every photo in a group: those that are left over in the one that they are most like."""
    groups = np.unique(labels[labels >= 0])
    if not len(groups):
        return labels
    means = np.stack([rows[labels == one].mean(axis=0) for one in groups])
    return np.where(labels >= 0, labels, groups[(rows @ means.T).argmax(axis=1)])


def hungarian(labels: Ints, truth: Ints) -> float:
    """Clustering accuracy."""
    return float(_right(labels, truth).mean())


def _right(labels: Ints, truth: Ints) -> NDArray[np.bool_]:
    """Which photos are right under the best one-to-one assignment of groups to classes."""
    groups, group = np.unique(labels, return_inverse=True)
    classes, kind = np.unique(truth, return_inverse=True)
    table = np.zeros((len(groups), len(classes)))
    np.add.at(table, (group, kind), 1)
    table[groups == -1] = 0
    of_group = np.full(len(groups), -1)
    rows, columns = linear_sum_assignment(-table)
    of_group[rows] = columns
    return (of_group[group] == kind) & (labels >= 0)


def semi_supervised(rows: Floats, labelled: Floats, given: Ints, count: int, seed: int) -> Ints:
    """GCD's k-means (Vaze et al. 2022): labelled photos stay in their class, k-means++ begins the other centres."""
    classes = np.unique(given)
    best, least = np.zeros(len(rows), np.int64), np.inf
    place, all_rows = np.searchsorted(classes, given), np.concatenate([rows, labelled])
    for start in range(STARTS):
        own = np.stack([labelled[given == one].mean(axis=0) for one in classes])
        new, _ = kmeans_plusplus(rows, count - len(classes), random_state=STARTS * seed + start)
        centres = np.concatenate([own, new])
        for _ in range(100):
            away = np.square(centres).sum(axis=1) - 2 * rows @ centres.T
            labels = away.argmin(axis=1)
            both = np.concatenate([labels, place])
            held = [all_rows[both == one] for one in range(count)]
            moved = np.stack([one.mean(axis=0) if len(one) else centres[k] for k, one in enumerate(held)])
            if np.allclose(moved, centres, atol=1e-6):
                break
            centres = moved
        inertia = float(np.square(all_rows - centres[both]).sum())
        if inertia < least:
            best, least = labels, inertia
    return best


def _keys(drawn: Ints) -> list[str]:
    return [str(place) for place in drawn]


def _unit(rows: Floats) -> Floats:
    centred = rows - rows.mean(axis=0)
    return centred / np.linalg.norm(centred, axis=1, keepdims=True)


if __name__ == "__main__":
    main()
