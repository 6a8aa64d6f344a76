"""The test photos that the arrow keys go through, and the filter on them."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from spa_desktop.errors import InputError
from spa_desktop.jobs import Job
from spa_desktop.project.records import PhotoRecord

if TYPE_CHECKING:
    from spa_desktop.workbench import Workbench


@dataclass(frozen=True)
class Judged:
    """What the model said of a test photo."""

    class_id: int  # what it was taken for
    confidence: float  # 0 to 1


@dataclass(frozen=True)
class Filter:
    """Which test photos: all, those taken for another class, those it was unsure of, or those of one class."""

    kind: str = "all"  # "all", "wrong", "unsure", "class"
    class_id: int | None = None

    @property
    def needs_judgement(self) -> bool:
        """True if the photos have to be recognised first."""
        return self.kind in ("wrong", "unsure")


class Gallery:
    """Photos in a row, one of which is shown."""

    def __init__(self) -> None:
        self._all: tuple[PhotoRecord, ...] = ()
        self._judged: Mapping[int, Judged] | None = None
        self._filter = Filter()
        self._unsure_below = 0.5
        self.photos: list[PhotoRecord] = []
        self.place = 0

    @property
    def is_judged(self) -> bool:
        """True once it is known which photos were wrong."""
        return self._judged is not None

    @property
    def ids(self) -> frozenset[int]:
        """Of all photos, whether they pass the filter or not."""
        return frozenset(photo.id for photo in self._all)

    @property
    def current(self) -> PhotoRecord | None:
        return self.photos[self.place] if self.photos else None

    def judged(self, photo_id: int) -> Judged | None:
        """What the model said of a photo, None if that is not known."""
        return None if self._judged is None else self._judged.get(photo_id)

    def set_photos(self, photos: Sequence[PhotoRecord]) -> None:
        """Other photos; the one that is shown stays, if it is among them."""
        self._all = tuple(photos)
        self._sift()

    def set_judged(self, judged: Mapping[int, Judged] | None) -> None:
        """Other answers, None when they are not known any more."""
        self._judged = judged
        self._sift()

    def set_filter(self, chosen: Filter, unsure_below: float) -> None:
        """Another filter."""
        self._filter, self._unsure_below = chosen, unsure_below
        self._sift()

    def step(self, by: int) -> PhotoRecord | None:
        """Go on or back, stopping at the ends."""
        self.place = min(max(self.place + by, 0), max(len(self.photos) - 1, 0))
        return self.current

    def go_to(self, photo_id: int) -> PhotoRecord | None:
        """Go to a photo, None if it is not here."""
        for place, photo in enumerate(self.photos):
            if photo.id == photo_id:
                self.place = place
                return photo
        return None

    def _sift(self) -> None:
        before = self.current
        self.photos = [photo for photo in self._all if self._passes(photo)]
        self.place = min(self.place, max(len(self.photos) - 1, 0))
        if before is not None:
            self.go_to(before.id)

    def _passes(self, photo: PhotoRecord) -> bool:
        if self._filter.kind == "class":
            return photo.class_id == self._filter.class_id
        if self._filter.kind == "all":
            return True
        found = self.judged(photo.id)
        if found is None:
            return False
        if self._filter.kind == "wrong":
            return found.class_id != photo.class_id  # the label may be another than when the photo was judged
        return found.confidence < self._unsure_below


@dataclass(frozen=True)
class Found:
    """Photos of the project.

    Attributes:
        photos: test photos of the classes that were learned.
        wanted_id: the photo that was asked for besides.
        wanted: that photo, None if it is among them, or is not there any more.
    """

    photos: list[PhotoRecord]
    wanted_id: int | None
    wanted: PhotoRecord | None


def read_test_photos(bench: Workbench, job: Job, wanted_id: int | None = None) -> Found:
    """Test photos of the classes that were learned, and any other that is asked for. For worker threads."""
    info = bench.project.learner_info()
    known = set(info.class_ids) if info else set()
    photos = [photo for photo in bench.project.photos(split="test") if photo.class_id in known]
    wanted = None
    if wanted_id is not None and all(photo.id != wanted_id for photo in photos):
        with contextlib.suppress(InputError):
            wanted = bench.project.photo(wanted_id)
    return Found(photos, wanted_id, wanted)


def read_judged(bench: Workbench, job: Job) -> dict[int, Judged]:
    """What the model says of every test photo. For worker threads.

    Raises:
        InputError: if nothing was learned, or there is no test photo.
    """
    report: dict[str, Any] = bench.evaluate(job)
    photos, info = report["photos"], bench.project.learner_info()
    known = [item.id for item in bench.project.classes() if info is not None and item.id in info.class_ids]
    rows = zip(photos["id"], photos["answer"], photos["confidence"], strict=True)
    return {photo_id: Judged(known[answer], confidence) for photo_id, answer, confidence in rows}
