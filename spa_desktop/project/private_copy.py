"""A copy of a project of a reader's own, for what would change the file: rolling back, leaving WAL mode, migrating.

A reader changes nothing, byte for byte. Where the file cannot be read as it lies there, it reads a copy in a temporary
folder, which is removed when it is closed.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from pathlib import Path

from spa_desktop.errors import SpaError
from spa_desktop.project.files_beside import beside
from spa_desktop.project.project_failures import cannot_open
from spa_desktop.project.raw_file import RawFile
from spa_desktop.project.sqlite_pages import HEADER_SIZE

_CHUNK = 1 << 20
_MODES = slice(18, 20)  # of the file's header: in WAL mode or not


class ChangedMeanwhile(Exception):
    """Somebody wrote to the file while it was copied: look again."""


class PrivateCopy:
    """A copy of a project, with its own journal beside it if it has one, and without a write-ahead log.

    Attributes:
        path: of the copy.
    """

    def __init__(self, path: Path, raw: RawFile, journal: Path | None) -> None:
        """Copy.

        Raises:
            ChangedMeanwhile: if it was written to meanwhile.
            SpaError: if there is no room for it.
        """
        self._folder = tempfile.TemporaryDirectory(prefix="spa-desktop-")
        self.path = Path(self._folder.name, path.name)
        try:
            room = shutil.disk_usage(self._folder.name).free
            if raw.size > room:
                raise SpaError(
                    f"{path} cannot be read as it is, and {raw.size >> 20} MB for a copy are not free in "
                    f"{self._folder.name}: free some space, or open it for writing"
                )
            before = _signature(path, raw)
            _copy(raw, self.path)
            if journal is not None:
                shutil.copyfile(journal, beside(self.path, "-journal"))
            if _signature(path, raw) != before:
                raise ChangedMeanwhile
        except OSError as error:
            self.close()
            raise cannot_open(error, path) from error
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Remove it. Every connection to it is closed."""
        with contextlib.suppress(OSError):
            self._folder.cleanup()


def _copy(raw: RawFile, target: Path) -> None:
    with target.open("xb") as file:
        place = 0
        while chunk := raw.read(place, _CHUNK):
            if place == 0 and len(chunk) >= HEADER_SIZE:
                head = bytearray(chunk)
                head[_MODES] = b"\x01\x01"
                chunk = bytes(head)
            place += file.write(chunk)


def _signature(path: Path, raw: RawFile) -> tuple[object, ...]:
    """What is another after a program has written to the file, or while it does."""
    info = os.fstat(raw.file.fileno())
    journal: tuple[int, ...] = ()
    with contextlib.suppress(OSError):
        other = beside(path, "-journal").stat()
        journal = (other.st_ino, other.st_size, other.st_mtime_ns)
    return info.st_size, info.st_mtime_ns, raw.read(0, HEADER_SIZE), journal
