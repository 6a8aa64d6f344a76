"""The photos in files and folders, by their names: nothing is opened."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from spa_desktop.errors import InputError
from spa_desktop.jobs import Job, Stage
from spa_desktop.project.folders import DEEPEST, PHOTO_SUFFIXES, Skipped

_SYSTEM_FILES = ("Thumbs.db", "desktop.ini", "__MACOSX")


@dataclass
class FoundPhotos:
    """What lies in files and folders.

    Attributes:
        sources: the files and folders that were given, absolute.
        paths: the photos, in the order of their names, each once.
        skipped: folders that could not be read, and names that are no text. Other files than photos are no matter.
    """

    sources: tuple[Path, ...]
    paths: list[str] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)


def find_photos(sources: Iterable[str | os.PathLike[str]], job: Job | None = None) -> FoundPhotos:
    """Find the photos in files and folders, and in all folders below.

    A file that is given by name counts whatever its name. Folders that links lead to are read once.

    Args:
        sources: files and folders.
        job: told of the stage, and checked at each file.

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
            paths.update(dict.fromkeys(_photos_in(path, seen, found.skipped, job)))
        else:
            paths[str(path)] = None
    found.paths = list(paths)
    if not found.paths:
        why = f" ({found.skipped[0].path}: {found.skipped[0].reason})" if found.skipped else ""
        raise InputError(f"There is no photo in {given[0]}{why}: give a folder of photos")
    return found


def _photos_in(
    folder: Path, seen: set[tuple[int, int]], skipped: list[Skipped], job: Job, depth: int = 0
) -> Iterator[str]:
    if depth > DEEPEST:
        skipped.append(Skipped(folder, "the folder lies too deep within others: move it up"))
        return
    try:
        info = folder.stat()
        if (info.st_dev, info.st_ino) in seen:
            return
        seen.add((info.st_dev, info.st_ino))
        with os.scandir(folder) as listed:
            entries = []
            for entry in listed:
                job.advance()
                if not entry.name.startswith(".") and entry.name not in _SYSTEM_FILES:
                    entries.append(entry)
    except OSError as error:
        skipped.append(Skipped(folder, f"the folder cannot be read: {error.strerror or error}"))
        return
    for entry in sorted(entries, key=lambda one: one.name):
        path = Path(entry.path)
        try:
            is_folder = entry.is_dir()
        except OSError as error:
            skipped.append(Skipped(path, f"it cannot be read: {error.strerror or error}"))
            continue
        if is_folder:
            yield from _photos_in(path, seen, skipped, job, depth + 1)
        elif path.suffix.lower() in PHOTO_SUFFIXES:
            try:
                entry.path.encode()
            except UnicodeEncodeError:
                skipped.append(Skipped(path, "its name is not valid text: rename it"))
                continue
            yield entry.path
