"""A photo from one folder into another: nothing is replaced, nothing is lost.

A name is removed only while the same content, by its SHA-256, lies in another folder. Before each photo both folders
are looked at, and those above: what a link leads to is left alone, also where the link came later.
"""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
import stat
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from spa_desktop.plain_files import AS_NEW, WITHOUT_WAITING, reason_of, rename_without_replacing

if sys.platform == "win32":
    import _winapi
    import msvcrt

    _SHARED = 1 | 2 | 4  # FILE_SHARE_READ, FILE_SHARE_WRITE and FILE_SHARE_DELETE

CHANGED = "it is gone, or has changed since it was recognised: see to it yourself"


class FileFault(Exception):
    """Why one photo stays where it is, in a few words."""


class LinkFault(FileFault):
    """A link stands where a folder was."""


def has_photo(path: Path, sha256: str) -> bool:
    """A photo of this content lies at an absolute path, and no link leads there."""
    with suppress(OSError, FileFault):
        _check_folder(path.parent)
        return _has(path, sha256)
    return False


def copy_photo(source: Path, goal: Path, sha256: str, part: str) -> None:
    """Have a copy of a photo at `goal`; an earlier one will do. Raises as :func:`move_photo`."""
    _check_folder(goal.parent, make=True)
    if not _has(goal, sha256):
        _require_free(goal)
        with _opened(source, sha256, follows_link=True) as photo:
            _copy(photo, goal, sha256, part)


def move_photo(source: Path, goal: Path, sha256: str, part: str) -> None:
    """Have a photo lie at `goal` and no more at `source`, whatever an interrupted run has done of it.

    Raises:
        LinkFault: if a link leads to the folder of the goal.
        FileFault: if it is another photo, cannot be read, is changed meanwhile, or both folders are one. Nothing is
            removed.
        FileExistsError: if another file is at the goal.
        OSError: if it cannot be written.
    """
    _check_folder(goal.parent, make=True)
    is_there = _has(goal, sha256)
    try:
        _check_folder(source.parent)
    except (LinkFault, FileNotFoundError, NotADirectoryError) as error:
        if is_there:
            return
        raise FileFault(str(error) if isinstance(error, LinkFault) else CHANGED) from None
    if is_there and _status(source) is None:
        return
    if goal.parent.samefile(source.parent):
        raise FileFault(f"{source.parent} and {goal.parent} are one folder")
    if not is_there:
        _require_free(goal)
    with _opened(source, sha256) as photo:
        if is_there:
            _sync(goal.parent)  # a run may have been killed before it did
        elif _is_renamed(photo, source, goal):
            return
        else:
            _copy(photo, goal, sha256, part)
        _remove_copied(photo, source, goal, sha256, part)


def tidy(folder: Path, names: Iterable[str], part: str) -> None:
    """Undo the half of a step in a folder that a run which was killed has left: one photo of these names at most.

    Half a copy is removed. A photo that was about to be removed has its name again: it may have been saved anew.
    Raises LinkFault; OSError if that cannot be done.
    """
    with suppress(FileNotFoundError):
        _check_folder(folder)
        entries = list(folder.iterdir()) if os.access(folder, os.R_OK) else [folder / part]
        asides = {_aside(folder / name, part): folder / name for name in names}
        for entry in entries:
            if entry.name == part:
                entry.unlink(missing_ok=True)
            elif entry in asides:
                try:
                    rename_without_replacing(entry, asides[entry])
                except FileExistsError:  # of another photo, both stay
                    was, now = _status(entry), _status(asides[entry])
                    if was and now and os.path.samestat(was, now):  # half of a renaming that is a link
                        entry.unlink(missing_ok=True)


def _check_folder(path: Path, *, make: bool = False) -> None:
    """See that an absolute path is a folder that no link leads to; with `make`, missing folders are made.

    Raises LinkFault if a link is in it; OSError if there is no such folder.
    """
    for folder in (*reversed(path.parents), path):
        if make and _status(folder) is None:
            with suppress(FileExistsError):
                folder.mkdir()
                _sync(folder.parent)
        mode = folder.lstat().st_mode
        if stat.S_ISLNK(mode) or (hasattr(folder, "is_junction") and folder.is_junction()):
            raise LinkFault(f"{folder} is a link that leads elsewhere: remove it, and do the same again")
        if not stat.S_ISDIR(mode):
            raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(folder))


def _status(path: Path) -> os.stat_result | None:
    """What lies at a path, None if nothing does."""
    with suppress(FileNotFoundError):
        return path.lstat()
    return None


def _has(path: Path, sha256: str) -> bool:
    with suppress(FileFault), _opened(path, sha256):
        return True
    return False


def _require_free(goal: Path) -> None:
    if _status(goal) is not None:
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(goal))


def _sync(folder: Path) -> None:
    """Force the names in a folder to the disk, where they can be."""
    if os.name == "nt":
        return
    with suppress(PermissionError):  # of a folder that cannot be listed
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        except OSError as error:
            if error.errno != errno.EINVAL:  # of a share that forces no folder to its disk
                raise
        finally:
            os.close(handle)


@contextmanager
def _opened(path: Path, sha256: str, *, follows_link: bool = False) -> Iterator[int]:
    """A handle of a plain file of this content, at its beginning.

    Raises FileFault if it is another file, or cannot be read: a card may be damaged in one place alone.
    """
    try:
        handle = _handle(path, 0 if follows_link else getattr(os, "O_NOFOLLOW", 0))
    except FileNotFoundError:
        raise FileFault(CHANGED) from None
    except OSError as error:
        raise FileFault(f"it cannot be read: {reason_of(error)}") from None
    try:
        try:
            is_same = stat.S_ISREG(os.fstat(handle).st_mode) and _sha256(handle) == sha256
        except OSError as error:
            raise FileFault(f"it cannot be read: {reason_of(error)}") from None
        if not is_same:
            raise FileFault(CHANGED)
        yield handle
    finally:
        os.close(handle)


def _handle(path: Path, flags: int) -> int:
    if sys.platform == "win32":  # where what is open can be renamed and removed only if all who have it open agree
        handle = _winapi.CreateFile(str(path), _winapi.GENERIC_READ, _SHARED, 0, _winapi.OPEN_EXISTING, 0, 0)
        return msvcrt.open_osfhandle(handle, os.O_RDONLY | os.O_BINARY)
    return os.open(path, os.O_RDONLY | WITHOUT_WAITING | flags)


def _copy(photo: int, goal: Path, sha256: str | None, part: str) -> None:
    """Copy an open photo to the hidden name `part`, force it to the disk, and give it its name only then."""
    digest, hidden = hashlib.sha256(), goal.with_name(part)
    try:
        with os.fdopen(os.open(hidden, AS_NEW, 0o600), "wb") as file:
            while content := os.read(photo, 1 << 20):
                digest.update(content)
                file.write(content)
            file.flush()
            if sha256 is not None and digest.hexdigest() != sha256:
                raise FileFault(CHANGED)
            # Its times, and where there are any, the rights and attributes of the photo.
            if os.utime in os.supports_fd:
                # The flags of macOS, which are set by paths alone, would come last; not every share has all of it.
                with suppress(TypeError, PermissionError):
                    shutil.copystat(photo, file.fileno())  # type: ignore[arg-type]  # its calls take handles
            else:
                was = os.fstat(photo)
                os.utime(hidden, ns=(was.st_atime_ns, was.st_mtime_ns))
            os.fsync(file.fileno())
        rename_without_replacing(hidden, goal)
    finally:
        hidden.unlink(missing_ok=True)
    _sync(goal.parent)


def _is_renamed(photo: int, source: Path, goal: Path) -> bool:
    """Move a photo on one disk; False if these are two."""
    try:
        rename_without_replacing(source, goal)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        return False
    if not os.path.samestat(os.fstat(photo), _status(goal) or os.fstat(photo)):
        rename_without_replacing(goal, source)  # it was saved anew just now, and not recognised: it stays in its folder
        raise FileFault(CHANGED)
    return True


def _remove_copied(photo: int, source: Path, goal: Path, sha256: str, part: str) -> None:
    """Remove the name of an open photo, if it has the content still that lies in the other folder."""
    changed = FileFault(f"it was changed while it was copied: both are kept, the earlier one as {goal}")
    now = _status(source)
    if now is None:  # somebody has taken it away
        return
    if not _has(goal, sha256) or not os.path.samestat(now, os.fstat(photo)) or _sha256(photo) != sha256:
        raise changed
    aside = _aside(source, part)
    rename_without_replacing(source, aside)  # whatever has the name in this moment
    if not os.path.samestat(_status(aside) or now, os.fstat(photo)):
        with suppress(FileExistsError):  # it was saved once more: the one before stays hidden
            rename_without_replacing(aside, source)
        raise changed
    aside.unlink(missing_ok=True)
    if _sha256(photo) != sha256:  # another program had it open, and wrote into it just now
        _copy(photo, source, None, part)
        raise changed


def _aside(photo: Path, part: str) -> Path:
    """The hidden name of a photo that is about to be removed."""
    return photo.with_name(f"{part}-{hashlib.sha256(os.fsencode(photo.name)).hexdigest()[:16]}")


def _sha256(file: int) -> str:
    """Of an open file, which is at its beginning afterwards."""
    digest = hashlib.sha256()
    os.lseek(file, 0, os.SEEK_SET)
    while content := os.read(file, 1 << 20):
        digest.update(content)
    os.lseek(file, 0, os.SEEK_SET)
    return digest.hexdigest()
