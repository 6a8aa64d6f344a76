"""What is said when the disk does not take a file."""

from __future__ import annotations

import errno

RESUMES = ". What was done so far is kept: make room, and run the same again with --resume"


def is_for_good(error: OSError) -> bool:
    """The disk takes nothing more, whatever the file: it is full, gone, or may not be written."""
    return error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO, errno.ENODEV)
