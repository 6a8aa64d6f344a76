"""One writer at a time: locks that die with their process."""

from __future__ import annotations

import contextlib
import os
import sys
import threading
from io import FileIO
from pathlib import Path
from typing import IO

from filelock import FileLock, Timeout

from spa_desktop.errors import SpaError
from spa_desktop.project.project_failures import NO_LOCKS, ProjectBusy, cannot_open, gone, no_locks, read_only, replaced
from spa_desktop.visible import QT_TRANSLATE_NOOP

if sys.platform != "win32":
    import fcntl

# Reading a project file past SQLite, without taking SQLite's locks away.
#
# On POSIX systems, closing any handle of a file drops all locks that the process holds on it, SQLite's too. SQLite
# keeps handles open until none of its own connections holds a lock; here, handles are kept open until no connection of
# ours is left.

_CONNECTED = 128  # the byte that SQLite calls DMS, in os_unix.c
FileKey = tuple[int, int]
"""Device and inode: the same for all names of a file."""

_mutex = threading.Lock()
_users: dict[FileKey, int] = {}
_kept: dict[FileKey, list[FileIO]] = {}


class RawFile:
    """A project file that is open past SQLite, as long as a connection to it may be open as well."""

    def __init__(self, path: Path) -> None:
        """Open it. Raises OSError if it cannot be opened."""
        # Unbuffered: what is read is in the file now. Never close it: `release` does, once that is safe.
        self.file: FileIO = path.open("rb", buffering=0)
        info = os.fstat(self.file.fileno())
        self.key: FileKey = (info.st_dev, info.st_ino)
        with _mutex:
            _users[self.key] = _users.get(self.key, 0) + 1

    @property
    def size(self) -> int:
        return os.fstat(self.file.fileno()).st_size

    def head(self) -> bytes:
        """The first hundred bytes, in which a database says what it is; less of a shorter file."""
        self.file.seek(0)
        return self.file.read(100)

    def release(self) -> None:
        """Nobody needs it any more; every connection that was opened with it is closed."""
        with _mutex:
            kept = _kept.setdefault(self.key, [])
            kept.append(self.file)
            _users[self.key] -= 1
            if _users[self.key]:
                return
            del _users[self.key], _kept[self.key]
            for file in kept:
                file.close()


def require_locks(file: FileIO | IO[bytes], path: Path) -> None:
    """Make sure that the disk of a project has the locks of SQLite, which takes one that has none for a busy file.

    `file` is open for reading. Its first byte is locked and given back; SQLite locks others. Raises ProjectReadOnly.
    """
    if sys.platform == "win32":
        return
    try:
        fcntl.lockf(file, fcntl.LOCK_SH | fcntl.LOCK_NB, 1)
        fcntl.lockf(file, fcntl.LOCK_UN, 1)
    except OSError as error:
        if error.errno in NO_LOCKS:
            raise no_locks(path) from error


def is_log_in_use(index: Path) -> bool:
    """Whether another program is connected through a write-ahead log: SQLite locks a byte of its `-shm` meanwhile.

    `index` is a plain file or missing. On Windows, where a file in use cannot be renamed, this is not asked.
    """
    if sys.platform == "win32" or not index.is_file():
        return False
    with index.open("r+b") as file:
        try:
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, _CONNECTED)
        except (BlockingIOError, PermissionError):
            return True
    return False


class NameLock:
    """Holds `NAME.spa.lock` beside `NAME.spa`, for this computer and for others that share the folder.

    SQLite's own locks last for a transaction only, and holding one for hours would shut out readers. The operating
    system drops this lock when its process ends, however it ends; the empty file may stay behind and means nothing.
    """

    def __init__(self, project: Path) -> None:
        """Take the lock.

        Raises ProjectBusy if another process, or another place in this one, has it; ProjectReadOnly if the folder
        cannot be written, or its disk has no locks.
        """
        self._file = project.with_name(project.name + ".lock")
        # A quarter of a second: a command that is just ending may still hold it. Not bound to a thread: a project that
        # the window opened may be closed by a worker.
        self._lock = FileLock(self._file, timeout=0.25, thread_local=False)
        try:
            self._lock.acquire()
        except Timeout as error:
            text = QT_TRANSLATE_NOOP(
                "errors", "{path} is already open for writing in another window or command: close it there first"
            )
            raise ProjectBusy(text, path=project) from error
        except OSError as error:
            raise cannot_open(error, project, part=self._file) from error
        self._key = self._now()

    @property
    def is_in_place(self) -> bool:
        """Whether the file is still the one that was locked: the user may have deleted it."""
        return self._now() == self._key

    def _now(self) -> FileKey | None:
        with contextlib.suppress(OSError):
            info = self._file.stat()
            return info.st_dev, info.st_ino
        return None

    def release(self) -> None:
        """Give the lock back, and leave the project as the only file."""
        # Removed while still held: whoever waited on it finds out, as filelock looks for removed files. On Windows an
        # open file cannot be removed, and stays.
        with contextlib.suppress(OSError):
            if self.is_in_place:
                self._file.unlink()
        self._lock.release()


class WriterLock:
    """The lock of a writer, for as long as the project is open for writing."""

    def __init__(self, project: Path) -> None:
        """Take the lock.

        Raises ProjectBusy if another process, or another place in this one, has it; ProjectReadOnly if the file or its
        folder cannot be written; InputError if there is no such file any more.
        """
        if project.exists() and not os.access(project, os.W_OK):
            raise read_only(project)
        self._project = project
        self._name = NameLock(project)
        try:
            self.raw = RawFile(project)
        except OSError as error:
            self._name.release()
            raise cannot_open(error, project) from error

    def require_in_place(self) -> None:
        """Make sure that the locked file is still the one that the project's name leads to, and locked.

        Raises ProjectBusy if the lock was deleted, and another program has it now; SpaError if it is another file, with
        what happened to it.
        """
        path = self._project
        try:
            status = path.stat()
        except FileNotFoundError:
            raise gone(path) from None
        except OSError as error:
            text = QT_TRANSLATE_NOOP(
                "errors",
                "{path} cannot be reached any more ({reason}): nothing was saved. Is its disk or its network still "
                "there?",
            )
            raise SpaError(text, path=path, reason=error.strerror or error) from error
        if (status.st_dev, status.st_ino) != self.raw.key:
            raise replaced(path)
        if not self._name.is_in_place:
            self._name = NameLock(path)

    def release(self) -> None:
        """Give the lock back. Every connection to the file is closed."""
        self.raw.release()
        self._name.release()
