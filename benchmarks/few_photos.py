"""One, two and five photos a class, on real photos: ``python -m benchmarks.few_photos FOLDER``.

FOLDER holds caltech40, ucmerced21 and grocery40, each in ImageFolder form. SPA, SPA without descriptions and the
baselines that need no gradient learn task by task. Printed is the accuracy after the last task, on the test photos of
all classes, mean over class orders. The photos are the first of each class by name, the same for every method.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from benchmarks.accuracy import FEW, INCREMENTS
from benchmarks.speed.table import markdown
from spa_desktop.bench.bench_run import SEED, ResultStore, run_bench
from spa_desktop.console import ConsoleJob
from spa_desktop.encoders.backbones import load_encoder

METHODS = ("ncm", "slda", "slda+", "ranpac", "ranpac+", "spa-no-descriptions", "spa")


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.few_photos", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--orders", type=int, default=1, help="how many class orders")
    parser.add_argument("--shots", type=int, nargs="*", default=[1, 2, FEW])
    parser.add_argument("--methods", nargs="*", default=METHODS)
    parser.add_argument("--out", type=Path, default=Path("build/bench"), help="for finished results")
    arguments = parser.parse_args()
    encoder = load_encoder("spa-lite")
    for shots in arguments.shots:
        last: dict[str, list[str]] = {name: [] for name in arguments.methods}
        for name, increment in INCREMENTS.items():
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
                cells.append(f"{sum(run[method]['last'] for run in runs) / len(runs):.1f}")
            print(f"{shots} of {name}: { ({method: cells[-1] for method, cells in last.items()}) }", flush=True)
        print(f"\n{shots} a class, {arguments.orders} class orders\n")
        print(markdown(("method", *INCREMENTS), [(method, *cells) for method, cells in last.items()]), flush=True)


if __name__ == "__main__":
    main()
