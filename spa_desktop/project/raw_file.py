"""Reading a project file past SQLite, without taking SQLite's locks away.

On POSIX systems, closing any handle of a file drops all locks that the process holds on it, SQLite's too. SQLite keeps
handles open until none of its own connections holds a lock; here, handles are kept open until no connection of ours is
left.
"""

from __future__ import annotations

import os
import threading
from pathlib import Path
from typing import BinaryIO

FileKey = tuple[int, int]
"""Device and inode: the same for all names of a file."""

_mutex = threading.Lock()
_users: dict[FileKey, int] = {}
_kept: dict[FileKey, list[BinaryIO]] = {}


def key_of(path: Path) -> FileKey:
    """Which file a path leads to now.

    Raises:
        OSError: if it leads nowhere.
    """
    info = path.stat()
    return info.st_dev, info.st_ino


class RawFile:
    """A project file that is open past SQLite, as long as a connection to it may be open as well.

    Attributes:
        file: to read from, and to lock. Never close it: :meth:`release` does, once that is safe.
        key: which file it is, whatever its name leads to by now.
        is_open: it was not released yet.
    """

    def __init__(self, path: Path, *, write: bool = False) -> None:
        """Open it.

        Raises:
            OSError: if it cannot be opened.
        """
        # Unbuffered: what is read is in the file now.
        self.file: BinaryIO = path.open("r+b" if write else "rb", buffering=0)
        info = os.fstat(self.file.fileno())
        self.key: FileKey = (info.st_dev, info.st_ino)
        self.is_open = True
        with _mutex:
            _users[self.key] = _users.get(self.key, 0) + 1

    @property
    def size(self) -> int:
        """Bytes of the file now."""
        return os.fstat(self.file.fileno()).st_size

    def read(self, place: int, count: int) -> bytes:
        """Bytes from a place; less at the end of the file."""
        self.file.seek(place)
        return self.file.read(count)

    def release(self) -> None:
        """Nobody needs it any more; every connection that was opened with it is closed. Twice is fine."""
        with _mutex:
            if not self.is_open:
                return
            self.is_open = False
            kept = _kept.setdefault(self.key, [])
            kept.append(self.file)
            _users[self.key] -= 1
            if _users[self.key]:
                return
            del _users[self.key], _kept[self.key]
            for file in kept:
                file.close()
