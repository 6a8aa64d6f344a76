"""Frames of the camera as photo files beside the project."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from PySide6.QtGui import QImage

from spa_desktop.errors import InputError
from spa_desktop.plain_files import reason_of, write_output
from spa_desktop.ui.photo.image_conversion import file_content

_QUALITY = 95


def keep_frame(project: Path, frame: QImage, when: datetime) -> Path:
    """Write a frame as a JPEG file into the folder of corrected frames beside the project, and give its path.

    Raises:
        InputError, SpaError: as :func:`write_frame`.
    """
    file = project.with_name(f"{project.stem} frames") / "corrected" / f"frame-{when:%Y%m%d-%H%M%S-%f}.jpg"
    write_frame(file, frame)
    return file


def write_frame(file: Path, frame: QImage) -> None:
    """Write a frame as a new JPEG file in a folder of the frames folder, which lies beside the project.

    Raises:
        InputError: if the project's folder is gone, a link is in the place of a folder, or the file is there.
        SpaError: if it cannot be written.
    """
    folder, home = file.parent, file.parents[2]
    if not home.is_dir():
        # To make it would be to write into the place where a disk belongs.
        raise InputError(f"The project's folder {home} is not there: bring it or its disk back first")
    # A project may come with links beside it, which lead anywhere.
    if link := next((one for one in (folder.parent, folder) if one.is_symlink()), None):
        raise InputError(f"{link} is a link that leads elsewhere: remove it first")
    content = file_content(frame, "JPG", _QUALITY)
    if not content:
        raise InputError(f"{file} cannot be made from the frame")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"{file} cannot be written: {reason_of(error)}") from error
    write_output(file, content, replaces=None)
