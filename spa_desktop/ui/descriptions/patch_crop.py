"""The part of a photo around a patch, enlarged."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen

from spa_desktop.errors import SpaError
from spa_desktop.project.records import PhotoRecord
from spa_desktop.ui.descriptions.patch_places import Box
from spa_desktop.ui.photo.image_conversion import to_qimage
from spa_desktop.ui.thumbnails.small_pictures import thumbnail_of

if TYPE_CHECKING:
    from spa_desktop.workbench import Workbench

SIDE = 480  # pixels of the crop: twice what it is drawn at, for fine screens
_AROUND = 1.0  # patches that are shown on each side: one alone is hard to place


def read_crop(bench: Workbench, photo: PhotoRecord, box: Box) -> QImage:
    """A square around a patch, the patch outlined; a null image where there is no picture. For worker threads.

    Args:
        bench: of the project.
        photo: an exemplar. Where its file is gone, its thumbnail is used.
        box: the patch, in shares of the photo.
    """
    from spa_desktop.photos.opening import open_photo

    try:
        picture = to_qimage(open_photo(Path(photo.path), sha256=photo.sha256))
    except SpaError:
        picture = thumbnail_of(bench.project.thumbnails([photo.id]).get(photo.id, b""))
    return QImage() if picture.isNull() else cut(picture, box)


def cut(picture: QImage, box: Box) -> QImage:
    """The square around a patch, moved to lie inside of the picture where it is large enough for that."""
    left, top = box[0] * picture.width(), box[1] * picture.height()
    width, height = box[2] * picture.width(), box[3] * picture.height()
    side = min(max(width, height) * (1 + 2 * _AROUND), picture.width(), picture.height())
    x = min(max(left + width / 2 - side / 2, 0), picture.width() - side)
    y = min(max(top + height / 2 - side / 2, 0), picture.height() - side)
    part = picture.copy(QRect(round(x), round(y), max(round(side), 1), max(round(side), 1)))
    smooth = Qt.TransformationMode.SmoothTransformation
    crop = part.scaled(SIDE, SIDE, Qt.AspectRatioMode.IgnoreAspectRatio, smooth)
    crop = crop.convertToFormat(QImage.Format.Format_RGB32)
    scale = SIDE / max(side, 1.0)
    painter = QPainter(crop)
    patch = QRectF((left - x) * scale, (top - y) * scale, width * scale, height * scale)
    for color, pen in ((QColor(0, 0, 0), 6), (QColor(255, 255, 255), 3)):  # light on dark: it shows on any photo
        painter.setPen(QPen(color, pen))
        painter.drawRect(patch)
    painter.end()
    return crop
