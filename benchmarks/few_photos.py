"""Few photos a class, on real photos: ``python -m benchmarks.few_photos FOLDER``.

FOLDER holds eight data sets, each in ImageFolder form. SPA, its ablations and the baselines that need no gradient learn
task by task. Printed are the accuracy after the last task, on the test photos of all classes, mean over draws; what is
lost without each part of the method; and what SPA has over the best baseline. Each draw is of training photos, the same
for every method and fewer of them the first of more, and of the class order.
Finished results are kept, and it goes on where it was interrupted.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from benchmarks.accuracy import FEW, FINE, INCREMENTS
from benchmarks.speed.table import markdown
from spa_desktop.bench.bench_run import SEED, ResultStore, run_bench
from spa_desktop.bench.encoded import ImageFolder, read_image_folder
from spa_desktop.bench.methods import ABLATIONS
from spa_desktop.bench.result_table import REFERENCE
from spa_desktop.console import ConsoleJob
from spa_desktop.encoders.backbones import load_encoder

# Sets of other kinds, of few classes: the increment of each.
OTHER = {"clothing": 5, "hand_digits": 5, "small7": 4}
BASELINES = ("zero-shot", "ncm", "slda", "slda+", "lda-prior", "gda+", "klda+", "ranpac", "ranpac+", "ranpac+2")
# By method and photos a class: draws by sets.
Found = dict[tuple[str, int], np.ndarray[tuple[int, int], np.dtype[np.float64]]]


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.few_photos", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--draws", type=int, default=3, help="of photos and class orders")
    parser.add_argument("--tasks", type=int, help="how many; else as many as the protocol has")
    parser.add_argument("--shots", type=int, nargs="*", default=[1, 2, FEW])
    parser.add_argument("--sets", nargs="*", default=[*INCREMENTS, *FINE, *OTHER])
    parser.add_argument("--methods", nargs="*", default=[*BASELINES, *ABLATIONS, "spa-waffle"])
    parser.add_argument("--out", type=Path, default=Path("build/bench"), help="for finished results")
    arguments = parser.parse_args()
    encoder = load_encoder("spa-lite")
    sets = {name: read_image_folder(arguments.folder / name) for name in arguments.sets}
    shape = arguments.draws, len(sets)
    found: Found = {(name, shots): np.full(shape, np.nan) for shots in arguments.shots for name in arguments.methods}
    for draw in range(arguments.draws):
        for shots in arguments.shots:
            for column, (name, data) in enumerate(sets.items()):
                increment = (INCREMENTS | FINE | OTHER)[name]
                if arguments.tasks:
                    increment = -(-len(data.classes) // arguments.tasks)
                with ConsoleJob() as job:
                    results = run_bench(
                        drawn(data, shots, draw),
                        encoder=lambda: encoder,
                        increment=increment,
                        seeds=[SEED + draw],
                        shots=shots,
                        methods=arguments.methods,
                        resume=True,
                        results=ResultStore(arguments.out / "results"),
                        job=job,
                    )["methods"]
                for method in arguments.methods:
                    found[method, shots][draw, column] = results[method]["last"]
                said = ", ".join(f"{method} {one['last']:.1f}" for method, one in results.items())
                print(f"draw {draw}, {shots} of {name}: {said}", file=sys.stderr, flush=True)
    heading = f"{' / '.join(map(str, arguments.shots))} photos"
    print(
        "\n" + markdown((heading, "worst set", *sets, "mean"), [(one, *cells(found, one)) for one in arguments.methods])
    )
    parts = [one for one in ABLATIONS if one in arguments.methods and one != REFERENCE]
    baselines = [one for one in BASELINES if one in arguments.methods]
    if REFERENCE in arguments.methods and arguments.draws > 1:
        rows = [(one, *cells(found, REFERENCE, (one,))) for one in parts]
        print("\n" + markdown(("what is lost without it", "worst set", *sets, "mean"), rows))
        rows = [("spa less the best baseline", *cells(found, REFERENCE, baselines))]
        rows += [(f"spa less {one}", *cells(found, REFERENCE, (one,))) for one in baselines]
        print("\n" + markdown((heading, "worst set", *sets, "mean"), rows))


def drawn(data: ImageFolder, shots: int, draw: int) -> ImageFolder:
    """A data set with so many drawn training photos of each class."""
    train = []
    for place, photos in enumerate(data.train):
        order = np.random.default_rng([draw, place]).permutation(len(photos))[:shots]
        train.append(tuple(photos[number] for number in order))
    return replace(data, train=tuple(train))


def cells(found: Found, method: str, less: Sequence[str] = ()) -> list[str]:
    """Of a method on the worst set, each set and in the mean: accuracies, or what it has over the best of others.

    The best is that of the set by its mean over draws. Standard errors are of draws; test photos are always the same.
    """
    parts: list[list[str]] = []
    for shots in [shots for name, shots in found if name == method]:
        values = found[method, shots]
        if less:
            others = np.stack([found[name, shots] for name in less])
            values = values - np.take_along_axis(others, others.mean(axis=1).argmax(axis=0)[None, None], axis=0)[0]
        of_sets = values.mean(axis=0)
        mean = [of_sets.min(), *of_sets, values.mean()]
        parts.append([f"{one:.1f}" for one in mean])
        if less:
            square = values.var(axis=0, ddof=1) / len(values)
            errors = np.sqrt([square[of_sets.argmin()], *square, square.mean() / len(square)])
            parts[-1] = [f"{one:+.1f} ± {error:.1f}" for one, error in zip(mean, errors, strict=True)]
    return [" / ".join(column) for column in zip(*parts, strict=True)]


if __name__ == "__main__":
    main()
