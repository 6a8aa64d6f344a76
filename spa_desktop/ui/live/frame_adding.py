"""Recorded frames to photos of a class."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtGui import QImage

from spa_desktop.jobs import Job, Stage
from spa_desktop.project import Added, FoundClass, FoundClasses, FoundFile, clean_name
from spa_desktop.project.folders import held_out_count
from spa_desktop.ui.corrections.frame_keeping import write_frame

if TYPE_CHECKING:
    from spa_desktop.workbench import Workbench


def frames_folder(project: Path, class_name: str) -> Path:
    """Where the frames of a class are kept: beside the project, under names that every system takes."""
    safe = re.sub(r'[\\/:*?"<>|\x00-\x1f]', "_", class_name).strip(" .") or "_"
    return project.with_name(f"{project.stem} frames") / safe[:100]


def add_frames(
    bench: Workbench, job: Job, frames: Sequence[QImage], class_name: str, *, test_share: float, when: datetime
) -> Added:
    """Write frames as JPEG files beside the project, and add them to a class, which is made if there is none.

    Frames that follow each other look alike. So the ones to test with are the last of the burst, and not picked from
    among those that are learned.

    Raises:
        InputError: if the name is no name, a frame cannot lie there, or the project does not take it. Nothing is left
            behind then.
        SpaError: if a file cannot be written; likewise.
        Cancelled: likewise.
    """
    name = clean_name(class_name)
    folder = frames_folder(Path(bench.project.path), name)
    first_test = len(frames) - held_out_count(len(frames), test_share)
    written: list[Path] = []
    try:
        job.stage(Stage.KEEP, total=len(frames))
        for number, frame in enumerate(frames, start=1):
            file = folder / f"frame-{when:%Y%m%d-%H%M%S-%f}-{number:03d}.jpg"
            write_frame(file, frame)
            written.append(file)
            job.advance()
        files = tuple(FoundFile(file, "test" if place >= first_test else "train") for place, file in enumerate(written))
        found = FoundClasses((FoundClass(name, folder, files),), ())
        return bench.add(found, job, top_up=True)
    except BaseException:
        for file in written:
            with contextlib.suppress(OSError):
                file.unlink()
        with contextlib.suppress(OSError):  # not if older frames are in it
            folder.rmdir()
            folder.parent.rmdir()
        raise
