"""Pictures of the project's photos in any size: from the stored thumbnail where it is large enough, else the file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtGui import QImage

from spa_desktop.errors import SpaError
from spa_desktop.ui.photo.image_conversion import to_qimage
from spa_desktop.ui.style.theme import RADIUS
from spa_desktop.ui.thumbnails.thumbnail_loader import draw_rounded, read_pictures

if TYPE_CHECKING:
    from spa_desktop.workbench import Workbench

STORED_SIDE = 160  # pixels of the longer side of a thumbnail in a project
_STRETCH = 1.25  # a thumbnail that is stretched further looks soft


def read_sharp_pictures(
    bench: Workbench, photo_ids: Sequence[int], side: int, ratio: float, *, is_square: bool
) -> dict[int, QImage]:
    """Pictures by photo id, `side` in their own pixels. For worker threads.

    A file that is gone, cannot be read or holds another photo now leaves the thumbnail in place.
    """
    found = read_pictures(bench, photo_ids, side, ratio, is_square=is_square)
    if side <= STORED_SIDE * _STRETCH:
        return found
    for photo_id in photo_ids:
        try:
            record = bench.project.photo(photo_id)
            if max(record.width, record.height) <= STORED_SIDE:
                continue
            found[photo_id] = read_file_picture(
                Path(record.path), side, ratio, is_square=is_square, sha256=record.sha256
            )
        except SpaError:
            continue
    return found


def read_file_picture(path: Path, side: int, ratio: float, *, is_square: bool, sha256: str | None = None) -> QImage:
    """A photo file as a picture with round corners. For worker threads.

    Args:
        path: the file.
        side: in the picture's own pixels.
        ratio: device pixels in one unit of the window.
        is_square: True cuts the middle out.
        sha256: if given, the file must have it.

    Raises:
        PhotoError: the file cannot be used.
    """
    from spa_desktop.photos.opening import open_photo

    photo = open_photo(path, at_least=side, sha256=sha256)
    # To twice the size quickly; Qt draws the rest.
    photo.thumbnail((4 * side, 4 * side), reducing_gap=2.0)
    picture = draw_rounded(to_qimage(photo), side, RADIUS * ratio, is_square=is_square)
    picture.setDevicePixelRatio(ratio)
    return picture
