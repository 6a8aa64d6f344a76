"""Folders to candidate classes, by looking at names only: fast enough for a sheet that opens on a drop."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from spa_desktop.errors import InputError
from spa_desktop.jobs import Job
from spa_desktop.plain_files import is_elsewhere
from spa_desktop.project.class_names import clean_name
from spa_desktop.project.records import Split

PHOTO_SUFFIXES = frozenset(
    f".{suffix}"
    for suffix in (
        *("jpg", "jpeg", "jpe", "jfif", "png", "webp", "bmp", "dib", "gif", "tif", "tiff"),
        *("avif", "heic", "heif"),
    )
)
_SPLITS: Mapping[str, Split] = {"train": "train", "test": "test"}
DEEPEST = 64  # folders within folders
_KEEP_ALL = 3  # a class of so few photos keeps them all for training


def held_out_count(photos: int, share: float) -> int:
    """How many of a class's photos are for testing, where no test folder says so. One at least is learned from.

    >>> held_out_count(3, 0.2), held_out_count(10, 0.2), held_out_count(10, 1.0)
    (0, 2, 9)
    """
    return 0 if photos <= _KEEP_ALL else min(round(share * photos), photos - 1)


@dataclass(frozen=True)
class Skipped:
    """A file or folder that was left out."""

    path: Path
    reason: str  # one line


@dataclass(frozen=True)
class FoundFile:
    """A file that may be a photo."""

    path: Path
    split: Split | None  # None: no train/ or test/ folder said


@dataclass(frozen=True)
class FoundClass:
    """A folder that may become a class."""

    name: str
    folder: Path  # the folder, or the first of several when train/ and test/ are apart
    files: tuple[FoundFile, ...]


@dataclass(frozen=True)
class FoundClasses:
    """What lies in the folders that were given."""

    classes: tuple[FoundClass, ...]
    skipped: tuple[Skipped, ...]

    def renamed(self, names: Mapping[str, str]) -> FoundClasses:
        """Give classes other names: `{old: new}`.

        Raises:
            InputError: if a name is no name, or two classes would share one.
        """
        classes = tuple(replace(item, name=clean_name(names.get(item.name, item.name))) for item in self.classes)
        _require_different(classes)
        return replace(self, classes=classes)


@dataclass
class _Folder:
    path: Path
    files: list[Path]
    folders: list[_Folder]

    @property
    def split(self) -> Split | None:
        return _SPLITS.get(self.path.name.lower())

    def has_photos(self) -> bool:
        return bool(self.files) or any(folder.has_photos() for folder in self.folders)

    def all_files(self) -> Iterator[Path]:
        yield from self.files
        for folder in self.folders:
            yield from folder.all_files()


def find_classes(folders: Iterable[str | os.PathLike[str]], job: Job | None = None) -> FoundClasses:
    """Find the classes in folders. Opens no photo.

    A folder with photos is a class, together with all folders below it; a folder of folders is many classes. `train`
    and `test` are honoured at either level. A folder with fewer photos than folders of photos is a folder of classes.

    Args:
        folders: read with all that is below them.
        job: checked at each file.

    Raises:
        InputError: no such folder, no photo in it, two folders that would be the same class.
        Cancelled: if the job was cancelled.
    """
    job = job or Job()
    seen: set[tuple[int, int]] = set()
    skipped: list[Skipped] = []
    classes: list[FoundClass] = []
    for given in folders:
        path = Path(given).expanduser().absolute()
        if is_elsewhere(path):
            raise InputError(f"{path} is not on this computer: copy the folder here, or give the share a drive letter")
        try:
            str(path).encode()
            is_there = path.exists()
        except ValueError as error:
            raise InputError(f"The name {str(path)!r} is no valid text: rename the folder") from error
        except OSError as error:
            raise InputError(f"{path} cannot be read: {error.strerror or error}") from error
        if not is_there:
            raise InputError(f"There is no folder {path}: check the name")
        if not path.is_dir():
            raise InputError(f"{path} is not a folder: put the photos of a class into a folder, and give that")
        info = path.stat()
        if (info.st_dev, info.st_ino) in seen:
            raise InputError(f"{path} was given twice, or lies in another folder that was given: leave it out")
        folder = _read(path, seen, skipped, job)
        if not folder.has_photos():
            raise InputError(f"There is no photo in {path}: give a folder of photos, or a folder of such folders")
        if _is_class(folder):
            classes.append(_class_of(clean_name(path.resolve().name), [(folder, None)]))
        else:
            classes += _classes_in(folder, skipped)
    if not classes:
        raise InputError("Give at least one folder of photos")
    _require_different(classes)
    return FoundClasses(tuple(classes), tuple(skipped))


def _read(path: Path, seen: set[tuple[int, int]], skipped: list[Skipped], job: Job, depth: int = 0) -> _Folder:
    """Read a folder and all below it, each real folder once: links may lead in circles."""
    folder = _Folder(path, [], [])
    if depth > DEEPEST:
        skipped.append(Skipped(path, "the folder lies too deep within others: move it up"))
        return folder
    try:
        info = path.stat()
        if (info.st_dev, info.st_ino) in seen:
            skipped.append(Skipped(path, "this folder was read already"))
            return folder
        seen.add((info.st_dev, info.st_ino))
        entries = sorted(_listed(path, job), key=lambda entry: entry.name)
    except OSError as error:
        skipped.append(Skipped(path, f"the folder cannot be read: {error.strerror or error}"))
        return folder
    for entry in entries:
        job.check()
        if entry.name.startswith(".") or entry.name in ("Thumbs.db", "desktop.ini", "__MACOSX"):
            continue
        try:
            entry.name.encode()
            mode = entry.stat().st_mode
        except UnicodeEncodeError:
            skipped.append(Skipped(entry, "its name is not valid text: rename it"))
            continue
        except OSError as error:
            skipped.append(Skipped(entry, f"it cannot be read: {error.strerror or error}"))
            continue
        if stat.S_ISDIR(mode):
            folder.folders.append(_read(entry, seen, skipped, job, depth + 1))
        elif not stat.S_ISREG(mode):
            skipped.append(Skipped(entry, "it is not a file"))
        elif entry.suffix.lower() not in PHOTO_SUFFIXES:
            skipped.append(Skipped(entry, "it is not a photo"))
        else:
            folder.files.append(entry)
    return folder


def _listed(path: Path, job: Job) -> Iterator[Path]:
    # Entry by entry, so that the listing of a slow disk can be cancelled.
    with os.scandir(path) as entries:
        for entry in entries:
            job.check()
            yield path / entry.name


def _is_class(folder: _Folder) -> bool:
    below = [item for item in folder.folders if item.split is None and item.has_photos()]
    if folder.files:
        return len(folder.files) >= len(below)
    return not below and any(item.files for item in folder.folders if item.split)


def _classes_in(folder: _Folder, skipped: list[Skipped]) -> list[FoundClass]:
    """The classes in a folder of folders."""
    skipped += [Skipped(path, "it lies beside the folders of classes") for path in folder.files]
    split_of: dict[str, list[tuple[_Folder, Split | None]]] = {}
    classes: list[FoundClass] = []
    for item in folder.folders:
        if item.split is not None and any(below.has_photos() for below in item.folders):
            skipped += [Skipped(path, "it lies beside the folders of classes") for path in item.files]
            for below in item.folders:
                if below.has_photos():
                    split_of.setdefault(clean_name(below.path.name), []).append((below, item.split))
        elif item.has_photos() and _is_class(item):
            classes.append(_class_of(clean_name(item.path.name), [(item, None)]))
        elif item.has_photos():
            classes += _classes_in(item, skipped)
    return classes + [_class_of(name, parts) for name, parts in sorted(split_of.items())]


def _class_of(name: str, parts: list[tuple[_Folder, Split | None]]) -> FoundClass:
    files: list[FoundFile] = []
    for folder, split in parts:
        files += [FoundFile(path, split) for path in folder.files]
        for below in folder.folders:
            files += [FoundFile(path, split or below.split) for path in below.all_files()]
    # One test/ folder is a decision: the photos outside of it are for training.
    if any(file.split == "test" for file in files):
        files = [file if file.split else replace(file, split="train") for file in files]
    return FoundClass(name, parts[0][0].path, tuple(files))


def _require_different(classes: Iterable[FoundClass]) -> None:
    by_name: dict[str, FoundClass] = {}
    for item in classes:
        other = by_name.setdefault(item.name, item)
        if other is not item:
            raise InputError(f"{other.folder} and {item.folder} would both be the class {item.name!r}: rename one")
