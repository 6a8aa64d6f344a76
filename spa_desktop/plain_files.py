"""Reading files whose names come from elsewhere: whole, up to a limit, and never waiting for what is no plain file."""

from __future__ import annotations

import os
import stat
from pathlib import Path

_CHUNK = 1 << 20


class NotPlainError(OSError):
    """What was to be read is no plain file, or too large; `strerror` says which."""

    def __init__(self, reason: str) -> None:
        super().__init__(0, reason)


def is_elsewhere(path: str | os.PathLike[str]) -> bool:
    r"""The path is of another computer. Windows would ask that one for the file, and tell it who is asking.

    Not even whether there is such a file is to be asked where the path comes from a stranger.

    >>> [is_elsewhere(path) for path in ("//host/share/a.jpg", r"\\host\share", r"C:\photos", "/photos//a.jpg")]
    [True, True, False, False]
    """
    return os.fspath(path).replace("\\", "/").startswith(("//", "/??/"))


def read_plain_file(path: Path, most: int) -> bytes:
    """The content of a plain file, at most `most` bytes.

    A pipe or a device in its place is not waited for: the file is opened once, and looked at and read by that handle.

    Raises:
        NotPlainError: if it is no plain file, or has more bytes.
        OSError: if it cannot be read; ValueError: if its name cannot be one.
    """
    # Looked at twice: some devices do something when they are opened, and the name may lead elsewhere a moment later.
    _require_plain(path.stat())
    flags = os.O_RDONLY | sum(getattr(os, name, 0) for name in ("O_NONBLOCK", "O_NOCTTY", "O_BINARY", "O_CLOEXEC"))
    handle = os.open(path, flags)
    try:
        found = os.fstat(handle)
        _require_plain(found)
        parts: list[bytes] = []
        left = most + 1
        # The size is no more than a hint: the file may grow meanwhile, and some file systems give zero.
        while left > 0 and found.st_size <= most and (part := os.read(handle, min(left, _CHUNK))):
            parts.append(part)
            left -= len(part)
    finally:
        os.close(handle)
    if left <= 0 or found.st_size > most:
        raise NotPlainError(f"it is larger than {_megabytes(most)}")
    return b"".join(parts)


def _require_plain(found: os.stat_result) -> None:
    if not stat.S_ISREG(found.st_mode):
        raise NotPlainError("it is a folder" if stat.S_ISDIR(found.st_mode) else "it is no plain file")


def _megabytes(size: int) -> str:
    return f"{size >> 20} MB" if size >= 1 << 20 else f"{size >> 10} kB"
