"""From what was dropped to what may be added. For worker threads: it reads folders."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from spa_desktop.errors import InputError
from spa_desktop.jobs import Job
from spa_desktop.project import FoundClass, FoundClasses, FoundFile, Skipped, find_classes
from spa_desktop.project.folders import PHOTO_SUFFIXES


def find(paths: Sequence[Path], name: str | None, job: Job) -> FoundClasses:
    """What lies in the folders that were dropped, and the photos among the files.

    Each folder is looked at by itself: two of the same name can still be told apart by renaming one, and one that holds
    no photo does not spoil the others.

    Args:
        paths: folders and files.
        name: the class that single photos go to; None: one named after their folder.
        job: checked at each file.

    Raises:
        InputError: if there is not one photo.
    """
    classes: list[FoundClass] = []
    skipped: list[Skipped] = []
    faults: list[InputError] = []
    photos: list[Path] = []
    for path in paths:
        job.check()
        if path.is_file():
            if path.suffix.lower() in PHOTO_SUFFIXES:
                photos.append(path)
            else:
                skipped.append(Skipped(path, "it is not a photo"))
            continue
        try:
            found = find_classes([path], job)
        except InputError as error:
            faults.append(error)
            skipped.append(Skipped(path, str(error)))
        else:
            classes += found.classes
            skipped += found.skipped
    if photos:
        folder = photos[0].parent
        classes.append(FoundClass(name or folder.name or "photos", folder, tuple(FoundFile(p, None) for p in photos)))
    if not classes:
        raise faults[0] if faults else InputError("There is no photo among these files: drop folders of photos")
    return FoundClasses(tuple(classes), tuple(skipped))
