"""Which photo would go into which folder: shown before anything is done."""

from __future__ import annotations

import os
import shutil
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from spa_desktop.classify.photo_answers import PhotoAnswer
from spa_desktop.classify.sort_folder_names import folder_names, free_name
from spa_desktop.errors import InputError
from spa_desktop.project.folders import Skipped
from spa_desktop.spa.config import NONE_OF_THESE

_SPARE = 16 << 20  # bytes of the disk that are left free


@dataclass(frozen=True, slots=True)
class SortStep:
    """One photo and where it goes.

    Attributes:
        source: the photo, absolute.
        folder: in the target.
        name: in that folder.
        size: in bytes, when it was recognised.
        changed: when it was last changed, in nanoseconds, likewise.
    """

    source: str
    folder: str
    name: str
    size: int
    changed: int


@dataclass(frozen=True)
class SortPlan:
    """What sorting would do.

    Attributes:
        target: the folder, absolute.
        is_move: photos are moved, not copied.
        steps: in the order of the photos.
        skipped: photos that stay where they are, and why.
    """

    target: Path
    is_move: bool
    steps: tuple[SortStep, ...]
    skipped: tuple[Skipped, ...] = ()

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
    was found through a link that leads out of the sources: these may only be copied.

    Args:
        answers: of the photos.
        names: of the classes.
        target: a folder that is empty, or not there yet.
        sources: files and folders that the photos come from.
        move: plan to move, not to copy. Photos outside of the sources are not moved.

    Raises:
        InputError: if the target cannot be used, or the disk has no room for the copies.
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

    Raises:
        InputError: if it is a file, holds anything, lies in a source or a source in it, or cannot be written.
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
