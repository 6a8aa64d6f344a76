"""`kill -9` at every step of a few verbs, and power cuts: ``python -m benchmarks.faults_kills``.

A step is a statement of SQL or an operation on a file.

After each, the project must be whole, with all of the verb or nothing of it, for a reader, which must change nothing,
and for a writer. The power cuts mix old and new sectors of a commit, with the journal of the transaction beside them.
"""

from __future__ import annotations

import argparse
import random
import tempfile
import time
from itertools import count
from pathlib import Path

from benchmarks.speed.table import markdown
from spa_desktop.project import Project
from tests.faults.crash import PowerCut, change_much
from tests.faults.kills import WORKS, kill_everywhere, stored
from tests.faults.project import make_project


def main() -> None:
    """Kill, look, and say how it went. Whatever must not be ends it with an error."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--every", type=int, default=1, help="only each so-manieth step")
    parser.add_argument("--cuts", type=int, default=500, help="power cuts")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    rows = []
    with tempfile.TemporaryDirectory() as name:
        source, folder = Path(name, "source"), Path(name, "folder")
        source.mkdir()
        folder.mkdir()
        path = make_project(source / "Moths.spa")
        with Project.open(path, write=True) as project:
            change_much(project, 7)  # a version to go back to
        for verb, work in WORKS.items():
            for spills in (False, True):
                started = time.monotonic()
                killed, done = kill_everywhere(path, folder, work, count(1, arguments.every), spills=spills)
                seconds = f"{time.monotonic() - started:.0f}"
                rows.append((verb, "yes" if spills else "no", str(killed), str(killed - done), str(done), seconds))
        before = stored(path, write=False)
        cut, chance = PowerCut(path, lambda project: change_much(project, 1)), random.Random(arguments.seed)
        for _ in range(arguments.cuts):
            cut.leave(path, chance)
            assert stored(path, write=False) == before, "a reader saw half of a transaction"
            assert stored(path, write=True) == before, "a writer saw half of a transaction"
            assert path.read_bytes() == cut.before, "it was not rolled back byte for byte"
    print(markdown(("verb", "pages written early", "kills", "nothing of it", "all of it", "s"), rows))
    print(f"\n{arguments.cuts} power cuts in the middle of a commit: rolled back byte for byte each time")


if __name__ == "__main__":
    main()
