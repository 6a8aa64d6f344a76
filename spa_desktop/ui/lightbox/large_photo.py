"""A photo as large as the screen can show it, read in the background."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtGui import QImage

from spa_desktop.errors import SpaError
from spa_desktop.project.records import PhotoRecord
from spa_desktop.ui.photo.image_conversion import to_qimage
from spa_desktop.ui.thumbnails.small_pictures import thumbnail_of
from spa_desktop.visible import visible

if TYPE_CHECKING:
    from spa_desktop.workbench import Workbench


@dataclass(frozen=True)
class LargePhoto:
    """A photo that can be looked at.

    Attributes:
        path: of its file.
        about: what is said of it beneath, fit to be shown.
        photo_id: in the project, None if it is not there.
        sha256: what the file must have, "" for whatever it has.
    """

    path: Path
    about: str = ""
    photo_id: int | None = None
    sha256: str = ""

    @classmethod
    def of_record(cls, record: PhotoRecord, *about: str) -> LargePhoto:
        """A photo of the project, with what is said of it."""
        parts = [visible(record.name), *filter(None, about)]
        return cls(Path(record.path), " · ".join(parts), record.id, record.sha256)


@dataclass(frozen=True)
class Opened:
    """What was found.

    Attributes:
        photo: which was looked for.
        picture: null where there is none.
        problem: why it is not the photo in full; "" if it is.
    """

    photo: LargePhoto
    picture: QImage
    problem: str = ""


def open_large(bench: Workbench, photo: LargePhoto, side: int) -> Opened:
    """Open a photo, its longer side at most `side` pixels. For worker threads."""
    from spa_desktop.photos.opening import open_photo

    try:
        opened = open_photo(photo.path, at_least=side, sha256=photo.sha256 or None)
    except SpaError as error:
        small = bench.project.thumbnails([photo.photo_id]) if photo.photo_id is not None else {}
        picture = thumbnail_of(small[photo.photo_id]) if photo.photo_id in small else QImage()
        return Opened(photo, picture, visible(str(error)))
    opened.thumbnail((side, side), reducing_gap=2.0)
    return Opened(photo, to_qimage(opened))
