"""The photos that the Classes page shows, read in a worker."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from spa_desktop.errors import InputError
from spa_desktop.project.records import PhotoRecord

if TYPE_CHECKING:
    from spa_desktop.workbench import Workbench


@dataclass(frozen=True)
class FoundPhotos:
    """What was read.

    Attributes:
        asked: number of the question.
        photos: in the order they were added, or were asked for.
        shares: how probable the model finds the class that a test photo is of, by photo, where that was asked for.
    """

    asked: int
    photos: Sequence[PhotoRecord]
    shares: Mapping[int, float] = field(default_factory=dict)


def read_photos(bench: Workbench, class_ids: Sequence[int], asked: int, *, with_shares: bool) -> FoundPhotos:
    """All photos of classes. For worker threads."""
    photos = [photo for key in class_ids for photo in bench.project.photos(key, set_aside=None)]
    info = bench.project.learner_info() if with_shares else None
    classes = {photo.id: photo.class_id for photo in photos}
    shares: dict[int, float] = {}
    for one in bench.project.answers(info.id) if info is not None else ():
        if one.photo_id in classes:
            given = dict(zip(one.class_ids, one.probabilities, strict=True))
            # A class that is not among those that were kept was less probable than all of them.
            shares[one.photo_id] = given.get(classes[one.photo_id], 0.0)
    return FoundPhotos(asked, photos, shares)


def read_these(bench: Workbench, photo_ids: Sequence[int], asked: int) -> FoundPhotos:
    """Photos by id, as far as they are still there. For worker threads."""
    photos = []
    for photo_id in photo_ids:
        with contextlib.suppress(InputError):
            photos.append(bench.project.photo(photo_id))
    return FoundPhotos(asked, photos)
