"""The journal of a run over folders: answers as they come, so that a crash costs seconds and not hours.

One file a run in the platform's cache folder: a line that says of what it is, then a line an answer, appended and
forced to the disk in groups. A line that was cut off by a crash counts as not written. What is read back is checked:
whatever is no answer of this model to this very file is answered again.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import math
import os
import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from filelock import FileLock, Timeout

from spa_desktop.classify.photo_answers import PhotoAnswer
from spa_desktop.paths import cache_dir
from spa_desktop.plain_files import reason_of

VERSION = 1
_MOST_KEPT = 20  # journals; older ones are deleted
_GROUP, _GROUP_SECONDS = 256, 2.0  # answers, and seconds, between two times that the disk is waited for
_LONGEST_LINE = 64 * 1024


@dataclass(frozen=True)
class UnfinishedRun:
    """A run that was interrupted.

    Attributes:
        sources: the files and folders that it was given.
        done: photos that have an answer.
        total: photos that were found.
    """

    sources: tuple[Path, ...]
    done: int
    total: int


class AnswerJournal:
    """The answers of one model to the photos of some sources, in a file. The disk never makes it raise.

    Attributes:
        path: of the file.
    """

    def __init__(
        self,
        model: str,
        sources: Sequence[Path],
        *,
        root: Path | None = None,
        on_message: Callable[[str], None] | None = None,
    ) -> None:
        """Name a journal; nothing is opened yet.

        Args:
            model: what the answers depend on besides the photos: see :func:`model_digest`.
            sources: files and folders, absolute.
            root: the folder; None takes `answers` in the platform's cache folder.
            on_message: is told once, in one line, if answers cannot be kept.
        """
        self._root = root if root is not None else cache_dir() / "answers"
        self._sources = [os.fsencode(path).hex() for path in sources]
        self._model, self._on_message = model, on_message
        name = hashlib.sha256("\n".join(self._sources).encode()).hexdigest()[:16]
        self.path = self._root / f"{model[:24]}-{name}.jsonl"
        self._lock = FileLock(self.path.with_suffix(".lock"), timeout=0)
        self._handle: int | None = None
        self._waiting = 0
        self._forced = 0.0

    def open(self, total: int, class_ids: Collection[int], *, resume: bool) -> dict[str, PhotoAnswer]:
        """Begin to write, after what is there if it is to be resumed.

        Args:
            total: photos of this run.
            class_ids: that the model knows.
            resume: False begins anew.

        Returns:
            The answers that are there, by path. Whether the files are still the same is for the caller to see.
        """
        try:
            self._root.mkdir(parents=True, exist_ok=True)
            self._lock.acquire()
        except (Timeout, OSError):
            self._stop("another run works on the same folders")
            return {}
        try:
            kept, end = self._read(class_ids) if resume else ({}, 0)
            flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0)
            self._handle = os.open(self.path, flags, 0o600)
            os.ftruncate(self._handle, end)
            os.lseek(self._handle, 0, os.SEEK_END)
            self._write([{"answers": VERSION, "model": self._model, "sources": self._sources, "total": total}])
            self._force()
            self._prune()
        except OSError as error:
            self._stop(reason_of(error))
            return {}
        return kept

    def append(self, answers: Sequence[PhotoAnswer]) -> None:
        """Keep answers."""
        if self._handle is None:
            return
        try:
            self._write([_packed(one) for one in answers])
            self._waiting += len(answers)
            if self._waiting >= _GROUP or time.monotonic() - self._forced > _GROUP_SECONDS:
                self._force()
        except OSError as error:
            self._stop(reason_of(error))

    def finish(self) -> None:
        """Note that the run is complete: it is not offered to be resumed any more."""
        if self._handle is not None:
            with contextlib.suppress(OSError):
                self._write([{"complete": True}])

    def close(self) -> None:
        """Force what was written to the disk and close the file."""
        if self._handle is not None:
            with contextlib.suppress(OSError):
                self._force()
            os.close(self._handle)
            self._handle = None
        self._lock.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _read(self, class_ids: Collection[int]) -> tuple[dict[str, PhotoAnswer], int]:
        """The answers that are there, and where the last whole line ends."""
        kept: dict[str, PhotoAnswer] = {}
        end = 0
        try:
            with self.path.open("rb") as lines:
                for number, line in enumerate(iter(lambda: lines.readline(_LONGEST_LINE), b"")):
                    if not line.endswith(b"\n"):
                        break
                    if number == 0 and _loaded(line).get("model") != self._model:
                        return {}, 0
                    one = _unpacked(_loaded(line), class_ids)
                    if one is not None:
                        kept[one.path] = one
                    end += len(line)
        except FileNotFoundError:
            return {}, 0
        return kept, end

    def _write(self, lines: Sequence[dict[str, Any]]) -> None:
        assert self._handle is not None, "the file is open"
        data = "".join(f"{json.dumps(line, separators=(',', ':'))}\n" for line in lines).encode()
        start = os.lseek(self._handle, 0, os.SEEK_CUR)
        written = 0
        try:
            while written < len(data):
                written += os.write(self._handle, data[written:])
        except OSError:
            os.ftruncate(self._handle, start)  # half a line would spoil the one after it
            raise

    def _force(self) -> None:
        assert self._handle is not None, "the file is open"
        os.fsync(self._handle)
        self._waiting, self._forced = 0, time.monotonic()

    def _stop(self, why: str) -> None:
        handle, self._handle = self._handle, None
        if handle is not None:
            os.close(handle)
        if self._on_message is not None:
            self._on_message(f"Answers are not kept ({self.path}: {why}): if this run stops, it begins anew")

    def _prune(self) -> None:
        journals = sorted(self._root.glob("*.jsonl"), key=_changed, reverse=True)
        for path in journals[_MOST_KEPT:]:
            path.unlink(missing_ok=True)
            path.with_suffix(".lock").unlink(missing_ok=True)


def model_digest(learner: str, fingerprint: str, views: int) -> str:
    """What answers depend on besides the photos, as a name.

    Args:
        learner: the SHA-256 of what was learned.
        fingerprint: of the encoder.
        views: of each photo.
    """
    return hashlib.sha256(f"{learner} {fingerprint} {views} {VERSION}".encode()).hexdigest()


def unfinished_run(model: str, *, root: Path | None = None) -> UnfinishedRun | None:
    """The newest run of a model that was interrupted, or None."""
    folder = root if root is not None else cache_dir() / "answers"
    with contextlib.suppress(OSError):
        journals = sorted(folder.glob(f"{model[:24]}-*.jsonl"), key=_changed)
        if journals:
            return _look(journals[-1], model)
    return None


def _changed(path: Path) -> float:
    """When a journal was written to; 0 if another run has deleted it since it was listed."""
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0


def _look(path: Path, model: str) -> UnfinishedRun | None:
    head: dict[str, Any] = {}
    done: set[str] = set()
    is_complete = False
    with path.open("rb") as lines:
        for line in iter(lambda: lines.readline(_LONGEST_LINE), b""):
            found = _loaded(line)
            if "sources" in found:
                head, is_complete = found, False
            is_complete = is_complete or "complete" in found
            if isinstance(found.get("path"), str):
                done.add(found["path"])
    total = head.get("total")
    if is_complete or not done or head.get("model") != model or type(total) is not int or total < 1:
        return None
    try:
        sources = tuple(Path(os.fsdecode(bytes.fromhex(one))) for one in head["sources"])
    except (TypeError, ValueError):
        return None
    if not sources or any(not source.is_absolute() or "\0" in str(source) for source in sources):
        return None
    return UnfinishedRun(sources, min(len(done), total), total)


def _packed(one: PhotoAnswer) -> dict[str, Any]:
    line: dict[str, Any] = {"path": one.path, "size": one.size, "changed": one.changed}
    if one.error is not None:
        return {**line, "error": one.error}
    line |= {"ids": one.class_ids, "p": one.probabilities, "ms": one.milliseconds}
    if one.known is not None:
        line["known"] = one.known
    if one.rejected is not None:
        line["rejected"] = one.rejected
    return line


def _unpacked(line: dict[str, Any], class_ids: Collection[int]) -> PhotoAnswer | None:
    """An answer, or None where a line is none. The journal is our own, but a disk can give anything back."""
    try:
        path, size, changed = line["path"], int(line["size"]), int(line["changed"])
        if not isinstance(path, str):
            return None
        if "error" in line:
            return PhotoAnswer(path, error=str(line["error"]), size=size, changed=changed)
        ids, shares = tuple(map(int, line["ids"])), tuple(map(float, line["p"]))
        known, rejected, milliseconds = line.get("known"), line.get("rejected"), float(line["ms"])
        known = None if known is None else float(known)
        is_sound = (
            len(ids) == len(shares) == len(set(ids)) > 0
            and set(class_ids).issuperset(ids)
            and all(0 <= share <= 1 for share in (*shares, known or 0.0))
            and 0 <= milliseconds < math.inf
        )
        if not is_sound or not isinstance(rejected, bool | None):
            return None
        return PhotoAnswer(path, ids, shares, milliseconds, known=known, rejected=rejected, size=size, changed=changed)
    except (KeyError, TypeError, ValueError, OverflowError):
        return None


def _loaded(line: bytes) -> dict[str, Any]:
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
