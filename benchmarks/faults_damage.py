"""Damages projects in thousands of ways and reads them: ``python -m benchmarks.faults_damage``.

Bytes, pages, header fields, tables, rows and documents, from a seed. Every reader of a project must give an answer or
one clear line, in less than five seconds and a gigabyte; a reader must change nothing; what cannot be read must be
found by `check`; and writing to what can still be opened must end the same way. Prints a table by kind of damage.
"""

from __future__ import annotations

import argparse
import collections
import shutil
import sys
import tempfile
from pathlib import Path

from benchmarks.speed.table import markdown
from tests.faults.damage import KINDS, damage
from tests.faults.examine import examine
from tests.faults.project import make_project

_GIGABYTE = 1 << 20  # in kilobytes, as the system counts


def peak_memory() -> int:
    """Kilobytes that this process has needed at most; 0 where the system does not tell."""
    try:
        import resource
    except ImportError:
        return 0
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak // 1024 if sys.platform == "darwin" else peak


def main() -> None:
    """Damage, examine, and say how it went; exit 1 if anything must not be."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=0, help="of the first case; the others follow")
    arguments = parser.parse_args()
    outcomes: collections.Counter[tuple[str, str]] = collections.Counter()
    slowest: dict[str, float] = {}
    faults = 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        whole, path = make_project(folder / "whole.spa"), folder / "damaged.spa"
        for seed in range(arguments.seed, arguments.seed + arguments.cases):
            for left in folder.glob("damaged.spa*"):
                left.unlink()
            shutil.copy(whole, path)
            done = damage(path, seed)
            found = examine(path, write=True)
            outcomes[done.kind, found.outcome] += 1
            slowest[done.kind] = max(slowest.get(done.kind, 0.0), found.slowest)
            for fault in found.faults:
                faults += 1
                print(f"{seed}, {done.kind}, {done.name}: {fault}", file=sys.stderr)
    columns = ("refused", "found by check", "whole", "fault")
    rows = [
        (kind, *(str(outcomes[kind, column]) for column in columns), f"{slowest.get(kind, 0.0):.1f}") for kind in KINDS
    ]
    print(markdown(("damage", *columns, "slowest, s"), rows))
    peak = peak_memory()
    print(f"\n{sum(outcomes.values())} cases, {faults} faults, {peak >> 10} MB of memory at most")
    if faults or peak > _GIGABYTE:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
