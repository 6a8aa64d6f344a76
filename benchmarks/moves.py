"""Photos that are moved while folders are swapped, files change and runs are killed: ``python -m benchmarks.moves``.

Moves, resumed moves and ways back, on one disk and between two: the folder of temporary files and /dev/shm. Each try
ends with the verb again, or with the way back, and with a count of all contents: what is lost, what lies in two places,
and what hidden parts are left. Ends with 1 if there is any. On Linux alone, as it forks; folders are mounted by root.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from benchmarks.speed.table import markdown
from spa_desktop.classify.answer_files import PhotoAnswer
from spa_desktop.classify.sort_photos import SortPlan, plan_sort, resume_sort, sort_photos, undo_sort
from spa_desktop.errors import SpaError
from spa_desktop.feature_store import PhotoRef
from spa_desktop.jobs import Job

SWAPS, CHANGES, KILLS = 30, 30, 200
PHOTOS, BYTES, LARGE = 40, 200_000, 4_000_000  # of photos that change while they are read
NAMES = {1: "crab", 2: "fern", 3: "shell"}
SECOND_DISK = Path("/dev/shm")


@dataclass
class Stage:
    """A folder of photos, and where they are moved to."""

    photos: Path
    target: Path
    plan: SortPlan
    roots: tuple[Path, Path]  # the folders on the two disks that all of it is in

    def files(self) -> set[Path]:
        """All files; names that links lead to once."""
        found = {path.resolve() for root in self.roots for path in root.rglob("*") if path.is_file()}
        return {path for path in found if "data" not in path.parts}

    def contents(self) -> Counter[bytes]:
        """Each content of a photo with how many files have it."""
        return Counter(path.read_bytes() for path in self.files() if not path.name.startswith(".spa-desktop-"))

    def parts(self) -> int:
        """Hidden parts of copies that are left."""
        return sum(path.name.startswith(".spa-desktop-") for path in self.files())


@contextmanager
def stage(chance: random.Random, *, disks: int, most: int = BYTES) -> Iterator[Stage]:
    """Photos of random content, in three folders."""
    with tempfile.TemporaryDirectory() as first, tempfile.TemporaryDirectory(dir=SECOND_DISK) as second:
        os.environ["SPA_DESKTOP_DATA_DIR"] = f"{first}/data"
        photos, answers = Path(first, "photos"), []
        for number in range(PHOTOS):
            path = photos / f"day {number % 3}" / f"{number // 6}.jpg"
            path = path.with_name(f"{number}.jpg") if path.exists() else path
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(chance.randbytes(chance.randrange(most // 2, most)))
            size, sha256 = path.stat().st_size, PhotoRef.of(path).sha256
            answers.append(PhotoAnswer(str(path), (1 + number % 3,), (1.0,), size=size, sha256=sha256))
        target = Path(first if disks == 1 else second, "by-class")
        plan = plan_sort(answers, NAMES, target, sources=[photos], move=True)
        yield Stage(photos, target, plan, (Path(first), Path(second)))


class MomentJob(Job):
    """Does something after so many photos."""

    def __init__(self, moment: int, act: Callable[[], object]) -> None:
        super().__init__()
        self._left, self._act = moment, act

    def advance(self, *given: object, **more: object) -> None:
        self._left -= 1
        if self._left == 0:
            self._act()
        super().advance(*given, **more)  # type: ignore[arg-type]


@dataclass
class Found:
    """What must not be, of all tries."""

    tries: int = 0
    lost: int = 0
    twice: int = 0
    parts: int = 0
    hits: int = 0  # changes of photos, or runs that were killed

    def count(self, stage: Stage, before: Counter[bytes]) -> None:
        after = stage.contents()
        self.tries += 1
        self.lost += len(before - after)
        self.twice += sum((after - before).values())
        self.parts += stage.parts()


def tried(act: Callable[[], object]) -> None:
    """One line of an error is an outcome too."""
    with suppress(SpaError):
        act()


def swap_by_link(folder: Path, goal: Path) -> None:
    """Put a link to another folder in place of one."""
    folder.rename(folder.with_name("aside"))
    folder.symlink_to(goal, target_is_directory=True)


def try_swap(found: Found, number: int, chance: random.Random) -> None:
    """A folder becomes a link or is mounted elsewhere in the middle of a move, which is then gone on with."""
    kinds = ("link", "link above", "goal", *(() if os.geteuid() else ("mount", "mount above")))
    kind, disks = kinds[number % len(kinds)], 1 + number // len(kinds) % 2
    mounted: list[Path] = []
    with stage(chance, disks=disks) as here:
        before, crab, day = here.contents(), here.target / "crab", here.photos / "day 1"

        def swap() -> None:
            crab.mkdir(parents=True, exist_ok=True)
            if kind == "goal":
                swap_by_link(crab, day)
                return
            folder, goal = (here.photos, here.target) if kind.endswith("above") else (day, crab)
            if kind.startswith("link"):
                swap_by_link(folder, goal)
            else:
                subprocess.run(["mount", "--bind", goal, folder], check=True)
                mounted.append(folder)

        try:
            tried(lambda: sort_photos(here.plan, MomentJob(chance.randrange(1, PHOTOS), swap)))
            for act in (resume_sort, undo_sort, resume_sort) if number % 2 else (resume_sort,):
                tried(lambda act=act: act(here.target))  # type: ignore[misc]
        finally:
            for folder in mounted:
                subprocess.run(["umount", folder], check=True)
        found.count(here, before)


def try_change(found: Found, number: int, chance: random.Random) -> None:
    """Another program changes one photo after the other at random moments of a move.

    What it made must be there afterwards, and each photo that it did not touch.
    """
    kind, disks = ("saved anew", "written into", "truncated", "deleted", "a link")[number % 5], 1 + number // 5 % 2
    made: set[bytes] = set()
    touched: set[bytes] = set()
    over, dice = threading.Event(), random.Random(number)

    def change(path: Path) -> None:
        was, content = path.read_bytes(), dice.randbytes(5000)
        touched.add(was)
        if kind == "saved anew":
            new = path.with_name("new of an editor")
            new.write_bytes(content)
            new.replace(path)
            made.add(content)
        elif kind == "written into":
            with path.open("r+b") as file:
                file.write(content)
            made.add(content + was[5000:])
        elif kind == "truncated":
            os.truncate(path, 1000)
        elif kind == "deleted":
            path.unlink()
        else:
            path.rename(path.with_name(f"{time.monotonic_ns()}"))
            path.symlink_to("elsewhere")

    with stage(chance, disks=disks, most=LARGE) as here:
        photos, before = [Path(step.source) for step in here.plan.steps], here.contents()

        def change_all() -> None:
            while not over.is_set():
                with suppress(OSError):
                    change(dice.choice(photos))
                time.sleep(dice.random() / 200)

        thread = threading.Thread(target=change_all)
        thread.start()
        try:
            tried(lambda: sort_photos(here.plan))
        finally:
            over.set()
            thread.join()
        after = here.contents()
        found.tries += 1
        found.lost += len((set(before) - touched | made - touched) - set(after))
        found.twice += sum(files > 1 for content, files in after.items() if content not in touched)
        found.parts += here.parts()
        found.hits += len(touched)


def in_a_fork(act: Callable[[], object], seconds: float = 0.0) -> bool:
    """Run something in a fork; after so many seconds the system ends it at once. Whether it was."""
    process = os.fork()
    if process == 0:
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.setitimer(signal.ITIMER_REAL, seconds)
        try:
            tried(act)
        finally:
            os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]) == -signal.SIGALRM


def try_kill(found: Found, number: int, chance: random.Random) -> None:
    """A move, a resumed move or a way back is killed at a random moment, and run again."""
    disks, verb = 1 + number % 2, ("move", "resume", "unsort")[number // 2 % 3]
    with stage(chance, disks=disks) as here:
        before = here.contents()
        acts = {
            "move": lambda: sort_photos(here.plan),
            "resume": lambda: resume_sort(here.target),
            "unsort": lambda: undo_sort(here.target),
        }
        if verb == "resume":
            in_a_fork(acts["move"], chance.uniform(0.01, 0.5) * SECONDS[disks])
        elif verb == "unsort":
            acts["move"]()
        found.hits += in_a_fork(acts[verb], chance.uniform(0.01, 1) * SECONDS[disks])
        has_log = any(Path(os.environ["SPA_DESKTOP_DATA_DIR"], "sorts").glob("*.jsonl"))
        # Where not even the log was written, a move begins anew; where a way back had ended, there is none any more.
        tried(acts["resume"] if verb != "unsort" and has_log else acts["move" if verb != "unsort" else verb])
        found.count(here, before)
        folder = here.photos if verb == "unsort" else here.target
        found.lost += PHOTOS - len(list(folder.rglob("*.jpg")))


SECONDS: dict[int, float] = {}  # that a move takes which nobody kills, by how many disks it is between


def measure(chance: random.Random) -> None:
    """How long moves take."""
    for disks in (1, 2, 1, 2):
        with stage(chance, disks=disks) as here:
            began = time.monotonic()
            in_a_fork(lambda here=here: sort_photos(here.plan))  # type: ignore[misc]
            SECONDS[disks] = min(time.monotonic() - began, SECONDS.get(disks, 10))


def main() -> None:
    """Try everything, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--share", type=float, default=1.0, help="of the full number of tries")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    chance, rows, is_fault = random.Random(arguments.seed), [], False
    measure(chance)
    for what, count, act in (
        ("folders became links or mounts in the middle of a move", SWAPS, try_swap),
        ("photos were saved, written into, truncated, deleted or replaced meanwhile", CHANGES, try_change),
        ("move, resumed move and way back were killed, and run again", KILLS, try_kill),
    ):
        found = Found()
        wanted = max(1, round(count * arguments.share))
        while (found.hits if act is try_kill else found.tries) < wanted:
            act(found, found.tries, chance)
        hits = f"{found.hits} changes" if act is try_change else f"{found.hits} before the end" if found.hits else ""
        rows.append((what, *map(str, (found.tries, hits, found.lost, found.twice, found.parts))))
        is_fault |= bool(found.lost or found.twice or found.parts)
    print(markdown(("what was tried", "times", "", "lost", "in two places", "hidden parts"), rows))
    sys.exit(is_fault)


if __name__ == "__main__":
    main()
