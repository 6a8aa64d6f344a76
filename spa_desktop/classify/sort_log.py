"""The log of a sort, in the user's own folder: it is what a sort goes on from, and what a move is undone by.

It does not lie in the sorted folder: that one can come from anybody, and a log in it could name any file of this
computer as one to put somewhere.
"""

from __future__ import annotations

import hashlib
import json
import os
from contextlib import suppress
from pathlib import Path

from spa_desktop.classify.disk_failures import RESUMES
from spa_desktop.classify.sort_plan import SortPlan, SortStep
from spa_desktop.errors import InputError, SpaError
from spa_desktop.paths import data_dir
from spa_desktop.plain_files import read_plain_file, reason_of, write_own_file

VERSION = 1
_LARGEST = 1 << 30  # bytes: two million photos with long paths


def keep_plan(plan: SortPlan) -> None:
    """Write the whole plan to the disk, before the first photo is touched.

    Raises:
        SpaError: if it cannot be written.
    """
    path = _path(plan.target)
    head = {"sort": VERSION, "target": os.fsencode(plan.target).hex(), "move": plan.is_move}
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

    Raises:
        InputError: if it is damaged.
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
        is_move = head["move"] is True
        steps = tuple(_step(json.loads(line)) for line in lines[1:])
    except (LookupError, TypeError, ValueError, RecursionError):
        raise InputError(f"{path} is damaged: what was sorted into {target} cannot be gone on with") from None
    return SortPlan(target, is_move, steps)


def forget_plan(target: Path) -> None:
    """Delete the log of a sort."""
    with suppress(OSError):
        _path(target).unlink()


def _step(row: list[object]) -> SortStep:
    source, folder, name, size, changed = row
    step = SortStep(
        os.fsdecode(bytes.fromhex(str(source))),
        str(folder),
        os.fsdecode(bytes.fromhex(str(name))),
        int(str(size)),
        int(str(changed)),
    )
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
