"""One writer at a time: locks that die with their process."""

from __future__ import annotations

import contextlib
import errno
import os
import struct
import sys
import threading
from pathlib import Path
from typing import BinaryIO

from filelock import FileLock, Timeout

from spa_desktop.errors import SpaError
from spa_desktop.project.project_failures import busy, cannot_open, gone, read_only, replaced

# A lock on one byte of an open file, which goes by the file and not by its name.
#
# On Linux and macOS it is a lock of the open file description: unlike the older POSIX locks it does not vanish when
# another handle of the file is closed, and two openings within one process exclude each other. The byte lies in the
# page that SQLite reserves for its own locks and never stores anything in, past the bytes that SQLite locks.

_BYTE = 0x40000000 + 1024
_TAKEN = (errno.EACCES, errno.EAGAIN, errno.EDEADLK)


def _lock_byte(file: BinaryIO, *, release: bool = False) -> None:
    """Lock the byte until the file is closed, or give the lock back. Does nothing where a system has no such locks.

    Raises:
        OSError: if another opening of the file has it (:data:`_TAKEN`), or the disk has no such locks.
    """
    if sys.platform == "win32":
        import msvcrt

        file.seek(_BYTE)
        msvcrt.locking(file.fileno(), msvcrt.LK_UNLCK if release else msvcrt.LK_NBLCK, 1)
    elif sys.platform in ("linux", "darwin"):
        import fcntl

        kind = fcntl.F_UNLCK if release else fcntl.F_WRLCK
        if sys.platform == "darwin":
            # <sys/fcntl.h>; Python has no names for them there.
            command, request = 90, struct.pack("qqihh", _BYTE, 1, 0, kind, os.SEEK_SET)
        else:
            command = fcntl.F_OFD_SETLK
            request = struct.pack("hhqqi0q", kind, os.SEEK_SET, _BYTE, 1, 0)
        fcntl.fcntl(file.fileno(), command, request)


# Reading a project file past SQLite, without taking SQLite's locks away.
#
# On POSIX systems, closing any handle of a file drops all locks that the process holds on it, SQLite's too. SQLite
# keeps handles open until none of its own connections holds a lock; here, handles are kept open until no connection of
# ours is left.

FileKey = tuple[int, int]
"""Device and inode: the same for all names of a file."""

_mutex = threading.Lock()
_users: dict[FileKey, int] = {}
_kept: dict[FileKey, list[BinaryIO]] = {}


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

    def head(self) -> bytes:
        """The first hundred bytes, in which a database says what it is; less of a shorter file."""
        self.file.seek(0)
        return self.file.read(100)

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


class NameLock:
    """Holds `NAME.spa.lock` beside `NAME.spa`: for programs on other computers that share the folder.

    SQLite's own locks last for a transaction only, and holding one for hours would shut out readers. The operating
    system drops this lock when its process ends, however it ends; the empty file may stay behind and means nothing.
    """

    def __init__(self, project: Path) -> None:
        """Take the lock.

        Raises:
            ProjectBusy: if another process, or another place in this one, has it.
            ProjectReadOnly: if the folder cannot be written.
        """
        self._file = project.with_name(project.name + ".lock")
        # A quarter of a second: a command that is just ending may still hold it. Not bound to a thread: a project that
        # the window opened may be closed by a worker.
        self._lock = FileLock(self._file, timeout=0.25, thread_local=False)
        try:
            self._lock.acquire()
        except Timeout as error:
            raise busy(project) from error
        except OSError as error:
            raise cannot_open(error, project, part=self._file) from error

    def release(self) -> None:
        """Give the lock back, and leave the project as the only file."""
        # Removed while still held: whoever waited on it finds out, as filelock looks for removed files. On Windows an
        # open file cannot be removed, and stays.
        with contextlib.suppress(OSError):
            self._file.unlink()
        self._lock.release()


class WriterLock:
    """Both locks of a writer, for as long as the project is open for writing.

    The lock beside the project goes by its name, so a second name of the file, or deleting the lock, would let a second
    writer in. So a byte of the file itself is locked as well.

    Attributes:
        raw: the project file, open past SQLite.
    """

    def __init__(self, project: Path) -> None:
        """Take the locks.

        Raises:
            ProjectBusy: if another process, or another place in this one, has one of them.
            ProjectReadOnly: if the file or its folder cannot be written.
            InputError: if there is no such file any more.
        """
        if project.exists() and not os.access(project, os.W_OK):
            raise read_only(project)
        self._project = project
        self._name = NameLock(project)
        try:
            self.raw = RawFile(project, write=True)
        except OSError as error:
            self._name.release()
            raise cannot_open(error, project) from error
        try:
            _lock_byte(self.raw.file)
        except OSError as error:
            if error.errno in _TAKEN:
                self.release()
                raise busy(project) from error
            # Network disks and odd systems: the lock beside the file has to do.

    def require_in_place(self) -> None:
        """Make sure that the locked file is still the one that the project's name leads to.

        Raises:
            SpaError: if it is not, with what happened to it.
        """
        path = self._project
        try:
            found = path.stat()
        except FileNotFoundError:
            raise gone(path) from None
        except OSError as error:
            raise SpaError(
                f"{path} cannot be reached any more ({error.strerror or error}): nothing was saved. "
                "Is its disk or its network still there?"
            ) from error
        if (found.st_dev, found.st_ino) != self.raw.key:
            raise replaced(path)

    def release(self) -> None:
        """Give the locks back. Every connection to the file is closed. Twice is fine."""
        if self.raw.is_open:
            with contextlib.suppress(OSError):
                _lock_byte(self.raw.file, release=True)  # the file may stay open for a while
            self.raw.release()
        self._name.release()
