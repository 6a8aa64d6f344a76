"""Candidate classes to verified photos: each is opened, hashed and made a thumbnail of, in threads."""

from __future__ import annotations

import collections
import contextlib
import io
import os
import tempfile
from collections.abc import Generator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType

from PIL import Image

from spa_desktop.errors import InputError, SpaError
from spa_desktop.jobs import Job, Stage
from spa_desktop.photos.opening import read_photo
from spa_desktop.project.folders import FoundClass, FoundClasses, FoundFile, Skipped, held_out_count
from spa_desktop.project.records import NewPhoto, Split

THUMBNAIL_SIZE = 160  # pixels, the longest side
TEST_SHARE = 0.2
_THREADS = min(4, max(2, os.cpu_count() or 2))


@dataclass(frozen=True)
class ScannedPhoto:
    """A photo that was opened and verified. Its thumbnail waits in the scan's temporary file."""

    path: Path
    sha256: str
    split: Split
    width: int
    height: int
    size: int
    thumbnail: tuple[int, int]  # where it begins, and how many bytes it has


@dataclass(frozen=True)
class ScannedClass:
    """A class that can be added: at least one photo."""

    name: str
    folder: Path
    photos: tuple[ScannedPhoto, ...]


class Scan:
    """Verified photos of all classes. Close it, or use it as a context manager, to give the temporary file back."""

    def __init__(self, skipped: tuple[Skipped, ...]) -> None:
        self.classes: tuple[ScannedClass, ...] = ()
        self.skipped = skipped
        self._thumbnails = tempfile.TemporaryFile()  # noqa: SIM115 - it lives as long as the scan

    def new_photos(self, scanned: ScannedClass) -> Iterator[NewPhoto]:
        """The photos of a class as `tx.add_photos` takes them, one thumbnail in memory at a time."""
        for photo in scanned.photos:
            start, length = photo.thumbnail
            self._thumbnails.seek(start)
            blob = self._thumbnails.read(length)
            yield NewPhoto(photo.path, photo.sha256, photo.split, photo.width, photo.height, photo.size, blob)

    def keep(self, thumbnail: bytes) -> tuple[int, int]:
        """Put a thumbnail aside and give its place."""
        start = self._thumbnails.seek(0, io.SEEK_END)
        self._thumbnails.write(thumbnail)
        return start, len(thumbnail)

    def close(self) -> None:
        """Give the temporary file back."""
        self._thumbnails.close()

    def __enter__(self) -> Scan:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()


@dataclass(frozen=True)
class _Opened:
    sha256: str
    width: int
    height: int
    size: int
    thumbnail: bytes


def read_photos(found: FoundClasses, job: Job | None = None, *, test_share: float = TEST_SHARE) -> Scan:
    """Open and verify every photo.

    Photos that cannot be opened, and second copies within a class, are skipped with a reason. Where no folder says what
    is for testing, the share `test_share` of a class is held out, by the order of the content hashes: the same photos
    give the same choice, whatever their names. A class of up to three photos keeps them all for training.

    Raises:
        InputError: a class of which no photo can be used; the same photo in two classes (both are named).
        Cancelled: if the job was cancelled.
    """
    if not 0 <= test_share < 1:
        raise InputError(f"The held-out share must be at least 0 and below 1, not {test_share}")
    job = job or Job()
    job.stage(Stage.READ, total=sum(len(item.files) for item in found.classes))
    scan = Scan(found.skipped)
    owners: dict[str, tuple[FoundClass, Path]] = {}
    ordered = [(item, _training_first(item)) for item in found.classes]
    try:
        # Closed at once on an error or a cancel: no thread goes on reading behind the caller's back.
        with contextlib.closing(_open_all([file.path for _, files in ordered for file in files])) as opened:
            scan.classes = tuple(
                ScannedClass(
                    item.name, item.folder, _split(_read_class(item, files, opened, owners, scan, job), test_share)
                )
                for item, files in ordered
            )
    except BaseException:
        scan.close()
        raise
    return scan


def _read_class(
    item: FoundClass,
    files: list[FoundFile],
    opened: Iterator[_Opened | str],
    owners: dict[str, tuple[FoundClass, Path]],
    scan: Scan,
    job: Job,
) -> list[tuple[FoundFile, ScannedPhoto]]:
    """Take a class's photos from `opened`, and note in `owners` which class has which content."""
    skipped: list[Skipped] = []
    photos: list[tuple[FoundFile, ScannedPhoto]] = []
    for file in files:
        outcome = next(opened)
        job.advance(detail=item.name)
        if isinstance(outcome, str):
            skipped.append(Skipped(file.path, outcome))
            continue
        owner, twin = owners.setdefault(outcome.sha256, (item, file.path))
        if owner is not item:
            raise InputError(
                f"The same photo is in two classes: {twin} in {owner.name!r} and {file.path} in {item.name!r}. "
                "Delete it from one"
            )
        if twin != file.path:
            skipped.append(Skipped(file.path, f"it is the same photo as {twin.name}"))
            continue
        place = scan.keep(outcome.thumbnail)
        photo = ScannedPhoto(file.path, outcome.sha256, "train", outcome.width, outcome.height, outcome.size, place)
        photos.append((file, photo))
    scan.skipped += tuple(skipped)
    if not photos:
        raise InputError(
            f"No photo in {item.folder} can be used ({len(skipped)} skipped; {skipped[0].path.name}: "
            f"{skipped[0].reason}): put other photos there, or leave it out"
        )
    return photos


def _training_first(item: FoundClass) -> list[FoundFile]:
    # Of two copies in train/ and test/, the one for training stays: a test photo must not have been learned.
    return sorted(item.files, key=lambda file: file.split == "test")


def _split(photos: list[tuple[FoundFile, ScannedPhoto]], share: float) -> tuple[ScannedPhoto, ...]:
    if any(file.split for file, _ in photos):
        return tuple(replace(photo, split=file.split or "train") for file, photo in photos)
    held_out = set(sorted(photo.sha256 for _, photo in photos)[: held_out_count(len(photos), share)])
    return tuple(replace(photo, split="test" if photo.sha256 in held_out else "train") for _, photo in photos)


def _open_all(paths: list[Path]) -> Generator[_Opened | str, None, None]:
    """Open photos in threads, a few ahead of the reader, and give them in order; a text says why one cannot be used."""
    pool = ThreadPoolExecutor(_THREADS, thread_name_prefix="photos")
    waiting: collections.deque[Future[_Opened | str]] = collections.deque()
    try:
        for path in paths:
            waiting.append(pool.submit(_open, path))
            if len(waiting) > 2 * _THREADS:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _open(path: Path) -> _Opened | str:
    try:
        # Reduced while decoding: all of the file is still read and verified, and a large JPEG costs a third.
        photo = read_photo(path, at_least=2 * THUMBNAIL_SIZE)
    except SpaError as error:
        return " ".join(str(error).replace(str(path), path.name).split())
    return _Opened(photo.sha256, photo.width, photo.height, photo.size, _thumbnail(photo.image))


def _thumbnail(photo: Image.Image) -> bytes:
    photo.thumbnail((THUMBNAIL_SIZE, THUMBNAIL_SIZE), Image.Resampling.LANCZOS, reducing_gap=3.0)
    buffer = io.BytesIO()
    photo.save(buffer, "JPEG", quality=80)
    return buffer.getvalue()
