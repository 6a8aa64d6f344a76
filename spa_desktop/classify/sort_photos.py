"""Photos into folders by class: copied, or moved with a way back. No file is ever written over."""

from __future__ import annotations

import hashlib
import json
import os
import re
import secrets
import shutil
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout
from pydantic import TypeAdapter

from spa_desktop.classify.answer_files import PhotoAnswer, is_for_good, with_best_boxes
from spa_desktop.classify.move_files import (
    CHANGED,
    FileFault,
    LinkFault,
    copy_photo,
    has_photo,
    move_photo,
    tidy,
)
from spa_desktop.errors import FilledText, InputError, SpaError
from spa_desktop.jobs import Job, Stage
from spa_desktop.paths import data_dir
from spa_desktop.photos.opening import PhotoError, hash_of_box, hash_photo, photo_file, split_box
from spa_desktop.photos.sidecars import SIDECAR, SidecarFault, read_sidecar, sidecar_of
from spa_desktop.plain_files import UNWRITABLE, append_to_file, read_plain_file, reason_of, write_own_file
from spa_desktop.project.box_files import is_box_file
from spa_desktop.project.folders import Skipped
from spa_desktop.spa.config import NONE_OF_THESE
from spa_desktop.visible import QT_TRANSLATE_NOOP, visible

# Names of classes as names of folders, on every system.

_FORBIDDEN = re.compile(r'[<>:"/\\|?*\x00-\x1f\x7f]')
# Windows keeps these names for devices, whatever the letters' size and whatever stands behind a dot.
_DEVICES = re.compile(r"(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(\..*)?", re.IGNORECASE)
_MOST_BYTES = 200  # a name may have 255, and a number may come behind


def folder_name(name: str) -> str:
    r"""One name as a folder's: no separator, no dot before or behind, no device, not too long.

    >>> [folder_name(name) for name in ("sour cream", "a/b", "..", "Con", "50 %: half.", "")]
    ['sour cream', 'a_b', '_', 'Con_', '50 %_ half', '_']
    """
    safe = _FORBIDDEN.sub("_", unicodedata.normalize("NFC", visible(name)))
    safe = safe.strip(". ")
    safe = f"{safe}_" if _DEVICES.fullmatch(safe) else safe
    return shortened(safe, _MOST_BYTES).rstrip(". ") or "_"


def folder_names(names: Iterable[str]) -> dict[str, str]:
    """A folder's name for each name, no two alike even where the letters' size does not count.

    >>> folder_names(["a/b", "a:b", "A_B"])
    {'a/b': 'a_b', 'a:b': 'a_b (2)', 'A_B': 'A_B (3)'}
    """
    folders: dict[str, str] = {}
    taken: dict[str, int] = {}
    for name in names:
        folders[name] = free_name(folder_name(name), taken)
    return folders


def free_name(name: str, taken: dict[str, int]) -> str:
    """`name`, or with a number before its suffix; and take it.

    `taken` holds the names that are taken, and the last number that each was given.

    >>> taken = {}
    >>> [free_name(name, taken) for name in ("cat.jpg", "cat.jpg", "CAT.jpg")]
    ['cat.jpg', 'cat (2).jpg', 'CAT (3).jpg']
    """
    stem, dot, suffix = name.rpartition(".")
    if not stem or len(suffix) > 8 or " " in suffix:
        stem, dot, suffix = name, "", ""
    wanted = key = _key(name)
    free, number = name, taken.get(wanted, 1)
    while key in taken:
        number += 1
        end = f" ({number}){dot}{suffix}"
        free = shortened(stem, 255 - len(end.encode())) + end
        key = _key(free)
    taken[key] = 1
    taken[wanted] = number
    return free


def shortened(text: str, most: int) -> str:
    """`text` in at most so many bytes of UTF-8."""
    return text.encode(errors="surrogateescape")[:most].decode(errors="ignore") if len(text) * 4 > most else text


def _key(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold()


# Which photo would go into which folder: shown before anything is done.

UNSURE = "unsure"  # the folder of photos whose answer is below a limit that is given

_SPARE = 16_000_000  # bytes of the disk that are left free
# Why a folder cannot be the target.
_NO_ROOM = QT_TRANSLATE_NOOP(
    "errors",
    "{path} has no room: the photos have {size} MB, and {free} MB are free, of which {spare} MB are left "
    "free. Make room, or choose another disk",
)


@dataclass(frozen=True, slots=True)
class SortStep:
    """One photo, or the sidecar of the photo before it, and where it goes."""

    source: str  # the photo, absolute
    home: str  # its folder, without links
    folder: str  # in the target
    name: str  # in that folder
    size: int  # in bytes, when it was recognised
    sha256: str  # of its content then

    @property
    def is_sidecar(self) -> bool:
        return self.source.endswith(SIDECAR)

    def content(self, path: Path) -> str:
        """The SHA-256 that it has at a path. Other programs go on writing into a sidecar: what is there now counts."""
        with suppress(PhotoError):
            if self.is_sidecar:
                return hash_photo(path)
        return self.sha256


@dataclass(frozen=True)
class SortPlan:
    """What sorting would do."""

    target: Path  # the folder, absolute and without links
    is_move: bool  # photos are moved, not copied
    steps: tuple[SortStep, ...]  # in the order of the photos
    skipped: tuple[Skipped, ...] = ()  # photos that stay where they are, and why
    boxes: tuple[str, ...] = ()  # of the photos, where they are recognised box by box
    was_there: bool = False  # of a sort that was begun, whether the folder was there before it
    log: Path | None = None  # of a sort that was begun, the file that the plan is in
    # the hidden name of a photo that is being copied
    part: str = field(default_factory=lambda: f".spa-desktop-{secrets.token_hex(8)}", compare=False)

    def counts(self) -> Counter[str]:
        return Counter(step.folder for step in self.steps if not step.is_sidecar)

    @property
    def size(self) -> int:
        """Bytes of all photos and sidecars."""
        return sum(step.size for step in self.steps)


def plan_sort(
    answers: Sequence[PhotoAnswer],
    names: Mapping[int, str],
    target: str | os.PathLike[str],
    *,
    sources: Iterable[Path] = (),
    move: bool = False,
    unsure_below: float = 0.0,
) -> SortPlan:
    """Plan to sort photos into a folder for each class; nothing is written.

    Photos whose class is less probable than `unsure_below`, and of which no user said what they are, have one folder.
    Two photos of one name in one folder get numbers. Photos without an answer stay where they are, as do links, what
    was found through a link that leads out of the sources, and what lies in a folder that cannot be written: these may
    only be copied. A photo whose boxes are answered goes where all of them belong, or stays where it is. A sidecar goes
    with its photo. The target is empty, or not there yet. Photos outside of the sources are not moved. Raises
    InputError if no photo is there any more, the target cannot be used, or the disk has no room for the copies.
    """
    check_photos([answer.path for answer in answers if answer.is_answered])
    sources = _places(sources)
    into = checked_target(target, sources)
    used = sorted({answer.class_name(names) for answer in answers if answer.is_answered})
    # The folder of no class comes last: a class of that name keeps it.
    folders = folder_names([*(name for name in used if name != NONE_OF_THESE), NONE_OF_THESE])
    unsure = free_name(UNSURE, dict.fromkeys(map(_key, folders.values()), 1))

    def folder_of(answer: PhotoAnswer) -> str:
        return unsure if answer.is_unsure(unsure_below) else folders[answer.class_name(names)]

    several = list[Skipped]()
    steps, skipped = _steps(list(_whole_photos(answers, names, several)), folder_of, {}, sources, move=move)
    boxes = tuple(answer.path for answer in answers if split_box(answer.path)[1])
    plan = SortPlan(into, move, tuple(steps), (*several, *skipped), boxes=boxes)
    _check_room(plan)
    return plan


def _steps(
    answers: Sequence[PhotoAnswer],
    folder_of: Callable[[PhotoAnswer], str],
    taken: dict[str, dict[str, int]],
    sources: Sequence[Path],
    *,
    move: bool,
) -> tuple[list[SortStep], list[Skipped]]:
    """Where photos go, and why others stay. `taken` has the names in each folder, and gets those of the photos."""
    real, is_outside = cache(Path.resolve), outside_of(sources)  # thousands of photos share a folder
    may_leave = cache(lambda home: os.access(home, os.W_OK | os.X_OK))
    steps, skipped = list[SortStep](), list[Skipped]()
    for answer in answers:
        path = Path(answer.path)
        if not answer.is_answered:
            skipped.append(Skipped(path, answer.fault))
        elif move and path.is_symlink():
            skipped.append(Skipped(path, QT_TRANSLATE_NOOP("errors", "it is a link: copy it instead")))
        elif move and is_outside(real(path.parent), path):
            text = QT_TRANSLATE_NOOP("errors", "it lies elsewhere, where a link leads to: copy it instead")
            skipped.append(Skipped(path, text))
        elif move and not may_leave(real(path.parent)):
            text = QT_TRANSLATE_NOOP("errors", "its folder cannot be written: copy it instead")
            skipped.append(Skipped(path, text if path.parent.is_dir() else CHANGED))
        else:
            folder = folder_of(answer)
            names, home, sidecar = taken.setdefault(folder, {}), str(real(path.parent)), sidecar_of(path)
            step = SortStep(answer.path, home, folder, free_name(path.name, names), answer.size, answer.sha256)
            steps.append(step)
            try:
                steps += _sidecar_steps(step, sidecar, names)
            except SidecarFault as fault:
                skipped.append(Skipped(sidecar, str(fault)))
    return steps, skipped


def _sidecar_steps(photo: SortStep, sidecar: Path, names: dict[str, int]) -> list[SortStep]:
    """Where the sidecar of a photo goes, if there is one. Raises SidecarFault if it stays."""
    content = read_sidecar(sidecar)
    if content is None:
        return []
    short = f"{Path(photo.name).stem}{SIDECAR}"
    is_short = sidecar.stem == Path(photo.source).stem and _key(short) not in names
    name = free_name(short if is_short else f"{photo.name}{SIDECAR}", names)
    return [SortStep(str(sidecar), photo.home, photo.folder, name, len(content), hashlib.sha256(content).hexdigest())]


def _grouped(steps: Iterable[SortStep]) -> list[list[SortStep]]:
    """Each photo with its sidecar, if it has one. Before one that came later, its photo stands once more."""
    groups, group = dict[SortStep, list[SortStep]](), list[SortStep]()
    for step in steps:
        if step.is_sidecar and groups:
            group.append(step)
        else:
            group = groups.setdefault(step, [step])
    return list(groups.values())


def _late_sidecars(
    plan: SortPlan, groups: Sequence[list[SortStep]], taken: dict[str, dict[str, int]]
) -> Iterator[list[SortStep]]:
    """The moved photos for which a sidecar came to where they had been, with it: other programs write theirs later.

    One that may be of two photos stays, and so does the second of a photo.
    """
    for home in {group[0].home for group in groups}:
        names = set[str]()
        with suppress(OSError):
            names.update(path.name for path in Path(home).iterdir())
        sidecars = {name for name in names if name.endswith(SIDECAR)}
        wanted = {name.removesuffix(SIDECAR) for name in sidecars}
        wanted -= {text for name in names - sidecars for text in (name, name.rpartition(".")[0])}  # of photos there
        owners = defaultdict[str, list[list[SortStep]]](list)
        for group in groups if wanted else ():  # a hundred thousand with each look
            name = group[0].source.rpartition(os.sep)[2]
            for text in wanted.intersection((name, name.rpartition(".")[0])) if group[0].home == home else ():
                owners[text].append(group)
        for text in sorted(owners, reverse=True):
            group, *others = owners[text]
            if len(group) == 1 and not others and os.path.lexists(_goal(plan, group[0])):
                with suppress(SidecarFault):
                    group.extend(_sidecar_steps(group[0], Path(home, text + SIDECAR), taken[group[0].folder]))
                    yield group


_UNCLEAR = QT_TRANSLATE_NOOP("errors", "it was there before its photo, and may be of an earlier one of that name")


def _unclear_sidecars(new: Sequence[SortStep], groups: Iterable[list[SortStep]]) -> list[SortStep]:
    """The sidecars of new photos that were in the folder before them, and may be of a photo that was moved without."""
    pairs = [(group[0], sidecar) for group in _grouped(new) for sidecar in group[1:]]
    with suppress(OSError):  # what is gone cannot be moved either
        pairs = [pair for pair in pairs if _changed(pair[1]) <= _changed(pair[0])]
    moved = (group[0].source for group in groups if len(group) == 1) if pairs else ()
    names = {name for source in moved for name in (source, source.rpartition(".")[0])}
    return [sidecar for _, sidecar in pairs if sidecar.source.removesuffix(SIDECAR) in names]


def _changed(step: SortStep) -> int:
    """When a file that is to be moved came into its folder, or was written, in nanoseconds."""
    return Path(step.source).stat().st_ctime_ns


def _whole_photos(
    answers: Sequence[PhotoAnswer], names: Mapping[int, str], skipped: list[Skipped]
) -> Iterator[PhotoAnswer]:
    """The answers of photos; of a photo's boxes the most probable one, as the photo's, if all have the same."""
    boxes = defaultdict[Path, list[PhotoAnswer]](list)
    for answer in with_best_boxes(answers):
        file, box = split_box(answer.path)
        if box:
            boxes[file].append(answer)
        else:
            yield answer
    for file, answered in boxes.items():
        if len({answer.class_name(names) for answer in answered}) > 1:
            skipped.append(Skipped(file, QT_TRANSLATE_NOOP("errors", "its boxes have several answers")))
            continue
        best, sha256 = next(answer for answer in answered if answer.is_best), ""
        with suppress(PhotoError):
            sha256 = hash_photo(file)
        # Where it has changed, it has no hash that the copying or moving could find.
        is_same = hash_of_box(sha256, split_box(best.path)[1]) == best.sha256
        yield replace(best, path=str(file), sha256=sha256 if is_same else "")


def check_photos(paths: Sequence[str]) -> None:
    """Raises InputError if not one of the photos is there any more: their disk may be away, or their folder renamed."""
    if paths and not any(os.path.lexists(photo_file(path)) for path in paths):
        gone = [folder for folder in photo_file(paths[0]).parents if not os.path.lexists(folder)]
        text = QT_TRANSLATE_NOOP(
            "errors",
            "The photos in {path} are gone, and nothing was done: connect the disk, or put it back, and do the same "
            "again",
        )
        if gone:
            text = QT_TRANSLATE_NOOP(
                "errors",
                "{path} is gone, and nothing was done: connect the disk, or put it back, and do the same again",
            )
        raise InputError(text, path=gone[-1] if gone else photo_file(paths[0]).parent)


def _places(sources: Iterable[Path]) -> list[Path]:
    """Where the photos of sources lie: a box in its photo's file, and those of a file of boxes alone beside it."""
    places = [photo_file(source) for source in sources]
    return [places[0].parent] if len(places) == 1 and is_box_file(places[0]) else places


def outside_of(sources: Sequence[Path]) -> Callable[[Path, Path], bool]:
    """Whether a photo, by its folder without links and its path, lies in none of the sources."""
    roots = {source.resolve() for source in sources}

    @cache
    def is_outside(home: Path) -> bool:
        return roots.isdisjoint((home, *home.parents))

    # A photo that was named itself is a source; another counts by its folder.
    return lambda home, path: bool(roots) and is_outside(home) and home / path.name not in roots


def checked_target(target: str | os.PathLike[str], sources: Iterable[Path] = ()) -> Path:
    """The target as an absolute path without links, if it can be one.

    Raises InputError if it is a file, holds anything, lies in a source or a source in it, or cannot be written.
    """
    path = Path(target).expanduser().absolute()
    try:
        real = path.resolve()
        for source in _places(sources):
            other = source.resolve()
            if real == other or (source.is_dir() and real.is_relative_to(other)):
                text = QT_TRANSLATE_NOOP(
                    "errors", "{path} lies in {source}, where the photos come from: choose a folder elsewhere"
                )
                raise InputError(text, path=path, source=source)
            if other.is_relative_to(real):
                text = QT_TRANSLATE_NOOP(
                    "errors", "{source} lies in {path}: choose a folder that holds none of the photos"
                )
                raise InputError(text, path=path, source=source)
        if path.exists() and not path.is_dir():
            raise InputError(QT_TRANSLATE_NOOP("errors", "{path} is not a folder: choose another"), path=path)
        if path.is_dir() and any(path.iterdir()):
            text = QT_TRANSLATE_NOOP("errors", "{path} is not empty: choose an empty folder, or a new one")
            raise InputError(text, path=path)
    except OSError as error:
        text = QT_TRANSLATE_NOOP("errors", "{path} cannot be read: {reason}")
        raise InputError(text, path=path, reason=error.strerror or error) from None
    above = _existing(path)
    if not above.is_dir() or not os.access(above, os.W_OK | os.X_OK):
        text = QT_TRANSLATE_NOOP("errors", "{path} cannot be written: check the permissions of {folder}")
        raise InputError(text, path=path, folder=above)
    return real


def _check_room(plan: SortPlan) -> None:
    above = _existing(plan.target)
    try:
        is_same_disk = plan.is_move and all(
            Path(step.source).stat().st_dev == above.stat().st_dev for step in plan.steps
        )
        free = shutil.disk_usage(above).free
    except OSError:
        return  # the copying itself will tell
    if not is_same_disk and plan.size + _SPARE > free:
        size, free_now, spare = f"{plan.size / 1e6:,.1f}", f"{free / 1e6:,.1f}", f"{_SPARE / 1e6:.0f}"
        raise InputError(_NO_ROOM, path=plan.target, size=size, free=free_now, spare=spare)


def _existing(path: Path) -> Path:
    return next(folder for folder in (path, *path.parents) if folder.exists())


# The log of a sort, in the user's own folder: it is what a sort goes on from, and what a move is undone by.
#
# It does not lie in the sorted folder: that one can come from anybody, and a log in it could name any file of this
# computer as one to put somewhere. A later move into a folder of the same name has a log of its own, with a number.

VERSION = 2
_LARGEST = 1 << 30  # bytes: two million photos with long paths


def logs_of(target: Path) -> list[Path]:
    """The logs of sorts into a folder, the newest first."""
    logs = (data_dir() / "sorts").glob(f"{_digest(target)}*.jsonl")
    return sorted(logs, key=lambda path: (len(path.name), path.name), reverse=True)


def _digest(target: Path) -> str:
    return hashlib.sha256(os.fsencode(target)).hexdigest()[:32]


@contextmanager
def locked(target: Path) -> Iterator[None]:
    """One run at a time works on the photos of a folder. Raises SpaError if another one does."""
    path = data_dir() / "sorts" / f"{_digest(target)}.lock"
    lock = FileLock(path, timeout=0)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock.acquire()
    except Timeout:
        raise SpaError(
            QT_TRANSLATE_NOOP(
                "errors", "Another run is sorting photos into {target}, or back: wait until it has ended"
            ),
            target=target,
        ) from None
    except OSError as error:
        raise SpaError(UNWRITABLE, path=path, reason=reason_of(error)) from None
    try:
        yield
    finally:
        with suppress(OSError):  # while it is held: whoever waits sees that it is gone
            path.unlink()
        lock.release()


def _logged(plan: SortPlan) -> SortPlan:
    """The plan, written to the disk before the first photo is touched. Raises SpaError if it cannot be written."""
    plan = replace(plan, was_there=plan.target.is_dir())
    return replace(plan, log=write_log(plan.target, _head(plan), _rows(plan.steps)))


def _head(plan: SortPlan) -> dict[str, object]:
    return {"sort": VERSION, "move": plan.is_move, "part": plan.part, "there": plan.was_there}


def _rows(steps: Iterable[SortStep]) -> Iterator[list[object]]:
    for step in steps:
        texts = (os.fsencode(text).hex() for text in (step.source, step.home, step.name))
        yield [*texts, step.folder, step.size, step.sha256]


def write_log(
    target: Path,
    head: Mapping[str, object],
    rows: Iterable[Sequence[object]],
    *,
    again: Path | None = None,
    more: Path | None = None,
) -> Path:
    """Write a log of what will be done in a folder: a new one, one `again`, or `more` rows at the end of one.

    Raises SpaError if it cannot be written.
    """
    # Not by how many there are: some in between may be gone.
    number = max((int(path.stem.partition("-")[2] or 1) for path in logs_of(target)), default=0) + 1
    path = more or again or data_dir() / "sorts" / f"{_digest(target)}{f'-{number:06}' if number > 1 else ''}.jsonl"
    begin = () if more else ({**head, "target": os.fsencode(target).hex()},)
    lines = (f"{json.dumps(row)}\n".encode() for row in (*begin, *rows))
    try:
        if more is None:
            write_own_file(path, lines, is_synced=True)
        else:
            append_to_file(path, lines)
    except OSError as error:
        raise SpaError(UNWRITABLE, "repeat", path=path, reason=reason_of(error)) from None
    return path


def read_log(path: Path) -> tuple[dict[str, Any], list[str]]:
    """The head of a log, and its lines that were written whole. Raises InputError if it is damaged."""
    try:
        # Half a line at the end is of a run that was killed before it touched the photo.
        lines = read_plain_file(path, _LARGEST).decode("utf-8").split("\n")[:-1]
        return dict(json.loads(lines[0])), lines[1:]
    except (OSError, LookupError, TypeError, ValueError, RecursionError) as error:
        reason = f"cannot be read: {error.strerror}" if isinstance(error, OSError) else "is damaged"
        text = QT_TRANSLATE_NOOP("errors", "{path} {reason}: what was done to these photos cannot be gone on with")
        raise InputError(text, path=path, reason=reason) from None


def _logged_plan(path: Path, target: Path) -> SortPlan | None:
    """The plan of a log; None if it is one of another version. Raises InputError if it is damaged."""
    head, lines = read_log(path)
    try:
        if head["sort"] != VERSION or os.fsdecode(bytes.fromhex(head["target"])) != str(target):
            return None
        part, is_move, was_there = str(head["part"]), head["move"] is True, head["there"] is True
        steps = tuple(map(_step, lines))
    except (LookupError, TypeError, ValueError, RecursionError):
        text = QT_TRANSLATE_NOOP("errors", "{path} is damaged: what was sorted into {target} cannot be gone on with")
        raise InputError(text, path=path, target=target) from None
    return SortPlan(target, is_move, steps, was_there=was_there, log=path, part=part)


def begun_sort(target: str | os.PathLike[str], sources: Iterable[Path]) -> SortPlan | None:
    """The sort of photos of these sources into a folder that was begun and can be gone on with; None if there is none.

    Raises InputError if it is damaged, or a sort of other photos.
    """
    begun = newest_plan(_real(target))
    if begun is not None:
        # Some of the same: of `*.jpg` a shell finds those alone that were not moved yet.
        given = {Path(os.path.abspath(source)) for source in _places(sources)}  # noqa: PTH100 - without following links
        places = (Path(os.path.abspath(step.source)) for step in begun.steps)  # noqa: PTH100
        if all(given.isdisjoint((place, *place.parents)) for place in places):
            raise InputError(
                QT_TRANSLATE_NOOP(
                    "errors", "{target} holds photos of another sort: choose an empty folder, or give the same photos"
                ),
                target=target,
            )
    return begun


def _real(target: str | os.PathLike[str]) -> Path:
    return Path(target).expanduser().resolve()


def newest_plan(target: Path) -> SortPlan | None:
    """The newest sort into a folder whose log is kept: what was moved can be undone. Raises InputError if damaged."""
    plans = (_logged_plan(path, target) for path in logs_of(target))
    return next((plan for plan in plans if plan is not None), None)


def _known_plan(target: Path) -> SortPlan:
    plan = newest_plan(target)
    if plan is None:
        text = QT_TRANSLATE_NOOP("errors", "There is nothing to move back from {target}, nor a sorting to go on with")
        raise InputError(text, target=target)
    return plan


def forget_log(path: Path | None) -> None:
    """What it tells of cannot be taken back any more, or gone on with."""
    with suppress(OSError):
        if path is not None:
            path.unlink()


_ROW = TypeAdapter(tuple[str, str, str, str, int, str])


def _step(line: str) -> SortStep:
    *texts, folder, size, sha256 = _ROW.validate_json(line)
    source, home, name = (os.fsdecode(bytes.fromhex(text)) for text in texts)
    return SortStep(source, home, folder, name, size, sha256)


@dataclass(frozen=True)
class Sorted:
    """What sorting, or undoing it, did."""

    target: Path  # the folder
    is_move: bool  # photos were moved
    done: int  # how many photos are where they belong
    failed: tuple[Skipped, ...] = ()  # the others, and why
    log: Path | None = None  # of keywords: a next call with it is taken back together with this one
    places: Mapping[str, str] = field(default_factory=dict, compare=False)  # of photos that came back
    can_go_on: bool = False  # others may come back yet: they are in the folder, or its disk is away


def sort_photos(plan: SortPlan, job: Job | None = None) -> Sorted:
    """Carry a plan out. Interrupted at any moment, :func:`resume_sort` goes on, and :func:`undo_sort` takes it back.

    Raises:
        SpaError: if the target cannot be written, the disk is full, or another run sorts into it; each photo is where
            it was or where it goes, and whole.
        Cancelled: likewise.
    """
    with locked(plan.target):
        return _carry_out(_logged(plan), job or Job())


@contextmanager
def growing_sort(
    target: str | os.PathLike[str], source: Path, names: Mapping[int, str], job: Job, *, move: bool = False
) -> Iterator[Callable[[Sequence[PhotoAnswer], bool], Sorted]]:
    """Sort the photos of a folder that goes on getting some, with one log for all, so that a move is undone as one.

    An earlier sort of the same folder into the target is gone on with. Gives what sorts answers as they come: with
    whether they are new, or may be of photos that the earlier sort has had; with no answer, the sidecars that came
    after photos were moved follow them. Raises InputError as :func:`plan_sort`, or if the earlier sort copied and this
    one moves; SpaError, also when answers are sorted, as :func:`sort_photos`.
    """
    real, sources = _real(target), (source,)
    with locked(real):
        try:
            plan = SortPlan(checked_target(target, sources), move, ())
        except InputError:
            begun = begun_sort(target, sources)
            if begun is None or begun.log is None:
                raise
            if begun.is_move != move:
                raise InputError(
                    f"{target} has photos that were {'moved' if begun.is_move else 'copied'}: choose another folder, "
                    "or do the same as before"
                ) from None
            plan = begun
            # Without half a line, which more would make a whole one.
            write_log(real, _head(begun), _rows(begun.steps), again=begun.log)
            _tidy(plan)
        folders = folder_names([*sorted(set(names.values()) - {NONE_OF_THESE}), NONE_OF_THESE])
        taken: dict[str, dict[str, int]] = {}
        steps = {(group[0].source, group[0].sha256): group for group in _grouped(plan.steps)}
        for step in dict.fromkeys(plan.steps):
            free_name(step.name, taken.setdefault(step.folder, {}))
        # A run was killed between a photo, which does not come again, and its sidecar.
        late = [group for group in steps.values() if any(map(os.path.lexists, map(_home, group[1:])))]
        late = [group for group in late if has_photo(_goal(plan, group[0]), group[0].sha256)]
        if late := [group for group in late if not os.path.lexists(_goal(plan, group[1]))]:
            _put(replace(plan, steps=tuple(chain(*late))), job)

        def sort(answers: Sequence[PhotoAnswer], is_new: bool) -> Sorted:
            nonlocal plan
            # Of a photo that is new and in the log, a run was killed before it was done.
            halves = [group for answer in answers if (group := steps.get((answer.path, answer.sha256))) and is_new]
            others = [answer for answer in answers if answer.is_answered and (answer.path, answer.sha256) not in steps]
            more, skipped = _steps(others, lambda answer: folders[answer.class_name(names)], taken, sources, move=move)
            if plan.is_move and (unclear := _unclear_sidecars(more, steps.values())):
                more = [step for step in more if step not in unclear]
                skipped += [Skipped(Path(step.source), _UNCLEAR) for step in unclear]
            is_idle = plan.is_move and not answers
            late = list(chain(*_late_sidecars(plan, [*steps.values()], taken))) if is_idle else []
            if plan.log is None:
                plan = _logged(replace(plan, steps=tuple(more))) if more else plan
            elif late or more:
                write_log(real, {}, _rows([*late, *more]), more=plan.log)
            steps.update({(group[0].source, group[0].sha256): group for group in _grouped(more)})
            done = _put(replace(plan, steps=(*late, *chain(*halves), *more)), job)
            return replace(done, failed=(*done.failed, *skipped))

        yield sort


def resume_sort(target: str | os.PathLike[str], job: Job | None = None) -> Sorted:
    """Go on with a sort into a folder that was interrupted.

    Raises InputError if there is none; SpaError, Cancelled as :func:`sort_photos`.
    """
    with locked(_real(target)):
        return _carry_out(_known_plan(_real(target)), job or Job())


def left_to_sort(target: str | os.PathLike[str]) -> SortPlan:
    """What :func:`resume_sort` would do; nothing is touched. Raises InputError if there is none."""
    plan = _known_plan(_real(target))
    places = ((step, _goal(plan, step)) for step in plan.steps)
    return replace(plan, steps=tuple(step for step, here in places if not has_photo(here, step.content(here))))


def undo_sort(
    target: str | os.PathLike[str],
    job: Job | None = None,
    *,
    note: Callable[[Mapping[str, str]], object] = lambda places: None,
) -> Sorted:
    """Put the photos of a move back where they were, and remove the folders that the move had made and that are empty.

    A sidecar goes back with its photo, also one that came since. The log stays as long as a photo is not back: its disk
    may be elsewhere; and until `note` was called with `Sorted.places`: killed before, the next call does that. Of
    several moves into a folder, the newest of which a photo is there is undone.

    Raises:
        InputError: if nothing was moved there from this computer, or the photos were copied.
        SpaError: if the disk is full, a link leads out of the folder, or another run sorts into it.
        Cancelled: what is back stays back; the rest can be undone still.
    """
    real = _real(target)
    with locked(real):
        plans = [plan for path in logs_of(real) if (plan := _logged_plan(path, real)) is not None]
        is_there = (plan for plan in plans if any(os.path.lexists(_goal(plan, step)) for step in plan.steps))
        done = _undo(plan := next(is_there, None) or _known_plan(real), job or Job())
        if done.places:
            note(done.places)
        if not done.failed:
            forget_log(plan.log)
        return done


def _undo(plan: SortPlan, job: Job) -> Sorted:
    if not plan.is_move:
        raise InputError(
            QT_TRANSLATE_NOOP("errors", "The photos in {target} are copies: delete the folder if you do not want them"),
            target=plan.target,
        )
    groups = [_with_sidecar(plan, group) for group in _grouped(plan.steps)]
    plan = replace(plan, steps=tuple(chain(*groups)))
    job.stage(Stage.PUT_BACK, total=len(groups))
    done, failed, places = 0, [], dict[str, str]()
    _tidy(plan)
    is_disk_there = plan.target.is_dir()
    for group in reversed(groups):
        for step in group:
            here, there = _goal(plan, step), _home(step)
            # What the user has put back may have been edited; what lies there while the disk is away is another photo.
            is_back = os.path.lexists(there) if is_disk_there else has_photo(there, step.sha256)
            fault = None if is_back or step.is_sidecar else CHANGED
            if os.path.lexists(here):
                with _reported(there, "repeat undo") as faults:
                    move_photo(here, there, step.content(here), plan.part)
                fault = next(iter(faults), None)
                done += fault is None and not step.is_sidecar
            if fault is None:  # also what an undo that was stopped had put back: nobody may have noted it yet
                places[str(here)] = step.source
            if fault is not None:
                failed.append(Skipped(here, fault))
                break  # where a photo stays, its sidecar does
        job.advance(detail=group[0].name)
    can_go_on = any(not is_disk_there or os.path.lexists(left.path) for left in failed)
    _remove_empty(plan)
    return Sorted(plan.target, True, done, tuple(failed), places=places, can_go_on=can_go_on)


def _remove_empty(plan: SortPlan) -> None:
    """Remove the folders that were made for photos and that have none."""
    for folder in {step.folder for step in plan.steps}:
        with suppress(OSError):
            (plan.target / folder).rmdir()
    if not plan.was_there:  # else it is the user's own
        with suppress(OSError):
            plan.target.rmdir()


def _with_sidecar(plan: SortPlan, group: list[SortStep]) -> list[SortStep]:
    """A photo that was moved, with the sidecar that it had then, or else has got since."""
    photo, *others = group
    goal = _goal(plan, photo)
    here = sidecar_of(goal)
    if others or here.is_symlink() or not here.is_file():
        return group
    home = _home(photo)
    there = home.with_name(f"{home.name if here.stem == goal.name else home.stem}{SIDECAR}")
    return [photo, SortStep(str(there), photo.home, photo.folder, here.name, 0, "")]


def _carry_out(plan: SortPlan, job: Job) -> Sorted:
    if not any(os.path.lexists(_goal(plan, step)) for step in plan.steps):
        check_photos([step.source for step in plan.steps])
    _tidy(plan)
    done = _put(plan, job)
    if not plan.is_move:
        forget_log(plan.log)  # a copy is not undone, and there is nothing left to go on with
    return done


def _put(plan: SortPlan, job: Job) -> Sorted:
    """Have each photo where it goes."""
    groups = _grouped(plan.steps)
    job.stage(Stage.SORT, total=len(groups))
    done, failed = 0, []
    for group in groups:
        for step in group:
            goal = _goal(plan, step)
            with _reported(goal, "repeat") as faults:
                try:
                    if plan.is_move:
                        move_photo(_home(step), goal, step.content(_home(step)), plan.part)
                    else:
                        copy_photo(Path(step.source), goal, step.content(Path(step.source)), plan.part)
                except LinkFault as fault:
                    raise SpaError(str(fault), "resume") from None
            if faults:
                failed.append(Skipped(Path(step.source), faults[0]))
                break  # where a photo stays, its sidecar does
            done += not step.is_sidecar
        job.advance(detail=group[0].name)
    if failed:
        _remove_empty(plan)
    return Sorted(plan.target, plan.is_move, done, tuple(failed))


def _tidy(plan: SortPlan) -> None:
    """Tidy up what a run that was killed left hidden, and see that no link stands in place of a folder of the target.

    A sort that was interrupted may lie for long where others can write.
    """
    goals, homes = defaultdict[Path, list[str]](list), defaultdict[Path, list[str]](list)
    for step in plan.steps:
        goals[plan.target / step.folder].append(step.name)
        homes[Path(step.home)].append(_home(step).name)
    for folder in sorted(goals):
        try:
            with suppress(OSError):
                tidy(folder, goals[folder], plan.part)
        except LinkFault as fault:
            raise SpaError(str(fault), "resume") from None
    for folder, names in homes.items() if plan.is_move else ():
        with suppress(OSError, FileFault):
            tidy(folder, names, plan.part)


@contextmanager
def _reported(goal: Path, advice: str) -> Iterator[list[str]]:
    """Gives a list, of why one photo fails when it does. What stops all of them is raised as SpaError."""
    faults: list[str] = []
    try:
        yield faults
    except FileExistsError:
        text = QT_TRANSLATE_NOOP("errors", "there is another {name} in {folder}")
        faults.append(FilledText.of(text, name=goal.name, folder=goal.parent))
    except FileFault as fault:
        faults.append(str(fault))
    except OSError as error:
        if is_for_good(error):
            raise SpaError(UNWRITABLE, advice, path=goal, reason=reason_of(error)) from None
        faults.append(reason_of(error))


def _goal(plan: SortPlan, step: SortStep) -> Path:
    return plan.target / step.folder / step.name


def _home(step: SortStep) -> Path:
    return Path(step.home) / Path(step.source).name
