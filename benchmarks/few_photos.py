"""Few photos a class, on real photos: ``python -m benchmarks.few_photos FOLDER``.

FOLDER holds eight data sets, each in ImageFolder form. SPA, its ablations and the baselines that need no gradient learn
photos that are drawn, the same for every method and fewer of them the first of more; of all photos there is one draw.
Printed are, worst first, what SPA has over the best closed form on its own features, accuracies, what is lost without
each part of the method, and the same for classes that are not among ImageNet's thousand, on which the image tower was
trained. Every finished result is kept in `--out`: a run goes on where an earlier one was stopped, `--minutes` ends it
in time, and what is missing is said.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from math import inf
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from benchmarks.calibration import SETS, drawn, task_data
from benchmarks.speed.table import markdown
from benchmarks.truth.kinds import Case, cases
from spa_desktop import __version__
from spa_desktop.bench.bench_run import SEED, ResultStore, photos_digest
from spa_desktop.bench.encoded import EncodedFolder, class_order, read_image_folder
from spa_desktop.bench.methods import ABLATIONS, METHODS
from spa_desktop.bench.result_table import REFERENCE
from spa_desktop.descriptions.wordnet import ancestors, photographed_nouns, senses
from spa_desktop.encoders.backbones import load_encoder
from spa_desktop.feature_store import FeatureStore
from spa_desktop.jobs import Job
from spa_desktop.learning import readable_name
from spa_desktop.project.feature_cache import FeatureCache

# On SPA's features.
CLOSED = ("ncm", "slda+", "lda-prior", "gda+", "hycal+", "klda+", "ranpac+", "ranpac+2", "ranpac+5")
ALL = 0  # photos
Right = NDArray[np.bool_]
# By set, photos a class and method: for each draw, which test photos were answered rightly.
Found = dict[tuple[str, int, str], dict[int, Right]]


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.few_photos", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--draws", type=int, default=10, help="of photos and class orders")
    parser.add_argument("--tasks", type=int, default=1)
    parser.add_argument("--shots", type=int, nargs="*", default=[1, 2, 4, 8, 16, ALL], help="0 means all photos")
    parser.add_argument("--sets", nargs="*", default=SETS)
    parser.add_argument("--methods", nargs="*", default=["zero-shot", *CLOSED, *ABLATIONS, "spa-waffle"])
    parser.add_argument("--minutes", type=float, default=inf, help="after which nothing more is learned")
    parser.add_argument("--out", type=Path, default=Path("build/bench/few_photos"), help="for finished results")
    arguments = parser.parse_args()
    torch.set_grad_enabled(False)
    store, end = FeatureStore(load_encoder("spa-lite"), FeatureCache()), time.monotonic() + 60 * arguments.minutes
    sets = {name: EncodedFolder(read_image_folder(arguments.folder / name), store, Job()) for name in arguments.sets}
    found: Found = {}
    missing: dict[str, int] = {}
    results = ResultStore(arguments.out)
    shared = {"encoder": store.encoder.fingerprint, "tasks": arguments.tasks, "version": __version__}
    digests = {name: photos_digest(data) for name, data in sets.items()}
    for draw, shots, name, method in product(range(arguments.draws), arguments.shots, sets, arguments.methods):
        if draw and shots == ALL:
            continue
        key = {**shared, "photos": digests[name], "method": method, "settings": METHODS[method].settings}
        key |= {"shots": shots, "draw": draw}
        result = results.get(key)
        if result is None and time.monotonic() < end:
            right = learned(method, sets[name], store, shots=shots, draw=draw, tasks=arguments.tasks)
            result = {"right": "".join("01"[int(is_right)] for is_right in right)}
            results.put(key, result)
            print(f"draw {draw}, {shots or 'all'} of {name}: {method} {100 * right.mean():.1f}", file=sys.stderr)
        if result is None:
            missing[method] = missing.get(method, 0) + 1
        else:
            found.setdefault((name, shots, method), {})[draw] = np.array(list(result["right"])) == "1"
    known = {(case.data, case.name): case for case in cases(arguments.folder)}
    new = {
        name: is_new(data, {of: case for (own, of), case in known.items() if own == name})
        for name, data in sets.items()
    }
    print("\n".join(tables(found, arguments, new)))
    if missing:
        print(f"Missing: {', '.join(f'{method} {count}' for method, count in missing.items())}")


def learned(method: str, data: EncodedFolder, store: FeatureStore, *, shots: int, draw: int, tasks: int) -> Right:
    """Which test photos, class by class, a method answers rightly that has learned so many photos of each class."""
    torch.manual_seed(SEED + draw)
    order = class_order(SEED + draw, len(data.classes))
    learner = METHODS[method].make(SEED + draw)
    for some in np.array_split(order, tasks):
        classes = [data.classes[place] for place in some]
        photos = [drawn(part, draw)[: shots or None] for part in classes]
        learner.learn(task_data(store, store.encoder, photos, tuple(part.name for part in classes)))
    asked, truth = data.test(range(len(order)))
    is_right: Right = (torch.tensor(order)[learner.predict(asked).argmax(dim=1)] == truth).numpy()
    return is_right


def is_new(data: EncodedFolder, known: Mapping[str, Case]) -> Right:
    """Which test photos are of classes that are not among ImageNet's thousand, nor a kind of one, nor above one.

    By the senses of a name that were looked up, `known`, else by all of them.
    """
    thousand = set(photographed_nouns())
    are_new = []
    for part in data.classes:
        of_name = tuple(sense.synset for sense in senses(readable_name(part.name)))
        case = known.get(part.name, Case("", part.name, (), of_name))
        are_new.append(not case.own_nouns and not any(thousand & set(ancestors(synset)) for synset in case.right))
    return np.repeat(are_new, [len(part.test) for part in data.classes])


# Tables. A cell is a mean over draws, with its standard error: of draws where there are several, else of test photos.


def tables(found: Found, arguments: argparse.Namespace, new: Mapping[str, Right]) -> Iterator[str]:
    """All of them, as lines."""
    sets, methods = list(arguments.sets), list(arguments.methods)
    shown = {shots: str(shots or "all") for shots in arguments.shots}
    every = {name: np.ones_like(mask) for name, mask in new.items()}
    closed = [method for method in methods if method in CLOSED]
    for title, mask in (("`spa` less the best closed form", every), ("the same without ImageNet's classes", new)):
        rows = [(name, *(_lead(found, (name,), shots, closed, mask) for shots in shown)) for name in sets]
        rows.sort(key=lambda row: min((float(cell.split()[0]) for cell in row[1:] if cell), default=inf))
        mean = ("mean", *(_lead(found, sets, shots, closed, mask) for shots in shown))
        yield "\n" + markdown((title, *shown.values()), [*rows, mean])
    parts = [method for method in methods if method != REFERENCE]
    rows = [(f"less {one}", *(_lead(found, sets, shots, [one], every) for shots in shown)) for one in parts]
    yield "\n" + markdown(("`spa`, mean of sets", *shown.values()), rows)
    for shots, title in shown.items():
        rows = [(one, *(_mean(found.get((name, shots, one), {})) for name in sets)) for one in methods]
        yield "\n" + markdown((f"{title} photo{'s' * (shots != 1)} a class", *sets), rows)
    counts = {shots: {len(found.get((name, shots, REFERENCE), {})) for name in sets} for shots in shown if shots != ALL}
    of = ", ".join(f"{shown[shots]}: {min(some)} to {max(some)}" for shots, some in counts.items())
    yield f"\nDraws of `spa` by photos a class, fewest and most of a set: {of}."


def _mean(of_draws: Mapping[int, Right]) -> str:
    return f"{100 * np.mean([right.mean() for right in of_draws.values()]):.1f}" if of_draws else ""


def _lead(found: Found, sets: Sequence[str], shots: int, others: Sequence[str], masks: Mapping[str, Right]) -> str:
    """What SPA has over the best of others, by its mean over draws that both have, on each of these sets; the mean."""
    leads, squares, names = [], [], []
    for name in sets:
        ours, mask, best = found.get((name, shots, REFERENCE), {}), masks[name], None
        for method in others:
            theirs = found.get((name, shots, method), {})
            pairs = [100.0 * ours[draw][mask] - 100.0 * theirs[draw][mask] for draw in ours.keys() & theirs.keys()]
            if pairs and mask.any():
                lead = float(np.mean(pairs))
                by_draw, by_photo = np.mean(pairs, axis=1), pairs[0]
                error = np.var(by_draw, ddof=1) / len(pairs) if len(pairs) > 1 else np.var(by_photo) / len(by_photo)
                best = min(best or (inf, 0.0, ""), (lead, float(error), method))
        if best is not None:
            leads.append(best[0])
            squares.append(best[1])
            names.append(best[2])
    if not leads:
        return ""
    error = np.sqrt(np.mean(squares) / len(squares))
    of = (
        f" ({names[0]})"
        if len(sets) == 1 and len(others) > 1
        else ""
        if len(leads) == len(sets)
        else f" ({len(leads)})"
    )
    return f"{np.mean(leads):+.1f} ± {error:.1f}{of}"


if __name__ == "__main__":
    main()
