"""What is said when the disk does not take a file."""

from __future__ import annotations

import errno
from pathlib import Path

from spa_desktop.errors import SpaError

RESUMES = ". What was done so far is kept: make room, and run the same again with --resume"


def reason_of(error: OSError) -> str:
    """Why, in a few words."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return "the disk is full"
    return error.strerror or str(error)


def is_for_good(error: OSError) -> bool:
    """The disk takes nothing more, whatever the file: it is full, gone, or may not be written."""
    return error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO, errno.ENODEV)


def write_failure(error: OSError, path: Path) -> SpaError:
    """A file cannot be written; what was done before goes on with a further run."""
    return SpaError(f"{path} cannot be written: {reason_of(error)}{RESUMES}")
