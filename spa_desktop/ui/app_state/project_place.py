"""Where the file of the open project lies: while it is open it can be moved, deleted or replaced by another."""

from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from PySide6.QtCore import QCoreApplication

from spa_desktop.visible import visible

FileKey = tuple[int, int]  # device and number of a file: the same for all of its names
# "open": it is the file that is open. "lost": the same file under a new name, or another one under its name. Then what
# is open has to be closed first. "other": it has nothing to do with it.
Relation = Literal["open", "lost", "other"]


@dataclass(frozen=True)
class Place:
    """A file and where it was when it was opened. Its methods look at the disk: they are for worker threads.

    Attributes:
        path: its name then.
        key: which file it is; None if it was gone at once.
    """

    path: Path
    key: FileKey | None

    @classmethod
    def of(cls, path: Path) -> Place:
        """The place of a file that was just opened."""
        return cls(path, _key(path))

    def fault(self) -> str:
        """What has become of the file, and what to do, for the person; "" while it lies where it was opened."""
        found = _key(self.path)
        if found is not None and found == self.key:
            return ""
        translate = QCoreApplication.translate
        if found is not None:
            text = translate(
                "place",
                "Another file has taken the place of {name} while it was open. Nothing was written to that file. "
                "Open {name} again to go on with what is there now.",
            )
        elif self.path.parent.is_dir():
            text = translate(
                "place",
                "{name} is not in {folder} any more: it was moved, renamed or deleted. Nothing can be saved until you "
                "put it back, or open it where it is now. What was saved before is in the file.",
            )
        else:
            text = translate(
                "place",
                "The folder {folder} is not there any more. Nothing can be saved until you bring it or its disk back, "
                "or open {name} where it is now. What was saved before is in the file.",
            )
        return text.format(name=visible(self.path.name), folder=visible(str(self.path.parent)))

    def compare(self, path: Path) -> Relation:
        """What it is to this file to open a path: see `Relation`."""
        if self.key is not None and _key(path) == self.key:
            return "lost" if self.fault() else "open"
        with contextlib.suppress(OSError, RuntimeError):  # links in a circle
            path = path.resolve()
        return "lost" if path == self.path else "other"


def _key(path: Path) -> FileKey | None:
    try:
        found = path.stat()
    except (OSError, ValueError):
        return None
    return found.st_dev, found.st_ino


def missing(path: Path) -> str:
    """Why a project cannot be opened that is not where it was, and what to do; "" if something is there."""
    if os.path.lexists(path):
        return ""
    translate = QCoreApplication.translate
    if path.parent.is_dir():
        text = translate(
            "place", "There is no {name} in {folder}: it was moved, renamed or deleted. Open it where it is now."
        )
    else:
        text = translate("place", "There is no folder {folder}: bring it or its disk back, and open {name} again.")
    return text.format(name=visible(path.name), folder=visible(str(path.parent)))
