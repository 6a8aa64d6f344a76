"""Everything that is tried to break the app, and one table of what came of it: ``python -m benchmarks.faults``.

Damaged projects, kills at statements and at random moments of the command line, power cuts, verbs in any order, and
hostile photos. `make faults` runs it in full; `--share 0.1` does a
tenth of each. Ends with 1 if anything was found. The figures of a run are in docs/reliability.md.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks import faults_damage
from benchmarks.speed.table import markdown
from benchmarks.speed.timing import peak_memory

DAMAGES, STEPS, COMMANDS, CUTS, PHOTOS = 2000, 250, 150, 500, 500
SEQUENCES, STEPS_OF_ONE = 1000, 25
_PARTS = ("damage", "steps", "kills", "cuts", "sequences", "photos")


@dataclass
class Report:
    """The table, and what was found.

    Attributes:
        rows: what, how many, what came of it, what must not be, seconds.
        found: a line for each thing that must not be.
        details: tables of single parts.
    """

    rows: list[tuple[str, str, str, str, str]] = field(default_factory=list)
    found: list[str] = field(default_factory=list)
    details: list[str] = field(default_factory=list)

    @contextmanager
    def part(self, what: str) -> Iterator[Callable[[int, str], None]]:
        """One line of the table. An assertion that does not hold is a finding, and the other parts go on."""
        began, before = time.monotonic(), len(self.found)
        said = ["0", "it did not end"]

        def say(count: int, outcome: str) -> None:
            said[:] = [f"{count:,}", outcome]

        try:
            yield say
        except (AssertionError, RuntimeError) as error:
            self.found.append(f"{what}: {error}")
        row = (what, *said, str(len(self.found) - before), f"{time.monotonic() - began:.0f}")
        self.rows.append(row)  # type: ignore[arg-type]
        print(" | ".join(row), file=sys.stderr, flush=True)


def damages(report: Report, cases: int, seed: int) -> None:
    """Changed project files: see `benchmarks.faults_damage`."""
    with report.part("project files damaged") as say:
        done = faults_damage.run(cases, seed)
        report.found += done.faults
        names = ("refused in one line", "found by check", "right answers")
        counts = [
            f"{sum(number for (_, outcome), number in done.outcomes.items() if outcome == column)} {name}"
            for column, name in zip(("refused", "found by check", "whole"), names, strict=True)
        ]
        peak = peak_memory() >> 20
        if peak > 1024:
            report.found.append(f"damage took {peak} MB of memory")
        slowest = max(done.slowest.values())
        say(done.cases, f"{', '.join(counts)}; slowest {slowest:.1f} s, {peak} MB at most")
        report.details.append(done.table())


def kills_at_statements(report: Report, kills: int, seed: int) -> None:
    """Verbs killed at statements of SQL and operations on files, from the first to the last, evenly spread."""
    from spa_desktop.project import Project
    from tests.faults import kills as killing
    from tests.faults import verbs
    from tests.faults.crash import change_much
    from tests.faults.project import make_project

    with report.part("verbs killed at a statement or file operation") as say, tempfile.TemporaryDirectory() as name:
        folder, work_in = Path(name), Path(name, "work")
        work_in.mkdir()
        os.environ["SPA_DESKTOP_CACHE_DIR"] = str(folder / "cache")
        (folder / "source").mkdir()
        path = make_project(folder / "source" / "Moths.spa")
        with Project.open(path, write=True) as project:
            change_much(project, 7)
        todo = [(f"{name} of the file", path, work, True) for name, work in killing.WORKS.items()]
        todo += [(name, one, work, False) for name, (one, work) in verbs.make_projects(folder).items()]
        rows, all_killed, all_steps = [], 0, 0
        for number, (name, whole, work, spills) in enumerate(todo):
            steps = killing.count_steps(whole, work_in, work, spills=spills)
            wanted = min(steps, -(-(kills - all_killed) // (len(todo) - number)))
            chance = random.Random(seed + number)
            killed, done = killing.kill_everywhere(
                whole, work_in, work, sorted(chance.sample(range(1, steps + 1), wanted)), spills=spills
            )
            rows.append((name, str(steps), str(killed), str(killed - done), str(done)))
            all_killed, all_steps = all_killed + killed, all_steps + steps
        say(all_killed, f"whole each time, all of it or nothing, the same answers; of {all_steps:,} such moments")
        report.details.append(markdown(("verb", "moments", "kills", "not all of it", "all of it"), rows))


def kills_at_random(report: Report, kills: int, seed: int) -> None:
    """Verbs killed at random moments, as somebody would who pulls the plug."""
    from tests.faults.rounds import kill_rounds

    with report.part("verbs of the command line killed at random") as say:
        tried, hit = kill_rounds(kills, seed=seed)
        by_verb = ", ".join(f"{verb} {count}" for verb, count in sorted(hit.items()))
        say(tried, f"whole each time, nothing finished is lost; {hit.total()} before the verb had ended ({by_verb})")


def power_cuts(report: Report, cuts: int, seed: int) -> None:
    """Commits of which some sectors are on the disk and others are not."""
    from tests.faults.crash import PowerCut, change_much
    from tests.faults.kills import stored
    from tests.faults.project import make_project

    with report.part("power cuts in the middle of a commit") as say, tempfile.TemporaryDirectory() as name:
        path = make_project(Path(name, "Moths.spa"))
        before = stored(path, write=False)
        cut, chance = PowerCut(path, lambda project: change_much(project, 1)), random.Random(seed)
        for number in range(cuts):
            cut.leave(path, chance)
            assert stored(path, write=False) == before, f"{number}: a reader saw half of a transaction"
            assert stored(path, write=True) == before, f"{number}: a writer saw half of a transaction"
            assert path.read_bytes() == cut.before, f"{number}: it was not rolled back byte for byte"
        say(cuts, "rolled back byte for byte")


def sequences(report: Report, count: int, seed: int) -> None:
    """Verbs in any order against a model of the project: see `tests.faults.sequences`."""
    from tests.faults.sequences import run

    with report.part("sequences of verbs") as say:
        try:
            done, refused = run(count, steps=STEPS_OF_ONE, chance=seed)
        except Exception as error:  # Hypothesis has printed the shortest sequence that fails
            raise AssertionError(f"{type(error).__name__}: {error}") from error
        held = done.pop("sequences")
        steps = sum(done.values()) + sum(refused.values())
        say(held, f"{steps:,} steps; undo, redo and opening again bring each state back, with the same answers")


def photos(report: Report, count: int, seed: int) -> None:
    """Photos that are made to do harm, and so many that are broken at random."""
    from tests.photos.bombs import BOMBS
    from tests.photos.faults import broken_photos, ends_of, is_fine

    with report.part("hostile photos") as say, tempfile.TemporaryDirectory() as name:
        ended = ends_of({bomb: make() for bomb, _, make in BOMBS}, Path(name))
        ended += broken_photos(count, seed, Path(name))
        report.found += [str(one) for one in ended if not is_fine(one)]
        counts = Counter(one.how for one in ended)
        slowest, largest = max(one.seconds for one in ended), max(one.memory for one in ended)
        by_end = ", ".join(f"{number} {how}" for how, number in counts.most_common())
        say(len(ended), f"{by_end}; longest {slowest:.1f} s of computing, {largest:.0f} MB at most")


def main() -> None:
    """Try everything, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--share", type=float, default=1.0, help="of the full size of each part")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", choices=_PARTS, action="append")
    arguments = parser.parse_args()
    report, share, seed = Report(), arguments.share, arguments.seed
    wanted = set(arguments.only or _PARTS)
    if not hasattr(os, "fork"):
        wanted -= {"steps", "kills", "sequences"}
    if "damage" in wanted:
        damages(report, round(DAMAGES * share), seed)
    if "steps" in wanted:
        kills_at_statements(report, round(STEPS * share), seed)
    if "kills" in wanted:
        kills_at_random(report, round(COMMANDS * share), seed)
    if "cuts" in wanted:
        power_cuts(report, round(CUTS * share), seed)
    if "sequences" in wanted:
        sequences(report, round(SEQUENCES * share), seed)
    if "photos" in wanted:
        photos(report, round(PHOTOS * share), seed)
    print(markdown(("what was tried", "times", "what came of it", "faults", "s"), report.rows))
    for detail in report.details:
        print(f"\n{detail}")
    for line in report.found:
        print(f"FAULT {line}", file=sys.stderr)
    if report.found:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
