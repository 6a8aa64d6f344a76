"""Small pictures of photo files, for the thread that reads them."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtGui import QImage

from spa_desktop.errors import SpaError
from spa_desktop.ui.lightbox.sharp_pictures import read_file_picture

if TYPE_CHECKING:
    from spa_desktop.workbench import Workbench


def read_files(
    bench: Workbench, paths: Sequence[str], side: int, ratio: float, *, is_square: bool
) -> dict[str, QImage]:
    """Open photos and draw them small; those that cannot be read are left out."""
    found: dict[str, QImage] = {}
    for path in paths:
        with contextlib.suppress(SpaError):
            found[path] = read_file_picture(Path(path), side, ratio, is_square=is_square)
    return found
