"""Looking at the thing instead of the scene: ``python -m benchmarks.thing FOLDER``.

FOLDER holds eight data sets, each in ImageFolder form; `small7/boxes.csv` says where its things are. A few photos of
each class are learned and test photos are asked, by the photo as a whole alone: with the three views of today, and with
those of the thing, which is the square of the photo where the patches of the first view are longest. Draws are of
training photos, the same for all views. Standard errors are of photos, paired, in the mean over draws.

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
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import torch
from safetensors.torch import load, save
from torch import Tensor
from torch.nn.functional import avg_pool2d

from benchmarks.few_photos import drawn
from benchmarks.speed.table import markdown
from spa_desktop.bench.encoded import ImageFolder, read_image_folder
from spa_desktop.encoders.backbones import load_encoder
from spa_desktop.encoders.encoder import ClipEncoder
from spa_desktop.feature_store import FeatureStore, PhotoRef
from spa_desktop.photos.opening import read_photo
from spa_desktop.project.feature_cache import FeatureCache
from spa_desktop.spa.config import SpaConfig
from spa_desktop.spa.leave_one_out import LeaveOneOut
from spa_desktop.spa.memory import DEFAULT_WEIGHTS, Memory

SMALL, LARGE = "small7", ("caltech40", "grocery40", "ucmerced21", "flowers51", "birds50")
SETS, DRAWS, FEW = (SMALL, *LARGE, "clothing", "hand_digits"), 3, 5
TODAY, THING = "C F M", "C M S SF"
# Of the photo, mirrored, its middle, the square, and that mirrored: the places of the views.
VIEWS = {TODAY: (0, 1, 2), THING: (0, 2, 3, 4), "M S SF": (2, 3, 4)}
THINGS = tuple(VIEWS)[1:]
ERRORS, TRIED_ERRORS = 1.5, (0.0, 0.5, 1.0, 1.5, 2.0, 3.0)  # of the rule; what is tried in its place


@dataclass(frozen=True)
class Square:
    """Sides of the square, as shares of the middle of the photo, and what it grows by afterwards."""

    least: float = 0.35
    most: float = 0.75
    grown: float = 1.35

    def __str__(self) -> str:
        return f"{self.least:g} to {self.most:g}, {self.grown:g}"

    def find(self, lengths: Tensor, grid: tuple[int, int]) -> list[float]:
        """Left, top, right and bottom, as shares of the square that the grid covers, by lengths of patches ``(N,)``."""
        lengths = (lengths - lengths.mean()).view(1, 1, *grid)
        sides, squares = self._squares(grid)
        sums = torch.cat([side * avg_pool2d(lengths, side, stride=1).flatten() for side in sides])
        return squares[int(sums.argmax())]

    def _squares(self, grid: tuple[int, int]) -> tuple[tuple[int, ...], list[list[float]]]:
        height, width = grid
        short = min(grid)
        sides = tuple(range(math.ceil(self.least * short), max(math.floor(self.most * short), 1) + 1))
        boxes = []
        for side in sides:
            grown = min(side * self.grown, short)
            for top in range(height - side + 1):
                for left in range(width - side + 1):
                    x, y = (
                        min(max(low + (side - grown) / 2, 0), most - grown)
                        for low, most in ((left, width), (top, height))
                    )
                    boxes.append([x / width, y / height, (x + grown) / width, (y + grown) / height])
        return sides, boxes


USUAL = Square()
TRIED_SQUARES = (USUAL, Square(grown=1.15), Square(grown=1.6), Square(0.25, 0.6), Square(0.45, 0.9))


class Features:
    """Pooled features of photos: three views from the app's cache, two of the square beside it."""

    def __init__(self, encoder: ClipEncoder) -> None:
        self.encoder, self._cache = encoder, FeatureCache()
        self._store = FeatureStore(encoder, self._cache)

    def all_views(self, photos: Sequence[Path], square: Square = USUAL) -> Tensor:
        """``(n, 5, W + T)``: the photo, mirrored, its middle, the square, and that mirrored."""
        if not photos:
            return torch.zeros(0, 5, self.encoder.pooled_width)
        refs = [PhotoRef.of(path) for path in photos]
        self._store.ensure(refs)
        squares = torch.stack([self._of_square(photo, square) for photo in refs])
        return torch.cat([self._store.pooled(refs, keep=False), squares], dim=1)

    def box(self, photo: PhotoRef, square: Square) -> list[float]:
        """Where the square is."""
        key = f"{self.encoder.fingerprint} lengths"
        blob = self._cache.get(key, photo.sha256)
        if blob is None:
            image = read_photo(photo.path, at_least=2 * self.encoder.input_size).image
            patches = self.encoder.encode_images(self.encoder.preprocess(image)[None]).patches
            blob = save({"lengths": patches[0].norm(dim=-1)})
            self._cache.put(key, photo.sha256, blob)
        return square.find(load(blob)["lengths"], self.encoder.grid)

    def _of_square(self, photo: PhotoRef, square: Square) -> Tensor:
        key = f"{self.encoder.fingerprint} square {square.least:g} {square.most:g} {square.grown:g}"
        blob = self._cache.get(key, photo.sha256)
        if blob is None:
            box = self.box(photo, square)
            image = read_photo(photo.path, at_least=2 * self.encoder.input_size).image
            left, top, right, _ = self.encoder.crop_box(image.size)
            corners = (left, top, left, top)
            view = self.encoder.preprocess(
                image.crop(tuple(round(at + share * (right - left)) for at, share in zip(corners, box, strict=True)))
            )
            blob = save({"pooled": self.encoder.encode_images(torch.stack([view, view.flip(2)])).pooled})
            self._cache.put(key, photo.sha256, blob)
        return load(blob)["pooled"]


@dataclass(frozen=True)
class Answers:
    """What some views say of the photos of a draw."""

    held: Tensor  # ``(n,)`` log-loss of the training photos, each left out
    others: Tensor  # ``(o,)`` bool, of the training photos that were not drawn: are they right?
    tests: Tensor  # ``(m,)`` bool, of the test photos
    losses: Tensor  # ``(m,)`` log-loss of these


def answers(
    encoder: ClipEncoder, train: Sequence[Tensor], others: Sequence[Tensor], tests: Sequence[Tensor]
) -> Answers:
    """Learn photos ``(n, V, W + T)`` by class, and ask the others."""
    config = SpaConfig()
    is_rectified = not any(bool((photos[..., : encoder.width] < 0).any()) for photos in train)
    memory = Memory.empty(
        encoder.width,
        encoder.dim,
        config,
        rectified=is_rectified,
        texture_width=encoder.texture_width,
        prior=encoder.prior,
    )
    for place, photos in enumerate(train):
        memory.add_whole(str(place), photos)
    judge, held = LeaveOneOut(memory, config), []
    for place, photos in enumerate(train):
        scores = judge.scores(str(place), photos)
        assert scores is not None, "each class has several photos"
        held.append(-scores.log_softmax(dim=1)[:, place])

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
    return Answers(torch.cat(held), of_others[1] > 0, of_tests[1] > 0, of_tests[0])


@dataclass(frozen=True)
class Case:
    """A set with so many photos of each class, in some draws."""

    draws: Sequence[Mapping[str, Answers]]  # by views
    squares: Mapping[Square, Answers]  # those of the thing with other squares, of the first draw

    def ratio(self, views: str, draw: int = 0, square: Square = USUAL) -> tuple[float, float]:
        """What is gained in left-out log-loss (below zero where something is), and its standard error."""
        thing = self.draws[draw][views] if square == USUAL else self.squares[square]
        less = thing.held - self.draws[draw][TODAY].held
        return float(less.mean()), float(less.std() / len(less) ** 0.5)

    def is_chosen(self, views: str, draw: int, errors: float, square: Square = USUAL) -> bool:
        mean, error = self.ratio(views, draw, square)
        return mean + errors * error < 0

    def points(self, views: str, errors: float | None = None, of: str = "tests") -> tuple[float, float]:
        """Accuracy against today's views and its standard error; with `errors` where the rule chooses the thing."""
        parts = []
        for draw, by_views in enumerate(self.draws):
            is_thing = errors is None or self.is_chosen(views, draw, errors)
            right = getattr(by_views[views if is_thing else TODAY], of).float()
            parts.append(100 * (right - getattr(by_views[TODAY], of).float()))
        if of != "tests":  # other photos in each draw
            return float(torch.stack([part.mean() for part in parts]).mean()), math.nan
        less = torch.stack(parts).mean(dim=0)
        return float(less.mean()), float(less.std() / len(less) ** 0.5)

    @cached_property
    def today(self) -> float:
        """Accuracy on test photos."""
        return 100 * float(torch.stack([by_views[TODAY].tests.float() for by_views in self.draws]).mean())

    def loss(self, views: str) -> float:
        """Log-loss of test photos."""
        return float(torch.stack([by_views[views].losses for by_views in self.draws]).mean())


def case(
    features: Features,
    data: ImageFolder,
    shots: int,
    draws: int,
    asked: int | None,
    square: Square = USUAL,
    tried: Sequence[Square] = (),
) -> Case:
    """Learn and ask one set; squares are tried in the first draw."""
    tests = [features.all_views(photos[:asked], square) for photos in data.test]
    chosen = [drawn(data, shots, draw).train for draw in range(draws)]
    by_draw, squares = [], {}
    for draw, train in enumerate(chosen):
        pooled = [features.all_views(photos, square) for photos in train]
        # Those of other draws are encoded anyway.
        rest = [
            dict.fromkeys(photo for other in chosen for photo in other[place] if photo not in photos)
            for place, photos in enumerate(train)
        ]
        others = [features.all_views(list(photos), square) for photos in rest]
        by_draw.append(
            {
                name: answers(
                    features.encoder, *([rows[:, places] for rows in part] for part in (pooled, others, tests))
                )
                for name, places in VIEWS.items()
            }
        )
        for other in tried if not draw else ():
            views = [features.all_views(photos, other)[:, VIEWS[THING]] for photos in train]
            squares[other] = answers(features.encoder, views, [], [])
        print(f"{data.name}, {shots} photos, draw {draw}", file=sys.stderr, flush=True)
    return Case(by_draw, squares)


def chosen_elsewhere(cases: Mapping[str, Case], name: str) -> tuple[Square, float]:
    """The square, and how many standard errors the rule asks for, that all sets but one choose."""
    others = [one for other, one in cases.items() if other != name] or list(cases.values())

    def gained(square: Square) -> float:
        return -sum(one.ratio(THING, 0, square)[0] for one in others if one.is_chosen(THING, 0, ERRORS, square))

    def right(errors: float) -> float:
        return sum(one.points(THING, errors, "others")[0] for one in others)

    # Where others are as good, the usual ones stay.
    square = max((USUAL, *others[0].squares), key=lambda one: (gained(one), one == USUAL))
    return square, max(TRIED_ERRORS, key=lambda one: (right(one), one == ERRORS))


def inside(features: Features, folder: Path) -> float:
    """Of photos with a box in `boxes.csv` the share whose middle of the box is inside the square, in per cent."""
    hits = []
    for row in csv.DictReader((folder / "boxes.csv").read_text(encoding="utf-8").splitlines()):
        size = int(row["width"]), int(row["height"])
        crop = features.encoder.crop_box(size)
        box = features.box(PhotoRef.of(folder / row["file"]), USUAL)
        middle = [size[0] * (float(row["left"]) + float(row["right"])) / 2]
        middle.append(size[1] * (float(row["top"]) + float(row["bottom"])) / 2)
        x, y = ((at - low) / (crop[2] - crop[0]) for at, low in zip(middle, crop, strict=False))
        hits.append(box[0] <= x <= box[2] and box[1] <= y <= box[3])
    return 100 * sum(hits) / len(hits)


def cell(points: tuple[float, float]) -> str:
    """Points and their standard error."""
    return f"{points[0]:+.1f} ± {points[1]:.1f}"


def main() -> None:
    """Encode, learn, ask and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.thing", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--sets", nargs="*", default=SETS)
    parser.add_argument("--draws", type=int, default=DRAWS)
    parser.add_argument("--asked", type=int, help="test photos of each class, the first ones; else all")
    arguments = parser.parse_args()
    torch.set_grad_enabled(False)
    torch.set_num_threads(1)
    features = Features(load_encoder("spa-lite"))
    sets = {name: read_image_folder(arguments.folder / name) for name in arguments.sets}
    how = arguments.draws, arguments.asked
    cases = {name: case(features, data, FEW, *how, tried=TRIED_SQUARES[1:]) for name, data in sets.items()}
    choices = {name: chosen_elsewhere(cases, name) for name in sets}
    judged = {
        name: cases[name] if square == USUAL else case(features, sets[name], FEW, *how, square)
        for name, (square, _) in choices.items()
    }
    print(markdown(*of_sets(cases, judged, choices)))
    print()
    small: dict[int, Case] = {}
    if SMALL in sets:
        small = {FEW: judged[SMALL]}
        for shots, draws in ((10, arguments.draws), (20, 1)):
            small[shots] = case(features, sets[SMALL], shots, draws, arguments.asked, choices[SMALL][0])
    rows = of_demand({name: judged[name] for name in LARGE if name in sets}, small, choices)
    if SMALL in sets:
        share = f"{inside(features, arguments.folder / SMALL):.0f} %"
        rows.append((f"{SMALL}: middle of the true box inside the square", "-", *[share] * 4, "85 %"))
    print(
        markdown(("points against today", "today", *THINGS, *(f"{one}, by the rule" for one in THINGS), "reach"), rows)
    )


def of_sets(
    cases: Mapping[str, Case], judged: Mapping[str, Case], choices: Mapping[str, tuple[Square, float]]
) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """Headings, and a row for each set, the worst by the rule first."""

    def by_rule(name: str) -> tuple[float, float]:
        return judged[name].points(THING, choices[name][1])

    rows = []
    for name in sorted(cases, key=lambda name: (by_rule(name)[0], cases[name].points(THING)[0])):
        one, (square, errors) = cases[name], choices[name]
        draws = range(len(one.draws))
        held = ", ".join("{:+.3f} ± {:.3f}".format(*one.ratio(THING, draw)) for draw in draws)
        often = [
            f"{sum(chosen.is_chosen(THING, draw, least) for draw in draws)} of {len(draws)}"
            for chosen, least in ((one, ERRORS), (judged[name], errors))
        ]
        always = [cell(one.points(views)) for views in THINGS]
        rows.append(
            (name, f"{one.today:.1f}", *always, held, often[0], f"{square}; {errors:g}", often[1], cell(by_rule(name)))
        )
    headings = (
        f"set, {FEW} photos a class",
        "today",
        *THINGS,
        "left-out log-loss less today's, by draw",
        f"chosen by {ERRORS:g} errors",
        "the other sets choose: square; errors",
        "chosen so",
        f"{THING} so",
    )
    return headings, rows


def of_demand(
    large: Mapping[str, Case], small: Mapping[int, Case], choices: Mapping[str, tuple[Square, float]]
) -> list[tuple[str, ...]]:
    """Rows of what is to be reached."""
    rows = []
    for (shots, one), reach in zip(small.items(), ("+4", "+5", "+7"), strict=False):
        parts = [one.points(views) for views in THINGS]
        parts += [one.points(views, choices[SMALL][1]) for views in THINGS]
        rows.append((f"{SMALL}, {shots} photos", f"{one.today:.1f}", *map(cell, parts), reach))
        losses = [f"{one.loss(views):.3f}" for views in VIEWS]
        rows.append((f"{SMALL}, {shots} photos: log-loss", *losses, "", "", ""))
    if large:
        columns = [[one.points(views) for one in large.values()] for views in THINGS]
        columns += [[one.points(views, choices[name][1]) for name, one in large.items()] for views in THINGS]
        mean = [
            (sum(p for p, _ in some) / len(some), math.hypot(*(e for _, e in some)) / len(some)) for some in columns
        ]
        today = sum(one.today for one in large.values()) / len(large)
        rows.append((f"mean of {len(large)} sets of large things", f"{today:.1f}", *map(cell, mean), "+0.3"))
        rows.append(("the least of them", "", *(cell(min(some)) for some in columns), "-0.5"))
    return rows


if __name__ == "__main__":
    main()
