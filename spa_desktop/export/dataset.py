"""The photos of a project as a data set for other programs: train/CLASS and test/CLASS, and a list beside them."""

from __future__ import annotations

import csv
import io
import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from spa_desktop.classify.move_files import CHANGED, FileFault, copy_photo
from spa_desktop.classify.sort_photos import folder_name, free_name
from spa_desktop.errors import InputError, SpaError
from spa_desktop.export.classifier_folder import finished_folder
from spa_desktop.jobs import Job, Stage
from spa_desktop.photos.opening import PhotoError, hash_photo, split_box
from spa_desktop.plain_files import is_elsewhere, write_output
from spa_desktop.project import Project
from spa_desktop.project.folders import PHOTO_SUFFIXES, SPLITS, Skipped
from spa_desktop.project.manifest import COLUMNS
from spa_desktop.project.records import PhotoRecord
from spa_desktop.visible import QT_TRANSLATE_NOOP, spreadsheet_text

FORMS = ("folders", "csv", "coco", "imagefolder")
_PART = ".spa-desktop-photo"  # a photo that is being copied, in a folder that nobody else knows of yet
_GONE = QT_TRANSLATE_NOOP("errors", "it is gone, or has changed since it was added")


@dataclass(frozen=True)
class Dataset:
    """A data set that was written."""

    folder: Path
    labels: tuple[str, ...]  # the classes that have a photo in it
    photos: int
    left_out: tuple[Skipped, ...]  # photos that are gone or have changed


class _Item(NamedTuple):
    photo: PhotoRecord
    label: str
    file: str  # its path in the folder, with slashes


def export_dataset(
    project: Project, folder: str | os.PathLike[str], form: str, job: Job | None = None, *, is_linked: bool = False
) -> Dataset:
    """Copy the photos of a project, or make links to them, into a folder that is new or empty.

    Corrections count, those that wait as well; what is set aside is left out, and so is a photo whose file has another
    content than was added. The folder is there whole or not at all. Raises InputError: the folder holds something, the
    project no photo; SpaError: not one photo is there, or the disk is full.
    """
    job = job or Job()
    if form not in FORMS:
        raise InputError(f"{form} is no kind of data set: give one of {', '.join(FORMS)}")
    items, left_out = list(_items(project)), list[Skipped]()
    if not items:
        raise InputError(QT_TRANSLATE_NOOP("errors", "{path} has no photos to export: add some"), path=project.path)
    kept: list[_Item] = []
    with finished_folder(Path(folder), replaces=False, job=job) as new:
        root = new.resolve()  # photos are copied to where no link leads
        job.stage(Stage.COPY, total=len(items))
        for item in items:
            fault = _put(item.photo, root / item.file, is_linked=is_linked)
            if fault:
                left_out.append(Skipped(Path(item.photo.path), fault))
            else:
                kept.append(item)
            job.advance(detail=item.label)
        if not kept:
            text = QT_TRANSLATE_NOOP("errors", "Not one of the {n} photos is where it was, such as {path}")
            raise SpaError(text, n=len(items), path=left_out[0].path)
        for name, content in _lists(kept, form):
            (root / name).parent.mkdir(exist_ok=True)
            write_output(root / name, content.encode(), replaces=None)
    return Dataset(Path(folder), tuple(dict.fromkeys(item.label for item in kept)), len(kept), tuple(left_out))


def _items(project: Project) -> Iterator[_Item]:
    """The photos with their classes as the user said, and where each is to lie."""
    with project.snapshot():
        names = {class_.id: class_.name for class_ in project.classes()}
        waiting = {said.photo_id: said for said in project.corrections() if said.photo_id is not None}
        photos = project.photos(set_aside=None)
    labelled: list[tuple[PhotoRecord, str]] = []
    for photo in photos:
        said = waiting.get(photo.id)
        if photo.is_set_aside if said is None else said.verdict != "class":
            continue
        class_id = photo.class_id if said is None else said.class_id
        labelled.append((photo, names[class_id] if class_id is not None else (said and said.class_name) or ""))
    folders, taken = dict[str, str](), dict[str, dict[str, int]]()
    for photo, label in labelled:
        if label not in folders:
            folders[label] = free_name(_safe_name(label), taken.setdefault("", {}))
        place, suffix = f"{photo.split}/{folders[label]}", Path(photo.name).suffix
        suffix = suffix if suffix.lower() in PHOTO_SUFFIXES else ""
        name = _safe_name(photo.name.removesuffix(suffix)) + suffix
        yield _Item(photo, label, f"{place}/{free_name(name, taken.setdefault(place, {}))}")


def _safe_name(name: str) -> str:
    """A name for the disk that a table can have as it is, with the apostrophe that it would be given there."""
    return spreadsheet_text(folder_name(name))


def _put(photo: PhotoRecord, goal: Path, *, is_linked: bool) -> str:
    """Have the photo at a place. Gives why it is not, or an empty text."""
    if is_elsewhere(photo.path):
        return QT_TRANSLATE_NOOP("errors", "it is not on this computer")
    if split_box(photo.path)[1]:
        return QT_TRANSLATE_NOOP("errors", "it is a box of a photo, no file of its own")
    try:
        if not is_linked:
            copy_photo(Path(photo.path), goal, photo.sha256, _PART)
        elif hash_photo(Path(photo.path)) == photo.sha256:
            goal.parent.mkdir(parents=True, exist_ok=True)
            goal.symlink_to(photo.path)
        else:
            return _GONE
    except PhotoError:
        return _GONE
    except FileFault as fault:
        return _GONE if str(fault) == CHANGED else str(fault)
    return ""


def _lists(items: Sequence[_Item], form: str) -> Iterator[tuple[str, str]]:
    """The files that list the photos: their names in the folder, and their content."""
    if form == "csv":
        yield "manifest.csv", _table(COLUMNS, ((item.file, item.label, item.photo.split) for item in items))
    labels = {label: number for number, label in enumerate(dict.fromkeys(item.label for item in items), start=1)}
    for split in SPLITS if form in ("coco", "imagefolder") else ():
        of_split = [item for item in items if item.photo.split == split]
        if of_split and form == "coco":
            yield f"annotations/{split}.json", json.dumps(_coco(of_split, labels), indent=1)
        elif of_split:
            rows = ((item.file.removeprefix(f"{split}/"), item.label) for item in of_split)
            yield f"{split}/metadata.csv", _table(("file_name", "label"), rows)


def _coco(items: Sequence[_Item], labels: Mapping[str, int]) -> dict[str, Any]:
    photos = list(enumerate(items, start=1))
    sizes = [
        {"id": key, "file_name": item.file, "width": item.photo.width, "height": item.photo.height}
        for key, item in photos
    ]
    return {
        "images": sizes,
        "annotations": [{"id": key, "image_id": key, "category_id": labels[item.label]} for key, item in photos],
        "categories": [{"id": number, "name": label} for label, number in labels.items()],
    }


def _table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(map(spreadsheet_text, row) for row in rows)
    return text.getvalue()
