"""Programs that are killed or lose their power while they write to a project: what they leave behind on the disk."""

import json
import os
import random
import signal
import sqlite3
import struct
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from spa_desktop.project import Project

_SECTOR = 512
_JOURNAL_MAGIC = bytes.fromhex("d9d505f920a163d7")


def journal_of(path: Path) -> Path:
    return path.with_name(path.name + "-journal")


def change_much(project: Project, seed: int = 0) -> None:
    """Touch many pages in one transaction: tasks, classes, photos, cached texts."""
    with project.transaction("edit", f"seed {seed}") as tx:
        for index in range(40):
            tx.add_task(f"more {seed} {index}")
            tx.cache_description(f"{seed} {index}", "x" * 5000)
        for record in project.classes():
            tx.rename_class(record.id, f"{record.name} {seed}")
        tx.relocate_photos({photo.id: Path(f"/moved/{seed}/{photo.name}") for photo in project.photos(set_aside=None)})


KILLED = "killed"


def rename(path: Path, name: str) -> None:
    """Give the first class another name, in a session of its own."""
    with Project.open(path, write=True) as project, project.transaction("rename", name) as tx:
        tx.rename_class(1, name)


def in_a_fork(work: Callable[[], object]) -> Any:
    """Do some work in a fork of this process. Gives what it returns, as JSON has it, or `KILLED` if it was killed.

    A fork is another process for locks and for SQLite, but has no need to import anything. The process that is forked
    must not be in a transaction: SQLite would think that the fork is in it.

    Raises:
        AssertionError: if the work failed.
    """
    if not hasattr(os, "fork"):
        pytest.skip("Windows has no fork")
    told, tell = os.pipe()
    process = os.fork()
    if process == 0:
        try:
            with open(tell, "w") as answer:  # noqa: PTH123
                json.dump(work(), answer)
            os._exit(0)
        finally:  # it failed: pytest would go on in the fork
            traceback.print_exc()
            sys.stderr.flush()
            os._exit(1)
    os.close(tell)
    with open(told) as answer:  # noqa: PTH123
        said = answer.read()
    status = os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
    if status == -signal.SIGKILL:
        return KILLED
    assert status == 0, "what was done in a fork failed"
    return json.loads(said)


def kill_this() -> None:
    """End this process at once."""
    os.kill(os.getpid(), signal.SIGKILL)


def killed_while(path: Path, work: Callable[[Project], None], *, spills: bool = True) -> None:
    """Do some work on a project in another process, which is killed at the end of it, before the commit.

    Args:
        path: the project.
        work: is given the project, and changes it in one transaction.
        spills: the pages have been written to the file before that, so that it is half changed.
    """

    def do() -> None:
        project = Project.open(path, write=True)
        if spills:
            project._db.rows("PRAGMA cache_size = 1")
        # Asked before each commit, and elsewhere outside of transactions.
        project._db._writer.require_in_place = lambda: project._db.connection.in_transaction and kill_this()
        work(project)

    assert in_a_fork(do) == KILLED, "the work had ended before it was killed"


def kill_sql(path: Path, statements: list[str]) -> None:
    """Run statements in one transaction of another program, which is killed before the commit."""

    def do() -> None:
        other = sqlite3.connect(path, isolation_level=None)
        for statement in ("PRAGMA cache_size = 1", "BEGIN IMMEDIATE", *statements):
            other.execute(statement)
        kill_this()

    assert in_a_fork(do) == KILLED


class PowerCut:
    """A commit that is cut short by a power failure: some sectors of the file are new, the others still old.

    Attributes:
        before: the file before the transaction.
        after: the file with all of it.
        journal: the journal as it was on the disk when the first page of the file was written.
    """

    def __init__(self, path: Path, work: Callable[[Project], None]) -> None:
        self.before = path.read_bytes()
        with Project.open(path, write=True) as project:
            # Kept after the commit, with its header zeroed: the header is put back from what it said before.
            project._db.rows("PRAGMA journal_mode = PERSIST")
            heads: list[bytes] = []
            in_place = project._db._writer.require_in_place

            def look() -> None:
                in_place()
                if project._db.connection.in_transaction:
                    heads.append(journal_of(path).read_bytes()[:28])

            project._db._writer.require_in_place = look
            work(project)
            body = journal_of(path).read_bytes()
        self.after = path.read_bytes()
        head = heads[-1]
        page_size = struct.unpack_from(">I", head, 24)[0]
        count, place = 0, _SECTOR
        while place + page_size + 8 <= len(body) and any(body[place : place + 4]):
            count, place = count + 1, place + page_size + 8
        self.journal = _JOURNAL_MAGIC + struct.pack(">I", count) + head[12:] + body[28:place]
        path.write_bytes(self.before)
        journal_of(path).unlink(missing_ok=True)

    def leave(self, path: Path, chance: random.Random) -> None:
        """Put file and journal on the disk as one of the many power cuts would leave them."""
        data = bytearray(self.before.ljust(len(self.after), b"\0"))
        places = [
            place for place in range(0, len(data), _SECTOR) if data[place:][:_SECTOR] != self.after[place:][:_SECTOR]
        ]
        share = chance.random()
        for place in places:
            if chance.random() < share:
                data[place : place + _SECTOR] = self.after[place : place + _SECTOR]
        # The file may not have grown yet.
        length = chance.choice([len(self.before), len(data)])
        path.write_bytes(data[:length])
        journal_of(path).write_bytes(self.journal)
