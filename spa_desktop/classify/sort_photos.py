"""Photos into folders by class: copied, or moved with a way back. No file is ever written over."""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import shutil
from dataclasses import dataclass, replace
from pathlib import Path

from spa_desktop.classify.disk_failures import RESUMES, is_for_good
from spa_desktop.classify.sort_log import forget_plan, keep_plan, kept_plan
from spa_desktop.classify.sort_plan import SortPlan, SortStep
from spa_desktop.errors import InputError, SpaError
from spa_desktop.jobs import Job, Stage
from spa_desktop.plain_files import reason_of
from spa_desktop.project.folders import Skipped

_PART = ".spa-desktop-"  # begins the name of a file that is still being copied
# The answers of disks without hard links: FAT gives EPERM on Linux, ENOTSUP on macOS, EINVAL on Windows.
_NO_LINKS = (errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.EINVAL, errno.ENOSYS, errno.EMLINK)


@dataclass(frozen=True)
class Sorted:
    """What sorting, or undoing it, did.

    Attributes:
        target: the folder.
        is_move: photos were moved.
        done: how many photos are where they belong.
        failed: the others, and why.
    """

    target: Path
    is_move: bool
    done: int
    failed: tuple[Skipped, ...] = ()


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

    Raises:
        InputError: if there is none.
        SpaError, Cancelled: as :func:`sort_photos`.
    """
    return _carry_out(_known_plan(target), job or Job())


def left_to_sort(target: str | os.PathLike[str]) -> SortPlan:
    """What :func:`resume_sort` would do; nothing is touched.

    Raises:
        InputError: if there is none.
    """
    plan = _known_plan(target)
    return replace(plan, steps=tuple(step for step in plan.steps if not _is_same(_goal(plan, step), step)))


def undo_sort(target: str | os.PathLike[str], job: Job | None = None) -> Sorted:
    """Put the photos of a move back where they were, and remove the folders that are empty then.

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
        if os.path.lexists(here) and _is_same(here, step):
            fault = _moved(here, there)
            done += fault is None
            if fault is not None:
                failed.append(Skipped(here, fault))
        job.advance(detail=step.name)
    for folder in {step.folder for step in plan.steps}:
        with contextlib.suppress(OSError):
            (plan.target / folder).rmdir()
    with contextlib.suppress(OSError):
        plan.target.rmdir()
    if not failed:
        forget_plan(plan.target)
    return Sorted(plan.target, True, done, tuple(failed))


def _known_plan(target: str | os.PathLike[str]) -> SortPlan:
    path = Path(target).expanduser().absolute()
    plan = kept_plan(path)
    if plan is None:
        raise InputError(f"Nothing was sorted into {path} that could be gone on with or undone")
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
    try:
        info = path.stat()
    except OSError:
        return False
    return info.st_size == step.size and (
        info.st_mtime_ns == step.changed or abs(info.st_mtime_ns - step.changed) < 2e9
    )


def _goal(plan: SortPlan, step: SortStep) -> Path:
    return plan.target / step.folder / step.name
