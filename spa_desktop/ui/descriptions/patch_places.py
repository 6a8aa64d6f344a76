"""Where on an exemplar a patch lies. For worker threads: the encoder's grid is the engine's to know."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from spa_desktop.jobs import Job
from spa_desktop.project.records import PhotoRecord

if TYPE_CHECKING:
    from spa_desktop.workbench import Workbench

Box = tuple[float, float, float, float]  # left, top, width, height, as shares of the photo


@dataclass(frozen=True)
class Places:
    """The grid of patches on photos.

    Attributes:
        grid: ``(h, w)``.
        crops: the part of each photo that the grid covers, by photo id.
    """

    grid: tuple[int, int]
    crops: Mapping[int, Box]

    def patch(self, photo_id: int, patch: int | None) -> Box | None:
        """Where a patch lies, None if that is not known."""
        crop = self.crops.get(photo_id)
        rows, columns = self.grid
        if crop is None or patch is None or not 0 <= patch < rows * columns:
            return None
        left, top, width, height = crop
        row, column = divmod(patch, columns)
        return left + column * width / columns, top + row * height / rows, width / columns, height / rows


def find_places(bench: Workbench, photos: Sequence[PhotoRecord], job: Job) -> Places | None:
    """Where the patches of these photos lie; None if the encoder would have to be fetched first."""
    from spa_desktop.workbench import DEFAULT_BACKBONE

    # Loading any other backbone may ask for a download, which pointing at a word must not.
    if bench.project.meta.backbone != DEFAULT_BACKBONE:
        return None
    encoder = bench._session.encoder(job)
    crops: dict[int, Box] = {}
    for photo in photos:
        left, top, right, bottom = encoder.crop_box((photo.width, photo.height))
        crops[photo.id] = (
            left / photo.width,
            top / photo.height,
            (right - left) / photo.width,
            (bottom - top) / photo.height,
        )
    return Places(encoder.grid, crops)
