"""Accuracy on data sets of real photos, all methods of the protocol: ``python -m benchmarks.accuracy FOLDER``.

FOLDER holds caltech40, ucmerced21 and grocery40, each in ImageFolder form. Quick by default: one class order, five
photos a class, SPA and the baselines. `--full`: five class orders, five photos (ablations too) and all, and flowers51
and birds50 in tables of their own; it goes on where it was interrupted. Writes a JSON file and a picture of the curves
for each set, and prints the tables.
"""

from __future__ import annotations

import argparse
import statistics
import time
from datetime import date
from pathlib import Path

from benchmarks.speed.table import commit
from benchmarks.tables import print_tables, values
from benchmarks.truth import figures
from spa_desktop.bench.bench_run import SEED, ResultStore, run_bench
from spa_desktop.bench.methods import METHODS
from spa_desktop.bench.result_table import REFERENCE, draw_curves
from spa_desktop.console import ConsoleJob
from spa_desktop.encoders.backbones import load_encoder
from spa_desktop.encoders.lite_files import NAME
from spa_desktop.ray_cluster import Cluster

INCREMENTS = {"caltech40": 4, "ucmerced21": 3, "grocery40": 4}
FINE = {"flowers51": 5, "birds50": 5}  # kinds of one thing, in no mean of the others
FEW = 5
BASELINES = [name for name in METHODS if not name.startswith(REFERENCE)]


def main() -> None:
    """Run, write and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.accuracy", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--full", action="store_true")
    parser.add_argument("--methods", type=lambda text: text.split(","), help="of the protocol, with commas")
    parser.add_argument("--out", type=Path, default=Path("build/bench"), help="for JSON files and finished results")
    parser.add_argument("--pictures", type=Path, help="a folder for the curves; else with the JSON files")
    parser.add_argument("--backbone", default=NAME)
    parser.add_argument("--ray", nargs="?", const="local", metavar="ADDRESS", help="on a Ray cluster; here without one")
    arguments = parser.parse_args()
    increments = INCREMENTS | FINE if arguments.full else INCREMENTS
    sets = [name for name in increments if (arguments.folder / name).is_dir()]
    if not sets:
        raise SystemExit(f"None of {', '.join(increments)} is in {arguments.folder}")
    pictures = arguments.pictures or arguments.out
    for made in (arguments.out, pictures):
        made.mkdir(parents=True, exist_ok=True)
    encoder = load_encoder(arguments.backbone)
    cluster = None if arguments.ray is None else Cluster.of(arguments.ray)
    results = []
    for shots in (FEW, None) if arguments.full else (FEW,):
        for name in sets:
            title = f"{name}-{'all' if shots is None else shots}"
            started = time.perf_counter()
            with ConsoleJob() as job:
                result = run_bench(
                    arguments.folder / name,
                    encoder=lambda: encoder,
                    increment=increments[name],
                    seeds=range(SEED, SEED + 5) if arguments.full else (SEED,),
                    shots=shots,
                    methods=arguments.methods or (None if arguments.full and shots else [*BASELINES, REFERENCE]),
                    resume=arguments.full,
                    out=arguments.out / f"accuracy-{title}.json",
                    results=ResultStore(arguments.out / "results"),
                    job=job,
                    cluster=cluster,
                )
            draw_curves(result, pictures / f"accuracy-{title}.png")
            print(f"{title}: {(time.perf_counter() - started) / 60:.1f} minutes", flush=True)
            results.append(result)
        # What is to hold is of the method itself, on the backbone that ships with the app.
        if arguments.full and arguments.backbone == NAME and REFERENCE in (arguments.methods or METHODS):
            averages = {
                one["dataset"]: statistics.fmean(values(one, REFERENCE, "average"))
                for one in results
                if one["shots"] == shots and one["dataset"] in INCREMENTS
            }
            if averages:
                figures.keep("accuracy --full", {f"accuracy_{shots or 'all'}": figures.with_mean(averages)})
    print(f"\nCommit {commit()}, {date.today()}")
    for kinds in (INCREMENTS, FINE):
        print_tables([one for one in results if one["dataset"] in kinds])


if __name__ == "__main__":
    main()
