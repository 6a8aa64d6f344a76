"""Regular files, opened without waiting and read through one descriptor.

A path is looked at before it is opened, since opening alone can act on a device, and the open file is looked at again,
since the path may lead elsewhere by then. Links are followed: people link photos.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from spa_desktop.photos.memory_budget import MemoryBudget
from spa_desktop.photos.photo_limits import MAX_FILE, MB, Refusal

# Each name is missing on some system.
_FLAGS = os.O_RDONLY | sum(getattr(os, name, 0) for name in ("O_NONBLOCK", "O_NOCTTY", "O_CLOEXEC", "O_BINARY"))
_CONTENTS = MemoryBudget(MAX_FILE)


@contextmanager
def open_regular(path: Path) -> Iterator[tuple[int, int]]:
    """Open a regular file for reading.

    Yields:
        The descriptor and the size in bytes, above 0.

    Raises:
        Refusal: it is a folder, a device, a pipe or a socket, is empty, or is larger than `MAX_FILE`. Files that the
            kernel makes up (in /proc) count as empty, and are not read.
        OSError: it cannot be opened.
    """
    _size_of(path.stat())
    descriptor = os.open(path, _FLAGS)
    try:
        yield descriptor, _size_of(os.fstat(descriptor))
    finally:
        os.close(descriptor)


@contextmanager
def content_of(descriptor: int, size: int) -> Iterator[bytes]:
    """The whole content of an open file, held in memory inside the ``with``.

    What is hashed and what is decoded are these bytes, whatever happens to the file meanwhile.
    """
    with _CONTENTS.lend(size):
        os.lseek(descriptor, 0, os.SEEK_SET)
        parts = []
        left = size
        while left and (part := os.read(descriptor, left)):
            parts.append(part)
            left -= len(part)
        yield parts[0] if len(parts) == 1 else b"".join(parts)


def first_bytes(descriptor: int, count: int) -> bytes:
    """The file's first bytes."""
    os.lseek(descriptor, 0, os.SEEK_SET)
    return os.read(descriptor, count)


def sha256_of(path: Path) -> str:
    """The SHA-256 of a regular file, read piece by piece.

    Raises:
        Refusal, OSError: as `open_regular`.
    """
    digest = hashlib.sha256()
    with open_regular(path) as (descriptor, size):
        left = size
        while left and (part := os.read(descriptor, min(left, MB))):
            digest.update(part)
            left -= len(part)
    return digest.hexdigest()


def _size_of(info: os.stat_result) -> int:
    if stat.S_ISDIR(info.st_mode):
        raise Refusal("is a folder: give a photo")
    if not stat.S_ISREG(info.st_mode):
        raise Refusal("is a device, a pipe or a socket, not a file: copy the photo into a file")
    if info.st_size == 0:
        raise Refusal("is empty (0 bytes): remove it or copy it again")
    if info.st_size > MAX_FILE:
        raise Refusal(f"has {info.st_size // MB} MB, and a photo may have {MAX_FILE // MB}: save it as JPEG")
    return info.st_size
