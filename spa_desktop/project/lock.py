"""One writer at a time: a lock beside the project that dies with its process."""

from __future__ import annotations

import contextlib
from pathlib import Path

from filelock import FileLock, Timeout

from spa_desktop.errors import SpaError
from spa_desktop.project.failures import ProjectBusy, read_only


class WriterLock:
    """Holds `NAME.spa.lock` beside `NAME.spa` for as long as the project is open for writing.

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
            raise ProjectBusy(
                f"{project} is already open for writing in another window or command: close it there first"
            ) from error
        except PermissionError as error:
            raise read_only(project) from error
        except OSError as error:
            if error.strerror and "read-only" in error.strerror.lower():
                raise read_only(project) from error
            raise SpaError(f"{project} could not be locked for writing: {error.strerror or error}") from error

    def release(self) -> None:
        """Give the lock back, and leave the project as the only file."""
        # Removed while still held: whoever waited on it finds out, as filelock looks for removed files. On Windows an
        # open file cannot be removed, and stays.
        with contextlib.suppress(OSError):
            self._file.unlink()
        self._lock.release()
