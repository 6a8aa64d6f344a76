"""One writer at a time: locks that die with their process."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from filelock import FileLock, Timeout

from spa_desktop.errors import SpaError
from spa_desktop.project.bytelock import ByteTaken, lock_byte, unlock_byte
from spa_desktop.project.project_failures import ProjectBusy, cannot_open, read_only
from spa_desktop.project.raw_file import RawFile, key_of


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
            lock_byte(self.raw.file)
        except ByteTaken as error:
            self.release()
            raise busy(project) from error

    def require_in_place(self) -> None:
        """Make sure that the locked file is still the one that the project's name leads to.

        Raises:
            SpaError: if it is not, with what happened to it.
        """
        path = self._project
        try:
            is_same = key_of(path) == self.raw.key
        except FileNotFoundError:
            what = "was moved or deleted" if path.parent.is_dir() else "is gone, with its folder or its disk,"
            raise SpaError(
                f"{path} {what} while it was open: nothing was saved. Put it back in its place, or open it where it is"
            ) from None
        except OSError as error:
            raise SpaError(
                f"{path} cannot be reached any more ({error.strerror or error}): nothing was saved. "
                "Is its disk or its network still there?"
            ) from error
        if not is_same:
            raise SpaError(
                f"{path} was replaced by another file while it was open: nothing was saved. Close it, and open it again"
            )

    def release(self) -> None:
        """Give the locks back. Every connection to the file is closed. Twice is fine."""
        if self.raw.is_open:
            unlock_byte(self.raw.file)
            self.raw.release()
        self._name.release()


def busy(project: Path) -> ProjectBusy:
    """Make the error of a project that somebody else is writing to."""
    return ProjectBusy(f"{project} is already open for writing in another window or command: close it there first")
