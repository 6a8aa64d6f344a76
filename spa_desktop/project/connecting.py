"""SQLite's connections, set up so that a file from a stranger can do no harm."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Literal

from spa_desktop.errors import SpaError
from spa_desktop.project.waiting import Waiting


def connect(path: Path, mode: Literal["ro", "rw"]) -> sqlite3.Connection:
    """Open a file that is there. With "ro" nothing is written, not even a journal rolled back.

    Raises:
        sqlite3.Error: if it cannot be opened.
    """
    if sqlite3.sqlite_version_info < (3, 37):
        raise SpaError(f"The app needs SQLite 3.37 or newer, this Python has {sqlite3.sqlite_version}: update Python")
    connection = sqlite3.connect(
        f"{path.as_uri()}?mode={mode}", uri=True, isolation_level=None, check_same_thread=False, timeout=Waiting.seconds
    )
    try:
        connection.execute("PRAGMA synchronous = EXTRA")
        connection.execute("PRAGMA trusted_schema = OFF")  # projects are passed around: nothing in one may run code
        connection.execute("PRAGMA cell_size_check = ON")
    except BaseException:
        connection.close()
        raise
    return connection
