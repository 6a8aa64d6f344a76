"""SQLite's connections, set up so that a file from a stranger can do no harm."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Any, Literal
from urllib.parse import quote

from spa_desktop.errors import SpaError
from spa_desktop.jobs import Job, Stage
from spa_desktop.project.project_failures import ProjectInUse, explain

Row = tuple[Any, ...]

_STEPS, _MOST_STEPS = 10_000_000, (1 << 31) - 1  # of SQLite's machine, in a statement

# Waiting for other programs that use the file: bounded, said, and to be cancelled.

_AT_ONCE = 0.1  # seconds that SQLite waits by itself, between two looks whether to go on
_SAID_AFTER = 1.0


@dataclass(frozen=True)
class Waiting:
    """How a transaction waits for other programs."""

    seconds: float = 30.0  # how long at most
    say: Callable[[str], None] | None = None  # called once, with one line, when it takes more than a second
    job: Job | None = None  # reports it instead, and may be cancelled meanwhile
    why: str = ""  # what would be lost by giving up, for that line; "" if nothing


def sqlite_uri(path: PurePath, options: str) -> str:
    r"""An absolute path as SQLite's URI. It refuses the host that `as_uri` makes of a share, or of a drive that is one.

    >>> from pathlib import PureWindowsPath
    >>> [sqlite_uri(PureWindowsPath(path), "mode=ro") for path in (r"C:\my #1.spa", r"\\nas\moths\my.spa")]
    ['file:///C:/my%20%231.spa?mode=ro', 'file:////nas/moths/my.spa?mode=ro']
    """
    text = quote(os.fsencode(path.as_posix()), safe="/:")
    return f"file://{text if text.startswith('/') else f'/{text}'}?{options}"


def connect(path: Path, mode: Literal["ro", "rw"], *, cached_statements: int = 128) -> sqlite3.Connection:
    """Open a file that is there. With "ro" nothing is written, not even a journal rolled back.

    Pages may lead to each other in a damaged file, so that a table of a hundred rows has a billion: until the gate
    lifts that bound, what a statement may do is bounded by the size of the file; of a cached one, in all its runs.
    Raises sqlite3.Error if it cannot be opened.
    """
    if sqlite3.sqlite_version_info < (3, 37):
        raise SpaError(f"The app needs SQLite 3.37 or newer, this Python has {sqlite3.sqlite_version}: update Python")
    connection = sqlite3.connect(
        sqlite_uri(path, f"mode={mode}"),
        uri=True,
        isolation_level=None,
        check_same_thread=False,
        timeout=Waiting.seconds,
        cached_statements=cached_statements,
    )
    try:
        with contextlib.suppress(OSError):
            connection.set_progress_handler(lambda: 1, min(_STEPS + path.stat().st_size, _MOST_STEPS))
        connection.execute("PRAGMA synchronous = EXTRA")
        connection.execute("PRAGMA trusted_schema = OFF")  # projects are passed around: nothing in one may run code
        connection.execute("PRAGMA cell_size_check = ON")
    except BaseException:
        connection.close()
        raise
    return connection


def patiently(connection: sqlite3.Connection, sql: str, path: Path, waiting: Waiting) -> None:
    """Begin or commit a transaction. One that could not be committed is still open.

    Raises ProjectInUse if other programs use the file for too long; SpaError if it fails for another reason; Cancelled
    if the job was cancelled meanwhile.
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
