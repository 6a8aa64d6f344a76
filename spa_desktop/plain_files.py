"""Plain files that are read up to a limit, and written completely or not at all.

Whatever lies under a name: a pipe or a device is never waited for, and an output replaces nothing that is not its own.
"""

from __future__ import annotations

import ctypes
import errno
import io
import os
import re
import secrets
import stat
import sys
import tempfile
import zlib
from collections.abc import Collection, Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from spa_desktop.errors import FilledText, InputError, SpaError
from spa_desktop.visible import QT_TRANSLATE_NOOP

ANY_FILE = re.compile(b"")
"""For an output whose name was chosen in a dialog that asks before it replaces a file."""
UNREADABLE = QT_TRANSLATE_NOOP("errors", "{path} cannot be read: {reason}")
UNWRITABLE = QT_TRANSLATE_NOOP("errors", "{path} cannot be written: {reason}")
_NAME_TAKEN = QT_TRANSLATE_NOOP("errors", "{path} cannot be written: {reason}. Give another name")

_CHUNK = 1 << 20
_HEAD = 1 << 16  # bytes of an earlier output that are read: a line of JSON with the longest path is within
_SQLITE = b"SQLite format 3\0"
WITHOUT_WAITING = sum(getattr(os, name, 0) for name in ("O_NONBLOCK", "O_NOCTTY", "O_BINARY", "O_CLOEXEC"))
AS_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | sum(getattr(os, n, 0) for n in ("O_NOFOLLOW", "O_BINARY", "O_CLOEXEC"))

# The answers of disks without hard links: FAT gives EPERM on Linux, ENOTSUP on macOS, EINVAL on Windows.
_NO_LINKS = (errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.EINVAL, errno.ENOSYS, errno.EMLINK)
_renameat2: Any = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None) if sys.platform == "linux" else None
_AT_FDCWD, _NOREPLACE = -100, 1  # of linux/fcntl.h and linux/fs.h

_MADE_BY = b"tEXtSoftware\0SPA Desktop"
_PNG_MARK = (len(_MADE_BY) - 4).to_bytes(4) + _MADE_BY + zlib.crc32(_MADE_BY).to_bytes(4)
_PNG_HEADER = 33  # bytes: the signature and the chunk IHDR, which comes first
EARLIER_PNG = re.compile(rb"\x89PNG.{%d}" % (_PNG_HEADER - 4) + re.escape(_PNG_MARK), re.DOTALL)


class NotPlainError(OSError):
    """What was to be read is no plain file, or too large; `strerror` says which."""

    def __init__(self, reason: str) -> None:
        super().__init__(0, reason)


def is_elsewhere(path: str | os.PathLike[str]) -> bool:
    r"""The path is of another computer. Windows would ask that one for the file, and tell it who is asking.

    Not even whether there is such a file is to be asked where the path comes from a stranger.

    >>> [is_elsewhere(path) for path in ("//host/share/a.jpg", r"\\host\share", r"C:\photos", "/photos//a.jpg")]
    [True, True, False, False]
    """
    return os.fspath(path).replace("\\", "/").startswith(("//", "/??/"))


def read_plain_file(path: Path, most: int) -> bytes:
    """The content of a plain file, at most `most` bytes. Raises what :func:`read_parts` does."""
    content = io.BytesIO()  # parts that are joined would be in memory twice
    content.writelines(read_parts(path, most))
    return content.getvalue()


def read_parts(path: Path, most: int) -> Iterator[bytes]:
    """The content of a plain file, at most `most` bytes, a megabyte at a time.

    A pipe or a device in its place is not waited for: the file is opened once, and checked and read by that handle.
    Raises NotPlainError if it is no plain file, or has more bytes; OSError if it cannot be read; ValueError: if its
    name cannot be one.
    """
    # Checked twice: some devices do something when they are opened, and the name may lead elsewhere a moment later.
    _require_plain(path.stat())
    handle = os.open(path, os.O_RDONLY | WITHOUT_WAITING)
    try:
        status = os.fstat(handle)
        _require_plain(status)
        remaining = most if status.st_size <= most else -1
        # The size is no more than a hint: the file may grow meanwhile, and some file systems give zero.
        while remaining >= 0 and (part := os.read(handle, _CHUNK)):
            remaining -= len(part)
            yield part
    finally:
        os.close(handle)
    if remaining < 0:
        text = QT_TRANSLATE_NOOP("errors", "it is larger than {size}")
        raise NotPlainError(FilledText.of(text, size=f"{most >> 20} MB" if most >> 20 else f"{most >> 10} kB"))


def read_head(path: Path) -> bytes:
    """The first 64 kB of a plain file.

    Raises NotPlainError if it is no plain file, or a link; OSError if it cannot be read.
    """
    _require_plain(path.lstat())
    handle = os.open(path, os.O_RDONLY | WITHOUT_WAITING | getattr(os, "O_NOFOLLOW", 0))
    try:
        return os.read(handle, _HEAD)
    finally:
        os.close(handle)


def write_output(
    path: Path,
    content: bytes | Iterable[bytes],
    *,
    replaces: re.Pattern[bytes] | None,
    read: Collection[Path] = (),
    advice: str = "",
    is_synced: bool = True,
    mode: int = 0o666,
) -> None:
    """Write a file that the user asked for, in pieces or whole. It is there completely or not at all.

    `replaces` says how an earlier output of this kind begins, which may be replaced; None: nothing may be there. A file
    without content may be, and a database, which projects are, never; nor a file that the same run has `read`. `advice`
    says what to do where the disk does not take it. A file that `is_synced` outlives a power cut. Of `mode` the user's
    mask is taken off.

    Raises InputError if something else is there; SpaError if it cannot be written; what was there is as it was.
    """
    _require_free(path, replaces, read)
    try:
        _write(path, content, mode=mode, is_synced=is_synced)
    except OSError as error:
        raise SpaError(UNWRITABLE, advice, path=path, reason=reason_of(error)) from error


def write_png(path: Path, png: bytes, *, read: Collection[Path] = ()) -> None:
    """Write a picture that the app has drawn, and its folder; an earlier one is replaced. As :func:`write_output`."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        text = QT_TRANSLATE_NOOP("errors", "{path} cannot be written as a folder: {reason}")
        raise InputError(text, path=path.parent, reason=reason_of(error)) from error
    write_output(path, png[:_PNG_HEADER] + _PNG_MARK + png[_PNG_HEADER:], replaces=EARLIER_PNG, read=read)


def check_output(path: Path, replaces: re.Pattern[bytes] | None) -> None:
    """See before hours of work that :func:`write_output` can make a file: else an InputError."""
    _require_free(path, replaces, ())
    try:
        with tempfile.TemporaryFile(dir=path.parent):
            pass
    except OSError as error:
        raise InputError(UNWRITABLE, path=path, reason=reason_of(error)) from error


def write_own_file(path: Path, content: bytes | Iterable[bytes], *, is_synced: bool = False) -> None:
    """Write a file, and its folder, in a folder of the app, for this user's eyes only; an earlier one is replaced.

    Raises OSError if it cannot be written; the earlier one is as it was.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    _write(path, content, mode=0o600, is_synced=is_synced)


def append_to_file(path: Path, content: Iterable[bytes]) -> None:
    """Write at the end of a file that grows, and have it on the disk; one that is not there is made. Raises OSError."""
    with path.open("ab") as file:
        file.writelines(content)
        file.flush()
        os.fsync(file.fileno())


def rename_without_replacing(
    old: str | Path, new: str | Path, *, old_folder: int | None = None, new_folder: int | None = None
) -> None:
    """Rename a file in one step where the system can, else link and unlink it. A link is not followed.

    The folders are handles that relative names begin at, as `dir_fd` of `os.rename`. Raises FileExistsError if
    anything has the new name; OSError if it cannot be renamed.
    """
    if os.name == "nt":  # where it never replaces
        Path(old).rename(new)
        return
    if _renameat2 is not None:
        here, there = (_AT_FDCWD if folder is None else folder for folder in (old_folder, new_folder))
        if _renameat2(here, os.fsencode(old), there, os.fsencode(new), _NOREPLACE) == 0:
            return
        code = ctypes.get_errno()
        if code not in _NO_LINKS:
            raise OSError(code, os.strerror(code), str(new))
    try:
        os.link(old, new, src_dir_fd=old_folder, dst_dir_fd=new_folder, follow_symlinks=False)
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        with suppress(FileNotFoundError):
            os.stat(new, dir_fd=new_folder, follow_symlinks=False)
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(new)) from None
        os.rename(old, new, src_dir_fd=old_folder, dst_dir_fd=new_folder)
        return
    now = os.stat(old, dir_fd=old_folder, follow_symlinks=False)
    if os.path.samestat(now, os.stat(new, dir_fd=new_folder, follow_symlinks=False)):
        try:  # else another program has put a file there in between: it stays
            os.unlink(old, dir_fd=old_folder)
        except OSError:
            os.unlink(new, dir_fd=new_folder)
            raise


def reason_of(error: OSError) -> str:
    """Why the disk does not take a file, in a few words."""
    is_full = error.errno in (errno.ENOSPC, errno.EDQUOT)
    return QT_TRANSLATE_NOOP("errors", "the disk is full") if is_full else error.strerror or str(error)


def _require_free(path: Path, replaces: re.Pattern[bytes] | None, read: Collection[Path]) -> None:
    try:
        _require_plain(path.lstat())
        # By its name: of a project that is open, closing another handle would take SQLite's locks away.
        head = _SQLITE if path.suffix.lower() == ".spa" else read_head(path)
    except FileNotFoundError:
        return
    except OSError as error:
        raise InputError(_NAME_TAKEN, path=path, reason=reason_of(error)) from error
    if head.startswith(_SQLITE):
        why = QT_TRANSLATE_NOOP("errors", "it is a project or another database")
    elif path.resolve() in {file.resolve() for file in read}:
        why = QT_TRANSLATE_NOOP("errors", "it is a photo that is read")
    elif replaces is None or (head and not replaces.match(head)):
        why = QT_TRANSLATE_NOOP("errors", "it is there, and was not made by this app")
    else:
        return
    raise InputError(_NAME_TAKEN, path=path, reason=why)


def _write(path: Path, content: bytes | Iterable[bytes], *, mode: int, is_synced: bool) -> None:
    # Beside the file, under a name that nobody can have put a link at.
    part = path.with_name(f".{path.name[:40]}-{secrets.token_hex(8)}.tmp")
    handle = os.open(part, AS_NEW, mode)
    try:
        with os.fdopen(handle, "wb") as file:
            file.writelines((content,) if isinstance(content, bytes) else content)
            if is_synced:
                file.flush()
                os.fsync(file.fileno())
        part.replace(path)
    except BaseException:
        with suppress(OSError):
            part.unlink()
        raise


def _require_plain(status: os.stat_result) -> None:
    if not stat.S_ISREG(status.st_mode):
        words = {
            stat.S_IFDIR: QT_TRANSLATE_NOOP("errors", "it is a folder"),
            stat.S_IFLNK: QT_TRANSLATE_NOOP("errors", "it is a link"),
        }
        other = QT_TRANSLATE_NOOP("errors", "it is no plain file")
        raise NotPlainError(words.get(stat.S_IFMT(status.st_mode), other))
