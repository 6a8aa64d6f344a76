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
from spa_desktop.project.files_beside import beside, is_hot, strangers
from spa_desktop.project.project_failures import cannot_open
from spa_desktop.project.raw_file import RawFile
from spa_desktop.project.sqlite_pages import HEADER_SIZE, MAGIC
from spa_desktop.project.versions import copy

_MODES = 18  # where the file's header says in two bytes whether it is in WAL mode


class ChangedMeanwhile(Exception):
    """Somebody wrote to the file while it was copied: look again."""


class PrivateCopy:
    """A copy of a project and of the journal beside it, without a write-ahead log.

    Attributes:
        path: of the copy.
        is_unfinished: opening it for writing rolls its journal back.
        notices: what lies beside the project and was left out, a line each.
    """

    def __init__(self, path: Path, raw: RawFile) -> None:
        """Copy.

        Raises:
            ChangedMeanwhile: if it was written to meanwhile.
            SpaError: if there is no room for it.
        """
        left_out = strangers(path)
        self.notices = tuple(f"{file.name} beside {path} was not used, as {why}" for file, why in left_out)
        journal = beside(path, "-journal")
        has_journal = journal.is_file() and journal not in (file for file, _ in left_out)
        self._folder = tempfile.TemporaryDirectory(prefix="spa-desktop-")
        self.path = Path(self._folder.name, path.name)
        try:
            size = raw.size + (journal.stat().st_size if has_journal else 0)
            if size > shutil.disk_usage(self._folder.name).free:
                raise SpaError(
                    f"{path} cannot be read as it is, and {size >> 20} MB for a copy are not free in "
                    f"{self._folder.name}: free some space, or open it for writing"
                )
            before = _signature(path, raw)
            with self.path.open("xb") as file:
                copy(raw, file.fileno())
                if raw.read(0, HEADER_SIZE).startswith(MAGIC):
                    file.seek(_MODES)
                    file.write(b"\x01\x01")
            if has_journal:
                shutil.copyfile(journal, beside(self.path, "-journal"))
            if _signature(path, raw) != before:
                raise ChangedMeanwhile
            self.is_unfinished = is_hot(self.path)
        except OSError as error:
            self.close()
            if has_journal and not journal.exists():
                raise ChangedMeanwhile from error
            raise cannot_open(error, path) from error
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Remove it. Every connection to it is closed."""
        with contextlib.suppress(OSError):
            self._folder.cleanup()


def _signature(path: Path, raw: RawFile) -> tuple[object, ...]:
    """What is another after a program has written to the file, or while it does."""
    info = os.fstat(raw.file.fileno())
    journal: tuple[int, ...] = ()
    with contextlib.suppress(OSError):
        other = beside(path, "-journal").stat()
        journal = (other.st_ino, other.st_size, other.st_mtime_ns)
    return info.st_size, info.st_mtime_ns, raw.read(0, HEADER_SIZE), journal
