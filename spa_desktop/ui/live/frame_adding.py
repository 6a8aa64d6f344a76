"""Recorded frames to photos of a class."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QBuffer, QIODevice
from PySide6.QtGui import QImage

from spa_desktop.errors import InputError
from spa_desktop.jobs import Job, Stage
from spa_desktop.project import Added, FoundClass, FoundClasses, FoundFile, clean_name
from spa_desktop.project.folders import held_out_count

if TYPE_CHECKING:
    from spa_desktop.workbench import Workbench

_QUALITY = 95


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
        InputError: if the name is no name, the files cannot be written, or the project does not take them. Nothing is
            left behind then.
        Cancelled: likewise.
    """
    name = clean_name(class_name)
    folder = frames_folder(Path(bench.project.path), name)
    if not folder.parent.parent.is_dir():
        # To make it would be to write into the place where a disk belongs.
        raise InputError(f"The project's folder {folder.parent.parent} is not there: bring it or its disk back first")
    first_test = len(frames) - held_out_count(len(frames), test_share)
    written: list[Path] = []
    try:
        job.stage(Stage.KEEP, total=len(frames))
        for number, frame in enumerate(frames, start=1):
            file = folder / f"frame-{when:%Y%m%d-%H%M%S-%f}-{number:03d}.jpg"
            written.append(file)
            _write(frame, file)
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


def _write(frame: QImage, file: Path) -> None:
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    if not frame.save(buffer, "JPG", _QUALITY):  # type: ignore[call-overload]
        raise InputError(f"{file} cannot be made from the frame")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(buffer.data().data())
    except OSError as error:
        raise InputError(f"{file} cannot be written: {error.strerror or error}") from error
