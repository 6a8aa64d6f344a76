"""What "none of these" keeps and refuses, on real photos: ``python -m benchmarks.unknown_photos FOLDER``.

FOLDER holds data sets in ImageFolder form. Of each set some classes are learned, from some photos each, in one task and
in several. Their test photos are known; those of the other classes of the set are unknown. Written to a page are the
share of known photos that the threshold keeps, the share of unknown ones that it refuses, and the area under the ROC
curve of several scores, over random draws of classes. Only the photo as a whole has a say, so only its Gaussians are
learned: minutes, where training each learner would take hours.

Of the constant by which held-out photos follow the classes (:data:`~spa_desktop.spa.config.ADDED_ODDS`) several values
are tried. The best is that with which the threshold after several tasks is nearest to that of the same classes learned
at once, on training photos; what is kept of a set is told with the one that is the best on the other sets.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

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
from spa_desktop.spa.config import ADDED_ODDS, SpaConfig
from spa_desktop.spa.familiarity import COOLED, as_held, held_familiarity, scale_of
from spa_desktop.spa.leave_one_out import LeaveOneOut
from spa_desktop.spa.memory import Memory

SCORES = ("probability less distance", "largest probability", "largest cosine", "energy", "Mahalanobis")
TRIED = (0.05, 0.07, 0.1, 0.15, 0.2)  # of ADDED_ODDS
DRAWS = {2: 6, 4: 4, 8: 5, 20: 1, 0: 1}  # by the number of classes; 0: all
TASKS = 4
SHOTS = (5, 10, None)
MOST = 10  # test photos of a class


@dataclass(frozen=True)
class Draw:
    """What came of one draw of classes.

    Attributes:
        name: of the set.
        classes: how many were drawn.
        photos: of each.
        at_once: share of the known photos that is kept, all classes learned in one task.
        kept: the same after several tasks, by what another class is expected to add to the odds.
        off: by the same, the threshold less that of one task; none where there was no threshold.
        refused: share of the unknown photos that is none of the classes, by the threshold of one task.
        areas: under the ROC curve, by score; not a number where no class is unknown, as `refused`.
    """

    name: str
    classes: int
    photos: str
    at_once: float
    kept: dict[float, float]
    off: dict[float, float]
    refused: float
    areas: dict[str, float]


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
    draws: list[Draw] = []
    with ConsoleJob() as job:
        for name in arguments.sets:
            classes = EncodedFolder(read_image_folder(arguments.folder / name), store, job).classes
            for count, times in DRAWS.items():
                for shots in SHOTS:
                    draws += drawn(encoder, name, classes, count, times, shots)
            arguments.out.write_text(page(draws), encoding="utf-8")
    figures.keep("unknown_photos", to_keep(draws))


def drawn(
    encoder: ClipEncoder, name: str, classes: Sequence[EncodedClass], count: int, times: int, shots: int | None
) -> Iterable[Draw]:
    """Draws of so many classes of a set."""
    random = np.random.RandomState(SEED)
    for _ in range(times):
        order = [classes[place] for place in random.permutation(len(classes))]
        mine, others = order[: count or len(order)], order[count or len(order) :]
        judge, held, beside = learned(encoder, mine, shots)
        known, unknown = (
            scored(judge, torch.cat([one.test_pooled[:MOST] for one in part])) if part else None
            for part in (mine, others)
        )
        assert known is not None, "classes were drawn"
        every = [
            held[place] if beside[place] == len(mine) else judge.held_out(place, one.train_pooled[:shots])
            for place, one in enumerate(mine)
        ]
        at_once = threshold(held_familiarity(one, len(mine)) for one in every)
        pairs = list(zip(held, beside, strict=True))
        later = {value: threshold(expected(*pair, len(mine), value) for pair in pairs) for value in TRIED}
        yield Draw(
            name,
            len(mine),
            str(shots or "all"),
            float((known[SCORES[0]] >= at_once).double().mean()),
            {value: float((known[SCORES[0]] >= one).double().mean()) for value, one in later.items()},
            {value: one - at_once for value, one in later.items() if math.isfinite(one - at_once)},
            math.nan if unknown is None else float((unknown[SCORES[0]] < at_once).double().mean()),
            {score: math.nan if unknown is None else area(known[score], unknown[score]) for score in SCORES},
        )


def expected(held: Tensor, beside: int, classes: int, value: float) -> Tensor:
    """How familiar photos that were held out beside some classes are beside others ``(h,)``, with another constant."""
    likely = held_familiarity(held, beside) + held[:, 1]
    familiarity.ADDED_ODDS = value
    found = held_familiarity(as_held(likely, held[:, 1], beside), classes)
    familiarity.ADDED_ODDS = ADDED_ODDS
    return found


def threshold(held: Iterable[Tensor]) -> float:
    """From where on a photo is known; minus infinity where nothing says so."""
    scale = scale_of(list(held))
    return -math.inf if scale is None else scale.threshold


def area(known: Tensor, unknown: Tensor) -> float:
    """Under the ROC curve."""
    return float(roc_auc_score([1] * len(known) + [0] * len(unknown), torch.cat([known, unknown]).numpy()))


def learned(
    encoder: ClipEncoder, classes: Sequence[EncodedClass], shots: int | None
) -> tuple[LeaveOneOut, list[Tensor], list[int]]:
    """What judges whole photos after several tasks; what was held out in each task, and beside how many classes."""
    config, width = SpaConfig(), encoder.width
    memory = Memory.empty(
        width,
        encoder.dim,
        config,
        rectified=not bool((classes[0].train_pooled[..., :width] < 0).any()),
        texture_width=encoder.texture_width,
        prior=encoder.prior,
    )
    held: list[Tensor] = []
    beside: list[int] = []
    for part in np.array_split(np.arange(len(classes)), min(TASKS, len(classes))):
        for place in part:
            memory.add_whole(classes[place].name, classes[place].train_pooled[:shots])
        judge = LeaveOneOut(memory, config)
        held += [judge.held_out(int(place), classes[place].train_pooled[:shots]) for place in part]
        beside += [len(memory.classes)] * len(part)
    return judge, held, beside


def scored(judge: LeaveOneOut, pooled: Tensor) -> dict[str, Tensor]:
    """Every score ``(n,)`` of photos that were not learned, larger for what is known."""
    evidence, away = judge.seen(judge.whiten(judge.features(pooled)))
    logits = 3 * COOLED * torch.stack(evidence).sum(dim=0)
    white = [one.whiten(rows) for one, rows in zip(judge.shared, judge.features(pooled), strict=True)]
    both, means = torch.cat(white, dim=-1), torch.cat([one.means for one in judge.shared], dim=-1)
    cosine = (normalize(both, dim=-1) @ normalize(means, dim=-1).T).mean(dim=1).amax(dim=1)
    found = judge.familiarity(evidence, away), logits.softmax(dim=1).amax(dim=1), cosine, logits.logsumexp(dim=1)
    return dict(zip(SCORES, (*found, -away.amin(dim=1)), strict=True))


# The page.


def page(draws: Sequence[Draw]) -> str:
    """All of it, as Markdown."""
    sets, chosen = sets_of(draws)
    parts = [
        "# Unknown photos",
        f"Written by `python -m benchmarks.unknown_photos` at commit {commit()} on {date.today().isoformat()}.",
        "Of each set some classes are learned, in one task or in four; their test photos (ten a class) are known, "
        "those of the other classes unknown. How much another class is expected to add to the odds "
        f"(`config.ADDED_ODDS`, {ADDED_ODDS:g} in the app) is what is best on the training photos of the other sets.",
        "## Known photos kept, per cent: 93 to 97 in the mean, no cell below 90",
        "A cell is a number of classes and of photos; its value is the mean over draws of classes.",
        markdown(
            (
                "set",
                "at once: mean",
                "least cell",
                "least draw",
                "several tasks: mean",
                "least cell",
                "least draw",
                "chosen",
            ),
            [
                (
                    name,
                    *(f"{100 * one:.1f}" for kept in ways(chosen[name]) for one in summary(of(draws, name), kept)),
                    f"{chosen[name]:g}",
                )
                for name in sets
            ],
        ),
        "## The threshold after several tasks, less that of one",
        "Root mean square over draws, on training photos, by `ADDED_ODDS`.",
        markdown(
            ("ADDED_ODDS", *sets),
            [(f"{value:g}", *(f"{off(of(draws, name), value):.3f}" for name in sets)) for value in TRIED],
        ),
        "## Area under the ROC curve",
        "Known classes against the others of the same set, mean over draws.",
        markdown(
            ("score", *sets, "mean"),
            [(score, *(f"{value:.3f}" for value in areas(draws, sets, score))) for score in SCORES],
        ),
        "## Cells",
        "Known photos kept, mean and least draw; unknown photos refused, all classes at once; per cent.",
        markdown(
            ("set", "classes", "photos", "at once", "several tasks", "unknown refused"), cells(draws, sets, chosen)
        ),
    ]
    return "\n\n".join(parts) + "\n"


def sets_of(draws: Sequence[Draw]) -> tuple[list[str], dict[str, float]]:
    """The sets, and the constant for each that is best on the others."""
    sets = list(dict.fromkeys(one.name for one in draws))
    return sets, {name: best([one for one in draws if one.name != name] or draws) for name in sets}


def to_keep(draws: Sequence[Draw]) -> dict[str, dict[str, float]]:
    """The lines of the table of all that is to hold."""
    sets, chosen = sets_of(draws)
    found: dict[str, dict[str, float]] = {}
    for row, way in (("kept", 0), ("kept_tasks", 1)):
        told = {name: summary(of(draws, name), ways(chosen[name])[way]) for name in sets}
        found[f"{row}_mean"] = figures.with_mean({name: 100 * mean for name, (mean, _, _) in told.items()})
        found[f"{row}_least"] = {name: 100 * least for name, (_, least, _) in told.items()}
    (*ours, mean), *others = [areas(draws, sets, score) for score in SCORES]
    best_others = [max(several) for several in zip(*others, strict=True)]
    found["auroc"] = {**dict(zip(sets, ours, strict=True)), figures.ALL: mean}
    found["auroc_lead"] = {name: own - one for name, own, one in zip(sets, ours, best_others, strict=False)}
    found["auroc_lead_mean"] = {figures.ALL: mean - best_others[-1]}
    return found


def of(draws: Sequence[Draw], name: str) -> list[Draw]:
    """Those of a set."""
    return [one for one in draws if one.name == name]


def ways(value: float) -> tuple[Callable[[Draw], float], Callable[[Draw], float]]:
    """What is kept of a draw: all classes at once, and after several tasks with a value of the constant."""
    return (lambda one: one.at_once), (lambda one: one.kept[value])


def off(draws: Sequence[Draw], value: float) -> float:
    """How far thresholds of several tasks are from those of one, with a value of the constant."""
    return float(np.sqrt(np.mean([one.off[value] ** 2 for one in draws if value in one.off])))


def best(draws: Sequence[Draw]) -> float:
    """The value that suits these sets best, each counting for as much."""
    names = {one.name for one in draws}
    return min(TRIED, key=lambda value: sum(off(of(draws, name), value) for name in names))


def by_cell(draws: Sequence[Draw]) -> dict[tuple[int, str], list[Draw]]:
    """Draws of one set by numbers of classes and photos."""
    found: dict[tuple[int, str], list[Draw]] = {}
    for one in draws:
        found.setdefault((one.classes, one.photos), []).append(one)
    return found


def summary(draws: Sequence[Draw], kept: Callable[[Draw], float]) -> tuple[float, float, float]:
    """Mean over the cells of a set, the least cell, and the least draw."""
    means = [float(np.mean([kept(one) for one in some])) for some in by_cell(draws).values()]
    return float(np.mean(means)), min(means), min(kept(one) for one in draws)


def areas(draws: Sequence[Draw], sets: Sequence[str], score: str) -> list[float]:
    """Of each set, and their mean."""
    found = [float(np.nanmean([one.areas[score] for one in of(draws, name)])) for name in sets]
    return [*found, float(np.mean(found))]


def cells(draws: Sequence[Draw], sets: Sequence[str], chosen: dict[str, float]) -> list[tuple[str, ...]]:
    """A row for each cell."""
    rows = []
    for name in sets:
        for (classes, photos), some in by_cell(of(draws, name)).items():
            told = [
                f"{100 * np.mean([kept(one) for one in some]):.1f} ({100 * min(map(kept, some)):.1f})"
                for kept in ways(chosen[name])
            ]
            refused = 100 * float(np.mean([one.refused for one in some]))
            rows.append((name, str(classes), photos, *told, "" if math.isnan(refused) else f"{refused:.1f}"))
    return rows


if __name__ == "__main__":
    main()
