"""An audit hook that notes what is written, made, renamed or deleted in places that are not meant for it.

It sees what Python does; SQLite and other libraries open their files past it, so the files that must not change are
compared as well.
"""

from __future__ import annotations

import os
import threading
from pathlib import Path

written: list[str] = []
meant: list[str] = []  # beginnings of the paths that may be written to; nothing is watched while it is empty

_FLAGS = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_BOTH = ("os.rename", "os.link")
_FIRST = ("os.remove", "os.mkdir", "os.rmdir", "os.truncate", "os.chmod", "os.utime")
_IN_FOLDER = ("os.remove", "os.rmdir", "os.mkdir")  # whose last argument is the folder, or -1


class _Looking(threading.local):
    is_active = False  # looking where a path leads must not be looked at again


_looking = _Looking()


def watch(event: str, arguments: tuple[object, ...]) -> None:
    """For `sys.addaudithook`."""
    if not meant or _looking.is_active:
        return
    places: tuple[object, ...] = ()
    follows = False
    if event == "open":
        mode, flags = arguments[1], arguments[2]
        by_mode = isinstance(mode, str) and any(letter in mode for letter in "wax+")
        by_flags = not isinstance(mode, str) and isinstance(flags, int) and bool(flags & _FLAGS)
        places = arguments[:1] if by_mode or by_flags else ()
        follows = not (isinstance(flags, int) and flags & getattr(os, "O_NOFOLLOW", 0))
    elif event in _BOTH:
        places = arguments[:2]
    elif event in _FIRST:
        places = arguments[:1]
    elif event == "os.symlink":
        places = arguments[1:2]
    folder = arguments[-1] if event in _IN_FOLDER else -1
    for place in places:
        if isinstance(place, str | bytes | os.PathLike):
            _note(event, Path(os.fsdecode(place)), folder if isinstance(folder, int) else -1, follows)


def _note(event: str, place: Path, folder: int, follows: bool) -> None:
    _looking.is_active = True
    try:
        if folder >= 0:  # the name is one in an open folder
            place = Path(f"/proc/self/fd/{folder}").resolve() / place
        # Where it really is: a link of a stranger leads elsewhere. What replaces or deletes a name does not follow it.
        real = place.absolute().resolve() if follows else place.absolute().parent.resolve() / place.name
        # Nothing comes of making a folder that is there, and what opens one for writing is a file without a name.
        is_there = event in ("os.mkdir", "open") and real.is_dir()
    finally:
        _looking.is_active = False
    if not is_there and not str(real).startswith(tuple(meant)):
        written.append(f"{event} {real}")
