"""The feature cache: what an encoder made of a photo, kept outside of projects so that no photo is encoded twice.

One file an entry, in folders by fingerprint. Whatever happens to an entry (torn, cut short, deleted meanwhile) reads as
a miss, so the folder needs neither locks nor care: it may be deleted at any time, and several processes may share it.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import os
import re
import shutil
import struct
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from spa_desktop.jobs import in_order
from spa_desktop.paths import cache_dir
from spa_desktop.plain_files import reason_of, write_own_file

MAX_BYTES, MOST_BYTES = 8 * 1024**3, 32 * 1024**3  # the latter where the disk has four times as much room
_HEADER = struct.Struct("<8s16sQ")  # magic, BLAKE2b of the bytes, their number
_MAGIC = b"SPAFEAT1"
_SHA256 = re.compile("[0-9a-f]{64}")
_TOUCH_SECONDS = 60.0  # an entry used again within a minute keeps its time: writing it would only cost
_LEFTOVER_SECONDS = 3600.0  # a temporary file this old was left by a process that was killed
_AHEAD = 16  # entries read ahead by `get_many`


class FeatureCache:
    """Bytes by (fingerprint, SHA-256 of the photo's file). The disk never makes it raise; safe from any thread.

    Every method that takes a hash raises `ValueError` if it is none: it becomes a path, and nothing outside of the
    cache's folder is ever read, written or deleted.
    """

    def __init__(
        self, root: Path | None = None, *, max_bytes: int | None = None, on_message: Callable[[str], None] | None = None
    ) -> None:
        """Use the cache in `root`, by default in the platform's cache folder; made when the first entry is written.

        Beyond `max_bytes` the entries that were not used for longest are deleted; None is a quarter of what the disk
        has room for, from 8 to 32 GB: a training whose photos do not fit encodes them in every pass. `on_message` is
        called once, with one line, when the disk takes no more and caching stops.
        """
        self.root = root if root is not None else cache_dir() / "features"
        self._max_bytes = max_bytes
        self._on_message = on_message
        self._mutex = threading.Lock()
        self._is_writing = True
        self._size: int | None = None  # of all entries, as far as this process knows; None: not looked yet

    def get(self, fingerprint: str, sha256: str) -> bytes | None:
        """The bytes of an entry, or None if there is none or it is broken."""
        path = self._path(fingerprint, sha256)
        try:
            data = path.read_bytes()
        except OSError:
            return None
        blob = data[_HEADER.size :]
        if data[: _HEADER.size] != _header(blob):  # torn, cut short or changed
            self._delete(path)
            return None
        with contextlib.suppress(OSError):
            # The file's own time, set by hand: many systems do not keep times of access.
            if time.time() - path.stat().st_mtime > _TOUCH_SECONDS:
                os.utime(path)
        return blob

    def get_many(self, fingerprint: str, hashes: Sequence[str]) -> Iterator[tuple[int, bytes | None]]:
        """Yield (index, bytes or None) in order. A few entries are read ahead; no more are in memory."""
        if len(hashes) < 2:  # a thread costs more than it saves
            yield from ((index, self.get(fingerprint, sha256)) for index, sha256 in enumerate(hashes))
            return
        pool = ThreadPoolExecutor(1, thread_name_prefix="cache")
        get = functools.partial(self.get, fingerprint)
        with contextlib.closing(in_order(pool, get, hashes, ahead=_AHEAD)) as blobs:
            yield from enumerate(blobs)

    def has(self, fingerprint: str, sha256: str) -> bool:
        """Whether there is an entry, without reading it: it may turn out broken."""
        return self._path(fingerprint, sha256).is_file()

    def has_of_any_encoder(self, hashes: Iterable[str]) -> bool:
        """Whether there is an entry of one of these photos, whatever its fingerprint."""
        paths = (self._path("", sha256) for sha256 in hashes)
        return any(any(self.root.glob(f"*/{path.parent.name}/{path.name}")) for path in paths)

    def put(self, fingerprint: str, sha256: str, blob: bytes) -> None:
        """Store an entry. A full or read-only disk turns writing off for this object, with one message."""
        if not self._is_writing:
            return
        path = self._path(fingerprint, sha256)
        data = _header(blob) + blob
        try:
            write_own_file(path, data)  # not forced to the disk: a torn one reads as a miss
        except OSError as error:
            # While the folder is deleted it can be missing, or be there and gone again, between two calls: the entry is
            # left out. A file in its place is there to stay.
            if not isinstance(error, FileNotFoundError | FileExistsError) or self.root.is_file():
                self._stop(error)
            return
        self._grow(len(data))

    def size(self) -> int:
        return sum(size for _, size, _ in self._entries())

    def clear(self) -> None:
        for _, _, path in self._entries():
            self._delete(path)
        with self._mutex:
            self._size = None
            self._is_writing = True

    def _path(self, fingerprint: str, sha256: str) -> Path:
        if not _SHA256.fullmatch(sha256):  # it may come from a file, and becomes a path
            raise ValueError(f"{sha256[:80]!r} is no SHA-256 of a photo")
        # A fingerprint may be any text: its hash is a safe and short folder name.
        folder = hashlib.sha256(fingerprint.encode()).hexdigest()[:24]
        return self.root / folder / sha256[:2] / sha256

    def _delete(self, path: Path) -> None:
        """Delete an entry, unless a link in the cache leads to a folder outside of it."""
        with contextlib.suppress(OSError):
            if path.parent.resolve().is_relative_to(self.root.resolve()):
                path.unlink()

    def _entries(self) -> Iterator[tuple[float, int, Path]]:
        """(time of last use, bytes, path) of every entry."""
        for folder, _, names in os.walk(self.root):
            for name in names:
                path = Path(folder, name)
                with contextlib.suppress(OSError):
                    info = path.stat()
                    if not name.endswith(".tmp"):
                        yield info.st_mtime, info.st_size, path
                    elif time.time() - info.st_mtime > _LEFTOVER_SECONDS:
                        self._delete(path)

    def _grow(self, count: int) -> None:
        """Count what was written; beyond the bound, look at the disk and delete what was not used for longest."""
        with self._mutex:
            if self._size is None:
                self._size = self.size()
            else:
                self._size += count
            most = MAX_BYTES if self._max_bytes is None else self._max_bytes
            if self._size > most and self._max_bytes is None:
                with contextlib.suppress(OSError):
                    room = self._size + shutil.disk_usage(self.root).free
                    most = min(max(room // 4, most), MOST_BYTES)
            if self._size <= most:
                return
            # Other processes write and delete as well: only the disk knows. A tenth is freed, so that this is rare.
            entries = sorted(self._entries(), key=lambda entry: entry[0])
            self._size = sum(size for _, size, _ in entries)
            for _, size, path in entries:
                if self._size <= 0.9 * most:
                    break
                self._delete(path)
                self._size -= size

    def _stop(self, error: OSError) -> None:
        with self._mutex:
            if not self._is_writing:
                return
            self._is_writing = False
        if self._on_message is not None:
            self._on_message(
                f"Features are not kept any more ({self.root}: {reason_of(error)}): everything works, "
                "but photos are encoded again"
            )


def _header(blob: bytes) -> bytes:
    return _HEADER.pack(_MAGIC, hashlib.blake2b(blob, digest_size=16).digest(), len(blob))
