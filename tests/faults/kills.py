"""Verbs that are killed at a chosen statement of SQL or operation on a file, and what must hold afterwards."""

import shutil
import sqlite3
import sys
from collections.abc import Callable, Iterable
from itertools import count
from pathlib import Path
from typing import Literal

import numpy as np
from safetensors.numpy import save

from spa_desktop.project import Project, database, recover, versions
from spa_desktop.project.connecting import connect
from spa_desktop.project.recover import restore
from spa_desktop.project.versions import ROLLBACK, is_intact, versions_of
from tests.faults.crash import KILLED, change_much, in_a_fork, journal_of, kill_this

_OPERATIONS = ("open", "os.rename", "os.link", "os.remove", "os.mkdir", "sqlite3.connect", "shutil.copyfile")
Work = Callable[[Path], None]


def edit(path: Path) -> None:
    with Project.open(path, write=True) as project:
        change_much(project)


def undo(path: Path) -> None:
    with Project.open(path, write=True) as project:
        change_much(project)
        project.undo()


def train(path: Path) -> None:
    with Project.open(path, write=True) as project:
        record = project.classes()[-1]
        project.keep_version("before training")
        before = project.learner_info()
        with project.transaction("train") as tx:
            tx.put_learner(
                save({"w": np.ones((200, 200), np.float32)}),
                based_on=before,
                task_id=record.task_id,
                class_ids=[*(before.class_ids if before else ()), record.id],
                trained_class_ids=[record.id],
                learned_photo_ids=[photo.id for photo in project.photos(record.id, split="train")],
            )
            tx.put_evaluation(record.task_id, {"zero_shot": 0.5})


def go_back(path: Path) -> None:
    restore(path)


WORKS: dict[str, Work] = {"edit": edit, "undo": undo, "train": train, "restore": go_back}


def stored(path: Path, *, write: bool) -> list[tuple[str, str]]:
    """What was done, from a file that must be whole."""
    with Project.open(path, write=write) as project:
        assert project.check().problems == ()
        return [(entry.verb, entry.summary) for entry in reversed(project.history())]


def model(path: Path) -> bytes | None:
    """What was learned: the same bytes give the same answers."""
    with Project.open(path) as project:
        state = project.learner()
        return None if state is None else state.blob


def kill(path: Path, work: Work, number: int, *, spills: bool) -> int:
    """Do some work in another process, and kill it at the numbered step.

    Gives 0 if it was killed, and how many steps there were if it ended before that.
    """

    def do() -> int:
        if "torch" in sys.modules:  # a fork has none of OpenMP's threads, and would wait for them for ever
            sys.modules["torch"].set_num_threads(1)
        steps = count(1)
        done = 0

        def step() -> None:
            nonlocal done
            done = next(steps)
            if done == number:
                kill_this()

        def watched(file: Path, mode: Literal["ro", "rw"], **named: int) -> sqlite3.Connection:
            connection = connect(file, mode, **named)
            if spills:
                connection.execute("PRAGMA cache_size = 1")
            connection.set_trace_callback(lambda _: step())
            return connection

        for module in (database, recover, versions):
            module.connect = watched  # type: ignore[attr-defined]
        sys.addaudithook(lambda event, _: step() if event in _OPERATIONS else None)
        work(path)
        return done

    steps = in_a_fork(do)
    return 0 if steps == KILLED else steps


def count_steps(whole: Path, folder: Path, work: Work, *, spills: bool) -> int:
    """How many statements and operations on files there are in some work, done on a copy."""
    shutil.rmtree(folder)
    shutil.copytree(whole.parent, folder)
    return kill(folder / whole.name, work, 1 << 60, spills=spills)


def kill_everywhere(whole: Path, folder: Path, work: Work, numbers: Iterable[int], *, spills: bool) -> tuple[int, int]:
    """Kill the same work at many steps, each time from the same file. Gives how often it was killed, and how often
    the work was done all the same.

    Raises:
        AssertionError: if a file was not whole, or held half of a verb, a reader changed it, or answers are others
            before the last verb of the work is done.
    """
    path = folder / whole.name
    before, learned = stored(whole, write=False), model(whole)
    count_steps(whole, folder, work, spills=spills)
    after, learned_after = stored(path, write=False), model(path)
    killed = done = 0
    for number in numbers:
        shutil.rmtree(folder)
        shutil.copytree(whole.parent, folder)
        if kill(path, work, number, spills=spills):
            break
        killed += 1
        left = {file.name: file.read_bytes() for file in folder.iterdir() if file.is_file()}
        now = stored(path, write=False)
        assert {file.name: file.read_bytes() for file in folder.iterdir() if file.is_file()} == left, "a reader wrote"
        assert now[: len(before)] == before or work is go_back, f"step {number} lost what was there"
        assert stored(path, write=True) == now, f"step {number}: a writer sees something else"
        assert now == after[: len(now)] or work is go_back, f"step {number} left what is no finished verb"
        assert model(path) == (learned_after if now == after else learned), f"step {number} changed what was learned"
        assert not journal_of(path).exists() or journal_of(path).read_bytes()[:1] in (b"", b"\0")
        done += now == after != before
        kept = [item for item in versions_of(path) if item.why != ROLLBACK]
        assert len(kept) <= 4, "one more than are kept, for as long as it takes to delete the oldest"
        assert all(is_intact(item.path) for item in kept), f"step {number}: a version is not whole"
    return killed, done
