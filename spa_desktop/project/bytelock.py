"""A lock on one byte of an open file, which goes by the file and not by its name.

On Linux and macOS it is a lock of the open file description: unlike the older POSIX locks it does not vanish when
another handle of the file is closed, and two openings within one process exclude each other. The byte lies in the page
that SQLite reserves for its own locks and never stores anything in, past the bytes that SQLite locks.
"""

from __future__ import annotations

import contextlib
import errno
import os
import struct
import sys
from typing import BinaryIO

_BYTE = 0x40000000 + 1024
_TAKEN = (errno.EACCES, errno.EAGAIN, errno.EDEADLK)


class ByteTaken(Exception):
    """Somebody else holds the lock."""


def lock_byte(file: BinaryIO) -> bool:
    """Lock the byte until the file is closed. Gives False where the system or the disk has no such locks.

    Raises:
        ByteTaken: if another opening of the file has it.
    """
    try:
        return _lock(file)
    except OSError as error:
        if error.errno in _TAKEN:
            raise ByteTaken from error
        return False  # network disks and odd systems: the lock beside the file has to do


def unlock_byte(file: BinaryIO) -> None:
    """Give the lock back, while the file may stay open for a while."""
    with contextlib.suppress(OSError):
        _lock(file, release=True)


if sys.platform == "win32":

    def _lock(file: BinaryIO, *, release: bool = False) -> bool:
        import msvcrt

        file.seek(_BYTE)
        msvcrt.locking(file.fileno(), msvcrt.LK_UNLCK if release else msvcrt.LK_NBLCK, 1)
        return True

elif sys.platform in ("linux", "darwin"):

    def _lock(file: BinaryIO, *, release: bool = False) -> bool:
        import fcntl

        kind = fcntl.F_UNLCK if release else fcntl.F_WRLCK
        if sys.platform == "darwin":
            # <sys/fcntl.h>; Python has no names for them there.
            command, request = 90, struct.pack("qqihh", _BYTE, 1, 0, kind, os.SEEK_SET)
        else:
            command = fcntl.F_OFD_SETLK
            request = struct.pack("hhqqi0q", kind, os.SEEK_SET, _BYTE, 1, 0)
        fcntl.fcntl(file.fileno(), command, request)
        return True

else:

    def _lock(file: BinaryIO, *, release: bool = False) -> bool:
        return False
