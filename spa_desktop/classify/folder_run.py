"""A run over folders: photos that a journal has answers for are left out, and the answers of the others are kept."""

from __future__ import annotations

import contextlib
import hashlib
import json
import math
import os
import time
from base64 import b64decode, b64encode
from collections.abc import Callable, Collection, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from filelock import FileLock, Timeout

from spa_desktop.classify.answer_files import Chunk, PhotoAnswer, answer_chunk, chunks_of, stamp_of, without_looks
from spa_desktop.errors import InputError
from spa_desktop.jobs import Job, Stage
from spa_desktop.paths import cache_dir
from spa_desktop.plain_files import reason_of
from spa_desktop.project.folders import NO_PHOTO, READ_ALREADY, Skipped, read_folder
from spa_desktop.ray_cluster import Cluster, Spread

if TYPE_CHECKING:
    from spa_desktop.project import Project
    from spa_desktop.recognizer import Recognizer

# The journal of a run over folders: answers as they come, so that a crash costs seconds and not hours.
#
# One file a run in the platform's cache folder: a line that says of what it is, then a line an answer, appended and
# forced to the disk in groups. A line that was cut off by a crash counts as not written. What is read back is checked:
# whatever is no answer of this model to this very file is answered again.

VERSION = 1
_MOST_KEPT = 20  # journals; older ones are deleted
_GROUP, _GROUP_SECONDS = 256, 2.0  # answers, and seconds, between two times that the disk is waited for
_LONGEST_LINE = 64 * 1024


@dataclass(frozen=True)
class UnfinishedRun:
    """A run that was interrupted."""

    sources: tuple[Path, ...]  # the files and folders that it was given
    done: int  # photos that have an answer
    total: int  # photos that were found


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
        """Name a journal of :func:`model_digest` and absolute files and folders; nothing is opened yet."""
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

    def __exit__(self, *_: object) -> None:
        self.close()

    def _read(self, class_ids: Collection[int]) -> tuple[dict[str, PhotoAnswer], int]:
        """The answers that are there, and where the last complete line ends."""
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


def model_digest(learner: str, kept: float, fingerprint: str, views: int) -> str:
    """What answers depend on besides the photos, as a name."""
    return hashlib.sha256(f"{learner} {kept} {fingerprint} {views} {VERSION}".encode()).hexdigest()


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
    if one.look:
        line["look"] = b64encode(one.look).decode()
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
        look = b64decode(line.get("look", ""), validate=True)
        return PhotoAnswer(path, ids, shares, milliseconds, known, rejected, None, size, changed, look)
    except (KeyError, TypeError, ValueError, OverflowError):
        return None


def _loaded(line: bytes) -> dict[str, Any]:
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


# Answers from a Ray cluster: shards of photos to workers that each load the model once.
#
# Photos are not sent: each machine reads them at the same path, from a disk that all share.

SHARD = 8  # chunks: a worker that dies costs so many at most, and each is some seconds of work

_made: dict[str, Recognizer] = {}  # of this worker, by the digest of what was learned


@dataclass(frozen=True)
class RecognizerRecipe:
    """What a worker makes its recogniser of."""

    digest: str  # of what was learned, and how strictly photos are refused
    learner: bytes  # its bytes
    class_ids: tuple[int, ...]  # of the learner, in its order
    backbone: str  # name of the encoder
    fingerprint: str  # that the encoder must have
    views: int  # of each photo
    kept: float  # as for the recogniser
    with_looks: bool
    load: Callable[..., Any]  # gives the encoder of a name

    @classmethod
    def of(cls, project: Project, recognizer: Recognizer, fingerprint: str) -> RecognizerRecipe:
        """The recipe of what a project has learned.

        Raises:
            InputError: if another program has changed the project meanwhile.
        """
        from spa_desktop.encoders import backbones

        state = project.learner()
        if state is None or tuple(state.info.class_ids) != recognizer.class_ids:
            raise InputError(f"{project.path} was changed meanwhile: begin again")
        return cls(
            f"{state.info.sha256} {recognizer.kept} {recognizer.with_looks}",
            state.blob,
            recognizer.class_ids,
            project.meta.backbone,
            fingerprint,
            recognizer.views,
            recognizer.kept,
            recognizer.with_looks,
            backbones.load_encoder,
        )

    def make(self) -> Recognizer:
        """The recogniser, on the processor.

        Raises:
            InputError: if the backbone is another here.
        """
        from spa_desktop.recognizer import KnownClass, Recognizer
        from spa_desktop.spa.learner import from_bytes

        encoder = self.load(self.backbone, device="cpu")
        if encoder.fingerprint != self.fingerprint:
            raise InputError(f"A worker has other weights of {self.backbone}: install the same version there")
        learner = from_bytes(self.learner, encoder.image_projection, keys=[str(key) for key in self.class_ids])
        classes = {key: KnownClass(str(key)) for key in self.class_ids}
        looks = self.with_looks
        return Recognizer(encoder, learner, classes, views=self.views, kept=self.kept, with_looks=looks)


def answer_on_cluster(
    recipe: RecognizerRecipe, chunks: Sequence[Chunk], cluster: Cluster, job: Job
) -> Iterator[tuple[int, list[PhotoAnswer]]]:
    """The answers of each chunk, with its place, shard by shard as they are done: the same bits as without a cluster.

    Raises:
        SpaError: if the cluster fails.
        Cancelled: if the job was cancelled.
    """
    shards = [chunks[start : start + SHARD] for start in range(0, len(chunks), SHARD)]
    with Spread(cluster) as spread:
        for place, answers in spread.map(_answer_shard, recipe, shards, job):
            for number, part in enumerate(answers):
                yield place * SHARD + number, part


def _answer_shard(recipe: RecognizerRecipe, shard: Sequence[Chunk]) -> list[list[PhotoAnswer]]:
    if recipe.digest not in _made:
        _made.clear()
        _made[recipe.digest] = recipe.make()
    return [answer_chunk(_made[recipe.digest], chunk) for chunk in shard]


# The photos in files and folders, by their names: nothing is opened.


@dataclass
class FoundPhotos:
    """What lies in files and folders."""

    sources: tuple[Path, ...]  # the files and folders that were given, absolute
    # the photos, in the order of their names, those of a folder before those below it; each once
    paths: list[str] = field(default_factory=list)
    # folders that could not be read, and names that are no text. Other files than photos are no matter.
    skipped: list[Skipped] = field(default_factory=list)


def find_photos(sources: Iterable[str | os.PathLike[str]], job: Job | None = None) -> FoundPhotos:
    """Find the photos in files and folders, and in all folders below.

    A file that is given by name counts whatever its name. Folders that links lead to are read once.

    Raises:
        InputError: if nothing is given, one of them does not exist, or there is no photo.
        Cancelled: if the job was cancelled.
    """
    job = job or Job()
    given = tuple(dict.fromkeys(Path(one).expanduser().absolute() for one in sources))
    if not given:
        raise InputError("Give at least one photo, or a folder of photos")
    found = FoundPhotos(given)
    job.stage(Stage.FIND)
    seen: set[tuple[int, int]] = set()
    paths: dict[str, None] = {}
    for path in given:
        try:
            is_folder, is_there = path.is_dir(), path.exists()
        except (OSError, ValueError) as error:
            raise InputError(f"{path} cannot be read: {error}") from None
        if not is_there:
            raise InputError(f"There is no photo and no folder {path}: check the name")
        if is_folder:
            skipped: list[Skipped] = []
            # What is named as a photo and cannot be opened is among the answers, with the reason.
            folder = read_folder(path, seen, skipped, job.advance, only_files=False)
            paths.update((str(file), None) for file in folder.all_files())
            found.skipped += [one for one in skipped if one.reason not in (NO_PHOTO, READ_ALREADY)]
        else:
            paths[str(path)] = None
    found.paths = list(paths)
    if not found.paths:
        why = f" ({found.skipped[0].path}: {found.skipped[0].reason})" if found.skipped else ""
        raise InputError(f"There is no photo in {given[0]}{why}: give a folder of photos")
    return found


MOST_TOGETHER = 50_000  # photos whose looks are kept, 6 kB each with spa-lite

Stream = Callable[[Sequence[Chunk]], Generator[tuple[int, list[PhotoAnswer]]]]
"""Chunks to (place of the chunk, its answers), in any order."""


@dataclass(frozen=True)
class FolderAnswers:
    """What the photos of some files and folders were predicted as."""

    sources: tuple[Path, ...]  # the files and folders
    names: Mapping[int, str]  # of the classes, by number
    answers: tuple[PhotoAnswer, ...]  # one a photo, in the order of the photos
    skipped: tuple[Skipped, ...]  # folders that could not be read, and names that are no text
    resumed: int = 0  # how many answers came from an earlier, interrupted run
    is_together: bool = False  # the photos helped each other

    @property
    def unreadable(self) -> tuple[PhotoAnswer, ...]:
        """The photos without an answer."""
        return tuple(one for one in self.answers if not one.is_answered)


def run_folders(
    found: FoundPhotos,
    names: Mapping[int, str],
    model: str,
    stream: Stream,
    job: Job,
    *,
    resume: bool = False,
    on_answers: Callable[[Sequence[PhotoAnswer]], None] | None = None,
    on_found: Callable[[int, int], None] | None = None,
    together: Callable[[Sequence[PhotoAnswer]], list[PhotoAnswer]] | None = None,
) -> FolderAnswers:
    """Answer all photos that were found.

    Args:
        found: the photos.
        names: of the classes that the model knows, by number.
        model: the name of the journal: see :func:`model_digest`.
        stream: answers chunks; closed when the run ends early.
        job: progress and cancellation.
        resume: take the answers that an interrupted run over the same sources left.
        on_answers: called with answers as they come, in the thread of the run.
        on_found: called once before, with how many photos there are and how many of them have answers already.
        together: answers them anew when all are there.

    Raises:
        Cancelled: if the job was cancelled; the answers so far are in the journal.
        SpaError: if the stream fails, likewise.
    """
    if together is not None and len(found.paths) > MOST_TOGETHER:
        job.message(f"More than {MOST_TOGETHER:,} photos are too many to help each other: each is answered alone")
        together = None
    chunks = chunks_of(found.paths)
    answers: list[list[PhotoAnswer] | None] = [None] * len(chunks)
    tell = on_answers or (lambda answers: None)
    with AnswerJournal(model, found.sources, on_message=job.message) as journal:
        kept = journal.open(len(found.paths), names, resume=resume)
        for place, chunk in enumerate(chunks):
            answers[place] = _from(kept, chunk, with_looks=together is not None)
        resumed = sum(len(part) for part in answers if part is not None)
        if on_found is not None:
            on_found(len(found.paths), resumed)
        for part in answers:
            if part is not None:
                tell(without_looks(part))
        todo = [place for place, part in enumerate(answers) if part is None]
        job.stage(Stage.RECOGNISE, total=len(found.paths) - resumed)
        if todo:
            with closing(stream([chunks[place] for place in todo])) as stream_of_answers:
                for number, came in stream_of_answers:
                    new = came if together is not None else without_looks(came)
                    answers[todo[number]] = new
                    journal.append(new)
                    tell(without_looks(new))
                    job.advance(len(new), detail=Path(new[-1].path).name)
        whole = [one for part in answers if part is not None for one in part]
        if together is not None:  # where it fails, a run that goes on has all answers
            whole = together(whole)
        journal.finish()
    found_answers = tuple(without_looks(whole))
    return FolderAnswers(found.sources, dict(names), found_answers, tuple(found.skipped), resumed, together is not None)


def _from(kept: Mapping[str, PhotoAnswer], chunk: Chunk, *, with_looks: bool) -> list[PhotoAnswer] | None:
    """A chunk's answers from an earlier run, if it has all of them and the files are the same still."""
    found = [one for one in map(kept.get, chunk) if one is not None]
    is_whole = len(found) == len(chunk) and all(
        (one.size, one.changed) == stamp_of(one.path) and (bool(one.look) or not with_looks or not one.is_answered)
        for one in found
    )
    return found if is_whole else None
