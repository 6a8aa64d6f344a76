"""Verbs on project files that are damaged, or to be as they were before: restore and recover."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from spa_desktop.classify.folder_run import find_photos
from spa_desktop.errors import InputError
from spa_desktop.jobs import Job, Stage
from spa_desktop.photos.opening import PhotoError, hash_of_box, hash_photo, photo_file, split_box
from spa_desktop.plain_files import is_elsewhere
from spa_desktop.project import Project, Waiting
from spa_desktop.project.database import resolved
from spa_desktop.project.records import PhotoRecord
from spa_desktop.project.recover import restore
from spa_desktop.project.versions import Version, versions_of
from spa_desktop.visible import QT_TRANSLATE_NOOP, counted
from spa_desktop.workbench.open_project import OpenProject

# Photos that lie elsewhere now: found again by what is in them, whatever they are called.


@dataclass(frozen=True)
class MovedPhotos:
    """What a search found."""

    found: int  # how many photos were found, and are noted where they lie now
    missing: tuple[PhotoRecord, ...]  # those that are still not there


def missing_photos(project: Project) -> list[PhotoRecord]:
    """The photos that are not where the project looks for them, or on another computer, which is not asked."""
    return list(filter(_is_missing, project.photos(set_aside=None)))


def are_all_missing(project: Project) -> bool:
    """Whether there are photos, and none is where the project looks for it."""
    photos = (photo for item in project.classes() for photo in project.photos(item.id))
    return (first := next(photos, None)) is not None and _is_missing(first) and all(map(_is_missing, photos))


def _is_missing(photo: PhotoRecord) -> bool:
    return is_elsewhere(photo.path) or not photo_file(photo.path).is_file()


def find_moved_photos(
    bench: OpenProject, folders: Iterable[str | os.PathLike[str]], job: Job | None = None
) -> MovedPhotos:
    """Look for the photos that are missing, and note where they lie now.

    A file is such a photo if its bytes are the same (its size is compared first, then its SHA-256). The model
    does not change. Raises InputError if a folder does not exist or is on another computer, or there is no photo in
    any; Cancelled: nothing was noted.
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
    wanted: dict[str, list[PhotoRecord]] = {}
    for photo in missing_photos(project):
        wanted.setdefault(photo.sha256, []).append(photo)
    if not wanted:
        return MovedPhotos(0, ())
    boxes = dict[int, set[str]]()  # of photos by the size of their file; "" where it is the whole photo
    for photo in (photo for same in wanted.values() for photo in same):
        boxes.setdefault(photo.size, set()).add(split_box(photo.path)[1])
    files = find_photos(folders, job).paths
    job.stage(Stage.COMPARE, len(files))
    places: dict[int, Path] = {}
    for file in files:
        job.advance()
        path = Path(file)
        try:
            known = boxes.get(path.stat().st_size, ())
            content = hash_photo(path) if known else ""
        except (OSError, PhotoError):
            continue
        for box in known:
            for photo in wanted.get(hash_of_box(content, box), ()):
                places.setdefault(photo.id, Path(f"{path}{box}"))
        if len(places) == sum(map(len, wanted.values())):
            break
    if places:
        with project.transaction("find photos", counted(len(places), "photo"), waiting=Waiting(job=job)) as tx:
            tx.relocate_photos(places)
    missing = tuple(photo for same in wanted.values() for photo in same if photo.id not in places)
    return MovedPhotos(len(places), missing)


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
