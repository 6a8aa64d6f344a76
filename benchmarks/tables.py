"""The accuracy tables, in Markdown, from results of the bench: ``python -m benchmarks.tables build/bench/*.json``.

For each number of photos a class: accuracy of each method on each set, and SPA's lead over the strongest baselines and
its ablations in the mean of the sets, paired by class order. With several class orders: means, the sample standard
deviation of the mean of the sets, and Student's 95 % interval of the lead.
"""

from __future__ import annotations

import argparse
import json
import statistics
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.speed.table import markdown
from spa_desktop.bench.result_table import FIGURES, REFERENCE, paired_difference

RIVALS = ("slda", "ranpac", "slda+", "ranpac+")
Result = dict[str, Any]


def values(result: Result, method: str, figure: str) -> list[float]:
    """One value for each class order."""
    return [run["methods"][method][figure] for run in result.get("runs", [result])]


def mean_over_sets(results: Sequence[Result], method: str, figure: str) -> list[float]:
    """The same over several sets, for each class order."""
    return [statistics.fmean(run) for run in zip(*(values(r, method, figure) for r in results), strict=True)]


def accuracy_table(results: Sequence[Result]) -> str:
    """Methods by sets: average / last / forgetting, and the mean over the sets."""
    headings = ["method", *(f"{r['dataset']}, Inc{r['increment']}" for r in results), "mean"]
    rows = []
    for method in _common(results):
        cells = [[_mean(values(r, method, figure)) for figure in FIGURES] for r in results]
        cells.append([_spread(mean_over_sets(results, method, figure)) for figure in FIGURES])
        name = f"**{method}**" if method == REFERENCE else method
        rows.append([name, *(" / ".join(cell) for cell in cells)])
    return markdown(headings, rows)


def lead_table(results: Sequence[Result]) -> str:
    """How far SPA is ahead of baselines and ablations, in the mean of the sets."""
    figures = ("average", "last")
    rows = [
        [
            method,
            *(_lead(*(mean_over_sets(results, name, figure) for name in (REFERENCE, method))) for figure in figures),
        ]
        for method in _common(results)
        if method in RIVALS or method.startswith(f"{REFERENCE}-")
    ]
    return markdown(["`spa` less", *figures], rows)


def calibration_table(results: Sequence[Result]) -> str:
    """Expected calibration error after the last task, of the methods that give probabilities."""
    methods = [m for m in _common(results) if all(v is not None for r in results for v in values(r, m, "ece"))]
    rows = [[method, *(_mean(values(r, method, "ece")) for r in results)] for method in methods]
    return markdown(["calibration error", *(r["dataset"] for r in results)], rows)


def print_tables(results: Sequence[Result]) -> None:
    """All tables, for each number of photos a class and each backbone."""
    groups: dict[tuple[str, int | None], list[Result]] = {}
    for result in results:
        groups.setdefault((result["backbone"], result["shots"]), []).append(result)
    for (backbone, shots), group in groups.items():
        seeds = group[0].get("seeds") or [group[0]["seed"]]
        orders = f"class order {seeds[0]}" if len(seeds) == 1 else f"class orders {seeds[0]} to {seeds[-1]}"
        print(f"\n### {'All' if shots is None else shots} photos a class, {backbone}, {orders}\n")
        print("Average accuracy / last accuracy / forgetting, per cent.\n")
        print(accuracy_table(group) + "\n")
        if REFERENCE in _common(group):
            print(lead_table(group) + "\n")
        print(calibration_table(group))


def _common(results: Sequence[Result]) -> list[str]:
    """Methods that every result has."""
    runs = [run["methods"] for result in results for run in result.get("runs", [result])]
    return [method for method in runs[0] if all(method in run for run in runs)]


def _mean(found: Sequence[float]) -> str:
    return f"{statistics.fmean(found):.1f}"


def _spread(found: Sequence[float]) -> str:
    return _mean(found) if len(found) == 1 else f"{_mean(found)} ± {statistics.stdev(found):.1f}"


def _lead(ours: Sequence[float], theirs: Sequence[float]) -> str:
    if len(ours) == 1:
        return f"{ours[0] - theirs[0]:+.2f}"
    found = paired_difference(ours, theirs)
    return f"{found['mean']:+.2f} ({found['low']:+.2f} to {found['high']:+.2f})"


def main() -> None:
    """Read and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.tables", description=__doc__)
    parser.add_argument("results", nargs="+", type=Path)
    arguments = parser.parse_args()
    found = [json.loads(path.read_text(encoding="utf-8")) for path in arguments.results]
    print_tables([result for result in found if "dataset" in result])


if __name__ == "__main__":
    main()
