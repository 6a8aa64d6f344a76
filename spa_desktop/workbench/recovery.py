"""Verbs on project files that are damaged, or to be as they were before: restore and recover."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from spa_desktop.classify.folder_run import find_photos
from spa_desktop.errors import InputError
from spa_desktop.feature_store import PhotoRef
from spa_desktop.jobs import Job, Stage
from spa_desktop.photos.opening import PhotoError, hash_of_box, hash_photo, is_missing, photo_file, split_box
from spa_desktop.plain_files import is_elsewhere
from spa_desktop.project import Project, Waiting
from spa_desktop.project.database import resolved
from spa_desktop.project.records import PhotoRecord
from spa_desktop.project.recover import restore
from spa_desktop.project.versions import Version, versions_of
from spa_desktop.visible import QT_TRANSLATE_NOOP, counted
from spa_desktop.workbench.open_project import OpenProject
from spa_desktop.workbench.sorting import kept_elsewhere, kept_photos, put_photos

# Photos that lie elsewhere now: found again by what is in them, whatever they are called.


@dataclass(frozen=True)
class MovedPhotos:
    """What a search found."""

    places: Mapping[str, str]  # where the photos that were found lie now, by where they lay
    missing: tuple[PhotoRecord | PhotoRef, ...]  # those that are still not there
    changed: tuple[PhotoRecord | PhotoRef, ...] = ()  # those in whose place lies a file with other content

    @property
    def found(self) -> int:
        """How many photos were found, and are noted where they lie now."""
        return len(self.places)


def missing_photos(project: Project) -> list[PhotoRecord]:
    """The photos that are not where the project looks for them, or on another computer, which is not asked.

    A file of another size is another photo: two folders with the same names of files may have changed places.
    """
    return [photo for photo in project.photos(set_aside=None) if is_missing(photo.path) or not _has_size(photo)]


def _has_size(photo: PhotoRecord) -> bool:
    with contextlib.suppress(OSError):
        return photo_file(photo.path).stat().st_size == photo.size
    return False


def are_all_missing(project: Project) -> bool:
    """Whether there are photos, and none is where the project looks for it: those of classes, else those to sort."""
    for photos in ((photo for item in project.classes() for photo in project.photos(item.id)), _to_sort(project)):
        for first in photos:
            return is_missing(first.path) and all(is_missing(photo.path) for photo in photos)
    return False


def missing_to_learn(project: Project) -> list[Path]:
    """Where the photos were that are still to be learned or sorted, and are missing. What is learned needs no photo."""
    paths = [Path(photo.path) for photo in project.photos(split="train") if not photo.is_learned]
    paths += (photo.path for photo in _to_sort(project))
    return [path for path in paths if is_missing(path)]


def _to_sort(project: Project) -> Iterator[PhotoRef]:
    with contextlib.suppress(InputError):  # the page Sort says that they cannot be read
        yield from kept_photos(project)


def find_moved_photos(
    bench: OpenProject, folders: Iterable[str | os.PathLike[str]], job: Job | None = None
) -> MovedPhotos:
    """Look for the photos that are missing, those to be sorted too, and note where they lie now.

    A file is such a photo if its bytes are the same: its SHA-256 is compared, after its size where that is known. The
    model does not change. What is noted of photos to be sorted is no step of undo. Raises InputError if a folder does
    not exist or is on another computer, or there is no photo in any; Cancelled: nothing was noted.
    """
    project, job = bench.project, job or Job()
    for folder in (folders := list(folders)):
        if is_elsewhere(folder):
            raise InputError(
                QT_TRANSLATE_NOOP(
                    "errors", "{folder} is not on this computer: copy the photos here, or give the share a drive letter"
                ),
                folder=folder,
            )
    own, to_sort = missing_photos(project), [photo for photo in _to_sort(project) if is_missing(photo.path)]
    lost: list[PhotoRecord | PhotoRef] = [*to_sort, *own]
    wanted = {photo.sha256: photo for photo in lost}
    if not wanted:
        return MovedPhotos({}, ())
    boxes = dict[int, set[str]]()  # of photos by the size of their file; "" where it is the whole photo
    of_any_size = {""} if to_sort else set[str]()
    for photo in own:
        boxes.setdefault(photo.size, set()).add(split_box(photo.path)[1])
    names = {photo_file(photo.path).name for photo in wanted.values()}
    files = sorted(map(Path, find_photos(folders, job).paths), key=lambda file: file.name not in names)
    job.stage(Stage.COMPARE, len(files))
    found: dict[str, Path] = {}  # by the SHA-256 of their content
    for file in files:
        job.advance()
        try:
            known = boxes.get(file.stat().st_size, set()) | of_any_size
            content = hash_photo(file) if known else ""
        except (OSError, PhotoError):
            continue
        for box in known:
            if (key := hash_of_box(content, box)) in wanted:
                found.setdefault(key, Path(f"{file}{box}"))
        if len(found) == len(wanted):
            break
    moved = {photo.id: found[photo.sha256] for photo in own if photo.sha256 in found}
    places = {str(photo.path): str(found[photo.sha256]) for photo in lost if photo.sha256 in found}
    if places:
        how: dict[str, Any] = {"undo": "own" if moved else "apart", "waiting": Waiting(job=job)}
        with project.transaction("find photos", counted(len(places), "photo"), **how) as tx:
            tx.relocate_photos(moved)
            if kept := kept_elsewhere(project, places):
                put_photos(tx, kept)
    left = [photo for key, photo in wanted.items() if key not in found]
    missing, changed = list[PhotoRecord | PhotoRef](), list[PhotoRecord | PhotoRef]()
    for item in left:
        (missing if is_missing(item.path) else changed).append(item)
    return MovedPhotos(places, tuple(missing), tuple(changed))


def versions(path: Path) -> list[dict[str, Any]]:
    """The versions of a project that are kept, newest first: the list of ``spa-desktop restore --list``."""
    return [_as_json(item) for item in versions_of(resolved(path))]


def restore_project(path: Path, number: int) -> dict[str, Any]:
    """Put a version of a project into its place; the present file becomes a version. Gives the one that was chosen.

    Raises InputError if there is no such version, or it is damaged; SpaError if it cannot be put there.
    """
    return _as_json(restore(path, number))


def _as_json(item: Version) -> dict[str, Any]:
    return {
        "number": item.number,
        "path": str(item.path),
        "created": item.created.isoformat(timespec="seconds"),
        "why": item.why,
        "size": item.size,
    }
