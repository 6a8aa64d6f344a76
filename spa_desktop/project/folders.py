"""Folders into a project: candidate classes by their names alone, then verified photos, then rows of the file."""

from __future__ import annotations

import contextlib
import io
import os
import re
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import IO

from PIL import Image

from spa_desktop.errors import FilledText, InputError, SpaError, without_path
from spa_desktop.jobs import Job, Stage, in_order
from spa_desktop.photos.decoding import HEAD, format_of
from spa_desktop.photos.events import USUAL, EventRule, find_events, read_taken
from spa_desktop.photos.opening import hash_photo, photo_file, read_photo
from spa_desktop.plain_files import is_elsewhere
from spa_desktop.project.box_files import is_box_file, read_boxes
from spa_desktop.project.class_names import clean_name, name_key, next_task_name
from spa_desktop.project.connecting import Waiting
from spa_desktop.project.manifest import SUFFIX, read_manifest
from spa_desktop.project.project import Project
from spa_desktop.project.records import NewPhoto, PhotoCounts, Split, TaskRecord
from spa_desktop.project.transaction import Transaction
from spa_desktop.visible import QT_TRANSLATE_NOOP, counted

PHOTO_SUFFIXES = frozenset(
    f".{suffix}"
    for suffix in (
        *("jpg", "jpeg", "jpe", "jfif", "png", "webp", "bmp", "dib", "gif", "tif", "tiff"),
        *("avif", "heic", "heif"),
    )
)
SPLITS: Mapping[str, Split] = {"train": "train", "test": "test"}
_DEEPEST = 64  # folders within folders
# Why something was left out.
NO_PHOTO = QT_TRANSLATE_NOOP("errors", "it is not a photo")
DOCUMENT = QT_TRANSLATE_NOOP("errors", "PDF and SVG are not read: save the pages as PNG or JPEG")
NO_ENDING = QT_TRANSLATE_NOOP("errors", "its name has no ending: add .jpg, or that of its kind, if it is a photo")
HIDDEN = QT_TRANSLATE_NOOP("errors", "the folder is hidden: its name begins with a dot")
EMPTY = QT_TRANSLATE_NOOP("errors", "the folder is empty")
READ_ALREADY = QT_TRANSLATE_NOOP("errors", "this folder was read already")
HAS_ALREADY = QT_TRANSLATE_NOOP("errors", "the class has this photo already")
SAME_PHOTO = QT_TRANSLATE_NOOP("errors", "it is the same photo as {name}")
_BESIDE = QT_TRANSLATE_NOOP("errors", "it lies beside the folders of classes")
NO_MATTER = frozenset({NO_PHOTO, NO_ENDING, HIDDEN, EMPTY, READ_ALREADY})  # where no class is looked for
_NOTHING_NEW = QT_TRANSLATE_NOOP("errors", "All of these photos are in the project already: nothing was added")
_KEEP_ALL = 3  # a class of so few photos keeps them all for training
NO_PHOTOS = PhotoCounts()
# "IMG_1 (copy)", "Copy of IMG_1", "IMG_1 - Kopie", "IMG_1 (1)"
_COPY = re.compile(r"(?:^|[\W_])(?:copy|copie|copia|kopie)(?:$|[\W_\d])|\(\d+\)$", re.IGNORECASE)


def held_out_count(photos: int, share: float, known: PhotoCounts = NO_PHOTOS) -> int:
    """How many of a class's new photos are for testing, where no test folder says so. One at least is learned from.

    The share is that of the class as a whole, with the photos that it has already: `known`.

    >>> held_out_count(3, 0.2), held_out_count(10, 0.2), held_out_count(10, 1.0)
    (0, 2, 9)
    >>> held_out_count(10, 0.2, PhotoCounts(train=9, test=1)), held_out_count(10, 0.2, PhotoCounts(train=5, test=5))
    (3, 0)
    """
    whole = photos + known.train + known.test
    return 0 if whole <= _KEEP_ALL else max(0, min(round(share * whole) - known.test, photos - 1))


def choose_held_out(
    photos: Sequence[NewPhoto], count: int, gap: float, looks: Mapping[str, str] = MappingProxyType({})
) -> frozenset[str]:
    """The hashes of about `count` of a class's new photos, to test with: whole events, if there are several.

    Events come by their least hash, and those that fit are taken; where none does, the smallest is. Of one event alone
    the photos are taken one by one. Photos with the same of `looks`, by hash, are near-duplicates: their events
    stay together, unless those are all.
    """
    files = [photo_file(photo.path) for photo in photos]  # boxes of one photo are of one event too
    numbers = find_events([(str(photo.path.parent), photo.taken or None) for photo in photos], gap)
    keys: dict[Path, object] = dict(zip(files, files if len({*numbers}) == 1 else numbers, strict=True))
    events: dict[object, list[str]] = {}
    joined: dict[object, object] = {}  # an event with a near-duplicate of an earlier one: that one

    def first(event: object) -> object:
        while event in joined:
            event = joined[event]
        return event

    of_looks: dict[str, object] = {}
    for file, photo in zip(files, photos, strict=True):
        before = first(of_looks.setdefault(looks.get(photo.sha256, photo.sha256), keys[file]))
        if (event := first(keys[file])) != before:
            joined[event] = before
    for file, photo in zip(files, photos, strict=True):
        events.setdefault(first(keys[file]), []).append(photo.sha256)
    if looks and len(events) == 1:  # all are near-duplicates of each other
        return choose_held_out(photos, count, gap)
    held_out: set[str] = set()
    ordered: list[list[str]] = sorted(events.values(), key=min)
    for event in ordered:
        if len(held_out) + len(event) <= count:
            held_out.update(event)
    smallest = min(ordered, key=len, default=())
    return frozenset(held_out or (smallest if count > 0 and len(ordered) > 1 else ()))


def originality(path: Path) -> tuple[bool, str]:
    """Sort files of the same content by this: first what is no copy by its name, and what names of others begin with.

    >>> files = map(Path, ("a (1).jpg", "Copy of a.jpg", "a - Kopie.jpg", "a.jpg", "ab.jpg"))
    >>> [file.name for file in sorted(files, key=originality)][:2]
    ['a.jpg', 'ab.jpg']
    """
    return _COPY.search(path.stem) is not None, path.stem


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
    sha256: str = ""  # that its content must have; "" where none was looked at before
    look: str = ""  # the same for its near-duplicates, where they are known


@dataclass(frozen=True)
class FoundClass:
    """A folder that may become a class."""

    name: str
    folder: Path  # the folder, or the first of several when train/ and test/ are apart
    files: tuple[FoundFile, ...]
    has_known: bool = False  # other files of it were left out, as the class has these photos already
    reason: str = ""  # why its first file cannot be used, where none of them can


@dataclass(frozen=True)
class FoundCopy:
    """A photo that another class has as well."""

    place: int  # of its class among those that were found
    file: FoundFile
    sha256: str
    owner: str  # the class of the project that has it; "" where only other folders do
    twin: str  # the path that it has there


@dataclass(frozen=True)
class FoundClasses:
    """What lies in the folders that were given."""

    classes: tuple[FoundClass, ...]
    skipped: tuple[Skipped, ...]
    copies: tuple[FoundCopy, ...] | None = None  # None: nobody looked what the project has of it: see `find_copies`


@dataclass
class Folder:
    """A folder, the photos in it by their names, and the folders in it."""

    path: Path
    files: list[Path]
    folders: list[Folder]

    @property
    def split(self) -> Split | None:
        """What its name says of its photos."""
        return SPLITS.get(self.path.name.lower())

    def has_photos(self) -> bool:
        """Whether there is one in it, or below."""
        return bool(self.files) or any(folder.has_photos() for folder in self.folders)

    def all_files(self) -> Iterator[Path]:
        """The photos in it, then those below."""
        yield from self.files
        for folder in self.folders:
            yield from folder.all_files()


def find_classes(
    folders: Iterable[str | os.PathLike[str]],
    job: Job | None = None,
    *,
    boxes: Path | None = None,
    anywhere: bool = False,
    seen: set[tuple[int, int]] | None = None,
) -> FoundClasses:
    """Find the classes in folders, and in manifests: see :func:`read_manifest`. Opens no photo, but for sizes of boxes.

    A folder with photos is a class, together with all folders below it; a folder of folders is many classes. `train`
    and `test` are honoured at either level. A folder with fewer photos than folders of photos is a folder of classes.
    `boxes` is what `read_boxes` takes: each box is a photo of the class that it says, else of its folder's. `seen` is
    as in `read_folder`. Raises InputError: no such folder, no photo in it, two folders that would be the same class;
    as `read_manifest` and `read_boxes`.
    """
    job, folders, seen = job or Job(), list(folders), set() if seen is None else seen
    skipped: list[Skipped] = []
    classes: list[FoundClass] = []
    for given in folders:
        path = Path(given).expanduser().absolute()
        if is_elsewhere(path):
            text = QT_TRANSLATE_NOOP(
                "errors", "{path} is not on this computer: copy the folder here, or give the share a drive letter"
            )
            raise InputError(text, path=path)
        try:
            str(path).encode()
            is_there = path.exists()
        except ValueError as error:
            text = QT_TRANSLATE_NOOP("errors", "The name {path} is no valid text: rename the folder")
            raise InputError(text, path=repr(str(path))) from error
        except OSError as error:
            text = QT_TRANSLATE_NOOP("errors", "{path} cannot be read: {reason}")
            raise InputError(text, path=path, reason=error.strerror or error) from error
        if not is_there:
            raise InputError(QT_TRANSLATE_NOOP("errors", "There is no folder {path}: check the name"), path=path)
        if path.suffix.lower() == SUFFIX and not path.is_dir():
            classes += _classes_of_manifest(path, anywhere=anywhere)
            continue
        if not path.is_dir():
            text = QT_TRANSLATE_NOOP(
                "errors", "{path} is not a folder: put the photos of a class into a folder, and give that"
            )
            raise InputError(text, path=path)
        info = path.stat()
        if (info.st_dev, info.st_ino) in seen:
            raise InputError(
                QT_TRANSLATE_NOOP(
                    "errors", "{path} was given twice, or lies in another folder that was given: leave it out"
                ),
                path=path,
            )
        folder = read_folder(path, seen, skipped, job.check)
        if not folder.has_photos():
            text = QT_TRANSLATE_NOOP(
                "errors", "There is no photo in {path}: give a folder of photos, or a folder of such folders"
            )
            raise InputError(text, path=path)
        if _is_class(folder):
            classes.append(_class_of(clean_name(path.resolve().name), [(folder, None)]))
        else:
            classes += _classes_in(folder, skipped)
    if not classes:
        raise InputError(QT_TRANSLATE_NOOP("errors", "Give at least one folder of photos"))
    if boxes is not None:
        roots = [Path(folder).expanduser().absolute() for folder in folders]
        classes = _boxed(classes, boxes.expanduser().absolute(), roots, skipped, job)
    by_name: dict[str, FoundClass] = {}
    for item in classes:
        other = by_name.setdefault(name_key(item.name), item)
        if other is not item:
            text = QT_TRANSLATE_NOOP("errors", "{first} and {second} would both be the class {name}: rename one")
            raise InputError(text, first=other.folder, second=item.folder, name=repr(item.name))
    return FoundClasses(tuple(classes), tuple(skipped))


def _boxed(
    classes: list[FoundClass], given: Path, roots: list[Path], skipped: list[Skipped], job: Job
) -> list[FoundClass]:
    """The classes of the boxes of photos."""
    files = {file.path: (item, file) for item in classes for file in item.files}
    boxes, note = read_boxes(given, list(files), roots, job)
    skipped += [Skipped(given, note)] if note else []
    found = dict[str, tuple[FoundClass, list[FoundFile]]]()
    for path, some in boxes.items():
        item, file = files[path]
        for box, name in some:
            own = replace(item, name=clean_name(name)) if name else item
            key = name_key(own.name) if name else str(item.folder)
            found.setdefault(key, (own, []))[1].append(replace(file, path=Path(f"{path}{box}")))
    return [replace(item, files=tuple(some)) for item, some in found.values()]


def _classes_of_manifest(path: Path, *, anywhere: bool) -> list[FoundClass]:
    names, files = dict[str, str](), dict[str, list[FoundFile]]()
    for photo, label, split in read_manifest(path, anywhere=anywhere):
        name = names.setdefault(name_key(label), label)
        files.setdefault(name, []).append(FoundFile(photo, split))
    return [FoundClass(name, path.parent, tuple(of_class)) for name, of_class in files.items()]


def find_dropped(project: Project, paths: Iterable[Path], job: Job, name: str | None = None) -> FoundClasses:
    """What is new to a project in the folders that were dropped, and among the photos. Opens no photo.

    Each folder is looked at by itself: two of the same name can still be told apart by renaming one, and one that holds
    no photo does not spoil the others. One in another that was dropped, or dropped twice, is read once. Single photos
    go to the class `name`; None: one named after their folder. Where a file of boxes is among them, see `find_classes`;
    alone, it is for the folder that it lies in. Raises InputError if there is no photo, or all of them are in the
    project.
    """
    return find_copies(project, _find_dropped(paths, job, name), job)


def require_photo(paths: Iterable[Path], job: Job) -> None:
    """Raises InputError if no photo among what was dropped can be read. Opens photos until one can."""
    found = _find_dropped(paths, job)
    first: tuple[FoundClass, Path, str] | None = None
    for item in found.classes:
        for file in item.files:
            job.check()
            if not isinstance(reason := _open(USUAL, file.path), str):
                return
            first = first or (item, file.path, reason)
    if first is not None:
        raise _unusable(*first, sum(len(item.files) for item in found.classes))


def _find_dropped(paths: Iterable[Path], job: Job, name: str | None = None) -> FoundClasses:
    classes, skipped = list[FoundClass](), list[Skipped]()
    faults, photos, seen = list[InputError](), list[Path](), set[tuple[int, int]]()
    paths = sorted(paths, key=lambda path: len(path.parts))  # a folder before those in it
    if boxes := next(filter(is_box_file, paths), None):
        return find_classes([path for path in paths if path != boxes] or [boxes.parent], job, boxes=boxes)
    for path in paths:
        job.check()
        is_file = os.path.isfile(path)  # noqa: PTH113 - Path.is_file fails where a name is too long
        if is_file and path.suffix.lower() in PHOTO_SUFFIXES:
            photos.append(path)
        elif is_file:
            skipped.append(Skipped(path, _why_no_photo(path)))
        else:
            try:
                found = find_classes([path], job, seen=seen)
                classes += found.classes
                skipped += found.skipped
            except InputError as error:
                faults.append(error)
                skipped.append(Skipped(path, str(error)))
    if photos:
        folder = photos[0].parent
        classes.append(FoundClass(name or folder.name or "photos", folder, tuple(FoundFile(p, None) for p in photos)))
    if not classes:
        text = QT_TRANSLATE_NOOP("errors", "There is no photo among these files: drop folders of photos")
        raise faults[0] if faults else InputError(text)
    return FoundClasses(tuple(classes), tuple(skipped))


def _why_no_photo(file: Path) -> str:
    is_document = file.suffix.lower() in (".pdf", ".svg")
    return DOCUMENT if is_document else NO_PHOTO if file.suffix else NO_ENDING


def find_copies(project: Project, found: FoundClasses, job: Job) -> FoundClasses:
    """Leave out what the project has, give the others its names of classes, and say which are in two classes.

    Files of another size than all photos known are not read. Files that are empty, no photos, or may not be read are
    left out where a class has others. Raises InputError if nothing is new.
    """
    classes, keys, sizes = list(found.classes), project.class_keys(), dict[int, list[tuple[int, FoundFile]]]()
    names, refused = {item.id: item.name for item in project.classes()}, dict[Path, str]()
    for place, item in enumerate(classes):
        if name_key(item.name) in keys and (own := project.find_class(item.name)) is not None:
            classes[place] = replace(item, name=own.name)
        for file in item.files:
            job.check()
            with contextlib.suppress(OSError):
                size = (on_disk := photo_file(file.path)).stat().st_size
                sizes.setdefault(size, []).append((place, file))
                if not (size and os.access(on_disk, os.R_OK) and _begins_as_photo(on_disk)):
                    reason = _open(USUAL, file.path)
                    refused.update({file.path: reason} if isinstance(reason, str) else {})
    known = project.known_sizes(sizes)
    contents: dict[str, list[tuple[int, FoundFile]]] = {}
    for size, files in sizes.items():
        if size in known or len({place for place, _ in files}) > 1:
            for place, file in files:
                job.check()
                with contextlib.suppress(SpaError):  # adding says why it cannot be read
                    contents.setdefault(file.sha256 or hash_photo(file.path), []).append((place, file))
    twins = project.find_photos(contents)
    copies, old = list[FoundCopy](), set[Path]()
    for key, files in contents.items():
        is_twin = len({place for place, _ in files}) > 1
        for place, file in files:
            owner, twin = (names[twins[key].class_id], twins[key].path) if key in twins else ("", "")
            if owner == classes[place].name:
                old.add(file.path)
            elif owner or is_twin:
                copies.append(FoundCopy(place, file, key, owner, twin))
    left = [tuple(file for file in item.files if file.path not in old) for item in classes]
    readable = [tuple(file for file in files if file.path not in refused) or files for files in left]
    new = [
        replace(
            item,
            files=files,
            has_known=len(not_old) < len(item.files),
            reason=refused.get(files[0].path, "") if files else "",
        )
        for item, files, not_old in zip(classes, readable, left, strict=True)
    ]
    stay = {file.path for files in readable for file in files}
    photos = stay - refused.keys()
    if not any(shown := [bool(item.files) for item in new]):
        raise InputError(_NOTHING_NEW)
    return FoundClasses(
        tuple(item for item in new if item.files),
        (
            *found.skipped,
            *(Skipped(path, HAS_ALREADY) for path in sorted(old)),
            *(Skipped(path, reason) for path, reason in refused.items() if path not in stay | old),
        ),
        tuple(replace(copy, place=sum(shown[: copy.place])) for copy in copies if copy.file.path in photos),
    )


def _begins_as_photo(file: Path) -> bool:
    """Whether a file that may be read, and is not empty, has the first bytes of a photo."""
    with file.open("rb", buffering=0) as opened:
        return format_of(opened.read(HEAD)) is not None


def may_hold_photos(path: Path) -> bool:
    """Whether it is a folder, or has the name of a photo, or of a file of boxes."""
    return is_box_file(path) or path.suffix.lower() in PHOTO_SUFFIXES or os.path.isdir(path)  # noqa: PTH112 - as in `are_sorted`


def are_sorted(paths: Iterable[Path], job: Job | None = None) -> bool:
    """Whether folders say what their photos are: they hold classes, or train and test. Opens no photo.

    One folder of photos, and photos without a folder, say nothing. Where there is no photo, nothing is left to sort.
    """
    paths = list(paths)
    folders = [path for path in paths if os.path.isdir(path)]  # noqa: PTH112 - Path.is_dir fails on too long a name
    if not folders:
        return not any(map(may_hold_photos, paths))
    try:
        classes = [item for folder in folders for item in find_classes([folder], job).classes]
    except InputError:
        return True
    return len(classes) > 1 or any(file.split for item in classes for file in item.files)


def read_folder(
    path: Path,
    seen: set[tuple[int, int]],
    skipped: list[Skipped],
    step: Callable[[], None],
    *,
    only_files: bool = True,
    depth: int = 0,
) -> Folder:
    """The names of the photos in a folder and all below it, each real folder once: links may lead in circles.

    `seen` has device and inode of the folders that were read already, and gets this one. What is left out is added to
    `skipped`, with the reason. `step` is called at each entry, so that the listing of a slow disk can be cancelled.
    `only_files` skips what has a photo's name and is no file: a pipe, a link to nothing.
    """
    folder = Folder(path, [], [])
    if depth > _DEEPEST:
        text = QT_TRANSLATE_NOOP("errors", "the folder lies too deep within others: move it up")
        skipped.append(Skipped(path, text))
        return folder
    try:
        info = path.stat()
        if (info.st_dev, info.st_ino) in seen:
            skipped.append(Skipped(path, READ_ALREADY))
            return folder
        seen.add((info.st_dev, info.st_ino))
        entries = []
        with os.scandir(path) as listed:
            for entry in listed:
                step()
                entries.append(entry)
    except OSError as error:
        text = QT_TRANSLATE_NOOP("errors", "the folder cannot be read: {reason}")
        skipped.append(Skipped(path, FilledText.of(text, reason=error.strerror or error)))
        return folder
    if depth and not entries:
        skipped.append(Skipped(path, EMPTY))
    for entry in sorted(entries, key=lambda entry: entry.name):
        item = path / entry.name
        if entry.name.startswith(".") or entry.name in ("Thumbs.db", "desktop.ini", "__MACOSX"):
            if entry.name.startswith(".") and os.path.isdir(item):  # noqa: PTH112 - Path.is_dir fails where a link does
                skipped.append(Skipped(item, HIDDEN))
            continue
        try:
            is_folder = entry.is_dir()
            if not is_folder and item.suffix.lower() not in PHOTO_SUFFIXES:
                skipped.append(Skipped(item, _why_no_photo(item) if entry.is_file() else NO_PHOTO))
                continue
            str(item).encode()
            if only_files and not is_folder and not entry.is_file():
                entry.stat()  # where a link leads to nothing, this says so
                skipped.append(Skipped(item, QT_TRANSLATE_NOOP("errors", "it is not a file")))
                continue
        except UnicodeEncodeError:
            skipped.append(Skipped(item, QT_TRANSLATE_NOOP("errors", "its name is not valid text: rename it")))
            continue
        except OSError as error:
            text = QT_TRANSLATE_NOOP("errors", "{path} cannot be read: {reason}")
            skipped.append(Skipped(item, FilledText.of(text, path="it", reason=error.strerror or error)))
            continue
        if is_folder:
            folder.folders.append(read_folder(item, seen, skipped, step, only_files=only_files, depth=depth + 1))
        else:
            folder.files.append(item)
    return folder


def _is_class(folder: Folder) -> bool:
    below = [item for item in folder.folders if item.split is None and item.has_photos()]
    if folder.files:
        return len(folder.files) >= len(below)
    return not below and any(item.files for item in folder.folders if item.split)


def _classes_in(folder: Folder, skipped: list[Skipped]) -> list[FoundClass]:
    """The classes in a folder of folders."""
    skipped += [Skipped(path, _BESIDE) for path in folder.files]
    split_of: dict[str, list[tuple[Folder, Split | None]]] = {}
    classes: list[FoundClass] = []
    for item in folder.folders:
        if item.split is not None and any(below.has_photos() for below in item.folders):
            skipped += [Skipped(path, _BESIDE) for path in item.files]
            for below in item.folders:
                if below.has_photos():
                    split_of.setdefault(clean_name(below.path.name), []).append((below, item.split))
        elif item.has_photos() and _is_class(item):
            classes.append(_class_of(clean_name(item.path.name), [(item, None)]))
        elif item.has_photos():
            classes += _classes_in(item, skipped)
    return classes + [_class_of(name, parts) for name, parts in sorted(split_of.items())]


def _class_of(name: str, parts: list[tuple[Folder, Split | None]]) -> FoundClass:
    files: list[FoundFile] = []
    for folder, split in parts:
        files += [FoundFile(path, split) for path in folder.files]
        for below in folder.folders:
            files += [FoundFile(path, split or below.split) for path in below.all_files()]
    # One test/ folder is a decision: the photos outside of it are for training.
    if any(file.split == "test" for file in files):
        files = [file if file.split else replace(file, split="train") for file in files]
    return FoundClass(name, parts[0][0].path, tuple(files))


# Candidate classes to verified photos: each is opened, hashed and made a thumbnail of, in threads.

THUMBNAIL_SIZE = 160  # pixels, the longest side
TEST_SHARE = 0.2
_THREADS = min(4, max(2, os.cpu_count() or 2))


@dataclass(frozen=True)
class ScannedClass:
    """A class that can be added: at least one photo."""

    name: str
    folder: Path
    photos: tuple[NewPhoto, ...]  # without thumbnails: these wait in the scan's temporary file


class Scan:
    """Verified photos of all classes."""

    def __init__(self, skipped: tuple[Skipped, ...], thumbnails: IO[bytes]) -> None:
        self.classes: tuple[ScannedClass, ...] = ()
        self.skipped = skipped
        self._thumbnails = thumbnails
        self._places: dict[str, tuple[int, int]] = {}  # by content, where its thumbnail begins, and how long it is

    def new_photos(self, scanned: ScannedClass) -> Iterator[NewPhoto]:
        """The photos of a class as `tx.add_photos` takes them, one thumbnail in memory at a time."""
        for photo in scanned.photos:
            start, length = self._places[photo.sha256]
            self._thumbnails.seek(start)
            yield replace(photo, thumbnail=self._thumbnails.read(length))

    def keep(self, photo: NewPhoto, split: Split) -> NewPhoto:
        """Put the thumbnail of a photo aside. Gives the photo without it."""
        self._places[photo.sha256] = self._thumbnails.seek(0, io.SEEK_END), len(photo.thumbnail)
        self._thumbnails.write(photo.thumbnail)
        return replace(photo, split=split, thumbnail=b"")


@contextlib.contextmanager
def read_photos(
    found: FoundClasses,
    job: Job | None = None,
    *,
    test_share: float = TEST_SHARE,
    known: Mapping[str, PhotoCounts] = MappingProxyType({}),
    rule: EventRule = USUAL,
) -> Iterator[Scan]:
    """Open and verify every photo. Their thumbnails are there as long as the context lasts.

    Photos that cannot be opened, and second copies within a class, are skipped with a reason. Where no folder says what
    is for testing, the share `test_share` of a class is held out, by the order of the content hashes: the same photos
    give the same choice, whatever their names. Photos that were taken one right after the other, by the `rule`, stay
    together. The photos that classes have already count as well: `known`, by name. A class of up to three photos keeps
    them all for training. Raises InputError: a class of which no photo can be used or is known; the same photo in two
    classes (both are named).
    """
    job = job or Job()
    job.stage(Stage.READ, total=sum(len(item.files) for item in found.classes))
    owners: dict[str, tuple[FoundClass, Path]] = {}
    # Of two copies in train/ and test/, the one for training stays: a test photo must not have been learned.
    ordered = [
        (item, sorted(item.files, key=lambda file: (file.split == "test", *originality(file.path))))
        for item in found.classes
    ]
    with tempfile.TemporaryFile() as thumbnails:
        scan = Scan(found.skipped, thumbnails)
        # Closed at once on an error or a cancel: no thread goes on reading behind the caller's back.
        pool = ThreadPoolExecutor(_THREADS, thread_name_prefix="photos")
        paths = (file.path for _, files in ordered for file in files)
        with contextlib.closing(in_order(pool, partial(_open, rule), paths, ahead=2 * _THREADS)) as opened:
            for item, files in ordered:
                photos = _read_class(item, files, opened, owners, scan, job)
                place = {file.path: at for at, file in enumerate(item.files)}
                photos.sort(key=lambda photo: (photo.split == "test", place[photo.path]))
                kept = {photo.path for photo in photos}
                if not any(file.split for file in files if file.path in kept):
                    count = held_out_count(len(photos), test_share, known.get(item.name, NO_PHOTOS))
                    looks = {file.sha256: file.look for file in files if file.look}
                    held_out = choose_held_out(photos, count, rule.gap, looks)
                    photos = [replace(photo, split="test") if photo.sha256 in held_out else photo for photo in photos]
                if photos:
                    scan.classes += (ScannedClass(item.name, item.folder, tuple(photos)),)
        if not scan.classes:
            raise InputError(_NOTHING_NEW)
        yield scan


def _read_class(
    item: FoundClass,
    files: list[FoundFile],
    opened: Iterator[NewPhoto | str],
    owners: dict[str, tuple[FoundClass, Path]],
    scan: Scan,
    job: Job,
) -> list[NewPhoto]:
    """Take a class's photos from `opened`, and note in `owners` which class has which content."""
    skipped: list[Skipped] = []
    photos: list[NewPhoto] = []
    for file in files:
        outcome = next(opened)
        job.advance(detail=item.name)
        if isinstance(outcome, str):
            skipped.append(Skipped(file.path, outcome))
            continue
        if file.sha256 not in ("", outcome.sha256):
            text = QT_TRANSLATE_NOOP("errors", "{path} is another photo than was sorted: drop it again")
            raise InputError(text, path=file.path)
        owner, twin = owners.setdefault(outcome.sha256, (item, file.path))
        if owner is not item:
            text = QT_TRANSLATE_NOOP(
                "errors",
                "The same photo is in two classes: {first} in {name} and {second} in {other}. Delete it from one",
            )
            raise InputError(text, first=twin, name=repr(owner.name), second=file.path, other=repr(item.name))
        if twin != file.path:
            skipped.append(Skipped(file.path, FilledText.of(SAME_PHOTO, name=twin.name)))
            continue
        photos.append(scan.keep(outcome, file.split or "train"))
    scan.skipped += tuple(skipped)
    if not photos and not item.has_known:
        raise _unusable(item, skipped[0].path, skipped[0].reason, len(skipped))
    return photos


def _unusable(item: FoundClass, first: Path, reason: str, count: int) -> InputError:
    text = QT_TRANSLATE_NOOP(
        "errors",
        "No photo in {folder} can be used ({n} skipped; {name}: {reason}): put other photos there, or leave it out",
    )
    return InputError(text, folder=item.folder, n=count, name=first.name, reason=reason)


def _open(rule: EventRule, path: Path) -> NewPhoto | str:
    """A photo of a file, for training as long as nobody says otherwise; a text says why it cannot be used."""
    try:
        # Reduced while decoding: all of the file is still read and verified, and a large JPEG costs a third.
        photo = read_photo(path, at_least=2 * THUMBNAIL_SIZE)
    except SpaError as error:
        return without_path(str(error), path)
    photo.image.thumbnail((THUMBNAIL_SIZE, THUMBNAIL_SIZE), Image.Resampling.LANCZOS, reducing_gap=3.0)
    buffer = io.BytesIO()
    photo.image.save(buffer, "JPEG", quality=80)
    size, taken = (photo.width, photo.height, photo.size), read_taken(photo_file(path), rule) or 0.0
    return NewPhoto(path, photo.sha256, "train", *size, buffer.getvalue(), taken)


# Verified photos into the project: new classes in a task, or more photos for known ones.

_NAMES = 1000  # of classes, as many as the history notes


@dataclass(frozen=True)
class Added:
    """What an import did."""

    task_id: int | None  # of the new classes; None when all were topped up
    class_ids: tuple[int, ...]  # that got photos
    train: int
    test: int
    skipped: tuple[Skipped, ...] = field(repr=False)


def add_classes(
    project: Project,
    folders: Iterable[str | os.PathLike[str]] | FoundClasses,
    job: Job | None = None,
    *,
    task: str | None = None,
    top_up: bool = False,
    test_share: float = TEST_SHARE,
    rule: EventRule = USUAL,
) -> Added:
    """Add the photos of folders, or of classes found in them, in one transaction; `read_photos` says what is left out.

    New classes come into the task of that name, which is made if there is none; None: the last task if it is not
    trained yet, else a new one. With `top_up`, photos are added to classes that the project has.

    Raises InputError, before a photo is read: a class that the project has already, unless `top_up`; a task that is
    trained already; nothing new to add. Afterwards: as `read_photos`; a photo that another class of the project has
    (both are named); a new class without training photos.
    """
    job, new, keys = job or Job(), list[str](), project.class_keys()
    found = folders if isinstance(folders, FoundClasses) else find_classes(folders, job)
    for folder in found.classes:
        same = keys.get(name_key(clean_name(folder.name)))
        if same is None:
            new.append(folder.name)
        elif not top_up:
            text = QT_TRANSLATE_NOOP("errors", "The project has a class {name} already")
            raise InputError(text, "top up folder", name=repr(project.class_(same).name), folder=folder.folder)
    given = project.find_task(task) if task is not None else None
    if new and given is not None and given.state == "trained":
        text = QT_TRANSLATE_NOOP("errors", "The task {task} is trained already: add {name} to another task")
        raise InputError(text, task=repr(given.name), name=repr(new[0]))
    if found.copies is None:
        found = find_copies(project, found, job)
        for copy in found.copies or ():
            if copy.owner:
                text = QT_TRANSLATE_NOOP(
                    "errors",
                    "The same photo is in two classes: {first} in {name} and {second} in {other}. Leave it out of one",
                )
                name, other = repr(copy.owner), repr(found.classes[copy.place].name)
                raise InputError(text, first=copy.twin, name=name, second=copy.file.path, other=other)
    counts = project.photo_counts()
    ids = {item.name: keys.get(name_key(clean_name(item.name))) for item in found.classes}
    known = {name: counts[class_id] for name, class_id in ids.items() if class_id is not None}
    with (
        read_photos(found, job, test_share=test_share, known=known, rule=rule) as scan,
        project.transaction("add", waiting=Waiting(job=job)) as tx,
    ):
        target: TaskRecord | None = None
        class_ids, splits = dict[int, None](), Counter[Split]()
        for item in scan.classes:
            key = name_key(clean_name(item.name))
            record = project.find_class(item.name) if key in keys else None
            if record is None:
                if all(photo.split == "test" for photo in item.photos):
                    text = QT_TRANSLATE_NOOP(
                        "errors", "{folder} has photos to test but none to learn from: add a train folder"
                    )
                    raise InputError(text, folder=item.folder)
                target = target or _task(project, tx, task)
                record = tx.add_class(item.name, target.id)
                keys[key] = record.id
            tx.add_photos(record.id, scan.new_photos(item))
            class_ids[record.id] = None
            splits.update(photo.split for photo in item.photos)
        tx.summary = f"{counted(splits.total(), 'photo')} to {counted(len(class_ids), 'class', 'classes')}"
        tx.details.update(
            classes=[item.name for item in scan.classes[:_NAMES]],
            train=splits["train"],
            test=splits["test"],
            skipped=len(scan.skipped),
            top_up=top_up,
        )
    task_id = None if target is None else target.id
    return Added(task_id, (*class_ids,), splits["train"], splits["test"], scan.skipped)


def _task(project: Project, tx: Transaction, name: str | None) -> TaskRecord:
    tasks = project.tasks()
    if name is not None:
        return project.find_task(name) or tx.add_task(name)
    if tasks and tasks[-1].state == "new":
        return tasks[-1]
    return tx.add_task(next_task_name({task.name for task in tasks}))
