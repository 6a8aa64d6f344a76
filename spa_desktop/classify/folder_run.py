"""A run over folders: photos that a journal has answers for are left out, and the answers of the others are kept."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import sqlite3
from collections.abc import Callable, Collection, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Self

from pydantic import ConfigDict, Field, TypeAdapter

from spa_desktop.classify.answer_files import (
    CHUNK,
    Chunk,
    PhotoAnswer,
    answer_chunk,
    chunks_of,
    stamp_of,
    without_looks,
)
from spa_desktop.errors import FilledText, InputError
from spa_desktop.jobs import Job, Stage
from spa_desktop.paths import cache_dir
from spa_desktop.photos.opening import PhotoError, hash_photo, photo_file
from spa_desktop.plain_files import reason_of
from spa_desktop.project.box_files import is_box_file, read_boxes
from spa_desktop.project.connecting import sqlite_uri
from spa_desktop.project.folders import DOCUMENT, NO_MATTER, Skipped, read_folder
from spa_desktop.ray_cluster import Cluster, Spread
from spa_desktop.version import __version__
from spa_desktop.visible import QT_TRANSLATE_NOOP

if TYPE_CHECKING:
    from spa_desktop.project import Project
    from spa_desktop.recognizer import Recognizer

# The journal of a run over folders: answers as they come, so that a crash costs seconds and not hours.
#
# One SQLite file a run in the platform's cache folder. What is read back is checked: what is no answer of this model
# to this very file is answered again.

VERSION = 3
_MOST_KEPT = 20  # journals; older ones are deleted
_OF_PROJECT = 8  # signs at the beginning of a model's name that say which project it is of
_BEGIN = """
PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;
CREATE TABLE IF NOT EXISTS run (id INTEGER PRIMARY KEY, sources BLOB, total INTEGER, is_complete INTEGER);
CREATE TABLE IF NOT EXISTS answers (path BLOB PRIMARY KEY, answer TEXT, look BLOB)
"""
_DAMAGED = ("SQLITE_CORRUPT", "SQLITE_NOTADB", "SQLITE_ERROR")
_Share = Annotated[float, Field(ge=0, le=1)]
_Milliseconds = Annotated[float, Field(ge=0, allow_inf_nan=False)]
# What stands in a column `answer`: the fields of an answer between its path and its look.
_ANSWER = TypeAdapter(
    tuple[tuple[int, ...], tuple[_Share, ...], _Milliseconds, _Share | None, bool | None, str | None, int, int, str],
    config=ConfigDict(strict=True),
)
_fields = attrgetter(
    *("class_ids", "probabilities", "milliseconds", "known", "rejected", "error", "size", "changed", "sha256")
)


@dataclass(frozen=True)
class KeptRun:
    """A run whose answers are kept."""

    sources: tuple[Path, ...]  # the files and folders that it was given
    done: int  # photos that have an answer
    total: int  # photos that were found
    is_complete: bool  # it was not interrupted
    is_old: bool = False  # the model, or the app, is another one by now


class AnswerJournal:
    """The answers of one model to the photos of some sources, in a file. The disk never makes it raise."""

    def __init__(self, model: str, sources: Sequence[Path], *, on_message: Callable[[str], None] | None = None) -> None:
        """Name a journal of :func:`model_digest` and absolute files and folders; nothing is opened yet."""
        self._sources, self._on_message = b"\0".join(map(os.fsencode, sources)), on_message
        name = hashlib.sha256(self._sources).hexdigest()[:16]
        self.path = cache_dir() / "answers" / f"{model[:24]}-{name}.sqlite"
        self._file: sqlite3.Connection | None = None

    def open(self, total: int, class_ids: Collection[int], *, resume: bool) -> dict[str, PhotoAnswer]:
        """Begin to write, after what is there if it is to be resumed, and give the answers that were there, by path.

        Whether the files are still the same is for the caller to see.
        """
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            try:
                rows = self._begin(total, resume=resume)
            except sqlite3.DatabaseError as error:
                if not getattr(error, "sqlite_errorname", _DAMAGED[0]).startswith(_DAMAGED):
                    raise  # another run has it, or the disk is full: what is there is for the next time
                self.close()
                self.path.unlink()
                rows = self._begin(total, resume=resume)
            for old in sorted(self.path.parent.glob("*.sqlite"), key=_changed, reverse=True)[_MOST_KEPT:]:
                for part in self.path.parent.glob(f"{old.name}*"):
                    part.unlink(missing_ok=True)
        except (OSError, sqlite3.Error) as error:
            self._stop(error)
            return {}
        answers = (_answer(path, text, look, class_ids) for path, text, look in rows)
        return {answer.path: answer for answer in answers if answer is not None}

    def append(self, answers: Sequence[PhotoAnswer]) -> None:
        if self._file is None:
            return
        try:
            with self._file:
                _put(self._file, answers)
        except sqlite3.Error as error:
            self._stop(error)

    def finish(self, gone: Collection[str] = ()) -> None:
        """Note that the run was not interrupted. The answers of photos that are `gone`, by path, are kept no more."""
        if self._file is not None:
            with contextlib.suppress(sqlite3.Error), self._file:
                self._file.executemany("DELETE FROM answers WHERE path = ?", [(os.fsencode(path),) for path in gone])
                self._file.execute("UPDATE run SET is_complete = 1, total = max(total, (SELECT count(*) FROM answers))")

    def close(self) -> None:
        file, self._file = self._file, None
        if file is not None:
            file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _begin(self, total: int, *, resume: bool) -> list[Any]:
        self.path.touch(0o600)  # for this user's eyes only: it names all photos
        self._file = sqlite3.connect(self.path, timeout=0, check_same_thread=False)
        self._file.executescript(_BEGIN)
        with self._file:
            rows = self._file.execute("SELECT path, answer, look FROM answers").fetchall()
            if not resume:
                self._file.execute("DELETE FROM answers")
            self._file.execute("REPLACE INTO run VALUES (1, ?, ?, 0)", (self._sources, total))
        return rows

    def _stop(self, error: OSError | sqlite3.Error) -> None:
        self.close()
        why = reason_of(error) if isinstance(error, OSError) else str(error)
        if str(getattr(error, "sqlite_errorname", "")).startswith("SQLITE_BUSY"):
            why = "another run works on the same folders"
        if self._on_message is not None:
            self._on_message(f"Answers are not kept ({self.path}: {why}): if this run stops, it begins anew")


def model_digest(learner: str, kept: float, fingerprint: str, views: int, project_id: str = "") -> str:
    """What answers depend on besides the photos, as a name. Another version of the app may answer otherwise."""
    about = f"{learner} {kept} {fingerprint} {views} {VERSION} {__version__}"
    return project_id[:_OF_PROJECT] + hashlib.sha256(about.encode()).hexdigest()


def newest_run(model: str, *, is_old: bool = False) -> KeptRun | None:
    """The newest run of a model, or None. Where `is_old`, the newest of any model of its project."""
    name = f"{model[:_OF_PROJECT]}*" if is_old else model[:24]
    journals = (cache_dir() / "answers").glob(f"{name}-*.sqlite")
    newest = max(journals, key=_changed, default=None)
    if newest is None:
        return None
    try:
        with closing(sqlite3.connect(sqlite_uri(newest, "mode=rw"), uri=True, timeout=0)) as file:
            run = file.execute("SELECT sources, total, is_complete FROM run").fetchone()
            done = file.execute("SELECT count(*) FROM answers").fetchone()[0]
        sources = tuple(Path(os.fsdecode(name)) for name in run[0].split(b"\0"))
    except (sqlite3.Error, TypeError, AttributeError):
        return None
    _, total, is_complete = run
    if not done or not isinstance(total, int) or total < 1 or not all(map(Path.is_absolute, sources)):
        return None
    return KeptRun(sources, done, max(done, total), bool(is_complete), is_old)  # a folder that is watched has no total


def keep_answers(model: str, sources: Sequence[Path], answers: Sequence[PhotoAnswer]) -> None:
    """Keep the answers of photos that came after a run, or changed, with those of the run. The disk never raises."""
    path = AnswerJournal(model, sources).path
    with (
        contextlib.suppress(OSError, sqlite3.Error),
        closing(sqlite3.connect(sqlite_uri(path, "mode=rw"), uri=True, timeout=0)) as file,
        file,
    ):
        _put(file, answers)


def _put(file: sqlite3.Connection, answers: Sequence[PhotoAnswer]) -> None:
    rows = [(os.fsencode(answer.path), json.dumps(_fields(answer)), answer.look) for answer in answers]
    file.executemany("REPLACE INTO answers VALUES (?, ?, ?)", rows)


def relocate_run(model: str, before: Sequence[Path], sources: Sequence[Path], places: Mapping[str, str]) -> None:
    """Have the kept answers of a run go along with photos that were moved, by their paths. The disk never raises.

    Those of all models of the project do.
    """
    old, new = AnswerJournal(model, before).path, AnswerJournal(model, sources)
    paths = [(os.fsencode(there), os.fsencode(here)) for here, there in places.items()]
    for path in old.parent.glob(f"{model[:_OF_PROJECT]}*{old.name[24:]}"):
        with contextlib.suppress(OSError, sqlite3.Error):
            with closing(sqlite3.connect(sqlite_uri(path, "mode=rw"), uri=True, timeout=0)) as file, file:
                file.executemany("UPDATE OR REPLACE answers SET path = ? WHERE path = ?", paths)
                file.execute("UPDATE run SET sources = ?", (new._sources,))
            path.replace(path.with_name(path.name[:24] + new.path.name[24:]))


def _changed(path: Path) -> float:
    """When a journal was written to; 0 if another run has deleted it since it was listed."""
    times = [0.0]
    for file in (path, path.with_name(f"{path.name}-wal")):
        with contextlib.suppress(OSError):
            times.append(file.stat().st_mtime)
    return max(times)


def _answer(path: bytes, text: str, look: bytes, class_ids: Collection[int]) -> PhotoAnswer | None:
    """An answer, or None where a row is none. The journal is our own, but a disk can give anything back."""
    try:
        answer = PhotoAnswer(os.fsdecode(path), *_ANSWER.validate_json(text), b"".join((look,)))
    except (TypeError, ValueError):
        return None
    ids = set(answer.class_ids)
    is_sound = len(answer.class_ids) == len(answer.probabilities) == len(ids) > 0 and ids.issubset(class_ids)
    return answer if is_sound or not answer.is_answered else None


# Answers from a Ray cluster: shards of photos to workers that each load the model once.
#
# Photos are not sent: each machine reads them at the same path, from a disk that all share.

SHARD = 8  # chunks: a worker that dies costs so many at most, and each is some seconds of work

_made: dict[str, Recognizer] = {}  # of this worker, by the digest of the model


@dataclass(frozen=True)
class RecognizerRecipe:
    """What a worker makes its recogniser of."""

    digest: str  # of the model, and how strictly photos are refused
    learner: bytes  # its bytes
    class_ids: tuple[int, ...]  # of the learner, in its order
    encoder: tuple[str, str, Callable[..., Any]]  # its name, the fingerprint that it must have, and what loads it
    settings: Mapping[str, Any]  # as for the recogniser

    @classmethod
    def of(cls, project: Project, recognizer: Recognizer, fingerprint: str) -> RecognizerRecipe:
        """The recipe of what a project has learned.

        Raises InputError if another program has changed the project meanwhile.
        """
        from spa_desktop.encoders import backbones

        state = project.learner()
        if state is None or tuple(state.info.class_ids) != recognizer.class_ids:
            text = QT_TRANSLATE_NOOP("errors", "{path} was changed meanwhile: begin again")
            raise InputError(text, path=project.path)
        return cls(
            f"{state.info.sha256} {recognizer.kept} {recognizer.with_looks}",
            state.blob,
            recognizer.class_ids,
            (project.meta.backbone, fingerprint, backbones.load_encoder),
            {name: getattr(recognizer, name) for name in ("views", "kept", "with_looks")},
        )

    def make(self) -> Recognizer:
        """The recogniser, on the processor. Raises InputError if the backbone is another here."""
        from spa_desktop.feature_store import encoder_of_worker
        from spa_desktop.recognizer import KnownClass, Recognizer
        from spa_desktop.spa.learner import from_bytes

        encoder = encoder_of_worker(*self.encoder)
        learner = from_bytes(self.learner, encoder.image_projection, keys=[str(key) for key in self.class_ids])
        classes = {key: KnownClass(str(key)) for key in self.class_ids}
        return Recognizer(encoder, learner, classes, **self.settings)


def answer_on_cluster(
    recipe: RecognizerRecipe, chunks: Sequence[Chunk], cluster: Cluster, job: Job
) -> Iterator[tuple[int, list[PhotoAnswer]]]:
    """The answers of each chunk, with its place, shard by shard as they are done: the same bits as without a cluster.

    Raises SpaError if the cluster fails.
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
    # folders and documents that are not read, and names that are no text. Other files than photos, and hidden
    # or empty folders, are no matter.
    skipped: list[Skipped] = field(default_factory=list)


def find_photos(
    sources: Iterable[str | os.PathLike[str]], job: Job | None = None, *, boxes: Path | None = None
) -> FoundPhotos:
    """Find the photos in files and folders, and in all folders below.

    A file that is given by name counts whatever its name, but for one of boxes: see
    :func:`~spa_desktop.project.box_files.is_box_file`. With it, or with `boxes`, each box is a photo, and what has none
    is left out; alone it is of the folder that it lies in. Folders that links lead to are read once. Raises InputError
    if nothing is given, one of them does not exist, or there is no photo; if boxes cannot be read.
    """
    job = job or Job()
    given = tuple(dict.fromkeys(Path(source).expanduser().absolute() for source in sources))
    if not given:
        raise InputError("Give at least one photo, or a folder of photos")
    boxes = boxes.expanduser().absolute() if boxes is not None else next(filter(is_box_file, given), None)
    found = FoundPhotos(given if boxes is None else tuple(dict.fromkeys((*given, boxes))))
    if boxes is not None and boxes.is_file():
        given = tuple(path for path in given if path != boxes) or (boxes.parent,)
    job.stage(Stage.FIND)
    seen: set[tuple[int, int]] = set()
    paths: dict[str, None] = {}
    for path in given:
        try:
            is_folder, is_there = path.is_dir(), photo_file(path).exists()
        except (OSError, ValueError) as error:
            raise InputError(f"{path} cannot be read: {getattr(error, 'strerror', '') or error}") from None
        if not is_there:
            text = QT_TRANSLATE_NOOP("errors", "There is no photo and no folder {path}: check the name")
            raise InputError(text, path=path)
        if is_folder:
            skipped: list[Skipped] = []
            # What is named as a photo and cannot be opened is among the answers, with the reason.
            folder = read_folder(path, seen, skipped, job.advance, only_files=False)
            paths.update((str(file), None) for file in folder.all_files())
            found.skipped += [skip for skip in skipped if skip.reason not in NO_MATTER]
        else:
            paths[str(path)] = None
    if boxes is not None:
        placed, note = read_boxes(boxes, list(map(Path, paths)), given, job)
        paths = {f"{photo}{box}": None for photo, some in placed.items() for box, _ in some}
        found.skipped += [Skipped(boxes, note)] if note else []
    found.paths = list(paths)
    if not found.paths:
        why = f" ({found.skipped[0].path}: {found.skipped[0].reason})" if found.skipped else ""
        text = QT_TRANSLATE_NOOP("errors", "There is no photo in {path}{why}: give a folder of photos")
        raise InputError(text, path=given[0], why=why)
    return found


class FolderWatch:
    """The photos that come into a folder and all folders below, or change there, once they have stopped growing."""

    def __init__(self, folder: Path, answers: Iterable[PhotoAnswer] = ()) -> None:
        """Watch an absolute path; photos that have answers are left out as long as they stay as they are."""
        self.folder = folder
        self._answered: dict[str, tuple[int, int]] = {}  # size and time of photos that have answers, by path
        self._before: dict[str, tuple[int, int]] = {}  # those of all photos at the last look
        self._faults: set[str] = set()  # that were said of it
        self.take(answers)

    def take(self, answers: Iterable[PhotoAnswer]) -> None:
        self._answered.update((answer.path, (answer.size, answer.changed)) for answer in answers)

    def look(self, job: Job) -> list[str]:
        """The photos without an answer that are as they were at the last look.

        What cannot be read, the folder itself too, is said by one message of the job until it can. Raises Cancelled.
        """
        skipped: list[Skipped] = []
        found = read_folder(self.folder, set(), skipped, job.check)
        now = {path: stamp_of(path) for path in map(str, found.all_files())}
        told = [skip for skip in skipped if skip.reason not in {*NO_MATTER, DOCUMENT}]
        text = QT_TRANSLATE_NOOP("errors", "Skipped: {path}: {reason}")
        faults: set[str] = {FilledText.of(text, path=skip.path, reason=skip.reason) for skip in told}
        for fault in sorted(faults - self._faults):
            job.message(fault)
        ready = [path for path, stamp in now.items() if self._before.get(path) == stamp != self._answered.get(path)]
        self._before, self._faults = now, faults
        return ready


MOST_TOGETHER = 50_000  # photos whose looks are kept, 6 kB each with spa-lite

Stream = Callable[[Sequence[Chunk]], Generator[tuple[int, list[PhotoAnswer]]]]
"""Chunks to (place of the chunk, its answers), in any order."""


@dataclass(frozen=True)
class FolderAnswers:
    """What the photos of some files and folders were predicted as."""

    sources: tuple[Path, ...]  # the files and folders
    names: Mapping[int, str]  # of the classes, by number
    answers: tuple[PhotoAnswer, ...]  # one a photo, in the order of the photos
    skipped: tuple[Skipped, ...]  # see :class:`FoundPhotos`
    resumed: int = 0  # how many answers came from an earlier run
    is_together: bool = False  # the photos helped each other

    @property
    def unreadable(self) -> tuple[PhotoAnswer, ...]:
        return tuple(answer for answer in self.answers if not answer.is_answered)


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
    singly: bool = False,
    explained: bool = False,
) -> FolderAnswers:
    """Answer all photos that were found.

    The journal is named by `model`, see :func:`model_digest`. Answers that an earlier run over the same sources left
    are taken where files have the same content, with `resume` where they have the same size and time; none where
    answers are to be `explained`. `on_found` is called once before with how many photos there are and how many of
    them have answers already, `on_answers` with answers as they come, both in this thread. The stream is closed when
    the run ends early. `together` answers all anew when all are there. Where photos are answered `singly`, each is a
    chunk, and nothing is kept.

    Raises:
        Cancelled: if the job was cancelled; the answers so far are in the journal.
        SpaError: if the stream fails, likewise.
    """
    if together is not None and len(found.paths) > MOST_TOGETHER:
        job.message(f"More than {MOST_TOGETHER:,} photos are too many to help each other: each is answered alone")
        together = None
    chunks = chunks_of(found.paths, 1 if singly else CHUNK)
    answers: list[list[PhotoAnswer] | None] = [None] * len(chunks)
    tell = on_answers or (lambda answers: None)
    with AnswerJournal(model, found.sources, on_message=job.message) as journal:
        earlier = {} if singly else journal.open(len(found.paths), names, resume=resume)
        if earlier and not explained:
            job.stage(Stage.READ, total=len(found.paths))
            for place, chunk in enumerate(chunks):
                part = _find_answers(earlier, chunk, with_looks=together is not None, is_trusted=resume)
                answers[place] = part
                if part is not None and not resume:  # the journal began anew
                    journal.append(part)
                job.advance(len(chunk))
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
        whole = [answer for part in answers if part is not None for answer in part]
        if together is not None:  # where it fails, a run that goes on has all answers
            whole = together(whole)
        journal.finish(earlier.keys() - {*found.paths})
    found_answers = tuple(without_looks(whole))
    return FolderAnswers(found.sources, dict(names), found_answers, tuple(found.skipped), resumed, together is not None)


def _find_answers(
    earlier: Mapping[str, PhotoAnswer], chunk: Chunk, *, with_looks: bool, is_trusted: bool
) -> list[PhotoAnswer] | None:
    """A chunk's answers from an earlier run, if it has all of them and the files are the same still.

    Where their size and time are not trusted, their content is compared, which those that could not be read lack.
    """
    answers = [answer for answer in map(earlier.get, chunk) if answer is not None]
    is_whole = len(answers) == len(chunk) and all(
        (answer.size, answer.changed) == stamp_of(answer.path)
        and (bool(answer.look) or not with_looks or not answer.is_answered)
        and (is_trusted or _has_content(answer))
        for answer in answers
    )
    return answers if is_whole else None


def _has_content(answer: PhotoAnswer) -> bool:
    try:
        return hash_photo(Path(answer.path)) == answer.sha256
    except PhotoError:
        return False
