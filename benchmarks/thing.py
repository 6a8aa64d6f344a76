"""Looking at the thing instead of the scene: ``python -m benchmarks.thing FOLDER``.

FOLDER holds eight data sets, each in ImageFolder form; `small7/boxes.csv` says where its things are. A few photos of
each class are learned and test photos are asked, by the photo as a whole alone: with the three views of today, and with
those of the thing, which is the square of the photo where the patches of the first view are longest. Draws are of
training photos, the same for all views. Standard errors are of photos, paired, in the mean over draws. What a user's
frame is worth is measured with the true boxes in place of the square.

The rule looks at training photos alone: the thing is looked at where the log-loss of photos that are left out, one
after the other, is lower by more than so many standard errors. For each set the square and that number are chosen on
the other sets, on training photos alone: the square by the log-loss that the rule gains, the number by the accuracy on
training photos that were not drawn. Features of squares are kept in the cache of the app, and a run that was stopped
goes on from there.
"""

from __future__ import annotations

import argparse
import csv
import math
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import product
from pathlib import Path
from typing import TypeAlias

import numpy as np
import torch
from safetensors.torch import load, save
from torch import Tensor
from torch.nn.functional import cross_entropy

from benchmarks.speed.table import markdown
from spa_desktop import SpaClassifier
from spa_desktop.bench.encoded import ImageFolder, read_image_folder
from spa_desktop.encoders.backbones import load_encoder
from spa_desktop.encoders.encoder import ClipEncoder
from spa_desktop.encoders.features import SQUARE, salient_boxes
from spa_desktop.encoders.photo_stream import framed_box, square_of
from spa_desktop.feature_store import FeatureStore, PhotoRef
from spa_desktop.photos.opening import read_photo
from spa_desktop.project.documents import Frame
from spa_desktop.project.feature_cache import FeatureCache
from spa_desktop.spa.config import THING_VIEWS, SpaConfig
from spa_desktop.spa.leave_one_out import LeaveOneOut, are_lower
from spa_desktop.spa.memory import DEFAULT_WEIGHTS, Memory

SMALL, LARGE = "small7", ("caltech40", "grocery40", "ucmerced21", "flowers51", "birds50")
SETS, DRAWS, FEW = (SMALL, *LARGE, "clothing", "hand_digits"), 3, 5
TODAY, THING = "C F M", "C M S SF"
# Of the photo, mirrored, its middle, the square, and that mirrored: the places of the views.
VIEWS = {TODAY: (0, 1, 2), THING: (0, 2, 3, 4), "M S SF": (2, 3, 4)}
THINGS = tuple(VIEWS)[1:]
# Photos that are framed, and what the trial of the method had: points with 5, 10 and 20 photos.
FRAMED = {"framed when asked": ("+6.5", "+7.8", "+10.5"), "framed when learned and asked": ("+6.7", "+8.1", "+11.0")}


Square: TypeAlias = tuple[float, float, float]  # as `SQUARE` of the features
Rule: TypeAlias = tuple[float, float]  # what scores are multiplied with, and how many standard errors are asked for
TRIED_SQUARES: tuple[Square, ...] = ((0.35, 0.75, 1.15), (0.35, 0.75, 1.6), (0.25, 0.6, 1.35), (0.45, 0.9, 1.35))
USUAL: Rule = (0.2, 1.5)
TRIED_RULES: tuple[Rule, ...] = tuple(product((1.0, 1 / 3, 0.2), (0.0, 0.5, 1.0, 1.5, 2.0, 3.0)))


class Features:
    """Pooled features of photos: three views from the app's cache, two of the square beside it, two of the frame."""

    def __init__(self, encoder: ClipEncoder) -> None:
        self.encoder, self._cache = encoder, FeatureCache()
        self.frames: dict[Path, Frame] = {}  # of photos
        self._store = FeatureStore(encoder, self._cache)

    def all_views(self, photos: Sequence[Path], square: Square = SQUARE) -> Tensor:
        """``(n, 7, W + T)``: the photo, mirrored, its middle, the square and the frame, each and mirrored.

        A photo without a frame has the square in its place.
        """
        if not photos:
            return torch.zeros(0, 7, self.encoder.pooled_width)
        refs = [PhotoRef.of(path) for path in photos]
        self._store.ensure(refs)
        framed = [replace(photo, frame=self.frames.get(photo.path)) for photo in refs]
        squares = [torch.stack([self._of_square(photo, square) for photo in part]) for part in (refs, framed)]
        return torch.cat([self._store.pooled(refs, keep=False), *squares], dim=1)

    def box(self, photo: PhotoRef, square: Square) -> list[float]:
        """Where the square is."""
        key = f"{self.encoder.fingerprint} lengths"
        blob = self._cache.get(key, photo.sha256)
        if blob is None:
            image = read_photo(photo.path, at_least=2 * self.encoder.input_size).image
            patches = self.encoder.encode_images(self.encoder.preprocess(image)[None]).patches
            blob = save({"lengths": patches[0].norm(dim=-1)})
            self._cache.put(key, photo.sha256, blob)
        boxes = salient_boxes(load(blob)["lengths"][None, :, None], self.encoder.grid, square)
        found: list[float] = boxes[0].tolist()
        return found

    def _of_square(self, photo: PhotoRef, square: Square) -> Tensor:
        key = f"{self.encoder.fingerprint} square {' '.join(f'{value:g}' for value in square)}"
        blob = self._cache.get(key, photo.key(THING_VIEWS))
        if blob is None:
            image = read_photo(photo.path, at_least=2 * self.encoder.input_size).image
            box = framed_box(self.encoder, image.size, photo.frame) if photo.frame else self.box(photo, square)
            view = square_of(self.encoder, image, box)
            blob = save({"pooled": self.encoder.encode_images(torch.stack([view, view.flip(2)])).pooled})
            self._cache.put(key, photo.key(THING_VIEWS), blob)
        return load(blob)["pooled"]


@dataclass(frozen=True)
class Answers:
    """What some views say of the photos of a draw."""

    held: Tensor  # ``(n, C)`` scores of the training photos, each left out
    labels: Tensor  # ``(n,)`` of these
    others: Tensor  # ``(o,)`` bool, of the training photos that were not drawn: are they right?
    tests: Tensor  # ``(m,)`` bool, of the test photos
    losses: Tensor  # ``(m,)`` log-loss of these

    def held_losses(self, factor: float) -> Tensor:
        """``(n,)`` log-loss of the training photos, with scores times a factor."""
        return cross_entropy(factor * self.held, self.labels, reduction="none")


def answers(
    encoder: ClipEncoder, train: Sequence[Tensor], others: Sequence[Tensor], tests: Sequence[Tensor]
) -> Answers:
    """Learn photos ``(n, V, W + T)`` by class, and ask the others."""
    config = SpaConfig()
    memory = Memory.for_photos(train, encoder.image_projection, config, encoder.prior)
    for place, photos in enumerate(train):
        memory.add_whole(str(place), photos)
    judge, held = LeaveOneOut(memory, config), []
    for place, photos in enumerate(train):
        scores = judge.scores(str(place), photos)
        assert scores is not None, "each class has several photos"
        held.append(scores)

    def asked(by_class: Sequence[Tensor]) -> Tensor:
        """``(m,)`` the log-loss of photos, and whether they are right."""
        parts = []
        for place, photos in enumerate(by_class):
            if len(photos):
                evidence, _ = judge.seen(judge.whiten(judge.features(photos)))
                scores = torch.stack(evidence).sum(dim=0) * DEFAULT_WEIGHTS[3]
                right = scores.argmax(dim=1) == place
                parts.append(torch.stack([-scores.log_softmax(dim=1)[:, place], right.float()]))
        return torch.cat(parts, dim=1) if parts else torch.zeros(2, 0)

    of_others, of_tests = asked(others), asked(tests)
    labels = torch.arange(len(train)).repeat_interleave(torch.tensor([len(photos) for photos in train]))
    return Answers(torch.cat(held), labels, of_others[1] > 0, of_tests[1] > 0, of_tests[0])


@dataclass(frozen=True)
class Case:
    """A set with so many photos of each class, in some draws."""

    draws: Sequence[Mapping[str, Answers]]  # by views

    def less(self, draw: int, factor: float) -> Tensor:
        """Log-loss of left-out photos ``(n,)`` with the thing less today's."""
        thing, today = (self.draws[draw][views].held_losses(factor) for views in (THING, TODAY))
        return thing - today

    def is_chosen(self, draw: int, rule: Rule) -> bool:
        """Whether the rule looks at the thing."""
        less = self.less(draw, rule[0])
        return are_lower(less, torch.zeros_like(less), errors=rule[1])

    def points(self, views: str, rule: Rule | None = None) -> tuple[float, float]:
        """Accuracy against today's views and its standard error; with a rule where it chooses the thing."""
        draws = range(len(self.draws))
        seen = [views if rule is None or self.is_chosen(draw, rule) else TODAY for draw in draws]
        rows = [by_views[name].tests.float() for by_views, name in zip(self.draws, seen, strict=True)]
        less = 100 * (torch.stack(rows) - torch.stack([by_views[TODAY].tests.float() for by_views in self.draws]))
        by_photo = less.mean(dim=0)
        return float(by_photo.mean()), float(by_photo.std() / len(by_photo) ** 0.5)

    def points_on_others(self, rule: Rule) -> float:
        """The same by a rule on training photos that were not drawn."""
        chosen = [by_views for draw, by_views in enumerate(self.draws) if self.is_chosen(draw, rule)]
        less = [by_views[THING].others.float().mean() - by_views[TODAY].others.float().mean() for by_views in chosen]
        return 100 * float(sum(less)) / len(self.draws)

    @cached_property
    def today(self) -> float:
        """Accuracy on test photos."""
        return 100 * float(torch.stack([by_views[TODAY].tests.float() for by_views in self.draws]).mean())

    def loss(self, views: str) -> float:
        """Log-loss of test photos."""
        return float(torch.stack([by_views[views].losses for by_views in self.draws]).mean())


def drawn(data: ImageFolder, shots: int, draw: int) -> ImageFolder:
    """A data set with so many drawn training photos of each class."""
    train = []
    for place, photos in enumerate(data.train):
        order = np.random.default_rng([draw, place]).permutation(len(photos))[:shots]
        train.append(tuple(photos[number] for number in order))
    return replace(data, train=tuple(train))


def case(features: Features, data: ImageFolder, shots: int, draws: int, few: tuple[int, int | None]) -> Case:
    """Learn and ask one set, of so many classes and test photos of each."""
    places = range(0, len(data.classes), max(len(data.classes) // few[0], 1))[: few[0]]
    tests = [features.all_views(data.test[place][: few[1]]) for place in places]
    chosen = [[drawn(data, shots, draw).train[place] for place in places] for draw in range(draws)]
    by_draw = []
    for draw, train in enumerate(chosen):
        pooled = [features.all_views(photos) for photos in train]
        # Those of other draws are encoded anyway.
        rest = [
            dict.fromkeys(photo for other in chosen for photo in other[place] if photo not in photos)
            for place, photos in enumerate(train)
        ]
        parts = (pooled, [features.all_views(list(photos)) for photos in rest], tests)
        seen = {name: (views, views) for name, views in VIEWS.items()}  # of photos that are learned, and asked
        for name in THINGS if features.frames else ():
            framed = tuple(place + 2 if place > 2 else place for place in VIEWS[name])
            seen |= dict(zip((f"{name}, {how}" for how in FRAMED), ((VIEWS[name], framed), (framed,) * 2), strict=True))
        by_draw.append(
            {
                name: answers(
                    features.encoder,
                    *(
                        [rows[:, views] for rows in part]
                        for part, views in zip(parts, (learned, asked, asked), strict=True)
                    ),
                )
                for name, (learned, asked) in seen.items()
            }
        )
        print(f"{data.name}, {shots} photos, draw {draw}", file=sys.stderr, flush=True)
    return Case(by_draw)


def chosen_elsewhere(cases: Mapping[str, Case], name: str) -> Rule:
    """The rule that all sets but one choose. Where others are as good there, the usual one stays."""
    others = [one for other, one in cases.items() if other != name] or list(cases.values())
    points = {rule: sum(one.points_on_others(rule) for one in others) for rule in TRIED_RULES}
    return max(TRIED_RULES, key=lambda rule: (points[rule], rule == USUAL))


def of_squares(features: Features, folder: Path, sets: Mapping[str, ImageFolder]) -> list[tuple[str, ...]]:
    """A row for each square: where the things are, and the log-loss of left-out photos less today's, first draw."""
    rows = []
    for square in (SQUARE, *TRIED_SQUARES):
        cells = [f"{inside(features, folder / SMALL, square):.0f}"] if SMALL in sets else []
        for data in sets.values():
            views = [features.all_views(photos, square) for photos in drawn(data, FEW, 0).train]
            thing, today = (
                answers(features.encoder, [rows[:, VIEWS[name]] for rows in views], [], []).held_losses(USUAL[0])
                for name in (THING, TODAY)
            )
            less = thing - today
            cells.append(f"{less.mean():+.3f} ± {less.std() / len(less) ** 0.5:.3f}")
        rows.append((f"{square[0]:g} to {square[1]:g}, grown by {square[2]:g}", *cells))
    return rows


@dataclass(frozen=True)
class Boxed:
    """A photo and where its thing is, as shares of the encoder's crop."""

    photo: Path
    box: tuple[float, float, float, float]

    def holds(self, x: float, y: float) -> bool:
        return self.box[0] <= x <= self.box[2] and self.box[1] <= y <= self.box[3]


def frames(folder: Path) -> dict[Path, Frame]:
    """The boxes of `boxes.csv` as a user's frames."""
    rows = csv.DictReader((folder / "boxes.csv").read_text(encoding="utf-8").splitlines())
    names = ("left", "top", "right", "bottom")
    return {folder / row["file"]: tuple(float(row[name]) for name in names) for row in rows}  # type: ignore[misc]


def boxed(encoder: ClipEncoder, folder: Path) -> list[Boxed]:
    """Photos with the boxes of `boxes.csv`."""
    found = []
    for row in csv.DictReader((folder / "boxes.csv").read_text(encoding="utf-8").splitlines()):
        size = int(row["width"]), int(row["height"])
        left, top, right, _ = encoder.crop_box(size)
        ends = zip(("left", "top", "right", "bottom"), size * 2, (left, top) * 2, strict=True)
        x, y, x_end, y_end = ((float(row[name]) * long - low) / (right - left) for name, long, low in ends)
        found.append(Boxed(folder / row["file"], (x, y, x_end, y_end)))
    return found


def inside(features: Features, folder: Path, square: Square = SQUARE) -> float:
    """Of photos with a box the share whose middle of the box is inside the square, in per cent."""
    hits = []
    for one in boxed(features.encoder, folder):
        found = Boxed(one.photo, tuple(features.box(PhotoRef.of(one.photo), square)))
        hits.append(found.holds((one.box[0] + one.box[2]) / 2, (one.box[1] + one.box[3]) / 2))
    return 100 * sum(hits) / len(hits)


def pointing(encoder: ClipEncoder, folder: Path, data: ImageFolder) -> tuple[Tensor, Tensor]:
    """Of test photos ``(m,)`` whether the hottest place that Explain shows is inside the box, in per cent.

    Of a model of ten photos a class that looks at the whole photo, and of one that looks at the thing.
    """
    train = drawn(data, 10, 0).train
    photos = [photo for of_class in train for photo in of_class]
    labels = [name for name, of_class in zip(data.classes, train, strict=True) for _ in of_class]
    boxes = {one.photo: one for one in boxed(encoder, folder)}
    hits = []
    for focus in ("photo", "thing"):
        classifier = SpaClassifier(writer=None, focus=focus, progress=False).fit(photos, labels)
        for photo in (photo for of_class in data.test for photo in of_class):
            heat = torch.as_tensor(classifier.explain(photo).heat)
            row, column = divmod(int(heat.argmax()), heat.shape[1])
            hits.append(boxes[photo].holds((column + 0.5) / heat.shape[1], (row + 0.5) / heat.shape[0]))
    whole, thing = 100 * torch.tensor(hits).float().view(2, -1)
    return whole, thing


def cell(points: tuple[float, float]) -> str:
    """Points and their standard error."""
    return f"{points[0]:+.1f} ± {points[1]:.1f}"


def main() -> None:
    """Encode, learn, ask and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.thing", description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?", default=Path("../shared/data"))
    parser.add_argument("--sets", nargs="*", default=SETS)
    parser.add_argument("--draws", type=int, default=DRAWS)
    parser.add_argument("--classes", type=int, default=20, help="of each set, at even steps")
    parser.add_argument("--asked", type=int, help="test photos of each class, the first ones; else all")
    arguments = parser.parse_args()
    torch.set_grad_enabled(False)
    torch.set_num_threads(1)
    features = Features(load_encoder("spa-lite"))
    sets = {name: read_image_folder(arguments.folder / name) for name in arguments.sets}
    if SMALL in sets:
        features.frames = frames(arguments.folder / SMALL)
    few = arguments.classes, arguments.asked
    cases = {name: case(features, data, FEW, arguments.draws, few) for name, data in sets.items()}
    rules = {name: chosen_elsewhere(cases, name) for name in sets}
    print(markdown(*of_sets(cases, rules)))
    small: dict[int, Case] = {}
    if SMALL in sets:
        small = {FEW: cases[SMALL]}
        for shots, draws in ((10, arguments.draws), (20, 1)):
            small[shots] = case(features, sets[SMALL], shots, draws, few)
    rows = of_demand({name: cases[name] for name in LARGE if name in sets}, small, rules)
    if SMALL in sets:
        share = f"{inside(features, arguments.folder / SMALL):.0f} %"
        rows.append((f"{SMALL}: middle of the true box inside the square", "-", share, "", "", "", "85 %"))
        whole, thing = pointing(features.encoder, arguments.folder / SMALL, sets[SMALL])
        points = cell((float((thing - whole).mean()), float((thing - whole).std() / len(whole) ** 0.5)))
        rows.append((f"{SMALL}: hottest place inside the true box", f"{whole.mean():.0f}", points, "", "", "", "+10"))
    headings = ("points against today", "today", *THINGS, *(f"{views}, by the rule" for views in THINGS), "reach")
    print("\n" + markdown(headings, rows))
    tried = {name: data for name, data in sets.items() if name not in LARGE}
    where = ("middle of the true box inside, %",) if SMALL in sets else ()
    print("\n" + markdown(("square", *where, *tried), of_squares(features, arguments.folder, tried)))


def of_sets(cases: Mapping[str, Case], rules: Mapping[str, Rule]) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """Headings, and a row for each set, the worst by the rule first."""
    rows = []
    by_rule = {name: one.points(THING, rules[name]) for name, one in cases.items()}
    for name in sorted(cases, key=lambda name: (by_rule[name][0], cases[name].points(THING)[0])):
        one, rule = cases[name], rules[name]
        draws = range(len(one.draws))
        less = [one.less(draw, USUAL[0]) for draw in draws]
        held = ", ".join(f"{part.mean():+.3f} ± {part.std() / len(part) ** 0.5:.3f}" for part in less)
        counts = [f"{sum(one.is_chosen(draw, asked) for draw in draws)} of {len(draws)}" for asked in (USUAL, rule)]
        always = [cell(one.points(views)) for views in THINGS]
        elsewhere = f"{rule[0]:.2g}; {rule[1]:g}"
        rows.append((name, f"{one.today:.1f}", *always, held, counts[0], elsewhere, counts[1], cell(by_rule[name])))
    headings = (
        f"set, {FEW} photos a class",
        "today",
        *THINGS,
        f"left-out log-loss less today's, scores times {USUAL[0]:g}, by draw",
        f"below zero by {USUAL[1]:g} errors",
        "the other sets choose: factor; errors",
        "chosen so",
        f"{THING} so",
    )
    return headings, rows


def of_demand(large: Mapping[str, Case], small: Mapping[int, Case], rules: Mapping[str, Rule]) -> list[tuple[str, ...]]:
    """Rows of what is to be reached."""
    rows = []
    for (shots, one), reach in zip(small.items(), ("+4", "+5", "+7"), strict=False):
        parts = [one.points(views) for views in THINGS]
        parts += [one.points(views, rules[SMALL]) for views in THINGS]
        rows.append((f"{SMALL}, {shots} photos", f"{one.today:.1f}", *map(cell, parts), reach))
        losses = [f"{one.loss(views):.3f}" for views in VIEWS]
        rows.append((f"{SMALL}, {shots} photos: log-loss", *losses, "", "", ""))
        for how, trial in FRAMED.items():
            parts = [one.points(f"{views}, {how}") for views in THINGS]
            reach = trial[(5, 10, 20).index(shots)]
            rows.append((f"{SMALL}, {shots} photos: {how}", "", *map(cell, parts), "", "", f"{reach} of M S SF"))
    if large:
        columns = [[one.points(views) for one in large.values()] for views in THINGS]
        columns += [[one.points(views, rules[name]) for name, one in large.items()] for views in THINGS]
        mean = [
            (sum(p for p, _ in some) / len(some), math.hypot(*(e for _, e in some)) / len(some)) for some in columns
        ]
        today = sum(one.today for one in large.values()) / len(large)
        rows.append((f"mean of {len(large)} sets of large things", f"{today:.1f}", *map(cell, mean), "+0.3"))
        rows.append(("the least of them", "", *(cell(min(some)) for some in columns), "-0.5"))
    return rows


if __name__ == "__main__":
    main()
