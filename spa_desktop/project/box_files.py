"""Boxes that other programs have found on photos: MegaDetector's JSON, COCO's JSON, YOLO's text files.

A file of boxes may be anybody's. It chooses among photos that were found without it: a path in it is compared with
theirs, and never opened. What is within these bounds is read in seconds.
"""

from __future__ import annotations

import os
import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from itertools import takewhile
from pathlib import Path, PurePosixPath
from typing import Annotated, NotRequired

from pydantic import Field, TypeAdapter
from typing_extensions import TypedDict

from spa_desktop.errors import InputError
from spa_desktop.jobs import Job
from spa_desktop.photos.opening import PhotoError, measure_photo
from spa_desktop.plain_files import UNREADABLE, read_plain_file
from spa_desktop.project.documents import from_json
from spa_desktop.visible import QT_TRANSLATE_NOOP, counted

LEAST_CONFIDENCE = 0.2  # what a detector is less sure of is left out
_MOST_BYTES, _MOST_LABEL_BYTES = 64 << 20, 1 << 20  # of JSON; of the labels of a photo, or names
_MOST_BOXES = 1_000_000
_NAMES = ("data.yaml", "data.yml", "classes.txt")  # files of YOLO's names

_Text = Annotated[str, Field(max_length=4096)]
_Share = Annotated[float, Field(ge=0, le=1)]
_Pixels = Annotated[float, Field(ge=-1e6, le=1e6)]  # which no infinity and no NaN is
_Key = int | _Text
_Rectangle = tuple[_Pixels, _Pixels, _Pixels, _Pixels]  # left, top, width, height

_MANY = Field(max_length=_MOST_BOXES, fail_fast=True)


class _Detection(TypedDict):
    category: _Text
    conf: _Share
    bbox: _Rectangle  # shares of the photo


class _DetectedPhoto(TypedDict):
    file: _Text
    detections: NotRequired[Annotated[list[_Detection], _MANY] | None]


class _MegaDetector(TypedDict):
    images: Annotated[list[_DetectedPhoto], _MANY]
    detection_categories: NotRequired[dict[str, _Text]]


class _CocoPhoto(TypedDict):
    id: _Key
    file_name: _Text


class _Annotation(TypedDict):
    image_id: _Key
    category_id: _Key
    bbox: NotRequired[_Rectangle | None]  # pixels; of a photo as a whole there is none
    iscrowd: NotRequired[int]


class _Category(TypedDict):
    id: _Key
    name: _Text


class _Coco(TypedDict):
    images: Annotated[list[_CocoPhoto], _MANY]
    annotations: Annotated[list[_Annotation], _MANY]
    categories: Annotated[list[_Category], _MANY]


_MEGADETECTOR, _COCO = TypeAdapter(_MegaDetector), TypeAdapter(_Coco)
_LABEL: TypeAdapter[tuple[int, _Share, _Share, _Share, _Share, _Share]] = TypeAdapter(
    tuple[Annotated[int, Field(ge=0, le=1 << 31)], _Share, _Share, _Share, _Share, _Share]
)
# A class's name, "" where only its folder says one, and where it is, in pixels or in shares of the photo.
_Found = tuple[str, _Rectangle]


def is_box_file(path: Path) -> bool:
    """Whether a file by its name holds boxes, or the names of YOLO's classes."""
    return path.suffix.lower() == ".json" or path.name.lower() in _NAMES


def read_boxes(
    given: Path, photos: Sequence[Path], roots: Sequence[Path], job: Job
) -> tuple[dict[Path, list[tuple[str, str]]], str]:
    """Find the boxes of photos that lie in the folders `roots`.

    `given` is a file of MegaDetector or COCO; or, for YOLO, the folder of labels or the file of names in it: the labels
    of a photo lie there, beside it, or in ``labels`` where it lies in ``images``. Gives by photo its boxes, as
    :func:`~spa_desktop.photos.opening.split_box` has them, with the name of their class, "" where only the folder says
    it; and what was left out, "" if nothing. A photo that cannot be measured is whole: who opens it says why.

    Raises InputError if the file cannot be read, is none of the three kinds or beyond the bounds, if a path in it is
    that of several photos, or no photo has a box.
    """
    job.check()
    is_json = given.suffix.lower() == ".json" and not given.is_dir()
    read = _read_json if is_json else _read_yolo
    in_pixels, found, missing = read(given, photos, roots)
    boxes, outside = dict[Path, list[tuple[str, str]]](), 0
    for photo in photos:
        job.check()
        rectangles = found.get(photo, ())
        try:
            size = measure_photo(photo) if rectangles else (0, 0)
        except PhotoError:
            boxes[photo] = [("", "")]
            continue
        placed = [(_placed(box, size, in_pixels=in_pixels), name) for name, box in rectangles]
        if inside := list(dict.fromkeys(pair for pair in placed if pair[0])):
            boxes[photo] = inside
        outside += sum(not place for place, _ in placed)
    left_out = (
        (len(photos) - len(boxes), "photo has no box", "photos have no box"),
        (missing, "photo that it names is not there", "photos that it names are not there"),
        (outside, "box lies outside of its photo", "boxes lie outside of their photos"),
    )
    note = ", ".join(counted(*some) for some in left_out if some[0])
    if not boxes:
        text = QT_TRANSLATE_NOOP(
            "errors", "{path} has no box for the photos in {folder} ({reason}): give the folder it was made for"
        )
        raise InputError(text, path=given, folder=roots[0], reason=note)
    return boxes, note


def _placed(box: _Rectangle, size: tuple[int, int], *, in_pixels: bool) -> str:
    """A box inside of its photo, by whole pixels; "" where nothing of it is."""
    scale = (1, 1) if in_pixels else size
    (left, right), (top, bottom) = (
        (max(0, round(box[axis] * scale[axis])), min(size[axis], round((box[axis] + box[axis + 2]) * scale[axis])))
        for axis in (0, 1)
    )
    return f"#{left},{top},{right - left},{bottom - top}" if left < right and top < bottom else ""


_Read = tuple[bool, dict[Path, list[_Found]], int]  # are they in pixels; the boxes by photo; photos that are missing


def _read_json(given: Path, photos: Sequence[Path], roots: Sequence[Path]) -> _Read:
    text = _text(given, _MOST_BYTES)
    is_coco, by_name = '"annotations"' in text, defaultdict[str, list[_Found]](list)
    try:
        if is_coco:
            coco = from_json(_COCO, text)
            classes = {item["id"]: item["name"] for item in coco["categories"]}
            names = {item["id"]: item["file_name"] for item in coco["images"]}
            for drawn in coco["annotations"]:
                if (box := drawn.get("bbox")) and not drawn.get("iscrowd"):
                    by_name[names[drawn["image_id"]]].append((classes[drawn["category_id"]], box))
        else:
            found = from_json(_MEGADETECTOR, text)
            kinds = found.get("detection_categories", {"1": "animal"})
            animals = {key for key, name in kinds.items() if name.casefold() == "animal"} or {*kinds}
            for photo in found["images"]:
                for item in photo.get("detections") or ():
                    if item["conf"] >= LEAST_CONFIDENCE and item["category"] in animals:
                        by_name[photo["file"]].append(("", item["bbox"]))
    except KeyError as error:
        text = QT_TRANSLATE_NOOP("errors", "{path} has an annotation of {name}, which it does not list")
        raise InputError(text, path=given, name=repr(error.args[0])) from None
    except ValueError as error:
        text = QT_TRANSLATE_NOOP("errors", "{path} is not {kind}'s JSON of boxes ({reason}): give another file")
        kind = "COCO" if is_coco else "MegaDetector"
        raise InputError(text, path=given, kind=kind, reason=error) from None
    boxes, missing = defaultdict[Path, list[_Found]](list), 0
    for name, path in _matched(given, by_name, photos, roots):
        missing += path is None
        if path is not None:
            boxes[path] += by_name[name]
    return is_coco, boxes, missing


def _matched(
    given: Path, names: Collection[str], photos: Sequence[Path], roots: Sequence[Path]
) -> Iterator[tuple[str, Path | None]]:
    """Each path of a file with the photo that it is of: its path ends in all of that, from where all paths part on."""
    by_end = defaultdict[tuple[str, ...], list[Path]](list)
    for photo in photos:
        for length in (1, 2):
            by_end[photo.parts[-length:]].append(photo)
    parts = {name: PurePosixPath(name.replace("\\", "/")).parts for name in names}
    whole = {name: some for name, some in parts.items() if some and (some[0] == "/" or some[0].endswith(":"))}
    levels = zip(*(some[:-1] for some in whole.values()), strict=False)
    shared = sum(1 for _ in takewhile(lambda level: len({*level}) == 1, levels))
    for name, some in parts.items():
        end = some[shared:] if name in whole else some
        same = [photo for photo in by_end.get(end[-2:], ()) if photo.parts[-len(end) :] == end]
        if len(same) > 1:
            exact = {root / name for root in roots}
            same = [photo for photo in same if photo in exact] or same
        if len(same) > 1:
            text = QT_TRANSLATE_NOOP(
                "errors", "{path} names {name}: {first} or {second}? Give the folder that it was made for"
            )
            raise InputError(text, path=given, name=name, first=same[0], second=same[1])
        yield name, same[0] if same else None


def _read_yolo(given: Path, photos: Sequence[Path], roots: Sequence[Path]) -> _Read:
    folder = given if given.is_dir() else given.parent
    places = (given,) if folder != given else (above / name for above in (folder, folder.parent) for name in _NAMES)
    names = next((_class_names(place) for place in places if place.is_file()), {})
    boxes, number = defaultdict[Path, list[_Found]](list), 0
    for photo in photos:
        label = photo.with_suffix(".txt")
        above, part, below = str(label).rpartition(f"{os.sep}images{os.sep}")
        own = [folder / label.relative_to(root) for root in roots if label.is_relative_to(root)]
        beside = [Path(above, "labels", below)] if part else []
        place = next((file for file in (*own, label, *beside) if file.is_file()), None)
        lines = _text(place, _MOST_LABEL_BYTES).splitlines() if place is not None else []
        number += len(lines)
        if number > _MOST_BOXES:
            text = QT_TRANSLATE_NOOP("errors", "{path} has more than {n} boxes: give them in parts")
            raise InputError(text, path=given, n=f"{_MOST_BOXES:,}")
        for row, line in enumerate(lines, 1):
            if not (cells := line.split()):
                continue
            try:
                key, x, y, width, height, sure = _LABEL.validate_python((*cells, "1") if len(cells) == 5 else (*cells,))
            except ValueError:
                text = QT_TRANSLATE_NOOP(
                    "errors",
                    "{path} line {line}: expected a class's number and four shares of the photo (x y width height)",
                )
                raise InputError(text, path=place, line=row) from None
            if sure >= LEAST_CONFIDENCE:
                boxes[photo].append((names.get(key, str(key)), (x - width / 2, y - height / 2, width, height)))
    return False, boxes, 0


# "names: [a, b]", "names: {0: a}", or a line for each; what else YAML can say is not looked at
_NAMES_BEGIN = re.compile(r"^names:[ \t]*", re.MULTILINE)
_NAMES_FOLLOW = re.compile(r"[\[{]([^]}]*)|((?:\n[ \t]*(?:-|\d+:)[^\n]*)+)")


def _class_names(file: Path) -> dict[int, str]:
    text, names = _text(file, _MOST_LABEL_BYTES), {}
    if file.suffix.lower() == ".txt":
        items = text.splitlines()
    else:
        begin = _NAMES_BEGIN.search(text)
        found = _NAMES_FOLLOW.match(text, begin.end()) if begin else None
        if found is None:
            why = QT_TRANSLATE_NOOP("errors", '{path} has no names of classes: expected "names:" with a list')
            raise InputError(why, path=file)
        items = found[2].strip().splitlines() if found[2] else found[1].split(",")
        items = [item.partition(" #")[0].strip().removeprefix("- ") for item in items]
    for number, item in enumerate(items):
        key, _, name = item.partition(":")
        is_numbered = key.strip().isdecimal() and len(key) < 9
        names[int(key) if is_numbered else number] = (name if is_numbered else item).strip(" \t\"'")
    return names


def _text(file: Path, most: int) -> str:
    try:
        return read_plain_file(file, most).decode("utf-8-sig")
    except OSError as error:
        raise InputError(UNREADABLE, path=file, reason=error.strerror or error) from None
    except UnicodeDecodeError:
        text = QT_TRANSLATE_NOOP("errors", "{path} is not UTF-8 text: save it as UTF-8")
        raise InputError(text, path=file) from None
