"""A photo from one folder into another, by handles of the folders: nothing is replaced, nothing is lost.

A name is removed only while the same content, by its SHA-256, lies in another folder. A folder is reached from the root
without following a link, so that a link which comes later leads nowhere. Where a system has no handles of folders
(Windows), paths stand for them.
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
from typing import Self

from spa_desktop.errors import FilledText
from spa_desktop.plain_files import AS_NEW, WITHOUT_WAITING, reason_of, rename_without_replacing
from spa_desktop.visible import QT_TRANSLATE_NOOP

if sys.platform == "win32":
    import _winapi
    import msvcrt

    _SHARED = 1 | 2 | 4  # FILE_SHARE_READ, FILE_SHARE_WRITE and FILE_SHARE_DELETE

_HAS_HANDLES = {os.open, os.stat, os.link, os.unlink, os.mkdir} <= os.supports_dir_fd
# A folder is opened to be passed through alone: one above may be closed to reading.
_FOLDER = sum(getattr(os, name, 0) for name in ("O_PATH", "O_DIRECTORY", "O_NOFOLLOW", "O_CLOEXEC"))
_NO_LINK = getattr(os, "O_NOFOLLOW", 0)
_UNREADABLE = QT_TRANSLATE_NOOP("errors", "{path} cannot be read: {reason}")
CHANGED = QT_TRANSLATE_NOOP("errors", "it is gone, or has changed since it was recognised: see to it yourself")


class FileFault(Exception):
    """Why one photo stays where it is, in a few words."""


class LinkFault(FileFault):
    """A link stands where a folder was."""


class Folder:
    """An open folder, for a `with` statement."""

    def __init__(self, path: Path, *, make: bool = False) -> None:
        """Open an absolute path without following a link; with `make`, missing folders are made.

        Raises LinkFault if a link is in it; OSError if it cannot be opened.
        """
        self.path, self.fd = Path(path.anchor), os.open(path.anchor, _FOLDER) if _HAS_HANDLES else None
        try:
            for name in path.parts[1:]:
                self._enter(name, make=make)
        except BaseException:
            self.__exit__()
            raise

    def _enter(self, name: str, *, make: bool) -> None:
        below = self.path / name
        if make and self.stat(name) is None:
            with suppress(FileExistsError):
                os.mkdir(self.at(name), dir_fd=self.fd)
                self.sync()
        status = os.stat(self.at(name), dir_fd=self.fd, follow_symlinks=False)
        if stat.S_ISLNK(status.st_mode) or (hasattr(below, "is_junction") and below.is_junction()):
            text = QT_TRANSLATE_NOOP(
                "errors", "{folder} is a link that leads elsewhere: remove it, and do the same again"
            )
            raise LinkFault(FilledText.of(text, folder=below))
        if self.fd is not None:
            handle = os.open(name, _FOLDER, dir_fd=self.fd)
            os.close(self.fd)
            self.fd = handle
        self.path = below

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.fd is not None:
            os.close(self.fd)

    def at(self, name: str) -> str:
        """The name of a file in it, for a call that takes `dir_fd` as well."""
        return name if self.fd is not None else str(self.path / name)

    def stat(self, name: str) -> os.stat_result | None:
        """What lies under a name, None if nothing does."""
        with suppress(FileNotFoundError):
            return os.stat(self.at(name), dir_fd=self.fd, follow_symlinks=False)
        return None

    def has(self, name: str, sha256: str) -> bool:
        """A plain file of this content lies under the name."""
        with suppress(FileFault), _opened(self.at(name), sha256, self.fd, _NO_LINK):
            return True
        return False

    def remove(self, name: str) -> None:
        with suppress(FileNotFoundError):
            os.unlink(self.at(name), dir_fd=self.fd)

    def rename(self, name: str, goal: Folder, new: str) -> None:
        rename_without_replacing(self.at(name), goal.at(new), old_folder=self.fd, new_folder=goal.fd)

    def copy(self, source: int, name: str, sha256: str | None, part: str) -> None:
        """Copy an open photo to the hidden name `part`, force it to the disk, and give it its name only then."""
        digest = hashlib.sha256()
        try:
            with os.fdopen(os.open(self.at(part), AS_NEW, 0o600, dir_fd=self.fd), "wb") as file:
                while content := os.read(source, 1 << 20):
                    digest.update(content)
                    file.write(content)
                file.flush()
                if sha256 is not None and digest.hexdigest() != sha256:
                    raise FileFault(CHANGED)
                self._describe(source, file.fileno(), part)
                os.fsync(file.fileno())
            self.rename(part, self, name)
        finally:
            self.remove(part)
        self.sync()

    def _describe(self, source: int, copy: int, part: str) -> None:
        """Give a copy the times, and where there are any, the rights and attributes of the photo."""
        if os.utime in os.supports_fd:
            # The flags of macOS, which are set by paths alone, would come last; not every share has all of it.
            with suppress(TypeError, PermissionError):
                shutil.copystat(source, copy)  # type: ignore[arg-type]  # its calls take handles
        else:
            was = os.fstat(source)
            os.utime(self.at(part), ns=(was.st_atime_ns, was.st_mtime_ns))

    def sync(self) -> None:
        """Force the names in it to the disk, where they can be."""
        if self.fd is None:
            return
        with suppress(PermissionError):  # of a folder that cannot be listed
            folder = os.open(".", os.O_RDONLY, dir_fd=self.fd)
            try:
                os.fsync(folder)
            except OSError as error:
                if error.errno != errno.EINVAL:  # of a share that forces no folder to its disk
                    raise
            finally:
                os.close(folder)

    def is_same(self, other: Folder) -> bool:
        return os.path.samestat(
            *(folder.path.stat() if folder.fd is None else os.fstat(folder.fd) for folder in (self, other))
        )


@contextmanager
def _opened(path: str | Path, sha256: str, folder: int | None = None, flags: int = 0) -> Iterator[int]:
    """A handle of a plain file of this content, at its beginning.

    Raises FileFault if it is another file, or cannot be read: a card may be damaged in one place alone.
    """
    try:
        handle = _handle(path, folder, flags)
    except FileNotFoundError:
        raise FileFault(CHANGED) from None
    except OSError as error:
        raise FileFault(FilledText.of(_UNREADABLE, path="it", reason=reason_of(error))) from None
    try:
        try:
            is_same = stat.S_ISREG(os.fstat(handle).st_mode) and _sha256(handle) == sha256
        except OSError as error:
            raise FileFault(FilledText.of(_UNREADABLE, path="it", reason=reason_of(error))) from None
        if not is_same:
            raise FileFault(CHANGED)
        yield handle
    finally:
        os.close(handle)


def _handle(path: str | Path, folder: int | None, flags: int) -> int:
    if sys.platform == "win32":  # where what is open can be renamed and removed only if all who have it open agree
        handle = _winapi.CreateFile(str(path), _winapi.GENERIC_READ, _SHARED, 0, _winapi.OPEN_EXISTING, 0, 0)
        return msvcrt.open_osfhandle(handle, os.O_RDONLY | os.O_BINARY)
    return os.open(path, os.O_RDONLY | WITHOUT_WAITING | flags, dir_fd=folder)


def has_photo(path: Path, sha256: str) -> bool:
    """A photo of this content lies at an absolute path, and no link leads there."""
    with suppress(OSError, FileFault), Folder(path.parent) as folder:
        return folder.has(path.name, sha256)
    return False


def tidy(folder: Path, names: Iterable[str], part: str) -> None:
    """Undo the half of a step in a folder that a run which was killed has left: one photo of these names at most.

    Half a copy is removed. A photo that was about to be removed has its name again: it may have been saved anew.
    Raises LinkFault; OSError if that cannot be done.
    """
    with suppress(FileNotFoundError), Folder(folder) as opened:
        entries = [entry.name for entry in folder.iterdir()] if os.access(folder, os.R_OK) else [part]
        asides = {_aside(part, name): name for name in names}
        for name in entries:
            if name == part:
                opened.remove(part)
            elif name in asides:
                try:
                    opened.rename(name, opened, asides[name])
                except FileExistsError:  # of another photo, both stay
                    was, now = opened.stat(name), opened.stat(asides[name])
                    if was and now and os.path.samestat(was, now):  # half of a renaming that is a link
                        opened.remove(name)


def _aside(part: str, name: str) -> str:
    """The hidden name of a photo that is about to be removed."""
    return f"{part}-{hashlib.sha256(os.fsencode(name)).hexdigest()[:16]}"


def copy_photo(source: Path, goal: Path, sha256: str, part: str) -> None:
    """Have a copy of a photo at `goal`; an earlier one will do. Raises as :func:`move_photo`."""
    with Folder(goal.parent, make=True) as folder:
        if not folder.has(goal.name, sha256):
            if folder.stat(goal.name) is not None:
                raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(goal))
            with _opened(source, sha256) as photo:
                folder.copy(photo, goal.name, sha256, part)


def move_photo(source: Path, goal: Path, sha256: str, part: str) -> None:
    """Have a photo lie at `goal` and no more at `source`, whatever an interrupted run has done of it.

    Raises:
        LinkFault: if a link leads to the folder of the goal.
        FileFault: if it is another photo, cannot be read, is changed meanwhile, or both folders are one. Nothing is
            removed.
        FileExistsError: if another file is at the goal.
        OSError: if it cannot be written.
    """
    with Folder(goal.parent, make=True) as there:
        is_there = there.has(goal.name, sha256)
        try:
            here = Folder(source.parent)
        except (LinkFault, FileNotFoundError, NotADirectoryError) as error:
            if is_there:
                return
            raise FileFault(str(error) if isinstance(error, LinkFault) else CHANGED) from None
        with here:
            if is_there and here.stat(source.name) is None:
                return
            if there.is_same(here):
                text = QT_TRANSLATE_NOOP("errors", "{source} and {goal} are one folder")
                raise FileFault(FilledText.of(text, source=source.parent, goal=goal.parent))
            if not is_there and there.stat(goal.name) is not None:
                raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(goal))
            with _opened(here.at(source.name), sha256, here.fd, _NO_LINK) as photo:
                if is_there or not _is_renamed(photo, here, source.name, there, goal.name):
                    if is_there:
                        there.sync()  # a run may have been killed before it did
                    else:
                        there.copy(photo, goal.name, sha256, part)
                    _remove_copied(photo, here, source.name, there, goal.name, sha256, part)


def _is_renamed(photo: int, here: Folder, name: str, there: Folder, new: str) -> bool:
    """Move a photo on one disk; False if these are two."""
    try:
        here.rename(name, there, new)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        return False
    if not os.path.samestat(os.fstat(photo), there.stat(new) or os.fstat(photo)):
        there.rename(new, here, name)  # it was saved anew just now, and not recognised: it is for its own folder
        raise FileFault(CHANGED)
    return True


def _remove_copied(photo: int, here: Folder, name: str, there: Folder, new: str, sha256: str, part: str) -> None:
    """Remove the name of an open photo, if it has the content still that lies in the other folder."""
    text = QT_TRANSLATE_NOOP("errors", "it was changed while it was copied: both are kept, the earlier one as {other}")
    changed = FileFault(FilledText.of(text, other=there.path / new))
    now = here.stat(name)
    if now is None:  # somebody has taken it away
        return
    if not there.has(new, sha256) or not os.path.samestat(now, os.fstat(photo)) or _sha256(photo) != sha256:
        raise changed
    aside = _aside(part, name)
    here.rename(name, here, aside)  # whatever has the name in this moment
    if not os.path.samestat(here.stat(aside) or now, os.fstat(photo)):
        with suppress(FileExistsError):  # it was saved once more: the one before stays hidden
            here.rename(aside, here, name)
        raise changed
    here.remove(aside)
    if _sha256(photo) != sha256:  # another program had it open, and wrote into it just now
        here.copy(photo, name, None, part)
        raise changed


def _sha256(file: int) -> str:
    """Of an open file, which is at its beginning afterwards."""
    digest = hashlib.sha256()
    os.lseek(file, 0, os.SEEK_SET)
    while content := os.read(file, 1 << 20):
        digest.update(content)
    os.lseek(file, 0, os.SEEK_SET)
    return digest.hexdigest()
