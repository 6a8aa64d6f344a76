"""Times of this checkout beside those of another: ``python -m benchmarks.checkouts ../before live learning``.

Runs `benchmarks.speed` in both checkouts in turn, each in processes of its own, and prints how many times as fast each
line is here. A line is compared where both checkouts have it. The other checkout has to have `benchmarks.speed` too.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.speed.table import markdown

_TIME = re.compile(r"(\d+(?:\.\d+)?) (ms|s)\b")
_HERE = Path(__file__).resolve().parents[1]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.checkouts", description=__doc__)
    parser.add_argument("other", type=Path, help="the other checkout")
    parser.add_argument("parts", nargs="+", help="parts of benchmarks.speed")
    parser.add_argument("--photos", type=Path, help="a folder of photos for the encoder; else they are drawn")
    parser.add_argument("--turns", type=int, default=3, help="how often each checkout is measured")
    arguments = parser.parse_args()
    photos = ["--photos", str(arguments.photos.resolve())] if arguments.photos else []
    times: dict[str, list[tuple[float, float]]] = {}
    for _ in range(arguments.turns):
        there = times_of(arguments.other.resolve(), [*arguments.parts, *photos])
        here = times_of(_HERE, [*arguments.parts, *photos])
        for what in there.keys() & here.keys():
            times.setdefault(what, []).append((there[what], here[what]))
    rows = []
    for what, pairs in sorted(times.items()):
        ratios = sorted(old / new for old, new in pairs)
        old, new = (statistics.median(side) for side in zip(*pairs, strict=True))
        spread = f"{statistics.median(ratios):.2f} ({ratios[0]:.2f} to {ratios[-1]:.2f})"
        rows.append((what, f"{old:.1f} ms", f"{new:.1f} ms", spread))
    print(markdown(("what", "there", "here", "times as fast: median (least to most)"), rows))


def times_of(checkout: Path, arguments: list[str]) -> dict[str, float]:
    """Milliseconds of each line of the speed table, measured in a process of that checkout.

    Raises:
        SystemExit: if it fails there; what it printed is above.
    """
    with tempfile.TemporaryDirectory(prefix="spa-desktop-") as folder:
        out = Path(folder, "speed.json")
        command = [sys.executable, "-m", "benchmarks.speed", *arguments, "--quick", "--out", str(out)]
        done = subprocess.run(command, cwd=checkout, env={**os.environ, "PYTHONPATH": str(checkout)}, stdout=sys.stderr)
        if done.returncode:
            raise SystemExit(f"benchmarks.speed failed in {checkout}")
        found = {}
        for line in json.loads(out.read_text())["speed"]:
            if match := _TIME.search(line["note"]):
                found[line["what"]] = float(match[1]) * (1000 if match[2] == "s" else 1)
    return found


if __name__ == "__main__":
    main()
