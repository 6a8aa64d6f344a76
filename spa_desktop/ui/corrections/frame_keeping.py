"""A corrected frame as a photo file beside the project."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from PySide6.QtCore import QBuffer, QIODevice
from PySide6.QtGui import QImage

from spa_desktop.errors import InputError

_QUALITY = 95


def keep_frame(project: Path, frame: QImage, when: datetime) -> Path:
    """Write a frame as a JPEG file into the folder of corrected frames beside the project, and give its path.

    Raises:
        InputError: if it cannot be written.
    """
    folder = project.with_name(f"{project.stem} frames") / "corrected"
    if not project.parent.is_dir():
        # To make it would be to write into the place where a disk belongs.
        raise InputError(f"The project's folder {project.parent} is not there: bring it or its disk back first")
    # A project may come with links beside it, which lead anywhere.
    if link := next((one for one in (folder.parent, folder) if one.is_symlink()), None):
        raise InputError(f"{link} is a link that leads elsewhere: remove it first")
    file = folder / f"frame-{when:%Y%m%d-%H%M%S-%f}.jpg"
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    if not frame.save(buffer, "JPG", _QUALITY):  # type: ignore[call-overload]
        raise InputError(f"{file} cannot be made from the frame")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        file.write_bytes(buffer.data().data())
    except OSError as error:
        raise InputError(f"{file} cannot be written: {error.strerror or error}") from error
    return file
