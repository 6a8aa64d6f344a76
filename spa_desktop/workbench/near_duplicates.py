"""Training photos that are all but the same as a test photo, found by the small pictures that a project keeps."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from spa_desktop.jobs import Job
from spa_desktop.project import Project

# A difference hash (Neal Krawetz, "Kind of Like That", 2013) of 8 x 8 bits says which pictures may be the same, and
# 16 x 16 pixels whether they are: flat pictures have hashes alike.
_BITS = 6  # that may differ
_LEVELS = 10.0  # of 255, mean absolute difference of colours
_SIDE, _CHUNK = 16, 200

Print = tuple[NDArray[np.uint64], NDArray[np.int16]]


def near_duplicates(project: Project, learned: Sequence[int], tests: Sequence[int], job: Job) -> list[tuple[int, int]]:
    """Pairs of a training photo and a test photo that are all but the same.

    Args:
        project: with the photos.
        learned: numbers of training photos.
        tests: numbers of test photos.
        job: may be cancelled.
    """
    if not learned or not tests:
        return []
    keys, prints = zip(*_prints(project, [*learned, *tests], job), strict=True)
    hashes = np.array([one[0] for one in prints], dtype=np.uint64)
    places = {key: place for place, key in enumerate(keys)}
    rows = np.array([places[key] for key in learned if key in places], dtype=np.int64)
    found = []
    for key in tests:
        place = places.get(key)
        if place is None or not len(rows):
            continue
        job.check()
        for row in rows[np.bitwise_count(hashes[rows] ^ hashes[place]) <= _BITS]:
            if float(np.abs(prints[row][1] - prints[place][1]).mean()) <= _LEVELS:
                found.append((keys[row], key))
    return found


def _prints(project: Project, photo_ids: Sequence[int], job: Job) -> Iterator[tuple[int, Print]]:
    from PIL import Image

    for start in range(0, len(photo_ids), _CHUNK):
        job.check()
        for key, blob in project.thumbnails(photo_ids[start : start + _CHUNK]).items():
            try:
                with Image.open(io.BytesIO(blob), formats=["JPEG"]) as opened:
                    opened.draft("RGB", (2 * _SIDE, 2 * _SIDE))
                    picture = opened.convert("RGB")
            except (OSError, ValueError, Image.DecompressionBombError):
                continue
            grey = np.asarray(picture.convert("L").resize((9, 8), Image.Resampling.BOX), dtype=np.int16)
            bits = np.packbits((grey[:, 1:] > grey[:, :-1]).ravel())
            small = picture.resize((_SIDE, _SIDE), Image.Resampling.BOX)
            yield key, (bits.view(np.uint64)[0], np.asarray(small, dtype=np.int16))
