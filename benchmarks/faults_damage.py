"""Damages projects in thousands of ways and reads them: ``python -m benchmarks.faults_damage``.

Bytes, pages, header fields, tables, rows and documents, journals and logs of others, other versions, from a seed. Every
reader of a project must give an answer or one clear line, in less than five seconds and a gigabyte; a reader must
change nothing; what cannot be read must be found by `check`; writing to what can still be opened must end the same
way, and so must `recover`, whose new file must be whole. Prints a table by kind of damage.
"""

from __future__ import annotations

import argparse
import collections
import shutil
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.speed.table import markdown
from benchmarks.speed.timing import peak_memory
from spa_desktop.project import Project
from spa_desktop.project.recover import recover
from tests.faults.beside import clear
from tests.faults.damage import damage
from tests.faults.examine import Examined, attempt, examine

_GIGABYTE = 1 << 30
_OUTCOMES = ("refused", "found by check", "whole", "fault")


@dataclass
class Damaged:
    """What came of many cases.

    Attributes:
        outcomes: how many, by kind of damage and outcome.
        slowest: seconds of the slowest reader, by kind.
        faults: a line for each thing that must not be.
    """

    outcomes: collections.Counter[tuple[str, str]] = field(default_factory=collections.Counter)
    slowest: dict[str, float] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)

    @property
    def cases(self) -> int:
        return sum(self.outcomes.values())

    def note(self, seed: int, kind: str, name: str, found: Examined) -> None:
        """Count one case."""
        self.outcomes[kind, found.outcome] += 1
        self.slowest[kind] = max(self.slowest.get(kind, 0.0), found.slowest)
        for fault in found.faults:
            self.faults.append(f"{seed}, {kind}, {name}: {fault}")
            print(self.faults[-1], file=sys.stderr, flush=True)

    def table(self) -> str:
        """As Markdown."""
        kinds = dict.fromkeys(kind for kind, _ in self.outcomes)
        rows = [
            (kind, *(str(self.outcomes[kind, column]) for column in _OUTCOMES), f"{self.slowest[kind]:.1f}")
            for kind in kinds
        ]
        return markdown(("damage", *_OUTCOMES, "slowest, s"), rows)


def run(cases: int, first: int) -> Damaged:
    """Damage so many projects with something in every table, and examine each."""
    from tests.faults.project import make_project

    done = Damaged()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        whole, path, new = make_project(folder / "whole.spa"), folder / "damaged.spa", folder / "new.spa"
        for seed in range(first, first + cases):
            clear(path)
            shutil.copy(whole, path)
            what = damage(path, seed)
            found = examine(path, write=True)
            if seed % 4 == 0:
                new.unlink(missing_ok=True)
                if attempt(found, "recover", lambda: recover(path, new)) is not None:
                    with Project.open(new) as project:
                        problems = project.check().problems
                    found.faults += [f"recover made a file that is not whole: {line}" for line in problems[:1]]
            done.note(seed, what.kind, what.name, found)
        clear(path)
    return done


def main() -> None:
    """Damage, examine, and say how it went; exit 1 if anything must not be."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=0, help="of the first case; the others follow")
    arguments = parser.parse_args()
    done = run(arguments.cases, arguments.seed)
    print(done.table())
    peak = peak_memory()
    print(f"\n{done.cases} cases, {len(done.faults)} faults, {peak >> 20} MB of memory at most")
    if done.faults or peak > _GIGABYTE:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
