"""What "none of these" keeps and refuses, on real photos: ``python -m benchmarks.unknown_photos FOLDER``.

FOLDER holds eight data sets in ImageFolder form. Of each set some classes are learned, from some photos each, in one
task and in several. Their test photos are known; strangers are those of the set's other classes, and some of each other
set. Written to a page are the share of known photos that the threshold keeps, the shares of strangers that it refuses,
and the area under the ROC curve of several scores, over random draws of classes. Only the photo as a whole has a say,
so only its Gaussians are learned: minutes, where training each learner would take hours.

Three constants are chosen on training photos, and what is told of a set is told with those that were chosen without it:
the weight of the cosine, which refuses the most where exactly 95 % of training photos that were not learned are kept;
the usual spread, with which the threshold keeps 95 % of these; and by how much held-out photos follow the classes
(:data:`~spa_desktop.spa.config.ADDED_ODDS`), with which the threshold after several tasks is nearest to that of one.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import torch
from sklearn.metrics import roc_auc_score
from torch import Tensor
from torch.nn.functional import normalize

from benchmarks.calibration import SETS
from benchmarks.speed.table import commit, markdown
from benchmarks.truth import figures
from spa_desktop.bench.bench_run import SEED
from spa_desktop.bench.encoded import EncodedClass, EncodedFolder, read_image_folder
from spa_desktop.console import ConsoleJob
from spa_desktop.encoders.backbones import load_encoder
from spa_desktop.encoders.encoder import ClipEncoder
from spa_desktop.feature_store import FeatureStore
from spa_desktop.project.feature_cache import FeatureCache
from spa_desktop.spa import familiarity
from spa_desktop.spa.config import ADDED_ODDS, COSINE_WEIGHT, KEPT_SHARE, SpaConfig
from spa_desktop.spa.familiarity import COOLED, PRIOR_SPREAD, as_held, held_familiarity, nearest_cosine, scale_of
from spa_desktop.spa.leave_one_out import LeaveOneOut
from spa_desktop.spa.memory import Memory

SCORES = (
    "the score",
    "probability less distance",
    "largest probability",
    "cosine, whitened",
    "cosine, joint space",
    "energy",
    "Mahalanobis",
)
ODDS = (0.05, 0.07, 0.1, 0.15, 0.2)  # of ADDED_ODDS
WEIGHTS = (0.0, 0.5, 1.0, 1.5, 2.0, 3.0)  # of COSINE_WEIGHT
SPREADS = (0.25, 0.28, 0.31, 0.34, 0.37, 0.4, 0.43)  # of PRIOR_SPREAD
DRAWS = {2: 5, 4: 4, 8: 3, 20: 1}  # by the number of classes
TASKS = 4
SHOTS = (5, 10)
MOST, STRANGERS = 10, 12  # test photos of a class; photos of another set
_OTHERS = 15  # classes of the same set that give strangers


@dataclass(frozen=True, eq=False)
class Draw:
    """What came of one draw of classes. Photos are their terms ``(n, 3)``: probability, distance, cosine.

    Attributes:
        name: of the set.
        classes: how many were drawn.
        photos: of each.
        at_once: held-out photos, all classes learned in one task.
        tasks: the same after several tasks, beside how many classes.
        known, same, other: test photos of these classes, of other classes of the set, of other sets.
        trained: the same three of training photos that were not learned.
        areas: under the ROC curve, of known photos against the same set, by score.
    """

    name: str
    classes: int
    photos: int
    at_once: Tensor
    tasks: list[tuple[Tensor, int]]
    known: Tensor
    same: Tensor
    other: Tensor
    trained: tuple[Tensor, ...]
    areas: dict[str, float]


@dataclass(frozen=True)
class Choice:
    """The constants."""

    weight: float = COSINE_WEIGHT
    spread: float = PRIOR_SPREAD
    odds: float = ADDED_ODDS


def main() -> None:
    """Learn, score and write."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.unknown_photos", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--sets", nargs="*", default=SETS)
    parser.add_argument("--out", type=Path, default=Path("benchmarks/unknown_photos.md"), help="the page")
    arguments = parser.parse_args()
    torch.set_grad_enabled(False)
    encoder = load_encoder("spa-lite")
    store = FeatureStore(encoder, FeatureCache())
    with ConsoleJob() as job:
        sets = {
            name: EncodedFolder(read_image_folder(arguments.folder / name), store, job).classes
            for name in arguments.sets
        }
    draws: list[Draw] = []
    for name, classes in sets.items():
        others = [part for other, part in sets.items() if other != name]
        strangers = [torch.cat([some_of(part, is_test) for part in others]) for is_test in (True, False)]
        for count, times in DRAWS.items():
            if count < len(classes):
                for shots in SHOTS:
                    draws += drawn(encoder, name, classes, count, times, shots, strangers)
        print(name, len(draws), flush=True)
    text = page(draws)
    arguments.out.write_text(text, encoding="utf-8")
    print(text)
    figures.keep("unknown_photos", to_keep(draws))


def some_of(classes: Sequence[EncodedClass], is_test: bool) -> Tensor:
    """Photos ``(n, V, W + T)`` of a set, from as many classes as there are."""
    photos = [one.test_pooled if is_test else one.train_pooled for one in classes]
    each = -(-STRANGERS // len(photos))
    rows = torch.cat([part[:each] for part in photos])
    return rows[torch.linspace(0, len(rows) - 1, STRANGERS).long()]


def drawn(
    encoder: ClipEncoder,
    name: str,
    classes: Sequence[EncodedClass],
    count: int,
    times: int,
    shots: int,
    strangers: Sequence[Tensor],
) -> Iterable[Draw]:
    """Draws of so many classes of a set."""
    random = np.random.RandomState(SEED)
    for _ in range(times):
        order = [classes[place] for place in random.permutation(len(classes))]
        mine, others = order[:count], order[count:][:_OTHERS]
        judge, means, held, beside = learned(encoder, mine, shots)
        every = [
            held[place] if beside[place] == len(mine) else judge.held_out(place, photos, encoder.image_projection)
            for place, photos in enumerate(one.train_pooled[:shots] for one in mine)
        ]
        asked = [photos_of(mine, is_test=True), photos_of(others, is_test=True), strangers[0]]
        trained = [photos_of(mine, is_test=False, first=shots), photos_of(others, is_test=False), strangers[1]]
        known, same = (scored(judge, encoder, means, photos) for photos in asked[:2])
        yield Draw(
            name,
            len(mine),
            shots,
            torch.cat(every),
            list(zip(held, beside, strict=True)),
            *(terms(judge, encoder, means, photos) for photos in asked),
            tuple(terms(judge, encoder, means, photos) for photos in trained),
            {score: float(roc_auc_score(*labelled(known[score], same[score]))) for score in SCORES},
        )


def photos_of(classes: Sequence[EncodedClass], *, is_test: bool, first: int = 0) -> Tensor:
    """Ten photos ``(n, V, W + T)`` of each class at most."""
    return torch.cat([(one.test_pooled if is_test else one.train_pooled)[first : first + MOST] for one in classes])


def terms(judge: LeaveOneOut, encoder: ClipEncoder, means: Tensor, pooled: Tensor) -> Tensor:
    """Probability, distance and cosine ``(n, 3)`` of photos ``(n, V, W + T)`` that were not learned.

    The cosine is with class means ``(C, D)`` in the joint space.
    """
    likely, distance = judge.terms(*judge.seen(judge.whiten(judge.features(pooled))))
    return torch.stack([likely, distance, nearest_cosine(encoder.project(pooled), means)], dim=-1)


def familiar(photos: Tensor, weight: float) -> Tensor:
    """How familiar photos are ``(n,)``, by their terms ``(n, 3)``."""
    return photos @ torch.tensor([1.0, -1.0, weight])


def expected(held: Tensor, beside: int, classes: int, choice: Choice) -> Tensor:
    """How familiar photos that were held out beside some classes are beside others ``(h,)``, with other constants."""
    likely = held_familiarity(held, beside, 0.0) + held[:, 1]
    familiarity.ADDED_ODDS = choice.odds
    found = held_familiarity(as_held(likely, held[:, 1], held[:, 2], beside), classes, choice.weight)
    familiarity.ADDED_ODDS = ADDED_ODDS
    return found


def threshold(held: Iterable[Tensor], spread: float) -> float:
    """From where on a photo is known; minus infinity where nothing says so."""
    familiarity.PRIOR_SPREAD = spread
    scale = scale_of(list(held))
    familiarity.PRIOR_SPREAD = PRIOR_SPREAD
    return -math.inf if scale is None else scale.threshold


@cache
def at_once(draw: Draw, choice: Choice) -> float:
    """The threshold, all classes learned in one task."""
    held = expected(draw.at_once, draw.classes, draw.classes, choice)
    return threshold(held.tensor_split(2), choice.spread)


@cache
def after_tasks(draw: Draw, choice: Choice) -> float:
    """The threshold, classes learned in several tasks."""
    return threshold((expected(*pair, draw.classes, choice) for pair in draw.tasks), choice.spread)


def share(photos: Tensor, weight: float, least: float) -> float:
    """Of photos that are at least so familiar."""
    return float((familiar(photos, weight) >= least).double().mean())


def labelled(known: Tensor, unknown: Tensor) -> tuple[list[int], Tensor]:
    """What scikit-learn asks of an area."""
    return [1] * len(known) + [0] * len(unknown), torch.cat([known, unknown])


def learned(
    encoder: ClipEncoder, classes: Sequence[EncodedClass], shots: int
) -> tuple[LeaveOneOut, Tensor, list[Tensor], list[int]]:
    """What judges whole photos after several tasks, and class means ``(C, D)`` in the joint space.

    Then what was held out in each task, and beside how many classes.
    """
    config = SpaConfig()
    memory = Memory.for_photos([classes[0].train_pooled], encoder.image_projection, config, encoder.prior)
    held: list[Tensor] = []
    beside: list[int] = []
    for part in np.array_split(np.arange(len(classes)), min(TASKS, len(classes))):
        for place in part:
            memory.add_whole(classes[place].name, classes[place].train_pooled[:shots])
        judge = LeaveOneOut(memory, config)
        projection = encoder.image_projection
        held += [judge.held_out(int(place), classes[place].train_pooled[:shots], projection) for place in part]
        beside += [len(memory.classes)] * len(part)
    return judge, memory.joint(memory.globals.means, encoder.image_projection), held, beside


def scored(judge: LeaveOneOut, encoder: ClipEncoder, means: Tensor, pooled: Tensor) -> dict[str, Tensor]:
    """Every score ``(n,)`` of photos that were not learned, larger for what is known."""
    evidence, away = judge.seen(judge.whiten(judge.features(pooled)))
    logits = 3 * COOLED * torch.stack(evidence).sum(dim=0)
    white = [one.whiten(rows) for one, rows in zip(judge.shared, judge.features(pooled), strict=True)]
    both, centres = torch.cat(white, dim=-1), torch.cat([one.means for one in judge.shared], dim=-1)
    whitened = (normalize(both, dim=-1) @ normalize(centres, dim=-1).T).mean(dim=1).amax(dim=1)
    photos = terms(judge, encoder, means, pooled)
    found = familiar(photos, COSINE_WEIGHT), familiar(photos, 0.0), logits.softmax(dim=1).amax(dim=1), whitened
    return dict(zip(SCORES, (*found, photos[:, 2], logits.logsumexp(dim=1), -away.amin(dim=1)), strict=True))


# What is chosen, and what comes of it: shares of a draw's photos.


def told_apart(draw: Draw, weight: float) -> float:
    """Strangers refused where exactly 95 % are kept: mean of the same set and others, training photos."""
    known, *strangers = draw.trained
    least = float(torch.quantile(familiar(known, weight), 1 - KEPT_SHARE))
    return float(np.mean([1 - share(photos, weight, least) for photos in strangers]))


def kept_trained(draw: Draw, choice: Choice) -> float:
    """Training photos that were not learned that the threshold keeps."""
    return share(draw.trained[0], choice.weight, at_once(draw, choice))


def moved(draw: Draw, choice: Choice) -> float:
    """The threshold after several tasks less that of one, squared."""
    off = after_tasks(draw, choice) - at_once(draw, choice)
    return off**2 if math.isfinite(off) else 0.0


WAYS: dict[str, Callable[[Draw, Choice], float]] = {
    "kept": lambda draw, choice: share(draw.known, choice.weight, at_once(draw, choice)),
    "kept_tasks": lambda draw, choice: share(draw.known, choice.weight, after_tasks(draw, choice)),
    "other_refused": lambda draw, choice: 1 - share(draw.other, choice.weight, at_once(draw, choice)),
    "same_refused": lambda draw, choice: 1 - share(draw.same, choice.weight, at_once(draw, choice)),
}


def choose(draws: Sequence[Draw]) -> Choice:
    """The constants that suit these sets best, each set counting for as much."""
    weight = max(WEIGHTS, key=lambda value: over_sets(draws, told_apart, value))
    spreads = [Choice(weight, value) for value in SPREADS]
    best = min(spreads, key=lambda choice: abs(over_sets(draws, kept_trained, choice) - KEPT_SHARE))
    return min((replace(best, odds=value) for value in ODDS), key=lambda choice: over_sets(draws, moved, choice))


def over_sets(draws: Sequence[Draw], value: Callable[[Draw, Any], float], constant: Any) -> float:
    """Mean over sets of the mean over cells."""
    sets = dict.fromkeys(draw.name for draw in draws)
    means = [by_cell([draw for draw in draws if draw.name == name], value, constant).values() for name in sets]
    return float(np.mean([np.mean(list(some)) for some in means]))


def by_cell(draws: Iterable[Draw], value: Callable[[Draw, Any], float], constant: Any) -> dict[tuple[int, int], float]:
    """Mean over draws by numbers of classes and photos."""
    found: dict[tuple[int, int], list[float]] = {}
    for draw in draws:
        found.setdefault((draw.classes, draw.photos), []).append(value(draw, constant))
    return {cell: float(np.mean(numbers)) for cell, numbers in found.items()}


# The page.


@dataclass(frozen=True)
class Told:
    """A set with the constants that the others chose, and for each of :data:`WAYS` its cells."""

    name: str
    draws: list[Draw]
    choice: Choice
    cells: dict[str, dict[tuple[int, int], float]]

    @classmethod
    def of(cls, name: str, draws: Sequence[Draw], choice: Choice | None = None) -> Told:
        """A set among all draws."""
        choice = choice or choose([draw for draw in draws if draw.name != name] or draws)
        mine = [draw for draw in draws if draw.name == name]
        return cls(name, mine, choice, {way: by_cell(mine, value, choice) for way, value in WAYS.items()})

    def mean(self, way: str, classes: int = 0) -> float:
        """Per cent, over all cells or those of so many classes; not a number where there is none."""
        values = [value for (count, _), value in self.cells[way].items() if classes in (0, count)]
        return 100 * float(np.mean(values)) if values else math.nan

    def least(self, way: str) -> float:
        """The least cell in per cent."""
        return 100 * min(self.cells[way].values())

    def row(self) -> list[float]:
        """Known photos kept, mean and least cell, at once and in tasks; strangers refused, all and of few classes."""
        kept = [value(way) for way in ("kept", "kept_tasks") for value in (self.mean, self.least)]
        refused = [self.mean(way) for way in ("other_refused", "same_refused")]
        return [*kept, *refused, *(self.mean("other_refused", classes) for classes in (2, 4))]


def page(draws: Sequence[Draw]) -> str:
    """All of it, as Markdown."""
    sets = [Told.of(name, draws) for name in dict.fromkeys(draw.name for draw in draws)]
    rows = [one.row() for one in sets]
    order = sorted(range(len(sets)), key=lambda place: rows[place][4])
    chosen, names = [words_of(one.choice) for one in sets], [one.name for one in sets]
    as_in_app = [Told.of(name, draws, Choice()).row() for name in names]
    parts = [
        "# Unknown photos",
        f"Written by `python -m benchmarks.unknown_photos` at commit {commit()} on {date.today().isoformat()}.",
        "Of each set some classes are learned, in one task or in four; their test photos (ten a class) are known. "
        f"Strangers are test photos of the set's other classes, and {STRANGERS} of each other set. What is chosen, the "
        "cosine's weight, the usual spread and `ADDED_ODDS`, is what is best on the training photos of the seven other "
        "sets. Figures are per cent.",
        "## Each set, the worst first",
        "A cell is a number of classes and of photos; its value is the mean over draws of classes.",
        markdown(
            (
                *("set left out", "known kept", "least cell", "several tasks", "least cell"),
                *("other sets refused", "same set refused", "other sets, 2 classes", "other sets, 4 classes", "chosen"),
            ),
            [
                *((names[place], *map(figure, rows[place]), chosen[place]) for place in order),
                ("mean", *map(figure, np.nanmean(rows, axis=0)), ""),
                ("mean, as in the app", *map(figure, np.nanmean(as_in_app, axis=0)), words_of(Choice())),
            ],
        ),
        "## By number of classes",
        markdown(
            ("classes", *WAYS, "worst set", "same set", "worst set", "other sets"),
            [by_count(sets, count) for count in sorted({draw.classes for draw in draws})],
        ),
        "## The cosine's weight",
        "Strangers of the same set and of others refused where exactly 95 % of training photos that were not learned "
        "are kept, mean of both.",
        tried(sets, "weight", WEIGHTS, lambda value: (told_apart, value)),
        "## The usual spread",
        "Training photos that were not learned, kept.",
        tried(sets, "spread", SPREADS, lambda value: (kept_trained, Choice(spread=value))),
        "## The threshold after several tasks, less that of one",
        "Mean square over draws, hundredths, by `ADDED_ODDS`.",
        tried(sets, "ADDED_ODDS", ODDS, lambda value: (moved, Choice(odds=value))),
        "## Area under the ROC curve",
        "Known classes against the others of the same set, mean over draws.",
        markdown(
            ("score", *names, "mean"),
            [(score, *(f"{value:.3f}" for value in areas(sets, score))) for score in SCORES],
        ),
        "## Cells",
        markdown(
            ("set", "classes", "photos", *WAYS),
            [
                (one.name, *map(str, cell), *(figure(100 * values[cell]) for values in one.cells.values()))
                for one in sets
                for cell in one.cells["kept"]
            ],
        ),
    ]
    return "\n\n".join(parts) + "\n"


def words_of(choice: Choice) -> str:
    """Its numbers."""
    return f"{choice.weight:g}, {choice.spread:g}, {choice.odds:g}"


def figure(value: float) -> str:
    """Of per cent, with one digit; nothing where there is none."""
    return "" if math.isnan(value) else f"{value:.1f}"


def by_count(sets: Sequence[Told], count: int) -> tuple[str, ...]:
    """Means over the sets with so many classes, and the worst of them."""
    some = [one for one in sets if not math.isnan(one.mean("kept", count))]
    cells: list[str] = []
    for way in ("same_refused", "other_refused"):
        worst = min(some, key=lambda one, way=way: one.mean(way, count))
        cells += [worst.name, figure(worst.mean(way, count))]
    return (str(count), *(figure(float(np.mean([one.mean(way, count) for one in some]))) for way in WAYS), *cells)


def tried(sets: Sequence[Told], what: str, values: Sequence[float], of: Callable[[float], tuple[Any, Any]]) -> str:
    """What comes of values of a constant, on each set."""
    rows = [(f"{value:g}", *(figure(100 * over_sets(one.draws, *of(value))) for one in sets)) for value in values]
    return markdown((what, *(one.name for one in sets)), rows)


def to_keep(draws: Sequence[Draw]) -> dict[str, dict[str, float]]:
    """The lines of the table of all that is to hold."""
    sets = [Told.of(name, draws) for name in dict.fromkeys(draw.name for draw in draws)]
    found = {f"{way}_mean": figures.with_mean({one.name: one.mean(way) for one in sets}) for way in WAYS}
    found |= {f"{way}_least": {one.name: one.least(way) for one in sets} for way in ("kept", "kept_tasks")}
    for classes in (2, 4):
        found[f"other_refused_{classes}"] = {one.name: one.mean("other_refused", classes) for one in sets}
    (*ours, mean), _, *others = [areas(sets, score) for score in SCORES]
    best_others = [max(several) for several in zip(*others, strict=True)]
    names = [one.name for one in sets]
    found["auroc"] = {**dict(zip(names, ours, strict=True)), figures.ALL: mean}
    found["auroc_lead"] = {name: own - one for name, own, one in zip(names, ours, best_others, strict=False)}
    found["auroc_lead_mean"] = {figures.ALL: mean - best_others[-1]}
    return found


def areas(sets: Sequence[Told], score: str) -> list[float]:
    """Of each set, and their mean."""
    found = [float(np.mean([draw.areas[score] for draw in one.draws])) for one in sets]
    return [*found, float(np.mean(found))]


if __name__ == "__main__":
    main()
