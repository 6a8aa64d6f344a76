"""One, two and five photos a class, on real photos: ``python -m benchmarks.few_photos FOLDER``.

FOLDER holds five data sets, each in ImageFolder form. SPA, its ablations and the baselines that need no gradient learn
task by task. Printed is the accuracy after the last task, on the test photos of all classes, mean over class orders,
and what each part of the method is worth: the accuracy of SPA less that of the ablation. The photos are the first of
each class by name, the same for every method. Finished results are kept, and it goes on where it was interrupted.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks.accuracy import FEW, FINE, INCREMENTS
from benchmarks.speed.table import markdown
from spa_desktop.bench.bench_run import SEED, ResultStore, run_bench
from spa_desktop.bench.encoded import read_image_folder
from spa_desktop.bench.methods import ABLATIONS
from spa_desktop.bench.result_table import REFERENCE
from spa_desktop.console import ConsoleJob
from spa_desktop.encoders.backbones import load_encoder

METHODS = ("ncm", "slda", "slda+", "ranpac", "ranpac+", *ABLATIONS)


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.few_photos", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--orders", type=int, default=1, help="how many class orders")
    parser.add_argument("--tasks", type=int, help="how many; else as many as the protocol has")
    parser.add_argument("--shots", type=int, nargs="*", default=[1, 2, FEW])
    parser.add_argument("--sets", nargs="*", default=[*INCREMENTS, *FINE])
    parser.add_argument("--methods", nargs="*", default=METHODS)
    parser.add_argument("--out", type=Path, default=Path("build/bench"), help="for finished results")
    arguments = parser.parse_args()
    encoder = load_encoder("spa-lite")
    for shots in arguments.shots:
        last: dict[str, list[float]] = {name: [] for name in arguments.methods}
        for name in arguments.sets:
            increment = (INCREMENTS | FINE)[name]
            if arguments.tasks:
                increment = -(-len(read_image_folder(arguments.folder / name).classes) // arguments.tasks)
            with ConsoleJob() as job:
                # One order after the other: of several at once only a summary comes back.
                runs = [
                    run_bench(
                        arguments.folder / name,
                        encoder=lambda: encoder,
                        increment=increment,
                        seeds=[seed],
                        shots=shots,
                        methods=arguments.methods,
                        resume=True,
                        results=ResultStore(arguments.out / "results"),
                        job=job,
                    )["methods"]
                    for seed in range(SEED, SEED + arguments.orders)
                ]
            for method, cells in last.items():
                cells.append(sum(run[method]["last"] for run in runs) / len(runs))
            print(
                f"{shots} of {name}: { ({method: round(cells[-1], 1) for method, cells in last.items()}) }", flush=True
            )
        print(f"\n{shots} a class, {arguments.orders} class orders\n")
        print(_table(arguments.sets, last), flush=True)
        if REFERENCE in last:
            worth = {
                name: [whole - without for whole, without in zip(last[REFERENCE], cells, strict=True)]
                for name, cells in last.items()
                if name in ABLATIONS and name != REFERENCE
            }
            print(f"\nwhat is lost without it\n\n{_table(arguments.sets, worth, '+.1f')}", flush=True)


def _table(sets: Sequence[str], found: Mapping[str, Sequence[float]], form: str = ".1f") -> str:
    """Methods by sets, and their mean."""
    rows = [
        (method, *(format(cell, form) for cell in (*cells, sum(cells) / len(cells)))) for method, cells in found.items()
    ]
    return markdown(("method", *sets, "mean"), rows)


if __name__ == "__main__":
    main()
