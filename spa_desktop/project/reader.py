"""What a reader reads: the file as it lies there, or a private copy where reading it would change something."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

from spa_desktop.project.connecting import Connection, connect
from spa_desktop.project.files_beside import beside, is_plain
from spa_desktop.project.migrations import file_version, migrate, newest_version
from spa_desktop.project.photo_verification import verify
from spa_desktop.project.private_copy import ChangedMeanwhile, PrivateCopy
from spa_desktop.project.project_failures import ProjectInUse, cannot_open, damaged
from spa_desktop.project.raw_file import RawFile
from spa_desktop.project.sqlite_pages import HEADER_SIZE, FileHeader
from spa_desktop.project.versions import is_whole

_TRIES = 5
_UNFINISHED = ("SQLITE_READONLY_ROLLBACK", "SQLITE_READONLY_RECOVERY", "SQLITE_CANTOPEN")


class Reading:
    """A connection that can change nothing.

    Attributes:
        path: of what is read.
        connection: to it.
        is_direct: it is the project itself, no copy.
        notices: what was found beside the project, a line each.
    """

    def __init__(self, path: Path) -> None:
        """Open a project for reading.

        Raises:
            InputError: not a project, newer than the app, damaged.
            SpaError: if it cannot be read.
            sqlite3.Error: likewise.
        """
        try:
            self._raw = RawFile(path)
        except OSError as error:
            raise cannot_open(error, path) from error
        self._copy: PrivateCopy | None = None
        self._open: Connection | None = None
        self.notices: tuple[str, ...] = ()
        try:
            for _ in range(_TRIES):
                try:
                    self.connection = self._connect(path)
                    break
                except ChangedMeanwhile:
                    continue
            else:
                raise ProjectInUse(f"{path} is being written by another program: try again when it is done")
            verify(self.connection, path)
            self.connection.execute("PRAGMA query_only = ON")
        except BaseException:
            self.close()
            raise
        self.path = path if self._copy is None else self._copy.path

    @property
    def is_direct(self) -> bool:
        return self._copy is None

    def close(self) -> None:
        """Close it. Twice is fine."""
        if self._open is not None:
            self._open.close()
        if self._copy is not None:
            self._copy.close()
        self._raw.release()

    def _connect(self, path: Path) -> Connection:
        header = FileHeader.parse(self._raw.read(0, HEADER_SIZE))
        is_wal = (header is not None and header.is_wal) or os.path.lexists(beside(path, "-wal"))
        if not is_wal and is_plain(beside(path, "-journal")):
            try:
                self._open = connect(path, "ro")
                version = file_version(self._open)
                if version >= newest_version() or version < 1:
                    return self._open
                verify(self._open, path)
            except sqlite3.Error as error:
                # A connection for reading does not roll back: it says that it would have to.
                if (getattr(error, "sqlite_errorname", "") or "") not in _UNFINISHED:
                    raise
            if self._open is not None:
                self._open.close()
        return self._connect_to_copy(path)

    def _connect_to_copy(self, path: Path) -> Connection:
        if self._copy is not None:
            self._copy.close()
        self._copy = PrivateCopy(path, self._raw)
        self.notices = self._copy.notices
        self._open = connect(self._copy.path, "rw")
        if self._copy.is_unfinished:
            if not is_whole(self._copy.path):
                raise damaged(path, f"it is not whole without the unfinished work of which {path.name}-journal tells")
            self.notices += (
                f"{path} is read as it was before the unfinished work of which {path.name}-journal tells: "
                "who writes to it next rolls that back",
            )
        if 1 <= file_version(self._open) < newest_version():
            verify(self._open, path)
            if self._open.execute("PRAGMA foreign_key_check").fetchone() is not None:
                raise damaged(path, "a row refers to one that is gone")
            migrate(self._open)
        return self._open
