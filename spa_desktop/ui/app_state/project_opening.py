"""Opening and making projects. For worker threads."""

from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import QCoreApplication

from spa_desktop.errors import InputError
from spa_desktop.project import Project
from spa_desktop.ui.app_state.contents import Contents, read_contents
from spa_desktop.visible import visible

if TYPE_CHECKING:
    from spa_desktop.workbench import Workbench
    from spa_desktop.workbench.open_project import Consent

# Where the file of the open project lies: while it is open it can be moved, deleted or replaced by another.

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


def require_there(path: Path) -> None:
    """See that there is something to open.

    Raises:
        InputError: that says what to do in the window, where the engine would name a command.
    """
    if os.path.lexists(path):
        return
    translate = QCoreApplication.translate
    if path.parent.is_dir():
        text = translate(
            "place", "There is no {name} in {folder}: it was moved, renamed or deleted. Open it where it is now."
        )
    else:
        text = translate("place", "There is no folder {folder}: bring it or its disk back, and open {name} again.")
    raise InputError(text.format(name=visible(path.name), folder=visible(str(path.parent))))


Opened = tuple["Workbench", Contents]


def open_workbench(path: Path, *, write: bool, device: str, consent: Consent) -> Opened:
    """Open a project file.

    Raises:
        InputError: as :meth:`spa_desktop.project.Project.open`.
    """
    from spa_desktop.workbench import Workbench

    require_there(path)
    return _with_contents(Workbench.open(path, write=write, device=device, download_consent=consent))


def create_workbench(path: Path, *, backbone: str, device: str, consent: Consent) -> Opened:
    """Make a project file.

    Raises:
        InputError: as :meth:`spa_desktop.workbench.Workbench.create`.
    """
    from spa_desktop.workbench import DEFAULT_BACKBONE, Workbench

    if backbone == DEFAULT_BACKBONE:
        # It ships with the app. To check the name of another loads torch, which takes seconds.
        return _with_contents(
            Workbench(Project.create(path, backbone=backbone), device=device, download_consent=consent)
        )
    return _with_contents(Workbench.create(path, backbone=backbone, device=device, download_consent=consent))


def _with_contents(bench: Workbench) -> Opened:
    try:
        return bench, read_contents(bench.project)
    except BaseException:
        bench.close()
        raise
