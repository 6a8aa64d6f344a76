"""A folder that appears whole or not at all: it is written beside its place and renamed."""

from __future__ import annotations

import os
import re
import shutil
import uuid
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from spa_desktop.errors import InputError, SpaError
from spa_desktop.plain_files import read_head


@contextmanager
def finished_folder(
    target: Path, *, ours: Collection[str], mark: str, begins: re.Pattern[bytes], replaces: bool
) -> Iterator[Path]:
    """A new folder to write into, which becomes `target` when the block ends without an error.

    Args:
        target: is missing, or an empty folder, or, with `replaces`, a folder that holds `mark` and nothing but `ours`.
        ours: names of all that such a folder may hold.
        mark: name of the file that tells that a folder is one of ours.
        begins: how that file begins.
        replaces: the folder may take the place of an earlier one.

    Raises:
        InputError: if the folder cannot be the target: it holds something else, is a file, or cannot be made there.
        SpaError: if it cannot be written, as on a full disk. Nothing is left of it then.
    """
    target = Path(os.path.abspath(target))  # noqa: PTH100 - a link stays a link, and `..` is gone before it is renamed
    has_old = has_earlier(target, ours=ours, mark=mark, begins=begins, replaces=replaces)
    token = uuid.uuid4().hex[:8]
    new, old = (target.with_name(f".{target.name}.{token}.{kind}") for kind in ("new", "old"))
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        new.mkdir()
    except OSError as error:
        raise InputError(f"{target} cannot be made: {error.strerror or error}. Choose another folder") from None
    try:
        yield new
        if has_old:
            target.rename(old)
        try:
            new.rename(target)
        except OSError:
            if has_old:
                old.rename(target)
            raise
    except OSError as error:
        raise SpaError(f"{target} cannot be written: {error.strerror or error}. Nothing of it was kept") from error
    finally:
        # What is left under these names was not finished, or was replaced.
        for folder in (new, old):
            with suppress(OSError):
                shutil.rmtree(folder)


def has_earlier(target: Path, *, ours: Collection[str], mark: str, begins: re.Pattern[bytes], replaces: bool) -> bool:
    """Whether there is a folder that will give way; args and errors are those of :func:`finished_folder`."""
    try:
        if not target.exists() and not target.is_symlink():
            return False
        if not target.is_dir() or target.is_symlink():
            raise InputError(f"{target} is a file or a link: give a new folder")
        names = {entry.name for entry in target.iterdir()}
        is_earlier = mark in names and begins.match(read_head(target / mark))
    except OSError as error:
        raise InputError(f"{target} cannot be read: {error.strerror or error}. Choose another folder") from None
    if not names:
        return True
    if not is_earlier:
        raise InputError(f"{target} is not empty and no earlier export: give a new folder")
    if not replaces:
        raise InputError(f"{target} holds an earlier export: give a new folder, or replace it with --force")
    if strange := sorted(names - set(ours)):
        raise InputError(f"{target} holds {strange[0]}, which no export wrote: move it away, or give a new folder")
    return True
