"""Waiting for other programs that use the file: bounded, said, and to be cancelled."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from spa_desktop.jobs import Job, Stage
from spa_desktop.project.project_failures import ProjectInUse, explain

_AT_ONCE = 0.1  # seconds that SQLite waits by itself, between two looks whether to go on
_SAID_AFTER = 1.0


@dataclass(frozen=True)
class Waiting:
    """How a transaction waits for other programs.

    Attributes:
        seconds: how long at most.
        say: is told once, in one line, when it takes more than a second.
        job: is told instead, and may be cancelled meanwhile.
        why: what would be lost by giving up, for that line; "" if nothing.
    """

    seconds: float = 30.0
    say: Callable[[str], None] | None = None
    job: Job | None = None
    why: str = ""


def patiently(connection: sqlite3.Connection, sql: str, path: Path, waiting: Waiting) -> None:
    """Begin or commit a transaction. One that could not be committed is still open.

    Raises:
        ProjectInUse: if other programs use the file for too long.
        SpaError: if it fails for another reason.
        Cancelled: if the job was cancelled meanwhile.
    """
    started = time.monotonic()
    is_said = False
    connection.execute(f"PRAGMA busy_timeout = {int(1000 * _AT_ONCE)}")
    while True:
        try:
            connection.execute(sql)
            return
        except sqlite3.Error as error:
            if not (getattr(error, "sqlite_errorname", "") or "").startswith("SQLITE_BUSY"):
                raise explain(error, path) from error
            waited = time.monotonic() - started
            if waited >= waiting.seconds:
                raise ProjectInUse(
                    f"{path} was being read by another program for {waited:.0f} seconds: nothing was changed. Close "
                    "that program, and try again"
                ) from error
        if waited >= _SAID_AFTER and not is_said:
            is_said = True
            line = f"Waiting up to {waiting.seconds:.0f} seconds for another program that is reading {path}"
            line = f"{line}: {waiting.why}" if waiting.why else line
            if waiting.job is not None:
                waiting.job.stage(Stage.WAIT)
                waiting.job.message(line)
            elif waiting.say is not None:
                waiting.say(line)
        if waiting.job is not None:
            waiting.job.check()
