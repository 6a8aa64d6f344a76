"""Photos into folders by class: copied, or moved with a way back. No file is ever written over."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import os
import re
import secrets
import shutil
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from pydantic import TypeAdapter

from spa_desktop.classify.answer_files import RESUMES, PhotoAnswer, is_for_good, is_same, stamp_of
from spa_desktop.errors import InputError, SpaError
from spa_desktop.jobs import Job, Stage
from spa_desktop.paths import data_dir
from spa_desktop.plain_files import read_plain_file, reason_of, write_own_file
from spa_desktop.project.folders import Skipped
from spa_desktop.spa.config import NONE_OF_THESE
from spa_desktop.visible import visible

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
    found: dict[str, str] = {}
    taken: dict[str, int] = {}
    for name in names:
        found[name] = free_name(folder_name(name), taken)
    return found


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

_SPARE = 16 << 20  # bytes of the disk that are left free


@dataclass(frozen=True, slots=True)
class SortStep:
    """One photo and where it goes."""

    source: str  # the photo, absolute
    folder: str  # in the target
    name: str  # in that folder
    size: int  # in bytes, when it was recognised
    changed: int  # when it was last changed, in nanoseconds, likewise


@dataclass(frozen=True)
class SortPlan:
    """What sorting would do."""

    target: Path  # the folder, absolute
    is_move: bool  # photos are moved, not copied
    steps: tuple[SortStep, ...]  # in the order of the photos
    skipped: tuple[Skipped, ...] = ()  # photos that stay where they are, and why
    was_there: bool = False  # of a sort that was begun, whether the folder was there before it

    def counts(self) -> Counter[str]:
        """Photos by folder."""
        return Counter(step.folder for step in self.steps)

    @property
    def size(self) -> int:
        """Bytes of all photos."""
        return sum(step.size for step in self.steps)


def plan_sort(
    answers: Sequence[PhotoAnswer],
    names: Mapping[int, str],
    target: str | os.PathLike[str],
    *,
    sources: Iterable[Path] = (),
    move: bool = False,
) -> SortPlan:
    """Plan to sort photos into a folder for each class; nothing is written.

    Two photos of one name in one folder get numbers. Photos without an answer stay where they are, as do links and what
    was found through a link that leads out of the sources: these may only be copied. The target is empty, or not there
    yet. Photos outside of the sources are not moved. Raises InputError if the target cannot be used, or the disk has no
    room for the copies.
    """
    sources = tuple(sources)
    into = checked_target(target, sources)
    is_outside = _outside(sources)
    used = sorted({one.class_name(names) for one in answers if one.is_answered})
    # The folder of no class comes last: a class of that name keeps it.
    folders = folder_names([*(name for name in used if name != NONE_OF_THESE), NONE_OF_THESE])
    taken: dict[str, dict[str, int]] = {}
    steps, skipped = [], []
    for one in answers:
        path = Path(one.path)
        if not one.is_answered:
            skipped.append(Skipped(path, "it could not be read"))
        elif move and path.is_symlink():
            skipped.append(Skipped(path, "it is a link: copy it instead"))
        elif move and is_outside(path):
            skipped.append(Skipped(path, "it lies elsewhere, where a link leads to: copy it instead"))
        else:
            folder = folders[one.class_name(names)]
            name = free_name(path.name, taken.setdefault(folder, {}))
            steps.append(SortStep(one.path, folder, name, one.size, one.changed))
    plan = SortPlan(into, move, tuple(steps), tuple(skipped))
    _check_room(plan)
    return plan


def _outside(sources: Sequence[Path]) -> Callable[[Path], bool]:
    """Whether a photo lies in none of the sources, once all links are followed."""
    roots = [source.resolve() for source in sources]

    @cache
    def is_outside(folder: Path) -> bool:
        real = folder.resolve()
        return not any(real.is_relative_to(root) for root in roots)

    # A photo that was named itself is a source; another counts by its folder, which thousands share.
    return lambda path: bool(roots) and is_outside(path.parent) and path.resolve() not in roots


def checked_target(target: str | os.PathLike[str], sources: Iterable[Path] = ()) -> Path:
    """The target as an absolute path, if it can be one.

    Raises InputError if it is a file, holds anything, lies in a source or a source in it, or cannot be written.
    """
    path = Path(target).expanduser().absolute()
    try:
        real = path.resolve()
        for source in sources:
            other = source.resolve()
            if real == other or (source.is_dir() and real.is_relative_to(other)):
                raise InputError(f"{path} lies in {source}, where the photos come from: choose a folder elsewhere")
            if other.is_relative_to(real):
                raise InputError(f"{source} lies in {path}: choose a folder that holds none of the photos")
        if path.exists() and not path.is_dir():
            raise InputError(f"{path} is not a folder: choose another")
        if path.is_dir() and any(path.iterdir()):
            raise InputError(f"{path} is not empty: choose an empty folder, or a new one")
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror or error}") from None
    above = _existing(path)
    if not above.is_dir() or not os.access(above, os.W_OK | os.X_OK):
        raise InputError(f"{path} cannot be written: check the permissions of {above}")
    return path


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
        raise InputError(
            f"{plan.target} has no room: {plan.size >> 20} MB are needed, {free >> 20} MB are free. "
            "Make room, or choose another disk"
        )


def _existing(path: Path) -> Path:
    return next(folder for folder in (path, *path.parents) if folder.exists())


# The log of a sort, in the user's own folder: it is what a sort goes on from, and what a move is undone by.
#
# It does not lie in the sorted folder: that one can come from anybody, and a log in it could name any file of this
# computer as one to put somewhere.

VERSION = 1
_LARGEST = 1 << 30  # bytes: two million photos with long paths


def keep_plan(plan: SortPlan) -> None:
    """Write the whole plan to the disk, before the first photo is touched. Raises SpaError if it cannot be written."""
    path = _path(plan.target)
    head = {"sort": VERSION, "target": os.fsencode(plan.target).hex(), "move": plan.is_move}
    head["there"] = plan.target.is_dir()
    steps = (
        [os.fsencode(one.source).hex(), one.folder, os.fsencode(one.name).hex(), one.size, one.changed]
        for one in plan.steps
    )
    try:
        write_own_file(path, (f"{json.dumps(row)}\n".encode() for row in (head, *steps)), is_synced=True)
    except OSError as error:
        raise SpaError(f"{path} cannot be written: {reason_of(error)}{RESUMES}") from None


def kept_plan(target: Path) -> SortPlan | None:
    """The plan of a sort into a folder that was begun and can be gone on with or undone; None if there is none.

    Raises InputError if it is damaged.
    """
    path = _path(target)
    try:
        lines = read_plain_file(path, _LARGEST).decode("utf-8").splitlines()
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no text"
        raise InputError(f"{path} cannot be read: {reason}") from None
    try:
        head = json.loads(lines[0])
        if head["sort"] != VERSION or os.fsdecode(bytes.fromhex(head["target"])) != str(target):
            return None
        is_move, was_there = head["move"] is True, head.get("there") is True
        steps = tuple(map(_step, lines[1:]))
    except (LookupError, TypeError, ValueError, RecursionError):
        raise InputError(f"{path} is damaged: what was sorted into {target} cannot be gone on with") from None
    return SortPlan(target, is_move, steps, was_there=was_there)


def begun_sort(target: str | os.PathLike[str], sources: Iterable[Path]) -> SortPlan | None:
    """The sort of photos of these sources into a folder that was begun and can be gone on with; None if there is none.

    Raises InputError if it is damaged, or a sort of other photos.
    """
    begun = kept_plan(Path(target).expanduser().absolute())
    if begun is not None:
        # Some of the same: of `*.jpg` a shell finds those alone that were not moved yet.
        given = {Path(os.path.abspath(one)) for one in sources}  # noqa: PTH100 - without following links
        places = (Path(os.path.abspath(step.source)) for step in begun.steps)  # noqa: PTH100
        if all(given.isdisjoint((one, *one.parents)) for one in places):
            raise InputError(f"{target} holds photos of another sort: choose an empty folder, or give the same photos")
    return begun


def forget_plan(target: Path) -> None:
    """Delete the log of a sort."""
    with suppress(OSError):
        _path(target).unlink()


_ROW = TypeAdapter(tuple[str, str, str, int, int])


def _step(line: str) -> SortStep:
    source, folder, name, size, changed = _ROW.validate_json(line)
    step = SortStep(os.fsdecode(bytes.fromhex(source)), folder, os.fsdecode(bytes.fromhex(name)), size, changed)
    if any(part in ("", ".", "..") or Path(part).name != part for part in (step.folder, step.name)):
        raise ValueError("a name leads out of the folder")
    for text in (step.source, step.folder, step.name):
        if b"\0" in os.fsencode(text):  # which raises for what is no name at all
            raise ValueError("a name that no file can have")
    if not Path(step.source).is_absolute():
        raise ValueError("a photo without its folder")
    return step


def _path(target: Path) -> Path:
    return data_dir() / "sorts" / f"{hashlib.sha256(os.fsencode(target)).hexdigest()[:32]}.jsonl"


_PART = ".spa-desktop-"  # begins the name of a file that is still being copied
# The answers of disks without hard links: FAT gives EPERM on Linux, ENOTSUP on macOS, EINVAL on Windows.
_NO_LINKS = (errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.EINVAL, errno.ENOSYS, errno.EMLINK)


@dataclass(frozen=True)
class Sorted:
    """What sorting, or undoing it, did."""

    target: Path  # the folder
    is_move: bool  # photos were moved
    done: int  # how many photos are where they belong
    failed: tuple[Skipped, ...] = ()  # the others, and why


def sort_photos(plan: SortPlan, job: Job | None = None) -> Sorted:
    """Carry a plan out. Interrupted at any moment, :func:`resume_sort` goes on, and :func:`undo_sort` takes it back.

    Raises:
        SpaError: if the target cannot be written, or the disk is full; each photo is where it was or where it goes,
            and whole.
        Cancelled: likewise.
    """
    keep_plan(plan)
    return _carry_out(plan, job or Job())


def resume_sort(target: str | os.PathLike[str], job: Job | None = None) -> Sorted:
    """Go on with a sort into a folder that was interrupted.

    Raises InputError if there is none; SpaError, Cancelled as :func:`sort_photos`.
    """
    return _carry_out(_known_plan(target), job or Job())


def left_to_sort(target: str | os.PathLike[str]) -> SortPlan:
    """What :func:`resume_sort` would do; nothing is touched. Raises InputError if there is none."""
    plan = _known_plan(target)
    return replace(plan, steps=tuple(step for step in plan.steps if not _is_same(_goal(plan, step), step)))


def undo_sort(target: str | os.PathLike[str], job: Job | None = None) -> Sorted:
    """Put the photos of a move back where they were, and remove the folders that the move had made and that are empty.

    Raises:
        InputError: if nothing was moved there from this computer, or the photos were copied.
        SpaError: if the disk is full, or a link leads out of the folder.
        Cancelled: what is back stays back; the rest can be undone still.
    """
    plan, job = _known_plan(target), job or Job()
    if not plan.is_move:
        raise InputError(f"The photos in {plan.target} are copies: delete the folder if you do not want them")
    job.stage(Stage.PUT_BACK, total=len(plan.steps))
    done, failed = 0, []
    _require_no_links(plan)
    for step in reversed(plan.steps):
        here, there = _goal(plan, step), Path(step.source)
        fault = None
        if _is_same(here, step):
            fault = _moved(here, there)
            done += fault is None
        elif not os.path.lexists(there):
            fault = "it has changed or is gone since it was moved: put it back yourself"
        if fault is not None:
            failed.append(Skipped(here, fault))
        job.advance(detail=step.name)
    for folder in {step.folder for step in plan.steps}:
        with contextlib.suppress(OSError):
            (plan.target / folder).rmdir()
    if not plan.was_there:  # else it is the person's own
        with contextlib.suppress(OSError):
            plan.target.rmdir()
    if not any(os.path.lexists(one.path) for one in failed):  # of what is gone there is no way back
        forget_plan(plan.target)
    return Sorted(plan.target, True, done, tuple(failed))


def _known_plan(target: str | os.PathLike[str]) -> SortPlan:
    path = Path(target).expanduser().absolute()
    plan = kept_plan(path)
    if plan is None:
        raise InputError(f"There is nothing to move back from {path}, nor a sorting to go on with")
    return plan


def _carry_out(plan: SortPlan, job: Job) -> Sorted:
    job.stage(Stage.SORT, total=len(plan.steps))
    _require_no_links(plan)
    for folder in {step.folder for step in plan.steps}:
        for part in (plan.target / folder).glob(f"{_PART}*"):  # left by a run that was killed
            part.unlink(missing_ok=True)
    done, failed = 0, []
    for step in plan.steps:
        goal = _goal(plan, step)
        fault = _put(plan, step, goal)
        done += fault is None
        if fault is not None:
            failed.append(Skipped(Path(step.source), fault))
        job.advance(detail=step.name)
    if not plan.is_move:
        forget_plan(plan.target)  # a copy is not undone, and there is nothing left to go on with
    return Sorted(plan.target, plan.is_move, done, tuple(failed))


def _put(plan: SortPlan, step: SortStep, goal: Path) -> str | None:
    """One photo to its place; gives why it stays where it is, or None."""
    source = Path(step.source)
    if _is_done(plan, step, source, goal):
        return None
    try:
        goal.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SpaError(f"{goal.parent} cannot be made: {reason_of(error)}{RESUMES}") from None
    _require_no_link(goal.parent)
    if not _is_same(source, step):
        return "it is missing or has changed since it was recognised"
    return _moved(source, goal) if plan.is_move else _copied(source, goal)


def _require_no_links(plan: SortPlan) -> None:
    """The folders of the target are folders: a link in place of one leads photos, and what is tidied up, elsewhere.

    A sort that was interrupted may lie for long where others can write.
    """
    for folder in sorted({step.folder for step in plan.steps}):
        _require_no_link(plan.target / folder)


def _require_no_link(folder: Path) -> None:
    if folder.is_symlink() or (hasattr(folder, "is_junction") and folder.is_junction()):
        raise SpaError(f"{folder} is a link that leads elsewhere: remove it, and do the same again with --resume")


def _is_done(plan: SortPlan, step: SortStep, source: Path, goal: Path) -> bool:
    """An earlier, interrupted run did it."""
    if not _is_same(goal, step):
        return False
    if plan.is_move and os.path.lexists(source) and source.samefile(goal):
        source.unlink()  # it was stopped between the two halves of a move
    return not plan.is_move or not os.path.lexists(source)


def _moved(source: Path, goal: Path) -> str | None:
    try:
        goal.parent.mkdir(parents=True, exist_ok=True)
        os.link(source, goal)  # unlike a renaming, it never replaces a file
    except FileExistsError:
        return f"there is another {goal.name} in {goal.parent}"
    except OSError as error:
        if error.errno not in (errno.EXDEV, *_NO_LINKS):
            return _told(error, goal)
        fault = _copied(source, goal)
        if fault is not None:
            return fault
    try:
        source.unlink()
    except OSError as error:
        with contextlib.suppress(OSError):
            goal.unlink()
        return f"it cannot be moved: {reason_of(error)}"
    return None


def _copied(source: Path, goal: Path) -> str | None:
    """Copy to a hidden name, force it to the disk, and give it its name only then."""
    part = goal.with_name(f"{_PART}{secrets.token_hex(8)}")
    try:
        with source.open("rb") as read, part.open("xb") as write:
            shutil.copyfileobj(read, write, 1 << 20)
            write.flush()
            shutil.copystat(source, part)
            os.fsync(write.fileno())
        _named(part, goal)
    except FileExistsError:
        return f"there is another {goal.name} in {goal.parent}"
    except OSError as error:
        return _told(error, goal)
    finally:
        with contextlib.suppress(OSError):
            part.unlink()
    return None


def _named(part: Path, goal: Path) -> None:
    try:
        os.link(part, goal)
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        if os.path.lexists(goal):
            raise FileExistsError(errno.EEXIST, "it exists", str(goal)) from None
        part.rename(goal)


def _told(error: OSError, goal: Path) -> str:
    """Why one photo fails; what stops all of them is raised."""
    if is_for_good(error):
        raise SpaError(f"{goal} cannot be written: {reason_of(error)}{RESUMES}") from None
    return reason_of(error)


def _is_same(path: Path, step: SortStep) -> bool:
    """The file is the one that was recognised, by size and time."""
    return is_same(stamp_of(str(path)), (step.size, step.changed))


def _goal(plan: SortPlan, step: SortStep) -> Path:
    return plan.target / step.folder / step.name
