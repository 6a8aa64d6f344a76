"""Small pictures of photo files, for the thread that reads them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtGui import QImage

from spa_desktop.errors import SpaError
from spa_desktop.ui.photo.image_conversion import to_qimage
from spa_desktop.ui.style.theme import RADIUS
from spa_desktop.ui.thumbnails.thumbnail_loader import draw_rounded

if TYPE_CHECKING:
    from spa_desktop.workbench import Workbench


def read_files(
    bench: Workbench, paths: Sequence[str], side: int, ratio: float, *, is_square: bool
) -> dict[str, QImage]:
    """Open photos and draw them small; those that cannot be read are left out."""
    from spa_desktop.photos.opening import open_photo

    found: dict[str, QImage] = {}
    for path in paths:
        try:
            photo = open_photo(path, at_least=side)
        except SpaError:
            continue
        # To twice the size quickly; Qt draws the rest.
        photo.thumbnail((4 * side, 4 * side), reducing_gap=2.0)
        picture = draw_rounded(to_qimage(photo), side, RADIUS * ratio, is_square=is_square)
        picture.setDevicePixelRatio(ratio)
        found[path] = picture
    return found
